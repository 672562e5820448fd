//! What a failure shows: Azure's code, message and request id, and what to do next.

use serde_json::json;

use crate::support::Sandbox;

/// Runs `up` while the embedded Azure answers one kind of request with an error.
fn with_fault(fault: &serde_json::Value) -> (Sandbox, crate::support::Ran) {
    let sandbox = Sandbox::new();
    sandbox.write("faults.json", fault.to_string());
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--sim-faults", "faults.json"]);
    (sandbox, ran)
}

#[test]
fn a_refused_step_shows_code_message_request_id_and_hint() {
    let message = "A policy says \u{1b}[31mno";
    let body = json!({ "error": { "code": "RequestDisallowedByPolicy", "message": message } });
    let (sandbox, ran) = with_fault(&json!({ "faults": [{
        "method": "PUT",
        "type": "Microsoft.Network/routeTables",
        "times": 0,
        "answer": { "status": 403, "body": body },
    }] }));
    let ran = ran.exits(1);
    assert!(ran.stderr.contains("RequestDisallowedByPolicy"), "{}", ran.stderr);
    assert!(ran.stderr.contains("A policy says"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    assert!(ran.stderr.contains("request id "), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: a policy of the subscription forbids it"), "{}", ran.stderr);
    assert!(ran.stderr.contains("not tried:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("cluster demo"), "{}", ran.stderr);
    let outcome = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]).ok().outcome();
    assert_eq!(outcome["result"], "succeeded");
}

#[test]
fn an_operation_that_fails_part_way_is_told_and_healed_by_the_next_up() {
    let (sandbox, ran) = with_fault(&json!({ "faults": [{
        "method": "PUT",
        "type": "Microsoft.ContainerService/managedClusters",
        "fail": { "code": "SkuNotAvailable", "message": "no such size here", "after": 90 },
    }] }));
    let ran = ran.exits(1);
    assert!(ran.stderr.contains("SkuNotAvailable"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(
            "`akstool doctor kubenet --sim-faults faults.json` shows what is offered to you"
        ),
        "{}",
        ran.stderr
    );
    let outcome = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]).ok().outcome();
    assert_eq!(outcome["result"], "succeeded", "{outcome}");
    let _ = sandbox.run(&["plan", "kubenet", "--exit-code"]).ok();
}

#[test]
fn scripts_read_the_hint_beside_the_failure() {
    let sandbox = Sandbox::new();
    let fault = json!({ "faults": [{ "method": "PUT", "type": "Microsoft.Network/routeTables", "times": 0,
        "answer": { "status": 403, "body": { "error": { "code": "ScopeLocked", "message": "m" } } } }] });
    sandbox.write("faults.json", fault.to_string());
    let args = ["up", "kubenet", "--yes", "-o", "json", "--sim-faults", "faults.json"];
    let outcome = sandbox.run(&args).exits(1).outcome();
    let failure = &outcome["failed"][0];
    assert_eq!(failure["code"], "ScopeLocked");
    assert!(
        failure["hint"].as_str().is_some_and(|hint| hint.starts_with("a lock forbids it")),
        "{failure}"
    );
    assert!(failure["requestId"].is_string() && failure["message"].is_string(), "{failure}");
    assert!(!outcome["notTried"].as_array().expect("a list").is_empty());
}

#[test]
fn a_denial_names_the_policy_that_azure_told_beside_the_message() {
    let info = json!([{ "type": "PolicyViolation", "info": {
        "policyDefinitionDisplayName": "Require a cost centre",
        "policyAssignmentName": "money",
        "policyAssignmentScope": "/subscriptions/s",
    } }]);
    let body = json!({ "error": { "code": "RequestDisallowedByPolicy", "message": "No.",
        "additionalInfo": info } });
    let (_, ran) = with_fault(&json!({ "faults": [{
        "method": "PUT",
        "type": "Microsoft.Network/routeTables",
        "times": 0,
        "answer": { "status": 403, "body": body },
    }] }));
    let ran = ran.exits(1);
    let names =
        "(denied by policy `Require a cost centre`, assignment `money` on `/subscriptions/s`)";
    assert!(ran.stderr.contains(names), "{}", ran.stderr);
}

#[test]
fn a_lost_connection_has_a_code_and_a_hint_of_its_own() {
    let fault = json!({ "faults": [{ "method": "PUT", "type": "Microsoft.Network/virtualNetworks",
        "times": 0, "drop": "before" }] });
    let (_, ran) = with_fault(&fault);
    let ran = ran.exits(1);
    assert!(ran.stderr.contains("ConnectionLost: PUT "), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: check the network and a proxy"), "{}", ran.stderr);
}

#[test]
fn an_answer_that_is_no_resource_is_no_resource_of_another_hand() {
    for (status, what) in [(302, "a redirect"), (200, "a body that is no resource")] {
        let answer = json!({ "status": status });
        let fault = json!({ "faults": [{ "method": "GET", "times": 0, "answer": answer,
            "type": "Microsoft.Network/virtualNetworks" }] });
        let (sandbox, ran) = with_fault(&fault);
        let ran = ran.exits(1);
        assert!(ran.stderr.contains(what), "{}", ran.stderr);
        assert!(ran.stderr.contains("HTTPS_PROXY"), "{}", ran.stderr);
        assert!(sandbox.ids().is_empty());
    }
}
