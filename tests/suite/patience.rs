//! How long is waited where Azure asks for it.

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};

/// What the embedded Azure does to reads of the group.
fn to_group(nth: u64, answer: &Value) -> Value {
    json!({ "method": "GET", "path": "*/resourceGroups/demo", "nth": nth, "answer": answer })
}

fn plan(faults: &[Value]) -> Ran {
    let sandbox = Sandbox::new();
    sandbox.write("faults.json", json!({ "faults": faults }).to_string());
    sandbox.run(&["plan", "kubenet", "--sim-faults", "faults.json"])
}

#[test]
fn a_wait_without_measure_is_a_refusal_and_no_bug() {
    for after in ["18446744073709551615", "99999999999999999999999"] {
        let slow = json!({ "status": 429, "headers": { "Retry-After": after } });
        let ran = plan(&[to_group(1, &json!({ "status": 503 })), to_group(2, &slow)]).exits(1);
        assert!(ran.stderr.contains("429 `TooManyRequests`"), "{}", ran.stderr);
    }
}

#[test]
fn the_hint_names_the_wait_that_azure_gave() {
    let slow = json!({ "status": 429, "headers": { "Retry-After": "7200" } });
    let ran = plan(&[to_group(1, &slow)]).exits(1);
    let hint = "hint: Azure asks to wait 2h: run the same command again after that";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    assert!(!ran.stderr.contains("in a minute"), "{}", ran.stderr);
}

#[test]
fn nobody_waits_for_hours_where_another_fails_at_once() {
    let sandbox = Sandbox::new();
    let fault = json!({ "faults": [
        { "method": "PUT", "type": "Microsoft.Network/routeTables", "throttle": 7200 },
    ] });
    sandbox.write("faults.json", fault.to_string());
    let args = ["up", "kubenet", "--yes", "-o", "json", "--sim-faults", "faults.json"];
    let outcome = sandbox.run(&args).exits(1).outcome();
    let failed = outcome["failed"].as_array().expect("a list");
    assert!(!failed.is_empty());
    for failure in failed {
        let hint = failure["hint"].as_str().unwrap_or_default();
        let waits = ["Azure asks to wait 2h: ", "Azure asks to wait 1h 59m "];
        assert!(waits.iter().any(|wait| hint.starts_with(wait)), "{failure}");
    }
    assert!(outcome["seconds"].as_f64().expect("a duration") < 600.0, "{outcome}");
}
