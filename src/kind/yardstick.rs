//! By what a right of another hand is measured that may do for one of ours.

use std::collections::BTreeMap;

use super::permission::{Grant, Permission, granted};
use super::role::{
    ACR_PULL, ACR_PUSH, CONTRIBUTOR, MANAGED_IDENTITY_OPERATOR, NETWORK_CONTRIBUTOR, OWNER,
    PRIVATE_DNS_ZONE_CONTRIBUTOR, READER, Role,
};
use super::{Cluster, Kind as _, Resource};
use crate::arm::id::ResourceId;

/// By what a right of another hand is measured that may do for one of ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Yardstick {
    /// What the roles hold that are not known here, as far as their definitions may be read.
    pub definitions: BTreeMap<Role, Vec<Permission>>,
    /// Whether the cluster writes its pods' routes itself, as with kubenet.
    pub writes_routes: bool,
}

impl Yardstick {
    /// Returns the one of a cluster that is asked for, without definitions.
    pub fn of<'a>(mut desired: impl Iterator<Item = &'a Resource>) -> Self {
        let cluster = desired.find(|one| one.kind == Cluster::TYPE);
        let at = "/properties/networkProfile/networkPlugin";
        let plugin = cluster.and_then(|one| one.body.value().pointer(at)?.as_str());
        Self { writes_routes: plugin == Some("kubenet"), ..Self::default() }
    }

    /// Tells whether whoever holds a role on a scope holds what another is given for there:
    /// it is the same, one that is known to hold it, or one whose definition says so.
    pub fn is_held(&self, role: &Role, held: &Role, scope: &ResourceId) -> bool {
        // Those two hold everything that is done with resources, and nothing that is done with
        // what these hold: of a role that nobody here knows the latter may be a part.
        let resources: &[&str] = match role.guid() {
            ACR_PULL => &[OWNER, CONTRIBUTOR, READER, ACR_PUSH],
            NETWORK_CONTRIBUTOR | PRIVATE_DNS_ZONE_CONTRIBUTOR | MANAGED_IDENTITY_OPERATOR => {
                &[OWNER, CONTRIBUTOR]
            }
            _ => &[],
        };
        let mut known = [role.guid()].into_iter().chain(resources.iter().copied());
        known.any(|guid| guid.eq_ignore_ascii_case(held.guid()))
            || self.definitions.get(held).is_some_and(|holds| {
                let wants = self.wants(role, scope);
                let is_held = |action: &&str| granted(holds, action) == Grant::Yes;
                !wants.is_empty() && wants.iter().all(is_held)
            })
    }

    /// Returns the actions that a role is given for on a scope; none where that is not known.
    fn wants(&self, role: &Role, scope: &ResourceId) -> &'static [&'static str] {
        if self.writes_routes && scope.is_type("Microsoft.Network/routeTables") {
            return WRITES_ROUTES;
        }
        let is_it = |(guid, kind, _): &&(&str, &str, &[&str])| {
            role.guid().eq_ignore_ascii_case(guid) && scope.is_type(kind)
        };
        WANTS.iter().find(is_it).map_or(&[], |(_, _, actions)| actions)
    }
}

/// What a cluster does with what it is given a role on, by role and by the type that it is given on
/// (<https://learn.microsoft.com/azure/aks/concepts-identity>, "Additional cluster identity
/// permissions"; who writes a subnet or a link has to join what it names).
const WANTS: &[(&str, &str, &[&str])] = &[
    (
        NETWORK_CONTRIBUTOR,
        "Microsoft.Network/virtualNetworks/subnets",
        &[
            "Microsoft.Network/virtualNetworks/subnets/read",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
        ],
    ),
    (
        NETWORK_CONTRIBUTOR,
        "Microsoft.Network/virtualNetworks",
        &[
            "Microsoft.Network/virtualNetworks/read",
            "Microsoft.Network/virtualNetworks/join/action",
        ],
    ),
    (
        NETWORK_CONTRIBUTOR,
        "Microsoft.Network/routeTables",
        &["Microsoft.Network/routeTables/join/action"],
    ),
    (
        NETWORK_CONTRIBUTOR,
        "Microsoft.Network/networkSecurityGroups",
        &["Microsoft.Network/networkSecurityGroups/join/action"],
    ),
    (
        NETWORK_CONTRIBUTOR,
        "Microsoft.Network/natGateways",
        &["Microsoft.Network/natGateways/join/action"],
    ),
    (
        PRIVATE_DNS_ZONE_CONTRIBUTOR,
        "Microsoft.Network/privateDnsZones",
        &[
            "Microsoft.Network/privateDnsZones/read",
            "Microsoft.Network/privateDnsZones/write",
            "Microsoft.Network/privateDnsZones/A/write",
            "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write",
        ],
    ),
    (
        MANAGED_IDENTITY_OPERATOR,
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        ],
    ),
    (
        ACR_PULL,
        "Microsoft.ContainerRegistry/registries",
        &["Microsoft.ContainerRegistry/registries/pull/read"],
    ),
];

/// What kubenet does with a table that it is given.
const WRITES_ROUTES: &[&str] =
    &["Microsoft.Network/routeTables/routes/read", "Microsoft.Network/routeTables/routes/write"];

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kind: &str) -> ResourceId {
        let group = ResourceId::resource_group("s", "g");
        match kind.strip_suffix("/subnets") {
            Some(network) => group.resource(network, "net").child("subnets", "it"),
            None => group.resource(kind, "it"),
        }
    }

    fn held(role: &Role, by: &str, on: &str, yardstick: &Yardstick) -> bool {
        yardstick.is_held(role, &Role::of(by), &scope(on))
    }

    #[test]
    fn images_may_be_fetched_by_whoever_may_push_or_read_all() {
        let (kind, bare) = ("Microsoft.ContainerRegistry/registries", Yardstick::default());
        for (by, is_enough) in [(ACR_PUSH, true), (READER, true), (CONTRIBUTOR, true), ("x", false)]
        {
            assert_eq!(held(&Role::ACR_PULL, by, kind, &bare), is_enough, "{by}");
        }
        assert!(!held(&Role::NETWORK_CONTRIBUTOR, READER, kind, &bare));
        // An owner of a storage account reads no blob by that.
        let unknown = Role::of("2A2B9908-6EA1-4AE2-8E65-A410DF84E7D1");
        assert!(!held(&unknown, OWNER, kind, &bare) && held(&unknown, unknown.guid(), kind, &bare));
    }

    #[test]
    fn a_role_of_others_does_where_it_holds_what_the_right_is_given_for() {
        let table = "Microsoft.Network/routeTables";
        let subnet = "Microsoft.Network/virtualNetworks/subnets";
        for (actions, not_actions, on, writes_routes, is_enough) in [
            (&["Microsoft.Network/virtualNetworks/subnets/*"][..], &[][..], subnet, false, true),
            (&["microsoft.network/*"], &[], subnet, false, true),
            (&["*/read"], &[], subnet, false, false),
            (&["*"], &["Microsoft.Network/*/join/action"], subnet, false, false),
            (&["Microsoft.Network/routeTables/join/action"], &[], table, false, true),
            (&["Microsoft.Network/routeTables/join/action"], &[], table, true, false),
            (&["Microsoft.Network/routeTables/routes/*"], &[], table, true, true),
            // Nobody knows what a right on this would be for.
            (&["*"], &[], "Microsoft.Compute/disks", false, false),
        ] {
            let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
            let holds = Permission {
                actions: owned(actions),
                not_actions: owned(not_actions),
                is_conditional: false,
            };
            let definitions = [(Role::of("own"), vec![holds])].into();
            let yardstick = Yardstick { definitions, writes_routes };
            let seen = held(&Role::NETWORK_CONTRIBUTOR, "OWN", on, &yardstick);
            assert_eq!(seen, is_enough, "{actions:?} {on} {writes_routes}");
            assert!(!held(&Role::NETWORK_CONTRIBUTOR, "other", on, &yardstick), "{actions:?}");
        }
    }
}
