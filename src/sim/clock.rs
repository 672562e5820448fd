//! Simulated time: milliseconds since 1970, running at a chosen multiple of tokio's clock.
//!
//! The world is a function of this time and of what was asked before it; nothing here knows what
//! a resource is. Tokio's clock can be paused, so a test passes five minutes in no time at all.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

/// Simulated milliseconds since 1970.
pub(crate) type Millis = u64;

/// When a new world begins: 2026-01-01T00:00:00Z, chosen so that equal runs write equal dates.
pub(crate) const DAWN: Millis = 1_767_225_600_000;

/// Reads simulated time.
#[derive(Debug)]
pub(crate) struct Clock {
    base: Millis,
    origin: Instant,
    times: u32,
}

impl Clock {
    /// Starts a clock that shows `base` now.
    pub(crate) fn start(base: Millis, speed: Speed) -> Self {
        Self { base, origin: Instant::now(), times: speed.factor() }
    }

    /// Returns the simulated time.
    pub(crate) fn now(&self) -> Millis {
        let passed = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.base.saturating_add(passed.saturating_mul(u64::from(self.times)))
    }

    /// Moves the clock forward to `time`, never back.
    pub(crate) fn at_least(&mut self, time: Millis) {
        if self.now() < time {
            self.base = time;
            self.origin = Instant::now();
        }
    }

    /// Returns how long simulated milliseconds take on tokio's clock.
    pub(crate) fn real(&self, simulated: Millis) -> Duration {
        Duration::from_millis(simulated) / self.times.max(1)
    }
}

/// Writes a time as ARM does, in RFC 3339 with milliseconds.
pub(crate) fn rfc3339(time: Millis) -> String {
    date(time).format(&Rfc3339).unwrap_or_default()
}

/// Writes a time as HTTP's `Date` header does.
pub(crate) fn http_date(time: Millis) -> String {
    let at = date(time);
    let day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        [usize::from(at.weekday().number_days_from_monday())];
    let month =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            [usize::from(u8::from(at.month()) - 1)];
    let (hour, minute, second) = at.to_hms();
    format!("{day}, {:02} {month} {} {hour:02}:{minute:02}:{second:02} GMT", at.day(), at.year())
}

fn date(time: Millis) -> OffsetDateTime {
    let nanoseconds = i128::from(time) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// How fast simulated time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// So many simulated seconds a real second; also counts the time between two runs.
    Times(u32),
    /// One to one on tokio's clock, which the caller has paused; only that clock counts.
    Max,
}

impl Speed {
    fn factor(self) -> u32 {
        match self {
            Self::Times(times) => times.max(1),
            Self::Max => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn simulated_time_runs_as_often_as_told() {
        let clock = Clock::start(DAWN, Speed::Times(100));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(clock.now() - DAWN, 300_000);
        assert_eq!(clock.real(300_000), Duration::from_secs(3));
    }

    #[test]
    fn dates_read_as_azure_writes_them() {
        assert_eq!(rfc3339(DAWN), "2026-01-01T00:00:00Z");
        assert_eq!(http_date(DAWN), "Thu, 01 Jan 2026 00:00:00 GMT");
    }
}
