//! The profile of the cluster autoscaler: one for all pools of a cluster that scale.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the cluster autoscaler decides, for every pool with `autoscale`. What is unset stays as Azure
/// has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoscalerProfile {
    /// Whether pools of like machines and labels are kept at the same size. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_similar_node_groups: Option<bool>,
    /// Whether pods of `DaemonSet`s are evicted from empty nodes before these go. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daemonset_eviction_for_empty_nodes: Option<bool>,
    /// Whether pods of `DaemonSet`s are evicted from other nodes before these go. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daemonset_eviction_for_occupied_nodes: Option<bool>,
    /// Which pool grows. Default: `random`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expander: Option<Expander>,
    /// Whether pods of `DaemonSet`s count as no use of a node. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_daemonsets_utilization: Option<bool>,
    /// The most empty nodes that go at the same time, from 1. Default: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_empty_bulk_delete: Option<u32>,
    /// The most seconds that the pods of a node get to end. Default: 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 86400))]
    pub max_graceful_termination_sec: Option<u32>,
    /// The longest a new node may take, in whole minutes such as `15m`. Default: `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "minutes"))]
    pub max_node_provision_time: Option<String>,
    /// The part of nodes in per cent, 0 to 100, that may be unready before the autoscaler rests.
    /// Default: 45.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub max_total_unready_percentage: Option<u32>,
    /// How old a pod has to be before a node is made for it, such as `30s` or `1m`. Default: `0s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "seconds-or-more"))]
    pub new_pod_scale_up_delay: Option<String>,
    /// How many nodes may be unready whatever the percentage says. Default: 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 5000))]
    pub ok_total_unready_count: Option<u32>,
    /// How often it looks, in whole seconds such as `20s`. Default: `10s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "seconds"))]
    pub scan_interval: Option<String>,
    /// How long after a node came none goes, in whole minutes. Default: `10m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "minutes"))]
    pub scale_down_delay_after_add: Option<String>,
    /// How long after a node went none goes, in whole minutes. Default: `scanInterval`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "seconds-or-more"))]
    pub scale_down_delay_after_delete: Option<String>,
    /// How long after a node could not go none goes, in whole minutes. Default: `3m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "minutes"))]
    pub scale_down_delay_after_failure: Option<String>,
    /// How long a node is not needed before it may go, in whole minutes. Default: `10m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "minutes"))]
    pub scale_down_unneeded_time: Option<String>,
    /// How long an unready node is not needed before it may go, in whole minutes. Default: `20m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "minutes"))]
    pub scale_down_unready_time: Option<String>,
    /// The part of a node's resources, 0 to 1, below which its use is too low. Default: 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_down_utilization_threshold: Option<f64>,
    /// Whether nodes stay whose pods have local storage such as `emptyDir`. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_nodes_with_local_storage: Option<bool>,
    /// Whether nodes stay that pods of `kube-system` run on. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_nodes_with_system_pods: Option<bool>,
}

/// Which pool grows where several could.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expander {
    /// The one with the least left over afterwards.
    LeastWaste,
    /// The one that takes the most of the waiting pods.
    MostPods,
    /// The one that a `ConfigMap` of the cluster prefers.
    Priority,
    /// Any.
    Random,
}
