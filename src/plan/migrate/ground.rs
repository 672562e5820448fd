//! What a migration has to know of the world, and what follows from it alone.

use serde_json::Value;

use super::cluster_body::ClusterBody;
use crate::address::{Model, Range};
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, Kind as _, Subnet};
use crate::plan::observed::{Found, Inventory};

/// Pods' range when nobody names one: AKS's own default (configure-azure-cni-overlay).
const POD_RANGE: &str = "10.244.0.0/16";

/// What a migration has to know of the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ground {
    /// What the environment owns.
    pub inventory: Inventory,
    /// The subnets of the pools, the networks they lie in and the route tables on them, whoever
    /// made them.
    pub around: Vec<Found>,
    /// The range that pods are to have, if somebody names one.
    pub pod_range: Option<Range>,
}

impl Ground {
    /// Returns the environment's cluster.
    pub fn cluster(&self) -> Option<&Found> {
        self.inventory.owned.iter().find(|owned| owned.id.is_type(Cluster::TYPE))
    }

    pub(super) fn owns(&self, id: &ResourceId) -> bool {
        self.inventory.owned.iter().any(|owned| owned.id == *id)
    }

    pub(super) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Found> {
        self.around.iter().filter(move |owned| owned.id.is_type(kind))
    }
}

/// Returns the pods' range where it has to be said: kubenet keeps its own when nothing is said,
/// pods of a node subnet had none.
pub(super) fn new_pod_range(ground: &Ground, cluster: &ClusterBody<'_>) -> Option<String> {
    let wished = ground.pod_range.map(|range| range.to_string());
    match (cluster.model(), cluster.pod_range()) {
        (Model::Overlay, _) => None,
        (_, Some(now)) => wished.filter(|range| range != now),
        (_, None) => Some(wished.unwrap_or_else(|| POD_RANGE.to_owned())),
    }
}

/// Returns the subnets that a route table is attached to.
pub(super) fn attached(table: &Found) -> Vec<ResourceId> {
    let subnets = table.body.pointer("/properties/subnets").and_then(Value::as_array);
    let id = |subnet: &Value| ResourceId::at(subnet, "/id");
    subnets.into_iter().flatten().filter_map(id).collect()
}

/// Returns the range that pods will have.
pub(super) fn pod_range(ground: &Ground, cluster: &ClusterBody<'_>) -> Option<Range> {
    let text = new_pod_range(ground, cluster);
    text.as_deref().or(cluster.pod_range()).unwrap_or(POD_RANGE).parse().ok()
}

/// Returns the security groups on the nodes' subnets.
pub(super) fn guards(ground: &Ground) -> Vec<ResourceId> {
    let subnets = ground.of_type(Subnet::TYPE);
    let group =
        |subnet: &Found| ResourceId::at(&subnet.body, "/properties/networkSecurityGroup/id");
    let mut groups: Vec<ResourceId> = subnets.filter_map(group).collect();
    groups.sort();
    groups.dedup();
    groups
}
