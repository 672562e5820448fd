//! Other hands at work at the same time: nobody loses what another made, and both runs end well.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const NETWORK: &str = "/resourceGroups/demo/providers/Microsoft.Network/virtualNetworks/theirs";
const DEMO_NETWORK: &str =
    "/resourceGroups/demo/providers/Microsoft.Network/virtualNetworks/demo-vnet";
const POOL: &str = "/resourceGroups/demo/providers/Microsoft.ContainerService/managedClusters/demo/agentPools/theirs";

/// A network of another hand.
fn network() -> Value {
    json!({ "location": "westeurope",
        "properties": { "addressSpace": { "addressPrefixes": ["10.99.0.0/16"] } } })
}

/// Reads the events of a run until one says what is waited for; the rest is left unread.
fn wait_for(child: &mut std::process::Child, wanted: impl Fn(&Value) -> bool) {
    use std::io::BufRead as _;
    let output = child.stdout.take().expect("standard output");
    let mut lines = std::io::BufReader::new(output);
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).expect("a line") > 0, "the run ended too early");
        if wanted(&serde_json::from_str(&line).expect("an event")) {
            break;
        }
    }
    // The pipe stays open, so that the run can go on writing.
    std::thread::spawn(move || lines.lines().for_each(drop));
}

/// Writes a script under which a deletion takes long enough for another process to come in.
fn slow(sandbox: &Sandbox, path: &str) {
    let fault = json!({ "method": "DELETE", "path": path, "extend": 1000 });
    sandbox.write("slow.json", json!({ "faults": [fault] }).to_string());
}

#[test]
fn what_comes_into_a_group_while_it_is_taken_down_stays() {
    let sandbox = Sandbox::at_speed("200");
    sandbox.run(&["up", "kubenet", "--yes", "--sim-speed", "max"]).ok();
    slow(&sandbox, "*/managedClusters/demo");
    let args = ["down", "demo", "--yes", "-o", "json", "--sim-faults", "slow.json"];
    let mut down = sandbox.start(&args);
    wait_for(&mut down, |event| event["event"] == "step-started");
    sandbox.put(NETWORK, "2025-07-01", &network());
    assert_eq!(down.wait().expect("it ends").code(), Some(1));
    let left = sandbox.ids();
    assert!(left.iter().any(|id| id.ends_with("virtualnetworks/theirs")), "{left:?}");
    assert_eq!(left.len(), 2, "the group and what stands in it: {left:?}");
    let again = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(again.stdout.contains("not ours and left alone"), "{}", again.stdout);
    assert_eq!(sandbox.ids(), left);
}

#[test]
fn an_environment_comes_up_again_while_its_group_is_still_being_deleted() {
    let sandbox = Sandbox::at_speed("200");
    sandbox.run(&["up", "azure-overlay", "--yes", "--sim-speed", "max"]).ok();
    slow(&sandbox, "*/resourceGroups/azure-overlay");
    let args = ["down", "azure-overlay", "--yes", "-o", "json", "--sim-faults", "slow.json"];
    let mut down = sandbox.start(&args);
    wait_for(&mut down, |event| {
        let id = event["id"].as_str().unwrap_or_default();
        event["event"] == "step-started" && id.ends_with("/resourceGroups/azure-overlay")
    });
    let up = sandbox.run(&["up", "azure-overlay", "--yes"]).ok();
    assert!(up.stdout.contains("planned anew once azure-overlay is gone"), "{}", up.stdout);
    assert_eq!(down.wait().expect("it ends").code(), Some(0));
    sandbox.run(&["plan", "azure-overlay", "--exit-code"]).ok();
}

#[test]
fn two_runs_that_race_make_one_cluster_and_both_are_content() {
    let sandbox = Sandbox::at_speed("200");
    let mut first = sandbox.start(&["up", "kubenet", "--yes", "-o", "json"]);
    wait_for(&mut first, |event| {
        let id = event["id"].as_str().unwrap_or_default();
        event["event"] == "step-started" && id.contains("/roleAssignments/")
    });
    let second = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]);
    assert_eq!(second.code, 0, "{}", second.stdout);
    assert_eq!(first.wait().expect("it ends").code(), Some(0));
    sandbox.run(&["plan", "kubenet", "--exit-code"]).ok();
}

#[test]
fn a_pool_of_another_hand_is_never_pruned() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let nodes = format!("{SUBSCRIPTION}{DEMO_NETWORK}/subnets/nodes");
    let pool = json!({ "properties": {
        "count": 1, "vmSize": "Standard_D2s_v5", "mode": "User", "vnetSubnetID": nodes } });
    sandbox.put(POOL, "2025-10-01", &pool);
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--prune"]).ok();
    assert_eq!(ran.stdout.lines().next(), Some("demo: nothing to do."), "{}", ran.stdout);
    assert!(sandbox.ids().iter().any(|id| id.ends_with("agentpools/theirs")));
}

#[test]
fn a_pool_that_left_the_profile_is_named_where_nothing_is_to_be_done() {
    let sandbox = Sandbox::new();
    let profile = sandbox.run(&["profiles", "kubenet"]).ok().stdout;
    let two = format!("{profile}  - {{ name: extra, vmSize: Standard_D2s_v5, count: 1 }}\n");
    sandbox.write("two.yaml", two);
    sandbox.run(&["up", "two.yaml", "--yes"]).ok();
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert!(ran.stdout.starts_with("demo: nothing to do."), "{}", ran.stdout);
    assert!(ran.stdout.contains("not in the profile and left alone"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`demo/extra`"), "{}", ran.stdout);
}

#[test]
fn a_group_moves_to_no_other_region_whatever_stands_in_it() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.put(NETWORK, "2025-07-01", &network());
    let before = sandbox.ids();
    let move_it =
        ["up", "kubenet", "--location", "northeurope", "--allow-replace", "demo", "--yes"];
    let ran = sandbox.run(&move_it).exits(4);
    assert!(ran.stdout.contains("`akstool down demo`"), "{}", ran.stdout);
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn a_cluster_that_was_changed_since_the_plan_is_not_deleted_unseen() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let deletes = |trace: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(sandbox.path(trace)).expect("a trace");
        let all =
            text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an exchange"));
        all.filter(|one| one["method"] == "DELETE").collect()
    };
    sandbox.run(&["down", "demo", "--yes", "--trace", "down.jsonl"]).ok();
    let all = deletes("down.jsonl");
    let cluster = all
        .iter()
        .find(|one| one["url"].as_str().is_some_and(|url| url.contains("managedClusters/demo?")));
    let headers = &cluster.expect("the cluster's DELETE")["requestHeaders"];
    assert!(headers["if-match"].is_string(), "{headers}");
}
