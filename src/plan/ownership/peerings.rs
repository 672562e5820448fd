//! Peerings: both halves of what an environment made, whichever network they lie in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::observed::{Found, members};
use super::environment::Environment;
use super::memory::{PEERINGS, Words, peerings_elsewhere};
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{Cluster, Kind, Ownership, Resource, ResourceGroup, VirtualNetwork};

/// Returns the peerings of another hand that lead out of a network of ours, each with where it
/// leads. Azure deletes them with the network; they hold nothing, so they do not hold it back.
pub(super) fn foreign_peerings(owned: &Found) -> Vec<(ResourceId, Option<ResourceId>)> {
    if !owned.id.is_type(VirtualNetwork::TYPE) {
        return Vec::new();
    }
    let list = "virtualNetworkPeerings";
    let words = PEERINGS.read(&owned.body).unwrap_or_default();
    members(&owned.body, list)
        .filter(|peering| !is_named_in(&words, peering))
        .filter_map(|one| Some((owned.id.child(list, one.get("name")?.as_str()?), remote(one))))
        .collect()
}

/// Returns the network that a peering leads to.
fn remote(peering: &Value) -> Option<ResourceId> {
    ResourceId::at(peering, "/properties/remoteVirtualNetwork/id")
}

fn leads_to(peering: &Value, network: &ResourceId) -> bool {
    remote(peering).as_ref() == Some(network)
}

/// Returns the far halves of peerings of networks here that became another hand's: they were made
/// for these and stay with them.
pub(super) fn foreign_halves(
    read: &[Found],
    foreign: &[ResourceId],
    owned: &[Found],
) -> Vec<ResourceId> {
    let others = read.iter().filter(|half| owned.iter().all(|one| one.id != half.id));
    let leads = |half: &&Found| remote(&half.body).is_some_and(|near| foreign.contains(&near));
    others.filter(leads).map(|half| half.id.clone()).collect()
}

/// Returns every peering in a network of others that may be of our making: what is remembered, also
/// by a network that was ours; and, where a network of ours remembers no peering, what akstool would
/// have named the other sides.
pub fn peering_candidates(environment: &Environment, read: &[Found]) -> BTreeSet<ResourceId> {
    let is_ours = |one: &Found| environment.owns(&one.id, &one.body);
    let unnamed = read.iter().filter(|one| is_ours(one)).flat_map(|one| beyond(environment, one));
    let bears = |one: &&Found| is_ours(one) || one.id.is_type(VirtualNetwork::TYPE);
    let kept = read.iter().filter(bears).flat_map(|one| peerings_elsewhere(&one.id, &one.body));
    kept.chain(unnamed).filter(|id| !environment.is_home(id)).collect()
}

fn beyond(environment: &Environment, network: &Found) -> Vec<ResourceId> {
    if !network.id.is_type(VirtualNetwork::TYPE) || PEERINGS.read(&network.body).is_some() {
        return Vec::new();
    }
    let far = |near: &Value| {
        let name = format!("{}-{}", environment.name, near.get("name")?.as_str()?);
        Some(remote(near)?.child("virtualNetworkPeerings", &name))
    };
    members(&network.body, "virtualNetworkPeerings").filter_map(far).collect()
}

/// Returns the halves in networks of others that this environment made: named or remembered as
/// ours, and leading to a network of ours. Two environments of one name may have a hub in common,
/// and there one half of the name that both would give it.
pub(super) fn far_halves(
    environment: &Environment,
    read: &[Found],
    group: Option<&Found>,
    owned: &[Found],
    desired: Option<&Graph<Resource>>,
) -> Vec<Found> {
    let candidates = peering_candidates(environment, owned);
    let is_ours = |network: &ResourceId| owned.iter().any(|one| one.id == *network);
    let kept = kept_elsewhere(environment, group.into_iter().chain(owned));
    let ours = |half: &&Found| {
        let leads_home = remote(&half.body).is_some_and(|network| is_ours(&network));
        // Beside a network of others no half leads home; only memory and a profile know it.
        (kept.contains(&half.id) && is_one_of_two(environment, half, &kept))
            || (leads_home && candidates.contains(&half.id))
            || wish_of(desired, &half.id).is_some_and(|wish| agrees(wish, &half.body))
    };
    read.iter().filter(ours).cloned().collect()
}

/// Returns what a group and a cluster remember of peerings elsewhere: those that have no network
/// of ours on either side.
fn kept_elsewhere<'a>(
    environment: &Environment,
    bearers: impl Iterator<Item = &'a Found>,
) -> Vec<ResourceId> {
    bearers
        .filter(|one| one.id.is_type(ResourceGroup::TYPE) || one.id.is_type(Cluster::TYPE))
        .filter(|one| environment.owns(&one.id, &one.body))
        .flat_map(|one| peerings_elsewhere(&one.id, &one.body))
        .collect()
}

/// Tells whether a half that is remembered leads to where the other one is remembered: another hand
/// may have deleted ours and given its own the name. Of one that has no other half nobody can tell.
fn is_one_of_two(environment: &Environment, half: &Found, kept: &[ResourceId]) -> bool {
    let far = |near: &str| format!("{}-{near}", environment.name);
    let mine = half.id.name();
    let is_other = |one: &&ResourceId| {
        one.name().eq_ignore_ascii_case(&far(mine)) || far(one.name()).eq_ignore_ascii_case(mine)
    };
    let mut others = kept.iter().filter(is_other).peekable();
    others.peek().is_none() || others.any(|one| one.parent() == remote(&half.body))
}

fn wish_of<'a>(desired: Option<&'a Graph<Resource>>, id: &ResourceId) -> Option<&'a Resource> {
    let mut all = desired.into_iter().flat_map(Graph::iter).map(|(_, one)| one);
    all.find(|one| one.id == *id && one.ownership == Ownership::Named)
}

/// Tells whether a peering leads where a wish says.
pub(super) fn agrees(wish: &Resource, standing: &Value) -> bool {
    remote(wish.body.value()).is_some_and(|network| leads_to(standing, &network))
}

/// Returns the halves that may be ours, stand most likely, and may not be read.
pub(super) fn closed(candidates: &[ResourceId], owned: &[Found]) -> Vec<ResourceId> {
    let networks = owned.iter().filter(|one| one.id.is_type(VirtualNetwork::TYPE));
    let near: Vec<&Value> =
        networks.flat_map(|one| members(&one.body, "virtualNetworkPeerings")).collect();
    let may_stand = |id: &&ResourceId| {
        let hub = id.parent();
        let mut beside = near.iter().filter(|half| remote(half) == hub).peekable();
        beside.peek().is_none() || beside.any(|half| may_have_another(half))
    };
    candidates.iter().filter(may_stand).cloned().collect()
}

/// Tells whether the other half of a peering stands and may be of our making: ours opens the way
/// between the whole networks. Azure says `Initiated` where there is no other half yet and
/// `Disconnected` where there is none any more
/// (<https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering>).
fn may_have_another(near: &Value) -> bool {
    let at = |name: &str| near.pointer(&format!("/properties/{name}"));
    let is_connected = at("peeringState")
        .and_then(Value::as_str)
        .is_none_or(|state| state.eq_ignore_ascii_case("Connected"));
    let is_open = at("allowVirtualNetworkAccess").and_then(Value::as_bool) == Some(true);
    let is_whole = at("peerCompleteVnets").and_then(Value::as_bool) != Some(false);
    is_connected && is_open && is_whole
}

/// Tells whether words hold the name of a child.
pub(super) fn is_named_in(words: &Words, one: &Value) -> bool {
    one.get("name").and_then(Value::as_str).is_some_and(|name| words.holds(name))
}
