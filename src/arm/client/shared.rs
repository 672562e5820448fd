//! Reads that are shared: what was read a moment ago is not asked again.
//!
//! A plan is made by parts that know nothing of each other: what stands, what lies around, what
//! Azure would refuse. Each asks for what it needs, and the same documents come up again within a
//! second. A client made by [`Arm::sharing`] answers from what was read so lately, and whoever asks
//! at the same time waits for the one answer. Who looks again because something cannot be true, or
//! right before a write, asks a [`fresh`](Arm::fresh) one. A write ends all that was kept.
//!
//! Where a fleet is planned requests cost more than a round trip does, for every environment draws
//! from the one bucket of reads. A client made by [`Arm::sparing`] therefore asks for a group before
//! what lies in it, which is not there where the group is not, asks for a group that is not there
//! once, and is content for longer with what is the same for all of a subscription.

use std::sync::Arc;
use std::time::Duration;

use super::shelf::{FRESH, Reads};
use super::{Arm, Purpose};
use crate::arm::body::ApiVersion;
use crate::arm::request::{Answer, Method, Request, Target};
use crate::arm::retry::Retry;
use crate::arm::wire::Failure;

/// How old what a subscription says as a whole, and what a group says of itself, may be where a fleet
/// is planned; chosen: lists are told by caches that are as old, and whoever writes looks again.
const FRESH_FOR_ALL: Duration = Duration::from_secs(30);

impl Arm {
    /// Returns a client that is content with what was read within [`FRESH`].
    pub fn sharing(&self) -> Self {
        Self(Arc::clone(&self.0), Reads::Shared)
    }

    /// Returns a client that shares what it reads, and asks for no more than a fleet needs. `groups`
    /// is the version that resource groups are asked for in.
    pub fn sparing(&self, groups: ApiVersion) -> Self {
        Self(Arc::clone(&self.0), Reads::Sparing(groups))
    }

    /// Returns a client that reads for itself.
    pub fn fresh(&self) -> Self {
        Self(Arc::clone(&self.0), Reads::Own)
    }

    /// Tells whether one list for all is better than one for each.
    pub fn is_sparing(&self) -> bool {
        matches!(self.1, Reads::Sparing(_))
    }

    /// Answers from what was read a moment ago, if that will do, or asks. A second try asks anew.
    pub(super) async fn asked(
        &self,
        request: &Request,
        retry: &Retry,
        renew: bool,
        until: Duration,
    ) -> Result<Arc<Answer>, Failure> {
        if request.method != Method::Get || self.1 == Reads::Own || retry.tries() > 0 {
            let answer = self.exchange(request, Purpose::Call, renew, until).await;
            // Also what a read brought that was under way meanwhile is of before.
            if !request.method.is_read() {
                self.0.shelf.clear();
            }
            return answer.map(Arc::new);
        }
        match self.absent(request, renew, until).await {
            Some(absent) => Ok(absent),
            None => self.shared(request, renew, until).await,
        }
    }

    /// Returns that the group is not there which a request asks for or into, where that is to be known
    /// first.
    async fn absent(&self, request: &Request, renew: bool, until: Duration) -> Option<Arc<Answer>> {
        let (Reads::Sparing(api), Target::ById { id, .. }) = (&self.1, &request.url) else {
            return None;
        };
        let group = id.group()?;
        let now = self.0.clock.elapsed();
        if let Some(known) = self.0.shelf.absence(&group, now) {
            return Some(known);
        }
        let read = Request::new(Method::Get, &group, "", api);
        let absent = self.shared(&read, renew, until).await.ok();
        let absent = absent.filter(|answer| answer.status == 404)?;
        self.0.shelf.note_absent(&group, &read.url, now, &absent);
        Some(absent)
    }

    async fn shared(
        &self,
        request: &Request,
        renew: bool,
        until: Duration,
    ) -> Result<Arc<Answer>, Failure> {
        let now = self.0.clock.elapsed();
        let most = self.most(&request.url);
        let slot = self.0.shelf.slot(&request.url, most, now);
        let mut kept = slot.lock().await;
        if let Some((then, answer)) = &*kept
            && now.saturating_sub(*then) <= most
        {
            return Ok(Arc::clone(answer));
        }
        let answer = Arc::new(self.exchange(request, Purpose::Call, renew, until).await?);
        if [200, 404].contains(&answer.status) {
            *kept = Some((now, Arc::clone(&answer)));
        }
        Ok(answer)
    }

    /// Returns how old the answer may be.
    fn most(&self, url: &Target) -> Duration {
        let is_of_one = matches!(url, Target::ById { id, suffix, .. }
            if id.group().is_some_and(|group| group != *id || !suffix.is_empty()));
        if self.is_sparing() && !is_of_one { FRESH_FOR_ALL } else { FRESH }
    }
}
