//! Small readings and writings in a JSON body, by pointer.

use serde_json::{Map, Value};

/// The text at a pointer.
pub(crate) fn text<'a>(body: &'a Value, at: &str) -> Option<&'a str> {
    body.pointer(at).and_then(Value::as_str)
}

/// The number at a pointer, if it is a whole one.
pub(crate) fn number(body: &Value, at: &str) -> Option<u64> {
    body.pointer(at).and_then(Value::as_u64)
}

/// Whether the flag at a pointer is on.
pub(crate) fn flag(body: &Value, at: &str) -> bool {
    body.pointer(at).and_then(Value::as_bool).unwrap_or(false)
}

/// The list at a pointer, empty when there is none.
pub(crate) fn list<'a>(body: &'a Value, at: &str) -> &'a [Value] {
    body.pointer(at).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The texts of the list at a pointer.
pub(crate) fn texts<'a>(body: &'a Value, at: &str) -> Vec<&'a str> {
    list(body, at).iter().filter_map(Value::as_str).collect()
}

/// Writes a value at a pointer, making the objects on the way.
pub(crate) fn set(body: &mut Value, at: &str, value: impl Into<Value>) {
    let mut here = body;
    for key in at.split('/').skip(1) {
        if !here.is_object() {
            *here = Value::Object(Map::new());
        }
        here = &mut here[key];
    }
    *here = value.into();
}

/// Writes a value at a pointer where nothing, `null` or an empty text stands.
pub(crate) fn fill(body: &mut Value, at: &str, value: impl Into<Value>) {
    let missing = match body.pointer(at) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    if missing {
        set(body, at, value);
    }
}

/// Takes away what stands at a pointer, and returns it.
pub(crate) fn take(body: &mut Value, at: &str) -> Option<Value> {
    let (parent, key) = at.rsplit_once('/')?;
    body.pointer_mut(parent)?.as_object_mut()?.remove(key)
}

/// Takes away what stands at a pointer whose names may be in any case, wherever it occurs.
pub(crate) fn forget(body: &mut Value, at: &str) {
    let Value::Object(fields) = body else { return };
    let at = at.trim_start_matches('/');
    let Some((name, rest)) = at.split_once('/') else {
        return fields.retain(|key, _| !key.eq_ignore_ascii_case(at));
    };
    for (_, inner) in fields.iter_mut().filter(|(key, _)| key.eq_ignore_ascii_case(name)) {
        forget(inner, rest);
    }
}

/// Takes away every `null` at any depth: in a request it says as much as silence.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// Lays `over` on `under`: objects field by field, anything else whole.
pub(crate) fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

/// Renames fields to the spelling of `names` where they differ in case only.
pub(crate) fn respell(value: &mut Value, names: &[&str]) {
    let Value::Object(fields) = value else { return };
    let odd: Vec<(String, &str)> = fields
        .keys()
        .filter_map(|key| {
            let name = names.iter().find(|name| name.eq_ignore_ascii_case(key))?;
            (*name != key).then(|| (key.clone(), *name))
        })
        .collect();
    for (key, name) in odd {
        if let Some(value) = fields.remove(&key) {
            fields.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filling_keeps_what_stands_there() {
        let mut body = json!({"a": {"b": "", "c": 1}});
        fill(&mut body, "/a/b", "x");
        fill(&mut body, "/a/c", 2);
        fill(&mut body, "/d/e", true);
        assert_eq!(body, json!({"a": {"b": "x", "c": 1}, "d": {"e": true}}));
        assert_eq!(take(&mut body, "/a/c"), Some(json!(1)));
    }

    #[test]
    fn null_says_nothing() {
        assert_eq!(without_nulls(json!({"a": null, "b": [{"c": null}]})), json!({"b": [{}]}));
    }
}
