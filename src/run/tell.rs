//! How a run ended, told: to people below the last picture, to scripts as an outcome, whatever
//! happens, also where a run ends before it begins.

use std::sync::Arc;
use std::time::Duration;

use super::connect::requests;
use super::context::Context;
use super::error::{Error, Exit};
use super::planner::Planner;
use super::{hint, look_first};
use crate::advice::Advice;
use crate::arm::{ResourceId, clock};
use crate::event::{Ending, Failure, Outcome};
use crate::plan::{Action, Plan};
use crate::profile::Problems;
use crate::profile::problem::Severity;
use crate::ui::{self, Screen, Volume, json::Wrong};
use crate::ui::{Listener as _, Watch};

/// Where scripts listen, tells an error as an outcome, because no other object will come: whatever
/// the command, they read what was wrong where they read its result.
pub(crate) fn told(context: &Context, error: &Error) {
    context.beside().stopped(&error.to_string());
    if !context.screen.terminal().json {
        return;
    }
    let mut outcome = outcome_of(error, context.reached.get().map(|(_, id)| id.as_str()));
    if let Some((arm, _)) = context.reached.get() {
        outcome.requests = requests(arm);
    }
    let mut wrong = wrong(error);
    let blanks = context.blanks();
    for failure in &mut outcome.failed {
        let blanks = blanks.on(&failure.id, &failure.message);
        failure.hint = failure.hint.take().map(|hint| blanks.fill(&hint));
    }
    for hint in wrong.iter_mut().filter_map(|wrong| wrong.hint.as_mut()) {
        *hint = blanks.fill(hint);
    }
    ui::json::outcome(&context.screen, &context.watch(), &outcome, &wrong);
}

/// Tells scripts of a command line that could not be read.
pub(crate) fn told_before(screen: &Screen, what: &str) {
    let watch = Watch { elapsed: Arc::new(|| Duration::ZERO), began: clock::wall() };
    let wrong = Wrong {
        id: String::new(),
        code: "InvalidCommandLine".to_owned(),
        message: what.to_owned(),
        hint: Some("`akstool --help` lists the commands and options".into()),
    };
    ui::json::outcome(screen, &watch, &Outcome::empty(Ending::Failed), &[wrong]);
}

/// Returns how a run ended that an error ended.
fn ending_of(error: &Error) -> Ending {
    match error.exit() {
        Exit::Refused => Ending::Refused,
        Exit::Interrupted => Ending::Interrupted,
        _ => Ending::Failed,
    }
}

/// Returns the outcome of a run that ended before it began, as scripts read it.
pub(super) fn outcome_of(error: &Error, subscription: Option<&str>) -> Outcome {
    let mut outcome = Outcome::empty(ending_of(error));
    let Some(subscription) = subscription else { return outcome };
    let scope = ResourceId::subscription(subscription);
    match error {
        Error::Preflight(findings) => {
            outcome.failed.extend(findings.iter().map(|found| look_first::failure(&scope, found)));
        }
        Error::Arm(error) => {
            let mut failure = Failure::of(&scope, error);
            failure.hint = hint::of_error(error).into_iter().next();
            outcome.failed.push(failure);
        }
        Error::Timeout(_) => outcome.failed.push(Failure {
            id: scope,
            code: TIMED_OUT.to_owned(),
            message: error.to_string(),
            request_id: None,
            hint: error.hints().into_iter().next(),
        }),
        _ => {}
    }
    outcome
}

/// Our own code where `--timeout` passed.
const TIMED_OUT: &str = "TimedOut";

/// Makes a run that was left because `--timeout` passed a failed one, and names what was not done.
pub(crate) fn out_of_time(outcome: &mut Outcome, limit: Duration) {
    if outcome.result != Ending::Interrupted {
        return;
    }
    outcome.result = Ending::Failed;
    let limit = humantime::format_duration(limit);
    let running = &outcome.still_running;
    let goes_along = |id: &&ResourceId| id.parent().is_some_and(|up| running.contains(&up));
    let late = |id: &ResourceId, what: &str| Failure {
        id: id.clone(),
        code: TIMED_OUT.to_owned(),
        message: format!("{what} when `--timeout` of {limit} passed"),
        request_id: None,
        hint: None,
    };
    let begun = running.iter().filter(|id| !goes_along(id)).map(|id| late(id, "not done"));
    let next = outcome.not_tried.first().filter(|_| running.is_empty());
    let all: Vec<Failure> = begun.chain(next.map(|id| late(id, "not begun"))).collect();
    outcome.failed.extend(all);
}

/// Returns the end of a run that other runs never left anything for: what is still to be done.
pub(crate) fn unsettled(plan: &Plan) -> Outcome {
    let mut outcome = Outcome::empty(Ending::Failed);
    let open = plan.steps.iter().filter(|(_, step)| step.action != Action::Keep);
    outcome.not_tried = open.map(|(_, step)| step.id.clone()).collect();
    outcome.failed.extend(outcome.not_tried.first().map(|id| Failure {
        id: id.clone(),
        code: "ChangedByOthers".to_owned(),
        message: "other runs changed the environment again each time this one was done".to_owned(),
        request_id: None,
        hint: None,
    }));
    outcome
}

/// Returns what is wrong with what was typed; it stands under no id of Azure's.
fn wrong(error: &Error) -> Vec<Wrong> {
    let one = |code: &str, at: &str| {
        vec![Wrong {
            id: at.to_owned(),
            code: code.to_owned(),
            message: error.to_string(),
            hint: error.hints().into_iter().next(),
        }]
    };
    match error {
        Error::Profiles(found) => found.iter().flat_map(of_profile).collect(),
        Error::Usage { .. } => one("InvalidCommandLine", ""),
        Error::NoSubscription => one("SubscriptionNotNamed", ""),
        Error::File { path, .. } => one("FileNotUsable", &path.display().to_string()),
        Error::Sim(_) => one("EmbeddedAzureNotUsable", ""),
        Error::NoCluster { environment, .. } => one("NoCluster", environment),
        Error::Absent(id) => one("NoCluster", id.as_str()),
        _ => Vec::new(),
    }
}

/// Returns what makes a profile unusable; its place stands in front of what is wrong there.
fn of_profile(problems: &Problems) -> impl Iterator<Item = Wrong> {
    let errors = problems.list.iter().filter(|problem| problem.severity == Severity::Error);
    errors.map(|problem| {
        let source = |at: usize| problems.sources.get(at).map(|source| source.name.as_str());
        let place = problem.at.map(|at| {
            let name = source(at.source).filter(|_| at.source > 0);
            let name = name.map(|name| format!("{name}:")).unwrap_or_default();
            format!("{name}{}:{}: ", at.line, at.column)
        });
        Wrong {
            id: problems.origin().to_owned(),
            code: "InvalidProfile".to_owned(),
            message: format!("{}{}", place.unwrap_or_default(), problem.what),
            hint: problem.hint.clone().map(Advice::from),
        }
    })
}

/// Says how it went, below the last picture of the live view.
pub(super) fn report<P: Planner>(
    context: &Context,
    watch: &Watch,
    planners: &[P],
    outcomes: &[Outcome],
    whole: &Outcome,
) {
    let screen = &context.screen;
    let names = planners.iter().map(Planner::environment);
    let each: Vec<(&str, &Outcome)> = names.zip(outcomes).collect();
    context.beside().over(&each, whole);
    if screen.terminal().json {
        return ui::json::outcome(screen, watch, whole, &[]);
    }
    for (planner, outcome) in planners.iter().zip(outcomes) {
        ui::outcome::show(screen, planner.environment(), outcome, &planner.next(outcome));
    }
    if outcomes.len() > 1 {
        ui::outcome::show_fleet(screen, outcomes.len(), whole);
    }
    if screen.says(Volume::Loud) {
        screen.talk(&ui::outcome::requests(whole));
    }
}
