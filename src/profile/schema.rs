//! The profile, field by field: what a user may write, with unit, default and allowed range.
//!
//! These types are the single truth about the file. Their docs become the descriptions of the
//! JSON Schema, the checker walks that schema, and `compose` reads the decoded values. Nearly
//! everything is optional, because unset means "leave it as it is", never "reset it". Rules that
//! look at more than one field stand in `check`.

mod addons;
mod autoscaler;
mod cluster;
mod maintenance;
mod monitoring;
mod network;
mod outbound;
mod parts;
mod pool;
mod private;
mod raw;
mod registry;
mod resource;
mod value;
mod workload;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::addons::{
    Addons, AdvancedNetworking, AppRouting, Defender, ImageCleaner, Istio, KeyVault, Storage,
    Switch,
};
pub use self::autoscaler::{AutoscalerProfile, Expander};
pub use self::cluster::{AutoUpgrade, Cluster, Entra, Identity, NodeOsUpgrade, SupportPlan};
pub use self::maintenance::{Day, Days, Hours, Maintenance, Week, Window};
pub use self::monitoring::{LogWorkspace, Logs, Metrics, MonitorWorkspace, Monitoring};
pub use self::network::{BASTION_SUBNET, KEPT_SUBNETS};
pub use self::network::{
    Dataplane, IpFamily, Network, NetworkMode, NetworkPolicy, Plugin, PodAllocation, SecurityGroup,
    SecurityGroupReference, Subnet, Vnet,
};
pub use self::outbound::{NatGateway, Outbound, OutboundType, Peering, Reference};
pub use self::parts::{
    Access, Direction, EndpointPolicies, Names, NatGatewayChoice, NextHop, Protocol, Route,
    RouteTable, RouteTableChoice, SecurityRule,
};
pub use self::pool::{
    Autoscale, KubeletDiskType, OsDiskType, OsType, Pool, PoolMode, ScaleDownMode, Spot, Surge,
    UndrainableNodes,
};
pub use self::private::{
    ApiServer, Bastion, BastionSku, DnsZone, JumpHost, PrivateEndpoint, PrivateZone,
};
pub use self::raw::Raw;
pub use self::registry::{Registry, RegistrySku};
pub use self::resource::AnyResource;
pub use self::value::Cidr;
pub use self::workload::{Grant, WorkloadIdentity};
pub use crate::address::{Model, Tier};

/// One environment: a cluster, its pools and the network it stands in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// The version of this format. Always `akstool/v1`.
    pub api_version: FormatVersion,
    /// What the file describes. Always `Cluster`.
    pub kind: ProfileKind,
    /// What the environment is called and where it stands.
    pub metadata: Metadata,
    /// How what akstool makes is called, as patterns such as `vnet-{name}-{location}`.
    #[serde(default)]
    pub names: Names,
    /// The network model and its address ranges.
    pub network: Network,
    /// The control plane.
    #[serde(default)]
    pub cluster: Cluster,
    /// The node pools, 1 to 100 of them. At least one has the mode `system`.
    #[schemars(length(min = 1, max = 100))]
    pub pools: Vec<Pool>,
    /// The container registry that the cluster fetches images from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Registry>,
    /// Where the cluster's logs and metrics are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<Monitoring>,
    /// Identities that pods act as, by name; needs `cluster.workloadIdentity`. In Azure each is called
    /// like the environment, with its name here behind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub workload_identities: BTreeMap<String, WorkloadIdentity>,
    /// Whole ARM resources of any type, at most 200, made in the order in which they refer to each
    /// other and to the rest of the profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub resources: Vec<AnyResource>,
}

/// The version of the profile format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FormatVersion {
    /// The first and only version.
    #[serde(rename = "akstool/v1")]
    V1,
}

/// What a profile describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProfileKind {
    /// An AKS cluster with everything it needs.
    Cluster,
}

/// What the environment is called and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// The name of the environment; resource names derive from it. 1 to 63 letters, digits, `-`
    /// and `_`, with a letter or digit at both ends.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?$")
    )]
    pub name: String,
    /// The Azure region, such as `westeurope`. Letters and digits only.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-zA-Z0-9]+$"))]
    pub location: String,
    /// Tags on every resource that carries tags. At most 46 of them (Azure takes 50, akstool
    /// writes up to 3 of its own and the cluster adds one); names up to 512, values up to 256
    /// characters.
    /// `null` removes a tag; one that is not named stays.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, Option<String>>,
    /// The resource group. Default: the name of the environment. It is created when it is not
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 90))]
    pub resource_group: Option<String>,
    /// How long the environment lives after `up`, such as `4h` or `2d`: written as the tag
    /// `akstool-expires` on all that carries tags. Unset: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "lifetime"))]
    pub ttl: Option<String>,
}

impl Metadata {
    /// Returns the resource group's name: the one that is written, else the environment's name.
    pub fn resource_group_or_default(&self) -> &str {
        self.resource_group.as_deref().unwrap_or(&self.name)
    }

    /// Returns how long the environment lives; `None` is for ever.
    pub fn lifetime(&self) -> Option<Duration> {
        self.ttl.as_deref().and_then(|text| humantime::parse_duration(text).ok())
    }
}

impl Profile {
    /// Returns the profile with its pools called as they are in Azure, by their names here.
    #[must_use]
    pub fn with_pools_named(mut self, names: &BTreeMap<String, String>) -> Self {
        for pool in &mut self.pools {
            let name = names.get(&pool.name).filter(|name| **name != pool.name);
            if let Some(name) = name {
                let own = std::mem::replace(&mut pool.name, name.clone());
                pool.stands_for = Some(own);
            }
        }
        self
    }

    /// Returns the profile with one key for each existing subnet: pools that name one subnet by
    /// several keys share its addresses, and are counted together.
    #[must_use]
    pub fn under_one_key(mut self) -> Self {
        let id = |subnet: &Subnet| {
            subnet.id.as_deref().map(|id| id.trim_end_matches('/').to_ascii_lowercase())
        };
        let mut first: BTreeMap<String, &str> = BTreeMap::new();
        let mut same: BTreeMap<&str, String> = BTreeMap::new();
        for (key, subnet) in &self.network.subnets {
            let Some(id) = id(subnet) else { continue };
            let one = *first.entry(id).or_insert(key);
            if one != key {
                same.insert(key, one.to_owned());
            }
        }
        for pool in &mut self.pools {
            if let Some(key) = same.get(pool.subnet_or_default()) {
                pool.subnet = Some(key.clone());
            }
            if let Some(key) = same.get(pool.pod_subnet_or_default()) {
                pool.pod_subnet = Some(key.clone());
            }
        }
        self
    }

    /// Tells whether the cluster acts as an identity that the profile makes or names: on a network of
    /// its own, or where its nodes act as one that is not of AKS's making.
    pub fn has_identity(&self) -> bool {
        let cluster = &self.cluster;
        let needs = !self.network.is_managed() || cluster.has_kubelet_identity();
        cluster.identity.is_some() || needs && !cluster.is_adopted()
    }

    /// Returns what the identity of a workload is called in Azure.
    pub fn workload_name(&self, key: &str) -> String {
        format!("{}-{key}", self.metadata.name)
    }

    /// Returns the network model this profile selects.
    pub fn model(&self) -> Model {
        self.network.model()
    }

    /// Returns the cluster's name: the one that is written, else the environment's name.
    pub fn cluster_name(&self) -> &str {
        self.cluster.name.as_deref().unwrap_or(&self.metadata.name)
    }

    /// Returns the most pods on one node of this pool: written, else the model's default.
    pub fn max_pods(&self, pool: &Pool) -> u32 {
        pool.max_pods_or_default(self.model())
    }
}
