//! The resources of a world, found by id and by type.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::entry::{Entry, key};
use super::tracked::Tracked;

/// Every resource by its key, which is its id in lower case: what lies in one is a range.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    all: Tracked<Arc<Entry>>,
    /// Keys by type in lower case: lists of a type look at nothing else.
    kinds: BTreeMap<String, BTreeSet<Arc<str>>>,
}

impl Shelf {
    /// Returns the resource under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Arc<Entry>> {
        self.all.get(key)
    }

    /// Puts a resource under a key, or takes away what is there, and returns what was.
    pub(crate) fn set(&mut self, key: &str, entry: Option<Arc<Entry>>) -> Option<Arc<Entry>> {
        let kind = |entry: &Arc<Entry>| entry.kind.to_ascii_lowercase();
        let new = entry.as_ref().map(kind);
        let (key, old) = self.all.set(key, entry);
        let gone = old.as_ref().map(kind);
        if gone != new {
            if let Some(kind) = gone
                && let Some(keys) = self.kinds.get_mut(&kind)
            {
                keys.remove(&key);
            }
            if let Some(kind) = new {
                self.kinds.entry(kind).or_default().insert(key);
            }
        }
        old
    }

    /// Everything, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.all.iter().map(|(_, entry)| entry)
    }

    /// Everything whose key begins so, with its key, by id.
    pub(crate) fn beginning(&self, prefix: String) -> impl Iterator<Item = (&str, &Arc<Entry>)> {
        let range = self.all.from(&prefix);
        range
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(key, entry)| (&**key, entry))
    }

    /// Everything of a type, by id.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Arc<Entry>> {
        let keys = self.kinds.get(&kind.to_ascii_lowercase()).into_iter().flatten();
        keys.filter_map(|key| self.all.get(key))
    }

    /// What stands now under each key that was changed.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&str, Option<&Arc<Entry>>)> {
        self.all.changes()
    }

    /// Keeps the changes.
    pub(crate) fn keep(&mut self) {
        self.all.keep();
    }

    /// Puts back what stood when the changes began.
    pub(crate) fn undo(&mut self) {
        for (key, old) in self.all.replaced() {
            self.set(&key, old);
        }
        self.all.keep();
    }

    /// Puts in a resource under its own id.
    pub(crate) fn restore(&mut self, entry: Entry) {
        self.set(&key(&entry.id), Some(Arc::new(entry)));
    }
}
