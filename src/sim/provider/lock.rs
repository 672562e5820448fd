//! Management locks: on any scope, for everything under it.

use serde_json::{Value, json};

use super::super::page::page;
use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::world::World;
use super::{Answer, Provider, Put};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Authorization/locks";

/// `Microsoft.Authorization/locks`.
pub(crate) struct Lock;

impl Provider for Lock {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn tracked(&self) -> bool {
        false
    }

    fn list(&self, world: &World, asked: &Asked, scope: &str) -> Option<Result<Answer, Refusal>> {
        let here = super::super::world::key(scope);
        let found = world.of_kind(KIND).filter(|entry| {
            let there = super::super::world::key(&scope_of(&entry.id));
            there == here
                || there.starts_with(&format!("{here}/"))
                || here.starts_with(&format!("{there}/"))
        });
        let found: Vec<Value> = found.map(super::super::world::Entry::body).collect();
        Some(page(asked, found))
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let level = body::text(&put.body, "/properties/level").unwrap_or_default();
        if !["CanNotDelete", "ReadOnly", "NotSpecified"].contains(&level) {
            return Err(Refusal::arm(
                400,
                "InvalidLockLevel",
                format!("The lock level '{level}' is not valid."),
            ));
        }
        let mut properties = json!({ "level": level });
        for field in ["notes", "owners"] {
            if let Some(value) = put.body.pointer(&format!("/properties/{field}")) {
                properties[field] = value.clone();
            }
        }
        let stored = json!({
            "properties": properties, "id": put.id.as_str(), "type": KIND, "name": put.id.name(),
        });
        world.put(put.id.as_str(), KIND, &stored);
        Ok(Answer { body: Some(stored), ..Answer::status(put.status()) })
    }

    fn delete(
        &self,
        world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
    ) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        Refusal::arm(404, "LockNotFound", format!("The lock '{}' could not be found.", id.name()))
    }
}

fn scope_of(lock: &str) -> String {
    lock.rsplit_once("/providers/").map_or(lock, |(scope, _)| scope).to_owned()
}

/// Refuses what a lock on the resource, above it or, for a deletion, below it forbids.
pub(crate) fn check(world: &World, id: &ResourceId, what: &str) -> Result<(), Refusal> {
    if id.is_type(KIND) {
        return Ok(());
    }
    let here = super::super::world::key(id.as_str());
    let hit = world.of_kind(KIND).find(|entry| {
        let there = super::super::world::key(&scope_of(&entry.id));
        let read_only = body::text(&entry.body(), "/properties/level") == Some("ReadOnly");
        let applies = what == "delete" || read_only;
        applies
            && (there == here
                || here.starts_with(&format!("{there}/"))
                || (what == "delete" && there.starts_with(&format!("{here}/"))))
    });
    let Some(lock) = hit else { return Ok(()) };
    Err(Refusal::arm(
        409,
        "ScopeLocked",
        format!(
            "The scope '{id}' cannot perform {what} operation because following scope(s) are \
             locked: '{}'. Please remove the lock and try again.",
            scope_of(&lock.id)
        ),
    ))
}
