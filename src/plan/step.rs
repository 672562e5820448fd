//! One step of a plan: what it wants of Azure and what it must leave behind.

use serde_json::{Value, json};

use super::change::{Action, Reason};
use super::observed::members;
use super::switch::Switch;
use super::wish::{Deletion, Wish};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::Delta;
use crate::diff::rule::Rules;
use crate::kind::{Pace, traits_of};

/// One request of a step, on the step's own id.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Writes the whole resource, made of what stands there by then.
    Put(Wish),
    /// Deletes the resource, if it and what stands in it are still what was seen.
    Delete(Deletion),
    /// Deletes a group, if nothing stands in it any more: not what was deleted before, each with
    /// the version to ask with, as another run may have made it again; and nothing of another hand.
    DeleteEmpty(Deletion, Vec<(ResourceId, ApiVersion)>),
    /// Deletes a group with all that stands in it, if that is what was seen and nothing else.
    DeleteWhole {
        /// The group, as it was seen.
        deletion: Deletion,
        /// What was seen in it.
        known: Vec<ResourceId>,
        /// Whether to wait until it is gone; otherwise Azure goes on with it by itself.
        waits: bool,
    },
    /// Waits until something else is gone: a group that goes along with the resource, as what lies in
    /// subnets holds them, or another environment's cluster that works by a right.
    AwaitGone(ResourceId, ApiVersion),
    /// Starts or stops a cluster, if it is not so already.
    Switch(Switch),
    /// Waits until Azure is done with what another run began.
    Await,
}

/// How to tell that a step did what it promised.
#[derive(Clone, Debug, PartialEq)]
pub struct Verify {
    /// The desired body.
    pub desired: Body,
    /// How desired and observed meet.
    pub rules: Rules,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The resource.
    pub id: ResourceId,
    /// Its type, as its documentation spells it.
    pub kind: String,
    /// The version of the interface.
    pub api: ApiVersion,
    /// What happens to it.
    pub action: Action,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What differs.
    pub deltas: Vec<Delta>,
    /// The requests, in order; none for what is kept or goes along with its parent.
    pub calls: Vec<Call>,
    /// What must hold afterwards; `None` after a deletion.
    pub verify: Option<Verify>,
    /// What steps of which only one may run at a time share.
    pub lane: ResourceId,
    /// How long the work takes and how often to ask.
    pub pace: Pace,
}

impl Step {
    /// Tells whether nobody waits for its end: Azure goes on with it by itself.
    pub fn is_left_to_azure(&self) -> bool {
        self.calls.iter().any(|call| matches!(call, Call::DeleteWhole { waits: false, .. }))
    }

    /// Returns what it says of the right that it is about, if it is about one.
    pub fn right(&self) -> Option<&Reason> {
        self.reasons.iter().find(|reason| matches!(reason, Reason::Gives { .. }))
    }

    /// Returns the resource in whose body this one is made, if it has no request of its own.
    pub fn made_in(&self) -> Option<ResourceId> {
        let is_made = matches!(self.action, Action::Create | Action::Replace);
        let is_along = is_made && self.calls.is_empty() && self.verify.is_some();
        let is_inline = is_along && traits_of(&self.kind).inline.is_some();
        self.id.parent().filter(|_| is_inline)
    }

    /// Returns its own document out of that of the resource in whose body it is made.
    pub fn part_of(&self, outer: &Value) -> Option<Value> {
        let name = |part: &Value| part.get("name").and_then(Value::as_str).map(str::to_owned);
        let mut parts = members(outer, traits_of(&self.kind).inline?.list);
        let is_own = |name: String| name.eq_ignore_ascii_case(self.id.name());
        let own = parts.find(|part| name(part).is_some_and(is_own))?;
        Some(json!({ "id": self.id, "name": self.id.name(), "properties": own }))
    }
}
