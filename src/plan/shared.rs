//! What several environments of one run share: what one of them leaves for the sake of others goes
//! once these have gone, and the last of them takes the rights that they all work by.

use std::collections::BTreeSet;

use super::Plan;
use super::change::{Action, Reason};
use super::observed::Inventory;
use super::stays::Stays;
use super::step::{Call, Step};
use super::teardown::{left_alone, teardown};
use super::wish::Deletion;
use crate::arm::id::ResourceId;
use crate::graph::{Graph, Index};
use crate::kind::{Cluster, Kind as _, RoleAssignment, api_version, traits_of};

/// Has several plans of one run take together what each of them would leave to the others.
pub fn take_shared(plans: &mut [Plan]) {
    free(plans);
    take_rights(plans);
}

/// Plans anew what stays for the sake of others that go in the same run: a guest's cluster on the
/// host's subnet, what several environments have in one group. It goes after those.
///
/// A plan that waits is nothing that another one may wait for, or both would for ever.
fn free(plans: &mut [Plan]) {
    for at in 0..plans.len() {
        let Stays::ForOthers(made_of) = &plans[at].stays else { continue };
        let others = plans.iter().enumerate().filter(|(other, plan)| {
            *other != at && plan.stays != Stays::Freed && plan.refusals.is_empty()
        });
        let gone: BTreeSet<ResourceId> = others.flat_map(|(_, plan)| deleted(plan)).collect();
        let (environment, inventory) = &**made_of;
        let (left, freed) = without(inventory, &gone);
        if freed.is_empty() {
            continue;
        }
        let again = teardown(environment, &left);
        let Some(steps) = waiting(&again.steps, &plans[at].steps, &freed) else { continue };
        let told: BTreeSet<String> =
            freed.iter().chain(&inventory.foreign_elsewhere).map(left_alone).collect();
        let still: BTreeSet<String> = again.attention.iter().map(ToString::to_string).collect();
        let plan = &mut plans[at];
        plan.attention.retain(|said| {
            let said = said.to_string();
            !told.contains(&said) || still.contains(&said)
        });
        plan.steps = steps;
        plan.advice = again.advice;
        plan.stays = Stays::Freed;
    }
}

/// Returns what goes by a plan, with the groups that go along.
fn deleted(plan: &Plan) -> impl Iterator<Item = ResourceId> {
    let steps = plan.steps.iter().map(|(_, step)| step);
    steps.filter(|step| step.action == Action::Delete).flat_map(|step| {
        let along = step.calls.iter().filter_map(|call| match call {
            Call::AwaitGone(group, _) => Some(group.clone()),
            _ => None,
        });
        std::iter::once(step.id.clone()).chain(along)
    })
}

/// Returns what an environment has once others are gone, and these: what cannot be asked for stays.
fn without(
    inventory: &Inventory,
    gone: &BTreeSet<ResourceId>,
) -> (Inventory, BTreeSet<ResourceId>) {
    let goes = |id: &ResourceId| {
        let is_asked = api_version(&id.resource_type()).is_some();
        is_asked && gone.iter().any(|one| one == id || id.is_under(one))
    };
    let users = inventory.uses.iter().map(|one| &one.by);
    let freed = users.chain(&inventory.foreign).filter(|id| goes(id)).cloned().collect();
    let mut left = inventory.clone();
    left.uses.retain(|one| !goes(&one.by));
    left.foreign.retain(|id| !goes(id));
    left.foreign_elsewhere.retain(|id| !goes(id));
    (left, freed)
}

/// Returns the steps of a plan that others made room for, if they did: what stayed before waits until
/// these are gone, unless it comes after what does.
fn waiting(
    steps: &Graph<Step>,
    before: &Graph<Step>,
    others: &BTreeSet<ResourceId>,
) -> Option<Graph<Step>> {
    let stayed = |id: &ResourceId| {
        before.iter().any(|(_, step)| step.id == *id && step.action == Action::Keep)
    };
    let waits: BTreeSet<Index> = steps
        .iter()
        .filter(|(_, step)| step.action == Action::Delete && stayed(&step.id))
        .map(|(index, _)| index)
        .collect();
    let steps = steps.map(|index, step| {
        let mut step = step.clone();
        let is_after = steps.needs(index).any(|need| waits.contains(&need));
        if waits.contains(&index) && !is_after && !step.calls.is_empty() {
            let gone = others.iter().filter_map(|id| {
                Some(Call::AwaitGone(id.clone(), api_version(&id.resource_type())?))
            });
            step.calls = gone.chain(step.calls).collect();
            // What it waits for takes as long as a cluster does.
            step.pace = traits_of(Cluster::TYPE).pace;
        }
        step
    });
    (!waits.is_empty()).then_some(steps)
}

/// Lets the last plan of one run take the rights that only clusters of this run work by.
///
/// Each plan alone leaves such a right to the others, and when all of them are gone nobody remembers
/// it. The last waits for the clusters of those before it, which have begun by then, however few may
/// be under way at once.
fn take_rights(plans: &mut [Plan]) {
    let steps = plans.iter().flat_map(|plan| plan.steps.iter()).map(|(_, step)| step);
    let goes = steps.filter(|step| step.action == Action::Delete && step.id.is_type(Cluster::TYPE));
    let goes: BTreeSet<ResourceId> = goes.map(|step| step.id.clone()).collect();
    let mut taken = BTreeSet::new();
    let mut order: Vec<&mut Plan> = plans.iter_mut().collect();
    order.sort_by_key(|plan| plan.stays == Stays::Freed);
    for plan in order.into_iter().rev() {
        if plan.steps.iter().all(|(_, step)| users(step, &goes).is_none()) {
            continue;
        }
        plan.steps = plan.steps.map(|_, step| match users(step, &goes) {
            None => step.clone(),
            Some(users) if taken.insert(step.id.clone()) => take(step, users, &plan.environment),
            Some(users) => leave(step, users),
        });
    }
}

/// Returns who works by a right that a plan leaves for their sake, if all of them go in this run.
fn users<'a>(step: &'a Step, goes: &BTreeSet<ResourceId>) -> Option<&'a [ResourceId]> {
    let used = |reason: &'a Reason| match reason {
        Reason::UsedBy { users } => Some(&users[..]),
        _ => None,
    };
    let users = step.reasons.iter().find_map(used)?;
    let is_left = step.action == Action::Keep && step.id.is_type(RoleAssignment::TYPE);
    (is_left && users.iter().all(|user| goes.contains(user))).then_some(users)
}

fn take(step: &Step, users: &[ResourceId], environment: &str) -> Step {
    let gone = users.iter().map(|user| Call::AwaitGone(user.clone(), Cluster::API));
    let deletion = Deletion::of(&step.id, &serde_json::Value::Null, environment);
    let calls = gone.chain([Call::Delete(deletion)]).collect();
    // What it waits for takes as long as a cluster does.
    let pace = traits_of(Cluster::TYPE).pace;
    Step { action: Action::Delete, calls, pace, ..because(step, Reason::Teardown) }
}

fn leave(step: &Step, users: &[ResourceId]) -> Step {
    let last = users.last().cloned().map(|parent| Reason::DeletedWith { parent });
    last.map_or_else(|| step.clone(), |reason| because(step, reason))
}

fn because(step: &Step, why: Reason) -> Step {
    let others = step.reasons.iter().filter(|one| !matches!(one, Reason::UsedBy { .. })).cloned();
    Step { reasons: std::iter::once(why).chain(others).collect(), ..step.clone() }
}
