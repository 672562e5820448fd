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

#[test]
fn what_does_not_fit_is_told_once_and_the_range_advised_lasts() {
    let small = ["check", "azure-pod-subnet", "--set", "network.subnets.pods.cidr=10.10.16.0/28"];
    let ran = Sandbox::new().run(&small).exits(2);
    assert!(ran.stderr.contains("a /23 would do"), "{}", ran.stderr);
    let tight = ["check", "azure-pod-subnet", "--set", "network.subnets.pods.cidr=10.10.16.0/26"];
    let ran = Sandbox::new().run(&tight).ok();
    assert_eq!(ran.stdout.matches("too few").count(), 1, "{}", ran.stdout);
    assert!(!ran.stdout.contains("is short of"), "{}", ran.stdout);
    let once = "Does not fit once nodes are full of pods: room for 0 of 2 nodes";
    assert!(ran.stdout.contains(once), "{}", ran.stdout);
    let right = ["check", "azure-pod-subnet", "--set", "network.subnets.pods.cidr=10.10.2.0/23"];
    assert!(Sandbox::new().run(&right).ok().stdout.contains("Grows to 2 nodes"));
}
