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
    let (sandbox, ran) = with_fault(&json!({ "rules": [{
        "on": { "method": "PUT", "type": "Microsoft.Network/routeTables" },
        "times": 100,
        "do": { "answer": { "status": 403, "body":
            { "error": { "code": "RequestDisallowedByPolicy", "message": message } } } }
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
