//! The groups that a name stands in.

use std::collections::BTreeSet;

use futures_util::future::{try_join, try_join_all};
use serde_json::Value;

use super::fetch::{get, get_all, id_of, list_tagged};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{Kind as _, ResourceGroup, api_version};
use crate::plan::Environment;

/// Returns the environments of a name, each in its group; none where nothing carries the name.
///
/// Lists name candidates. One that they need not know yet is the group of the name itself, where
/// an environment stands unless its profile says otherwise.
pub async fn places(arm: &Arm, subscription: &str, name: &str) -> Result<Vec<Environment>, Error> {
    let scope = ResourceId::subscription(subscription);
    let (groups, listed) = try_join(
        list_tagged(arm, &scope, "/resourcegroups", name),
        list_tagged(arm, &scope, "/resources", name),
    )
    .await?;
    let nowhere = Environment::new(subscription, "", name);
    let home = Environment::new(subscription, name, name);
    let mut listed: Vec<ResourceId> = listed.iter().filter_map(id_of).collect();
    listed.extend(home.expected());
    let groups: Vec<ResourceId> =
        groups.iter().filter_map(id_of).chain([home.group.clone()]).collect();
    let places = verified(arm, &nowhere, groups, &listed).await?;
    let place = |group: ResourceId| Environment { group, ..nowhere.clone() };
    Ok(places.into_iter().map(place).collect())
}

/// Returns the other groups in which an environment of this name stands.
pub(super) async fn elsewhere(
    arm: &Arm,
    environment: &Environment,
    groups: &[Value],
    listed: &[ResourceId],
) -> Result<Vec<ResourceId>, Error> {
    let groups = groups.iter().filter_map(id_of).filter(|id| !environment.is_home(id)).collect();
    let listed: Vec<ResourceId> =
        listed.iter().filter(|id| !environment.is_home(id)).cloned().collect();
    verified(arm, environment, groups, &listed).await
}

/// Returns those of the groups, and of the groups of what is listed, that carry the name or hold
/// something that does, each read under its own id.
async fn verified(
    arm: &Arm,
    environment: &Environment,
    groups: Vec<ResourceId>,
    listed: &[ResourceId],
) -> Result<Vec<ResourceId>, Error> {
    let inner = listed.iter().filter_map(ResourceId::group);
    let all: BTreeSet<ResourceId> = groups.into_iter().chain(inner).collect();
    let checked = try_join_all(all.into_iter().map(|group| async move {
        Ok::<_, Error>(stands_in(arm, environment, &group, listed).await?.then_some(group))
    }));
    Ok(checked.await?.into_iter().flatten().collect())
}

async fn stands_in(
    arm: &Arm,
    environment: &Environment,
    group: &ResourceId,
    listed: &[ResourceId],
) -> Result<bool, Error> {
    let Some(body) = get(arm, group, &ResourceGroup::API).await? else { return Ok(false) };
    // AKS copies the tags of a cluster to the group of its nodes and to what lies there.
    if body.get("managedBy").is_some_and(|manager| !manager.is_null()) {
        return Ok(false);
    }
    if environment.is_named_by(&body) {
        return Ok(true);
    }
    let inside = listed.iter().filter(|id| id.is_under(group));
    let known = inside.filter(|id| api_version(&id.resource_type()).is_some());
    let read = get_all(arm, &known.cloned().collect::<Vec<_>>()).await?;
    Ok(read.iter().any(|one| environment.is_named_by(&one.body)))
}
