//! Policies: their rules read and judged against what a profile makes.
//!
//! A rule is a condition over a resource's type, place, tags and fields, and an effect. Only
//! `deny` matters here. What cannot be judged from the profile alone (a function, a field that
//! Azure fills in) is *perhaps*, never *no*.

use std::borrow::Cow;
use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::Value;

use crate::arm::client::Arm;
use crate::arm::request::Request;
use crate::visible::plain;
use crate::wildcard::{Wild, is_like};

use super::facts::{Policy, PolicyRule};

/// The version that definitions are read in.
const DEFINITIONS: &str = "2023-04-01";

/// The most definitions that are read; chosen: initiatives of a few hundred rules exist, and
/// nobody waits for them.
const MOST_DEFINITIONS: usize = 60;

/// The answer to whether a rule strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strikes {
    /// It does not.
    No,
    /// The profile alone does not tell.
    Perhaps,
    /// It does.
    Yes,
}

impl std::ops::Not for Strikes {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Strikes {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Adds the rules to policies: definitions and initiatives are read, parameters filled in.
pub(super) async fn fill_in(arm: &Arm, policies: Vec<Policy>) -> Vec<Policy> {
    let filled = policies.into_iter().map(|policy| async move {
        if policy.is_enforced { with_rules(arm, policy).await } else { policy }
    });
    join_all(filled).await
}

async fn with_rules(arm: &Arm, mut policy: Policy) -> Policy {
    let Some(body) = definition(arm, &policy.definition_id).await else {
        policy.unread = 1;
        return policy;
    };
    let given = parameters(&body, &policy.parameters);
    let Some(members) = body.pointer("/properties/policyDefinitions").and_then(Value::as_array)
    else {
        policy.rules.extend(rule(&body, &given));
        return policy;
    };
    policy.unread = members.len().saturating_sub(MOST_DEFINITIONS);
    let rules =
        members.iter().take(MOST_DEFINITIONS).map(|member| member_rule(arm, member, &given));
    for rule in join_all(rules).await {
        match rule {
            Ok(rule) => policy.rules.extend(rule),
            Err(Unread) => policy.unread += 1,
        }
    }
    policy
}

/// A definition that could not be read.
struct Unread;

async fn member_rule(
    arm: &Arm,
    member: &Value,
    given: &BTreeMap<String, Value>,
) -> Result<Option<PolicyRule>, Unread> {
    let id = member.get("policyDefinitionId").and_then(Value::as_str).ok_or(Unread)?;
    let body = definition(arm, id).await.ok_or(Unread)?;
    let own = member.get("parameters").and_then(Value::as_object).into_iter().flatten();
    let own: BTreeMap<String, Value> =
        own.filter_map(|(k, v)| Some((k.clone(), filled(v.get("value")?, given)))).collect();
    Ok(rule(&body, &parameters(&body, &own)))
}

async fn definition(arm: &Arm, id: &str) -> Option<Value> {
    if !id.starts_with("/providers/") && !id.starts_with("/subscriptions/") {
        return None;
    }
    let request = Request::verbatim(&format!("{id}?api-version={DEFINITIONS}"));
    let body = arm.send(request).await.ok()?.body;
    body.get("properties").is_some().then_some(body)
}

/// Returns the parameters of a definition: given, else their defaults.
fn parameters(body: &Value, given: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let known = body.pointer("/properties/parameters").and_then(Value::as_object);
    let defaults = known.into_iter().flatten();
    let mut found: BTreeMap<String, Value> = defaults
        .filter_map(|(name, value)| Some((name.clone(), value.get("defaultValue")?.clone())))
        .collect();
    found.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    found
}

/// Reads a rule; `None` for one that looks at something else than resources of ARM, such as what
/// runs in a cluster.
fn rule(body: &Value, given: &BTreeMap<String, Value>) -> Option<PolicyRule> {
    let mode = body.pointer("/properties/mode").and_then(Value::as_str).unwrap_or("Indexed");
    let is_indexed = mode.eq_ignore_ascii_case("Indexed");
    if !is_indexed && !mode.eq_ignore_ascii_case("All") {
        return None;
    }
    let rule = body.pointer("/properties/policyRule")?;
    let title = body.pointer("/properties/displayName").or_else(|| body.get("name"));
    let effect = filled(rule.pointer("/then/effect")?, given);
    Some(PolicyRule {
        title: title.and_then(Value::as_str).map(plain).unwrap_or_default().into_owned(),
        effect: effect.as_str()?.to_ascii_lowercase(),
        condition: filled(rule.get("if")?, given),
        is_indexed,
    })
}

/// Returns a value with `[parameters('x')]` replaced by what `x` is.
fn filled(value: &Value, given: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => {
            let name = parameter_of(text);
            let found = name
                .and_then(|name| given.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
            match (name, found) {
                (Some(_), Some((_, value))) => value.clone(),
                _ => Value::String(with_parameter_inside(text, given)),
            }
        }
        Value::Array(items) => items.iter().map(|item| filled(item, given)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), filled(value, given))).collect()
        }
        other => other.clone(),
    }
}

/// Returns `x` of `[parameters('x')]`.
fn parameter_of(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim();
    inner.strip_prefix("parameters('")?.strip_suffix("')").filter(|name| !name.contains('\''))
}

/// Returns `tags['x']` for `[concat('tags[', parameters('p'), ']')]` where `p` is `x`: the way
/// every policy about tags is written.
fn with_parameter_inside(text: &str, given: &BTreeMap<String, Value>) -> String {
    let name =
        text.strip_prefix("[concat('tags[',").and_then(|rest| rest.strip_suffix(']')).map(|rest| {
            format!("[{}]", rest.trim().trim_end_matches(", ']')").trim_end_matches(",']')"))
        });
    let name = name.as_deref().and_then(parameter_of);
    let value = name.and_then(|name| given.get(name)).and_then(Value::as_str);
    value.map_or_else(|| text.to_owned(), |value| format!("tags['{value}']"))
}

/// A resource as policies see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    /// The type.
    pub(super) kind: &'a str,
    /// The name.
    pub(super) name: &'a str,
    /// The body that will be sent.
    pub(super) body: &'a Value,
}

/// Tells whether a condition holds for a resource that is about to be made.
pub(super) fn strikes(condition: &Value, subject: &Subject<'_>) -> Strikes {
    let Some(members) = condition.as_object() else { return Strikes::Perhaps };
    let each = |value: &Value| -> Vec<Strikes> {
        value.as_array().into_iter().flatten().map(|inner| strikes(inner, subject)).collect()
    };
    for (word, value) in members {
        match word.to_ascii_lowercase().as_str() {
            "not" => return !strikes(value, subject),
            "allof" => return each(value).into_iter().min().unwrap_or(Strikes::Yes),
            "anyof" => return each(value).into_iter().max().unwrap_or(Strikes::No),
            _ => {}
        }
    }
    let Some(field) = member(members, "field").and_then(Value::as_str) else {
        return Strikes::Perhaps;
    };
    let found = match look_up(field, subject) {
        Field::Is(text) => Some(text),
        Field::Missing => None,
        Field::Untold => return Strikes::Perhaps,
    };
    let operator = members.iter().find(|(word, _)| !word.eq_ignore_ascii_case("field"));
    operator.map_or(Strikes::Perhaps, |(word, wanted)| compare(word, found.as_deref(), wanted))
}

fn member<'a>(members: &'a serde_json::Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The value of a field.
enum Field<'a> {
    /// It is this.
    Is(Cow<'a, str>),
    /// There is none.
    Missing,
    /// The profile does not tell.
    Untold,
}

fn look_up<'a>(field: &str, subject: &Subject<'a>) -> Field<'a> {
    let lower = field.to_ascii_lowercase();
    let told = |found: Option<&'a str>| found.map_or(Field::Missing, |is| Field::Is(is.into()));
    match lower.as_str() {
        "type" => Field::Is(subject.kind.into()),
        "name" => Field::Is(subject.name.into()),
        "location" => told(subject.body.get("location").and_then(Value::as_str)),
        // What still holds a call is a function, and not the name of a tag.
        text if text.starts_with("tags[") && !text.contains('(') => told(tag(field, subject)),
        text if text.starts_with("tags.") => told(tag(field, subject)),
        _ => property(&lower, subject),
    }
}

/// What Azure attaches to no subnet by itself, so that silence means that there is none.
const ATTACHED: [&str; 3] = ["networksecuritygroup", "routetable", "natgateway"];

/// Returns what the body says of a field of its own type: `Microsoft.Network/…/subnets/routeTable.id`.
/// What it does not say Azure may fill in.
fn property<'a>(field: &str, subject: &Subject<'a>) -> Field<'a> {
    let rest = field.strip_prefix(&subject.kind.to_ascii_lowercase());
    let Some(path) = rest.and_then(|rest| rest.strip_prefix('/')) else { return Field::Untold };
    let found = path.split('.').try_fold(subject.body.get("properties"), |at, name| {
        let Some(Value::Object(members)) = at else { return at.is_none().then_some(None) };
        Some(member(members, name))
    });
    let is_subnet = subject.kind.to_ascii_lowercase().ends_with("/subnets");
    let alone = path.split('.').next().unwrap_or_default();
    match found.flatten() {
        Some(Value::String(text)) => Field::Is(text.as_str().into()),
        Some(Value::Bool(is)) => Field::Is(is.to_string().into()),
        Some(Value::Object(_)) => Field::Is("{}".into()),
        None if is_subnet && ATTACHED.contains(&alone) => Field::Missing,
        _ => Field::Untold,
    }
}

/// Returns the value of the tag that `tags.x`, `tags['x']` or `tags[x]` names.
fn tag<'a>(field: &str, subject: &Subject<'a>) -> Option<&'a str> {
    let name = field.get("tags".len()..)?.trim_start_matches('.');
    let name = name.trim_start_matches(['[', '\'']).trim_end_matches(['\'', ']']);
    let tags = subject.body.get("tags").and_then(Value::as_object).into_iter().flatten();
    let mut same = tags.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    same.next().and_then(|(_, value)| value.as_str())
}

fn compare(operator: &str, found: Option<&str>, wanted: &Value) -> Strikes {
    let operator = operator.to_ascii_lowercase();
    if let Some(positive) = operator.strip_prefix("not") {
        return !compare(positive, found, wanted);
    }
    let is_function = |value: &Value| value.as_str().is_some_and(|text| text.starts_with('['));
    if is_function(wanted) || wanted.as_array().is_some_and(|list| list.iter().any(is_function)) {
        return Strikes::Perhaps;
    }
    let text = wanted.as_str().unwrap_or_default();
    let found_text = found.unwrap_or_default();
    let same = |a: &str, b: &str| {
        let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
        plain(a) == plain(b)
    };
    match operator.as_str() {
        "exists" => {
            let should = wanted.as_bool().unwrap_or_else(|| text.eq_ignore_ascii_case("true"));
            (found.is_some() == should).into()
        }
        "equals" => same(found_text, text).into(),
        "in" => {
            let mut list = wanted.as_array().into_iter().flatten().filter_map(Value::as_str);
            list.any(|item| same(found_text, item)).into()
        }
        "contains" => found_text.to_ascii_lowercase().contains(&text.to_ascii_lowercase()).into(),
        "like" => {
            let (pattern, found) = (text.to_ascii_lowercase(), found_text.to_ascii_lowercase());
            is_like(&pattern, &found, Wild::Star).into()
        }
        _ => Strikes::Perhaps,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CLUSTER: &str = "Microsoft.ContainerService/managedClusters";

    fn judge(condition: &Value, body: &Value) -> Strikes {
        strikes(condition, &Subject { kind: CLUSTER, name: "demo", body })
    }

    /// The built-in policy "Allowed locations", as Azure defines it.
    fn allowed_locations(allowed: &[&str]) -> PolicyRule {
        let body = json!({ "properties": {
            "displayName": "Allowed locations",
            "parameters": { "listOfAllowedLocations": { "type": "Array" } },
            "policyRule": {
                "if": { "allOf": [
                    { "field": "location", "notIn": "[parameters('listOfAllowedLocations')]" },
                    { "field": "location", "notEquals": "global" },
                    { "field": "type", "notEquals": "Microsoft.AzureActiveDirectory/b2cDirectories" },
                ]},
                "then": { "effect": "deny" },
            },
        }});
        let given = BTreeMap::from([("listOfAllowedLocations".to_owned(), json!(allowed))]);
        rule(&body, &parameters(&body, &given)).unwrap()
    }

    #[test]
    fn a_region_that_is_not_allowed_is_denied() {
        let rule = allowed_locations(&["northeurope", "West US"]);
        assert_eq!(rule.effect, "deny");
        assert_eq!(judge(&rule.condition, &json!({ "location": "westeurope" })), Strikes::Yes);
        assert_eq!(judge(&rule.condition, &json!({ "location": "westus" })), Strikes::No);
    }

    #[test]
    fn a_tag_that_is_demanded_and_missing_is_denied() {
        let body = json!({ "properties": {
            "displayName": "Require a tag on resources",
            "parameters": { "tagName": { "type": "String" } },
            "policyRule": {
                "if": { "field": "[concat('tags[', parameters('tagName'), ']')]", "exists": "false" },
                "then": { "effect": "deny" },
            },
        }});
        let given = BTreeMap::from([("tagName".to_owned(), json!("costCentre"))]);
        let rule = rule(&body, &parameters(&body, &given)).unwrap();
        assert_eq!(judge(&rule.condition, &json!({ "tags": { "team": "x" } })), Strikes::Yes);
        assert_eq!(judge(&rule.condition, &json!({ "tags": { "costcentre": "7" } })), Strikes::No);
    }

    #[test]
    fn effects_are_parameters_with_defaults_too() {
        let body = json!({ "properties": {
            "parameters": { "effect": { "defaultValue": "Audit" } },
            "policyRule": { "if": {}, "then": { "effect": "[parameters('effect')]" } },
        }});
        let read =
            |given: &BTreeMap<String, Value>| rule(&body, &parameters(&body, given)).unwrap();
        assert_eq!(read(&BTreeMap::new()).effect, "audit");
        let given = BTreeMap::from([("effect".to_owned(), json!("Deny"))]);
        assert_eq!(read(&given).effect, "deny");
    }

    #[test]
    fn what_the_profile_does_not_tell_is_perhaps() {
        let body = json!({ "location": "westeurope" });
        let unknown = json!({ "field": format!("{CLUSTER}/enableRBAC"), "equals": "false" });
        assert_eq!(judge(&unknown, &body), Strikes::Perhaps);
        let other = json!({ "field": "type", "equals": "Microsoft.Storage/storageAccounts" });
        assert_eq!(judge(&json!({ "allOf": [other, unknown] }), &body), Strikes::No);
        let ours = json!({ "field": "type", "equals": CLUSTER.to_lowercase() });
        assert_eq!(judge(&json!({ "allOf": [ours, unknown] }), &body), Strikes::Perhaps);
        assert_eq!(judge(&json!({ "anyOf": [ours, unknown] }), &body), Strikes::Yes);
        assert_eq!(judge(&json!({ "not": unknown }), &body), Strikes::Perhaps);
        let counted = json!({ "count": { "field": "x[*]" }, "greater": 0 });
        assert_eq!(judge(&counted, &body), Strikes::Perhaps);
        assert_eq!(judge(&json!("odd"), &body), Strikes::Perhaps);
    }

    #[test]
    fn a_subnet_without_a_security_group_is_told_from_one_with() {
        const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";
        let wants = json!({ "allOf": [
            { "field": "type", "equals": SUBNET },
            { "field": format!("{SUBNET}/networkSecurityGroup.id"), "exists": "false" },
        ]});
        let judge = |body: &Value| strikes(&wants, &Subject { kind: SUBNET, name: "pods", body });
        assert_eq!(
            judge(&json!({ "properties": { "addressPrefix": "10.0.0.0/24" } })),
            Strikes::Yes
        );
        let with = json!({ "properties": { "networkSecurityGroup": { "id": "/x" } } });
        assert_eq!(judge(&with), Strikes::No);
    }

    #[test]
    fn names_are_matched_with_one_star() {
        let like =
            |pattern: &str| judge(&json!({ "field": "name", "notLike": pattern }), &json!({}));
        assert_eq!(like("d*o"), Strikes::No);
        assert_eq!(like("aks-*"), Strikes::Yes);
    }
}
