//! The plan as scripts read it: `akstool.plan/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::change::{Action, Reason};
use super::guard::Refusal;
use super::shown::shown;
use super::{Plan, Step};
use crate::advice::Advice;
use crate::diff::Delta;

/// How many steps of each action a plan has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Resources that are made.
    pub create: usize,
    /// Resources that change in place.
    pub update: usize,
    /// Resources that are deleted and made again.
    pub replace: usize,
    /// Resources that are deleted.
    pub delete: usize,
    /// Resources that are as they should be.
    pub keep: usize,
    /// Resources that Azure is still at work on.
    pub wait: usize,
}

impl Summary {
    /// Counts the steps of a plan; what is missing stands among its refusals alone.
    pub fn of(plan: &Plan) -> Self {
        let mut summary = Self::default();
        for step in told(plan) {
            *match step.action {
                Action::Create => &mut summary.create,
                Action::Update => &mut summary.update,
                Action::Replace => &mut summary.replace,
                Action::Delete => &mut summary.delete,
                Action::Keep => &mut summary.keep,
                Action::Wait => &mut summary.wait,
            } += 1;
        }
        summary
    }
}

/// A plan as `plan -o json` prints it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
pub struct Report<'a> {
    /// The name and version of this form.
    #[schemars(extend("const" = "akstool.plan/v1"))]
    schema: &'static str,
    /// The environment.
    environment: &'a str,
    /// What happens to each resource, those that are kept included.
    steps: Vec<Line<'a>>,
    /// How many resources meet which fate.
    summary: Summary,
    /// What else one should know.
    advice: Vec<Advice>,
    /// What a guard refuses; nothing is done as long as there is one.
    refusals: Vec<Refused<'a>>,
}

/// What happens to one resource.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct Line<'a> {
    /// The resource.
    id: &'a str,
    /// Its type.
    #[serde(rename = "type")]
    kind: &'a str,
    /// What happens to it.
    action: Action,
    /// Why, as people read it.
    reasons: Vec<String>,
    /// The places that differ.
    deltas: Vec<Delta>,
}

/// What a guard refuses, and why.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
struct Refused<'a> {
    #[serde(flatten)]
    refusal: &'a Refusal,
    /// What is refused, as people read it.
    sentence: String,
    /// What to do next.
    hint: Advice,
}

impl<'a> Report<'a> {
    /// Returns the report of a plan, its advice as `fill` has it.
    pub fn of(plan: &'a Plan, fill: &dyn Fn(&Advice) -> Advice) -> Self {
        let refused = |refusal: &'a Refusal| Refused {
            refusal,
            sentence: refusal.sentence(),
            hint: fill(&refusal.hint()),
        };
        Self {
            schema: "akstool.plan/v1",
            environment: &plan.environment,
            steps: told(plan).map(line).collect(),
            summary: plan.summary(),
            advice: plan.said().map(fill).collect(),
            refusals: plan.refusals.iter().map(refused).collect(),
        }
    }
}

/// Returns the steps without those about what is missing: no action fits them.
fn told(plan: &Plan) -> impl Iterator<Item = &Step> {
    plan.steps.iter().map(|(_, step)| step).filter(|step| !plan.is_missing(step))
}

fn line(step: &Step) -> Line<'_> {
    Line {
        id: step.id.as_str(),
        kind: &step.kind,
        action: step.action,
        reasons: step.reasons.iter().map(Reason::sentence).collect(),
        deltas: step.deltas.iter().map(shown).collect(),
    }
}

impl Plan {
    /// Counts the steps by action.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// Returns the plan as scripts read it, its advice with the blanks that it has.
    pub fn report(&self) -> Report<'_> {
        Report::of(self, &Advice::clone)
    }
}
