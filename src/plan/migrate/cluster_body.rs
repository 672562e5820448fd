//! What a migration reads out of a cluster's body.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::address::{Model, Range};
use crate::arm::id::ResourceId;

/// Returns the network model of a cluster, read from its body.
pub fn model_of(cluster: &Value) -> Model {
    ClusterBody::of(cluster).model()
}

/// Returns the range that the pods of a cluster have, of IPv4.
pub fn pods_of(cluster: &Value) -> Option<Range> {
    ClusterBody::of(cluster).pod_range()?.parse().ok()
}

/// A pool as the cluster's body shows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool<'a> {
    pub(super) name: &'a str,
    /// Nodes now.
    pub(super) nodes: u64,
    body: &'a Value,
}

impl<'a> Pool<'a> {
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.body.get(name).and_then(Value::as_str)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(Value::as_u64)
    }

    /// Returns a place of the pool that holds an id.
    pub(super) fn id(&self, name: &str) -> Option<ResourceId> {
        self.text(name).and_then(|id| ResourceId::parse(id).ok())
    }

    pub(super) fn is_windows(&self) -> bool {
        self.text("osType").is_some_and(|os| os.eq_ignore_ascii_case("Windows"))
    }

    /// Returns the nodes that Azure counts: with the autoscaler its maximum.
    pub(super) fn most(&self) -> u64 {
        let scales = self.body.get("enableAutoScaling").and_then(Value::as_bool).unwrap_or(false);
        let most = self.body.get("maxCount").and_then(Value::as_u64).filter(|_| scales);
        self.nodes.max(most.unwrap_or(0))
    }

    /// Returns in how many batches the pool is reimaged; ten percent at once when nothing is said
    /// (upgrade-aks-node-pools-rolling).
    pub(super) fn batches(&self) -> u64 {
        let surge = self.body.pointer("/upgradeSettings/maxSurge").and_then(Value::as_str);
        let surge = surge.unwrap_or("10%");
        let at_once = match surge.strip_suffix('%') {
            Some(percent) => (self.nodes * percent.parse::<u64>().unwrap_or(10)).div_ceil(100),
            None => surge.parse().unwrap_or(1),
        };
        self.nodes.div_ceil(at_once.max(1))
    }
}

/// A cluster's body, read.
#[derive(Debug)]
pub(in crate::plan) struct ClusterBody<'a> {
    body: &'a Value,
}

impl<'a> ClusterBody<'a> {
    pub(in crate::plan) const fn of(body: &'a Value) -> Self {
        Self { body }
    }

    /// Returns a text of the network profile.
    pub(super) fn network(&self, name: &str) -> Option<&'a str> {
        self.body.pointer("/properties/networkProfile")?.get(name)?.as_str()
    }

    /// Returns a text at a pointer into the body.
    pub(super) fn text(&self, pointer: &str) -> Option<&'a str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }

    pub(in crate::plan) fn model(&self) -> Model {
        let is = |name: &str, word: &str| {
            self.network(name).is_some_and(|value| value.eq_ignore_ascii_case(word))
        };
        if is("networkPlugin", "kubenet") {
            Model::Kubenet
        } else if is("networkPlugin", "none") {
            Model::BringYourOwn
        } else if is("networkPluginMode", "overlay") {
            Model::Overlay
        } else if self.pools().iter().any(|pool| pool.text("podSubnetID").is_some()) {
            let is_static =
                |pool: &Pool<'_>| pool.text("podIPAllocationMode") == Some("StaticBlock");
            if self.pools().iter().any(is_static) {
                Model::PodSubnetStatic
            } else {
                Model::PodSubnetDynamic
            }
        } else {
            Model::NodeSubnet
        }
    }

    pub(in crate::plan) fn is_cilium(&self) -> bool {
        self.network("networkDataplane").is_some_and(|word| word.eq_ignore_ascii_case("cilium"))
    }

    /// Tells whether the cluster stands where a migration would lead.
    pub(super) fn has(&self, to: Target) -> bool {
        match to {
            Target::Overlay => self.model() == Model::Overlay,
            Target::Cilium => self.is_cilium(),
        }
    }

    /// Returns the policy engine, if there is one.
    pub(super) fn policy(&self) -> Option<&'a str> {
        self.network("networkPolicy").filter(|word| !["", "none"].contains(word))
    }

    pub(super) fn pod_range(&self) -> Option<&'a str> {
        self.network("podCidr")
    }

    /// Tells whether an appliance, and so a route table, leads the way out.
    pub(super) fn is_routed(&self) -> bool {
        self.network("outboundType")
            .is_some_and(|word| word.eq_ignore_ascii_case("userDefinedRouting"))
    }

    /// Returns the version that runs, as Azure spells it.
    pub(super) fn version(&self) -> Option<&'a str> {
        self.text("/properties/currentKubernetesVersion")
            .or_else(|| self.text("/properties/kubernetesVersion"))
    }

    pub(super) fn pools(&self) -> Vec<Pool<'a>> {
        let list = self.body.pointer("/properties/agentPoolProfiles").and_then(Value::as_array);
        let pool = |body: &'a Value| {
            let name = body.get("name")?.as_str()?;
            let nodes = body.get("count").and_then(Value::as_u64).unwrap_or(0);
            Some(Pool { name, nodes, body })
        };
        list.into_iter().flatten().filter_map(pool).collect()
    }

    /// Returns the subnets that the pools' nodes stand in.
    pub(super) fn node_subnets(&self) -> Vec<ResourceId> {
        let mut subnets: Vec<ResourceId> =
            self.pools().iter().filter_map(|pool| pool.id("vnetSubnetID")).collect();
        subnets.sort();
        subnets.dedup();
        subnets
    }

    /// Returns the ranges of services.
    pub(super) fn service_range(&self) -> Option<&'a str> {
        self.network("serviceCidr")
    }

    pub(super) fn is_dual_stack(&self) -> bool {
        let families = self.body.pointer("/properties/networkProfile/ipFamilies");
        families.and_then(Value::as_array).is_some_and(|families| families.len() > 1)
    }
}

/// Where a migration leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Pods in a range of their own that Azure's network carries.
    Overlay,
    /// Cilium as the data plane; where pods get their addresses stays.
    Cilium,
}

impl Target {
    /// Returns the word for `--to`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            Self::Cilium => "cilium",
        }
    }
}
