//! The look before the first write: what Azure would refuse is said while nothing has changed.

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::hint;
use super::plan::READERS;
use super::planner::{Planner, blanks};
use crate::advice::Advice;
use crate::arm::ResourceId;
use crate::diff::Delta;
use crate::doctor::{Finding, Severity, Writes};
use crate::event::Failure;
use crate::kind;
use crate::plan::{Action, Call, Plan, Step};
use crate::shell::Line;
use crate::ui::Blanks;
use crate::ui::doctor::draw_findings;
use crate::ui::network::Look;

/// Columns where the talk goes to no terminal; chosen: what most logs and mails hold.
const COLUMNS: usize = 100;

/// Looks at every environment in which something is written. Warnings are said; an error ends it.
pub(crate) async fn look<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    plans: &[Plan],
) -> Result<(), Error> {
    let looks = planners.iter().zip(plans).map(async |(planner, plan)| {
        let writes = writes(plan);
        if writes.is_empty() {
            return Vec::new();
        }
        let mut found = planner.preflight(azure, &writes).await;
        fill(&mut found, &blanks(context, planner));
        found
    });
    let looks = stream::iter(looks).buffered(READERS).collect::<Vec<_>>();
    let found: Vec<Finding> = context.bounded(looks).await?.into_iter().flatten().collect();
    let (wrong, mind): (Vec<Finding>, Vec<Finding>) =
        found.into_iter().partition(|found| found.severity == Severity::Error);
    let screen = &context.screen;
    let width = screen.columns().unwrap_or(COLUMNS);
    let text = |findings: &[Finding]| draw_findings(findings, Look { width, colour: true });
    screen.talk(&text(&mind));
    if wrong.is_empty() {
        return Ok(());
    }
    screen.insist(&text(&wrong));
    Err(Error::Preflight(wrong))
}

/// Fills the commands of findings: what the Azure CLI would do stands for the embedded Azure as what
/// does the same there, or not at all, as it would act on the real one.
pub(crate) fn fill(findings: &mut [Finding], blanks: &Blanks) {
    for found in findings {
        let blanks = match &found.id {
            Some(id) => blanks.on(id, &found.fact),
            None => blanks.clone(),
        };
        found.command = found.command.as_deref().and_then(|command| {
            blanks.command(command).or_else(|| instead(command, found.id.as_ref()?))
        });
    }
}

/// Returns what places a resource of another hand in the embedded Azure.
fn instead(command: &str, id: &ResourceId) -> Option<String> {
    let version = kind::api_version(&id.resource_type())?;
    let makes = command.split(' ').any(|word| word == "create");
    let line = Line::new("akstool sim put").value(id.as_str());
    let line = line.words("--api-version").value(version.as_str()).words("--body -");
    makes.then(|| line.to_string())
}

/// Returns what a plan is about to write.
pub(crate) fn writes(plan: &Plan) -> Writes {
    let mut writes = Writes::default();
    for (_, step) in plan.steps.iter() {
        let id = || step.id.clone();
        for call in &step.calls {
            match call {
                Call::Delete(_) | Call::DeleteEmpty(..) => {
                    writes.deleted.insert(id());
                }
                Call::DeleteWhole { known, .. } => {
                    writes.deleted.extend([id()].into_iter().chain(known.iter().cloned()));
                }
                Call::Put(_) | Call::Switch(_) | Call::AwaitGone(..) | Call::Await => {}
            }
        }
        match step.action {
            Action::Create | Action::Replace => {
                writes.made.insert(id());
            }
            Action::Update => {
                writes.changed.insert(id());
                writes.tagged.extend(is_tagging(step).then(id));
                writes.versions.extend(version(step).map(|versions| (id(), versions)));
            }
            Action::Keep | Action::Wait | Action::Delete => {}
        }
    }
    writes
}

/// Tells whether a step changes tags and nothing else.
fn is_tagging(step: &Step) -> bool {
    let is_tag = |path: &str| {
        ["tags", "properties.tags"].iter().any(|tags| {
            path.strip_prefix(tags).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    !step.deltas.is_empty() && step.deltas.iter().all(|delta| is_tag(&delta.path))
}

/// Returns the Kubernetes versions before and after a change in place, if it changes one.
fn version(step: &Step) -> Option<(String, String)> {
    let is_version = |delta: &&Delta| {
        ["properties.kubernetesVersion", "properties.orchestratorVersion"]
            .contains(&delta.path.as_str())
    };
    let delta = step.deltas.iter().find(is_version)?;
    let text = |value: &Option<Value>| value.as_ref()?.as_str().map(str::to_owned);
    Some((text(&delta.before)?, text(&delta.after)?))
}

/// Returns a finding as the outcome tells it: with the code that Azure would have answered.
pub(crate) fn failure(scope: &ResourceId, found: &Finding) -> Failure {
    let message = match &found.consequence {
        Some(consequence) => format!("{} {consequence}", found.fact),
        None => found.fact.clone(),
    };
    let code = found.code.unwrap_or("Preflight");
    let hint = || hint::of_failure(code, &message);
    Failure {
        hint: Some(found.command.clone().map_or_else(hint, Advice::from)),
        id: found.id.clone().unwrap_or_else(|| scope.clone()),
        code: code.to_owned(),
        message,
        request_id: None,
    }
}
