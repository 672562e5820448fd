//! What Azure refuses, refused here in its words.

use super::*;

const SPACE: &str = "10.0.0.0/16";

fn network(subnets: &Value) -> Value {
    json!({"location": "westeurope", "properties": {
        "addressSpace": {"addressPrefixes": [SPACE]}, "subnets": subnets}})
}

fn subnet(name: &str, cidr: &str) -> Value {
    json!({"name": name, "properties": {"addressPrefix": cidr}})
}

async fn grouped() -> World {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    world
}

#[tokio::test(start_paused = true)]
async fn the_front_end_refuses_what_it_cannot_place() {
    let world = grouped().await;
    let body = json!({"location": "westeurope"});
    let plain =
        |method: &str, path: String| Call { method: method.to_owned(), path, ..Call::default() };
    let code = |reply: Reply| {
        reply.body.unwrap().pointer("/error/code").unwrap().as_str().unwrap().to_owned()
    };
    let missing = world.sim.answer(plain("GET", GROUP.to_owned())).await;
    assert_eq!(code(missing), "MissingApiVersionParameter");
    let other = GROUP.replace("00000000-0", "10000000-0");
    let foreign = world.call("GET", &other, "2025-04-01", Value::Null).await;
    assert_eq!(code(foreign), "SubscriptionNotFound");
    let old = world.call("GET", CLUSTER, "2023-01-02-preview", Value::Null).await;
    assert_eq!(code(old), "NoRegisteredProviderFound");
    let elsewhere = TABLE.replace("/g/", "/nowhere/");
    assert_eq!(world.refused("PUT", &elsewhere, body.clone()).await.1, "ResourceGroupNotFound");
    let child = format!("{VNET}/subnets/x");
    let lost = world.refused("PUT", &child, subnet("x", "10.0.0.0/24")).await;
    assert_eq!(lost, (404, "ParentResourceNotFound".to_owned()));
    assert_eq!(world.refused("PUT", TABLE, json!({})).await.1, "LocationRequired");
    world.write("PUT", TABLE, body).await;
    let moved = world.refused("PUT", TABLE, json!({"location": "eastus"})).await;
    assert_eq!(moved, (409, "InvalidResourceLocation".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn subnets_lie_inside_their_network_and_apart() {
    let world = grouped().await;
    let put = |subnets: Value| network(&subnets);
    let outside = world.refused("PUT", VNET, put(json!([subnet("a", "10.1.0.0/24")]))).await;
    assert_eq!(outside, (400, "NetcfgSubnetRangeOutsideVnet".to_owned()));
    let both = json!([subnet("a", "10.0.0.0/24"), subnet("b", "10.0.0.128/25")]);
    assert_eq!(world.refused("PUT", VNET, put(both)).await.1, "NetcfgSubnetRangesOverlap");
    let bits = json!([subnet("a", "10.0.0.1/24")]);
    assert_eq!(world.refused("PUT", VNET, put(bits)).await.1, "InvalidCIDRNotation");
    world.write("PUT", VNET, put(json!([subnet("a", "10.0.0.0/24")]))).await;
    let child = format!("{VNET}/subnets/b");
    let clash = world.refused("PUT", &child, subnet("b", "10.0.0.0/25")).await.1;
    assert_eq!(clash, "NetcfgSubnetRangesOverlap");
    world.write("PUT", &child, subnet("b", "10.0.1.0/24")).await;
    let silent = json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": [SPACE]}}});
    world.write("PUT", VNET, silent).await;
    let kept = world.get(VNET).await;
    assert_eq!(kept["properties"]["subnets"].as_array().unwrap().len(), 2);
    world.write("PUT", VNET, put(json!([subnet("b", "10.0.1.0/24")]))).await;
    assert_eq!(world.refused("GET", &format!("{VNET}/subnets/a"), Value::Null).await.1, "NotFound");
}

#[tokio::test(start_paused = true)]
async fn siblings_wait_for_each_other() {
    let world = grouped().await;
    world.write("PUT", VNET, network(&json!([]))).await;
    let one = format!("{VNET}/subnets/one");
    let two = format!("{VNET}/subnets/two");
    world.call("PUT", &one, "2025-07-01", subnet("one", "10.0.0.0/24")).await;
    let busy = world.refused("PUT", &two, subnet("two", "10.0.1.0/24")).await;
    assert_eq!(busy, (409, "AnotherOperationInProgress".to_owned()));
    world.write("PUT", TABLE, json!({"location": "westeurope"})).await;
    let route = json!({"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}});
    world.call("PUT", &format!("{TABLE}/routes/a"), "2025-07-01", route.clone()).await;
    let busy = world.call("PUT", &format!("{TABLE}/routes/b"), "2025-07-01", route).await;
    assert_eq!((busy.status, header(&busy, "Retry-After").as_deref()), (429, Some("12")));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_not_deleted() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("azure")).await;
    for (path, code) in [
        (SUBNET, "InUseSubnetCannotBeDeleted"),
        (VNET, "InUseSubnetCannotBeDeleted"),
        (TABLE, "InUseRouteTableCannotBeDeleted"),
    ] {
        assert_eq!(world.refused("DELETE", path, Value::Null).await, (400, code.to_owned()));
    }
    let without = world.refused("PUT", VNET, json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.10.0.0/16"]}, "subnets": []}})).await;
    assert_eq!(without.1, "InUseSubnetCannotBeDeleted");
    let lock = format!("{GROUP}/providers/Microsoft.Authorization/locks/l");
    let level = json!({"properties": {"level": "CanNotDelete"}});
    let reply = world.call("PUT", &lock, "2020-05-01", level).await;
    assert_eq!(reply.status, 201);
    assert_eq!(
        world.refused("DELETE", CLUSTER, Value::Null).await,
        (409, "ScopeLocked".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_whose_network_others_use_stays() {
    let world = World::new();
    world.ground(true).await;
    let other = GROUP.replace("/g", "/other");
    let away = CLUSTER.replace("/g/", "/other/");
    world.write("PUT", &other, json!({"location": "westeurope"})).await;
    world.write("PUT", &away, cluster("azure")).await;
    let reply = world.call("DELETE", GROUP, "2025-04-01", Value::Null).await;
    tokio::time::sleep(Duration::from_mins(10)).await;
    let url = header(&reply, "Location").unwrap();
    let path = url.strip_prefix(ENDPOINT).unwrap().to_owned();
    let end = world.sim.answer(Call { method: "GET".to_owned(), path, ..Call::default() }).await;
    assert_eq!(end.status, 409);
    assert_eq!(end.body.unwrap()["error"]["code"], "ResourceGroupDeletionBlocked");
    assert_eq!(world.get(GROUP).await["properties"]["provisioningState"], "Succeeded");
    world.get(SUBNET).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_fixed_in_a_cluster_and_its_pools_stays() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("azure")).await;
    let mut renamed = cluster("azure");
    renamed["properties"]["dnsPrefix"] = json!("d");
    let reply = world.call("PUT", CLUSTER, "2025-10-01", renamed).await;
    let body = reply.body.unwrap();
    assert_eq!((reply.status, body["code"].as_str()), (400, Some("PropertyChangeNotAllowed")));
    assert_eq!(body["target"], "properties.dnsPrefix");
    let mut more = cluster("azure");
    let pool = json!({"name": "more", "mode": "User", "count": 1, "vnetSubnetID": SUBNET});
    more["properties"]["agentPoolProfiles"].as_array_mut().unwrap().push(pool.clone());
    assert_eq!(world.refused("PUT", CLUSTER, more).await, (400, "BadRequest".to_owned()));
    let system = format!("{CLUSTER}/agentPools/system");
    let bigger = json!({"properties": {"vmSize": "Standard_D4s_v5", "mode": "System", "count": 2, "vnetSubnetID": SUBNET}});
    assert_eq!(world.refused("PUT", &system, bigger).await.1, "PropertyChangeNotAllowed");
    assert_eq!(world.refused("DELETE", &system, Value::Null).await.1, "OperationNotAllowed");
    let bad = format!("{CLUSTER}/agentPools/Bad-Name");
    assert_eq!(world.refused("PUT", &bad, json!({"properties": pool})).await.1, "InvalidParameter");
    let many = json!({"properties": {"count": 9, "mode": "User", "vnetSubnetID": SUBNET}});
    let full = world.refused("PUT", &format!("{CLUSTER}/agentPools/many"), many).await;
    assert_eq!(full, (400, "InsufficientSubnetSize".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn ranges_of_a_cluster_keep_off_each_other() {
    let world = World::new();
    world.ground(true).await;
    let with = |field: &str, value: &str| {
        let mut body = cluster("overlay");
        body["properties"]["networkProfile"][field] = json!(value);
        if field == "serviceCidr" {
            body["properties"]["networkProfile"]["dnsServiceIP"] = json!("10.10.1.10");
        }
        body
    };
    for (body, code) in [
        (with("podCidr", "10.10.128.0/17"), "NetworkProfileCIDROverlapVNET"),
        (with("serviceCidr", "10.10.1.0/24"), "ServiceCidrOverlapExistingSubnetsCidr"),
        (with("podCidr", "172.30.0.0/16"), "InvalidParameter"),
        (with("podCidr", "10.0.0.0/16"), "InvalidParameter"),
        (with("dnsServiceIP", "10.1.0.10"), "DnsServiceIpOutOfServiceCidr"),
        (with("podCidr", "10.244.0.0/24"), "InsufficientSubnetSize"),
    ] {
        assert_eq!(world.refused("PUT", CLUSTER, body).await, (400, code.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn entity_tags_and_none_match_guard_a_cluster() {
    let world = World::new();
    world.ground(true).await;
    let guarded = |headers: &[(&str, &str)]| Call {
        method: "PUT".to_owned(),
        path: format!("{CLUSTER}?api-version=2025-10-01"),
        headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        body: cluster("azure").to_string().into_bytes(),
        ..Call::default()
    };
    assert_eq!(world.sim.answer(guarded(&[("if-match", "*")])).await.status, 412);
    let made = world.sim.answer(guarded(&[("if-none-match", "*")])).await;
    assert_eq!(made.status, 201);
    world.follow(&made).await;
    assert_eq!(world.sim.answer(guarded(&[("if-none-match", "*")])).await.status, 412);
    let tag = world.get(CLUSTER).await["eTag"].as_str().unwrap().to_owned();
    assert_eq!(world.sim.answer(guarded(&[("if-match", "other")])).await.status, 412);
    let both = guarded(&[("if-match", &tag), ("if-none-match", "*")]);
    assert_eq!(world.sim.answer(both).await.status, 400);
    assert_eq!(world.sim.answer(guarded(&[("if-match", &tag)])).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn role_assignments_stand_once_and_wait_for_the_directory() {
    let world = grouped().await;
    let identity = world.write("PUT", IDENTITY, json!({"location": "westeurope"})).await;
    let principal = identity.body.unwrap()["properties"]["principalId"].clone();
    let path = |number: u32| {
        format!(
            "{GROUP}/providers/Microsoft.Authorization/roleAssignments/{number:08}-0000-0000-0000-000000000000"
        )
    };
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}");
    let body = json!({"properties": {"principalId": principal, "roleDefinitionId": role}});
    let early = world.refused("PUT", &path(1), body.clone()).await;
    assert_eq!(early, (400, "PrincipalNotFound".to_owned()));
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(world.write("PUT", &path(1), body.clone()).await.status, 201);
    assert_eq!(world.write("PUT", &path(1), body.clone()).await.status, 200);
    let twice = world.refused("PUT", &path(2), body).await;
    assert_eq!(twice, (409, "RoleAssignmentExists".to_owned()));
    let reader = json!({"properties": {"principalId": principal, "principalType": "ServicePrincipal",
        "roleDefinitionId": "/x/acdd72a7-3385-48ef-bd42-f606fba81ae7"}});
    let other = world.refused("PUT", &path(1), reader).await;
    assert_eq!(other, (409, "RoleAssignmentUpdateNotPermitted".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_unregistered_provider_takes_no_writes() {
    let world = grouped().await;
    let provider = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network");
    world.call("POST", &format!("{provider}/unregister"), "2025-04-01", Value::Null).await;
    let body = json!({"location": "westeurope"});
    let refused = world.refused("PUT", TABLE, body.clone()).await;
    assert_eq!(refused, (409, "MissingSubscriptionRegistration".to_owned()));
    world.call("POST", &format!("{provider}/register"), "2025-04-01", Value::Null).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(world.get(&provider).await["registrationState"], "Registered");
    world.write("PUT", TABLE, body).await;
}
