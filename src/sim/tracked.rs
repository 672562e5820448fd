//! A map that remembers what its changes replaced, until they are kept or undone.
//!
//! What is written down after a call, and what is undone where a call fails, is what that call
//! changed: both cost as much as the change, however much the map holds.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::ops::Bound;
use std::sync::Arc;

/// A map from keys to values that are cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Tracked<V> {
    all: BTreeMap<Arc<str>, V>,
    /// What stood under each changed key when the changes began.
    before: BTreeMap<Arc<str>, Option<V>>,
}

impl<V> Default for Tracked<V> {
    fn default() -> Self {
        Self { all: BTreeMap::new(), before: BTreeMap::new() }
    }
}

impl<V: Clone> Tracked<V> {
    /// Returns what stands under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.all.get(key)
    }

    /// Puts a value under a key, or takes away what is there; returns the key and what it held.
    pub(crate) fn set(&mut self, key: &str, value: Option<V>) -> (Arc<str>, Option<V>) {
        let (key, old) = match self.all.remove_entry(key) {
            Some((key, old)) => (key, Some(old)),
            None => (Arc::from(key), None),
        };
        if let Some(value) = value {
            self.all.insert(Arc::clone(&key), value);
        }
        self.before.entry(Arc::clone(&key)).or_insert_with(|| old.clone());
        (key, old)
    }

    /// Everything, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &V)> {
        self.all.iter()
    }

    /// Everything from a key on.
    pub(crate) fn from(&self, key: &str) -> Range<'_, Arc<str>, V> {
        self.all.range::<str, _>((Bound::Included(key), Bound::Unbounded))
    }

    /// What stands now under each key that was changed.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&str, Option<&V>)> {
        self.before.keys().map(|key| (&**key, self.all.get(key)))
    }

    /// Keeps the changes.
    pub(crate) fn keep(&mut self) {
        self.before.clear();
    }

    /// Hands out what stood under each changed key; with that put back and kept, nothing was
    /// changed.
    pub(crate) fn replaced(&mut self) -> BTreeMap<Arc<str>, Option<V>> {
        std::mem::take(&mut self.before)
    }

    /// Puts back what stood when the changes began.
    pub(crate) fn undo(&mut self) {
        for (key, old) in self.replaced() {
            self.set(&key, old);
        }
        self.keep();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held(map: &Tracked<u8>) -> Vec<(String, u8)> {
        map.iter().map(|(key, value)| (key.to_string(), *value)).collect()
    }

    proptest! {
        #[test]
        fn changes_lead_there_and_undoing_leads_back(
            first in proptest::collection::vec(("[a-d]", any::<Option<u8>>()), 0..8),
            then in proptest::collection::vec(("[a-d]", any::<Option<u8>>()), 0..8),
        ) {
            let mut map = Tracked::default();
            for (key, value) in &first {
                map.set(key, *value);
            }
            map.keep();
            let before = map.clone();
            for (key, value) in &then {
                map.set(key, *value);
            }
            let mut followed = before.clone();
            for (key, value) in map.changes() {
                followed.set(key, value.copied());
            }
            prop_assert_eq!(held(&followed), held(&map));
            map.undo();
            prop_assert_eq!(held(&map), held(&before));
            prop_assert_eq!(map.changes().count(), 0);
        }
    }
}
