//! Secrets, replaced before anything is written or shown.
//!
//! What is secret is told by names (`adminPassword`, `Authorization`, the signed parts of a poll
//! URL), by addresses (whatever a `listCluster…Credential` or a token endpoint answers), by looks
//! (private keys, tokens), wherever they stand in a text ([`scan`]), and by heart: what this process
//! itself logs in with is [`Secrets`]. Traces take whole exchanges through here, and whatever Azure
//! says goes through [`prose`] on its way to a person. Pure.

mod names;
mod scan;
mod secrets;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::scan::REDACTED;
pub use self::secrets::Secrets;
use crate::json;

/// What forms and answers of a login may show: the rest of them are secrets.
const OPEN: &[&str] = &[
    "audience",
    "client_assertion_type",
    "client_id",
    "correlation_id",
    "error_codes",
    "error_uri",
    "expires_in",
    "expires_on",
    "ext_expires_in",
    "grant_type",
    "not_before",
    "refresh_in",
    "resource",
    "scope",
    "timestamp",
    "token_type",
    "trace_id",
];

/// Returns headers without tokens; URLs in them lose their signatures.
pub(crate) fn headers(headers: &BTreeMap<String, String>) -> Value {
    let shown = headers.iter().map(|(name, value)| {
        let secret = ["authorization", "cookie", "secret", "token", "identity-header"]
            .iter()
            .any(|part| name.contains(part));
        let value = if secret { REDACTED.to_owned() } else { scan::scan(value) };
        (name.clone(), Value::String(value))
    });
    Value::Object(shown.collect())
}

/// Returns a URL with its secret parameters replaced and everything else as it was.
pub(crate) fn url(address: &str) -> String {
    scan::scan(address)
}

/// Returns a body as sent or answered, read as JSON where it is that, without secrets; `address`
/// tells where it went or came from.
pub(crate) fn bytes(address: &str, bytes: &[u8]) -> Value {
    if bytes.trim_ascii().is_empty() {
        return Value::Null;
    }
    match json::read(bytes) {
        Ok(body) => document(address, body),
        Err(_) if gives_secrets(address) => Value::String(REDACTED.to_owned()),
        Err(_) => Value::String(scan::scan(&String::from_utf8_lossy(bytes))),
    }
}

/// Returns a body as a login sends or answers it: what is no secret stands in [`OPEN`], save in
/// refusals, which are words.
pub(crate) fn login(bytes: &[u8]) -> Value {
    if bytes.trim_ascii().is_empty() {
        return Value::Null;
    }
    let text = String::from_utf8_lossy(bytes);
    match json::read::<Value>(bytes) {
        Ok(mut body) if body.get("error").is_some() || body.get("message").is_some() => {
            hide_secrets(&mut body);
            body
        }
        Ok(mut body) => {
            hide_all_but_open(&mut body);
            body
        }
        Err(_) if text.contains('=') && !text.contains(char::is_whitespace) => {
            Value::String(form(&text))
        }
        Err(_) => Value::String(scan::scan(&text)),
    }
}

/// Tells whether a name says that its value is secret.
pub fn is_secret(name: &str) -> bool {
    names::is_secret(name)
}

/// Returns a value that stands under `name` without secrets, as a difference shows it.
pub fn member(name: &str, value: &Value) -> Value {
    let name = name.trim_end_matches(['"', ']']).rsplit(['.', '[', '"']).next().unwrap_or_default();
    let mut value = value.clone();
    hide_member(name, &mut value);
    value
}

/// Returns what somebody says without the secrets in it: the words around them stay.
pub(crate) fn prose(text: &str) -> String {
    scan::scan(text)
}

/// Returns a body without secrets.
fn document(address: &str, mut body: Value) -> Value {
    if gives_secrets(address) && body.get("error").is_none() {
        hide_texts(&mut body);
    } else {
        hide_secrets(&mut body);
    }
    body
}

/// Returns a form with the values of what may be shown, and with the names of the rest.
fn form(text: &str) -> String {
    let shown = text.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) if is_open(name) => scan::scan_query(part),
        Some((name, _)) => format!("{}={REDACTED}", scan::scan(name)),
        None => REDACTED.to_owned(),
    });
    shown.collect::<Vec<_>>().join("&")
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

/// Tells whether a login may show a member of this name.
fn is_open(name: &str) -> bool {
    OPEN.contains(&name)
}

fn hide_all_but_open(value: &mut Value) {
    let Value::Object(members) = value else { return hide_texts(value) };
    for (name, member) in members {
        if is_open(name) { hide_secrets(member) } else { hide_texts(member) }
    }
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
        Value::String(text) => *text = scan::scan(text),
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        Value::Object(members) => hide_members(members),
        _ => {}
    }
}

fn hide_members(members: &mut Map<String, Value>) {
    // `{ "name": "DB_PASSWORD", "value": "…" }`, as lists of variables have it.
    let named = ["name", "key"].iter().find_map(|key| members.get(*key)?.as_str());
    if named.is_some_and(names::is_secret)
        && let Some(value) = members.get_mut("value")
    {
        hide_texts(value);
    }
    let shown = std::mem::take(members).into_iter().map(|(name, mut value)| {
        hide_member(&name, &mut value);
        (scan::scan(&name), value)
    });
    *members = shown.collect();
}

fn hide_member(name: &str, value: &mut Value) {
    let is_secret = match value {
        Value::Array(_) | Value::Object(_) => !name.eq_ignore_ascii_case("authorization"),
        _ => true,
    };
    if is_secret && (names::is_secret(name) || name.eq_ignore_ascii_case("kubeconfigs")) {
        hide_texts(value);
    } else {
        hide_secrets(value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_in_headers_are_replaced() {
        let sent =
            [("authorization", "Bearer abc"), ("accept", "application/json"), ("x-ms-token", "t")];
        let sent = sent.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let shown = headers(&sent);
        assert_eq!(
            shown,
            json!({ "authorization": "REDACTED", "accept": "application/json", "x-ms-token": "REDACTED" })
        );
    }

    #[test]
    fn the_signature_of_a_poll_url_is_replaced_and_the_rest_kept() {
        let signed = "https://management.azure.com/subscriptions/s/operations/o?api-version=2025-03-01&t=1&c=MIIHp&s=sig&h=hash";
        let shown = url(signed);
        assert_eq!(
            shown,
            "https://management.azure.com/subscriptions/s/operations/o?api-version=2025-03-01&t=1&c=REDACTED&s=REDACTED&h=REDACTED"
        );
        let sent = BTreeMap::from([("azure-asyncoperation".to_owned(), signed.to_owned())]);
        assert_eq!(headers(&sent)["azure-asyncoperation"], json!(shown));
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
        let shown = document("https://h/subscriptions/s/x", body).to_string();
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("ssh-rsa AAAA") && shown.contains("\"tokenRequired\":true"));
    }

    #[test]
    fn a_kubeconfig_never_reaches_the_writer() {
        let url =
            "https://h/subscriptions/s/managedClusters/c/listClusterUserCredential?api-version=1";
        let body = json!({ "kubeconfigs": [{ "name": "clusterUser", "value": "planted" }] });
        assert!(!document(url, body.clone()).to_string().contains("planted"));
        assert!(!document("https://h/elsewhere", body).to_string().contains("planted"));
        let refusal = json!({ "error": { "code": "AuthorizationFailed", "message": "m" } });
        assert_eq!(document(url, refusal.clone()), refusal);
    }

    #[test]
    fn text_that_is_no_json_is_searched_too() {
        assert_eq!(bytes("https://h/x", b"Bearer abc"), json!("Bearer REDACTED"));
        assert_eq!(bytes("https://h/token", b"grant=planted"), json!("REDACTED"));
        assert_eq!(bytes("https://h/x", b"<html>"), json!("<html>"));
        assert_eq!(bytes("https://h/x", b" "), Value::Null);
    }

    #[test]
    fn what_somebody_says_keeps_its_words_and_loses_its_secrets() {
        let jwt = "eyJhbGciOi.eyJhdWQi.sIgNaTuRe";
        let cases = [
            (format!("sent Bearer {jwt}."), "sent Bearer REDACTED."),
            (format!("the token '{jwt}' is no good"), "the token 'REDACTED' is no good"),
            ("Bearer 0123456789abcdef0123456789".to_owned(), "Bearer REDACTED"),
            ("the Bearer token is missing".to_owned(), "the Bearer token is missing"),
            (
                "grant&client_secret=planted&scope=x".to_owned(),
                "grant&client_secret=REDACTED&scope=x",
            ),
            ("AccountName=a;AccountKey=planted;".to_owned(), "AccountName=a;AccountKey=REDACTED;"),
            (
                "see https://u:planted@h/x?sig=planted&api=1 now".to_owned(),
                "see https://REDACTED@h/x?sig=REDACTED&api=1 now",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nplanted\n-----END RSA PRIVATE KEY----- read"
                    .to_owned(),
                "REDACTED read",
            ),
            ("-----BEGIN PRIVATE KEY----- planted".to_owned(), "REDACTED"),
            (
                "Subnet nodes = 10.0.0.0/24 is in use".to_owned(),
                "Subnet nodes = 10.0.0.0/24 is in use",
            ),
        ];
        for (said, shown) in cases {
            assert_eq!(prose(&said), shown);
        }
    }

    #[test]
    fn a_login_is_told_member_by_member() {
        let asked = b"client_id=app&scope=https%3A%2F%2Fh%2F.default&client_secret=planted%26&assertion=planted&other=planted&planted";
        assert_eq!(
            login(asked),
            json!(
                "client_id=app&scope=https%3A%2F%2Fh%2F.default&client_secret=REDACTED&assertion=REDACTED&other=REDACTED&REDACTED"
            )
        );
        let answer = br#"{"token_type":"Bearer","expires_in":3599,"expires_on":"17","access_token":"planted","value":"planted","oidcToken":"planted","new":{"a":"planted"}}"#;
        assert_eq!(
            login(answer),
            json!({ "token_type": "Bearer", "expires_in": 3599, "expires_on": "17", "access_token": "REDACTED",
                "value": "REDACTED", "oidcToken": "REDACTED", "new": { "a": "REDACTED" } })
        );
        let refusal = json!({ "error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided." });
        assert_eq!(login(refusal.to_string().as_bytes()), refusal);
        assert_eq!(login(b"<html>a = b</html>"), json!("<html>a = b</html>"));
        assert_eq!(login(b""), Value::Null);
    }

    #[test]
    fn a_value_is_told_by_its_name_and_its_looks() {
        let shown = |path, value: Value| member(path, &value);
        assert_eq!(shown("tags.password", json!("planted")), json!("REDACTED"));
        assert_eq!(shown("tags[\"db.password\"]", json!("planted")), json!("REDACTED"));
        assert_eq!(
            shown("tags", json!({ "token": "planted", "a": "b" })),
            json!({ "token": "REDACTED", "a": "b" })
        );
        assert_eq!(shown("tags.note", json!("AccountKey=planted")), json!("AccountKey=REDACTED"));
        assert_eq!(shown("properties.count", json!(3)), json!(3));
        let variables =
            json!([{ "name": "DB_PASSWORD", "value": "planted" }, { "name": "a", "value": "b" }]);
        assert_eq!(
            shown("env", variables),
            json!([{ "name": "DB_PASSWORD", "value": "REDACTED" }, { "name": "a", "value": "b" }])
        );
    }
}
