//! What kubenet leaves behind: our route table on our subnets, and the right to write it.
//!
//! Only what is ours goes. A table of another hand stays where it is and is named; AKS takes its
//! own routes out of it by itself. So stays a table that leads the way out, or that holds routes
//! of another hand.

use serde_json::{Value, json};

use super::super::change::{Action, Reason};
use super::super::observed::Found;
use super::super::rights;
use super::super::step::{Call, Step, Verify};
use super::super::wish::{Deletion, Wish};
use super::cluster_body::{ClusterBody, Target};
use super::ground::{Ground, attached};
use crate::address::{Model, Range};
use crate::arm::body::Body;
use crate::arm::id::ResourceId;
use crate::diff::{deltas, settle};
use crate::graph::{Graph, Index};
use crate::kind::{Kind, RoleAssignment, RouteTable, Subnet, lane, rules_of, traits_of};

/// Adds the removal of what the old model left behind `before`, and says what stays.
pub(super) fn append(
    steps: &mut Graph<Step>,
    environment: &str,
    before: &[Index],
    ground: &Ground,
    cluster: &ClusterBody<'_>,
    to: Target,
) -> Vec<String> {
    let leaves_kubenet = matches!(cluster.model(), Model::Kubenet | Model::Overlay);
    if to != Target::Overlay || !leaves_kubenet {
        return Vec::new();
    }
    let mut said = Vec::new();
    for table in tables(ground) {
        let rights: Vec<Index> = roles_on(ground, &table.id)
            .map(|role| steps.add(deletion(role, environment, ground), before.to_vec()))
            .collect();
        if let Some(why) = stays(ground, cluster, table) {
            said.push(why);
            continue;
        }
        let mut needs: Vec<Index> = before.iter().copied().chain(rights).collect();
        for subnet in ground.of_type(Subnet::TYPE).filter(|subnet| carries(subnet, &table.id)) {
            needs.push(steps.add(detachment(subnet), before.to_vec()));
        }
        steps.add(deletion(table, environment, ground), needs);
    }
    said
}

/// Returns the tables on the nodes' subnets, and those of ours that a run which died detached and
/// did not delete.
fn tables(ground: &Ground) -> Vec<&Found> {
    let is_table = |owned: &&Found| owned.id.is_type(RouteTable::TYPE);
    let mut found: Vec<&Found> = ground.around.iter().filter(is_table).collect();
    let loose = ground.inventory.owned.iter().filter(is_table);
    for table in loose {
        if found.iter().all(|other| other.id != table.id) {
            found.push(table);
        }
    }
    found
}

/// Returns why a table stays, if it does.
fn stays(ground: &Ground, cluster: &ClusterBody<'_>, table: &Found) -> Option<String> {
    let name = table.id.name();
    if !ground.owns(&table.id) {
        let on: Vec<String> = attached(table).iter().map(|id| id.name().to_owned()).collect();
        let on = if on.is_empty() { "its subnets".to_owned() } else { quoted(&on) };
        return Some(format!(
            "the route table `{name}` was made by another hand and stays on {on}; AKS takes the \
             pods' routes out of it"
        ));
    }
    if cluster.is_routed() {
        return Some(format!("the route table `{name}` stays: it leads the way out"));
    }
    let others = foreign_routes(cluster, table);
    if !others.is_empty() {
        return Some(format!(
            "the route table `{name}` stays, because it holds routes that are not the pods': {}",
            quoted(&others)
        ));
    }
    let held = attached(table).into_iter().find(|subnet| !ground.owns(subnet))?;
    Some(format!(
        "the route table `{name}` stays: the subnet `{}`, which is not ours, uses it",
        held.name()
    ))
}

/// Returns the routes of a table that lead elsewhere than into the pods' range.
fn foreign_routes(cluster: &ClusterBody<'_>, table: &Found) -> Vec<String> {
    let pods: Option<Range> = cluster.pod_range().and_then(|text| text.parse().ok());
    let leads_to_pods = |route: &Value| {
        let prefix = route.pointer("/properties/addressPrefix").and_then(Value::as_str);
        let prefix = prefix.and_then(|text| text.parse::<Range>().ok());
        matches!((pods, prefix), (Some(pods), Some(prefix)) if pods.contains(&prefix))
    };
    let routes = table.body.pointer("/properties/routes").and_then(Value::as_array);
    let others = routes.into_iter().flatten().filter(|route| !leads_to_pods(route));
    others.filter_map(|route| route.get("name")?.as_str().map(str::to_owned)).collect()
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Returns the rights on a table that this environment gave to its identity.
fn roles_on<'a>(ground: &'a Ground, table: &'a ResourceId) -> impl Iterator<Item = &'a Found> {
    let roles = ground.inventory.owned.iter();
    // A subnet of others goes on naming the table, and AKS has to be let do that with each write; and
    // another cluster may work by the same right.
    let subnets = ground.of_type(Subnet::TYPE).filter(|subnet| !ground.owns(&subnet.id));
    let named = subnets.into_iter().any(|subnet| carries(subnet, table));
    let is_used = |id: &ResourceId| ground.inventory.uses.iter().any(|one| one.of == *id);
    roles.filter(move |owned| {
        !named
            && owned.id.is_type(RoleAssignment::TYPE)
            && owned.id.parent().as_ref() == Some(table)
            && !is_used(&owned.id)
    })
}

fn carries(subnet: &Found, table: &ResourceId) -> bool {
    ResourceId::at(&subnet.body, "/properties/routeTable/id").as_ref() == Some(table)
}

/// Returns the step that takes a route table off a subnet and leaves everything else on it.
fn detachment(subnet: &Found) -> Step {
    let kind = Subnet::TYPE;
    let rules = rules_of(kind).unwrap_or_default();
    let wish = json!({ "properties": { "routeTable": null } });
    let after = settle(&subnet.body, &wish, &rules);
    Step {
        id: subnet.id.clone(),
        kind: kind.to_owned(),
        api: subnet.api.clone(),
        action: Action::Update,
        reasons: vec![Reason::LeftBehind],
        deltas: deltas(&subnet.body, &after, &rules),
        calls: vec![Call::Put(Wish::on::<Subnet>(wish.clone(), &subnet.body))],
        verify: Some(Verify { desired: Body::new(wish), rules }),
        lane: lane(&subnet.id),
        pace: Subnet::TRAITS.pace,
    }
}

fn deletion(owned: &Found, environment: &str, ground: &Ground) -> Step {
    let kind = owned.id.resource_type();
    let gave = rights::gave(owned, ground.inventory.bodies());
    Step {
        id: owned.id.clone(),
        api: owned.api.clone(),
        action: Action::Delete,
        reasons: [Reason::LeftBehind].into_iter().chain(gave).collect(),
        deltas: Vec::new(),
        calls: vec![Call::Delete(Deletion::of(&owned.id, &owned.body, environment))],
        verify: None,
        lane: lane(&owned.id),
        pace: traits_of(&kind).pace,
        kind,
    }
}
