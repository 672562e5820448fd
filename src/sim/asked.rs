//! A call as it was read: what every part of the embedded Azure asks a call about.

use serde_json::Value;

use super::route::Route;

/// A call, read.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Upper-case.
    pub(crate) method: String,
    /// What the path means.
    pub(crate) route: Route,
    /// The path as asked for, without the query.
    pub(crate) path: String,
    /// Query parameters, names in lower case.
    pub(crate) query: Vec<(String, String)>,
    /// The api-version.
    pub(crate) api: String,
    /// Scheme and host that URLs in answers begin with.
    pub(crate) endpoint: String,
    /// The `If-Match` header.
    pub(crate) if_match: Option<String>,
    /// The `If-None-Match` header.
    pub(crate) if_none_match: Option<String>,
    /// The body, `null` when there is none.
    pub(crate) body: Value,
    /// Whether the answer's body may be a text that already is JSON.
    pub(crate) passed_on: bool,
}

impl Asked {
    /// A query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
