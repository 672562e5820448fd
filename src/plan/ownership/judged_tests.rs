//! What is ours and what only looks like it.

use serde_json::json;

use super::*;
use crate::kind::{Role, RouteTable};

fn environment() -> Environment {
    Environment::new("s", "home", "demo")
}

fn group(name: &str) -> ResourceId {
    ResourceId::resource_group("s", name)
}

fn network(in_group: &str, name: &str) -> ResourceId {
    group(in_group).resource(VirtualNetwork::TYPE, name)
}

fn at(id: &ResourceId, body: Value) -> Found {
    Found { id: id.clone(), api: ApiVersion::new("2025-07-01"), body }
}

fn tagged(id: &ResourceId, name: &str) -> Found {
    at(id, json!({ "id": id, "tags": { "akstool-environment": name } }))
}

/// A right of an identity on a subnet of others, as Azure answers it.
fn right(name: &ResourceId, role: &str, principal: &str, said: &str) -> Found {
    let role = format!("/subscriptions/s/providers/x/roleDefinitions/{role}");
    let body = json!({ "id": name, "properties": {
        "roleDefinitionId": role, "principalId": principal, "description": said } });
    at(name, body)
}

fn ours(gathered: Gathered) -> Vec<ResourceId> {
    let judged = judge(&environment(), gathered, None);
    judged.owned.into_iter().map(|one| one.id).collect()
}

#[test]
fn a_right_is_ours_by_its_name_its_identity_and_what_it_says_and_never_by_less() {
    let identity = group("home").resource(Identity::TYPE, "demo-identity");
    let subnet = network("network", "shared").child("subnets", "aks");
    let role = Role::NETWORK_CONTRIBUTOR;
    let made = RoleAssignment::id_of(&subnet, &role, &identity);
    let (role, operator) = (role.guid(), Role::MANAGED_IDENTITY_OPERATOR);
    let other = subnet.resource(RoleAssignment::TYPE, "11111111-2222-3333-4444-555555555555");
    let holder = Holder { identity: identity.clone(), principal: "P".to_owned() };
    let mark = environment().mark();
    let elsewhere = RoleAssignment::mark(&group("away"), "demo");
    let cases = [
        (&made, role, "p", mark.as_str(), true),
        // Another hand's words are no proof, and neither is a name under which another is held.
        (&other, role, "P", mark.as_str(), false),
        (&made, role, "Q", mark.as_str(), false),
        (&made, operator.guid(), "P", mark.as_str(), false),
        (&made, role, "P", elsewhere.as_str(), false),
    ];
    for (name, role, principal, said, is_ours) in cases {
        let grant = right(name, role, principal, said);
        let gathered = Gathered {
            read: vec![tagged(&identity, "demo")],
            holders: vec![holder.clone()],
            grants: vec![grant.clone()],
            ..Gathered::default()
        };
        let left = unmanaged(&environment(), &Graph::default(), &BTreeMap::new(), &gathered);
        assert_eq!(left.iter().any(|one| one.id == grant.id), is_ours, "{principal} {said}");
        assert_eq!(ours(gathered).contains(&grant.id), is_ours, "{principal} {said}");
    }
}

#[test]
fn a_far_half_of_exactly_our_name_that_leads_elsewhere_is_anothers() {
    let (near, hub) = (network("home", "demo-vnet"), network("network", "hub"));
    let half = hub.child("virtualNetworkPeerings", "demo-hub");
    let link = |to: &ResourceId| json!({ "remoteVirtualNetwork": { "id": to } });
    let out = json!({ "name": "hub", "properties": link(&hub) });
    // Found by its name, or by what the network remembers of it.
    for memory in [
        json!({}),
        json!({ "akstool-peerings": "hub", "akstool-elsewhere": "network/hub/demo-hub" }),
    ] {
        let mut own = tagged(&near, "demo");
        own.body["properties"] = json!({ "virtualNetworkPeerings": [out.clone()] });
        for (name, value) in memory.as_object().into_iter().flatten() {
            own.body["tags"][name] = value.clone();
        }
        for (to, is_ours) in [(&near, true), (&network("network", "third"), false)] {
            let gathered = Gathered {
                read: vec![own.clone()],
                peerings: vec![at(&half, json!({ "id": half, "properties": link(to) }))],
                ..Gathered::default()
            };
            let left = unmanaged(&environment(), &Graph::default(), &BTreeMap::new(), &gathered);
            assert_eq!(left.iter().any(|one| one.id == half), is_ours, "{to}");
            assert_eq!(ours(gathered).contains(&half), is_ours, "{to}");
        }
    }
}

#[test]
fn what_is_unmanaged_carries_our_name_exactly_and_lies_in_our_group() {
    let table = |in_group: &str, name: &str| group(in_group).resource(RouteTable::TYPE, name);
    let bare = table("home", "bare");
    let gathered = Gathered {
        read: vec![
            tagged(&table("home", "ours"), "demo"),
            tagged(&table("home", "case"), "Demo"),
            tagged(&table("home", "theirs"), "other"),
            tagged(&table("away", "namesake"), "demo"),
            at(&bare, json!({ "id": bare })),
        ],
        ..Gathered::default()
    };
    let left = unmanaged(&environment(), &Graph::default(), &BTreeMap::new(), &gathered);
    let names: Vec<&str> = left.iter().map(|one| one.id.name()).collect();
    assert_eq!(names, ["ours"]);
    let judged = judge(&environment(), gathered, None);
    let names: Vec<&str> = judged.owned.iter().map(|one| one.id.name()).collect();
    assert_eq!(names, ["ours"]);
}

#[test]
fn a_remembered_half_between_networks_of_others_leads_to_where_the_other_one_is() {
    let (near, far) = (network("network", "shared"), network("network", "hub"));
    let half = far.child("virtualNetworkPeerings", "demo-hub");
    let link = |to: &ResourceId| json!({ "id": half, "properties": { "remoteVirtualNetwork": { "id": to } } });
    let both = "network/hub/demo-hub network/shared/hub";
    let third = network("network", "third");
    for (memory, to, is_ours) in
        [(both, &near, true), (both, &third, false), ("network/hub/demo-hub", &third, true)]
    {
        let mut home = tagged(&group("home"), "demo");
        home.body["tags"]["akstool-elsewhere"] = json!(memory);
        let gathered = Gathered {
            group: Some(home),
            peerings: vec![at(&half, link(to))],
            ..Gathered::default()
        };
        assert_eq!(ours(gathered).contains(&half), is_ours, "{memory} {to}");
    }
}
