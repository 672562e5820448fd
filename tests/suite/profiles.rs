//! `akstool profiles` and `akstool schema`.

use crate::support::{Sandbox, package};

#[test]
fn the_list_names_every_profile() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["profiles"]).ok();
    for name in ["kubenet", "azure-cni", "azure-overlay", "existing-vnet"] {
        assert!(ran.stdout.lines().any(|line| line.starts_with(name)), "{name}");
    }
    let list = sandbox.run(&["profiles", "-o", "json"]).ok().json();
    assert_eq!(list["schema"], "akstool.profiles/v1");
    assert_eq!(list["profiles"][0]["name"], "kubenet");
}

#[test]
fn a_printed_profile_is_the_file_and_can_be_used() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["profiles", "kubenet"]).ok();
    let file = std::fs::read_to_string(package().join("profiles/kubenet.yaml")).expect("a profile");
    assert_eq!(ran.stdout, file);
    sandbox.write("mine.yaml", &ran.stdout);
    sandbox.run(&["check", "mine.yaml"]).ok();
    sandbox.run(&["profiles", "no-such"]).exits(2);
}

#[test]
fn a_misspelt_name_gets_the_nearest_one_and_stands_in_the_sentence() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["profiles", "kubenett"]).exits(2);
    assert!(ran.stderr.contains("did you mean `kubenet`?"), "{}", ran.stderr);
    let ran = sandbox.run(&["check", "kubenett"]).exits(2);
    let says = "error: `kubenett` is neither a file nor a built-in profile";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let ran = sandbox.run(&["check", "./nowhere.yaml"]).exits(2);
    assert!(ran.stderr.contains("error: `./nowhere.yaml` cannot be read"), "{}", ran.stderr);
}

#[test]
fn the_schema_is_the_one_that_is_shipped() {
    let printed = Sandbox::new().run(&["schema"]).ok();
    let path = package().join("profiles/akstool.schema.json");
    let shipped = std::fs::read_to_string(path).expect("the shipped schema");
    assert_eq!(printed.stdout, shipped);
}

#[test]
fn every_field_is_explained_and_a_wrong_one_gets_the_nearest() {
    let sandbox = Sandbox::new();
    let text = sandbox.run(&["schema", "network.outbound"]).ok().stdout;
    for part in
        ["a mapping", "How the cluster reaches", "default:", "fields:", "managedIPs", "example:"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = sandbox.run(&["schema", "pools[system].autoscale.max"]).ok().stdout;
    assert!(text.contains("1 to 1000"), "{text}");
    let ran = sandbox.run(&["schema", "network.outbnd"]).exits(2);
    assert!(ran.stderr.contains("`akstool schema network.outbound` is nearest"), "{}", ran.stderr);
    let part = sandbox.run(&["schema", "network.outbound", "-o", "json"]).ok().json();
    assert!(part["properties"]["type"].is_object(), "{part}");
}
