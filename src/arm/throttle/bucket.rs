//! One limit as we believe it to be: what is left of it for what is sent and for what is booked.

use std::collections::VecDeque;
use std::time::Duration;

/// How long after a 429 the whole refill is believed to be ours again; chosen, as other runs draw
/// for minutes, and a bucket of ARM's is full again within seconds.
const REGAINED: Duration = Duration::from_mins(2);

/// The least share of a refill that is believed to be ours; chosen, so that a run goes on in any
/// crowd.
const LEAST_SHARE: f64 = 0.125;

/// How many calls there is room for at once, and how that comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    most: f64,
    per_second: f64,
    /// How long each call counts; where nothing is said, tokens come back steadily instead.
    span: Option<Duration>,
}

/// A bucket of so many tokens, of which so many come back in a second.
pub(super) const fn size(most: f64, per_second: f64) -> Size {
    Size { most, per_second, span: None }
}

/// So many calls within any time of that length.
pub(super) const fn window(most: f64, span: Duration) -> Size {
    Size { most, per_second: most / span.as_secs_f64(), span: Some(span) }
}

/// What is left of a limit.
#[derive(Debug)]
struct Level {
    /// The tokens of a bucket; on credit below zero.
    left: f64,
    /// When the places of a window are free again, the earliest first; never more than it has.
    free: VecDeque<Duration>,
}

impl Level {
    /// Returns when the next call may be made, at `now` or later; no wait outlasts time itself.
    fn next(&self, size: Size, refill: f64, now: Duration) -> Duration {
        if size.span.is_none() {
            return now.saturating_add(lasting((1.0 - self.left).max(0.0) / refill));
        }
        let has_room = self.free.len() < places(size.most);
        let free = self.free.front().filter(|_| !has_room);
        free.copied().unwrap_or_default().max(now)
    }

    /// Makes that call.
    fn take(&mut self, size: Size, at: Duration) {
        let Some(span) = size.span else {
            self.left -= 1.0;
            return;
        };
        if self.free.len() >= places(size.most) {
            self.free.pop_front();
        }
        self.free.push_back(at.saturating_add(span));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are small whole numbers, written in the program"
)]
const fn places(most: f64) -> usize {
    most as usize
}

/// One limit as we believe it to be.
#[derive(Debug)]
pub(super) struct Bucket {
    size: Size,
    sent: Level,
    counted: Duration,
    not_before: Duration,
    /// How much of what comes back is ours; less than 1 while others draw from it too.
    share: f64,
    /// What is left once all that was begun has drawn what it is going to.
    booked: Level,
}

impl Bucket {
    pub(super) fn full(size: Size, now: Duration) -> Self {
        let full = || Level { left: size.most, free: VecDeque::new() };
        let not_before = Duration::ZERO;
        Self { size, sent: full(), counted: now, not_before, share: 1.0, booked: full() }
    }

    pub(super) fn fill(&mut self, now: Duration) {
        let since = now.saturating_sub(self.counted).as_secs_f64();
        let back = since * self.refill();
        for level in [&mut self.sent, &mut self.booked] {
            level.left = (level.left + back).min(self.size.most);
        }
        self.share = (self.share + since / REGAINED.as_secs_f64()).min(1.0);
        self.counted = self.counted.max(now);
    }

    /// The tokens that come back to us in a second.
    pub(super) fn refill(&self) -> f64 {
        self.size.per_second * self.share
    }

    /// Tells whether more than half of it is left, so that nobody need spare it.
    pub(super) fn is_plenty(&mut self, now: Duration) -> bool {
        self.fill(now);
        self.sent.left > self.size.most / 2.0
    }

    /// There is one token, after `wait`, and others draw from the bucket too: what comes back is
    /// believed to be ours by half as much as before.
    pub(super) fn run_dry(&mut self, wait: Duration, now: Duration) {
        self.steady();
        self.fill(now);
        // Of calls that were sent together, one refusal says as much as all.
        if now >= self.not_before {
            self.share = (self.share / 2.0).max(LEAST_SHARE);
        }
        self.not_before = self.not_before.max(now.saturating_add(wait));
        self.sent.left = self.sent.left.min(1.0 - wait.as_secs_f64() * self.refill());
    }

    /// Counts no longer when each call was sent: others draw too, and what they sent nobody knows. A
    /// tenth is held ready then, and the rest comes back in the time that is counted, so that wherever
    /// that begins no more than the limit are ours.
    fn steady(&mut self) {
        if let Some(span) = self.size.span {
            let (most, rest) = (self.size.most / 10.0, self.size.most * 0.9);
            self.size = size(most, rest / span.as_secs_f64());
            for level in [&mut self.sent, &mut self.booked] {
                level.left = if level.free.is_empty() { most } else { 0.0 };
                level.free.clear();
            }
        }
    }

    /// Returns how long the next call would have to wait.
    pub(super) fn turn(&mut self, now: Duration) -> Duration {
        self.fill(now);
        let next = self.sent.next(self.size, self.refill(), now);
        next.max(self.not_before).saturating_sub(now)
    }

    /// Takes a token for a call that is sent at `at`, on credit when there is none yet.
    pub(super) fn take(&mut self, at: Duration) {
        self.sent.take(self.size, at);
    }

    /// Returns how long it is until there is room for a call that will be made once what it belongs to
    /// has begun.
    pub(super) fn room(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.booked.next(self.size, self.refill(), now).saturating_sub(now)
    }

    /// Books such a call for `at`.
    pub(super) fn book(&mut self, at: Duration) {
        self.booked.take(self.size, at);
    }

    /// Believes in a larger bucket than is documented, which fills as much faster.
    pub(super) fn grow(&mut self, most: f64) {
        let times = most / self.size.most;
        if times > 1.0 {
            self.sent.left += most - self.size.most;
            self.booked.left += most - self.size.most;
            self.size = size(most, self.size.per_second * times);
        }
    }

    /// Believes that no more than so much is left, whoever draws from it.
    pub(super) fn cap(&mut self, left: f64) {
        self.sent.left = self.sent.left.min(left);
    }

    /// Believes what an answer says is left; tokens on credit stay owed: those calls are still on
    /// their way.
    pub(super) fn set(&mut self, left: f64) {
        self.steady();
        self.grow(left);
        self.sent.left = left + self.sent.left.min(0.0);
        // Others draw from it: what is not there cannot be booked.
        self.booked.left = self.booked.left.min(left);
    }
}

/// Returns so many seconds, or the longest time there is when they are more than that.
pub(super) fn lasting(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
