//! State files of schema 1: one JSON document that was written anew with each call. They are read
//! once; the next write makes them what files are today.

use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::clock::Millis;
use super::super::entry::{Entry, key};
use super::super::error::Error;
use super::super::operation::Operation;
use super::super::past::Before;
use super::super::provider;
use super::super::world::{Registration, World};
use super::record::{SCHEMA, Stamp, Stored};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    saved_at: Millis,
    now: Millis,
    /// Nothing in the first ones.
    speed: Option<u32>,
    subscription: String,
    seed: u64,
    counter: u64,
    #[serde(default)]
    registration: std::collections::BTreeMap<String, Registration>,
    resources: Vec<Stored>,
    operations: Vec<Operation>,
    #[serde(default)]
    reach: Millis,
    #[serde(default)]
    past: Vec<Past>,
}

#[derive(Deserialize)]
struct Past {
    id: String,
    until: Millis,
    was: Option<Stored>,
}

/// The part of a document that says whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    schema: Option<u64>,
}

/// Reads a document; `pace` is how fast time passes where it does not say so.
pub(super) fn read(path: &Path, text: &[u8], pace: u32) -> Result<(World, Stamp), Error> {
    let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
    // Of a later schema only the beginning need be JSON.
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Version>();
    let version = values.next().unwrap_or_else(|| serde_json::from_slice(text));
    match version.map_err(|error| damaged(error.to_string()))?.schema {
        None => return Err(damaged("it has no `schema`".to_owned())),
        Some(found) if found > SCHEMA => {
            return Err(Error::Newer { path: path.to_owned(), found, known: SCHEMA });
        }
        Some(SCHEMA) => return Err(damaged("its first line does not hold".to_owned())),
        Some(_) => {}
    }
    let document: Document =
        serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    let stamp = Stamp {
        saved_at: document.saved_at,
        now: document.now,
        speed: document.speed.unwrap_or(pace),
        counter: document.counter,
        reach: document.reach,
    };
    Ok((document.world(), stamp))
}

impl Document {
    fn world(self) -> World {
        let mut world = World::new(&self.subscription, self.seed, self.now);
        world.counter = self.counter;
        for (namespace, registration) in self.registration {
            world.registration.set(&namespace, Some(registration));
        }
        for operation in self.operations {
            let id = operation.id.clone();
            world.operations.set(&id, Some(operation.into()));
        }
        for stored in self.resources {
            world.resources.restore(without_secrets(stored));
        }
        world.past.reach(self.reach);
        let mut all = std::collections::BTreeMap::<String, std::collections::VecDeque<_>>::new();
        for past in self.past {
            let entry = past.was.map(|stored| without_secrets(stored).into());
            all.entry(key(&past.id)).or_default().push_back(Before { until: past.until, entry });
        }
        for (key, list) in all {
            world.past.restore(&key, list);
        }
        world.keep();
        world
    }
}

/// The resource without what the first versions stored of secrets.
fn without_secrets(stored: Stored) -> Entry {
    let text: Box<str> = provider::without_secrets(&stored.kind, stored.body.into());
    let body = RawValue::from_string(text.into()).unwrap_or_default();
    Stored { body, ..stored }.entry()
}
