//! `Body`: a resource's JSON; `Later`: a value in it that is known only after another step.
//!
//! Bodies stay JSON from the wire to the screen, so that fields this program has never heard of
//! survive a round trip.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::id::ResourceId;

/// The key that marks a [`Later`] in JSON; no property of Azure's begins with a dollar sign.
const LATER: &str = "$later";

/// A version of a resource type's interface, such as `2025-10-01`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ApiVersion(Cow<'static, str>);

impl ApiVersion {
    /// Returns the version written in the program.
    pub const fn new(version: &'static str) -> Self {
        Self(Cow::Borrowed(version))
    }

    /// Returns the text, as it stands in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ApiVersion {
    fn from(version: String) -> Self {
        Self(Cow::Owned(version))
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The JSON document of a resource. Its copies share it until one is changed: what is composed, planned,
/// sent and held against the answer is one document, and a fleet has thousands.
#[derive(Clone, Debug, PartialEq)]
pub struct Body(Arc<Value>);

impl Body {
    /// Returns the body that holds `value`.
    pub fn new(value: Value) -> Self {
        Self(Arc::new(value))
    }

    /// Returns the value at a path such as `properties.principalId` or `properties.items[0].name`.
    ///
    /// A key that itself holds a dot can be reached through [`Body::value`] only.
    pub fn get(&self, path: &str) -> Option<&Value> {
        look_up(&self.0, path)
    }

    /// Puts `value` at a path of keys such as `properties.etag`, making objects on the way;
    /// whatever stood in the way is replaced.
    pub fn set(&mut self, path: &str, value: Value) {
        put(self.value_mut(), path.split('.'), value);
    }

    /// Returns the JSON.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// Returns the JSON to be changed, of this body alone.
    pub(crate) fn value_mut(&mut self) -> &mut Value {
        Arc::make_mut(&mut self.0)
    }

    /// Returns the JSON and ends the body.
    pub fn into_value(self) -> Value {
        Arc::unwrap_or_clone(self.0)
    }

    /// Returns every resource id that stands in it, as a key or a value.
    pub fn ids(&self) -> Vec<ResourceId> {
        let mut found = Vec::new();
        ids_in(&self.0, &mut found);
        found
    }

    /// Returns every value that is still to come, in document order.
    pub fn laters(&self) -> Vec<Later> {
        let mut found = Vec::new();
        collect(&self.0, &mut found);
        found
    }

    /// Returns this body with every [`Later`] replaced by what `lookup` knows, or the first one it
    /// does not know.
    pub fn fill(&self, lookup: impl Fn(&Later) -> Option<Value>) -> Result<Self, Later> {
        filled(&self.0, &lookup).map(Self::new)
    }
}

/// Puts `value` where these keys lead, making objects on the way; whatever stood in the way is
/// replaced.
pub(crate) fn put<'a>(mut here: &mut Value, keys: impl Iterator<Item = &'a str>, value: Value) {
    for key in keys {
        if !here.is_object() {
            *here = Value::Object(Map::new());
        }
        here = match here {
            Value::Object(map) => map.entry(key).or_insert(Value::Null),
            other => other,
        };
    }
    *here = value;
}

/// Collects ids; what is still to come holds none yet.
fn ids_in(value: &Value, found: &mut Vec<ResourceId>) {
    match value {
        Value::String(text) => found.extend(ResourceId::parse(text)),
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, found)),
        Value::Object(members) if !members.contains_key(LATER) => {
            for (name, value) in members {
                found.extend(ResourceId::parse(name));
                ids_in(value, found);
            }
        }
        _ => {}
    }
}

/// A value that stands in another resource's answer and is known only then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The resource whose answer holds the value.
    pub of: ResourceId,
    /// The path in that answer, such as `properties.principalId`.
    pub at: String,
}

impl Later {
    /// Returns the mark that stands for this value in a body.
    pub fn to_json(&self) -> Value {
        json!({ LATER: { "of": self.of, "at": self.at } })
    }

    /// Reads such a mark; `None` for any other JSON.
    pub fn from_json(value: &Value) -> Option<Self> {
        let mark = value.as_object().filter(|map| map.len() == 1)?.get(LATER)?;
        Some(Self {
            of: ResourceId::parse(mark.get("of")?.as_str()?).ok()?,
            at: mark.get("at")?.as_str()?.to_owned(),
        })
    }

    /// Returns the value this one stands for, out of the answer of the resource [`Later::of`].
    pub fn of_answer(&self, answer: &Value) -> Option<Value> {
        look_up(answer, &self.at).filter(|value| !value.is_null()).cloned()
    }
}

fn look_up<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |here, part| {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        let named = if key.is_empty() { Some(here) } else { here.get(key) };
        indices.split('[').filter(|index| !index.is_empty()).try_fold(named?, |list, index| {
            list.get(index.strip_suffix(']')?.parse::<usize>().ok()?)
        })
    })
}

fn collect(value: &Value, found: &mut Vec<Later>) {
    if let Some(later) = Later::from_json(value) {
        found.push(later);
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}

fn filled(value: &Value, lookup: &impl Fn(&Later) -> Option<Value>) -> Result<Value, Later> {
    if let Some(later) = Later::from_json(value) {
        return lookup(&later).ok_or(later);
    }
    match value {
        Value::Array(items) => items.iter().map(|item| filled(item, lookup)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, item)| Ok((key.clone(), filled(item, lookup)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        _ => Ok(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal() -> Later {
        let identity = ResourceId::resource_group("s", "g")
            .resource("Microsoft.ManagedIdentity/userAssignedIdentities", "i");
        Later { of: identity, at: "properties.principalId".to_owned() }
    }

    #[test]
    fn a_value_to_come_is_filled_in_wherever_it_stands() {
        let body = Body::new(json!({ "properties": { "list": [principal().to_json(), 1] } }));
        assert_eq!(body.laters(), [principal()]);
        assert_eq!(body.fill(|_| None), Err(principal()));
        let answer = json!({ "properties": { "principalId": "p" } });
        let full = body.fill(|later| later.of_answer(&answer)).unwrap();
        assert_eq!(full.value(), &json!({ "properties": { "list": ["p", 1] } }));
        assert!(full.laters().is_empty());
    }

    #[test]
    fn a_null_is_not_the_value_waited_for() {
        assert_eq!(principal().of_answer(&json!({ "properties": { "principalId": null } })), None);
    }

    #[test]
    fn paths_reach_into_objects_and_lists() {
        let mut body = Body::new(json!({ "a": { "b": [{ "c": 1 }] } }));
        assert_eq!(body.get("a.b[0].c"), Some(&json!(1)));
        assert_eq!(body.get("a.b[1].c"), None);
        assert_eq!(body.get("a.x.c"), None);
        body.set("a.d.e", json!(true));
        body.set("a.b", Value::Null);
        assert_eq!(body.value(), &json!({ "a": { "b": null, "d": { "e": true } } }));
    }

    #[test]
    fn an_object_that_only_looks_alike_is_no_mark() {
        let mut value = principal().to_json();
        assert!(Later::from_json(&value).is_some());
        value["more"] = json!(1);
        assert!(Later::from_json(&value).is_none());
    }
}
