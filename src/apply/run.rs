//! The loop: start what may start, hear what ended, tell everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use tokio::sync::watch;

use super::frontier::Frontier;
use super::step::{self, Ended};
use super::work::Work;
use crate::arm::body::Body;
use crate::arm::client::Arm;
use crate::arm::id::ResourceId;
use crate::event::{Ending, Event, Failure, Happening, Outcome, Requests};
use crate::graph::{Graph, Index};
use crate::plan::{Action, Call, Plan, Step};

/// Who hears what happens; called from within the run, so it must be quick.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// What the user wants of a run that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Go on.
    Go,
    /// Start nothing more; what runs is followed to its end.
    NoMore,
    /// Leave at once; Azure goes on by itself.
    Leave,
}

/// Runs every step of a plan, at most `parallel` at once, and returns how it ended.
///
/// `read` is when what the plan is made of was read, on the clock of `arm`; without it everything
/// is looked at once more before it is written, as after a question that took its time.
pub async fn apply(
    plan: &Plan,
    read: Option<Duration>,
    arm: &Arm,
    events: &Listener,
    stop: watch::Receiver<Stop>,
    parallel: usize,
) -> Outcome {
    let mut run = Run {
        arm,
        read,
        events,
        begun: arm.clock().elapsed(),
        awaited: awaited(&plan.steps),
        answers: BTreeMap::new(),
        outcome: Outcome::empty(Ending::Succeeded),
    };
    let before = arm.counts();
    let steps = plan.steps.iter().filter(|(_, step)| step.action != Action::Keep).count();
    run.tell(Happening::RunStarted { environment: plan.environment.clone(), steps });
    let stopped = run.steps(&plan.steps, stop, parallel).await;
    let mut outcome = run.outcome;
    outcome.result = match (stopped, outcome.failed.is_empty(), steps) {
        (true, ..) => Ending::Interrupted,
        (false, false, _) => Ending::Failed,
        (false, true, 0) => Ending::NothingToDo,
        (false, true, _) => Ending::Succeeded,
    };
    outcome.seconds = arm.clock().elapsed().saturating_sub(run.begun).as_secs_f64();
    let after = arm.counts();
    outcome.requests = Requests {
        read: after.read - before.read,
        write: after.write - before.write,
        poll: after.poll - before.poll,
        retried: after.retried - before.retried,
    };
    outcome
}

/// Returns the resources whose answers hold values that bodies of the plan wait for, or what is made
/// in them.
fn awaited(steps: &Graph<Step>) -> BTreeSet<ResourceId> {
    let bodies = steps.iter().flat_map(|(_, step)| {
        let wishes = step.calls.iter().filter_map(|call| match call {
            Call::Put(wish) => Some(&wish.desired),
            _ => None,
        });
        wishes.chain(step.verify.iter().map(|verify| &verify.desired))
    });
    let values = bodies.flat_map(Body::laters).map(|later| later.of);
    values.chain(steps.iter().filter_map(|(_, step)| step.made_in())).collect()
}

struct Run<'a> {
    arm: &'a Arm,
    read: Option<Duration>,
    events: &'a Listener,
    begun: Duration,
    /// What later steps name values of.
    awaited: BTreeSet<ResourceId>,
    answers: BTreeMap<ResourceId, Arc<Value>>,
    outcome: Outcome,
}

impl Run<'_> {
    fn tell(&self, what: Happening) {
        let at = self.arm.clock().elapsed().saturating_sub(self.begun);
        (self.events)(Event { at, what });
    }

    /// Runs the steps; tells whether the user stopped it before its end.
    async fn steps(
        &mut self,
        graph: &Graph<Step>,
        mut stop: watch::Receiver<Stop>,
        parallel: usize,
    ) -> bool {
        let lane = |step: &Step| (!step.calls.is_empty()).then(|| step.lane.clone());
        let mut frontier = Frontier::new(graph, parallel, lane);
        let mut running = FuturesUnordered::new();
        let mut wanted = *stop.borrow_and_update();
        let mut listening = true;
        loop {
            if wanted != Stop::Leave {
                running.extend(self.launch(graph, &mut frontier, wanted));
            }
            if running.is_empty() || wanted == Stop::Leave {
                break;
            }
            tokio::select! {
                Some((index, ended)) = running.next() => {
                    frontier.end(index, ended.result.is_ok());
                    self.ended(graph.node(index), ended);
                }
                changed = stop.changed(), if listening => {
                    listening = changed.is_ok();
                    let before = std::mem::replace(&mut wanted, *stop.borrow_and_update());
                    if before == Stop::Go && wanted == Stop::NoMore {
                        self.tell(Happening::Stopping);
                    }
                }
            }
        }
        self.left(graph, &frontier);
        let is_done = self.outcome.not_tried.is_empty() && frontier.running() == 0;
        wanted != Stop::Go && !is_done
    }

    /// Notes what was not tried, and what Azure goes on with: what goes along with a parent that is
    /// still being made is in the same hands.
    fn left(&mut self, graph: &Graph<Step>, frontier: &Frontier<'_, Step, ResourceId>) {
        let steps = |indices: Vec<Index>| indices.into_iter().map(|index| graph.node(index));
        let running = steps(frontier.still_running()).filter(|step| !step.calls.is_empty());
        let mut running: Vec<ResourceId> = running.map(|step| step.id.clone()).collect();
        let waiting = steps(frontier.not_tried()).filter(|step| step.action != Action::Keep);
        for step in waiting {
            let parent = step.id.parent().filter(|_| step.calls.is_empty());
            let goes_along = parent.is_some_and(|parent| running.contains(&parent));
            let left = if goes_along { &mut running } else { &mut self.outcome.not_tried };
            left.push(step.id.clone());
        }
        self.outcome.still_running.extend(running);
    }

    /// Starts everything that may start now; what is kept ends at once. When nothing new is wanted,
    /// what sends no requests of its own still goes along: its parent has made it already.
    fn launch<'g>(
        &self,
        graph: &'g Graph<Step>,
        frontier: &mut Frontier<'_, Step, ResourceId>,
        wanted: Stop,
    ) -> Vec<impl Future<Output = (Index, Ended)> + use<'g>> {
        let mut launched = Vec::new();
        loop {
            let ready = frontier.start(|step| wanted == Stop::Go || step.calls.is_empty());
            if ready.is_empty() {
                return launched;
            }
            for index in ready {
                let step = graph.node(index);
                let postponed = step.action == Action::Wait && step.calls.is_empty();
                if step.action == Action::Keep || postponed {
                    frontier.end(index, true);
                    continue;
                }
                self.started(step);
                launched.push(self.future(index, step));
            }
        }
    }

    fn future<'g>(
        &self,
        index: Index,
        step: &'g Step,
    ) -> impl Future<Output = (Index, Ended)> + use<'g> {
        let (arm, events, begun) = (self.arm.clone(), Arc::clone(self.events), self.begun);
        let (known, read) = (self.answers.clone(), self.read);
        async move {
            let tell = |what| {
                let at = arm.clock().elapsed().saturating_sub(begun);
                events(Event { at, what });
            };
            let work = Work { step, arm: &arm, known: &known, read, tell: &tell };
            let ended = step::run(&work).await;
            (index, ended)
        }
    }

    fn started(&self, step: &Step) {
        let (id, kind, action) = (step.id.clone(), step.kind.clone(), step.action);
        self.tell(Happening::StepStarted { id, kind, action });
    }

    fn ended(&mut self, step: &Step, ended: Ended) {
        match ended.result {
            Ok(answer) => {
                if let Some(answer) = answer.filter(|_| self.awaited.contains(&step.id)) {
                    self.answers.insert(step.id.clone(), Arc::new(answer));
                }
                let parent = step.id.group().filter(|_| step.calls.is_empty());
                let goes_on = parent.is_some_and(|up| self.outcome.still_running.contains(&up));
                let asked = step.action == Action::Delete && step.is_left_to_azure();
                let left = asked || goes_on;
                let changed = match step.action {
                    // What nobody waits for is not done, nor what goes along with it.
                    Action::Delete if asked => Some(&mut self.outcome.still_running),
                    Action::Delete if goes_on => None,
                    Action::Create => Some(&mut self.outcome.created),
                    Action::Update => Some(&mut self.outcome.updated),
                    Action::Replace => Some(&mut self.outcome.replaced),
                    Action::Delete => Some(&mut self.outcome.deleted),
                    Action::Keep | Action::Wait => None,
                };
                if let Some(changed) = changed {
                    changed.push(step.id.clone());
                }
                let (id, action) = (step.id.clone(), step.action);
                let seconds = ended.took.as_secs_f64();
                self.tell(Happening::StepSucceeded { id, action, seconds, left });
            }
            Err(trouble) => {
                let failure: Failure = trouble.failure(&step.id);
                self.outcome.failed.push(failure.clone());
                self.tell(Happening::StepFailed(failure));
            }
        }
    }
}
