//! Bad input: every case gets its exit code, its reason and what to do; nothing panics.

use crate::support::Sandbox;

/// Runs `up` on a broken profile and demands exit code 2 with Azure not contacted.
fn broken(sandbox: &Sandbox, file: &str, says: &str) {
    let ran = sandbox.run(&["up", file, "--yes", "--trace", "trace.jsonl"]).exits(2);
    assert!(ran.stderr.contains(says), "{file} should say `{says}`:\n{}", ran.stderr);
    assert!(ran.stderr.contains("Azure was not contacted"), "{file}:\n{}", ran.stderr);
    let trace = std::fs::read(sandbox.path("trace.jsonl")).unwrap_or_default();
    assert!(trace.is_empty(), "{file} was sent to Azure");
}

#[test]
fn files_that_are_no_profiles() {
    let sandbox = Sandbox::new();
    sandbox.write("empty.yaml", "");
    sandbox.write("binary.yaml", [0_u8, 159, 146, 150, 255, 1, 2, 3].repeat(100));
    sandbox.write("large.yaml", vec![b'#'; 10 << 20]);
    sandbox.write("list.yaml", "- 1\n- 2\n");
    sandbox.write("duplicate.yaml", "kind: Cluster\nkind: Cluster\n");
    std::fs::create_dir(sandbox.path("folder.yaml")).expect("a folder");
    broken(&sandbox, "empty.yaml", "the file is empty");
    broken(&sandbox, "large.yaml", "a profile has at most");
    broken(&sandbox, "folder.yaml", "is a directory");
    broken(&sandbox, "nowhere.yaml", "cannot be read");
    broken(&sandbox, "binary.yaml", "error:");
    broken(&sandbox, "list.yaml", "error:");
    broken(&sandbox, "duplicate.yaml", "twice");
}

#[test]
fn a_bomb_of_anchors_is_refused_quickly() {
    let sandbox = Sandbox::new();
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (one, next) in ('a'..='y').zip('b'..='z') {
        let list = format!("*{one},").repeat(6);
        bomb = format!("{bomb}{next}: &{next} [{list}]\n");
    }
    sandbox.write("bomb.yaml", bomb);
    broken(&sandbox, "bomb.yaml", "error:");
}

#[cfg(unix)]
#[test]
fn a_file_that_must_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    sandbox.write("closed.yaml", "kind: Cluster\n");
    let path = sandbox.path("closed.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    // Root may read everything; then the file is merely incomplete, which is exit code 2 as well.
    sandbox.run(&["up", "closed.yaml", "--yes"]).exits(2);
}

#[test]
fn every_problem_is_listed() {
    let sandbox = Sandbox::new();
    let profile = "apiVersion: akstool/v1\nkind: Cluster\nmetadata: { name: demo, location: westeurope }\n\
        network: { plugin: kubenet, podCidr: 10.0.0.7/16, serviceCidr: nonsense }\n\
        cluster: { versoin: \"1.34\" }\npools:\n  - { name: UPPER, mode: system, count: -1 }\n";
    sandbox.write("many.yaml", profile);
    let ran = sandbox.run(&["up", "many.yaml", "--yes"]).exits(2);
    for says in ["10.0.0.7/16", "nonsense", "versoin", "UPPER", "count"] {
        assert!(ran.stderr.contains(says), "`{says}` in\n{}", ran.stderr);
    }
}

#[test]
fn overrides_are_checked_as_the_profile_is() {
    let sandbox = Sandbox::new();
    for wrong in
        ["network.plugin=kubnet", "nonsense", "pools[9].count=1", "network.podCidr=1.2.3.4"]
    {
        let ran = sandbox.run(&["up", "kubenet", "--yes", "--set", wrong]).exits(2);
        assert!(ran.stderr.contains("--set"), "{wrong}:\n{}", ran.stderr);
    }
    sandbox.run(&["up", "kubenet", "--yes", "--name", "not a name"]).exits(2);
}

#[test]
fn command_lines_that_cannot_be() {
    let sandbox = Sandbox::new();
    for wrong in [
        &["up"][..],
        &["upp", "kubenet"],
        &["up", "kubenet", "--parallel", "0"],
        &["up", "kubenet", "--sim-speed", "fast"],
        &["up", "kubenet", "--timeout", "soon"],
        &["up", "kubenet", "-q", "-v"],
        &["up", "kubenet", "--subscription", "mine"],
        &["up", "kubenet", "--arm-endpoint", "https://127.0.0.1:1"],
        &["up", "kubenet", "--cloud", "mars"],
        &["up", "kubenet", "--sim-faults", "nowhere.json"],
        &["up", "kubenet", "--trace", "/"],
    ] {
        let ran = sandbox.run(wrong).exits(2);
        assert!(!ran.stderr.is_empty(), "{wrong:?}");
    }
    let ran = sandbox.with("AKSTOOL_CLOUD", "mars").run(&["up", "kubenet"]).exits(2);
    assert!(ran.stderr.contains("AKSTOOL_CLOUD"), "{}", ran.stderr);
}

#[test]
fn a_damaged_state_file_is_told_and_left_as_it_is() {
    for content in ["", "{", "not json", "{\"schema\":999999}", "[]"] {
        let sandbox = Sandbox::new();
        std::fs::write(sandbox.state(), content).expect("a state file");
        for command in [&["up", "kubenet", "--yes"][..], &["sim", "show"], &["sim", "reset"]] {
            let ran = sandbox.run(command).exits(1);
            assert!(ran.stderr.contains("sim.json"), "{content}: {}", ran.stderr);
            assert!(ran.stderr.contains("AKSTOOL_SIM_STATE"), "{content}: {}", ran.stderr);
            let left = std::fs::read_to_string(sandbox.state()).expect("a state file");
            assert_eq!(left, content, "{command:?}");
        }
    }
}

#[test]
fn a_state_file_in_a_place_that_cannot_be_written() {
    let sandbox = Sandbox::new().with("AKSTOOL_SIM_STATE_UNUSED", "");
    std::fs::create_dir(sandbox.state()).expect("a folder in its place");
    let ran = sandbox.run(&["up", "kubenet", "--yes"]).exits(1);
    assert!(ran.stderr.contains("AKSTOOL_SIM_STATE"), "{}", ran.stderr);
}

#[test]
fn without_a_login_every_way_is_named_with_its_reason() {
    let sandbox = Sandbox::new().with("AKSTOOL_CLOUD", "");
    let id = "00000000-0000-0000-0000-000000000001";
    let ran = sandbox.run(&["plan", "kubenet", "--subscription", id]).exits(1);
    assert!(ran.stderr.contains("could not log in"), "{}", ran.stderr);
    assert!(ran.stderr.contains("az login"), "{}", ran.stderr);
}

#[test]
fn without_a_subscription_it_says_how_to_name_one() {
    let ran = Sandbox::new().with("AKSTOOL_CLOUD", "").run(&["plan", "kubenet"]).exits(2);
    assert!(ran.stderr.contains("no subscription is named"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--subscription"), "{}", ran.stderr);
}

#[test]
fn scripts_read_an_outcome_where_there_is_no_way_to_azure() {
    let sandbox = Sandbox::new().with("AKSTOOL_CLOUD", "");
    let outcome = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]).exits(2).outcome();
    assert_eq!(outcome["result"], "failed");
    assert_eq!(outcome["failed"][0]["code"], "SubscriptionNotNamed");
}

#[test]
fn an_unknown_subscription_is_azures_no_with_a_next_step() {
    let sandbox = Sandbox::new();
    sandbox.run(&["plan", "kubenet"]).ok();
    let other = "99999999-9999-9999-9999-999999999999";
    let ran = sandbox.run(&["plan", "kubenet", "--subscription", other]).exits(1);
    assert!(ran.stderr.contains("SubscriptionNotFound"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[test]
fn a_dash_is_standard_input_wherever_a_profile_is_taken() {
    let sandbox = Sandbox::new();
    let profile = sandbox.run(&["profiles", "kubenet"]).ok().stdout;
    for command in ["check", "plan", "network", "status", "doctor", "down"] {
        let ran = sandbox.piped(&[command, "-"], &profile).ok();
        assert!(!ran.stdout.is_empty(), "{command}");
    }
    let ran = sandbox.piped(&["up", "-", "--yes"], &profile).ok();
    assert!(ran.stdout.contains("demo: done"), "{}", ran.stdout);
    let broken = profile.replace("plugin: kubenet", "plugin: kubnet");
    let ran = sandbox.piped(&["plan", "-"], &broken).exits(2);
    assert!(ran.stderr.contains("standard input:"), "{}", ran.stderr);
    let ran = sandbox.piped(&["plan", "-", "-"], &profile).exits(2);
    assert!(ran.stderr.contains("named twice"), "{}", ran.stderr);
}

#[test]
fn a_file_named_as_a_built_in_profile_is_told_apart() {
    let sandbox = Sandbox::new();
    let mine = sandbox.run(&["profiles", "kubenet"]).ok().stdout.replace("demo", "mine");
    sandbox.write("kubenet", mine);
    let ran = sandbox.run(&["plan", "kubenet"]).ok();
    assert!(ran.stdout.contains("Plan for demo"), "{}", ran.stdout);
    assert!(ran.stderr.contains("the file of that name is `./kubenet`"), "{}", ran.stderr);
    let ran = sandbox.run(&["plan", "./kubenet"]).ok();
    assert!(ran.stdout.contains("Plan for mine"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn every_option_that_takes_a_time_or_a_number_says_what_it_takes() {
    let sandbox = Sandbox::new();
    for (args, says) in [
        (["plan", "kubenet", "--timeout", "abc"], "30s, 90m or 2h"),
        (["plan", "kubenet", "--timeout", "90"], "30s, 90m or 2h"),
        (["sim", "serve", "--token-lifetime", "x"], "30s, 90m or 2h"),
        (["sim", "serve", "--revoke-tokens-after", "x"], "30s, 90m or 2h"),
        (["plan", "kubenet", "--parallel", "x"], "from 1 to 1024"),
        (["plan", "kubenet", "--parallel", "0"], "from 1 to 1024"),
        (["up", "kubenet", "--max-failures", "0"], "a whole number from 1"),
        (["plan", "kubenet", "--sim-speed", "fast"], "from 1 to 1000000"),
        (["plan", "kubenet", "--ttl", "soon"], "4h"),
        (["plan", "kubenet", "--timeout", "-1s"], "30s, 90m or 2h"),
        (["plan", "kubenet", "--parallel", "-1"], "from 1 to 1024"),
        (["up", "kubenet", "--max-failures", "-1"], "a whole number from 1"),
        (["plan", "kubenet", "--sim-speed", "-1"], "from 1 to 1000000"),
        (["plan", "kubenet", "--ttl", "-4h"], "4h"),
    ] {
        let ran = sandbox.run(&args).exits(2);
        assert!(ran.stderr.contains(says), "{args:?}\n{}", ran.stderr);
    }
}

#[test]
fn words_of_other_tools_lead_to_the_command_that_does_it() {
    let sandbox = Sandbox::new();
    for (word, command) in [
        ("apply", "akstool up kubenet"),
        ("create", "akstool up kubenet"),
        ("destroy", "akstool down"),
        ("delete", "akstool down"),
        ("validate", "akstool check kubenet"),
        ("diff", "akstool plan kubenet"),
        ("get", "akstool status"),
        ("ls", "akstool list"),
        ("gc", "akstool reap"),
    ] {
        let ran = sandbox.run(&[word, "kubenet"]).exits(2);
        assert!(ran.stderr.contains(command), "{word}\n{}", ran.stderr);
    }
    let ran = sandbox.run(&["sim", "list"]).exits(2);
    assert!(ran.stderr.contains("akstool sim show"), "{}", ran.stderr);
}
