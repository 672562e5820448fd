//! Policies: definitions and assignments placed by hand, and what they deny.
//!
//! Of the language of rules: `allOf`, `anyOf`, `not`, the fields `type`, `name`, `location` and
//! `tags`, and the usual operators (Azure's policy documentation, definition structure). A
//! condition over anything else never holds, so that nothing is denied without reason. Effects
//! other than `deny`, initiatives and built-in definitions are not modelled.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::page::page;
use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::world::{Entry, World, key};
use super::{Answer, Provider, Put};

const DEFINITION: &str = "Microsoft.Authorization/policyDefinitions";
const ASSIGNMENT: &str = "Microsoft.Authorization/policyAssignments";

/// `Microsoft.Authorization/policyDefinitions`.
pub(crate) struct Definition;

/// `Microsoft.Authorization/policyAssignments`.
pub(crate) struct Assignment;

impl Provider for Definition {
    fn kind(&self) -> &'static str {
        DEFINITION
    }

    fn tracked(&self) -> bool {
        false
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let mut properties = put.body.get("properties").cloned().unwrap_or_default();
        if !properties.get("policyRule").is_some_and(Value::is_object) {
            let text = "The policy definition is invalid: 'policyRule' is missing.";
            return Err(Refusal::arm(400, "InvalidCreatePolicyDefinitionRequest", text));
        }
        body::fill(&mut properties, "/policyType", "Custom");
        body::fill(&mut properties, "/mode", "Indexed");
        Ok(keep(world, put, DEFINITION, &properties))
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}

impl Provider for Assignment {
    fn kind(&self) -> &'static str {
        ASSIGNMENT
    }

    fn tracked(&self) -> bool {
        false
    }

    fn list(&self, world: &World, asked: &Asked, scope: &str) -> Option<Result<Answer, Refusal>> {
        let filter = asked.parameter("$filter").unwrap_or_default().to_ascii_lowercase();
        let at_scope = filter.contains("atscope()");
        let here = key(scope);
        let found = world.of_kind(ASSIGNMENT).filter(|entry| {
            let there = key(&scope_of(&entry.id));
            reaches(&there, &here) || (!at_scope && reaches(&here, &there))
        });
        let found: Vec<Value> = found.map(Entry::body).collect();
        Some(page(asked, found))
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let mut properties = put.body.get("properties").cloned().unwrap_or_default();
        let named = body::text(&properties, "/policyDefinitionId").unwrap_or_default();
        if !named.starts_with("/providers/") && world.get(named).is_none() {
            let text = format!(
                "The policy definition specified in policy assignment '{}' is out of scope or does not exist: '{named}'.",
                put.id.name()
            );
            return Err(Refusal::arm(400, "PolicyDefinitionNotFound", text));
        }
        body::set(&mut properties, "/scope", scope_of(put.id.as_str()));
        body::fill(&mut properties, "/enforcementMode", "Default");
        Ok(keep(world, put, ASSIGNMENT, &properties))
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let shown = world.body(id.as_str()).unwrap_or_default();
        world.remove(id.as_str());
        Ok(Answer::ok(shown))
    }
}

fn keep(world: &mut World, put: &Put<'_>, kind: &str, properties: &Value) -> Answer {
    let stored = json!({
        "properties": properties, "id": put.id.as_str(), "type": kind, "name": put.id.name(),
    });
    world.put(put.id.as_str(), kind, &stored);
    Answer { body: Some(stored), ..Answer::status(201) }
}

/// What an assignment holds for.
fn scope_of(id: &str) -> String {
    let at = id.to_ascii_lowercase().rfind("/providers/microsoft.authorization/");
    at.map_or_else(String::new, |at| id[..at].to_owned())
}

/// Whether what lies at `there` is under `scope`, both in lower case.
fn reaches(scope: &str, there: &str) -> bool {
    there == scope || there.starts_with(&format!("{scope}/"))
}

/// A resource as a rule sees it.
struct Seen<'a> {
    kind: &'a str,
    name: &'a str,
    location: &'a str,
    tags: &'a Value,
}

/// Refuses a write that a policy denies.
pub(crate) fn check(
    world: &World,
    provider: &dyn Provider,
    id: &ResourceId,
    written: &Value,
    location: &str,
) -> Result<(), Refusal> {
    let kind = provider.kind();
    if kind.starts_with("Microsoft.Authorization/") {
        return Ok(());
    }
    let tags = written.get("tags").unwrap_or(&Value::Null);
    let seen = Seen { kind, name: id.name(), location, tags };
    let here = key(id.as_str());
    for assignment in world.of_kind(ASSIGNMENT).map(Entry::body) {
        let at = |pointer| body::text(&assignment, pointer).unwrap_or_default();
        let excluded = body::texts(&assignment, "/properties/notScopes");
        let applies = reaches(&key(at("/properties/scope")), &here)
            && at("/properties/enforcementMode") == "Default"
            && !excluded.iter().any(|scope| reaches(&key(scope), &here));
        let Some(definition) = world.body(at("/properties/policyDefinitionId")) else { continue };
        let indexed = body::text(&definition, "/properties/mode") == Some("Indexed");
        if !applies || (indexed && !provider.tracked()) {
            continue;
        }
        let given = parameters(&definition, &assignment);
        let rule = &definition["properties"]["policyRule"];
        let effect = filled(&rule["then"]["effect"], &given);
        let denies = effect.as_str().is_some_and(|effect| effect.eq_ignore_ascii_case("deny"));
        let mut evaluated = Vec::new();
        if denies && holds(&rule["if"], &given, &seen, &mut evaluated) == Some(true) {
            return Err(denied(&seen, &assignment, &definition, &evaluated));
        }
    }
    Ok(())
}

fn parameters(definition: &Value, assignment: &Value) -> BTreeMap<String, Value> {
    let fields = |value: &Value, at: &str, field: &str| -> Vec<(String, Value)> {
        let all = value.pointer(at).and_then(Value::as_object).into_iter().flatten();
        all.filter_map(|(name, one)| Some((name.to_ascii_lowercase(), one.get(field)?.clone())))
            .collect()
    };
    let mut found: BTreeMap<String, Value> =
        fields(definition, "/properties/parameters", "defaultValue").into_iter().collect();
    found.extend(fields(assignment, "/properties/parameters", "value"));
    found
}

/// The value, or what the parameter stands for that it names.
fn filled(value: &Value, given: &BTreeMap<String, Value>) -> Value {
    let name = value.as_str().and_then(|text| {
        text.strip_prefix("[parameters('").and_then(|rest| rest.strip_suffix("')]"))
    });
    let found = name.and_then(|name| given.get(&name.to_ascii_lowercase()));
    found.unwrap_or(value).clone()
}

/// Whether a condition holds; nothing when it looks at what is not modelled.
fn holds(
    condition: &Value,
    given: &BTreeMap<String, Value>,
    seen: &Seen<'_>,
    evaluated: &mut Vec<Value>,
) -> Option<bool> {
    let mut each = |all: &Value| -> Option<Vec<bool>> {
        all.as_array()?.iter().map(|one| holds(one, given, seen, evaluated)).collect()
    };
    if let Some(all) = condition.get("allOf") {
        return each(all).map(|all| all.into_iter().all(|held| held));
    }
    if let Some(any) = condition.get("anyOf") {
        return each(any).map(|all| all.into_iter().any(|held| held));
    }
    if let Some(one) = condition.get("not") {
        return holds(one, given, seen, evaluated).map(|held| !held);
    }
    let named = filled(condition.get("field")?, given);
    let field = named.as_str()?;
    let found = seen.field(field, given)?;
    let (operator, target) = condition.as_object()?.iter().find(|(name, _)| *name != "field")?;
    let target = filled(target, given);
    let held = compare(operator, found.as_str(), &target)?;
    evaluated.push(json!({
        "result": if held { "True" } else { "False" }, "expressionKind": "Field",
        "expression": field, "path": field, "expressionValue": found, "targetValue": target,
        "operator": capital(operator),
    }));
    Some(held)
}

impl Seen<'_> {
    /// What a field holds, `null` for nothing, if it is one that is modelled.
    fn field(&self, field: &str, given: &BTreeMap<String, Value>) -> Option<Value> {
        match field.to_ascii_lowercase().as_str() {
            "type" => return Some(json!(self.kind)),
            "name" => return Some(json!(self.name)),
            "location" => return Some(json!(self.location)),
            _ => {}
        }
        let name = if let Some(rest) = field.strip_prefix("[concat('tags[', parameters('") {
            let name = rest.strip_suffix("'), ']')]")?;
            given.get(&name.to_ascii_lowercase())?.as_str()?.to_owned()
        } else if let Some(rest) = field.strip_prefix("tags[") {
            rest.strip_suffix(']')?.trim_matches('\'').to_owned()
        } else {
            field.strip_prefix("tags.")?.to_owned()
        };
        let mut tags = self.tags.as_object().into_iter().flatten();
        let tag = tags.find(|(key, _)| key.eq_ignore_ascii_case(&name));
        Some(tag.map(|(_, value)| value.clone()).unwrap_or_default())
    }
}

fn compare(operator: &str, found: Option<&str>, target: &Value) -> Option<bool> {
    let text = found.unwrap_or_default();
    let same = |value: &Value| value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(text));
    let among = |value: &Value| value.as_array().map(|all| all.iter().any(same));
    Some(match operator.to_ascii_lowercase().as_str() {
        "equals" => same(target),
        "notequals" => !same(target),
        "in" => among(target)?,
        "notin" => !among(target)?,
        "exists" => {
            let wanted = target.as_bool().unwrap_or_else(|| target.as_str() != Some("false"));
            found.is_some() == wanted
        }
        "like" => like(text, target.as_str()?),
        "notlike" => !like(text, target.as_str()?),
        _ => return None,
    })
}

/// Whether a text is like a pattern with at most one `*`.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.to_ascii_lowercase(), pattern.to_ascii_lowercase());
    match pattern.split_once('*') {
        None => text == pattern,
        Some((begin, end)) => {
            text.len() >= begin.len() + end.len() && text.starts_with(begin) && text.ends_with(end)
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// `RequestDisallowedByPolicy`, as Azure's page on that error and the resource provider contract
/// (`additionalInfo` of type `PolicyViolation`) describe it.
fn denied(seen: &Seen<'_>, assignment: &Value, definition: &Value, evaluated: &[Value]) -> Refusal {
    let at =
        |value: &Value, pointer: &str| body::text(value, pointer).unwrap_or_default().to_owned();
    let shown = |value: &Value| {
        let display = at(value, "/properties/displayName");
        if display.is_empty() { at(value, "/name") } else { display }
    };
    let identifiers = json!([{
        "policyAssignment": { "name": shown(assignment), "id": assignment["id"] },
        "policyDefinition": { "name": shown(definition), "id": definition["id"] },
    }]);
    let given = assignment.pointer("/properties/parameters").cloned().unwrap_or(json!({}));
    let info = json!({
        "evaluationDetails": { "evaluatedExpressions": evaluated },
        "policyDefinitionId": definition["id"],
        "policyDefinitionName": definition["name"],
        "policyDefinitionDisplayName": shown(definition),
        "policyDefinitionEffect": "deny",
        "policyAssignmentId": assignment["id"],
        "policyAssignmentName": assignment["name"],
        "policyAssignmentDisplayName": shown(assignment),
        "policyAssignmentScope": assignment["properties"]["scope"],
        "policyAssignmentParameters": given,
    });
    let text = format!(
        "Resource '{}' was disallowed by policy. Policy identifiers: '{identifiers}'.",
        seen.name
    );
    Refusal::arm(403, "RequestDisallowedByPolicy", text)
        .target(seen.name)
        .with(json!([{ "type": "PolicyViolation", "info": info }]))
}
