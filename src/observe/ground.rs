//! What a migration has to know: the environment, and the subnets, networks and route tables that
//! its pools stand on, whoever made them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{get_all, inventory, members};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::plan::Ground;

/// Returns what a migration of an environment has to know, found by the environment's name.
pub async fn ground(arm: &Arm, subscription: &str, environment: &str) -> Result<Ground, Error> {
    let mut ground =
        Ground { inventory: inventory(arm, subscription, environment).await?, ..Ground::default() };
    let Some(cluster) = ground.cluster() else { return Ok(ground) };
    let subnets = distinct(
        members(&cluster.body, "agentPoolProfiles").filter_map(|pool| id_at(pool, "/vnetSubnetID")),
    );
    let networks = distinct(subnets.iter().filter_map(ResourceId::parent));
    ground.around = get_all(arm, &[subnets, networks].concat()).await?;
    let tables = distinct(
        ground.around.iter().filter_map(|owned| id_at(&owned.body, "/properties/routeTable/id")),
    );
    let tables = get_all(arm, &tables).await?;
    ground.around.extend(tables);
    Ok(ground)
}

fn id_at(body: &Value, pointer: &str) -> Option<ResourceId> {
    body.pointer(pointer).and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok())
}

fn distinct(ids: impl Iterator<Item = ResourceId>) -> Vec<ResourceId> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}
