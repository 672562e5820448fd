//! What another hand put to use of an environment's own: it must not be pulled from under it.
//!
//! Two facts tell: a subnet lists the addresses that are held in it, and a cluster names its
//! subnets and identities. Where a cluster lies beside ours without our tag, or holds addresses in
//! a subnet of ours, it is read; most environments have neither, and cost no read more.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};
use serde_json::Value;

use super::{contents, get, id_of};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, Kind as _, ResourceGroup, Subnet};
use crate::plan::{Found, Use, mentions, state};

/// Returns what of another hand uses something of ours.
pub(super) async fn uses(
    arm: &Arm,
    owned: &[Found],
    foreign: &[ResourceId],
    node_groups: &[ResourceId],
) -> Result<Vec<Use>, Error> {
    let beside = foreign.iter().filter(|id| id.is_type(Cluster::TYPE)).cloned();
    let beside = try_join_all(beside.map(|id| async move { get(arm, &id, &Cluster::API).await }));
    let held = held(owned, node_groups);
    let groups = held.keys().map(|group| async move { dwellers(arm, group, owned).await });
    let (beside, dwellers) = try_join(beside, try_join_all(groups)).await?;
    let mut uses = Vec::new();
    for (dwellers, holders) in dwellers.iter().zip(held.values()) {
        for (holder, subnet) in holders {
            let by = match dwellers {
                Dwellers::Nobody => continue,
                Dwellers::Cluster(cluster) => id_of(cluster),
                Dwellers::These(ids) => ids.contains(holder).then(|| holder.clone()),
                Dwellers::Unknown => Some(holder.clone()),
            };
            uses.extend(by.map(|by| Use { by, of: (*subnet).clone() }));
        }
    }
    let clusters = dwellers.iter().filter_map(Dwellers::cluster).chain(beside.iter().flatten());
    uses.extend(clusters.flat_map(|cluster| named(cluster, owned)));
    uses.sort();
    uses.dedup();
    Ok(uses)
}

/// What holds addresses, and the subnet it holds them in, by the group it lies in. The nodes of
/// our own clusters are left out: they go with these.
type Held<'a> = BTreeMap<ResourceId, BTreeSet<(ResourceId, &'a ResourceId)>>;

fn held<'a>(owned: &'a [Found], node_groups: &[ResourceId]) -> Held<'a> {
    let mut held: Held<'_> = BTreeMap::new();
    for subnet in owned.iter().filter(|owned| owned.id.is_type(Subnet::TYPE)) {
        let list = subnet.body.pointer("/properties/ipConfigurations").and_then(Value::as_array);
        for id in list.into_iter().flatten().filter_map(id_of) {
            let (Some(group), Some(holder)) = (id.group(), outermost(&id)) else { continue };
            if !node_groups.contains(&group) {
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
enum Dwellers {
    /// Nobody: what the subnet lists is on its way out.
    Nobody,
    /// The nodes of this cluster, which is not ours.
    Cluster(Value),
    /// These.
    These(BTreeSet<ResourceId>),
    /// Somebody, and we may not look.
    Unknown,
}

impl Dwellers {
    fn cluster(&self) -> Option<&Value> {
        match self {
            Self::Cluster(body) => Some(body),
            Self::Nobody | Self::These(_) | Self::Unknown => None,
        }
    }
}

async fn dwellers(arm: &Arm, group: &ResourceId, owned: &[Found]) -> Result<Dwellers, Error> {
    match look(arm, group, owned).await {
        Err(error) if error.status() == Some(403) => Ok(Dwellers::Unknown),
        other => other,
    }
}

async fn look(arm: &Arm, group: &ResourceId, owned: &[Found]) -> Result<Dwellers, Error> {
    let Some(body) = get(arm, group, &ResourceGroup::API).await? else {
        return Ok(Dwellers::Nobody);
    };
    if state(&body).eq_ignore_ascii_case("Deleting") {
        return Ok(Dwellers::Nobody);
    }
    let manager = body.get("managedBy").and_then(Value::as_str);
    let manager = manager.and_then(|id| ResourceId::parse(id).ok());
    let Some(cluster) = manager.filter(|id| id.is_type(Cluster::TYPE)) else {
        let ids = contents(arm, group).await?.unwrap_or_default();
        return Ok(Dwellers::These(ids.iter().filter_map(id_of).collect()));
    };
    if owned.iter().any(|owned| owned.id == cluster) {
        return Ok(Dwellers::Nobody);
    }
    Ok(get(arm, &cluster, &Cluster::API).await?.map_or(Dwellers::Nobody, Dwellers::Cluster))
}

/// Returns what of ours a cluster names.
fn named(cluster: &Value, owned: &[Found]) -> Vec<Use> {
    let Some(by) = id_of(cluster) else { return Vec::new() };
    let parts = ["identity", "properties"].map(|part| cluster.get(part));
    let names = |id: &ResourceId| parts.iter().flatten().any(|part| mentions(part, id));
    let used = owned.iter().filter(|owned| names(&owned.id));
    used.map(|owned| Use { by: by.clone(), of: owned.id.clone() }).collect()
}
