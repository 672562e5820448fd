//! Listens to a run for the CI system it is a job of.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::place::Places;
use super::summary;
use super::system::{Level, System};
use crate::event::{Event, Failure, Outcome};
use crate::plan::Plan;
use crate::ui::listen::{Listener, Watch};
use crate::ui::outputs::{Outputs, github, pipelines};
use crate::ui::screen::{Screen, Volume};
use crate::ui::words::{count, kind, name};

/// Groups the lines of a run, annotates what failed, keeps the summary and the outputs.
pub struct Job {
    system: System,
    places: Places,
    screen: Screen,
    watch: Watch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the group is called that the lines of the run will stand in.
    title: String,
    /// Whether it is open.
    is_open: bool,
}

impl Job {
    /// Makes one for a job of this system.
    pub fn new(system: System, places: Places, screen: Screen, watch: Watch) -> Self {
        Self { system, places, screen, watch, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        (self.watch.began + (self.watch.elapsed)()).unix_timestamp()
    }

    /// Keeps a part of the summary; a page that cannot be written is no failure of the run.
    fn keep(&self, part: &str) {
        let part = self.screen.secrets().hide(part);
        match self.places.keep(&part) {
            Ok(None) => {}
            Ok(Some(file)) => {
                let line = self.system.upload(&file.to_string_lossy());
                self.screen.command(&line.unwrap_or_default());
            }
            Err(error) => self.trouble("summary", &error),
        }
    }

    fn trouble(&self, what: &str, error: &io::Error) {
        self.screen.warn(&format!("the {what} of this job cannot be written: {error}"));
    }

    fn annotate(&self, failure: &Failure) {
        let id = &failure.id;
        let title = format!("{} {}", kind(&id.resource_type()), name(id.as_str()));
        let mut text = format!("{}: {}", failure.code, failure.message);
        if let Some(request) = &failure.request_id {
            text = format!("{text} (request id {request})");
        }
        if let Some(hint) = &failure.hint {
            text = format!("{text}; hint: {hint}");
        }
        self.screen.annotate(Level::Error, &title, None, &text);
    }
}

impl Listener for Job {
    fn planned(&self, plans: &[Plan]) {
        self.keep(&summary::plans(plans));
        let busy: Vec<&Plan> = plans.iter().filter(|plan| !plan.is_empty()).collect();
        self.state().title = match busy.as_slice() {
            [one] => format!("akstool: applying the plan for {}", one.environment),
            many => {
                format!("akstool: applying the plans for {}", count(many.len(), "environment"))
            }
        };
    }

    fn begin(&self, _: &Plan) {
        // Lines for scripts, or none, need no group.
        let has_lines = !self.screen.terminal().json && self.screen.says(Volume::Normal);
        let mut state = self.state();
        if has_lines && !state.is_open {
            state.is_open = true;
            self.screen.command(&self.system.open(&state.title, self.now()));
        }
    }

    fn hear(&self, _: &str, _: &Event) {}

    fn notice(&self, _: &str) {}

    fn end(&self) {
        if std::mem::take(&mut self.state().is_open) {
            self.screen.command(&self.system.close(self.now()));
        }
    }

    fn over(&self, each: &[(&str, &Outcome)], whole: &Outcome) {
        whole.failed.iter().for_each(|failure| self.annotate(failure));
        self.keep(&summary::outcomes(each, whole));
    }

    fn stopped(&self, what: &str) {
        self.end();
        self.keep(&summary::stopped(what));
    }

    fn outputs(&self, all: &[Outputs]) {
        let hide = |text: String| self.screen.secrets().hide(&text);
        if let Err(error) = self.places.output(&hide(github(all))) {
            self.trouble("outputs", &error);
        }
        for (name, value) in pipelines(all) {
            let line = self.system.variable(&name, &value);
            self.screen.command(&line.unwrap_or_default());
        }
    }
}
