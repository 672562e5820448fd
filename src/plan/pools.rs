//! What the pools of a cluster need of each other: one network for all, and a system pool at any time.

use serde_json::Value;

use super::observed::Observed;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{AgentPool, Cluster, Kind as _, Resource, VirtualNetwork};

/// Where a pool names the subnet of its nodes.
const SUBNET: &str = "/properties/vnetSubnetID";

/// A cluster whose pools are to stand in another network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The network that its pools stand in.
    pub(super) from: ResourceId,
    /// The network that they are to stand in.
    pub(super) to: ResourceId,
}

/// Returns how a cluster would have to move, if its pools are to stand in another network than they
/// do: AKS keeps all pools of a cluster in one (`create-node-pools`), so no pool can go alone.
pub(super) fn moves(
    cluster: &ResourceId,
    desired: &Graph<Resource>,
    observed: &Observed,
) -> Option<Move> {
    let mut stand =
        standing(cluster, observed).filter_map(|pool| network(pool.get("vnetSubnetID")?));
    let from = stand.next()?;
    let mut wished =
        pools(cluster, desired).filter_map(|pool| network(pool.body.value().pointer(SUBNET)?));
    let to = wished.find(|to| *to != from)?;
    Some(Move { from, to })
}

/// Tells whether a cluster would be without a system pool while this one of its pools is away.
pub(super) fn is_last_system_pool(
    pool: &ResourceId,
    desired: &Graph<Resource>,
    observed: &Observed,
) -> bool {
    let Some(cluster) = pool.parent() else { return false };
    let is_system = |mode: Option<&Value>| {
        // AKS's own pool is a system pool, too.
        let words = ["System", "ManagedSystem"];
        let mode = mode.and_then(Value::as_str);
        mode.is_some_and(|mode| words.iter().any(|word| mode.eq_ignore_ascii_case(word)))
    };
    let wished = |name: &str| {
        let id = cluster.child("agentPools", name);
        let found = pools(&cluster, desired).find(|pool| pool.id == id);
        found.map(|pool| is_system(pool.body.value().pointer("/properties/mode")))
    };
    let name_of = |pool: &Value| pool.get("name").and_then(Value::as_str).map(str::to_owned);
    let systems: Vec<String> = standing(&cluster, observed)
        .filter(|pool| is_system(pool.get("mode")))
        .filter_map(name_of)
        .collect();
    let is_this = |name: &String| name.eq_ignore_ascii_case(pool.name());
    if !systems.iter().any(is_this) {
        return false;
    }
    // What the profile does not name stays at least until all else is done.
    let remains = systems.iter().any(|name| !is_this(name) && wished(name).unwrap_or(true));
    let stands = |id: &ResourceId| observed.get(id).body().is_some();
    let comes = pools(&cluster, desired)
        .filter(|other| other.id != *pool && !stands(&other.id))
        .any(|other| is_system(other.body.value().pointer("/properties/mode")));
    !remains && !comes
}

pub(super) fn pools<'a>(
    cluster: &'a ResourceId,
    desired: &'a Graph<Resource>,
) -> impl Iterator<Item = &'a Resource> {
    let all = desired.iter().map(|(_, resource)| resource);
    all.filter(move |pool| pool.kind == AgentPool::TYPE && pool.id.is_under(cluster))
}

pub(super) fn standing<'a>(
    cluster: &ResourceId,
    observed: &'a Observed,
) -> impl Iterator<Item = &'a Value> {
    debug_assert!(cluster.is_type(Cluster::TYPE));
    let body = observed.get(cluster).body();
    let list = body.and_then(|body| body.pointer("/properties/agentPoolProfiles"));
    list.and_then(Value::as_array).into_iter().flatten()
}

/// Returns the virtual network that a subnet lies in.
fn network(subnet: &Value) -> Option<ResourceId> {
    let network = ResourceId::parse(subnet.as_str()?).ok()?.parent()?;
    network.is_type(VirtualNetwork::TYPE).then_some(network)
}

#[cfg(test)]
#[path = "pools_tests.rs"]
mod tests;
