//! What a composed environment promises, for every built-in profile.

use super::*;
use crate::profile::builtin::{self, ALL};
use crate::profile::{Overrides, load};

fn setting() -> Setting {
    Setting {
        subscription: "00000000-0000-0000-0000-000000000000".to_owned(),
        ..Setting::default()
    }
}

fn profile(name: &str) -> Profile {
    let text = builtin::find(name).expect("a built-in profile").text;
    load(text.as_bytes(), name, &Overrides::default()).expect("built-in profiles hold").profile
}

fn graph(name: &str) -> Graph<Resource> {
    compose(&profile(name), &setting())
}

fn at(graph: &Graph<Resource>, kind: &str) -> Index {
    let found = graph.iter().find(|(_, resource)| resource.kind.ends_with(kind));
    found.unwrap_or_else(|| panic!("no {kind}")).0
}

#[test]
fn no_resource_mentions_a_later_one() {
    for builtin in ALL {
        let graph = graph(builtin.name);
        for (index, resource) in graph.iter() {
            let mut mentioned = resource.after.clone();
            ids_in(resource.body.value(), &mut mentioned);
            let later = graph.iter().filter(|(other, _)| *other > index);
            for (_, other) in later {
                assert!(
                    !mentioned.contains(&other.id) && !resource.id.is_under(&other.id),
                    "{}: {} mentions the later {}",
                    builtin.name,
                    resource.id,
                    other.id
                );
            }
        }
    }
}

#[test]
fn the_same_profile_gives_the_same_bytes() {
    for builtin in ALL {
        let bytes = |graph: Graph<Resource>| {
            graph.iter().map(|(_, r)| format!("{r:?}")).collect::<Vec<_>>()
        };
        assert_eq!(bytes(graph(builtin.name)), bytes(graph(builtin.name)), "{}", builtin.name);
    }
}

#[test]
fn no_id_stands_twice() {
    for builtin in ALL {
        let graph = graph(builtin.name);
        let ids: std::collections::BTreeSet<_> = graph.iter().map(|(_, r)| &r.id).collect();
        assert_eq!(ids.len(), graph.len(), "{}", builtin.name);
    }
}

#[test]
fn kubenet_has_identity_routes_and_roles_before_the_cluster() {
    let graph = graph("kubenet");
    let cluster = at(&graph, "managedClusters");
    let needed: Vec<&str> = graph.needs(cluster).map(|need| &*graph.node(need).kind).collect();
    for kind in ["userAssignedIdentities", "roleAssignments", "subnets"] {
        assert!(needed.iter().any(|needed| needed.ends_with(kind)), "{kind} in {needed:?}");
    }
    let scopes: Vec<ResourceId> = graph
        .iter()
        .filter(|(_, r)| r.kind.ends_with("roleAssignments"))
        .filter_map(|(_, r)| r.id.parent())
        .collect();
    let kinds: Vec<String> = scopes.iter().map(ResourceId::resource_type).collect();
    assert_eq!(
        kinds,
        ["Microsoft.Network/virtualNetworks/subnets", "Microsoft.Network/routeTables"]
    );
    let subnet = graph.node(at(&graph, "subnets"));
    assert!(subnet.body.get("properties.routeTable.id").is_some(), "attached before the cluster");
}

#[test]
fn a_role_waits_for_the_identity_it_is_given_to() {
    let graph = graph("azure-overlay");
    let role = at(&graph, "roleAssignments");
    let needs: Vec<Index> = graph.needs(role).collect();
    assert!(needs.contains(&at(&graph, "userAssignedIdentities")));
    let again = self::graph("azure-overlay");
    assert_eq!(graph.node(role).id, again.node(at(&again, "roleAssignments")).id);
}

#[test]
fn an_existing_network_is_only_read() {
    let graph = graph("existing-vnet");
    for (_, resource) in graph.iter().filter(|(_, r)| r.kind.contains("virtualNetworks")) {
        assert_eq!(resource.ownership, crate::kind::Ownership::Existing, "{}", resource.id);
        assert_eq!(*resource.body.value(), serde_json::json!({}));
    }
}

#[test]
fn a_name_that_begins_with_a_digit_still_gives_a_dns_prefix() {
    let mut profile = profile("kubenet");
    profile.metadata.name = "7_of-nine_".to_owned();
    assert_eq!(dns_prefix(&profile), "a7-of-nine");
}
