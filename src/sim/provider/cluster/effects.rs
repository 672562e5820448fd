//! What a cluster makes: its own group with identity, addresses, load balancer, scale sets and,
//! where nobody brought one, a network; addresses in subnets; kubenet's routes.
//!
//! Everything follows from the cluster and its pools and is made anew from them at the end of
//! each operation, so no order of operations leaves something behind.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::operation::{Operation, Verb, Verdict};
use super::super::super::ops::{blame, set_state};
use super::super::super::world::World;
use super::super::{identity, network, nrp, public_ip, route_table, security_group, subnet};
use super::home::{Home, managed_subnet};
use super::{PodAddressing, cluster_of, nodes, pool, private, renew_tag};

/// Ends an operation of a cluster.
pub(crate) fn settle(world: &mut World, operation: &Operation) {
    let id = operation.target.as_str();
    match (&operation.verb, &operation.verdict) {
        (Verb::Delete, Verdict::Succeeded) => {
            vanish(world, id);
            return;
        }
        (_, verdict @ Verdict::Failed { .. }) => {
            mark(world, id, "Failed");
            for one in [vec![id.to_owned()], pools(world, id)].concat() {
                blame(world, &one, verdict);
            }
        }
        (_, Verdict::Canceled) => mark(world, id, "Canceled"),
        (Verb::Act(verb), _) => match verb.as_str() {
            "stop" => powered(world, id, "Stopped"),
            "start" => powered(world, id, "Running"),
            _ => mark(world, id, "Canceled"),
        },
        _ => {
            complete(world, id);
            mark(world, id, "Succeeded");
            autoscaled(world, id);
        }
    }
    renew_tag(world, id);
    nodes::reconcile(world, id);
    private::reconcile(world, id);
}

/// Ends an operation of a pool.
pub(crate) fn settle_pool(world: &mut World, operation: &Operation) {
    let cluster = cluster_of(&operation.target);
    match (&operation.verb, &operation.verdict) {
        (Verb::Delete, Verdict::Succeeded) => world.remove(&operation.target),
        // An abort that succeeds leaves what it aborted.
        (Verb::Act(_), Verdict::Succeeded) => aborted(world, &operation.target),
        (_, Verdict::Succeeded) => pool::settled(world, &operation.target),
        (_, verdict @ Verdict::Failed { .. }) => {
            set_state(world, &operation.target, "Failed");
            blame(world, &operation.target, verdict);
        }
        (_, Verdict::Canceled) => set_state(world, &operation.target, "Canceled"),
    }
    nodes::reconcile(world, &cluster);
    private::reconcile(world, &cluster);
}

/// Brings about the end of what was just cut short at a cluster or its pools: another operation
/// follows in the same call, and what it sets must not be overwritten when the first one ends.
pub(crate) fn settle_cut(world: &mut World) {
    let now = world.now;
    while let Some(operation) = world.take_due(now) {
        let is_pool = ResourceId::parse(&operation.target).is_ok_and(|id| id.is_type(pool::KIND));
        if is_pool { settle_pool(world, &operation) } else { settle(world, &operation) }
    }
}

fn autoscaled(world: &mut World, id: &str) {
    for pool in pools(world, id) {
        pool::settled(world, &pool);
    }
}

fn pools(world: &World, cluster: &str) -> Vec<String> {
    world.children(cluster, "agentPools").iter().map(|pool| pool.id.clone()).collect()
}

fn mark(world: &mut World, id: &str, state: &str) {
    set_state(world, id, state);
    for pool in pools(world, id) {
        set_state(world, &pool, state);
    }
}

/// Makes a new cluster's group at once, and its nodes' identity in it.
pub(crate) fn found(world: &mut World, cluster: &str) {
    let Some(home) = Home::of(world, cluster) else { return };
    let group = json!({
        "id": home.group.as_str(),
        "name": home.group.name(),
        "type": super::super::GROUP,
        "location": home.location,
        "tags": {
            "aks-managed-cluster-name": home.cluster.name(),
            "aks-managed-cluster-rg": home.cluster.group_name().unwrap_or_default(),
        },
        "managedBy": identity::lower_group(cluster),
        "properties": { "provisioningState": "Succeeded" },
    });
    world.put(home.group.as_str(), super::super::GROUP, &group);
}

/// Gives a cluster what it has once it stands: identity of its nodes, ways out.
fn complete(world: &mut World, cluster: &str) {
    let Some(home) = Home::of(world, cluster) else { return };
    kubelet(world, &home);
    managed_network(world, &home);
    outbound(world, &home);
    let addons: Vec<String> = home
        .stored
        .pointer("/properties/addonProfiles")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, addon)| {
            body::flag(addon, "/enabled") && addon.get("identity").is_none() && *name != "omsagent"
        })
        .map(|(name, _)| name.clone())
        .collect();
    for addon in addons {
        let at = format!("/properties/addonProfiles/{addon}");
        addon_identity(world, &home, &addon, &at);
        world.edit(home.cluster.as_str(), |stored| {
            if stored.pointer(&format!("{at}/config")).is_none() {
                body::set(stored, &format!("{at}/config"), Value::Null);
            }
        });
    }
    let routing = home.stored.pointer("/properties/ingressProfile/webAppRouting");
    if routing
        .is_some_and(|routing| body::flag(routing, "/enabled") && routing.get("identity").is_none())
    {
        addon_identity(world, &home, "webapprouting", "/properties/ingressProfile/webAppRouting");
    }
}

fn kubelet(world: &mut World, home: &Home) {
    let known = home.stored.pointer("/properties/identityProfile/kubeletidentity/objectId");
    // A cluster that runs as a service principal has no identities.
    if known.is_some() || home.stored.get("identity").is_none() {
        return;
    }
    let given = body::text(&home.stored, "/properties/identityProfile/kubeletidentity/resourceId");
    let (id, client, principal) = if let Some(given) = given {
        let found = world.body(given).unwrap_or_default();
        let field = |name: &str| {
            body::text(&found, &format!("/properties/{name}")).unwrap_or_default().to_owned()
        };
        (given.to_owned(), field("clientId"), field("principalId"))
    } else {
        let id = home.at(identity::KIND, &format!("{}-agentpool", home.cluster.name()));
        let (client, principal) = identity::make(world, &id, &home.location);
        (identity::lower_group(&id), client, principal)
    };
    let profile = json!({ "resourceId": id, "clientId": client, "objectId": principal });
    world.edit(home.cluster.as_str(), |stored| {
        body::set(stored, "/properties/identityProfile/kubeletidentity", profile);
    });
}

fn addon_identity(world: &mut World, home: &Home, addon: &str, at: &str) {
    let id =
        home.at(identity::KIND, &format!("{}-{}", addon.to_ascii_lowercase(), home.cluster.name()));
    let (client, principal) = identity::make(world, &id, &home.location);
    let shown = json!({
        "resourceId": identity::lower_group(&id), "clientId": client, "objectId": principal,
    });
    world.edit(home.cluster.as_str(), |stored| {
        body::set(stored, &format!("{at}/identity"), shown);
    });
}

/// Public addresses and load balancer, as the way out asks.
fn outbound(world: &mut World, home: &Home) {
    let network = home.network();
    let kind = body::text(&network, "/outboundType").unwrap_or_default();
    let at = match kind {
        "loadBalancer" => "loadBalancerProfile",
        "managedNATGateway" => "natGatewayProfile",
        _ => {
            world.edit(home.cluster.as_str(), |stored| {
                body::take(
                    stored,
                    "/properties/networkProfile/loadBalancerProfile/effectiveOutboundIPs",
                );
            });
            return;
        }
    };
    let count = match at {
        "loadBalancerProfile" => {
            body::number(&network, "/loadBalancerProfile/managedOutboundIPs/count")
        }
        _ => body::number(&network, "/natGatewayProfile/managedOutboundIPProfile/count"),
    };
    let mut effective: Vec<Value> =
        body::list(&network, &format!("/{at}/effectiveOutboundIPs")).to_vec();
    if let Some(count) = count {
        let count = usize::try_from(count).unwrap_or_default();
        let own = format!("{}/", home.group.as_str().to_ascii_lowercase());
        effective.retain(|ip| {
            body::text(ip, "/id").is_some_and(|id| id.to_ascii_lowercase().starts_with(&own))
        });
        for gone in effective.split_off(count.min(effective.len())) {
            world.remove(body::text(&gone, "/id").unwrap_or_default());
        }
        while effective.len() < count {
            effective.push(json!({ "id": address(world, home) }));
        }
    } else {
        effective = body::list(&network, "/loadBalancerProfile/outboundIPs/publicIPs").to_vec();
    }
    if at == "natGatewayProfile" {
        nat_gateway(world, home, &effective);
    } else {
        balancer(world, home, &effective);
    }
    if effective.is_empty() {
        return;
    }
    world.edit(home.cluster.as_str(), |stored| {
        body::set(
            stored,
            &format!("/properties/networkProfile/{at}/effectiveOutboundIPs"),
            effective,
        );
    });
}

fn address(world: &mut World, home: &Home) -> String {
    let name = world.guid();
    let id = home.at(public_ip::KIND, &name);
    let (guid, ip, etag) = (world.guid(), public_ip::address(world), world.etag());
    let stored = json!({
        "name": name, "id": id, "etag": etag, "type": public_ip::KIND, "location": home.location,
        "tags": { "aks-managed-type": "aks-slb-managed-outbound-ip" },
        "sku": { "name": "Standard", "tier": "Regional" },
        "properties": {
            "provisioningState": "Succeeded", "resourceGuid": guid, "ipAddress": ip,
            "publicIPAddressVersion": "IPv4", "publicIPAllocationMethod": "Static",
            "idleTimeoutInMinutes": 30, "ipTags": [],
            "ipConfiguration": { "id": format!("{}/frontendIPConfigurations/{name}", home.at("Microsoft.Network/loadBalancers", "kubernetes")) },
        },
    });
    world.put(&id, public_ip::KIND, &stored);
    id
}

/// The NAT gateway of a managed network, attached to its subnet.
fn nat_gateway(world: &mut World, home: &Home, ips: &[Value]) {
    const KIND: &str = "Microsoft.Network/natGateways";
    let id = home.at(KIND, &format!("aks-natgateway-{}", home.number));
    let profile = home.network();
    let idle = body::number(&profile, "/natGatewayProfile/idleTimeoutInMinutes").unwrap_or(4);
    let subnet = managed_subnet(home);
    let (guid, etag) = (world.guid(), world.etag());
    let stored = json!({
        "name": id.rsplit('/').next(), "id": id, "etag": etag, "type": KIND,
        "location": home.location, "sku": { "name": "Standard", "tier": "Regional" },
        "properties": {
            "provisioningState": "Succeeded", "resourceGuid": guid, "idleTimeoutInMinutes": idle,
            "scope": "Public", "publicIpAddresses": ips, "subnets": [{ "id": subnet }],
        },
    });
    world.put(&id, KIND, &stored);
    let own = json!({ "id": id });
    for ip in ips {
        let address = body::text(ip, "/id").unwrap_or_default();
        world.edit(address, |stored| {
            body::take(stored, "/properties/ipConfiguration");
            body::set(stored, "/properties/natGateway", own.clone());
        });
    }
    world.edit(&subnet, |stored| body::set(stored, "/properties/natGateway", own));
}

fn balancer(world: &mut World, home: &Home, ips: &[Value]) {
    let id = home.at("Microsoft.Network/loadBalancers", "kubernetes");
    let frontends: Vec<Value> = ips
        .iter()
        .map(|ip| {
            let name =
                body::text(ip, "/id").and_then(|id| id.rsplit('/').next()).unwrap_or_default();
            json!({ "name": name, "id": format!("{id}/frontendIPConfigurations/{name}"),
                "properties": { "provisioningState": "Succeeded", "publicIPAddress": ip } })
        })
        .collect();
    let etag = world.etag();
    let stored = json!({
        "name": "kubernetes", "id": id, "etag": etag, "type": "Microsoft.Network/loadBalancers",
        "location": home.location, "sku": { "name": "Standard", "tier": "Regional" },
        "properties": {
            "provisioningState": "Succeeded", "frontendIPConfigurations": frontends,
            "backendAddressPools": [
                { "name": "aksOutboundBackendPool", "id": format!("{id}/backendAddressPools/aksOutboundBackendPool") },
                { "name": "kubernetes", "id": format!("{id}/backendAddressPools/kubernetes") },
            ],
            "outboundRules": [{ "name": "aksOutboundRule", "id": format!("{id}/outboundRules/aksOutboundRule") }],
        },
    });
    world.put(&id, "Microsoft.Network/loadBalancers", &stored);
}

/// A security group always; network, subnet and, for kubenet, a route table where the pools bring
/// no subnet.
fn managed_network(world: &mut World, home: &Home) {
    let pools = world.children(home.cluster.as_str(), "agentPools");
    let pools: Vec<Value> = pools.iter().map(|pool| pool.body()).collect();
    let own = pools.iter().any(|pool| pool.pointer("/properties/vnetSubnetID").is_some());
    let number = &home.number;
    let group = home.at(security_group::GROUP, &format!("aks-agentpool-{number}-nsg"));
    plain(world, home, &group, security_group::GROUP, json!({ "securityRules": [] }));
    let model = PodAddressing::of(&home.network());
    let table = home.at(route_table::TABLE, &format!("aks-agentpool-{number}-routetable"));
    if own {
        let bare: Vec<String> = pools.iter().filter_map(|pool| bare_subnet(world, pool)).collect();
        if model == PodAddressing::Kubenet && !bare.is_empty() {
            attach_routes(world, home, &table, &bare);
        }
        return;
    }
    if model == PodAddressing::Kubenet {
        plain(
            world,
            home,
            &table,
            route_table::TABLE,
            json!({ "disableBgpRoutePropagation": false }),
        );
    }
    let id = home.at(network::KIND, &format!("aks-vnet-{number}"));
    // AKS's own network lies in 10.224.0.0/12 with a /16 for nodes.
    let space = json!({ "addressSpace": { "addressPrefixes": ["10.224.0.0/12"] }, "enableDdosProtection": false });
    plain(world, home, &id, network::KIND, space);
    let child = format!("{id}/subnets/aks-subnet");
    let mut properties = json!({
        "provisioningState": "Succeeded", "addressPrefix": "10.224.0.0/16", "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled",
        "networkSecurityGroup": { "id": group },
    });
    if model == PodAddressing::Kubenet {
        properties["routeTable"] = json!({ "id": table });
    }
    if world.get(&child).is_none() {
        let stored = json!({ "name": "aks-subnet", "id": child, "type": subnet::KIND, "properties": properties });
        world.put(&child, subnet::KIND, &stored);
    }
}

/// The subnet of a pool, where it has no route table.
fn bare_subnet(world: &World, pool: &Value) -> Option<String> {
    let id = body::text(pool, "/properties/vnetSubnetID")?;
    let found = world.body(id)?;
    found.pointer("/properties/routeTable/id").is_none().then(|| id.to_owned())
}

/// kubenet on own subnets without a route table: AKS makes one in its own group, and attaches it.
fn attach_routes(world: &mut World, home: &Home, table: &str, subnets: &[String]) {
    let properties = json!({ "disableBgpRoutePropagation": false });
    plain(world, home, table, route_table::TABLE, properties);
    for subnet in subnets {
        let attached = json!({ "id": table });
        world.edit(subnet, |stored| body::set(stored, "/properties/routeTable", attached));
        nrp::refer(world, table, "subnets", subnet, true);
    }
}

fn plain(world: &mut World, home: &Home, id: &str, kind: &str, mut properties: Value) {
    if world.get(id).is_some() {
        return;
    }
    properties["provisioningState"] = json!("Succeeded");
    properties["resourceGuid"] = json!(world.guid());
    let etag = world.etag();
    let name = id.rsplit('/').next().unwrap_or_default();
    let stored = json!({
        "name": name, "id": id, "etag": etag, "type": kind, "location": home.location,
        "properties": properties,
    });
    world.put(id, kind, &stored);
}

/// Takes a cluster and everything it made away.
pub(crate) fn vanish(world: &mut World, cluster: &str) {
    let Some(home) = Home::of(world, cluster) else { return };
    private::withdraw(world, &home);
    nodes::withdraw(world, &home);
    network::forget_group(world, home.group.as_str());
    world.remove(cluster);
}

/// The state a cluster is in when its power has changed.
pub(crate) fn powered(world: &mut World, cluster: &str, code: &str) {
    let power: Value = json!({ "code": code });
    world.edit(cluster, |stored| {
        body::set(stored, "/properties/powerState", power.clone());
        body::set(stored, "/properties/provisioningState", "Succeeded");
    });
    let pools: Vec<String> =
        world.children(cluster, "agentPools").iter().map(|pool| pool.id.clone()).collect();
    for pool in pools {
        world.edit(&pool, |stored| body::set(stored, "/properties/powerState", power.clone()));
        pool::settled(world, &pool);
    }
}

/// A pool's change comes to nothing, as recorded by `ext-aks_nodepool_abort`: one that was being
/// stopped runs.
fn aborted(world: &mut World, pool: &str) {
    set_state(world, pool, "Canceled");
    world.edit(pool, |stored| body::set(stored, "/properties/powerState/code", "Running"));
}
