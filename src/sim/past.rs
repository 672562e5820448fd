//! What stood before: kept as far back as somebody asked to see, and no further.

use std::collections::{BTreeMap, VecDeque};

use super::clock::Millis;
use super::entry::Entry;
use super::lag::Delay;

/// What each resource was before it was written, by key, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    reach: Millis,
    before: BTreeMap<String, VecDeque<Before>>,
}

/// What stood until a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Before {
    /// When it was written over.
    pub(crate) until: Millis,
    /// What it was; nothing where it was made then.
    pub(crate) entry: Option<Entry>,
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
    pub(crate) fn note(&mut self, now: Millis, key: &str, entry: Option<&Entry>) {
        if self.reach > 0 {
            self.restore(key, Before { until: now, entry: entry.cloned() });
        }
    }

    /// Puts back what was read from the state file, oldest first.
    pub(crate) fn restore(&mut self, key: &str, before: Before) {
        self.before.entry(key.to_owned()).or_default().push_back(before);
    }

    /// Forgets what nobody looks back to any more.
    pub(crate) fn forget(&mut self, now: Millis) {
        let reach = self.reach;
        self.before.retain(|_, list| {
            list.retain(|before| before.until + reach > now);
            !list.is_empty()
        });
    }

    /// Everything remembered, by key, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Before)> {
        let each = self.before.iter();
        each.flat_map(|(key, list)| list.iter().map(move |before| (key.as_str(), before)))
    }

    /// The keys of what was written lately.
    pub(crate) fn touched(&self) -> impl Iterator<Item = &str> {
        self.before.keys().map(String::as_str)
    }

    /// What a reader who is so far behind is shown under a key where now `entry` stands.
    pub(crate) fn shown<'a>(
        &'a self,
        now: Millis,
        delay: Delay,
        key: &str,
        entry: Option<&'a Entry>,
    ) -> Option<&'a Entry> {
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

    fn entry(text: &str) -> Entry {
        Entry::new("/a", "x", &json!(text), 0, 0)
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
        assert_eq!(past.all().count(), 0);
        past.reach(1_000);
        past.note(1, "/a", None);
        past.forget(1_000);
        assert_eq!(past.all().count(), 1);
        past.forget(1_001);
        assert_eq!(past.touched().count(), 0);
    }
}
