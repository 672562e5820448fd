//! What subscribers may hear of a run; everything that happens is one of these.
//!
//! The executor sends events and prints nothing; a live view, a log and a stream of JSON are
//! subscribers. Schemas only ever grow.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::advice;
use crate::advice::Advice;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::plan::{Action, Reason};

/// What happened, and when.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Event {
    /// Time since the run began, on the run's clock.
    #[serde(skip)]
    pub at: Duration,
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Happening {
    /// The executor begins; the steps of the plan that are not kept.
    RunStarted {
        /// The environment.
        environment: String,
        /// How many steps there are to run.
        steps: usize,
    },
    /// A step begins.
    StepStarted {
        /// The resource.
        id: ResourceId,
        /// Its type.
        #[serde(rename = "type")]
        kind: String,
        /// What happens to it.
        action: Action,
    },
    /// Azure says what it is doing, in its own words.
    StepPhase {
        /// The resource.
        id: ResourceId,
        /// Azure's words, `CreatingAgentPools: 1/2 nodes completed` say.
        phase: String,
    },
    /// Something that is no failure and that a reader may want to know.
    StepNotice {
        /// The resource, if it is about one.
        id: Option<ResourceId>,
        /// A sentence.
        notice: String,
    },
    /// A step did what it promised.
    StepSucceeded {
        /// The resource.
        id: ResourceId,
        /// What happened to it.
        action: Action,
        /// How long it took, on the run's clock.
        seconds: f64,
        /// Whether it was only asked for, and Azure goes on with it by itself.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        left: bool,
    },
    /// A step failed.
    StepFailed(Failure),
    /// The user asked to stop: nothing new starts, what runs goes on.
    Stopping,
    /// The end.
    Outcome(Outcome),
}

/// One step that failed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The resource.
    pub id: ResourceId,
    /// Azure's code, or ours where Azure said nothing.
    pub code: String,
    /// Azure's message.
    pub message: String,
    /// Azure's id of the request, for its support.
    pub request_id: Option<String>,
    /// What to do next; filled where the command line is known, save where Azure said how long to
    /// wait.
    pub hint: Option<Advice>,
}

impl Failure {
    /// Returns the failure of a step on `id`.
    pub fn of(id: &ResourceId, error: &Error) -> Self {
        Self {
            id: id.clone(),
            code: error.name().to_owned(),
            message: error.whole(),
            request_id: error.fault().and_then(|fault| fault.request_id.clone()),
            hint: error.wait().map(later),
        }
    }
}

/// Returns what to do where Azure said how long to wait.
pub fn later(wait: Duration) -> Advice {
    let wait = humantime::format_duration(wait).to_string();
    advice!(
        "Azure asks to wait {}: run the same command again after that; what is done stays done",
        wait
    )
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything is as planned.
    Succeeded,
    /// There was nothing to do.
    NothingToDo,
    /// Azure said no, or the run failed part-way.
    Failed,
    /// A guard refused.
    Refused,
    /// The user stopped it.
    Interrupted,
}

/// How many requests a run sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Requests {
    /// Reads.
    pub read: u64,
    /// Writes and deletions.
    pub write: u64,
    /// Questions after running operations.
    pub poll: u64,
    /// Requests that were sent again.
    pub retried: u64,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// How it ended.
    pub result: Ending,
    /// What was made.
    #[serde(serialize_with = "count")]
    #[schemars(with = "usize")]
    pub created: Vec<ResourceId>,
    /// What was changed in place.
    #[serde(serialize_with = "count")]
    #[schemars(with = "usize")]
    pub updated: Vec<ResourceId>,
    /// What was deleted and made again.
    #[serde(serialize_with = "count")]
    #[schemars(with = "usize")]
    pub replaced: Vec<ResourceId>,
    /// What was deleted.
    #[serde(serialize_with = "count")]
    #[schemars(with = "usize")]
    pub deleted: Vec<ResourceId>,
    /// What failed.
    pub failed: Vec<Failure>,
    /// What was not tried, because something it needs failed or the user stopped.
    pub not_tried: Vec<ResourceId>,
    /// What was left while it ran: Azure goes on with it.
    pub still_running: Vec<ResourceId>,
    /// How long it took, on the run's clock.
    pub seconds: f64,
    /// What it cost in requests.
    pub requests: Requests,
    /// What the plan says of each right, whose id tells nobody anything.
    #[serde(skip)]
    pub rights: BTreeMap<ResourceId, Reason>,
}

/// Scripts ask how many, not which: the events before the outcome say which.
fn count<S: Serializer>(ids: &[ResourceId], serializer: S) -> Result<S::Ok, S::Error> {
    ids.len().serialize(serializer)
}

impl Outcome {
    /// Returns an outcome of a run that did nothing.
    pub fn empty(result: Ending) -> Self {
        Self {
            result,
            created: Vec::new(),
            updated: Vec::new(),
            replaced: Vec::new(),
            deleted: Vec::new(),
            failed: Vec::new(),
            not_tried: Vec::new(),
            still_running: Vec::new(),
            seconds: 0.0,
            requests: Requests::default(),
            rights: BTreeMap::new(),
        }
    }
}
