//! What ends growth: the limits, how much each takes, and by how much it falls short.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Model, Tier};
use super::number::grouped;
use super::range::Range;

/// Something that ends growth, with the number it ends at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "limit", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Limit {
    /// Routes in one table; kubenet needs one per node.
    Routes {
        /// 400.
        routes: u32,
    },
    /// The range of pods; a /24 goes to each node.
    PodRange {
        /// The range.
        range: Range,
    },
    /// The subnet that nodes stand in.
    NodeSubnet {
        /// Its place in [`Layout::subnets`](super::Layout::subnets).
        #[serde(skip)]
        subnet: usize,
        /// Its name.
        name: String,
        /// Its range.
        range: Range,
    },
    /// The subnet that pods get their addresses from.
    PodSubnet {
        /// Its place in [`Layout::subnets`](super::Layout::subnets).
        #[serde(skip)]
        subnet: usize,
        /// Its name.
        name: String,
        /// Its range.
        range: Range,
    },
    /// The tier of the cluster.
    Tier {
        /// The tier.
        tier: Tier,
        /// Nodes it allows.
        nodes: u32,
    },
    /// The model by itself.
    Model {
        /// The model.
        model: Model,
        /// Nodes it allows.
        nodes: u32,
    },
    /// Nodes of one pool.
    Pool {
        /// Its place in [`Layout::pools`](super::Layout::pools).
        #[serde(skip)]
        pool: usize,
        /// Its name.
        name: String,
        /// 1,000.
        nodes: u32,
    },
    /// Addresses that one virtual network can hand out under this model.
    VnetAddresses {
        /// 65,536 in general, about 64,000 for dynamic and 1,000,000 for static pod subnets.
        addresses: u128,
    },
    /// Azure's own policy engine.
    AzurePolicy {
        /// 250.
        nodes: u32,
    },
}

impl Limit {
    /// Returns how much the limit takes: addresses, nodes or routes, as it counts.
    pub fn capacity(&self) -> u128 {
        match self {
            Self::Routes { routes: n }
            | Self::Tier { nodes: n, .. }
            | Self::Model { nodes: n, .. }
            | Self::Pool { nodes: n, .. }
            | Self::AzurePolicy { nodes: n } => u128::from(*n),
            Self::PodRange { range } => range.size(),
            Self::NodeSubnet { range, .. } | Self::PodSubnet { range, .. } => range.usable(),
            Self::VnetAddresses { addresses } => *addresses,
        }
    }

    /// Returns what the limit counts, in the singular.
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Routes { .. } => "route",
            Self::Tier { .. }
            | Self::Model { .. }
            | Self::Pool { .. }
            | Self::AzurePolicy { .. } => "node",
            _ => "address",
        }
    }

    /// Returns the verb that goes with the limit in a sentence: `binds` or `bind`.
    pub const fn binds(&self) -> &'static str {
        if self.is_range() { "binds" } else { "bind" }
    }

    /// Tells whether it is a range of addresses.
    pub const fn is_range(&self) -> bool {
        matches!(self, Self::PodRange { .. } | Self::NodeSubnet { .. } | Self::PodSubnet { .. })
    }

    /// Returns the prefix of an IPv4 range that would take this load; `None` for what is no range.
    pub fn prefix_for(&self, load: u128) -> Option<u8> {
        match self {
            Self::PodRange { range } if range.is_ipv4() => Range::prefix_of_size(load),
            Self::NodeSubnet { range, .. } | Self::PodSubnet { range, .. } if range.is_ipv4() => {
                Range::prefix_for(load)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Routes { routes } => write!(f, "the {routes} routes of a route table"),
            Self::PodRange { range } => write!(f, "the pod range {range}"),
            Self::NodeSubnet { name, range, .. } => write!(f, "the subnet `{name}` {range}"),
            Self::PodSubnet { name, range, .. } => write!(f, "the pod subnet `{name}` {range}"),
            Self::Tier { tier, nodes } => {
                write!(f, "the {} nodes of the {} tier", grouped(*nodes), tier.title())
            }
            Self::Model { model, nodes } => write!(f, "the {} nodes of {model}", grouped(*nodes)),
            Self::Pool { name, nodes, .. } => {
                write!(f, "the {} nodes of one pool, `{name}`", grouped(*nodes))
            }
            Self::VnetAddresses { addresses } => {
                write!(f, "the {} addresses of a virtual network", grouped(*addresses))
            }
            Self::AzurePolicy { nodes } => write!(f, "the {nodes} nodes of Azure's policy engine"),
        }
    }
}

/// A limit that does not hold what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shortage {
    /// What is too small.
    pub limit: Limit,
    /// What is needed, in the limit's own unit.
    pub needed: u128,
    /// What there is.
    pub available: u128,
    /// By how much it is short.
    pub short_by: u128,
    /// The prefix of a range that would do, when the limit is a range.
    pub prefix: Option<u8>,
}

/// Returns the shortage of a limit under this load, when there is one.
pub(super) fn shortage(limit: &Limit, needed: u128) -> Option<Shortage> {
    let available = limit.capacity();
    let short_by = needed.checked_sub(available).filter(|short| *short > 0)?;
    Some(Shortage {
        prefix: limit.prefix_for(needed),
        limit: limit.clone(),
        needed,
        available,
        short_by,
    })
}
