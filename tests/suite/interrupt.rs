//! Ctrl-C in two stages.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command};

use serde_json::Value;

use crate::support::Sandbox;

/// Reads events until one is the beginning of a step on such a type; returns the reader.
fn until(child: &mut Child, kind: &str) -> BufReader<std::process::ChildStdout> {
    let mut reader = BufReader::new(child.stdout.take().expect("standard output"));
    let mut line = String::new();
    while reader.read_line(&mut line).expect("a line") > 0 {
        if line.contains("\"step-started\"") && line.contains(kind) {
            return reader;
        }
        line.clear();
    }
    panic!("no step on {kind} began");
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
        let mut child = sandbox.start(&["up", "kubenet", "--yes", "-o", "json"]);
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
    let reader = until(&mut child, "Microsoft.ContainerService/managedClusters");
    signal(&child, "-INT");
    std::thread::yield_now();
    signal(&child, "-INT");
    let outcome = last(reader);
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{outcome}");
    assert_eq!(outcome["result"], "interrupted");
    let fast = sandbox.run(&["up", "kubenet", "--yes", "-o", "json", "--sim-speed", "5000"]).ok();
    assert_ne!(fast.outcome()["result"], "failed");
}

#[test]
fn time_that_runs_out_leaves_with_a_word() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--timeout", "60s"]).exits(1);
    assert!(ran.stderr.contains("time is up"), "{}", ran.stderr);
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert!(ran.stderr.contains("done"), "{}", ran.stderr);
}
