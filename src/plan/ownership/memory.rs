//! What an environment remembers of itself: names in tags, for what carries no tags of its own.
//!
//! A subnet, a peering, a route cannot say whose it is, so what it lies in does. A word is written
//! before the thing is made, and stays until the thing is gone: forgotten too early, ours would
//! become another hand's and block every `down`; kept too long, another hand's of the same name
//! would be ours, and be deleted.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::observed::{Found, members};
use crate::arm::body::Later;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{
    ALL, Cluster, FederatedCredential, Identity, Kind, Listed, Ownership, Peering, Registry,
    Resource, ResourceGroup, RoleAssignment, Subnet, VirtualNetwork, kinds_in,
};

/// How long the value of a tag may be, and how many tags a resource may carry
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources>).
const LONGEST: usize = 256;
const MOST: usize = 50;

/// How many hexadecimal digits stand for a name where names themselves do not fit.
const DIGITS: usize = 8;

/// A tag that remembers words; where one value does not hold them all, `-2`, `-3` and so on go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory(&'static str);

/// The subnets of a network.
pub(super) const SUBNETS: Memory = Memory::of_kind::<Subnet>();
/// The peerings that lead out of a network.
pub(super) const PEERINGS: Memory = Memory::of_kind::<Peering>();
/// Peerings in networks of others, as `group/network/name`.
pub(super) const ELSEWHERE: Memory = Memory("akstool-elsewhere");
/// Rights on registries of others, as `group/registry/name`: whom they are given to is gone with the
/// cluster, so that no list tells of them any more.
const PULLS: Memory = Memory("akstool-pulls");
/// Identities of others that rights were given to, as `group/name`.
pub(super) const IDENTITIES: Memory = Memory("akstool-identities");

/// Rights that are left although no profile asks for them, by the start of their names. They are
/// found by a list, which a run that has nothing to do would wait for; this says when to ask.
const GRANTS: Memory = Memory("akstool-grants");

/// Rights of an identity that pods act as, by the start of their names: what the profile gives it today
/// no list need be asked for, and what it gave once and does not any more is seen to be left.
const RIGHTS: Memory = Memory("akstool-rights");

/// Returns every tag that remembers.
fn all() -> impl Iterator<Item = Memory> {
    let of_kinds = ALL.iter().flat_map(|kind| {
        kind.traits.claim.listed().into_iter().chain(kind.traits.items).map(Memory::of)
    });
    of_kinds.chain([ELSEWHERE, PULLS, IDENTITIES, GRANTS, RIGHTS])
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    names: BTreeSet<String>,
    hashes: BTreeSet<String>,
}

impl Words {
    /// Tells whether a word is remembered; Azure's names ignore case.
    pub(super) fn holds(&self, word: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(word))
            || self.hashes.contains(&hash(word))
    }

    /// Returns the words that stand there in full.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Memory {
    /// Returns the tag that keeps the names of a list's members.
    pub(super) const fn of(listed: Listed) -> Self {
        Self(listed.tag)
    }

    /// Returns the tag that keeps the names of those of a kind; for the kinds that have one alone.
    const fn of_kind<K: Kind>() -> Self {
        match K::TRAITS.claim.listed() {
            Some(listed) => Self::of(listed),
            None => panic!("nothing lists such a kind"),
        }
    }

    /// Returns what a body remembers; `None` where it was never told to.
    pub(super) fn read(self, body: &Value) -> Option<Words> {
        let tags = body.get("tags")?.as_object()?.iter();
        let values: Vec<&str> = tags
            .filter(|(name, _)| self.is(name))
            .filter_map(|(_, value)| value.as_str())
            .collect();
        if values.is_empty() {
            return None;
        }
        let mut words = Words::default();
        for value in values {
            match value.strip_prefix('#') {
                Some(digits) => {
                    let chunks = digits.as_bytes().chunks(DIGITS);
                    words.hashes.extend(chunks.map(|c| String::from_utf8_lossy(c).into_owned()));
                }
                None => words.names.extend(value.split_whitespace().map(str::to_owned)),
            }
        }
        Some(words)
    }

    /// Tells whether a tag is this memory's, numbered or not.
    fn is(self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        name.strip_prefix(self.0).is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix('-').is_some_and(|n| n.parse::<usize>().is_ok())
        })
    }

    /// Returns the tags that remember these words, `room` at most: in full where that fits, by a
    /// hash each where it does not.
    fn tags(self, words: &BTreeSet<String>, room: usize) -> Vec<(String, String)> {
        let mut values = in_full(words);
        if values.len() > room {
            values = by_hash(words);
        }
        let name =
            |at: usize| if at == 0 { self.0.to_owned() } else { format!("{}-{}", self.0, at + 1) };
        values.into_iter().take(room).enumerate().map(|(at, value)| (name(at), value)).collect()
    }
}

fn in_full(words: &BTreeSet<String>) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for word in words.iter().filter(|word| word.chars().count() <= LONGEST) {
        match values.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= LONGEST => {
                last.push(' ');
                last.push_str(word);
            }
            _ => values.push(word.clone()),
        }
    }
    values
}

fn by_hash(words: &BTreeSet<String>) -> Vec<String> {
    let hashes: Vec<String> = words.iter().map(|word| hash(word)).collect();
    hashes.chunks((LONGEST - 1) / DIGITS).map(|some| format!("#{}", some.concat())).collect()
}

/// Returns what stands for a word where words do not fit; the same on every machine.
fn hash(word: &str) -> String {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, word.to_ascii_lowercase().as_bytes());
    id.simple().to_string().chars().take(DIGITS).collect()
}

/// Writes into a wish what its resource is to remember, and takes out what it need not any more.
///
/// What is ours, stands and is not in the profile is remembered on.
pub(crate) fn remember(wish: &mut Value, resource: &Resource, seen: &Seen<'_>) {
    if resource.ownership != Ownership::Tagged {
        return;
    }
    let kept = words(wish, resource, seen);
    let Some(tags) = wish.get_mut("tags").and_then(Value::as_object_mut) else { return };
    tags.retain(|name, _| !kept.iter().any(|(memory, _)| memory.is(name)));
    let others = others(tags, seen.found);
    let mut room = MOST.saturating_sub(others);
    for (memory, words) in kept {
        let new = memory.tags(&words, room);
        room = room.saturating_sub(new.len());
        let old = seen.found.and_then(|body| body.get("tags")?.as_object());
        for name in old.into_iter().flat_map(Map::keys).filter(|name| memory.is(name)) {
            tags.insert(name.clone(), Value::Null);
        }
        for (name, value) in new {
            tags.retain(|old, _| !old.eq_ignore_ascii_case(&name));
            tags.insert(name, Value::String(value));
        }
    }
}

/// Returns the tags by which a whole remembers further parts as ours, beside those that stand in it
/// and that it remembers already.
pub(crate) fn remembering<'a>(
    body: &'a Value,
    parts: Listed,
    further: impl Iterator<Item = &'a str>,
) -> Value {
    let memory = Memory::of(parts);
    let known = memory.read(body).unwrap_or_default();
    let standing = members(body, parts.list).filter_map(|one| one.get("name")?.as_str());
    let ours = standing.filter(|name| known.holds(name));
    let words: BTreeSet<String> = ours.chain(further).map(str::to_owned).collect();
    let room = MOST.saturating_sub(others(&Map::new(), Some(body)));
    let tags = memory.tags(&words, room).into_iter();
    Value::Object(tags.map(|(name, value)| (name, Value::String(value))).collect())
}

/// Counts the tags that remember nothing, ours and those of others.
fn others(tags: &Map<String, Value>, found: Option<&Value>) -> usize {
    let standing = found.and_then(|body| body.get("tags")?.as_object());
    let names = tags.keys().chain(standing.into_iter().flat_map(Map::keys));
    let names = names.filter(|name| !all().any(|memory| memory.is(name)));
    names.map(|name| name.to_ascii_lowercase()).collect::<BTreeSet<_>>().len()
}

/// What a memory is made of.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// What is wished for.
    pub(crate) desired: &'a Graph<Resource>,
    /// What stands under the id of what remembers.
    pub(crate) found: Option<&'a Value>,
    /// What is ours and not in the profile.
    pub(crate) unmanaged: &'a [Found],
    /// What of that this very run deletes.
    pub(crate) pruned: &'a [ResourceId],
}

/// Returns the words that a resource is to remember, each sort with its tag.
fn words(wish: &Value, resource: &Resource, seen: &Seen<'_>) -> Vec<(Memory, BTreeSet<String>)> {
    let Seen { desired, found, unmanaged, .. } = *seen;
    let id = &resource.id;
    let children = |kind: &str| -> BTreeSet<String> {
        let wished = desired.iter().map(|(_, one)| one);
        let wished = wished.filter(|one| one.ownership != Ownership::Existing).map(|one| &one.id);
        let all = wished.chain(unmanaged.iter().map(|one| &one.id));
        let inner = all.filter(|one| one.is_type(kind) && one.parent().as_ref() == Some(id));
        inner.map(|one| one.name().to_owned()).collect()
    };
    let inlined = |list: &str| -> BTreeSet<String> {
        let wished = members(wish, list).filter_map(|one| one.get("name")?.as_str());
        let kept = unmanaged.iter().map(|one| &one.id);
        let kept = kept.filter(|one| is_inlined(one, list) && one.parent().as_ref() == Some(id));
        wished.chain(kept.map(ResourceId::name)).map(str::to_owned).collect()
    };
    let listed = kinds_in(&resource.kind)
        .filter_map(|kind| Some((Memory::of(kind.traits.claim.listed()?), children(kind.name))));
    let items = resource.traits.items.map(|items| (Memory::of(items), inlined(items.list)));
    let mut all: Vec<(Memory, BTreeSet<String>)> = listed.chain(items).collect();
    if bears(resource, desired) {
        let far = |is: fn(&ResourceId) -> bool| elsewhere(id, desired, unmanaged, is);
        all.push((ELSEWHERE, far(|id| id.is_type(Peering::TYPE))));
        all.push((PULLS, far(is_pull)));
        all.push((GRANTS, left(seen)));
    }
    let is_trusted = |one: &Resource| {
        one.kind == FederatedCredential::TYPE && one.id.parent().as_ref() == Some(id)
    };
    if desired.iter().any(|(_, one)| is_trusted(one)) {
        all.push((RIGHTS, rights(id, desired, unmanaged)));
    }
    if resource.kind == ResourceGroup::TYPE {
        all.push((IDENTITIES, identities(id, desired, found, unmanaged)));
    }
    all
}

/// Tells whether a resource remembers what was made in networks of others: our network; without
/// one the group and, as that may be another hand's, the cluster.
fn bears(resource: &Resource, desired: &Graph<Resource>) -> bool {
    let own =
        |one: &Resource| one.kind == VirtualNetwork::TYPE && one.ownership == Ownership::Tagged;
    if desired.iter().any(|(_, one)| own(one)) {
        return own(resource);
    }
    [ResourceGroup::TYPE, Cluster::TYPE].contains(&&*resource.kind)
}

fn elsewhere(
    bearer: &ResourceId,
    desired: &Graph<Resource>,
    unmanaged: &[Found],
    is: fn(&ResourceId) -> bool,
) -> BTreeSet<String> {
    let wished = desired.iter().map(|(_, one)| one);
    let wished = wished.filter(|one| one.ownership == Ownership::Named).map(|one| &one.id);
    let all = wished.chain(unmanaged.iter().map(|one| &one.id));
    let far = all.filter(|id| is(id) && id.group() != bearer.group());
    far.filter_map(|id| short(id, bearer)).collect()
}

/// Tells whether an id is that of a right on a registry.
fn is_pull(id: &ResourceId) -> bool {
    let on = |scope: ResourceId| scope.is_type(Registry::TYPE);
    id.is_type(RoleAssignment::TYPE) && id.parent().is_some_and(on)
}

/// What a run deletes it need not remember: `--prune` and `down` list in any case.
fn left(seen: &Seen<'_>) -> BTreeSet<String> {
    let grants = seen.unmanaged.iter().filter(|one| one.id.is_type(RoleAssignment::TYPE));
    let grants = grants.filter(|one| !seen.pruned.contains(&one.id) && !is_lost(one, seen));
    grants.map(|one| start(&one.id)).collect()
}

/// Returns the rights that an identity is given, and those that it has of us all the same.
fn rights(
    identity: &ResourceId,
    desired: &Graph<Resource>,
    unmanaged: &[Found],
) -> BTreeSet<String> {
    let is_given = |one: &&Resource| {
        let principal = one.body.value().pointer("/properties/principalId");
        let holder = principal.and_then(Later::from_json).map(|later| later.of);
        one.kind == RoleAssignment::TYPE && holder.as_ref() == Some(identity)
    };
    let given = desired.iter().map(|(_, one)| one).filter(is_given).map(|one| &one.id);
    let is_left = |one: &&Found| {
        let role = RoleAssignment::role_in(&one.body);
        let holds = |role| RoleAssignment::holder_of(&one.id, &role, std::iter::once(identity));
        role.and_then(holds).is_some()
    };
    let left = unmanaged.iter().filter(is_left).map(|one| &one.id);
    given.chain(left).map(start).collect()
}

/// Returns by what a right is remembered whose scope another list tells.
fn start(right: &ResourceId) -> String {
    right.name().chars().take(DIGITS).collect()
}

/// Tells whether an identity, by what it remembers, was given other rights than these as well.
pub(crate) fn gave_more<'a>(body: &Value, given: impl Iterator<Item = &'a ResourceId>) -> bool {
    let given: BTreeSet<String> = given.map(start).collect();
    let words = RIGHTS.read(body).unwrap_or_default();
    words.names().any(|word| !given.contains(word))
}

/// Tells whether nobody will see a right again: it is that of the identity which AKS made for the
/// nodes, and after this run they act as another one.
fn is_lost(grant: &Found, seen: &Seen<'_>) -> bool {
    let mut all = seen.desired.iter().map(|(_, one)| one);
    let Some(cluster) = all.find(|one| one.kind == Cluster::TYPE) else { return false };
    let named = cluster.body.value().pointer("/properties/identityProfile/kubeletidentity");
    let role = RoleAssignment::role_in(&grant.body);
    let of_nodes =
        |role| RoleAssignment::holder_of(&grant.id, &role, std::iter::once(&cluster.id)).is_some();
    named.is_some() && role.is_some_and(of_nodes)
}

/// Tells whether a body remembers rights that no profile asks for.
pub(crate) fn remembers_grants(body: &Value) -> bool {
    GRANTS.read(body).is_some()
}

fn identities(
    group: &ResourceId,
    desired: &Graph<Resource>,
    found: Option<&Value>,
    unmanaged: &[Found],
) -> BTreeSet<String> {
    let wished = desired.iter().map(|(_, one)| one);
    let wished = wished.filter(|one| one.ownership == Ownership::Existing);
    let wished = wished.filter(|one| one.kind == Identity::TYPE);
    let mut words: BTreeSet<String> = wished.filter_map(|one| short(&one.id, group)).collect();
    // Whose a right that is left is, its body tells by a number only.
    if unmanaged.iter().any(|one| one.id.is_type(RoleAssignment::TYPE)) {
        let before = found.and_then(|body| IDENTITIES.read(body)).unwrap_or_default();
        words.extend(before.names);
    }
    words
}

/// Returns an id of another group in the fewest words: `[subscription/]group/name/…`.
fn short(id: &ResourceId, here: &ResourceId) -> Option<String> {
    let mut names = vec![id.name().to_owned()];
    let group = id.group()?;
    let mut outer = id.parent()?;
    while outer != group {
        names.push(outer.name().to_owned());
        outer = outer.parent()?;
    }
    names.push(group.name().to_owned());
    if !id.subscription_id().eq_ignore_ascii_case(here.subscription_id()) {
        names.push(id.subscription_id().to_owned());
    }
    names.reverse();
    Some(names.join("/"))
}

/// Returns the peerings elsewhere that a body remembers.
pub(crate) fn peerings_elsewhere(id: &ResourceId, body: &Value) -> Vec<ResourceId> {
    let words = ELSEWHERE.read(body).unwrap_or_default();
    let long = |word: &str| {
        let (group, names) = long(word, id, 2)?;
        let network = group.resource(VirtualNetwork::TYPE, names[0]);
        Some(network.child("virtualNetworkPeerings", names[1]))
    };
    words.names().filter_map(long).collect()
}

/// Returns the rights on registries of others that a body remembers.
pub(crate) fn pulls_elsewhere(id: &ResourceId, body: &Value) -> Vec<ResourceId> {
    let words = PULLS.read(body).unwrap_or_default();
    let long = |word: &str| {
        let (group, names) = long(word, id, 2)?;
        let registry = group.resource(Registry::TYPE, names[0]);
        Some(registry.resource(RoleAssignment::TYPE, names[1]))
    };
    words.names().filter_map(long).collect()
}

/// Returns the identities of others that a body remembers.
pub(crate) fn identities_elsewhere(id: &ResourceId, body: &Value) -> Vec<ResourceId> {
    let words = IDENTITIES.read(body).unwrap_or_default();
    let long = |word: &str| {
        let (group, names) = long(word, id, 1)?;
        Some(group.resource(Identity::TYPE, names[0]))
    };
    words.names().filter_map(long).collect()
}

/// Reads what [`short`] wrote: the group, and so many names below it.
fn long<'a>(word: &'a str, here: &ResourceId, names: usize) -> Option<(ResourceId, Vec<&'a str>)> {
    let parts: Vec<&str> = word.split('/').collect();
    let below = parts.len().checked_sub(names)?;
    let group = match parts[..below] {
        [group] => ResourceId::resource_group(here.subscription_id(), group),
        [subscription, group] => ResourceId::resource_group(subscription, group),
        _ => return None,
    };
    Some((group, parts[below..].to_vec()))
}

/// Tells whether an id is that of something that stands in the body of what it lies in.
fn is_inlined(id: &ResourceId, list: &str) -> bool {
    let kind = id.resource_type();
    kind.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(list))
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
