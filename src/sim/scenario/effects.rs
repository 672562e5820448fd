//! What a cluster brings about around it.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_cluster_passed_on_as_text_says_the_same_in_every_version() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("overlay")).await;
    let pool = json!({"properties": {"count": 1, "mode": "User", "vnetSubnetID": SUBNET, "nodeLabels": {"a\"b": "ü"}}});
    world.call("PUT", &format!("{CLUSTER}/agentPools/more"), "2025-10-01", pool).await;
    for api in provider::catalog::versions("Microsoft.ContainerService/managedClusters").unwrap() {
        let value = world.call("GET", CLUSTER, api, Value::Null).await.body.unwrap();
        let path = format!("{CLUSTER}?api-version={api}");
        let call = Call { method: "GET".to_owned(), path, passed_on: true, ..Call::default() };
        let text = world.sim.answer(call).await;
        assert!(matches!(text.body, Some(Value::String(_))), "{api}");
        assert_eq!(serde_json::from_slice::<Value>(&text.into_bytes()).unwrap(), value, "{api}");
    }
}

fn managed(network: &Value, pools: &Value) -> Value {
    json!({"location": "westeurope", "identity": {"type": "SystemAssigned"},
        "properties": {"dnsPrefix": "c", "agentPoolProfiles": pools, "networkProfile": network}})
}

fn pool(count: u32) -> Value {
    json!({"name": "system", "mode": "System", "count": count, "vmSize": "Standard_D2s_v5"})
}

impl World {
    /// The ids in the cluster's own group, from the type on.
    async fn own(&self) -> Vec<String> {
        let cluster = self.get(CLUSTER).await;
        let group = cluster["properties"]["nodeResourceGroup"].as_str().unwrap().to_lowercase();
        let all = self.sim.resources().unwrap();
        let ids = all.iter().map(|one| one["id"].as_str().unwrap().to_lowercase());
        let inside = format!("/resourcegroups/{group}/providers/");
        ids.filter_map(|id| Some(id.split_once(&inside)?.1.to_owned())).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_managed_kubenet_cluster_routes_in_its_own_group() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    world
        .write("PUT", CLUSTER, managed(&json!({"networkPlugin": "kubenet"}), &json!([pool(3)])))
        .await;
    let own = world.own().await;
    let has = |part: &str| own.iter().filter(|id| id.contains(part)).count();
    assert_eq!(has("-routetable/routes/"), 3);
    assert_eq!(has("virtualmachinescalesets/aks-system-"), 1);
    assert_eq!((has("loadbalancers/kubernetes"), has("publicipaddresses/")), (1, 1));
    assert_eq!(has("userassignedidentities/c-agentpool"), 1);
    let overlay = managed(
        &json!({"networkPlugin": "azure", "networkPluginMode": "overlay"}),
        &json!([pool(3)]),
    );
    world.write("PUT", CLUSTER, overlay).await;
    assert!(!world.own().await.iter().any(|id| id.contains("routetable")));
}

#[tokio::test(start_paused = true)]
async fn routes_and_addresses_follow_the_nodes() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("kubenet")).await;
    let system = format!("{CLUSTER}/agentPools/system");
    let counts = async || {
        let table = world.get(TABLE).await["properties"]["routes"].as_array().unwrap().len();
        let subnet = world.get(SUBNET).await;
        (table, subnet["properties"]["ipConfigurations"].as_array().map_or(0, Vec::len))
    };
    let sized = |count: u32| json!({"properties": {"count": count, "mode": "System", "vmSize": "Standard_D2s_v5", "vnetSubnetID": SUBNET}});
    let reply = world.call("PUT", &system, "2025-10-01", sized(5)).await;
    assert_eq!(reply.body.as_ref().unwrap()["properties"]["provisioningState"], "Scaling");
    world.follow(&reply).await;
    assert_eq!(counts().await, (5, 5));
    let user = format!("{CLUSTER}/agentPools/user");
    world
        .write(
            "PUT",
            &user,
            json!({"properties": {"count": 2, "mode": "User", "vnetSubnetID": SUBNET}}),
        )
        .await;
    assert_eq!(counts().await, (7, 7));
    world.write("DELETE", &user, Value::Null).await;
    assert_eq!(counts().await, (5, 5));
    world.write("POST", &format!("{CLUSTER}/stop"), Value::Null).await;
    assert_eq!(world.get(CLUSTER).await["properties"]["powerState"]["code"], "Stopped");
    assert_eq!(counts().await, (0, 0));
    assert_eq!(world.refused("PUT", &system, sized(6)).await.1, "OperationNotAllowed");
    world.write("POST", &format!("{CLUSTER}/start"), Value::Null).await;
    assert_eq!(counts().await, (5, 5));
}

#[tokio::test(start_paused = true)]
async fn pods_of_a_pod_subnet_live_there() {
    let world = World::new();
    world.ground(true).await;
    let pods = format!("{VNET}/subnets/pods");
    world.write("PUT", &pods, json!({"properties": {"addressPrefix": "10.10.2.0/24"}})).await;
    let principal = world.get(IDENTITY).await["properties"]["principalId"].clone();
    world.grant(&pods, &principal, 3).await;
    let mut body = cluster("azure");
    body["properties"]["agentPoolProfiles"][0]["podSubnetID"] = json!(pods);
    world.write("PUT", CLUSTER, body).await;
    let used = async |id: &str| {
        world.get(id).await["properties"]["ipConfigurations"].as_array().unwrap().len()
    };
    assert_eq!((used(SUBNET).await, used(&pods).await), (2, 32));
    assert_eq!(world.refused("DELETE", &pods, Value::Null).await.1, "InUseSubnetCannotBeDeleted");
}

#[tokio::test(start_paused = true)]
async fn a_managed_nat_gateway_is_the_way_out() {
    let world = World::new();
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let network = json!({"outboundType": "managedNATGateway",
        "natGatewayProfile": {"managedOutboundIPProfile": {"count": 2}}});
    world.write("PUT", CLUSTER, managed(&network, &json!([pool(1)]))).await;
    let own = world.own().await;
    assert_eq!(own.iter().filter(|id| id.contains("publicipaddresses/")).count(), 2);
    assert!(own.iter().any(|id| id.contains("natgateways/")));
    let shown = world.get(CLUSTER).await;
    let effective =
        &shown["properties"]["networkProfile"]["natGatewayProfile"]["effectiveOutboundIPs"];
    assert_eq!(effective.as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_pool_that_names_no_subnet_lies_where_the_cluster_does() {
    let world = World::new();
    world.ground(false).await;
    world.write("PUT", CLUSTER, cluster("overlay")).await;
    let body = json!({"properties": {"count": 1, "mode": "User", "vmSize": "Standard_D2s_v5"}});
    for name in ["UPPER", "Bad_Name"] {
        let path = format!("{CLUSTER}/agentPools/{name}");
        let reply = world.call("PUT", &path, api(&path), body.clone()).await.body.unwrap();
        assert_eq!(reply["target"], "agentPoolProfile.name", "{reply}");
    }
    let path = format!("{CLUSTER}/agentPools/extra");
    let made = world.write("PUT", &path, body).await.body.unwrap();
    assert_eq!(made["properties"]["vnetSubnetID"], SUBNET);
    let shown = world.get(CLUSTER).await;
    let pools = shown["properties"]["agentPoolProfiles"].as_array().unwrap().clone();
    assert!(pools.iter().all(|pool| pool["vnetSubnetID"] == SUBNET), "{pools:?}");
    let used = world.get(SUBNET).await["properties"]["ipConfigurations"].as_array().unwrap().len();
    assert_eq!(used, 3);
}
