//! Many environments at once, under the limits that Azure documents.

use serde_json::Value;

use crate::support::Sandbox;

const PROFILE: &str = include_str!("../../profiles/azure-overlay.yaml");

/// A sandbox with so many profiles, and the command that brings them up.
fn fleet(count: usize) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    sandbox.write("limits.json", r#"{ "limits": "documented" }"#);
    let mut args = Vec::new();
    for number in 0..count {
        let name = format!("env{number}");
        let file = format!("{name}.yaml");
        sandbox.write(&file, PROFILE.replace("name: azure-overlay", &format!("name: {name}")));
        args.push(file);
    }
    (sandbox, args)
}

fn up(sandbox: &Sandbox, profiles: &[String], more: &[&str]) -> (i32, Value) {
    let mut args = vec!["up", "--yes", "-o", "json"];
    args.extend(profiles.iter().map(String::as_str));
    args.extend(more);
    let ran = sandbox.run(&args);
    let last = ran.stdout.lines().last().expect("an outcome").to_owned();
    (ran.code, serde_json::from_str(&last).expect("JSON"))
}

#[test]
fn twenty_take_hardly_longer_than_one_and_nobody_is_told_to_slow_down() {
    let (one, profile) = fleet(1);
    let (code, alone) = up(&one, &profile, &["--sim-faults", "limits.json"]);
    assert_eq!(code, 0, "{alone}");
    let (many, profiles) = fleet(20);
    let (code, together) = up(&many, &profiles, &["--sim-faults", "limits.json"]);
    assert_eq!(code, 0, "{together}");
    assert_eq!(together["requests"]["retried"], 0, "{together}");
    let seconds = |outcome: &Value| outcome["seconds"].as_f64().expect("a time");
    assert!(seconds(&together) < 1.2 * seconds(&alone), "{together} {alone}");
    // A ceiling is a ceiling.
    let (few, profiles) = fleet(4);
    let (code, in_turn) = up(&few, &profiles, &["--parallel", "1"]);
    assert_eq!(code, 0, "{in_turn}");
    assert!(seconds(&in_turn) > 3.5 * seconds(&alone), "{in_turn}");
}

#[test]
fn failures_stay_alone_until_there_are_too_many() {
    let faults = r#"{ "faults": [{ "method": "PUT", "path": "/ENV/", "times": 0,
        "answer": { "status": 400, "body": { "error": { "code": "Bad", "message": "no" } } } }] }"#;
    let (sandbox, profiles) = fleet(6);
    sandbox.write("one.json", faults.replace("/ENV/", "*/resourceGroups/env2"));
    let (code, outcome) = up(&sandbox, &profiles, &["--sim-faults", "one.json"]);
    assert_eq!((code, &outcome["result"]), (1, &Value::from("failed")), "{outcome}");
    assert_eq!(outcome["failed"].as_array().map(Vec::len), Some(1), "{outcome}");
    let groups = |sandbox: &Sandbox| {
        let name = |number: usize| format!("/resourcegroups/env{number}");
        let ids = sandbox.ids();
        (0..6).filter(|number| ids.iter().any(|id| id.ends_with(&name(*number)))).count()
    };
    assert_eq!(groups(&sandbox), 5);
    let (sandbox, profiles) = fleet(6);
    sandbox.write("one.json", faults.replace("/ENV/", "*/resourceGroups/env1"));
    let more = ["--sim-faults", "one.json", "--max-failures", "1", "--parallel", "1"];
    let (code, outcome) = up(&sandbox, &profiles, &more);
    assert_eq!(code, 1, "{outcome}");
    assert_eq!(groups(&sandbox), 1, "{outcome}");
    let not_tried = outcome["notTried"].as_array().expect("a list").iter();
    let late = not_tried.filter(|id| id.as_str().is_some_and(|id| id.ends_with("/env5")));
    assert!(late.count() > 0, "{outcome}");
}
