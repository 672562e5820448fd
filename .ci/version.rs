//! Says what `--version` says beside the number: the commit that a release is made of.
//!
//! A debug build carries none, so that a commit alone does not compile the crate anew.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "that is how a build script speaks with cargo"
)]

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=AKSTOOL_COMMIT");
    let number = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let named = std::env::var("AKSTOOL_COMMIT").ok().filter(|commit| !commit.is_empty());
    let of = named.or_else(|| if is_release { commit() } else { Some("debug build".to_owned()) });
    let version = of.map_or_else(|| number.clone(), |of| format!("{number} ({of})"));
    println!("cargo::rustc-env=AKSTOOL_VERSION={version}");
}

/// The commit and its day, where this is a checkout and git is there.
fn commit() -> Option<String> {
    for path in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", path]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["log", "-1", "--format=%h %cs"])
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
