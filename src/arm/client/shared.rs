//! Reads that are shared: what was read a moment ago is not asked again.
//!
//! A plan is made by parts that know nothing of each other: what stands, what lies around, what
//! Azure would refuse. Each asks for what it needs, and the same documents come up again within a
//! second. A client made by [`Arm::sharing`] answers from what was read so lately, and whoever asks
//! at the same time waits for the one answer. Who looks again because something cannot be true, or
//! right before a write, asks a [`fresh`](Arm::fresh) one. A write ends all that was kept.

use std::sync::Arc;
use std::time::Duration;

use super::shelf::{FRESH, Reads};
use super::{Arm, Purpose};
use crate::arm::request::{Answer, Method, Request};
use crate::arm::retry::Retry;
use crate::arm::wire::Failure;

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
