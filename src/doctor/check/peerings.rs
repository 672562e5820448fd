//! Peerings that Azure would refuse because of what stands on the other side.

use super::Case;
use crate::arm::id::ResourceId;
use crate::doctor::facts::PeerFacts;
use crate::doctor::finding::{Area, Finding};
use crate::shell::Line;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let peerings = case.needs.graph.iter().map(|(_, resource)| resource).filter(|resource| {
        resource.id.resource_type().to_ascii_lowercase().ends_with("/virtualnetworkpeerings")
    });
    let mut found = Vec::new();
    for peering in peerings.filter(|peering| case.needs.makes(&peering.id)) {
        let remote = peering.body.value().pointer("/properties/remoteVirtualNetwork/id");
        let ends =
            remote.and_then(|id| ResourceId::parse(id.as_str()?).ok()).zip(peering.id.parent());
        let Some((remote, local)) = ends else { continue };
        // Another peering of the network it leads out of, with the one that it leads to.
        let same = case.facts.network_at(&local).and_then(|network| {
            network.peers.iter().find(|peer| {
                leads_to(peer, &remote)
                    && !peer.name.eq_ignore_ascii_case(peering.id.name())
                    && !case.needs.deletes(&half(&local, peer))
            })
        });
        if let Some(peer) = same {
            found.push(taken(&peering.id, &local, &remote, peer));
            continue;
        }
        found.extend(gateway(case, &peering.id, &remote, peering.body.value()));
        // The half on the other side, where this environment does not write it.
        let back = case
            .facts
            .network_at(&remote)
            .and_then(|network| network.peers.iter().find(|peer| leads_to(peer, &local)));
        let lost = back.filter(|peer| {
            let half = half(&remote, peer);
            peer.state.eq_ignore_ascii_case("Disconnected")
                && !case.needs.has(&half)
                && !case.needs.deletes(&half)
        });
        found.extend(lost.map(|peer| disconnected(&peering.id, &remote, peer)));
    }
    found
}

/// Says that a peering is to go by the gateway of a network that has none.
fn gateway(
    case: &Case<'_>,
    id: &ResourceId,
    remote: &ResourceId,
    body: &serde_json::Value,
) -> Option<Finding> {
    let asks =
        |flag: &str| body.pointer(&format!("/properties/{flag}")).is_some_and(|on| on == true);
    let network = case.facts.network_at(remote)?;
    let has_one = network.subnet("GatewaySubnet").is_some_and(|subnet| !subnet.holders.is_empty());
    if !asks("useRemoteGateways") || asks("doNotVerifyRemoteGateways") || has_one {
        return None;
    }
    let fact = format!("Network `{}` has no gateway.", remote.name());
    let so =
        format!("Azure would refuse `{}`, which is to use it (`useRemoteGateways`).", id.name());
    Some(Finding::error(Area::Network, id.as_str(), fact).so(so).code("RemoteVnetHasNoGateways"))
}

fn leads_to(peer: &PeerFacts, network: &ResourceId) -> bool {
    ResourceId::parse(&peer.remote).is_ok_and(|remote| remote == *network)
}

fn taken(id: &ResourceId, local: &ResourceId, remote: &ResourceId, peer: &PeerFacts) -> Finding {
    let fact = format!(
        "Network `{}` has a peering with `{}` already, `{}`, which is {}.",
        local.name(),
        remote.name(),
        peer.name,
        peer.state.to_lowercase()
    );
    let so = format!("Azure would refuse `{}`: two networks are peered once.", id.name());
    Finding::error(Area::Network, id.as_str(), fact)
        .so(so)
        .code("AnotherPeeringAlreadyReferencesRemoteVnet")
        .run(delete(local, peer))
}

fn disconnected(id: &ResourceId, remote: &ResourceId, peer: &PeerFacts) -> Finding {
    let fact = format!("Peering `{}` of network `{}` is disconnected.", peer.name, remote.name());
    let so = format!(
        "It is left from before. Azure would refuse `{}` until it is written again or deleted.",
        id.name()
    );
    Finding::error(Area::Network, id.as_str(), fact)
        .so(so)
        .code("RemotePeeringIsDisconnected")
        .run(delete(remote, peer))
}

/// Returns a peering that leads out of a network.
fn half(network: &ResourceId, peer: &PeerFacts) -> ResourceId {
    network.child("virtualNetworkPeerings", &peer.name)
}

fn delete(network: &ResourceId, peer: &PeerFacts) -> Line {
    Line::new("az network vnet peering delete --ids").value(half(network, peer).as_str())
}
