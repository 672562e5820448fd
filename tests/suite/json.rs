//! What others wrote into a resource survives a read and a write back, however deep it lies and
//! however large a number it is; what no stack holds is an error.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const WORKSPACE: &str =
    "/resourceGroups/demo/providers/Microsoft.OperationalInsights/workspaces/logs";
const API: &str = "2025-07-01";

/// The profile with a resource of its own, kept for so many days.
fn write(sandbox: &Sandbox, days: u32) {
    let profile = sandbox.run(&["profiles", "azure-overlay"]).ok().stdout;
    let logs = format!(
        "resources:\n  - name: logs\n    type: Microsoft.OperationalInsights/workspaces\n    apiVersion: \
         \"{API}\"\n    body: {{ location: westeurope, properties: {{ retentionInDays: {days} }} }}\n"
    );
    sandbox.write("logs.yaml", profile + &logs);
}

fn nested(levels: usize, inner: &str) -> String {
    format!("{}{inner}{}", r#"{"a":["#.repeat(levels / 2), "]}".repeat(levels / 2))
}

fn shown(sandbox: &Sandbox) -> String {
    sandbox.run(&["sim", "show", "-o", "json"]).ok().stdout.split_whitespace().collect()
}

#[test]
fn deep_documents_and_long_numbers_of_another_hand_survive_a_change() {
    let sandbox = Sandbox::new();
    write(&sandbox, 30);
    let up = ["up", "logs.yaml", "--name", "demo", "--yes"];
    sandbox.run(&up).ok();
    let all = sandbox.store();
    let is_it = |one: &&Value| one["id"].as_str().is_some_and(|id| id.ends_with("workspaces/logs"));
    let mut body = all.iter().find(is_it).expect("a workspace").clone();
    let deep = nested(400, "123456789012345678901234567890.12345678901234567890123");
    let huge = "-98765432109876543210987654321e+400";
    body["properties"]["theirs"] = json!("DEEP");
    body["properties"]["theirsToo"] = json!("HUGE");
    let text = body.to_string().replace("\"DEEP\"", &deep).replace("\"HUGE\"", huge);
    sandbox.write("theirs.json", &text);
    let id = format!("{SUBSCRIPTION}{WORKSPACE}");
    let put = ["sim", "put", &id, "--api-version", API, "--body", "theirs.json"];
    sandbox.run(&put).ok();
    let stands = || {
        let all = shown(&sandbox);
        assert!(all.contains(&format!("\"theirs\":{deep}")), "as deep as it was");
        assert!(all.contains(&format!("\"theirsToo\":{huge}")), "as long as it was");
        all
    };
    stands();
    write(&sandbox, 60);
    sandbox.run(&[&up[..], &["--trace", "trace.jsonl"]].concat()).ok();
    assert!(stands().contains("\"retentionInDays\":60"));
    let trace = std::fs::read_to_string(sandbox.path("trace.jsonl")).expect("a trace");
    assert!(trace.contains(&deep) && trace.contains(huge));
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn a_document_that_no_stack_holds_is_an_error() {
    let sandbox = Sandbox::new();
    let deep = nested(100_000, "1");
    sandbox.write("deep.json", &deep);
    let id = format!("{SUBSCRIPTION}/resourceGroups/demo");
    let put = ["sim", "put", &id, "--api-version", "2021-04-01", "--body", "deep.json"];
    let ran = sandbox.run(&put).exits(2);
    assert!(ran.stderr.contains("nested deeper than 512 levels"), "{}", ran.stderr);
    // As an answer of Azure's.
    let answer = json!({ "status": 200, "body": deep });
    let fault = json!({ "method": "GET", "path": "*/resourceGroups/kubenet", "times": 0,
        "answer": answer });
    sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
    let args = ["plan", "kubenet", "--name", "kubenet", "--sim-faults", "faults.json"];
    let ran = sandbox.run(&args).exits(1);
    assert!(ran.stderr.contains("nested deeper than 512 levels"), "{}", ran.stderr);
}
