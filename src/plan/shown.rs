//! What of a plan may be shown: no secrets, which tags and names can hold.

use serde_json::Value;

use crate::arm::body::Later;
use crate::arm::redact;
use crate::diff::Delta;

/// Returns a difference as it may be shown: without secrets, which tags and names can hold.
pub fn shown(delta: &Delta) -> Delta {
    let side = |value: &Option<Value>| value.as_ref().map(|value| shown_at(&delta.path, value));
    Delta { before: side(&delta.before), after: side(&delta.after), ..delta.clone() }
}

/// Returns the value at a path as it may be shown.
pub fn shown_at(path: &str, value: &Value) -> Value {
    match Later::from_json(value) {
        Some(_) => value.clone(),
        None => redact::member(path, value),
    }
}
