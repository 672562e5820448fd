//! Many environments at once: each begins when Azure has room for what it is going to write.
//!
//! How many are under way follows from the rate limits and from what is left of them, not from a
//! number: a fleet is begun as fast as its writes may be sent, and never so fast that they queue
//! up. `--parallel` is a ceiling above that, where one is wanted.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::interrupt::Interrupt;
use crate::arm::throttle::{Draw, Throttle};
use crate::arm::{Arm, Method};
use crate::plan::{Action, Plan};

/// How much sooner an environment may begin than Azure has room for all its writes; chosen: a group
/// and a network come before most of them, and take that long.
const AHEAD: Duration = Duration::from_secs(15);

/// What one environment is going to draw from Azure's buckets: a write a step, a deletion too where
/// it is replaced. Reads are not booked: the longest waits are for writes.
pub(super) fn draws(plan: &Plan) -> Vec<Draw> {
    let busy = plan.steps.iter().filter(|(_, step)| !step.calls.is_empty());
    let methods = |action| match action {
        Action::Create | Action::Update => &[Method::Put][..],
        Action::Replace => &[Method::Delete, Method::Put],
        Action::Delete => &[Method::Delete],
        Action::Keep | Action::Wait => &[],
    };
    busy.flat_map(|(_, step)| {
        methods(step.action).iter().map(|method| Draw::of(*method, step.id.as_str()))
    })
    .collect()
}

/// Returns when each environment would begin, were nothing else going on.
pub(super) fn starts(plans: &[Plan]) -> Vec<Duration> {
    let mut throttle = Throttle::default();
    let begin = |plan| throttle.begin(&draws(plan), Duration::ZERO).saturating_sub(AHEAD);
    plans.iter().map(begin).collect()
}

/// Does each piece of work when its turn has come, at most so many at once, and returns what they
/// came to, in their order.
///
/// A piece is made when it begins, so that what has not begun takes no room. Once somebody wants
/// to stop, there are no more turns to wait for: what begins then ends by itself.
pub(super) async fn in_turn<F: Future>(
    arm: &Arm,
    interrupt: &Interrupt,
    most: usize,
    mut waiting: impl Iterator<Item = (Vec<Draw>, impl FnOnce() -> F)>,
) -> Vec<F::Output> {
    let clock = arm.clock();
    let mut ended = Vec::new();
    let mut under_way = FuturesUnordered::new();
    let mut begun = 0;
    let mut next = None;
    loop {
        if next.is_none() && under_way.len() < most {
            next = waiting.next().map(|(draws, work)| {
                let wait = arm.begin(&draws).saturating_sub(AHEAD);
                (clock.elapsed() + wait, work)
            });
        }
        let wait = next.as_ref().map(|(at, _)| at.saturating_sub(clock.elapsed()));
        // Alone it need not wait: whatever it draws, nobody else is in its way.
        let is_free = under_way.is_empty() || interrupt.came();
        if let Some((_, work)) = next.take_if(|_| is_free || wait == Some(Duration::ZERO)) {
            let (at, work) = (begun, work());
            under_way.push(async move { (at, work.await) });
            begun += 1;
            continue;
        }
        tokio::select! {
            one = under_way.next(), if !under_way.is_empty() => ended.extend(one),
            () = clock.sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            () = interrupt.wait(), if wait.is_some() => {}
            else => break,
        }
    }
    ended.sort_by_key(|(at, _)| *at);
    ended.into_iter().map(|(_, output)| output).collect()
}
