//! Operations under way whose polls draw from one limit, and how long their like takes.

use std::collections::BTreeMap;
use std::time::Duration;

/// How much of the shortest time that its like has taken an operation is let alone where polls are
/// scarce; chosen: what ends sooner than all others did is noticed a little late.
const QUIET: f64 = 0.9;

/// Operations of one kind.
#[derive(Debug, Default)]
struct Kind {
    /// When those that are under way began, the first one first.
    begun: Vec<Duration>,
    /// What the quickest of those that ended well took.
    quickest: Duration,
}

impl Kind {
    fn quiet(&self) -> Duration {
        self.quickest.mul_f64(QUIET)
    }
}

/// Operations under way, by kind.
#[derive(Debug, Default)]
pub(super) struct Flights(BTreeMap<String, Kind>);

impl Flights {
    pub(super) fn take_off(&mut self, kind: &str, now: Duration) {
        let begun = &mut self.0.entry(kind.to_owned()).or_default().begun;
        begun.insert(begun.partition_point(|begun| *begun <= now), now);
    }

    pub(super) fn land(&mut self, kind: &str, begun: Duration) {
        if let Some(kind) = self.0.get_mut(kind)
            && let Ok(at) = kind.begun.binary_search(&begun)
        {
            kind.begun.remove(at);
        }
    }

    /// Learns what an operation took that ended well.
    pub(super) fn took(&mut self, kind: &str, took: Duration) {
        if let Some(kind) = self.0.get_mut(kind) {
            let known = Some(kind.quickest).filter(|quickest| !quickest.is_zero());
            kind.quickest = known.map_or(took, |quickest| quickest.min(took));
        }
    }

    /// Returns how long an operation of the kind is let alone from its beginning.
    pub(super) fn quiet(&self, kind: &str) -> Duration {
        self.0.get(kind).map(Kind::quiet).unwrap_or_default()
    }

    /// Returns how many are under way whose end may come at any moment.
    pub(super) fn due(&self, now: Duration) -> usize {
        let due = |kind: &Kind| {
            let quiet = kind.quiet();
            kind.begun.partition_point(|begun| begun.saturating_add(quiet) <= now)
        };
        self.0.values().map(due).sum()
    }
}
