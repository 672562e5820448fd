//! Advice can be pasted as it stands: values filled in, and nothing that leads nowhere.

use serde_json::json;

use crate::support::Sandbox;

const OVERLAY: [&str; 4] = ["--set", "network.plugin=azure", "--set", "network.mode=overlay"];

#[test]
fn hints_name_the_environment_the_profile_and_the_azure_that_are_meant() {
    let sandbox = Sandbox::new().with("AKSTOOL_CLOUD", "");
    let sim = ["--cloud", "sim"];
    sandbox.run(&[&["up", "kubenet", "--yes"], &sim[..]].concat()).ok();
    let ran = sandbox.run(&[&["up", "kubenet", "--yes"], &sim[..], &OVERLAY].concat()).exits(4);
    let hint = "hint: `akstool migrate demo --to overlay --cloud sim` does it in place";
    assert!(ran.stdout.contains(hint), "{}", ran.stdout);
    let ran = sandbox.run(&["status", "demo", "--cloud", "china"]).exits(2);
    assert!(ran.stderr.contains("no subscription is named"), "{}", ran.stderr);
}

#[test]
fn what_to_type_again_holds_what_was_typed() {
    let sandbox = Sandbox::new();
    let args = ["up", "kubenet", "--yes", "--timeout", "60s", "--set", "pools[system].count=3"];
    let ran = sandbox.run(&args).exits(1);
    let next = "next: akstool up kubenet --set 'pools[system].count=3'   tries again";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
}

#[test]
fn nothing_points_at_the_azure_cli_where_it_sees_nothing() {
    for (kind, code) in [
        ("Microsoft.Network/routeTables", "ScopeLocked"),
        ("Microsoft.Network/virtualNetworks", "AuthorizationFailed"),
        ("Microsoft.ContainerService/managedClusters", "SkuNotAvailable"),
        ("Microsoft.ContainerService/managedClusters", "ManagedClusterCountExceedsQuotaLimit"),
    ] {
        let sandbox = Sandbox::new();
        let body = json!({ "error": { "code": code, "message": "m" } });
        let fault = json!({ "faults": [{ "method": "PUT", "type": kind, "times": 0,
            "answer": { "status": 403, "body": body } }] });
        sandbox.write("faults.json", fault.to_string());
        let args = ["up", "kubenet", "--yes", "--sim-faults", "faults.json"];
        let ran = sandbox.run(&args).exits(1);
        assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
        assert!(!ran.stderr.contains("`az "), "{code}: {}", ran.stderr);
    }
    let ran = Sandbox::new().run(&["migrate", "nowhere", "--to", "overlay", "--yes"]).exits(1);
    assert!(ran.stderr.contains("` shows what exists"), "{}", ran.stderr);
}

#[test]
fn a_command_that_is_planned_points_to_what_works_today() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(&["--help"]).ok().stdout;
    let ran = sandbox.run(&["export", "demo"]).exits(2);
    assert!(ran.stderr.contains("`export` is not part of this version"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("`az "), "{}", ran.stderr);
    assert!(!help.contains("\n  export "), "{help}");
    let ran = Sandbox::new().with("AKSTOOL_CLOUD", "").run(&["export", "demo"]).exits(2);
    assert!(ran.stderr.contains("hint: `a"), "{}", ran.stderr);
    let ran = sandbox.run(&["sim", "list"]).exits(2);
    assert!(!ran.stderr.contains("not part of this version"), "{}", ran.stderr);
}

#[test]
fn help_offers_what_does_something_and_the_rest_is_taken_all_the_same() {
    let sandbox = Sandbox::new();
    for command in ["schema", "man", "completions"] {
        let help = sandbox.run(&[command, "--help"]).ok().stdout;
        for option in ["--parallel", "--ttl", "--set", "--cloud", "--timeout"] {
            let offers = |line: &str| line.trim_start().starts_with(option);
            assert!(!help.lines().any(offers), "{command} {option}");
        }
    }
    assert!(sandbox.run(&["up", "--help"]).ok().stdout.contains("--parallel"));
    assert!(!sandbox.run(&["sim", "show", "--help"]).ok().stdout.contains("--parallel"));
    assert!(sandbox.run(&["sim", "serve", "--help"]).ok().stdout.contains("--sim-speed"));
    let everywhere = ["--parallel", "3", "--ttl", "4h", "--set", "a=b", "--timeout", "2h", "-y"];
    for command in ["schema", "profiles", "man"] {
        sandbox.run(&[&[command], &everywhere[..]].concat()).ok();
        sandbox.run(&[&everywhere[..], &[command]].concat()).ok();
    }
}

#[test]
fn twice_verbose_shows_each_request() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["up", "kubenet", "--yes", "-vv"]).ok();
    let put = "201 PUT /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo in ";
    assert!(ran.stderr.contains(put), "{}", ran.stderr);
    let ran = sandbox.run(&["up", "kubenet", "--yes", "-v"]).ok();
    assert!(!ran.stderr.contains(" GET /subscriptions"), "{}", ran.stderr);
}
