//! How a type behaves: the questions that every provider answers, and a PUT as it meets them.

use serde_json::Value;

use crate::arm::id::ResourceId;

use super::super::answer::Answer;
use super::super::asked::Asked;
use super::super::body;
use super::super::error::{Refusal, no_resource};
use super::super::operation::{Operation, Verb, Verdict};
use super::super::ops::set_state;
use super::super::world::{Entry, World};
use super::catalog;

/// The type of a resource group.
pub(crate) const GROUP: &str = "Microsoft.Resources/resourceGroups";

/// A PUT that has passed ARM's front end.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    /// The call.
    pub(crate) asked: &'a Asked,
    /// The resource, its type spelt as Azure spells it.
    pub(crate) id: &'a ResourceId,
    /// The body without its nulls.
    pub(crate) body: Value,
    /// What is stored.
    pub(crate) existing: Option<Value>,
    /// The region asked for, else the group's.
    pub(crate) location: String,
}

impl Put<'_> {
    /// `201` for something new, `200` for a change.
    pub(crate) fn status(&self) -> u16 {
        if self.existing.is_some() { 200 } else { 201 }
    }
}

/// How a type behaves.
pub(crate) trait Provider: Sync {
    /// The type as Azure spells it in ids.
    fn kind(&self) -> &'static str;

    /// Whether the type needs a `location`.
    fn tracked(&self) -> bool {
        !is_child(self.kind())
    }

    /// Whether a resource of this type exists without having been made.
    fn always(&self, _world: &World, _id: &ResourceId) -> bool {
        false
    }

    /// Answers a GET of a resource that exists.
    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let Some(entry) = world.get(id.as_str()) else { return Err(self.absent(world, id)) };
        Ok(Answer::ok(self.show(world, entry)))
    }

    /// Answers a list in a scope, where the type lists itself in its own way.
    fn list(&self, _: &World, _: &Asked, _scope: &str) -> Option<Result<Answer, Refusal>> {
        None
    }

    /// Answers a PUT.
    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal>;

    /// Answers a PATCH: as a rule it changes tags and nothing else.
    fn patch(
        &self,
        world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
        patch: Value,
    ) -> Result<Answer, Refusal> {
        if let Some(tags) = patch.get("tags") {
            world.edit(id.as_str(), |stored| body::set(stored, "/tags", tags.clone()));
        }
        let shown = world.get(id.as_str()).map(|entry| self.show(world, entry));
        Ok(Answer::ok(shown.unwrap_or_default()))
    }

    /// Answers a DELETE of a resource that exists.
    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal>;

    /// Answers a POST.
    fn act(
        &self,
        _world: &mut World,
        asked: &Asked,
        _id: &ResourceId,
        verb: &str,
    ) -> Result<Answer, Refusal> {
        Err(catalog::unknown_type(&format!("{}/{verb}", self.kind()), &asked.api))
    }

    /// What a GET shows of a stored resource.
    fn show(&self, _world: &World, entry: &Entry) -> Value {
        entry.body()
    }

    /// Leaves out of what is shown what an api-version does not know.
    fn as_of(&self, shown: Value, _api: &str) -> Value {
        shown
    }

    /// What a GET of a resource that is not there answers.
    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        no_resource(self.kind(), id.name(), id.group_name().unwrap_or_default())
    }

    /// Brings about what an operation ends in.
    fn settle(&self, world: &mut World, operation: &Operation) {
        settle_plainly(world, operation);
    }
}

/// The end of an operation without further effects.
pub(crate) fn settle_plainly(world: &mut World, operation: &Operation) {
    match (&operation.verb, &operation.verdict) {
        (Verb::Delete, Verdict::Succeeded) => world.remove(&operation.target),
        (_, Verdict::Succeeded) => set_state(world, &operation.target, "Succeeded"),
        (_, Verdict::Failed { .. }) => set_state(world, &operation.target, "Failed"),
        (_, Verdict::Canceled) => set_state(world, &operation.target, "Canceled"),
    }
}

/// Whether a type's resources lie in another resource: `virtualNetworks/subnets`.
pub(crate) fn is_child(kind: &str) -> bool {
    kind.matches('/').count() > 1
}
