//! The network models of AKS and the limits that come with each.
//!
//! A model says where pods get their addresses. Cilium is no model: it is a data plane that works
//! on several of them. Every number names the page of the AKS documentation it comes from.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Routes that one route table holds, and so nodes that kubenet reaches (configure-kubenet).
pub const ROUTES_PER_TABLE: u32 = 400;

/// Nodes that one pool holds (service specification 2025-08-01, `count`).
pub const NODES_PER_POOL: u32 = 1_000;

/// Nodes of a cluster in the Free tier (free-standard-pricing-tiers).
pub const NODES_FREE_TIER: u32 = 1_000;

/// Nodes of a cluster in the Standard and Premium tiers (best-practices-performance-scale-large).
pub const NODES_PAID_TIER: u32 = 5_000;

/// Nodes of an overlay cluster (concepts-network-azure-cni-overlay).
pub const NODES_OVERLAY: u32 = 5_000;

/// Nodes that the Azure policy engine (NPM) serves (use-network-policies).
pub const NODES_AZURE_POLICY: u32 = 250;

/// Addresses that one virtual network can have configured (concepts-network-ip-address-planning).
pub const ADDRESSES_PER_VNET: u128 = 65_536;

/// Pod addresses with dynamic allocation: "about 64,000" (plan-pod-networking).
pub const DYNAMIC_POD_ADDRESSES: u128 = 64_000;

/// Pod addresses with static blocks: "about 1,000,000" (concepts-network-azure-cni-pod-subnet).
pub const STATIC_POD_ADDRESSES: u128 = 1_000_000;

/// Pod addresses that one node takes under kubenet and overlay: a /24 (configure-kubenet,
/// concepts-network-azure-cni-overlay).
pub const POD_BLOCK_PER_NODE: u128 = 256;

/// The fewest pods a node may be given (concepts-network-ip-address-planning).
pub const LEAST_MAX_PODS: u32 = 10;

/// The most pods a node may be given (concepts-network-ip-address-planning).
pub const MOST_MAX_PODS: u32 = 250;

/// Pods that a pool must have room for over all its nodes (concepts-network-ip-address-planning).
pub const LEAST_PODS_PER_POOL: u64 = 30;

/// The day on which AKS ends kubenet (includes/kubenet-retirement).
pub const KUBENET_RETIREMENT: &str = "31 March 2028";

/// Where pods get their addresses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// A /24 per node from a range of their own, reached through routes in a table.
    Kubenet,
    /// From the subnet of the nodes, set aside when the node starts.
    NodeSubnet,
    /// From a subnet for pods, in batches of 16 as they are needed.
    PodSubnetDynamic,
    /// From a subnet for pods, in /28 blocks set aside when the node starts.
    PodSubnetStatic,
    /// A /24 per node from a range of their own, which Azure's network carries by itself.
    Overlay,
    /// From a plugin that the user installs; AKS gives pods nothing.
    BringYourOwn,
}

impl Model {
    /// Every model, in the order they are compared.
    pub const ALL: [Self; 6] = [
        Self::Kubenet,
        Self::NodeSubnet,
        Self::PodSubnetDynamic,
        Self::PodSubnetStatic,
        Self::Overlay,
        Self::BringYourOwn,
    ];

    /// Returns the name that people read in AKS's documentation.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Kubenet => "kubenet",
            Self::NodeSubnet => "Azure CNI, node subnet",
            Self::PodSubnetDynamic => "Azure CNI, pod subnet",
            Self::PodSubnetStatic => "Azure CNI, pod subnet with static blocks",
            Self::Overlay => "Azure CNI, overlay",
            Self::BringYourOwn => "bring your own CNI",
        }
    }

    /// Returns the pods per node when nobody says otherwise.
    ///
    /// Source: concepts-network-ip-address-planning; without a plugin the recorded answer of a
    /// cluster made with `--network-plugin none`.
    pub const fn default_max_pods(self) -> u32 {
        match self {
            Self::NodeSubnet => 30,
            Self::Overlay | Self::BringYourOwn => 250,
            Self::Kubenet | Self::PodSubnetDynamic | Self::PodSubnetStatic => 110,
        }
    }

    /// Returns the most nodes this model allows by itself, `None` when only the tier binds.
    pub const fn node_limit(self) -> Option<u32> {
        match self {
            Self::Overlay => Some(NODES_OVERLAY),
            _ => None,
        }
    }

    /// Returns the most pod addresses this model hands out in one virtual network.
    pub const fn pod_address_limit(self) -> Option<u128> {
        match self {
            Self::NodeSubnet => Some(ADDRESSES_PER_VNET),
            Self::PodSubnetDynamic => Some(DYNAMIC_POD_ADDRESSES),
            Self::PodSubnetStatic => Some(STATIC_POD_ADDRESSES),
            Self::Kubenet | Self::Overlay | Self::BringYourOwn => None,
        }
    }

    /// Tells whether pods have a range of their own outside the virtual network.
    pub const fn has_pod_range(self) -> bool {
        matches!(self, Self::Kubenet | Self::Overlay)
    }

    /// Tells whether pods have a subnet of their own.
    pub const fn has_pod_subnet(self) -> bool {
        matches!(self, Self::PodSubnetDynamic | Self::PodSubnetStatic)
    }

    /// Tells whether the virtual network and its peers reach pods at their own addresses.
    pub const fn is_routable(self) -> bool {
        matches!(self, Self::NodeSubnet | Self::PodSubnetDynamic | Self::PodSubnetStatic)
    }

    /// Tells whether the Cilium data plane runs on this model (azure-cni-powered-by-cilium).
    pub const fn takes_cilium(self) -> bool {
        !matches!(self, Self::Kubenet | Self::BringYourOwn)
    }

    /// Tells whether Windows pools run on this model (configure-kubenet).
    pub const fn takes_windows(self) -> bool {
        !matches!(self, Self::Kubenet)
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

/// What carries the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataPlane {
    /// Azure's own, or kubenet's bridge.
    #[default]
    Azure,
    /// eBPF programs of Cilium.
    Cilium,
}

/// The pricing tier of the control plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// No uptime agreement, up to 1,000 nodes.
    #[default]
    Free,
    /// With uptime agreement, up to 5,000 nodes.
    Standard,
    /// As standard, with long-term support.
    Premium,
}

impl Tier {
    /// Returns the most nodes of a cluster in this tier.
    pub const fn node_limit(self) -> u32 {
        match self {
            Self::Free => NODES_FREE_TIER,
            Self::Standard | Self::Premium => NODES_PAID_TIER,
        }
    }

    /// Returns the name as Azure writes it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Standard => "Standard",
            Self::Premium => "Premium",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_max_pods_are_30_110_110_250() {
        assert_eq!(Model::NodeSubnet.default_max_pods(), 30);
        assert_eq!(Model::PodSubnetDynamic.default_max_pods(), 110);
        assert_eq!(Model::Kubenet.default_max_pods(), 110);
        assert_eq!(Model::Overlay.default_max_pods(), 250);
    }

    #[test]
    fn every_default_lies_between_10_and_250() {
        for model in Model::ALL {
            assert!((LEAST_MAX_PODS..=MOST_MAX_PODS).contains(&model.default_max_pods()));
        }
    }

    #[test]
    fn overlay_ends_at_5000_nodes_and_free_at_1000() {
        assert_eq!(Model::Overlay.node_limit(), Some(5_000));
        assert_eq!(Tier::Free.node_limit(), 1_000);
        assert_eq!(Tier::Standard.node_limit(), 5_000);
        assert_eq!(Tier::Premium.node_limit(), 5_000);
    }

    #[test]
    fn cilium_runs_on_every_azure_model_and_not_on_kubenet() {
        assert!(!Model::Kubenet.takes_cilium());
        assert!(Model::ALL.iter().filter(|m| m.takes_cilium()).count() == 4);
    }
}
