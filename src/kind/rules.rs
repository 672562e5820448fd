//! Rules that every kind shares, and the rules of a type by its name.

use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::diff::rule::{CreateOnly, Folded, Rule, Server};

use super::{
    AgentPool, Cluster, Identity, Kind, NatGateway, Pace, Peering, PublicIp, Removal,
    ResourceGroup, RoleAssignment, RouteTable, SecurityGroup, Subnet, VirtualNetwork,
};

/// What ARM itself writes on every resource, and what it compares ignoring case.
pub(super) const COMMON: &[Rule] = &[
    Server("id"),
    Server("name"),
    Server("type"),
    Server("etag"),
    Server("systemData"),
    Server("properties.provisioningState"),
    Server("properties.resourceGuid"),
    Folded("location"),
    Folded("tags"),
    // A later version of the tool must not rewrite a resource for its sake.
    CreateOnly("tags.akstool-version"),
];

/// What a type's kind says, for those who have only the type's name.
struct Known {
    spelling: &'static str,
    rules: Vec<Rule>,
    version: ApiVersion,
    pace: Pace,
    removal: Removal,
    tagged: bool,
    etag: Option<&'static str>,
    holds: &'static [&'static str],
}

/// Returns what the kind of a type says, whatever the type's case.
fn known(resource_type: &str) -> Option<Known> {
    fn of<K: Kind>(wanted: &str) -> Option<Known> {
        K::TYPE.eq_ignore_ascii_case(wanted).then(|| Known {
            spelling: K::TYPE,
            rules: [COMMON, K::RULES].concat(),
            version: K::API,
            pace: K::PACE,
            removal: K::REMOVAL,
            tagged: K::TAGGED,
            etag: K::ETAG,
            holds: K::HOLDS,
        })
    }
    const KINDS: [fn(&str) -> Option<Known>; 12] = [
        of::<ResourceGroup>,
        of::<Identity>,
        of::<RoleAssignment>,
        of::<VirtualNetwork>,
        of::<Subnet>,
        of::<Peering>,
        of::<RouteTable>,
        of::<SecurityGroup>,
        of::<PublicIp>,
        of::<NatGateway>,
        of::<Cluster>,
        of::<AgentPool>,
    ];
    KINDS.iter().find_map(|kind| kind(resource_type))
}

/// Returns the rules of a type that some kind here speaks for; `None` for any other.
pub fn rules_of(resource_type: &str) -> Option<Vec<Rule>> {
    known(resource_type).map(|known| known.rules)
}

/// Returns an id as its documentation spells it: Azure answers `resourcegroups` for `resourceGroups`
/// and the types in whatever case they were asked for. Names stay as they are.
pub fn spelt(id: &ResourceId) -> ResourceId {
    let mut segments: Vec<String> = id.as_str().split('/').map(str::to_owned).collect();
    let mut at = 1;
    while at < segments.len() {
        let plain = ["subscriptions", "resourceGroups", "providers"];
        if let Some(own) = plain.iter().find(|own| own.eq_ignore_ascii_case(&segments[at])) {
            (*own).clone_into(&mut segments[at]);
        }
        if segments[at] != "providers" {
            at += 2;
            continue;
        }
        // A namespace, then pairs of a type and a name, until another provider begins.
        let namespace = at + 1;
        let mut end = at + 2;
        while end + 1 < segments.len() && !segments[end].eq_ignore_ascii_case("providers") {
            end += 2;
        }
        let places: Vec<usize> =
            std::iter::once(namespace).chain((at + 2..end).step_by(2)).collect();
        let is_there = |place: &&usize| **place < segments.len();
        let words: Vec<&str> =
            places.iter().filter(is_there).map(|place| segments[*place].as_str()).collect();
        if let Some(known) = known(&words.join("/")) {
            for (place, word) in places.iter().zip(known.spelling.split('/')) {
                word.clone_into(&mut segments[*place]);
            }
        }
        at = end;
    }
    ResourceId::parse(&segments.join("/")).unwrap_or_else(|_| id.clone())
}

/// Returns the version that the kind of a type speaks; `None` for a type without a kind.
pub fn api_version(resource_type: &str) -> Option<ApiVersion> {
    known(resource_type).map(|known| known.version)
}

/// Returns how long the work on a type takes; `None` for a type without a kind.
pub fn pace_of(resource_type: &str) -> Option<Pace> {
    known(resource_type).map(|known| known.pace)
}

/// Returns how a resource of a type goes away; `None` for a type without a kind.
pub fn removal_of(resource_type: &str) -> Option<Removal> {
    known(resource_type).map(|known| known.removal)
}

/// Tells whether a type carries tags, so that ownership is written on it; one without a kind may.
pub fn is_tagged(resource_type: &str) -> bool {
    known(resource_type).is_some_and(|known| known.tagged)
}

/// Returns where a body of a type holds the mark that changes with every write, where a write of
/// that type may name it.
pub fn mark_at(resource_type: &str) -> Option<&'static str> {
    known(resource_type)?.etag
}

/// Returns the lists of a type's body that hold what lies in it or uses it.
pub fn holds_of(resource_type: &str) -> &'static [&'static str] {
    known(resource_type).map_or(&[], |known| known.holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_spelt_as_its_documentation_has_it() {
        for (answered, documented) in [
            (
                "/subscriptions/s/resourcegroups/RG/providers/microsoft.containerservice/managedclusters/Own/agentpools/p",
                "/subscriptions/s/resourceGroups/RG/providers/Microsoft.ContainerService/managedClusters/Own/agentPools/p",
            ),
            (
                "/SUBSCRIPTIONS/s/resourceGroups/providers/providers/Microsoft.Network/virtualnetworks/v/subnets/providers/Providers/microsoft.authorization/roleassignments/x",
                "/subscriptions/s/resourceGroups/providers/providers/Microsoft.Network/virtualNetworks/v/subnets/providers/providers/Microsoft.Authorization/roleAssignments/x",
            ),
            ("/subscriptions/s", "/subscriptions/s"),
            (
                "/subscriptions/s/resourcegroups/g/providers/Own.Space/things/t",
                "/subscriptions/s/resourceGroups/g/providers/Own.Space/things/t",
            ),
        ] {
            let Ok(id) = ResourceId::parse(answered) else { continue };
            assert_eq!(spelt(&id).as_str(), documented);
        }
    }
}
