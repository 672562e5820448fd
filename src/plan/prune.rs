//! What carries the environment's name and is no longer in the profile.

use serde_json::{Map, Value};

use super::change::{Action, Reason};
use super::guard::Allowance;
use super::observed::{Found, Observed};
use super::step::{Call, Step};
use super::wish::Deletion;
use crate::arm::id::ResourceId;
use crate::graph::{Graph, Index};
use crate::kind::{Pace, lane};

/// Returns the ids that will be deleted because the profile no longer names them.
pub(super) fn pruned(observed: &Observed, allowance: &Allowance) -> Vec<ResourceId> {
    if !allowance.prune {
        return Vec::new();
    }
    observed.unmanaged.iter().map(|found| found.id.clone()).collect()
}

/// Adds to a wish the removal of every reference to what is pruned, so that nothing is in use
/// when it is deleted.
pub(super) fn detach(wish: &mut Value, found: &Value, pruned: &[ResourceId]) {
    if pruned.is_empty() {
        return;
    }
    let (Some(wish), Value::Object(found)) = (wish.as_object_mut(), found) else {
        return;
    };
    for (name, value) in found {
        if wish.get(name).is_some_and(|wish| !wish.is_object()) {
            continue;
        }
        if refers(value, pruned) {
            wish.entry(name).or_insert(Value::Null);
        } else if value.is_object() {
            let mut inner = wish.get(name).cloned().unwrap_or_else(|| Value::Object(Map::new()));
            detach(&mut inner, value, pruned);
            if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
                wish.insert(name.clone(), inner);
            }
        }
    }
}

/// Tells whether a value is `{"id": …}` of something that is pruned.
fn refers(value: &Value, pruned: &[ResourceId]) -> bool {
    let id = value.get("id").and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok());
    id.is_some_and(|id| pruned.contains(&id))
}

/// Adds the deletions behind all other steps, or one sentence of advice where they are not asked
/// for.
pub(super) fn append(
    steps: &mut Graph<Step>,
    environment: &str,
    observed: &Observed,
    allowance: &Allowance,
) -> Vec<String> {
    if observed.unmanaged.is_empty() {
        return Vec::new();
    }
    if !allowance.prune {
        let names: Vec<String> = observed
            .unmanaged
            .iter()
            .map(|found| format!("{} `{}`", found.id.resource_type(), found.id.name()))
            .collect();
        return vec![format!(
            "not in the profile and left alone: {}; `--prune` deletes what the profile no longer names",
            names.join(", ")
        )];
    }
    let all: Vec<Index> = steps.iter().map(|(index, _)| index).collect();
    let mut added: Vec<(Index, &Found)> = Vec::new();
    for found in dependents_first(&observed.unmanaged) {
        let waits = added.iter().filter(|(_, other)| mentions(&other.body, &found.id));
        let needs: Vec<Index> = all.iter().copied().chain(waits.map(|(index, _)| *index)).collect();
        let index = steps.add(deletion(found, environment), needs);
        added.push((index, found));
    }
    Vec::new()
}

fn deletion(found: &Found, environment: &str) -> Step {
    Step {
        id: found.id.clone(),
        kind: found.id.resource_type(),
        api: found.api.clone(),
        action: Action::Delete,
        reasons: vec![Reason::NotInProfile],
        deltas: Vec::new(),
        calls: vec![Call::Delete(Deletion::of(&found.id, &found.body, environment))],
        verify: None,
        lane: lane(&found.id),
        pace: crate::kind::pace_of(&found.id.resource_type()).unwrap_or(Pace::seconds(30, 5, 3600)),
    }
}

/// Orders what is deleted so that whatever mentions another goes before it.
fn dependents_first(unmanaged: &[Found]) -> Vec<&Found> {
    let mut rest: Vec<&Found> = unmanaged.iter().collect();
    let mut ordered = Vec::new();
    while !rest.is_empty() {
        let free = rest.iter().position(|found| {
            !rest.iter().any(|other| other.id != found.id && mentions(&other.body, &found.id))
        });
        ordered.push(rest.remove(free.unwrap_or(0)));
    }
    ordered
}

/// Tells whether a body holds the id, or one under it, anywhere; a resource's own id does not count.
pub(crate) fn mentions(body: &Value, id: &ResourceId) -> bool {
    match body {
        Value::String(text) => {
            ResourceId::parse(text).is_ok_and(|found| found == *id || found.is_under(id))
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, id)),
        Value::Object(members) => members.iter().any(|(name, value)| {
            mentions(value, id) || ResourceId::parse(name).is_ok_and(|found| found == *id)
        }),
        _ => false,
    }
}
