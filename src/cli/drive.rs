//! From plans to an end: shows them, asks, applies them all at once, says how it went.
//!
//! Whatever changes Azure goes through [`drive`]: one environment or a fleet, up or down.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};

use super::context::{Azure, Context};
use super::error::{Error, Exit};
use super::hint;
use super::preflight;
use super::told::{out_of_time, outcome_of, told, unsettled};
use crate::apply::{self, apply};
use crate::arm::client::Counts;
use crate::doctor::{Finding, Writes};
use crate::event::{Ending, Event, Failure, Happening, Outcome, Requests};
use crate::plan::{Action, Plan};
use crate::ui::listener::{Listener, Watch};
use crate::ui::plan::Look;
use crate::ui::{self, Known, Volume};

/// How often an environment is planned anew because another run was still at work on it; chosen:
/// each round waits for all there is to wait for, and five runs racing are a mistake.
const ROUNDS: usize = 5;

/// How often a listener may say what still runs; chosen: finer than the silence it breaks.
const PULSE: Duration = Duration::from_secs(10);

/// Whatever can say what is to be done with one environment: from a profile, or to take it down.
pub(crate) trait Planner {
    /// Returns the environment's name.
    fn environment(&self) -> &str;

    /// Returns the profile as a next command needs it, if there is one.
    fn profile(&self) -> Option<&str> {
        None
    }

    /// Reads Azure and plans.
    async fn plan(&self, azure: &Azure) -> Result<Plan, Error>;

    /// Looks, before the first write, at what Azure would refuse; one that writes nothing has
    /// nothing to look at.
    async fn preflight(&self, _azure: &Azure, _writes: &Writes) -> Vec<Finding> {
        Vec::new()
    }

    /// Returns what one may want to do after such an end.
    fn next(&self, outcome: &Outcome) -> Vec<String>;
}

/// What is asked before anything is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question(pub(crate) &'static str);

/// Returns the way to Azure for a run that changes something: scripts read an outcome also where
/// there is none.
pub(crate) fn connect(context: &Context) -> Result<Azure, Error> {
    told(context, None, context.connect())
}

/// Plans every environment, many at a time; a signal ends it at once.
pub(crate) async fn plans<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
) -> Result<Vec<Plan>, Error> {
    let parallel = usize::from(context.options.parallel);
    let work = stream::iter(planners.iter().map(|planner| planner.plan(azure)))
        .buffered(parallel)
        .collect::<Vec<_>>();
    let plans = bounded(context, work).await?;
    plans.into_iter().collect()
}

/// Runs work that changes nothing until it is done, the user stops it or time runs out.
pub(crate) async fn bounded<F: Future>(context: &Context, work: F) -> Result<F::Output, Error> {
    tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(Error::Interrupted),
        done = work => Ok(done),
        limit = run_out(context) => Err(Error::Timeout(limit)),
    }
}

/// Plans, shows, asks, applies.
pub(crate) async fn drive<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    question: Question,
) -> Result<Exit, Error> {
    let watch = context.watch();
    let ended = drive_until(context, azure, planners, question, &watch).await;
    told(context, Some(azure), ended)
}

async fn drive_until<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    question: Question,
    watch: &Watch,
) -> Result<Exit, Error> {
    let plans = plans(context, azure, planners).await?;
    show(context, watch, planners, &plans);
    if plans.iter().any(|plan| !plan.refusals.is_empty()) {
        let refused = plans.iter().filter(|plan| !plan.refusals.is_empty());
        let names: Vec<String> = refused.map(|plan| format!("`{}`", plan.environment)).collect();
        let names = ui::words::list(&names);
        return Err(Error::Guarded(format!(
            "the plan of {names} was refused; nothing was changed"
        )));
    }
    if plans.iter().all(Plan::is_empty) {
        if context.screen.facts().json {
            let outcome =
                Outcome { requests: requests(azure), ..Outcome::empty(Ending::NothingToDo) };
            ui::json::outcome(&context.screen, watch, &outcome, &[]);
        }
        return Ok(Exit::Done);
    }
    preflight::look(context, azure, planners, &plans).await?;
    consent(context, question).await?;
    Ok(run(context, azure, planners, plans).await)
}

/// Shows plans: as text on standard output, or as an event each.
fn show<P: Planner>(context: &Context, watch: &Watch, planners: &[P], plans: &[Plan]) {
    let screen = &context.screen;
    let facts = screen.facts();
    // Nobody reads it before it is applied.
    let is_brief = facts.volume == Volume::Quiet && context.options.yes;
    for (at, (planner, plan)) in planners.iter().zip(plans).enumerate() {
        if facts.json {
            ui::json::plan(screen, watch, plan);
            continue;
        }
        if is_brief && !plan.is_empty() {
            let known = known(context, planner);
            screen.data(&ui::plan::refusals(plan, look(context, &known)));
            continue;
        }
        let gap = if at > 0 { "\n" } else { "" };
        screen.data(&format!("{gap}{}", draw(context, planner, plan)));
    }
    let whole = ui::plan::fleet(plans, usize::from(context.options.parallel));
    if let Some(sentence) = whole.filter(|_| !facts.json && !is_brief) {
        screen.data(&sentence);
    }
}

/// Draws one plan; one with nothing to do is a sentence, unless more is asked for.
pub(crate) fn draw<P: Planner>(context: &Context, planner: &P, plan: &Plan) -> String {
    let known = known(context, planner);
    let look = look(context, &known);
    if plan.is_empty() && plan.refusals.is_empty() && !look.all {
        return ui::plan::nothing(plan, look);
    }
    ui::plan::draw(plan, look)
}

fn look<'a>(context: &Context, known: &'a Known) -> Look<'a> {
    let screen = &context.screen;
    let (all, asks) = (screen.says(Volume::Loud), screen.facts().asks && !context.options.yes);
    Look { columns: screen.columns(), all, notes: asks || screen.says(Volume::Normal), known }
}

/// Returns what is known of an environment, for advice.
pub(crate) fn known<P: Planner>(context: &Context, planner: &P) -> Known {
    context.known().of(planner.environment(), planner.profile())
}

/// Makes sure that the user wants it: by `--yes`, or by an answer on the terminal.
async fn consent(context: &Context, question: Question) -> Result<(), Error> {
    if context.options.yes {
        return Ok(());
    }
    if !context.screen.facts().asks {
        return Err(Error::NobodyToAsk);
    }
    let (sender, answer) = tokio::sync::oneshot::channel();
    let screen = context.screen.clone();
    std::thread::spawn(move || sender.send(ui::ask(&screen, question.0)));
    tokio::select! {
        biased;
        () = context.interrupt.wait() => {
            context.screen.insist("\n");
            Err(Error::Interrupted)
        }
        answer = answer => if answer == Ok(true) { Ok(()) } else { Err(Error::Declined) },
    }
}

/// Applies plans, all environments at once.
async fn run<P: Planner>(
    context: &Context,
    azure: &Azure,
    planners: &[P],
    plans: Vec<Plan>,
) -> Exit {
    let watch = context.watch();
    let busy = plans.iter().filter(|plan| !plan.is_empty()).count();
    let listener = context.listener(&watch, busy);
    let one = |(planner, plan)| environment(context, azure, &watch, &listener, planner, plan);
    let work = stream::iter(planners.iter().zip(plans).map(one))
        .buffered(usize::from(context.options.parallel))
        .collect::<Vec<Outcome>>();
    let limit = async {
        let _ = run_out(context).await;
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
    let mut whole = total(&outcomes);
    whole.seconds = (watch.elapsed)().as_secs_f64();
    whole.requests = requests(azure);
    report(context, &watch, planners, &outcomes, &whole);
    match whole.result {
        Ending::Succeeded | Ending::NothingToDo => Exit::Done,
        Ending::Failed => Exit::Failed,
        Ending::Refused => Exit::Refused,
        Ending::Interrupted => Exit::Interrupted,
    }
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
    watch: &Watch,
    listener: &Arc<dyn Listener>,
    planner: &P,
    first: Plan,
) -> Outcome {
    let name = planner.environment().to_owned();
    if first.is_empty() {
        let outcome = Outcome::empty(Ending::NothingToDo);
        // People read that with the plan.
        if context.screen.facts().json {
            let at = (watch.elapsed)();
            listener.hear(&name, &Event { at, what: Happening::Outcome(outcome.clone()) });
        }
        return outcome;
    }
    let known = known(context, planner);
    let events = events(watch, listener, &name, &known);
    let mut outcome = Outcome::empty(Ending::Succeeded);
    let mut plan = first;
    for round in 1..=ROUNDS {
        listener.begin(&plan);
        let parallel = usize::from(context.options.parallel);
        let stop = context.interrupt.stop();
        let mut ended = apply(&plan, &azure.arm, &events, stop, parallel).await;
        if context.interrupt.ran_out() {
            out_of_time(&mut ended, context.options.timeout.unwrap_or_default());
        }
        merge(&mut outcome, ended);
        if outcome.result != Ending::Succeeded || !plan.waits() {
            break;
        }
        match again(context, azure, planner, &plan).await {
            Ok(next) if next.is_empty() => break,
            Ok(next) if round < ROUNDS => plan = next,
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
    outcome.failed.iter_mut().for_each(|failure| advise(failure, &known));
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
            let mut ended = outcome_of(&error, azure);
            // Those of the whole command are counted at its end.
            ended.requests = Requests::default();
            return Err(Box::new(ended));
        }
    };
    if plan.refusals.is_empty() {
        return Ok(plan);
    }
    let known = known(context, planner);
    let look = Look { columns: None, ..look(context, &known) };
    context.screen.insist(&ui::plan::refusals(&plan, look));
    Err(Box::new(Outcome::empty(Ending::Refused)))
}

/// Returns what hands a run's events to the listener: on the clock of the whole run, with hints.
fn events(
    watch: &Watch,
    listener: &Arc<dyn Listener>,
    environment: &str,
    known: &Known,
) -> apply::Listener {
    let (watch, listener) = (watch.clone(), Arc::clone(listener));
    let (environment, known) = (environment.to_owned(), known.clone());
    Arc::new(move |mut event: Event| {
        event.at = (watch.elapsed)();
        if let Happening::StepFailed(failure) = &mut event.what {
            advise(failure, &known);
        }
        listener.hear(&environment, &event);
    })
}

/// Gives a failure its next step, if it has none yet.
fn advise(failure: &mut Failure, known: &Known) {
    let hint = || known.fill(&hint::of_failure(&failure.code, &failure.message));
    failure.hint.get_or_insert_with(hint);
}

/// Says how it went, below the last picture of the live view.
fn report<P: Planner>(
    context: &Context,
    watch: &Watch,
    planners: &[P],
    outcomes: &[Outcome],
    whole: &Outcome,
) {
    let screen = &context.screen;
    if screen.facts().json {
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

/// Waits for `--timeout` to pass and returns it; for ever when there is none.
async fn run_out(context: &Context) -> Duration {
    let Some(limit) = context.options.timeout else { return std::future::pending().await };
    let left = limit.saturating_sub(context.clock.elapsed());
    context.clock.sleep(left).await;
    limit
}

/// Adds a later outcome of the same environment.
fn merge(outcome: &mut Outcome, later: Outcome) {
    outcome.result = later.result;
    outcome.created.extend(later.created);
    outcome.updated.extend(later.updated);
    outcome.replaced.extend(later.replaced);
    outcome.deleted.extend(later.deleted);
    outcome.failed.extend(later.failed);
    outcome.not_tried = later.not_tried;
    outcome.still_running = later.still_running;
    outcome.seconds += later.seconds;
    outcome.requests = Requests {
        read: outcome.requests.read + later.requests.read,
        write: outcome.requests.write + later.requests.write,
        poll: outcome.requests.poll + later.requests.poll,
        retried: outcome.requests.retried + later.requests.retried,
    };
}

/// Adds the outcomes of several environments; the worst result is the whole's.
fn total(outcomes: &[Outcome]) -> Outcome {
    let mut whole = Outcome::empty(Ending::NothingToDo);
    for outcome in outcomes {
        let (mine, worst) = (outcome.result, whole.result);
        let not_tried = [std::mem::take(&mut whole.not_tried), outcome.not_tried.clone()].concat();
        let running = [&whole.still_running[..], &outcome.still_running[..]].concat();
        merge(&mut whole, outcome.clone());
        (whole.not_tried, whole.still_running) = (not_tried, running);
        whole.result = if rank(mine) > rank(worst) { mine } else { worst };
    }
    whole
}

fn rank(ending: Ending) -> u8 {
    match ending {
        Ending::NothingToDo => 0,
        Ending::Succeeded => 1,
        Ending::Refused => 2,
        Ending::Failed => 3,
        Ending::Interrupted => 4,
    }
}

/// Returns how many requests a command sent, from its first.
pub(crate) fn requests(azure: &Azure) -> Requests {
    let Counts { read, write, poll, retried } = azure.arm.counts();
    Requests { read, write, poll, retried }
}
