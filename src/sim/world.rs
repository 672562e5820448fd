//! The simulated subscriptions as a value: resources, operations, generated names.
//!
//! Resources are keyed by their id in lower case, so a resource's children and a group's contents
//! are one range; bodies are kept as compact text, which is a tenth of the parsed form.
//! Everything generated comes from the seed and a counter that lies in the state.
//!
//! A call is all or nothing: what it changes is remembered until it is kept ([`World::keep`]) or
//! undone ([`World::undo`]). The same memory is what the state file is told, so neither costs
//! more than the call changed. And no question that a call asks may read the whole subscription:
//! what is asked for by more than an id has an index in [`Shelf`] or [`Ledger`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clock::Millis;
use super::conduct::Conduct;
pub(crate) use super::entry::{Entry, key};
use super::lag::Delay;
use super::ledger::Ledger;
use super::marks;
use super::operation::{Course, Operation, Verb, Verdict};
use super::past::Past;
use super::shelf::Shelf;
use super::tracked::Tracked;

/// Everything there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// The subscription that is asked about.
    pub(crate) subscription: String,
    /// The one that is there from the beginning, and that calls are about which name none. Every
    /// other one is there as long as there is a group in it.
    pub(crate) home: String,
    /// Simulated time up to which the world has been lived.
    pub(crate) now: Millis,
    /// What everything generated starts from.
    pub(crate) seed: u64,
    /// How many things were generated so far.
    pub(crate) counter: u64,
    /// Provider registration other than `Registered`, by lower-case namespace.
    pub(crate) registration: Tracked<Registration>,
    /// Operations.
    pub(crate) operations: Ledger,
    /// How strict Azure is; not kept with the world.
    pub(crate) conduct: Conduct,
    /// What stood before, as far back as a lagging reader looks.
    pub(crate) past: Past,
    /// Until when what takes one write at a time is written, by its id; not kept with the world.
    pub(crate) writing: BTreeMap<String, Millis>,
    /// Resources.
    pub(crate) resources: Shelf,
    /// Time and counter when the changes began.
    began: (Millis, u64),
}

/// A provider's registration with the subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// `NotRegistered`, `Registering` or `Registered`.
    pub(crate) state: String,
    /// When `Registering` becomes `Registered`.
    pub(crate) until: Millis,
}

impl Registration {
    /// Whether it is under way.
    pub(crate) fn is_pending(&self) -> bool {
        self.state == "Registering"
    }
}

/// The subscription that a path names.
pub(crate) fn subscription_of(path: &str) -> Option<&str> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.next().filter(|first| first.eq_ignore_ascii_case("subscriptions"))?;
    segments.next()
}

impl World {
    /// Makes an empty subscription.
    pub(crate) fn new(subscription: &str, seed: u64, now: Millis) -> Self {
        let (subscription, home) = (subscription.to_owned(), subscription.to_owned());
        Self { subscription, home, seed, now, began: (now, 0), ..Self::default() }
    }

    /// The subscriptions there are, the first one first.
    pub(crate) fn subscriptions(&self) -> Vec<String> {
        let groups = self.of_kind("Microsoft.Resources/resourceGroups");
        let mut all = vec![self.home.clone()];
        for named in groups.filter_map(|group| subscription_of(&group.id)) {
            if !all.iter().any(|known| known.eq_ignore_ascii_case(named)) {
                all.push(named.to_owned());
            }
        }
        all
    }

    /// Turns to the subscription that a path names; tells whether there is such a one.
    pub(crate) fn enter(&mut self, path: &str) -> bool {
        let named = subscription_of(path).filter(|named| !named.eq_ignore_ascii_case(&self.home));
        let Some(named) = named else {
            self.subscription.clone_from(&self.home);
            return true;
        };
        let is_there = self.under(&format!("/subscriptions/{named}")).next().is_some();
        self.subscription = if is_there { named.to_owned() } else { self.home.clone() };
        is_there
    }

    /// Whether a resource lies in the subscription that is asked about.
    pub(crate) fn is_here(&self, entry: &Entry) -> bool {
        subscription_of(&entry.id).is_some_and(|at| at.eq_ignore_ascii_case(&self.subscription))
    }

    /// Returns the same world, as strict as told.
    pub(crate) fn conducted(self, conduct: &Conduct) -> Self {
        let mut past = self.past;
        past.reach(conduct.lag.longest());
        Self { conduct: conduct.clone(), past, ..self }
    }

    /// Becomes another world, as strict as this one.
    pub(crate) fn replace(&mut self, other: Self) {
        let conduct = self.conduct.clone();
        *self = other.conducted(&conduct);
    }

    /// Begins a call: what it changes is from now on kept or undone as one.
    pub(crate) fn begin(&mut self) {
        self.began = (self.now, self.counter);
    }

    /// Keeps what was changed.
    pub(crate) fn keep(&mut self) {
        self.began = (self.now, self.counter);
        self.resources.keep();
        self.operations.keep();
        self.registration.keep();
        self.past.keep();
    }

    /// Makes the world what it was when the changes began.
    pub(crate) fn undo(&mut self) {
        (self.now, self.counter) = self.began;
        self.resources.undo();
        self.operations.undo();
        self.registration.undo();
        self.past.undo();
    }

    /// Returns a resource.
    pub(crate) fn get(&self, id: &str) -> Option<&Entry> {
        self.resources.get(&key(id)).map(|entry| &**entry)
    }

    /// Returns the stored body of a resource.
    pub(crate) fn body(&self, id: &str) -> Option<Value> {
        self.get(id).map(Entry::body)
    }

    /// Stores a body under an id; an existing resource keeps its place, its spelling and its age.
    pub(crate) fn put(&mut self, id: &str, kind: &str, body: &Value) {
        let key = key(id);
        let entry = if let Some(entry) = self.resources.get(&key) {
            entry.with(body, self.now)
        } else {
            self.counter += 1;
            Entry::new(id, kind, body, self.now, self.counter)
        };
        self.set(&key, Some(entry));
    }

    /// Changes a stored body in place; nothing happens when there is none.
    pub(crate) fn edit(&mut self, id: &str, change: impl FnOnce(&mut Value)) {
        let key = key(id);
        let Some(entry) = self.resources.get(&key) else { return };
        let mut body = entry.body();
        change(&mut body);
        let changed = entry.with(&body, self.now);
        self.set(&key, Some(changed));
    }

    /// Removes a resource and everything under it.
    pub(crate) fn remove(&mut self, id: &str) {
        let top = key(id);
        let under = self.resources.beginning(format!("{top}/"));
        let under: Vec<String> = under.map(|(key, _)| key.to_owned()).collect();
        for key in under.iter().chain([&top]) {
            if self.resources.get(key).is_some() {
                self.set(key, None);
            }
        }
    }

    fn set(&mut self, key: &str, entry: Option<Entry>) {
        let old = self.resources.set(key, entry.map(Arc::new));
        self.past.note(self.now, key, old.as_ref());
    }

    /// Returns the world as a reader sees it to whom the resources that `is_meant` picks lag.
    pub(crate) fn lagging(&self, delay: Delay, is_meant: impl Fn(&str, &str) -> bool) -> Self {
        let mut seen = self.clone();
        for key in self.past.touched() {
            let now = self.resources.get(key);
            let shown = self.past.shown(self.now, delay, key, now);
            let kind = shown.or(now).map_or("", |entry| &entry.kind);
            if !is_meant(key, kind) {
                continue;
            }
            seen.resources.set(key, shown.cloned());
        }
        seen
    }

    /// Everything, by id.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.resources.iter().map(|entry| &**entry)
    }

    /// Everything under an id, at any depth.
    pub(crate) fn under(&self, id: &str) -> impl Iterator<Item = &Entry> {
        self.resources.beginning(format!("{}/", key(id))).map(|(_, entry)| &**entry)
    }

    /// The direct children of a type, in the order they were made.
    pub(crate) fn children(&self, id: &str, collection: &str) -> Vec<&Entry> {
        let prefix = format!("{}/{}/", key(id), collection.to_ascii_lowercase());
        let from = prefix.len();
        let all = self.resources.beginning(prefix);
        let direct = all.filter(|(key, _)| !key[from..].contains('/'));
        let mut found: Vec<&Entry> = direct.map(|(_, entry)| &**entry).collect();
        found.sort_by_key(|entry| entry.place);
        found
    }

    /// Everything of a type, by id.
    pub(crate) fn of_kind<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.resources.of_kind(kind).map(|entry| &**entry)
    }

    /// Everything that carries a mark, by id.
    pub(crate) fn marked<'a>(&'a self, mark: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.resources.marked(mark).map(|entry| &**entry)
    }

    /// Everything of a type that lies in a resource group or speaks of something in it, by id.
    pub(crate) fn about(&self, group: &str, kind: &str) -> Vec<&Entry> {
        let id = format!("/subscriptions/{}/resourceGroups/{group}", self.subscription);
        let (inside, outside) = (self.under(&id), self.marked(&marks::group(group)));
        let mut found: Vec<&Entry> = inside.chain(outside).filter(|entry| entry.is(kind)).collect();
        found.sort_by_cached_key(|entry| key(&entry.id));
        found
    }

    /// Draws the next 64 generated bits (splitmix64 over seed and counter).
    pub(crate) fn draw(&mut self) -> u64 {
        self.counter += 1;
        let mut z = self.seed.wrapping_add(self.counter.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Generates a GUID.
    pub(crate) fn guid(&mut self) -> String {
        let (a, b) = (self.draw(), self.draw());
        guid_of(a, b)
    }

    /// Generates so many characters of `a-z0-9`.
    pub(crate) fn letters(&mut self, count: usize) -> String {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut bits = self.draw();
        let mut text = String::with_capacity(count);
        for _ in 0..count {
            let pick = usize::try_from(bits % 36).unwrap_or_default();
            text.push(char::from(LETTERS[pick]));
            bits = (bits / 36) ^ (bits << 59);
        }
        text
    }

    /// Generates a weak entity tag as the network provider writes it.
    pub(crate) fn etag(&mut self) -> String {
        format!("W/\"{}\"", self.guid())
    }

    /// Begins an operation now.
    pub(crate) fn begin_operation(
        &mut self,
        target: &str,
        location: &str,
        verb: Verb,
        course: Course,
    ) -> String {
        let operation = Operation {
            id: self.guid(),
            provider: course.provider.to_owned(),
            location: location.to_ascii_lowercase().replace(' ', ""),
            target: target.to_owned(),
            verb,
            started: self.now,
            ends: self.now + course.lasts,
            phases: course.phases,
            verdict: Verdict::Succeeded,
            retry_after: course.retry_after,
            api: course.api,
            settled: false,
        };
        self.start(operation)
    }

    /// Starts an operation and returns its id.
    pub(crate) fn start(&mut self, operation: Operation) -> String {
        let id = operation.id.clone();
        self.operations.set(&id, Some(Arc::new(operation)));
        id
    }

    /// The operation going on at exactly this resource.
    pub(crate) fn running_at(&self, id: &str) -> Option<&Operation> {
        self.operations.at(&key(id))
    }

    /// The operation going on at this resource or under it that ends first.
    pub(crate) fn running_in(&self, id: &str) -> Option<&Operation> {
        self.operations.under(&key(id))
    }

    /// Whether anything comes about by itself at or before `time`.
    pub(crate) fn is_due(&self, time: Millis) -> bool {
        let is_registered = |one: &Registration| one.is_pending() && one.until <= time;
        self.operations.is_due(time)
            || self.registration.iter().any(|(_, registration)| is_registered(registration))
    }

    /// Takes the next operation that ends at or before `time` off the list of those going on.
    pub(crate) fn take_due(&mut self, time: Millis) -> Option<Arc<Operation>> {
        let operation = self.operations.take_due(time)?;
        self.now = self.now.max(operation.ends);
        Some(operation)
    }

    /// Ends an operation now, with the verdict given by `change`.
    pub(crate) fn cut_short(&mut self, id: &str, change: impl FnOnce(&mut Operation)) {
        let now = self.now;
        self.reschedule(id, |operation| {
            operation.ends = now;
            change(operation);
        });
    }

    /// Changes how and when an operation ends.
    pub(crate) fn reschedule(&mut self, id: &str, change: impl FnOnce(&mut Operation)) {
        self.operations.edit(id, change);
    }

    /// Forgets what Azure forgets in time, and what nobody looks back to.
    pub(crate) fn forget(&mut self) {
        self.operations.forget(self.now);
        self.past.forget(self.now);
        self.writing.retain(|_, until| self.now < *until);
    }

    /// Whether a group exists, and whether it is being deleted.
    pub(crate) fn group(&self, group: &str) -> Option<Group> {
        let id = format!("/subscriptions/{}/resourcegroups/{group}", self.subscription);
        let entry = self.get(&id)?;
        // Asked for with each call that names a group: only what is wanted is read.
        let known: Envelope<'_> = serde_json::from_str(entry.text()).unwrap_or_default();
        Some(Group {
            name: entry.id.rsplit('/').next().unwrap_or_default().to_owned(),
            location: known.location.into_owned(),
            deleting: known.properties.provisioning_state == "Deleting",
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    location: Cow<'a, str>,
    #[serde(borrow)]
    properties: Provisioned<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Provisioned<'a> {
    #[serde(borrow)]
    provisioning_state: Cow<'a, str>,
}

/// What a resource needs to know of its group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The name as spelt when it was made.
    pub(crate) name: String,
    /// Its region.
    pub(crate) location: String,
    /// Whether it is on its way out.
    pub(crate) deleting: bool,
}

/// Returns the GUID (version 4) that two words of bits make.
pub(crate) fn guid_of(a: u64, b: u64) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        0x8000 | ((b >> 48) & 0x3fff),
        b & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_seeds_generate_equal_names() {
        let (mut one, mut two) = (World::new("s", 7, 0), World::new("s", 7, 0));
        assert_eq!(one.guid(), two.guid());
        assert_ne!(one.guid(), World::new("s", 8, 0).guid());
        assert_eq!(one.guid().len(), 36);
        assert_eq!(two.letters(8).len(), 8);
    }

    #[test]
    fn removing_a_resource_takes_its_children_and_no_neighbour() {
        let mut world = World::new("s", 0, 0);
        for id in ["/a/b", "/a/b/c/d", "/a/bb", "/a/B/c/e"] {
            world.put(id, "x", &json!({}));
        }
        assert_eq!(world.children("/A/B", "C").len(), 2);
        world.remove("/a/b");
        assert_eq!(world.all().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["/a/bb"]);
    }
}
