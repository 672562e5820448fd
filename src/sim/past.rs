//! What stood before: kept as far back as somebody asked to see, and no further.

use std::collections::VecDeque;
use std::sync::Arc;

use super::clock::Millis;
use super::entry::Entry;
use super::lag::Delay;
use super::tracked::Tracked;

/// What each resource was before it was written, by key, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    reach: Millis,
    before: Tracked<VecDeque<Before>>,
}

/// What stood until a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Before {
    /// When it was written over.
    pub(crate) until: Millis,
    /// What it was; nothing where it was made then.
    pub(crate) entry: Option<Arc<Entry>>,
}

impl Past {
    /// Remembers so far back from now on; once asked for, a shorter reach is as good.
    pub(crate) fn reach(&mut self, reach: Millis) {
        self.reach = self.reach.max(reach);
    }

    /// Returns how far back it remembers.
    pub(crate) fn reaches(&self) -> Millis {
        self.reach
    }

    /// Notes what stands under a key right before it is written.
    pub(crate) fn note(&mut self, now: Millis, key: &str, entry: Option<&Arc<Entry>>) {
        if self.reach > 0 {
            let mut list = self.before.get(key).cloned().unwrap_or_default();
            list.push_back(Before { until: now, entry: entry.cloned() });
            self.before.set(key, Some(list));
        }
    }

    /// Puts back what is remembered of a key, oldest first.
    pub(crate) fn restore(&mut self, key: &str, list: VecDeque<Before>) {
        self.before.set(key, (!list.is_empty()).then_some(list));
    }

    /// Forgets what nobody looks back to any more.
    pub(crate) fn forget(&mut self, now: Millis) {
        let stale = |before: &Before| before.until + self.reach <= now;
        let any = self.before.iter().filter(|(_, list)| list.iter().any(stale));
        let kept = any.map(|(key, list)| {
            let kept = list.iter().filter(|before| !stale(before));
            (Arc::clone(key), kept.cloned().collect())
        });
        for (key, kept) in kept.collect::<Vec<_>>() {
            self.restore(&key, kept);
        }
    }

    /// Everything remembered, by key, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &VecDeque<Before>)> {
        self.before.iter().map(|(key, list)| (&**key, list))
    }

    /// What is remembered now of each key where that was changed.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&str, Option<&VecDeque<Before>>)> {
        self.before.changes()
    }

    /// Keeps the changes.
    pub(crate) fn keep(&mut self) {
        self.before.keep();
    }

    /// Puts back what was remembered when the changes began.
    pub(crate) fn undo(&mut self) {
        self.before.undo();
    }

    /// The keys of what was written lately.
    pub(crate) fn touched(&self) -> impl Iterator<Item = &str> {
        self.before.iter().map(|(key, _)| &**key)
    }

    /// What a reader who is so far behind is shown under a key where now `entry` stands.
    pub(crate) fn shown<'a>(
        &'a self,
        now: Millis,
        delay: Delay,
        key: &str,
        entry: Option<&'a Arc<Entry>>,
    ) -> Option<&'a Arc<Entry>> {
        let was = |delay: Millis| {
            let mut list = self.before.get(key).into_iter().flatten();
            list.find(|before| before.until + delay > now)
                .map_or(entry, |before| before.entry.as_ref())
        };
        if entry.is_none() {
            return was(delay.gone);
        }
        was(delay.new).and_then(|_| was(delay.changed).or(entry))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(text: &str) -> Arc<Entry> {
        Arc::new(Entry::new("/a", "x", &json!(text), 0, 0))
    }

    #[test]
    fn each_thing_that_happens_lags_for_itself() {
        let (old, new) = (entry("old"), entry("new"));
        let mut past = Past::default();
        past.reach(60_000);
        past.note(10_000, "/a", None);
        past.note(20_000, "/a", Some(&old));
        let all = Delay { new: 5_000, changed: 5_000, gone: 5_000 };
        let at = |now, delay, stands| past.shown(now, delay, "/a", stands);
        assert_eq!(at(14_999, all, Some(&old)), None, "made a moment ago");
        assert_eq!(at(15_000, all, Some(&old)), Some(&old));
        assert_eq!(at(21_000, all, Some(&new)), Some(&old), "changed a moment ago");
        assert_eq!(at(25_000, all, Some(&new)), Some(&new));
        assert_eq!(at(21_000, all, None), Some(&old), "deleted a moment ago");
        assert_eq!(at(25_000, all, None), None);
        let alone = Delay { gone: 5_000, ..Delay::default() };
        assert_eq!(at(21_000, alone, Some(&new)), Some(&new));
        assert_eq!(at(21_000, alone, None), Some(&old));
    }

    #[test]
    fn nothing_is_kept_that_nobody_looks_back_to() {
        let mut past = Past::default();
        past.note(1, "/a", None);
        assert_eq!(past.iter().count(), 0);
        past.reach(1_000);
        past.note(1, "/a", None);
        past.forget(1_000);
        assert_eq!(past.iter().count(), 1);
        past.forget(1_001);
        assert_eq!(past.touched().count(), 0);
    }
}
