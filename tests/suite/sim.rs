//! `akstool sim`.

use serde_json::json;

use crate::support::{Ran, SUBSCRIPTION, Sandbox};

#[test]
fn what_another_hand_places_is_shown_and_reset_empties_all() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/hand", "2025-04-01", &json!({ "location": "westeurope" }));
    let shown = sandbox.run(&["sim", "show", "-o", "json"]).ok().json();
    assert_eq!(shown["schema"], "akstool.sim/v1");
    assert_eq!(shown["resources"][0]["id"], format!("{SUBSCRIPTION}/resourceGroups/hand"));
    let table = sandbox.run(&["sim", "show"]).ok();
    assert!(table.stdout.contains("resource group  hand"), "{}", table.stdout);
    sandbox.run(&["sim", "reset"]).ok();
    assert_eq!(sandbox.run(&["sim", "show"]).ok().stdout, "The embedded Azure is empty.\n");
    let reset = sandbox.run(&["sim", "reset", "-o", "json"]).ok().json();
    assert_eq!(reset, json!({ "schema": "akstool.sim/v1", "resources": [] }));
}

#[test]
fn what_azure_refuses_is_refused_with_its_words() {
    let sandbox = Sandbox::new();
    sandbox.write("body.json", "{\"location\":\"westeurope\"}");
    let id =
        format!("{SUBSCRIPTION}/resourceGroups/hand/providers/Microsoft.Network/routeTables/r");
    let put = ["sim", "put", &id, "--api-version", "2025-07-01", "--body", "body.json"];
    let ran = sandbox.run(&put).exits(1);
    assert!(ran.stderr.contains("ResourceGroupNotFound"), "{}", ran.stderr);
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("body.json", "[1, 2");
    let id = format!("{SUBSCRIPTION}/resourceGroups/hand");
    for body in ["body.json", "nowhere.json", "/"] {
        sandbox.run(&["sim", "put", &id, "--api-version", "2025-04-01", "--body", body]).exits(2);
    }
    sandbox.run(&["sim", "put", "nonsense", "--api-version", "1", "--body", "body.json"]).exits(2);
}

#[test]
fn a_state_that_cannot_be_read_is_put_aside_when_asked_and_never_written_over() {
    let sandbox = Sandbox::new();
    for (number, text) in ["{ torn", "{\"schema\":99}"].into_iter().enumerate() {
        sandbox.write("sim.json", text);
        let ran = sandbox.run(&["sim", "reset"]).exits(1);
        assert!(ran.stderr.contains("`akstool sim reset --force`"), "{}", ran.stderr);
        assert_eq!(std::fs::read_to_string(sandbox.state()).expect("the file"), text);

        let ran = sandbox.run(&["sim", "reset", "--force"]).ok();
        let kept = sandbox.path(&format!("sim.json.kept{}", number + 1));
        assert!(ran.stderr.contains(&*kept.to_string_lossy()), "{}", ran.stderr);
        assert_eq!(std::fs::read_to_string(kept).expect("the old file"), text);
        assert_eq!(sandbox.run(&["sim", "show"]).ok().stdout, "The embedded Azure is empty.\n");
    }
}

#[test]
fn a_fault_script_that_cannot_be_used_is_a_wrong_command_line() {
    let sandbox = Sandbox::new();
    sandbox.write("field.json", "{\"faults\": [\n  { \"dealy\": 1 }\n]}");
    sandbox.write("none.json", "{\"faults\": [{ \"delay\": 1 }, { \"method\": \"PUT\" }]}");
    for (file, says) in [
        ("nowhere.json", "No such file"),
        ("field.json", "unknown field `dealy`, expected"),
        ("field.json", "at line 2 column"),
        ("none.json", "`faults[1]` does 0 things"),
    ] {
        let ran = sandbox.run(&["plan", "kubenet", "--sim-faults", file]).exits(2);
        assert!(ran.stderr.contains(&format!("fault script `{file}`: ")), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(!ran.stderr.contains("AKSTOOL_SIM_STATE"), "{}", ran.stderr);
    }
}

#[test]
fn what_one_run_saw_end_has_ended_for_a_run_of_another_speed() {
    let fast = Sandbox::at_speed("2000");
    fast.run(&["up", "azure-overlay", "--yes", "-q"]).ok();
    let status = fast.run(&["status", "azure-overlay", "--sim-speed", "100"]).ok();
    assert!(!status.stdout.contains("Creating"), "{}", status.stdout);
    fast.run(&["down", "azure-overlay", "--yes", "-q"]).ok();
    assert_eq!(fast.run(&["sim", "show"]).ok().stdout, "The embedded Azure is empty.\n");
    for speed in ["1", "max"] {
        let shown = fast.run(&["sim", "show", "--sim-speed", speed]).ok();
        assert_eq!(shown.stdout, "The embedded Azure is empty.\n");
    }
}

#[cfg(unix)]
#[test]
fn the_state_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/hand", "2025-04-01", &json!({ "location": "westeurope" }));
    let mode = std::fs::metadata(sandbox.state()).expect("a state file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_state_or_a_script_that_never_ends_is_refused() {
    let endless = Sandbox::new().with("AKSTOOL_SIM_STATE", "/dev/zero");
    let ran = endless.run(&["status", "demo"]).exits(1);
    assert!(ran.stderr.contains("more than 512 MiB"), "{}", ran.stderr);
    let ran = Sandbox::new().run(&["plan", "kubenet", "--sim-faults", "/dev/zero"]).exits(2);
    assert!(ran.stderr.contains("more than 16 MiB"), "{}", ran.stderr);
}

/// Whatever the limit falls into: the first file, a line in the middle, the end of an operation.
#[cfg(unix)]
#[test]
fn on_a_full_disk_nothing_is_said_to_be_done_that_is_not() {
    for blocks in [1, 2, 7, 15, 24, 31] {
        let sandbox = Sandbox::new();
        let up = sandbox.command(&["up", "azure-overlay", "--yes", "-q"]);
        let mut shell = std::process::Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(up.get_program()).args(up.get_args()).env_clear();
        shell.current_dir(sandbox.path("")).stdin(std::process::Stdio::null());
        shell.envs(up.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ran = Ran::of(&["up"], shell.output().expect("a shell"));
        if ran.code != 0 {
            let ran = ran.exits(1);
            assert!(ran.stderr.contains("sim.json"), "{blocks}: {}", ran.stderr);
            sandbox.run(&["up", "azure-overlay", "--yes", "-q"]).ok();
        }
        sandbox.run(&["plan", "azure-overlay", "--exit-code"]).ok();
    }
}
