//! What stands beside clusters in other providers, and is made so that a cluster may name it: log
//! workspaces, as recorded by `aso-OperationalInsights_Workspace_*`. Logs are not modelled.

use serde_json::{Value, json};

use super::super::region;
use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::{Millis, rfc3339};
use super::super::error::Refusal;
use super::super::operation::{Course, Verb};
use super::super::world::World;
use super::{Answer, Provider, Put};

const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";

/// A workspace's write: 17 s, as recorded.
const WRITE: Millis = 17_000;

/// `Microsoft.OperationalInsights/workspaces`.
pub(crate) struct Workspace;

impl Provider for Workspace {
    fn kind(&self) -> &'static str {
        WORKSPACE
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let state = if put.existing.is_some() { "Updating" } else { "Creating" };
        let now = rfc3339(world.now);
        let mut properties = laid(put);
        let fills = [
            ("/customerId", json!(world.guid())),
            ("/retentionInDays", json!(30)),
            ("/sku/lastSkuUpdate", json!(now)),
            ("/features/legacy", json!(0)),
            ("/features/searchVersion", json!(1)),
            ("/features/enableLogAccessUsingOnlyResourcePermissions", json!(true)),
            ("/workspaceCapping/dailyQuotaGb", json!(-1.0)),
            ("/workspaceCapping/quotaNextResetTime", json!(now)),
            ("/workspaceCapping/dataIngestionStatus", json!("RespectQuota")),
            ("/publicNetworkAccessForIngestion", json!("Enabled")),
            ("/publicNetworkAccessForQuery", json!("Enabled")),
            ("/createdDate", json!(now)),
        ];
        for (at, value) in fills {
            body::fill(&mut properties, at, value);
        }
        // Every other kind of price is one of old.
        body::set(&mut properties, "/sku/name", "PerGB2018");
        body::set(&mut properties, "/modifiedDate", now);
        body::set(&mut properties, "/provisioningState", state);
        let mut stored = framed(put, WORKSPACE, &properties);
        stored["etag"] = json!(format!("\"{}\"", world.guid()));
        world.put(put.id.as_str(), WORKSPACE, &stored);
        let course = Course {
            provider: "Microsoft.OperationalInsights",
            lasts: WRITE,
            phases: Vec::new(),
            retry_after: Some(20),
            api: put.asked.api.clone(),
        };
        let target = put.id.as_str();
        let operation = world.begin_operation(target, &put.location, Verb::Update, course);
        let answer = Answer { body: Some(stored), ..Answer::status(put.status()) };
        Ok(Answer { operation: Some(operation), ..answer })
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}

/// What is sent, laid over what stands.
pub(super) fn laid(put: &Put<'_>) -> Value {
    let old = put.existing.as_ref().and_then(|old| old.get("properties")).cloned();
    let mut properties = old.unwrap_or_else(|| json!({}));
    body::merge(&mut properties, put.body.get("properties").unwrap_or(&json!({})));
    properties
}

pub(super) fn framed(put: &Put<'_>, kind: &str, properties: &Value) -> Value {
    let mut stored = json!({
        "properties": properties, "location": region::plain(&put.location),
        "id": put.id.as_str(), "name": put.id.name(), "type": kind,
    });
    for field in ["tags", "identity"] {
        if let Some(value) = put.body.get(field) {
            stored[field] = value.clone();
        }
    }
    stored
}
