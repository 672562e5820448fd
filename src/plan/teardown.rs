//! The plan of `down`: what an environment owns, deleted in an order that never meets "in use".
//!
//! The edges are those of creation, read from what stands there: whatever mentions another
//! resource, lies in it, or acts as it goes first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Plan;
use super::change::{Action, Reason};
use super::dependents::{dependents_first, goes_before, mentions_of};
use super::observed::{Found, Inventory, Use, is_deleting, state};
use super::ownership::{self, Environment};
use super::rights;
use super::stays::Stays;
use super::step::{Call, Step};
use super::wish::Deletion;
use crate::advice;
use crate::advice::Advice;
use crate::arm::id::ResourceId;
use crate::graph::{Graph, Index};
use crate::kind::{Cluster, Kind as _, Removal, ResourceGroup, VirtualNetwork, lane, traits_of};

/// Returns the plan that leaves nothing of the environment and everything of others.
pub fn teardown(environment: &Environment, inventory: &Inventory) -> Plan {
    let estate = Estate { inventory, used: used(inventory, &inventory.uses) };
    let mut owned: Vec<&Found> = inventory.owned.iter().collect();
    owned.sort_by(|one, other| one.id.cmp(&other.id));
    let ordered = dependents_first(owned, |one, other| depends(one, other, &estate));
    let mut steps: Graph<Step> = Graph::default();
    let mut added: Vec<(Index, &Found)> = Vec::new();
    for owned in ordered {
        let needs: Vec<Index> = added
            .iter()
            .filter(|(_, earlier)| depends(earlier, owned, &estate))
            .map(|(index, _)| *index)
            .collect();
        let step = step(owned, &environment.name, &estate);
        let index = steps.add(step, needs);
        added.push((index, owned));
    }
    let (attention, advice) = notes(&environment.name, &estate);
    let group = Some(environment.group.clone());
    let is_shared = !inventory.uses.is_empty() || !inventory.foreign.is_empty();
    let stays = if is_shared {
        Stays::ForOthers(Box::new((environment.clone(), inventory.clone())))
    } else {
        Stays::Nothing
    };
    let environment = environment.name.clone();
    let (refusals, background) = (Vec::new(), Vec::new());
    Plan { environment, group, steps, refusals, attention, advice, background, stays }
}

/// What is taken down, and what of it stays because another hand uses it, with its users.
struct Estate<'a> {
    inventory: &'a Inventory,
    used: BTreeMap<&'a ResourceId, BTreeSet<&'a ResourceId>>,
}

/// Returns what another hand uses, and what that cannot be without: what it lies in and what it
/// names.
fn used<'a>(
    inventory: &'a Inventory,
    by: impl IntoIterator<Item = &'a Use>,
) -> BTreeMap<&'a ResourceId, BTreeSet<&'a ResourceId>> {
    let mut used: BTreeMap<&ResourceId, BTreeSet<&ResourceId>> = BTreeMap::new();
    let ours = |id: &ResourceId| inventory.owned.iter().find(|owned| owned.id == *id);
    let mut open: Vec<(&Found, &ResourceId)> =
        by.into_iter().filter_map(|one| Some((ours(&one.of)?, &one.by))).collect();
    while let Some((owned, user)) = open.pop() {
        if !used.entry(&owned.id).or_default().insert(user) {
            continue;
        }
        // A subnet that stays while its route table goes would leave its user without a way out.
        let needed = inventory.owned.iter().filter(|other| needs(owned, other));
        open.extend(needed.map(|other| (other, user)));
    }
    used
}

/// Returns what of the environment's stays for others' sake, with these: who stands in it, uses it, or
/// uses what cannot be without it. `around` is what the same run sees to, and no hindrance.
pub fn held_back(
    inventory: &Inventory,
    around: impl Fn(&ResourceId) -> bool,
) -> BTreeMap<ResourceId, BTreeSet<ResourceId>> {
    let used = used(inventory, inventory.uses.iter().filter(|one| !around(&one.by)));
    let foreign = inventory.foreign.iter().filter(|id| !around(id));
    let of = |one: &Found| {
        let users = used.get(&one.id).into_iter().flatten().copied();
        let inside = foreign.clone().filter(|id| id.is_under(&one.id));
        let all: BTreeSet<ResourceId> = users.chain(inside).cloned().collect();
        (!all.is_empty()).then(|| (one.id.clone(), all))
    };
    inventory.owned.iter().filter_map(of).collect()
}

/// Tells whether one cannot do its work without the other. What is attached to the subnets of a
/// network, each subnet needs for itself.
fn needs(one: &Found, other: &Found) -> bool {
    let network = one.id.is_type(VirtualNetwork::TYPE);
    one.id != other.id && (one.id.is_under(&other.id) || !network && mentions_of(one, &other.id))
}

/// Tells whether `one` must be gone before `other` can go, of a whole environment.
///
/// What goes together with the resource it lies in is gone when that is.
fn depends(one: &Found, other: &Found, estate: &Estate<'_>) -> bool {
    // It lies in the other and comes after it all the same: an edge both ways would be a circle.
    if goes_with(one, estate).as_ref() == Some(&other.id) {
        return false;
    }
    one.id != other.id
        && (goes_with(other, estate).as_ref() == Some(&one.id)
            || is_orphan(one) && !is_orphan(other)
            // The group remembers what lies elsewhere, so it goes last.
            || other.id.is_type(ResourceGroup::TYPE) && !is_orphan(other)
            || goes_before(one, other))
}

/// Tells whether something is the group of nodes that a cluster left: what is in it holds subnets.
fn is_orphan(one: &Found) -> bool {
    let manager = one.body.get("managedBy").and_then(Value::as_str);
    one.id.is_type(ResourceGroup::TYPE) && manager.is_some_and(|manager| !manager.is_empty())
}

/// Returns the parent that a resource goes together with, if it does.
fn goes_with(owned: &Found, estate: &Estate<'_>) -> Option<ResourceId> {
    let parent = owned.id.parent().filter(|parent| goes(parent, estate))?;
    (removal(owned) == Removal::WithParent).then_some(parent)
}

fn step(owned: &Found, environment: &str, estate: &Estate<'_>) -> Step {
    let inventory = estate.inventory;
    let held: Vec<ResourceId> =
        inventory.foreign.iter().filter(|id| id.is_under(&owned.id)).cloned().collect();
    // What holds another's thing stays whatever else is known of it: Azure would take that along.
    let (action, reasons, calls) = if !held.is_empty() {
        (Action::Keep, vec![Reason::HoldsForeign { contents: held }], Vec::new())
    } else if let Some(users) = estate.used.get(&owned.id) {
        let users = users.iter().map(|id| (*id).clone()).collect();
        (Action::Keep, vec![Reason::UsedBy { users }], Vec::new())
    } else if let Some(parent) = goes_with(owned, estate) {
        (Action::Delete, vec![Reason::DeletedWith { parent }], Vec::new())
    } else if owned.id.is_type(ResourceGroup::TYPE)
        && !is_orphan(owned)
        && !inventory.late.is_empty()
    {
        // What else its list lacks nobody knows, and a group takes it along.
        let lacks = inventory.late.clone();
        (Action::Wait, vec![Reason::ListBehind { lacks }], Vec::new())
    } else if is_deleting(&owned.body) {
        let reasons = vec![Reason::Busy { state: state(&owned.body).to_owned() }];
        (Action::Delete, reasons, vec![Call::Await])
    } else {
        let mut calls = vec![deletion(owned, environment, inventory)];
        let nodes = ownership::node_groups([&owned.body].into_iter());
        if owned.id.is_type(Cluster::TYPE) {
            calls.extend(nodes.into_iter().map(|group| Call::AwaitGone(group, ResourceGroup::API)));
        }
        (Action::Delete, vec![Reason::Teardown], calls)
    };
    let reasons = reasons.into_iter().chain(rights::gave(owned, inventory.bodies())).collect();
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
        pace: traits_of(&owned.id.resource_type()).pace,
    }
}

/// A group takes everything along that stands in it, also what came since it was looked at.
fn deletion(owned: &Found, environment: &str, inventory: &Inventory) -> Call {
    let deletion = Deletion::of(&owned.id, &owned.body, environment);
    if !owned.id.is_type(ResourceGroup::TYPE) || is_orphan(owned) {
        return Call::Delete(deletion);
    }
    let deleted = inventory.owned.iter().map(|inner| (&inner.id, &inner.api));
    let all = deleted.chain(inventory.gone.iter().map(|(id, api)| (id, api)));
    let inside = all.filter(|(id, _)| id.is_under(&owned.id));
    Call::DeleteEmpty(deletion, inside.map(|(id, api)| (id.clone(), api.clone())).collect())
}

fn removal(owned: &Found) -> Removal {
    traits_of(&owned.id.resource_type()).removal
}

/// Tells whether something owned goes away itself: nothing foreign stands in it or uses it.
fn goes(id: &ResourceId, estate: &Estate<'_>) -> bool {
    let inventory = estate.inventory;
    inventory.owned.iter().any(|owned| owned.id == *id)
        && !estate.used.contains_key(id)
        && !inventory.foreign.iter().any(|foreign| foreign.is_under(id))
}

/// Returns what stays, and what goes without a step of its own.
fn notes(environment: &str, estate: &Estate<'_>) -> (Vec<Advice>, Vec<Advice>) {
    let inventory = estate.inventory;
    let users = inventory.uses.iter().map(|one| &one.by);
    let beside = inventory.foreign.iter().chain(&inventory.foreign_elsewhere);
    let foreign: BTreeSet<&ResourceId> = beside.chain(users).collect();
    let (along, kept): (Vec<_>, Vec<_>) = inventory
        .along
        .iter()
        .partition(|(id, _)| id.parent().is_some_and(|outer| goes(&outer, estate)));
    let stays = foreign.into_iter().chain(kept.into_iter().map(|(id, _)| id));
    let stays = stays.map(left_alone);
    let along = stays.chain(along.into_iter().map(goes_along)).map(Advice::from);
    let of = |one: &Found| ownership::node_groups(std::iter::once(&one.body));
    let (going, staying): (Vec<&Found>, Vec<&Found>) =
        inventory.owned.iter().partition(|one| goes(&one.id, estate));
    let lost: Vec<Advice> = going.iter().copied().filter_map(for_good).collect();
    let nodes = staying.into_iter().flat_map(of).map(|group| stays_with_cluster(&group));
    let goes = going.into_iter().flat_map(of).map(|group| goes_with_cluster(&group));
    let unseen = inventory.unseen.iter().map(unseen);
    let unsure = unsure(environment, inventory);
    (along.chain(nodes).chain(unseen).chain(unsure).collect(), goes.chain(lost).collect())
}

/// Says that something of another hand stays.
pub(super) fn left_alone(id: &ResourceId) -> String {
    format!("not ours and left alone: {id}")
}

/// Says that what AKS made for a cluster stays where the cluster does.
fn stays_with_cluster(group: &ResourceId) -> Advice {
    format!("{} stays with its cluster: {group}", group.name()).into()
}

/// Says that what AKS made for a cluster goes with it.
pub(super) fn goes_with_cluster(group: &ResourceId) -> Advice {
    format!("{} goes with its cluster, with every disk and address in it", group.name()).into()
}

/// Says that what Azure would keep for a while, to be brought back, is not kept.
pub(super) fn for_good(owned: &Found) -> Option<Advice> {
    let traits = traits_of(&owned.id.resource_type());
    let goes = traits.is_missed && traits.for_good.is_some();
    let (noun, name) = (traits.noun, owned.id.name());
    goes.then(|| format!("the {noun} `{name}` is deleted for good, with all that is in it").into())
}

/// Says that what another hand wrote into something of ours goes with it, and of a peering what that
/// leaves behind.
pub(super) fn goes_along((id, remote): &(ResourceId, Option<ResourceId>)) -> String {
    let at = id.parent().map(|outer| outer.name().to_owned()).unwrap_or_default();
    let name = id.name();
    match remote {
        Some(remote) => format!(
            "the peering `{name}` to `{remote}` is not ours and goes with the network `{at}`; its \
             other half is left there, `Disconnected`"
        ),
        None => format!("`{name}` in `{at}` is not ours and goes with it"),
    }
}

/// Says of an environment what nobody could be sure of.
pub fn unsure(environment: &str, inventory: &Inventory) -> Vec<Advice> {
    let names: Vec<&str> = inventory.late.iter().map(ResourceId::name).collect();
    let late = (!names.is_empty()).then(|| {
        advice!(
            "Azure's list of what stands in the group is behind: it lacks {}; what another hand \
             made lately it may lack too",
            names.join(", ")
        )
    });
    let lost = inventory.lost.iter().map(|id| ownership::lost(id, environment));
    let unread = inventory.is_unsure.then(|| {
        "the clusters of the subscription may not be listed: whether another one uses an identity \
         or a right of this environment nobody could see"
            .into()
    });
    late.into_iter().chain(lost).chain(unread).collect()
}

/// Says what could not be looked at and may be left.
fn unseen(half: &ResourceId) -> Advice {
    let hub = half.parent().unwrap_or_else(|| half.clone());
    advice!(
        "network `{}` may not be read: a far half of a peering may be left there; \
         `az network vnet peering show --ids {}` looks, for whoever may",
        hub.name(),
        half.as_str()
    )
}

#[cfg(test)]
#[path = "teardown_tests.rs"]
mod tests;
