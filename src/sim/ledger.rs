//! The operations of a world, found by id, by when they end and by what they are about.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::clock::Millis;
use super::entry::key;
use super::operation::Operation;
use super::tracked::Tracked;

/// How long an operation that ended is remembered; Azure forgets them in time, too.
const REMEMBERED: Millis = 24 * 3_600_000;

/// Every operation by its id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    all: Tracked<Arc<Operation>>,
    /// Those going on, by when they end.
    due: BTreeSet<(Millis, Arc<str>)>,
    /// Those going on, by the key of what they are about.
    going: BTreeSet<(String, Arc<str>)>,
    /// Those whose effects have been brought about, by when they ended.
    over: BTreeSet<(Millis, Arc<str>)>,
}

impl Ledger {
    /// Returns an operation; the case of letters does not count.
    pub(crate) fn get(&self, id: &str) -> Option<&Operation> {
        let found = self.all.get(id).or_else(|| self.all.get(&id.to_ascii_lowercase()));
        found.map(|operation| &**operation)
    }

    /// Puts in an operation, or forgets the one of that id.
    pub(crate) fn set(&mut self, id: &str, operation: Option<Arc<Operation>>) {
        let new = operation.clone();
        let (id, old) = self.all.set(id, operation);
        if let Some(old) = old {
            self.due.remove(&(old.ends, Arc::clone(&id)));
            self.over.remove(&(old.ends, Arc::clone(&id)));
            self.going.remove(&(key(&old.target), Arc::clone(&id)));
        }
        match new {
            Some(new) if new.settled => {
                self.over.insert((new.ends, id));
            }
            Some(new) => {
                self.going.insert((key(&new.target), Arc::clone(&id)));
                self.due.insert((new.ends, id));
            }
            None => {}
        }
    }

    /// Changes an operation, if there is one of that id.
    pub(crate) fn edit(&mut self, id: &str, change: impl FnOnce(&mut Operation)) {
        if let Some(operation) = self.all.get(id) {
            let mut changed = Operation::clone(operation);
            change(&mut changed);
            self.set(id, Some(Arc::new(changed)));
        }
    }

    /// Every operation, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Operation>> {
        self.all.iter().map(|(_, operation)| operation)
    }

    /// The operation going on at exactly this key that ends first.
    pub(crate) fn at(&self, key: &str) -> Option<&Operation> {
        self.first(self.from(key).take_while(|(target, _)| target == key))
    }

    /// The operation going on at this key or under it that ends first.
    pub(crate) fn under(&self, key: &str) -> Option<&Operation> {
        let below = format!("{key}/");
        let under = self.from(&below).take_while(|(target, _)| target.starts_with(&below));
        [self.at(key), self.first(under)].into_iter().flatten().min_by_key(|found| found.rank())
    }

    /// Those going on, from a target's key on.
    fn from(&self, key: &str) -> impl Iterator<Item = &(String, Arc<str>)> {
        self.going.range((key.to_owned(), Arc::from(""))..)
    }

    fn first<'a>(
        &'a self,
        found: impl Iterator<Item = &'a (String, Arc<str>)>,
    ) -> Option<&'a Operation> {
        let each = found.filter_map(|(_, id)| self.get(id));
        each.min_by_key(|found| found.rank())
    }

    /// Whether an operation ends at or before `time`.
    pub(crate) fn is_due(&self, time: Millis) -> bool {
        self.due.first().is_some_and(|(ends, _)| *ends <= time)
    }

    /// Takes the next operation that ends at or before `time` off those going on.
    pub(crate) fn take_due(&mut self, time: Millis) -> Option<Arc<Operation>> {
        let (ends, id) = self.due.first().cloned()?;
        if ends > time {
            return None;
        }
        self.edit(&id, |operation| operation.settled = true);
        self.all.get(&id).cloned()
    }

    /// Forgets what ended long before `now`.
    pub(crate) fn forget(&mut self, now: Millis) {
        while let Some((ends, id)) = self.over.first().cloned()
            && ends.saturating_add(REMEMBERED) <= now
        {
            self.set(&id, None);
        }
    }

    /// What stands now under each id that was changed.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&str, Option<&Arc<Operation>>)> {
        self.all.changes()
    }

    /// Keeps the changes.
    pub(crate) fn keep(&mut self) {
        self.all.keep();
    }

    /// Puts back what stood when the changes began.
    pub(crate) fn undo(&mut self) {
        for (id, old) in self.all.replaced() {
            self.set(&id, old);
        }
        self.all.keep();
    }
}
