//! What excludes each other, what never goes back, and what is out of bounds.

use super::*;

async fn standing(network: &Value) -> World {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, with(network, &json!({}))).await;
    world
}

fn with(network: &Value, more: &Value) -> Value {
    let mut body = cluster("overlay");
    body::merge(&mut body["properties"]["networkProfile"], network);
    body::merge(&mut body["properties"], more);
    body
}

async fn is_refused(world: &World, body: Value, code: &str) {
    let shown = body.to_string();
    let refused = world.refused("PUT", CLUSTER, body).await;
    assert_eq!(refused, (400, code.to_owned()), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_profile_of_another_way_out_is_refused_and_goes_when_it_is_left() {
    let lb = json!({"loadBalancerProfile": {"managedOutboundIPs": {"count": 2}}});
    let world = standing(&lb).await;
    let wrong = [
        json!({"outboundType": "none", "loadBalancerProfile": {"managedOutboundIPs": {"count": 1}}}),
        json!({"outboundType": "none", "loadBalancerProfile": {"idleTimeoutInMinutes": 30}}),
        json!({"natGatewayProfile": {"idleTimeoutInMinutes": 4}}),
        json!({"loadBalancerProfile": {"managedOutboundIPs": {"count": 1}, "outboundIPs": {"publicIPs": [{"id": "/x"}]}}}),
        json!({"loadBalancerProfile": {"outboundIPPrefixes": {"publicIPPrefixes": [{"id": "/x"}]}, "outboundIPs": {"publicIPs": [{"id": "/x"}]}}}),
    ];
    for network in &wrong {
        is_refused(&world, with(network, &json!({})), "InvalidParameter").await;
    }
    let none = json!({"outboundType": "none", "loadBalancerProfile": {"backendPoolType": "nodeIPConfiguration"}});
    world.write("PUT", CLUSTER, with(&none, &json!({}))).await;
    let shown = world.get(CLUSTER).await["properties"]["networkProfile"].clone();
    assert_eq!(shown["loadBalancerProfile"], json!({"backendPoolType": "nodeIPConfiguration"}));
}

#[tokio::test(start_paused = true)]
async fn own_addresses_replace_managed_ones_and_the_other_way() {
    let world = standing(&json!({})).await;
    let ip = format!("{GROUP}/providers/Microsoft.Network/publicIPAddresses/p");
    let body = json!({"location": "westeurope", "sku": {"name": "Standard"},
        "properties": {"publicIPAllocationMethod": "Static"}});
    world.write("PUT", &ip, body).await;
    let own = json!({"loadBalancerProfile": {"outboundIPs": {"publicIPs": [{"id": ip}]}}});
    let managed = json!({"loadBalancerProfile": {"managedOutboundIPs": {"count": 2}}});
    for (network, stays, goes) in [
        (&own, "outboundIPs", "managedOutboundIPs"),
        (&managed, "managedOutboundIPs", "outboundIPs"),
    ] {
        world.write("PUT", CLUSTER, with(network, &json!({}))).await;
        let shown =
            world.get(CLUSTER).await["properties"]["networkProfile"]["loadBalancerProfile"].clone();
        assert!(shown.get(stays).is_some() && shown.get(goes).is_none(), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_range_needs_a_model_that_has_one() {
    let world = World::new();
    world.ground(true).await;
    let mut body = cluster("azure");
    body["properties"]["networkProfile"]["podCidr"] = json!("10.244.0.0/16");
    is_refused(&world, body, "InvalidParameter").await;
}

#[tokio::test(start_paused = true)]
async fn bounds_need_an_autoscaler_and_are_bounds() {
    let world = standing(&json!({})).await;
    let path = format!("{CLUSTER}/agentPools/more");
    let pool = |more: &Value| {
        let mut body =
            json!({"properties": {"count": 1, "mode": "User", "vmSize": "Standard_D2s_v5"}});
        body::merge(&mut body["properties"], more);
        body
    };
    for wrong in [
        json!({"minCount": 1, "maxCount": 3}),
        json!({"enableAutoScaling": false, "maxCount": 3}),
        json!({"enableAutoScaling": true, "minCount": 3, "maxCount": 1}),
        json!({"enableAutoScaling": true, "minCount": 1, "maxCount": 1001}),
        json!({"enableAutoScaling": true, "minCount": 0, "maxCount": 3, "mode": "System"}),
    ] {
        assert_eq!(world.refused("PUT", &path, pool(&wrong)).await.0, 400, "{wrong}");
    }
    world
        .write(
            "PUT",
            &path,
            pool(&json!({"enableAutoScaling": true, "minCount": 0, "maxCount": 3})),
        )
        .await;
    world.write("PUT", &path, pool(&json!({"enableAutoScaling": false}))).await;
    let shown = world.get(&path).await["properties"].clone();
    assert!(shown.get("minCount").is_none() && shown.get("maxCount").is_none(), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn what_is_on_for_good_stays_on() {
    let on = json!({"oidcIssuerProfile": {"enabled": true}});
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, with(&json!({}), &on)).await;
    let off = json!({"oidcIssuerProfile": {"enabled": false}});
    is_refused(&world, with(&json!({}), &off), "OIDCIssuerFeatureCannotBeDisabled").await;
    world.write("PUT", CLUSTER, with(&json!({}), &json!({}))).await;
    assert_eq!(world.get(CLUSTER).await["properties"]["oidcIssuerProfile"]["enabled"], true);
}

#[tokio::test(start_paused = true)]
async fn routes_of_ones_own_lead_to_an_appliance() {
    let world = World::new();
    world.ground(true).await;
    let udr = || with(&json!({"outboundType": "userDefinedRouting"}), &json!({}));
    is_refused(&world, udr(), "InvalidParameter").await;
    let route = |hop: &Value| {
        let mut body = json!({"properties": {"addressPrefix": "0.0.0.0/0"}});
        body::merge(&mut body["properties"], hop);
        body
    };
    let path = format!("{TABLE}/routes/out");
    world.write("PUT", &path, route(&json!({"nextHopType": "Internet"}))).await;
    is_refused(&world, udr(), "InvalidParameter").await;
    let appliance = json!({"nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.10.9.4"});
    world.write("PUT", &path, route(&appliance)).await;
    world.write("PUT", CLUSTER, udr()).await;
}

#[tokio::test(start_paused = true)]
async fn ports_are_counted_with_the_surge_of_each_pool() {
    let ports = |each: u32| json!({"loadBalancerProfile": {"allocatedOutboundPorts": each}});
    let world = standing(&ports(21_328)).await;
    let code = "InvalidLoadBalancerProfileAllocatedOutboundPorts";
    is_refused(&world, with(&ports(21_336), &json!({})), code).await;
    let pool = json!({"properties": {"count": 1, "mode": "User", "vmSize": "Standard_D2s_v5"}});
    let refused = world.refused("PUT", &format!("{CLUSTER}/agentPools/more"), pool).await;
    assert_eq!(refused, (400, code.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_cluster_takes_a_start_alone() {
    let world = standing(&json!({})).await;
    world.write("POST", &format!("{CLUSTER}/stop"), Value::Null).await;
    let pool = json!({"properties": {"count": 3, "mode": "System", "vmSize": "Standard_D2s_v5"}});
    for (method, path, body) in [
        ("PUT", CLUSTER.to_owned(), with(&json!({}), &json!({}))),
        ("PUT", format!("{CLUSTER}/agentPools/system"), pool),
        ("PATCH", CLUSTER.to_owned(), json!({"tags": {"a": "b"}})),
        ("POST", format!("{CLUSTER}/stop"), Value::Null),
    ] {
        let reply = world.call(method, &path, "2025-10-01", body).await;
        let said = reply.body.unwrap()["message"].as_str().unwrap().to_owned();
        assert_eq!(reply.status, 409, "{method} {path}");
        assert!(said.contains("Power State(Stopped)"), "{said}");
    }
    world.write("POST", &format!("{CLUSTER}/start"), Value::Null).await;
    world.write("PUT", CLUSTER, with(&json!({}), &json!({}))).await;
}

#[tokio::test(start_paused = true)]
async fn the_second_family_gets_ranges_that_azure_draws_and_keeps() {
    let dual = json!({"ipFamilies": ["IPv4", "IPv6"]});
    let drawn = async |world: &World| {
        let network = world.get(CLUSTER).await["properties"]["networkProfile"].clone();
        [network["podCidrs"][1].clone(), network["serviceCidrs"][1].clone()]
    };
    let world = standing(&dual).await;
    let first = drawn(&world).await;
    let named = json!({"ipFamilies": ["IPv4", "IPv6"], "podCidrs": ["10.244.0.0/16"]});
    world.write("PUT", CLUSTER, with(&named, &json!({}))).await;
    assert_eq!(drawn(&world).await, first);
    for range in &first {
        let range: ipnet::Ipv6Net = range.as_str().unwrap().parse().unwrap();
        assert_eq!((range.trunc(), range.addr().octets()[0]), (range, 0xfd));
    }
    assert_ne!(first[0], json!("fd12:3456:789a::/64"));
}

#[tokio::test(start_paused = true)]
async fn tags_have_limits() {
    let world = World::new();
    let tagged = |name: &str, value: &str| json!({"location": "westeurope", "tags": {name: value}});
    for (name, value) in [("a/b", "x"), (&"n".repeat(513), "x"), ("n", &"v".repeat(257))] {
        assert_eq!(world.refused("PUT", GROUP, tagged(name, value)).await.0, 400);
    }
    world.write("PUT", GROUP, tagged(&"n".repeat(512), &"v".repeat(256))).await;
}
