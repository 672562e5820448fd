//! Peerings: one half each; both halves together make a connection.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::body;
use super::super::dispatch::Asked;
use super::super::error::Refusal;
use super::super::ops::{Operation, Verb, Verdict};
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
        let stored = shape(world, put, &local, &remote, &other);
        Ok(nrp::accept(world, put, self, stored, PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_busy(world, id)?;
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        nrp::with_tag(world, entry.body())
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        nrp::absent_child(id)
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        if operation.verb == Verb::Delete {
            part(world, &operation.target);
        } else if operation.verdict == Verdict::Succeeded {
            join(world, &operation.target);
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
    const SPACE: &str = "/properties/addressSpace/addressPrefixes";
    let (mine, theirs) =
        (range::parse_all(&body::texts(own, SPACE)), range::parse_all(&body::texts(other, SPACE)));
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

fn shape(
    world: &mut World,
    put: &Put<'_>,
    local: &ResourceId,
    remote: &str,
    other: &Value,
) -> Value {
    let space = other.pointer("/properties/addressSpace").cloned().unwrap_or_default();
    let back = half_back(world, local.as_str(), remote);
    let (state, level) = if back.is_some() {
        ("Connected", "FullyInSync")
    } else {
        ("Initiated", "RemoteNotInSync")
    };
    let old = put.existing.as_ref();
    let guid = old
        .and_then(|old| body::text(old, "/properties/resourceGuid"))
        .map_or_else(|| world.guid(), str::to_owned);
    let mut properties = json!({
        "resourceGuid": guid,
        "peeringState": state,
        "peeringSyncLevel": level,
        "allowVirtualNetworkAccess": true,
        "allowForwardedTraffic": false,
        "allowGatewayTransit": false,
        "useRemoteGateways": false,
        "doNotVerifyRemoteGateways": false,
        "peerCompleteVnets": true,
        "remoteAddressSpace": space,
        "remoteVirtualNetworkAddressSpace": space,
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

/// The other network's peering with this one.
fn half_back(world: &World, local: &str, remote: &str) -> Option<String> {
    let found = world.children(remote, "virtualNetworkPeerings").into_iter().find(|entry| {
        body::text(&entry.body(), "/properties/remoteVirtualNetwork/id")
            .is_some_and(|id| id.eq_ignore_ascii_case(local))
    });
    found.map(|entry| entry.id.clone())
}

fn halves(world: &World, id: &str) -> Option<(String, String)> {
    let stored = world.body(id)?;
    let remote = body::text(&stored, "/properties/remoteVirtualNetwork/id")?.to_owned();
    let local = ResourceId::parse(id).ok()?.parent()?;
    Some((local.to_string(), remote))
}

/// Connects both halves once the second stands.
fn join(world: &mut World, id: &str) {
    let Some((local, remote)) = halves(world, id) else { return };
    if let Some(back) = half_back(world, &local, &remote) {
        for half in [id, &back] {
            world.edit(half, |stored| {
                body::set(stored, "/properties/peeringState", "Connected");
                body::set(stored, "/properties/peeringSyncLevel", "FullyInSync");
            });
        }
    }
}

/// Leaves the other half without its partner.
pub(crate) fn part(world: &mut World, id: &str) {
    let Some((local, remote)) = halves(world, id) else { return };
    if let Some(back) = half_back(world, &local, &remote) {
        world.edit(&back, |stored| {
            body::set(stored, "/properties/peeringState", "Disconnected");
        });
    }
}
