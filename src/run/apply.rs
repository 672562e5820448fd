//! Applies plans, all environments at once, and plans again what was in another run's hands.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use super::connect::Azure;
use super::context::Context;
use super::error::{Error, Exit};
use super::fleet;
use super::hint;
use super::outputs;
use super::plan::look;
use super::planner::{Planner, blanks};
use super::tell::{out_of_time, outcome_of, report, unsettled};
use super::total::{merge, total};
use crate::apply::{self, apply};
use crate::arm::ResourceId;
use crate::event::{Ending, Event, Failure, Happening, Outcome};
use crate::plan::{Action, Plan, Reason, Stays};
use crate::ui::plan::Look;
use crate::ui::{self, Blanks};
use crate::ui::{Listener, Watch};

/// How often an environment is planned anew because another run was still at work on it; chosen:
/// each round waits for all there is to wait for, and five runs racing are a mistake.
const ROUNDS: usize = 5;

/// How often an environment is planned anew that goes a way of many legs; chosen: more than there
/// are minor versions between the oldest that AKS supports and the newest, and a wait with each.
const LEGS: usize = 24;

/// How often a listener may say what still runs; chosen: finer than the silence it breaks.
const PULSE: Duration = Duration::from_secs(10);

/// Applies plans, all environments at once, and tells how it went; `read` is when what they are made
/// of was read, where that is known to be no longer ago than the clock says.
pub(super) async fn run<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    plans: Vec<Plan>,
    read: Option<Duration>,
) -> Exit {
    let watch = context.watch();
    let (outcomes, whole) = applied_on(context, azure, planners, plans, (read, &watch)).await;
    outputs::tell(context, azure, &watch, planners, &outcomes).await;
    report(context, &watch, planners, &outcomes, &whole);
    exit(whole.result)
}

/// Applies plans, and returns how each went and what all of it comes to; the caller tells.
pub(super) async fn applied<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    plans: Vec<Plan>,
    read: Option<Duration>,
) -> (Vec<Outcome>, Outcome) {
    applied_on(context, azure, planners, plans, (read, &context.watch())).await
}

async fn applied_on<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    plans: Vec<Plan>,
    (read, watch): (Option<Duration>, &Watch),
) -> (Vec<Outcome>, Outcome) {
    let busy = plans.iter().filter(|plan| !plan.is_empty()).count();
    let listener = context.listener(watch, busy);
    let failures = Cell::new(0);
    let one = |planner, plan: Plan| {
        let (told, failures) = ((watch, &listener), &failures);
        let most = context.options.max_failures.map_or(usize::MAX, NonZeroUsize::get);
        async move {
            if failures.get() >= most {
                return left_out(&plan);
            }
            let outcome = environment(context, azure, told, planner, plan, read).await;
            failures.set(failures.get() + usize::from(outcome.result == Ending::Failed));
            outcome
        }
    };
    // What waits for others of this run begins after them, however few may be under way at once.
    let mut each: Vec<(usize, (&P, Plan))> = planners.iter().zip(plans).enumerate().collect();
    each.sort_by_key(|(_, (_, plan))| plan.stays == Stays::Freed);
    let order: Vec<usize> = each.iter().map(|(at, _)| *at).collect();
    let each = each.into_iter();
    let each = each.map(|(_, (planner, plan))| (fleet::draws(&plan), || one(planner, plan)));
    let most = context.options.environments().unwrap_or(usize::MAX);
    let work = fleet::in_turn(&azure.arm, &context.interrupt, most, each);
    let limit = async {
        let _ = context.run_out().await;
        listener.notice("time is up: leaving; Azure goes on by itself");
        context.interrupt.run_out();
        std::future::pending::<()>().await;
    };
    let outcomes = tokio::select! {
        outcomes = work => outcomes,
        () = limit => Vec::new(),
        () = pulse(context, &listener) => Vec::new(),
    };
    listener.end();
    let mut outcomes: Vec<(usize, Outcome)> = order.into_iter().zip(outcomes).collect();
    outcomes.sort_by_key(|(at, _)| *at);
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let mut whole = total(&outcomes);
    whole.seconds = (watch.elapsed)().as_secs_f64();
    whole.requests = azure.requests();
    (outcomes, whole)
}

fn exit(result: Ending) -> Exit {
    match result {
        Ending::Succeeded | Ending::NothingToDo => Exit::Done,
        Ending::Failed => Exit::Failed,
        Ending::Refused => Exit::Refused,
        Ending::Interrupted => Exit::Interrupted,
    }
}

/// Ends a run in which nothing is to be done in Azure: what follows a run may still be.
pub(super) async fn idle<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    watch: &Watch,
) -> Result<Exit, Error> {
    let mut outcomes = Vec::new();
    for planner in planners {
        let mut outcome = Outcome::empty(Ending::NothingToDo);
        let say = |text: &str| context.screen.note_line(text);
        context.bounded(follow_up(context, azure, planner, &say, &mut outcome)).await?;
        outcomes.push(outcome);
    }
    let mut whole = total(&outcomes);
    outputs::tell(context, azure, watch, planners, &outcomes).await;
    whole.requests = azure.requests();
    report(context, watch, planners, &outcomes, &whole);
    Ok(exit(whole.result))
}

/// Does what follows once Azure matches; what of that fails makes the run a failed one.
async fn follow_up<P: Planner>(
    context: &Context,
    azure: &Azure,
    planner: &P,
    say: &dyn Fn(&str),
    outcome: &mut Outcome,
) {
    if !matches!(outcome.result, Ending::Succeeded | Ending::NothingToDo) {
        return;
    }
    let ended = tokio::select! {
        biased;
        // Whoever stops a run that has nothing more to do is too late.
        ended = planner.afterwards(context, azure, say) => ended,
        () = context.interrupt.wait() => {
            outcome.result = Ending::Interrupted;
            return;
        }
    };
    if let Err(failure) = ended {
        outcome.result = Ending::Failed;
        outcome.failed.push(*failure);
    }
}

/// Returns how an environment ended that was not begun because too many others had failed.
fn left_out(plan: &Plan) -> Outcome {
    if plan.is_empty() {
        return Outcome::empty(Ending::NothingToDo);
    }
    let open = plan.steps.iter().filter(|(_, step)| step.action != Action::Keep);
    let not_tried = open.map(|(_, step)| step.id.clone()).collect();
    let rights = rights(plan).collect();
    Outcome { not_tried, rights, ..Outcome::empty(Ending::Failed) }
}

/// Returns what a plan says of the rights in it.
fn rights(plan: &Plan) -> impl Iterator<Item = (ResourceId, Reason)> {
    plan.steps.iter().filter_map(|(_, step)| Some((step.id.clone(), step.right()?.clone())))
}

/// Lets a log say what still runs, for as long as it is polled; where time is skipped there is no
/// silence to break.
async fn pulse(context: &Context, listener: &Arc<dyn Listener>) {
    while !context.skips_time() {
        context.clock.sleep(PULSE).await;
        listener.pulse();
    }
    std::future::pending::<()>().await;
}

/// Applies one plan, and plans again as long as something was still in another run's hands.
async fn environment<P: Planner>(
    context: &Context,
    azure: &Azure,
    (watch, listener): (&Watch, &Arc<dyn Listener>),
    planner: &P,
    first: Plan,
    mut read: Option<Duration>,
) -> Outcome {
    let name = planner.environment().to_owned();
    if first.is_empty() {
        let mut outcome = Outcome::empty(Ending::NothingToDo);
        follow_up(context, azure, planner, &|text| listener.notice(text), &mut outcome).await;
        // People read that with the plan.
        if context.screen.terminal().json {
            let at = (watch.elapsed)();
            listener.hear(&name, &Event { at, what: Happening::Outcome(outcome.clone()) });
        }
        return outcome;
    }
    let blanks = blanks(context, planner);
    let events = events(watch, listener, &name, &blanks);
    let mut outcome = Outcome::empty(Ending::Succeeded);
    let mut plan = first;
    let rounds = if planner.goes_on() { LEGS } else { ROUNDS };
    for round in 1..=rounds {
        listener.begin(&plan);
        outcome.rights.extend(rights(&plan));
        let parallel = context.options.steps();
        let stop = context.interrupt.stop();
        let mut ended = apply(&plan, read, &azure.arm, &events, stop, parallel).await;
        if context.interrupt.ran_out() {
            out_of_time(&mut ended, context.options.timeout.unwrap_or_default());
        }
        merge(&mut outcome, ended);
        if outcome.result != Ending::Succeeded || !(plan.waits() || planner.goes_on()) {
            break;
        }
        read = Some(azure.arm.clock().elapsed());
        match again(context, azure, planner, &plan).await {
            Ok(next) if next.is_empty() => break,
            Ok(next) if round < rounds => plan = next,
            Ok(next) => {
                merge(&mut outcome, unsettled(&next));
                break;
            }
            Err(ended) => {
                merge(&mut outcome, *ended);
                break;
            }
        }
    }
    follow_up(context, azure, planner, &|text| listener.notice(text), &mut outcome).await;
    outcome.failed.iter_mut().for_each(|failure| advise(failure, &blanks));
    let at = (watch.elapsed)();
    listener.hear(&name, &Event { at, what: Happening::Outcome(outcome.clone()) });
    outcome
}

/// Plans once more what was in another run's hands; returns how the run ended where it cannot go on.
async fn again<P: Planner>(
    context: &Context,
    azure: &Azure,
    planner: &P,
    before: &Plan,
) -> Result<Plan, Box<Outcome>> {
    let looked = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(Error::Interrupted),
        looked = planner.plan(azure) => looked,
    };
    let plan = match looked {
        Ok(plan) => plan,
        Err(Error::Interrupted) => {
            let mut ended = Outcome::empty(Ending::Interrupted);
            let waited = before.steps.iter().filter(|(_, step)| step.action == Action::Wait);
            ended.not_tried = waited.map(|(_, step)| step.id.clone()).collect();
            if context.interrupt.ran_out() {
                out_of_time(&mut ended, context.options.timeout.unwrap_or_default());
            }
            return Err(Box::new(ended));
        }
        Err(error) => {
            return Err(Box::new(outcome_of(&error, Some(&azure.subscription))));
        }
    };
    if plan.refusals.is_empty() {
        return Ok(plan);
    }
    let blanks = blanks(context, planner);
    let look = Look { columns: None, ..look(context, &blanks) };
    context.screen.insist(&ui::plan::refusals(&plan, look));
    Err(Box::new(Outcome::empty(Ending::Refused)))
}

/// Returns what hands a run's events to the listener: on the clock of the whole run, with hints.
fn events(
    watch: &Watch,
    listener: &Arc<dyn Listener>,
    environment: &str,
    blanks: &Blanks,
) -> apply::Listener {
    let (watch, listener) = (watch.clone(), Arc::clone(listener));
    let (environment, blanks) = (environment.to_owned(), blanks.clone());
    Arc::new(move |mut event: Event| {
        event.at = (watch.elapsed)();
        if let Happening::StepFailed(failure) = &mut event.what {
            advise(failure, &blanks);
        }
        listener.hear(&environment, &event);
    })
}

/// Gives a failure its next step, if it has none yet.
fn advise(failure: &mut Failure, blanks: &Blanks) {
    let blanks = blanks.on(&failure.id, &failure.message);
    let hint = || blanks.fill(&hint::of_failure(&failure.code, &failure.message));
    failure.hint.get_or_insert_with(hint);
}
