//! Managed clusters: the longest operations, the most defaults, the most ways to be refused.
//!
//! [`defaults`] fills in what was not said, [`check`] refuses, [`migrate`] judges changes of the
//! network, [`effects`] makes what a cluster makes in its own group, in subnets and route tables.
//! Pools are resources of their own and shown inside.

pub(crate) mod access;
pub(crate) mod bounds;
mod check;
pub(crate) mod course;
pub(crate) mod credential;
pub(crate) mod defaults;
pub(crate) mod effects;
pub(crate) mod exclude;
pub(crate) mod flavour;
mod home;
mod keys;
mod kubelet;
mod labels;
pub(crate) mod machines;
mod migrate;
pub(crate) mod model;
pub(crate) mod nodes;
pub(crate) mod pool;
pub(crate) mod pool_check;
mod private;
pub(crate) mod room;
pub(crate) mod roster;
pub(crate) mod shape;
pub(crate) mod sizes;
pub(crate) mod unmarshal;
pub(crate) mod versions;
pub(crate) mod view;
pub(crate) mod ways;

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::Millis;
use super::super::error::Refusal;
use super::super::operation::{Operation, Verb, Verdict};
use super::super::ops::set_state;
use super::super::world::{Entry, World};
use super::{Answer, Provider, Put};

pub(crate) use course::{cluster_of, course, mark_deleting, not_busy, pool_not_busy, renew_tag};
pub(crate) use model::{KIND, PodAddressing, node_group_of};

/// A deletion: 211 s, the median of 14 recorded ones.
pub(crate) const DELETION: Millis = 211_000;

/// A creation: 306 s, the median of 92 recorded since 2025.
const CREATION: Millis = 306_000;

/// An update: 137 s, the median of 34 recorded since 2025.
const UPDATE: Millis = 137_000;

/// Making every node anew, a node: about 8 minutes a pool of three in recorded upgrades.
const REIMAGE: Millis = 160_000;

/// `Microsoft.ContainerService/managedClusters`.
pub(crate) struct Cluster;

impl Provider for Cluster {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let Some(entry) = world.get(id.as_str()) else { return Err(self.absent(world, id)) };
        let text = asked.passed_on.then(|| view::text(world, entry, &asked.api)).flatten();
        Ok(Answer::ok(text.map_or_else(|| self.show(world, entry), Value::String)))
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let tag = put.existing.as_ref().and_then(|old| body::text(old, "/eTag"));
        access::preconditions(put.asked, tag)?;
        not_busy(world, put.id)?;
        unmarshal::cluster(&put.body, &put.asked.api)?;
        check::body(put)?;
        access::ranges(&put.body)?;
        let (stored, pools) = defaults::cluster(world, put)?;
        exclude::cluster(&put.body, &stored)?;
        bounds::cluster(&put.body, &stored)?;
        access::accounts(&stored)?;
        check::whole(world, put, &stored, &pools)?;
        let plan = migrate::judge(put.existing.as_ref(), &stored, &pools, world, put.id)?;
        let answer = begin(world, put, stored, &pools, plan);
        Ok(answer)
    }

    fn patch(
        &self,
        world: &mut World,
        asked: &Asked,
        id: &ResourceId,
        patch: Value,
    ) -> Result<Answer, Refusal> {
        let stored = world.body(id.as_str()).unwrap_or_default();
        access::preconditions(asked, body::text(&stored, "/eTag"))?;
        not_busy(world, id)?;
        pool_check::cluster_takes(&stored, "updating")?;
        let tags = patch.get("tags").cloned().unwrap_or_else(|| json!({}));
        world.edit(id.as_str(), |stored| body::set(stored, "/tags", tags));
        set_state(world, id.as_str(), "Updating");
        renew_tag(world, id.as_str());
        let operation = course(world, id.as_str(), Verb::Update, 30_000, Vec::new());
        let mut answer = Answer::ok(Value::Null).taking(1_300);
        answer.body = world.get(id.as_str()).map(|entry| self.show(world, entry));
        answer.operation = Some(operation);
        Ok(answer)
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let stored = world.body(id.as_str()).unwrap_or_default();
        access::preconditions(asked, body::text(&stored, "/eTag"))?;
        if let Some(running) = world.running_at(id.as_str())
            && running.verb == Verb::Delete
        {
            let operation = Some(running.id.clone());
            return Ok(Answer { operation, ..Answer::status(202) }.taking(1_310));
        }
        // A deletion overtakes whatever is going on (`AKSOperationPreemptedByDelete`).
        preempt(world, id);
        mark_deleting(world, id.as_str());
        let operation = course(world, id.as_str(), Verb::Delete, DELETION, Vec::new());
        Ok(Answer { operation: Some(operation), ..Answer::status(202) }.taking(1_310))
    }

    fn act(
        &self,
        world: &mut World,
        asked: &Asked,
        id: &ResourceId,
        verb: &str,
    ) -> Result<Answer, Refusal> {
        access::act(world, asked, id, verb)
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        let mut shown = entry.body();
        let pools: Vec<Value> = world
            .children(&entry.id, "agentPools")
            .iter()
            .map(|pool| {
                let mut pool = pool.body();
                let name = pool["name"].take();
                let mut properties = pool["properties"].take();
                properties["name"] = name;
                properties
            })
            .collect();
        if !pools.is_empty() {
            body::set(&mut shown, "/properties/agentPoolProfiles", pools);
        }
        shown
    }

    fn as_of(&self, shown: Value, api: &str) -> Value {
        view::as_of(shown, api)
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        effects::settle(world, operation);
    }
}

fn preempt(world: &mut World, id: &ResourceId) {
    while let Some(running) = world.running_in(id.as_str()).map(|running| running.id.clone()) {
        world.cut_short(&running, |operation| {
            operation.verdict = Verdict::Failed {
                code: "AKSOperationPreemptedByDelete".to_owned(),
                message: "The operation was preempted by a delete operation.".to_owned(),
            };
        });
        effects::settle_cut(world);
    }
}

/// Takes a cluster and all it made away.
pub(crate) fn vanish(world: &mut World, cluster: &str) {
    effects::vanish(world, cluster);
}

/// Stores cluster and pools, and starts the operation.
fn begin(
    world: &mut World,
    put: &Put<'_>,
    mut stored: Value,
    pools: &[Value],
    plan: migrate::Plan,
) -> Answer {
    let fresh = put.existing.is_none();
    let state = if fresh { "Creating" } else { plan.state };
    body::set(&mut stored, "/properties/provisioningState", state);
    world.put(put.id.as_str(), KIND, &stored);
    for pool in pools {
        pool::store(world, put.id, pool, if fresh { "Creating" } else { state });
    }
    if fresh {
        effects::found(world, put.id.as_str());
    } else {
        renew_tag(world, put.id.as_str());
    }
    let nodes: u64 = pools.iter().map(room::count).sum();
    let (verb, lasts, phases) = if fresh {
        (Verb::Create, CREATION, creation_phases(nodes))
    } else {
        let reimaged = if plan.reimages { REIMAGE * nodes } else { 0 };
        (Verb::Update, UPDATE + reimaged, Vec::new())
    };
    let operation = course(world, put.id.as_str(), verb, lasts, phases);
    let mut answer = Answer::status(put.status()).taking(if fresh { 8_090 } else { 6_270 });
    answer.body = world.get(put.id.as_str()).map(|entry| Cluster.show(world, entry));
    answer.operation = Some(operation);
    answer
}

/// The phases of a creation with their recorded medians: network 30 s, control plane 62 s, DNS
/// 31 s, pools 124 s, add-ons 31 s.
fn creation_phases(nodes: u64) -> Vec<(Millis, String)> {
    let mut phases = vec![
        (20_000, "ProvisioningNetworkResources".to_owned()),
        (50_000, "ProvisioningControlPlane".to_owned()),
        (112_000, "ReconcilingDNS".to_owned()),
        (143_000, "CreatingAgentPools".to_owned()),
    ];
    phases.extend(pool::counted("CreatingAgentPools", 173_000, 267_000, nodes));
    phases.push((267_000, "ReconcilingAddons".to_owned()));
    phases
}
