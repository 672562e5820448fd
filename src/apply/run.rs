//! The loop: start what may start, hear what ended, tell everybody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use tokio::sync::watch;

use super::frontier::Frontier;
use super::step::{self, Ended};
use crate::arm::client::Arm;
use crate::arm::id::ResourceId;
use crate::event::{Ending, Event, Failure, Happening, Outcome, Requests};
use crate::graph::{Graph, Index};
use crate::plan::{Action, Plan, Step};

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
pub async fn apply(
    plan: &Plan,
    arm: &Arm,
    events: &Listener,
    stop: watch::Receiver<Stop>,
    parallel: usize,
) -> Outcome {
    let mut run = Run {
        arm,
        events,
        begun: arm.clock().elapsed(),
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

struct Run<'a> {
    arm: &'a Arm,
    events: &'a Listener,
    begun: Duration,
    answers: BTreeMap<ResourceId, Value>,
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
            if wanted == Stop::Go {
                running.extend(self.launch(graph, &mut frontier));
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
                    if before == Stop::Go && wanted != Stop::Go {
                        self.tell(Happening::Stopping);
                    }
                }
            }
        }
        let work = frontier.not_tried().into_iter().map(|index| graph.node(index));
        let work = work.filter(|step| step.action != Action::Keep);
        self.outcome.not_tried = work.map(|step| step.id.clone()).collect();
        wanted == Stop::Leave || (wanted == Stop::NoMore && !self.outcome.not_tried.is_empty())
    }

    /// Starts everything that may start now; what is kept ends at once.
    fn launch<'g>(
        &self,
        graph: &'g Graph<Step>,
        frontier: &mut Frontier<'_, Step, ResourceId>,
    ) -> Vec<impl Future<Output = (Index, Ended)> + use<'g>> {
        let mut launched = Vec::new();
        loop {
            let ready = frontier.start();
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
        let known = self.answers.clone();
        async move {
            let tell = |what| {
                let at = arm.clock().elapsed().saturating_sub(begun);
                events(Event { at, what });
            };
            let ended = step::run(step, &arm, &known, &tell).await;
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
                if let Some(answer) = answer {
                    self.answers.insert(step.id.clone(), answer);
                }
                let changed = match step.action {
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
                self.tell(Happening::StepSucceeded { id, action, seconds });
            }
            Err(trouble) => {
                let failure: Failure = trouble.failure(&step.id);
                self.outcome.failed.push(failure.clone());
                self.tell(Happening::StepFailed(failure));
            }
        }
    }
}
