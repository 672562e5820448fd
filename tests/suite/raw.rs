//! Raw ARM properties: what no field of the profile says.

use serde_json::Value;

use crate::support::Sandbox;

const PROFILE: &str = "
apiVersion: akstool/v1
kind: Cluster
metadata: { name: demo, location: westeurope }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16, properties: { flowTimeoutInMinutes: 10 } }
  subnets:
    nodes:
      cidr: 10.10.1.0/24
      properties: { privateLinkServiceNetworkPolicies: Disabled }
  outbound:
    type: userAssignedNATGateway
    natGateway: { properties: { idleTimeoutInMinutes: 10 } }
  routeTable: { properties: { disableBgpRoutePropagation: true } }
  securityGroup: { properties: { flushConnection: true } }
cluster:
  properties:
    autoScalerProfile: { scan-interval: 20s, expander: random }
    nodeResourceGroupProfile: { restrictionLevel: ReadOnly }
pools:
  - name: system
    mode: system
    vmSize: Standard_D4s_v5
    count: 2
    properties: { kubeletConfig: { imageGcHighThreshold: 90, imageGcLowThreshold: 70 } }
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("raw.yaml", PROFILE);
    sandbox
}

/// What stands at a place of the one resource of a type.
fn at(sandbox: &Sandbox, kind: &str, place: &str) -> Value {
    let store = sandbox.store();
    let is_it = |one: &&Value| {
        let id = one["id"].as_str().unwrap_or_default().to_ascii_lowercase();
        id.split('/').rev().nth(1) == Some(&kind.to_ascii_lowercase())
    };
    let found = store.iter().find(is_it).unwrap_or_else(|| panic!("no {kind}"));
    found.pointer(&format!("/properties/{place}")).cloned().unwrap_or_default()
}

#[test]
fn raw_properties_are_made_kept_changed_and_removed() {
    let sandbox = sandbox();
    sandbox.run(&["up", "raw.yaml", "--yes"]).ok();
    assert_eq!(at(&sandbox, "managedClusters", "autoScalerProfile/scan-interval"), "20s");
    let level = at(&sandbox, "managedClusters", "nodeResourceGroupProfile/restrictionLevel");
    assert_eq!(level, "ReadOnly");
    assert_eq!(at(&sandbox, "agentPools", "kubeletConfig/imageGcHighThreshold"), 90);
    assert_eq!(at(&sandbox, "virtualNetworks", "flowTimeoutInMinutes"), 10);
    assert_eq!(at(&sandbox, "subnets", "privateLinkServiceNetworkPolicies"), "Disabled");
    assert_eq!(at(&sandbox, "natGateways", "idleTimeoutInMinutes"), 10);
    assert_eq!(at(&sandbox, "routeTables", "disableBgpRoutePropagation"), true);
    assert_eq!(at(&sandbox, "networkSecurityGroups", "flushConnection"), true);
    sandbox.run(&["plan", "raw.yaml", "--exit-code"]).ok();
    let change = ["--set", "cluster.properties.autoScalerProfile.expander=priority"];
    let ran = sandbox.run(&[&["plan", "raw.yaml", "-o", "json"][..], &change].concat()).ok().json();
    let cluster = ran["steps"].as_array().expect("steps").iter().find(|s| s["action"] == "update");
    let delta = &cluster.expect("one update")["deltas"][0];
    assert_eq!(delta["path"], "properties.autoScalerProfile.expander");
    assert_eq!((&delta["after"], &delta["cost"]), (&"priority".into(), &"none".into()));
    sandbox.run(&[&["up", "raw.yaml", "--yes"][..], &change].concat()).ok();
    sandbox.run(&[&["plan", "raw.yaml", "--exit-code"][..], &change].concat()).ok();
    let off = ["--set", "network.vnet.properties.flowTimeoutInMinutes=null"];
    sandbox.run(&[&["up", "raw.yaml", "--yes"][..], &change, &off].concat()).ok();
    assert_eq!(at(&sandbox, "virtualNetworks", "flowTimeoutInMinutes"), Value::Null);
    sandbox.run(&[&["plan", "raw.yaml", "--exit-code"][..], &change, &off].concat()).ok();
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn what_no_rule_prices_says_so() {
    let sandbox = sandbox();
    sandbox.run(&["up", "raw.yaml", "--yes"]).ok();
    let proxy = ["--set", "cluster.properties.networkProfile.kubeProxyConfig.enabled=true"];
    let ran = sandbox.run(&[&["plan", "raw.yaml"][..], &proxy].concat()).ok();
    assert!(ran.stdout.contains("cost not known"), "{}", ran.stdout);
    let told = sandbox.run(&[&["plan", "raw.yaml", "-o", "json"][..], &proxy].concat()).ok().stdout;
    assert!(told.contains(r#""cost":"not-known""#) || told.contains(r#""cost": "not-known""#));
}

#[test]
fn the_schema_says_what_raw_properties_are() {
    let sandbox = Sandbox::new();
    let text = sandbox.run(&["schema", "pools.properties"]).ok().stdout;
    assert!(text.contains("Raw ARM properties of the pool"), "{text}");
    let text =
        sandbox.run(&["schema", "cluster.properties.autoScalerProfile.expander"]).ok().stdout;
    assert!(text.contains("Raw ARM properties of the cluster"), "{text}");
}
