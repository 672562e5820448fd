//! What goes on at a cluster: its operations, who must wait for them, and the marks they change.

use serde_json::json;

use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::clock::Millis;
use super::super::super::error::Refusal;
use super::super::super::operation::{Course, Operation, Verb};
use super::super::super::ops::set_state;
use super::super::super::world::World;
use super::pool;

/// The provider's namespace.
pub(crate) const PROVIDER: &str = "Microsoft.ContainerService";

/// The api-version of operation URLs, other than the request's, as recorded.
const POLLED: &str = "2025-03-01";

/// Refuses a second operation on a cluster, or on one of its pools.
pub(crate) fn not_busy(world: &World, cluster: &ResourceId) -> Result<(), Refusal> {
    world.running_in(cluster.as_str()).map_or(Ok(()), |running| Err(busy(world, running)))
}

/// Refuses a second operation on a pool, and one beside the cluster's own. What goes on at another
/// pool does not matter (recorded by `cli-aks_nodepool_system_pool`).
pub(crate) fn pool_not_busy(world: &World, pool: &ResourceId) -> Result<(), Refusal> {
    let above = pool.parent().and_then(|cluster| world.running_at(cluster.as_str()));
    let running = world.running_in(pool.as_str()).or(above);
    running.map_or(Ok(()), |running| Err(busy(world, running)))
}

fn busy(world: &World, running: &Operation) -> Refusal {
    let target = ResourceId::parse(&running.target).ok();
    let state = world.body(&running.target).unwrap_or_default();
    let state =
        body::text(&state, "/properties/provisioningState").unwrap_or("Updating").to_owned();
    let pool = target.filter(|target| target.is_type(pool::KIND));
    let what = match pool {
        Some(pool) => format!(
            "Operation is not allowed: Another agentpool operation ({} - {state}) is in progress, \
             please wait for it to finish before starting a new operation. See \
             https://aka.ms/aks-pending-operation for more details",
            pool.name()
        ),
        None => format!(
            "Operation is not allowed: Another operation ({state}) is in progress, please wait for \
             it to finish before starting a new operation. See \
             https://aka.ms/aks-pending-operation for more details"
        ),
    };
    Refusal::aks(409, "OperationNotAllowed", what)
}

/// Begins an AKS operation.
pub(crate) fn course(
    world: &mut World,
    target: &str,
    verb: Verb,
    lasts: Millis,
    phases: Vec<(Millis, String)>,
) -> String {
    let cluster = cluster_of(target);
    let stored = world.body(&cluster).unwrap_or_default();
    let location = body::text(&stored, "/location").unwrap_or_default().to_owned();
    let course =
        Course { provider: PROVIDER, lasts, phases, retry_after: None, api: POLLED.to_owned() };
    world.begin_operation(target, &location, verb, course)
}

/// The id of the cluster that an id of a cluster or pool is about.
pub(crate) fn cluster_of(target: &str) -> String {
    let id = ResourceId::parse(target).ok();
    let pool = id.filter(|id| id.is_type(pool::KIND)).and_then(|id| id.parent());
    pool.map_or_else(|| target.to_owned(), |cluster| cluster.to_string())
}

/// Gives a cluster and its pools new tags.
pub(crate) fn renew_tag(world: &mut World, cluster: &str) {
    let tag = world.guid();
    world.edit(cluster, |stored| stored["eTag"] = json!(tag));
    let pools: Vec<String> =
        world.children(cluster, "agentPools").iter().map(|pool| pool.id.clone()).collect();
    for pool in pools {
        let tag = world.guid();
        world.edit(&pool, |stored| body::set(stored, "/properties/eTag", tag));
    }
}

/// Shows a cluster and its pools as going.
pub(crate) fn mark_deleting(world: &mut World, cluster: &str) {
    set_state(world, cluster, "Deleting");
    let pools: Vec<String> =
        world.children(cluster, "agentPools").iter().map(|pool| pool.id.clone()).collect();
    for pool in pools {
        set_state(world, &pool, "Deleting");
    }
}
