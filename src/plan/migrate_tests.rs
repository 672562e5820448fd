//! What a migration promises, against worlds that are written down here.

use serde_json::json;

use super::*;
use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::plan::Condition;
use crate::plan::observed::Inventory;

fn group() -> ResourceId {
    ResourceId::resource_group("s", "demo")
}

pub(super) fn network() -> ResourceId {
    group().resource("Microsoft.Network/virtualNetworks", "demo-vnet")
}

pub(super) fn nodes() -> ResourceId {
    network().child("subnets", "nodes")
}

pub(super) fn table() -> ResourceId {
    group().resource("Microsoft.Network/routeTables", "demo-routes")
}

pub(super) fn cluster() -> ResourceId {
    group().resource("Microsoft.ContainerService/managedClusters", "demo")
}

fn role() -> ResourceId {
    table().resource("Microsoft.Authorization/roleAssignments", "9f")
}

fn found(id: ResourceId, body: Value) -> Found {
    Found { id, api: ApiVersion::new("2025-07-01"), body }
}

pub(super) fn pool(name: &str, count: u64) -> Value {
    json!({
        "name": name, "count": count, "vmSize": "Standard_D2s_v5", "osType": "Linux",
        "type": "VirtualMachineScaleSets", "maxPods": 110, "vnetSubnetID": nodes(),
        "provisioningState": "Succeeded", "eTag": "pool-mark",
    })
}

/// A kubenet cluster as AKS shows it.
pub(super) fn kubenet() -> Value {
    json!({
        "id": cluster(), "name": "demo", "location": "westeurope", "eTag": "mark",
        "identity": { "type": "UserAssigned", "userAssignedIdentities": {} },
        "properties": {
            "provisioningState": "Succeeded",
            "powerState": { "code": "Running" },
            "kubernetesVersion": "1.34", "currentKubernetesVersion": "1.34.2",
            "unknown": { "kept": true },
            "networkProfile": {
                "networkPlugin": "kubenet", "networkPolicy": "none",
                "podCidr": "10.244.0.0/16", "podCidrs": ["10.244.0.0/16"],
                "serviceCidr": "10.200.0.0/16", "dnsServiceIP": "10.200.0.10",
                "outboundType": "loadBalancer", "ipFamilies": ["IPv4"],
                "loadBalancerProfile": { "effectiveOutboundIPs": [{ "id": "x" }] },
            },
            "agentPoolProfiles": [pool("system", 3), pool("work", 20)],
        },
    })
}

pub(super) fn with(mut body: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    body
}

pub(super) const PLUGIN: &str = "/properties/networkProfile/networkPlugin";
const MODE: &str = "/properties/networkProfile/networkPluginMode";
pub(super) const POLICY: &str = "/properties/networkProfile/networkPolicy";
const PLANE: &str = "/properties/networkProfile/networkDataplane";

pub(super) fn node_subnet() -> Value {
    let gone = ["podCidr", "podCidrs"];
    let mut body = with(kubenet(), &[(PLUGIN, json!("azure")), (PLANE, json!("azure"))]);
    let profile = body["properties"]["networkProfile"].as_object_mut().unwrap();
    profile.retain(|name, _| !gone.contains(&name.as_str()));
    body
}

pub(super) fn overlay() -> Value {
    with(kubenet(), &[(PLUGIN, json!("azure")), (MODE, json!("overlay")), (PLANE, json!("azure"))])
}

fn route(name: &str, prefix: &str) -> Value {
    json!({ "name": name, "properties": { "addressPrefix": prefix } })
}

/// An environment of its own around a cluster; the route table stands on the nodes' subnet.
pub(super) fn ground(body: Value) -> Ground {
    let subnet = found(
        nodes(),
        json!({ "id": nodes(), "name": "nodes", "etag": "x", "properties": {
            "addressPrefix": "10.10.1.0/24", "provisioningState": "Succeeded",
            "routeTable": { "id": table() },
            "serviceEndpoints": [{ "service": "Microsoft.Storage" }],
        }}),
    );
    let routes = found(
        table(),
        json!({ "id": table(), "properties": {
            "routes": [route("aks-system-0", "10.244.0.0/24")],
            "subnets": [{ "id": nodes() }],
        }}),
    );
    let vnet = found(
        network(),
        json!({ "id": network(), "properties": {
            "addressSpace": { "addressPrefixes": ["10.10.0.0/16"] },
        }}),
    );
    let owned = vec![
        found(cluster(), body),
        subnet.clone(),
        routes.clone(),
        vnet.clone(),
        found(role(), json!({ "id": role() })),
    ];
    Ground {
        inventory: Inventory { owned, ..Inventory::default() },
        around: vec![subnet, vnet, routes],
        pod_range: None,
    }
}

/// The same after AKS did its part: the table is off everything.
pub(super) fn without_table(body: Value) -> Ground {
    let mut ground = ground(body);
    ground.around.retain(|owned| owned.id != table());
    ground.inventory.owned.retain(|owned| owned.id != table() && owned.id != role());
    let subnets = ground.around.iter_mut().chain(&mut ground.inventory.owned);
    for subnet in subnets.filter(|owned| owned.id == nodes()) {
        subnet.body["properties"].as_object_mut().unwrap().remove("routeTable");
    }
    ground
}

pub(super) fn planned(ground: &Ground, to: Target) -> Plan {
    migrate(&Environment::new("s", "demo", "demo"), ground, to).expect("there is a cluster")
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|(_, step)| format!("{} {}", step.action.symbol(), step.id.name()))
        .collect()
}

fn sent(plan: &Plan, name: &str) -> Value {
    let step = plan.steps.iter().map(|(_, step)| step).find(|step| step.id.name() == name).unwrap();
    let Call::Put(wish) = &step.calls[0] else { panic!("a PUT") };
    wish.request().body.into_value()
}

#[test]
fn kubenet_becomes_overlay_in_one_write_and_our_route_table_goes_after_it() {
    let plan = planned(&ground(kubenet()), Target::Overlay);
    assert_eq!(plan.refusals, []);
    assert_eq!(lines(&plan), ["~ demo", "~ system", "~ work", "- 9f", "~ nodes", "- demo-routes"]);
    let last = plan.steps.iter().last().unwrap().0;
    assert_eq!(plan.steps.needs(last).count(), 5, "the table goes when nothing needs it");
    let profile = &sent(&plan, "demo")["properties"]["networkProfile"];
    assert_eq!(profile["networkPlugin"], "azure");
    assert_eq!(profile["networkPluginMode"], "overlay");
    assert_eq!(profile["podCidr"], "10.244.0.0/16", "kept as it was read");
}

#[test]
fn the_write_is_everything_that_was_read_and_names_its_mark() {
    let plan = planned(&ground(kubenet()), Target::Overlay);
    let body = sent(&plan, "demo");
    assert_eq!(body["properties"]["unknown"]["kept"], true);
    assert_eq!(body["properties"]["kubernetesVersion"], "1.34");
    assert_eq!(body["properties"]["agentPoolProfiles"][1]["count"], 20, "pools exactly as read");
    assert_eq!(body["properties"]["agentPoolProfiles"][0].get("provisioningState"), None);
    assert_eq!(
        body.pointer("/properties/networkProfile/loadBalancerProfile/effectiveOutboundIPs"),
        None
    );
    let (_, step) = plan.steps.iter().next().unwrap();
    let Call::Put(wish) = &step.calls[0] else { panic!("a PUT") };
    assert_eq!(wish.request().condition, Condition::Unchanged("mark".to_owned()));
    assert!(step.deltas.iter().all(|delta| delta.cost == Cost::RestartsNodes));
}

#[test]
fn another_pod_range_is_said_in_both_places() {
    let mut ground = ground(kubenet());
    ground.pod_range = "10.128.0.0/14".parse().ok();
    let profile = &sent(&planned(&ground, Target::Overlay), "demo")["properties"]["networkProfile"];
    assert_eq!(
        (&profile["podCidr"], &profile["podCidrs"]),
        (&json!("10.128.0.0/14"), &json!(["10.128.0.0/14"]))
    );
}

#[test]
fn node_subnet_becomes_overlay_with_a_range_and_leaves_nothing_behind() {
    let plan = planned(&without_table(node_subnet()), Target::Overlay);
    assert_eq!(lines(&plan), ["~ demo", "~ system", "~ work"]);
    assert_eq!(sent(&plan, "demo")["properties"]["networkProfile"]["podCidr"], "10.244.0.0/16");
    assert!(
        plan.advice.iter().any(|said| said.to_string().contains("2530 addresses become free")),
        "{:?}",
        plan.advice
    );
}

#[test]
fn overlay_becomes_cilium_with_its_policy_engine() {
    let plan = planned(&without_table(overlay()), Target::Cilium);
    assert_eq!((lines(&plan).len(), plan.refusals.len()), (3, 0));
    let profile = &sent(&plan, "demo")["properties"]["networkProfile"];
    assert_eq!(
        (&profile["networkDataplane"], &profile["networkPolicy"]),
        (&json!("cilium"), &json!("cilium"))
    );
}

#[test]
fn the_price_is_said_in_nodes_and_minutes() {
    let plan = planned(&ground(kubenet()), Target::Overlay);
    // Twenty nodes, two at a time.
    assert_eq!(
        plan.advice[0].to_string(),
        "all 2 pools (23 nodes) are reimaged at once, and every pod restarts: about 71 minutes, 38 \
         to 82 by what was measured; there is no way back and no pool-by-pool"
    );
    let one = with(kubenet(), &[("/properties/agentPoolProfiles", json!([pool("system", 3)]))]);
    let plan = planned(&ground(one), Target::Overlay);
    assert!(plan.advice[0].to_string().starts_with("the one pool `system` (3 nodes) is reimaged"));
    assert!(
        plan.advice[0].to_string().contains("about 22 minutes, 12 to 25"),
        "{}",
        plan.advice[0]
    );
}

#[test]
fn what_has_migrated_is_kept_and_nothing_is_refused() {
    let plan = planned(&without_table(overlay()), Target::Overlay);
    assert!(plan.is_empty() && plan.refusals.is_empty(), "{plan:?}");
    let old = with(overlay(), &[("/properties/currentKubernetesVersion", json!("1.20.1"))]);
    assert_eq!(planned(&without_table(old), Target::Overlay).refusals, []);
}

#[test]
fn a_migration_that_died_is_waited_for_and_what_is_left_is_removed() {
    let busy = with(overlay(), &[("/properties/provisioningState", json!("Updating"))]);
    let plan = planned(&ground(busy), Target::Overlay);
    assert_eq!(lines(&plan)[0], "… demo");
    assert_eq!(lines(&plan)[3..], ["- 9f", "~ nodes", "- demo-routes"]);

    let plan = planned(&ground(overlay()), Target::Overlay);
    assert_eq!(lines(&plan), ["= demo", "- 9f", "~ nodes", "- demo-routes"]);

    let failed = with(overlay(), &[("/properties/provisioningState", json!("Failed"))]);
    let plan = planned(&without_table(failed), Target::Overlay);
    let (_, step) = plan.steps.iter().next().unwrap();
    assert_eq!((step.action, step.reasons.as_slice()), (Action::Update, &[Reason::Failed][..]));
}

#[test]
fn the_table_comes_off_the_subnet_and_all_else_on_it_stays() {
    let body = sent(&planned(&ground(kubenet()), Target::Overlay), "nodes");
    assert_eq!(
        body,
        json!({ "properties": {
            "addressPrefix": "10.10.1.0/24",
            "serviceEndpoints": [{ "service": "Microsoft.Storage" }],
        }})
    );
}

#[test]
fn a_table_of_another_hand_stays_and_is_named() {
    let mut ground = ground(kubenet());
    ground.inventory.owned.retain(|owned| owned.id != table());
    let plan = planned(&ground, Target::Overlay);
    assert_eq!(lines(&plan), ["~ demo", "~ system", "~ work", "- 9f"], "our right on it goes");
    let said = plan.advice.last().unwrap().to_string();
    assert!(said.contains("`demo-routes` was made by another hand and stays on `nodes`"), "{said}");
}

#[test]
fn a_table_that_leads_the_way_out_stays() {
    let routed = with(
        kubenet(),
        &[("/properties/networkProfile/outboundType", json!("userDefinedRouting"))],
    );
    let plan = planned(&ground(routed), Target::Overlay);
    assert!(lines(&plan).iter().all(|line| !line.contains("demo-routes")), "{:?}", lines(&plan));
    assert!(plan.advice.last().unwrap().to_string().contains("it leads the way out"));
}

#[test]
fn a_table_with_routes_of_another_hand_stays() {
    let mut ground = ground(kubenet());
    let routes = json!([route("aks-system-0", "10.244.0.0/24"), route("office", "192.168.0.0/16")]);
    let tables = ground.around.iter_mut().chain(&mut ground.inventory.owned);
    for table in tables.filter(|owned| owned.id == table()) {
        table.body["properties"]["routes"] = routes.clone();
    }
    let plan = planned(&ground, Target::Overlay);
    assert!(
        plan.advice.last().unwrap().to_string().contains("not the pods': `office`"),
        "{:?}",
        plan.advice
    );
    assert!(!lines(&plan).contains(&"- demo-routes".to_owned()));
}

#[test]
fn an_environment_without_a_cluster_has_no_plan() {
    assert_eq!(
        migrate(&Environment::new("s", "demo", "demo"), &Ground::default(), Target::Overlay),
        None
    );
}

#[test]
fn a_changed_profile_calls_for_the_migration_that_fits() {
    let kind = Cluster::TYPE;
    let cilium = with(overlay(), &[(PLANE, json!("cilium"))]);
    assert_eq!(called_for(kind, &kubenet(), &overlay()), Some(Target::Overlay));
    assert_eq!(called_for(kind, &node_subnet(), &overlay()), Some(Target::Overlay));
    assert_eq!(called_for(kind, &kubenet(), &cilium), Some(Target::Overlay), "one at a time");
    assert_eq!(called_for(kind, &overlay(), &cilium), Some(Target::Cilium));
    assert_eq!(called_for(kind, &kubenet(), &node_subnet()), None);
    assert_eq!(called_for(kind, &overlay(), &kubenet()), None, "there is no way back");
    assert_eq!(called_for("Microsoft.Network/routeTables", &kubenet(), &overlay()), None);
}
