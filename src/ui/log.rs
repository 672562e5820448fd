//! Lines without a terminal: what began, what it says, how it ended, on the run's clock.

use std::fmt::Write as _;
use std::time::Duration;

use super::listener::{Listener, Watch};
use super::screen::Screen;
use super::style::{BAD, CHANGE, FAINT, of, paint};
use super::words::{clean, count, duration, kind, name, watch};
use crate::event::{Event, Happening};
use crate::plan::{Action, Plan};

/// What took less needs no duration; chosen, as it would read `0.0 s`.
const BRIEF: Duration = Duration::from_millis(50);

/// Writes a line per event to standard error.
pub(super) struct Log {
    screen: Screen,
    watch: Watch,
    fleet: bool,
}

impl Log {
    pub(super) fn new(screen: Screen, watch: Watch, fleet: bool) -> Self {
        Self { screen, watch, fleet }
    }

    fn line(&self, at: Duration, environment: &str, text: &str) {
        let mut line = paint(FAINT, &format!("+{}", watch(at)));
        if self.fleet && !environment.is_empty() {
            let _ = write!(line, " {}", clean(environment));
        }
        self.screen.talk(&format!("{line} {text}\n"));
    }
}

impl Listener for Log {
    fn begin(&self, _: &Plan) {}

    fn hear(&self, environment: &str, event: &Event) {
        if let Some(text) = sentence(&event.what) {
            self.line(event.at, environment, &text);
        }
    }

    fn notice(&self, text: &str) {
        self.line((self.watch.elapsed)(), "", &paint(CHANGE, &clean(text)));
    }

    fn end(&self) {}
}

/// Returns the past of an action's verb.
pub(super) const fn done(action: Action) -> &'static str {
    match action {
        Action::Keep => "kept",
        Action::Wait => "waited for",
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
    }
}

/// Returns the words for what is done to a resource, `wait for` for what another run began.
pub(super) const fn doing(action: Action) -> &'static str {
    match action {
        Action::Wait => "wait for",
        other => other.verb(),
    }
}

fn sentence(what: &Happening) -> Option<String> {
    let title = |id: &str, words: String| format!("{words} {}", name(id));
    Some(match what {
        Happening::RunStarted { environment, steps } => {
            format!("{}: {} to run", clean(environment), count(*steps, "step"))
        }
        Happening::StepStarted { id, kind: type_, action } => {
            format!("{} {}", paint(of(*action), doing(*action)), title(id.as_str(), kind(type_)))
        }
        Happening::StepPhase { phase, .. } if phase == "InProgress" => return None,
        Happening::StepPhase { id, phase } => {
            let words = title(id.as_str(), kind(&id.resource_type()));
            paint(FAINT, &format!("{words}: {}", clean(phase)))
        }
        Happening::StepNotice { id, notice } => {
            let of = id.as_ref().map(|id| format!("{}: ", name(id.as_str()))).unwrap_or_default();
            paint(CHANGE, &format!("{of}{}", clean(notice)))
        }
        Happening::StepSucceeded { id, action, seconds } => {
            let words = title(id.as_str(), kind(&id.resource_type()));
            let took = Duration::try_from_secs_f64(*seconds).unwrap_or_default();
            let took = if took < BRIEF { String::new() } else { format!(" in {}", duration(took)) };
            format!("{} {words}{took}", paint(of(*action), done(*action)))
        }
        Happening::StepFailed(failure) => {
            let words = title(failure.id.as_str(), kind(&failure.id.resource_type()));
            let said = format!("{words}: {}", clean(&failure.code));
            format!("{} {said}", paint(BAD, "failed"))
        }
        Happening::Stopping => {
            "stopping: nothing new starts, what runs goes on to its end".to_owned()
        }
        Happening::Outcome(_) => return None,
    })
}
