//! A profile reduced to the numbers that its addresses depend on.

use std::collections::BTreeMap;

use crate::address::capacity::PlacedPool;
use crate::address::free::DEFAULT_POD_RANGE;
use crate::address::{self, Layout, Model, Range, Subnet, find_free};
use crate::profile::ranges::pool_demand;
use crate::profile::schema::{NetworkPolicy, Pool, Profile, Tier};
use crate::profile::{Ranges, Surroundings};

/// The key of the subnet that stands in for one the profile does not have.
pub(super) const ASSUMED: &str = "pods";

/// Returns the layout of a profile under a model, which need not be its own.
pub(super) fn of_profile(
    profile: &Profile,
    ranges: &Ranges,
    around: &Surroundings,
    model: Model,
) -> Layout {
    let own = model == Model::from(profile.model());
    let mut subnets = subnets(profile, ranges, around);
    let mut place: BTreeMap<String, usize> =
        subnets.iter().enumerate().map(|(i, subnet)| (subnet.name.clone(), i)).collect();
    if model.has_pod_subnet()
        && !own
        && let Some(subnet) = assumed_pod_subnet(profile, ranges, &place)
    {
        place.insert(subnet.name.clone(), subnets.len());
        subnets.push(subnet);
    }
    let placed = |pool: &Pool| PlacedPool {
        demand: pool_demand(pool, max_pods(pool, model)),
        node_subnet: place.get(pool.subnet_or_default()).copied(),
        pod_subnet: place
            .get(pool.pod_subnet_or_default())
            .copied()
            .filter(|_| model.has_pod_subnet()),
    };
    Layout {
        model,
        tier: tier(profile),
        azure_policy: profile.network.policy_or_default() == NetworkPolicy::Azure,
        pools: profile.pools.iter().map(placed).collect(),
        pod_range: model.has_pod_range().then(|| pod_range(profile, ranges)),
        subnets,
    }
}

/// Returns the pods of a node: written, else the default of the model it would stand in.
fn max_pods(pool: &Pool, model: Model) -> u32 {
    pool.max_pods.unwrap_or_else(|| model.default_max_pods())
}

fn tier(profile: &Profile) -> address::Tier {
    match profile.cluster.tier {
        None | Some(Tier::Free) => address::Tier::Free,
        Some(Tier::Standard) => address::Tier::Standard,
        Some(Tier::Premium) => address::Tier::Premium,
    }
}

/// Returns the subnets whose range is known, by key.
fn subnets(profile: &Profile, ranges: &Ranges, around: &Surroundings) -> Vec<Subnet> {
    let known = ranges.subnets.iter().filter_map(|(key, range)| {
        let reserve = profile.network.subnets.get(key).and_then(|subnet| subnet.reserve);
        let seen = around.subnets.get(key).map_or(0, |(_, others)| *others);
        let others = u64::from(reserve.unwrap_or(0)).saturating_add(seen);
        Some(Subnet { name: key.clone(), range: (*range)?, others })
    });
    known.collect()
}

/// Returns a pod subnet for a profile that has none: the largest free block of its network.
fn assumed_pod_subnet(
    profile: &Profile,
    ranges: &Ranges,
    place: &BTreeMap<String, usize>,
) -> Option<Subnet> {
    if profile.pools.iter().any(|pool| place.contains_key(pool.pod_subnet_or_default())) {
        return None;
    }
    let taken: Vec<Range> = ranges.subnets.values().flatten().copied().collect();
    let widest = ranges.vnet.iter().map(Range::prefix).min()?;
    let range = (widest..=28).find_map(|prefix| find_free(&taken, prefix, &ranges.vnet))?;
    Some(Subnet { name: ASSUMED.to_owned(), range, others: 0 })
}

/// Returns the range of pods; the one written is used even where the profile's own model has none.
fn pod_range(profile: &Profile, ranges: &Ranges) -> Range {
    let written = profile.network.pod_cidr.and_then(crate::profile::schema::Cidr::range);
    ranges.pods.or(written.map(Range::from)).unwrap_or(DEFAULT_POD_RANGE)
}
