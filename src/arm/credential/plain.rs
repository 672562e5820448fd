//! A carrier that keeps Entra's refusals, and failures to reach it, readable.
//!
//! `azure_identity` 1.0 reads the description of a refusal as a borrowed text, which fails as soon
//! as the JSON holds an escape, and Entra's descriptions hold line breaks: people would read "expected
//! a borrowed string" instead of the reason. So descriptions pass on without anything to escape.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{AsyncRawResponse, HttpClient, Request, Url};
use serde_json::Value;

use crate::arm::error::clean;
use crate::arm::wire::innermost;

/// Another carrier, and readable refusals.
#[derive(Debug)]
pub(super) struct Plain(pub(super) Arc<dyn HttpClient>);

#[async_trait]
impl HttpClient for Plain {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answer = self.0.execute_request(request).await;
        let answer = answer.map_err(|error| unreached(request.url(), &error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (status, headers, body) = answer.deconstruct();
        let bytes = body.collect().await?;
        let bytes = readable(&bytes).map_or(bytes, Into::into);
        Ok(AsyncRawResponse::from_bytes(status, headers, bytes))
    }
}

/// Says who was not reached and why; a certificate that is refused now is refused the next time too,
/// so that one is not of a kind that is tried again.
fn unreached(url: &Url, error: &Error) -> Error {
    let reason = innermost(error);
    let kind = match error.kind() {
        ErrorKind::Io | ErrorKind::Connection if reason.contains("certificate") => ErrorKind::Other,
        ErrorKind::Connection => ErrorKind::Connection,
        _ => ErrorKind::Io,
    };
    let host = url.host_str().unwrap_or_default();
    Error::with_message(kind, format!("no connection to {host}: {reason}"))
}

fn readable(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(bytes).ok()?;
    let description = body.get_mut("error_description")?;
    let text = clean(description.as_str()?).replace('"', "'").replace('\\', "/");
    *description = Value::String(text);
    Some(body.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_its_words_and_needs_no_escapes() {
        let bytes =
            readable(br#"{"error":"e","error_description":"AADSTS1: \"no\"\r\nTrace: \u00e9\\x"}"#)
                .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("AADSTS1: 'no' Trace: \u{e9}/x"), "{text}");
        assert!(!text.contains('\\'), "{text}");
        assert!(readable(b"<html>").is_none());
    }
}
