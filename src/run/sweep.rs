//! Many environments taken down in one run, each failure on its own: what `reap` does.
//!
//! A list names candidates. Each is looked at by its own id, and judged once more: what was extended
//! since the list was made is spared, what is gone is gone, what is locked stays and is named. What
//! cannot be looked at stops nobody else. Two of these side by side, on two machines, do no harm:
//! what the other one deletes already is waited for.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use time::OffsetDateTime;

use super::apply::applied;
use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::look_first::{failure, fill, writes};
use super::plan::READERS;
use super::planner::{Planner, blanks};
use super::teardown::Teardown;
use super::tell::outcome_of;
use crate::arm::ResourceId;
use crate::doctor::{Writes, locks_of_each};
use crate::event::{Ending, Failure, Outcome};
use crate::observe::inventory;
use crate::plan::{
    Action, Because, Plan, Reason, Rule, Sighting, Spared, only_while_due, take_shared,
};
use crate::ui::Listener as _;
use crate::ui::reap::{Fate, What};

/// How many are asked about locks in one look; chosen: a look has half a minute, in which ARM answers
/// some hundred reads.
const LOCKED: usize = 200;

/// An environment that a list says is due.
pub(crate) struct Reaping {
    /// What the list told.
    pub(crate) seen: Sighting,
    /// What is asked for.
    pub(crate) rule: Rule,
    /// Why it is due.
    pub(crate) because: Because,
    /// What time it is.
    pub(crate) now: OffsetDateTime,
    /// How it goes.
    pub(crate) teardown: Teardown,
}

/// What a look at one came to.
enum Looked {
    Due(Because, Box<Plan>),
    Spared(Spared),
    Gone,
    Failed(Error),
}

impl Reaping {
    async fn look(&self, azure: &Azure) -> Looked {
        let environment = &self.teardown.place.environment;
        let found = match Box::pin(inventory(&azure.look(), environment, None)).await {
            Ok(found) => found,
            Err(error) => return Looked::Failed(error.into()),
        };
        if found.owned.is_empty() {
            return Looked::Gone;
        }
        match self.rule.of_inventory(&found, &self.seen, self.now) {
            Ok(because) => {
                Looked::Due(because, Box::new(only_while_due(&self.teardown.planned(&found))))
            }
            Err(spared) => Looked::Spared(spared),
        }
    }

    fn scope(&self) -> &ResourceId {
        &self.teardown.place.environment.group
    }
}

impl Planner for Reaping {
    fn environment(&self) -> &str {
        self.teardown.environment()
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        match self.look(azure).await {
            Looked::Due(_, plan) => Ok(*plan),
            Looked::Failed(error) => Err(error),
            Looked::Spared(_) | Looked::Gone => Ok(crate::plan::teardown(
                &self.teardown.place.environment,
                &crate::plan::Inventory::default(),
            )),
        }
    }

    async fn afterwards(
        &self,
        context: &Context,
        azure: &Azure,
        say: &dyn Fn(&str),
    ) -> Result<(), Box<Failure>> {
        self.teardown.afterwards(context, azure, say).await
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        self.teardown.next(outcome)
    }
}

/// What is to be done with all that is due.
pub(crate) struct Sweep {
    /// What goes, each with its plan.
    pub(crate) goes: Vec<(Reaping, Plan)>,
    /// What happened to all others.
    pub(crate) rest: Vec<Fate>,
}

/// Looks at everything that a list says is due, many at a time.
pub(crate) async fn look(
    context: &Context,
    azure: &Azure,
    all: Vec<Reaping>,
) -> Result<Sweep, Error> {
    let looks = stream::iter(all.into_iter().map(async |one| {
        let looked = one.look(azure).await;
        (one, looked)
    }));
    let looks = context.bounded(looks.buffered(READERS).collect::<Vec<_>>()).await?;
    let mut sweep = Sweep { goes: Vec::new(), rest: Vec::new() };
    for (one, looked) in looks {
        let what = match looked {
            Looked::Due(_, plan) if plan.is_empty() => What::Stays(kept(&plan, one.scope())),
            Looked::Due(because, plan) => {
                sweep.goes.push((Reaping { because, ..one }, *plan));
                continue;
            }
            Looked::Spared(spared) => What::Spared(spared),
            Looked::Gone => What::Gone,
            Looked::Failed(error) => {
                let mut outcome =
                    outcome_of(&error, Some(&one.teardown.place.environment.subscription));
                outcome.failed.iter_mut().for_each(|failure| failure.id = one.scope().clone());
                What::Stays(outcome.failed)
            }
        };
        sweep.rest.push(Fate { seen: one.seen, because: Some(one.because), what });
    }
    locked(context, azure, &mut sweep).await?;
    Ok(sweep)
}

/// Puts aside what a lock holds.
async fn locked(context: &Context, azure: &Azure, sweep: &mut Sweep) -> Result<(), Error> {
    let mut free = Vec::new();
    let mut goes = std::mem::take(&mut sweep.goes).into_iter().peekable();
    while goes.peek().is_some() {
        let some: Vec<(Reaping, Plan)> = goes.by_ref().take(LOCKED).collect();
        let all: Vec<Writes> = some
            .iter()
            .map(
                |(one, plan)| {
                    if one.teardown.looks_first { writes(plan) } else { Writes::default() }
                },
            )
            .collect();
        let found = context.bounded(locks_of_each(&azure.look(), &all)).await?;
        for ((one, plan), mut found) in some.into_iter().zip(found) {
            if found.is_empty() {
                free.push((one, plan));
                continue;
            }
            fill(&mut found, &blanks(context, &one));
            let failures = found.iter().map(|found| failure(one.scope(), found)).collect();
            let (seen, because) = (one.seen, Some(one.because));
            sweep.rest.push(Fate { seen, because, what: What::Stays(failures) });
        }
    }
    sweep.goes = free;
    Ok(())
}

/// Does it; returns what happened to each, and what all of it comes to.
pub(crate) async fn run(
    context: &Context,
    azure: &Azure,
    goes: Vec<(Reaping, Plan)>,
    read: Duration,
) -> (Vec<Fate>, Vec<(String, Outcome)>, Outcome) {
    let (all, mut plans): (Vec<Reaping>, Vec<Plan>) = goes.into_iter().unzip();
    take_shared(&mut plans);
    let left: Vec<Vec<Failure>> =
        all.iter().zip(&plans).map(|(one, plan)| kept(plan, one.scope())).collect();
    context.beside().planned(&plans);
    let (outcomes, whole) = applied(context, azure, &all, plans, Some(read)).await;
    let each = all.iter().map(Planner::environment).zip(&outcomes);
    context.beside().over(&each.collect::<Vec<_>>(), &whole);
    // Where time ran out at once there is nothing to tell of any.
    let mut outcomes = outcomes.into_iter();
    let (mut fates, mut told) = (Vec::new(), Vec::new());
    for (one, left) in all.into_iter().zip(left) {
        let outcome = outcomes.next().unwrap_or_else(|| Outcome::empty(Ending::Interrupted));
        let is_well = matches!(outcome.result, Ending::Succeeded | Ending::NothingToDo);
        let what = if !is_well {
            What::Stays(reasons(&outcome, &one))
        } else if !left.is_empty() {
            What::Stays(left)
        } else if outcome.still_running.is_empty() {
            What::Reaped { seconds: outcome.seconds }
        } else {
            What::Going
        };
        told.push((one.environment().to_owned(), outcome));
        fates.push(Fate { seen: one.seen, because: Some(one.because), what });
    }
    (fates, told, whole)
}

/// Returns why an environment stays whose run did not go well.
fn reasons(outcome: &Outcome, one: &Reaping) -> Vec<Failure> {
    if !outcome.failed.is_empty() {
        return outcome.failed.clone();
    }
    let message = match outcome.result {
        Ending::Interrupted => "it was stopped before it was done",
        _ => "it was not begun, as too many others had failed",
    };
    vec![own(one.scope(), "NotDone", message.to_owned())]
}

/// Returns what a plan leaves of an environment, and why.
fn kept(plan: &Plan, scope: &ResourceId) -> Vec<Failure> {
    let kept = plan.steps.iter().map(|(_, step)| step);
    let kept = kept.filter(|step| matches!(step.action, Action::Keep | Action::Wait));
    let said = kept.filter_map(|step| {
        let code = step.reasons.iter().find_map(|reason| match reason {
            Reason::HoldsForeign { .. } => Some("HoldsForeign"),
            Reason::UsedBy { .. } => Some("UsedByOthers"),
            Reason::ListBehind { .. } => Some("ListBehind"),
            _ => None,
        })?;
        let why: Vec<String> = step.reasons.iter().map(Reason::sentence).collect();
        Some(own(&step.id, code, why.join("; ")))
    });
    let mut said: Vec<Failure> = said.collect();
    if said.is_empty() && plan.is_empty() {
        said.push(own(scope, "NothingToDelete", "what it holds may not be deleted".to_owned()));
    }
    // What a list lacks it names by the next look.
    said.retain(|failure| failure.code != "ListBehind" || plan.is_empty());
    said
}

fn own(id: &ResourceId, code: &str, message: String) -> Failure {
    Failure { id: id.clone(), code: code.to_owned(), message, request_id: None, hint: None }
}
