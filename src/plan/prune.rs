//! What carries the environment's name and is no longer in the profile.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::change::{Action, Reason};
use super::dependents::{dependents_first, goes_before};
use super::guard::Allowance;
use super::in_the_way;
use super::observed::{Found, Observed, mentions};
use super::ownership::{self, Environment};
use super::rights;
use super::step::{Call, Step, Verify};
use super::teardown::goes_along;
use super::wish::{Deletion, Wish};
use crate::arm::body::{Body, put};
use crate::arm::id::ResourceId;
use crate::diff::{deltas, settle};
use crate::graph::{Graph, Index};
use crate::kind::{
    Cluster, CollectionRule, Kind as _, Resource, RoleAssignment, lane, noun, traits_of,
};

/// Returns the ids that will be deleted because the profile no longer names them.
pub(super) fn pruned(
    desired: &Graph<Resource>,
    observed: &Observed,
    allowance: &Allowance,
) -> Vec<ResourceId> {
    if !allowance.prune {
        return Vec::new();
    }
    let goes = observed.unmanaged.iter();
    let goes = goes.filter(|found| !observed.users.contains_key(&found.id));
    let goes = goes.filter(|found| acting(found, desired, observed).is_none());
    let goes = goes.filter(|found| named_still(found, desired, observed).is_none());
    goes.map(|found| found.id.clone()).collect()
}

/// Returns the cluster whose nodes act as an identity and go on to, of that identity and of the rights
/// by which they do: what a profile no longer says stays, and Azure has no way back from it.
fn acting(found: &Found, desired: &Graph<Resource>, observed: &Observed) -> Option<ResourceId> {
    const AT: &str = "/properties/identityProfile/kubeletidentity/resourceId";
    let mut all = desired.iter().map(|(_, one)| one);
    let cluster = all.find(|one| one.kind == Cluster::TYPE)?;
    let stands = ResourceId::at(observed.get(&cluster.id).body()?, AT)?;
    let says = cluster.body.value().pointer(AT).is_some();
    let holds = |role| RoleAssignment::holder_of(&found.id, &role, std::iter::once(&stands));
    let is_its = found.id == stands
        || found.id.is_type(RoleAssignment::TYPE) && found.id.parent().as_ref() == Some(&stands)
        || RoleAssignment::role_in(&found.body).and_then(holds).is_some();
    (is_its && !says).then(|| cluster.id.clone())
}

/// Returns where the cluster goes on to name what is left: a setting that a profile does not say
/// stays, and what it leads to cannot go before.
fn named_still(
    found: &Found,
    desired: &Graph<Resource>,
    observed: &Observed,
) -> Option<(ResourceId, String)> {
    let mut all = desired.iter().map(|(_, one)| one);
    let cluster = all.find(|one| one.kind == Cluster::TYPE)?;
    let stands = observed.get(&cluster.id).body()?;
    let mut wish = cluster.body.value().clone();
    detach(&mut wish, stands, std::slice::from_ref(&found.id));
    silence(&mut wish, stands, &[found]);
    let after = settle(stands, &wish, &cluster.rules);
    let at = place_of(after.get("properties")?, &found.id)?;
    Some((cluster.id.clone(), at))
}

/// Returns the path at which settings name an id, of those that are in force: neither what is switched
/// off, nor the pools, which go on their own, nor what Azure reports.
fn place_of(settings: &Value, id: &ResourceId) -> Option<String> {
    let is_off = |at: &str| settings.pointer(at) == Some(&Value::Bool(false));
    // Defender's switch lies deeper than those of all others.
    let is_off = is_off("/enabled") || is_off("/securityMonitoring/enabled");
    let members = settings.as_object().filter(|_| !is_off)?;
    let counts = |name: &str| name != "agentPoolProfiles" && !name.starts_with("effective");
    members.iter().filter(|(name, _)| counts(name)).find_map(|(name, value)| {
        if value.is_object() {
            return place_of(value, id).map(|inner| format!("{name}.{inner}"));
        }
        mentions(value, id).then(|| name.clone())
    })
}

/// Turns the agents of a cluster off that would have nothing left to send to: Azure takes no write of
/// a cluster whose agent for logs is on and has lost its workspace.
pub(super) fn silence(wish: &mut Value, found: &Value, pruned: &[&Found]) {
    const SWITCHES: [(&str, &str); 3] = [
        ("/properties/addonProfiles/omsagent", "/config"),
        ("/properties/azureMonitorProfile/containerInsights", "/logAnalyticsWorkspaceResourceId"),
        ("/properties/azureMonitorProfile/metrics", ""),
    ];
    for (at, names) in SWITCHES {
        let stands = found.pointer(at).filter(|one| one.get("enabled") == Some(&Value::Bool(true)));
        let Some(stands) = stands.filter(|_| wish.pointer(&format!("{at}/enabled")).is_none())
        else {
            continue;
        };
        let settings = stands.pointer(names).filter(|_| !names.is_empty());
        let loses = pruned.iter().any(|one| match settings {
            Some(settings) => mentions(settings, &one.id),
            None => {
                one.id.is_type(CollectionRule::TYPE) && CollectionRule::is_of_metrics(&one.body)
            }
        });
        if loses {
            put(wish, at.split('/').skip(1).chain(["enabled"]), Value::Bool(false));
        }
    }
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
    ResourceId::at(value, "/id").is_some_and(|id| pruned.contains(&id))
}

/// Adds the deletions behind all other steps, or one sentence of advice where they are not asked
/// for.
pub(super) fn append(
    steps: &mut Graph<Step>,
    desired: &Graph<Resource>,
    environment: &Environment,
    observed: &Observed,
    (allowance, pruned): (&Allowance, &[ResourceId]),
) -> Vec<String> {
    let mut said = Vec::new();
    if allowance.prune && !observed.late.is_empty() {
        said.push(behind(environment, observed));
    }
    if observed.unmanaged.is_empty() {
        return said;
    }
    if !allowance.prune {
        return left(environment, observed);
    }
    let (goes, stays): (Vec<&Found>, Vec<&Found>) =
        observed.unmanaged.iter().partition(|found| pruned.contains(&found.id));
    for kept in stays {
        if let Some(cluster) = acting(kept, desired, observed) {
            let (what, cluster) = (named(kept, environment, observed), cluster.name());
            let it = if kept.id.is_type(RoleAssignment::TYPE) { "by it" } else { "as it" };
            said.push(format!("{what} stays: the nodes of cluster `{cluster}` act {it}"));
            continue;
        }
        if let Some((cluster, at)) = named_still(kept, desired, observed) {
            let (what, cluster) = (named(kept, environment, observed), cluster.name());
            said.push(format!("{what} stays: cluster `{cluster}` goes on to name it in `{at}`"));
            continue;
        }
        said.extend(
            observed.users.get(&kept.id).map(|users| held_by(kept, users, environment, observed)),
        );
    }
    let along = observed.along.iter();
    let along = along.filter(|(id, _)| id.parent().is_some_and(|outer| pruned.contains(&outer)));
    said.extend(along.map(goes_along));
    let is_used = |found: &Found| goes.iter().any(|other| goes_before(other, found));
    let bars = |found: &Found| steps.iter().any(|(_, step)| in_the_way::bars(found, step));
    let (early, goes): (Vec<&Found>, Vec<&Found>) =
        goes.iter().copied().partition(|found| !is_used(found) && bars(found));
    let early = early.into_iter().map(|found| (found, deletion(found, &environment.name)));
    let early: Vec<(&Found, Step)> = early.collect();
    *steps = in_the_way::first(steps, &early);
    let all: Vec<Index> = steps.iter().map(|(index, _)| index).collect();
    let mut added: Vec<(Index, &Found)> = Vec::new();
    for found in dependents_first(goes, goes_before) {
        let waits = added.iter().filter(|(_, other)| goes_before(other, found));
        let needs: Vec<Index> = all.iter().copied().chain(waits.map(|(index, _)| *index)).collect();
        let mut step = deletion(found, &environment.name);
        step.reasons.extend(rights::gave(found, observed.bodies()));
        let index = steps.add(step, needs);
        added.push((index, found));
    }
    said
}

/// Says what is left alone: what `--prune` would take away, and what stays for others' sake.
fn left(environment: &Environment, observed: &Observed) -> Vec<String> {
    let (held, goes): (Vec<&Found>, Vec<&Found>) =
        observed.unmanaged.iter().partition(|found| observed.users.contains_key(&found.id));
    let names: Vec<String> = goes.iter().map(|found| named(found, environment, observed)).collect();
    let goes = (!names.is_empty()).then(|| {
        format!(
            "not in the profile and left alone: {}; `--prune` deletes what the profile no longer names",
            names.join(", ")
        )
    });
    let held = held.iter();
    let held = held.map(|found| held_by(found, &observed.users[&found.id], environment, observed));
    goes.into_iter().chain(held).collect()
}

/// Says that something the profile no longer names is not pulled from under another hand.
fn held_by(
    found: &Found,
    users: &BTreeSet<ResourceId>,
    environment: &Environment,
    observed: &Observed,
) -> String {
    let users: Vec<String> = users.iter().map(|id| format!("`{}`", id.name())).collect();
    format!(
        "{} is not in the profile and stays: another hand stands in it or uses it, {}",
        named(found, environment, observed),
        users.join(", ")
    )
}

/// Says that a list is behind, so that more than was found may be left.
fn behind(environment: &Environment, observed: &Observed) -> String {
    let names: Vec<&str> = observed.late.iter().map(ResourceId::name).collect();
    format!(
        "Azure's list of what carries the name `{}` is behind: it lacks {}; what else was made \
         lately it may lack too, so run `--prune` again in some minutes",
        environment.name,
        names.join(", ")
    )
}

/// Returns what is told of something left: its group, too, where that is not the environment's.
fn named(found: &Found, environment: &Environment, observed: &Observed) -> String {
    let (kind, id) = (noun(&found.id.resource_type()), &found.id);
    let what = match rights::gave(found, observed.bodies()) {
        Some(Reason::Gives { role, to }) => {
            let scope = id.parent().map(|scope| scope.name().to_owned()).unwrap_or_default();
            format!("{kind} of `{role}` for `{to}` on `{scope}`")
        }
        _ if lane(id) != *id => format!("{kind} `{}/{}`", lane(id).name(), id.name()),
        _ => format!("{kind} `{}`", id.name()),
    };
    let group = id.group().filter(|group| *group != environment.group);
    group.map_or(what.clone(), |group| format!("{what} in the group `{}`", group.name()))
}

/// Returns the steps by which what remembers the pruned forgets them: last, when they are gone. A
/// name that is forgotten before is another hand's if the run dies in between; one that is never
/// forgotten makes ours what another hand gives the same name.
pub(super) fn forgets(
    environment: &str,
    desired: &Graph<Resource>,
    observed: &Observed,
    pruned: &[ResourceId],
    planned: &[Step],
) -> Vec<Step> {
    if pruned.is_empty() {
        return Vec::new();
    }
    let rest: Vec<Found> =
        observed.unmanaged.iter().filter(|found| !pruned.contains(&found.id)).cloned().collect();
    let steps = desired.iter().zip(planned).filter_map(|((_, resource), step)| {
        let verify = step.verify.as_ref()?;
        let found = observed.get(&resource.id).body()?;
        let before = settle(found, verify.desired.value(), &resource.rules);
        let mut wish = verify.desired.value().clone();
        let found = Some(&before);
        let seen = ownership::Seen { desired, found, unmanaged: &rest, pruned: &[] };
        ownership::remember(&mut wish, resource, &seen);
        let deltas = deltas(&before, &settle(&before, &wish, &resource.rules), &resource.rules);
        let wish = Body::new(wish);
        (!deltas.is_empty()).then(|| Step {
            action: Action::Update,
            reasons: vec![Reason::Forgets],
            deltas,
            calls: vec![Call::Put(
                Wish::to_make(resource, wish.clone()).over(&before).of(Some(environment)),
            )],
            verify: Some(Verify { desired: wish, rules: resource.rules.clone() }),
            ..step.clone()
        })
    });
    steps.collect()
}

/// Adds what forgets behind everything; what is kept until then needs no step of its own.
pub(super) fn forget(steps: Graph<Step>, forgets: Vec<Step>) -> Graph<Step> {
    if forgets.is_empty() {
        return steps;
    }
    let mut after = Graph::default();
    let mut places: Vec<Option<Index>> = Vec::new();
    for (index, step) in steps.iter() {
        if step.action == Action::Keep && forgets.iter().any(|last| last.id == step.id) {
            places.push(None);
            continue;
        }
        let needs = steps.needs(index).filter_map(|need| places[need.position()]);
        let needs: Vec<Index> = needs.collect();
        places.push(Some(after.add(step.clone(), needs)));
    }
    for step in forgets {
        let all: Vec<Index> = places.iter().flatten().copied().collect();
        after.add(step, all);
    }
    after
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
        pace: traits_of(&found.id.resource_type()).pace,
    }
}
