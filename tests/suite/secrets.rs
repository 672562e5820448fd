//! Secrets that were planted turn up nowhere.

use crate::support::Sandbox;

/// What is planted: in the environment, and wherever a profile can be made to hold it.
const PLANTED: &str = "planted-Zq8Q~secret.value-1234567890";

fn sandbox() -> Sandbox {
    let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwbGFudGVkIn0.planted-signature";
    Sandbox::new()
        .with("AZURE_CLIENT_SECRET", PLANTED)
        .with("AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111")
        .with("AZURE_CLIENT_ID", "22222222-2222-2222-2222-222222222222")
        .with("ACTIONS_ID_TOKEN_REQUEST_TOKEN", PLANTED)
        .with("SYSTEM_ACCESSTOKEN", token)
        .with("AZURE_AUTHORITY_HOST", "https://127.0.0.1:9")
}

fn clean(what: &str, text: &str) {
    assert!(!text.contains("planted"), "{what} holds a secret:\n{text}");
}

#[test]
fn no_output_of_a_journey_holds_one() {
    let sandbox = sandbox();
    let steps: [&[&str]; 8] = [
        &["plan", "kubenet", "-v"],
        &["up", "kubenet", "--yes", "-v"],
        &["up", "kubenet", "--yes", "-o", "json"],
        &["status", "kubenet"],
        &["status", "demo", "-o", "json"],
        &["plan", "kubenet", "--set", "network.plugin=azure", "-o", "json"],
        &["sim", "show", "-o", "json"],
        &["down", "demo", "--yes", "-o", "json"],
    ];
    for step in steps {
        let ran = sandbox.run(&[step, &["--trace", "trace.jsonl"]].concat());
        clean(&step.join(" "), &ran.stdout);
        clean(&step.join(" "), &ran.stderr);
    }
    let trace = std::fs::read_to_string(sandbox.path("trace.jsonl")).expect("a trace");
    assert!(trace.contains("REDACTED"), "tokens are replaced");
    clean("the trace", &trace);
    clean("the state file", &std::fs::read_to_string(sandbox.state()).expect("a state file"));
}

#[test]
fn a_login_that_fails_does_not_show_what_it_was_tried_with() {
    let sandbox = sandbox().with("AKSTOOL_CLOUD", "");
    let id = "00000000-0000-0000-0000-000000000001";
    let endpoint = "https://127.0.0.1:9";
    let args = [
        "plan",
        "kubenet",
        "--subscription",
        id,
        "--arm-endpoint",
        endpoint,
        "-v",
        "--timeout",
        "20s",
    ];
    let ran = sandbox.run(&[&args[..], &["--trace", "trace.jsonl"]].concat()).exits(1);
    clean("standard error", &ran.stderr);
    clean("standard output", &ran.stdout);
    clean("the trace", &std::fs::read_to_string(sandbox.path("trace.jsonl")).unwrap_or_default());
}
