//! What is said and refused of an environment as a whole, whatever its resources come to.

use serde_json::Value;

use super::guard::{Refusal, Refused};
use super::observed::Observed;
use super::ownership::{self, Environment};
use super::step::{Call, Step};
use super::{Action, Plan};
use crate::advice::Advice;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{Ownership, Resource};

/// Refuses to make an environment a second time, in another group: by its name alone nobody could
/// tell the two apart. Where both stand already, each goes on.
pub(super) fn namesake(environment: &Environment, observed: &Observed) -> Option<Refusal> {
    let mut bodies = observed.resources.iter();
    let stands =
        bodies.any(|(id, found)| found.body().is_some_and(|body| environment.owns(id, body)));
    if observed.namesakes.is_empty() || stands {
        return None;
    }
    let groups = observed.namesakes.iter().map(|id| id.name().to_owned()).collect();
    let why = Refused::Elsewhere { environment: environment.name.clone(), groups };
    Some(Refusal { id: environment.group.clone(), why })
}

/// Says what a reader must know of the environment's group and of its namesakes.
pub(super) fn said(
    environment: &Environment,
    desired: &Graph<Resource>,
    observed: &Observed,
) -> Vec<Advice> {
    let body = |id: &ResourceId| observed.get(id).body();
    let tagged = desired.iter().map(|(_, one)| one);
    let mut tagged = tagged.filter(|one| one.ownership == Ownership::Tagged).map(|one| &one.id);
    let stands = tagged.any(|id| {
        *id != environment.group && body(id).is_some_and(|body| environment.owns(id, body))
    });
    let group = body(&environment.group).filter(|_| stands);
    let lost = group.filter(|body| ownership::has_lost(environment, &environment.group, body));
    let lost = lost.map(|_| ownership::lost(&environment.group, &environment.name));
    let namesakes = observed.namesakes.iter().filter(|_| stands).map(|group| {
        let group = group.name();
        format!("another environment of this name stands in the resource group `{group}`").into()
    });
    lost.into_iter().chain(namesakes).collect()
}

/// Refuses, in the plans of one run, what several of them would make, each in its own way.
pub fn refuse_contested(plans: &mut [Plan]) {
    let writes: Vec<Vec<(&ResourceId, &Value)>> = plans
        .iter()
        .map(|plan| plan.steps.iter().filter_map(|(_, step)| made(step)).collect())
        .collect();
    let contested = ownership::contested(&writes);
    let names: Vec<String> = plans.iter().map(|plan| plan.environment.clone()).collect();
    for (at, id, others) in contested {
        let others = others.into_iter().map(|other| names[other].clone()).collect();
        plans[at].refusals.push(Refusal { id, why: Refused::Together { others } });
    }
}

fn made(step: &Step) -> Option<(&ResourceId, &Value)> {
    let body = step.calls.iter().find_map(|call| match call {
        Call::Put(wish) => Some(wish.desired.value()),
        _ => None,
    });
    body.filter(|_| step.action == Action::Create).map(|body| (&step.id, body))
}
