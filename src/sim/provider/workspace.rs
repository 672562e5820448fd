//! Log Analytics workspaces, as recorded by `aso-OperationalInsights_Workspace_*`. Logs are not
//! modelled.
//!
//! A deletion hides a workspace for 14 days: to make one of its name in its group and region again
//! brings it back, to make one elsewhere in the group is refused, and `force` deletes for good
//! (learn.microsoft.com, rest/api/loganalytics/workspaces/delete and azure-monitor/logs/delete-workspace).
//! A group's deletion hides what is in it.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::{Millis, rfc3339};
use super::super::error::{Refusal, not_allowed};
use super::super::operation::{Course, Verb};
use super::super::page::page;
use super::super::region;
use super::super::world::{World, key};
use super::beyond::{framed, laid};
use super::{Answer, Provider, Put};

const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";
/// What hides; none of it is a resource.
pub(crate) const DELETED: &str = "Microsoft.OperationalInsights/deletedWorkspaces";

/// A workspace's write: 17 s, as recorded.
const WRITE: Millis = 17_000;

/// For how long a deleted workspace can be brought back.
const KEPT: Millis = 14 * 24 * 3_600_000;

/// `Microsoft.OperationalInsights/workspaces`.
pub(crate) struct Workspace;

/// `Microsoft.OperationalInsights/deletedWorkspaces`: a list of those that can be brought back.
pub(crate) struct Deleted;

impl Provider for Workspace {
    fn kind(&self) -> &'static str {
        WORKSPACE
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let hidden = hidden(world, put.id);
        if put.existing.is_none()
            && let Some(hidden) = &hidden
            && body::text(hidden, "/location") != Some(&region::plain(&put.location))
        {
            // Azure's words (azure-quickstart-templates#5284).
            let text = format!("The workspace name '{}' is not unique", put.id.name());
            return Err(Refusal::wrapped(409, "Conflict", text));
        }
        world.remove(&grave(put.id));
        let state = if put.existing.is_some() { "Updating" } else { "Creating" };
        let now = rfc3339(world.now);
        let mut properties = hidden.and_then(|old| old.get("properties").cloned());
        let sent = laid(put);
        match &mut properties {
            Some(old) if put.existing.is_none() => body::merge(old, &sent),
            _ => properties = Some(sent),
        }
        let mut properties = properties.unwrap_or_default();
        filled(world, &mut properties, &now);
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

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let for_good =
            asked.parameter("force").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        if !for_good {
            hide(world, id.as_str());
        }
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}

impl Provider for Deleted {
    fn kind(&self) -> &'static str {
        DELETED
    }

    fn list(&self, world: &World, asked: &Asked, scope: &str) -> Option<Result<Answer, Refusal>> {
        let inside = format!("{}/", key(scope));
        let shown = world.of_kind(DELETED).map(super::super::world::Entry::body);
        let shown = shown.filter(|grave| is_kept(world, grave)).filter_map(|grave| {
            let workspace = grave.get("workspace")?.clone();
            key(body::text(&workspace, "/id")?).starts_with(&inside).then_some(workspace)
        });
        Some(page(asked, shown))
    }

    fn put(&self, _: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        Err(not_allowed("PUT", put.id.as_str()))
    }

    fn delete(&self, _: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        Err(not_allowed("DELETE", id.as_str()))
    }
}

fn filled(world: &mut World, properties: &mut Value, now: &str) {
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
        body::fill(properties, at, value);
    }
    // Every other kind of price is one of old.
    body::set(properties, "/sku/name", "PerGB2018");
    body::set(properties, "/modifiedDate", now.to_owned());
}

/// Where a deleted workspace is kept; no id of Azure's.
fn grave(id: &ResourceId) -> String {
    let name = format!("{}.{}", id.group_name().unwrap_or_default(), id.name());
    ResourceId::subscription(id.subscription_id()).resource(DELETED, &name).to_string()
}

/// The workspace that hides under an id.
fn hidden(world: &World, id: &ResourceId) -> Option<Value> {
    let grave = world.body(&grave(id)).filter(|grave| is_kept(world, grave))?;
    grave.get("workspace").cloned()
}

fn is_kept(world: &World, grave: &Value) -> bool {
    let since = grave.get("since").and_then(Value::as_u64).unwrap_or_default();
    world.now.saturating_sub(since) < KEPT
}

fn hide(world: &mut World, id: &str) {
    let (Some(workspace), Ok(at)) = (world.body(id), ResourceId::parse(id)) else { return };
    let kept = json!({ "id": grave(&at), "since": world.now, "workspace": workspace });
    world.put(&grave(&at), DELETED, &kept);
}

/// Hides the workspaces of a group that goes.
pub(super) fn hide_in(world: &mut World, group: &str) {
    let inside = world.under(group).filter(|entry| entry.is(WORKSPACE));
    let inside: Vec<String> = inside.map(|entry| entry.id.clone()).collect();
    for id in inside {
        hide(world, &id);
    }
}
