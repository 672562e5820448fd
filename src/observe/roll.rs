//! Every environment of subscriptions, as lists tell: asked of Azure Resource Graph, which answers
//! for thousands at once, and where that cannot be asked, of ARM.
//!
//! The graph is filled from what ARM tells it and may be minutes behind; ARM's own list of groups,
//! which also says when each was made, corrects it.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use futures_util::try_join;
use serde_json::Value;
use time::OffsetDateTime;

use super::fetch::{LISTS, id_of};
use crate::arm::body::ApiVersion;
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, ENVIRONMENT, Kind as _, ResourceGroup};
use crate::plan::{Aliases, Sighting, roll};

/// The version that Azure Resource Graph is asked in.
const GRAPH: ApiVersion = ApiVersion::new("2022-10-01");

/// The version that subscriptions are listed in.
const SUBSCRIPTIONS: ApiVersion = ApiVersion::new("2022-12-01");

/// The question: groups and clusters that carry the tag, in any case, and whatever else carries it in
/// a group that does not, as that is nobody's or another hand's.
const QUESTION: &str = "resourcecontainers \
    | where type =~ 'microsoft.resources/subscriptions/resourcegroups' \
    | where tostring(tags) contains 'akstool-environment' \
    | project id, location, tags, managedBy, properties \
    | union (resources \
        | where type =~ 'microsoft.containerservice/managedclusters' \
        | where tostring(tags) contains 'akstool-environment' \
        | project id, location, tags, systemData, properties) \
    | union (resources \
        | where type !~ 'microsoft.containerservice/managedclusters' \
        | join kind=leftouter (resourcecontainers \
            | where type =~ 'microsoft.resources/subscriptions/resourcegroups' \
            | project subscriptionId, resourceGroup, groupTags = tostring(tags), manager = tostring(managedBy)) \
            on subscriptionId, resourceGroup \
        | where isempty(manager) and groupTags !contains 'akstool-environment' \
        | where tostring(tags) contains 'akstool-environment' \
        | project id, location, tags) \
    | order by id asc";

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// In these subscriptions.
    These(Vec<String>),
    /// In all that the login sees.
    All,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    /// The environments.
    pub sightings: Vec<Sighting>,
    /// The subscriptions that were looked at, as far as they are known by name.
    pub subscriptions: Vec<String>,
    /// What Azure's clock showed.
    pub azure: Option<OffsetDateTime>,
    /// Why the graph was not asked, where it could not be.
    pub without_graph: Option<String>,
}

/// Returns every environment that lists tell of. With `wall`, what Azure says about times is told on
/// that clock.
pub async fn environments(
    arm: &Arm,
    within: &Within,
    aliases: &Aliases,
    wall: Option<OffsetDateTime>,
) -> Result<Roll, Error> {
    let named = match within {
        Within::These(named) => Some(named.as_slice()),
        Within::All => None,
    };
    let (rows, azure, without_graph) = match arm.query(QUESTION, named, &GRAPH).await {
        Ok((rows, answer)) => (rows, answer.date(), None),
        Err(error) if error.status().is_none_or(|status| status == 401) => return Err(error),
        Err(error) => (Vec::new(), None, Some(error.to_string())),
    };
    let subscriptions = match (named, &without_graph) {
        (Some(named), _) => named.to_vec(),
        (None, None) => mentioned(&rows),
        (None, Some(_)) => arm.subscriptions(&SUBSCRIPTIONS).await?,
    };
    let each = try_join_all(subscriptions.iter().map(|one| async {
        let scope = ResourceId::subscription(one);
        match without_graph {
            Some(_) => lists(arm, &scope).await,
            None => Ok(groups(arm, &scope).await.ok()),
        }
    }));
    let mut rows = rows;
    for (subscription, told) in subscriptions.iter().zip(each.await?) {
        if let Some(told) = told {
            rows = corrected(rows, told, subscription);
        }
    }
    let ahead = wall.zip(azure).map(|(wall, azure)| wall - azure).unwrap_or_default();
    let sightings = roll(&rows, aliases, ahead);
    Ok(Roll { sightings, subscriptions, azure, without_graph })
}

/// Returns the subscriptions that rows lie in.
fn mentioned(rows: &[Value]) -> Vec<String> {
    let ids = rows.iter().filter_map(id_of);
    let all: BTreeSet<String> = ids.map(|id| id.subscription_id().to_ascii_lowercase()).collect();
    all.into_iter().collect()
}

/// Lists the groups that carry the tag.
async fn groups(arm: &Arm, scope: &ResourceId) -> Result<Vec<Value>, Error> {
    let query =
        [("$filter", format!("tagName eq '{ENVIRONMENT}'")), ("$expand", "createdTime".to_owned())];
    arm.list(scope, "/resourcegroups", &LISTS, &query).await
}

/// Lists what the graph would have told: all groups, all clusters, all that carries the tag.
async fn lists(arm: &Arm, scope: &ResourceId) -> Result<Option<Vec<Value>>, Error> {
    let clusters = format!("/providers/{}", Cluster::TYPE);
    let created = [("$expand", "createdTime".to_owned())];
    let tagged = [("$filter", format!("tagName eq '{ENVIRONMENT}'"))];
    let (own, theirs) = (LISTS, Cluster::API);
    let (groups, clusters, rest) = try_join!(
        arm.list(scope, "/resourcegroups", &own, &created),
        arm.list(scope, &clusters, &theirs, &[]),
        arm.list(scope, "/resources", &own, &tagged),
    )?;
    let known: BTreeSet<ResourceId> = clusters.iter().filter_map(id_of).collect();
    let rest = rest.into_iter().filter(|row| id_of(row).is_none_or(|id| !known.contains(&id)));
    Ok(Some(groups.into_iter().chain(clusters).chain(rest).collect()))
}

/// Puts what ARM tells in the place of what the graph told; a group that ARM does not know any more
/// is gone, with all in it.
fn corrected(rows: Vec<Value>, told: Vec<Value>, subscription: &str) -> Vec<Value> {
    let known: BTreeSet<ResourceId> = told.iter().filter_map(id_of).collect();
    let here = |id: &ResourceId| id.subscription_id().eq_ignore_ascii_case(subscription);
    let ids: Vec<Option<ResourceId>> = rows.iter().map(id_of).collect();
    let gone: BTreeSet<&ResourceId> = ids
        .iter()
        .flatten()
        .filter(|id| here(id) && id.is_type(ResourceGroup::TYPE) && !known.contains(id))
        .collect();
    let stays = |id: &ResourceId| {
        !known.contains(id) && !id.group().is_some_and(|group| gone.contains(&group))
    };
    let kept: Vec<bool> = ids.iter().map(|id| id.as_ref().is_some_and(stays)).collect();
    let rows = rows.into_iter().zip(kept).filter_map(|(row, is_kept)| is_kept.then_some(row));
    rows.chain(told).collect()
}
