//! `akstool stop` and `akstool start`.

use serde_json::Value;

use crate::support::Sandbox;

fn power(sandbox: &Sandbox) -> Value {
    let store = sandbox.store();
    let is_cluster = |one: &&Value| one["properties"]["networkProfile"].is_object();
    store.iter().find(is_cluster).expect("a cluster")["properties"]["powerState"]["code"].clone()
}

#[test]
fn a_cluster_sleeps_and_wakes_and_twice_is_nothing_to_do() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "nat-gateway", "--yes"]).ok();
    let ran = sandbox.run(&["stop", "nat-gateway", "--yes"]).ok();
    for part in ["powerState", "Running", "Stopped", "billing", "system disks", "NAT gateway"] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.stdout);
    }
    assert!(ran.stderr.contains("akstool start nat-gateway"), "{}", ran.stderr);
    assert_eq!(power(&sandbox), "Stopped");
    let ran = sandbox.run(&["stop", "nat-gateway", "--yes"]).ok();
    assert_eq!(ran.stdout.lines().next(), Some("nat-gateway: nothing to do."));
    let outcome = sandbox.run(&["start", "nat-gateway", "--yes", "-o", "json"]).ok().outcome();
    assert_eq!((&outcome["result"], &outcome["updated"]), (&"succeeded".into(), &1.into()));
    assert_eq!(power(&sandbox), "Running");
    let outcome =
        sandbox.run(&["start", "nat-gateway/nat-gateway", "--yes", "-o", "json"]).ok().outcome();
    let writes = &outcome["requests"]["write"];
    assert_eq!((&outcome["result"], writes), (&"nothing-to-do".into(), &0.into()));
    sandbox.run(&["plan", "nat-gateway", "--exit-code"]).ok();
}

#[test]
fn nobody_to_ask_is_refused_and_nothing_to_switch_is_said() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.run(&["stop", "demo"]).exits(4);
    assert_eq!(power(&sandbox), "Running");
    let ran = sandbox.run(&["stop", "nowhere", "--yes"]).exits(1);
    assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
}

#[test]
fn what_a_stopped_cluster_refuses_points_to_start() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    sandbox.run(&["stop", "demo", "--yes"]).ok();
    let more = ["--set", "metadata.tags.team=x"];
    let ran = sandbox.run(&[&["plan", "kubenet"][..], &more].concat()).ok();
    assert!(ran.stdout.contains("akstool start kubenet"), "{}", ran.stdout);
    let before = sandbox.store();
    let ran = sandbox.run(&[&["up", "kubenet", "--yes"][..], &more].concat()).exits(1);
    assert!(ran.stderr.contains("Cluster `demo` is stopped"), "{}", ran.stderr);
    assert_eq!(sandbox.store(), before, "a tag is no reason to begin");
    let up = [&["up", "kubenet", "--yes", "--no-preflight"][..], &more].concat();
    let ran = sandbox.run(&up).exits(1);
    assert!(ran.stderr.contains("akstool start demo"), "{}", ran.stderr);
    sandbox.run(&["start", "demo", "--yes"]).ok();
    sandbox.run(&[&["up", "kubenet", "--yes"][..], &more].concat()).ok();
}
