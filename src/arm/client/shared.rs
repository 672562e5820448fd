//! Reads that are shared: what was read a moment ago is not asked again.
//!
//! A plan is made by parts that know nothing of each other: what stands, what lies around, what
//! Azure would refuse. Each asks for what it needs, and the same documents come up again within a
//! second. A client made by [`Arm::sharing`] answers from what was read so lately, and whoever asks
//! at the same time waits for the one answer. Who looks again because something cannot be true, or
//! right before a write, asks a [`fresh`](Arm::fresh) one. A write ends all that was kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Arm, Purpose};
use crate::arm::request::{Answer, Method, Request, Target};
use crate::arm::retry::Retry;
use crate::arm::wire::Failure;

/// How old what was read may be when something is made of it; chosen: as long as a run takes that
/// begins without asking.
pub const FRESH: Duration = Duration::from_secs(1);

/// How many answers are kept at most; chosen: what one environment reads, ten times.
const MOST: usize = 256;

/// Whose reads a client answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// Its own, made when it is asked.
    Own,
    /// Also those that another made a moment ago.
    Shared,
}

/// An answer and when it was asked for. Who asks the same waits until it is there.
type Slot = Arc<tokio::sync::Mutex<Option<(Duration, Answer)>>>;

/// What was read a moment ago.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<BTreeMap<Target, (Duration, Slot)>>);

impl Shelf {
    fn slot(&self, target: &Target, now: Duration) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST {
            slots.retain(|_, (then, _)| now.saturating_sub(*then) <= FRESH);
        }
        if slots.len() >= MOST {
            slots.clear();
        }
        let (then, slot) = slots.entry(target.clone()).or_default();
        *then = now;
        Arc::clone(slot)
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Arm {
    /// Returns a client that is content with what was read within [`FRESH`].
    pub fn sharing(&self) -> Self {
        Self(Arc::clone(&self.0), Reads::Shared)
    }

    /// Returns a client that reads for itself.
    pub fn fresh(&self) -> Self {
        Self(Arc::clone(&self.0), Reads::Own)
    }

    /// Answers from what was read a moment ago, if that will do, or asks. A second try asks anew.
    pub(super) async fn asked(
        &self,
        request: &Request,
        retry: &Retry,
        renew: bool,
        until: Duration,
    ) -> Result<Answer, Failure> {
        if request.method != Method::Get || self.1 == Reads::Own || retry.tries() > 0 {
            let answer = self.exchange(request, Purpose::Call, renew, until).await;
            // Also what a read brought that was under way meanwhile is of before.
            if !request.method.is_read() {
                self.0.shelf.clear();
            }
            return answer;
        }
        let now = self.0.clock.elapsed();
        let slot = self.0.shelf.slot(&request.url, now);
        let mut kept = slot.lock().await;
        if let Some((then, answer)) = &*kept
            && now.saturating_sub(*then) <= FRESH
        {
            return Ok(answer.clone());
        }
        let answer = self.exchange(request, Purpose::Call, renew, until).await?;
        if [200, 404].contains(&answer.status) {
            *kept = Some((now, answer.clone()));
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let shelf = Shelf::default();
        let kept = || shelf.0.lock().unwrap().len();
        for at in 0..10 * MOST {
            shelf.slot(&Target::Verbatim(at.to_string()), Duration::ZERO);
            assert!(kept() <= MOST);
        }
        shelf.slot(&Target::Verbatim("late".to_owned()), 2 * FRESH);
        assert!((1..MOST).contains(&kept()), "there is room for what comes");
        shelf.clear();
        assert_eq!(kept(), 0);
    }
}
