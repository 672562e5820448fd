//! The plan of `upgrade`: the next leg of the way to a newer Kubernetes version, in place.
//!
//! AKS goes up one minor version at a time and never down, and no pool may be ahead of its control
//! plane. One plan is therefore one leg: pools that fell a minor version behind come first to where
//! the control plane is; otherwise the control plane moves to the newest patch of the next minor
//! version that AKS offers from here, and then each pool follows. Planned again after a leg, or after
//! a run that died in the middle of one, it plans what is left; at the goal it plans nothing.
//!
//! Rules: <https://learn.microsoft.com/azure/aks/upgrade-aks-cluster> and
//! <https://learn.microsoft.com/azure/aks/manage-node-pools#upgrade-a-node-pool>, read in November
//! 2026.

mod ascent;
mod room;

use serde_json::{Value, json};

use super::change::{Action, Reason};
use super::guard::{Refusal, Refused};
use super::observed::{self, Found, has_failed, state};
use super::price::price;
use super::stays::Stays;
use super::step::{Call, Step, Verify};
use super::wish::Wish;
use super::{Environment, Plan};
use crate::arm::body::Body;
use crate::diff::{deltas, settle};
use crate::graph::{Graph, Index};
use crate::kind::{AgentPool, Cluster, Kind, Pace, lane, rules_of};
use crate::version::Version;

pub use ascent::{Ascent, Surge};
use ascent::{at_once, nodes, property};

fn is_busy(found: &Found) -> bool {
    observed::is_busy(&found.body)
}

/// Returns the plan of the next leg; one that is empty where the goal is reached, or nothing is
/// offered that leads nearer to it.
pub fn upgrade(environment: &Environment, ascent: &Ascent) -> Plan {
    let name = &environment.name;
    let cluster = &ascent.cluster;
    let mut steps = Graph::default();
    let mut advice = Vec::new();
    let mut refusals = Vec::new();
    if let Some(runs) = ascent.runs() {
        // What another run began ends first; then one plans anew.
        let is_busy = ascent.pools.iter().chain([cluster]).any(is_busy);
        let level = if is_busy { runs } else { ascent.level(runs) };
        let first = steps.add(control_plane(name, cluster, runs, level), []);
        let moves = |pool: &Found| !is_busy && ascent.moves(pool, level);
        let follow = |pool: &Found| node_pool(pool, level, moves(pool));
        let pools: Vec<Step> = ascent.pools.iter().map(follow).collect();
        let moves = level > runs || pools.iter().any(|pool| pool.action == Action::Update);
        let _: Vec<Index> = pools.into_iter().map(|pool| steps.add(pool, [first])).collect();
        if moves {
            advice.push(way(ascent, runs, level).into());
            refusals.extend(stopped(cluster, name));
            refusals.extend(room::refusals(ascent, &ascent.surges()));
        }
    }
    Plan {
        environment: name.clone(),
        group: Some(environment.group.clone()),
        steps,
        refusals,
        attention: Vec::new(),
        advice,
        background: Vec::new(),
        stays: Stays::Nothing,
    }
}

/// A cluster that is stopped takes no other version.
fn stopped(cluster: &Found, environment: &str) -> Option<Refusal> {
    let code = property(cluster, "/powerState/code").and_then(Value::as_str)?;
    let why = Refused::Stopped { environment: environment.to_owned() };
    code.eq_ignore_ascii_case("Stopped").then(|| Refusal { id: cluster.id.clone(), why })
}

/// Returns the whole way as a sentence: what is agreed to at once is also what follows this leg.
fn way(ascent: &Ascent, runs: Version, level: Version) -> String {
    let mut stops = vec![runs.to_string()];
    if level > runs {
        stops.push(level.to_string());
    }
    let mut at = level.minor();
    while at < ascent.goal.minor() {
        at = at.next_minor();
        let last = at == ascent.goal.minor();
        stops.push(if last { ascent.goal.to_string() } else { at.to_string() });
    }
    let who = match (ascent.control_plane_only, ascent.pools.len()) {
        (true, _) => "the control plane alone".to_owned(),
        (false, 1) => "at each stop the control plane, then the pool, node by node".to_owned(),
        (false, pools) => {
            format!("at each stop the control plane, then {pools} pools, node by node")
        }
    };
    format!("{}: {who}; AKS never goes back", stops.join(" → "))
}

fn control_plane(environment: &str, cluster: &Found, runs: Version, level: Version) -> Step {
    let wish = if level > runs {
        json!({ "properties": { "kubernetesVersion": level.to_string() } })
    } else {
        json!({})
    };
    let step = step::<Cluster>(cluster, &wish, level > runs, Reason::Upgrades);
    owned(step, environment)
}

/// Marks the writes of a step as meant for what the environment owns by its tag.
fn owned(mut step: Step, environment: &str) -> Step {
    for call in &mut step.calls {
        if let Call::Put(wish) = call {
            *wish = wish.clone().of(Some(environment));
        }
    }
    step
}

fn node_pool(pool: &Found, level: Version, moves: bool) -> Step {
    let wish = if moves {
        json!({ "properties": { "orchestratorVersion": level.to_string() } })
    } else {
        json!({})
    };
    let (nodes, at_once) = (nodes(pool), at_once(pool).max(1));
    let mut step = step::<AgentPool>(pool, &wish, moves, Reason::Rolls { nodes, at_once });
    let batches = u32::try_from(nodes.div_ceil(at_once)).unwrap_or(u32::MAX).max(1);
    let creation = step.pace.creation.saturating_mul(batches);
    step.pace = Pace { creation, give_up: step.pace.give_up.max(creation * 4), ..step.pace };
    step
}

/// Returns what is done with a cluster or a pool: nothing, waiting for another run, or the write.
fn step<K: Kind>(found: &Found, wish: &Value, moves: bool, reason: Reason) -> Step {
    let rules = rules_of(K::TYPE).unwrap_or_default();
    let after = settle(&found.body, wish, &rules);
    let mut changes = deltas(&found.body, &after, &rules);
    price(K::TYPE, &found.body, &after, &mut changes);
    let (action, reasons, calls) = if is_busy(found) {
        let state = state(&found.body).to_owned();
        (Action::Wait, vec![Reason::Busy { state }], vec![Call::Await])
    } else if !moves {
        (Action::Keep, Vec::new(), Vec::new())
    } else {
        let failed = has_failed(&found.body).then_some(Reason::Failed);
        let reasons = [reason].into_iter().chain(failed).collect();
        (Action::Update, reasons, vec![Call::Put(Wish::on::<K>(wish.clone(), &found.body))])
    };
    Step {
        id: found.id.clone(),
        kind: K::TYPE.to_owned(),
        api: found.api.clone(),
        action,
        reasons,
        deltas: changes,
        calls,
        verify: (action != Action::Keep)
            .then(|| Verify { desired: Body::new(wish.clone()), rules }),
        lane: lane(&found.id),
        pace: K::TRAITS.pace,
    }
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
