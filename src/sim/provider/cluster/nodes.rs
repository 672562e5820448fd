//! Nodes and what follows from them: scale sets, addresses in subnets, kubenet's routes.
//!
//! Made anew from the pools at the end of each operation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::body;
use super::super::super::world::World;
use super::super::{range, route_table, subnet};
use super::home::{Home, managed_subnet};
use super::{PodAddressing, pool, room};

/// The type of what a pool's nodes are machines of.
pub(crate) const SET: &str = "Microsoft.Compute/virtualMachineScaleSets";

/// Returns the name of a pool's scale set.
pub(crate) fn set_name(home: &Home, pool: &str) -> String {
    format!("aks-{pool}-{}-vmss", home.number)
}

/// One node.
struct Node {
    name: String,
    subnet: String,
    instance: String,
    addresses: u64,
}

/// Makes scale sets, addresses and routes what the pools that stand say.
pub(crate) fn reconcile(world: &mut World, cluster: &str) {
    let Some(home) = Home::of(world, cluster) else { return };
    let nodes = scale_sets(world, &home);
    let routes = subnets(world, &home, &nodes);
    write_routes(world, &home, &routes);
}

fn scale_sets(world: &mut World, home: &Home) -> Vec<Node> {
    let network = home.network();
    let model = PodAddressing::of(&network);
    let managed = managed_subnet(home);
    let stopped = body::text(&home.stored, "/properties/powerState/code") == Some("Stopped");
    let pools: Vec<Value> = world
        .children(home.cluster.as_str(), "agentPools")
        .iter()
        .map(|pool| pool::flat(&pool.body()))
        .filter(|pool| body::text(pool, "/provisioningState") != Some("Creating"))
        .collect();
    let standing: Vec<String> = world
        .under(home.group.as_str())
        .filter(|entry| entry.is(SET))
        .map(|e| e.id.clone())
        .collect();
    let mut nodes = Vec::new();
    let mut wanted = Vec::new();
    for pool in &pools {
        let name = body::text(pool, "/name").unwrap_or_default();
        let set = set_name(home, name);
        let id = home.at(SET, &set);
        let count = if stopped { 0 } else { room::count(pool) };
        let pods = body::number(pool, "/maxPods").unwrap_or(30);
        let each = if model == PodAddressing::NodeSubnet && pool.get("podSubnetID").is_none() {
            pods + 1
        } else {
            1
        };
        let subnet = body::text(pool, "/vnetSubnetID").unwrap_or(&managed);
        let stored = json!({
            "name": set, "id": id, "type": SET, "location": home.location,
            "sku": { "name": pool["vmSize"], "tier": "Standard", "capacity": count },
            "tags": { "aks-managed-poolName": name },
            "properties": { "provisioningState": "Succeeded", "singlePlacementGroup": false,
                "overprovision": false, "orchestrationMode": "Uniform" },
        });
        world.put(&id, SET, &stored);
        wanted.push(id.to_ascii_lowercase());
        nodes.extend((0..count).map(|at| Node {
            name: format!("{set}{}", base36(at)),
            subnet: subnet.to_ascii_lowercase(),
            instance: format!("{id}/virtualMachines/{at}/networkInterfaces/{set}"),
            addresses: each,
        }));
        if let Some(pods) = body::text(pool, "/podSubnetID") {
            nodes.extend((0..count).map(|at| Node {
                name: String::new(),
                subnet: pods.to_ascii_lowercase(),
                instance: format!("{id}/virtualMachines/{at}/networkInterfaces/{set}-pods"),
                addresses: room::pod_addresses(pool),
            }));
        }
    }
    for id in standing {
        if !wanted.contains(&id.to_ascii_lowercase()) {
            world.remove(&id);
        }
    }
    nodes
}

/// A node's number as scale sets write it: six digits to the base 36.
pub(crate) fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut text = [b'0'; 6];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 36).unwrap_or_default()];
        number /= 36;
    }
    text.iter().map(|digit| char::from(*digit)).collect()
}

/// Writes the nodes' addresses into their subnets; returns each node with its first address.
fn subnets(world: &mut World, home: &Home, nodes: &[Node]) -> Vec<(String, String)> {
    let own = format!("{}/", home.group.as_str().to_ascii_lowercase());
    let named = nodes.iter().filter_map(|node| world.get(&node.subnet));
    let held = world.about(home.group.name(), subnet::KIND);
    let used: BTreeMap<String, String> = named
        .chain(held)
        .filter(|entry| entry.is(subnet::KIND))
        .map(|entry| (entry.id.to_ascii_lowercase(), entry.id.clone()))
        .collect();
    let mut routes = Vec::new();
    for id in used.into_values() {
        let mine: Vec<&Node> =
            nodes.iter().filter(|node| node.subnet == id.to_ascii_lowercase()).collect();
        let stored = world.body(&id).unwrap_or_default();
        let net = subnet::ranges(&stored).first().and_then(|text| range::parse(text));
        // What has no name is a pod's address: AKS hands itself the subnet of pods.
        let is_of_pods = mine.iter().any(|node| node.name.is_empty());
        let mut configurations: Vec<Value> =
            body::list(&stored, "/properties/ipConfigurations").to_vec();
        configurations.retain(|item| {
            !body::text(item, "/id").is_some_and(|id| id.to_ascii_lowercase().starts_with(&own))
        });
        for node in mine {
            let place = 4 + u64::try_from(configurations.len()).unwrap_or_default();
            let address = net.and_then(|net| range::nth(&net, place));
            if !node.name.is_empty() {
                let address = address.map(|ip| ip.to_string()).unwrap_or_default();
                routes.push((node.name.clone(), address));
            }
            configurations.extend((1..=node.addresses).map(
                |at| json!({ "id": format!("{}/ipConfigurations/ipconfig{at}", node.instance) }),
            ));
        }
        world.edit(&id, |stored| {
            if is_of_pods {
                subnet::hand_to_aks(stored);
            }
            if configurations.is_empty() {
                body::take(stored, "/properties/ipConfigurations");
            } else {
                body::set(stored, "/properties/ipConfigurations", configurations);
            }
        });
    }
    routes
}

/// Writes kubenet's routes, one /24 of the pod range a node; without kubenet, takes them away.
fn write_routes(world: &mut World, home: &Home, nodes: &[(String, String)]) {
    let network = home.network();
    let kubenet = PodAddressing::of(&network) == PodAddressing::Kubenet;
    let managed = managed_table(home);
    let tables = tables(world, home, &managed);
    let mark = format!("-{}-vmss", home.number);
    for table in &tables {
        let stale: Vec<String> = world
            .children(table, "routes")
            .iter()
            .filter(|route| route.id.contains(&mark))
            .map(|route| route.id.clone())
            .collect();
        for route in stale {
            world.remove(&route);
        }
    }
    if !kubenet {
        detach(world, home, &managed);
        return;
    }
    let pods = body::text(&network, "/podCidr").and_then(range::parse);
    for (at, (name, hop)) in nodes.iter().enumerate() {
        let first = u64::try_from(at).unwrap_or_default() * 256;
        let Some(start) = pods.and_then(|net| range::nth(&net, first)) else { continue };
        let prefix = format!("{start}/24");
        let digits: String = prefix.chars().filter(char::is_ascii_alphanumeric).collect();
        for table in tables.iter().take(1) {
            route_table::add(world, table, &format!("{name}____{digits}"), &prefix, hop);
        }
    }
}

/// The route tables of a cluster's subnets.
fn tables(world: &World, home: &Home, managed: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for pool in world.children(home.cluster.as_str(), "agentPools") {
        let pool = pool.body();
        let subnet = body::text(&pool, "/properties/vnetSubnetID").and_then(|id| world.body(id));
        let table =
            subnet.as_ref().and_then(|subnet| body::text(subnet, "/properties/routeTable/id"));
        if let Some(table) = table {
            found.push(table.to_owned());
        }
    }
    if world.get(managed).is_some() {
        found.push(managed.to_owned());
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// After a migration, and with its cluster, the route table that AKS made goes, also off subnets
/// of others.
fn detach(world: &mut World, home: &Home, managed: &str) {
    let Some(table) = world.body(managed) else { return };
    let mut subnets: Vec<String> = body::list(&table, "/properties/subnets")
        .iter()
        .filter_map(|subnet| body::text(subnet, "/id").map(str::to_owned))
        .collect();
    subnets.push(managed_subnet(home));
    for subnet in subnets {
        world.edit(&subnet, |stored| {
            body::take(stored, "/properties/routeTable");
        });
    }
    world.remove(managed);
}

/// Takes the nodes of a cluster out of subnets and route tables.
pub(crate) fn withdraw(world: &mut World, home: &Home) {
    subnets(world, home, &[]);
    write_routes(world, home, &[]);
    detach(world, home, &managed_table(home));
}

/// The route table that AKS makes where nobody brought one.
fn managed_table(home: &Home) -> String {
    home.at(route_table::TABLE, &format!("aks-agentpool-{}-routetable", home.number))
}
