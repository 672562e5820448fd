//! Switching a cluster on or off: one request beside its body, sent to what is still ours.

use super::look::wait;
use super::work::{Trouble, Work};
use crate::arm::request::{Method, Request};
use crate::plan::{Switch, Turn};

/// How often another run's work is waited for before the switch; chosen: nobody keeps a cluster
/// busy longer without a pause.
const ROUNDS: u32 = 10;

/// Looks at the cluster once more and switches it, if it is not as wished already.
pub(super) async fn switch(work: &Work<'_>, switch: &Switch) -> Result<(), Trouble> {
    let mut round = 0;
    loop {
        let Some(found) = work.read().await? else { return Err(Trouble::Gone) };
        round += 1;
        match switch.decide(&found) {
            Turn::Done => return Ok(()),
            Turn::Stop(moved) => return Err(Trouble::Moved(moved)),
            Turn::Wait if round <= ROUNDS => wait(work).await?,
            Turn::Wait | Turn::Send => {
                let suffix = format!("/{}", switch.to.verb());
                let step = work.step;
                return work.send(Request::new(Method::Post, &step.id, &suffix, &step.api)).await;
            }
        }
    }
}
