//! Every range of a profile with what is taken of it.

use schemars::JsonSchema;
use serde::Serialize;

use super::pool::Three;
use crate::address::range::RESERVED_PER_SUBNET;
use crate::address::{Demand, Layout, Moment, Range};
use crate::profile::schema::{Cidr, Profile};
use crate::profile::{Ranges, Surroundings};

/// A range in the address plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RangeRow {
    /// What stands here.
    pub place: RangeKind,
    /// The subnet's key, the peering's name; empty where the place says it all.
    pub name: String,
    /// The range, `None` when it is not known without Azure.
    pub range: Option<Range>,
    /// Where the range comes from.
    pub origin: Origin,
    /// Addresses in it.
    pub size: u128,
    /// What is taken, where it can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Use>,
}

/// What a range is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RangeKind {
    /// A range of the virtual network.
    Network,
    /// A subnet of it.
    Subnet,
    /// Pods outside the virtual network.
    Pods,
    /// Services.
    Services,
    /// The other side of a peering.
    Peer,
    /// In use elsewhere, as the profile says.
    Avoided,
}

/// Where a range comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It stands in the profile.
    Written,
    /// Nothing stands there, so it is Azure's default.
    Default,
    /// akstool chose it.
    Auto,
    /// It was read in Azure.
    Azure,
    /// It is not known without Azure.
    Unknown,
}

/// What is taken of a range, in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Use {
    /// What Azure keeps of a subnet.
    pub reserved: u128,
    /// What stands there beside nodes and pods, or is kept for load balancers.
    pub others: u128,
    /// What nodes and pods take; in a network, what its subnets take.
    pub used: Three<u128>,
    /// What is left, 0 when it does not fit.
    pub free: Three<u128>,
}

/// Returns every range: networks each followed by their subnets, pods, services, then the others.
pub(super) fn rows(
    profile: &Profile,
    ranges: &Ranges,
    layout: &Layout,
    around: &Surroundings,
) -> Vec<RangeRow> {
    let mut rows = network_rows(profile, ranges, layout, around);
    let network = &profile.network;
    let pods = [ranges.pods, ranges.pods_v6];
    let pods_from = [origin(network.pod_cidr), origin_v6(network.pod_cidr_v6.is_some())];
    for (range, origin) in pods.into_iter().zip(pods_from) {
        rows.extend(range.map(|range| {
            let used = Three::ask(|moment| layout.demand(moment).pod_range);
            let usage = range.is_ipv4().then(|| taken(range.size(), 0, 0, used));
            row(RangeKind::Pods, "", Some(range), origin, usage)
        }));
    }
    let services = origin(network.service_cidr);
    rows.push(row(RangeKind::Services, "", ranges.services, services, None));
    let services_v6 = origin_v6(network.service_cidr_v6.is_some());
    rows.extend(
        ranges
            .services_v6
            .map(|range| row(RangeKind::Services, "", Some(range), services_v6, None)),
    );
    for peering in &network.peerings {
        rows.extend(
            peering
                .cidrs
                .iter()
                .map(|net| row(RangeKind::Peer, &peering.name, Some(*net), Origin::Written, None)),
        );
    }
    let avoided = network.avoid.iter().copied();
    rows.extend(
        avoided.map(|range| row(RangeKind::Avoided, "", Some(range), Origin::Written, None)),
    );
    rows
}

/// Returns the ranges of the virtual network, each followed by the subnets in it.
fn network_rows(
    profile: &Profile,
    ranges: &Ranges,
    layout: &Layout,
    around: &Surroundings,
) -> Vec<RangeRow> {
    let mut left: Vec<RangeRow> = ranges
        .subnets
        .iter()
        .map(|(key, range)| {
            let origin = subnet_origin(profile, key, around);
            row(RangeKind::Subnet, key, *range, origin, subnet_use(layout, key))
        })
        .collect();
    let strangers = around.subnets.iter().filter(|(key, _)| !ranges.subnets.contains_key(*key));
    left.extend(
        strangers.map(|(name, (range, _))| {
            row(RangeKind::Subnet, name, Some(*range), Origin::Azure, None)
        }),
    );
    let v6 = profile.network.subnets.iter().filter_map(|(key, s)| Some((key, s.cidr_v6?)));
    left.extend(v6.map(|(key, net)| row(RangeKind::Subnet, key, Some(net), Origin::Written, None)));
    let mut rows = Vec::new();
    for range in &ranges.vnet {
        let (inside, outside) =
            left.into_iter().partition(|s| s.range.is_some_and(|subnet| range.contains(&subnet)));
        left = outside;
        let inside: Vec<RangeRow> = inside;
        let used: u128 = inside.iter().map(|subnet| subnet.size).sum();
        let same = Three { now: used, upgrade: used, maximum: used };
        let usage = range.is_ipv4().then(|| taken(range.size(), 0, 0, same));
        rows.push(row(RangeKind::Network, "", Some(*range), network_origin(profile, range), usage));
        rows.extend(inside);
    }
    if ranges.vnet.is_empty() {
        rows.push(row(RangeKind::Network, "", None, Origin::Unknown, None));
    }
    rows.extend(left);
    rows
}

fn row(
    place: RangeKind,
    name: &str,
    range: Option<Range>,
    origin: Origin,
    usage: Option<Use>,
) -> RangeRow {
    let origin = if range.is_none() { Origin::Unknown } else { origin };
    let size = range.map_or(0, |range| range.size());
    RangeRow { place, name: name.to_owned(), range, origin, size, usage }
}

/// Returns what nodes and pods take of a subnet.
fn subnet_use(layout: &Layout, key: &str) -> Option<Use> {
    let index = layout.subnets.iter().position(|subnet| subnet.name == key)?;
    let subnet = &layout.subnets[index];
    let used = Three::ask(|moment| {
        let of_pool = |pool: &crate::address::capacity::PlacedPool| {
            let demand: Demand = pool.demand.at(layout.model, moment);
            let nodes = if pool.node_subnet == Some(index) { demand.node_subnet } else { 0 };
            let pods = if pool.pod_subnet == Some(index) { demand.pod_subnet } else { 0 };
            nodes + pods
        };
        layout.pools.iter().map(of_pool).sum()
    });
    let reserved = RESERVED_PER_SUBNET.min(subnet.range.size());
    Some(taken(subnet.range.size(), reserved, u128::from(subnet.others), used))
}

fn taken(size: u128, reserved: u128, others: u128, used: Three<u128>) -> Use {
    let free = Three::ask(|moment| {
        let used = match moment {
            Moment::Upgrade => used.upgrade,
            Moment::Maximum => used.maximum,
            Moment::Now | Moment::Service => used.now,
        };
        size.saturating_sub(reserved).saturating_sub(others).saturating_sub(used)
    });
    Use { reserved, others, used, free }
}

const fn origin(written: Option<Cidr>) -> Origin {
    match written {
        None => Origin::Default,
        Some(Cidr::Auto) => Origin::Auto,
        Some(Cidr::Range(_)) => Origin::Written,
    }
}

const fn origin_v6(written: bool) -> Origin {
    if written { Origin::Written } else { Origin::Default }
}

fn network_origin(profile: &Profile, range: &Range) -> Origin {
    match &profile.network.vnet {
        None if profile.network.is_managed() => Origin::Default,
        None => Origin::Azure,
        Some(vnet) if vnet.id.is_some() => Origin::Azure,
        Some(vnet) if vnet.cidrs.contains(range) => Origin::Written,
        Some(vnet) => origin(vnet.cidr),
    }
}

fn subnet_origin(profile: &Profile, key: &str, around: &Surroundings) -> Origin {
    match profile.network.subnets.get(key) {
        Some(subnet) if subnet.cidr.is_some() => origin(subnet.cidr),
        Some(_) if around.subnets.contains_key(key) => Origin::Azure,
        Some(_) => Origin::Unknown,
        None => Origin::Default,
    }
}
