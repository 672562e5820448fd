//! What is asked of the login, and forms as they are read.

use azure_core::http::Url;
use serde_json::Value;

/// A request for something of the login's.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    /// `GET`.
    pub(super) method: &'a str,
    /// The path without the query.
    pub(super) path: &'a str,
    /// The query, undecoded.
    pub(super) query: &'a str,
    /// The body, a form.
    pub(super) body: &'a [u8],
    /// Scheme and host the client used.
    pub(super) endpoint: &'a str,
    /// The header that guards a managed identity's endpoint.
    pub(super) identity_header: Option<&'a str>,
    /// The header that guards a pipeline's endpoint.
    pub(super) authorization: Option<&'a str>,
}

/// The answer: a status and a body.
pub(super) type Answer = (u16, Value);

/// A form or a query, decoded.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let Ok(mut url) = Url::parse("https://form.invalid/") else { return Self(Vec::new()) };
        url.set_query(Some(text.trim()));
        let pairs = url.query_pairs();
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}
