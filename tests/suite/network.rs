//! `akstool network`: the address plan, as text, as JSON, as a picture, and against what stands.

use serde_json::json;

use crate::support::{SUBSCRIPTION, Sandbox};

/// A network that another hand made, and the version to put it with.
const VNET: (&str, &str) =
    ("/resourceGroups/shared/providers/Microsoft.Network/virtualNetworks/spoke", "2025-07-01");

fn existing(sandbox: &Sandbox) {
    sandbox.put("/resourceGroups/shared", "2025-04-01", &json!({ "location": "westeurope" }));
    let subnet =
        |name: &str, range: &str| json!({ "name": name, "properties": { "addressPrefix": range } });
    let body = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.30.0.0/16"] },
        "subnets": [subnet("aks", "10.30.4.0/25"), subnet("others", "10.30.8.0/24")],
    } });
    sandbox.put(VNET.0, VNET.1, &body);
    sandbox.write(
        "live.yaml",
        format!(
            "apiVersion: akstool/v1\nkind: Cluster\nmetadata: {{ name: live, location: westeurope }}\n\
             network:\n  plugin: azure\n  serviceCidr: 10.200.0.0/16\n  vnet: {{ id: {SUBSCRIPTION}{0} }}\n  \
             subnets:\n    nodes: {{ id: {SUBSCRIPTION}{0}/subnets/aks }}\n\
             pools:\n  - {{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 3 }}\n",
            VNET.0
        ),
    );
}

#[test]
fn every_built_in_profile_has_an_address_plan() {
    let sandbox = Sandbox::new();
    let listed = sandbox.run(&["profiles", "-o", "json"]).ok().json();
    for profile in listed["profiles"].as_array().expect("a list") {
        let name = profile["name"].as_str().expect("a name");
        let ran = sandbox.run(&["network", name]).ok();
        assert!(ran.stdout.contains("What limits growth"), "{name}: {}", ran.stdout);
        let found = sandbox.run(&["network", name, "--compare", "-o", "json"]).ok().json();
        assert_eq!(found["schema"], "akstool.network/v1", "{name}");
        assert_eq!(found["conflicts"], json!([]), "{name}");
        assert_eq!(found["compare"].as_array().map(Vec::len), Some(6), "{name}");
    }
}

#[test]
fn the_comparison_is_there_when_asked_for() {
    let sandbox = Sandbox::new();
    let without = sandbox.run(&["network", "kubenet", "-o", "json"]).ok().json();
    assert!(without.get("compare").is_none());
    let with = sandbox.run(&["network", "kubenet", "--compare"]).ok();
    assert!(with.stdout.contains("The same pools under every model"), "{}", with.stdout);
}

#[test]
fn pictures_are_written_where_asked() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["network", "hub-spoke", "--svg", "a.svg", "--html", "a.html"]).ok();
    assert!(ran.stderr.contains("Wrote a.svg"), "{}", ran.stderr);
    let read = |name: &str| std::fs::read_to_string(sandbox.path(name)).expect("a file");
    assert!(read("a.svg").starts_with("<?xml"));
    assert!(read("a.html").contains("The same pools under every model"));
    let failed = sandbox.run(&["network", "kubenet", "--svg", "no/such/folder/a.svg"]).exits(2);
    assert!(failed.stderr.contains("no/such/folder/a.svg"), "{}", failed.stderr);
}

#[test]
fn a_bad_profile_is_refused_with_its_problems() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["network", "kubenet", "--set", "network.podCidr=10.0.0.1/8"]).exits(2);
    assert!(ran.stderr.contains("host bits"), "{}", ran.stderr);
}

#[test]
fn live_knows_the_size_of_existing_subnets() {
    let sandbox = Sandbox::new();
    existing(&sandbox);
    let offline = sandbox.run(&["network", "live.yaml"]).ok();
    assert!(offline.stdout.contains("`nodes` is not known here"), "{}", offline.stdout);
    let live = sandbox.run(&["network", "live.yaml", "--live"]).ok();
    assert!(live.stdout.contains("10.30.4.0/25"), "{}", live.stdout);
    assert!(live.stdout.contains("10.30.8.0/24"), "{}", live.stdout);
    assert!(live.stdout.contains("short of 1 address"), "{}", live.stdout);
}

#[test]
fn live_before_the_first_up_says_that_nothing_is_there() {
    let ran = Sandbox::new().run(&["network", "kubenet", "--live"]).ok();
    assert!(ran.stderr.contains("There is no network"), "{}", ran.stderr);
}

#[test]
fn live_on_a_network_that_is_missing_does_not_ask_to_look_again() {
    let ran = Sandbox::new().run(&["network", "existing-vnet", "--live"]).ok();
    assert!(ran.stderr.contains("virtualNetworks/shared, and the profile names it by id."));
    assert!(ran.stdout.contains("The size of `nodes` is not known: Azure shows none."));
    assert!(!ran.stdout.contains("--live"), "{}", ran.stdout);
}

#[test]
fn live_after_up_shows_the_same_ranges() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let live = sandbox.run(&["network", "kubenet", "--live", "-o", "json"]).ok().json();
    assert_eq!(live["conflicts"], json!([]));
    assert_eq!(live["network"]["ranges"], json!(["10.10.0.0/16"]));
}

#[test]
fn live_sees_the_hub_and_what_stands_behind_it() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/network", "2021-04-01", &json!({ "location": "westeurope" }));
    let network = |name: &str| {
        format!("/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/{name}")
    };
    let body = |range: &str| {
        json!({ "location": "westeurope", "properties": {
            "addressSpace": { "addressPrefixes": [range] }, "subnets": [] } })
    };
    sandbox.put(&network("hub"), "2024-05-01", &body("10.0.0.0/16"));
    sandbox.put(&network("other"), "2024-05-01", &body("10.20.0.0/17"));
    let link = format!("{}/virtualNetworkPeerings/other", network("hub"));
    let remote = json!({ "properties": { "allowVirtualNetworkAccess": true,
        "remoteVirtualNetwork": { "id": format!("{SUBSCRIPTION}{}", network("other")) } } });
    sandbox.put(&link, "2024-05-01", &remote);
    let live = sandbox.run(&["network", "hub-spoke", "--live"]).ok();
    let clash = "the virtual network 10.20.0.0/16 overlaps network `other` in Azure 10.20.0.0/17";
    let text = live.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(clash), "{}", live.stdout);
    let set = ["--set", "network.vnet.cidr=auto", "--set", "network.subnets.nodes.cidr=auto"];
    let args = [&["network", "hub-spoke", "--live", "-o", "json"], &set[..]].concat();
    let found = sandbox.run(&args).ok().json();
    assert_eq!(found["conflicts"], json!([]), "{found:#}");
}

#[test]
fn an_auto_range_stays_where_the_first_up_put_it() {
    let sandbox = Sandbox::new();
    let set = [
        "--set",
        "network.vnet.cidr=auto",
        "--set",
        "network.subnets.nodes.cidr=auto",
        "--set",
        "network.serviceCidr=auto",
    ];
    sandbox.run(&[&["up", "kubenet", "--yes"], &set[..]].concat()).ok();
    let again = sandbox.run(&[&["plan", "kubenet", "--exit-code"], &set[..]].concat()).ok();
    assert!(again.stdout.contains("othing to do"), "{}", again.stdout);
}
