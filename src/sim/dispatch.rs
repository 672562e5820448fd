//! From a call to the provider that answers it: what ARM's front end does before a provider sees
//! the request.
//!
//! In ARM's order: the api-version is there, the subscription exists, the type is known in that
//! version, the provider is registered, the group exists and is not being deleted, the parent
//! exists. Then the type's own provider decides.

use serde_json::json;

use super::asked::Asked;
use super::page::page;
use super::region;
use crate::arm::id::ResourceId;

use super::body;
use super::error::{Refusal, not_allowed};
use super::lag::Delay;
use super::operation::Operation;
use super::ops;
use super::provider::{self, Answer, Provider, catalog};
use super::route::Route;
use super::world::{World, key, subscription_of};
use super::{TENANT, graph, list};

mod fit;
mod read;
mod resource;
pub(super) mod tags;
mod verbs;

pub(crate) use read::read;
use resource::{existing, in_group, on_resource, under_parent};

/// Answers a call on a world that has been lived up to now.
pub(crate) fn answer(world: &mut World, asked: &Asked) -> Result<Answer, Refusal> {
    if !world.enter(&asked.path) {
        let subscription = subscription_of(&asked.path).unwrap_or_default();
        return Err(Refusal::arm(
            404,
            "SubscriptionNotFound",
            format!("The subscription '{subscription}' could not be found."),
        ));
    }
    routed(world, asked)
}

/// Answers a call by another hand: one that may begin a subscription, and whose clusters may be as
/// old as Azure itself.
pub(crate) fn by_hand(world: &mut World, asked: &Asked) -> Result<Answer, Refusal> {
    if !world.enter(&asked.path)
        && let Some(subscription) = subscription_of(&asked.path)
    {
        subscription.clone_into(&mut world.subscription);
    }
    let strict = std::mem::replace(&mut world.conduct.any_version, true);
    let answered = routed(world, asked);
    world.conduct.any_version = strict;
    answered
}

fn routed(world: &mut World, asked: &Asked) -> Result<Answer, Refusal> {
    if asked.route.is_read_only() && !["GET", "HEAD"].contains(&asked.method.as_str()) {
        return Err(not_allowed(&asked.method, &asked.path));
    }
    match asked.route.clone() {
        Route::Subscriptions => page(asked, list::subscriptions(world)),
        Route::Subscription => Ok(Answer::ok(list::subscription(world, &world.subscription))),
        Route::Tenants => page(
            asked,
            vec![json!({ "id": format!("/tenants/{TENANT}"), "tenantId": TENANT,
                "tenantCategory": "Home", "displayName": "akstool simulated directory" })],
        ),
        Route::Locations => page(asked, provider::registration::locations(world)),
        Route::Providers => page(asked, provider::registration::all(world)),
        Route::Provider(namespace) => {
            provider::registration::one(world, &namespace).map(Answer::ok)
        }
        Route::Register(namespace, on) => provider::registration::register(world, &namespace, on),
        Route::Groups => {
            catalog::check(provider::GROUP, &asked.api, "")?;
            list::groups(world, asked)
        }
        Route::TagNames => list::tag_names(world, asked),
        Route::Features => {
            catalog::check("Microsoft.Features/features", &asked.api, "")?;
            page(asked, [])
        }
        Route::Resources(group) => list::resources(world, asked, group.as_deref()),
        Route::Graph => graph::answer(world, asked),
        Route::Job(id) => ops::job(world, asked, &id),
        Route::Operation { id, result } => ops::answer(world, asked, &id, result),
        Route::Regional { namespace, location, what } => {
            provider::registration::regional(world, asked, &namespace, &location, &what)
        }
        Route::Collection { scope, kind } => collection(world, asked, &scope, &kind),
        Route::Resource { id, kind } if kind.eq_ignore_ascii_case(tags::KIND) => {
            tags::answer(world, asked, &id)
        }
        Route::Resource { id, kind } => resource(world, asked, &id, &kind),
        Route::Action { id, kind, verb } => {
            let (provider, id) = known(world, &kind, asked, &id)?;
            existing(world, provider, &id)?;
            provider.act(world, asked, &id, &verb)
        }
    }
}

/// The world as the reader of this call sees it, where a script lets that lag behind the writes.
pub(crate) fn lagging(world: &World, asked: &Asked) -> Option<World> {
    if asked.route != Route::Graph && !["GET", "HEAD"].contains(&asked.method.as_str()) {
        return None;
    }
    let lag = world.conduct.lag;
    let is_group = |kind: &str| kind.eq_ignore_ascii_case(provider::GROUP);
    let seen = |delay: Delay, is_meant: &dyn Fn(&str, &str) -> bool| {
        (!delay.is_none()).then(|| world.lagging(delay, is_meant))
    };
    match &asked.route {
        Route::Groups => seen(lag.groups, &|_, kind| is_group(kind)),
        Route::Resources(None) => seen(lag.resources, &|_, kind| !is_group(kind)),
        // It is filled from what ARM tells it: as far behind as the list of all resources is.
        Route::Graph => seen(lag.resources, &|_, _| true),
        Route::Resources(Some(_)) => seen(lag.group, &|_, kind| !is_group(kind)),
        Route::Collection { kind, .. } => {
            seen(lag.types, &|_, written| written.eq_ignore_ascii_case(kind))
        }
        Route::Resource { id, .. } => {
            let id = key(id.as_str());
            let under = format!("{id}/");
            // A group's document holds nothing of what lies in it; another resource's does.
            seen(lag.reads, &|written, _| written == id || written.starts_with(&under))
        }
        _ => None,
    }
}

/// The provider of a type, and the id with the type spelt as Azure spells it.
fn known(
    world: &World,
    kind: &str,
    asked: &Asked,
    id: &ResourceId,
) -> Result<(&'static dyn Provider, ResourceId), Refusal> {
    // The region is looked for only where it is to be named.
    let listed = catalog::check(kind, &asked.api, "")
        .or_else(|_| catalog::check(kind, &asked.api, &region(world, asked, id)))?;
    let Some(provider) = provider::of(kind) else {
        return Err(catalog::unknown_type(listed, &asked.api));
    };
    Ok((provider, provider::spell(id, provider)))
}

/// The region that a version is looked for in: of what is sent, of what stands, or of the group.
fn region(world: &World, asked: &Asked, id: &ResourceId) -> String {
    let sent = body::text(&asked.body, "/location").map(region::plain);
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
    let (provider, id) = known(world, kind, asked, id)?;
    let mut answer = on_resource(world, asked, provider, &id)?;
    answer.body = answer.body.take().map(|shown| provider.as_of(shown, &asked.api));
    Ok(answer)
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
    if asked.method == "POST" && kind.eq_ignore_ascii_case(provider::registry::CHECK) {
        return provider::registry::available(world, asked);
    }
    if asked.method != "GET" {
        return Err(not_allowed(&asked.method, scope));
    }
    if let Ok(id) = ResourceId::parse(scope) {
        in_group(world, &id)?;
        let is_resource = id.as_str().to_ascii_lowercase().contains("/providers/");
        if is_resource && world.get(id.as_str()).is_none() {
            under_parent(world, &id)?;
            let id = provider::respell(&id);
            return Err(provider::of(&id.resource_type()).map_or_else(
                || super::error::no_resource(&id.resource_type(), id.name(), ""),
                |provider| provider.absent(world, &id),
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
