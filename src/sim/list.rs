//! Lists: pages, what is added on request, and what a resource looks like in a list of all types.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::TENANT;
use super::asked::Asked;
use super::clock::rfc3339;
use super::dispatch::tags;
use super::error::Refusal;
use super::filter::Filter;
use super::marks;
use super::page::{bad, page};
use super::provider::{self, Answer};
use super::provider::{catalog, workspace};
use super::world::{Entry, World, key};

/// All simulated subscriptions.
pub(crate) fn subscriptions(world: &World) -> Vec<Value> {
    world.subscriptions().iter().map(|id| subscription(world, id)).collect()
}

/// A subscription as it is shown.
pub(crate) fn subscription(world: &World, id: &str) -> Value {
    let mut shown = json!({
        "id": format!("/subscriptions/{}", id),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": TENANT,
        "displayName": "akstool simulated subscription",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off"
        }
    });
    if let Some(kept) = world.body(&tags::of_subscription(id)) {
        shown["tags"] = kept["properties"]["tags"].clone();
    }
    shown
}

/// The resource groups of the subscription.
pub(crate) fn groups(world: &World, asked: &Asked) -> Result<Answer, Refusal> {
    let filter = Filter::of_groups(asked.parameter("$filter"))?;
    let more = expanded(asked)?;
    let found = among(world, &filter, world.of_kind(provider::GROUP))
        .filter(|entry| entry.is(provider::GROUP) && world.is_here(entry))
        .map(|entry| (entry, provider::show(world, entry, &asked.api)))
        .filter(|(_, shown)| filter.lets_through(shown))
        .map(|(entry, shown)| with(shown, entry, &more));
    page(asked, found)
}

/// The resources of the subscription or of a group, of all types.
pub(crate) fn resources(
    world: &World,
    asked: &Asked,
    group: Option<&str>,
) -> Result<Answer, Refusal> {
    catalog::check(provider::GROUP, &asked.api, "")?;
    let filter = Filter::of_resources(asked.parameter("$filter"))?;
    let more = expanded(asked)?;
    let scope = match group {
        None => format!("/subscriptions/{}", world.subscription),
        Some(name) => {
            let group = world.group(name).ok_or_else(|| super::error::no_group(name))?;
            format!("/subscriptions/{}/resourceGroups/{}", world.subscription, group.name)
        }
    };
    let prefix = format!("{}/", key(&scope));
    let found = among(world, &filter, world.under(&scope))
        .filter(|entry| is_top_level(entry) && key(&entry.id).starts_with(&prefix))
        .map(|entry| (entry, brief(&provider::show(world, entry, &asked.api))))
        .filter(|(_, shown)| filter.lets_through(shown))
        .map(|(entry, shown)| with(shown, entry, &more));
    page(asked, found)
}

/// What may pass a filter, by id: of all there is, or of what has the tag that it asks for.
fn among<'a>(
    world: &'a World,
    filter: &Filter,
    all: impl Iterator<Item = &'a Entry> + 'a,
) -> Box<dyn Iterator<Item = &'a Entry> + 'a> {
    let Some((name, value)) = filter.tag() else { return Box::new(all) };
    Box::new(world.marked(&marks::tag(name, value)).collect::<Vec<_>>().into_iter())
}

/// The tags of all groups and resources, with how often each is there.
pub(crate) fn tag_names(world: &World, asked: &Asked) -> Result<Answer, Refusal> {
    catalog::check(provider::GROUP, &asked.api, "")?;
    let mut names: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for body in world.all().filter(|entry| world.is_here(entry)).map(Entry::body) {
        let tags = body.get("tags").and_then(Value::as_object).into_iter().flatten();
        for (name, value) in tags {
            let value = value.as_str().unwrap_or_default().to_owned();
            *names.entry(name.clone()).or_default().entry(value).or_default() += 1;
        }
    }
    let id = |name: &str| format!("/subscriptions/{}/tagNames/{name}", world.subscription);
    let count = |value: u64| json!({ "type": "Total", "value": value });
    let shown = names.iter().map(|(name, values)| {
        let each = values.iter().map(|(value, times)| {
            json!({ "id": format!("{}/tagValues/{value}", id(name)), "tagValue": value,
                "count": count(*times) })
        });
        json!({ "id": id(name), "tagName": name, "count": count(values.values().sum()),
            "values": each.collect::<Vec<_>>() })
    });
    page(asked, shown)
}

/// What `$expand` adds to a list of resources or groups.
const EXPANDED: [&str; 3] = ["createdTime", "changedTime", "provisioningState"];

/// What a call wants added.
fn expanded(asked: &Asked) -> Result<Vec<&'static str>, Refusal> {
    let said = asked.parameter("$expand").unwrap_or_default();
    let words = said.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let known = EXPANDED.iter().find(|known| known.eq_ignore_ascii_case(word));
            known.copied().ok_or_else(|| {
                bad(format!("The $expand '{said}' specified in the query string is invalid."))
            })
        })
        .collect()
}

fn with(mut shown: Value, entry: &Entry, more: &[&str]) -> Value {
    for field in more {
        shown[*field] = match *field {
            "createdTime" => json!(rfc3339(entry.made)),
            "changedTime" => json!(rfc3339(entry.changed)),
            // What has no state of its own is there, and so has succeeded.
            _ => entry
                .body()
                .pointer("/properties/provisioningState")
                .cloned()
                .unwrap_or_else(|| json!("Succeeded")),
        };
    }
    shown
}

/// The one type below another that carries tags and that the list of all types names.
const LINKS: &str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";

/// Whether `/resources` lists an entry: tracked resources right under a group, and links.
pub(crate) fn is_top_level(entry: &Entry) -> bool {
    !entry.is(provider::GROUP)
        && (entry.kind.matches('/').count() == 1 || entry.is(LINKS))
        // What lies on another resource, by a provider of its own, is no resource of the group; and
        // what hides is none at all.
        && entry.id.to_ascii_lowercase().matches("/providers/").count() == 1
        && !entry.is(workspace::DELETED)
        && !entry.kind.starts_with("Microsoft.Authorization/")
        && !entry.is(tags::KIND)
}

/// What a list of all types shows of a resource.
fn brief(shown: &Value) -> Value {
    const SHOWN: [&str; 8] = ["id", "name", "type", "kind", "location", "tags", "sku", "identity"];
    let fields = shown.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| SHOWN.contains(&name.as_str()));
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// All resources of a type in a scope.
pub(crate) fn collection(
    world: &World,
    asked: &Asked,
    scope: &str,
    kind: &str,
) -> Result<Answer, Refusal> {
    let Some(provider) = provider::of(kind) else {
        return provider::registration::collection(world, asked, scope, kind);
    };
    if let Some(answer) = provider.list(world, asked, scope) {
        return answer;
    }
    let shown = |entry: &Entry| provider::show(world, entry, &asked.api);
    if provider::is_child(kind) {
        let last = kind.rsplit('/').next().unwrap_or_default();
        return page(asked, world.children(scope, last).iter().map(|entry| shown(entry)));
    }
    page(asked, world.under(scope).filter(|entry| entry.is(kind)).map(shown))
}
