//! What an API server answers.

use serde_json::{Value, json};

/// What is sent back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self { status, kind: JSON, body: body.to_string().into_bytes() }
    }

    pub(super) fn text(text: &str) -> Self {
        Self { status: 200, kind: "text/plain; charset=utf-8", body: text.as_bytes().to_vec() }
    }

    /// A `Status`, Kubernetes' word for an error.
    pub(super) fn refusal(code: u16, reason: &str, message: &str, details: Value) -> Self {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code,
        });
        if !details.is_null() {
            status["details"] = details;
        }
        Self::json(code, &status)
    }
}

/// What somebody is told who shows no token, or a wrong one.
pub(super) fn unauthorized() -> Reply {
    Reply::refusal(401, "Unauthorized", "Unauthorized", Value::Null)
}

const JSON: &str = "application/json";
