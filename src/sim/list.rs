//! Lists: filters, pages, and what a resource looks like in a list of all types.

use serde_json::{Map, Value, json};

use super::body;
use super::dispatch::Asked;
use super::error::Refusal;
use super::nature::{self, Answer};
use super::world::{Entry, World};
use super::{TENANT, nature::catalog};

/// ARM's own page size for `/resources` and groups.
const PAGE: usize = 1_000;

/// Wraps a list, cut into pages by `$top` and `$skiptoken`.
///
/// What stands behind the page is not built: a subscription may hold thousands.
pub(crate) fn page(asked: &Asked, all: impl IntoIterator<Item = Value>) -> Answer {
    let top = asked.parameter("$top").and_then(|top| top.parse::<usize>().ok());
    let size = top.unwrap_or(PAGE).clamp(1, PAGE);
    let from = asked.parameter("$skiptoken").and_then(|at| at.parse::<usize>().ok()).unwrap_or(0);
    let mut rest = all.into_iter().skip(from);
    let value: Vec<Value> = rest.by_ref().take(size).collect();
    let mut answer = json!({ "value": value });
    if rest.next().is_some() {
        let mut query: Vec<String> = asked
            .query
            .iter()
            .filter(|(name, _)| name != "$skiptoken")
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        query.push(format!("$skiptoken={}", from + size));
        answer["nextLink"] = json!(format!("{}{}?{}", asked.endpoint, asked.path, query.join("&")));
    }
    Answer::ok(answer)
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let hex = |digit: u8| char::from(b"0123456789ABCDEF"[usize::from(digit)]);
            out.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    out
}

/// The simulated subscription.
pub(crate) fn subscription(world: &World) -> Value {
    json!({
        "id": format!("/subscriptions/{}", world.subscription),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": world.subscription,
        "tenantId": TENANT,
        "displayName": "akstool simulated subscription",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off"
        }
    })
}

/// The resource groups of the subscription.
pub(crate) fn groups(world: &World, asked: &Asked) -> Result<Answer, Refusal> {
    let filter = Filter::read(asked.parameter("$filter"))?;
    let found = world
        .of_kind(nature::GROUP)
        .map(|entry| nature::show(world, entry, &asked.api))
        .filter(|shown| filter.lets_through(shown));
    Ok(page(asked, found))
}

/// The resources of the subscription or of a group, of all types.
pub(crate) fn resources(
    world: &World,
    asked: &Asked,
    group: Option<&str>,
) -> Result<Answer, Refusal> {
    catalog::check("Microsoft.Resources/resourceGroups", &asked.api)?;
    let filter = Filter::read(asked.parameter("$filter"))?;
    let scope = match group {
        None => format!("/subscriptions/{}", world.subscription),
        Some(name) => {
            let group = world.group(name).ok_or_else(|| super::error::no_group(name))?;
            format!("/subscriptions/{}/resourceGroups/{}", world.subscription, group.name)
        }
    };
    let found = world
        .under(&scope)
        .filter(|entry| is_top_level(entry))
        .map(|entry| brief(&nature::show(world, entry, &asked.api)))
        .filter(|shown| filter.lets_through(shown));
    Ok(page(asked, found))
}

/// Whether `/resources` lists an entry: tracked resources right under a group.
fn is_top_level(entry: &Entry) -> bool {
    !entry.is(nature::GROUP)
        && entry.kind.matches('/').count() == 1
        && !entry.kind.starts_with("Microsoft.Authorization/")
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
    let Some(nature) = nature::of(kind) else {
        return Ok(nature::provider::collection(world, asked, scope, kind));
    };
    if let Some(answer) = nature.list(world, asked, scope) {
        return answer;
    }
    let shown = |entry: &Entry| nature::show(world, entry, &asked.api);
    if nature::is_child(kind) {
        let last = kind.rsplit('/').next().unwrap_or_default();
        return Ok(page(asked, world.children(scope, last).iter().map(|entry| shown(entry))));
    }
    Ok(page(asked, world.under(scope).filter(|entry| entry.is(kind)).map(shown)))
}

/// The part of `OData` that ARM's own lists understand.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    terms: Vec<(String, String, bool)>,
}

impl Filter {
    /// Reads `tagName eq 'a' and tagValue eq 'b'`, `resourceType eq '…'`, `name eq '…'`.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, Refusal> {
        let mut filter = Self::default();
        for term in text.unwrap_or_default().split(" and ").map(str::trim) {
            if term.is_empty() {
                continue;
            }
            let mut words = term.splitn(3, ' ');
            let (Some(name), Some(verb), Some(value)) = (words.next(), words.next(), words.next())
            else {
                return Err(Self::refuse(term));
            };
            let name = name.to_ascii_lowercase();
            let known =
                ["tagname", "tagvalue", "resourcetype", "name", "resourcegroup", "location"];
            let equal = verb.eq_ignore_ascii_case("eq");
            if !known.contains(&name.as_str()) || !(equal || verb.eq_ignore_ascii_case("ne")) {
                return Err(Self::refuse(term));
            }
            filter.terms.push((name, value.trim_matches('\'').replace("''", "'"), equal));
        }
        Ok(filter)
    }

    fn refuse(term: &str) -> Refusal {
        Refusal::arm(
            400,
            "InvalidFilterInQueryString",
            format!("Invalid $filter '{term}' specified in the query string."),
        )
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.terms.iter().find(|term| term.0 == name).map(|term| term.1.as_str())
    }

    /// Tells whether a resource passes.
    pub(crate) fn lets_through(&self, shown: &Value) -> bool {
        let tag = self.value("tagname");
        let tagged = tag.is_none_or(|name| {
            let tags = shown.get("tags").and_then(Value::as_object);
            let found = tags.and_then(|tags| {
                tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
            });
            found.is_some_and(|found| {
                self.value("tagvalue").is_none_or(|value| found.as_str() == Some(value))
            })
        });
        tagged
            && self.terms.iter().all(|(name, value, equal)| {
                let text = |field| body::text(shown, field).unwrap_or_default();
                let found = match name.as_str() {
                    "resourcetype" => text("/type"),
                    "name" => text("/name"),
                    "location" => text("/location"),
                    "resourcegroup" => group(text("/id")),
                    _ => return true,
                };
                found.eq_ignore_ascii_case(value) == *equal
            })
    }
}

/// The group that an id names.
fn group(id: &str) -> &str {
    let mut segments = id.split('/').skip_while(|one| !one.eq_ignore_ascii_case("resourceGroups"));
    segments.nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_on_tags_wants_name_and_value() {
        let filter = Filter::read(Some("tagName eq 'a' and tagValue eq 'it''s'")).unwrap();
        assert!(filter.lets_through(&json!({"tags": {"A": "it's"}})));
        assert!(!filter.lets_through(&json!({"tags": {"A": "b"}})));
        assert!(!filter.lets_through(&json!({})));
        let filter = Filter::read(Some("resourceType eq 'x/Y'")).unwrap();
        assert!(filter.lets_through(&json!({"type": "X/y"})));
        let filter = Filter::read(Some("resourceGroup eq 'G'")).unwrap();
        assert!(filter.lets_through(&json!({"id": "/subscriptions/s/resourcegroups/g/x"})));
        assert!(!filter.lets_through(&json!({"id": "/subscriptions/s/resourceGroups/h/x"})));
        assert!(Filter::read(Some("nonsense")).is_err());
    }
}
