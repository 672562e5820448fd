//! Bodies that hold what their type does not: refused in the provider's own words, never stored.

use super::*;

const API: &str = "2025-10-01";

/// A body that would do, with something else at one place.
fn with(mut good: Value, at: &str, value: Value) -> Value {
    super::body::set(&mut good, at, value);
    good
}

fn plain_cluster() -> Value {
    json!({"location": "westeurope", "identity": {"type": "SystemAssigned"},
        "properties": {"dnsPrefix": "c", "agentPoolProfiles": [{"name": "p", "mode": "System", "count": 1}]}})
}

fn provider(kind: &str) -> String {
    format!("{GROUP}/providers/Microsoft.Network/{kind}")
}

async fn grouped() -> World {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    world
}

#[tokio::test(start_paused = true)]
async fn a_cluster_with_a_value_of_another_type_is_refused_in_words_of_go() {
    let world = grouped().await;
    let odd = [
        ("/properties", json!("x")),
        ("/properties/agentPoolProfiles", json!("x")),
        ("/properties/agentPoolProfiles", json!(5)),
        ("/properties/agentPoolProfiles", json!({})),
        ("/properties/agentPoolProfiles", json!(["x"])),
        ("/properties/networkProfile", json!("kubenet")),
        ("/properties/networkProfile", json!([])),
        ("/properties/networkProfile/loadBalancerProfile", json!("x")),
        ("/identity", json!("x")),
        ("/sku", json!("Free")),
        ("/properties/apiServerAccessProfile/authorizedIPRanges", json!("1.2.3.4")),
        ("/properties/autoScalerProfile", json!("x")),
        ("/properties/addonProfiles", json!([])),
        ("/properties/apiServerAccessProfile/bogus", json!(true)),
    ];
    for (at, value) in odd {
        let refused = world.refused("PUT", CLUSTER, with(plain_cluster(), at, value.clone())).await;
        assert_eq!(refused, (400, "UnmarshalError".to_owned()), "{at}: {value}");
    }
    let texts = with(plain_cluster(), "/properties/autoScalerProfile", json!(true));
    let refused = world.call("PUT", CLUSTER, API, texts).await.body.unwrap();
    assert_eq!(
        refused["message"],
        "UnmarshalEntity encountered error: json: cannot unmarshal bool into Go struct field \
         Properties.properties.autoScalerProfile of type ManagedClusterPropertiesAutoScalerProfile."
    );
    assert_eq!(world.refused("GET", CLUSTER, Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_with_a_word_that_is_none_of_those_known_is_refused() {
    let world = grouped().await;
    let odd = [
        ("/identity/type", json!("Bogus")),
        ("/sku/tier", json!("Bogus")),
        ("/sku/name", json!("Bogus")),
        ("/properties/networkProfile/outboundType", json!("Bogus")),
        ("/properties/apiServerAccessProfile/authorizedIPRanges", json!(["bogus"])),
        ("/properties/apiServerAccessProfile/authorizedIPRanges", json!(["1.2.3.4/33"])),
    ];
    for (at, value) in odd {
        let refused = world.refused("PUT", CLUSTER, with(plain_cluster(), at, value.clone())).await;
        assert_eq!(refused, (400, "InvalidParameter".to_owned()), "{at}: {value}");
    }
    let fine = json!(["1.2.3.4", "10.0.0.0/8", "AzureCloud"]);
    let fine = with(plain_cluster(), "/properties/apiServerAccessProfile/authorizedIPRanges", fine);
    world.write("PUT", CLUSTER, fine).await;
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_cannot_be_read_is_refused() {
    let world = grouped().await;
    world.write("PUT", CLUSTER, plain_cluster()).await;
    let path = format!("{CLUSTER}/agentPools/extra");
    let good = json!({"properties": {"count": 1, "mode": "User"}});
    let odd = [
        ("/properties", json!("x")),
        ("/properties/nodeLabels", json!("x")),
        ("/properties/nodeLabels", json!({"a": 5})),
        ("/properties/nodeTaints", json!("x")),
        ("/properties/upgradeSettings", json!({"maxSurge": 5})),
        ("/properties/securityProfile", json!({"bogus": true})),
        ("/properties/count", json!(5_000_000_000_u64)),
    ];
    for (at, value) in odd {
        let refused = world.refused("PUT", &path, with(good.clone(), at, value.clone())).await;
        assert_eq!(refused, (400, "UnmarshalError".to_owned()), "{at}: {value}");
    }
    let mode = with(good.clone(), "/properties/mode", json!("Bogus"));
    assert_eq!(world.refused("PUT", &path, mode).await.1, "InvalidParameter");
    let window = format!("{CLUSTER}/maintenanceConfigurations/default");
    assert_eq!(world.refused("PUT", &window, json!({"properties": "x"})).await.1, "UnmarshalError");
    world.write("PUT", &path, good).await;
}

#[tokio::test(start_paused = true)]
async fn a_network_body_that_cannot_be_parsed_is_refused_with_the_place() {
    let world = grouped().await;
    let space = json!({"addressPrefixes": ["10.0.0.0/16"]});
    let network = json!({"location": "westeurope", "properties": {"addressSpace": space}});
    let plain = json!({"location": "westeurope", "properties": {}});
    let delegated = json!([{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24",
        "delegations": ["Microsoft.ContainerService/managedClusters"]}}]);
    let (table, group) = (TABLE.to_owned(), provider("networkSecurityGroups/n"));
    let (address, gateway) = (provider("publicIPAddresses/a"), provider("natGateways/n"));
    let odd = [
        (VNET, &network, "/properties", json!("x")),
        (VNET, &network, "/properties/bogus", json!(1)),
        (VNET, &network, "/bogus", json!(1)),
        (VNET, &network, "/properties/subnets", json!("x")),
        (VNET, &network, "/properties/subnets", delegated),
        (VNET, &network, "/properties/dhcpOptions", json!({"dnsServers": "x"})),
        (&table, &plain, "/properties/routes", json!("x")),
        (&table, &plain, "/properties/disableBgpRoutePropagation", json!("yes")),
        (&group, &plain, "/properties/securityRules", json!("x")),
        (&address, &plain, "/sku", json!("Standard")),
        (&address, &plain, "/sku", json!({"name": "Bogus"})),
        (&address, &plain, "/properties/publicIPAllocationMethod", json!("Bogus")),
        (&address, &plain, "/properties/idleTimeoutInMinutes", json!("4")),
        (&gateway, &plain, "/properties/publicIpAddresses", json!("x")),
        (&gateway, &plain, "/properties/idleTimeoutInMinutes", json!("4")),
    ];
    for (path, good, at, value) in odd {
        let body = with(good.clone(), at, value.clone());
        let reply = world.call("PUT", path, api(path), body).await;
        let error = reply.body.unwrap_or_default()["error"].clone();
        let code = error["code"].as_str().unwrap_or_default();
        assert_eq!((reply.status, code), (400, "InvalidRequestFormat"), "{at}: {value}: {error}");
        assert_eq!(error["message"], "Cannot parse the request.");
        let detail = &error["details"][0];
        assert_eq!(detail["code"], "InvalidJson", "{error}");
        let named = at.trim_start_matches('/').replace('/', ".");
        assert!(detail["message"].as_str().unwrap().contains(&format!("Path '{named}")), "{error}");
        assert_eq!(world.call("GET", path, api(path), Value::Null).await.status, 404);
    }
    world.write("PUT", VNET, network).await;
    let subnet = json!({"properties": {"addressPrefix": "10.0.0.0/24", "delegations": ["x"]}});
    let refused = world.refused("PUT", SUBNET, subnet).await;
    assert_eq!(refused, (400, "InvalidRequestFormat".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn everything_wrong_with_a_network_body_is_named_at_once() {
    let world = grouped().await;
    let body = json!({"location": "westeurope", "properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "bogus": 1,
        "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24", "odd": true}}]}});
    let reply = world.call("PUT", VNET, api(VNET), body).await;
    let details = reply.body.unwrap()["error"]["details"].clone();
    assert_eq!(
        details,
        json!([
            {"code": "InvalidJson", "message": "Could not find member 'bogus' on object of type \
                'VirtualNetworkPropertiesFormat'. Path 'properties.bogus'."},
            {"code": "InvalidJson", "message": "Could not find member 'odd' on object of type \
                'SubnetPropertiesFormat'. Path 'properties.subnets[0].properties.odd'."},
        ])
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_get_shows_may_be_sent_back() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("kubenet")).await;
    let system = format!("{CLUSTER}/agentPools/system");
    let paths = [VNET.to_owned(), SUBNET.to_owned(), TABLE.to_owned(), CLUSTER.to_owned(), system];
    for path in paths {
        let shown = world.get(&path).await;
        let reply = world.call("PUT", &path, api(&path), shown).await;
        assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
        world.follow(&reply).await;
    }
}
