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
fn no_output_of_a_scenario_holds_one() {
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

/// How Azure, a proxy or a provider may put a secret into words.
const SAID: &[&str] = &[
    r#"{"client_secret":"planted","x":1}"#,
    r#"{\"password\":\"planted\"}"#,
    "password: planted was refused",
    "Password = planted is wrong",
    "'accessToken': 'planted'",
    "client-key-data: planted",
    "apikey=planted, api-key: planted",
    "Endpoint=sb://x/;SharedAccessKeyName=r;SharedAccessKey=planted=;EntityPath=x",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=planted==",
    "see https://a.blob.core.windows.net/c?sv=2020&sig=planted%3D&sp=r, please",
    "adminPassword='planted' (token=planted)",
    "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.planted, no",
];

#[test]
fn what_azure_says_is_shown_and_traced_without_them() {
    let sandbox = sandbox();
    let message = SAID.join(" || ");
    let body = serde_json::json!({ "error": { "code": "BadRequest", "message": message } });
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let fault = serde_json::json!({ "method": "PUT", "type": kind, "times": 0,
        "answer": { "status": 400, "body": body } });
    sandbox.write("faults.json", serde_json::json!({ "faults": [fault] }).to_string());
    for output in ["text", "json"] {
        let args = ["up", "kubenet", "--yes", "-vv", "-o", output];
        let more = ["--sim-faults", "faults.json", "--trace", "trace.jsonl"];
        let ran = sandbox.run(&[&args[..], &more].concat()).exits(1);
        assert!((ran.stdout.clone() + &ran.stderr).contains("client-key-data: REDACTED"));
        clean(output, &ran.stdout);
        clean(output, &ran.stderr);
    }
    clean("the trace", &std::fs::read_to_string(sandbox.path("trace.jsonl")).expect("a trace"));
}

#[test]
fn tags_that_hold_one_are_neither_planned_nor_traced_in_the_open() {
    let sandbox = sandbox();
    let tags = |round: u8| {
        [
            format!("metadata.tags.password=planted{round}"),
            format!("metadata.tags.note=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.planted{round}"),
            format!("metadata.tags.conn=AccountName=a;AccountKey=planted{round}=="),
        ]
    };
    let steps: [(&[&str], u8); 6] = [
        (&["plan", "kubenet", "-v"], 1),
        (&["up", "kubenet", "--yes", "-v", "--trace", "trace.jsonl"], 1),
        (&["plan", "kubenet", "-v"], 2),
        (&["plan", "kubenet", "-o", "json"], 2),
        (&["status", "kubenet"], 2),
        (&["status", "kubenet", "-o", "json"], 2),
    ];
    for (step, round) in steps {
        let tags = tags(round);
        let set = tags.iter().flat_map(|tag| ["--set", tag.as_str()]);
        let args: Vec<&str> = step.iter().copied().chain(set).collect();
        let ran = sandbox.run(&args).ok();
        let differs = round == 1 || ran.stdout.contains("tags.password");
        assert!(differs && (ran.stdout.contains("REDACTED") || step[0] == "up"), "{}", ran.stdout);
        clean(&step.join(" "), &ran.stdout);
        clean(&step.join(" "), &ran.stderr);
    }
    clean("the trace", &std::fs::read_to_string(sandbox.path("trace.jsonl")).expect("a trace"));
}
