//! `akstool check`, and the profiles that come with the program.

use crate::support::Sandbox;

#[test]
fn a_good_profile_can_be_used() {
    let ran = Sandbox::new().run(&["check", "kubenet", "azure-overlay"]).ok();
    assert!(ran.stdout.contains("kubenet: can be used."), "{}", ran.stdout);
    assert!(ran.stdout.contains("azure-overlay: can be used."), "{}", ran.stdout);
}

#[test]
fn every_problem_of_every_profile_comes_at_once() {
    let sandbox = Sandbox::new();
    sandbox.write("one.yaml", "apiVersion: akstool/v1\nkind: Cluster\nmetadata: { nam: x }\n");
    sandbox.write("two.yaml", "kind: 7\n");
    let ran = sandbox.run(&["check", "one.yaml", "two.yaml", "kubenet"]).exits(2);
    assert!(ran.stderr.contains("one.yaml:3:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `name`?"), "{}", ran.stderr);
    assert!(ran.stderr.contains("two.yaml:1:"), "{}", ran.stderr);
    assert!(ran.stdout.contains("kubenet: can be used."), "{}", ran.stdout);
}

#[test]
fn scripts_read_one_object_with_its_schema() {
    let sandbox = Sandbox::new();
    sandbox.write("bad.yaml", "kind: 7\n");
    let found = sandbox.run(&["check", "bad.yaml", "kubenet", "-o", "json"]).exits(2).json();
    assert_eq!(found["schema"], "akstool.check/v1");
    assert_eq!(found["profiles"][0]["valid"], false);
    assert_eq!(found["profiles"][1]["valid"], true);
    assert!(found["profiles"][0]["problems"][0]["what"].is_string());
}
