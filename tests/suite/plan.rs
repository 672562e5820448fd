//! `akstool plan`.

use serde_json::json;

use crate::support::Sandbox;

#[test]
fn a_plan_reads_as_one_line_a_resource() {
    let ran = Sandbox::new().run(&["plan", "kubenet"]).ok();
    insta::assert_snapshot!(ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_changed_count_reads_as_before_and_after() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["plan", "kubenet", "--set", "pools[system].count=3"]).ok();
    assert!(ran.stdout.contains("count: 2 → 3"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("note: "), "{}", ran.stdout);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn changing_the_network_model_is_refused_and_names_what_it_would_replace() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let before = sandbox.ids();
    let change = ["kubenet", "--set", "network.plugin=azure"];
    let ran = sandbox.run(&[&["plan"], &change[..]].concat()).exits(4);
    assert!(ran.stdout.contains("replaces the cluster"), "{}", ran.stdout);
    assert!(ran.stdout.contains("networkPlugin: kubenet → azure"), "{}", ran.stdout);
    assert!(ran.stdout.contains("refused:"), "{}", ran.stdout);
    insta::assert_snapshot!(ran.stdout);
    let ran = sandbox.run(&[&["up", "--yes"], &change[..]].concat()).exits(4);
    assert!(ran.stdout.contains("refused:"), "{}", ran.stdout);
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn the_exit_code_tells_whether_changes_are_pending() {
    let sandbox = Sandbox::new();
    sandbox.run(&["plan", "kubenet"]).ok();
    sandbox.run(&["plan", "kubenet", "--exit-code"]).exits(3);
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.run(&["plan", "kubenet", "--exit-code"]).ok();
}

#[test]
fn scripts_read_one_object_with_its_schema() {
    let plan = Sandbox::new().run(&["plan", "kubenet", "-o", "json"]).ok().json();
    assert_eq!(plan["schema"], "akstool.plan/v1");
    assert_eq!(plan["environment"], "demo");
    assert_eq!(plan["summary"]["create"], 9);
    let step = &plan["steps"][0];
    for field in ["id", "type", "action", "reasons", "deltas"] {
        assert!(!step[field].is_null(), "{field}");
    }
    assert!(plan["advice"].as_array().is_some_and(|advice| !advice.is_empty()));
}

#[test]
fn kubenet_is_told_when_it_ends() {
    let ran = Sandbox::new().run(&["plan", "kubenet"]).ok();
    assert!(ran.stdout.contains("31 March 2028"), "{}", ran.stdout);
}

#[test]
fn what_the_profile_is_like_is_told_where_it_bears_on_the_change() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let tag = ["plan", "kubenet", "--set", "metadata.tags.team=web"];
    let ran = sandbox.run(&tag).ok();
    assert!(ran.stdout.contains("~ cluster"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("note: "), "{}", ran.stdout);
    let ran = sandbox.run(&[&tag[..], &["-v"]].concat()).ok();
    assert!(ran.stdout.contains("31 March 2028"), "{}", ran.stdout);
    let plan = sandbox.run(&[&tag[..], &["-o", "json"]].concat()).ok().json();
    assert!(plan["advice"].to_string().contains("31 March 2028"), "{plan}");
    let network = ["plan", "kubenet", "--set", "network.vnet.cidr=10.8.0.0/13"];
    let ran = sandbox.run(&network).ok();
    assert!(ran.stdout.contains("31 March 2028"), "{}", ran.stdout);
}

#[test]
fn loud_plans_show_what_new_resources_will_hold() {
    let ran = Sandbox::new().run(&["plan", "kubenet", "--verbose"]).ok();
    assert!(ran.stdout.contains("networkProfile.networkPlugin: kubenet"), "{}", ran.stdout);
    assert!(ran.stdout.contains("(known after apply)"), "{}", ran.stdout);
}

#[test]
fn a_plan_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.run(&["plan", "kubenet"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn another_version_is_spoken_where_it_is_asked_for() {
    let sandbox = Sandbox::new();
    let version = "Microsoft.Network/virtualNetworks=2024-05-01";
    sandbox.run(&["plan", "kubenet", "--api-version", version, "--trace", "t.jsonl"]).ok();
    let trace = std::fs::read_to_string(sandbox.path("t.jsonl")).expect("a trace");
    assert!(trace.contains("demo-vnet?api-version=2024-05-01"), "{trace}");
    let ran = sandbox.run(&["plan", "kubenet", "--api-version", "Some/thing=2024-05-01"]).exits(2);
    assert!(ran.stderr.contains("makes no resources of type"), "{}", ran.stderr);
}

#[test]
fn what_lies_in_something_that_is_gone_is_gone_too() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    // A read that was answered before the others were: what is read again decides.
    for (times, code) in [(1, 0), (0, 3)] {
        let error = json!({ "code": "ResourceNotFound", "message": "gone" });
        let fault = json!({ "method": "GET", "path": "*/virtualNetworks/demo-vnet", "times": times,
            "answer": { "status": 404, "body": { "error": error } } });
        sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
        let args = ["plan", "kubenet", "--exit-code", "--sim-faults", "faults.json"];
        let ran = sandbox.run(&args).exits(code);
        assert_eq!(ran.stdout.contains("+ subnet"), code == 3, "{}", ran.stdout);
    }
}
