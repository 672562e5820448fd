//! `--trace`: one JSON object per HTTP exchange, with every secret replaced before it is written.
//!
//! What is secret is told by names (`adminPassword`, `Authorization`, the signed parts of a poll
//! URL), by addresses (whatever a `listCluster…Credential` answers) and by looks (private keys,
//! tokens). Redaction is pure and comes first; the writer never sees the original.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Body, Context, Request};
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::clock::{self, Clock};
use super::wire::{innermost, plain};

/// What stands where a secret stood.
const REDACTED: &str = "REDACTED";

/// The signed or secret parameters of URLs: AKS signs its operation URLs with a certificate `c`, a
/// signature `s` and a hash `h` of about 3 kB.
const SECRET_PARAMETERS: &[&str] = &[
    "c",
    "s",
    "h",
    "sig",
    "code",
    "token",
    "access_token",
    "client_secret",
    "client_assertion",
    "password",
];

/// Names of JSON properties whose text is always secret.
const SECRET_PROPERTIES: &[&str] = &[
    "password",
    "adminpassword",
    "secret",
    "clientsecret",
    "client_secret",
    "serverappsecret",
    "access_token",
    "refresh_token",
    "id_token",
    "client_assertion",
    "accesstoken",
    "refreshtoken",
    "token",
    "kubeconfig",
    "privatekey",
    "primarysharedkey",
    "secondarysharedkey",
    "sharedkey",
    "primarykey",
    "secondarykey",
    "accountkey",
    "connectionstring",
    "admincredentials",
];

/// Appends exchanges to a file; clones write to the same one.
#[derive(Clone, Debug)]
pub struct Writer(Arc<Mutex<File>>);

impl Writer {
    /// Opens a file for appending; a new one can be read by its owner only.
    pub fn append(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(Arc::new(Mutex::new(options.open(path)?))))
    }

    /// Writes one object on a line of its own, in one piece, so that processes that share a file
    /// do not cut each other's lines. A disk that is full does not end the run.
    fn write(&self, exchange: &Value) {
        let line = format!("{exchange}\n");
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(file.write_all(line.as_bytes()));
    }
}

/// The stage of the pipeline that writes each exchange, tries and polls included.
#[derive(Debug)]
pub(crate) struct Tracing {
    writer: Writer,
    clock: Clock,
}

impl Tracing {
    /// Returns the stage.
    pub(crate) fn new(writer: Writer, clock: Clock) -> Self {
        Self { writer, clock }
    }
}

#[async_trait]
impl Policy for Tracing {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let begun = self.clock.elapsed();
        let date = clock::wall().format(&Rfc3339).unwrap_or_default();
        let result = next[0].send(ctx, request, &next[1..]).await;
        let seconds = self.clock.elapsed().saturating_sub(begun).as_secs_f64();
        let url = request.url().as_str();
        let mut exchange = json!({
            "date": date,
            "durationSeconds": (seconds * 1000.0).round() / 1000.0,
            "method": request.method().as_str(),
            "url": redact_url(url),
            "requestHeaders": redact_headers(&plain(request.headers())),
            "requestBody": match request.body() {
                Body::Bytes(bytes) => redact_bytes(url, bytes),
                Body::SeekableStream(_) => Value::Null,
            },
        });
        let (rest, result) = read(url, result).await;
        if let Value::Object(exchange) = &mut exchange {
            exchange.extend(rest);
        }
        self.writer.write(&exchange);
        result
    }
}

/// Reads a whole answer and returns it again, with what a trace says about it.
async fn read(url: &str, result: PolicyResult) -> (Map<String, Value>, PolicyResult) {
    let (status, headers, body) = match result {
        Ok(answer) => answer.deconstruct(),
        Err(error) => return (no_answer(&error), Err(error)),
    };
    let bytes = match body.collect().await {
        Ok(bytes) => bytes,
        Err(error) => return (no_answer(&error), Err(error)),
    };
    let said = json!({
        "status": u16::from(status),
        "headers": redact_headers(&plain(&headers)),
        "responseBody": redact_bytes(url, &bytes),
    });
    let Value::Object(said) = said else {
        return (Map::new(), Ok(AsyncRawResponse::from_bytes(status, headers, bytes)));
    };
    (said, Ok(AsyncRawResponse::from_bytes(status, headers, bytes)))
}

fn no_answer(error: &azure_core::Error) -> Map<String, Value> {
    let mut said = Map::new();
    said.insert("status".to_owned(), Value::Null);
    said.insert("headers".to_owned(), json!({}));
    said.insert("responseBody".to_owned(), Value::Null);
    said.insert("error".to_owned(), Value::String(innermost(error)));
    said
}

/// Returns headers without tokens; URLs in them lose their signatures.
fn redact_headers(headers: &BTreeMap<String, String>) -> Value {
    let shown = headers.iter().map(|(name, value)| {
        let secret = ["authorization", "cookie", "secret", "token", "identity-header"]
            .iter()
            .any(|part| name.contains(part));
        let value = if secret {
            REDACTED.to_owned()
        } else if value.contains("://") || value.starts_with('/') {
            redact_url(value)
        } else {
            redact_text(value)
        };
        (name.clone(), Value::String(value))
    });
    Value::Object(shown.collect())
}

/// Returns a URL with its secret parameters replaced and everything else as it was.
fn redact_url(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else { return url.to_owned() };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) if SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) => {
            format!("{name}={REDACTED}")
        }
        _ => part.to_owned(),
    });
    format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
}

fn redact_bytes(url: &str, bytes: &[u8]) -> Value {
    if bytes.trim_ascii().is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice(bytes) {
        Ok(body) => redact_body(url, body),
        Err(_) if gives_secrets(url) => Value::String(REDACTED.to_owned()),
        Err(_) => Value::String(redact_text(&String::from_utf8_lossy(bytes))),
    }
}

/// Returns a body without secrets; `url` tells where it went or came from.
fn redact_body(url: &str, mut body: Value) -> Value {
    if gives_secrets(url) && body.get("error").is_none() {
        hide_texts(&mut body);
    } else {
        hide_secrets(&mut body);
    }
    body
}

/// Tells whether an address answers with nothing but secrets: `listClusterAdminCredential`,
/// `accessProfiles/clusterUser/listCredential`, `listKeys`, `sharedKeys`, tokens.
fn gives_secrets(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default();
    let last =
        path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let lists = last.starts_with("list")
        && ["credential", "key", "secret", "token"].iter().any(|w| last.contains(w));
    lists
        || last == "sharedkeys"
        || last == "token"
        || path.to_ascii_lowercase().contains("/accessprofiles/")
}

fn hide_texts(value: &mut Value) {
    match value {
        Value::String(text) => REDACTED.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(hide_texts),
        Value::Object(map) => map.values_mut().for_each(hide_texts),
        _ => {}
    }
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact_text(text),
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        Value::Object(map) => {
            for (name, value) in map {
                let lower = name.to_ascii_lowercase();
                let secret = SECRET_PROPERTIES.contains(&lower.as_str())
                    || ["password", "secret", "connectionstring"]
                        .iter()
                        .any(|end| lower.ends_with(end));
                if lower == "kubeconfigs" || (secret && !value.is_boolean() && !value.is_number()) {
                    hide_texts(value);
                } else {
                    hide_secrets(value);
                }
            }
        }
        _ => {}
    }
}

/// Returns a text, or `REDACTED` when it looks like a key or a token, whatever it is called; URLs
/// lose their signatures.
fn redact_text(text: &str) -> String {
    let trimmed = text.trim_start();
    let token = trimmed.starts_with("Bearer ") || is_jwt(trimmed);
    if token || text.contains("PRIVATE KEY-----") || text.contains("client-key-data") {
        REDACTED.to_owned()
    } else if text.starts_with("https://") {
        redact_url(text)
    } else {
        text.to_owned()
    }
}

/// Tells whether a text looks like a JSON web token: three parts, of which the first two are JSON.
fn is_jwt(text: &str) -> bool {
    let mut parts = text.split('.');
    let json = |part: Option<&str>| part.is_some_and(|part| part.starts_with("eyJ"));
    json(parts.next()) && json(parts.next()) && parts.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_headers_are_replaced() {
        let headers =
            [("authorization", "Bearer abc"), ("accept", "application/json"), ("x-ms-token", "t")];
        let headers = headers.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let shown = redact_headers(&headers);
        assert_eq!(
            shown,
            json!({ "authorization": "REDACTED", "accept": "application/json", "x-ms-token": "REDACTED" })
        );
    }

    #[test]
    fn the_signature_of_a_poll_url_is_replaced_and_the_rest_kept() {
        let url = "https://management.azure.com/subscriptions/s/operations/o?api-version=2025-03-01&t=1&c=MIIHp&s=sig&h=hash";
        let shown = redact_url(url);
        assert_eq!(
            shown,
            "https://management.azure.com/subscriptions/s/operations/o?api-version=2025-03-01&t=1&c=REDACTED&s=REDACTED&h=REDACTED"
        );
        let headers = BTreeMap::from([("azure-asyncoperation".to_owned(), url.to_owned())]);
        assert_eq!(redact_headers(&headers)["azure-asyncoperation"], json!(shown));
    }

    #[test]
    fn passwords_and_secrets_in_bodies_are_replaced_wherever_they_stand() {
        let body = json!({ "properties": {
            "windowsProfile": { "adminUsername": "u", "adminPassword": "planted" },
            "servicePrincipalProfile": { "clientId": "id", "secret": "planted" },
            "aadProfile": { "serverAppSecret": "planted" },
            "note": "-----BEGIN RSA PRIVATE KEY-----planted",
            "jwt": "eyJhbGciOi.eyJzdWIi.planted",
            "linuxProfile": { "ssh": { "publicKeys": [{ "keyData": "ssh-rsa AAAA" }] } },
            "tokenRequired": true } });
        let shown = redact_body("https://h/subscriptions/s/x", body).to_string();
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("ssh-rsa AAAA") && shown.contains("\"tokenRequired\":true"));
    }

    #[test]
    fn a_kubeconfig_never_reaches_the_writer() {
        let url =
            "https://h/subscriptions/s/managedClusters/c/listClusterUserCredential?api-version=1";
        let body = json!({ "kubeconfigs": [{ "name": "clusterUser", "value": "planted" }] });
        assert!(!redact_body(url, body.clone()).to_string().contains("planted"));
        assert!(!redact_body("https://h/elsewhere", body).to_string().contains("planted"));
        let refusal = json!({ "error": { "code": "AuthorizationFailed", "message": "m" } });
        assert_eq!(redact_body(url, refusal.clone()), refusal);
    }

    #[test]
    fn text_that_is_no_json_is_searched_too() {
        assert_eq!(redact_bytes("https://h/x", b"Bearer abc"), json!("REDACTED"));
        assert_eq!(redact_bytes("https://h/token", b"grant=planted"), json!("REDACTED"));
        assert_eq!(redact_bytes("https://h/x", b"<html>"), json!("<html>"));
        assert_eq!(redact_bytes("https://h/x", b" "), Value::Null);
    }
}
