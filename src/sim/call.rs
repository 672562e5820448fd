//! One HTTP request and its answer, as they pass between a transport or a server and the world.

use std::collections::BTreeMap;

use serde_json::Value;

/// One HTTP request.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// `GET`.
    pub method: String,
    /// Path and query, in any case.
    pub path: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body as sent.
    pub body: Vec<u8>,
    /// Whether the answer's body is only passed on, so that it may be a text that already is JSON:
    /// that costs a part of a value.
    pub passed_on: bool,
}

/// One HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status; 0 says that the connection is dropped without an answer.
    pub status: u16,
    /// Headers in the order and spelling they are sent.
    pub headers: Vec<(String, String)>,
    /// The body; a text is sent as it is, everything else as JSON.
    pub body: Option<Value>,
}

impl Reply {
    /// Tells whether the connection is dropped instead of answered.
    pub fn is_dropped(&self) -> bool {
        self.status == 0
    }

    /// Returns the body as sent.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.body {
            None => Vec::new(),
            Some(Value::String(text)) => text.into_bytes(),
            Some(body) => body.to_string().into_bytes(),
        }
    }

    /// The answer of a connection that breaks off.
    pub(super) fn dropped() -> Self {
        Self { status: 0, headers: Vec::new(), body: None }
    }
}
