//! What a teardown promises.

use serde_json::json;

use super::*;
use crate::arm::body::ApiVersion;
use crate::kind::RoleAssignment;
use crate::plan::Use;

fn group() -> ResourceId {
    ResourceId::resource_group("s", "g")
}

fn owned(id: &ResourceId, body: Value) -> Found {
    Found { id: id.clone(), api: ApiVersion::new("2025-07-01"), body }
}

/// A kubenet environment as Azure reports it, back references included, in no helpful order.
fn kubenet() -> Inventory {
    let network = group().resource("Microsoft.Network/virtualNetworks", "v");
    let subnet = network.child("subnets", "nodes");
    let table = group().resource("Microsoft.Network/routeTables", "t");
    let identity = group().resource("Microsoft.ManagedIdentity/userAssignedIdentities", "i");
    let cluster = group().resource("Microsoft.ContainerService/managedClusters", "c");
    let pool = cluster.child("agentPools", "system");
    let role = subnet.resource("Microsoft.Authorization/roleAssignments", "r");
    let subnet_body = json!({ "name": "nodes", "properties": { "routeTable": { "id": table } } });
    let pools = json!([{ "name": "system", "vnetSubnetID": subnet }]);
    Inventory {
        owned: vec![
            owned(&group(), json!({ "id": group() })),
            owned(&identity, json!({ "properties": { "principalId": "P" } })),
            owned(&table, json!({ "properties": { "subnets": [{ "id": subnet }] } })),
            owned(&network, json!({ "properties": { "subnets": [subnet_body] } })),
            owned(&subnet, subnet_body.clone()),
            owned(&role, json!({ "properties": { "principalId": "p", "scope": subnet } })),
            owned(&pool, json!({ "name": "system", "vnetSubnetID": subnet })),
            owned(
                &cluster,
                json!({
                    "identity": { "userAssignedIdentities": {
                        identity.as_str(): { "principalId": "P" } } },
                    "properties": { "agentPoolProfiles": pools },
                }),
            ),
        ],
        ..Inventory::default()
    }
}

fn order(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|(_, step)| step.id.name()).collect()
}

#[test]
fn whatever_uses_another_goes_first() {
    let plan = teardown(&Environment::new("s", "demo", "demo"), &kubenet());
    let order = order(&plan);
    let place = |name: &str| order.iter().position(|other| *other == name).unwrap();
    // AKS takes nodes and routes away by the rights of the identity: `c` before `r`.
    for (first, then) in [
        ("c", "v"),
        ("c", "i"),
        ("c", "r"),
        ("r", "i"),
        ("r", "v"),
        ("v", "t"),
        ("t", "g"),
        ("i", "g"),
    ] {
        assert!(place(first) < place(then), "{first} before {then} in {order:?}");
    }
}

#[test]
fn children_go_with_what_they_lie_in() {
    let plan = teardown(&Environment::new("s", "demo", "demo"), &kubenet());
    let calls: Vec<(&str, usize)> =
        plan.steps.iter().map(|(_, step)| (step.id.name(), step.calls.len())).collect();
    for name in ["system", "nodes"] {
        assert!(calls.contains(&(name, 0)), "{name} needs no request of its own: {calls:?}");
    }
    assert!(calls.contains(&("r", 1)));
}

#[test]
fn a_group_that_holds_foreign_things_stays_and_names_them() {
    let mut inventory = kubenet();
    let disk = group().resource("Microsoft.Compute/disks", "theirs");
    inventory.foreign.push(disk.clone());
    let plan = teardown(&Environment::new("s", "demo", "demo"), &inventory);
    let (_, step) = plan.steps.iter().find(|(_, step)| step.id == group()).unwrap();
    assert_eq!(step.action, Action::Keep);
    assert_eq!(step.reasons, [Reason::HoldsForeign { contents: vec![disk.clone()] }]);
    assert!(plan.attention.iter().any(|note| note.to_string().contains(disk.as_str())));
}

#[test]
fn a_network_with_a_foreign_subnet_stays_and_our_subnet_goes() {
    let mut inventory = kubenet();
    let network = group().resource("Microsoft.Network/virtualNetworks", "v");
    inventory.foreign.push(network.child("subnets", "theirs"));
    let plan = teardown(&Environment::new("s", "demo", "demo"), &inventory);
    let find = |name: &str| plan.steps.iter().find(|(_, step)| step.id.name() == name).unwrap().1;
    assert_eq!(find("v").action, Action::Keep);
    assert!(matches!(find("nodes").calls[..], [Call::Delete(_)]));
    assert_eq!(find("g").action, Action::Keep, "it holds the network");
}

#[test]
fn a_subnet_does_not_count_on_going_with_a_network_that_others_use() {
    let mut inventory = kubenet();
    let by = ResourceId::resource_group("s", "away").resource("Microsoft.Network/x", "theirs");
    let network = group().resource("Microsoft.Network/virtualNetworks", "v");
    inventory.uses = vec![Use { by: by.clone(), of: network }];
    let plan = teardown(&Environment::new("s", "demo", "demo"), &inventory);
    let step = |name: &str| {
        let mut all = plan.steps.iter().map(|(_, step)| step);
        all.find(|step| step.id.name() == name).unwrap()
    };
    assert_eq!(step("v").reasons, [Reason::UsedBy { users: vec![by] }]);
    assert_eq!((step("g").action, step("v").action), (Action::Keep, Action::Keep));
    assert_eq!(step("nodes").action, Action::Delete);
    assert!(!step("nodes").calls.is_empty(), "nobody else takes it away");
}

#[test]
fn what_is_already_going_is_waited_for() {
    let mut inventory = kubenet();
    for owned in &mut inventory.owned {
        if owned.id.name() == "c" {
            owned.body["properties"]["provisioningState"] = json!("Deleting");
        }
    }
    let plan = teardown(&Environment::new("s", "demo", "demo"), &inventory);
    let (_, step) = plan.steps.iter().find(|(_, step)| step.id.name() == "c").unwrap();
    assert_eq!(step.calls, [Call::Await], "a second DELETE would start it again");
}

#[test]
fn nothing_owned_is_nothing_to_do() {
    assert!(teardown(&Environment::new("s", "demo", "demo"), &Inventory::default()).is_empty());
}

/// Returns the names of what stays.
fn stays(plan: &Plan) -> Vec<&str> {
    let kept = plan.steps.iter().filter(|(_, step)| step.action == Action::Keep);
    let mut names: Vec<&str> = kept.map(|(_, step)| step.id.name()).collect();
    names.sort_unstable();
    names
}

#[test]
fn what_a_cluster_of_another_hand_uses_stays_with_all_that_it_needs() {
    let mut inventory = kubenet();
    let theirs = ResourceId::resource_group("s", "x")
        .resource("Microsoft.ContainerService/managedClusters", "alien");
    let subnet = inventory.owned.iter().find(|owned| owned.id.name() == "nodes").unwrap();
    inventory.uses.push(Use { by: theirs.clone(), of: subnet.id.clone() });
    let plan = teardown(&Environment::new("s", "demo", "demo"), &inventory);
    assert_eq!(stays(&plan), ["g", "nodes", "t", "v"]);
    assert!(plan.attention.contains(&format!("not ours and left alone: {theirs}").into()));
    assert!(plan.steps.iter().any(|(_, step)| step.id.name() == "c" && !step.calls.is_empty()));
    let role = plan.steps.iter().find(|(_, step)| step.id.name() == "r").unwrap().1;
    assert_eq!(role.action, Action::Delete, "the right of an identity that goes");
}

#[test]
fn a_cluster_that_lost_its_tag_keeps_its_identity_and_its_rights() {
    let mut inventory = kubenet();
    let lost = |owned: &Found| ["c", "system"].contains(&owned.id.name());
    let cluster = inventory.owned.iter().find(|owned| owned.id.name() == "c").unwrap().id.clone();
    inventory.owned.retain(|owned| !lost(owned));
    inventory.foreign.push(cluster.clone());
    inventory.lost.push(cluster.clone());
    let is_used = |id: &ResourceId| {
        ["i", "nodes", "v"].contains(&id.name()) || id.is_type(RoleAssignment::TYPE)
    };
    let used = inventory.owned.iter().map(|owned| owned.id.clone()).filter(is_used);
    inventory.uses.extend(used.map(|of| Use { by: cluster.clone(), of }));
    let plan = teardown(&Environment::new("s", "demo", "demo"), &inventory);
    assert!(plan.is_empty(), "{:?}", stays(&plan));
    assert!(
        plan.attention.iter().any(|note| note.to_string().contains("az tag update")),
        "{plan:?}"
    );
}
