//! What roles allow by their definitions, built in or somebody's own.

use serde_json::Value;

use super::super::body;
use super::super::role::find;
use super::super::world::{Entry, World};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Authorization/roleDefinitions";

/// Returns the definition of a customer's own role, by the last part of its id: it reaches whatever
/// lies below where it may be assigned, so that it is read in any of these scopes.
pub(crate) fn custom(world: &World, definition: &str) -> Option<Value> {
    let name = definition.rsplit('/').next().unwrap_or_default();
    let mut all = world.of_kind(KIND);
    let found = all.find(|entry| {
        entry.id.rsplit('/').next().is_some_and(|own| own.eq_ignore_ascii_case(name))
    });
    found.map(Entry::body)
}

/// Returns what a role allows, as a list of permissions; `None` for one that nobody defined.
pub(crate) fn permissions(world: &World, definition: &str) -> Option<Vec<Value>> {
    if let Some(role) = find(definition) {
        return Some(vec![role.permission()]);
    }
    custom(world, definition).map(|found| body::list(&found, "/properties/permissions").to_vec())
}
