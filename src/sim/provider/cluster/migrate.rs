//! Changes of a cluster: which are refused, which cost every node, what state shows meanwhile.

use serde_json::Value;

use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;
use super::pool_check::not_allowed;
use super::{PodAddressing, exclude, kubelet, private, versions};

/// What an accepted change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The state shown while it goes on.
    pub(crate) state: &'static str,
    /// Whether every node is made anew.
    pub(crate) reimages: bool,
}

/// What cannot be changed in a cluster.
const FIXED: [&str; 11] = [
    "dnsPrefix",
    "fqdnSubdomain",
    "nodeResourceGroup",
    "enableRBAC",
    "diskEncryptionSetID",
    "networkProfile.serviceCidr",
    "networkProfile.serviceCidrs",
    "networkProfile.dnsServiceIP",
    "networkProfile.ipFamilies",
    "linuxProfile.adminUsername",
    "windowsProfile.adminUsername",
];

/// Judges a PUT against what stands.
pub(crate) fn judge(
    existing: Option<&Value>,
    new: &Value,
    pools: &[Value],
    world: &World,
    id: &ResourceId,
) -> Result<Plan, Refusal> {
    let mut plan = Plan { state: "Updating", reimages: false };
    let Some(old) = existing else { return Ok(plan) };
    for field in FIXED {
        let at = format!("/properties/{}", field.replace('.', "/"));
        let (before, after) = (old.pointer(&at), new.pointer(&at));
        if before.is_some() && before != after && !joins(before, after) {
            return Err(not_allowed(&format!("properties.{field}")));
        }
    }
    exclude::one_way(old, new)?;
    plan.reimages =
        network(old, new, pools)? | private::judge(old, new)? | kubelet::changes(existing, new);
    outbound(old, new, pools)?;
    let version = |value: &Value| {
        body::text(value, "/properties/currentKubernetesVersion").map(str::to_owned)
    };
    if version(old) != version(new) {
        plan.state = "Upgrading";
    } else if scaled(world, id, pools) {
        plan.state = "Scaling";
    }
    Ok(plan)
}

/// Tells whether a list only got an entry more: a second IP family joins in place
/// (`az aks update --ip-families`; azure-cli#30360).
fn joins(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before.and_then(Value::as_array), after.and_then(Value::as_array)) {
        (Some(before), Some(after)) => {
            before.len() == 1 && after.len() == 2 && before[0] == after[0]
        }
        _ => false,
    }
}

fn scaled(world: &World, id: &ResourceId, pools: &[Value]) -> bool {
    pools.iter().any(|pool| {
        let name = body::text(pool, "/name").unwrap_or_default();
        let old = world.body(id.child("agentPools", name).as_str()).unwrap_or_default();
        body::number(&old, "/properties/count") != body::number(pool, "/count")
    })
}

/// Judges a change of the network model; returns whether it costs every node.
///
/// kubenet and node subnet go to overlay, one way; overlay, node subnet and pod subnet go to the
/// Cilium data plane, not in the same step (AKS documentation, update Azure CNI).
fn network(old: &Value, new: &Value, pools: &[Value]) -> Result<bool, Refusal> {
    const AT: &str = "/properties/networkProfile";
    let (before, after) = (
        old.pointer(AT).cloned().unwrap_or_default(),
        new.pointer(AT).cloned().unwrap_or_default(),
    );
    let (from, to) = (PodAddressing::of(&before), PodAddressing::of(&after));
    let moved = from != to;
    if moved {
        if !(matches!(from, PodAddressing::Kubenet | PodAddressing::NodeSubnet)
            && to == PodAddressing::Overlay)
        {
            let same_plugin = before["networkPlugin"] == after["networkPlugin"];
            let field = if same_plugin { "networkPluginMode" } else { "networkPlugin" };
            return Err(not_allowed(&format!("properties.networkProfile.{field}")));
        }
        to_overlay(old, from, &before, pools)?;
    }
    let cilium = |network: &Value| body::text(network, "/networkDataplane") == Some("cilium");
    match (cilium(&before), cilium(&after)) {
        (true, false) => return Err(not_allowed("properties.networkProfile.networkDataplane")),
        (false, true) if moved => {
            return Err(Refusal::aks(
                400,
                "BadRequest",
                "Updating networkDataplane to cilium together with an update of the network plugin \
                 mode is not supported. Please update the network plugin mode first.",
            )
            .target("networkProfile.networkDataplane"));
        }
        _ => {}
    }
    pod_range(&before, &after, moved, from)?;
    let policy = before["networkPolicy"] != after["networkPolicy"];
    Ok(moved || policy || cilium(&before) != cilium(&after))
}

fn to_overlay(
    old: &Value,
    from: PodAddressing,
    before: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    let refuse = |message: String| {
        Err(Refusal::aks(400, "BadRequest", message).target("networkProfile.networkPluginMode"))
    };
    let version = body::text(old, "/properties/currentKubernetesVersion").unwrap_or_default();
    if from == PodAddressing::Kubenet && versions::numbers(version) < (1, 27, 0) {
        return refuse(format!(
            "Upgrade from kubenet to Azure CNI Overlay requires Kubernetes 1.27 or later; the cluster runs {version}."
        ));
    }
    // Cilium is no engine to uninstall: its data plane may come before overlay or after.
    if body::text(before, "/networkPolicy")
        .is_some_and(|policy| !["none", "cilium"].contains(&policy))
    {
        return refuse(
            "Upgrade to Azure CNI Overlay is not supported with a network policy engine. Please \
             uninstall the network policy engine first."
                .to_owned(),
        );
    }
    if pools.iter().any(|pool| pool.get("podSubnetID").is_some()) {
        return refuse(
            "Upgrade to Azure CNI Overlay is not supported for clusters with pod subnets."
                .to_owned(),
        );
    }
    let own = pools.iter().any(|pool| pool.get("vnetSubnetID").is_some());
    let assigned = old.pointer("/identity/userAssignedIdentities").is_some();
    if from == PodAddressing::Kubenet && own && !assigned {
        return refuse(
            "Upgrade from kubenet with an own route table requires a user-assigned identity."
                .to_owned(),
        );
    }
    Ok(())
}

/// The pod range may be chosen when a cluster moves, and grow under overlay; nothing else.
fn pod_range(
    before: &Value,
    after: &Value,
    moved: bool,
    from: PodAddressing,
) -> Result<(), Refusal> {
    let (old, new) = (body::text(before, "/podCidr"), body::text(after, "/podCidr"));
    if old == new || old.is_none() || moved {
        return Ok(());
    }
    let read = |text: Option<&str>| text.and_then(super::super::range::parse);
    let grows = match (read(old), read(new)) {
        (Some(old), Some(new)) => new.contains(&old) && from == PodAddressing::Overlay,
        _ => false,
    };
    if grows { Ok(()) } else { Err(not_allowed("properties.networkProfile.podCidr")) }
}

/// The migration table of the AKS documentation on outbound types.
fn outbound(old: &Value, new: &Value, pools: &[Value]) -> Result<(), Refusal> {
    const AT: &str = "/properties/networkProfile/outboundType";
    let (from, to) =
        (body::text(old, AT).unwrap_or_default(), body::text(new, AT).unwrap_or_default());
    if from == to {
        return Ok(());
    }
    let own = pools.iter().any(|pool| pool.get("vnetSubnetID").is_some());
    let allowed = if own {
        const WAYS: [&str; 4] =
            ["loadBalancer", "userAssignedNATGateway", "userDefinedRouting", "none"];
        WAYS.contains(&from) && WAYS.contains(&to)
    } else {
        (from == "loadBalancer" && ["managedNATGateway", "none", "block"].contains(&to))
            || (["none", "block"].contains(&from) && ["none", "block"].contains(&to))
    };
    if allowed { Ok(()) } else { Err(not_allowed("properties.networkProfile.outboundType")) }
}
