//! Peerings are what they do: a half can stand as it was written and lead nowhere.
//!
//! Azure keeps the state of a peering beside what was written: a half whose other half was deleted
//! is `Disconnected`, and until it has been written again Azure refuses the other one with
//! `RemotePeeringIsDisconnected`. One whose network has got another address space goes on with the
//! old one until it is written with `syncRemoteAddressSpace`
//! (<https://learn.microsoft.com/azure/virtual-network/virtual-network-troubleshoot-peering-issues>).

use serde_json::Value;

use super::change::{Action, Reason};
use super::observed::Observed;
use super::step::Step;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{Kind as _, Peering, Resource, VirtualNetwork};

/// Where a peering names the network that it leads to.
const REMOTE: &str = "/properties/remoteVirtualNetwork/id";

fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.pointer(&format!("/properties/{name}")).and_then(Value::as_str)
}

/// Returns why a peering must be written again although nothing in it differs.
pub(super) fn unwell(kind: &str, body: &Value) -> Option<Reason> {
    if !kind.eq_ignore_ascii_case(Peering::TYPE) {
        return None;
    }
    let state = text(body, "peeringState").unwrap_or("Connected");
    if state.eq_ignore_ascii_case("Disconnected") {
        return Some(Reason::Disconnected);
    }
    // One that waits for its other half is never in step, and needs nothing but that.
    let is_connected = state.eq_ignore_ascii_case("Connected");
    let level = text(body, "peeringSyncLevel").unwrap_or("FullyInSync");
    (is_connected && !level.eq_ignore_ascii_case("FullyInSync")).then_some(Reason::OutOfStep)
}

/// Tells whether a peering joins a network whose address space this very plan changes.
pub(super) fn falls_behind(resource: &Resource, steps: &[Step]) -> bool {
    let grows = |id: &ResourceId| {
        let mut networks = steps.iter().filter(|step| step.kind == VirtualNetwork::TYPE);
        networks.any(|step| {
            step.id == *id
                && step.action == Action::Update
                && step.deltas.iter().any(|delta| delta.path.starts_with("properties.addressSpace"))
        })
    };
    resource.kind == Peering::TYPE
        && ends(resource).is_some_and(|(near, far)| grows(&near) || grows(&far))
}

/// Returns the networks that a peering leads out of and into.
fn ends(peering: &Resource) -> Option<(ResourceId, ResourceId)> {
    let far = peering.body.value().pointer(REMOTE)?.as_str()?;
    Some((peering.id.parent()?, ResourceId::parse(far).ok()?))
}

/// Returns the halves that must be written before their others: those that lost them.
pub(super) fn pairs(
    desired: &Graph<Resource>,
    observed: &Observed,
) -> Vec<(ResourceId, ResourceId)> {
    let halves: Vec<&Resource> =
        desired.iter().map(|(_, half)| half).filter(|half| half.kind == Peering::TYPE).collect();
    let is_lost = |half: &Resource| {
        let body = observed.get(&half.id).body();
        body.and_then(|body| unwell(&half.kind, body)) == Some(Reason::Disconnected)
    };
    let mut pairs = Vec::new();
    for half in halves.iter().filter(|half| is_lost(half)) {
        let back = ends(half).map(|(near, far)| (far, near));
        let others = halves.iter().filter(|other| ends(other) == back && !is_lost(other));
        pairs.extend(others.map(|other| (half.id.clone(), other.id.clone())));
    }
    pairs
}

/// Says which peerings wait for a half that this environment does not make.
pub(super) fn waiting(desired: &Graph<Resource>, observed: &Observed) -> Vec<String> {
    let halves: Vec<&Resource> =
        desired.iter().map(|(_, half)| half).filter(|half| half.kind == Peering::TYPE).collect();
    let alone = halves.iter().filter(|half| {
        let back = ends(half).map(|(near, far)| (far, near));
        !halves.iter().any(|other| ends(other) == back)
    });
    let waits = alone.filter(|half| {
        let state = observed.get(&half.id).body().and_then(|body| text(body, "peeringState"));
        state.is_some_and(|state| !state.eq_ignore_ascii_case("Connected"))
    });
    let said = waits.filter_map(|half| {
        let (near, far) = ends(half)?;
        Some(format!(
            "peering `{}` waits for its other half: no traffic passes until whoever has network `{}` \
             peers it with `{}`",
            half.id.name(),
            far.name(),
            near.name()
        ))
    });
    said.collect()
}

#[cfg(test)]
#[path = "peering_tests.rs"]
mod tests;
