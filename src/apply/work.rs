//! A step under way: what its parts share, and what can go wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::arm::body::{Body, Later};
use crate::arm::client::{Arm, FRESH};
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::arm::operation::{Polling, Progress};
use crate::arm::request::{Conditions, Request};
use crate::event::{Failure, Happening};
use crate::plan::{Action, Condition, Moved, Step};

/// What can go wrong with a step.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// Azure said no, or could not be asked.
    #[error(transparent)]
    Arm(#[from] Error),
    /// A value that an earlier step should have brought is missing.
    #[error("`{}` of `{}` is not known", .0.at, .0.of)]
    Unknown(Later),
    /// What stands there is not what was written.
    #[error("Azure accepted the change, and {} differs from what was written", .paths.join(", "))]
    Differs {
        /// The places.
        paths: Vec<String>,
    },
    /// What was written is in no good state, although the operation is said to have succeeded.
    #[error("Azure says that the operation succeeded, and that the resource is `{state}`")]
    Unwell {
        /// Azure's word for the state.
        state: String,
    },
    /// The resource is gone.
    #[error("the resource is gone")]
    Gone,
    /// Another hand was there since the plan was made.
    #[error("{0}")]
    Moved(Moved),
    /// Something stands in the group that was not there, or was gone, when the plan was made.
    #[error("it stays: {} came into it while the run was under way", .contents.join(", "))]
    Refilled {
        /// What stands there.
        contents: Vec<String>,
    },
}

impl Trouble {
    /// Returns the failure as it is told.
    pub(super) fn failure(&self, id: &ResourceId) -> Failure {
        let own = |code: &str| Failure {
            id: id.clone(),
            code: code.to_owned(),
            message: self.to_string(),
            request_id: None,
            hint: None,
        };
        match self {
            Self::Arm(error) => Failure::of(id, error),
            Self::Unknown(_) => own("ValueNotKnown"),
            Self::Differs { .. } => own("NotAsWritten"),
            Self::Unwell { .. } => own("NotSucceeded"),
            Self::Gone => own("ResourceGone"),
            Self::Moved(_) => own("ChangedMeanwhile"),
            Self::Refilled { .. } => own("GroupNotEmpty"),
        }
    }

    /// Tells whether what was demanded of the resource does not hold: its mark has moved.
    pub(super) fn is_overtaken(&self) -> bool {
        matches!(self, Self::Arm(error) if error.status() == Some(412))
    }
}

/// A step under way, and what it works with.
pub(super) struct Work<'a> {
    pub(super) step: &'a Step,
    pub(super) arm: &'a Arm,
    /// What earlier steps brought that this one or another waits for.
    pub(super) known: &'a BTreeMap<ResourceId, Arc<Value>>,
    /// When what the plan is made of was read, on the clock; `None` where nobody can tell.
    pub(super) read: Option<Duration>,
    pub(super) tell: &'a (dyn Fn(Happening) + Send + Sync),
}

impl Work<'_> {
    /// Reads the resource as it is now.
    pub(super) async fn read(&self) -> Result<Option<Value>, Trouble> {
        let answer = self.arm.get(&self.step.id, &self.step.api).await?;
        Ok(answer.map(|answer| answer.body))
    }

    /// Returns the resource as what it was made in has shown it.
    pub(super) fn part(&self) -> Option<Value> {
        let outer = self.known.get(&self.step.made_in()?)?;
        self.step.part_of(outer)
    }

    /// Tells whether what the plan saw is too old to write on. What a step itself has just deleted
    /// is not looked for.
    pub(super) fn is_stale(&self) -> bool {
        let age = self.read.map(|read| self.arm.clock().elapsed().saturating_sub(read));
        self.step.action != Action::Replace && age.is_none_or(|age| age > FRESH)
    }

    /// Returns a body with every value that earlier steps brought.
    pub(super) fn filled(&self, body: &Body) -> Result<Body, Trouble> {
        let value = |later: &Later| later.of_answer(self.known.get(&later.of)?);
        body.fill(value).map_err(Trouble::Unknown)
    }

    /// Sends a request and follows the operation that it begins.
    pub(super) async fn send(&self, request: Request) -> Result<(), Trouble> {
        // An operation takes minutes, a fleet has hundreds under way: neither body is held so long.
        let bare = request.bare();
        let answer = self.arm.send(request).await?;
        let polling = self.polling();
        let mut said = String::new();
        let mut progress = |progress: Progress| self.report(&mut said, progress);
        Ok(self.arm.follow(&bare, answer, &polling, &mut progress).await?)
    }

    fn polling(&self) -> Polling {
        let pace = self.step.pace;
        Polling { first: pace.every, every: pace.every, give_up: pace.give_up }
    }

    /// Tells Azure's words when they change, and what it noticed on the way.
    pub(super) fn report(&self, said: &mut String, progress: Progress) {
        // The end of an operation is told as the end of the step, not as one of its phases.
        let ended = progress.phase.eq_ignore_ascii_case("Succeeded");
        if progress.phase != *said && !ended {
            said.clone_from(&progress.phase);
            (self.tell)(Happening::StepPhase { id: self.step.id.clone(), phase: progress.phase });
        }
        if let Some(fault) = progress.notice {
            self.notice(fault.to_string());
        }
    }

    /// Tells something that is no failure.
    pub(super) fn notice(&self, notice: String) {
        (self.tell)(Happening::StepNotice { id: Some(self.step.id.clone()), notice });
    }
}

/// Returns the headers of a condition.
pub(super) fn conditions(condition: &Condition) -> Conditions {
    match condition {
        Condition::Any => Conditions::None,
        Condition::Absent => Conditions::IfNoneMatchAny,
        Condition::Unchanged(mark) => Conditions::IfMatch(mark.clone()),
    }
}

/// Returns a pause that grows from a moment to five seconds.
pub(super) fn moment(count: u32) -> Duration {
    Duration::from_secs(u64::from(count.min(5)))
}
