//! What a reader learns who changed one word.

use serde_json::json;

use super::*;
use crate::arm::id::ResourceId;
use crate::plan::Observation;
use crate::profile::{Overrides, builtin, load};

fn profile(name: &str, sets: &[&str]) -> Profile {
    let text = builtin::find(name).expect("a built-in profile").text;
    let set = sets.iter().map(|set| (*set).to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    load(text.as_bytes(), name, &overrides).unwrap().profile
}

fn explain(profile: &Profile, observed: &Observed) -> Vec<String> {
    let said = super::explain(profile, observed, &Surroundings::default());
    said.iter().map(ToString::to_string).collect()
}

fn standing(plugin: &str, mode: Option<&str>, max_pods: u32) -> Observed {
    let id = ResourceId::resource_group("s", "demo").resource(Cluster::TYPE, "demo");
    let body = json!({ "properties": {
        "networkProfile": { "networkPlugin": plugin, "networkPluginMode": mode },
        "agentPoolProfiles": [{ "name": "system", "count": 2, "maxPods": max_pods }],
    }});
    let resources = [(id, Observation::Present(body))].into();
    Observed { resources, ..Observed::default() }
}

#[test]
fn one_word_from_kubenet_to_azure_is_told_in_addresses_nodes_and_routes() {
    let said =
        explain(&profile("kubenet", &["network.plugin=azure"]), &standing("kubenet", None, 110));
    assert_eq!(
        said,
        [
            "from kubenet to Azure CNI, node subnet: AKS cannot do it in place; the cluster would \
             be deleted and made again, and all that runs on it with it",
            "addresses: nodes and pods take 62 of 251 free in `nodes` (10.10.1.0/24), 93 during an \
             upgrade; now it is 2, one a node",
            "nodes: all 2 nodes are made anew, with at most 30 pods each instead of 110",
            "routes: the route table has no more use; `--prune` takes it off the subnet and deletes \
             it if it is ours",
            "reach: pods have addresses of the network, and peers reach them by these; until now \
             they left under their node's",
            "overlay is reached in place, with the addresses of today and without routes: `akstool \
             migrate demo --to overlay`, and `plugin: azure` with `mode: overlay` in the profile",
        ]
    );
}

#[test]
fn a_subnet_that_is_too_small_is_told_with_the_prefix_that_would_do() {
    let sets = ["network.plugin=azure", "pools[system].count=8"];
    let said = explain(&profile("kubenet", &sets), &standing("kubenet", None, 110));
    assert!(
        said.iter()
            .any(|said| said.contains("too small during an upgrade: short by 28; a /23 would do")),
        "{said:#?}"
    );
}

#[test]
fn a_migration_is_told_with_its_command() {
    let sets = ["network.plugin=azure", "network.mode=overlay"];
    let said = explain(&profile("kubenet", &sets), &standing("kubenet", None, 110));
    assert!(said[0].contains("by `akstool migrate demo --to overlay`"), "{said:#?}");
    assert!(said[0].contains("all 2 nodes are reimaged at the same time"), "{said:#?}");
    assert!(!said.iter().any(|said| said.starts_with("reach:")), "nothing changes there");
}

#[test]
fn a_profile_behind_its_cluster_is_told_what_to_write() {
    let said = explain(&profile("kubenet", &[]), &standing("azure", Some("overlay"), 110));
    assert!(
        said[0].ends_with(
            "write `plugin: azure` and `mode: overlay` under `network`, or the next `up` is refused"
        ),
        "{said:#?}"
    );
}

#[test]
fn nothing_is_said_where_nothing_changes() {
    assert!(explain(&profile("kubenet", &[]), &standing("kubenet", None, 110)).is_empty());
    assert!(explain(&profile("kubenet", &[]), &Observed::default()).is_empty());
}

#[test]
fn only_the_lines_that_differ_are_to_be_changed() {
    let changed = profile("kubenet", &["network.plugin=azure", "network.mode=overlay"]);
    assert_eq!(lines_to_change(Some(&changed), Target::Overlay), None);
    let lines = lines_to_change(None, Target::Overlay).unwrap();
    assert!(lines.contains("write `plugin: azure` and `mode: overlay` under"), "{lines}");
    let lines = lines_to_change(Some(&changed), Target::Cilium).unwrap();
    assert!(lines.contains("write `dataplane: cilium` under"), "{lines}");
}
