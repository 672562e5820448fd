//! `Microsoft.Resources/tags/default`: the tags of any scope as a resource of their own, so that
//! one can be added without knowing the others (`Tags_…AtScope` in `resources.json` of the
//! specification; of its answers, 200 is given, once all is done).
//!
//! What lies in a resource has the tags of the outermost one
//! (github.com/Azure/azure-cli/issues/25059). A tag's name counts in any case
//! (learn.microsoft.com/azure/azure-resource-manager/management/tag-resources).

use serde_json::{Map, Value, json};

use super::super::asked::Asked;
use super::super::body;
use super::super::error::{Refusal, no_resource, not_allowed};
use super::super::provider::{self, Answer, catalog};
use super::super::world::World;
use super::fit::{tags as fit_tags, unreadable};
use super::resource::{existing, patched};
use crate::arm::id::ResourceId;

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Resources/tags";

/// Answers what is asked of the tags of a scope.
pub(super) fn answer(world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
    catalog::check(KIND, &asked.api, "")?;
    let scope = id.parent().filter(|_| id.name().eq_ignore_ascii_case("default"));
    let Some(scope) = scope else {
        return Err(no_resource(KIND, id.name(), id.group_name().unwrap_or_default()));
    };
    let bearer = bearer(world, asked, scope)?;
    let standing = tags_of(world, &bearer);
    let tags = match asked.method.as_str() {
        "GET" | "HEAD" => return Ok(Answer::ok(shown(&bearer, &standing))),
        "PUT" => sent(asked)?,
        "PATCH" => changed(standing, asked)?,
        "DELETE" => Map::new(),
        method => return Err(not_allowed(method, id.as_str())),
    };
    let wait = write(world, asked, &bearer, &tags)?;
    let written = shown(&bearer, &tags);
    let gone = asked.method == "DELETE";
    let answer = if gone { Answer::status(200) } else { Answer::ok(written) };
    Ok(answer.taking(wait))
}

/// Finds whose tags are meant: the subscription, a group, or a resource that is none's part.
fn bearer(world: &World, asked: &Asked, scope: ResourceId) -> Result<ResourceId, Refusal> {
    let mut here = scope;
    while let Some(above) = here.parent() {
        let kind = here.resource_type();
        let Some(provider) = provider::of(&kind) else {
            return Err(catalog::unknown_type(&kind, &asked.api));
        };
        existing(world, provider, &here)?;
        let kind = provider.kind();
        let tagged = provider.tracked() && !kind.starts_with("Microsoft.Authorization/");
        if tagged || kind == provider::GROUP {
            return Ok(provider::spell(&here, provider));
        }
        here = above;
    }
    Ok(here)
}

fn is_subscription(bearer: &ResourceId) -> bool {
    bearer.parent().is_none()
}

/// Where the tags of a subscription are kept.
pub(crate) fn of_subscription(subscription: &str) -> String {
    format!("/subscriptions/{subscription}/providers/{KIND}/default")
}

fn tags_of(world: &World, bearer: &ResourceId) -> Map<String, Value> {
    let (stored, at) = if is_subscription(bearer) {
        (world.body(&of_subscription(&world.subscription)), "/properties/tags")
    } else {
        (world.body(bearer.as_str()), "/tags")
    };
    let tags = stored.as_ref().and_then(|stored| stored.pointer(at)?.as_object().cloned());
    tags.unwrap_or_default()
}

fn shown(bearer: &ResourceId, tags: &Map<String, Value>) -> Value {
    json!({
        "id": format!("{bearer}/providers/{KIND}/default"), "name": "default", "type": KIND,
        "properties": { "tags": tags },
    })
}

/// The tags that are sent.
fn sent(asked: &Asked) -> Result<Map<String, Value>, Refusal> {
    let Some(properties) = asked.body.get("properties").filter(|sent| sent.is_object()) else {
        return Err(unreadable("Required property 'properties' not found in JSON. Path ''"));
    };
    fit_tags(properties)?;
    Ok(properties.get("tags").and_then(Value::as_object).cloned().unwrap_or_default())
}

/// What a PATCH makes of the tags that stand.
fn changed(mut standing: Map<String, Value>, asked: &Asked) -> Result<Map<String, Value>, Refusal> {
    let sent = sent(asked)?;
    let operation = body::text(&asked.body, "/operation").unwrap_or_default();
    match operation.to_ascii_lowercase().as_str() {
        "replace" => return Ok(sent),
        "merge" => sent.into_iter().for_each(|(name, value)| {
            let name = spelt(&standing, &name).unwrap_or(name);
            standing.insert(name, value);
        }),
        // A name alone comes with an empty value.
        "delete" => standing.retain(|name, value| {
            let meant = sent.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name));
            meant.is_none_or(|(_, sent)| sent != "" && sent != value)
        }),
        _ => {
            let text = format!("Error converting value \"{operation}\". Path 'operation'");
            return Err(unreadable(&text));
        }
    }
    Ok(standing)
}

/// How a tag that stands spells its name.
fn spelt(standing: &Map<String, Value>, name: &str) -> Option<String> {
    standing.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned()
}

/// Writes all tags of a bearer, as a PATCH of it would, to the end of what that begins; returns the
/// time it takes.
fn write(
    world: &mut World,
    asked: &Asked,
    bearer: &ResourceId,
    tags: &Map<String, Value>,
) -> Result<u64, Refusal> {
    let patch = json!({ "tags": tags });
    fit_tags(&patch)?;
    let kind = bearer.resource_type();
    let Some(provider) = provider::of(&kind).filter(|_| !is_subscription(bearer)) else {
        provider::lock::check(world, bearer, "write")?;
        let id = of_subscription(&world.subscription);
        world.put(&id, KIND, &shown(bearer, tags));
        return Ok(0);
    };
    let answer = patched(world, asked, provider, bearer, patch)?;
    if let Some(operation) = answer.operation {
        world.cut_short(&operation, |_| {});
        let now = world.now;
        provider::live(world, now);
    }
    Ok(answer.wait)
}
