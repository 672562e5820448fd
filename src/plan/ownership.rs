//! Whose is it: every decision about what an environment owns, in one pure place.
//!
//! # What does `down` delete, and how does it know?
//!
//! An [`Environment`] is a name in a resource group. `down` deletes these and nothing else:
//!
//! 1. **What carries the tag**: a resource in the group, or the group itself, whose tag
//!    `akstool-environment` was read from the resource's own id and spells the name exactly
//!    ([`Environment::owns`]). A list names candidates and never owners: lists lag and ignore case.
//! 2. **What something of ours remembers** (`memory`): subnets, peerings and routes carry no tags,
//!    so the network and the table they lie in keep their names in tags. A name stays there until
//!    the thing is gone, whether or not a profile still asks for it.
//! 3. **What follows from a name**: rights, whose names are UUIDs of scope, role and identity, and
//!    whose description names the environment (`grants`); the other halves of peerings, in
//!    networks of others, by the name `ENVIRONMENT-PEERING` and the network they lead to.
//! 4. **The pools of a cluster of ours**, whoever added them: they cannot be without it.
//!
//! All of that only as long as nobody else uses it (`uses`): what another hand put to use stays,
//! with everything that cannot be without, and its user is named. A group takes along whatever
//! stands in it, so it goes last, when neither its own list nor those of the providers name
//! anything that was not there when the plan was made; and not at all while its list still lacks
//! what was just read in it, because what else it lacks nobody knows.
//!
//! `observe` fetches candidates and documents; here they are judged; the plans act on the verdict.

mod environment;
mod grants;
mod memory;
mod peerings;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use self::environment::Environment;
pub use self::grants::{Holder, attachments, expected as expected_grants};
pub use self::peerings::peering_candidates;
pub use self::uses::{Dwellers, Neighbours};

pub(crate) use self::grants::{instead, reaching, role, subnets_of};
pub(crate) use self::memory::{
    Seen, gave_more, identities_elsewhere, pulls_elsewhere, remember, remembering, remembers_grants,
};
pub(crate) use self::uses::{dweller, held, holders, id_of};

use self::grants::{is_marked, is_ours, works_on};
use self::memory::{Memory, SUBNETS, Words};
use self::peerings::{agrees, closed, far_halves, foreign_halves, foreign_peerings, is_named_in};
use super::observed::{Found, Inventory, Observation, is_of_aks, members, tag};
use crate::advice;
use crate::advice::Advice;
use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{
    ALL, AgentPool, Claim, Cluster, ENVIRONMENT, Entry, FederatedCredential, Identity, Kind,
    Ownership, Peering, Resource, ResourceGroup, RoleAssignment, Subnet, VirtualNetwork,
    api_version, kinds_in, of, traits_of,
};
use crate::shell::Line;

/// Returns the types that an environment is made of and whose lists say what stands in a group, each
/// with the version its provider is asked in.
pub fn types() -> impl Iterator<Item = (&'static str, ApiVersion)> {
    // Of what lies in something else no group has a list.
    let listed = ALL.iter().filter(|kind| kind.name.matches('/').count() == 1);
    let listed =
        listed.filter(|kind| kind.traits.claim == Claim::Tags && kind.name != ResourceGroup::TYPE);
    listed.map(|kind| (kind.name, kind.api.clone()))
}

/// What was gathered of an environment: documents and candidates, judged by nobody yet.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The group, as it was read.
    pub group: Option<Found>,
    /// What stands in the group, each read under its own id.
    pub read: Vec<Found>,
    /// What ARM's list of the group names.
    pub listed: Vec<ResourceId>,
    /// What the lists of the providers name there.
    pub told: Vec<ResourceId>,
    /// What a list names and a read did not find, with the version to ask with.
    pub gone: Vec<(ResourceId, ApiVersion)>,
    /// Groups of nodes whose cluster is not there any more.
    pub orphans: Vec<Found>,
    /// What a profile at hand makes of whole resources without tags, on things of others.
    pub whole: Vec<Found>,
    /// Subnets of our clusters' pools that lie in networks of others.
    pub subnets: Vec<Found>,
    /// Identities that may hold rights.
    pub holders: Vec<Holder>,
    /// Rights of these, whoever gave them.
    pub grants: Vec<Found>,
    /// Peerings in networks of others that may be of our making.
    pub peerings: Vec<Found>,
    /// Those that may not be read.
    pub closed: Vec<ResourceId>,
    /// Those around who may use what is ours.
    pub neighbours: Neighbours,
    /// Whether nobody could say which clusters stand in the subscription.
    pub is_unsure: bool,
}

impl Gathered {
    /// Returns the groups that AKS made for the nodes of clusters here; what lies in them is AKS's
    /// own, whatever tags it copied there.
    pub fn node_groups(&self) -> Vec<ResourceId> {
        node_groups(self.read.iter().map(|one| &one.body))
    }
}

/// Judges what was gathered: what the environment owns, what of others is in the way.
///
/// `desired` is what a profile asks for, where one is at hand: it knows ids that no list names.
pub fn judge(
    environment: &Environment,
    gathered: Gathered,
    desired: Option<&Graph<Resource>>,
) -> Inventory {
    let nodes = gathered.node_groups();
    let tagged = gathered.read.iter().filter(|one| environment.owns(&one.id, &one.body));
    let mut owned: Vec<Found> = tagged.cloned().collect();
    let children: Vec<Found> = owned.iter().flat_map(children).collect();
    owned.extend(children);
    let orphans = gathered.orphans.iter().filter(|one| environment.owned_nodes(&one.body));
    owned.extend(orphans.chain(&gathered.whole).cloned());
    owned.extend(grants_of(environment, &gathered, &owned, desired));
    let unseen = closed(&gathered.closed, &owned);
    let group = gathered.group.as_ref();
    owned.extend(far_halves(environment, &gathered.peerings, group, &owned, desired));
    let mut foreign = strangers(&gathered, &owned);
    foreign.extend(owned.iter().flat_map(foreign_subnets));
    foreign.sort();
    foreign.dedup();
    let along = owned.iter().flat_map(foreign_peerings);
    let along = along.chain(owned.iter().flat_map(foreign_parts));
    let along = along.chain(owned.iter().flat_map(foreign_trust)).collect();
    let uses = uses::uses(&owned, &foreign, &nodes, &gathered.neighbours);
    let node_groups = self::node_groups(owned.iter().map(|one| &one.body));
    let nodes = nodes.into_iter().filter(|group| !node_groups.contains(group));
    let halves = foreign_halves(&gathered.peerings, &foreign, &owned);
    let foreign_elsewhere = nodes.chain(halves).collect();
    let late = late(environment, &gathered);
    let group = gathered.group.filter(|group| !is_managed(&group.body));
    let lost = lost_of(environment, &gathered.read, group.as_ref(), &owned);
    owned.extend(group.filter(|group| environment.owns(&group.id, &group.body)));
    Inventory {
        owned,
        foreign,
        along,
        uses,
        gone: gathered.gone,
        unseen,
        node_groups,
        foreign_elsewhere,
        late,
        lost,
        is_unsure: gathered.is_unsure,
    }
}

/// Tells whether something else manages a group: AKS made it for nodes, say.
fn is_managed(group: &Value) -> bool {
    group.get("managedBy").is_some_and(|manager| !manager.is_null())
}

/// Returns what stands in the group and ARM's own list of it does not name.
fn late(environment: &Environment, gathered: &Gathered) -> Vec<ResourceId> {
    let read = gathered.read.iter().map(|one| &one.id);
    let there: BTreeSet<&ResourceId> = read
        .chain(&gathered.told)
        .filter(|id| id.parent().as_ref() == Some(&environment.group))
        .filter(|id| gathered.gone.iter().all(|(gone, _)| gone != *id))
        .collect();
    there.into_iter().filter(|id| !gathered.listed.contains(id)).cloned().collect()
}

/// Returns what the group holds of another hand: neither ours, nor in ours, nor gone.
fn strangers(gathered: &Gathered, owned: &[Found]) -> Vec<ResourceId> {
    let gone = gathered.gone.iter().map(|(id, _)| id);
    let ours: BTreeSet<&ResourceId> = owned.iter().map(|owned| &owned.id).chain(gone).collect();
    let read = gathered.read.iter().map(|one| &one.id);
    let along: Vec<ResourceId> = owned.iter().flat_map(uses::along).collect();
    // What says by tags of its own whose it is does so also where it lies in something of ours.
    let says = |id: &ResourceId| {
        of(&id.resource_type()).is_some_and(|kind| kind.traits.claim == Claim::Tags)
    };
    let inside = |id: &ResourceId| ours.iter().any(|our| id.is_under(our)) && !says(id);
    let all = gathered.listed.iter().chain(&gathered.told).chain(read);
    all.filter(|id| !ours.contains(id) && !inside(id) && !along.contains(id)).cloned().collect()
}

/// Returns the groups that AKS made for the nodes of these clusters.
pub(crate) fn node_groups<'a>(bodies: impl Iterator<Item = &'a Value>) -> Vec<ResourceId> {
    bodies
        .filter_map(|body| {
            let name = body.pointer("/properties/nodeResourceGroup")?.as_str()?;
            Some(ResourceId::resource_group(id_of(body)?.subscription_id(), name))
        })
        .collect()
}

/// Returns the children of an owned resource that are ours and stand in its body: those whose names
/// it remembers, and those that cannot be without it.
fn children(owned: &Found) -> Vec<Found> {
    let of = |kind: &'static Entry| {
        let (list, words) = match kind.traits.claim.listed() {
            Some(listed) => (listed.list, Some(Memory::of(listed).read(&owned.body)?)),
            None => (kind.traits.inline?.list, None),
        };
        // What the answer of its parent does not show is there as long as its name is kept.
        let is_shown = owned.body.pointer(&format!("/properties/{list}")).is_some();
        let named = words.iter().flat_map(Words::names).filter(|_| !is_shown);
        let unseen: Vec<Found> = named
            .map(|name| Found {
                id: owned.id.child(kind.collection(), name),
                api: kind.api.clone(),
                body: json!({ "name": name }),
            })
            .collect();
        let ours = move |one: &&Value| words.as_ref().is_none_or(|words| is_named_in(words, one));
        Some(
            members(&owned.body, list)
                .filter(ours)
                .filter_map(move |one| {
                    let id = owned.id.child(kind.collection(), one.get("name")?.as_str()?);
                    let body = kind
                        .traits
                        .inline
                        .map_or_else(|| Some(one.clone()), |_| as_resource(one))?;
                    Some(Found { id, api: kind.api.clone(), body })
                })
                .chain(unseen),
        )
    };
    kinds_in(&owned.id.resource_type()).filter_map(of).flatten().collect()
}

/// Returns a pool as it would answer for itself: a cluster lists the properties of its pools
/// without the fold, state included.
fn as_resource(profile: &Value) -> Option<Value> {
    let mut properties = profile.as_object()?.clone();
    let name = properties.remove("name")?;
    Some(json!({ "name": name, "properties": properties }))
}

/// Returns the subnets of another hand in a network of ours.
pub(crate) fn foreign_subnets(owned: &Found) -> Vec<ResourceId> {
    if !owned.id.is_type(VirtualNetwork::TYPE) {
        return Vec::new();
    }
    let words = SUBNETS.read(&owned.body).unwrap_or_default();
    members(&owned.body, "subnets")
        .filter(|subnet| !is_named_in(&words, subnet))
        .filter_map(|subnet| Some(owned.id.child("subnets", subnet.get("name")?.as_str()?)))
        .collect()
}

/// Returns the rights that the environment gave.
fn grants_of(
    environment: &Environment,
    gathered: &Gathered,
    owned: &[Found],
    desired: Option<&Graph<Resource>>,
) -> Vec<Found> {
    let clusters: Vec<&Found> = owned.iter().filter(|one| one.id.is_type(Cluster::TYPE)).collect();
    let subnets = [&gathered.subnets[..], owned].concat();
    let wished = desired.into_iter().flat_map(Graph::iter).map(|(_, one)| &one.id);
    let wished = wished.filter(|id| id.is_type(RoleAssignment::TYPE));
    let wished: BTreeSet<ResourceId> = wished.filter_map(ResourceId::parent).collect();
    let works = |scope: &ResourceId| {
        wished.contains(scope) || clusters.iter().any(|one| works_on(&one.body, &subnets, scope))
    };
    let remembered = pulls_of(environment, owned.iter().chain(&gathered.group));
    let ours = |grant: &&Found| is_ours(environment, grant, &gathered.holders, works, &remembered);
    let mut grants: Vec<Found> = gathered.grants.iter().filter(ours).cloned().collect();
    grants.sort_by(|one, other| one.id.cmp(&other.id));
    grants.dedup_by(|one, other| one.id == other.id);
    grants
}

/// Returns the rights on registries of others that an environment remembers to have given.
pub(crate) fn pulls_of<'a>(
    environment: &Environment,
    all: impl Iterator<Item = &'a Found>,
) -> Vec<ResourceId> {
    let owned = all.filter(|one| environment.owns(&one.id, &one.body));
    owned.flat_map(|one| pulls_elsewhere(&one.id, &one.body)).collect()
}

/// Returns what is the environment's and no longer in its profile.
pub fn unmanaged(
    environment: &Environment,
    desired: &Graph<Resource>,
    standing: &BTreeMap<ResourceId, Observation>,
    gathered: &Gathered,
) -> Vec<Found> {
    let bodies = standing.iter().filter_map(|(id, one)| Some((id, one.body()?)));
    let wished: Vec<Found> = bodies
        .filter(|(id, body)| environment.owns(id, body))
        .filter_map(|(id, body)| found(id, body))
        .collect();
    let node_groups = node_groups(wished.iter().map(|one| &one.body));
    let away = |id: &ResourceId| node_groups.iter().any(|group| id.is_under(group));
    let tagged = gathered.read.iter();
    let tagged = tagged.filter(|one| environment.owns(&one.id, &one.body) && !away(&one.id));
    let tagged: Vec<Found> = tagged.cloned().collect();
    // A pool that `az` added carries no tag of ours: it is nothing to be pruned.
    let by_us = |one: &Found| {
        !one.id.is_type(AgentPool::TYPE)
            || one.body.get("properties").is_some_and(|pool| environment.is_named_by(pool))
    };
    let inside = wished.iter().flat_map(children).filter(by_us);
    let inlined = wished.iter().flat_map(|one| inlined(one, desired));
    let all = [&wished[..], &tagged].concat();
    let grants = gathered.grants.iter();
    let remembered = pulls_of(environment, all.iter());
    let marked = |one: &&Found| is_marked(environment, one, &gathered.holders, &remembered);
    let grants = grants.filter(marked).cloned();
    let group = all.iter().find(|one| one.id == environment.group);
    let far = far_halves(environment, &gathered.peerings, group, &all, None);
    let mut found: Vec<Found> =
        tagged.into_iter().chain(inside).chain(inlined).chain(grants).chain(far).collect();
    found.retain(|one| !standing.contains_key(&one.id));
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    found
}

/// Returns a resource of a known type with the version to speak to it in.
fn found(id: &ResourceId, body: &Value) -> Option<Found> {
    let api = api_version(&id.resource_type())?;
    Some(Found { id: id.clone(), api, body: body.clone() })
}

/// Returns the list of what is part of something and carries no tags, routes say, and the words by
/// which ours are known.
fn parts_of(owned: &Found) -> Option<(&'static str, Words)> {
    let items = traits_of(&owned.id.resource_type()).items?;
    Some((items.list, Memory::of(items).read(&owned.body).unwrap_or_default()))
}

/// Returns the routes and rules of another hand in something of ours. AKS takes its own away itself.
fn foreign_parts(owned: &Found) -> Vec<(ResourceId, Option<ResourceId>)> {
    let Some((list, words)) = parts_of(owned) else { return Vec::new() };
    members(&owned.body, list)
        .filter(|one| !is_named_in(&words, one) && !is_of_aks(one))
        .filter_map(|one| Some((owned.id.child(list, one.get("name")?.as_str()?), None)))
        .collect()
}

/// Returns the credentials by which another hand's service acts as an identity of ours: that trust
/// goes with the identity.
fn foreign_trust(owned: &Found) -> Vec<(ResourceId, Option<ResourceId>)> {
    let Claim::Listed(listed) = FederatedCredential::TRAITS.claim else { return Vec::new() };
    if !owned.id.is_type(Identity::TYPE) {
        return Vec::new();
    }
    let words = Memory::of(listed).read(&owned.body).unwrap_or_default();
    members(&owned.body, listed.list)
        .filter(|one| !is_named_in(&words, one))
        .filter_map(|one| Some((owned.id.child(listed.list, one.get("name")?.as_str()?), None)))
        .collect()
}

/// Returns what a table or a security group remembers, still holds, and is no longer asked for.
fn inlined(owned: &Found, desired: &Graph<Resource>) -> Vec<Found> {
    let Some((list, words)) = parts_of(owned) else { return Vec::new() };
    let wish = desired.iter().map(|(_, one)| one).find(|one| one.id == owned.id);
    let wished: Vec<&str> = wish
        .into_iter()
        .flat_map(|wish| members(wish.body.value(), list))
        .filter_map(|one| one.get("name")?.as_str())
        .collect();
    members(&owned.body, list)
        .filter(|one| is_named_in(&words, one))
        .filter_map(|one| Some((one.get("name")?.as_str()?, one)))
        .filter(|(name, _)| !wished.iter().any(|wish| wish.eq_ignore_ascii_case(name)))
        .map(|(name, one)| Found {
            id: owned.id.child(list, name),
            api: owned.api.clone(),
            body: one.clone(),
        })
        .collect()
}

/// Tells whether what stands under the id of something without tags is another hand's: a subnet or
/// peering that its network does not remember, a peering that leads elsewhere.
pub(crate) fn is_anothers(
    environment: &Environment,
    resource: &Resource,
    body: &Value,
    standing: &BTreeMap<ResourceId, Observation>,
) -> bool {
    let outer =
        resource.id.parent().and_then(|parent| Some((standing.get(&parent)?.body()?, parent)));
    let outer = outer.filter(|(network, parent)| environment.owns(parent, network));
    let Claim::Listed(listed) = resource.traits.claim else { return false };
    match outer.and_then(|(network, _)| Memory::of(listed).read(network)) {
        Some(words) => !words.holds(resource.id.name()),
        None => resource.kind == Peering::TYPE && !agrees(resource, body),
    }
}

/// Returns the identities that something is, or acts as.
pub(crate) fn holders_in(id: &ResourceId, body: &Value) -> Vec<Holder> {
    if id.is_type(Cluster::TYPE) {
        return [Holder::of_cluster(body), Holder::of_nodes(body)].concat();
    }
    let is_identity = id.is_type(Identity::TYPE);
    Holder::of(id, body).filter(|_| is_identity).into_iter().collect()
}

/// Tells whether what carries nobody's name most likely lost it: akstool left other tags there, or
/// it has the id that akstool gives what it makes for an environment of this name.
pub(crate) fn has_lost(environment: &Environment, id: &ResourceId, body: &Value) -> bool {
    let tags = body.get("tags").and_then(Value::as_object).into_iter().flatten();
    let names: Vec<String> = tags.map(|(name, _)| name.to_ascii_lowercase()).collect();
    let home = environment.group.name().eq_ignore_ascii_case(&environment.name);
    let by_name = environment.expected().contains(id) || home && *id == environment.group;
    let was_made = names.iter().any(|name| name.starts_with("akstool-"));
    !names.contains(&ENVIRONMENT.to_owned()) && (was_made || by_name)
}

/// Returns what most likely lost the environment's name: the group that holds what is ours, and
/// what stands in it and was ours by its other tags or its id.
fn lost_of(
    environment: &Environment,
    read: &[Found],
    group: Option<&Found>,
    owned: &[Found],
) -> Vec<ResourceId> {
    if owned.is_empty() {
        return Vec::new();
    }
    let group = group.filter(|group| tag(&group.body, ENVIRONMENT).is_none());
    let inside = read.iter().filter(|one| has_lost(environment, &one.id, &one.body));
    group.into_iter().chain(inside).map(|one| one.id.clone()).collect()
}

/// Returns the command that makes a resource an environment's again; other tags stay.
pub(crate) fn give_back(id: &ResourceId, environment: &str) -> Line {
    let tag = format!("{ENVIRONMENT}={environment}");
    let update = Line::new("az tag update --resource-id").value(id.as_str());
    update.words("--operation Merge --tags").value(tag)
}

/// Says that something is not the environment's any more, and how it becomes that again.
pub(crate) fn lost(id: &ResourceId, environment: &str) -> Advice {
    let group = if id.is_type(ResourceGroup::TYPE) { "the resource group " } else { "" };
    advice!(
        "{}`{}` carries no tag `{}`, so `down` leaves it; if akstool made it, give it back: {}",
        group,
        id.name(),
        ENVIRONMENT,
        give_back(id, environment)
    )
}

/// Returns, by the position of its plan, what several plans of one run would make, each in its own
/// way: both would say that it is theirs. A right that two of them share is none of that.
pub(crate) fn contested(
    plans: &[Vec<(&ResourceId, &Value)>],
) -> Vec<(usize, ResourceId, Vec<usize>)> {
    let mut makers: BTreeMap<ResourceId, Vec<(usize, &Value)>> = BTreeMap::new();
    for (at, writes) in plans.iter().enumerate() {
        for (id, body) in writes.iter().filter(|(id, _)| !id.is_type(RoleAssignment::TYPE)) {
            makers.entry((*id).clone()).or_default().push((at, body));
        }
    }
    let mut contested = Vec::new();
    for (id, makers) in makers {
        for (at, body) in &makers {
            let others = makers.iter().filter(|(other, theirs)| other != at && theirs != body);
            let others: Vec<usize> = others.map(|(other, _)| *other).collect();
            if !others.is_empty() {
                contested.push((*at, id.clone(), others));
            }
        }
    }
    contested
}

/// Returns what is attached to the existing subnets of a graph.
pub fn attached(
    desired: &Graph<Resource>,
    standing: &BTreeMap<ResourceId, Observation>,
) -> BTreeMap<ResourceId, Vec<ResourceId>> {
    let existing = desired.iter().map(|(_, one)| one);
    let existing = existing.filter(|one| one.ownership == Ownership::Existing);
    let subnets = existing.filter(|one| one.kind == Subnet::TYPE);
    let found = subnets.filter_map(|one| Some((one.id.clone(), standing.get(&one.id)?.body()?)));
    found.map(|(id, body)| (id, attachments(body))).filter(|(_, all)| !all.is_empty()).collect()
}

#[cfg(test)]
#[path = "ownership/judged_tests.rs"]
mod tests;
