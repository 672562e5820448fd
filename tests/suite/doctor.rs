//! `akstool doctor`.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

/// Returns the findings of an area, each as `severity: fact`.
fn findings(report: &Value, area: &str) -> Vec<String> {
    let all = report["findings"].as_array().expect("findings");
    let of_area = all.iter().filter(|found| found["area"] == area);
    let text = |found: &Value, name: &str| found[name].as_str().unwrap_or_default().to_owned();
    of_area.map(|found| format!("{}: {}", text(found, "severity"), text(found, "fact"))).collect()
}

fn report(sandbox: &Sandbox, args: &[&str], code: i32) -> Value {
    let args = [&["doctor", "-o", "json"], args].concat();
    sandbox.run(&args).exits(code).json()
}

#[test]
fn an_empty_subscription_takes_any_plain_profile() {
    let sandbox = Sandbox::new();
    for profile in ["kubenet", "azure-overlay", "nat-gateway", "dual-stack", "isolated"] {
        let report = report(&sandbox, &[profile], 0);
        assert_eq!(report["schema"], "akstool.doctor/v1");
        assert_eq!(report["summary"]["errors"], 0, "{profile}: {report:#}");
        assert_eq!(report["environment"], json!(sandbox_name(profile)), "{profile}");
    }
    assert!(sandbox.ids().is_empty(), "doctor only reads");
}

/// The name of a built-in profile's environment.
fn sandbox_name(profile: &str) -> &str {
    if profile == "kubenet" { "demo" } else { profile }
}

#[test]
fn a_network_that_is_not_there_is_an_error() {
    let sandbox = Sandbox::new();
    let report = report(&sandbox, &["existing-vnet"], 1);
    let network = findings(&report, "network");
    assert!(network[0].starts_with("error: Virtual network"), "{network:?}");
    assert!(network[0].ends_with("does not exist."), "{network:?}");
}

#[test]
fn the_live_network_is_held_against_the_profile() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/network", "2021-04-01", &json!({ "location": "westeurope" }));
    let vnet = "/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared";
    let body = json!({ "location": "northeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.200.0.0/15"] },
        "subnets": [{ "name": "aks", "properties": { "addressPrefix": "10.200.0.0/29" } }],
    }});
    sandbox.put(vnet, "2024-05-01", &body);
    let report = report(&sandbox, &["existing-vnet"], 1);
    let network = findings(&report, "network").join("\n");
    assert!(
        network.contains("is in region `northeurope`, the cluster in `westeurope`"),
        "{network}"
    );
    assert!(network.contains("10.200.0.0/15 overlaps services 10.200.0.0/16"), "{network}");
}

#[test]
fn locks_and_names_in_the_way_are_named() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/demo", "2021-04-01", &json!({ "location": "westeurope" }));
    let lock = "/resourceGroups/demo/providers/Microsoft.Authorization/locks/keep";
    let body = json!({ "properties": { "level": "ReadOnly", "notes": "ask ada" } });
    sandbox.put(lock, "2020-05-01", &body);
    let report = report(&sandbox, &["kubenet"], 1);
    let locks = findings(&report, "locks");
    assert_eq!(
        locks,
        [format!(
            "error: Lock `keep` (\"ask ada\") on `{SUBSCRIPTION}/resourceGroups/demo` is `ReadOnly`."
        )]
    );
    let names = findings(&report, "names");
    assert_eq!(names[0], "info: Resource group `demo` is there and not akstool's.");
}

#[test]
fn what_the_region_does_not_offer_is_named_with_what_it_does() {
    let sandbox = Sandbox::new();
    let set = [
        "kubenet",
        "--set",
        "cluster.version=1.12",
        "--set",
        "pools[system].vmSize=Standard_D2_v9",
    ];
    let report = report(&sandbox, &set, 1);
    let versions = findings(&report, "versions");
    assert!(versions[0].starts_with("error: Kubernetes `1.12` is not offered;"), "{versions:?}");
    let sizes = findings(&report, "sizes");
    assert!(sizes[0].starts_with("error: Size `Standard_D2_v9` is not offered"), "{sizes:?}");
}

#[test]
fn too_many_nodes_for_the_quota_are_counted() {
    let sandbox = Sandbox::new();
    let count = ["kubenet", "--set", "pools[system].count=200"];
    let report = report(&sandbox, &count, 1);
    let quota = findings(&report, "quota").join("\n");
    assert!(quota.contains("350 of 350 are left, and 400 are needed for the nodes"), "{quota}");
}

#[test]
fn the_text_ends_with_the_answer() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["doctor", "kubenet"]).ok();
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("Nothing stands in the way"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn a_profile_that_is_wrong_contacts_nobody() {
    let sandbox = Sandbox::new().with("AKSTOOL_CLOUD", "azure");
    sandbox.run(&["doctor", "kubenet", "--set", "pools[system].count=-1"]).exits(2);
}
