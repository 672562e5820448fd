//! Those around who may use what is ours: clusters of the subscription, and whoever holds
//! addresses in our subnets.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};
use serde_json::Value;

use super::fetch::{contents, get, get_open, id_of};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, Kind as _, ResourceGroup, RoleAssignment};
use crate::plan::ownership::{Dwellers, Neighbours, dweller, held, subnets_of};
use crate::plan::{Environment, Found, Inventory, mentions, state};

/// Reads those around who may use what is ours; and whether nobody could say which clusters there
/// are.
pub(super) async fn neighbours(
    arm: &Arm,
    environment: &Environment,
    inventory: &Inventory,
) -> Result<(Neighbours, bool), Error> {
    let owned = &inventory.owned;
    let held = held(owned, &inventory.node_groups);
    let groups = held.keys().map(|group| async move {
        Ok::<_, Error>((group.clone(), dwellers(arm, group, owned).await?))
    });
    let beside = inventory.foreign.iter().filter(|id| id.is_type(Cluster::TYPE)).cloned();
    let (clusters, dwellers) =
        try_join(clusters(arm, environment, owned, beside.collect()), try_join_all(groups)).await?;
    let (clusters, is_unsure) = clusters;
    let dwellers: BTreeMap<ResourceId, Dwellers> = dwellers.into_iter().collect();
    let subnets = subnets(arm, &clusters, owned).await?;
    Ok((Neighbours { clusters, subnets, dwellers }, is_unsure))
}

/// Reads the subnets of clusters of others that are not ours, where a right of ours may be one that
/// such a cluster works by: what is attached to them, they alone tell.
async fn subnets(arm: &Arm, clusters: &[Value], owned: &[Found]) -> Result<Vec<Found>, Error> {
    if !owned.iter().any(|one| one.id.is_type(RoleAssignment::TYPE)) {
        return Ok(Vec::new());
    }
    let used: BTreeSet<ResourceId> = clusters.iter().flat_map(subnets_of).collect();
    let open = used.into_iter().filter(|id| owned.iter().all(|one| one.id != *id));
    Ok(get_open(arm, open).await?.0)
}

/// Returns the clusters of others that name what is ours, or stand beside it: a list names them,
/// and each is read.
async fn clusters(
    arm: &Arm,
    environment: &Environment,
    owned: &[Found],
    mut open: Vec<ResourceId>,
) -> Result<(Vec<Value>, bool), Error> {
    let scope = ResourceId::subscription(&environment.subscription);
    let (suffix, api) = (format!("/providers/{}", Cluster::TYPE), Cluster::API);
    let (listed, is_unsure) = match arm.list(&scope, &suffix, &api, &[]).await {
        Ok(listed) => (listed, false),
        Err(error) if error.status() == Some(403) => (Vec::new(), true),
        Err(error) => return Err(error),
    };
    let holders: Vec<&str> = owned.iter().filter_map(|one| principal(&one.body)).collect();
    let bears = |body: &Value| {
        let text = body.get("identity").map(Value::to_string).unwrap_or_default();
        let text = text.to_ascii_lowercase();
        holders.iter().any(|holder| text.contains(&holder.to_ascii_lowercase()))
            || owned.iter().any(|one| mentions(body, &one.id))
    };
    let bearing = listed.iter().filter(|body| bears(body)).filter_map(id_of);
    open.extend(bearing.filter(|id| owned.iter().all(|one| one.id != *id)));
    open.sort();
    open.dedup();
    let read = open.iter().map(|id| get(arm, id, &api));
    Ok((try_join_all(read).await?.into_iter().flatten().collect(), is_unsure))
}

fn principal(body: &Value) -> Option<&str> {
    body.pointer("/properties/principalId").and_then(Value::as_str)
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
    let manager = ResourceId::at(&body, "/managedBy");
    let Some(cluster) = manager.filter(|id| id.is_type(Cluster::TYPE)) else {
        let ids = contents(arm, group).await?.unwrap_or_default();
        return Ok(Dwellers::These(ids.iter().map(|one| dweller(group, one)).collect()));
    };
    if owned.iter().any(|owned| owned.id == cluster) {
        return Ok(Dwellers::Nobody);
    }
    Ok(get(arm, &cluster, &Cluster::API).await?.map_or(Dwellers::Nobody, Dwellers::Cluster))
}
