//! The far halves of our networks' peerings: what an environment made in networks of others.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::{get, members, text_at};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{Kind, Peering, VirtualNetwork};
use crate::plan::Found;

/// What was found on the other side.
#[derive(Debug, Default)]
pub(super) struct Far {
    /// The halves that this environment made.
    pub(super) owned: Vec<Found>,
    /// The halves that it may have made, where nobody lets us look.
    pub(super) unseen: Vec<ResourceId>,
}

/// A half of ours, and the other one as we would have named it.
struct Half<'a> {
    network: &'a ResourceId,
    near: &'a Value,
    far: ResourceId,
}

/// Returns the far halves of our networks' peerings that this environment made in other networks.
pub(super) async fn far_peerings(
    arm: &Arm,
    environment: &str,
    owned: &[Found],
) -> Result<Far, Error> {
    let networks = owned.iter().filter(|owned| owned.id.is_type(VirtualNetwork::TYPE));
    let halves: Vec<Half<'_>> = networks.flat_map(|network| halves(environment, network)).collect();
    let found = try_join_all(halves.iter().map(|half| async {
        match get(arm, &half.far, &Peering::API).await {
            Ok(body) => Ok(Some(body)),
            // A hub that belongs to others may be closed to us.
            Err(error) if error.status() == Some(403) => Ok(None),
            Err(error) => Err(error),
        }
    }));
    let mut all = Far::default();
    for (half, found) in halves.iter().zip(found.await?) {
        match found {
            Some(Some(body)) if leads_to(&body, half.network) => {
                all.owned.push(Found { id: half.far.clone(), api: Peering::API, body });
            }
            None if may_be_ours(half.near) => all.unseen.push(half.far.clone()),
            Some(_) | None => {}
        }
    }
    Ok(all)
}

fn halves<'a>(environment: &str, network: &'a Found) -> impl Iterator<Item = Half<'a>> {
    members(&network.body, "virtualNetworkPeerings").filter_map(move |near| {
        let name = format!("{environment}-{}", near.get("name")?.as_str()?);
        let remote = ResourceId::parse(text_at(near, REMOTE)?).ok()?;
        let far = remote.child("virtualNetworkPeerings", &name);
        Some(Half { network: &network.id, near, far })
    })
}

/// Where a peering names the other network.
const REMOTE: &str = "/properties/remoteVirtualNetwork/id";

fn leads_to(peering: &Value, network: &ResourceId) -> bool {
    text_at(peering, REMOTE).and_then(|id| ResourceId::parse(id).ok()).as_ref() == Some(network)
}

/// Tells whether the other half of a peering stands and may be of our making: ours opens the way
/// between the whole networks. Azure says `Initiated` where there is no other half yet and
/// `Disconnected` where there is none any more
/// (<https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering>).
fn may_be_ours(near: &Value) -> bool {
    let at = |name: &str| near.pointer(&format!("/properties/{name}"));
    let is_connected = at("peeringState")
        .and_then(Value::as_str)
        .is_none_or(|state| state.eq_ignore_ascii_case("Connected"));
    let is_open = at("allowVirtualNetworkAccess").and_then(Value::as_bool) == Some(true);
    let is_whole = at("peerCompleteVnets").and_then(Value::as_bool) != Some(false);
    is_connected && is_open && is_whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_we_could_have_made_may_be_left() {
        let near = |more: &Value| {
            let mut near = json!({ "properties": {
                "peeringState": "Connected", "allowVirtualNetworkAccess": true } });
            for (name, value) in more.as_object().into_iter().flatten() {
                near["properties"][name] = value.clone();
            }
            may_be_ours(&near)
        };
        assert!(near(&json!({})));
        assert!(near(&json!({ "peeringState": "connected", "peerCompleteVnets": true })));
        for other in [
            json!({ "peeringState": "Initiated" }),
            json!({ "peeringState": "Disconnected" }),
            json!({ "allowVirtualNetworkAccess": false }),
            json!({ "peerCompleteVnets": false }),
        ] {
            assert!(!near(&other), "{other}");
        }
    }
}
