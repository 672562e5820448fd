//! What one call changed, as a line of the state file tells it.

use std::collections::BTreeMap;
use std::io::{Result, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::clock::Millis;
use super::super::entry::Entry;
use super::super::operation::Operation;
use super::super::past::Before;
use super::super::world::{Registration, World};

/// When a line was written, and where the world stood then.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stamp {
    /// By the machine's clock, in milliseconds since 1970.
    pub(super) saved_at: Millis,
    /// By the world's.
    pub(super) now: Millis,
    /// How fast the writer let time pass; 0 for not at all.
    pub(super) speed: u32,
    /// How many things were generated so far.
    pub(super) counter: u64,
    /// How far back lagging readers look.
    #[serde(default)]
    pub(super) reach: Millis,
}

/// One line, less its first one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    at: Option<Stamp>,
    put: Vec<Stored>,
    gone: Vec<String>,
    operations: Vec<Operation>,
    forgotten: Vec<String>,
    registration: BTreeMap<String, Registration>,
    past: BTreeMap<String, Vec<Until>>,
}

/// One resource.
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    /// Its id as Azure spells it.
    pub(super) id: String,
    /// Its type.
    pub(super) kind: String,
    /// When it was made.
    pub(super) made: Millis,
    /// When it was changed, if that was later.
    pub(super) changed: Option<Millis>,
    /// Its place among its siblings.
    pub(super) place: u64,
    /// Kept as the text it is: thousands of bodies taken apart are ten times as large.
    pub(super) body: Box<RawValue>,
}

/// What stood until a moment.
#[derive(Debug, Deserialize)]
pub(super) struct Until {
    until: Millis,
    was: Option<Stored>,
}

impl Stored {
    /// Returns the resource.
    pub(super) fn entry(self) -> Entry {
        let body: Box<str> = self.body.into();
        let mut entry = Entry::stored(&self.id, &self.kind, body.into(), self.made, self.place);
        entry.changed = self.changed.unwrap_or(self.made);
        entry
    }
}

impl Record {
    /// Changes the world as told, and returns when that was written.
    pub(super) fn apply(self, world: &mut World) -> Option<Stamp> {
        for key in self.gone {
            world.resources.set(&key, None);
        }
        for stored in self.put {
            world.resources.restore(stored.entry());
        }
        for operation in self.operations {
            let id = operation.id.clone();
            world.operations.set(&id, Some(Arc::new(operation)));
        }
        for id in self.forgotten {
            world.operations.set(&id, None);
        }
        for (namespace, registration) in self.registration {
            world.registration.set(&namespace, Some(registration));
        }
        for (key, list) in self.past {
            let before = |Until { until, was }| Before {
                until,
                entry: was.map(|stored| Arc::new(stored.entry())),
            };
            world.past.restore(&key, list.into_iter().map(before).collect());
        }
        if let Some(stamp) = self.at {
            world.now = stamp.now;
            world.counter = stamp.counter;
            world.past.reach(stamp.reach);
        }
        world.keep();
        self.at
    }
}

/// What a line says, written member by member: bodies are JSON already.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    any: bool,
}

impl Members<'_> {
    /// Writes a member that holds all of these, unless there are none.
    fn all<T>(
        &mut self,
        name: &str,
        brackets: [&str; 2],
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Vec<u8>, T) -> Result<()>,
    ) -> Result<()> {
        let mut items = items.peekable();
        if items.peek().is_none() {
            return Ok(());
        }
        write!(self.out, "{}\"{name}\":{}", if self.any { "," } else { "" }, brackets[0])?;
        self.any = true;
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            write(self.out, item)?;
        }
        write!(self.out, "{}", brackets[1])
    }
}

const LIST: [&str; 2] = ["[", "]"];
const MAP: [&str; 2] = ["{", "}"];

/// Writes what was changed since the world was last kept.
pub(super) fn changes(out: &mut Vec<u8>, world: &World, stamp: Stamp) -> Result<()> {
    out.push(b'{');
    let mut members = Members { out, any: true };
    write!(members.out, "\"at\":")?;
    json(members.out, &stamp)?;
    let put = world.resources.changes().filter_map(|(_, entry)| entry);
    members.all("put", LIST, put, |out, entry| resource(out, entry))?;
    let gone = world.resources.changes().filter(|(_, entry)| entry.is_none());
    members.all("gone", LIST, gone, |out, (key, _)| json(out, key))?;
    let operations = world.operations.changes().filter_map(|(_, operation)| operation);
    members.all("operations", LIST, operations, |out, operation| json(out, &**operation))?;
    let forgotten = world.operations.changes().filter(|(_, operation)| operation.is_none());
    members.all("forgotten", LIST, forgotten, |out, (id, _)| json(out, id))?;
    members.all("registration", MAP, world.registration.changes(), |out, (namespace, one)| {
        member(out, namespace, |out| json(out, &one))
    })?;
    members.all("past", MAP, world.past.changes(), |out, (key, list)| {
        member(out, key, |out| past(out, list.into_iter().flatten()))
    })?;
    out.push(b'}');
    Ok(())
}

/// Writes everything there is, a line a thing, and hands each to `end`.
pub(super) fn everything(
    world: &World,
    stamp: Stamp,
    mut end: impl FnMut(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let mut out = Vec::new();
    let mut line = |write: &dyn Fn(&mut Members<'_>) -> Result<()>| {
        out.clear();
        out.push(b'{');
        write(&mut Members { out: &mut out, any: false })?;
        out.push(b'}');
        end(&mut out)
    };
    for entry in world.resources.iter() {
        line(&|it| it.all("put", LIST, [entry].into_iter(), |out, entry| resource(out, entry)))?;
    }
    for one in world.operations.iter() {
        line(&|it| it.all("operations", LIST, [one].into_iter(), |out, one| json(out, &**one)))?;
    }
    for (name, one) in world.registration.iter() {
        line(&|it| {
            it.all("registration", MAP, [one].into_iter(), |out, one| {
                member(out, name, |out| json(out, one))
            })
        })?;
    }
    for (key, list) in world.past.iter() {
        line(&|it| {
            it.all("past", MAP, [list].into_iter(), |out, list| {
                member(out, key, |out| past(out, list.iter()))
            })
        })?;
    }
    line(&|it| {
        write!(it.out, "\"at\":")?;
        json(it.out, &stamp)
    })
}

/// How many lines [`everything`] writes.
pub(super) fn lines(world: &World) -> usize {
    world.resources.iter().count()
        + world.operations.iter().count()
        + world.registration.iter().count()
        + world.past.iter().count()
        + 1
}

fn resource(out: &mut Vec<u8>, entry: &Entry) -> Result<()> {
    write!(out, "{{\"id\":")?;
    json(out, &entry.id)?;
    write!(out, ",\"kind\":")?;
    json(out, &entry.kind)?;
    write!(out, ",\"made\":{}", entry.made)?;
    if entry.changed != entry.made {
        write!(out, ",\"changed\":{}", entry.changed)?;
    }
    write!(out, ",\"place\":{},\"body\":{}}}", entry.place, entry.text())
}

fn past<'a>(out: &mut Vec<u8>, list: impl Iterator<Item = &'a Before>) -> Result<()> {
    out.push(b'[');
    for (at, before) in list.enumerate() {
        write!(out, "{}{{\"until\":{}", if at > 0 { "," } else { "" }, before.until)?;
        if let Some(entry) = &before.entry {
            write!(out, ",\"was\":")?;
            resource(out, entry)?;
        }
        out.push(b'}');
    }
    out.push(b']');
    Ok(())
}

fn member(
    out: &mut Vec<u8>,
    name: &str,
    value: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    json(out, name)?;
    out.push(b':');
    value(out)
}

fn json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<()> {
    Ok(serde_json::to_writer(out, value)?)
}

/// The schema this version writes; it reads no newer one.
pub(super) const SCHEMA: u64 = 2;
