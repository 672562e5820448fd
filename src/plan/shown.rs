//! What of a plan may be shown: no secrets, which tags and names can hold.

use serde_json::Value;

use crate::arm::body::Later;
use crate::arm::id::ResourceId;
use crate::arm::redact;
use crate::diff::Delta;
use crate::kind::spelt;

/// Returns a difference as it may be shown: without secrets, which tags and names can hold.
pub fn shown(delta: &Delta) -> Delta {
    let side = |value: &Option<Value>| value.as_ref().map(|value| shown_at(&delta.path, value));
    Delta { before: side(&delta.before), after: side(&delta.after), ..delta.clone() }
}

/// Returns the value at a path as it may be shown, an id in the one spelling that ids have here.
pub fn shown_at(path: &str, value: &Value) -> Value {
    if Later::from_json(value).is_some() {
        return value.clone();
    }
    match redact::member(path, value) {
        Value::String(text) => match ResourceId::parse(&text) {
            Ok(id) => spelt(&id).as_str().into(),
            Err(_) => text.into(),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shown_in_the_spelling_of_its_documentation() {
        let answered =
            "/subscriptions/s/resourcegroups/G/providers/microsoft.network/virtualnetworks/V";
        let shown = shown_at("properties.remote.id", &answered.into());
        let spelt =
            "/subscriptions/s/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V";
        assert_eq!(shown, spelt);
        assert_eq!(shown_at("tags.path", &"/a/resourcegroups".into()), "/a/resourcegroups");
    }
}
