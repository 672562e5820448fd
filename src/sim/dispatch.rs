//! From a call to the nature that answers it: what ARM's front end does before a provider sees
//! the request.
//!
//! In ARM's order: the api-version is there, the subscription exists, the type is known in that
//! version, the provider is registered, the group exists and is not being deleted, the parent
//! exists. Then the type's own nature decides.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::body;
use super::error::{Refusal, no_group};
use super::nature::{self, Answer, Nature, Put, catalog};
use super::ops::{self, Operation};
use super::route::{self, Route};
use super::world::World;
use super::{Call, TENANT, list};

/// A call, read.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Upper-case.
    pub(crate) method: String,
    /// What the path means.
    pub(crate) route: Route,
    /// The path as asked for, without the query.
    pub(crate) path: String,
    /// Query parameters, names in lower case.
    pub(crate) query: Vec<(String, String)>,
    /// The api-version.
    pub(crate) api: String,
    /// Scheme and host that URLs in answers begin with.
    pub(crate) endpoint: String,
    /// The `If-Match` header.
    pub(crate) if_match: Option<String>,
    /// The `If-None-Match` header.
    pub(crate) if_none_match: Option<String>,
    /// The body, `null` when there is none.
    pub(crate) body: Value,
    /// Whether the answer's body may be a text that already is JSON.
    pub(crate) passed_on: bool,
}

impl Asked {
    /// Reads a call.
    pub(crate) fn read(call: &Call) -> Result<Self, Refusal> {
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let query = pairs(query);
        let method = call.method.to_ascii_uppercase();
        let path = decode(path);
        let route = route::parse(&method, &path)?;
        let api = query
            .iter()
            .find(|(name, _)| name == "api-version")
            .map(|(_, value)| value.to_ascii_lowercase())
            .filter(|value| !value.is_empty());
        let Some(api) = api else {
            return Err(Refusal::arm(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            ));
        };
        let host = call.headers.get("host");
        let endpoint =
            host.map_or(super::transport::ENDPOINT.to_owned(), |h| format!("https://{h}"));
        Ok(Self {
            body: read_body(&call.body)?,
            passed_on: call.passed_on,
            if_match: call.headers.get("if-match").cloned(),
            if_none_match: call.headers.get("if-none-match").cloned(),
            method,
            route,
            path,
            query,
            api,
            endpoint,
        })
    }

    /// A query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn read_body(bytes: &[u8]) -> Result<Value, Refusal> {
    // ARM reads a body as a text, and a text may begin with a mark of its encoding.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error.to_string()))
}

/// What ARM says of a body that it cannot read.
fn unreadable(why: &str) -> Refusal {
    Refusal::arm(
        400,
        "InvalidRequestContent",
        format!("The request content was invalid and could not be deserialized: '{why}'."),
    )
}

/// The most tags of a resource or a group
/// (learn.microsoft.com/azure/azure-resource-manager/management/tag-resources).
const MOST_TAGS: usize = 50;

/// Refuses tags that are no texts, or too many. The limit is documented; its error is not.
fn tags(body: &Value) -> Result<(), Refusal> {
    let Some(tags) = body.get("tags") else { return Ok(()) };
    let Some(tags) = tags.as_object() else {
        return Err(unreadable("an object of texts is required. Path 'tags'"));
    };
    if let Some((name, value)) = tags.iter().find(|(_, value)| !value.is_string()) {
        return Err(unreadable(&format!("Error converting value {value}. Path 'tags.{name}'")));
    }
    if tags.len() > MOST_TAGS {
        return Err(Refusal::arm(
            400,
            "TooManyTags",
            format!(
                "The number of tags '{}' exceeds the maximum of '{MOST_TAGS}' for a resource.",
                tags.len()
            ),
        ));
    }
    Ok(())
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name).to_ascii_lowercase(), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Undoes percent encoding; what is no encoding stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = hex.and_then(|hex| std::str::from_utf8(hex).ok()?.parse_hex());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

trait ParseHex {
    fn parse_hex(&self) -> Option<u8>;
}

impl ParseHex for str {
    fn parse_hex(&self) -> Option<u8> {
        u8::from_str_radix(self, 16).ok()
    }
}

/// Answers a call on a world that has been lived up to now.
pub(crate) fn answer(world: &mut World, asked: &Asked) -> Result<Answer, Refusal> {
    if let Some(subscription) = named_subscription(&asked.path)
        && !subscription.eq_ignore_ascii_case(&world.subscription)
    {
        return Err(Refusal::arm(
            404,
            "SubscriptionNotFound",
            format!("The subscription '{subscription}' could not be found."),
        ));
    }
    match asked.route.clone() {
        Route::Subscriptions => list::page(asked, vec![list::subscription(world)]),
        Route::Subscription => Ok(Answer::ok(list::subscription(world))),
        Route::Tenants => list::page(
            asked,
            vec![json!({ "id": format!("/tenants/{TENANT}"), "tenantId": TENANT,
                "tenantCategory": "Home", "displayName": "akstool simulated directory" })],
        ),
        Route::Locations => list::page(asked, nature::provider::locations(world)),
        Route::Providers => list::page(asked, nature::provider::all(world)),
        Route::Provider(namespace) => nature::provider::one(world, &namespace).map(Answer::ok),
        Route::Register(namespace, on) => nature::provider::register(world, &namespace, on),
        Route::Groups => {
            catalog::check(nature::GROUP, &asked.api, "")?;
            list::groups(world, asked)
        }
        Route::TagNames => list::tag_names(world, asked),
        Route::Features => {
            catalog::check("Microsoft.Features/features", &asked.api, "")?;
            list::page(asked, [])
        }
        Route::Resources(group) => list::resources(world, asked, group.as_deref()),
        Route::Job(id) => ops::job(world, asked, &id),
        Route::Operation { id, result } => ops::answer(world, asked, &id, result),
        Route::Regional { namespace, location, what } => {
            nature::provider::regional(world, asked, &namespace, &location, &what)
        }
        Route::Collection { scope, kind } => collection(world, asked, &scope, &kind),
        Route::Resource { id, kind } => resource(world, asked, &id, &kind),
        Route::Action { id, kind, verb } => {
            let (nature, id) = known(world, &kind, asked, &id)?;
            existing(world, nature, &id)?;
            nature.act(world, asked, &id, &verb)
        }
    }
}

fn named_subscription(path: &str) -> Option<&str> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.next().filter(|first| first.eq_ignore_ascii_case("subscriptions"))?;
    segments.next()
}

/// The nature of a type, and the id with the type spelt as Azure spells it.
fn known(
    world: &World,
    kind: &str,
    asked: &Asked,
    id: &ResourceId,
) -> Result<(&'static dyn Nature, ResourceId), Refusal> {
    // The region is looked for only where it is to be named.
    let listed = catalog::check(kind, &asked.api, "")
        .or_else(|_| catalog::check(kind, &asked.api, &region(world, asked, id)))?;
    let Some(nature) = nature::of(kind) else {
        return Err(catalog::unknown_type(listed, &asked.api));
    };
    Ok((nature, nature::spell(id, nature)))
}

/// The region that a version is looked for in: of what is sent, of what stands, or of the group.
fn region(world: &World, asked: &Asked, id: &ResourceId) -> String {
    let sent = body::text(&asked.body, "/location").map(nature::provider::plain);
    sent.filter(|sent| !sent.is_empty())
        .or_else(|| Some(world.group(id.group_name()?)?.location))
        .unwrap_or_default()
}

fn resource(
    world: &mut World,
    asked: &Asked,
    id: &ResourceId,
    kind: &str,
) -> Result<Answer, Refusal> {
    let (nature, id) = known(world, kind, asked, id)?;
    let mut answer = on_resource(world, asked, nature, &id)?;
    answer.body = answer.body.take().map(|shown| nature.as_of(shown, &asked.api));
    Ok(answer)
}

fn on_resource(
    world: &mut World,
    asked: &Asked,
    nature: &dyn Nature,
    id: &ResourceId,
) -> Result<Answer, Refusal> {
    match asked.method.as_str() {
        "GET" | "HEAD" => {
            existing(world, nature, id)?;
            nature.get(world, asked, id)
        }
        "PUT" => put(world, asked, nature, id),
        "PATCH" => {
            existing(world, nature, id)?;
            let body = body_of(asked)?;
            let mut whole = world.body(id.as_str()).unwrap_or_default();
            if let Some(tags) = body.get("tags") {
                whole["tags"] = tags.clone();
            }
            let location = body::text(&whole, "/location").unwrap_or_default();
            nature::policy::check(world, nature, id, &whole, location)?;
            nature.patch(world, asked, id, body)
        }
        "DELETE" => delete(world, asked, nature, id),
        method => Err(Refusal::arm(
            405,
            "HttpMethodNotAllowed",
            format!("The HTTP method '{method}' is not supported at scope '{id}'."),
        )),
    }
}

/// Refuses when the group, the resource above or the resource itself is not there.
fn existing(world: &World, nature: &dyn Nature, id: &ResourceId) -> Result<(), Refusal> {
    if nature.kind() != nature::GROUP {
        in_group(world, id)?;
        under_parent(world, id)?;
    }
    if world.get(id.as_str()).is_none() && !nature.always(world, id) {
        return Err(nature.absent(world, id));
    }
    Ok(())
}

fn in_group(world: &World, id: &ResourceId) -> Result<Option<super::world::Group>, Refusal> {
    let Some(name) = id.group_name() else { return Ok(None) };
    world.group(name).map(Some).ok_or_else(|| no_group(name))
}

fn under_parent(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    let Some(parent) = id.parent() else { return Ok(()) };
    let is_resource = parent.as_str().to_ascii_lowercase().contains("/providers/");
    if !is_resource || world.get(parent.as_str()).is_some() {
        return Ok(());
    }
    let parent = nature::respell(&parent);
    Err(super::error::no_resource(
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
    tags(&body)?;
    Ok(body)
}

fn put(
    world: &mut World,
    asked: &Asked,
    nature: &dyn Nature,
    id: &ResourceId,
) -> Result<Answer, Refusal> {
    let body = body_of(asked)?;
    nature::provider::registered(world, &id.resource_type())?;
    let mut location = body::text(&body, "/location").unwrap_or_default().to_owned();
    if nature.kind() != nature::GROUP {
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
    if nature.tracked() {
        nature::provider::check_location(nature.kind(), body::text(&body, "/location"))?;
    }
    nature::lock::check(world, id, "write")?;
    let existing = world.body(id.as_str());
    if nature.tracked() {
        same_location(id, existing.as_ref(), &location)?;
    }
    nature::policy::check(world, nature, id, &body, &location)?;
    let put = Put { asked, id, body, existing, location };
    nature.put(world, &put)
}

/// Refuses to make a resource again in another region.
fn same_location(id: &ResourceId, existing: Option<&Value>, location: &str) -> Result<(), Refusal> {
    let Some(stands) = existing.and_then(|old| body::text(old, "/location")) else { return Ok(()) };
    if stands == nature::provider::plain(location) {
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
    let parent = id.parent().map_or_else(|| id.clone(), |parent| nature::respell(&parent));
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
    nature: &dyn Nature,
    id: &ResourceId,
) -> Result<Answer, Refusal> {
    if nature.kind() != nature::GROUP {
        in_group(world, id)?;
        under_parent(world, id)?;
    } else if world.get(id.as_str()).is_none() {
        return Err(no_group(id.name()));
    }
    if world.get(id.as_str()).is_none() {
        return Ok(Answer::status(204));
    }
    nature::lock::check(world, id, "delete")?;
    nature.delete(world, asked, id)
}

fn collection(
    world: &mut World,
    asked: &Asked,
    scope: &str,
    kind: &str,
) -> Result<Answer, Refusal> {
    let region = || ResourceId::parse(scope).map(|id| region(world, asked, &id));
    catalog::check(kind, &asked.api, "")
        .or_else(|_| catalog::check(kind, &asked.api, &region().unwrap_or_default()))?;
    if asked.method != "GET" {
        return Err(Refusal::arm(
            405,
            "HttpMethodNotAllowed",
            format!("The HTTP method '{}' is not supported at scope '{scope}'.", asked.method),
        ));
    }
    if let Ok(id) = ResourceId::parse(scope) {
        in_group(world, &id)?;
        let is_resource = id.as_str().to_ascii_lowercase().contains("/providers/");
        if is_resource && world.get(id.as_str()).is_none() {
            under_parent(world, &id)?;
            let id = nature::respell(&id);
            return Err(nature::of(&id.resource_type()).map_or_else(
                || super::error::no_resource(&id.resource_type(), id.name(), ""),
                |nature| nature.absent(world, &id),
            ));
        }
    }
    list::collection(world, asked, scope, kind)
}

/// Adds the headers that point to the operation an answer started.
pub(crate) fn point(world: &World, asked: &Asked, answer: &mut Answer) {
    let Some(operation) = answer.operation.as_ref().and_then(|id| world.operations.get(id)) else {
        return;
    };
    let Operation { retry_after, ends, started, .. } = *operation;
    if operation.provider.is_empty() {
        answer.header("Location", operation.job_url(&asked.endpoint, &world.subscription));
        answer.header("Retry-After", "15");
        return;
    }
    answer
        .header("Azure-AsyncOperation", operation.url(&asked.endpoint, &world.subscription, false));
    if answer.status == 202 {
        answer.header("Location", operation.url(&asked.endpoint, &world.subscription, true));
    }
    if let Some(seconds) = retry_after.filter(|_| ends > started) {
        answer.header("Retry-After", seconds.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let read = pairs("Api-Version=2025-04-01&$filter=tagName%20eq%20'a'+and+x");
        assert_eq!(read[0], ("api-version".to_owned(), "2025-04-01".to_owned()));
        assert_eq!(read[1].1, "tagName eq 'a' and x");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%41"), "%zzA");
    }
}
