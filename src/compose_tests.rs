//! What a composed environment promises, for every built-in profile.

use serde_json::Value;

use super::order::mentioned;
use super::*;
use crate::diff::rule::Rule;
use crate::graph::Index;
use crate::kind::rules_of;
use crate::profile::builtin::{self, ALL};
use crate::profile::raw::Section;
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
            let mentioned = mentioned(resource);
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

/// Everything that fields say below `properties`, of every built-in profile, stands in the tables
/// that tell what raw properties must not say; and what a kind never sends is told as read-only.
#[test]
fn the_tables_of_raw_properties_know_what_fields_say() {
    // What no field says and every body holds.
    const DEFAULTS: [&str; 4] =
        ["enableRBAC", "networkProfile.loadBalancerSku", "type", "allowVirtualNetworkAccess"];
    for builtin in ALL {
        let mut profile = profile(builtin.name);
        // What it says raw is what no field does.
        profile.registry.iter_mut().for_each(|registry| registry.properties = None);
        for (_, resource) in compose(&profile, &setting()).iter() {
            let Some(section) = section(&resource.kind) else { continue };
            let body = resource.body.value();
            for place in body.get("properties").map(leaves).unwrap_or_default() {
                let known = place.is_empty() || DEFAULTS.contains(&place.join(".").as_str());
                assert!(known || section.covered(&place).is_some(), "{section:?}: {place:?}");
            }
        }
    }
}

#[test]
fn what_a_kind_never_sends_is_read_only() {
    for section in Section::ALL {
        for rule in rules_of(section.resource_type()).expect("a kind").iter() {
            let Rule::Server(at) = rule else { continue };
            let Some(at) = at.strip_prefix("properties.") else { continue };
            let place: Vec<String> =
                at.replace("[]", ".[]").split('.').map(str::to_owned).collect();
            let known = section.is_read_only(&place) || section.said(&place).is_some();
            assert!(known, "{section:?}: {at}");
        }
    }
}

#[test]
fn every_field_that_says_a_raw_property_is_one() {
    let schema = crate::profile::schema_json();
    for section in Section::ALL {
        for field in section.all_said().flat_map(|said| said.by) {
            let path = match (field.strip_prefix('.'), section) {
                (None, _) => (*field).to_owned(),
                (Some(own), Section::Cluster) => format!("cluster.{own}"),
                (Some(own), Section::Pool) => format!("pools.{own}"),
                (Some(own), Section::Vnet) => format!("network.vnet.{own}"),
                (Some(own), Section::Subnet) => format!("network.subnets.any.{own}"),
                (Some(own), Section::Peering) => format!("network.peerings.{own}"),
                (Some(own), Section::Registry) => format!("registry.{own}"),
                (Some(own), Section::LogWorkspace) => format!("monitoring.logs.workspace.{own}"),
                (Some(own), _) => format!("network.outbound.natGateway.{own}"),
            };
            assert!(is_field(&schema, &schema, &path), "{path}");
        }
    }
}

fn section(kind: &str) -> Option<Section> {
    Section::ALL.into_iter().find(|section| section.resource_type() == kind)
}

/// Tells whether a schema has a field at this path.
fn is_field(root: &Value, node: &Value, path: &str) -> bool {
    if let Some(name) = node.get("$ref").and_then(Value::as_str) {
        return is_field(root, root.pointer(&name[1..]).expect("a definition"), path);
    }
    if let Some(choices) = node.get("anyOf").and_then(Value::as_array) {
        return choices.iter().any(|one| is_field(root, one, path));
    }
    if let Some(items) = node.get("items") {
        return is_field(root, items, path);
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let below = node.get("properties").and_then(|all| all.get(name));
    let below = below.or_else(|| node.get("additionalProperties").filter(|one| one.is_object()));
    path.is_empty() || below.is_some_and(|below| is_field(root, below, rest))
}

fn leaves(value: &Value) -> Vec<Vec<String>> {
    match value {
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .flat_map(|(name, value)| {
                leaves(value).into_iter().map(|mut place| {
                    place.insert(0, name.clone());
                    place
                })
            })
            .collect(),
        Value::Null => Vec::new(),
        _ => vec![Vec::new()],
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
    assert_eq!(wishes::dns_prefix(&profile), "a7-of-nine");
}
