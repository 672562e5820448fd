//! What it is to listen to a run, and what time it is for a run.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::outputs::Outputs;
use crate::event::{Event, Outcome};
use crate::plan::Plan;

/// Somebody who hears of everything that happens in a run, of one environment or of several.
pub trait Listener: Send + Sync {
    /// Every environment is planned; whether anything is done is not settled.
    fn planned(&self, _plans: &[Plan]) {}

    /// A plan is about to be applied.
    fn begin(&self, plan: &Plan);

    /// Something happened in an environment.
    fn hear(&self, environment: &str, event: &Event);

    /// Something worth knowing happened that belongs to no step: a retry, a pause, a signal.
    fn notice(&self, text: &str);

    /// Time has passed; a log says what still runs.
    fn pulse(&self) {}

    /// Nothing more will happen; what was drawn to be redrawn is left in its last state.
    fn end(&self);

    /// The run is over: how each environment's ended, and the whole.
    fn over(&self, _each: &[(&str, &Outcome)], _whole: &Outcome) {}

    /// The command ended early, before or beside any run, with this error.
    fn stopped(&self, _what: &str) {}

    /// This is what the environments of the run are reached by.
    fn outputs(&self, _all: &[Outputs]) {}
}

/// What time it is for a run.
#[derive(Clone)]
pub struct Watch {
    /// The time since the run began, on the run's clock.
    pub elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// When the run began.
    pub began: OffsetDateTime,
}
