//! The plan of `migrate`: another network model or data plane, in place.
//!
//! AKS can move a cluster from kubenet or node subnet to overlay, and from its own data plane to
//! Cilium, by one write of the whole cluster; nothing goes back, and every node is reimaged.
//! [`migrate`] checks what AKS asks for ([`Blocker`]), says the price, and ends in an ordinary
//! [`Plan`]: the cluster, its pools, and then what the old model left behind. It stops nowhere it
//! could not go on from: asked again after a run that died, it plans what is left.
//!
//! Rules: <https://learn.microsoft.com/azure/aks/update-azure-cni>, read in November 2026; the
//! requests are those of the recorded migrations.

pub(super) mod blocker;
mod check;
pub(super) mod cluster_body;
mod doors;
mod ground;
mod leftover;

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Environment;
use super::Plan;
use super::change::{Action, Reason};
use super::guard::{Refusal, Refused};
use super::observed::{Found, Observation, has_failed, state};
use super::stays::Stays;
use super::step::{Call, Step, Verify};
use super::wish::Wish;
use crate::address::Model;
use crate::advice::Advice;
use crate::arm::body::Body;
use crate::diff::rule::Rules;
use crate::diff::{Cost, Delta, deltas, settle};
use crate::graph::{Graph, Index};
use crate::kind::{AgentPool, Cluster, Kind, Pace, lane, rules_of};

pub use self::blocker::Blocker;
pub use self::cluster_body::{Target, model_of, pods_of};
pub use self::ground::Ground;
use self::ground::new_pod_range;

pub(super) use self::cluster_body::ClusterBody;
use self::cluster_body::Pool;

/// What one batch of reimaged nodes takes, in seconds: least, middle and most.
///
/// Three recorded migrations of one pool of three nodes, a node at a time: 669, 1,262 and 1,477 s.
const BATCH: (u64, u64, u64) = (223, 421, 492);

/// Returns the plan of a migration; `None` where the environment has no cluster.
pub fn migrate(environment: &Environment, ground: &Ground, to: Target) -> Option<Plan> {
    let cluster = ground.cluster()?;
    let facts = ClusterBody::of(&cluster.body);
    let arrived = facts.has(to);
    let refusals = if arrived {
        Vec::new()
    } else {
        let found = check::blockers(ground, cluster, &facts, to).into_iter();
        found.map(|blocker| refusal(&environment.name, cluster, blocker)).collect()
    };
    let mut steps = Graph::default();
    let step = cluster_step(&environment.name, cluster, &wish(ground, &facts, to), &facts, arrived);
    let moves = step.action != Action::Keep;
    let doors =
        if moves { doors::steps(&environment.name, ground, &facts, to) } else { Vec::new() };
    let doors: Vec<Index> = doors.into_iter().map(|door| steps.add(door, [])).collect();
    let first = steps.add(step, doors);
    let mut before = vec![first];
    if moves {
        let pools = facts.pools().into_iter();
        let added: Vec<Index> =
            pools.map(|pool| steps.add(pool_step(cluster, &pool), [first])).collect();
        before.extend(added);
    }
    let mut advice: Vec<String> = Vec::new();
    if !arrived {
        advice.push(price(&facts));
        advice.extend(check::warnings(ground, &facts, to));
    }
    advice.extend(leftover::append(&mut steps, &environment.name, &before, ground, &facts, to));
    let advice = advice.into_iter().map(Advice::from).collect();
    let (attention, background) = (Vec::new(), Vec::new());
    let (group, environment) = (Some(environment.group.clone()), environment.name.clone());
    let plan = Plan {
        environment,
        group,
        steps,
        refusals,
        attention,
        advice,
        background,
        stays: Stays::Nothing,
    };
    Some(plan)
}

/// Returns the migration that a change of a cluster asks for, told by what stands there and what
/// should.
pub(super) fn called_for(kind: &str, before: &Value, after: &Value) -> Option<Target> {
    if !kind.eq_ignore_ascii_case(Cluster::TYPE) {
        return None;
    }
    let (before, after) = (ClusterBody::of(before), ClusterBody::of(after));
    let leaves = matches!(before.model(), Model::Kubenet | Model::NodeSubnet);
    if leaves && after.model() == Model::Overlay {
        return Some(Target::Overlay);
    }
    let azure = !matches!(before.model(), Model::Kubenet | Model::BringYourOwn);
    (azure && after.is_cilium() && !before.is_cilium()).then_some(Target::Cilium)
}

/// Tells whether a change of these places is a move to overlay and nothing else.
pub(super) fn is_only_the_model(paths: &[String]) -> bool {
    const MODEL: [&str; 5] =
        ["networkPlugin", "networkPluginMode", "networkDataplane", "podCidr", "podCidrs"];
    paths.iter().all(|path| {
        path.strip_prefix("properties.networkProfile.").is_some_and(|name| MODEL.contains(&name))
    })
}

/// Prices changes as a migration makes them: as settings they cost a replacement, sent the way AKS
/// migrates they reimage every node.
pub(super) fn in_place<'a>(changes: impl Iterator<Item = &'a mut Delta>) {
    changes.for_each(|delta| delta.cost = Cost::RestartsNodes);
}

fn refusal(environment: &str, cluster: &Found, blocker: Blocker) -> Refusal {
    let environment = environment.to_owned();
    Refusal { id: cluster.id.clone(), why: Refused::Blocker { environment, blocker } }
}

/// Returns what the cluster's `PUT` changes; plugin and mode always go together (AKS#5662).
fn wish(ground: &Ground, facts: &ClusterBody<'_>, to: Target) -> Value {
    let mut network = Map::new();
    match to {
        Target::Overlay => {
            network.insert("networkPlugin".into(), json!("azure"));
            network.insert("networkPluginMode".into(), json!("overlay"));
            if let Some(range) = new_pod_range(ground, facts) {
                network.insert("podCidr".into(), json!(range));
                network.insert("podCidrs".into(), json!([range]));
            }
        }
        Target::Cilium => {
            network.insert("networkDataplane".into(), json!("cilium"));
            network.insert("networkPolicy".into(), json!("cilium"));
        }
    }
    json!({ "properties": { "networkProfile": network } })
}

fn cluster_step(
    environment: &str,
    cluster: &Found,
    wish: &Value,
    facts: &ClusterBody<'_>,
    arrived: bool,
) -> Step {
    let kind = Cluster::TYPE;
    let rules = rules_of(kind).unwrap_or_default();
    let mut changes: Vec<Delta> =
        deltas(&cluster.body, &settle(&cluster.body, wish, &rules), &rules);
    in_place(changes.iter_mut());
    let busy = matches!(Observation::of(Some(cluster.body.clone())), Observation::Busy(_));
    let failed = has_failed(&cluster.body);
    let (action, reasons, calls) = if arrived && busy {
        let state = state(&cluster.body).to_owned();
        (Action::Wait, vec![Reason::Busy { state }], vec![Call::Await])
    } else if arrived && !failed {
        (Action::Keep, Vec::new(), Vec::new())
    } else {
        let reason = if arrived { Reason::Failed } else { Reason::Migrates };
        let wish = Wish::on::<Cluster>(wish.clone(), &cluster.body).of(Some(environment));
        (Action::Update, vec![reason], vec![Call::Put(wish)])
    };
    let pace = Cluster::TRAITS.pace;
    let typical = Duration::from_secs(duration(facts).1);
    Step {
        id: cluster.id.clone(),
        kind: kind.to_owned(),
        api: cluster.api.clone(),
        action,
        reasons,
        deltas: if arrived { Vec::new() } else { changes },
        calls,
        verify: (action != Action::Keep)
            .then(|| Verify { desired: Body::new(wish.clone()), rules }),
        lane: lane(&cluster.id),
        pace: Pace { creation: typical, give_up: pace.give_up.max(typical * 4), ..pace },
    }
}

/// Returns a step without a request: the pool is reimaged with its cluster, and has to be well
/// afterwards.
fn pool_step(cluster: &Found, pool: &Pool<'_>) -> Step {
    let id = cluster.id.child("agentPools", pool.name);
    Step {
        kind: AgentPool::TYPE.to_owned(),
        api: AgentPool::API,
        action: Action::Update,
        reasons: vec![Reason::ReimagedWith { parent: cluster.id.clone(), nodes: pool.nodes }],
        deltas: Vec::new(),
        calls: Vec::new(),
        verify: Some(Verify {
            desired: Body::new(json!({ "properties": { "provisioningState": "Succeeded" } })),
            rules: Rules::default(),
        }),
        lane: lane(&id),
        pace: AgentPool::TRAITS.pace,
        id,
    }
}

/// Returns how long the nodes take, in seconds: least, middle and most. Pools go at once, the
/// nodes of a pool in batches of its surge.
fn duration(facts: &ClusterBody<'_>) -> (u64, u64, u64) {
    let batches = facts.pools().iter().map(Pool::batches).max().unwrap_or(1).max(1);
    (batches * BATCH.0, batches * BATCH.1, batches * BATCH.2)
}

/// Returns what the migration costs, as a sentence without its stop.
fn price(facts: &ClusterBody<'_>) -> String {
    let pools = facts.pools();
    let nodes: u64 = pools.iter().map(|pool| pool.nodes).sum();
    let (least, middle, most) = duration(facts);
    let minutes = |seconds: u64| seconds.div_ceil(60);
    let nodes = counted(nodes, "node");
    let who = match pools.as_slice() {
        [pool] => format!("the one pool `{}` ({nodes}) is", pool.name),
        pools => format!("all {} pools ({nodes}) are", pools.len()),
    };
    format!(
        "{who} reimaged at once, and every pod restarts: about {} minutes, {} to {} by what was \
         measured; there is no way back and no pool-by-pool",
        minutes(middle),
        minutes(least),
        minutes(most)
    )
}

/// Returns a number with its noun, in the plural where that is due.
fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
#[path = "migrate_tests.rs"]
mod tests;
