//! Whose it is, as a user meets it: names in two groups, tags edited by hand, groups in common.

use serde_json::json;

use crate::support::{Ran, SUBSCRIPTION, Sandbox};

/// `up` of the built-in kubenet profile in a group.
fn up(sandbox: &Sandbox, group: &str, more: &[&str]) -> Ran {
    let set = format!("metadata.resourceGroup={group}");
    sandbox.run(&[&["up", "kubenet", "--yes", "--set", &set], more].concat())
}

fn in_group(sandbox: &Sandbox, group: &str) -> usize {
    let part = format!("/resourcegroups/{group}");
    sandbox
        .ids()
        .iter()
        .filter(|id| id.ends_with(&part) || id.contains(&format!("{part}/")))
        .count()
}

#[test]
fn an_environment_is_not_made_a_second_time_in_another_group() {
    let sandbox = Sandbox::new();
    up(&sandbox, "rg-a", &[]).ok();
    let ran = up(&sandbox, "rg-b", &[]).exits(4);
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("stands in the resource group `rg-a` already"), "{}", ran.stdout);
    assert!(said.contains("a second time in `rg-b`"), "{}", ran.stdout);
    assert_eq!(in_group(&sandbox, "rg-b"), 0);
}

#[test]
fn a_name_that_stands_in_two_groups_says_how_to_name_each() {
    let sandbox = Sandbox::new();
    up(&sandbox, "rg-a", &[]).ok();
    // Whoever made the second could not see the first.
    let none = json!({ "status": 200, "body": { "value": [] } });
    let list = |path: &str| {
        json!({ "method": "GET", "times": 0, "answer": none,
        "path": format!("{SUBSCRIPTION}/{path}") })
    };
    let faults = json!({ "faults": [list("resources"), list("resourcegroups")] });
    sandbox.write("faults.json", faults.to_string());
    up(&sandbox, "rg-b", &["--sim-faults", "faults.json"]).ok();
    for command in [&["down", "demo", "--yes"][..], &["status", "demo"]] {
        let ran = sandbox.run(command).exits(2);
        assert!(ran.stderr.contains("`rg-a/demo` and `rg-b/demo`"), "{}", ran.stderr);
    }
    let before = in_group(&sandbox, "rg-a");
    sandbox.run(&["down", "rg-b/demo", "--yes"]).ok();
    assert_eq!((in_group(&sandbox, "rg-a"), in_group(&sandbox, "rg-b")), (before, 0));
}

#[test]
fn a_group_that_lost_its_tag_is_named_and_stays() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.put("/resourceGroups/demo", "2021-04-01", &json!({ "location": "westeurope" }));
    for args in [&["plan", "kubenet"][..], &["status", "demo"], &["down", "demo", "--yes"]] {
        let ran = sandbox.run(args).ok();
        let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("resource group `demo` carries no tag"), "{args:?}: {}", ran.stdout);
    }
    assert_eq!(in_group(&sandbox, "demo"), 1, "{:?}", sandbox.ids());
}

#[test]
fn a_group_whose_tag_differs_in_case_is_anothers() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let tags = json!({ "location": "westeurope", "tags": { "akstool-environment": "Demo" } });
    sandbox.put("/resourceGroups/demo", "2021-04-01", &tags);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(in_group(&sandbox, "demo"), 1, "{:?}", sandbox.ids());
}

#[test]
fn two_profiles_of_one_run_do_not_both_make_a_group() {
    let sandbox = Sandbox::new();
    let profile = sandbox.run(&["profiles", "kubenet"]).ok().stdout;
    for name in ["one", "two"] {
        let text = profile.replace("name: demo", &format!("name: {name}\n  resourceGroup: pair"));
        sandbox.write(&format!("{name}.yaml"), text);
    }
    let ran = sandbox.run(&["up", "one.yaml", "two.yaml", "--yes"]).exits(4);
    assert!(ran.stdout.contains("`pair`"), "{}", ran.stdout);
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn who_finds_no_cluster_says_where_one_of_that_name_stands() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "azure-overlay", "--yes", "--name", "demo"]).ok();
    let named = ["--name", "demo", "--set", "metadata.resourceGroup=other"];
    for args in [
        &["stop", "azure-overlay", "--yes"][..],
        &["start", "azure-overlay", "--yes"],
        &["upgrade", "azure-overlay", "--yes"],
        &["migrate", "azure-overlay", "--to", "cilium", "--yes"],
        &["kubeconfig", "azure-overlay"],
    ] {
        let ran = sandbox.run(&[args, &named].concat()).exits(1);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("the environment `demo` has no cluster"), "{args:?}: {said}");
        assert!(said.contains("`demo/demo` means it"), "{args:?}: {said}");
    }
}
