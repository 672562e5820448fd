//! What is asked of one resource: ARM's checks around its provider's answer.

use serde_json::Value;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::{Refusal, no_group, no_resource};
use super::super::provider::{self, Answer, Provider, Put};
use super::super::region;
use super::super::world::{Group, World};
use super::fit::{tags as fit_tags, unreadable};
use super::verbs;
use crate::arm::id::ResourceId;

pub(super) fn on_resource(
    world: &mut World,
    asked: &Asked,
    provider: &dyn Provider,
    id: &ResourceId,
) -> Result<Answer, Refusal> {
    verbs::check(provider, asked, id)?;
    match asked.method.as_str() {
        "PUT" => put(world, asked, provider, id),
        "PATCH" => {
            existing(world, provider, id)?;
            let body = body_of(asked)?;
            verbs::patchable(provider, &asked.body)?;
            patched(world, asked, provider, id, body)
        }
        "DELETE" => delete(world, asked, provider, id),
        _ => {
            existing(world, provider, id)?;
            provider.get(world, asked, id)
        }
    }
}

/// Changes a part of a resource that exists.
pub(super) fn patched(
    world: &mut World,
    asked: &Asked,
    provider: &dyn Provider,
    id: &ResourceId,
    patch: Value,
) -> Result<Answer, Refusal> {
    provider::lock::check(world, id, "write")?;
    let existing = world.body(id.as_str());
    let mut whole = existing.clone().unwrap_or_default();
    if verbs::is_laid_over(provider) {
        body::merge(&mut whole, &patch);
    }
    if let Some(tags) = patch.get("tags") {
        whole["tags"] = tags.clone();
    }
    let location = body::text(&whole, "/location").unwrap_or_default().to_owned();
    provider::policy::check(world, provider, id, &whole, &location)?;
    if verbs::is_laid_over(provider) {
        return provider.put(world, &Put { asked, id, body: whole, existing, location });
    }
    provider.patch(world, asked, id, patch)
}

/// Refuses when the group, the resource above or the resource itself is not there.
pub(super) fn existing(
    world: &World,
    provider: &dyn Provider,
    id: &ResourceId,
) -> Result<(), Refusal> {
    if provider.kind() != provider::GROUP {
        in_group(world, id)?;
        under_parent(world, id)?;
    }
    if world.get(id.as_str()).is_none() && !provider.always(world, id) {
        return Err(provider.absent(world, id));
    }
    Ok(())
}

pub(super) fn in_group(world: &World, id: &ResourceId) -> Result<Option<Group>, Refusal> {
    let Some(name) = id.group_name() else { return Ok(None) };
    world.group(name).map(Some).ok_or_else(|| no_group(name))
}

pub(super) fn under_parent(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    let Some(parent) = id.parent() else { return Ok(()) };
    let is_resource = parent.as_str().to_ascii_lowercase().contains("/providers/");
    if !is_resource || world.get(parent.as_str()).is_some() {
        return Ok(());
    }
    let parent = provider::respell(&parent);
    Err(no_resource(
        &parent.resource_type(),
        parent.name(),
        parent.group_name().unwrap_or_default(),
    ))
}

fn body_of(asked: &Asked) -> Result<Value, Refusal> {
    if !asked.body.is_object() {
        return Err(unreadable("an object is required"));
    }
    let body = body::without_nulls(asked.body.clone());
    fit_tags(&body)?;
    Ok(body)
}

fn put(
    world: &mut World,
    asked: &Asked,
    provider: &dyn Provider,
    id: &ResourceId,
) -> Result<Answer, Refusal> {
    let body = body_of(asked)?;
    provider::registration::registered(world, &id.resource_type())?;
    let mut location = body::text(&body, "/location").unwrap_or_default().to_owned();
    if provider.kind() != provider::GROUP {
        let group = in_group(world, id)?;
        if let Some(group) = group {
            if group.deleting {
                return Err(deprovisioning(&group.name));
            }
            if location.is_empty() {
                location.clone_from(&group.location);
            }
        }
        parent_for_put(world, id)?;
    }
    if provider.tracked() {
        region::check_location(provider.kind(), body::text(&body, "/location"))?;
    }
    provider::lock::check(world, id, "write")?;
    let existing = world.body(id.as_str());
    if provider.tracked() {
        same_location(id, existing.as_ref(), &location)?;
    }
    provider::policy::check(world, provider, id, &body, &location)?;
    let put = Put { asked, id, body, existing, location };
    provider.put(world, &put)
}

/// Refuses to make a resource again in another region.
fn same_location(id: &ResourceId, existing: Option<&Value>, location: &str) -> Result<(), Refusal> {
    let Some(stands) = existing.and_then(|old| body::text(old, "/location")) else { return Ok(()) };
    if stands == region::plain(location) {
        return Ok(());
    }
    Err(Refusal::arm(
        409,
        "InvalidResourceLocation",
        format!(
            "The resource '{}' already exists in location '{stands}' in resource group '{}'. A \
             resource with the same name cannot be created in location '{location}'. Please select \
             a new resource name.",
            id.name(),
            id.group_name().unwrap_or_default()
        ),
    ))
}

fn parent_for_put(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    if under_parent(world, id).is_ok() {
        return Ok(());
    }
    let parent = id.parent().map_or_else(|| id.clone(), |parent| provider::respell(&parent));
    let kind = id.resource_type();
    let kind = kind.split_once('/').map_or(kind.as_str(), |(_, rest)| rest);
    Err(Refusal::arm(
        404,
        "ParentResourceNotFound",
        format!(
            "Failed to perform 'write' on resource(s) of type '{kind}', because the parent \
             resource '{parent}' could not be found."
        ),
    ))
}

fn deprovisioning(group: &str) -> Refusal {
    Refusal::arm(
        409,
        "ResourceGroupBeingDeleted",
        format!(
            "The resource group '{group}' is in deprovisioning state and cannot perform this \
             operation."
        ),
    )
}

fn delete(
    world: &mut World,
    asked: &Asked,
    provider: &dyn Provider,
    id: &ResourceId,
) -> Result<Answer, Refusal> {
    if provider.kind() != provider::GROUP {
        in_group(world, id)?;
        under_parent(world, id)?;
    } else if world.get(id.as_str()).is_none() {
        return Err(no_group(id.name()));
    }
    if world.get(id.as_str()).is_none() {
        return Ok(Answer::status(204));
    }
    provider::lock::check(world, id, "delete")?;
    provider.delete(world, asked, id)
}
