//! One JSON object a line on standard output: what scripts read of a run.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;

use super::blanks::Blanks;
use super::listen::{Listener, Watch};
use super::screen::Screen;
use crate::advice::Advice;
use crate::event::{Event, Happening, Outcome};
use crate::plan::{Plan, Report};

/// Prints events; each carries `event`, `time` and, where it belongs to one, `environment`.
pub(super) struct Json {
    screen: Screen,
    watch: Watch,
}

impl Json {
    pub(super) fn new(screen: Screen, watch: Watch) -> Self {
        Self { screen, watch }
    }

    fn line(&self, at: std::time::Duration, environment: Option<&str>, value: Value) {
        line(&self.screen, self.watch.began + at, environment, value);
    }
}

impl Listener for Json {
    fn begin(&self, _: &Plan) {}

    fn hear(&self, environment: &str, event: &Event) {
        let mut value = object(&event.what);
        if matches!(event.what, Happening::Outcome(_)) {
            value.insert("event".to_owned(), Value::from("environment-outcome"));
        }
        self.line(event.at, Some(environment), Value::Object(value));
    }

    fn notice(&self, text: &str) {
        let at = (self.watch.elapsed)();
        let mut value = object(&Notice { notice: text });
        value.insert("event".to_owned(), Value::from("notice"));
        self.line(at, None, Value::Object(value));
    }

    fn end(&self) {}
}

/// Something that a reader may want to know of the whole run.
#[derive(Serialize, JsonSchema)]
pub(super) struct Notice<'a> {
    /// A sentence.
    notice: &'a str,
}

/// Returns a plan as scripts read it, its commands as a person would read them.
pub fn report(plan: &Plan, blanks: &Blanks) -> Map<String, Value> {
    object(&Report::of(plan, &|advice| blanks.fill(advice)))
}

/// Prints the plan of an environment as the event `plan`.
pub fn plan(screen: &Screen, watch: &Watch, plan: &Plan, blanks: &Blanks) {
    let mut value = report(plan, blanks);
    value.insert("event".to_owned(), Value::from("plan"));
    line(screen, watch.began + (watch.elapsed)(), None, Value::Object(value));
}

/// Prints an event of its own about an environment.
pub fn event(screen: &Screen, watch: &Watch, name: &str, about: &impl Serialize) {
    let mut value = object(about);
    value.insert("event".to_owned(), Value::from(name));
    line(screen, watch.began + (watch.elapsed)(), None, Value::Object(value));
}

/// Something wrong that stands under no id of Azure's: in a profile, or on the command line.
#[derive(Debug, Serialize)]
pub struct Wrong {
    /// The profile or file it is about; empty for the command line.
    pub id: String,
    /// Our code for it.
    pub code: String,
    /// What is wrong, its line and column first where it has them.
    pub message: String,
    /// What to do next.
    pub hint: Option<Advice>,
}

/// Prints the last line: the outcome of the whole run, and what was wrong before it could begin.
pub fn outcome(screen: &Screen, watch: &Watch, outcome: &Outcome, wrong: &[Wrong]) {
    let mut value = object(outcome);
    if let Some(Value::Array(failed)) = value.get_mut("failed") {
        failed.extend(wrong.iter().map(|wrong| {
            let mut one = object(wrong);
            one.insert("requestId".to_owned(), Value::Null);
            Value::Object(one)
        }));
    }
    value.insert("event".to_owned(), Value::from("outcome"));
    line(screen, watch.began + (watch.elapsed)(), None, Value::Object(value));
}

fn object(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Prints one event: its name and time first, as eyes look for them there.
fn line(screen: &Screen, time: time::OffsetDateTime, environment: Option<&str>, value: Value) {
    let Value::Object(mut members) = value else { return };
    let event = members.remove("event").unwrap_or_default();
    let time = time.format(&Rfc3339).unwrap_or_default();
    let mut text = format!("{{\"event\":{event},\"time\":{}", Value::from(time));
    if let Some(environment) = environment {
        members.insert("environment".to_owned(), Value::from(environment));
    }
    for (name, value) in &members {
        let _ = write!(text, ",{}:{value}", Value::from(name.as_str()));
    }
    text.push_str("}\n");
    screen.exact(&text);
}
