//! A profile reduced to what its addresses depend on.

use super::ranges::{Ranges, Surroundings};
use super::schema::{NetworkPolicy, Profile};
use crate::address::capacity::PlacedPool;
use crate::address::{Layout, Range, Subnet};

impl Profile {
    /// Returns the cluster reduced to what its addresses depend on, for the arithmetic of
    /// `address`.
    ///
    /// `others` are addresses that other things hold in a subnet, as seen in Azure; what the
    /// profile reserves is added. Subnets of unknown size are left out.
    pub fn layout(&self, ranges: &Ranges, around: &Surroundings) -> Layout {
        let network = &self.network;
        let known: Vec<(&String, Range)> =
            ranges.subnets.iter().filter_map(|(name, range)| Some((name, (*range)?))).collect();
        let place = |wanted: &str| known.iter().position(|(name, _)| name.as_str() == wanted);
        let pools = self.pools.iter().zip(self.pool_demands()).map(|(pool, demand)| PlacedPool {
            demand,
            node_subnet: place(pool.subnet_or_default()),
            pod_subnet: place(pool.pod_subnet_or_default())
                .filter(|_| self.model().has_pod_subnet()),
        });
        let subnets = known.iter().map(|(name, range)| {
            let reserve = network.subnets.get(*name).and_then(|subnet| subnet.reserve);
            let held = around.subnets.get(*name).map_or(0, |(_, held)| *held);
            let others = u64::from(reserve.unwrap_or(0)) + held;
            Subnet { name: (*name).clone(), range: *range, others }
        });
        Layout {
            model: self.model(),
            tier: self.cluster.tier.unwrap_or_default(),
            azure_policy: network.policy_or_default() == NetworkPolicy::Azure,
            subnets: subnets.collect(),
            pod_range: ranges.pods,
            pools: pools.collect(),
        }
    }
}
