//! What another hand put to use of an environment's own: it must not be pulled from under it.
//!
//! Azure says so itself, in answers that are read anyway: a table, a security group and a NAT
//! gateway list the subnets they serve, a subnet lists the addresses held in it, a cluster names
//! its subnets and identities.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::observed::{Found, Use, items, mentions};
use super::grants::is_worked_by;
use crate::arm::id::ResourceId;
use crate::kind::{Kind as _, PrivateEndpoint, RoleAssignment, Subnet, traits_of};

/// Returns what of another hand the bodies of our own resources name as their users.
///
/// What lies in something of ours is ours, unless it is known to be foreign: a subnet of another
/// hand in our network, say. The nodes of our clusters go with these.
pub(super) fn back_references(
    owned: &[Found],
    foreign: &[ResourceId],
    node_groups: &[ResourceId],
) -> Vec<Use> {
    let ours = |id: &ResourceId| {
        let inside = owned.iter().any(|one| one.id == *id || id.is_under(&one.id));
        let theirs = foreign.iter().any(|one| one == id || id.is_under(one));
        inside && !theirs || node_groups.iter().any(|group| id.is_under(group))
    };
    let mut uses = Vec::new();
    // Where a body names its users the kind knows: `natGateway` is one of an address, and of a
    // subnet it is what the subnet itself uses. Who holds addresses in one is looked at more
    // closely: see `held`.
    for one in owned.iter().filter(|one| !one.id.is_type(Subnet::TYPE)) {
        let lists = traits_of(&one.id.resource_type()).users;
        let named = lists.iter().flat_map(|list| items(list, &one.body)).filter_map(user_in);
        let by = named.filter(|id| !ours(id)).map(|id| user(&id));
        uses.extend(by.map(|by| Use { by, of: one.id.clone() }));
    }
    uses
}

/// Returns the user that an item of such a list names: a connection lies in what is used, and the
/// endpoint that it comes from stands within it.
fn user_in(item: &Value) -> Option<ResourceId> {
    ResourceId::at(item, "/properties/privateEndpoint/id").or_else(|| id_of(item))
}

/// Returns who is told as a user: a subnet by itself, a part of anything else by its whole.
fn user(id: &ResourceId) -> ResourceId {
    if id.is_type(Subnet::TYPE) { id.clone() } else { outermost(id).unwrap_or_else(|| id.clone()) }
}

/// What holds addresses, and the subnet it holds them in, by the group it lies in. The nodes of
/// our own clusters are left out: they go with these.
pub(crate) type Held<'a> = BTreeMap<ResourceId, BTreeSet<(ResourceId, &'a ResourceId)>>;

/// Where something names what Azure made along with it, which carries no name of ours and goes with
/// it: the interface of a private endpoint.
const ALONG: &[&str] = &["properties.networkInterfaces"];

/// Returns what goes with something of ours because Azure made it along with that.
pub(super) fn along(owned: &Found) -> Vec<ResourceId> {
    if !owned.id.is_type(PrivateEndpoint::TYPE) {
        return Vec::new();
    }
    ALONG.iter().flat_map(|list| items(list, &owned.body)).filter_map(id_of).collect()
}

/// Returns what holds a subnet, as its body tells: addresses, gateways of applications, services that
/// were handed it, which a link names.
pub(crate) fn holders(subnet: &Value) -> impl Iterator<Item = ResourceId> {
    let all = traits_of(Subnet::TYPE).users.iter().flat_map(|list| items(list, subnet));
    all.filter_map(|item| ResourceId::at(item, "/properties/link").or_else(|| id_of(item)))
}

/// Returns what holds addresses in our subnets.
pub(crate) fn held<'a>(owned: &'a [Found], node_groups: &[ResourceId]) -> Held<'a> {
    let mut held: Held<'_> = BTreeMap::new();
    let along: Vec<ResourceId> = owned.iter().flat_map(along).collect();
    for subnet in owned.iter().filter(|owned| owned.id.is_type(Subnet::TYPE)) {
        for id in holders(&subnet.body) {
            let (Some(group), Some(holder)) = (id.group(), outermost(&id)) else { continue };
            let is_ours = owned.iter().any(|one| one.id == holder) || along.contains(&holder);
            if !node_groups.contains(&group) && !is_ours {
                held.entry(group).or_default().insert((holder, &subnet.id));
            }
        }
    }
    held
}

/// Returns the resource right below its group that an id is, or lies in.
fn outermost(id: &ResourceId) -> Option<ResourceId> {
    let (group, mut outer) = (id.group()?, id.clone());
    loop {
        let parent = outer.parent()?;
        if parent == group {
            return Some(outer);
        }
        outer = parent;
    }
}

/// Who lies in a group that addresses are held from.
#[derive(Clone, Debug, PartialEq)]
pub enum Dwellers {
    /// Nobody: what the subnet lists is on its way out.
    Nobody,
    /// The nodes of this cluster, which is not ours.
    Cluster(Value),
    /// These.
    These(BTreeSet<ResourceId>),
    /// Somebody, and we may not look.
    Unknown,
}

/// What was read of those around who may use what is ours.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Clusters of others.
    pub clusters: Vec<Value>,
    /// Subnets of these, wherever they lie, as far as they may be read.
    pub subnets: Vec<Found>,
    /// Who lies in the groups that addresses of ours are held from.
    pub dwellers: BTreeMap<ResourceId, Dwellers>,
}

/// Returns what of another hand uses something of ours.
pub(super) fn uses(
    owned: &[Found],
    foreign: &[ResourceId],
    node_groups: &[ResourceId],
    neighbours: &Neighbours,
) -> Vec<Use> {
    let mut uses = back_references(owned, foreign, node_groups);
    let nobody = Dwellers::Nobody;
    for (group, holders) in held(owned, node_groups) {
        for (holder, subnet) in holders {
            let by = match neighbours.dwellers.get(&group).unwrap_or(&nobody) {
                Dwellers::Nobody => continue,
                Dwellers::Cluster(cluster) => id_of(cluster),
                Dwellers::These(ids) => ids.contains(&holder).then_some(holder),
                Dwellers::Unknown => Some(holder),
            };
            uses.extend(by.map(|by| Use { by, of: subnet.clone() }));
        }
    }
    let dwell = neighbours.dwellers.values().filter_map(|one| match one {
        Dwellers::Cluster(body) => Some(body),
        _ => None,
    });
    let clusters = dwell.chain(&neighbours.clusters);
    let subnets = [owned, &neighbours.subnets].concat();
    let of = |cluster| [named(cluster, owned), worked_by(cluster, owned, &subnets)].concat();
    uses.extend(clusters.flat_map(of));
    uses.sort();
    uses.dedup();
    uses
}

/// Returns the rights of ours that a cluster of another hand works by.
fn worked_by(cluster: &Value, owned: &[Found], subnets: &[Found]) -> Vec<Use> {
    let is_ours = |id: &ResourceId| owned.iter().any(|one| one.id == *id);
    let Some(by) = id_of(cluster).filter(|id| !is_ours(id)) else { return Vec::new() };
    let rights = owned.iter().filter(|one| one.id.is_type(RoleAssignment::TYPE));
    let rights = rights.filter(|one| is_worked_by(one, cluster, subnets));
    rights.map(|one| Use { by: by.clone(), of: one.id.clone() }).collect()
}

/// Returns what of ours a cluster of another hand names.
fn named(cluster: &Value, owned: &[Found]) -> Vec<Use> {
    let Some(by) = id_of(cluster).filter(|id| owned.iter().all(|one| one.id != *id)) else {
        return Vec::new();
    };
    let parts = ["identity", "properties"].map(|part| cluster.get(part));
    let names = |one: &Found| parts.iter().flatten().any(|part| mentions(part, &one.id));
    let used = owned.iter().filter(|one| names(one));
    used.map(|one| Use { by: by.clone(), of: one.id.clone() }).collect()
}

/// Returns the id that a body carries.
pub(crate) fn id_of(body: &Value) -> Option<ResourceId> {
    ResourceId::at(body, "/id")
}

/// Returns the id of what a list says stands in a group. What has none that can be read stands there
/// all the same, and is another hand's.
pub(crate) fn dweller(group: &ResourceId, listed: &Value) -> ResourceId {
    let text = |name: &str| listed.get(name).and_then(Value::as_str);
    let id = text("id").and_then(|id| ResourceId::listed(id).ok());
    id.filter(|id| id.is_under(group))
        .unwrap_or_else(|| group.child("resources", text("name").unwrap_or("(unnamed)")))
}
