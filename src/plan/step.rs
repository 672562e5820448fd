//! One step of a plan: a complete request and what it must leave behind.

use serde_json::Value;

use super::change::{Action, Reason};
use super::observed::is_busy;
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::{Delta, Rule, settle};
use crate::kind::{Pace, mark_of};

/// What a call demands of the state it meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Any,
    /// The resource must not exist, so that two runs racing make one cluster.
    Absent,
    /// The resource must be the one that was read.
    Unchanged(String),
    /// Nothing may stand in the group any more: not what was deleted before, with the version to
    /// ask with, as another run may have made it again; and nothing of another hand.
    Empty(Vec<(ResourceId, ApiVersion)>),
}

impl Condition {
    /// Returns the condition that a resource is as it was read, where its type lets a request say
    /// so; what Azure is still at work on changes its mark by itself.
    pub(super) fn as_read(kind: &str, body: &Value) -> Self {
        mark_of(kind, body).filter(|_| !is_busy(body)).map_or(Self::Any, Self::Unchanged)
    }
}

/// One request of a step, on the step's own id.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Writes the whole resource.
    Put {
        /// The body; values that are still to come are marked in it.
        body: Body,
        /// What must hold.
        condition: Condition,
    },
    /// Deletes the resource.
    Delete {
        /// What must hold.
        condition: Condition,
    },
    /// Waits until Azure is done with what another run began.
    Await,
}

/// How to tell that a step did what it promised.
#[derive(Clone, Debug, PartialEq)]
pub struct Verify {
    /// The desired body.
    pub desired: Body,
    /// How desired and observed meet.
    pub rules: Vec<Rule>,
}

impl Verify {
    /// Tells whether a fresh answer settles to itself.
    pub fn holds(&self, answer: &Value, desired: &Body) -> bool {
        settle(answer, desired.value(), &self.rules) == *answer
    }
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
