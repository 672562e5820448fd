//! What several environments of one run share: the last of them takes it.

use std::collections::BTreeSet;

use super::Plan;
use super::change::{Action, Reason};
use super::step::{Call, Step};
use super::wish::Deletion;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, Kind as _, RoleAssignment, traits_of};

/// Lets the last plan of one run take the rights that only clusters of this run work by.
///
/// Each plan alone leaves such a right to the others, and when all of them are gone nobody remembers
/// it. The last waits for the clusters of those before it, which have begun by then, however few may
/// be under way at once.
pub fn take_shared(plans: &mut [Plan]) {
    let steps = plans.iter().flat_map(|plan| plan.steps.iter()).map(|(_, step)| step);
    let goes = steps.filter(|step| step.action == Action::Delete && step.id.is_type(Cluster::TYPE));
    let goes: BTreeSet<ResourceId> = goes.map(|step| step.id.clone()).collect();
    let mut taken = BTreeSet::new();
    for plan in plans.iter_mut().rev() {
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
