//! What the API server of a cluster shows, held against what stands in Azure.

use std::net::Ipv4Addr;

use super::*;
use crate::sim::kube::doors::{Doors, ENTRA};
use crate::sim::kube::{Caller, Request};

impl World {
    /// Asks the cluster's API server as kubectl does; `None` where none answers.
    async fn kube(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        caller: &Caller,
    ) -> Option<(u16, Value)> {
        let name = self.get(CLUSTER).await["properties"]["fqdn"].as_str().unwrap().to_owned();
        self.kube_at(&name, method, path, accept, caller)
    }

    fn kube_at(
        &self,
        name: &str,
        method: &str,
        path: &str,
        accept: &str,
        caller: &Caller,
    ) -> Option<(u16, Value)> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let request = Request { method, path, query, accept, body: b"" };
        let reply = self.sim.api_server(name, caller, &request, None)?;
        let body = serde_json::from_slice(&reply.body);
        let text = || json!(String::from_utf8_lossy(&reply.body));
        Some((reply.status, body.unwrap_or_else(|_| text())))
    }

    async fn nodes(&self) -> Vec<Value> {
        let list = self.kube("GET", "/api/v1/nodes", "application/json", &Caller::Trusted).await;
        list.unwrap().1["items"].as_array().unwrap().clone()
    }
}

fn address(node: &Value) -> Ipv4Addr {
    node["status"]["addresses"][0]["address"].as_str().unwrap().parse().unwrap()
}

/// The addresses by the order of a subnet's configurations, Azure's own four left out.
async fn on_the_subnet(world: &World) -> Vec<(String, Ipv4Addr)> {
    let subnet = world.get(SUBNET).await;
    let all = subnet["properties"]["ipConfigurations"].as_array().unwrap().clone();
    let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
    let first = u32::from(Ipv4Addr::new(10, 10, 1, 4));
    (first..).zip(all.iter()).map(|(at, one)| (id(one), Ipv4Addr::from(at))).collect()
}

#[tokio::test(start_paused = true)]
async fn the_models_differ_in_addresses_and_in_ranges_for_pods() {
    for (plugin, addresses, pods) in [
        ("kubenet", ["10.10.1.4", "10.10.1.5"], Some(["10.244.0.0/24", "10.244.1.0/24"])),
        ("overlay", ["10.10.1.4", "10.10.1.5"], Some(["10.244.0.0/24", "10.244.1.0/24"])),
        ("azure", ["10.10.1.4", "10.10.1.35"], None),
        ("none", ["10.10.1.4", "10.10.1.5"], None),
    ] {
        let world = World::new();
        world.ground(plugin == "kubenet").await;
        world.write("PUT", CLUSTER, cluster(plugin)).await;
        let nodes = world.nodes().await;
        let found: Vec<String> = nodes.iter().map(|node| address(node).to_string()).collect();
        assert_eq!(found, addresses, "{plugin}");
        let ranges = nodes.iter().map(|node| node["spec"]["podCIDR"].as_str());
        let ranges: Option<Vec<&str>> = ranges.collect();
        assert_eq!(ranges, pods.map(|pods| pods.to_vec()), "{plugin}");
        let standing = on_the_subnet(&world).await;
        for node in &nodes {
            let id = node["spec"]["providerID"].as_str().unwrap().trim_start_matches("azure://");
            let own = standing.iter().find(|(one, _)| one.starts_with(&format!("{id}/")));
            assert_eq!(own.unwrap().1, address(node), "{plugin}");
            let ready = node["status"]["conditions"].as_array().unwrap();
            let ready = ready.iter().find(|one| one["type"] == "Ready").unwrap();
            assert_eq!(ready["status"] == "True", plugin != "none", "{plugin}");
        }
        if plugin == "kubenet" {
            let routes = world.get(TABLE).await["properties"]["routes"].clone();
            for (node, route) in nodes.iter().zip(routes.as_array().unwrap()) {
                let properties = &route["properties"];
                assert_eq!(properties["nextHopIpAddress"], json!(address(node).to_string()));
                assert_eq!(properties["addressPrefix"], node["spec"]["podCIDR"]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pools_say_what_their_nodes_are_called_and_bear() {
    let world = World::new();
    world.ground(false).await;
    world.write("PUT", CLUSTER, cluster("overlay")).await;
    let pool = json!({"properties": {"count": 3, "mode": "User", "vmSize": "Standard_D4ps_v5",
        "vnetSubnetID": SUBNET, "availabilityZones": ["1", "2"], "nodeLabels": {"team": "blue"},
        "nodeTaints": ["dedicated=blue:NoSchedule"], "scaleSetPriority": "Spot"}});
    let path = format!("{CLUSTER}/agentPools/more");
    world.write("PUT", &path, pool).await;
    let nodes = world.nodes().await;
    let more: Vec<&Value> =
        nodes.iter().filter(|node| node["metadata"]["labels"]["team"] == "blue").collect();
    assert_eq!(more.len(), 3);
    let zones: Vec<&Value> = more
        .iter()
        .map(|node| &node["metadata"]["labels"]["topology.kubernetes.io/zone"])
        .collect();
    assert_eq!(zones, ["westeurope-1", "westeurope-2", "westeurope-1"]);
    assert_eq!(more[0]["metadata"]["labels"]["kubernetes.io/arch"], "arm64");
    let taints = more[0]["spec"]["taints"].as_array().unwrap();
    assert!(taints.contains(&json!({"key": "dedicated", "value": "blue", "effect": "NoSchedule"})));
    let mut names: Vec<&str> =
        nodes.iter().map(|node| node["metadata"]["name"].as_str().unwrap()).collect();
    let mut addresses: Vec<Ipv4Addr> = nodes.iter().map(address).collect();
    let mut ranges: Vec<&str> =
        nodes.iter().map(|node| node["spec"]["podCIDR"].as_str().unwrap()).collect();
    names.dedup();
    addresses.sort_unstable();
    addresses.dedup();
    ranges.sort_unstable();
    ranges.dedup();
    assert_eq!((names.len(), addresses.len(), ranges.len()), (5, 5, 5));
    for (selector, count) in [
        ("labelSelector=team=blue", 3),
        ("labelSelector=team!=blue,agentpool in (system,more)", 2),
        ("labelSelector=!team", 2),
        ("fieldSelector=metadata.name=nope", 0),
    ] {
        let path = format!("/api/v1/nodes?{selector}");
        let found = world.kube("GET", &path, "", &Caller::Trusted).await.unwrap().1;
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{selector}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_made_or_stopped_or_gone_does_not_answer() {
    let world = World::new();
    world.ground(false).await;
    let made = world.call("PUT", CLUSTER, api(CLUSTER), cluster("azure")).await;
    let name = world.get(CLUSTER).await["properties"]["fqdn"].as_str().unwrap().to_owned();
    let ready = || world.kube_at(&name, "GET", "/readyz", "", &Caller::Trusted);
    assert!(ready().is_none());
    world.follow(&made).await;
    assert_eq!(ready().unwrap(), (200, json!("ok")));
    world.write("POST", &format!("{CLUSTER}/stop"), Value::Null).await;
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert!(ready().is_none());
    world.write("POST", &format!("{CLUSTER}/start"), Value::Null).await;
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(world.nodes().await.len(), 2);
    world.write("DELETE", CLUSTER, Value::Null).await;
    assert!(ready().is_none());
    assert!(world.kube_at("elsewhere", "GET", "/readyz", "", &Caller::Trusted).is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_written_and_the_answer_says_so() {
    let world = World::new();
    world.ground(false).await;
    world.write("PUT", CLUSTER, cluster("azure")).await;
    let node = world.nodes().await[0]["metadata"]["name"].as_str().unwrap().to_owned();
    for (method, path) in [
        ("POST", "/api/v1/namespaces/default/pods".to_owned()),
        ("DELETE", format!("/api/v1/nodes/{node}")),
        ("PATCH", format!("/api/v1/nodes/{node}")),
        ("PUT", "/apis/apps/v1/namespaces/default/deployments/x/scale".to_owned()),
        ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles".to_owned()),
    ] {
        let (status, body) = world.kube(method, &path, "", &Caller::Trusted).await.unwrap();
        assert_eq!(
            (status, &body["kind"], &body["reason"]),
            (403, &json!("Status"), &json!("Forbidden"))
        );
        assert!(body["message"].as_str().unwrap().contains("read-only"), "{body}");
    }
    for (path, status) in [
        ("/api/v1/nodes?watch=true", 405),
        ("/api/v1/nodes/nope", 404),
        ("/api/v1/nonsense", 404),
        ("/apis/nonsense/v1", 404),
        ("/api/v1/namespaces/default/pods/x/log", 404),
        ("/nonsense", 404),
        ("/api/v1/namespaces/kube-system/services/kube-dns", 200),
        ("/apis/apps/v1/namespaces/default/deployments", 200),
        ("/apis/apps", 200),
        ("/openapi/v2", 200),
        ("/", 200),
    ] {
        let found = world.kube("GET", path, "", &Caller::Trusted).await.unwrap();
        assert_eq!(found.0, status, "{path}: {}", found.1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_opens_its_own_cluster_while_that_stands() {
    let world = World::new();
    let sign = |key: &[u8], text: &[u8]| [key, text].concat();
    let doors = Doors { authority: "A".to_owned(), key: b"planted".to_vec(), sign };
    world.sim.open_doors(doors.clone());
    world.ground(false).await;
    world.write("PUT", CLUSTER, cluster("azure")).await;
    let token = doors.token(&world.get(CLUSTER).await);
    let status = async |caller: Caller| {
        world.kube("GET", "/version", "", &caller).await.map(|(status, _)| status)
    };
    assert_eq!(status(Caller::Token(token.clone())).await, Some(200));
    assert_eq!(status(Caller::Token(token[1..].to_owned())).await, Some(401));
    assert_eq!(status(Caller::Token(String::new())).await, Some(401));
    assert_eq!(status(Caller::Entra).await, Some(401));
    let path = format!("{CLUSTER}/listClusterUserCredential");
    let given = world.call("POST", &path, api(CLUSTER), Value::Null).await.body.unwrap();
    assert!(!format!("{doors:?}").contains("planted") && given["kubeconfigs"][0].is_object());
    world.write("DELETE", CLUSTER, Value::Null).await;
    world.write("PUT", CLUSTER, cluster("azure")).await;
    assert_eq!(status(Caller::Token(token)).await, Some(401));
    let mut entra = cluster("azure");
    entra["properties"]["aadProfile"] = json!({"managed": true, "enableAzureRBAC": true});
    entra["properties"]["disableLocalAccounts"] = json!(true);
    world.write("PUT", CLUSTER, entra).await;
    let token = doors.token(&world.get(CLUSTER).await);
    assert_eq!(status(Caller::Token(token)).await, Some(401));
    assert_eq!(status(Caller::Entra).await, Some(200));
    let given = world.call("POST", &path, api(CLUSTER), Value::Null).await.body.unwrap();
    let text = given["kubeconfigs"][0]["value"].as_str().unwrap();
    let text = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(ENTRA) && text.contains("command: kubelogin"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_table_has_a_cell_for_each_column() {
    let world = World::new();
    world.ground(false).await;
    world.write("PUT", CLUSTER, cluster("azure")).await;
    for resource in ["nodes", "namespaces", "services", "pods"] {
        for version in ["v1", "v1beta1"] {
            let accept =
                format!("application/json;as=Table;v={version};g=meta.k8s.io,application/json");
            let path = format!("/api/v1/{resource}");
            let table = world.kube("GET", &path, &accept, &Caller::Trusted).await.unwrap().1;
            assert_eq!(table["apiVersion"], json!(format!("meta.k8s.io/{version}")));
            let columns = table["columnDefinitions"].as_array().unwrap().len();
            for row in table["rows"].as_array().unwrap() {
                let cells = row["cells"].as_array().unwrap();
                assert!(cells.len() == columns && cells.iter().all(|cell| cell != ""), "{row}");
            }
        }
    }
}
