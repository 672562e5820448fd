//! Lines without a terminal: what began, what it says, how it ended, on the run's clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::listen::{Listener, Watch};
use super::outcome::{colour, word};
use super::pulse::Pulse;
use super::screen::Screen;
use super::style::{BAD, CHANGE, FAINT, of, paint};
use super::words::{clean, count, duration, is_right, kind, name, title, watch};
use crate::arm::id::ResourceId;
use crate::event::{Event, Happening};
use crate::plan::{Action, Plan};

/// What took less needs no duration; chosen, as it would read `0.0 s`.
const BRIEF: Duration = Duration::from_millis(50);

/// Writes a line per event to standard error.
pub(super) struct Log {
    screen: Screen,
    watch: Watch,
    /// How many environments there is work in.
    fleet: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pulse: Pulse,
    /// What is called otherwise than by its name, by id.
    titles: BTreeMap<ResourceId, String>,
    /// How many environments are over.
    over: usize,
}

impl Log {
    pub(super) fn new(screen: Screen, watch: Watch, fleet: usize) -> Self {
        Self { screen, watch, fleet, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is said of an event.
    fn words(&self, event: &Event) -> Option<String> {
        match &event.what {
            // In a fleet every line begins with its environment.
            Happening::RunStarted { steps, .. } if self.fleet > 1 => {
                Some(format!("{} to run", count(*steps, "step")))
            }
            Happening::Outcome(outcome) if self.fleet > 1 => {
                let mut state = self.state();
                state.over += 1;
                let of = count(self.fleet, "environment");
                let ended = paint(colour(outcome.result), word(outcome.result));
                Some(format!("{ended}, {} of {of}", state.over))
            }
            what => sentence(what, &self.state().titles),
        }
    }

    fn line(&self, at: Duration, environment: &str, text: &str) {
        let mut line = paint(FAINT, &format!("+{}", watch(at)));
        if self.fleet > 1 && !environment.is_empty() {
            let _ = write!(line, " {}", clean(environment));
        }
        self.screen.talk(&format!("{line} {text}\n"));
    }
}

impl Listener for Log {
    fn begin(&self, plan: &Plan) {
        let granted = plan.steps.iter().map(|(_, step)| step).filter(|step| is_right(step));
        let titles = granted.map(|step| (step.id.clone(), title(step)));
        self.state().titles.extend(titles);
    }

    fn hear(&self, environment: &str, event: &Event) {
        self.state().pulse.hear(environment, event);
        if let Some(text) = self.words(event) {
            self.line(event.at, environment, &text);
        }
    }

    fn notice(&self, text: &str) {
        self.line((self.watch.elapsed)(), "", &paint(CHANGE, &clean(text)));
    }

    fn pulse(&self) {
        let now = (self.watch.elapsed)();
        let silent = self.state().pulse.silent(now);
        for (environment, text) in silent {
            self.line(now, &environment, &paint(FAINT, &text));
        }
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

fn sentence(what: &Happening, titles: &BTreeMap<ResourceId, String>) -> Option<String> {
    let title = |id: &ResourceId, words: String| match titles.get(id) {
        Some(title) => format!("{words} {title}"),
        None => format!("{words} {}", name(id.as_str())),
    };
    Some(match what {
        Happening::RunStarted { environment, steps } => {
            format!("{}: {} to run", clean(environment), count(*steps, "step"))
        }
        Happening::StepStarted { id, kind: type_, action } => {
            format!("{} {}", paint(of(*action), doing(*action)), title(id, kind(type_)))
        }
        Happening::StepPhase { phase, .. } if phase == "InProgress" => return None,
        Happening::StepPhase { id, phase } => {
            let words = title(id, kind(&id.resource_type()));
            paint(FAINT, &format!("{words}: {}", clean(phase)))
        }
        Happening::StepNotice { id, notice } => {
            let of = id.as_ref().map(|id| format!("{}: ", name(id.as_str()))).unwrap_or_default();
            paint(CHANGE, &format!("{of}{}", clean(notice)))
        }
        Happening::StepSucceeded { id, left: true, .. } => {
            let words = title(id, kind(&id.resource_type()));
            format!("{} {words}", paint(FAINT, "left to Azure:"))
        }
        Happening::StepSucceeded { id, action, seconds, .. } => {
            let words = title(id, kind(&id.resource_type()));
            let took = Duration::try_from_secs_f64(*seconds).unwrap_or_default();
            let took = if took < BRIEF { String::new() } else { format!(" in {}", duration(took)) };
            format!("{} {words}{took}", paint(of(*action), done(*action)))
        }
        Happening::StepFailed(failure) => {
            let words = title(&failure.id, kind(&failure.id.resource_type()));
            let said = format!("{words}: {}", clean(&failure.code));
            format!("{} {said}", paint(BAD, "failed"))
        }
        Happening::Stopping => {
            "stopping: nothing new starts, what runs goes on to its end".to_owned()
        }
        Happening::Outcome(_) => return None,
    })
}
