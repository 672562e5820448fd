//! The plan of `down`: what an environment owns, deleted in an order that never meets "in use".
//!
//! The edges are those of creation, read from what stands there: whatever mentions another
//! resource, lies in it, or acts as it goes first.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Plan;
use super::change::{Action, Reason};
use super::observed::{Inventory, Owned, is_deleting, state};
use super::prune::mentions;
use super::step::{Call, Condition, Step};
use crate::arm::id::ResourceId;
use crate::graph::{Graph, Index};
use crate::kind::{Kind as _, Pace, Removal, ResourceGroup, lane, pace_of, removal_of};

/// Returns the plan that leaves nothing of the environment and everything of others.
pub fn teardown(environment: &str, inventory: &Inventory) -> Plan {
    let ordered = dependents_first(inventory);
    let mut steps: Graph<Step> = Graph::default();
    let mut added: Vec<(Index, &Owned)> = Vec::new();
    for owned in ordered {
        let needs: Vec<Index> = added
            .iter()
            .filter(|(_, earlier)| depends(earlier, owned, inventory))
            .map(|(index, _)| *index)
            .collect();
        let step = step(owned, inventory);
        let index = steps.add(step, needs);
        added.push((index, owned));
    }
    let (attention, advice) = notes(inventory);
    let (environment, refusals, background) = (environment.to_owned(), Vec::new(), Vec::new());
    Plan { environment, steps, refusals, attention, advice, background }
}

/// Tells whether `one` must be gone before `other` can go.
///
/// What goes together with the resource it lies in is gone when that is.
fn depends(one: &Owned, other: &Owned, inventory: &Inventory) -> bool {
    if goes_with(one, inventory).as_ref() == Some(&other.id) {
        return false;
    }
    one.id != other.id
        && (goes_with(other, inventory).as_ref() == Some(&one.id)
            || one.id.is_under(&other.id)
            || mentions_of(one, &other.id)
            || acts_as(one, other))
}

/// Returns the parent that a resource goes together with, if it does.
fn goes_with(owned: &Owned, inventory: &Inventory) -> Option<ResourceId> {
    let parent = owned.id.parent().filter(|parent| goes(parent, inventory))?;
    (removal(owned) == Removal::WithParent).then_some(parent)
}

/// Tells whether a resource names another one in what was wished of it. What Azure reports back
/// from the other side (a route table's `subnets`, a subnet's `ipConfigurations`) is no wish.
fn mentions_of(one: &Owned, id: &ResourceId) -> bool {
    const REPORTED: [&str; 6] = [
        "subnets",
        "ipConfigurations",
        "networkInterfaces",
        "ipConfiguration",
        "natGateway",
        "privateEndpoints",
    ];
    let kind = one.id.resource_type();
    let is_subnet = kind.to_ascii_lowercase().ends_with("/subnets");
    let Some(properties) = one.body.get("properties").and_then(Value::as_object) else {
        return mentions(&one.body, id) && !one.id.is_under(id);
    };
    let named = properties
        .iter()
        .filter(|(name, _)| {
            !REPORTED.contains(&name.as_str()) || (is_subnet && *name == "natGateway")
        })
        .any(|(_, value)| mentions(value, id));
    let subnets = kind.eq_ignore_ascii_case("Microsoft.Network/virtualNetworks")
        && properties.get("subnets").is_some_and(|subnets| mentions_attached(subnets, id));
    named || subnets || one.body.get("identity").is_some_and(|identity| mentions(identity, id))
}

/// Tells whether a network's own subnets are attached to the resource.
fn mentions_attached(subnets: &Value, id: &ResourceId) -> bool {
    subnets.as_array().is_some_and(|subnets| {
        subnets.iter().any(|subnet| {
            ["routeTable", "networkSecurityGroup", "natGateway"].iter().any(|name| {
                subnet.pointer(&format!("/properties/{name}")).is_some_and(|at| mentions(at, id))
            })
        })
    })
}

/// Tells whether a role assignment is held by an identity: Azure names the two by GUID alone.
fn acts_as(one: &Owned, other: &Owned) -> bool {
    let principal = |body: &Value| {
        body.pointer("/properties/principalId").and_then(Value::as_str).map(str::to_ascii_lowercase)
    };
    one.id.is_type("Microsoft.Authorization/roleAssignments")
        && !other.id.is_type("Microsoft.Authorization/roleAssignments")
        && principal(&one.body).is_some_and(|mine| principal(&other.body) == Some(mine))
}

fn dependents_first(inventory: &Inventory) -> Vec<&Owned> {
    let mut rest: Vec<&Owned> = inventory.owned.iter().collect();
    rest.sort_by(|one, other| one.id.cmp(&other.id));
    let mut ordered = Vec::new();
    while !rest.is_empty() {
        let free = rest
            .iter()
            .position(|candidate| !rest.iter().any(|other| depends(other, candidate, inventory)));
        ordered.push(rest.remove(free.unwrap_or(0)));
    }
    ordered
}

fn step(owned: &Owned, inventory: &Inventory) -> Step {
    let held: Vec<ResourceId> =
        inventory.foreign.iter().filter(|id| id.is_under(&owned.id)).cloned().collect();
    let (action, reasons, calls) = if !held.is_empty() {
        (Action::Keep, vec![Reason::HoldsForeign { contents: held }], Vec::new())
    } else if let Some(parent) = goes_with(owned, inventory) {
        (Action::Delete, vec![Reason::DeletedWith { parent }], Vec::new())
    } else if is_deleting(&owned.body) {
        let reasons = vec![Reason::Busy { state: state(&owned.body).to_owned() }];
        (Action::Delete, reasons, vec![Call::Await])
    } else {
        let calls = vec![Call::Delete { condition: condition(owned, inventory) }];
        (Action::Delete, vec![Reason::Teardown], calls)
    };
    Step {
        id: owned.id.clone(),
        kind: owned.id.resource_type(),
        api: owned.api.clone(),
        action,
        reasons,
        deltas: Vec::new(),
        calls,
        verify: None,
        lane: lane(&owned.id),
        pace: pace_of(&owned.id.resource_type()).unwrap_or(Pace::seconds(30, 5, 3600)),
    }
}

/// What somebody changed since it was looked at is not deleted unseen; and a group takes everything
/// along that stands in it, also what came since.
fn condition(owned: &Owned, inventory: &Inventory) -> Condition {
    if !owned.id.is_type(ResourceGroup::TYPE) {
        return Condition::as_read(&owned.id.resource_type(), &owned.body);
    }
    let deleted = inventory.owned.iter().map(|inner| (&inner.id, &inner.api));
    let all = deleted.chain(inventory.gone.iter().map(|(id, api)| (id, api)));
    let inside = all.filter(|(id, _)| id.is_under(&owned.id));
    Condition::Empty(inside.map(|(id, api)| (id.clone(), api.clone())).collect())
}

fn removal(owned: &Owned) -> Removal {
    removal_of(&owned.id.resource_type()).unwrap_or(Removal::Delete)
}

/// Tells whether something owned goes away itself: nothing foreign stands in it.
fn goes(id: &ResourceId, inventory: &Inventory) -> bool {
    inventory.owned.iter().any(|owned| owned.id == *id)
        && !inventory.foreign.iter().any(|foreign| foreign.is_under(id))
}

/// Returns what stays, and what goes without a step of its own.
fn notes(inventory: &Inventory) -> (Vec<String>, Vec<String>) {
    let foreign: BTreeSet<&str> = inventory.foreign.iter().map(ResourceId::as_str).collect();
    let stays = foreign.into_iter().map(|id| format!("not ours and left alone: {id}"));
    let goes = inventory.node_groups.iter().map(|group| {
        format!("{} goes with its cluster, with every disk and address in it", group.name())
    });
    (stays.collect(), goes.collect())
}

#[cfg(test)]
#[path = "teardown_tests.rs"]
mod tests;
