//! `akstool down`.

use serde_json::{Value, json};

use crate::support::{Ran, SUBSCRIPTION, Sandbox};

#[test]
fn the_name_alone_takes_everything_away() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(ran.stdout.contains("9 to delete"), "{}", ran.stdout);
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn what_does_not_exist_is_nothing_to_do() {
    let ran = Sandbox::new().run(&["down", "nothing-here", "--yes"]).ok();
    assert!(ran.stdout.starts_with("nothing-here: nothing to do.\nnote: "), "{}", ran.stdout);
    // An environment in a group of another name may have escaped lists that lag.
    assert!(ran.stdout.contains("the group in front of `nothing-here`"), "{}", ran.stdout);
    let outcome = Sandbox::new().run(&["down", "x", "--yes", "-o", "json"]).ok().outcome();
    assert_eq!(outcome["result"], "nothing-to-do");
}

#[test]
fn foreign_contents_keep_the_group_and_are_named() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.put(
        "/resourceGroups/demo/providers/Microsoft.ManagedIdentity/userAssignedIdentities/guest",
        "2024-11-30",
        &json!({ "location": "westeurope" }),
    );
    let ran = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(ran.stdout.contains("guest"), "{}", ran.stdout);
    let left = sandbox.ids();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].ends_with("/resourcegroups/demo") && left[1].ends_with("/guest"), "{left:?}");
}

#[test]
fn without_a_terminal_it_refuses() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.run(&["down", "demo"]).exits(4);
    assert_eq!(sandbox.run(&["plan", "kubenet", "--exit-code"]).code, 0);
}

#[test]
fn the_plan_of_a_teardown_reads_well() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["down", "kubenet"]).exits(4);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn a_name_that_can_be_none_is_refused() {
    let ran = Sandbox::new().run(&["down", "a b' or 1", "--yes"]).exits(2);
    assert!(ran.stderr.contains("neither a profile nor the name"), "{}", ran.stderr);
}

/// Takes `demo` down while reads of a path are answered in another way, `times` times; 0 is for ever.
fn down_while(sandbox: &Sandbox, path: &str, times: u64, answer: &Value) -> Ran {
    let fault = json!({ "method": "GET", "path": path, "times": times, "answer": answer });
    sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
    sandbox.run(&["down", "demo", "--yes", "--sim-faults", "faults.json"])
}

fn gone() -> Value {
    json!({ "status": 404, "body": { "error": { "code": "ResourceNotFound", "message": "gone" } } })
}

#[test]
fn what_the_lists_still_name_is_gone_and_not_another_hands() {
    for times in [1, 0] {
        let sandbox = Sandbox::new();
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        let ran = down_while(&sandbox, "*/routeTables/*", times, &gone()).ok();
        assert!(!ran.stdout.contains("not ours"), "{}", ran.stdout);
        assert_eq!(sandbox.ids(), Vec::<String>::new());
    }
}

#[test]
fn a_group_that_is_gone_and_still_listed_stops_nothing() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = down_while(&sandbox, "*/resourceGroups/demo/resources", 0, &gone()).ok();
    assert!(ran.stdout.contains("8 to delete"), "{}", ran.stdout);
}

#[test]
fn what_the_list_of_tags_does_not_name_yet_is_known_by_its_own_tag() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let nothing = json!({ "status": 200, "body": { "value": [] } });
    let ran = down_while(&sandbox, &format!("{SUBSCRIPTION}/resources"), 1, &nothing).ok();
    assert!(ran.stdout.contains("9 to delete"), "{}", ran.stdout);
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn what_lost_its_tag_since_the_list_was_made_stays() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let guest = "/resourceGroups/demo/providers/Microsoft.Network/routeTables/guest";
    sandbox.put(guest, "2025-07-01", &json!({ "location": "westeurope" }));
    let listed = json!([{ "id": format!("{SUBSCRIPTION}{guest}"),
        "tags": { "akstool-environment": "demo" } }]);
    let stale = json!({ "status": 200, "body": { "value": listed } });
    let ran = down_while(&sandbox, &format!("{SUBSCRIPTION}/resources"), 1, &stale).ok();
    assert!(ran.stdout.contains("routeTables/guest"), "{}", ran.stdout);
    let left = sandbox.ids();
    assert_eq!(left.len(), 2, "the group and what stands in it: {left:?}");
}

/// Places a lock.
fn lock(sandbox: &Sandbox, scope: &str, level: &str) {
    let id = format!("{scope}/providers/Microsoft.Authorization/locks/keep");
    let body = json!({ "properties": { "level": level, "notes": "ask ada" } });
    sandbox.put(&id, "2020-05-01", &body);
}

#[test]
fn a_lock_on_what_goes_is_met_before_the_first_deletion() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let vnet = "/resourceGroups/demo/providers/Microsoft.Network/virtualNetworks/demo-vnet";
    lock(&sandbox, vnet, "CanNotDelete");
    let before = sandbox.ids();
    let ran = sandbox.run(&["down", "demo", "--yes"]).exits(1);
    assert!(ran.stderr.contains("Lock `keep` (\"ask ada\") on"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("az "), "nothing of the real Azure's: {}", ran.stderr);
    assert!(ran.stderr.contains("refuse to delete virtual network `demo-vnet`"), "{}", ran.stderr);
    assert_eq!(sandbox.ids(), before, "nothing was deleted");
    let outcome = sandbox.run(&["down", "demo", "--yes", "-o", "json"]).exits(1).outcome();
    assert_eq!(outcome["failed"][0]["code"], "ScopeLocked", "{outcome:#}");
    let hint = outcome["failed"][0]["hint"].as_str().expect("a hint");
    assert!(hint.contains("akstool sim show") && !hint.contains("az "), "{outcome:#}");
    assert_eq!(outcome["requests"]["write"], 0, "{outcome:#}");

    let outcome = sandbox.run(&["down", "demo", "--yes", "--no-preflight", "-o", "json"]).exits(1);
    assert_ne!(outcome.outcome()["requests"]["write"], 0, "Azure itself was asked");
}

#[test]
fn a_lock_on_what_is_not_touched_stops_nothing() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.put("/resourceGroups/other", "2021-04-01", &json!({ "location": "westeurope" }));
    lock(&sandbox, "/resourceGroups/other", "ReadOnly");
    sandbox.run(&["up", "kubenet", "--yes", "--set", "pools[0].count=3"]).ok();
    sandbox.run(&["down", "demo", "--yes"]).ok();
}

/// The path of a cluster in a group of its own name.
fn cluster(name: &str) -> String {
    format!("/resourceGroups/{name}/providers/Microsoft.ContainerService/managedClusters/{name}")
}

/// Returns the cluster of an environment as it stands there.
fn standing(sandbox: &Sandbox, name: &str) -> Value {
    let path = format!("{SUBSCRIPTION}{}", cluster(name));
    let mut all = sandbox.store().into_iter();
    let is_it = |id: &Value| id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(&path));
    all.find(|resource| is_it(&resource["id"])).expect("the cluster")
}

#[test]
fn a_cluster_that_lost_its_tag_is_not_robbed_of_what_it_lives_on() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let mut body = standing(&sandbox, "demo");
    body["tags"] = json!({ "owner": "me" });
    sandbox.put(&cluster("demo"), "2025-10-01", &body);
    let before = sandbox.ids();
    let ran = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), before, "{}", ran.stdout);
    assert!(ran.stdout.contains("`demo` carries no tag `akstool-environment`"), "{}", ran.stdout);
}

#[test]
fn the_network_that_a_cluster_of_another_hand_uses_stays() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "azure-overlay", "--yes"]).ok();
    sandbox.put("/resourceGroups/alien", "2021-04-01", &json!({ "location": "westeurope" }));
    let mut body = standing(&sandbox, "azure-overlay");
    for answered in ["id", "name", "type", "tags", "eTag", "systemData"] {
        body.as_object_mut().expect("an object").remove(answered);
    }
    body["identity"] = json!({ "type": "SystemAssigned" });
    body["properties"]["dnsPrefix"] = json!("alien");
    let properties = body["properties"].as_object_mut().expect("an object");
    for answered in ["nodeResourceGroup", "identityProfile"] {
        properties.remove(answered);
    }
    sandbox.put(&cluster("alien"), "2025-10-01", &body);
    let ran = sandbox.run(&["down", "azure-overlay", "--yes"]).ok();
    let note = format!("not ours and left alone: {SUBSCRIPTION}{}", cluster("alien"));
    assert!(ran.stdout.to_lowercase().contains(&note.to_lowercase()), "{}", ran.stdout);
    let left = sandbox.ids();
    assert!(left.iter().any(|id| id.ends_with("virtualnetworks/azure-overlay-vnet")), "{left:?}");
    assert!(!left.iter().any(|id| id.ends_with("managedclusters/azure-overlay")), "{left:?}");
    let again = sandbox.run(&["down", "azure-overlay", "--yes"]).ok();
    assert!(again.stdout.starts_with("azure-overlay: nothing to do."), "{}", again.stdout);
}

#[test]
fn nodes_whose_cluster_lost_its_tag_are_not_ours_for_theirs() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let mut body = standing(&sandbox, "demo");
    let managed_by = body["id"].clone();
    body["tags"] = json!({ "owner": "me" });
    sandbox.put(&cluster("demo"), "2025-10-01", &body);
    // As AKS copied them before.
    let tags = json!({ "akstool-environment": "demo" });
    let nodes = "/resourceGroups/MC_demo_demo_westeurope";
    let group = json!({ "location": "westeurope", "tags": tags, "managedBy": managed_by });
    sandbox.put(nodes, "2021-04-01", &group);
    let table = format!("{nodes}/providers/Microsoft.Network/routeTables/theirs");
    let body = json!({ "location": "westeurope", "tags": tags });
    sandbox.put(&table, "2025-07-01", &body);
    let found = sandbox.run(&["status", "demo", "-o", "json"]).ok();
    assert!(!found.stdout.contains("routeTables/theirs"), "{}", found.stdout);
}

#[test]
fn what_workloads_claimed_is_lost_by_a_word_or_a_time_to_live_alone() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let disk = "/resourceGroups/MC_demo_demo_westeurope/providers/Microsoft.Compute/disks/pvc-1";
    let body = json!({ "location": "westeurope", "properties": {},
        "tags": { "kubernetes.io-created-for-pvc-name": "data",
            "kubernetes.io-created-for-pvc-namespace": "shop" } });
    let claimed = || sandbox.put(disk, "2025-01-02", &body);
    claimed();
    let before = sandbox.ids();
    for how in [&["down", "demo", "--yes"][..], &["down", "demo", "--yes", "--no-wait"]] {
        let refused = sandbox.run(how);
        assert_eq!(refused.code, 4, "{}", refused.stderr);
        let said = format!("{} {}", refused.stdout, refused.stderr);
        assert!(said.contains("disk `pvc-1` of claim `shop/data`"), "{said}");
        assert!(said.contains("`--delete-data`"), "{said}");
        assert_eq!(sandbox.ids(), before);
    }
    let gone = sandbox.run(&["down", "demo", "--yes", "--delete-data"]).ok();
    assert!(gone.stdout.contains("lost for good: disk `pvc-1`"), "{}", gone.stdout);
    assert_eq!(sandbox.ids(), [""; 0]);
    sandbox.run(&["up", "kubenet", "--yes", "--ttl", "4h"]).ok();
    claimed();
    let gone = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(gone.stdout.contains("lost for good: disk `pvc-1`"), "{}", gone.stdout);
    assert_eq!(sandbox.ids(), [""; 0]);
}
