//! The resources of a world, found by id, by type and by mark.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::entry::{Entry, key};
use super::marks;
use super::tally::Tally;
use super::tracked::Tracked;

/// Every resource by its key, which is its id in lower case: what lies in one is a range.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    all: Tracked<Arc<Entry>>,
    /// Keys by type in lower case: lists of a type look at nothing else.
    kinds: Index,
    /// Keys by mark.
    marks: Index,
    /// Nodes by region and size.
    nodes: Tally,
}

/// Keys by a word that resources are looked up by.
#[derive(Clone, Debug, Default)]
struct Index(BTreeMap<String, BTreeSet<Arc<str>>>);

impl Index {
    fn get<'a>(&'a self, word: &str) -> impl Iterator<Item = &'a Arc<str>> + use<'a> {
        self.0.get(word).into_iter().flatten()
    }

    fn add(&mut self, word: String, key: &Arc<str>) {
        self.0.entry(word).or_default().insert(Arc::clone(key));
    }

    fn take(&mut self, word: &str, key: &Arc<str>) {
        if let Some(keys) = self.0.get_mut(word) {
            keys.remove(key);
            if keys.is_empty() {
                self.0.remove(word);
            }
        }
    }
}

impl Shelf {
    /// Returns the resource under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Arc<Entry>> {
        self.all.get(key)
    }

    /// Puts a resource under a key, or takes away what is there, and returns what was.
    pub(crate) fn set(&mut self, key: &str, entry: Option<Arc<Entry>>) -> Option<Arc<Entry>> {
        let (key, old) = self.all.set(key, entry);
        let new = self.all.get(&key).cloned();
        for entry in [&old, &new].into_iter().flatten() {
            self.nodes.note(&key, &entry.kind, new.as_deref());
        }
        let kind = |entry: &Entry| entry.kind.to_ascii_lowercase();
        let marks =
            |entry: &Option<Arc<Entry>>| entry.as_deref().map(marks::of).unwrap_or_default();
        let (gone, come) = (marks(&old), marks(&new));
        for mark in gone.difference(&come) {
            self.marks.take(mark, &key);
        }
        for mark in come.difference(&gone) {
            self.marks.add(mark.clone(), &key);
        }
        let (gone, come) = (old.as_deref().map(kind), new.as_deref().map(kind));
        if gone != come {
            if let Some(kind) = gone {
                self.kinds.take(&kind, &key);
            }
            if let Some(kind) = come {
                self.kinds.add(kind, &key);
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
    pub(crate) fn of_kind<'a>(
        &'a self,
        kind: &str,
    ) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a> {
        let keys = self.kinds.get(&kind.to_ascii_lowercase());
        keys.filter_map(|key| self.all.get(key))
    }

    /// Everything that carries a mark, by id.
    pub(crate) fn marked<'a>(
        &'a self,
        mark: &str,
    ) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a> {
        self.marks.get(mark).filter_map(|key| self.all.get(key))
    }

    /// Nodes by region and size.
    pub(crate) fn nodes(&self) -> &Tally {
        &self.nodes
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        /// Whatever came, changed, went and was undone, a look into an index finds what a look at
        /// everything would.
        #[test]
        fn an_index_finds_what_a_look_at_everything_would(
            steps in proptest::collection::vec((0..5_u8, 0..4_u8, 0..3_u8, any::<bool>()), 0..30)
        ) {
            let mut shelf = Shelf::default();
            for (number, word, kind, keeps) in steps {
                let id = format!("/subscriptions/s/resourceGroups/G/{number}");
                let body = json!({"tags": {"T": word}, "properties": {"principalId": word.to_string(),
                    "x": format!("/subscriptions/s/resourceGroups/H{word}/y")}});
                let entry = Entry::new(&id, &format!("K/{kind}"), &body, 0, 0);
                shelf.set(&key(&id), (word > 0).then(|| Arc::new(entry)));
                if keeps {
                    shelf.keep();
                } else if kind == 0 {
                    shelf.undo();
                }
            }
            let ids = |found: Vec<&Arc<Entry>>| -> Vec<String> {
                found.iter().map(|entry| entry.id.clone()).collect()
            };
            for word in 0..4_u8 {
                let (group, text) = (marks::group(&format!("h{word}")), word.to_string());
                for mark in [group, marks::principal(&text), marks::tag("t", &text)] {
                    let all = shelf.iter().filter(|entry| marks::of(entry).contains(&mark));
                    prop_assert_eq!(ids(shelf.marked(&mark).collect()), ids(all.collect()));
                }
                let kind = format!("k/{word}");
                let all = shelf.iter().filter(|entry| entry.is(&kind));
                prop_assert_eq!(ids(shelf.of_kind(&kind).collect()), ids(all.collect()));
            }
        }
    }
}
