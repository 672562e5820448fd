//! Calls that Azure did although the connection dropped before its answer.

use serde_json::{Value, json};

use crate::support::Sandbox;

const CLUSTER: &str = "Microsoft.ContainerService/managedClusters";

/// The first call that matches takes effect and its answer is lost; the second is refused, as the
/// resource is no longer as it was read.
fn lost_and_refused(method: &str, kind: &str) -> String {
    let body = json!({ "error": { "code": "PreconditionFailed", "message": "not as it was" } });
    json!({ "faults": [
        { "method": method, "type": kind, "drop": "after" },
        { "method": method, "type": kind, "nth": 2, "answer": { "status": 412, "body": body } },
    ] })
    .to_string()
}

#[test]
fn a_deletion_whose_answer_was_lost_is_followed_until_it_is_gone() {
    for kind in [CLUSTER, "Microsoft.ManagedIdentity/userAssignedIdentities"] {
        let sandbox = Sandbox::new();
        sandbox.run(&["up", "kubenet", "--yes"]).ok();
        sandbox.write("faults.json", lost_and_refused("DELETE", kind));
        let args = ["down", "demo", "--yes", "-o", "json", "--sim-faults", "faults.json"];
        let ran = sandbox.run(&args).ok();
        assert_eq!(ran.outcome()["result"], "succeeded");
        assert_eq!(sandbox.ids(), Vec::<String>::new());
        let of_cluster = |name: &str| {
            let events = ran.events();
            let found = events.into_iter().find(|event| {
                let id = event["id"].as_str().unwrap_or_default();
                event["event"] == name && id.ends_with("managedClusters/demo")
            });
            found.expect("an event of the cluster")
        };
        let seconds = of_cluster("step-succeeded")["seconds"].as_f64().expect("a duration");
        assert!(seconds > 60.0, "a cluster takes its time to go: {seconds}");
    }
}

#[test]
fn what_stands_after_a_refused_deletion_is_left() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let body = json!({ "error": { "code": "PreconditionFailed", "message": "not as it was" } });
    let fault = json!({ "faults": [{ "method": "DELETE", "type": CLUSTER, "times": 0,
        "answer": { "status": 412, "body": body } }] });
    sandbox.write("faults.json", fault.to_string());
    let ran = sandbox.run(&["down", "demo", "--yes", "--sim-faults", "faults.json"]).exits(1);
    assert!(ran.stderr.contains("PreconditionFailed"), "{}", ran.stderr);
    assert!(sandbox.ids().iter().any(|id| id.ends_with("managedclusters/demo")));
}

#[test]
fn a_change_whose_answer_was_lost_is_nobody_elses() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let fault = json!({ "faults": [{ "method": "PUT", "drop": "after",
        "type": "Microsoft.ContainerService/managedClusters/agentPools" }] });
    sandbox.write("faults.json", fault.to_string());
    let args = ["up", "kubenet", "--yes", "-o", "json", "--set", "pools[0].count=4"];
    let ran = sandbox.run(&[&args[..], &["--sim-faults", "faults.json"]].concat()).ok();
    let said: Vec<Value> =
        ran.events().into_iter().map(|mut event| event["notice"].take()).collect();
    let lost = json!("the first answer was lost, and Azure had done it all the same");
    assert!(said.contains(&lost), "{said:?}");
    assert!(!ran.stdout.contains("another run wrote it"), "{}", ran.stdout);
    sandbox.run(&["plan", "kubenet", "--set", "pools[0].count=4", "--exit-code"]).ok();
}
