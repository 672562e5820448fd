//! What AKS asks of a cluster before it migrates, and what a reader should know of it.

use serde_json::Value;

use super::super::observed::{Found, state};
use super::Blocker;
use super::cluster_body::{ClusterBody, Pool, Target};
use super::ground::{Ground, attached, guards, new_pod_range, pod_range};
use crate::address::{Model, PRIVATE_RANGES, Range, find_free};
use crate::arm::id::ResourceId;
use crate::kind::{Kind, RouteTable, VirtualNetwork};

/// The least version that AKS migrates (update-azure-cni).
const LEAST_VERSION: (u64, u64) = (1, 27);

/// Characters of a name that fit into a node's label (concepts-network-azure-cni-overlay).
const LABEL: usize = 63;

/// Returns everything that stands in the way.
pub(super) fn blockers(
    ground: &Ground,
    cluster: &Found,
    facts: &ClusterBody<'_>,
    to: Target,
) -> Vec<Blocker> {
    let mut found = condition(cluster, facts);
    if facts.model() == Model::BringYourOwn {
        found.push(Blocker::NoPlugin);
        return found;
    }
    found.extend(version(facts));
    match to {
        Target::Overlay => found.extend(to_overlay(ground, facts)),
        Target::Cilium => found.extend(to_cilium(facts)),
    }
    found
}

/// Tells whether cluster and pools are in a state in which AKS takes a change.
fn condition(cluster: &Found, facts: &ClusterBody<'_>) -> Vec<Blocker> {
    let stopped = facts.text("/properties/powerState/code").is_some_and(|code| code == "Stopped");
    if stopped {
        return vec![Blocker::Stopped];
    }
    let well = |state: &str| state.eq_ignore_ascii_case("Succeeded");
    let own = state(&cluster.body);
    let unsettled = |id, state: &str| Blocker::Unsettled { id, state: state.to_owned() };
    if !well(own) {
        return vec![unsettled(cluster.id.clone(), own)];
    }
    let pools = facts.pools().into_iter().filter_map(|pool| {
        let state = pool.text("provisioningState").filter(|state| !well(state))?;
        Some(unsettled(cluster.id.child("agentPools", pool.name), state))
    });
    pools.collect()
}

fn version(facts: &ClusterBody<'_>) -> Option<Blocker> {
    let found = facts.version()?;
    let mut parts = found.trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    ((major, minor) < LEAST_VERSION).then(|| Blocker::Version { found: found.to_owned() })
}

fn to_overlay(ground: &Ground, facts: &ClusterBody<'_>) -> Vec<Blocker> {
    let mut found = Vec::new();
    if facts.model().has_pod_subnet() {
        let pools = pools(facts, |pool| pool.text("podSubnetID").is_some());
        found.push(Blocker::PodSubnet { pools });
    }
    // Cilium on node subnet may move to overlay: the two migrations go in either order.
    if let Some(engine) = facts.policy().filter(|_| !facts.is_cilium()) {
        found.push(Blocker::PolicyEngine { engine: engine.to_owned() });
    }
    if facts.is_dual_stack() {
        found.push(Blocker::DualStack);
    }
    if facts.model() == Model::Kubenet {
        found.extend(identity(facts));
        found.extend(shared_tables(ground, facts));
    }
    let docker = |pool: &Pool<'_>| {
        let image = pool.text("nodeImageVersion").unwrap_or("containerd");
        pool.is_windows() && !image.to_ascii_lowercase().contains("containerd")
    };
    let docker = pools(facts, |pool| docker(pool) && !is_annual_windows(pool));
    if !docker.is_empty() {
        found.push(Blocker::DockerWindows { pools: docker });
    }
    found.extend(machines(facts));
    found.extend(range(ground, facts));
    found.extend(long_names(facts));
    found
}

/// Tells whether a Windows image is one that only ever came with containerd: 2022 and later do not
/// say so in their names.
fn is_annual_windows(pool: &Pool<'_>) -> bool {
    pool.text("osSKU").is_some_and(|sku| sku != "Windows2019")
}

fn to_cilium(facts: &ClusterBody<'_>) -> Vec<Blocker> {
    if facts.model() == Model::Kubenet {
        return vec![Blocker::OverlayFirst];
    }
    let mut found = Vec::new();
    let windows = pools(facts, Pool::is_windows);
    if !windows.is_empty() {
        found.push(Blocker::Windows { pools: windows });
    }
    let mode = facts.text("/properties/nodeProvisioningProfile/mode");
    if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("Auto")) {
        found.push(Blocker::NodeProvisioning);
    }
    found
}

fn pools<'a>(facts: &ClusterBody<'a>, wanted: impl Fn(&Pool<'a>) -> bool) -> Vec<String> {
    let pools = facts.pools();
    pools.iter().filter(|pool| wanted(pool)).map(|pool| pool.name.to_owned()).collect()
}

fn identity(facts: &ClusterBody<'_>) -> Option<Blocker> {
    let found = facts.text("/identity/type").unwrap_or("ServicePrincipal");
    (!found.eq_ignore_ascii_case("UserAssigned"))
        .then(|| Blocker::Identity { found: found.to_owned() })
}

/// Finds subnets that are none of the cluster's and lose their routes with it (AKS#5662).
fn shared_tables(ground: &Ground, facts: &ClusterBody<'_>) -> Vec<Blocker> {
    let own = facts.node_subnets();
    let shared = ground.of_type(RouteTable::TYPE).filter_map(|table| {
        let subnets: Vec<ResourceId> =
            attached(table).into_iter().filter(|id| !own.contains(id)).collect();
        (!subnets.is_empty()).then(|| Blocker::SharedTable { table: table.id.clone(), subnets })
    });
    shared.collect()
}

fn machines(facts: &ClusterBody<'_>) -> Vec<Blocker> {
    let sets = pools(facts, |pool| pool.text("type") == Some("AvailabilitySet"));
    let secret = pools(facts, |pool| {
        let size = pool.text("vmSize").unwrap_or_default().to_ascii_lowercase();
        size.starts_with("standard_dc") && size.ends_with("s_v2")
    });
    let blocker = |pools: Vec<String>, what: &str| {
        (!pools.is_empty()).then(|| Blocker::Machines { pools, what: what.to_owned() })
    };
    let all = [blocker(sets, "an availability set"), blocker(secret, "DCsv2 machines")];
    all.into_iter().flatten().collect()
}

fn range(ground: &Ground, facts: &ClusterBody<'_>) -> Vec<Blocker> {
    let Some(pods) = pod_range(ground, facts) else { return Vec::new() };
    let others = ranges(ground, facts);
    let nodes: u64 = facts.pools().iter().map(Pool::most).sum();
    let free = || {
        let taken: Vec<Range> = others.iter().map(|(range, _)| *range).collect();
        let bits = u8::try_from(nodes.max(1).next_power_of_two().ilog2()).unwrap_or(24);
        // A /24 for every node, and no less than what Azure takes by itself.
        let prefix = 16.min(24_u8.saturating_sub(bits));
        find_free(&taken, prefix, &PRIVATE_RANGES).map(|range| range.to_string())
    };
    let mut found: Vec<Blocker> = others
        .iter()
        .filter(|(range, _)| pods.overlaps(range))
        .map(|(range, whose)| Blocker::RangeOverlaps {
            range: pods.to_string(),
            other: range.to_string(),
            whose: whose.clone(),
            free: free(),
        })
        .collect();
    let holds = 1_u64 << 24_u8.saturating_sub(pods.prefix()).min(24);
    let holds = if pods.prefix() > 24 { 0 } else { holds };
    if nodes > holds {
        found.push(Blocker::RangeTooSmall { range: pods.to_string(), holds, nodes, free: free() });
    }
    found
}

/// Returns the ranges that pods must stay out of, and whose each is.
fn ranges(ground: &Ground, facts: &ClusterBody<'_>) -> Vec<(Range, String)> {
    let parsed = |text: &Value| text.as_str().and_then(|text| text.parse::<Range>().ok());
    let list = |body: &Value, pointer: &str| -> Vec<Range> {
        let list = body.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(parsed).collect()
    };
    let mut found = Vec::new();
    for network in ground.of_type(VirtualNetwork::TYPE) {
        let whose = format!("the network `{}`", network.id.name());
        let own = list(&network.body, "/properties/addressSpace/addressPrefixes");
        found.extend(own.into_iter().map(|range| (range, whose.clone())));
        let peerings = network.body.pointer("/properties/virtualNetworkPeerings");
        for peering in peerings.and_then(Value::as_array).into_iter().flatten() {
            let name = peering.get("name").and_then(Value::as_str).unwrap_or_default();
            let far = list(peering, "/properties/remoteAddressSpace/addressPrefixes");
            found.extend(far.into_iter().map(|range| (range, format!("the peering `{name}`"))));
        }
    }
    let services = facts.service_range().and_then(|text| text.parse().ok());
    found.extend(services.map(|range| (range, "the services".to_owned())));
    found
}

/// Finds names that overlay writes on nodes and that are too long for it.
fn long_names(facts: &ClusterBody<'_>) -> Vec<Blocker> {
    let mut found: Vec<ResourceId> = Vec::new();
    for subnet in facts.node_subnets() {
        let network = subnet.parent();
        let group = subnet
            .group_name()
            .map(|name| ResourceId::resource_group(subnet.subscription_id(), name));
        found.extend([Some(subnet.clone()), network, group].into_iter().flatten());
    }
    found.sort();
    found.dedup();
    found.retain(|id| id.name().chars().count() > LABEL);
    found.into_iter().map(|id| Blocker::LongName { id }).collect()
}

/// Returns what does not stand in the way and should be known.
pub(super) fn warnings(ground: &Ground, facts: &ClusterBody<'_>, to: Target) -> Vec<String> {
    match to {
        Target::Overlay => overlay_warnings(ground, facts),
        Target::Cilium => cilium_warnings(facts),
    }
}

fn overlay_warnings(ground: &Ground, facts: &ClusterBody<'_>) -> Vec<String> {
    let mut said = Vec::new();
    if facts.model() == Model::NodeSubnet {
        let per_node = |pool: &Pool<'_>| pool.number("maxPods").unwrap_or(30);
        let freed: u64 = facts.pools().iter().map(|pool| pool.nodes * per_node(pool)).sum();
        said.push(format!(
            "pods leave the node subnet, where {freed} addresses become free; what reached pods by \
             their addresses from outside the cluster no longer does"
        ));
    }
    if let Some(range) = pod_range(ground, facts) {
        let kept = new_pod_range(ground, facts).is_none();
        let word = if kept { "keep their range" } else { "get the range" };
        said.push(format!("pods {word} {range}, a /24 for each node"));
    }
    for group in guards(ground).into_iter().filter(|group| !ground.owns(group)) {
        said.push(format!(
            "the security group `{}`, which is not ours, has to let nodes and pods reach pods on \
             every port",
            group.name()
        ));
    }
    if facts.pools().iter().any(Pool::is_windows) {
        said.push("Windows nodes need the build 20348.1668 or later".to_owned());
    }
    said.push(
        "a custom `azure-ip-masq-agent-config` in the cluster can cut pods off; delete it first \
         unless it is wanted"
            .to_owned(),
    );
    said
}

fn cilium_warnings(facts: &ClusterBody<'_>) -> Vec<String> {
    let engine = facts.policy().filter(|engine| !engine.eq_ignore_ascii_case("cilium"));
    let mut said: Vec<String> = engine
        .map(|engine| {
            format!("the network policy engine `{engine}` is uninstalled; Cilium takes its place")
        })
        .into_iter()
        .collect();
    said.push("Cilium enforces network policies only once every node is reimaged".to_owned());
    said
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
