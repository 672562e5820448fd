//! One resource as the world keeps it, and the key it is found by.

use std::sync::Arc;

use serde_json::Value;

use super::clock::Millis;
use crate::json;

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The id as Azure spells it.
    pub(crate) id: String,
    /// The type as Azure spells it in ids.
    pub(crate) kind: String,
    /// The body, compact JSON; a copy of the world shares it.
    text: Arc<str>,
    /// When it was made.
    pub(crate) made: Millis,
    /// When its body changed last.
    pub(crate) changed: Millis,
    /// The how-many-th thing made in this world; siblings keep this order.
    pub(crate) place: u64,
}

impl Entry {
    /// Makes an entry; the world gives it its place.
    pub(crate) fn new(id: &str, kind: &str, body: &Value, made: Millis, place: u64) -> Self {
        Self::stored(id, kind, body.to_string().into(), made, place)
    }

    /// Makes an entry of a body that is compact JSON already.
    pub(crate) fn stored(id: &str, kind: &str, text: Arc<str>, made: Millis, place: u64) -> Self {
        Self { id: id.to_owned(), kind: kind.to_owned(), text, made, changed: made, place }
    }

    /// The same resource with another body.
    pub(crate) fn with(&self, body: &Value, changed: Millis) -> Self {
        let text = body.to_string().into();
        Self { text, changed, id: self.id.clone(), kind: self.kind.clone(), ..*self }
    }

    /// The stored body.
    pub(crate) fn body(&self) -> Value {
        json::read(self.text.as_bytes()).unwrap_or_default()
    }

    /// The stored body as text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the resource is of this type.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }
}

/// The key of an id.
pub(crate) fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}
