//! Azure Monitor: workspaces for metrics, data collection endpoints and rules, and what is linked to
//! these. What is collected is not modelled.
//!
//! Writes and deletions are answered at once, links as recorded by
//! `ext-aks_create_with_monitoring_legacy_auth`. Of rules the documentation says what is filled in, that
//! a rule stands in the region of the workspace it sends to, and that `deleteAssociations` takes
//! its links away with it; that one with links is kept otherwise is taken from that.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::Millis;
use super::super::error::{Refusal, not_allowed};
use super::super::operation::{Course, Verb};
use super::super::ops::set_state;
use super::super::page::page;
use super::super::region;
use super::super::world::{Entry, World, key};
use super::beyond::{framed, laid};
use super::generic::not_busy;
use super::{Answer, Provider, Put};

/// The deletion of a workspace; chosen.
const DELETION: Millis = 20_000;

const RULE: &str = "Microsoft.Insights/dataCollectionRules";
const ENDPOINT: &str = "Microsoft.Insights/dataCollectionEndpoints";
const ACCOUNT: &str = "Microsoft.Monitor/accounts";
const LINKS: &str = "Microsoft.Insights/dataCollectionRules/associations";
const LINK: &str = "Microsoft.Insights/dataCollectionRuleAssociations";

/// Where rules send: the list, what names the workspace, and what the answer shows of it.
const DESTINATIONS: [(&str, &str, &str, &str); 2] = [
    ("logAnalytics", "workspaceResourceId", "workspaceId", "customerId"),
    ("monitoringAccounts", "accountResourceId", "accountId", "accountId"),
];

/// `Microsoft.Monitor/accounts`.
pub(crate) struct Account;

/// `Microsoft.Insights/dataCollectionEndpoints`.
pub(crate) struct Endpoint;

/// `Microsoft.Insights/dataCollectionRules`.
pub(crate) struct Rule;

impl Provider for Account {
    fn kind(&self) -> &'static str {
        ACCOUNT
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        not_busy(world, put.id)?;
        let mut properties = laid(put);
        let (name, region) = (put.id.name().to_ascii_lowercase(), region::plain(&put.location));
        let host =
            format!("https://{name}-{}.{region}.prometheus.monitor.azure.com", world.letters(4));
        body::fill(&mut properties, "/accountId", json!(world.guid()));
        body::fill(&mut properties, "/metrics/prometheusQueryEndpoint", json!(host));
        body::fill(&mut properties, "/publicNetworkAccess", json!("Enabled"));
        body::set(&mut properties, "/provisioningState", "Succeeded");
        let mut stored = framed(put, ACCOUNT, &properties);
        stored["etag"] = json!(format!("\"{}\"", world.guid()));
        world.put(put.id.as_str(), ACCOUNT, &stored);
        Ok(Answer { body: Some(stored), ..Answer::status(put.status()) }.taking(10_000))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        set_state(world, id.as_str(), "Deleting");
        let stored = world.body(id.as_str()).unwrap_or_default();
        let location = body::text(&stored, "/location").unwrap_or("global").to_owned();
        let course = Course {
            provider: "Microsoft.Monitor",
            lasts: DELETION,
            phases: Vec::new(),
            retry_after: Some(15),
            api: asked.api.clone(),
        };
        let operation = world.begin_operation(id.as_str(), &location, Verb::Delete, course);
        Ok(Answer { operation: Some(operation), ..Answer::status(202) })
    }
}

impl Provider for Endpoint {
    fn kind(&self) -> &'static str {
        ENDPOINT
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let mut properties = laid(put);
        let name = world.guid().replace('-', "");
        let region = region::plain(&put.location);
        let host = |what: &str| {
            json!(format!("https://{}.{region}-1.{what}.monitor.azure.com", put.id.name()))
        };
        let fills = [
            ("/immutableId", json!(format!("dce-{name}"))),
            ("/configurationAccess/endpoint", host("handler.control")),
            ("/logsIngestion/endpoint", host("ingest")),
            ("/metricsIngestion/endpoint", host("metrics.ingest")),
            ("/networkAcls/publicNetworkAccess", json!("Enabled")),
        ];
        for (at, value) in fills {
            body::fill(&mut properties, at, value);
        }
        Ok(stored(world, put, ENDPOINT, properties))
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}

/// Stores what is answered at once, with its kind.
fn stored(world: &mut World, put: &Put<'_>, kind: &str, mut properties: Value) -> Answer {
    body::set(&mut properties, "/provisioningState", "Succeeded");
    let mut stored = framed(put, kind, &properties);
    if let Some(kind) = put.body.get("kind") {
        stored["kind"] = kind.clone();
    }
    stored["etag"] = json!(format!("\"{}\"", world.guid()));
    world.put(put.id.as_str(), kind, &stored);
    Answer { body: Some(stored), ..Answer::status(put.status()) }.taking(1_000)
}

/// `Microsoft.Insights/dataCollectionRuleAssociations`.
pub(crate) struct Link;

/// The list of what is linked to a rule.
pub(crate) struct Links;

impl Provider for Rule {
    fn kind(&self) -> &'static str {
        RULE
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let mut properties = laid(put);
        for (list, named, shown, id) in DESTINATIONS {
            let at = format!("/destinations/{list}");
            let all = properties.pointer_mut(&at).and_then(Value::as_array_mut);
            for one in all.into_iter().flatten() {
                let workspace = one[named].as_str().unwrap_or_default().to_owned();
                let found = destination(world, put, &workspace)?;
                one[shown] = found["properties"][id].clone();
            }
        }
        let name = world.guid().replace('-', "");
        body::fill(&mut properties, "/immutableId", json!(format!("dcr-{name}")));
        Ok(stored(world, put, RULE, properties))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let links: Vec<String> = linked(world, id.as_str()).map(|entry| entry.id.clone()).collect();
        let along = asked.parameter("deleteassociations");
        if !links.is_empty() && !along.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            let text = format!(
                "Data collection rule '{}' has {} associations. Delete them first, or set the \
                 parameter 'deleteAssociations'.",
                id.name(),
                links.len()
            );
            return Err(Refusal::wrapped(409, "Conflict", text));
        }
        for link in links {
            world.remove(&link);
        }
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}

/// The workspace that a rule sends to, which has to stand in its region.
fn destination(world: &World, put: &Put<'_>, id: &str) -> Result<Value, Refusal> {
    let refused = |text: String| Refusal::wrapped(400, "InvalidPayload", text);
    let found = world.body(id).ok_or_else(|| {
        refused(format!("Data collection rule is invalid: the workspace '{id}' was not found."))
    })?;
    let stands = body::text(&found, "/location").unwrap_or_default();
    if stands == region::plain(&put.location) {
        return Ok(found);
    }
    Err(refused(format!(
        "Data collection rule is invalid: its location '{}' is not the location '{stands}' of its \
         destination.",
        put.location
    )))
}

fn linked<'a>(world: &'a World, rule: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
    let rule = key(rule);
    world.of_kind(LINK).filter(move |entry| {
        let body = entry.body();
        body::text(&body, "/properties/dataCollectionRuleId").is_some_and(|id| key(id) == rule)
    })
}

impl Provider for Link {
    fn kind(&self) -> &'static str {
        LINK
    }

    fn tracked(&self) -> bool {
        false
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let named = "/properties/dataCollectionRuleId";
        if let Some(rule) = body::text(&put.body, named).filter(|id| world.get(id).is_none()) {
            let text = format!("The data collection rule '{rule}' was not found.");
            return Err(Refusal::wrapped(404, "NotFound", text));
        }
        let stored = json!({
            "properties": laid(put), "id": put.id.as_str(), "name": put.id.name(), "type": LINK,
            "etag": format!("\"{}\"", world.guid()),
        });
        world.put(put.id.as_str(), LINK, &stored);
        // New or not, it is 200.
        Ok(Answer::ok(stored).taking(1_000))
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}

impl Provider for Links {
    fn kind(&self) -> &'static str {
        LINKS
    }

    fn list(&self, world: &World, asked: &Asked, scope: &str) -> Option<Result<Answer, Refusal>> {
        Some(page(asked, linked(world, scope).map(Entry::body)))
    }

    fn put(&self, _: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        Err(not_allowed("PUT", put.id.as_str()))
    }

    fn delete(&self, _: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        Err(not_allowed("DELETE", id.as_str()))
    }
}
