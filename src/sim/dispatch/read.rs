//! A call, read: its query, its body, and what is none of either.

use serde_json::Value;

use super::super::Call;
use super::super::ENDPOINT;
use super::super::asked::Asked;
use super::super::error::Refusal;
use super::super::provider;
use super::super::route::{self, Route};
use super::fit::unreadable;
use crate::json;

/// Reads a call.
pub(crate) fn read(call: &Call) -> Result<Asked, Refusal> {
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    let query = pairs(query);
    let method = call.method.to_ascii_uppercase();
    let path = without_doubled_slashes(decode(path));
    let route = route::parse(&method, &path)?;
    let api = query
        .iter()
        .find(|(name, _)| name == "api-version")
        .map(|(_, value)| value.to_ascii_lowercase())
        .filter(|value| !value.is_empty());
    let Some(api) = api else {
        return Err(Refusal::arm(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    let host = call.headers.get("host");
    let endpoint = host.map_or(ENDPOINT.to_owned(), |h| format!("https://{h}"));
    Ok(Asked {
        body: if is_carried(&route) { read_body(&call.body)? } else { Value::Null },
        passed_on: call.passed_on,
        if_match: call.headers.get("if-match").cloned(),
        if_none_match: call.headers.get("if-none-match").cloned(),
        method,
        route,
        path,
        query,
        api,
        endpoint,
    })
}

/// ARM takes two slashes for one, and some clients write them.
fn without_doubled_slashes(path: String) -> String {
    if !path.contains("//") {
        return path;
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

/// Whether what is written there is read at all: of a type that is not carried it is that which
/// must be said, not what may be odd about the body. The Azure CLI's deployments are no JSON.
fn is_carried(route: &Route) -> bool {
    match route {
        Route::Resource { kind, .. } | Route::Action { kind, .. } => {
            kind.eq_ignore_ascii_case(super::tags::KIND) || provider::of(kind).is_some()
        }
        _ => true,
    }
}

fn read_body(bytes: &[u8]) -> Result<Value, Refusal> {
    // ARM reads a body as a text, and a text may begin with a mark of its encoding.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    json::read(bytes).map_err(|error| unreadable(&error.to_string()))
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name).to_ascii_lowercase(), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Undoes percent encoding; what is no encoding stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = hex.and_then(|hex| std::str::from_utf8(hex).ok()?.parse_hex());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

trait ParseHex {
    fn parse_hex(&self) -> Option<u8>;
}

impl ParseHex for str {
    fn parse_hex(&self) -> Option<u8> {
        u8::from_str_radix(self, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let read = pairs("Api-Version=2025-04-01&$filter=tagName%20eq%20'a'+and+x");
        assert_eq!(read[0], ("api-version".to_owned(), "2025-04-01".to_owned()));
        assert_eq!(read[1].1, "tagName eq 'a' and x");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%41"), "%zzA");
    }
}
