//! Rules that every kind shares, and the rules of a type by its name.

use crate::arm::body::ApiVersion;
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
