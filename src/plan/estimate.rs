//! How long a plan will take: the critical path over what each step takes as a rule. For display
//! only; it decides nothing.

use std::time::Duration;

use super::change::{Action, Reason};
use super::{Plan, Step};
use crate::diff::{Cost, Delta};
use crate::graph::Index;
use crate::kind::traits_of;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It has not begun.
    Ahead,
    /// It has been running for so long.
    Running(Duration),
    /// It ended, one way or another.
    Over,
}

/// The steps of a plan as an estimate needs them.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    typical: Vec<Duration>,
    needs: Vec<Vec<usize>>,
}

impl Estimate {
    /// Reads the steps of a plan.
    pub fn of(plan: &Plan) -> Self {
        let needs = |index| plan.steps.needs(index).map(Index::position).collect();
        Self {
            typical: plan.steps.iter().map(|(index, _)| typical(plan, index)).collect(),
            needs: plan.steps.iter().map(|(index, _)| needs(index)).collect(),
        }
    }

    /// Returns how long the whole plan takes.
    pub fn total(&self) -> Duration {
        self.remaining(&vec![Stage::Ahead; self.typical.len()])
    }

    /// Returns how long it still takes when the steps are so far; a step that takes longer than
    /// usual counts as about to end, with a tenth of its usual time to go.
    pub fn remaining(&self, stages: &[Stage]) -> Duration {
        let mut ends: Vec<Duration> = Vec::with_capacity(self.typical.len());
        for (at, typical) in self.typical.iter().enumerate() {
            let own = match stages.get(at).copied().unwrap_or(Stage::Over) {
                Stage::Ahead => *typical,
                Stage::Running(since) => typical.saturating_sub(since).max(*typical / 10),
                Stage::Over => Duration::ZERO,
            };
            let begins = self.needs[at].iter().map(|need| ends[*need]).max().unwrap_or_default();
            ends.push(begins + own);
        }
        ends.into_iter().max().unwrap_or_default()
    }
}

/// Returns how long several plans take as a rule when each begins at its time or later, and at most
/// `parallel` are under way: in order, once all but the last `parallel` before it are over.
pub fn together<'a>(
    plans: impl Iterator<Item = (&'a Plan, Duration)>,
    parallel: usize,
) -> Duration {
    in_turn(plans.map(|(plan, start)| (start, Estimate::of(plan).total())), parallel)
}

fn in_turn(times: impl Iterator<Item = (Duration, Duration)>, parallel: usize) -> Duration {
    // When all up to and including this one are over.
    let mut over: Vec<Duration> = Vec::new();
    for (at, (start, time)) in times.enumerate() {
        let room = at.checked_sub(parallel.max(1)).map_or(Duration::ZERO, |before| over[before]);
        let before = over.last().copied().unwrap_or_default();
        over.push(before.max(start.max(room) + time));
    }
    over.last().copied().unwrap_or_default()
}

/// Returns what a step takes as a rule; what goes along with its parent takes nothing of its own.
fn typical(plan: &Plan, index: Index) -> Duration {
    let step = plan.steps.node(index);
    if step.calls.is_empty() || goes_along(plan, index) {
        return Duration::ZERO;
    }
    match step.action {
        Action::Keep => Duration::ZERO,
        Action::Replace => step.pace.deletion + step.pace.creation,
        Action::Delete => step.pace.deletion,
        Action::Wait if is_going(step) => step.pace.deletion,
        Action::Update if !step.deltas.iter().any(makes_nodes) => step.pace.change,
        Action::Wait | Action::Create | Action::Update => step.pace.creation,
    }
}

fn makes_nodes(delta: &Delta) -> bool {
    delta.cost == Cost::RestartsNodes || delta.path == "properties.count"
}

fn state(step: &Step) -> Option<&str> {
    step.reasons.iter().find_map(|reason| match reason {
        Reason::Busy { state } => Some(state.as_str()),
        _ => None,
    })
}

fn is_going(step: &Step) -> bool {
    state(step).is_some_and(|state| state.eq_ignore_ascii_case("Deleting"))
}

/// Tells whether a step waits for what its parent is waited for anyway, or is made together with a
/// parent that another run is still making: what is half done takes no longer than the whole.
fn goes_along(plan: &Plan, index: Index) -> bool {
    let step = plan.steps.node(index);
    let Some(up) = step.id.parent() else { return false };
    let mut needs = plan.steps.needs(index).map(|need| plan.steps.node(need));
    let parent = needs.find(|need| need.id == up && need.action == Action::Wait);
    let is_made =
        |parent: &Step| state(parent).is_some_and(|word| word.eq_ignore_ascii_case("Creating"));
    parent.is_some_and(|parent| match step.action {
        Action::Wait => true,
        Action::Create => traits_of(&step.kind).inline.is_some() && is_made(parent),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::id::ResourceId;
    use crate::graph::Graph;
    use crate::kind::{AgentPool, Cluster, Kind as _, ResourceGroup};
    use crate::plan::Call;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    /// A group, then a network beside an identity, then a cluster that needs both.
    fn diamond() -> Estimate {
        Estimate {
            typical: vec![minutes(1), minutes(2), minutes(1), minutes(5)],
            needs: vec![vec![], vec![0], vec![0], vec![1, 2]],
        }
    }

    #[test]
    fn the_longest_way_through_counts() {
        assert_eq!(diamond().total(), minutes(8));
    }

    #[test]
    fn a_fleet_takes_as_many_rounds_as_it_needs() {
        let at_once = |time| (Duration::ZERO, time);
        let thirty = || std::iter::repeat_n(at_once(minutes(5)), 30);
        assert_eq!(in_turn(thirty(), 8), minutes(20));
        assert_eq!(in_turn(thirty(), 30), minutes(5));
        let mixed = [minutes(5), minutes(1), minutes(1)].map(at_once);
        assert_eq!(in_turn(mixed.into_iter(), 2), minutes(6));
        let one_a_minute = (0..30).map(|at| (minutes(at), minutes(5)));
        assert_eq!(in_turn(one_a_minute, usize::MAX), minutes(34));
        assert_eq!(in_turn(std::iter::empty(), 8), Duration::ZERO);
    }

    #[test]
    fn what_is_over_counts_no_more_and_what_is_late_is_about_to_end() {
        use Stage::{Ahead, Over, Running};
        let left = diamond().remaining(&[Over, Running(minutes(1)), Over, Ahead]);
        assert_eq!(left, minutes(6));
        let late = diamond().remaining(&[Over, Over, Over, Running(minutes(50))]);
        assert_eq!(late, Duration::from_secs(30));
    }

    fn step(id: &ResourceId, kind: &str, action: Action, reasons: Vec<Reason>) -> Step {
        Step {
            id: id.clone(),
            kind: kind.to_owned(),
            api: ResourceGroup::API,
            action,
            reasons,
            deltas: Vec::new(),
            calls: vec![Call::Await],
            verify: None,
            lane: id.clone(),
            pace: traits_of(kind).pace,
        }
    }

    fn time(steps: Vec<Step>) -> u64 {
        let mut graph = Graph::default();
        let mut last = None;
        for step in steps {
            last = Some(graph.add(step, last));
        }
        let (environment, refusals) = ("demo".to_owned(), Vec::new());
        let (attention, advice, background) = (Vec::new(), Vec::new(), Vec::new());
        let group = None;
        let plan = Plan {
            environment,
            group,
            steps: graph,
            refusals,
            attention,
            advice,
            background,
            stays: crate::plan::stays::Stays::Nothing,
        };
        Estimate::of(&plan).total().as_secs()
    }

    #[test]
    fn a_group_goes_more_slowly_than_it_comes() {
        let group = ResourceId::resource_group("s", "g");
        let of = |action| time(vec![step(&group, ResourceGroup::TYPE, action, Vec::new())]);
        assert_eq!((of(Action::Create), of(Action::Delete)), (1, 61));
    }

    #[test]
    fn the_rest_of_what_is_half_done_takes_no_longer_than_the_whole() {
        let cluster = ResourceId::resource_group("s", "g").resource(Cluster::TYPE, "c");
        let pool = cluster.child("agentPools", "p");
        let busy = |word: &str| vec![Reason::Busy { state: word.to_owned() }];
        let waiting = |word: &str| step(&cluster, Cluster::TYPE, Action::Wait, busy(word));
        for (action, reasons) in
            [(Action::Wait, busy("Creating")), (Action::Create, vec![Reason::Absent])]
        {
            let inner = step(&pool, AgentPool::TYPE, action, reasons);
            assert_eq!(time(vec![waiting("Creating"), inner]), 300, "{action:?}");
        }
        let more = step(&pool, AgentPool::TYPE, Action::Create, vec![Reason::Absent]);
        assert_eq!(time(vec![waiting("Updating"), more]), 490, "a pool that is really new");
    }
}
