//! What a provider answers, before it is dressed as ARM's reply.

use serde_json::Value;

use super::clock::Millis;
use super::error::Refusal;

/// What a provider answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// The body, if any.
    pub(crate) body: Option<Value>,
    /// Headers beside those of every answer.
    pub(crate) headers: Vec<(String, String)>,
    /// Simulated milliseconds the request takes.
    pub(crate) wait: Millis,
    /// The operation it started.
    pub(crate) operation: Option<String>,
    /// Whether the world is as it was, though the method was not a reading one.
    pub(crate) unchanged: bool,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, body: None, headers: Vec::new(), wait: 0, operation: None, unchanged: false }
    }

    /// A `200` with a body.
    pub(crate) fn ok(body: Value) -> Self {
        Self { body: Some(body), ..Self::status(200) }
    }

    /// A refusal as an answer.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self {
            body: Some(refusal.body()),
            headers: refusal.headers(),
            unchanged: true,
            ..Self::status(refusal.status)
        }
    }

    /// Adds a header.
    pub(crate) fn header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Says how long the request takes.
    pub(crate) fn taking(mut self, wait: Millis) -> Self {
        self.wait = wait;
        self
    }

    /// Says that nothing was changed.
    pub(crate) fn reading(mut self) -> Self {
        self.unchanged = true;
        self
    }
}
