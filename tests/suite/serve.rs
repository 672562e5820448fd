//! `akstool sim serve`: how it starts and stops. Logging in to it is in `login`.
//!
//! The server and its client are two processes here, so time is real; the simulated one runs at
//! the highest speed.
#![cfg(unix)]

use crate::support::Sandbox;
use crate::support::served::Served;

#[test]
fn it_says_how_to_come_in_and_ends_at_a_signal() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        if signal == "-HUP" && !is_hangup_heeded() {
            continue;
        }
        let served = Served::start(&[]);
        let names: Vec<&String> =
            served.invitation.as_object().expect("an object").keys().collect();
        let wanted = [
            "endpoint",
            "authority",
            "caFile",
            "tenant",
            "subscription",
            "clientId",
            "clientSecret",
            "githubRequestUrl",
            "pipelinesRequestUri",
            "metadataHostname",
            "serviceConnectionId",
        ];
        assert_eq!(names.len(), wanted.len(), "{names:?}");
        assert!(wanted.iter().all(|name| served.invitation[*name].is_string()), "{names:?}");
        let ca = std::path::PathBuf::from(served.told("caFile"));
        assert!(ca.exists());
        served.end(signal);
        assert!(!ca.exists());
    }
}

/// Whether a process started from here ends at SIGHUP, or it cannot be told.
fn is_hangup_heeded() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 0)
}

#[test]
fn it_listens_to_this_machine_only_unless_told_otherwise() {
    let ran = Sandbox::new().run(&["sim", "serve", "--listen", "0.0.0.0:0"]).exits(2);
    assert!(ran.stderr.contains("can be reached from other machines"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--expose"), "{}", ran.stderr);
    let ran = Sandbox::new().run(&["sim", "serve", "--listen", "nowhere"]).exits(2);
    assert!(ran.stderr.contains("no address"), "{}", ran.stderr);
}
