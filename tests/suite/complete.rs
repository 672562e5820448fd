//! What a shell is offered for the next word; asked as the scripts of `akstool completions` ask.

use std::fs::read;

use serde_json::json;

use crate::support::{Ran, Sandbox};

/// Returns what bash is offered for the last of these words.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = sandbox.command(&[&["--", "akstool"], words].concat());
    command.env("AKSTOOL_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let ran = Ran::of(words, command.output().expect("the program runs")).ok();
    assert_eq!(ran.stderr, "", "{words:?}");
    ran.stdout.lines().filter(|word| !word.starts_with('-')).map(str::to_owned).collect()
}

#[test]
fn profiles_are_offered_files_and_built_in_ones() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("folder")).expect("a folder");
    for file in ["mine.yaml", "kube.json", "notes.txt", "folder/inner.yml"] {
        sandbox.write(file, "");
    }
    assert_eq!(offered(&sandbox, &["up", "mi"]), ["mine.yaml"]);
    assert_eq!(offered(&sandbox, &["plan", "kub"])[..2], ["kube.json", "kubenet"]);
    assert_eq!(offered(&sandbox, &["check", "kubenet", "folder/"]), ["folder/inner.yml"]);
    assert_eq!(offered(&sandbox, &["profiles", "dual"]), ["dual-stack"]);
    assert_eq!(offered(&sandbox, &["up", "no"]), ["node-pools"], "a text is no profile");
}

#[test]
fn environments_are_offered_and_the_embedded_azure_stays_as_it_is() {
    let sandbox = Sandbox::new();
    assert_eq!(offered(&sandbox, &["down", "--cloud", "sim", "dem"]), [""; 0]);
    assert!(!sandbox.state().exists(), "nothing is made by a question");
    sandbox.run(&["up", "kubenet", "--name", "demo-7", "--yes"]).ok();
    let before = read(sandbox.state()).expect("a state");
    for line in [
        &["down", "--cloud", "sim", "dem"][..],
        &["status", "dem"],
        &["--cloud=sim", "stop", "dem"],
        &["kubeconfig", "-o", "json", "dem"],
        &["upgrade", "--to", "latest", "dem"],
    ] {
        assert_eq!(offered(&sandbox, line), ["demo-7"], "{line:?}");
    }
    let after = read(sandbox.state()).expect("a state");
    assert!(after == before, "its time does not go on");
    assert_eq!(offered(&sandbox, &["up", "dem"]), [""; 0], "`up` takes profiles alone");
}

#[test]
fn a_name_that_a_shell_would_run_is_not_offered() {
    let sandbox = Sandbox::new();
    for (at, name) in ["$(reboot)", "a b", "x;y", "line\nbreak", "--yes", "good"].iter().enumerate()
    {
        let id = format!("/resourceGroups/g{at}");
        let body = json!({ "location": "westeurope", "tags": { "akstool-environment": name } });
        sandbox.put(&id, "2021-04-01", &body);
    }
    let standing = |typed: &str| offered(&sandbox, &["down", typed]);
    for typed in ["$", "a b", "x;", "line", "br"] {
        assert_eq!(standing(typed), [""; 0], "{typed}");
    }
    assert_eq!(standing("goo"), ["good"]);
}

#[test]
fn fields_and_forms_are_offered() {
    let sandbox = Sandbox::new();
    assert_eq!(offered(&sandbox, &["schema", "network.outb"]), ["network.outbound"]);
    assert_eq!(offered(&sandbox, &["schema", "pools.vmS"]), ["pools.vmSize"]);
    assert_eq!(offered(&sandbox, &["schema", "--of", "pl"]), ["plan"]);
    assert_eq!(offered(&sandbox, &["schema", "--of", "plan", "steps.del"]), ["steps.deltas"]);
    assert_eq!(offered(&sandbox, &["schema", "nothing.below"]), [""; 0]);
    let set = |typed| offered(&sandbox, &["up", "kubenet", "--set", typed]);
    assert_eq!(set("pools[system].vmS"), ["pools[system].vmSize="]);
    assert_eq!(set("network.outb"), ["network.outbound"]);
}

#[test]
fn each_shell_gets_a_script_that_asks_the_program() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.run(&["completions", shell]).ok().stdout;
        assert!(script.contains("AKSTOOL_COMPLETE"), "{shell}: {script}");
        assert!(!script.contains(env!("CARGO_MANIFEST_DIR")), "{shell} finds it by its name");
    }
}
