//! How long a plan will take: the critical path over what each step takes as a rule. For display
//! only; it decides nothing.

use std::time::Duration;

use super::change::Action;
use super::{Plan, Step};

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
        let needs = |index| plan.steps.needs(index).map(crate::graph::Index::position).collect();
        Self {
            typical: plan.steps.iter().map(|(_, step)| typical(step)).collect(),
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

/// Returns how long several plans take as a rule when at most `parallel` run at once: each begins, in
/// order, once all but the last `parallel` before it are over.
pub fn together<'a>(plans: impl Iterator<Item = &'a Plan>, parallel: usize) -> Duration {
    in_turn(plans.map(|plan| Estimate::of(plan).total()), parallel)
}

fn in_turn(times: impl Iterator<Item = Duration>, parallel: usize) -> Duration {
    // When all up to and including this one are over.
    let mut over: Vec<Duration> = Vec::new();
    for (at, time) in times.enumerate() {
        let begins = at.checked_sub(parallel.max(1)).map_or(Duration::ZERO, |before| over[before]);
        let before = over.last().copied().unwrap_or_default();
        over.push(before.max(begins + time));
    }
    over.last().copied().unwrap_or_default()
}

/// Returns what a step takes as a rule; what goes along with its parent takes nothing of its own.
fn typical(step: &Step) -> Duration {
    if step.calls.is_empty() {
        return Duration::ZERO;
    }
    match step.action {
        Action::Keep => Duration::ZERO,
        Action::Replace => step.pace.typical * 2,
        Action::Wait | Action::Create | Action::Update | Action::Delete => step.pace.typical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let thirty = || std::iter::repeat_n(minutes(5), 30);
        assert_eq!(in_turn(thirty(), 8), minutes(20));
        assert_eq!(in_turn(thirty(), 30), minutes(5));
        let mixed = [minutes(5), minutes(1), minutes(1)];
        assert_eq!(in_turn(mixed.into_iter(), 2), minutes(6));
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
}
