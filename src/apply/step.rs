//! One step: its requests in order, and a look at what they left behind.

use std::time::Duration;

use serde_json::Value;

use super::look::{look, wait};
use super::work::{Trouble, Work};
use super::{delete, switch, write};
use crate::plan::{Action, Call};

/// How a step ended.
pub(super) struct Ended {
    /// The fresh answer, or what went wrong.
    pub(super) result: Result<Option<Value>, Trouble>,
    /// How long it took, on the run's clock.
    pub(super) took: Duration,
}

/// Runs the step to its end.
pub(super) async fn run(work: &Work<'_>) -> Ended {
    let begun = work.arm.clock().elapsed();
    let result = done(work).await;
    Ended { result, took: work.arm.clock().elapsed().saturating_sub(begun) }
}

async fn done(work: &Work<'_>) -> Result<Option<Value>, Trouble> {
    for call in &work.step.calls {
        match call {
            Call::Put(wish) => {
                if let write::Put::Elsewhere = write::put(work, wish).await? {
                    return Ok(None);
                }
            }
            Call::Delete(deletion) => delete::delete(work, deletion).await?,
            Call::DeleteEmpty(deletion, before) => {
                delete::empty(work, before).await?;
                delete::delete(work, deletion).await?;
            }
            Call::DeleteWhole { deletion, known, waits } => {
                delete::whole(work, deletion, known, *waits).await?;
            }
            Call::AwaitGone(group, api) => delete::gone(work, group, api).await?,
            Call::Switch(to) => switch::switch(work, to).await?,
            // What another run takes away is gone only when it is: its deletion may fail, and what
            // waits for that remembers it.
            Call::Await if work.step.action == Action::Delete => delete::going(work).await?,
            Call::Await => wait(work).await?,
        }
    }
    match &work.step.verify {
        Some(verify) => look(work, verify).await,
        None => Ok(None),
    }
}
