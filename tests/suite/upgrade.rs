//! `akstool upgrade`.

use serde_json::{Value, json};

use crate::support::Sandbox;

const OLD: [&str; 2] = ["--set", "cluster.version=1.33.5"];

fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

/// A sandbox in which an old cluster is up.
fn old(profile: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&with(&["up", profile, "--yes"], &OLD)).ok();
    sandbox
}

/// The versions that run: of the control plane, then of each pool.
fn versions(sandbox: &Sandbox) -> Vec<String> {
    let store = sandbox.store();
    let cluster = store.iter().find(|one| one["properties"]["networkProfile"].is_object());
    let properties = &cluster.expect("a cluster")["properties"];
    let own = properties["currentKubernetesVersion"].as_str().map(str::to_owned);
    let pools = properties["agentPoolProfiles"].as_array().cloned().unwrap_or_default();
    let of = |pool: &Value| pool["currentOrchestratorVersion"].as_str().map(str::to_owned);
    own.into_iter().chain(pools.iter().filter_map(of)).collect()
}

#[test]
fn it_goes_the_whole_way_one_minor_version_at_a_time_and_then_has_nothing_to_do() {
    let sandbox = old("kubenet");
    let ran = sandbox.run(&["upgrade", "demo", "--to", "1.35", "--yes", "-o", "json"]).ok();
    let outcome = ran.outcome();
    assert_eq!(outcome["result"], "succeeded", "{outcome:#}");
    assert_eq!(versions(&sandbox), ["1.35.1", "1.35.1"]);
    // Control plane and pool, at 1.34 and at 1.35.
    assert_eq!(outcome["requests"]["write"], 4, "{outcome:#}");
    let again = sandbox.run(&["upgrade", "demo", "--to", "1.35", "--yes"]).ok();
    assert_eq!(again.stdout.lines().next(), Some("demo: nothing to do."));
    sandbox.run(&["plan", "kubenet", "--exit-code"]).ok();
}

#[test]
fn it_shows_the_whole_way_and_asks_once() {
    let sandbox = old("kubenet");
    let ran = sandbox.run(&["upgrade", "demo", "--to", "latest"]).exits(4);
    assert!(ran.stdout.contains("1.33.5 → 1.34.2 → 1.35"), "{}", ran.stdout);
    assert!(ran.stderr.contains("nobody can be asked"), "{}", ran.stderr);
    assert_eq!(versions(&sandbox), ["1.33.5", "1.33.5"]);
}

#[test]
fn without_a_version_it_goes_one_step_and_a_profile_says_where_to() {
    let sandbox = old("kubenet");
    sandbox.run(&["upgrade", "demo", "--yes"]).ok();
    assert_eq!(versions(&sandbox), ["1.34.2", "1.34.2"]);
    let set = ["--set", "cluster.version=1.35"];
    sandbox.run(&with(&["upgrade", "kubenet", "--yes"], &set)).ok();
    assert_eq!(versions(&sandbox), ["1.35.1", "1.35.1"]);
    sandbox.run(&with(&["plan", "kubenet", "--exit-code"], &set)).ok();
}

#[test]
fn the_control_plane_may_go_alone_and_the_pools_follow_later() {
    let sandbox = old("kubenet");
    sandbox.run(&["upgrade", "demo", "--control-plane-only", "--yes"]).ok();
    assert_eq!(versions(&sandbox), ["1.34.2", "1.33.5"]);
    sandbox.run(&["upgrade", "demo", "--to", "1.34", "--yes"]).ok();
    assert_eq!(versions(&sandbox), ["1.34.2", "1.34.2"]);
}

#[test]
fn a_profile_that_falls_behind_is_told_what_to_write() {
    let sandbox = old("kubenet");
    let ran = sandbox.run(&with(&["upgrade", "kubenet", "--to", "1.34", "--yes"], &OLD)).ok();
    assert!(ran.stdout.contains("write `\"1.34\"` at `cluster.version`"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_had_is_refused_with_its_reason_and_nothing_changes() {
    let sandbox = old("kubenet");
    for (to, code, says) in [
        ("1.99", 2, "`1.99` is not offered"),
        ("1.33.2", 2, "is not offered"),
        ("nonsense", 2, "a version is 1.35"),
        ("1.33.4", 4, "never goes back to 1.33.4"),
    ] {
        let ran = sandbox.run(&["upgrade", "demo", "--to", to, "--yes"]).exits(code);
        assert!(ran.stderr.contains(says), "{to}: {}", ran.stderr);
    }
    let none = sandbox.run(&["upgrade", "nobody", "--yes"]).exits(1);
    assert!(none.stderr.contains("has no cluster"), "{}", none.stderr);
    assert_eq!(versions(&sandbox), ["1.33.5", "1.33.5"]);
}

#[test]
fn a_lock_is_met_before_the_first_write() {
    let sandbox = old("kubenet");
    let lock = "/resourceGroups/demo/providers/Microsoft.Authorization/locks/keep";
    sandbox.put(lock, "2020-05-01", &json!({ "properties": { "level": "ReadOnly" } }));
    let outcome = sandbox.run(&["upgrade", "demo", "--yes", "-o", "json"]).exits(1).outcome();
    assert_eq!(outcome["failed"][0]["code"], "ScopeLocked", "{outcome:#}");
    assert_eq!(outcome["requests"]["write"], 0, "{outcome:#}");
}

#[test]
fn a_run_that_died_on_the_way_is_picked_up_by_the_same_command() {
    let sandbox = old("kubenet");
    let run = ["upgrade", "demo", "--to", "1.35", "--yes", "-o", "json"];
    // The control plane takes a bit more than two minutes, a pool five.
    for limit in ["1m", "4m", "5m"] {
        let died = sandbox.run(&with(&run, &["--timeout", limit])).exits(1).outcome();
        assert_eq!(died["failed"][0]["code"], "TimedOut", "{died:#}");
    }
    let ran = sandbox.run(&run).ok().outcome();
    assert_eq!(ran["result"], "succeeded", "{ran:#}");
    assert_eq!(versions(&sandbox), ["1.35.1", "1.35.1"]);
    assert_eq!(sandbox.run(&run).ok().outcome()["result"], "nothing-to-do");
}

#[test]
fn an_api_that_is_still_asked_for_stops_it_and_is_told_with_what_to_do() {
    let sandbox = old("kubenet");
    // Azure's words (learn.microsoft.com, stop-cluster-upgrade-api-breaking-changes).
    let message = "Control Plane upgrade is blocked due to recent usage of a Kubernetes API \
                   deprecated in the specified version. Usage details: 1 error occurred: usage has \
                   been detected on API flowcontrol.apiserver.k8s.io.prioritylevelconfigurations.\
                   v1beta1, which will be removed in 1.34";
    let body = json!({ "code": "ValidationError", "message": message,
        "subcode": "UpgradeBlockedOnDeprecatedAPIUsage" });
    let fault = json!({ "method": "PUT", "path": "*/managedClusters/demo", "times": 0,
        "answer": { "status": 400, "body": body } });
    sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
    let run = ["upgrade", "demo", "--yes", "--sim-faults", "faults.json"];
    let ran = sandbox.run(&run).exits(1);
    for said in ["prioritylevelconfigurations", "forceUpgrade: true", "the same command again"] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert_eq!(versions(&sandbox), ["1.33.5", "1.33.5"]);
    let force = "cluster.properties={ upgradeSettings: { overrideSettings: { forceUpgrade: true, \
                 until: \"2026-02-01T00:00:00Z\" } } }";
    sandbox.run(&with(&["up", "kubenet", "--yes", "--set", force], &OLD)).ok();
    sandbox.run(&["upgrade", "demo", "--yes"]).ok();
    let again = with(&["plan", "kubenet", "--exit-code", "--set", force], &[]);
    sandbox.run(&with(&again, &["--set", "cluster.version=1.34"])).ok();
}
