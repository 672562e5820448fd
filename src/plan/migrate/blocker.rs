//! Why AKS would refuse a migration, or do harm by it: a sentence and what to do.

use schemars::JsonSchema;
use serde::Serialize;

use crate::advice;
use crate::advice::Advice;
use crate::arm::id::ResourceId;
use crate::shell::Line;

/// Something that has to change before the cluster can migrate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Blocker {
    /// The version is too old.
    Version {
        /// The version that runs.
        found: String,
    },
    /// A network policy engine is installed.
    PolicyEngine {
        /// Azure's word for it.
        engine: String,
    },
    /// kubenet's route table can be detached by a user-assigned identity only.
    Identity {
        /// The identity's type.
        found: String,
    },
    /// Pods take their addresses from a subnet of their own.
    PodSubnet {
        /// The pools.
        pools: Vec<String>,
    },
    /// Pods have IPv6 addresses as well.
    DualStack,
    /// Windows nodes run their containers with Docker.
    DockerWindows {
        /// The pools.
        pools: Vec<String>,
    },
    /// Cilium does not run on Windows nodes.
    Windows {
        /// The pools.
        pools: Vec<String>,
    },
    /// The machines cannot be part of an overlay.
    Machines {
        /// The pools.
        pools: Vec<String>,
        /// What about them.
        what: String,
    },
    /// Subnets that are none of the cluster's use its route table.
    SharedTable {
        /// The table.
        table: ResourceId,
        /// The other subnets.
        subnets: Vec<ResourceId>,
    },
    /// From kubenet, overlay comes first and Cilium in an operation of its own.
    OverlayFirst,
    /// The plugin is the owner's own.
    NoPlugin,
    /// Node auto-provisioning is on.
    NodeProvisioning,
    /// The cluster or a pool is not well, or Azure is still at work on it.
    Unsettled {
        /// The resource.
        id: ResourceId,
        /// Azure's word for its state.
        state: String,
    },
    /// The cluster is stopped.
    Stopped,
    /// The pods' range collides.
    RangeOverlaps {
        /// The range.
        range: String,
        /// The other range.
        other: String,
        /// Whose that is.
        whose: String,
        /// A range that would do.
        free: Option<String>,
    },
    /// The pods' range has not a /24 for every node.
    RangeTooSmall {
        /// The range.
        range: String,
        /// Nodes it has room for.
        holds: u64,
        /// Nodes that Azure counts.
        nodes: u64,
        /// A range that would do.
        free: Option<String>,
    },
    /// A name is too long to be a node's label, which overlay makes of it.
    LongName {
        /// The resource.
        id: ResourceId,
    },
}

impl Blocker {
    /// Returns the blocker as a sentence without its stop.
    pub fn sentence(&self) -> String {
        match self {
            Self::Version { found } => {
                format!("it runs Kubernetes {found}, and AKS migrates from 1.27 on")
            }
            Self::PolicyEngine { engine } => {
                format!("the network policy engine `{engine}` is installed")
            }
            Self::Identity { found } => format!(
                "its identity is `{found}`, and only a user-assigned one can detach kubenet's \
                 route table"
            ),
            Self::PodSubnet { pools } => {
                format!("pods of {} take addresses from a subnet of their own", names(pools))
            }
            Self::DualStack => "it is dual stack, and IPv6 breaks in the middle of it".to_owned(),
            Self::DockerWindows { pools } => {
                format!("Windows nodes of {} run containers with Docker", names(pools))
            }
            Self::Windows { pools } => {
                format!("{} has Windows nodes, and Cilium does not run there", names(pools))
            }
            Self::Machines { pools, what } => {
                format!("{} has {what}, which overlay does not support", names(pools))
            }
            Self::SharedTable { table, subnets } => format!(
                "its route table `{}` is used by other subnets as well: {}",
                table.name(),
                subnets.iter().map(subnet_name).collect::<Vec<_>>().join(", ")
            ),
            Self::OverlayFirst => {
                "AKS does not move from kubenet to Cilium in one operation".to_owned()
            }
            Self::NoPlugin => {
                "its network plugin is its owner's, and AKS migrates only its own".to_owned()
            }
            Self::NodeProvisioning => "node auto-provisioning is on".to_owned(),
            Self::Unsettled { id, state } => {
                format!("`{}` is in the state `{state}`", id.name())
            }
            Self::Stopped => "it is stopped".to_owned(),
            Self::RangeOverlaps { range, other, whose, .. } => {
                format!("the pods' range {range} overlaps {other} of {whose}")
            }
            Self::RangeTooSmall { range, holds, nodes, .. } => format!(
                "the pods' range {range} has a /24 for {holds} nodes, and the pools may have {nodes}"
            ),
            Self::LongName { id } => format!(
                "the name `{}` is longer than the 63 characters that overlay can write on a node",
                id.name()
            ),
        }
    }

    /// Returns what to do next for the cluster of an environment.
    pub fn hint(&self, environment: &str, cluster: &ResourceId) -> Advice {
        match self {
            Self::SharedTable { subnets, .. } => {
                advice!("give those subnets a route table of their own: {}", apart(subnets))
            }
            Self::OverlayFirst => advice!(
                "`akstool migrate {} --to overlay`, and when that is done `--to cilium`",
                environment
            ),
            Self::NodeProvisioning => advice!(
                "switch it off, migrate, and switch it on again: \
                 `az aks update --ids {} --node-provisioning-mode Manual`",
                cluster.as_str()
            ),
            Self::Unsettled { state, .. } if !["Failed", "Canceled"].contains(&state.as_str()) => {
                advice!("wait until Azure is done: `akstool status {}` shows it", environment)
            }
            Self::Stopped => advice!("`akstool start {}`, then migrate", environment),
            Self::RangeOverlaps { free: Some(free), .. }
            | Self::RangeTooSmall { free: Some(free), .. } => advice!(
                "{} is free: `akstool migrate PROFILE --to overlay --set network.podCidr={}`",
                free,
                free
            ),
            _ => self.advice().into(),
        }
    }

    /// Returns what to do next where that is the same for every cluster.
    fn advice(&self) -> &'static str {
        match self {
            Self::Version { .. } => {
                "`akstool up PROFILE --set cluster.version=NEXT` one minor version at a time, then migrate"
            }
            Self::PolicyEngine { .. } => {
                "uninstall it first: `akstool up PROFILE --set network.policy=none` reimages the \
                 nodes once; nothing enforces network policies from then on"
            }
            Self::Identity { .. } => {
                "name a user-assigned identity in `cluster.identity.id` and run `akstool up PROFILE`"
            }
            Self::PodSubnet { .. } => {
                "AKS has no way from here to overlay; make a second cluster and move the workloads"
            }
            Self::DualStack => "make a second cluster on overlay, which can be dual stack",
            Self::DockerWindows { .. } => {
                "make those pools anew on an image with containerd, then migrate"
            }
            Self::Windows { .. } => {
                "take the Windows pools out of the cluster, or stay on Azure's own data plane"
            }
            Self::Machines { .. } => {
                "replace those pools by ones with scale sets of another size, then migrate"
            }
            Self::NoPlugin => {
                "make a second cluster with `network.plugin: azure` and move the workloads"
            }
            Self::Unsettled { .. } => {
                "`akstool up PROFILE` writes it again, which heals it as a rule; then migrate"
            }
            Self::RangeOverlaps { .. } | Self::RangeTooSmall { .. } => {
                "name another as `network.podCidr`; no private range of that size is free"
            }
            Self::LongName { .. } => {
                "Azure cannot rename it; make the network anew under a shorter name"
            }
            // What depends on the cluster, `hint` says.
            Self::SharedTable { .. }
            | Self::OverlayFirst
            | Self::NodeProvisioning
            | Self::Stopped => "",
        }
    }
}

/// Returns the command that gives subnets another route table.
fn apart(subnets: &[ResourceId]) -> Line {
    let update = Line::new("az network vnet subnet update --ids");
    let update = subnets.iter().fold(update, |line, id| line.value(id.as_str()));
    update.words("--route-table OTHER")
}

fn names(pools: &[String]) -> String {
    let quoted: Vec<String> = pools.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [one] => format!("the pool {one}"),
        many => format!("the pools {}", many.join(", ")),
    }
}

fn subnet_name(id: &ResourceId) -> String {
    let network = id.parent().map(|network| network.name().to_owned()).unwrap_or_default();
    format!("`{}` in `{network}`", id.name())
}
