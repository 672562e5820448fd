//! A carrier that keeps Entra's refusals, and failures to reach it, readable.
//!
//! `azure_identity` 1.0 reads the description of a refusal as a borrowed text, which fails as soon
//! as the JSON holds an escape, and Entra's descriptions hold line breaks: people would read "expected
//! a borrowed string" instead of the reason. So descriptions pass on without anything to escape. An
//! answer without a description, a proxy's page say, would end in nothing at all: it gets one.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::Bytes;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request, StatusCode, Url};
use serde_json::{Value, json};

use crate::arm::error::{Fault, clean, innermost};
use crate::arm::request::plain;

/// The statuses after which the SDK asks again, by its own list; there is no more to them than that
/// the server is in trouble.
const PASSING: [StatusCode; 6] = [
    StatusCode::RequestTimeout,
    StatusCode::TooManyRequests,
    StatusCode::InternalServerError,
    StatusCode::BadGateway,
    StatusCode::ServiceUnavailable,
    StatusCode::GatewayTimeout,
];

/// Another carrier, and readable refusals.
#[derive(Debug)]
pub(super) struct Plain(pub(super) Arc<dyn HttpClient>);

/// Whoever gives out the tokens was not reached, or what answered is none who does.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreached(String);

#[async_trait]
impl HttpClient for Plain {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answer = self.0.execute_request(request).await;
        let answer = answer.map_err(|error| lost(request.url(), &error))?;
        let is_asking = request.method() == Method::Post;
        if answer.status().is_success() && !is_asking {
            return Ok(answer);
        }
        let (status, headers, body) = answer.deconstruct();
        let bytes = body.collect().await.map_err(|error| lost(request.url(), &error))?;
        // A machine's identity is asked for with GET, and the SDK has words for what is answered.
        let bytes = if is_asking {
            told(request.url(), status, &headers, bytes)?
        } else {
            readable(&bytes).map_or(bytes, Into::into)
        };
        Ok(AsyncRawResponse::from_bytes(status, headers, bytes))
    }
}

/// Says who was not reached and why; a certificate that is refused now is refused the next time too,
/// so that one is not of a kind that is tried again.
pub(super) fn lost(url: &Url, error: &Error) -> Error {
    let reason = innermost(error);
    let kind = match error.kind() {
        ErrorKind::Io | ErrorKind::Connection if reason.contains("certificate") => ErrorKind::Other,
        ErrorKind::Connection => ErrorKind::Connection,
        _ => ErrorKind::Io,
    };
    unreached(kind, format!("no connection to {}: {reason}", host(url)))
}

/// Returns an error that says nothing about the way to log in.
pub(super) fn unreached(kind: ErrorKind, reason: String) -> Error {
    Error::with_error(kind, Unreached(reason.clone()), reason)
}

/// Tells whether an error says nothing about the way to log in.
pub(super) fn is_unreached(error: &Error) -> bool {
    let mut here: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = here {
        let kind = error.downcast_ref::<Error>().map(Error::kind);
        let passes = matches!(kind, Some(ErrorKind::HttpResponse { status, .. }) if PASSING.contains(status));
        if passes || error.is::<Unreached>() {
            return true;
        }
        here = error.source();
    }
    false
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// Returns the body of an answer as the SDK can read it, or what is wrong with the answer.
fn told(url: &Url, status: StatusCode, headers: &Headers, bytes: Bytes) -> Result<Bytes, Error> {
    let body = serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object);
    let number = u16::from(status);
    if status.is_success() {
        let what = || format!("{} answered {number} and with no token", host(url));
        return body.map(|_| bytes).ok_or_else(|| unreached(ErrorKind::Other, what()));
    }
    if let Some(described) = readable(&bytes) {
        return Ok(described.into());
    }
    let is_json = body.is_some();
    let body = body.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned().into());
    let fault = Fault::of_answer(number, &plain(headers), &body);
    let reason = format!("{} answered {number} {fault}", host(url));
    if PASSING.contains(&status) {
        return Ok(json!({ "error_description": unescaped(&reason) }).to_string().into());
    }
    Err(if is_json {
        Error::with_message(ErrorKind::Credential, reason)
    } else {
        unreached(ErrorKind::Credential, reason)
    })
}

fn readable(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(bytes).ok()?;
    let description = body.get_mut("error_description")?;
    let text = unescaped(description.as_str().filter(|text| !text.trim().is_empty())?);
    *description = Value::String(text);
    Some(body.to_string().into_bytes())
}

/// Returns a text on one line that JSON writes as it is.
fn unescaped(text: &str) -> String {
    clean(text).replace('"', "'").replace('\\', "/")
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
