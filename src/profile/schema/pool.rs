//! One node pool.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::raw::Raw;
use crate::address::Model;

/// One node pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pool {
    /// The name: 1 to 12 small letters and digits, a letter first; at most 6 for Windows.
    #[schemars(length(min = 1, max = 12), regex(pattern = r"^[a-z][a-z0-9]*$"))]
    pub name: String,
    /// What runs on it. Default: `user`. One pool at least is `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<PoolMode>,
    /// The size of its machines, such as `Standard_D2s_v5`. Fixed once the pool exists.
    #[schemars(length(min = 1, max = 64))]
    pub vm_size: String,
    /// The number of nodes, 0 to 1000 (`system`: from 1). With `autoscale` this is the number to
    /// start with, and left alone afterwards. Default: `autoscale.min`, else 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub count: Option<u32>,
    /// The bounds of the cluster autoscaler. Unset: the pool has a fixed number of nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscale: Option<Autoscale>,
    /// The most pods on one node, 10 to 250. Default: node subnet 30, overlay and `plugin: none`
    /// 250, all others 110. Fixed once the pool exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 250))]
    pub max_pods: Option<u32>,
    /// The availability zones, such as `[1, 2, 3]`. Unset: none. Fixed once the pool exists.
    #[serde(
        default,
        deserialize_with = "super::value::texts",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(with = "Vec<super::value::Digits>", length(max = 3))]
    pub zones: Vec<String>,
    /// Kubernetes labels of its nodes. `null` removes a label, one that is not named stays; `{}`
    /// removes all but Azure's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub labels: Option<BTreeMap<String, Option<String>>>,
    /// Kubernetes taints of its nodes, each `key=value:effect` with the effect `NoSchedule`,
    /// `PreferNoSchedule` or `NoExecute`. An empty list removes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub taints: Option<Vec<String>>,
    /// Tags of its machines, beside those of the environment. `null` removes a tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, Option<String>>,
    /// The operating system. Default: `linux`. Fixed once the pool exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_type: Option<OsType>,
    /// The edition of the operating system in Azure's words, such as `Ubuntu`, `AzureLinux` or
    /// `Windows2022`. Unset: Azure's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_sku: Option<String>,
    /// The size of the system disk in GB, 30 to 2048. Unset: by the machine's size. Fixed once
    /// the pool exists.
    #[serde(default, rename = "osDiskSizeGB", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 30, max = 2048))]
    pub os_disk_size_gb: Option<u32>,
    /// The kind of system disk. Unset: `ephemeral` where the machine has room, else `managed`.
    /// Fixed once the pool exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_disk_type: Option<OsDiskType>,
    /// Where the pods' `emptyDir` volumes, the images and the logs lie. Unset: `os`. Fixed once the
    /// pool exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet_disk_type: Option<KubeletDiskType>,
    /// Whether the host encrypts disks and caches of its machines; needs a size that can. Default:
    /// `false`. Fixed once the pool exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_at_host: Option<bool>,
    /// What becomes of machines that the pool no longer needs. Default: `delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_down_mode: Option<ScaleDownMode>,
    /// Spot machines: spare capacity that Azure may take back. User pools only. Fixed once the
    /// pool exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
    /// Nodes added during an upgrade: a number from 1 or a percentage such as `10%`, rounded up.
    /// Default: Azure's, `10%`; with `maxUnavailable` 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_surge: Option<Surge>,
    /// Nodes that may be missing during an upgrade, written as `maxSurge`: with it no node is added,
    /// and the pods find room on those that are left. User pools only. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<Surge>,
    /// Minutes an upgrade rests after each node that was drained, 0 to 30. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 30))]
    pub node_soak_minutes: Option<u32>,
    /// What an upgrade does with a node whose pods do not leave. Default: `schedule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undrainable_nodes: Option<UndrainableNodes>,
    /// Minutes an upgrade waits for a node's pods to leave, 1 to 1440. Default: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1440))]
    pub drain_timeout_minutes: Option<u32>,
    /// The pool's Kubernetes version, written as `cluster.version`. Unset: the cluster's on
    /// creation, then left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "kubernetes-version"))]
    pub version: Option<String>,
    /// The subnet of its nodes: a key of `network.subnets`. Default: `nodes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet: Option<String>,
    /// The subnet of its pods, with `mode: pod-subnet`: a key of `network.subnets`. Default:
    /// `pods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_subnet: Option<String>,
    /// Whether each node has a public address. Default: `false`. Fixed once the pool exists.
    #[serde(default, rename = "nodePublicIP", skip_serializing_if = "Option::is_none")]
    pub node_public_ip: Option<bool>,
    /// The name of the pool that takes over when a field changes that is fixed; it goes back to
    /// `name` the next time. Default: `name` with a number, such as `user2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 12), regex(pattern = r"^[a-z][a-z0-9]*$"))]
    pub successor: Option<String>,
    /// Whether the nodes of a pool that another took over from may go although a pod disruption
    /// budget says no: for environments that do not live long. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_pod_disruption_budget: Option<bool>,
    /// The name in the profile, where the pool goes by another in Azure: another took over.
    #[serde(skip)]
    pub stands_for: Option<String>,
    /// Raw ARM properties of the pool that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

impl Pool {
    /// Returns the name that the profile calls it by.
    pub fn own_name(&self) -> &str {
        self.stands_for.as_deref().unwrap_or(&self.name)
    }

    /// Returns the mode: written, else `user`.
    pub fn mode_or_default(&self) -> PoolMode {
        self.mode.unwrap_or(PoolMode::User)
    }

    /// Returns the operating system: written, else Linux.
    pub fn os_type_or_default(&self) -> OsType {
        self.os_type.unwrap_or(OsType::Linux)
    }

    /// Returns the number of nodes to start with: written, else the autoscaler's minimum, else 1.
    pub fn count_or_default(&self) -> u32 {
        self.count.unwrap_or_else(|| self.autoscale.as_ref().map_or(1, |scale| scale.min))
    }

    /// Returns the most nodes the pool can reach by itself: the autoscaler's maximum, else the
    /// count.
    pub fn most_nodes(&self) -> u32 {
        let count = self.count_or_default();
        self.autoscale.as_ref().map_or(count, |scale| scale.max.max(count))
    }

    /// Returns the most pods on one node: written, else the model's default.
    pub fn max_pods_or_default(&self, model: Model) -> u32 {
        self.max_pods.unwrap_or_else(|| model.default_max_pods())
    }

    /// Returns the nodes that an upgrade adds while the pool has `nodes`; 10 % rounded up when
    /// nothing is said.
    pub fn surge(&self, nodes: u32) -> u32 {
        self.surge_or_default().unwrap_or(Surge::Percent(10)).nodes(nodes)
    }

    /// Returns the surge: written, else none where nodes may be missing instead, else `None` for
    /// Azure's own.
    pub fn surge_or_default(&self) -> Option<Surge> {
        let is_missed = self.max_unavailable.is_some_and(|nodes| nodes != Surge::Nodes(0));
        self.max_surge.or(is_missed.then_some(Surge::Nodes(0)))
    }

    /// Returns the key of the subnet its nodes stand in.
    pub fn subnet_or_default(&self) -> &str {
        self.subnet.as_deref().unwrap_or("nodes")
    }

    /// Returns the key of the subnet its pods get addresses from; has a meaning with `mode:
    /// pod-subnet` only.
    pub fn pod_subnet_or_default(&self) -> &str {
        self.pod_subnet.as_deref().unwrap_or("pods")
    }
}

/// The bounds of the cluster autoscaler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscale {
    /// The fewest nodes, 0 to 1000 (`system`: from 1).
    #[schemars(range(min = 0, max = 1000))]
    pub min: u32,
    /// The most nodes, 1 to 1000, not less than `min`.
    #[schemars(range(min = 1, max = 1000))]
    pub max: u32,
}

/// What runs on a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PoolMode {
    /// The cluster's own pods, and others.
    System,
    /// Your pods.
    User,
}

/// The operating system of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OsType {
    /// Linux.
    Linux,
    /// Windows; user pools only.
    Windows,
}

/// The kind of system disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OsDiskType {
    /// A managed disk.
    Managed,
    /// The machine's own cache or temporary disk.
    Ephemeral,
}

/// Where a node keeps what its pods write to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KubeletDiskType {
    /// On the system disk.
    Os,
    /// On the machine's temporary disk.
    Temporary,
}

/// What becomes of machines that a pool no longer needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleDownMode {
    /// They are deleted.
    Delete,
    /// They are stopped: their disks stay and cost, and they come back sooner.
    Deallocate,
}

/// What an upgrade does with a node whose pods do not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UndrainableNodes {
    /// It is left as it is, takes pods again, and the upgrade fails.
    Schedule,
    /// It takes no new pods, a fresh node takes its place, and the upgrade goes on.
    Cordon,
}

/// Spot machines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spot {
    /// The most to pay for one machine in US dollars an hour; -1 is the price of an ordinary one.
    /// Default: -1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price: Option<f64>,
    /// Whether a machine that is taken back is deleted (`true`, default) or stopped (`false`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_on_eviction: Option<bool>,
}

/// Nodes added during an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surge {
    /// This many nodes.
    Nodes(u32),
    /// This part of the pool in per cent, 1 to 100, rounded up to a node.
    Percent(u32),
}

impl Surge {
    /// Returns the nodes it comes to for a pool of this many; a percentage rounds up.
    pub fn nodes(self, pool: u32) -> u32 {
        match self {
            Self::Nodes(nodes) => nodes,
            Self::Percent(percent) => {
                let nodes = (u64::from(pool) * u64::from(percent)).div_ceil(100);
                u32::try_from(nodes).unwrap_or(u32::MAX)
            }
        }
    }

    /// Reads a surge as it is written in text: `3` or `33%`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
        match (text.ends_with('%'), number) {
            (true, 1..=100) => Some(Self::Percent(number)),
            (false, 0..=1000) => Some(Self::Nodes(number)),
            _ => None,
        }
    }
}

impl fmt::Display for Surge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nodes(nodes) => write!(f, "{nodes}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for Surge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nodes(nodes) => serializer.serialize_u32(*nodes),
            Self::Percent(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Surge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written<'a> {
            Number(u32),
            Text(Cow<'a, str>),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Number(nodes) => nodes.to_string(),
            Written::Text(text) => text.into_owned(),
        };
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no number of nodes")))
    }
}

impl JsonSchema for Surge {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Surge".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 0, "maximum": 1000 },
            { "type": "string", "format": "surge" },
        ] })
    }
}
