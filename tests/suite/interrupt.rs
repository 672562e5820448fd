//! Ctrl-C in two stages.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::Sandbox;

/// Reads events until one is the beginning of a step on such a type; returns the reader.
fn until(child: &mut Child, kind: &str) -> BufReader<std::process::ChildStdout> {
    let mut reader = BufReader::new(child.stdout.take().expect("standard output"));
    hear(&mut reader, &["\"step-started\"", kind]);
    reader
}

/// Reads events until one holds all these words.
fn hear(reader: &mut impl BufRead, words: &[&str]) {
    let mut line = String::new();
    while reader.read_line(&mut line).expect("a line") > 0 {
        if words.iter().all(|word| line.contains(word)) {
            return;
        }
        line.clear();
    }
    panic!("nothing said {words:?}");
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
}

fn last(mut reader: BufReader<std::process::ChildStdout>) -> Value {
    let mut rest = String::new();
    reader.read_to_string(&mut rest).expect("the rest");
    serde_json::from_str(rest.lines().last().expect("a last line")).expect("an object")
}

#[test]
fn once_lets_running_operations_finish_and_starts_nothing_new() {
    for name in ["-INT", "-TERM"] {
        let sandbox = Sandbox::at_speed("100");
        // Long enough for the signal to come while it runs.
        let slow = r#"{ "faults": [{ "method": "PUT", "path": "*/demo-vnet", "extend": 200 }] }"#;
        sandbox.write("slow.json", slow);
        let args = ["up", "kubenet", "--yes", "-o", "json", "--sim-faults", "slow.json"];
        let mut child = sandbox.start(&args);
        let reader = until(&mut child, "virtualNetworks");
        signal(&child, name);
        let outcome = last(reader);
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{outcome}");
        assert_eq!(outcome["result"], "interrupted");
        assert!(outcome["notTried"].as_array().is_some_and(|left| !left.is_empty()), "{outcome}");
        assert!(outcome["created"].as_u64().is_some_and(|made| made >= 2), "{outcome}");
    }
}

#[test]
fn twice_leaves_at_once_and_the_next_up_picks_it_up() {
    let sandbox = Sandbox::at_speed("100");
    let mut child = sandbox.start(&["up", "kubenet", "--yes", "-o", "json"]);
    let mut reader = until(&mut child, "Microsoft.ContainerService/managedClusters");
    signal(&child, "-INT");
    hear(&mut reader, &["\"stopping\""]);
    signal(&child, "-INT");
    let outcome = last(reader);
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{outcome}");
    assert_eq!(outcome["result"], "interrupted");
    assert_eq!(outcome["stillRunning"].as_array().map(Vec::len), Some(2), "{outcome}");
    let fast = sandbox.run(&["up", "kubenet", "--yes", "-o", "json", "--sim-speed", "5000"]).ok();
    assert_ne!(fast.outcome()["result"], "failed");
}

#[test]
fn time_that_runs_out_leaves_with_a_word() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--timeout", "60s"]).exits(1);
    assert!(ran.stderr.contains("time is up"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("goes on to its end"), "{}", ran.stderr);
    assert!(ran.stderr.contains("demo: failed, 7 created and 1 failed"), "{}", ran.stderr);
    assert!(ran.stderr.contains("TimedOut: not done when `--timeout` of 1m"), "{}", ran.stderr);
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert!(ran.stdout.contains("done"), "{}", ran.stdout);
}

#[test]
fn time_that_runs_out_is_a_failure_for_scripts_too() {
    let args = ["up", "kubenet", "--yes", "--timeout", "60s", "-o", "json"];
    let ran = Sandbox::new().run(&args).exits(1);
    let (outcome, events) = (ran.outcome(), ran.events());
    assert_eq!(outcome["result"], "failed");
    assert_eq!(outcome["failed"][0]["code"], "TimedOut");
    assert_eq!(outcome["stillRunning"].as_array().map(Vec::len), Some(2), "{outcome}");
    let own = events.iter().find(|event| event["event"] == "environment-outcome");
    assert_eq!(own.expect("an outcome of its own")["result"], "failed");
    assert!(events.iter().all(|event| event["event"] != "stopping"));
}

/// Leaves a cluster that Azure still makes, and a script under which the look after it takes long.
fn left_in_the_making(sandbox: &Sandbox) {
    sandbox.run(&["up", "kubenet", "--yes", "--timeout", "60s", "--sim-speed", "max"]).exits(1);
    let again = r#"{ "faults": [{ "method": "GET", "path": "/subscriptions/*/resources", "nth": 2,
        "delay": 86400 }] }"#;
    sandbox.write("again.json", again);
}

#[test]
fn time_that_runs_out_while_it_is_planned_anew_is_a_failure() {
    let sandbox = Sandbox::new();
    left_in_the_making(&sandbox);
    let args = ["up", "kubenet", "--yes", "--timeout", "20m", "-o", "json"];
    let ran = sandbox.run(&[&args[..], &["--sim-faults", "again.json"]].concat()).exits(1);
    let outcome = ran.outcome();
    assert_eq!(outcome["failed"][0]["code"], "TimedOut", "{outcome}");
    assert_eq!(outcome["seconds"], 1200.0, "{outcome}");
}

#[test]
fn asked_to_stop_while_it_is_planned_anew_it_stops() {
    let sandbox = Sandbox::at_speed("1000");
    left_in_the_making(&sandbox);
    let args = ["up", "kubenet", "--yes", "-o", "json", "--sim-faults", "again.json"];
    let mut child = sandbox.start(&args);
    let mut reader = BufReader::new(child.stdout.take().expect("standard output"));
    hear(&mut reader, &["step-succeeded", "agentPools"]);
    signal(&child, "-INT");
    let outcome = last(reader);
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{outcome}");
    assert_eq!(outcome["result"], "interrupted");
    assert_eq!(outcome["notTried"].as_array().map(Vec::len), Some(2), "{outcome}");
}

#[test]
fn asked_to_stop_during_the_last_work_it_is_done_all_the_same() {
    let sandbox = Sandbox::at_speed("1000");
    let mut child = sandbox.start(&["up", "kubenet", "--yes", "-o", "json"]);
    let reader = until(&mut child, "Microsoft.ContainerService/managedClusters");
    signal(&child, "-INT");
    let outcome = last(reader);
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{outcome}");
    assert_eq!((&outcome["result"], &outcome["created"]), (&"succeeded".into(), &9.into()));
}

#[test]
fn a_profile_that_never_comes_is_given_up() {
    let sandbox = Sandbox::new();
    for command in ["check", "plan", "status"] {
        let mut child = sandbox.command(&[command, "-"]);
        let child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("the binary starts");
        // Half a profile: whoever has read so much listens to signals.
        let mut pipe = child.stdin.take().expect("standard input");
        pipe.write_all(&vec![b'#'; 1 << 17]).expect("somebody reads");
        signal(&child, "-INT");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{command}");
        drop(pipe);
    }
}
