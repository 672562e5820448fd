//! The short teardown: one deletion of the group, where that takes nothing but what is ours.
//!
//! A group takes along whatever stands in it, in an order that Azure finds by itself. So it is the
//! quickest way, and one that leaves nothing to do for whoever asked; and it is no way at all where
//! anything of another hand is in the group or in use, or anything of ours is elsewhere.

use super::Plan;
use super::change::{Action, Reason};
use super::observed::{Found, Inventory, is_deleting, state};
use super::ownership::Environment;
use super::rights;
use super::stays::Stays;
use super::step::{Call, Step};
use super::teardown::{for_good, goes_with_cluster, unsure};
use super::wish::Deletion;
use crate::arm::id::ResourceId;
use crate::graph::{Graph, Index};
use crate::kind::{Kind as _, ResourceGroup, lane, traits_of};

/// Returns the plan that deletes the group with all in it, and waits for that or not; or why that
/// would take more than what is ours, or less.
pub fn teardown_at_once(
    environment: &Environment,
    inventory: &Inventory,
    waits: bool,
) -> Result<Plan, Vec<String>> {
    let group = inventory.owned.iter().find(|one| one.id == environment.group);
    let why = obstacles(environment, inventory);
    let Some(group) = group.filter(|_| why.is_empty()) else { return Err(why) };
    if is_deleting(&group.body) && !waits {
        return Ok(already(environment, inventory));
    }
    let mut steps: Graph<Step> = Graph::default();
    let inner = inventory.owned.iter().filter(|one| one.id != group.id);
    // A group takes these along in a way that leaves something of them behind.
    let (before, inner): (Vec<&Found>, Vec<&Found>) =
        inner.partition(|one| traits_of(&one.id.resource_type()).for_good.is_some());
    let before: Vec<Index> =
        before.into_iter().map(|one| steps.add(alone(one, &environment.name), [])).collect();
    let first = steps.add(whole(group, environment, inventory, waits), before);
    for one in inner {
        let mut step = along(one, &group.id);
        step.reasons.extend(rights::gave(one, inventory.bodies()));
        steps.add(step, [first]);
    }
    let goes = inventory.node_groups.iter().map(goes_with_cluster);
    let goes = goes.chain(inventory.owned.iter().filter_map(for_good));
    Ok(Plan {
        environment: environment.name.clone(),
        group: Some(environment.group.clone()),
        steps,
        refusals: Vec::new(),
        attention: Vec::new(),
        advice: goes.collect(),
        background: Vec::new(),
        stays: Stays::Nothing,
    })
}

/// Returns why a group may not be deleted as a whole, each as a fragment of a sentence.
fn obstacles(environment: &Environment, inventory: &Inventory) -> Vec<String> {
    let mut why = Vec::new();
    let group = environment.group.name();
    if inventory.owned.iter().all(|one| one.id != environment.group) {
        why.push(format!("akstool did not make the resource group `{group}`"));
    }
    let names = |ids: Vec<&ResourceId>| {
        ids.iter().map(|id| format!("`{}`", id.name())).collect::<Vec<_>>().join(", ")
    };
    let along = inventory.along.iter().map(|(peering, _)| peering);
    let foreign: Vec<&ResourceId> = inventory.foreign.iter().chain(along).collect();
    if !foreign.is_empty() {
        why.push(format!("another hand made {} in it", names(foreign)));
    }
    let users: Vec<&ResourceId> = inventory.uses.iter().map(|one| &one.by).collect();
    if !users.is_empty() {
        why.push(format!("{} of another hand uses what is in it", names(users)));
    }
    let away = inventory.owned.iter().map(|one| &one.id).chain(&inventory.unseen);
    let away: Vec<&ResourceId> = away.filter(|id| !environment.is_home(id)).collect();
    if !away.is_empty() {
        why.push(format!("{} of this environment is outside of it", names(away)));
    }
    why.extend(unsure(&environment.name, inventory).iter().map(ToString::to_string));
    why
}

fn whole(group: &Found, environment: &Environment, inventory: &Inventory, waits: bool) -> Step {
    let deletion = Deletion::of(&group.id, &group.body, &environment.name);
    let known = inventory.owned.iter().map(|one| &one.id);
    let known = known.chain(inventory.gone.iter().map(|(id, _)| id)).cloned().collect();
    let (reason, calls) = if is_deleting(&group.body) {
        (busy(group), vec![Call::Await])
    } else {
        (Reason::Teardown, vec![Call::DeleteWhole { deletion, known, waits }])
    };
    step(group, Action::Delete, reason, calls)
}

fn alone(one: &Found, environment: &str) -> Step {
    if is_deleting(&one.body) {
        return step(one, Action::Delete, busy(one), vec![Call::Await]);
    }
    let deletion = Deletion::of(&one.id, &one.body, environment);
    let calls = vec![Call::Delete(deletion)];
    let pace = traits_of(&one.id.resource_type()).pace;
    Step { pace, ..step(one, Action::Delete, Reason::Teardown, calls) }
}

/// Returns the plan where nothing is left to ask for.
fn already(environment: &Environment, inventory: &Inventory) -> Plan {
    let mut steps: Graph<Step> = Graph::default();
    for one in &inventory.owned {
        let mut step = step(one, Action::Keep, busy(one), Vec::new());
        step.reasons.extend(rights::gave(one, inventory.bodies()));
        steps.add(step, []);
    }
    let name = environment.group.name();
    Plan {
        environment: environment.name.clone(),
        group: Some(environment.group.clone()),
        steps,
        refusals: Vec::new(),
        attention: vec![format!("the resource group `{name}` is being deleted already").into()],
        advice: Vec::new(),
        background: Vec::new(),
        stays: Stays::Nothing,
    }
}

fn busy(group: &Found) -> Reason {
    Reason::Busy { state: state(&group.body).to_owned() }
}

fn along(one: &Found, group: &ResourceId) -> Step {
    step(one, Action::Delete, Reason::DeletedWith { parent: group.clone() }, Vec::new())
}

fn step(one: &Found, action: Action, reason: Reason, calls: Vec<Call>) -> Step {
    let kind = one.id.resource_type();
    let paced = if calls.is_empty() { kind.as_str() } else { ResourceGroup::TYPE };
    let pace = traits_of(paced).pace;
    Step {
        id: one.id.clone(),
        api: one.api.clone(),
        action,
        reasons: vec![reason],
        deltas: Vec::new(),
        calls,
        verify: None,
        lane: lane(&one.id),
        pace,
        kind,
    }
}
