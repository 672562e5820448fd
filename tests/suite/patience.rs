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
