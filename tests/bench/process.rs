//! Whole processes: the program as people run it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{Figure, median};

const PROGRAM: &str = env!("CARGO_BIN_EXE_akstool");

fn akstool(arguments: &[&str], home: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("AKSTOOL_SIM_STATE", home.join("world.json"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn run(arguments: &[&str], home: &Path) {
    let status = akstool(arguments, home).status().expect("the program starts");
    assert!(status.success(), "akstool {} ended with {status}", arguments.join(" "));
}

/// Returns the most memory that a process held, in MiB, sampled until it ends; 0 where the system
/// does not tell.
pub(super) fn peak_memory(mut child: Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while child.try_wait().expect("the child is ours").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
    }
    peak
}

pub(super) fn figures() -> Vec<Figure> {
    let home = tempfile::tempdir().expect("a folder for the run");
    let home = home.path();
    let up = ["up", "kubenet", "--cloud", "sim", "--sim-speed", "max", "--yes"];
    let version = median(31, || run(&["--version"], home));
    run(&up, home);
    let again = median(31, || run(&up, home));
    let memory = (0..5)
        .map(|_| peak_memory(akstool(&up, home).spawn().expect("the program starts")))
        .fold(0.0, f64::max);
    let size = fs::metadata(PROGRAM).map_or(0, |file| file.len() / 1_048_576);
    let size = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
    vec![
        Figure::millis("akstool --version", version, 10.0),
        Figure::millis("up with nothing to do, embedded Azure", again, 60.0),
        Figure { name: "the same, resident memory", value: memory, bound: 40.0, unit: "MB" },
        Figure { name: "the program", value: size, bound: 25.0, unit: "MB" },
    ]
}
