//! Every network model, from its built-in profile: up, nothing to do, down, and all that another
//! hand made stands as it stood.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const NETWORK: &str = "/resourceGroups/network/providers/Microsoft.Network";
const VERSION: &str = "2025-07-01";

/// Whether the profile wants the shared subnet to carry a route table.
#[derive(Clone, Copy, PartialEq)]
enum Routes {
    Without,
    With,
}

/// What another hand made before: a hub, and a network with a subnet for the cluster and one for
/// databases, each with attachments of its own.
fn neighbourhood(routes: Routes) -> Sandbox {
    let sandbox = Sandbox::new();
    let put = |id: &str, version: &str, body: Value| sandbox.put(id, version, &body);
    let id = |path: &str| json!({ "id": format!("{SUBSCRIPTION}{NETWORK}/{path}") });
    let network = |range: &str| {
        json!({ "location": "westeurope", "tags": { "team": "network" },
            "properties": { "addressSpace": { "addressPrefixes": [range] } } })
    };
    put("/resourceGroups/network", "2025-04-01", json!({ "location": "westeurope" }));
    for (name, range) in
        [("hub", "10.0.0.0/16"), ("shared", "10.30.0.0/16"), ("far", "10.90.0.0/16")]
    {
        put(&format!("{NETWORK}/virtualNetworks/{name}"), VERSION, network(range));
    }
    for kind in ["networkSecurityGroups/office", "routeTables/aks"] {
        put(&format!("{NETWORK}/{kind}"), VERSION, json!({ "location": "westeurope" }));
    }
    let peering = json!({ "properties": {
        "remoteVirtualNetwork": id("virtualNetworks/far"), "allowVirtualNetworkAccess": true,
    }});
    put(&format!("{NETWORK}/virtualNetworks/hub/virtualNetworkPeerings/far"), VERSION, peering);
    let mut nodes = json!({ "properties": {
        "addressPrefix": "10.30.1.0/24",
        "networkSecurityGroup": id("networkSecurityGroups/office"),
        "serviceEndpoints": [{ "service": "Microsoft.Storage" }],
    }});
    if routes == Routes::With {
        nodes["properties"]["routeTable"] = id("routeTables/aks");
    }
    put(&format!("{NETWORK}/virtualNetworks/shared/subnets/aks"), VERSION, nodes);
    let databases = json!({ "properties": {
        "addressPrefix": "10.30.2.0/24",
        "networkSecurityGroup": id("networkSecurityGroups/office"),
        "delegations": [{ "name": "sql", "properties": { "serviceName": "Microsoft.Sql/managedInstances" } }],
    }});
    put(&format!("{NETWORK}/virtualNetworks/shared/subnets/databases"), VERSION, databases);
    sandbox
}

/// Returns resources without the marks that change with every write.
fn stable(mut resources: Vec<Value>) -> Vec<Value> {
    fn strip(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::Object(members) => {
                let marks = ["etag", "eTag", "resourceGuid", "systemData"];
                members.retain(|name, _| !marks.contains(&name.as_str()));
                members.values_mut().for_each(strip);
            }
            _ => {}
        }
    }
    resources.iter_mut().for_each(strip);
    resources.sort_by_key(|resource| resource["id"].to_string());
    resources
}

/// Returns the environment that a profile names.
fn environment(sandbox: &Sandbox, profile: &str) -> String {
    let plan = sandbox.run(&["plan", profile, "-o", "json"]).ok().json();
    plan["environment"].as_str().expect("a name").to_owned()
}

fn model(profile: &str, routes: Routes) {
    let sandbox = neighbourhood(routes);
    let before = stable(sandbox.store());
    let name = environment(&sandbox, profile);
    comes_and_goes(&sandbox, profile, &name);
    assert_eq!(stable(sandbox.store()), before, "{profile}: down leaves what was there");

    // A group that stood there, with something of another hand in it, stands there afterwards.
    let group = format!("/resourceGroups/{name}");
    sandbox.put(&group, "2025-04-01", &json!({ "location": "westeurope", "tags": { "a": "b" } }));
    let guest = format!("{group}/providers/Microsoft.Network/networkSecurityGroups/guest");
    sandbox.put(&guest, VERSION, &json!({ "location": "westeurope" }));
    let before = stable(sandbox.store());
    comes_and_goes(&sandbox, profile, &name);
    assert_eq!(stable(sandbox.store()), before, "{profile}: down leaves the guest and its group");
}

/// Up, again with nothing to do and nothing written, plan, down by name.
fn comes_and_goes(sandbox: &Sandbox, profile: &str, name: &str) {
    sandbox.run(&["up", profile, "--yes"]).ok();
    let again = sandbox.run(&["up", profile, "--yes", "-o", "json"]).ok().outcome();
    assert_eq!(again["result"], "nothing-to-do", "{profile}: {again}");
    assert_eq!(again["requests"]["write"], 0, "{profile}");
    sandbox.run(&["plan", profile, "--exit-code"]).ok();
    sandbox.run(&["down", name, "--yes"]).ok();
}

#[test]
fn kubenet() {
    model("kubenet", Routes::Without);
}

#[test]
fn kubenet_existing_routes() {
    model("kubenet-existing-routes", Routes::With);
}

#[test]
fn azure_cni() {
    model("azure-cni", Routes::Without);
}

#[test]
fn azure_pod_subnet() {
    model("azure-pod-subnet", Routes::Without);
}

#[test]
fn azure_pod_subnet_static() {
    model("azure-pod-subnet-static", Routes::Without);
}

#[test]
fn azure_overlay() {
    model("azure-overlay", Routes::Without);
}

#[test]
fn azure_overlay_calico() {
    model("azure-overlay-calico", Routes::Without);
}

#[test]
fn azure_cilium() {
    model("azure-cilium", Routes::Without);
}

#[test]
fn dual_stack() {
    model("dual-stack", Routes::Without);
}

#[test]
fn byo_cni() {
    model("byo-cni", Routes::Without);
}

#[test]
fn nat_gateway() {
    model("nat-gateway", Routes::Without);
}

#[test]
fn egress_appliance() {
    model("egress-appliance", Routes::Without);
}

#[test]
fn isolated() {
    model("isolated", Routes::Without);
}

#[test]
fn existing_vnet() {
    model("existing-vnet", Routes::Without);
}

#[test]
fn hub_spoke() {
    model("hub-spoke", Routes::Without);
}

#[test]
fn private() {
    model("private", Routes::Without);
}

#[test]
fn registry() {
    model("registry", Routes::Without);
}

#[test]
fn private_registry() {
    model("private-registry", Routes::Without);
}

#[test]
fn workload_identity() {
    model("workload-identity", Routes::Without);
}

#[test]
fn monitoring() {
    model("monitoring", Routes::Without);
}

#[test]
fn storage() {
    model("storage", Routes::Without);
}

#[test]
fn node_pools() {
    model("node-pools", Routes::Without);
}

#[test]
fn autoscaling() {
    model("autoscaling", Routes::Without);
}

#[test]
fn production() {
    model("production", Routes::Without);
}

#[test]
fn every_built_in_profile_has_its_test_here() {
    let listed = Sandbox::new().run(&["profiles", "-o", "json"]).ok().json();
    let here = include_str!("models.rs");
    for profile in listed["profiles"].as_array().expect("a list") {
        let name = profile["name"].as_str().expect("a name");
        assert!(here.contains(&format!("model(\"{name}\"")), "{name} has no test");
    }
}

#[test]
fn a_guest_that_moved_in_keeps_the_group_and_is_named() {
    let sandbox = neighbourhood(Routes::Without);
    let before = stable(sandbox.store());
    sandbox.run(&["up", "azure-cni", "--yes"]).ok();
    let guest = "/resourceGroups/azure-cni/providers/Microsoft.Network/networkSecurityGroups/guest";
    sandbox.put(guest, VERSION, &json!({ "location": "westeurope" }));
    let ran = sandbox.run(&["down", "azure-cni", "--yes"]).ok();
    assert!(ran.stdout.contains("guest"), "{}", ran.stdout);
    let left: Vec<String> =
        sandbox.ids().into_iter().filter(|id| id.contains("azure-cni")).collect();
    assert_eq!(left.len(), 2, "the group and its guest: {left:?}");
    assert_eq!(sandbox.ids().len(), before.len() + 2);
}

#[test]
fn a_spoke_is_linked_both_ways_and_the_hubs_other_links_stay() {
    let sandbox = neighbourhood(Routes::Without);
    sandbox.run(&["up", "hub-spoke", "--yes"]).ok();
    let state = |id: &str| {
        let id = format!("{SUBSCRIPTION}{id}").to_ascii_lowercase();
        let store = sandbox.store();
        let found = store
            .iter()
            .find(|one| one["id"].as_str().is_some_and(|other| other.to_ascii_lowercase() == id));
        found.map(|peering| peering["properties"]["peeringState"].clone())
    };
    let spoke =
        "/resourceGroups/hub-spoke/providers/Microsoft.Network/virtualNetworks/hub-spoke-vnet";
    let hub = format!("{NETWORK}/virtualNetworks/hub/virtualNetworkPeerings");
    assert_eq!(state(&format!("{spoke}/virtualNetworkPeerings/hub")), Some("Connected".into()));
    assert_eq!(state(&format!("{hub}/hub-spoke-hub")), Some("Connected".into()));
    assert!(state(&format!("{hub}/far")).is_some(), "the hub's own link stays");
    sandbox.run(&["down", "hub-spoke", "--yes"]).ok();
    assert_eq!(state(&format!("{hub}/hub-spoke-hub")), None, "our end at the hub goes");
    assert!(state(&format!("{hub}/far")).is_some());
}

#[test]
fn what_another_hand_put_on_our_subnet_survives_a_change_of_ours() {
    let sandbox = neighbourhood(Routes::Without);
    sandbox.run(&["up", "azure-overlay", "--yes"]).ok();
    let subnet = "/resourceGroups/azure-overlay/providers/Microsoft.Network/virtualNetworks/\
                  azure-overlay-vnet/subnets/nodes";
    let full = format!("{SUBSCRIPTION}{subnet}").to_ascii_lowercase();
    let read = || {
        let store = sandbox.store();
        let found = store
            .into_iter()
            .find(|one| one["id"].as_str().is_some_and(|other| other.to_ascii_lowercase() == full));
        found.expect("the subnet")["properties"].clone()
    };
    let mut theirs = read();
    let office = format!("{SUBSCRIPTION}{NETWORK}/networkSecurityGroups/office");
    theirs["networkSecurityGroup"] = json!({ "id": office });
    theirs["serviceEndpoints"] = json!([{ "service": "Microsoft.KeyVault" }]);
    sandbox.put(subnet, VERSION, &json!({ "properties": theirs }));
    sandbox.run(&["plan", "azure-overlay", "--exit-code"]).ok();
    let set = "network.subnets.nodes.serviceEndpoints=[Microsoft.Storage]";
    sandbox.run(&["up", "azure-overlay", "--yes", "--set", set]).ok();
    let after = read();
    assert_eq!(after["networkSecurityGroup"]["id"], office);
    let services: Vec<&str> = after["serviceEndpoints"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|endpoint| endpoint["service"].as_str())
        .collect();
    assert_eq!(services, ["Microsoft.KeyVault", "Microsoft.Storage"]);
}
