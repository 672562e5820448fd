//! What stands in Azure: the one place that reads before a plan.
//!
//! [`observe`] asks for every resource of a graph at once, so that an environment costs one round
//! trip of latency however many resources it has; [`inventory`] finds an environment by its name
//! alone. Both hand their findings to the pure planner and decide nothing.

mod ground;
mod neighbours;
mod peers;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};
use serde_json::{Value, json};

use crate::arm::body::ApiVersion;
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{
    AgentPool, Cluster, ENVIRONMENT, Identity, Kind, Resource, ResourceGroup, RoleAssignment,
    Subnet, VirtualNetwork, api_version,
};
use crate::plan::{Found, Inventory, Observation, Observed, tag};

pub use self::ground::ground;

use self::peers::far_peerings;

/// The tag on a virtual network that names those of its subnets that are ours.
const SUBNETS: &str = "akstool-subnets";

/// The version that resources of any type are listed with: ARM's own, as for groups.
const LISTS: ApiVersion = ResourceGroup::API;

/// Returns what stands under every id of the graph, and what else carries the environment's name.
pub async fn observe(
    arm: &Arm,
    environment: &str,
    desired: &Graph<Resource>,
) -> Result<Observed, Error> {
    let wanted: Vec<&Resource> = desired.iter().map(|(_, resource)| resource).collect();
    let Some(first) = wanted.first() else {
        return Ok(Observed::default());
    };
    let subscription = ResourceId::subscription(first.id.subscription_id());
    let answers = try_join_all(wanted.iter().map(|resource| get(arm, &resource.id, &resource.api)));
    let (answers, listed) =
        try_join(answers, list_tagged(arm, &subscription, "/resources", environment)).await?;
    let mut resources: BTreeMap<ResourceId, Observation> = wanted
        .iter()
        .zip(answers)
        .map(|(resource, answer)| (resource.id.clone(), Observation::of(answer)))
        .collect();
    mend(arm, &wanted, &mut resources).await?;
    let unmanaged = unmanaged(arm, environment, &resources, listed).await?;
    Ok(Observed { resources, unmanaged })
}

/// Mends what the reads, all made at once, cannot have seen together: something that stands in what
/// is not there. Those are read once more, and what lies in nothing after that is gone.
async fn mend(
    arm: &Arm,
    wanted: &[&Resource],
    resources: &mut BTreeMap<ResourceId, Observation>,
) -> Result<(), Error> {
    let torn = torn(resources);
    let again = wanted.iter().filter(|resource| {
        let id = &resource.id;
        torn.iter().any(|(inner, outer)| id == inner || id == outer)
    });
    let answers = again.map(|resource| async {
        let answer = get(arm, &resource.id, &resource.api).await?;
        Ok::<_, Error>((resource.id.clone(), Observation::of(answer)))
    });
    resources.extend(try_join_all(answers).await?);
    for (inner, _) in self::torn(resources) {
        resources.insert(inner, Observation::Absent);
    }
    Ok(())
}

/// Returns what stands although what it lies in does not, each with the latter.
fn torn(resources: &BTreeMap<ResourceId, Observation>) -> Vec<(ResourceId, ResourceId)> {
    let absent: Vec<&ResourceId> = resources
        .iter()
        .filter(|(_, found)| **found == Observation::Absent)
        .map(|(id, _)| id)
        .collect();
    // A role assignment may outlive its scope for a while; what it grants shows in its own body.
    let present = resources
        .iter()
        .filter(|(id, found)| found.body().is_some() && !id.is_type(RoleAssignment::TYPE));
    present
        .flat_map(|(id, _)| {
            let outer = absent.iter().filter(|outer| id.is_under(outer));
            outer.map(|outer| (id.clone(), (*outer).clone()))
        })
        .collect()
}

/// Returns everything that an environment owns, found by its name.
pub async fn inventory(
    arm: &Arm,
    subscription: &str,
    environment: &str,
) -> Result<Inventory, Error> {
    let scope = ResourceId::subscription(subscription);
    let (groups, listed) = try_join(
        list_tagged(arm, &scope, "/resourcegroups", environment),
        list_tagged(arm, &scope, "/resources", environment),
    )
    .await?;
    let (groups, managed) = apart(groups);
    let named: Vec<ResourceId> = listed.iter().filter_map(id_of).collect();
    let contents = try_join_all(groups.iter().map(|group| contents(arm, &group.id)));
    let (found, contents) = try_join(get_all(arm, &named), contents).await?;
    let (groups, contents): (Vec<Found>, Vec<Vec<Value>>) =
        groups.into_iter().zip(contents).filter_map(|(group, held)| Some((group, held?))).unzip();
    let contents = contents.concat();
    let (found, gone) = sift(arm, environment, &named, found, &contents).await?;
    let of_nodes = [managed, node_groups(found.iter().map(|owned| &owned.body))].concat();
    let mut owned: Vec<Found> = found
        .into_iter()
        .filter(|owned| tag(&owned.body, ENVIRONMENT) == Some(environment))
        .filter(|owned| !lies_in(&owned.id, &of_nodes))
        .collect();
    let node_groups = node_groups(owned.iter().map(|owned| &owned.body));
    let (roles, far) =
        try_join(roles_of(arm, &scope, &owned), far_peerings(arm, environment, &owned)).await?;
    let children = owned.iter().flat_map(children).collect::<Vec<_>>();
    owned.extend(children);
    owned.extend(roles);
    owned.extend(far.owned);
    let mut foreign = strangers(&contents, &owned, &gone);
    foreign.extend(owned.iter().flat_map(foreign_subnets));
    let uses = neighbours::uses(arm, &owned, &foreign, &node_groups).await?;
    owned.extend(groups);
    let unseen = far.unseen;
    Ok(Inventory { owned, foreign, uses, gone, unseen, node_groups })
}

/// Returns the groups that may be ours, and those that something else manages. AKS copies the tags
/// of a cluster to the group of its nodes and to what lies there, which may have them longer.
fn apart(groups: Vec<Value>) -> (Vec<Found>, Vec<ResourceId>) {
    let is_free = |group: &Value| group.get("managedBy").is_none_or(Value::is_null);
    let (free, managed): (Vec<Value>, Vec<Value>) = groups.into_iter().partition(is_free);
    let free = free
        .into_iter()
        .filter_map(|body| Some(Found { id: id_of(&body)?, api: ResourceGroup::API, body }));
    (free.collect(), managed.iter().filter_map(id_of).collect())
}

/// Settles what the lists and the reads, all taken at the same time, say of the environment's own.
///
/// A list lags: it names what is gone, and not yet what was just made. Where it and the reads
/// disagree, what is read after both decides. Returns what stands, and what is gone although a
/// list names it.
async fn sift(
    arm: &Arm,
    environment: &str,
    named: &[ResourceId],
    mut found: Vec<Found>,
    contents: &[Value],
) -> Result<(Vec<Found>, Vec<(ResourceId, ApiVersion)>), Error> {
    let open: Vec<ResourceId> = contents
        .iter()
        .filter_map(|item| Some((id_of(item)?, tag(item, ENVIRONMENT) == Some(environment))))
        .filter(|(id, is_tagged)| *is_tagged || named.contains(id))
        .map(|(id, _)| id)
        .filter(|id| !found.iter().any(|owned| owned.id == *id))
        .collect();
    found.extend(get_all(arm, &open).await?);
    let gone = open
        .into_iter()
        .filter(|id| !found.iter().any(|owned| owned.id == *id))
        .filter_map(|id| api_version(&id.resource_type()).map(|api| (id, api)))
        .collect();
    Ok((found, gone))
}

/// Returns what a group holds of another hand: neither ours, nor in ours, nor ours and gone.
fn strangers(
    contents: &[Value],
    owned: &[Found],
    gone: &[(ResourceId, ApiVersion)],
) -> Vec<ResourceId> {
    let gone = gone.iter().map(|(id, _)| id);
    let ours: BTreeSet<&ResourceId> = owned.iter().map(|owned| &owned.id).chain(gone).collect();
    contents
        .iter()
        .filter_map(id_of)
        .filter(|id| !ours.contains(id) && !ours.iter().any(|our| id.is_under(our)))
        .collect()
}

/// Tells whether anything carries the environment's name.
pub async fn stands(arm: &Arm, subscription: &str, environment: &str) -> Result<bool, Error> {
    let scope = ResourceId::subscription(subscription);
    let (groups, listed) = try_join(
        list_tagged(arm, &scope, "/resourcegroups", environment),
        list_tagged(arm, &scope, "/resources", environment),
    )
    .await?;
    Ok(!groups.is_empty() || !listed.is_empty())
}

async fn get(arm: &Arm, id: &ResourceId, api: &ApiVersion) -> Result<Option<Value>, Error> {
    Ok(arm.get(id, api).await?.map(|answer| answer.body))
}

/// Reads every id whose type some kind speaks for; what vanished meanwhile is left out.
async fn get_all(arm: &Arm, ids: &[ResourceId]) -> Result<Vec<Found>, Error> {
    let known = ids.iter().filter_map(|id| Some((id, api_version(&id.resource_type())?)));
    let found = try_join_all(known.map(|(id, api)| async move {
        let body = get(arm, id, &api).await?;
        Ok::<_, Error>(body.map(|body| Found { id: id.clone(), api, body }))
    }));
    Ok(found.await?.into_iter().flatten().collect())
}

async fn list_tagged(
    arm: &Arm,
    scope: &ResourceId,
    suffix: &str,
    environment: &str,
) -> Result<Vec<Value>, Error> {
    let value = environment.replace('\'', "''");
    let filter = format!("tagName eq '{ENVIRONMENT}' and tagValue eq '{value}'");
    arm.list(scope, suffix, &LISTS, &[("$filter", filter)]).await
}

/// Returns what a group holds; `None` for one that is gone and that the list of groups still names.
async fn contents(arm: &Arm, group: &ResourceId) -> Result<Option<Vec<Value>>, Error> {
    match arm.list(group, "/resources", &LISTS, &[]).await {
        Ok(listed) => Ok(Some(listed)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

fn id_of(body: &Value) -> Option<ResourceId> {
    body.get("id").and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok())
}

/// Returns what carries the environment's name and is not in the graph.
async fn unmanaged(
    arm: &Arm,
    environment: &str,
    resources: &BTreeMap<ResourceId, Observation>,
    listed: Vec<Value>,
) -> Result<Vec<Found>, Error> {
    let bodies: Vec<(&ResourceId, &Value)> =
        resources.iter().filter_map(|(id, found)| Some((id, found.body()?))).collect();
    let node_groups = node_groups(bodies.iter().map(|(_, body)| *body));
    let ids: Vec<ResourceId> = listed
        .iter()
        .filter_map(id_of)
        .filter(|id| !resources.contains_key(id) && !lies_in(id, &node_groups))
        .collect();
    let found = get_all(arm, &ids).await?;
    // A pool that `az` added carries no tag of ours: it is no found to be pruned.
    let tagged = |owned: &Found| {
        let pool = owned.id.is_type(AgentPool::TYPE);
        let tags = owned.body.get("properties");
        !pool || tags.and_then(|pool| tag(pool, ENVIRONMENT)) == Some(environment)
    };
    let owned = bodies.iter().filter(|(_, body)| tag(body, ENVIRONMENT).is_some());
    let inside = owned.flat_map(|(id, body)| {
        let (id, body) = ((*id).clone(), (*body).clone());
        children(&Found { id, api: Cluster::API, body }).into_iter().filter(tagged)
    });
    // The list lags; what stands says whose it is.
    let found =
        found.into_iter().filter(|owned| tag(&owned.body, ENVIRONMENT) == Some(environment));
    Ok(found
        .chain(inside)
        .filter(|owned| !resources.contains_key(&owned.id))
        .map(|owned| Found { id: owned.id, api: owned.api, body: owned.body })
        .collect())
}

/// Returns the groups that AKS made for nodes; what lies there is AKS's own, whatever its tags.
fn node_groups<'a>(bodies: impl Iterator<Item = &'a Value>) -> Vec<ResourceId> {
    bodies
        .filter_map(|body| {
            let name = body.pointer("/properties/nodeResourceGroup")?.as_str()?;
            Some(ResourceId::resource_group(id_of(body)?.subscription_id(), name))
        })
        .collect()
}

fn lies_in(id: &ResourceId, groups: &[ResourceId]) -> bool {
    groups.iter().any(|group| id.is_under(group))
}

/// Returns the children of an owned resource that are ours: a cluster's pools, and those subnets
/// that the network's tag names.
fn children(owned: &Found) -> Vec<Found> {
    let child = |collection: &str, api: ApiVersion, body: Value| {
        let name = body.get("name")?.as_str()?;
        Some(Found { id: owned.id.child(collection, name), api, body })
    };
    if owned.id.is_type(Cluster::TYPE) {
        return members(&owned.body, "agentPoolProfiles")
            .filter_map(|pool| child("agentPools", AgentPool::API, as_resource(pool)?))
            .collect();
    }
    if !owned.id.is_type(VirtualNetwork::TYPE) {
        return Vec::new();
    }
    members(&owned.body, "subnets")
        .filter(|subnet| is_our_subnet(&owned.body, subnet))
        .filter_map(|subnet| child("subnets", Subnet::API, subnet.clone()))
        .collect()
}

/// Returns a pool as it would answer for itself: a cluster lists the properties of its pools
/// without the fold, state included.
fn as_resource(profile: &Value) -> Option<Value> {
    let mut properties = profile.as_object()?.clone();
    let name = properties.remove("name")?;
    Some(json!({ "name": name, "properties": properties }))
}

fn members<'a>(body: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    body.get("properties").and_then(|p| p.get(list)).and_then(Value::as_array).into_iter().flatten()
}

fn text_at<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str)
}

fn is_our_subnet(network: &Value, subnet: &Value) -> bool {
    let ours = tag(network, SUBNETS).unwrap_or_default();
    let name = subnet.get("name").and_then(Value::as_str).unwrap_or_default();
    ours.split(' ').any(|our| our.eq_ignore_ascii_case(name))
}

fn foreign_subnets(owned: &Found) -> Vec<ResourceId> {
    if !owned.id.is_type(VirtualNetwork::TYPE) {
        return Vec::new();
    }
    members(&owned.body, "subnets")
        .filter(|subnet| !is_our_subnet(&owned.body, subnet))
        .filter_map(|subnet| Some(owned.id.child("subnets", subnet.get("name")?.as_str()?)))
        .collect()
}

/// Returns the role assignments that this environment made for its identities: their names follow
/// from scope, role and identity.
async fn roles_of(arm: &Arm, scope: &ResourceId, owned: &[Found]) -> Result<Vec<Found>, Error> {
    let identities = owned.iter().filter(|owned| owned.id.is_type(Identity::TYPE));
    let lists = identities.filter_map(|identity| {
        let principal = identity.body.pointer("/properties/principalId")?.as_str()?.to_owned();
        Some(assignments(arm, scope, &identity.id, principal))
    });
    Ok(try_join_all(lists).await?.into_iter().flatten().collect())
}

async fn assignments(
    arm: &Arm,
    scope: &ResourceId,
    identity: &ResourceId,
    principal: String,
) -> Result<Vec<Found>, Error> {
    let suffix = "/providers/Microsoft.Authorization/roleAssignments";
    let filter = format!("principalId eq '{principal}'");
    let listed = arm.list(scope, suffix, &RoleAssignment::API, &[("$filter", filter)]).await?;
    let ours = listed.into_iter().filter_map(|body| {
        let id = id_of(&body)?;
        let role = body.pointer("/properties/roleDefinitionId")?.as_str()?;
        let guid = role.rsplit('/').next()?;
        let made = RoleAssignment::id_of(&id.parent()?, guid, identity);
        (made == id).then_some(Found { id, api: RoleAssignment::API, body })
    });
    Ok(ours.collect())
}
