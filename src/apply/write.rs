//! Writing: of what stands there now, under its mark, again where somebody was faster.

use serde_json::Value;

use super::look::{look, wait};
use super::work::{Trouble, Work, conditions, moment};
use crate::arm::body::Body;
use crate::arm::error::Error;
use crate::arm::request::{Method, Request};
use crate::arm::retry::passes;
use crate::plan::{Decision, Observation, Wish, Write};

/// How often a write is made anew because its mark moved; chosen: marks of networks move with every
/// write in them, and reads can lag for 20 seconds.
const OVERTAKEN: u32 = 20;

/// How often a write is made anew whose operation met a moment's trouble; chosen.
const TROUBLED: u32 = 5;

/// What a write came to.
pub(super) enum Put {
    /// It stands there as wished.
    Done,
    /// The like of it stands there under another name.
    Elsewhere,
}

/// Writes a wish; looks again first where what the plan saw may be old.
pub(super) async fn put(work: &Work<'_>, wish: &Wish) -> Result<Put, Trouble> {
    let desired = work.filled(&wish.desired)?;
    // What is made only if nothing stands there needs no look: Azure itself looks.
    let unseen = wish.seen.is_none() && wish.mark.is_some();
    let mut look_first = work.is_stale() && !unseen;
    let mut tries = Tries::default();
    loop {
        let found = if look_first { at_rest(work).await? } else { wish.seen.clone() };
        let write = match wish.decide(&work.step.kind, &desired, found.as_ref(), tries.begun) {
            Decision::Write(write) => write,
            Decision::Done => return Ok(done(work, &tries)),
            Decision::Appeared => return appeared(work, wish, &desired, &tries).await,
            Decision::Stop(moved) => return Err(Trouble::Moved(moved)),
        };
        match work.send(request(work, &write)).await {
            Ok(()) => return Ok(Put::Done),
            Err(Trouble::Arm(error)) if stands_already(&error) => {
                work.notice(error.to_string());
                return Ok(Put::Elsewhere);
            }
            Err(trouble) => tries.again(work, trouble).await?,
        }
        look_first = true;
    }
}

fn request(work: &Work<'_>, write: &Write) -> Request {
    let request = Request::new(Method::Put, &work.step.id, "", &work.step.api)
        .with_body(write.body.value())
        .with_conditions(conditions(&write.condition));
    match write.asks {
        Some((name, value)) => request.with_parameter(name, value),
        None => request,
    }
}

/// The patience of one write.
#[derive(Default)]
struct Tries {
    overtaken: u32,
    troubled: u32,
    /// Whether Azure took the write before: what stands there now may be its own.
    begun: bool,
    refusal: Option<Error>,
}

impl Tries {
    /// Waits before the next try, or returns the trouble where there is to be none.
    async fn again(&mut self, work: &Work<'_>, trouble: Trouble) -> Result<(), Trouble> {
        let Trouble::Arm(error) = trouble else { return Err(trouble) };
        let moved = error.status() == Some(412);
        let (count, most) = match &error {
            _ if moved => (&mut self.overtaken, OVERTAKEN),
            Error::OperationFailed { fault, .. } | Error::OperationCanceled { fault, .. }
                if passes(fault) =>
            {
                (&mut self.troubled, TROUBLED)
            }
            _ => return Err(error.into()),
        };
        *count += 1;
        if *count > most {
            return Err(error.into());
        }
        let pause = if moved { moment(*count) } else { moment(*count) * 10 };
        if !moved {
            self.begun = true;
            work.notice(format!("it is tried again in {} s: {error}", pause.as_secs()));
        }
        self.refusal = Some(error);
        work.arm.clock().sleep(pause).await;
        Ok(())
    }
}

/// Reads the resource once nobody is at work on it.
async fn at_rest(work: &Work<'_>) -> Result<Option<Value>, Trouble> {
    let found = work.read().await?;
    if !matches!(Observation::of(found.clone()), Observation::Busy(_)) {
        return Ok(found);
    }
    wait(work).await?;
    work.read().await
}

/// Tells who did what was to be done.
fn done(work: &Work<'_>, tries: &Tries) -> Put {
    if let Some(refusal) = &tries.refusal {
        work.notice(by_whom(refusal).to_owned());
    }
    Put::Done
}

fn by_whom(refusal: &Error) -> &'static str {
    if refusal.may_be_ours() {
        "the first answer was lost, and Azure had done it all the same"
    } else {
        "another run wrote it at the same time, and just so"
    }
}

/// Tells whether Azure refused because what the step makes stands there under another name: the
/// same role for the same principal on the same scope, whoever gave it.
fn stands_already(error: &Error) -> bool {
    error.code() == Some("RoleAssignmentExists")
}

/// Another run made it first, or this one did and never got the answer. When what stands there is
/// what was wished for, that is as good; otherwise it was made by somebody with another wish.
async fn appeared(
    work: &Work<'_>,
    wish: &Wish,
    desired: &Body,
    tries: &Tries,
) -> Result<Put, Trouble> {
    let refusal = tries.refusal.as_ref();
    let Some(verify) = &work.step.verify else { return Ok(Put::Done) };
    match look(work, verify).await {
        Ok(_) => {
            let words =
                refusal.map_or("another run made it at the same time, and just so", by_whom);
            work.notice(words.to_owned());
            Ok(Put::Done)
        }
        Err(trouble @ Trouble::Differs { .. }) => {
            let found = work.read().await?;
            let moved = found.and_then(|found| wish.clash(desired, &found));
            Err(moved.map_or(trouble, Trouble::Moved))
        }
        Err(other) => Err(other),
    }
}
