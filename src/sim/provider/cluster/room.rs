//! Room: how many addresses a cluster's pools take, and whether its ranges have them.
//!
//! Counted as the service counts: without surge, with the autoscaler's maximum. Numbers from the
//! AKS documentation on IP address planning and from its own error messages.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;
use super::super::{range, subnet};
use super::PodAddressing;

/// The addresses in use in a subnet, as `virtualNetworks/usages` shows them.
pub(crate) fn usage(subnet: &Value) -> Value {
    let limit: u64 = subnet::ranges(subnet)
        .iter()
        .filter_map(|text| range::parse(text))
        .map(|net| range::usable(&net))
        .sum();
    json!({
        "id": subnet["id"], "unit": "Count", "limit": limit,
        "currentValue": body::list(subnet, "/properties/ipConfigurations").len(),
        "name": { "value": "SubnetSpace", "localizedValue": "Subnet size and usage" },
    })
}

/// Nodes of a pool: its count, or the machines it lists.
pub(crate) fn count(pool: &Value) -> u64 {
    let listed = body::list(pool, "/virtualMachinesProfile/scale/manual").iter();
    let listed: u64 = listed.filter_map(|size| body::number(size, "/count")).sum();
    body::number(pool, "/count").unwrap_or(listed)
}

/// Nodes of a pool as the service counts them: with the autoscaler, its maximum.
pub(crate) fn nodes(pool: &Value) -> u64 {
    let count = count(pool);
    if body::flag(pool, "/enableAutoScaling") {
        return count.max(body::number(pool, "/maxCount").unwrap_or_default());
    }
    count
}

/// Addresses of a pod subnet that a node takes: with dynamic allocation a first batch of 16, with
/// static blocks as many /28 as its pods fill.
pub(crate) fn pod_addresses(pool: &Value) -> u64 {
    if body::text(pool, "/podIPAllocationMode") != Some("StaticBlock") {
        return 16;
    }
    let pods = body::number(pool, "/maxPods").unwrap_or(110);
    (pods + 1).div_ceil(16) * 16
}

/// Refuses pools that do not fit into their subnets or into the pod range.
pub(crate) fn check(
    world: &World,
    cluster: &str,
    network: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    let model = PodAddressing::of(network);
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for pool in pools {
        let each = match model {
            PodAddressing::NodeSubnet if pool.get("podSubnetID").is_none() => {
                body::number(pool, "/maxPods").unwrap_or(30) + 1
            }
            _ => 1,
        };
        if let Some(id) = body::text(pool, "/vnetSubnetID") {
            *wanted.entry(id.to_ascii_lowercase()).or_default() += nodes(pool) * each;
        }
        if let Some(id) = body::text(pool, "/podSubnetID") {
            *wanted.entry(id.to_ascii_lowercase()).or_default() +=
                nodes(pool) * pod_addresses(pool);
        }
    }
    for (id, needed) in wanted {
        let Some(stored) = world.body(&id) else { continue };
        fits(&stored, needed, others(world, &stored, cluster))?;
    }
    pod_range(network, model, pools)
}

/// Addresses of a subnet taken by others than the cluster.
fn others(world: &World, subnet: &Value, cluster: &str) -> u64 {
    let own = super::node_group_of(world, cluster).unwrap_or_default();
    let own = format!("/resourcegroups/{}/", own.to_ascii_lowercase());
    let list = body::list(subnet, "/properties/ipConfigurations");
    let foreign = list.iter().filter_map(|item| body::text(item, "/id"));
    let count = foreign.filter(|id| !id.to_ascii_lowercase().contains(&own)).count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn fits(subnet: &Value, needed: u64, taken: u64) -> Result<(), Refusal> {
    let nets: Vec<IpNet> =
        subnet::ranges(subnet).iter().filter_map(|text| range::parse(text)).collect();
    let room = nets.iter().map(range::usable).fold(0, u64::saturating_add);
    let free = room.saturating_sub(taken);
    if needed <= free {
        return Ok(());
    }
    let cidr: Vec<String> = nets.iter().map(ToString::to_string).collect();
    Err(insufficient(
        needed,
        free,
        &cidr.join(","),
        body::text(subnet, "/name").unwrap_or_default(),
        "networkProfile.vnetSubnetID",
    ))
}

fn insufficient(needed: u64, free: u64, cidr: &str, name: &str, target: &str) -> Refusal {
    Refusal::aks(
        400,
        "InsufficientSubnetSize",
        format!(
            "Pre-allocated IPs {needed} exceeds IPs available {free} in Subnet Cidr {cidr}, Subnet \
             Name {name}. If Autoscaler is enabled, the max-count from each nodepool is counted \
             towards this total (which means that pre-allocated IPs count represents a \
             theoretical max value, not the actual number of IPs requested). \
             http://aka.ms/aks/insufficientsubnetsize"
        ),
    )
    .target(target)
}

/// kubenet and overlay give every node a /24 of the pod range.
fn pod_range(network: &Value, model: PodAddressing, pools: &[Value]) -> Result<(), Refusal> {
    if !matches!(model, PodAddressing::Kubenet | PodAddressing::Overlay) {
        return Ok(());
    }
    let Some(text) = body::text(network, "/podCidr") else { return Ok(()) };
    let Some(net) = range::parse(text) else { return Ok(()) };
    let needed = pools.iter().map(nodes).fold(0, u64::saturating_add).saturating_mul(256);
    let free = range::size(&net);
    if needed <= free {
        return Ok(());
    }
    Err(insufficient(needed, free, text, "podCIDR", "networkProfile.podCIDR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_autoscalers_maximum_counts() {
        assert_eq!(nodes(&json!({"count": 1, "enableAutoScaling": true, "maxCount": 5})), 5);
        assert_eq!(nodes(&json!({"count": 3, "maxCount": 5})), 3);
    }

    #[test]
    fn a_static_block_pool_takes_whole_blocks() {
        let pool = |pods| json!({"podIPAllocationMode": "StaticBlock", "maxPods": pods});
        assert_eq!(pod_addresses(&pool(31)), 32);
        assert_eq!(pod_addresses(&pool(32)), 48);
        assert_eq!(pod_addresses(&json!({"maxPods": 110})), 16);
    }

    #[test]
    fn five_overlay_nodes_do_not_fit_a_22() {
        let network = json!({"networkPlugin": "azure", "networkPluginMode": "overlay", "podCidr": "10.244.0.0/22"});
        let refusal =
            pod_range(&network, PodAddressing::Overlay, &[json!({"count": 5})]).unwrap_err();
        assert!(refusal.message.starts_with("Pre-allocated IPs 1280 exceeds IPs available 1024"));
        assert!(pod_range(&network, PodAddressing::Overlay, &[json!({"count": 4})]).is_ok());
    }
}
