//! Where what was read a moment ago is kept, for those who ask for the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::arm::request::{Answer, Target};

/// How old what was read may be when something is made of it; chosen: as long as a run takes that
/// begins without asking.
pub const FRESH: Duration = Duration::from_secs(1);

/// How many answers are kept at most; chosen: what one environment reads, ten times.
const MOST: usize = 256;

/// How long a group that is not there is taken as absent where a fleet is planned; chosen: longer than
/// a thousand groups take to be read, 25 a second. Whoever writes looks again.
const ABSENT: Duration = Duration::from_mins(2);

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
type Slots = BTreeMap<Target, (Duration, Slot)>;

/// The groups that are not there: when that was asked, and the answer.
type Absent = BTreeMap<ResourceId, (Duration, Arc<Answer>)>;

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    slots: Mutex<Slots>,
    absent: Mutex<Absent>,
}

impl Shelf {
    /// Returns the slot of a target, whose answer will do for so long.
    pub(super) fn slot(&self, target: &Target, most: Duration, now: Duration) -> Slot {
        let mut slots = self.slots();
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

    /// Notes a group that is not there, as `asked`.
    pub(super) fn note_absent(
        &self,
        group: &ResourceId,
        asked: &Target,
        now: Duration,
        answer: &Arc<Answer>,
    ) {
        // Of a fleet there are more than the slots that others need.
        self.slots().remove(asked);
        self.absent().insert(group.clone(), (now, Arc::clone(answer)));
    }

    /// Returns the answer that said lately that a group is not there.
    pub(super) fn absence(&self, group: &ResourceId, now: Duration) -> Option<Arc<Answer>> {
        let absent = self.absent();
        let (then, answer) = absent.get(group)?;
        (now.saturating_sub(*then) <= ABSENT).then(|| Arc::clone(answer))
    }

    pub(super) fn clear(&self) {
        self.slots().clear();
        self.absent().clear();
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn absent(&self) -> MutexGuard<'_, Absent> {
        self.absent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let shelf = Shelf::default();
        let kept = || shelf.slots().len();
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
