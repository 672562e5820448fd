//! Types without a provider of their own: stored as they are sent and answered as ARM's contract
//! for providers has it (Azure/azure-resource-manager-rpc, v1.0: envelope, etag, 201 and 200 with a
//! state, operations by header, 412 for a mark that does not hold). What such a type fills in or
//! refuses nobody here knows.

use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::arm::id::ResourceId;

use super::super::TENANT;
use super::super::asked::Asked;
use super::super::body;
use super::super::clock::Millis;
use super::super::error::Refusal;
use super::super::operation::{Course, Verb};
use super::super::ops::set_state;
use super::super::region;
use super::super::world::World;
use super::behaviour::is_child;
use super::{Answer, Provider, Put, nrp, taken};

/// A write and a deletion; chosen: long enough to be seen going on.
const LASTS: Millis = 10_000;

/// Types at the top of their namespace that lie on another resource and have no region.
const EXTENSIONS: [&str; 9] = [
    "budgets",
    "dataCollectionRuleAssociations",
    "diagnosticSettings",
    "eventSubscriptions",
    "extensions",
    "fluxConfigurations",
    "guestConfigurationAssignments",
    "policyExemptions",
    "sourceControlConfigurations",
];

/// A type that is taken as it comes.
#[derive(Debug)]
pub(crate) struct Generic {
    kind: &'static str,
    namespace: &'static str,
}

static MET: Mutex<Vec<&'static Generic>> = Mutex::new(Vec::new());

/// Finds the type of a name, if it is one that is taken as it comes. What was met once is kept for
/// the life of the process, as types are named by text that lives as long.
pub(crate) fn of(kind: &str) -> Option<&'static Generic> {
    let kind = taken::spelt(kind)?;
    let mut met = MET.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = met.iter().find(|one| one.kind == kind) {
        return Some(known);
    }
    let namespace = kind.split('/').next().unwrap_or(kind);
    let new: &'static Generic = Box::leak(Box::new(Generic { kind, namespace }));
    met.push(new);
    Some(new)
}

impl Generic {
    fn begin(
        &self,
        world: &mut World,
        id: &ResourceId,
        at: &str,
        (verb, api): (Verb, &str),
    ) -> String {
        let course = Course {
            provider: self.namespace,
            lasts: LASTS,
            phases: Vec::new(),
            retry_after: Some(5),
            api: api.to_owned(),
        };
        world.begin_operation(id.as_str(), at, verb, course)
    }
}

impl Provider for Generic {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn tracked(&self) -> bool {
        let last = self.kind.rsplit('/').next().unwrap_or_default();
        !is_child(self.kind) && !EXTENSIONS.iter().any(|one| one.eq_ignore_ascii_case(last))
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        preconditions(put.asked, put.existing.as_ref())?;
        not_busy(world, put.id)?;
        let mut stored = framed(world, put, self);
        let state = if put.existing.is_some() { "Updating" } else { "Creating" };
        body::set(&mut stored, "/properties/provisioningState", state);
        if let Some(old) = &put.existing {
            occupy(world, old, false);
        }
        world.put(put.id.as_str(), self.kind, &stored);
        occupy(world, &stored, true);
        let verb = if put.existing.is_some() { Verb::Update } else { Verb::Create };
        let operation = self.begin(world, put.id, &put.location, (verb, &put.asked.api));
        let answer = Answer { body: Some(stored), ..Answer::status(put.status()) };
        Ok(Answer { operation: Some(operation), ..answer })
    }

    fn patch(
        &self,
        world: &mut World,
        asked: &Asked,
        id: &ResourceId,
        patch: Value,
    ) -> Result<Answer, Refusal> {
        let mut stored = world.body(id.as_str()).unwrap_or_default();
        preconditions(asked, Some(&stored))?;
        not_busy(world, id)?;
        let tags = patch.get("tags").cloned();
        body::merge(&mut stored, &patch);
        if let Some(tags) = tags {
            stored["tags"] = tags;
        }
        stored["etag"] = json!(format!("\"{}\"", world.guid()));
        world.put(id.as_str(), self.kind, &stored);
        Ok(Answer::ok(stored))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let stored = world.body(id.as_str()).unwrap_or_default();
        preconditions(asked, Some(&stored))?;
        not_busy(world, id)?;
        set_state(world, id.as_str(), "Deleting");
        occupy(world, &stored, false);
        let at = body::text(&stored, "/location").unwrap_or("global").to_owned();
        let operation = self.begin(world, id, &at, (Verb::Delete, &asked.api));
        Ok(Answer { operation: Some(operation), ..Answer::status(202) })
    }
}

/// Takes places in subnets, or gives them back: a subnet lists whoever holds addresses in it, gateways
/// and firewalls as well as interfaces.
fn occupy(world: &mut World, of: &Value, stands: bool) {
    const LISTS: [(&str, &str); 2] = [
        ("ipConfigurations", "ipConfigurations"),
        ("gatewayIPConfigurations", "applicationGatewayIPConfigurations"),
    ];
    let id = body::text(of, "/id").unwrap_or_default();
    for (list, field) in LISTS {
        for item in body::list(of, &format!("/properties/{list}")) {
            let (Some(name), Some(subnet)) =
                (body::text(item, "/name"), body::text(item, "/properties/subnet/id"))
            else {
                continue;
            };
            nrp::refer(world, subnet, field, &format!("{id}/{list}/{name}"), stands);
        }
    }
}

/// Checks `If-Match` and `If-None-Match`, in the words of the contract for providers.
pub(super) fn preconditions(asked: &Asked, existing: Option<&Value>) -> Result<(), Refusal> {
    let plain = |value: &str| value.trim_start_matches("W/").trim_matches('"').to_owned();
    let tag = existing.and_then(|old| body::text(old, "/etag")).map(plain);
    let missed = match (asked.if_match.as_deref(), asked.if_none_match.as_deref()) {
        (Some("*"), _) => existing.is_none(),
        (Some(wanted), _) => tag.is_none_or(|tag| tag != plain(wanted)),
        (None, Some("*")) => existing.is_some(),
        (None, Some(unwanted)) => tag.is_some_and(|tag| tag == plain(unwanted)),
        (None, None) => false,
    };
    if missed {
        let text = "The condition that the request names by its headers does not hold.";
        return Err(Refusal::wrapped(412, "PreconditionFailed", text));
    }
    Ok(())
}

pub(super) fn not_busy(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    if world.running_at(id.as_str()).is_none() {
        return Ok(());
    }
    let text = format!("Another operation on '{id}' is in progress.");
    Err(Refusal::wrapped(409, "Conflict", text))
}

/// Makes what is stored: what is sent, in ARM's envelope.
fn framed(world: &mut World, put: &Put<'_>, provider: &Generic) -> Value {
    let mut members = put.body.as_object().cloned().unwrap_or_default();
    for own in ["id", "name", "type", "systemData", "etag", "location"] {
        members.remove(own);
    }
    let mut stored = Value::Object(members);
    without_secrets(&mut stored);
    stored["id"] = json!(put.id.as_str());
    stored["name"] = json!(put.id.name());
    stored["type"] = json!(provider.kind);
    if provider.tracked() {
        stored["location"] = json!(region::plain(&put.location));
    }
    stored["etag"] = json!(format!("\"{}\"", world.guid()));
    let acts =
        body::text(&stored, "/identity/type").is_some_and(|one| one.contains("SystemAssigned"));
    if acts {
        let old = put.existing.as_ref().and_then(|old| old.pointer("/identity/principalId"));
        let principal = old.cloned().unwrap_or_else(|| json!(world.guid()));
        body::set(&mut stored, "/identity/principalId", principal);
        body::set(&mut stored, "/identity/tenantId", TENANT);
    }
    if !stored.get("properties").is_some_and(Value::is_object) {
        stored["properties"] = Value::Object(Map::new());
    }
    stored
}

/// Takes away what ARM's contract has no provider return.
fn without_secrets(value: &mut Value) {
    const ENDS: [&str; 4] = ["password", "secret", "privatekey", "connectionstring"];
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                let name = name.to_ascii_lowercase();
                !value.is_string() || !ENDS.iter().any(|end| name.ends_with(end))
            });
            members.values_mut().for_each(without_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(without_secrets),
        _ => {}
    }
}
