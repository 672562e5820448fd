//! What is decided of a resource, and the step that this comes to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::{Action, Reason};
use super::observed::state;
use super::ownership;
use super::step::{Call, Step, Verify};
use crate::arm::body::Body;
use crate::arm::id::ResourceId;
use crate::diff::Delta;
use crate::kind::{Ownership, Resource, lane};

/// What a step comes to, before it has its place.
pub(super) struct Decision {
    pub(super) action: Action,
    pub(super) reasons: Vec<Reason>,
    pub(super) deltas: Vec<Delta>,
    pub(super) calls: Vec<Call>,
    /// What is written instead of the resource itself, and what must hold of that.
    pub(super) instead: Option<(ResourceId, Body)>,
}

impl Decision {
    pub(super) fn new(
        action: Action,
        reasons: Vec<Reason>,
        deltas: Vec<Delta>,
        calls: Vec<Call>,
    ) -> Self {
        Self { action, reasons, deltas, calls, instead: None }
    }

    pub(super) fn keep(reasons: Vec<Reason>) -> Self {
        Self::new(Action::Keep, reasons, Vec::new(), Vec::new())
    }

    pub(super) fn is_postponed(&self) -> bool {
        matches!(self.reasons.first(), Some(Reason::PlannedAfter { .. }))
    }
}

/// Returns the step that a decision comes to.
pub(super) fn step(resource: &Resource, decision: Decision, wish: Body) -> Step {
    let (id, wish) = match decision.instead.clone() {
        Some(other) => other,
        None => (resource.id.clone(), wish),
    };
    let verified = resource.ownership != Ownership::Existing
        && !is_not_ours(&decision)
        && !decision.is_postponed();
    let verify = || Verify { desired: wish, rules: resource.rules.clone() };
    Step {
        id,
        kind: resource.kind.clone().into_owned(),
        api: resource.api.clone(),
        action: decision.action,
        reasons: decision.reasons,
        deltas: decision.deltas,
        calls: decision.calls,
        verify: verified.then(verify),
        lane: resource.lane(),
        pace: resource.traits.pace,
    }
}

/// Returns what holds addresses of a subnet, by the names of the outermost resources.
pub(super) fn users(subnet: Option<&Value>) -> Vec<String> {
    let held = subnet.into_iter().flat_map(ownership::holders);
    let names = held.map(|id| lane(&id).name().to_owned());
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What stands in something that is being deleted, or needs it, is planned when that is gone.
pub(super) fn postponed(gone: ResourceId) -> Decision {
    let reasons = vec![Reason::PlannedAfter { gone }];
    Decision::new(Action::Wait, reasons, Vec::new(), Vec::new())
}

fn is_not_ours(decision: &Decision) -> bool {
    matches!(decision.reasons.first(), Some(Reason::NotOurs | Reason::HeldAlready { .. }))
}

pub(super) fn waiting(body: &Value) -> Decision {
    let reasons = vec![Reason::Busy { state: state(body).to_owned() }];
    Decision::new(Action::Wait, reasons, Vec::new(), vec![Call::Await])
}
