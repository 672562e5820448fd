//! How a cluster gives addresses to pods, and what else every part of this provider reads of one.

use serde_json::Value;

use super::super::super::body;
use super::super::super::world::World;

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.ContainerService/managedClusters";

/// How a cluster gives addresses to pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodAddressing {
    /// From a range of their own, by routes.
    Kubenet,
    /// From a subnet.
    NodeSubnet,
    /// From a range of their own, by the platform.
    Overlay,
    /// Not at all: bring your own.
    None,
}

impl PodAddressing {
    /// Reads a network profile that has its defaults.
    pub(crate) fn of(network: &Value) -> Self {
        let mode = body::text(network, "/networkPluginMode").unwrap_or_default();
        match body::text(network, "/networkPlugin").unwrap_or_default() {
            "kubenet" => Self::Kubenet,
            "none" => Self::None,
            _ if mode.eq_ignore_ascii_case("overlay") => Self::Overlay,
            _ => Self::NodeSubnet,
        }
    }
}

/// The name of a cluster's own group.
pub(crate) fn node_group_of(world: &World, cluster: &str) -> Option<String> {
    let stored = world.body(cluster)?;
    body::text(&stored, "/properties/nodeResourceGroup").map(str::to_owned)
}

/// The user-assigned identities of a cluster: id and principal.
pub(crate) fn assigned(stored: &Value) -> Vec<(String, String)> {
    let named = stored.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
    named
        .into_iter()
        .flatten()
        .map(|(id, value)| {
            (id.clone(), body::text(value, "/principalId").unwrap_or_default().to_owned())
        })
        .collect()
}
