//! Where what was read a moment ago is kept, for those who ask for the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::arm::body::ApiVersion;
use crate::arm::request::{Answer, Target};

/// How old what was read may be when something is made of it; chosen: as long as a run takes that
/// begins without asking.
pub const FRESH: Duration = Duration::from_secs(1);

/// How many answers are kept at most; chosen: what one environment reads, ten times.
const MOST: usize = 256;

/// Whose reads a client answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// Its own, made when it is asked.
    Own,
    /// Also those that another made a moment ago.
    Shared,
    /// Those too, and no more than a fleet needs: groups, in this version, before what lies in them.
    Sparing(ApiVersion),
}

/// An answer and when it was asked for. Who asks the same waits until it is there.
type Slot = Arc<tokio::sync::Mutex<Option<(Duration, Arc<Answer>)>>>;

/// What was read a moment ago: until when it will do, and the slot.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<BTreeMap<Target, (Duration, Slot)>>);

impl Shelf {
    /// Returns the slot of a target, whose answer will do for so long.
    pub(super) fn slot(&self, target: &Target, most: Duration, now: Duration) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST {
            slots.retain(|_, (until, _)| *until >= now);
        }
        if slots.len() >= MOST {
            // What will do for longest is what most ask for.
            slots.retain(|_, (until, _)| *until > now + FRESH);
        }
        if slots.len() >= MOST {
            slots.clear();
        }
        let (until, slot) = slots.entry(target.clone()).or_default();
        *until = now + most;
        Arc::clone(slot)
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
            shelf.slot(&Target::Verbatim(at.to_string()), FRESH, Duration::ZERO);
            assert!(kept() <= MOST);
        }
        shelf.slot(&Target::Verbatim("late".to_owned()), FRESH, 3 * FRESH);
        assert!((1..MOST).contains(&kept()), "there is room for what comes");
        shelf.clear();
        assert_eq!(kept(), 0);
    }
}
