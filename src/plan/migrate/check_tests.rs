//! Each thing that AKS asks for, by name.

use serde_json::json;

use super::super::super::guard::{Refusal, Refused};
use super::super::tests::{
    PLUGIN, POLICY, cluster, ground, kubenet, network, node_subnet, nodes, overlay, planned, pool,
    table, with, without_table,
};
use super::*;

fn blockers(body: Value, to: Target) -> Vec<Blocker> {
    blockers_on(&ground(body), to)
}

fn blockers_on(ground: &Ground, to: Target) -> Vec<Blocker> {
    let refusals = planned(ground, to).refusals.into_iter();
    let blocker = |refusal: Refusal| match refusal.why {
        Refused::Blocker { blocker, .. } => blocker,
        other => panic!("no blocker: {other:?}"),
    };
    refusals.map(blocker).collect()
}

#[test]
fn version_1_26_is_too_old_and_1_27_is_not() {
    let at = |version: &str| {
        blockers(
            with(kubenet(), &[("/properties/currentKubernetesVersion", json!(version))]),
            Target::Overlay,
        )
    };
    assert_eq!(at("1.26.15"), [Blocker::Version { found: "1.26.15".to_owned() }]);
    assert_eq!(at("1.27.0"), []);
}

#[test]
fn a_policy_engine_has_to_be_uninstalled_before_overlay() {
    for engine in ["calico", "azure"] {
        let found = blockers(with(kubenet(), &[(POLICY, json!(engine))]), Target::Overlay);
        assert_eq!(found, [Blocker::PolicyEngine { engine: engine.to_owned() }]);
    }
}

#[test]
fn cilium_takes_the_place_of_another_policy_engine_and_the_plan_says_so() {
    let body = with(overlay(), &[(POLICY, json!("calico"))]);
    let plan = planned(&without_table(body), Target::Cilium);
    assert_eq!(plan.refusals, []);
    assert!(plan.advice.iter().any(|said| said.to_string().contains("`calico` is uninstalled")));
}

#[test]
fn kubenet_needs_a_user_assigned_identity() {
    let body = with(kubenet(), &[("/identity/type", json!("SystemAssigned"))]);
    assert_eq!(
        blockers(body, Target::Overlay),
        [Blocker::Identity { found: "SystemAssigned".to_owned() }]
    );
    let body = with(node_subnet(), &[("/identity/type", json!("SystemAssigned"))]);
    assert_eq!(blockers(body, Target::Overlay), [], "node subnet has no table to detach");
}

#[test]
fn a_pod_subnet_has_no_way_to_overlay_and_one_to_cilium() {
    let pods = network().child("subnets", "pods");
    let body = with(node_subnet(), &[("/properties/agentPoolProfiles/0/podSubnetID", json!(pods))]);
    let pools = vec!["system".to_owned()];
    assert_eq!(blockers(body.clone(), Target::Overlay), [Blocker::PodSubnet { pools }]);
    assert_eq!(blockers(body, Target::Cilium), []);
}

#[test]
fn dual_stack_does_not_migrate_to_overlay() {
    let families = json!(["IPv4", "IPv6"]);
    let body = with(kubenet(), &[("/properties/networkProfile/ipFamilies", families)]);
    assert_eq!(blockers(body, Target::Overlay), [Blocker::DualStack]);
}

#[test]
fn windows_stops_cilium_and_docker_stops_overlay() {
    let os = ("/properties/agentPoolProfiles/1/osType", json!("Windows"));
    let image = |name: &str| {
        let changes = [
            os.clone(),
            ("/properties/agentPoolProfiles/1/nodeImageVersion", json!(name)),
            ("/properties/agentPoolProfiles/1/osSKU", json!("Windows2019")),
        ];
        with(node_subnet(), &changes)
    };
    let pools = || vec!["work".to_owned()];
    let docker = image("AKSWindows-2019-17763.2114.210811");
    let containerd = image("AKSWindows-2019-containerd-17763.5000.1");
    assert_eq!(blockers(docker, Target::Overlay), [Blocker::DockerWindows { pools: pools() }]);
    assert_eq!(blockers(containerd.clone(), Target::Overlay), []);
    assert_eq!(blockers(containerd, Target::Cilium), [Blocker::Windows { pools: pools() }]);
}

#[test]
fn a_route_table_that_other_subnets_use_stops_the_migration() {
    let gateway = network().child("subnets", "gateway");
    let mut ground = ground(kubenet());
    for table in ground.around.iter_mut().filter(|owned| owned.id == table()) {
        table.body["properties"]["subnets"] = json!([{ "id": nodes() }, { "id": gateway }]);
    }
    let found = blockers_on(&ground, Target::Overlay);
    assert_eq!(found, [Blocker::SharedTable { table: table(), subnets: vec![gateway] }]);
    assert!(found[0].sentence().contains("`gateway` in `demo-vnet`"));
}

#[test]
fn kubenet_goes_to_cilium_by_way_of_overlay_only() {
    let found = blockers(kubenet(), Target::Cilium);
    assert_eq!(found, [Blocker::OverlayFirst]);
    assert!(
        found[0]
            .hint("demo", &cluster())
            .to_string()
            .starts_with("`akstool migrate demo --to overlay`")
    );
}

#[test]
fn no_plugin_has_nothing_to_migrate() {
    let body = with(kubenet(), &[(PLUGIN, json!("none"))]);
    assert_eq!(blockers(body.clone(), Target::Overlay), [Blocker::NoPlugin]);
    assert_eq!(blockers(body, Target::Cilium), [Blocker::NoPlugin]);
}

#[test]
fn node_auto_provisioning_has_to_be_off_for_cilium() {
    let body =
        with(overlay(), &[("/properties/nodeProvisioningProfile", json!({ "mode": "Auto" }))]);
    assert_eq!(blockers(body, Target::Cilium), [Blocker::NodeProvisioning]);
}

#[test]
fn a_cluster_that_is_not_well_or_not_running_does_not_migrate() {
    let stopped = with(kubenet(), &[("/properties/powerState/code", json!("Stopped"))]);
    assert_eq!(blockers(stopped, Target::Overlay), [Blocker::Stopped]);
    for state in ["Failed", "Upgrading"] {
        let body = with(kubenet(), &[("/properties/provisioningState", json!(state))]);
        let unsettled = Blocker::Unsettled { id: cluster(), state: state.to_owned() };
        assert_eq!(blockers(body, Target::Overlay), [unsettled]);
    }
    let place = "/properties/agentPoolProfiles/1/provisioningState";
    let body = with(kubenet(), &[(place, json!("Scaling"))]);
    let id = cluster().child("agentPools", "work");
    let unsettled = Blocker::Unsettled { id, state: "Scaling".to_owned() };
    assert_eq!(blockers(body, Target::Overlay), [unsettled]);
}

#[test]
fn the_pods_range_stays_out_of_the_network_its_peers_and_the_services() {
    let with_range = |range: &str| {
        let mut ground = without_table(node_subnet());
        ground.pod_range = range.parse().ok();
        for vnet in ground.around.iter_mut().filter(|owned| owned.id == network()) {
            vnet.body["properties"]["virtualNetworkPeerings"] = json!([{
                "name": "hub",
                "properties": { "remoteAddressSpace": { "addressPrefixes": ["10.50.0.0/16"] } },
            }]);
        }
        blockers_on(&ground, Target::Overlay)
    };
    let whose = |range| match with_range(range).as_slice() {
        [Blocker::RangeOverlaps { whose, .. }] => whose.clone(),
        other => panic!("{range}: {other:?}"),
    };
    assert_eq!(whose("10.10.128.0/17"), "the network `demo-vnet`");
    assert_eq!(whose("10.48.0.0/14"), "the peering `hub`");
    assert_eq!(whose("10.200.0.0/17"), "the services");
    assert_eq!(with_range("10.128.0.0/14"), []);
}

#[test]
fn every_node_the_autoscaler_may_make_needs_a_24() {
    let pools = with(pool("work", 3), &[]);
    let mut pools = json!([pools]);
    pools[0]["enableAutoScaling"] = json!(true);
    pools[0]["maxCount"] = json!(20);
    let body = with(node_subnet(), &[("/properties/agentPoolProfiles", pools)]);
    let mut ground = without_table(body);
    ground.pod_range = "10.128.0.0/20".parse().ok();
    let found = blockers_on(&ground, Target::Overlay);
    let [Blocker::RangeTooSmall { range, holds: 16, nodes: 20, free: Some(free) }] = &found[..]
    else {
        panic!("{found:?}")
    };
    assert_eq!(range, "10.128.0.0/20");
    // What is proposed holds all nodes and lies beside everything that stands.
    ground.pod_range = free.parse().ok();
    assert_eq!(blockers_on(&ground, Target::Overlay), []);
}

#[test]
fn machines_that_overlay_does_not_take_are_named() {
    let sizes = [("/properties/agentPoolProfiles/0/vmSize", json!("Standard_DC4s_v2"))];
    let found = blockers(with(node_subnet(), &sizes), Target::Overlay);
    assert!(matches!(found.as_slice(), [Blocker::Machines { .. }]), "{found:?}");
    let sets = [("/properties/agentPoolProfiles/0/type", json!("AvailabilitySet"))];
    let found = blockers(with(node_subnet(), &sets), Target::Overlay);
    assert!(matches!(found.as_slice(), [Blocker::Machines { .. }]), "{found:?}");
}

#[test]
fn names_that_are_too_long_for_a_nodes_label_are_named() {
    let long = network().child("subnets", &"n".repeat(64));
    let place = "/properties/agentPoolProfiles/0/vnetSubnetID";
    let found = blockers(with(node_subnet(), &[(place, json!(long))]), Target::Overlay);
    assert_eq!(found, [Blocker::LongName { id: long }]);
}
