//! A profile's layout under a network model that is not its own, for comparisons.

use crate::address::free::DEFAULT_POD_RANGE;
use crate::address::{Layout, Model, Range, Subnet, find_free};
use crate::profile::ranges::pool_demand;
use crate::profile::schema::{Pool, Profile};
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
    let mut layout = profile.layout(ranges, around);
    if layout.model == model {
        return layout;
    }
    layout.model = model;
    layout.pod_range = model.has_pod_range().then(|| pod_range(profile, ranges));
    if model.has_pod_subnet() {
        layout.subnets.extend(assumed_pod_subnet(profile, ranges, &layout.subnets));
    }
    for (placed, pool) in layout.pools.iter_mut().zip(&profile.pools) {
        let named = |subnet: &Subnet| subnet.name == pool.pod_subnet_or_default();
        placed.demand = pool_demand(pool, max_pods(pool, model));
        placed.pod_subnet =
            layout.subnets.iter().position(named).filter(|_| model.has_pod_subnet());
    }
    layout
}

/// Returns the pods of a node: written, else the default of the model it would stand in.
fn max_pods(pool: &Pool, model: Model) -> u32 {
    pool.max_pods.unwrap_or_else(|| model.default_max_pods())
}

/// Returns a pod subnet for a profile that has none: the largest free block of its network.
fn assumed_pod_subnet(profile: &Profile, ranges: &Ranges, subnets: &[Subnet]) -> Option<Subnet> {
    let stands = |name: &str| subnets.iter().any(|subnet| subnet.name == name);
    if profile.pools.iter().any(|pool| stands(pool.pod_subnet_or_default())) {
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
    ranges.pods.or(written).unwrap_or(DEFAULT_POD_RANGE)
}
