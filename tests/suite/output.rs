//! Streams: readers that go away, disks that are full, colour where it is wanted and nowhere else.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{Ran, Sandbox};

#[test]
fn without_a_terminal_there_is_no_colour() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'));
    let ran = sandbox.run(&["status", "demo", "--color", "always"]).ok();
    assert!(ran.stdout.contains('\u{1b}'));
    let ran = sandbox.run(&["status", "demo", "--color", "never"]).ok();
    assert!(!ran.stdout.contains('\u{1b}'));
    let ran = sandbox.run(&["check", "nowhere.yaml"]).exits(2);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_reader_that_went_away_is_no_failure() {
    let sandbox = Sandbox::new();
    for args in [
        &["profiles"][..],
        &["up", "kubenet", "--yes"],
        &["up", "azure-cni", "--yes", "-o", "json"],
    ] {
        let mut child = sandbox.start(args);
        drop(child.stdout.take());
        drop(child.stderr.take());
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{args:?}");
    }
    sandbox.run(&["plan", "kubenet", "--exit-code"]).ok();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_told() {
    let sandbox = Sandbox::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let mut command = sandbox.command(&["profiles"]);
    let output =
        command.stdout(Stdio::from(full)).stderr(Stdio::piped()).output().expect("it runs");
    let ran = Ran::of(&["profiles"], output).exits(1);
    assert!(ran.stderr.contains("cannot write the results"), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_trace_does_not_end_the_run() {
    let ran = Sandbox::new().run(&["up", "kubenet", "--yes", "--trace", "/dev/full"]).ok();
    let warnings: Vec<&str> = ran.stderr.lines().filter(|l| l.contains("/dev/full")).collect();
    let [warning] = warnings[..] else { panic!("one warning:\n{}", ran.stderr) };
    assert!(warning.starts_with("warning: the trace `/dev/full` is incomplete: "), "{warning}");
}

/// Bash's `ulimit -f` counts in KiB and stands for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn a_trace_that_has_no_more_room_ends_with_a_whole_line() {
    let sandbox = Sandbox::new();
    sandbox.write("old.jsonl", "{}\n");
    let args = ["plan", "kubenet", "--trace", "old.jsonl"];
    let command = sandbox.command(&args);
    let mut limited = std::process::Command::new("bash");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 3; exec \"$0\" \"$@\""]);
    limited.arg(command.get_program()).args(command.get_args()).current_dir(sandbox.path("."));
    limited.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = crate::support::Ran::of(&args, limited.output().expect("bash"));
    let ran = ran.ok();
    assert!(ran.stderr.contains("warning: the trace `old.jsonl` is incomplete"), "{}", ran.stderr);
    let trace = std::fs::read_to_string(sandbox.path("old.jsonl")).expect("a trace");
    assert!(trace.ends_with("}\n") && trace.lines().count() > 1, "{trace}");
    for line in trace.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("every line is whole");
    }
}

#[cfg(unix)]
#[test]
fn closed_streams_are_survived() {
    let sandbox = Sandbox::new();
    let binary = env!("CARGO_BIN_EXE_akstool");
    let script = format!("exec {binary} up kubenet --yes --sim-speed max <&- >&- 2>&-");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).current_dir(sandbox.path("")).env("AKSTOOL_CLOUD", "sim");
    shell.env("AKSTOOL_SIM_STATE", sandbox.state()).env("HOME", sandbox.path(""));
    assert_eq!(shell.status().expect("a shell").code(), Some(0));
}

#[test]
fn plans_go_to_standard_output_and_progress_to_standard_error() {
    let ran = Sandbox::new().run(&["up", "kubenet", "--yes"]).ok();
    assert!(ran.stdout.starts_with("Plan for demo:"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("+00:"), "{}", ran.stdout);
    assert!(ran.stderr.contains("+00:00 create resource group demo"), "{}", ran.stderr);
}

#[test]
fn json_is_all_there_is_on_standard_output() {
    let sandbox = Sandbox::new();
    for args in [
        &["up", "kubenet", "--yes", "-o", "json", "-v"][..],
        &["up", "kubenet", "--yes", "-o", "json"],
        &["down", "demo", "--yes", "-o", "json"],
    ] {
        assert!(!sandbox.run(args).ok().events().is_empty());
    }
}

#[test]
fn scripts_read_what_is_wrong_with_a_profile_whatever_the_command() {
    let sandbox = Sandbox::new();
    sandbox.write("broken.yaml", "apiVersion: akstool/v1\nkind: Cluste\n");
    for args in [
        vec!["up"],
        vec!["plan"],
        vec!["down"],
        vec!["status"],
        vec!["migrate", "--to", "overlay"],
        vec!["network"],
        vec!["doctor"],
    ] {
        let args = [args, vec!["broken.yaml", "-o", "json"]].concat();
        let outcome = sandbox.run(&args).exits(2).outcome();
        let failed = outcome["failed"].as_array().expect("what failed");
        assert_eq!(failed[0]["id"], "broken.yaml", "{args:?}");
        let says = |one: &Value| one["message"].as_str().is_some_and(|m| m.contains("Cluste"));
        assert!(failed.iter().any(says), "{args:?}: {outcome}");
    }
    for args in [vec!["plan", "-o", "json"], vec!["plan", "kubenet", "--nonsense", "--output=json"]]
    {
        let outcome = sandbox.run(&args).exits(2).outcome();
        assert_eq!(outcome["failed"][0]["code"], "InvalidCommandLine", "{args:?}: {outcome}");
    }
}

#[test]
fn a_locale_that_is_not_of_utf_8_gets_ascii() {
    let sandbox = Sandbox::new().with("LC_ALL", "C").with("LANG", "de_DE.UTF-8");
    for args in [
        vec!["network", "azure-overlay"],
        vec!["plan", "kubenet", "-v"],
        vec!["up", "kubenet", "--yes"],
        vec!["plan", "kubenet", "--set", "pools[system].count=3"],
        vec!["status", "kubenet"],
        vec!["doctor", "kubenet"],
        vec!["down", "kubenet", "--yes"],
    ] {
        let ran = sandbox.run(&args);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.is_ascii() && !said.contains('?'), "{args:?}\n{said}");
    }
}
