//! Reading until what was begun is done, and until what was written shows.

use std::time::Duration;

use serde_json::Value;

use super::work::{Trouble, Work};
use crate::arm::error::Error;
use crate::arm::operation::Progress;
use crate::diff::{deltas, settle};
use crate::plan::{Call, Observation, Verify, has_failed, is_deleting, state};

/// How long a fresh answer is asked for until it shows what was written.
///
/// Of 1,577 recorded reads after a finished operation two still showed it running; reads that lag a
/// write by 20 seconds are known. Chosen: three times that.
const LAG: Duration = Duration::from_mins(1);

/// How often a fresh answer is asked for at least.
const LOOKS: u32 = 6;

/// Waits until Azure is done with what was begun before, by another run as a rule.
pub(super) async fn wait(work: &Work<'_>) -> Result<(), Trouble> {
    let (step, clock) = (work.step, work.arm.clock());
    let begun = clock.elapsed();
    let mut said = String::new();
    loop {
        let Observation::Busy(body) = Observation::of(work.read().await?) else {
            return Ok(());
        };
        let progress = Progress { phase: state(&body).to_owned(), notice: None, percent: None };
        work.report(&mut said, progress);
        let after = clock.elapsed().saturating_sub(begun);
        if after > step.pace.give_up {
            let whose = if is_deleting(&body) { "the deletion" } else { "another run's change" };
            let what = format!("{whose} of {}", step.id.name());
            return Err(Error::GaveUp { after, what }.into());
        }
        clock.sleep(step.pace.every).await;
    }
}

/// What one look showed.
enum Sight {
    /// All is as written.
    Good(Value),
    /// It is not, yet.
    Not(Trouble),
}

/// Reads the resource until it shows what was written; what another run began is not ours to judge.
pub(super) async fn look(work: &Work<'_>, verify: &Verify) -> Result<Option<Value>, Trouble> {
    let clock = work.arm.clock();
    if work.step.calls == [Call::Await] {
        return work.read().await;
    }
    // What the read of a cluster has just shown need not be asked for pool by pool: AKS answers those
    // questions once a second for a whole subscription.
    if let Some(answer) = work.part().filter(|part| is_as_written(part, verify)) {
        return Ok(Some(answer));
    }
    let begun = clock.elapsed();
    let mut looks = 0;
    loop {
        let trouble = match sight(work, verify).await? {
            Sight::Good(answer) => return Ok(Some(answer)),
            Sight::Not(trouble) => trouble,
        };
        looks += 1;
        if looks >= LOOKS && clock.elapsed().saturating_sub(begun) >= LAG {
            return Err(trouble);
        }
        clock.sleep(work.step.pace.every.max(Duration::from_secs(1))).await;
    }
}

/// Tells whether an answer shows all that was written, done and well.
fn is_as_written(answer: &Value, verify: &Verify) -> bool {
    let is_busy = matches!(Observation::of(Some(answer.clone())), Observation::Busy(_));
    let settled = settle(answer, verify.desired.value(), &verify.rules);
    !is_busy && !has_failed(answer) && settled == *answer && verify.desired.laters().is_empty()
}

async fn sight(work: &Work<'_>, verify: &Verify) -> Result<Sight, Trouble> {
    let desired = work.filled(&verify.desired)?;
    let mut found = work.read().await?;
    if matches!(Observation::of(found.clone()), Observation::Busy(_)) {
        wait(work).await?;
        found = work.read().await?;
    }
    let Some(answer) = found else { return Ok(Sight::Not(Trouble::Gone)) };
    if has_failed(&answer) {
        let state = state(&answer).to_owned();
        return Ok(Sight::Not(Trouble::Unwell { state }));
    }
    let settled = settle(&answer, desired.value(), &verify.rules);
    if settled == answer {
        return Ok(Sight::Good(answer));
    }
    let differing = deltas(&answer, &settled, &verify.rules).into_iter();
    // As the plan names them.
    let short = |path: String| path.strip_prefix("properties.").unwrap_or(&path).to_owned();
    let paths = differing.map(|delta| short(delta.path)).collect();
    Ok(Sight::Not(Trouble::Differs { paths }))
}
