//! `Clock`: the one clock, tokio's, optionally faster than life.
//!
//! The embedded Azure runs a five-minute creation in three seconds: everything that waits asks
//! the clock, and the clock divides. Under a paused tokio runtime nothing waits at all.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

/// Tokio's clock, `speed` times as fast.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    speed: u32,
    start: Instant,
}

impl Clock {
    /// Returns a clock that runs as life does.
    pub fn real() -> Self {
        Self::times(1)
    }

    /// Returns a clock on which `n` seconds pass in one second of tokio's; `0` counts as `1`.
    pub fn times(n: u32) -> Self {
        Self { speed: n.max(1), start: Instant::now() }
    }

    /// Waits for `d`, measured on this clock.
    pub async fn sleep(&self, d: Duration) {
        tokio::time::sleep(d / self.speed).await;
    }

    /// Returns the time since this clock was made, measured on this clock.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed().saturating_mul(self.speed)
    }

    /// Returns what `f` gives, or `None` when `d`, measured on this clock, passes first.
    pub async fn timeout<F: Future>(&self, d: Duration, f: F) -> Option<F::Output> {
        tokio::time::timeout(d / self.speed, f).await.ok()
    }
}

/// Returns the date and time on the wall, for traces and for dates that are sent to Azure; never
/// used to measure or to wait.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn wall() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_waits_less_and_counts_the_same() {
        let life = Clock::real();
        let fast = Clock::times(100);
        fast.sleep(Duration::from_mins(5)).await;
        assert_eq!(fast.elapsed(), Duration::from_mins(5));
        assert_eq!(life.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_is_measured_on_the_clock() {
        let fast = Clock::times(10);
        let slow =
            fast.timeout(Duration::from_secs(10), tokio::time::sleep(Duration::from_secs(2))).await;
        assert!(slow.is_none());
        let quick =
            fast.timeout(Duration::from_secs(30), tokio::time::sleep(Duration::from_secs(2))).await;
        assert!(quick.is_some());
    }
}
