//! The manners all network types share: tags of versions, answers to PUT and DELETE, conflicts.
//!
//! A network and its subnets, a route table and its routes, a security group and its rules share
//! one entity tag and one place in the queue. A PUT that changes nothing but tags answers
//! `Succeeded` at once (12 of 34 recorded network updates). Seconds and `Retry-After` are medians
//! of the recordings.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::{Course, Operation, Verb, Verdict};
use super::super::world::World;
use super::form::{Fault, Form, Object, What};
use super::{Answer, Provider, Put, settle_plainly};

/// The provider's namespace.
pub(crate) const PROVIDER: &str = "Microsoft.Network";

/// How long a type takes, and what it tells clients to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Milliseconds a write goes on after its answer.
    pub(crate) write: u64,
    /// `Retry-After` of a write, seconds.
    pub(crate) write_retry: u32,
    /// Milliseconds a deletion goes on.
    pub(crate) delete: u64,
    /// `Retry-After` of a deletion, seconds.
    pub(crate) delete_retry: u32,
    /// Milliseconds the PUT itself takes.
    pub(crate) latency: u64,
}

/// The resource that owns tag and queue: the network of a subnet, itself otherwise.
pub(crate) fn top(id: &ResourceId) -> ResourceId {
    id.parent()
        .filter(|parent| parent.resource_type().matches('/').count() == 1 && !is_group(parent))
        .unwrap_or_else(|| id.clone())
}

fn is_group(id: &ResourceId) -> bool {
    id.as_str().split('/').count() <= 5
}

/// Refuses a body that the provider cannot parse, with everything that is wrong with it
/// (github.com/Azure/azure-cli/issues/1619 and 16205, github.com/Azure/azure-powershell/issues/13544).
/// Azure also says line and column of the text, which is not at hand here.
pub(crate) fn readable(form: &'static Object, given: &Value) -> Result<(), Refusal> {
    let faults = form.faults(given);
    if faults.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::network(400, "InvalidRequestFormat", "Cannot parse the request.");
    let told = |refusal: Refusal, fault: &Fault<'_>| refusal.detail("InvalidJson", unparsed(fault));
    Err(faults.iter().fold(refusal, told))
}

fn unparsed(fault: &Fault<'_>) -> String {
    let (place, of, member) = (&fault.place.path, fault.place.of, fault.place.name);
    let (value, kind) = match &fault.what {
        What::Unknown => {
            let text = "Could not find member";
            return format!("{text} '{member}' on object of type '{of}'. Path '{place}'.");
        }
        What::Other(value, form) => ((*value).to_string(), contract(form, member)),
        What::NoWord(text, _) => (json!(text).to_string(), declared(member)),
    };
    format!("Error converting value {value} to type '{kind}'. Path '{place}'.")
}

/// A form in the provider's own terms.
fn contract(form: &Form, member: &str) -> String {
    let list =
        |form: &Form| format!("System.Collections.Generic.List`1[{}]", contract(form, member));
    match form {
        Form::Any => "System.Object".to_owned(),
        Form::Text => "System.String".to_owned(),
        Form::Whole => "System.Int32".to_owned(),
        Form::Number => "System.Double".to_owned(),
        Form::Flag => "System.Boolean".to_owned(),
        Form::Word(_) => declared(member),
        Form::List(form) | Form::Map(form) => list(form),
        Form::Object(object) => declared(object.name),
    }
}

/// A type of the provider's contract; its namespace is the one in recorded errors.
fn declared(name: &str) -> String {
    let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
    let first = first.to_ascii_uppercase();
    format!("Microsoft.WindowsAzure.Networking.Nrp.Frontend.Contract.Csm.Public.{first}{rest}")
}

/// The frame of a stored body: everything but `properties`, and the properties given.
pub(crate) fn frame(put: &Put<'_>, provider: &dyn Provider, properties: &Value) -> Value {
    let mut stored = json!({
        "name": put.id.name(),
        "id": put.id.as_str(),
        "type": provider.kind(),
        "properties": properties,
    });
    if provider.tracked() {
        stored["location"] = json!(put.location.to_ascii_lowercase().replace(' ', ""));
        for field in ["tags", "zones", "sku", "extendedLocation"] {
            if let Some(value) = put.body.get(field) {
                stored[field] = value.clone();
            }
        }
    }
    stored
}

/// Stores what a PUT made of its body, and answers it.
pub(crate) fn accept(
    world: &mut World,
    put: &Put<'_>,
    provider: &dyn Provider,
    mut stored: Value,
    pace: Pace,
) -> Answer {
    let owner = top(put.id);
    let unchanged = put.existing.as_ref().is_some_and(|old| same(old, &stored));
    let retagged = put.existing.as_ref().is_some_and(|old| old.get("tags") != stored.get("tags"));
    let state = if unchanged { "Succeeded" } else { "Updating" };
    body::set(&mut stored, "/properties/provisioningState", state);
    if owner == *put.id {
        let old = put.existing.as_ref().and_then(|old| old.get("etag")).cloned();
        stored["etag"] = old.unwrap_or_default();
    }
    world.put(put.id.as_str(), provider.kind(), &stored);
    if !unchanged || retagged {
        touch(world, &owner);
    }
    let verb = if put.existing.is_some() { Verb::Update } else { Verb::Create };
    let lasts = if unchanged { 0 } else { pace.write };
    let location = location_of(world, put);
    let course = course(lasts, pace.write_retry, &put.asked.api);
    let operation = world.begin_operation(put.id.as_str(), &location, verb, course);
    let mut answer = Answer::status(put.status()).taking(pace.latency);
    answer.body = world.get(put.id.as_str()).map(|entry| provider.show(world, entry));
    answer.operation = Some(operation);
    answer
}

fn course(lasts: u64, retry: u32, api: &str) -> Course {
    Course {
        provider: PROVIDER,
        lasts,
        phases: Vec::new(),
        retry_after: Some(retry),
        api: api.to_owned(),
    }
}

fn location_of(world: &World, put: &Put<'_>) -> String {
    let owner = world.body(top(put.id).as_str());
    let location = owner.as_ref().and_then(|owner| body::text(owner, "/location"));
    location.unwrap_or(&put.location).to_owned()
}

/// Whether a PUT changes nothing but tags.
fn same(old: &Value, new: &Value) -> bool {
    let plain = |value: &Value| {
        let mut value = value.clone();
        body::take(&mut value, "/etag");
        body::take(&mut value, "/tags");
        body::take(&mut value, "/properties/provisioningState");
        value
    };
    body::text(old, "/properties/provisioningState") == Some("Succeeded")
        && plain(old) == plain(new)
}

/// Gives the owner of a tag a new one.
pub(crate) fn touch(world: &mut World, owner: &ResourceId) {
    let etag = world.etag();
    world.edit(owner.as_str(), |stored| stored["etag"] = json!(etag));
}

/// Starts a deletion.
pub(crate) fn remove(world: &mut World, asked: &Asked, id: &ResourceId, pace: Pace) -> Answer {
    body_state(world, id, "Deleting");
    touch(world, &top(id));
    let owner = world.body(top(id).as_str()).unwrap_or_default();
    let location = body::text(&owner, "/location").unwrap_or("global").to_owned();
    let course = course(pace.delete, pace.delete_retry, &asked.api);
    let operation = world.begin_operation(id.as_str(), &location, Verb::Delete, course);
    let mut answer = Answer::status(202).taking(260);
    answer.operation = Some(operation);
    answer
}

fn body_state(world: &mut World, id: &ResourceId, state: &str) {
    super::super::ops::set_state(world, id.as_str(), state);
}

/// Ends an operation: the state, and a new tag for the owner.
pub(crate) fn settle(world: &mut World, operation: &Operation) {
    settle_plainly(world, operation);
    let instant = operation.ends == operation.started;
    if let (Ok(id), false) = (ResourceId::parse(&operation.target), instant) {
        let owner = top(&id);
        let gone = operation.verb == Verb::Delete && operation.verdict == Verdict::Succeeded;
        if owner != id || !gone {
            touch(world, &owner);
        }
    }
}

/// What a GET shows: a child carries its owner's tag.
pub(crate) fn with_tag(world: &World, mut shown: Value) -> Value {
    let id = body::text(&shown, "/id").and_then(|id| ResourceId::parse(id).ok());
    let owner = id.map(|id| top(&id)).and_then(|owner| world.body(owner.as_str()));
    if let Some(etag) = owner.and_then(|owner| owner.get("etag").cloned()) {
        shown["etag"] = etag;
    }
    shown
}

/// Answers a GET with the `ETag` header the network provider sends.
pub(crate) fn get(
    world: &World,
    provider: &dyn Provider,
    id: &ResourceId,
) -> Result<Answer, Refusal> {
    let Some(entry) = world.get(id.as_str()) else { return Err(provider.absent(world, id)) };
    let shown = provider.show(world, entry);
    let etag = body::text(&shown, "/etag").map(str::to_owned);
    let mut answer = Answer::ok(shown);
    if let Some(etag) = etag {
        answer.header("ETag", etag);
    }
    Ok(answer)
}

/// Checks `If-Match` and `If-None-Match` against the tag that stands.
pub(crate) fn preconditions(world: &World, asked: &Asked, id: &ResourceId) -> Result<(), Refusal> {
    let shown = world.get(id.as_str()).map(|entry| with_tag(world, entry.body()));
    let tag = shown.as_ref().and_then(|shown| body::text(shown, "/etag"));
    let missed = match (asked.if_match.as_deref(), tag) {
        (Some("*"), None) => true,
        (Some(wanted), _) if wanted != "*" => tag != Some(wanted),
        _ => asked.if_none_match.as_deref() == Some("*") && tag.is_some(),
    };
    if !missed {
        return Ok(());
    }
    let given = asked.if_match.as_deref().unwrap_or("*");
    Err(Refusal::network(
        412,
        "PreconditionFailed",
        format!(
            "Precondition failed. If-Match or If-None-Match header '{given}' does not match the current ETag of resource {id}."
        ),
    ))
}

/// Refuses while another operation goes on in the same network (409, recorded 20 times).
pub(crate) fn not_busy(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    let Some(operation) = world.running_in(top(id).as_str()) else { return Ok(()) };
    let uri = operation.url("https://management.azure.com", &world.subscription, false);
    Err(Refusal::network(
        409,
        "AnotherOperationInProgress",
        format!(
            "Another operation on this or dependent resource is in progress. To retrieve status \
             of the operation use uri: {uri}."
        ),
    ))
}

/// Refuses while a sibling is being written (429, recorded for routes with 11 to 14 seconds).
pub(crate) fn not_retryable(world: &World, id: &ResourceId) -> Result<(), Refusal> {
    let owner = top(id);
    let Some(operation) = world.running_in(owner.as_str()) else { return Ok(()) };
    let what = if operation.verb == Verb::Delete { "Delete" } else { "Put" };
    let kind =
        ResourceId::parse(&operation.target).map(|id| id.resource_type()).unwrap_or_default();
    let noun = kind.rsplit('/').next().unwrap_or_default().trim_end_matches('s').to_owned();
    let mut letters = noun.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase()).unwrap_or_default();
    let (noun, operation) = (format!("{first}{}", letters.as_str()), &operation.id);
    Err(Refusal::wrapped(429, "RetryableError", "A retryable error occurred.")
        .detail(
            "RetryableErrorDueToAnotherOperation",
            format!(
                "Operation {what}{noun}Operation ({operation}) is updating resource {owner}. The \
                 call can be retried in 12 seconds."
            ),
        )
        .after(12))
}

/// Finds a resource that a body refers to; it must exist and not be in the making.
pub(crate) fn referenced(world: &World, from: &ResourceId, to: &str) -> Result<Value, Refusal> {
    let found = world.body(to).ok_or_else(|| no_reference(from, to))?;
    if body::text(&found, "/properties/provisioningState") == Some("Updating") {
        let message = format!(
            "Cannot proceed with operation because resource {to} used by resource {from} is not in \
             Succeeded state. Resource is in Updating state and the last operation that \
             updated/is updating the resource is PutOperation."
        );
        return Err(Refusal::wrapped(429, "RetryableError", "A retryable error occurred.")
            .detail("ReferencedResourceNotProvisioned", message));
    }
    Ok(found)
}

/// A resource that a body refers to and that is not there, or not in this region.
pub(crate) fn no_reference(from: &ResourceId, to: &str) -> Refusal {
    Refusal::network(
        400,
        "InvalidResourceReference",
        format!(
            "Resource {to} referenced by resource {from} was not found. Please make sure that the \
             referenced resource exists, and that both resources are in the same region."
        ),
    )
}

/// A child that is not there, its parent being there.
pub(crate) fn absent_child(id: &ResourceId) -> Refusal {
    Refusal::network(404, "NotFound", format!("Resource {id} not found."))
}

/// Writes in `owner` that `holder` refers to it, in the list at `field`; or takes that back.
pub(crate) fn refer(world: &mut World, owner: &str, field: &str, holder: &str, holds: bool) {
    let at = format!("/properties/{field}");
    world.edit(owner, |stored| {
        let mut list: Vec<Value> = body::list(stored, &at).to_vec();
        list.retain(|item| {
            !body::text(item, "/id").is_some_and(|id| id.eq_ignore_ascii_case(holder))
        });
        if holds {
            list.push(json!({ "id": holder }));
        }
        if list.is_empty() {
            body::take(stored, &at);
        } else {
            body::set(stored, &at, list);
        }
    });
}
