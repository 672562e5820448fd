//! `akstool status`.

use crate::support::Sandbox;

#[test]
fn what_exists_is_a_table() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["status", "demo"]).ok();
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn with_a_profile_the_drift_is_shown() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["status", "kubenet", "--exit-code"]).ok();
    assert!(ran.stdout.contains("As the profile says."), "{}", ran.stdout);
    let drift = ["status", "kubenet", "--exit-code", "--set", "pools[0].count=3"];
    let ran = sandbox.run(&drift).exits(3);
    assert!(ran.stdout.contains("count: 2 → 3"), "{}", ran.stdout);
}

#[test]
fn scripts_read_one_object_with_its_schema() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let status = sandbox.run(&["status", "kubenet", "-o", "json"]).ok().json();
    assert_eq!(status["schema"], "akstool.status/v1");
    assert_eq!(status["environment"], "demo");
    assert_eq!(status["state"], "succeeded");
    assert_eq!(status["resources"].as_array().map(Vec::len), Some(9));
    assert_eq!(status["drift"]["summary"]["keep"], 9);
    let status = sandbox.run(&["status", "demo", "-o", "json"]).ok().json();
    assert!(status["drift"].is_null());
}

#[test]
fn what_does_not_exist_is_said_to_be_absent() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["status", "nothing-here"]).ok();
    assert!(ran.stdout.starts_with("nothing-here: nothing of it exists.\n"), "{}", ran.stdout);
    // An environment in a group of another name may have escaped lists that lag.
    assert!(ran.stdout.contains("the group in front of `nothing-here`"), "{}", ran.stdout);
    sandbox.run(&["status", "nothing-here", "--exit-code"]).exits(3);
}

#[test]
fn what_failed_says_why_and_plan_and_status_agree() {
    let sandbox = Sandbox::new();
    let fault = serde_json::json!({ "faults": [{
        "method": "PUT",
        "type": "Microsoft.ContainerService/managedClusters",
        "fail": { "code": "AllocationFailed", "message": "no capacity here", "after": 90 },
    }] });
    sandbox.write("faults.json", fault.to_string());
    sandbox.run(&["up", "kubenet", "--yes", "--sim-faults", "faults.json"]).exits(1);
    let ran = sandbox.run(&["status", "demo"]).ok();
    let row = |start: &str| ran.stdout.lines().find(|line| line.starts_with(start)).unwrap_or("");
    assert!(row("cluster ").contains(" Failed "), "{}", ran.stdout);
    assert!(row("node pool ").contains(" Failed "), "{}", ran.stdout);
    assert!(row("node pool ").contains("2 × Standard_D2s_v5"), "{}", ran.stdout);
    let why = "\n✗ the last change of cluster demo and node pool demo/system failed: \
               AllocationFailed: no capacity here\nnext: akstool down demo   takes it all away; ";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    assert!(!ran.stdout.contains("PROFILE"), "no blank is left: {}", ran.stdout);
    let status = sandbox.run(&["status", "kubenet", "-o", "json"]).ok().json();
    assert_eq!(status["state"], "failed");
    assert_eq!(status["resources"][1]["error"], "AllocationFailed: no capacity here");
    let plan = sandbox.run(&["plan", "kubenet"]).ok();
    assert_eq!(plan.stdout.matches("its last change failed").count(), 2, "{}", plan.stdout);

    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let ran = sandbox.run(&["status", "kubenet", "--exit-code"]).ok();
    assert!(!ran.stdout.contains("failed"), "{}", ran.stdout);
}

#[test]
fn a_subnet_of_both_families_shows_both_ranges() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "dual-stack", "--yes"]).ok();
    let shown = sandbox.run(&["status", "dual-stack"]).ok().stdout;
    let line = shown.lines().find(|line| line.contains("subnet")).expect("the subnet's line");
    assert!(line.contains("/64") && line.contains("10."), "{shown}");
}
