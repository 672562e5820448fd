//! A thousand environments brought up from nothing, beside the least that it can take.
//!
//! Time is simulated, under the limits that Azure documents: none of it is the machine's.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::Figure;
use super::process::peak_memory;

const PROGRAM: &str = env!("CARGO_BIN_EXE_akstool");
const PROFILE: &str = include_str!("../../profiles/kubenet.yaml");

/// ARM's bucket of writes of a principal, and what comes back in a second
/// (learn.microsoft.com, "Understand how Azure Resource Manager throttles requests").
const WRITES: (f64, f64) = (200.0, 10.0);

/// How many environments.
const MANY: usize = 1_000;

/// A run of so many: its outcome, the seconds it took here, the most memory it held.
fn up(count: usize) -> (Value, f64, f64) {
    let home = tempfile::tempdir().expect("a folder for the run");
    let home = home.path();
    fs::write(home.join("limits.json"), r#"{ "limits": "documented" }"#).expect("a script");
    let profiles = home.join("profiles");
    fs::create_dir(&profiles).expect("a folder for the profiles");
    for number in 0..count {
        let name = format!("env-{number:04}");
        let text = PROFILE.replacen("name: demo", &format!("name: {name}"), 1);
        fs::write(profiles.join(format!("{name}.yaml")), text).expect("a profile");
    }
    let told = home.join("told");
    let begun = Instant::now();
    let child = Command::new(PROGRAM)
        .args(["up", "profiles", "--yes", "-o", "json", "--cloud", "sim", "--sim-speed", "max"])
        .args(["--sim-faults", "limits.json"])
        .env_clear()
        .current_dir(home)
        .env("HOME", home)
        .env("AKSTOOL_SIM_STATE", home.join("world"))
        .stdin(Stdio::null())
        .stdout(File::create(&told).expect("a file for what is told"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let memory = peak_memory(child);
    let took = begun.elapsed().as_secs_f64();
    let told = fs::read_to_string(told).expect("what was told");
    let last = told.lines().last().unwrap_or_default();
    let outcome: Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(outcome["result"], "succeeded", "{outcome}");
    (outcome, took, memory)
}

pub(super) fn figures() -> Vec<Figure> {
    let (alone, ..) = up(1);
    let (outcome, took, memory) = up(MANY);
    let number = |outcome: &Value, at: &str| outcome.pointer(at).and_then(Value::as_f64);
    let seconds = |outcome: &Value| number(outcome, "/seconds").unwrap_or_default();
    let writes = number(&outcome, "/requests/write").unwrap_or_default();
    let retried = number(&outcome, "/requests/retried").unwrap_or(f64::MAX);
    // The last write of all is behind every other, and one environment's chain takes its time.
    let (bucket, per_second) = WRITES;
    let bound = 1.1 * ((writes - bucket) / per_second + seconds(&alone));
    let figure = |name, value, bound, unit| Figure { name, value, bound, unit };
    vec![
        figure("up of 1,000, simulated time; 1.1 times the least", seconds(&outcome), bound, "s"),
        figure("its requests that were refused for their number", retried, 0.0, ""),
        figure("its real time", took, 60.0, "s"),
        figure("its resident memory", memory, 150.0, "MB"),
    ]
}
