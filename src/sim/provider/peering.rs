//! Peerings: one half each; both halves together make a connection.
//!
//! A half is `Initiated` alone and `Connected` with its partner; when that is deleted it is
//! `Disconnected`, and no partner can be made until it was written again. Each half is peered with
//! the ranges its remote network had then; what that network has by now counts once the half is
//! written with `syncRemoteAddressSpace=true`
//! (learn.microsoft.com/azure/virtual-network/update-virtual-network-peering-address-space).

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::{Operation, Verb, Verdict};
use super::super::world::{Entry, World};
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put, form, range};

/// As recorded by Azure Service Operator in 2026.
const PACE: Pace =
    Pace { write: 10_000, write_retry: 10, delete: 10_000, delete_retry: 10, latency: 500 };

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings";

/// `Microsoft.Network/virtualNetworks/virtualNetworkPeerings`.
pub(crate) struct Peering;

impl Provider for Peering {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::PEERING, &put.body)?;
        nrp::not_busy(world, put.id)?;
        let remote = body::text(&put.body, "/properties/remoteVirtualNetwork/id")
            .unwrap_or_default()
            .to_owned();
        let local = put.id.parent().unwrap_or_else(|| put.id.clone());
        let other = nrp::referenced(world, put.id, &remote).map_err(|refusal| {
            if refusal.status == 429 { not_provisioned(put.id, &remote) } else { refusal }
        })?;
        let own = world.body(local.as_str()).unwrap_or_default();
        no_overlap(&local, &own, &remote, &other)?;
        once(world, put.id, &local, &remote)?;
        gateways(world, put, &remote)?;
        beside_others(world, put.id, &local, &remote, &other)?;
        let back = half_back(world, local.as_str(), &remote);
        if put.existing.is_none() && back.as_ref().is_some_and(is_disconnected) {
            return Err(remote_is_disconnected(put.id, &remote));
        }
        let stored = shape(world, put, &other, back.as_ref());
        Ok(nrp::accept(world, put, self, stored, PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_busy(world, id)?;
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        nrp::with_tag(world, shown(world, entry.body()))
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        nrp::absent_child(id)
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        if operation.verdict == Verdict::Succeeded {
            match operation.verb {
                Verb::Delete => part(world, &operation.target),
                _ => join(world, &operation.target),
            }
        }
        nrp::settle(world, operation);
    }
}

fn not_provisioned(id: &ResourceId, remote: &str) -> Refusal {
    Refusal::network(
        400,
        "ReferencedResourceNotProvisioned",
        format!(
            "Cannot proceed with operation because resource {remote} used by resource {id} is not \
             in Succeeded state. Resource is in Updating state and the last operation that \
             updated/is updating the resource is PutVirtualNetworkOperation."
        ),
    )
}

fn no_overlap(local: &ResourceId, own: &Value, remote: &str, other: &Value) -> Result<(), Refusal> {
    let (mine, theirs) = (
        range::parse_all(&body::texts(own, PREFIXES)),
        range::parse_all(&body::texts(other, PREFIXES)),
    );
    let clash = mine
        .iter()
        .find_map(|one| theirs.iter().find(|two| range::overlap(one, two)).map(|two| (*one, *two)));
    let Some((one, two)) = clash else { return Ok(()) };
    Err(Refusal::network(
        400,
        "VnetAddressSpacesOverlap",
        format!(
            "Cannot create or update peering {local}/virtualNetworkPeerings. Virtual networks \
             {local} and {remote} cannot be peered because their address spaces overlap. \
             Overlapping address prefixes: {one}, {two}"
        ),
    ))
}

/// Refuses the gateways of a network that has none, in the words of
/// github.com/hashicorp/terraform/issues/30569. A network has one where a gateway holds an address in
/// its `GatewaySubnet`.
fn gateways(world: &World, put: &Put<'_>, remote: &str) -> Result<(), Refusal> {
    let asks = |flag: &str| body::flag(&put.body, &format!("/properties/{flag}"));
    let subnet = world.body(&format!("{remote}/subnets/GatewaySubnet")).unwrap_or_default();
    let has = !body::list(&subnet, "/properties/ipConfigurations").is_empty();
    if !asks("useRemoteGateways") || asks("doNotVerifyRemoteGateways") || has {
        return Ok(());
    }
    Err(Refusal::network(
        400,
        "RemoteVnetHasNoGateways",
        format!(
            "Peering {} cannot have UseRemoteGateway flag set to true because remote virtual network \
             {remote} referenced by the peering does not have any gateways.",
            put.id
        ),
    ))
}

/// Fields that are the provider's own.
const READ_ONLY: [&str; 7] = [
    "provisioningState",
    "resourceGuid",
    "peeringState",
    "peeringSyncLevel",
    "remoteAddressSpace",
    "remoteVirtualNetworkAddressSpace",
    "remoteBgpCommunities",
];

fn shape(world: &mut World, put: &Put<'_>, other: &Value, back: Option<&Value>) -> Value {
    let old = put.existing.as_ref();
    let connected = back.is_some_and(|back| !is_disconnected(back));
    let state = if connected { "Connected" } else { "Initiated" };
    let known =
        |from: Option<&Value>, field: &str| from.and_then(|from| from.pointer(field)).cloned();
    let guid = known(old, "/properties/resourceGuid")
        .or_else(|| known(back, "/properties/resourceGuid"))
        .unwrap_or_else(|| json!(world.guid()));
    // What is connected stays peered with the ranges of then, until somebody asks for those of now.
    let synced = put.asked.parameter("syncremoteaddressspace") == Some("true");
    let stays = old.is_some_and(|old| body::text(old, "/properties/peeringState") == Some(state));
    let space = known(old, "/properties/remoteAddressSpace")
        .filter(|_| stays && !synced)
        .unwrap_or_else(|| other.pointer(SPACE).cloned().unwrap_or_default());
    let mut properties = json!({
        "resourceGuid": guid,
        "peeringState": state,
        "peeringSyncLevel": if connected { "FullyInSync" } else { "RemoteNotInSync" },
        "allowVirtualNetworkAccess": true,
        "allowForwardedTraffic": false,
        "allowGatewayTransit": false,
        "useRemoteGateways": false,
        "doNotVerifyRemoteGateways": false,
        "peerCompleteVnets": true,
        "remoteAddressSpace": space,
        "remoteVirtualNetworkAddressSpace": other.pointer(SPACE),
        "routeServiceVips": {},
    });
    for (name, value) in put.body.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        if !READ_ONLY.contains(&name.as_str()) {
            properties[name.as_str()] = value.clone();
        }
    }
    nrp::frame(put, &Peering, &properties)
}

/// A half as it is shown: with the remote network's ranges of now, and whether each side is peered
/// with those of the other.
pub(crate) fn shown(world: &World, mut stored: Value) -> Value {
    let id = body::text(&stored, "/id").unwrap_or_default();
    let Some((local, remote)) = ends(id, &stored) else { return stored };
    let Some(now) = world.body(&remote).and_then(|other| other.pointer(SPACE).cloned()) else {
        return stored;
    };
    if body::text(&stored, "/properties/peeringState") == Some("Connected") {
        let own = world.body(&local).and_then(|own| own.pointer(SPACE).cloned());
        let back = half_back(world, &local, &remote);
        let theirs = back.as_ref().and_then(|back| back.pointer("/properties/remoteAddressSpace"));
        let remote_is = stored.pointer("/properties/remoteAddressSpace") == Some(&now);
        let level = match (own.as_ref() == theirs, remote_is) {
            (true, true) => "FullyInSync",
            (true, false) => "RemoteNotInSync",
            (false, true) => "LocalNotInSync",
            (false, false) => "LocalAndRemoteNotInSync",
        };
        body::set(&mut stored, "/properties/peeringSyncLevel", level);
    }
    body::set(&mut stored, "/properties/remoteVirtualNetworkAddressSpace", now);
    stored
}

const SPACE: &str = "/properties/addressSpace";

fn is_disconnected(half: &Value) -> bool {
    body::text(half, "/properties/peeringState") == Some("Disconnected")
}

/// The words of github.com/hashicorp/terraform-provider-azurerm/issues/14051.
fn remote_is_disconnected(id: &ResourceId, remote: &str) -> Refusal {
    Refusal::network(
        400,
        "RemotePeeringIsDisconnected",
        format!(
            "Cannot create or update peering {id} because remote peering referencing parent virtual \
             network from {remote} is in Disconnected state. Update or re-create the remote peering \
             to get it back to Initiated state. Peering gets Disconnected when remote vnet or \
             remote peering is deleted and re-created."
        ),
    )
}

/// Two networks are peered once; in the words of github.com/Azure/azure-cli threads on the code.
fn once(world: &World, id: &ResourceId, local: &ResourceId, remote: &str) -> Result<(), Refusal> {
    let others = world.children(local.as_str(), "virtualNetworkPeerings");
    let other = others.iter().find(|entry| {
        !entry.id.eq_ignore_ascii_case(id.as_str())
            && body::text(&entry.body(), "/properties/remoteVirtualNetwork/id")
                .is_some_and(|peer| peer.eq_ignore_ascii_case(remote))
    });
    let Some(other) = other else { return Ok(()) };
    Err(Refusal::network(
        400,
        "AnotherPeeringAlreadyReferencesRemoteVnet",
        format!(
            "Peering {} already references remote virtual network {remote}. Cannot add another \
             peering {id} referencing the same remote virtual network.",
            other.id
        ),
    ))
}

/// Refuses a network that overlaps another one which the local network is peered with already.
fn beside_others(
    world: &World,
    id: &ResourceId,
    local: &ResourceId,
    remote: &str,
    other: &Value,
) -> Result<(), Refusal> {
    let theirs = range::parse_all(&body::texts(other, PREFIXES));
    let Some((third, range)) = overlapping(world, local, remote, &theirs) else { return Ok(()) };
    Err(Refusal::network(
        400,
        "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
        format!(
            "Cannot create or update peering {id}. Virtual networks {local} and {remote} cannot be \
             peered because {remote} has overlapping address space {range} with {third}, which is \
             already peered with {local}."
        ),
    ))
}

/// Refuses ranges of a network that one of its peers has too.
pub(crate) fn may_have(
    world: &World,
    network: &ResourceId,
    prefixes: &[String],
) -> Result<(), Refusal> {
    let texts: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    let mine = range::parse_all(&texts);
    let Some((peer, range)) = overlapping(world, network, "", &mine) else { return Ok(()) };
    Err(Refusal::network(
        400,
        "VnetAddressSpacesOverlap",
        format!(
            "Cannot update virtual network {network}: its address space {range} overlaps with that \
             of {peer}, which it is peered with."
        ),
    ))
}

/// The peer of a network, but for one, that has one of these ranges, and the range.
fn overlapping(
    world: &World,
    network: &ResourceId,
    without: &str,
    ranges: &[ipnet::IpNet],
) -> Option<(String, ipnet::IpNet)> {
    world.children(network.as_str(), "virtualNetworkPeerings").iter().find_map(|entry| {
        let stored = entry.body();
        let peer = body::text(&stored, "/properties/remoteVirtualNetwork/id")?;
        let there = world.body(peer).filter(|_| !peer.eq_ignore_ascii_case(without))?;
        let theirs = range::parse_all(&body::texts(&there, PREFIXES));
        let hit = ranges.iter().find(|one| theirs.iter().any(|two| range::overlap(one, two)))?;
        Some((peer.to_owned(), *hit))
    })
}

const PREFIXES: &str = "/properties/addressSpace/addressPrefixes";

/// The other network's peering with this one.
fn half_back(world: &World, local: &str, remote: &str) -> Option<Value> {
    let halves = world.children(remote, "virtualNetworkPeerings").into_iter();
    halves.map(Entry::body).find(|half| {
        body::text(half, "/properties/remoteVirtualNetwork/id")
            .is_some_and(|id| id.eq_ignore_ascii_case(local))
    })
}

/// The networks that a half connects: its own and the other.
fn ends(id: &str, stored: &Value) -> Option<(String, String)> {
    let remote = body::text(stored, "/properties/remoteVirtualNetwork/id")?.to_owned();
    let local = ResourceId::parse(id).ok()?.parent()?;
    Some((local.to_string(), remote))
}

/// The half that leads back to where this one begins.
fn partner(world: &World, id: &str) -> Option<Value> {
    let (local, remote) = ends(id, &world.body(id)?)?;
    half_back(world, &local, &remote)
}

/// Connects both halves once the second stands. One that lost its partner waits to be renewed.
fn join(world: &mut World, id: &str) {
    let Some(back) = partner(world, id).filter(|back| !is_disconnected(back)) else { return };
    for half in [id, body::text(&back, "/id").unwrap_or_default()] {
        world.edit(half, |stored| {
            body::set(stored, "/properties/peeringState", "Connected");
            body::set(stored, "/properties/peeringSyncLevel", "FullyInSync");
        });
    }
}

/// Leaves the other half without its partner.
pub(crate) fn part(world: &mut World, id: &str) {
    let Some(back) = partner(world, id) else { return };
    world.edit(body::text(&back, "/id").unwrap_or_default(), |stored| {
        body::set(stored, "/properties/peeringState", "Disconnected");
        body::set(stored, "/properties/peeringSyncLevel", "RemoteNotInSync");
    });
}
