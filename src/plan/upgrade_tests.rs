//! Legs of the way to a newer version, over made-up clusters.

use serde_json::json;

use super::*;
use crate::arm::id::ResourceId;

const RUNS: &str = "1.33.5";

fn cluster(version: &str, extra: &Value) -> Found {
    let group = ResourceId::resource_group("s", "g");
    let id = group.resource(Cluster::TYPE, "one");
    let mut properties = json!({
        "kubernetesVersion": version, "currentKubernetesVersion": version,
        "provisioningState": "Succeeded",
        "networkProfile": { "networkPlugin": "azure", "networkPluginMode": "overlay" },
    });
    for (name, value) in extra.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    let body = json!({ "location": "r", "tags": { "akstool-environment": "one" },
        "properties": properties });
    Found { id, api: Cluster::API, body }
}

fn pool(name: &str, version: &str, count: u64, extra: &Value) -> Found {
    let group = ResourceId::resource_group("s", "g");
    let id = group.resource(Cluster::TYPE, "one").child("agentPools", name);
    let mut properties = json!({
        "orchestratorVersion": version, "currentOrchestratorVersion": version, "count": count,
        "vmSize": "Standard_D4s_v5", "maxPods": 30, "provisioningState": "Succeeded",
        "upgradeSettings": { "maxSurge": "33%" },
    });
    for (key, value) in extra.as_object().into_iter().flatten() {
        properties[key] = value.clone();
    }
    Found { id, api: AgentPool::API, body: json!({ "properties": properties }) }
}

fn ascent(cluster: Found, pools: Vec<Found>, goal: &str) -> Ascent {
    let reach = ["1.33.6", "1.34.0", "1.34.2"].map(|text| Version::parse(text).unwrap());
    Ascent {
        cluster,
        pools,
        subnets: Vec::new(),
        reach: reach.to_vec(),
        goal: Version::parse(goal).unwrap(),
        control_plane_only: false,
    }
}

fn planned(ascent: &Ascent) -> Plan {
    upgrade(&Environment::new("s", "g", "one"), ascent)
}

/// What a plan changes: each resource with the version that it comes to.
fn moves(plan: &Plan) -> Vec<String> {
    let moved = plan.steps.iter().filter(|(_, step)| step.action == Action::Update);
    let to = |step: &Step| step.deltas.iter().find_map(|delta| delta.after.clone());
    moved
        .map(|(_, step)| {
            let to = to(step).and_then(|value| value.as_str().map(str::to_owned));
            format!("{} {}", step.id.name(), to.unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_control_plane_goes_first_and_one_minor_version_at_a_time() {
    let pools = vec![pool("a", RUNS, 3, &json!({})), pool("b", RUNS, 1, &json!({}))];
    let plan = planned(&ascent(cluster(RUNS, &json!({})), pools, "1.36"));
    assert_eq!(moves(&plan), ["one 1.34.2", "a 1.34.2", "b 1.34.2"]);
    assert!(
        plan.advice[0].to_string().starts_with("1.33.5 → 1.34.2 → 1.35 → 1.36: "),
        "{:?}",
        plan.advice
    );
    let reasons: Vec<String> =
        plan.steps.iter().flat_map(|(_, step)| step.reasons.iter().map(Reason::sentence)).collect();
    assert_eq!(reasons[1], "3 nodes are drained and made anew, 1 at a time");
}

#[test]
fn a_patch_is_reached_exactly_and_what_is_there_is_kept() {
    let at = |goal: &str| moves(&planned(&ascent(cluster(RUNS, &json!({})), Vec::new(), goal)));
    assert_eq!(at("1.34.0"), ["one 1.34.0"]);
    assert_eq!(at("1.33"), ["one 1.33.6"]);
    assert_eq!(at("1.33.5"), [""; 0]);
    assert_eq!(at("1.32"), [""; 0]);
}

#[test]
fn what_a_run_left_in_the_middle_is_finished_first() {
    let pools = vec![pool("a", "1.34.2", 3, &json!({})), pool("b", RUNS, 1, &json!({}))];
    let mut left = ascent(cluster("1.34.2", &json!({})), pools, "1.35");
    left.reach = vec![Version::parse("1.35.1").unwrap()];
    assert_eq!(moves(&planned(&left)), ["b 1.34.2"]);
    left.control_plane_only = true;
    assert_eq!(moves(&planned(&left)), ["one 1.35.1"]);
}

#[test]
fn what_another_run_began_is_waited_for() {
    let upgrading = json!({ "provisioningState": "Upgrading" });
    let pools = vec![pool("a", RUNS, 3, &json!({}))];
    let plan = planned(&ascent(cluster(RUNS, &upgrading), pools, "1.34"));
    assert!(plan.waits() && moves(&plan).is_empty());
}

#[test]
fn a_stopped_cluster_and_a_full_subnet_are_refused_before_anything_changes() {
    let stopped = json!({ "powerState": { "code": "Stopped" } });
    let plan = planned(&ascent(cluster(RUNS, &stopped), Vec::new(), "1.34"));
    assert!(matches!(plan.refusals[0].why, Refused::Stopped { .. }));

    let group = ResourceId::resource_group("s", "g");
    let subnet = group.resource("Microsoft.Network/virtualNetworks", "v").child("subnets", "n");
    let held: Vec<Value> = (0..10).map(|n| json!({ "id": format!("/x/{n}") })).collect();
    let body =
        json!({ "properties": { "addressPrefix": "10.0.0.0/28", "ipConfigurations": held } });
    let within = json!({ "vnetSubnetID": subnet.as_str(), "upgradeSettings": { "maxSurge": "2" } });
    let pools = vec![pool("a", RUNS, 5, &within)];
    let mut full = ascent(cluster(RUNS, &json!({})), pools, "1.34");
    full.subnets = vec![Found { id: subnet, api: Cluster::API, body }];
    let why = planned(&full).refusals.into_iter().map(|refusal| refusal.why).next();
    let Some(Refused::NoRoom { nodes, needs, free, .. }) = why else { panic!("{why:?}") };
    assert_eq!((nodes, needs, free), (2, 2, 1));
    full.cluster = cluster(RUNS, &json!({ "networkProfile": { "networkPlugin": "azure" } }));
    let why = planned(&full).refusals.into_iter().map(|refusal| refusal.why).next();
    assert!(matches!(why, Some(Refused::NoRoom { needs: 62, .. })), "{why:?}");
}
