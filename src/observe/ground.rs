//! What a migration has to know: the environment, and the subnets, networks and route tables that
//! its pools stand on, whoever made them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fetch::get_all;
use super::inventory;
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::Resource;
use crate::plan::{Environment, Found, Ground, members};

/// Returns what a migration of an environment has to know.
pub async fn ground(
    arm: &Arm,
    environment: &Environment,
    desired: Option<&Graph<Resource>>,
) -> Result<Ground, Error> {
    let inventory = inventory(arm, environment, desired).await?;
    let mut ground = Ground { inventory, ..Ground::default() };
    let Some(cluster) = ground.cluster() else { return Ok(ground) };
    let subnets = of_pools(cluster);
    let networks = distinct(subnets.iter().filter_map(ResourceId::parent));
    ground.around = get_all(arm, &[subnets, networks].concat()).await?;
    let tables = distinct(
        ground
            .around
            .iter()
            .filter_map(|owned| ResourceId::at(&owned.body, "/properties/routeTable/id")),
    );
    let tables = get_all(arm, &tables).await?;
    ground.around.extend(tables);
    Ok(ground)
}

/// Returns what starting, stopping and upgrading a cluster have to know: of what its pools stand on,
/// the subnets alone.
pub async fn footing(
    arm: &Arm,
    environment: &Environment,
    desired: Option<&Graph<Resource>>,
) -> Result<Ground, Error> {
    let inventory = inventory(arm, environment, desired).await?;
    let mut ground = Ground { inventory, ..Ground::default() };
    let subnets = ground.cluster().map(of_pools).unwrap_or_default();
    ground.around = get_all(arm, &subnets).await?;
    Ok(ground)
}

fn of_pools(cluster: &Found) -> Vec<ResourceId> {
    let pools = members(&cluster.body, "agentPoolProfiles");
    distinct(pools.filter_map(|pool| ResourceId::at(pool, "/vnetSubnetID")))
}

/// Returns the pools of a cluster, each as Azure answers for it alone.
pub async fn pools(arm: &Arm, cluster: &Found) -> Result<Vec<Found>, Error> {
    let names = members(&cluster.body, "agentPoolProfiles")
        .filter_map(|pool| pool.get("name").and_then(Value::as_str));
    let ids: Vec<ResourceId> = names.map(|name| cluster.id.child("agentPools", name)).collect();
    get_all(arm, &ids).await
}

fn distinct(ids: impl Iterator<Item = ResourceId>) -> Vec<ResourceId> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}
