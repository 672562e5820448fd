//! Whole stories told to the simulator, in paused time.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

mod access;
mod bodies;
mod bounds;
mod clients;
mod effects;
mod exclusions;
mod faults;
mod generic;
mod hostile;
mod kubernetes;
mod lags;
mod limits;
mod lists;
mod methods;
mod peerings;
mod places;
mod policies;
mod pools;
mod refusals;
mod rights;
mod state;
mod subscriptions;
mod tags;

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g";
const NETWORK_CONTRIBUTOR: &str = "4d97b98b-1d4f-4787-a291-c67834d212e7";

/// A simulator on a paused clock, with the calls a client makes.
pub(super) struct World {
    sim: Sim,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(fault::Script::default())
    }

    fn with(faults: fault::Script) -> Self {
        Self {
            sim: Sim::open(Options { speed: Speed::Max, faults, ..Options::default() }).unwrap(),
        }
    }

    async fn call(&self, method: &str, path: &str, api: &str, body: Value) -> Reply {
        let joint = if path.contains('?') { '&' } else { '?' };
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let path = format!("{path}{joint}api-version={api}");
        self.sim.answer(Call { method: method.to_owned(), path, body, ..Call::default() }).await
    }

    /// Sends a write and follows its operation to the end.
    async fn write(&self, method: &str, path: &str, body: Value) -> Reply {
        let reply = self.call(method, path, api(path), body).await;
        assert!(reply.status < 300, "{method} {path}: {} {:?}", reply.status, reply.body);
        self.follow(&reply).await;
        reply
    }

    async fn follow(&self, reply: &Reply) -> Vec<String> {
        let mut words = Vec::new();
        let Some(url) = header(reply, "Azure-AsyncOperation") else { return words };
        let path = url.strip_prefix(ENDPOINT).unwrap().to_owned();
        loop {
            let call = Call { method: "GET".to_owned(), path: path.clone(), ..Call::default() };
            let status = self.sim.answer(call).await.body.unwrap();
            let word = status["status"].as_str().unwrap().to_owned();
            if words.last() != Some(&word) {
                words.push(word.clone());
            }
            if ["Succeeded", "Failed", "Canceled"].contains(&word.as_str()) {
                return words;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String) {
        let reply = self.call(method, path, api(path), body).await;
        let body = reply.body.unwrap_or_default();
        let code = body.pointer("/error/code").or(body.get("code")).cloned().unwrap_or_default();
        assert!(reply.status >= 400, "{method} {path} was not refused: {body}");
        (reply.status, code.as_str().unwrap_or_default().to_owned())
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.call("GET", path, api(path), Value::Null).await;
        assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
        reply.body.unwrap()
    }

    async fn get_as_is(&self, path: &str) -> Value {
        let call = Call { method: "GET".to_owned(), path: path.to_owned(), ..Call::default() };
        self.sim.answer(call).await.body.unwrap()
    }

    /// The ground a cluster on its own network stands on.
    async fn ground(&self, routes: bool) {
        self.write("PUT", GROUP, json!({"location": "westeurope"})).await;
        let identity = self.write("PUT", IDENTITY, json!({"location": "westeurope"})).await;
        let principal = identity.body.unwrap()["properties"]["principalId"].clone();
        let mut subnet = json!({"name": "nodes", "properties": {"addressPrefix": "10.10.1.0/24"}});
        if routes {
            self.write("PUT", TABLE, json!({"location": "westeurope"})).await;
            subnet["properties"]["routeTable"] = json!({"id": TABLE});
            self.grant(TABLE, &principal, 1).await;
        }
        let space = json!({"addressPrefixes": ["10.10.0.0/16"]});
        let body = json!({"location": "westeurope", "properties": {"addressSpace": space, "subnets": [subnet]}});
        self.write("PUT", VNET, body).await;
        self.grant(SUBNET, &principal, 2).await;
    }

    async fn grant(&self, scope: &str, principal: &Value, number: u32) {
        let path = format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/{number:08}-0000-0000-0000-000000000000"
        );
        let role = format!(
            "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}"
        );
        let body = json!({"properties": {"principalId": principal, "principalType": "ServicePrincipal", "roleDefinitionId": role}});
        self.write("PUT", &path, body).await;
    }
}

const IDENTITY: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
const TABLE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network/routeTables/t";
const VNET: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
const SUBNET: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes";
const CLUSTER: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";

fn header(reply: &Reply, name: &str) -> Option<String> {
    let found = reply.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone())
}

fn api(path: &str) -> &'static str {
    let path = path.to_ascii_lowercase();
    let last = path.rsplit("/providers/").next().unwrap_or_default();
    match last.split('/').next().unwrap_or_default() {
        "microsoft.containerservice" => "2025-10-01",
        "microsoft.network" => "2025-07-01",
        "microsoft.managedidentity" => "2024-11-30",
        "microsoft.authorization" => "2022-04-01",
        _ => "2025-04-01",
    }
}

fn cluster(plugin: &str) -> Value {
    let mut pool = json!({"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D2s_v5", "vnetSubnetID": SUBNET});
    let mut network = json!({"networkPlugin": plugin});
    if plugin == "overlay" {
        network = json!({"networkPlugin": "azure", "networkPluginMode": "overlay"});
    }
    if plugin == "azure" {
        pool["maxPods"] = json!(30);
    }
    json!({
        "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {"dnsPrefix": "c", "agentPoolProfiles": [pool], "networkProfile": network},
    })
}

#[tokio::test(start_paused = true)]
async fn a_kubenet_cluster_comes_up_with_routes_and_goes_without_trace() {
    let world = World::new();
    world.ground(true).await;
    let before = world.sim.resources().unwrap();
    let reply = world.call("PUT", CLUSTER, "2025-10-01", cluster("kubenet")).await;
    assert_eq!(reply.status, 201, "{:?}", reply.body);
    assert_eq!(reply.body.as_ref().unwrap()["properties"]["provisioningState"], "Creating");
    assert_eq!(header(&reply, "Retry-After"), None);
    let words = world.follow(&reply).await;
    assert_eq!(
        words,
        [
            "InProgress",
            "ProvisioningNetworkResources",
            "ProvisioningControlPlane",
            "ReconcilingDNS",
            "CreatingAgentPools",
            "CreatingAgentPools: 1/2 nodes completed",
            "CreatingAgentPools: 2/2 nodes completed",
            "ReconcilingAddons",
            "Succeeded"
        ]
    );
    let shown = world.get(CLUSTER).await;
    assert!(shown["id"].as_str().unwrap().contains("/resourcegroups/"));
    assert_eq!(shown["properties"]["agentPoolProfiles"][0]["maxPods"], 110);
    assert_eq!(shown["properties"]["kubernetesVersion"], "1.35");
    let routes = world.get(TABLE).await;
    assert_eq!(routes["properties"]["routes"].as_array().unwrap().len(), 2);
    let subnet = world.get(SUBNET).await;
    assert_eq!(subnet["properties"]["ipConfigurations"].as_array().unwrap().len(), 2);
    let (status, code) = world.refused("DELETE", VNET, Value::Null).await;
    assert_eq!((status, code.as_str()), (400, "InUseSubnetCannotBeDeleted"));
    world.write("DELETE", CLUSTER, Value::Null).await;
    let ids = |all: &[Value]| all.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&world.sim.resources().unwrap()), ids(&before));
    assert!(world.get(TABLE).await["properties"]["routes"].as_array().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn kubenet_with_a_route_table_is_refused_without_rights_or_identity() {
    let world = World::new();
    world.ground(true).await;
    let mut system = cluster("kubenet");
    system["identity"] = json!({"type": "SystemAssigned"});
    let code = world.refused("PUT", CLUSTER, system).await.1;
    assert_eq!(code, "CustomRouteTableWithUnsupportedMSIType");
    let assignment = format!(
        "{SUBNET}/providers/Microsoft.Authorization/roleAssignments/00000002-0000-0000-0000-000000000000"
    );
    world.write("DELETE", &assignment, Value::Null).await;
    let (status, code) = world.refused("PUT", CLUSTER, cluster("azure")).await;
    assert_eq!((status, code.as_str()), (403, "LinkedAuthorizationFailed"));
}

#[tokio::test(start_paused = true)]
async fn a_second_operation_is_refused_and_the_same_body_changes_nothing() {
    let world = World::new();
    world.ground(true).await;
    let reply = world.call("PUT", CLUSTER, "2025-10-01", cluster("azure")).await;
    let (status, code) = world.refused("PUT", CLUSTER, cluster("azure")).await;
    assert_eq!((status, code.as_str()), (409, "OperationNotAllowed"));
    world.follow(&reply).await;
    let subnet = world.get(SUBNET).await;
    assert_eq!(subnet["properties"]["ipConfigurations"].as_array().unwrap().len(), 62);
    let network = world.get(VNET).await;
    let again = world.call("PUT", VNET, "2025-07-01", network.clone()).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.body.unwrap()["properties"]["provisioningState"], "Succeeded");
    assert_eq!(header(&again_reply(&world, network).await, "Retry-After"), None);
}

async fn again_reply(world: &World, body: Value) -> Reply {
    world.call("PUT", VNET, "2025-07-01", body).await
}

#[tokio::test(start_paused = true)]
async fn a_group_takes_everything_with_it() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("kubenet")).await;
    let reply = world.call("DELETE", GROUP, "2025-04-01", Value::Null).await;
    assert_eq!((reply.status, header(&reply, "Retry-After").as_deref()), (202, Some("15")));
    let (status, code) = world.refused("PUT", VNET, json!({"location": "westeurope"})).await;
    assert_eq!((status, code.as_str()), (409, "ResourceGroupBeingDeleted"));
    let path = header(&reply, "Location").unwrap();
    let path = path.strip_prefix(ENDPOINT).unwrap().to_owned();
    let poll = Call { method: "GET".to_owned(), path, ..Call::default() };
    assert_eq!(world.sim.answer(poll.clone()).await.status, 202);
    tokio::time::sleep(Duration::from_mins(10)).await;
    let done = world.sim.answer(poll).await;
    assert_eq!((done.status, done.body), (200, None));
    assert!(world.sim.resources().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_killed_run_finds_its_operation_still_going() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        state: Some(folder.path().join("sim.json")),
        speed: Speed::Max,
        ..Options::default()
    };
    let world = World { sim: Sim::open(options.clone()).unwrap() };
    world.write("PUT", GROUP, json!({"location": "westeurope"})).await;
    let body = json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {"dnsPrefix": "c", "agentPoolProfiles": [{"name": "p", "mode": "System", "count": 1}]}});
    let reply = world.call("PUT", CLUSTER, "2025-10-01", body).await;
    assert_eq!(reply.status, 201, "{:?}", reply.body);
    drop(world);
    let world = World { sim: Sim::open(options).unwrap() };
    assert_eq!(world.get(CLUSTER).await["properties"]["provisioningState"], "Creating");
    assert_eq!(world.follow(&reply).await.last().unwrap(), "Succeeded");
    let shown = world.get(CLUSTER).await;
    assert_eq!(shown["properties"]["networkProfile"]["networkPluginMode"], "overlay");
    let group = shown["properties"]["nodeResourceGroup"].as_str().unwrap().to_owned();
    let list = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/resources");
    assert!(world.get(&list).await["value"].as_array().unwrap().len() > 3);
}

#[tokio::test(start_paused = true)]
async fn kubenet_goes_to_overlay_and_loses_its_routes() {
    let world = World::new();
    world.ground(true).await;
    world.write("PUT", CLUSTER, cluster("kubenet")).await;
    let mut cilium = cluster("overlay");
    cilium["properties"]["networkProfile"]["networkDataplane"] = json!("cilium");
    cilium["properties"]["agentPoolProfiles"][0]["maxPods"] = json!(110);
    assert_eq!(world.refused("PUT", CLUSTER, cilium.clone()).await.0, 400);
    let (status, code) = world.refused("PUT", CLUSTER, cluster("azure")).await;
    assert_eq!((status, code.as_str()), (400, "PropertyChangeNotAllowed"));
    world.write("PUT", CLUSTER, cluster("overlay")).await;
    assert!(world.get(TABLE).await["properties"]["routes"].as_array().unwrap().is_empty());
    world.write("PUT", CLUSTER, cilium).await;
    let shown = world.get(CLUSTER).await;
    assert_eq!(shown["properties"]["networkProfile"]["networkDataplane"], "cilium");
}

#[test]
fn many_writers_share_one_file_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        state: Some(folder.path().join("sim.json")),
        speed: Speed::Times(1_000),
        ..Options::default()
    };
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let options = options.clone();
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                runtime.unwrap().block_on(async {
                    let world = World { sim: Sim::open(options).unwrap() };
                    for number in 0..10 {
                        let group = format!("{GROUP}-{writer}-{number}");
                        world.write("PUT", &group, json!({"location": "westeurope"})).await;
                    }
                });
            });
        }
    });
    let world = Sim::open(options).unwrap();
    assert_eq!(world.resources().unwrap().len(), 40);
}
