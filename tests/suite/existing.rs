//! What another hand made and a profile names by id: a network that is used, a hub that is peered.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

/// The version that networks are put with.
const VERSION: &str = "2025-07-01";

fn network(name: &str) -> String {
    format!("/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/{name}")
}

/// Places a network with at most one subnet, `aks`.
fn place(sandbox: &Sandbox, name: &str, range: &str, subnet: Option<&str>) {
    sandbox.put("/resourceGroups/network", "2021-04-01", &json!({ "location": "westeurope" }));
    let subnet =
        subnet.map(|range| json!({ "name": "aks", "properties": { "addressPrefix": range } }));
    let body = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": [range] },
        "subnets": subnet.into_iter().collect::<Vec<Value>>(),
    } });
    sandbox.put(&network(name), VERSION, &body);
}

/// Closes the peerings of a network to whoever asks.
fn close(sandbox: &Sandbox, name: &str) {
    let error = json!({ "code": "AuthorizationFailed", "message": "may not be read" });
    let fault = json!({ "method": "GET", "times": 0,
        "path": format!("*/virtualNetworks/{name}/virtualNetworkPeerings/*"),
        "answer": { "status": 403, "body": { "error": error } } });
    sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
}

/// Returns a text with its lines joined, as a narrow terminal breaks them anywhere.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_hub_that_may_not_be_read_stops_nothing_and_what_may_be_left_is_said() {
    let sandbox = Sandbox::new();
    place(&sandbox, "hub", "10.0.0.0/16", None);
    sandbox.run(&["up", "hub-spoke", "--name", "spoke", "--yes"]).ok();
    close(&sandbox, "hub");
    let half = format!("{SUBSCRIPTION}{}/virtualNetworkPeerings/spoke-hub", network("hub"));
    let look = "akstool sim show".to_owned();
    let faults = ["--sim-faults", "faults.json"];

    let status = sandbox.run(&[&["status", "spoke"], &faults[..]].concat()).ok();
    assert!(status.stdout.contains(&format!("Not seen: {half}")), "{}", status.stdout);
    let status = sandbox.run(&[&["status", "spoke", "-o", "json"], &faults[..]].concat()).ok();
    assert_eq!(status.json()["unseen"], json!([half]));

    let down = sandbox.run(&[&["down", "spoke", "--yes", "-o", "json"], &faults[..]].concat()).ok();
    let said = down.events()[0]["advice"].to_string();
    assert!(said.contains("a far half of a peering may be left there"), "{said}");
    assert!(said.contains(&look), "{said}");
    let left = sandbox.ids();
    assert_eq!(left.len(), 3, "the hub, its group, its half: {left:?}");
}

#[test]
fn a_peering_that_has_no_far_half_is_no_reason_to_look_for_one() {
    let sandbox = Sandbox::new();
    place(&sandbox, "hub", "10.99.0.0/16", None);
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let body = json!({ "properties": {
        "remoteVirtualNetwork": { "id": format!("{SUBSCRIPTION}{}", network("hub")) },
        "allowVirtualNetworkAccess": true } });
    let vnet = "/resourceGroups/demo/providers/Microsoft.Network/virtualNetworks/demo-vnet";
    sandbox.put(&format!("{vnet}/virtualNetworkPeerings/theirs"), VERSION, &body);
    close(&sandbox, "hub");
    let ran = sandbox.run(&["down", "demo", "--yes", "--sim-faults", "faults.json"]).ok();
    assert!(!ran.stdout.contains("may be left"), "{}", ran.stdout);
    assert_eq!(sandbox.ids().len(), 2, "the hub and its group");
}

#[test]
fn a_plan_counts_with_the_subnet_as_it_stands() {
    let sandbox = Sandbox::new();
    place(&sandbox, "shared", "10.40.0.0/16", Some("10.40.1.0/29"));
    let args = ["plan", "existing-vnet", "--set", "pools[0].count=4"];
    let said = flat(&sandbox.run(&args).ok().stdout);
    assert!(
        said.contains("1 address too few: the subnet `nodes` 10.40.1.0/29 must hold"),
        "{said}"
    );
    assert!(said.contains("AKS would refuse the cluster with `InsufficientSubnetSize`."), "{said}");
    assert!(
        said.contains("`akstool network existing-vnet --set 'pools[0].count=4' --live`"),
        "{said}"
    );
    assert!(said.contains("Does not fit: room for 3 of 4 nodes"), "{said}");
    assert!(!said.contains("then the pod range binds"), "{said}");
    assert_eq!(said.matches("1 address too few").count(), 1, "{said}");
}

#[test]
fn a_plan_with_nothing_to_do_reads_what_stands_and_no_more() {
    let sandbox = Sandbox::new();
    place(&sandbox, "shared", "10.40.0.0/16", Some("10.40.1.0/24"));
    sandbox.run(&["up", "existing-vnet", "--yes"]).ok();
    sandbox.run(&["plan", "existing-vnet", "--exit-code", "--trace", "t.jsonl"]).ok();
    let trace = std::fs::read_to_string(sandbox.path("t.jsonl")).expect("a trace");
    assert_eq!(trace.lines().filter(|line| line.contains("/virtualNetworks/shared?")).count(), 1);
    assert!(!trace.contains("/usages") && !trace.contains("/skus"), "nothing regional");
}

#[test]
fn a_plan_holds_its_ranges_against_the_network_that_it_read() {
    let sandbox = Sandbox::new();
    place(&sandbox, "shared", "10.40.0.0/16", Some("10.40.1.0/24"));
    let plan = ["plan", "existing-vnet", "--set", "network.podCidr=10.40.0.0/16"];
    let said = flat(&sandbox.run(&plan).ok().stdout);
    let fact = "the virtual network 10.40.0.0/16 overlaps pods 10.40.0.0/16.";
    assert!(said.contains(fact), "{said}");
    let advice = sandbox.run(&[&plan[..], &["-o", "json"]].concat()).ok().json();
    assert!(advice["advice"][0].as_str().is_some_and(|said| said.contains(fact)), "{advice}");
    let up = ["up", "existing-vnet", "--yes", "--set", "network.podCidr=10.40.0.0/16"];
    let ran = sandbox.run(&up).exits(1);
    assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
}

#[test]
fn what_fits_and_stands_is_not_spoken_of() {
    let sandbox = Sandbox::new();
    place(&sandbox, "shared", "10.40.0.0/16", Some("10.40.1.0/24"));
    let plan = sandbox.run(&["plan", "existing-vnet"]).ok();
    assert!(!plan.stdout.contains("would refuse"), "{}", plan.stdout);
    sandbox.run(&["up", "existing-vnet", "--yes"]).ok();
    let plan = sandbox.run(&["plan", "existing-vnet"]).ok();
    assert_eq!(plan.stdout, "existing-vnet: nothing to do.\n");
    let more = ["plan", "existing-vnet", "--set", "pools[0].count=252"];
    let said = flat(&sandbox.run(&more).ok().stdout);
    assert!(
        said.contains("1 address too few: the subnet `nodes`"),
        "a change of a cluster that stands: {said}"
    );
}

#[test]
fn what_is_missing_is_neither_kept_nor_counted() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["plan", "existing-vnet"]).exits(4);
    let said = flat(&ran.stdout);
    for line in ["! virtual network shared does not exist", "! subnet shared/aks does not exist"] {
        assert!(said.contains(line), "{}", ran.stdout);
    }
    assert!(!said.contains("Grows to"), "the size of the subnet is not known: {}", ran.stdout);
    assert!(ran.stdout.contains("\n5 to create.\n"), "{}", ran.stdout);
    let plan = sandbox.run(&["plan", "existing-vnet", "-o", "json"]).exits(4).json();
    assert_eq!(plan["summary"]["keep"], 0, "{plan:#}");
    let steps = plan["steps"].as_array().expect("steps");
    assert!(steps.iter().all(|step| step["action"] == "create"), "{plan:#}");
    assert_eq!(steps.len(), 5, "{plan:#}");
    assert_eq!(plan["refusals"][0]["refused"], "missing", "{plan:#}");
}

#[test]
fn what_to_run_is_filled_once_in_text_and_in_json() {
    let sandbox = Sandbox::new();
    place(&sandbox, "shared", "10.40.0.0/16", Some("10.40.1.0/24"));
    let body = json!({ "location": "northeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.40.0.0/16"] },
        "subnets": [{ "name": "aks", "properties": { "addressPrefix": "10.40.1.0/24" } }] } });
    sandbox.put(&network("elsewhere"), VERSION, &body);
    let id = format!("{SUBSCRIPTION}{}", network("elsewhere"));
    let set =
        [format!("network.vnet.id={id}"), format!("network.subnets.nodes.id={id}/subnets/aks")];
    let subscription = SUBSCRIPTION.rsplit('/').next().expect("an id");
    let args = ["plan", "existing-vnet", "--subscription", subscription];
    let args = [&args[..], &["--set", &set[0], "--set", &set[1]]].concat();
    let typed = format!("akstool up existing-vnet --set {} --set {}", set[0], set[1]);
    let said = flat(&sandbox.run(&args).ok().stdout);
    let next = format!("`{typed} --location northeurope --subscription {subscription}`");
    assert!(said.contains(&next), "{said}");
    let plan = sandbox.run(&[&args[..], &["-o", "json"]].concat()).ok().json();
    let advice = plan["advice"][0].as_str().expect("advice");
    assert!(advice.contains(&next), "{advice}");
}

#[test]
fn of_two_that_go_in_one_run_the_last_takes_the_right_that_both_work_by() {
    let sandbox = Sandbox::new();
    place(&sandbox, "shared", "10.40.0.0/16", Some("10.40.1.0/24"));
    let home = "/resourceGroups/network/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    let identity = format!("{home}/shared");
    sandbox.put(&identity, "2024-11-30", &json!({ "location": "westeurope" }));
    let before = sandbox.ids();
    let identity = format!("cluster.identity.id={SUBSCRIPTION}{identity}");
    for name in ["one", "two"] {
        sandbox.run(&["up", "existing-vnet", "--name", name, "--set", &identity, "--yes"]).ok();
    }
    let ran = sandbox.run(&["down", "one", "two", "--yes"]).ok();
    assert_eq!(sandbox.ids(), before, "{}", ran.stdout);
    assert!(flat(&ran.stdout).contains("goes together with two"), "{}", ran.stdout);
}
