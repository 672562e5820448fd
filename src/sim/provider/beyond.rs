//! What providers beside AKS and the network share: what is sent laid over what stands, in a frame.

use serde_json::{Value, json};

use super::super::body;
use super::super::region;
use super::Put;

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
