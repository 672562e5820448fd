//! What a release is made of: the version it tells, and the archive that is packed.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::support::Sandbox;

#[test]
fn the_version_says_of_what_it_was_built() {
    let told = Sandbox::new().run(&["--version"]).ok().stdout;
    let number = env!("CARGO_PKG_VERSION");
    assert!(told.starts_with(&format!("akstool {number} (")), "{told}");
    assert!(told.trim_end().ends_with(')'), "{told}");
    assert_eq!(Sandbox::new().run(&["-V"]).ok().stdout, format!("akstool {number}\n"));
}

#[test]
fn an_archive_holds_the_program_its_completions_and_its_manual() {
    let sandbox = Sandbox::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/package");
    // Of the program itself there are a hundred megabytes here; what speaks like it will do.
    let stand_in = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_akstool"));
    sandbox.write("akstool", stand_in);
    let status = Command::new("sh")
        .args([
            "-c",
            "chmod +x akstool && bash \"$0\" x-y-z ./akstool dist && cd dist && tar -xzf *.tar.gz",
        ])
        .arg(script)
        .current_dir(sandbox.path(""))
        .status();
    assert!(status.expect("a shell").success());
    let name = "akstool-x-y-z";
    for file in [
        "akstool",
        "akstool.1",
        "LICENSE",
        "README.md",
        "completions/_akstool",
        "completions/akstool.bash",
        "completions/akstool.fish",
        "completions/_akstool.ps1",
        "completions/akstool.elv",
    ] {
        let path = sandbox.path(&format!("dist/{name}/{file}"));
        assert!(path.metadata().is_ok_and(|found| found.len() > 0), "{file}");
    }
    let sum = std::fs::read_to_string(sandbox.path(&format!("dist/{name}.tar.gz.sha256")));
    assert!(sum.expect("a checksum").ends_with(&format!("  {name}.tar.gz\n")));
}

/// `cargo binstall` and the release workflow speak of the same archives.
#[test]
fn what_is_offered_to_binstall_is_what_the_workflow_makes() {
    let read = |file: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file")
    };
    let (workflow, manifest) = (read(".github/workflows/release.yml"), read("Cargo.toml"));
    let made: Vec<&str> = workflow
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- { target: ")?.split(',').next())
        .collect();
    assert_eq!(made.len(), 5, "{made:?}");
    for line in manifest.lines().filter(|line| line.starts_with("pkg-url")) {
        let archive = line.rsplit('/').next().expect("a file");
        let target = archive.trim_start_matches("akstool-").trim_end_matches(".tar.gz\"");
        let is_any = target.starts_with("{ target }");
        assert!(is_any || made.contains(&target), "{line}");
    }
    for target in made {
        assert!(target.contains("linux") || target.contains("apple") || target.contains("windows"));
    }
}
