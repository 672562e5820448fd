//! Whole runs: up, nothing to do, a change that would cost too much, status, down.

use std::io::{BufRead as _, BufReader};

use serde_json::{Value, json};

use crate::support::Sandbox;

/// Goes the whole way with one profile; what stood before stands afterwards.
fn scenario(sandbox: &Sandbox, profile: &str, refused: &str) {
    let before = sandbox.store();
    sandbox.run(&["up", profile, "--yes"]).ok();
    let outcome = sandbox.run(&["up", profile, "--yes", "-o", "json"]).ok().outcome();
    assert_eq!(outcome["result"], "nothing-to-do", "{profile}");
    assert_eq!(outcome["requests"]["write"], 0, "{profile}");
    sandbox.run(&["plan", profile, "--exit-code"]).ok();
    let ran = sandbox.run(&["plan", profile, "--set", refused]).exits(4);
    assert!(ran.stdout.contains("± cluster"), "{}", ran.stdout);
    let ran = sandbox.run(&["status", profile, "--exit-code"]).ok();
    assert!(ran.stdout.contains("As the profile says."), "{}", ran.stdout);
    sandbox.run(&["down", profile, "--yes"]).ok();
    assert_eq!(stable(&sandbox.store()), stable(&before), "{profile}");
}

/// Returns resources without what Azure counts or dates: marks of change and times.
fn stable(resources: &[Value]) -> Vec<Value> {
    let mut resources = resources.to_vec();
    resources.iter_mut().for_each(strip);
    resources.sort_by_key(|resource| resource["id"].to_string());
    resources
}

fn strip(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Object(members) => {
            members.retain(|name, _| {
                !["etag", "eTag", "resourceGuid", "systemData"].contains(&name.as_str())
            });
            members.values_mut().for_each(strip);
        }
        _ => {}
    }
}

#[test]
fn kubenet() {
    scenario(&Sandbox::new(), "kubenet", "network.plugin=azure");
}

#[test]
fn azure_cni() {
    scenario(&Sandbox::new(), "azure-cni", "network.plugin=none");
}

#[test]
fn azure_overlay() {
    scenario(&Sandbox::new(), "azure-overlay", "network.plugin=kubenet");
}

#[test]
fn existing_network_survives() {
    let sandbox = Sandbox::new();
    existing_network(&sandbox);
    scenario(&sandbox, "existing-vnet", "network.plugin=none");
}

#[test]
fn an_existing_network_that_is_missing_is_refused_by_name() {
    let ran = Sandbox::new().run(&["up", "existing-vnet", "--yes"]).exits(4);
    assert!(
        ran.stdout.contains("does not exist, and the profile names it by id"),
        "{}",
        ran.stdout
    );
}

/// Makes the network that the profile `existing-vnet` names, by another hand.
fn existing_network(sandbox: &Sandbox) {
    let network = "/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared";
    sandbox.put("/resourceGroups/network", "2025-04-01", &json!({ "location": "westeurope" }));
    let space = json!({ "addressSpace": { "addressPrefixes": ["10.20.0.0/16"] } });
    let body = json!({ "location": "westeurope", "properties": space });
    sandbox.put(network, "2025-07-01", &body);
    let body = json!({ "properties": { "addressPrefix": "10.20.1.0/24" } });
    sandbox.put(&format!("{network}/subnets/aks"), "2025-07-01", &body);
}

#[test]
fn scaling_and_another_pool_are_changes_in_place() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "azure-overlay", "--yes"]).ok();
    let change = ["up", "azure-overlay", "--yes", "-o", "json", "--set", "pools[system].count=3"];
    let outcome = sandbox.run(&change).ok().outcome();
    assert_eq!([&outcome["updated"], &outcome["created"], &outcome["replaced"]], [1, 0, 0]);
    let outcome = sandbox.run(&change).ok().outcome();
    assert_eq!(outcome["result"], "nothing-to-do");
}

#[test]
fn killed_at_any_moment_the_next_up_ends_the_same_and_nothing_twice() {
    let undisturbed = Sandbox::at_speed("1000");
    undisturbed.run(&["up", "kubenet", "--yes"]).ok();
    let expected = undisturbed.ids();
    for lines in [1, 2, 4, 6, 9, 12, 15, 18, 21, 24] {
        let sandbox = Sandbox::at_speed("1000");
        kill_after(&sandbox, lines);
        let outcome = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]).ok().outcome();
        let result = outcome["result"].as_str().expect("a result");
        assert!(["succeeded", "nothing-to-do"].contains(&result), "after {lines} lines: {outcome}");
        assert_eq!(sandbox.ids(), expected, "after {lines} lines");
        let plan = sandbox.run(&["plan", "kubenet", "--exit-code"]);
        assert_eq!(plan.code, 0, "after {lines} lines:\n{}", plan.stdout);
    }
}

/// Kills an `up` when it has printed so many events.
fn kill_after(sandbox: &Sandbox, lines: usize) {
    let mut child = sandbox.start(&["up", "kubenet", "--yes", "-o", "json"]);
    let stdout = BufReader::new(child.stdout.take().expect("standard output"));
    let seen = stdout.lines().take(lines).map_while(Result::ok).count();
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(seen > 0, "it said something before it was killed");
}

#[test]
fn down_after_an_up_that_died_leaves_nothing() {
    let sandbox = Sandbox::at_speed("2000");
    kill_after(&sandbox, 14);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}
