//! What scripts read has a schema, and the schema tells the truth. That every answer of every other
//! test is what its schema says, `support` sees to.

use serde_json::{Value, json};

use crate::support::{Sandbox, forms::judge, package};

/// Returns the names of everything that has a schema.
fn names(sandbox: &Sandbox) -> Vec<String> {
    let listed = sandbox.run(&["schema", "--of", "all"]).ok().stdout;
    let rows = listed.lines().skip(1).filter_map(|row| row.split_whitespace().next());
    rows.map(str::to_owned).collect()
}

#[test]
fn every_form_has_a_schema_and_its_line_in_the_readme() {
    let sandbox = Sandbox::new();
    let readme = std::fs::read_to_string(package().join("README.md")).expect("the README");
    let names = names(&sandbox);
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let schema = sandbox.run(&["schema", "--of", &name]).ok().json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("urn:akstool:schema:{name}:v1"));
        assert!(judge(&name, &json!(42)).is_some(), "{name} takes anything");
        assert!(readme.contains(&format!("`{name}`")), "the README does not name {name}");
    }
}

#[test]
fn a_field_of_a_form_is_explained_like_one_of_the_profile() {
    let sandbox = Sandbox::new();
    let told = sandbox.run(&["schema", "--of", "plan", "steps.deltas.cost"]).ok().stdout;
    assert!(told.starts_with("steps[].deltas[].cost  a word\n"), "{told}");
    assert!(told.contains("replaces"), "{told}");
    let wrong = sandbox.run(&["schema", "--of", "faults", "fault.drop"]).exits(2).stderr;
    assert!(wrong.contains("`faults` has no field `fault`"), "{wrong}");
    assert!(wrong.contains("`akstool schema --of faults faults` is nearest"), "{wrong}");
    sandbox.run(&["schema", "--of", "nothing"]).exits(2);
}

/// Every kind of answer, and every ending of a run, is printed at least here.
#[test]
fn every_answer_of_a_life_is_what_its_schema_says() {
    let sandbox = Sandbox::new();
    let json = |args: &[&str], code: i32| {
        sandbox.run(&[args, &["-o", "json"]].concat()).exits(code).json()
    };
    let lines = |args: &[&str], code: i32| {
        let ran = sandbox.run(&[args, &["-o", "json"]].concat()).exits(code);
        ran.outcome()["result"].clone()
    };
    assert_eq!(json(&["plan", "dual-stack"], 0)["schema"], "akstool.plan/v1");
    let traced = ["up", "kubenet", "--yes", "--trace", "trace.jsonl", "--ttl", "4h"];
    assert_eq!(lines(&traced, 0), "succeeded");
    assert_eq!(lines(&["up", "kubenet", "--yes"], 0), "nothing-to-do");
    assert_eq!(lines(&["up", "kubenet"], 0), "nothing-to-do");
    let other = ["--set", "network.plugin=azure"];
    assert_eq!(lines(&[&["up", "kubenet", "--yes"], &other[..]].concat(), 4), "refused");
    json(&[&["plan", "kubenet"], &other[..]].concat(), 4);
    assert_eq!(lines(&["down", "demo"], 4), "refused");
    assert_eq!(lines(&["up", "no-such.yaml"], 2), "failed");
    json(&["status", "demo"], 0);
    json(&["status", "kubenet", "--set", "pools[0].count=3"], 0);
    json(&["status", "nobody"], 0);
    json(&["status", "demo", "--outputs", "json"], 0);
    json(&["list"], 0);
    json(&["check", "kubenet", "azure-cni"], 0);
    sandbox.write("broken.yaml", "apiVersion: akstool/v1\nkind: Cluster\nmetadata: { nam: x }\n");
    json(&["check", "broken.yaml"], 2);
    for profile in ["azure-cni", "azure-pod-subnet", "dual-stack", "hub-spoke", "isolated"] {
        json(&["network", profile, "--compare"], 0);
    }
    json(&["network", "kubenet", "--live"], 0);
    json(&["doctor", "kubenet"], 0);
    json(&["doctor"], 0);
    json(&["kubeconfig", "demo"], 0);
    let ids = sandbox.store();
    let cluster = ids.iter().filter_map(|one| one["id"].as_str());
    let cluster = cluster.filter(|id| id.to_lowercase().contains("/managedclusters/"));
    let cluster = cluster.min_by_key(|id| id.len()).expect("a cluster").to_owned();
    json(&["adopt", &cluster], 0);
    json(&["profiles"], 0);
    json(&["profiles", "kubenet"], 0);
    json(&["sim", "show"], 0);
    assert_eq!(
        lines(&["reap", "--older-than", "1s", "--yes", "--summary", "r.json"], 0),
        "nothing-to-do"
    );
    lines(&["upgrade", "demo", "--yes"], 0);
    lines(&["migrate", "demo", "--to", "overlay", "--yes"], 0);
    lines(&["stop", "demo", "--yes"], 0);
    lines(&["start", "demo", "--yes"], 0);
    lines(&["down", "demo", "--yes", "--no-wait"], 0);
    files_are_what_their_schemas_say(&sandbox);
}

/// Reads what the runs before wrote.
fn files_are_what_their_schemas_say(sandbox: &Sandbox) {
    let read = |name: &str| std::fs::read_to_string(sandbox.path(name)).expect("a file");
    let summary: Value = serde_json::from_str(&read("r.json")).expect("a summary");
    assert_eq!(judge("reap", &summary), None);
    let traced: Vec<Value> = read("trace.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line"))
        .collect();
    assert!(traced.len() > 20, "{}", traced.len());
    for exchange in traced.iter().step_by(7) {
        assert_eq!(judge("trace", exchange), None);
    }
}

#[test]
fn a_script_is_taken_exactly_where_its_schema_takes_it() {
    let sandbox = Sandbox::new();
    let cases = [
        json!({}),
        json!({ "faults": [{ "method": "PUT", "nth": 2, "times": 0, "throttle": 7 }] }),
        json!({ "faults": [{ "type": "x/y", "answer": { "status": 403, "body": "no", "headers": { "a": "b" } } }] }),
        json!({ "faults": [{ "path": "*", "drop": "after" }, { "extend": 5 }, { "delay": 1 }] }),
        json!({ "faults": [{ "fail": { "code": "X", "message": "y", "after": 9 } }] }),
        json!({ "limits": "documented", "propagation": 90, "versions": "any",
            "caller": [{ "role": "Reader" }, { "role": "Owner", "scope": "/subscriptions/s" }] }),
        json!({ "lag": { "resources": 30, "groups": { "new": 20, "gone": 60 }, "types": 0 } }),
        json!({ "faults": [{ "delay": 1, "throttle": null }] }),
        // From here on each is wrong.
        json!({ "faults": [{ "delay": 1, "throttle": 2 }] }),
        json!({ "faults": [{ "method": "PUT" }] }),
        json!({ "faults": [{ "dealy": 1 }] }),
        json!({ "faults": [{ "drop": "during" }] }),
        json!({ "faults": [{ "fail": { "message": "no code" } }] }),
        json!({ "faults": [{ "answer": { "status": "403" } }] }),
        json!({ "limit": "documented" }),
        json!({ "limits": "some" }),
        json!({ "lag": { "list": 3 } }),
        json!({ "lag": { "groups": 9_999 } }),
        json!({ "lag": { "groups": { "new": 9_999 } } }),
        json!({ "propagation": -1 }),
        json!([]),
    ];
    for script in cases {
        sandbox.write("faults.json", script.to_string());
        let ran = sandbox.run(&["list", "--sim-faults", "faults.json"]);
        let says = judge("faults", &script);
        assert_eq!(ran.code == 0, says.is_none(), "{script}\n{}\n{says:?}", ran.stderr);
    }
}
