//! How many addresses a pool takes, under each model and at each moment.
//!
//! The service checks less than a pool needs: it leaves out the surge of an upgrade, so a cluster
//! that was created can fail to upgrade for lack of room (AKS#2119). Both views are here:
//! [`Moment::Service`] is what Azure checks, the others are what really happens.

use std::iter::Sum;
use std::ops::AddAssign;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{LEAST_PODS_PER_POOL, Model, POD_BLOCK_PER_NODE};

/// Addresses that a node takes from a pod subnet at once (concepts-network-azure-cni-pod-subnet).
pub const BATCH: u128 = 16;

/// With fewer free than this a node takes the next batch (same page).
pub const BATCH_RESERVE: u128 = 8;

/// Addresses of a static block, a /28 (configure-azure-cni-static-block-allocation).
pub const BLOCK: u128 = 16;

/// Nodes added during an upgrade so that others can be drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Surge {
    /// A fixed number of nodes.
    Nodes(u32),
    /// A part of the pool in percent; every started node counts whole (AKS#3529).
    Percent(u32),
}

/// Why a text is no surge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no surge: expected a number of nodes such as `1`, or a percentage such as `33%`")]
pub struct SurgeError(String);

impl Surge {
    /// Returns the nodes that an upgrade adds to a pool of this size; none to an empty one.
    pub fn nodes(self, count: u64) -> u64 {
        match self {
            _ if count == 0 => 0,
            Self::Nodes(nodes) => u64::from(nodes),
            Self::Percent(percent) => count.saturating_mul(u64::from(percent)).div_ceil(100),
        }
    }
}

impl Default for Surge {
    /// Ten percent: what AKS takes when nothing is said (upgrade-aks-node-pools-rolling).
    fn default() -> Self {
        Self::Percent(10)
    }
}

impl FromStr for Surge {
    type Err = SurgeError;

    fn from_str(text: &str) -> Result<Self, SurgeError> {
        let parsed = match text.strip_suffix('%') {
            Some(percent) => percent.parse().map(Self::Percent),
            None => text.parse().map(Self::Nodes),
        };
        let plain = text.starts_with(|c: char| c.is_ascii_digit());
        parsed.ok().filter(|_| plain).ok_or_else(|| SurgeError(text.chars().take(60).collect()))
    }
}

/// What decides how many addresses a pool takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolDemand {
    /// The pool's name.
    pub name: String,
    /// Nodes now.
    pub nodes: u32,
    /// The autoscaler's maximum, when it is on.
    pub max_nodes: Option<u32>,
    /// Pods per node, 10–250.
    pub max_pods: u32,
    /// Nodes that an upgrade adds.
    pub surge: Surge,
}

impl PoolDemand {
    /// Returns the nodes of the pool at a moment, surge included where it counts.
    pub fn machines(&self, moment: Moment) -> u64 {
        let now = u64::from(self.nodes);
        let most = u64::from(self.most_nodes());
        match moment {
            Moment::Now => now,
            Moment::Service => most,
            Moment::Upgrade => now + self.surge.nodes(now),
            Moment::Maximum => most + self.surge.nodes(most),
        }
    }

    /// Returns the nodes the pool may have without anybody changing it.
    pub fn most_nodes(&self) -> u32 {
        self.max_nodes.unwrap_or(0).max(self.nodes)
    }

    /// Returns what the pool takes under a model at a moment.
    pub fn at(&self, model: Model, moment: Moment) -> Demand {
        let machines = self.machines(moment);
        match (model, moment) {
            (Model::PodSubnetDynamic, Moment::Service) => Demand {
                pod_subnet: BATCH * u128::from(machines),
                ..Demand::of(model, machines, self.max_pods)
            },
            _ => Demand::of(model, machines, self.max_pods),
        }
    }

    /// Tells whether the pool has room for the 30 pods that AKS asks of one.
    pub fn has_room_for_30_pods(&self) -> bool {
        u64::from(self.most_nodes()) * u64::from(self.max_pods) >= LEAST_PODS_PER_POOL
    }
}

/// When addresses are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// What Azure itself checks at creation: the autoscaler's maximum, no surge
    /// (AKS#456; AKS-Construction#701).
    Service,
    /// The nodes as they are.
    Now,
    /// The nodes as they are, and the surge of every pool at once.
    Upgrade,
    /// The autoscaler's maximum, and the surge of every pool at once.
    Maximum,
}

impl Moment {
    /// The three moments of a pool's life that people plan for.
    pub const PLANNED: [Self; 3] = [Self::Now, Self::Upgrade, Self::Maximum];
}

/// Addresses and routes taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Demand {
    /// Nodes, surge included.
    pub nodes: u64,
    /// Pods, when every node is full.
    pub pods: u64,
    /// Addresses of the subnet the nodes stand in.
    pub node_subnet: u128,
    /// Addresses of the subnet for pods.
    pub pod_subnet: u128,
    /// Addresses of the range for pods outside the virtual network.
    pub pod_range: u128,
    /// Routes in the route table.
    pub routes: u64,
}

impl Demand {
    /// Returns what this many nodes take under a model when every node is full of pods.
    pub fn of(model: Model, nodes: u64, max_pods: u32) -> Self {
        let machines = u128::from(nodes);
        let pods = u128::from(max_pods);
        let mut demand = Self {
            nodes,
            pods: nodes.saturating_mul(u64::from(max_pods)),
            node_subnet: machines,
            ..Self::default()
        };
        match model {
            Model::Kubenet => {
                demand.pod_range = machines * POD_BLOCK_PER_NODE;
                demand.routes = nodes;
            }
            Model::NodeSubnet => demand.node_subnet = machines * (1 + pods),
            Model::PodSubnetDynamic => demand.pod_subnet = machines * dynamic_addresses(max_pods),
            Model::PodSubnetStatic => demand.pod_subnet = machines * static_addresses(max_pods),
            Model::Overlay => demand.pod_range = machines * POD_BLOCK_PER_NODE,
            Model::BringYourOwn => {}
        }
        demand
    }

    /// Returns everything taken out of the virtual network.
    pub fn of_vnet(&self) -> u128 {
        self.node_subnet + self.pod_subnet
    }
}

impl AddAssign for Demand {
    fn add_assign(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.pods = self.pods.saturating_add(other.pods);
        self.node_subnet += other.node_subnet;
        self.pod_subnet += other.pod_subnet;
        self.pod_range += other.pod_range;
        self.routes += other.routes;
    }
}

impl Sum for Demand {
    fn sum<I: Iterator<Item = Self>>(demands: I) -> Self {
        let mut total = Self::default();
        for demand in demands {
            total += demand;
        }
        total
    }
}

/// Returns the addresses that a node with this many pods holds of a dynamic pod subnet.
///
/// A node starts with 16 and takes 16 more whenever fewer than 8 are free.
pub fn dynamic_addresses(pods: u32) -> u128 {
    (u128::from(pods) + BATCH_RESERVE).div_ceil(BATCH) * BATCH
}

/// Returns the addresses that a node holds of a static pod subnet: /28 blocks for its pods and
/// one address more, which is why 16N−1 pods waste nothing.
pub fn static_addresses(max_pods: u32) -> u128 {
    static_blocks(max_pods) * BLOCK
}

/// Returns the /28 blocks that a node with this many pods holds.
pub fn static_blocks(max_pods: u32) -> u128 {
    (u128::from(max_pods) + 1).div_ceil(BLOCK)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::address::Range;

    fn pool(nodes: u32, max_pods: u32) -> PoolDemand {
        PoolDemand {
            name: "system".into(),
            nodes,
            max_nodes: None,
            max_pods,
            surge: Surge::default(),
        }
    }

    #[test]
    fn docs_example_51_nodes_30_pods_needs_1581_and_a_slash_21() {
        // The page counts 50 nodes and one for the upgrade.
        let example = PoolDemand { surge: Surge::Nodes(1), ..pool(50, 30) };
        let demand = example.at(Model::NodeSubnet, Moment::Upgrade);
        assert_eq!(demand.node_subnet, 1_581);
        assert_eq!(Range::prefix_for(demand.node_subnet), Some(21));
    }

    #[test]
    fn server_counts_310_for_10_nodes_of_30_pods_and_333_for_3_of_110() {
        let counted =
            |nodes, pods| pool(nodes, pods).at(Model::NodeSubnet, Moment::Service).node_subnet;
        assert_eq!(counted(10, 30), 310);
        assert_eq!(counted(3, 110), 333);
    }

    #[test]
    fn server_counts_the_autoscaler_maximum_and_no_surge() {
        let scaled = PoolDemand { max_nodes: Some(5), ..pool(1, 110) };
        assert_eq!(scaled.at(Model::Overlay, Moment::Service).pod_range, 1_280);
        assert_eq!(scaled.at(Model::Overlay, Moment::Maximum).pod_range, 6 * 256);
        assert_eq!(scaled.at(Model::Overlay, Moment::Now).pod_range, 256);
    }

    #[test]
    fn surge_percent_rounds_up_to_a_node() {
        assert_eq!(Surge::Percent(10).nodes(1), 1);
        assert_eq!(Surge::Percent(10).nodes(10), 1);
        assert_eq!(Surge::Percent(10).nodes(11), 2);
        assert_eq!(Surge::Percent(33).nodes(3), 1);
        assert_eq!(Surge::Nodes(2).nodes(100), 2);
    }

    #[test]
    fn an_empty_pool_does_not_surge() {
        assert_eq!(Surge::Nodes(5).nodes(0), 0);
        assert_eq!(pool(0, 250).at(Model::NodeSubnet, Moment::Upgrade), Demand::default());
    }

    #[test]
    fn default_surge_is_ten_percent() {
        assert_eq!(Surge::default(), Surge::Percent(10));
        assert_eq!("33%".parse(), Ok(Surge::Percent(33)));
        assert_eq!("2".parse(), Ok(Surge::Nodes(2)));
        for bad in ["", "%", "-1", "+1", "1.5", "1 %", "9999999999"] {
            assert!(bad.parse::<Surge>().is_err(), "{bad}");
        }
    }

    #[test]
    fn kubenet_and_overlay_take_a_slash_24_per_node() {
        for model in [Model::Kubenet, Model::Overlay] {
            let demand = Demand::of(model, 3, 30);
            assert_eq!((demand.node_subnet, demand.pod_range), (3, 768));
        }
        assert_eq!(Demand::of(Model::Kubenet, 3, 30).routes, 3);
        assert_eq!(Demand::of(Model::Overlay, 3, 30).routes, 0);
    }

    #[test]
    fn pod_subnets_come_in_batches_of_16_with_8_to_spare() {
        assert_eq!(dynamic_addresses(0), 16);
        assert_eq!(dynamic_addresses(8), 16);
        assert_eq!(dynamic_addresses(9), 32);
        assert_eq!(dynamic_addresses(24), 32);
        assert_eq!(dynamic_addresses(110), 128);
        assert_eq!(pool(3, 110).at(Model::PodSubnetDynamic, Moment::Service).pod_subnet, 48);
    }

    #[test]
    fn static_blocks_waste_nothing_at_16n_minus_1_pods() {
        for n in 1..=15_u32 {
            let best = 16 * n - 1;
            assert_eq!(static_addresses(best), u128::from(best) + 1);
        }
        assert_eq!(static_blocks(110), 7);
        assert_eq!(static_blocks(112), 8);
        assert_eq!(static_blocks(250), 16);
    }

    #[test]
    fn ten_pods_per_node_need_three_nodes() {
        assert!(!pool(2, 10).has_room_for_30_pods());
        assert!(pool(3, 10).has_room_for_30_pods());
        assert!(pool(1, 30).has_room_for_30_pods());
    }

    proptest! {
        #[test]
        fn no_count_overflows(nodes: u32, max in any::<Option<u32>>(), pods: u32, percent: u32) {
            let extreme = PoolDemand {
                max_nodes: max,
                surge: Surge::Percent(percent),
                ..pool(nodes, pods)
            };
            for model in Model::ALL {
                let sum: Demand = Moment::PLANNED.iter().map(|m| extreme.at(model, *m)).sum();
                prop_assert!(sum.of_vnet() >= u128::from(nodes));
            }
        }

        #[test]
        fn later_moments_never_need_less(nodes in 0_u32..2_000, more in 0_u32..2_000, pods in 10_u32..=250) {
            let growing = PoolDemand { max_nodes: Some(nodes + more), ..pool(nodes, pods) };
            for model in Model::ALL {
                let [now, upgrade, maximum] = Moment::PLANNED.map(|m| growing.at(model, m).of_vnet());
                prop_assert!(now <= upgrade && upgrade <= maximum);
            }
        }

        #[test]
        fn a_dynamic_node_always_has_eight_to_spare(pods in 0_u32..=250) {
            let held = dynamic_addresses(pods);
            prop_assert!(held - u128::from(pods) >= BATCH_RESERVE);
            prop_assert!(held - u128::from(pods) < BATCH_RESERVE + BATCH);
        }
    }
}
