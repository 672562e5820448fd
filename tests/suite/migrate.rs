//! `akstool migrate`.

use serde_json::{Value, json};

use crate::support::Sandbox;

const OVERLAY: [&str; 4] = ["--set", "network.plugin=azure", "--set", "network.mode=overlay"];
const CILIUM: [&str; 2] = ["--set", "network.dataplane=cilium"];

fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

/// A sandbox in which a profile is up.
fn up(profile: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", profile, "--yes"]).ok();
    sandbox
}

fn network_profile(sandbox: &Sandbox) -> Value {
    let store = sandbox.store();
    let clusters =
        store.iter().filter(|resource| resource["properties"]["networkProfile"].is_object());
    clusters
        .map(|cluster| cluster["properties"]["networkProfile"].clone())
        .next()
        .expect("a cluster")
}

#[test]
fn kubenet_goes_to_overlay_by_name_and_the_changed_profile_has_nothing_to_do() {
    let sandbox = up("kubenet");
    let ran = sandbox.run(&["migrate", "demo", "--to", "overlay", "--yes"]).ok();
    assert!(ran.stdout.contains("is reimaged at once, and every pod restarts"), "{}", ran.stdout);
    assert!(ran.stdout.contains("demo-routes"), "{}", ran.stdout);
    assert_eq!(network_profile(&sandbox)["networkPluginMode"], "overlay");
    assert!(sandbox.ids().iter().all(|id| !id.contains("routetables")), "{:?}", sandbox.ids());
    sandbox.run(&with(&["plan", "kubenet", "--exit-code"], &OVERLAY)).ok();
    let again =
        sandbox.run(&with(&["up", "kubenet", "--yes", "-o", "json"], &OVERLAY)).ok().outcome();
    assert_eq!(
        (&again["result"], &again["requests"]["write"]),
        (&"nothing-to-do".into(), &0.into())
    );
    let again = sandbox.run(&["migrate", "demo", "--to", "overlay", "--yes"]).ok();
    assert_eq!(again.stdout.lines().next(), Some("demo: nothing to do."));
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn a_lock_on_what_kubenet_leaves_is_met_before_the_first_node_is_reimaged() {
    let sandbox = up("kubenet");
    let lock = "/resourceGroups/demo/providers/Microsoft.Network/routeTables/demo-routes/\
        providers/Microsoft.Authorization/locks/keep";
    sandbox.put(lock, "2020-05-01", &json!({ "properties": { "level": "CanNotDelete" } }));
    let migrate = ["migrate", "demo", "--to", "overlay", "--yes", "-o", "json"];
    let outcome = sandbox.run(&migrate).exits(1).outcome();
    assert_eq!(outcome["failed"][0]["code"], "ScopeLocked", "{outcome:#}");
    assert_eq!(outcome["requests"]["write"], 0, "{outcome:#}");
    let all_the_same = sandbox.run(&with(&migrate, &["--no-preflight"])).exits(1).outcome();
    assert_ne!(all_the_same["requests"]["write"], 0, "Azure itself was asked");
    assert_eq!(network_profile(&sandbox)["networkPluginMode"], "overlay");
}

#[test]
fn overlay_goes_to_cilium_and_the_changed_profile_has_nothing_to_do() {
    let sandbox = up("azure-overlay");
    let changed = with(&["plan", "azure-overlay", "--exit-code"], &CILIUM);
    let refused = sandbox.run(&changed).exits(4);
    assert!(refused.stdout.contains("--to cilium` does it in place"), "{}", refused.stdout);
    sandbox.run(&["migrate", "azure-overlay", "--to", "cilium", "--yes"]).ok();
    assert_eq!(network_profile(&sandbox)["networkDataplane"], "cilium");
    assert_eq!(network_profile(&sandbox)["networkPolicy"], "cilium");
    sandbox.run(&changed).ok();
    let again = sandbox.run(&with(&["up", "azure-overlay", "--yes", "-o", "json"], &CILIUM)).ok();
    assert_eq!(again.outcome()["requests"]["write"], 0);
}

#[test]
fn node_subnet_goes_to_overlay_from_its_profile() {
    let sandbox = up("azure-cni");
    let ran = sandbox.run(&["migrate", "azure-cni", "--to", "overlay", "--yes"]).ok();
    assert!(
        ran.stdout.contains("the profile falls behind: write `mode: overlay`"),
        "{}",
        ran.stdout
    );
    let changed = ["plan", "azure-cni", "--exit-code", "--set", "network.mode=overlay"];
    sandbox.run(&changed).ok();
}

#[test]
fn a_changed_profile_is_pointed_to_the_migration_with_its_price() {
    let sandbox = up("kubenet");
    let before = sandbox.store();
    let ran = sandbox.run(&with(&["up", "kubenet", "--yes"], &OVERLAY)).exits(4);
    assert!(ran.stdout.contains("`akstool migrate demo --to overlay`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("all 2 nodes are reimaged at the same time"), "{}", ran.stdout);
    assert_eq!(sandbox.store(), before);
}

#[test]
fn one_word_from_kubenet_to_azure_says_what_it_means() {
    let sandbox = up("kubenet");
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--set", "network.plugin=azure"]).exits(4);
    for said in [
        "AKS cannot do it in place",
        "nodes and pods take 62 of 251 free in `nodes`",
        "all 2 nodes are made anew",
        "the route table has no more use",
        "overlay is reached in place",
    ] {
        assert!(ran.stdout.contains(said), "{said}\n{}", ran.stdout);
    }
}

#[test]
fn what_stands_in_the_way_is_told_and_nothing_is_changed() {
    let sandbox = up("kubenet");
    let before = sandbox.store();
    let ran = sandbox.run(&["migrate", "demo", "--to", "cilium", "--yes"]).exits(4);
    let said = "AKS does not move from kubenet to Cilium in one operation";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("`akstool migrate demo --to overlay`"), "{}", ran.stdout);
    assert_eq!(sandbox.store(), before);

    let sandbox = up("azure-overlay-calico");
    let ran = sandbox.run(&["migrate", "azure-overlay-calico", "--to", "cilium", "--yes"]).ok();
    assert!(ran.stdout.contains("`calico` is uninstalled"), "{}", ran.stdout);

    let sandbox = up("azure-pod-subnet");
    sandbox.run(&["migrate", "azure-pod-subnet", "--to", "overlay", "--yes"]).exits(4);
}

#[test]
fn a_migration_is_asked_about_like_any_other_change() {
    let sandbox = up("kubenet");
    let ran = sandbox.run(&["migrate", "demo", "--to", "overlay"]).exits(4);
    assert!(ran.stderr.contains("`--yes`"), "{}", ran.stderr);
    assert_eq!(network_profile(&sandbox)["networkPlugin"], "kubenet");
}

#[test]
fn json_tells_a_migration_event_by_event() {
    let sandbox = up("kubenet");
    let ran = sandbox.run(&["migrate", "demo", "--to", "overlay", "--yes", "-o", "json"]).ok();
    let outcome = ran.outcome();
    assert_eq!(outcome["result"], "succeeded");
    assert_eq!((&outcome["updated"], &outcome["deleted"]), (&3.into(), &2.into()), "{outcome}");
    assert_eq!(outcome["failed"], serde_json::json!([]));
    assert!(outcome["seconds"].as_f64().expect("seconds") > 300.0);
}

#[test]
fn an_environment_without_a_cluster_and_a_wrong_target_are_told_apart() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["migrate", "nowhere", "--to", "overlay", "--yes"]).exits(1);
    assert!(ran.stderr.contains("the environment `nowhere` has no cluster"), "{}", ran.stderr);
    sandbox.run(&["migrate", "nowhere", "--to", "kubenet"]).exits(2);
    sandbox.run(&["migrate", "nowhere"]).exits(2);
}

#[test]
fn by_name_it_says_what_to_write_and_writes_it_when_asked() {
    let sandbox = Sandbox::new();
    let before = sandbox.run(&["profiles", "kubenet"]).ok().stdout;
    sandbox.write("mine.yaml", &before);
    let _ = sandbox.run(&["up", "mine.yaml", "--yes"]).ok();
    let _ = sandbox.run(&["up", "nat-gateway", "--yes"]).ok();
    let migrate = ["migrate", "demo", "--to", "overlay", "--yes"];
    sandbox.write("other.yaml", before.replace("name: demo", "name: else"));
    let ran = sandbox.run(&[&migrate[..], &["--edit", "other.yaml"]].concat()).exits(2);
    assert!(ran.stderr.contains("the profile of the environment `else`"), "{}", ran.stderr);
    let ran = sandbox.run(&[&migrate[..], &["--edit", "kubenet"]].concat()).exits(2);
    assert!(ran.stderr.contains("`--edit` takes a file"), "{}", ran.stderr);
    let ran = sandbox.run(&[&migrate[..], &["--edit", "mine.yaml"]].concat()).ok();
    let says = "`plugin: azure` and `mode: overlay` is written into `mine.yaml` once it is done";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(ran.stderr.contains("Wrote `plugin: azure`"), "{}", ran.stderr);
    let after = std::fs::read_to_string(sandbox.path("mine.yaml")).expect("the profile");
    assert_eq!(before.matches('#').count(), after.matches('#').count(), "{after}");
    let ran = sandbox.run(&["plan", "mine.yaml", "--exit-code"]).ok();
    assert!(ran.stdout.contains("nothing to do"), "{}", ran.stdout);
    let ran = sandbox.run(&["migrate", "demo", "--to", "cilium"]).exits(4);
    assert!(ran.stdout.contains("write `dataplane: cilium` under `network`"), "{}", ran.stdout);
}
