//! Several who listen to one run.

use std::sync::Arc;

use super::listen::Listener;
use super::outputs::Outputs;
use crate::event::{Event, Outcome};
use crate::plan::Plan;

/// Hands on to each what it hears.
pub struct Several(pub Vec<Arc<dyn Listener>>);

impl Listener for Several {
    fn planned(&self, plans: &[Plan]) {
        self.0.iter().for_each(|one| one.planned(plans));
    }

    fn begin(&self, plan: &Plan) {
        self.0.iter().for_each(|one| one.begin(plan));
    }

    fn hear(&self, environment: &str, event: &Event) {
        self.0.iter().for_each(|one| one.hear(environment, event));
    }

    fn notice(&self, text: &str) {
        self.0.iter().for_each(|one| one.notice(text));
    }

    fn pulse(&self) {
        self.0.iter().for_each(|one| one.pulse());
    }

    fn end(&self) {
        self.0.iter().for_each(|one| one.end());
    }

    fn over(&self, each: &[(&str, &Outcome)], whole: &Outcome) {
        self.0.iter().for_each(|one| one.over(each, whole));
    }

    fn stopped(&self, what: &str) {
        self.0.iter().for_each(|one| one.stopped(what));
    }

    fn outputs(&self, all: &[Outputs]) {
        self.0.iter().for_each(|one| one.outputs(all));
    }
}
