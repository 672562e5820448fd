//! The routes of a table and the rules of a security group: parts that are written one by one or,
//! as a list in the body of the whole, all at once.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::body;
use super::super::error::Refusal;
use super::super::world::{Entry, World};
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put};

/// What a whole is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// The list in the whole's properties, and what the parts are called below it: `routes`.
    pub(crate) list: &'static str,
    /// The type of a part.
    pub(crate) kind: &'static str,
}

impl Parts {
    /// Returns the parts that stand.
    pub(crate) fn of(self, world: &World, whole: &str) -> Vec<Value> {
        world.children(whole, self.list).iter().map(|entry| entry.body()).collect()
    }

    /// Reads the parts that a body lists, each made into what is stored of it; `None` where it says
    /// nothing of them, which keeps those that stand.
    pub(crate) fn wanted(
        self,
        put: &Put<'_>,
        part: fn(&ResourceId, &Value) -> Result<Value, Refusal>,
    ) -> Result<Option<Vec<Value>>, Refusal> {
        let name = |given: &Value| body::text(given, "/name").unwrap_or_default().to_owned();
        let listed = put.body.pointer(&format!("/properties/{}", self.list));
        let listed = listed.map(|list| list.as_array().into_iter().flatten());
        let made = |given: &Value| part(&put.id.child(self.list, &name(given)), given);
        listed.map(|list| list.map(made).collect()).transpose()
    }

    /// Writes a whole, and its parts where the body lists them: a change of parts alone is work.
    pub(crate) fn accept(
        self,
        world: &mut World,
        put: &Put<'_>,
        provider: &dyn Provider,
        (mut stored, wanted): (Value, Option<Vec<Value>>),
        pace: Pace,
    ) -> Answer {
        const CHANGED: &str = "/properties/partsChanged";
        let mut before = self.of(world, put.id.as_str());
        for part in &mut before {
            drop(body::take(part, "/properties/provisioningState"));
        }
        if wanted.as_ref().is_some_and(|wanted| *wanted != before) {
            body::set(&mut stored, CHANGED, true);
        }
        let mut answer = nrp::accept(world, put, provider, stored, pace);
        world.edit(put.id.as_str(), |stored| {
            body::take(stored, CHANGED);
        });
        if let Some(wanted) = wanted {
            self.replace(world, put.id, wanted);
        }
        answer.body = world.get(put.id.as_str()).map(|entry| provider.show(world, entry));
        answer
    }

    fn replace(self, world: &mut World, whole: &ResourceId, wanted: Vec<Value>) {
        let id = |part: &Value| body::text(part, "/id").unwrap_or_default().to_owned();
        for old in self.of(world, whole.as_str()).iter().map(id) {
            if !wanted.iter().any(|part| id(part).eq_ignore_ascii_case(&old)) {
                world.remove(&old);
            }
        }
        for mut part in wanted {
            body::set(&mut part, "/properties/provisioningState", "Succeeded");
            world.put(&id(&part), self.kind, &part);
        }
    }

    /// Returns a whole as it is shown, and its parts beside it, all with one tag.
    pub(crate) fn shown(self, world: &World, entry: &Entry) -> Value {
        let mut shown = entry.body();
        let mut parts = self.of(world, &entry.id);
        for part in &mut parts {
            part["etag"] = shown["etag"].clone();
        }
        body::set(&mut shown, &format!("/properties/{}", self.list), parts);
        shown
    }
}

/// Returns what a whole begins with and keeps: its number, and the subnets that it serves.
pub(crate) fn kept(world: &mut World, put: &Put<'_>) -> Value {
    let old = put.existing.as_ref();
    let guid = old.and_then(|old| body::text(old, "/properties/resourceGuid"));
    let guid = guid.map_or_else(|| world.guid(), str::to_owned);
    let mut properties = json!({ "resourceGuid": guid });
    if let Some(subnets) = old.and_then(|old| old.pointer("/properties/subnets")) {
        properties["subnets"] = subnets.clone();
    }
    properties
}
