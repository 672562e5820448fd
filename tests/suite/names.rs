//! What a typed name means, and what a command to paste says.

use crate::support::Sandbox;

/// A sandbox in which a built-in profile's environment stands under a name of its own.
fn named(name: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--name", name, "--yes"]).ok();
    sandbox
}

#[test]
fn a_built_in_profile_means_its_environment() {
    let sandbox = named("demo");
    sandbox.run(&["down", "kubenet", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn an_environment_with_the_name_of_a_profile_is_meant_where_it_stands_alone() {
    let sandbox = named("kubenet");
    sandbox.run(&["down", "kubenet", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn where_both_stand_nothing_is_guessed() {
    let sandbox = named("kubenet");
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let before = sandbox.ids();
    for command in [&["down", "kubenet", "--yes"][..], &["status", "kubenet"]] {
        let ran = sandbox.run(command).exits(2);
        assert!(ran.stderr.contains("`kubenet --name kubenet` the second"), "{}", ran.stderr);
    }
    assert_eq!(sandbox.ids(), before);
    sandbox.run(&["down", "kubenet", "--name", "kubenet", "--yes"]).ok();
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn what_changes_a_profile_is_refused_beside_a_name() {
    let sandbox = named("demo");
    let ran = sandbox.run(&["down", "demo", "--name", "other", "--yes"]).exits(2);
    assert!(ran.stderr.contains("`demo` names an environment"), "{}", ran.stderr);
}

#[test]
fn a_failed_run_is_tried_again_with_the_flags_it_had() {
    let sandbox = Sandbox::new().with("AKSTOOL_CLOUD", "");
    sandbox.write(
        "faults.json",
        r#"{ "faults": [{ "method": "PUT", "path": "*/managedClusters/*",
            "fail": { "code": "AllocationFailed", "message": "no capacity" } }] }"#,
    );
    let args = ["up", "kubenet", "--cloud", "sim", "--name", "zed", "--set", "pools[0].count=3"];
    let more = ["--location", "northeurope", "--yes", "--sim-faults", "faults.json"];
    let ran = sandbox.run(&[&args[..], &more].concat()).exits(1);
    let again = "next: akstool up kubenet --name zed --location northeurope --set 'pools[0].count=3' --cloud sim";
    assert!(ran.stderr.contains(again), "{}", ran.stderr);
}

#[test]
fn a_lifetime_given_anew_counts_from_now_on() {
    let sandbox = Sandbox::new();
    let expires = || -> Vec<String> {
        let tags = sandbox.store().into_iter().map(|one| one["tags"]["akstool-expires"].clone());
        let mut found: Vec<String> =
            tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
        found.sort();
        found.dedup();
        found
    };
    sandbox.run(&["up", "kubenet", "--ttl", "4h", "--yes"]).ok();
    let [first] = &expires()[..] else { panic!("one date: {:?}", expires()) };
    let first = first.clone();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    assert_eq!(expires(), std::slice::from_ref(&first), "a run without it leaves the date alone");
    sandbox.run(&["up", "kubenet", "--ttl", "8h", "--yes"]).ok();
    let [second] = &expires()[..] else { panic!("one date: {:?}", expires()) };
    assert!(*second > first, "{second} after {first}");
}

#[test]
fn a_model_that_is_named_is_held_against_what_stands() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "azure-cni", "--yes"]).ok();
    sandbox.run(&["migrate", "azure-cni", "--to", "overlay", "--yes"]).ok();
    let ran = sandbox.run(&["plan", "azure-cni"]).exits(4);
    assert!(ran.stdout.contains("networkPluginMode: overlay → (not set)"), "{}", ran.stdout);
}

#[test]
fn a_version_that_azure_is_ahead_of_is_told() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "azure-overlay", "--set", "cluster.version=1.34", "--yes"]).ok();
    let older = ["up", "azure-overlay", "--set", "cluster.version=1.33", "--yes"];
    let ran = sandbox.run(&older).ok();
    assert!(ran.stdout.contains("AKS never goes back"), "{}", ran.stdout);
    let newer = ["plan", "azure-overlay", "--set", "cluster.version=1.35"];
    let ran = sandbox.run(&newer).ok();
    assert!(ran.stdout.contains("pools keep their version"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("restarts nodes"), "{}", ran.stdout);
}
