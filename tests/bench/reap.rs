//! A thousand environments, listed and reaped: each figure beside the least that it can be.
//!
//! The worlds are copies of one environment that `up` made, so that they are there at once. Time in
//! them is simulated, under the limits that Azure documents: what a run takes follows from the
//! requests it sends and from the longest deletion.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Figure;

const PROGRAM: &str = env!("CARGO_BIN_EXE_akstool");
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// ARM's buckets of a principal, and what comes back in a second: reads and deletions
/// (learn.microsoft.com, "Understand how Azure Resource Manager throttles requests").
const READS: (f64, f64) = (250.0, 25.0);
const DELETIONS: (f64, f64) = (200.0, 10.0);

/// How many environments.
const MANY: usize = 1_000;

fn akstool(home: &Path, world: &str, arguments: &[&str]) -> (Vec<u8>, Duration) {
    let begun = Instant::now();
    let output = Command::new(PROGRAM)
        .args(["--cloud", "sim", "--sim-speed", "max"])
        .args(arguments)
        .env_clear()
        .current_dir(home)
        .env("HOME", home)
        .env("AKSTOOL_SIM_STATE", home.join(world))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "akstool {} ended badly", arguments.join(" "));
    (output.stdout, begun.elapsed())
}

/// Writes a world of so many copies of the environment that another world holds.
fn copies(home: &Path, from: &str, into: &str, count: usize) {
    let text = fs::read_to_string(home.join(from)).expect("the state");
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for (line, _) in text.lines().filter_map(|line| line.split_once('\t')) {
        let line: Value = serde_json::from_str(line).expect("a line holds JSON");
        for one in line["put"].as_array().into_iter().flatten() {
            all.insert(one["id"].as_str().expect("an id").to_owned(), one.clone());
        }
    }
    let principals: Vec<String> = all
        .values()
        .filter_map(|one| {
            one.pointer("/body/properties/principalId")
                .or_else(|| one.pointer("/properties/principalId"))
        })
        .filter_map(|id| Some(id.as_str()?.to_owned()))
        .collect();
    let mut resources = Vec::new();
    for number in 0..count {
        for one in all.values() {
            let mut text = one.to_string().replace("demo", &format!("env-{number:04}"));
            for principal in &principals {
                let own = format!("{}{:012x}", &principal[..24], number + 1);
                text = text.replace(principal, &own);
            }
            resources.push(serde_json::from_str::<Value>(&text).expect("a copy is JSON"));
        }
    }
    // A file of schema 1 is one document; the program makes a journal of it.
    let now = 1_767_225_600_000_u64;
    let state = json!({ "schema": 1, "generation": 1, "savedAt": now, "now": now,
        "subscription": SUBSCRIPTION, "seed": 0, "counter": 1_000_000, "operations": [],
        "resources": resources });
    fs::write(home.join(into), state.to_string()).expect("the state");
}

/// Lists a world; returns how long that took and how many requests.
fn list(home: &Path, world: &str) -> (Duration, usize) {
    akstool(home, world, &["list"]);
    let trace = format!("{world}.trace");
    let (_, took) = akstool(home, world, &["list", "-o", "json", "--trace", &trace]);
    let traced = fs::read_to_string(home.join(trace)).expect("the trace");
    (took, traced.lines().count())
}

/// Reaps a world; returns the seconds that passed in it, and its requests: reads, polls, writes.
fn reap(home: &Path, world: &str) -> (f64, [f64; 3]) {
    let all = ["reap", "--yes", "-o", "json", "--older-than", "0s", "--sim-faults", "limits.json"];
    let (out, _) = akstool(home, world, &all);
    let text = String::from_utf8(out).expect("UTF-8");
    let last: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).expect("JSON");
    let number = |name: &str| last["requests"][name].as_f64().unwrap_or_default();
    (last["seconds"].as_f64().unwrap_or_default(), ["read", "poll", "write"].map(number))
}

/// The least time that a bucket lets so many calls pass in.
fn least(calls: f64, (bucket, per_second): (f64, f64)) -> f64 {
    ((calls - bucket) / per_second).max(0.0)
}

pub(super) fn figures() -> Vec<Figure> {
    let home = tempfile::tempdir().expect("a folder for the worlds");
    let home = home.path();
    fs::write(home.join("limits.json"), r#"{ "limits": "documented" }"#).expect("a script");
    akstool(home, "one", &["up", "kubenet", "--yes"]);
    copies(home, "one", "ten", 10);
    copies(home, "one", "many", MANY);
    let ((_, few), (took, requests)) = (list(home, "ten"), list(home, "many"));
    let (alone, _) = reap(home, "one");
    let (seconds, [read, poll, write]) = reap(home, "many");
    // No two environments share a deletion, and the last begins when its turn has come.
    let bound = least(read + poll, READS).max(least(write, DELETIONS)) + alone;
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    vec![
        Figure::millis("list of 1,000 environments", took, 2_000.0),
        Figure { name: "its requests", value: count(requests), bound: count(few + 5), unit: "" },
        Figure { name: "reap of 1,000, simulated time", value: seconds, bound, unit: "s" },
        Figure {
            name: "the same, had only deletions a limit",
            value: seconds,
            bound: least(write, DELETIONS) + alone,
            unit: "s",
        },
    ]
}
