//! Documented limits: each is refused one step outside and taken at its edge.

use super::*;

fn with(more: &Value) -> Value {
    let mut body = cluster("overlay");
    body::merge(&mut body, more);
    body
}

fn network(profile: &Value) -> Value {
    with(&json!({"properties": {"networkProfile": profile}}))
}

#[tokio::test(start_paused = true)]
async fn a_cluster_keeps_to_the_documented_bounds() {
    let world = World::new();
    world.ground(true).await;
    let lb = |field: &str, value: u32| network(&json!({"loadBalancerProfile": {field: value}}));
    let long = json!({"properties": {"supportPlan": "AKSLongTermSupport"}});
    let six = json!({"managedOutboundIPs": {"count": 1, "countIPv6": 1}});
    let image = json!({"properties": {"autoUpgradeProfile":
        {"upgradeChannel": "node-image", "nodeOSUpgradeChannel": "SecurityPatch"}}});
    let workload =
        json!({"properties": {"securityProfile": {"workloadIdentity": {"enabled": true}}}});
    let ports = "InvalidLoadBalancerProfileAllocatedOutboundPorts";
    for (body, code) in [
        (lb("allocatedOutboundPorts", 1_001), ports),
        (lb("allocatedOutboundPorts", 64_008), "InvalidParameter"),
        (lb("idleTimeoutInMinutes", 3), "InvalidParameter"),
        (lb("idleTimeoutInMinutes", 101), "InvalidParameter"),
        (network(&json!({"loadBalancerProfile": six})), "InvalidParameter"),
        (
            network(&json!({"loadBalancerProfile": {"managedOutboundIPs": {"count": 101}}})),
            "InvalidParameter",
        ),
        (network(&json!({"podCidrs": ["10.244.0.0/16", "fd00::/64"]})), "InvalidParameter"),
        (with(&long), "InvalidParameter"),
        (with(&image), "InvalidParameter"),
        (with(&workload), "InvalidParameter"),
    ] {
        let shown = body.to_string();
        let refused = world.refused("PUT", CLUSTER, body).await;
        assert_eq!(refused, (400, code.to_owned()), "{shown}");
    }
    for body in [
        lb("idleTimeoutInMinutes", 100),
        lb("allocatedOutboundPorts", 1_000),
        with(
            &json!({"sku": {"name": "Base", "tier": "Premium"}, "properties": {"supportPlan": "AKSLongTermSupport"}}),
        ),
    ] {
        world.write("PUT", CLUSTER, body).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_keeps_to_the_documented_bounds() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("overlay")).await;
    let path = format!("{CLUSTER}/agentPools/more");
    let pool = |more: &Value| {
        let mut body =
            json!({"properties": {"count": 1, "mode": "User", "vmSize": "Standard_D2s_v5"}});
        body::merge(&mut body["properties"], more);
        body
    };
    let sysctl = |field: &str, value: i64| json!({"linuxOSConfig": {"sysctls": {field: value}}});
    for (wrong, code) in [
        (json!({"nodeLabels": {"kubernetes.azure.com/team": "a"}}), "BadRequest"),
        (json!({"nodeLabels": {"node-role.kubernetes.io/team": "a"}}), "BadRequest"),
        (json!({"spotMaxPrice": 0.1}), "InvalidParameter"),
        (json!({"scaleSetPriority": "Spot", "spotMaxPrice": 0.0}), "InvalidParameter"),
        (json!({"scaleSetPriority": "Spot", "mode": "System"}), "InvalidParameter"),
        (json!({"scaleSetEvictionPolicy": "Deallocate"}), "InvalidParameter"),
        (json!({"osDiskSizeGB": 29}), "InvalidParameter"),
        (json!({"nodePublicIPPrefixID": "/x"}), "InvalidParameter"),
        (json!({"upgradeSettings": {"maxSurge": "101%"}}), "InvalidParameter"),
        (json!({"upgradeSettings": {"maxSurge": "many"}}), "InvalidParameter"),
        (json!({"upgradeSettings": {"drainTimeoutInMinutes": 1_441}}), "InvalidParameter"),
        (json!({"kubeletConfig": {"cpuManagerPolicy": "dynamic"}}), "InvalidParameter"),
        (
            json!({"kubeletConfig": {"imageGcHighThreshold": 60, "imageGcLowThreshold": 70}}),
            "InvalidParameter",
        ),
        (json!({"linuxOSConfig": {"transparentHugePageEnabled": "often"}}), "InvalidParameter"),
        (sysctl("netIpv4TcpkeepaliveIntvl", 91), "InvalidParameter"),
        (sysctl("vmSwappiness", 101), "InvalidParameter"),
    ] {
        let refused = world.refused("PUT", &path, pool(&wrong)).await;
        assert_eq!(refused, (400, code.to_owned()), "{wrong}");
    }
    // What comes with every pool of the Azure CLI.
    let plain = json!({"scaleSetPriority": "Regular", "scaleSetEvictionPolicy": "Delete", "spotMaxPrice": -1.0});
    world.write("PUT", &path, pool(&plain)).await;
    let spot = json!({"scaleSetPriority": "Spot", "spotMaxPrice": 0.1,
        "nodeLabels": {"kubernetes.azure.com/scalesetpriority": "spot"}});
    world.write("PUT", &format!("{CLUSTER}/agentPools/cheap"), pool(&spot)).await;
}

#[tokio::test(start_paused = true)]
async fn a_nat_gateway_takes_addresses_of_its_own_kind_and_serves_one_network() {
    let world = World::new();
    world.ground(true).await;
    let provider = format!("{GROUP}/providers/Microsoft.Network");
    let address = |sku: &str, method: &str| json!({"location": "westeurope", "sku": {"name": sku}, "properties": {"publicIPAllocationMethod": method}});
    let (basic, standard) =
        (format!("{provider}/publicIPAddresses/old"), format!("{provider}/publicIPAddresses/new"));
    world.write("PUT", &basic, address("Basic", "Dynamic")).await;
    world.write("PUT", &standard, address("Standard", "Static")).await;
    let path = format!("{provider}/natGateways/n");
    let gateway = |ip: &str| {
        json!({"location": "westeurope", "sku": {"name": "Standard"},
            "properties": {"publicIpAddresses": [{"id": ip}]}})
    };
    assert_eq!(world.refused("PUT", &path, gateway(&basic)).await.0, 400);
    let mut zoned = gateway(&standard);
    zoned["zones"] = json!(["1", "2"]);
    assert_eq!(world.refused("PUT", &path, zoned).await.0, 400);
    world.write("PUT", &path, gateway(&standard)).await;
    let net = |name: &str, location: &str, cidr: &str| {
        json!({"location": location, "properties": {
            "addressSpace": {"addressPrefixes": [cidr]},
            "subnets": [{"name": name, "properties": {"addressPrefix": cidr, "natGateway": {"id": path}}}]}})
    };
    let (one, two) =
        (format!("{provider}/virtualNetworks/one"), format!("{provider}/virtualNetworks/two"));
    world.write("PUT", &one, net("a", "westeurope", "10.1.0.0/24")).await;
    let shared = world.refused("PUT", &two, net("b", "westeurope", "10.2.0.0/24")).await.1;
    assert_eq!(shared, "NatGatewayCannotBeUsedBySubnetsBelongingToDifferentVirtualNetworks");
    let far = world.refused("PUT", &two, net("b", "northeurope", "10.2.0.0/24")).await.1;
    assert_eq!(far, "InvalidResourceReference");
    let lb =
        network(&json!({"loadBalancerProfile": {"outboundIPs": {"publicIPs": [{"id": basic}]}}}));
    assert_eq!(world.refused("PUT", CLUSTER, lb).await.1, "InvalidParameter");
}

#[tokio::test(start_paused = true)]
async fn routes_and_rules_are_judged_alone_and_together() {
    let world = World::new();
    world.ground(true).await;
    let to = |cidr: &str| json!({"addressPrefix": cidr, "nextHopType": "Internet"});
    let alone = |cidr: &str| json!({"properties": to(cidr)});
    world.write("PUT", &format!("{TABLE}/routes/a"), alone("10.9.0.0/16")).await;
    world.write("PUT", &format!("{TABLE}/routes/a"), alone("10.9.0.0/16")).await;
    let path = format!("{TABLE}/routes/b");
    assert_eq!(world.refused("PUT", &path, alone("10.9.0.0/16")).await.1, "RouteConflict");
    let named = |name: &str| json!({"name": name, "properties": to("10.9.0.0/16")});
    let table =
        json!({"location": "westeurope", "properties": {"routes": [named("a"), named("b")]}});
    assert_eq!(world.refused("PUT", TABLE, table).await.1, "RouteConflict");
    let mut odd = alone("10.8.0.0/16");
    odd["properties"]["nextHopIpAddress"] = json!("10.0.0.4");
    assert_eq!(world.refused("PUT", &path, odd).await.0, 400);

    let group = format!("{GROUP}/providers/Microsoft.Network/networkSecurityGroups/s");
    world.write("PUT", &group, json!({"location": "westeurope"})).await;
    let rule = |port: &str, source: &str| {
        json!({"properties": {"priority": 100, "direction": "Inbound", "access": "Allow",
            "protocol": "Tcp", "sourcePortRange": "*", "destinationPortRange": port,
            "sourceAddressPrefix": source, "destinationAddressPrefix": "*"}})
    };
    let path = format!("{group}/securityRules/r");
    for (port, source, code) in [
        ("80,443", "*", "SecurityRuleInvalidPortRange"),
        ("90-80", "*", "SecurityRuleInvalidPortRange"),
        ("65536", "*", "SecurityRuleInvalidPortRange"),
        ("80", "10.0.0.0/33", "SecurityRuleInvalidAddressPrefix"),
        ("80", "the office", "SecurityRuleInvalidAddressPrefix"),
    ] {
        assert_eq!(
            world.refused("PUT", &path, rule(port, source)).await.1,
            code,
            "{port} {source}"
        );
    }
    for (port, source) in [("443", "AzureLoadBalancer"), ("30000-32767", "10.0.0.0/8")] {
        world.write("PUT", &path, rule(port, source)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_in_a_cluster_is_answered_with_what_the_embedded_azure_lacks() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("overlay")).await;
    let path = format!("{CLUSTER}/runCommand");
    let reply =
        world.call("POST", &path, "2025-10-01", json!({"command": "kubectl get pods"})).await;
    let said = reply.body.unwrap();
    assert_eq!((reply.status, &said["code"]), (400, &json!("OperationNotAllowed")));
    assert!(said["message"].as_str().unwrap().starts_with("The embedded Azure runs no command"));
}
