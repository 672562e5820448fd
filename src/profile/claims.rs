//! Every range that a profile lays claim to or must keep clear of, and what each is: what
//! `address::conflicts` is asked about.

use super::place::key_path;
use super::ranges::{Ranges, Surroundings};
use super::schema::Profile;
use crate::address::{Range, Role};

/// A range, what it is, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The range.
    pub range: Range,
    /// What it is.
    pub role: Role,
    /// The place in the profile that says so; empty for what stands in Azure.
    pub path: String,
    /// The subnet's key, the name of a peering or of a network in Azure; empty for the rest.
    pub name: String,
}

impl Profile {
    /// Returns the ranges of a profile in the order of the schema, then what is in use elsewhere,
    /// then the subnets of others in its network.
    pub fn claims(&self, ranges: &Ranges, around: &Surroundings) -> Vec<Claim> {
        let mut claims = self.network_claims(ranges);
        let pods_v6 = ranges.pods_v6.filter(|_| self.model().has_pod_range());
        let own = [
            ("podCidr", ranges.pods, Role::Pods),
            ("podCidrV6", pods_v6, Role::Pods),
            ("serviceCidr", ranges.services, Role::Services),
            ("serviceCidrV6", ranges.services_v6, Role::Services),
        ];
        for (field, range, role) in own {
            claims.extend(range.map(|range| claim(range, role, format!("network.{field}"), "")));
        }
        claims.extend(self.written_elsewhere());
        let seen = |(range, network): &(Range, String)| {
            claim(*range, Role::Elsewhere, String::new(), network)
        };
        claims.extend(around.taken.iter().map(seen));
        let others =
            around.subnets.iter().filter(|(key, _)| !self.network.subnets.contains_key(*key));
        claims.extend(
            others.map(|(name, (range, _))| claim(*range, Role::Neighbour, String::new(), name)),
        );
        claims
    }

    /// Returns the ranges of the network and of its subnets.
    fn network_claims(&self, ranges: &Ranges) -> Vec<Claim> {
        let network = &self.network;
        let own = network.vnet.as_ref().filter(|vnet| vnet.id.is_none());
        let first = usize::from(own.is_some_and(|vnet| vnet.cidr.is_some()));
        let path = |at: usize| match (own, at.checked_sub(first)) {
            (None, _) => "network.vnet".to_owned(),
            (Some(_), None) => "network.vnet.cidr".to_owned(),
            (Some(_), Some(at)) => format!("network.vnet.cidrs[{at}]"),
        };
        let networks = ranges.vnet.iter().enumerate();
        let mut claims: Vec<Claim> =
            networks.map(|(at, range)| claim(*range, Role::Network, path(at), "")).collect();
        for (key, subnet) in &network.subnets {
            let path = key_path("network.subnets", key);
            let range = ranges.subnets.get(key).copied().flatten();
            let both = [(range, "cidr"), (subnet.cidr_v6, "cidrV6")];
            claims.extend(both.into_iter().filter_map(|(range, field)| {
                Some(claim(range?, Role::Subnet, format!("{path}.{field}"), key))
            }));
        }
        claims
    }

    /// Returns what the profile says is in use elsewhere.
    pub(super) fn written_elsewhere(&self) -> Vec<Claim> {
        let network = &self.network;
        let avoid = network.avoid.iter().enumerate();
        let avoid = avoid
            .map(|(at, range)| claim(*range, Role::Elsewhere, format!("network.avoid[{at}]"), ""));
        let peerings = network.peerings.iter().enumerate().flat_map(|(peer, peering)| {
            peering.cidrs.iter().enumerate().map(move |(at, range)| {
                let path = format!("network.peerings[{peer}].cidrs[{at}]");
                claim(*range, Role::Elsewhere, path, &peering.name)
            })
        });
        avoid.chain(peerings).collect()
    }
}

fn claim(range: Range, role: Role, path: String, name: &str) -> Claim {
    Claim { range, role, path, name: name.to_owned() }
}
