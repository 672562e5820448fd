//! Surveys of small profiles, as sentences and numbers.

use serde_json::{Value, json};

use super::*;

fn profile(network: &Value, pools: &Value) -> Profile {
    serde_json::from_value(json!({
        "apiVersion": "akstool/v1",
        "kind": "Cluster",
        "metadata": { "name": "demo", "location": "westeurope" },
        "network": network,
        "pools": pools,
    }))
    .expect("a profile")
}

fn own_network(plugin: &str, mode: Option<&str>) -> Value {
    let mut network = json!({
        "plugin": plugin, "podCidr": "10.244.0.0/16", "serviceCidr": "10.200.0.0/16",
        "vnet": { "cidr": "10.10.0.0/16" }, "subnets": { "nodes": { "cidr": "10.10.1.0/24" } },
    });
    if let Some(mode) = mode {
        network["mode"] = mode.into();
    }
    network
}

fn pools(count: u32) -> Value {
    json!([{ "name": "system", "mode": "system", "vmSize": "Standard_D2s_v5", "count": count }])
}

fn planned(network: &Value, count: u32) -> AddressPlan {
    address_plan(&profile(network, &pools(count)), &Surroundings::default())
}

fn texts(address_plan: &AddressPlan, weight: Weight) -> Vec<&str> {
    address_plan.advice.iter().filter(|a| a.weight == weight).map(|a| a.text.as_str()).collect()
}

#[test]
fn node_subnet_grows_to_7_in_a_slash_24() {
    let flat = planned(&own_network("azure", None), 2);
    assert_eq!(
        flat.growth.sentence,
        "Grows to 7 nodes and can still be upgraded (8 without), then the subnet `nodes` \
         10.10.1.0/24 binds."
    );
    assert_eq!(flat.pools[0].needs.now.node_subnet, 62);
    assert_eq!(flat.pools[0].needs.upgrade.node_subnet, 93);
    assert!(flat.fits_at(Moment::Maximum) && flat.conflicts.is_empty());
}

#[test]
fn a_pool_that_cannot_be_upgraded_says_so_and_names_the_prefix() {
    let flat = planned(&own_network("azure", None), 8);
    assert!(flat.fits_at(Moment::Now) && !flat.fits_at(Moment::Upgrade));
    assert_eq!(
        texts(&flat, Weight::Warning)[0],
        "The subnet `nodes` 10.10.1.0/24 is short of 28 addresses during an upgrade; a /23 would do."
    );
    assert!(flat.pools[0].fits.now && !flat.pools[0].fits.upgrade);
    assert_eq!(
        flat.growth.sentence,
        "Fits as it is, but an upgrade does not, bound by the subnet `nodes` 10.10.1.0/24."
    );
}

#[test]
fn what_does_not_fit_is_a_problem() {
    let flat = planned(&own_network("azure", None), 9);
    assert_eq!(texts(&flat, Weight::Problem).len(), 1);
    assert!(flat.growth.sentence.starts_with("Does not fit: room for 8 of 9 nodes"));
}

#[test]
fn kubenet_is_told_its_end() {
    let kubenet = planned(&own_network("kubenet", None), 2);
    assert!(texts(&kubenet, Weight::Warning)[0].starts_with("kubenet ends on 31 March 2028"));
}

#[test]
fn ranges_stand_in_reading_order_and_count_up() {
    let kubenet = planned(&own_network("kubenet", None), 2);
    let places: Vec<RangeKind> = kubenet.ranges.iter().map(|row| row.place).collect();
    assert_eq!(
        places,
        [RangeKind::Network, RangeKind::Subnet, RangeKind::Pods, RangeKind::Services]
    );
    for row in &kubenet.ranges {
        let Some(usage) = row.usage else { continue };
        assert_eq!(usage.reserved + usage.others + usage.used.now + usage.free.now, row.size);
    }
}

#[test]
fn collisions_name_both_sides() {
    let mut network = own_network("azure", Some("overlay"));
    network["podCidr"] = "10.10.0.0/17".into();
    network["serviceCidr"] = "172.30.0.0/16".into();
    network["subnets"]["far"] = json!({ "cidr": "10.11.0.0/24" });
    let found = planned(&network, 1).conflicts;
    let texts: Vec<&str> = found.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "the virtual network 10.10.0.0/16 overlaps pods 10.10.0.0/17.",
            "subnet `far` 10.11.0.0/24 lies outside the virtual network 10.10.0.0/16.",
            "services 172.30.0.0/16 touches 172.30.0.0/16: AKS keeps 172.30.0.0/16 for itself.",
        ]
    );
}

#[test]
fn peers_and_avoided_ranges_are_held_against_ours_only() {
    let mut network = own_network("azure", Some("overlay"));
    network["avoid"] = json!(["10.244.3.0/24", "192.168.0.0/16", "192.168.0.0/24"]);
    let found = planned(&network, 1).conflicts;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].text, "pods 10.244.0.0/16 overlaps avoided 10.244.3.0/24.");
}

#[test]
fn comparison_has_a_row_for_every_model_on_the_same_nodes() {
    let rows =
        compare(&profile(&own_network("kubenet", None), &pools(3)), &Surroundings::default());
    let numbers: Vec<(u64, u128, u64)> = rows
        .iter()
        .map(|row| (row.needs.now.nodes, row.needs.now.of_vnet(), row.largest.nodes))
        .collect();
    assert_eq!(
        numbers,
        [
            (3, 3, 228),       // kubenet: 251 addresses, 10 % of them for the upgrade
            (3, 93, 7),        // node subnet
            (3, 3 + 384, 228), // pod subnet, 128 per node out of the free /17
            (3, 3 + 336, 228), // static blocks, 7 × 16 per node
            (3, 3, 228),       // overlay
            (3, 3, 228),       // bring your own
        ]
    );
    assert_eq!(
        rows[2].assumed_pod_subnet.map(|r| r.to_string()).as_deref(),
        Some("10.10.128.0/17")
    );
    assert!(rows[0].selected && rows[0].lost.is_empty() && rows[0].gained.is_empty());
    assert_eq!(rows[4].way, Way::Migrate);
    assert_eq!(rows[1].way, Way::Replace);
}

#[test]
fn leaving_for_kubenet_loses_the_most() {
    let rows = compare(
        &profile(&own_network("azure", Some("overlay")), &pools(3)),
        &Surroundings::default(),
    );
    assert_eq!(rows[0].lost.len(), 6);
    assert_eq!(
        rows[1].gained[0],
        "pods reached at their own addresses from the network and its peers"
    );
}

#[test]
fn an_unknown_subnet_is_left_out_and_named() {
    let network = json!({
        "plugin": "azure", "subnets": { "nodes": { "id": "/subscriptions/s/v/subnets/nodes" } },
    });
    let unknown = planned(&network, 50);
    assert!(unknown.fits_at(Moment::Maximum));
    assert!(texts(&unknown, Weight::Warning)[0].contains("`nodes` is not known here"));
    assert_eq!(unknown.ranges[0].origin, Origin::Unknown);
}

#[test]
fn the_json_has_a_schema_and_plain_words() {
    let json = serde_json::to_value(planned(&own_network("kubenet", None), 2)).unwrap();
    assert_eq!(json["schema"], "akstool.network/v1");
    assert_eq!(json["model"], "kubenet");
    assert_eq!(json["growth"]["forUpgrade"]["binds"]["limit"], "node-subnet");
    assert_eq!(json["ranges"][1]["usage"]["used"]["now"], 2);
    assert_eq!(json["pools"][0]["surge"]["percent"], 10);
}

#[test]
fn a_node_subnet_that_is_short_is_told_of_overlay() {
    let flat = planned(&own_network("azure", None), 9);
    let told = texts(&flat, Weight::Warning);
    assert!(told.iter().any(|text| text.contains("overlay would take 10;")), "{told:?}");
}
