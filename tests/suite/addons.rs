//! Add-ons, drivers and maintenance windows: a switch each, on, off, and left alone.

use serde_json::{Value, json};

use crate::support::Sandbox;

const PROFILE: &str = r#"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: demo, location: westeurope }
network:
  plugin: azure
  mode: overlay
  dataplane: cilium
  vnet: { cidr: 10.10.0.0/16 }
  subnets:
    nodes: { cidr: 10.10.1.0/24 }
cluster:
  tier: standard
  autoUpgrade: patch
  nodeOsUpgrade: security-patch
  maintenance:
    default:
      - { day: saturday, hours: [1, 2] }
    autoUpgrade: { day: saturday, start: "01:00", hours: 8, utcOffset: "+01:00" }
    nodeOs: { start: "02:00", hours: 4 }
  addons:
    keyVault: { rotation: true, interval: 5m }
    azurePolicy: true
    keda: true
    vpa: true
    appRouting: true
    istio: { revision: asm-1-27 }
    advancedNetworking: true
    imageCleaner: { intervalHours: 48 }
    costAnalysis: true
  storage: { blob: true, snapshots: false }
pools:
  - { name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }
"#;

/// The environment of the profile, with these lines of it in place of others.
fn sandbox(edits: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    write(&sandbox, edits);
    sandbox
}

fn write(sandbox: &Sandbox, edits: &[(&str, &str)]) {
    let mut text = PROFILE.to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    sandbox.write("addons.yaml", text);
}

/// What stands under an id that ends so.
fn at(sandbox: &Sandbox, end: &str) -> Value {
    let store = sandbox.store();
    let is_it = |one: &&Value| one["id"].as_str().is_some_and(|id| id.ends_with(end));
    store.iter().find(is_it).cloned().unwrap_or_default()
}

fn settles(sandbox: &Sandbox) {
    let ran = sandbox.run(&["up", "addons.yaml", "--yes"]).ok();
    assert!(ran.stdout.contains("nothing to do"), "{}", ran.stdout);
}

#[test]
fn every_switch_is_turned_on_left_alone_and_turned_off() {
    let sandbox = sandbox(&[]);
    sandbox.run(&["up", "addons.yaml", "--yes"]).ok();
    settles(&sandbox);
    let cluster = at(&sandbox, "managedClusters/demo");
    let properties = &cluster["properties"];
    let vault = &properties["addonProfiles"]["azureKeyvaultSecretsProvider"];
    assert_eq!(
        vault["config"],
        json!({ "enableSecretRotation": "true", "rotationPollInterval": "5m" })
    );
    assert!(vault["identity"]["resourceId"].is_string(), "{vault}");
    assert_eq!(properties["serviceMeshProfile"]["mode"], "Istio");
    assert_eq!(properties["storageProfile"]["blobCSIDriver"]["enabled"], true);
    assert_eq!(properties["storageProfile"]["snapshotController"]["enabled"], false);
    assert_eq!(properties["metricsProfile"]["costAnalysis"]["enabled"], true);

    // What leaves the profile stays as it is.
    write(
        &sandbox,
        &[("    keda: true\n", ""), ("  storage: { blob: true, snapshots: false }\n", "")],
    );
    settles(&sandbox);
    let ran = sandbox.run(&["plan", "addons.yaml"]).ok();
    let told = "not in the profile and left alone: `cluster.addons.keda: true`, \
                `cluster.storage.blob: true`, `cluster.storage.snapshots: false`";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    assert_eq!(
        at(&sandbox, "managedClusters/demo")["properties"]["workloadAutoScalerProfile"]["keda"],
        json!({ "enabled": true })
    );

    // What is off is off, and its identity goes.
    let off = [
        ("keyVault: { rotation: true, interval: 5m }", "keyVault: false"),
        ("istio: { revision: asm-1-27 }", "istio: false"),
        ("keda: true", "keda: false"),
        ("advancedNetworking: true", "advancedNetworking: false"),
        ("costAnalysis: true", "costAnalysis: false"),
        ("azurePolicy: true", "azurePolicy: false"),
        ("appRouting: true", "appRouting: false"),
    ];
    write(&sandbox, &off);
    sandbox.run(&["up", "addons.yaml", "--yes"]).ok();
    settles(&sandbox);
    let cluster = at(&sandbox, "managedClusters/demo");
    let vault = &cluster["properties"]["addonProfiles"]["azureKeyvaultSecretsProvider"];
    assert_eq!((&vault["enabled"], &vault["identity"]), (&json!(false), &Value::Null));
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(sandbox.ids().is_empty(), "{:?}", sandbox.ids());
}

#[test]
fn maintenance_windows_are_made_changed_and_go_with_the_cluster() {
    let sandbox = sandbox(&[]);
    sandbox.run(&["up", "addons.yaml", "--yes"]).ok();
    let window = |name: &str| {
        at(&sandbox, &format!("maintenanceConfigurations/{name}"))["properties"].clone()
    };
    let hours = json!({ "timeInWeek": [{ "day": "Saturday", "hourSlots": [1, 2] }] });
    assert_eq!(window("default"), hours);
    let weekly = json!({ "weekly": { "intervalWeeks": 1, "dayOfWeek": "Saturday" } });
    let upgrade = window("aksManagedAutoUpgradeSchedule");
    assert_eq!(upgrade["maintenanceWindow"]["schedule"], weekly);
    let node = window("aksManagedNodeOSUpgradeSchedule");
    assert_eq!(node["maintenanceWindow"]["schedule"], json!({ "daily": { "intervalDays": 1 } }));

    let change = [(r#"day: saturday, start: "01:00""#, r#"date: 15, start: "01:00""#)];
    write(&sandbox, &change);
    sandbox.run(&["up", "addons.yaml", "--yes"]).ok();
    settles(&sandbox);
    let monthly = json!({ "absoluteMonthly": { "intervalMonths": 1, "dayOfMonth": 15 } });
    let upgrade = window("aksManagedAutoUpgradeSchedule");
    assert_eq!(upgrade["maintenanceWindow"]["schedule"], monthly);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(sandbox.ids().is_empty(), "{:?}", sandbox.ids());
}

/// Complaint: azurerm#17682, #8374, endless differences for the case of add-on names and settings.
#[test]
fn add_ons_are_compared_ignoring_case() {
    let sandbox = sandbox(&[]);
    sandbox.run(&["up", "addons.yaml", "--yes"]).ok();
    let mut cluster = at(&sandbox, "managedClusters/demo");
    let addons = cluster["properties"]["addonProfiles"].as_object_mut().expect("add-ons");
    let policy = addons.remove("azurepolicy").expect("the policy add-on");
    addons.insert("azurePolicy".to_owned(), policy);
    let group = "/resourceGroups/demo/providers/Microsoft.ContainerService/managedClusters/demo";
    sandbox.put(group, "2025-10-01", &cluster);
    settles(&sandbox);
}

#[test]
fn a_setting_left_out_is_not_parted_from_the_one_that_it_needs() {
    let sandbox = sandbox(&[]);
    sandbox.run(&["up", "addons.yaml", "--yes"]).ok();
    write(&sandbox, &[("  tier: standard\n", "  tier: free\n"), ("    costAnalysis: true\n", "")]);
    let ran = sandbox.run(&["plan", "addons.yaml"]).exits(4);
    let says = "write both `cluster.addons.costAnalysis` and `cluster.tier`";
    assert!(ran.stdout.contains(says), "{}{}", ran.stdout, ran.stderr);
    let before = at(&sandbox, "managedClusters/demo");
    let free = serde_json::json!({ "location": "westeurope", "sku": { "name": "Base", "tier": "Free" },
        "identity": before["identity"], "properties": before["properties"] });
    sandbox.write("free.json", free.to_string());
    let id = before["id"].as_str().expect("an id").to_owned();
    let put = ["sim", "put", &id, "--api-version", "2025-10-01", "--body", "free.json"];
    let ran = sandbox.run(&put);
    assert!(ran.stderr.contains("Cost analysis requires"), "{}{}", ran.stdout, ran.stderr);
}
