//! The reads that everything here is made of.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::arm::body::ApiVersion;
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{API_VERSION, ENVIRONMENT, Kind, Peering, ResourceGroup, api_version, traits_of};
use crate::plan::ownership::types;
use crate::plan::{Found, tag};

pub(super) use crate::plan::ownership::id_of;

/// The version that resources of any type are listed with: ARM's own, as for groups.
pub(super) const LISTS: ApiVersion = ResourceGroup::API;

pub(super) async fn get(
    arm: &Arm,
    id: &ResourceId,
    api: &ApiVersion,
) -> Result<Option<Value>, Error> {
    match arm.get(id, api).await {
        Err(error) if error.is_unregistered() => Ok(None),
        answer => Ok(answer?.map(|answer| answer.body)),
    }
}

/// Reads every id whose type some kind speaks for; what is not there is left out.
pub(super) async fn get_all(arm: &Arm, ids: &[ResourceId]) -> Result<Vec<Found>, Error> {
    let known = ids.iter().filter_map(|id| Some((id, api_version(&id.resource_type())?)));
    let found = try_join_all(known.map(|(id, api)| async move {
        let Some(mut body) = get(arm, id, &api).await? else { return Ok(None) };
        linked(arm, id, &api, &mut body).await?;
        Ok::<_, Error>(Some(Found { id: id.clone(), api, body }))
    }));
    Ok(found.await?.into_iter().flatten().collect())
}

/// Reads into a document what is linked to the resource, where it does not say that itself.
async fn linked(
    arm: &Arm,
    id: &ResourceId,
    api: &ApiVersion,
    body: &mut Value,
) -> Result<(), Error> {
    let Some(list) = traits_of(&id.resource_type()).linked_by else { return Ok(()) };
    let links = match arm.list(id, &format!("/{list}"), api, &[]).await {
        // It went meanwhile.
        Err(error) if error.status() == Some(404) => Vec::new(),
        other => other?,
    };
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(list.to_owned(), links.into());
    }
    Ok(())
}

/// Returns what a list names of types that no kind speaks for, and that says by a tag in which version
/// to be spoken to.
pub(super) fn spoken(listed: &[Value]) -> Vec<(ResourceId, ApiVersion)> {
    let one = |item: &Value| {
        let id = id_of(item)?;
        let version = tag(item, API_VERSION)?.to_owned();
        api_version(&id.resource_type()).is_none().then(|| (id, ApiVersion::from(version)))
    };
    listed.iter().filter_map(one).collect()
}

/// Reads every id in the version that stands beside it.
pub(super) async fn get_spoken(
    arm: &Arm,
    all: Vec<(ResourceId, ApiVersion)>,
) -> Result<Vec<Found>, Error> {
    let found = try_join_all(all.into_iter().map(|(id, api)| async move {
        let body = get(arm, &id, &api).await?;
        Ok::<_, Error>(body.map(|body| Found { id, api, body }))
    }));
    Ok(found.await?.into_iter().flatten().collect())
}

/// Reads every id as far as somebody lets us; also returns what may not be read.
pub(super) async fn get_open(
    arm: &Arm,
    ids: impl IntoIterator<Item = ResourceId>,
) -> Result<(Vec<Found>, Vec<ResourceId>), Error> {
    let answers = try_join_all(ids.into_iter().map(|id| async move {
        match get_all(arm, std::slice::from_ref(&id)).await {
            Err(error) if error.status() == Some(403) => Ok((Vec::new(), Some(id))),
            other => Ok::<_, Error>((other?, None)),
        }
    }));
    let (read, closed): (Vec<_>, Vec<_>) = answers.await?.into_iter().unzip();
    Ok((read.concat(), closed.into_iter().flatten().collect()))
}

/// Reads peerings in networks of others, as far as these let us.
pub(super) async fn peerings(
    arm: &Arm,
    ids: BTreeSet<ResourceId>,
) -> Result<(Vec<Found>, Vec<ResourceId>), Error> {
    get_open(arm, ids.into_iter().filter(|id| id.is_type(Peering::TYPE))).await
}

/// Returns a document that was read, if its type is one that some kind speaks for.
pub(super) fn document(id: &ResourceId, body: &Value) -> Option<Found> {
    let api = api_version(&id.resource_type())?;
    Some(Found { id: id.clone(), api, body: body.clone() })
}

pub(super) async fn list_tagged(
    arm: &Arm,
    scope: &ResourceId,
    suffix: &str,
    environment: &str,
) -> Result<Vec<Value>, Error> {
    // One list of all that carries any name does for a whole fleet.
    let is_named = |item: &Value| {
        tag(item, ENVIRONMENT).is_some_and(|name| name.eq_ignore_ascii_case(environment))
    };
    let named = format!("tagName eq '{ENVIRONMENT}'");
    if arm.is_sparing() {
        let read = |item: &Value| is_named(item).then(|| item.clone());
        return arm.list_of(scope, suffix, &LISTS, &[("$filter", named)], read).await;
    }
    let value = environment.replace('\'', "''");
    let filter = format!("{named} and tagValue eq '{value}'");
    arm.list(scope, suffix, &LISTS, &[("$filter", filter)]).await
}

/// Returns what ARM lists in a group; `None` for one that is gone.
pub(super) async fn contents(arm: &Arm, group: &ResourceId) -> Result<Option<Vec<Value>>, Error> {
    match arm.list(group, "/resources", &LISTS, &[]).await {
        Ok(listed) => Ok(Some(listed)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns what the providers list in a group, each asked for the types that an environment is made
/// of: ARM's own list is told by a cache, theirs are their own.
pub(super) async fn told(arm: &Arm, group: &ResourceId) -> Result<Vec<ResourceId>, Error> {
    let lists = try_join_all(types().map(|(kind, api)| async move {
        match arm.list(group, &format!("/providers/{kind}"), &api, &[]).await {
            // Whoever may not list a type did not make any of it.
            Err(error) if [Some(403), Some(404)].contains(&error.status()) => Ok(Vec::new()),
            Err(error) if error.is_unregistered() => Ok(Vec::new()),
            other => other,
        }
    }));
    Ok(lists.await?.concat().iter().filter_map(id_of).collect())
}
