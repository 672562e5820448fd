//! Secrets, replaced before anything is written or shown.
//!
//! What is secret is told by names (`adminPassword`, `Authorization`, the signed parts of a poll
//! URL), by addresses (whatever a `listCluster…Credential` answers) and by looks (private keys,
//! tokens). Traces take whole exchanges through here, and whatever Azure says goes through
//! [`prose`] on its way to a person. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

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

/// Returns headers without tokens; URLs in them lose their signatures.
pub(crate) fn headers(headers: &BTreeMap<String, String>) -> Value {
    let shown = headers.iter().map(|(name, value)| {
        let secret = ["authorization", "cookie", "secret", "token", "identity-header"]
            .iter()
            .any(|part| name.contains(part));
        let value = if secret {
            REDACTED.to_owned()
        } else if value.contains("://") || value.starts_with('/') {
            url(value)
        } else {
            whole(value)
        };
        (name.clone(), Value::String(value))
    });
    Value::Object(shown.collect())
}

/// Returns a URL with its secret parameters replaced and everything else as it was.
pub(crate) fn url(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return without_user(address) };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) if SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) => {
            format!("{name}={REDACTED}")
        }
        _ => part.to_owned(),
    });
    format!("{}?{}", without_user(path), parts.collect::<Vec<_>>().join("&"))
}

/// Returns a body as sent or answered, read as JSON where it is that, without secrets.
pub(crate) fn bytes(address: &str, bytes: &[u8]) -> Value {
    if bytes.trim_ascii().is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice(bytes) {
        Ok(body) => document(address, body),
        Err(_) if gives_secrets(address) => Value::String(REDACTED.to_owned()),
        Err(_) => Value::String(whole(&String::from_utf8_lossy(bytes))),
    }
}

/// Returns a body without secrets; `address` tells where it went or came from.
fn document(address: &str, mut body: Value) -> Value {
    if gives_secrets(address) && body.get("error").is_none() {
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
        Value::String(text) => *text = whole(text),
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
fn whole(text: &str) -> String {
    let trimmed = text.trim_start();
    let token = trimmed.starts_with("Bearer ") || is_jwt(trimmed);
    if token || text.contains("PRIVATE KEY-----") || text.contains("client-key-data") {
        REDACTED.to_owned()
    } else if text.starts_with("https://") {
        url(text)
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

/// Returns what somebody says without the secrets in it: the words around them stay.
pub(crate) fn prose(text: &str) -> String {
    let text = without_keys(text);
    let mut bearer = false;
    let words = text.split_inclusive(char::is_whitespace).map(|word| {
        let core = word.trim_end();
        let shown = if bearer && core.len() >= SHORTEST_TOKEN {
            REDACTED.to_owned()
        } else {
            self::word(core)
        };
        bearer = core.trim_start_matches(QUOTES).eq_ignore_ascii_case("bearer");
        format!("{shown}{}", &word[core.len()..])
    });
    words.collect()
}

/// A token has more letters than a word that may follow `Bearer` in a sentence; chosen.
const SHORTEST_TOKEN: usize = 20;

/// What may stand around a word.
const QUOTES: [char; 8] = ['"', '\'', '`', '(', '[', '{', '<', ','];

/// Returns one word of a text: a token goes whole, of a pair or an address the secret part.
fn word(word: &str) -> String {
    let bare = word.trim_start_matches(QUOTES);
    if is_jwt(bare) {
        return REDACTED.to_owned();
    }
    if bare.contains("://") {
        return format!("{}{}", &word[..word.len() - bare.len()], url(bare));
    }
    if !bare.contains('=') {
        return word.to_owned();
    }
    let mut shown = String::new();
    for part in word.split_inclusive(['&', ';', ',']) {
        match part.split_once('=') {
            Some((name, _)) if names_secret(name) => {
                let end = part.chars().last().filter(|c| ['&', ';', ','].contains(c));
                shown = format!("{shown}{name}={REDACTED}");
                shown.extend(end);
            }
            _ => shown.push_str(part),
        }
    }
    shown
}

/// Tells whether what stands before an equals sign says that a secret follows.
fn names_secret(name: &str) -> bool {
    let name = name.trim_start_matches(QUOTES).to_ascii_lowercase();
    SECRET_PROPERTIES.contains(&name.as_str())
        || ["sig", "pwd", "accountkey", "sharedaccesskey"].contains(&name.as_str())
        || ["password", "secret"].iter().any(|end| name.ends_with(end))
}

/// Returns a text without the private keys in it, from mark to mark.
fn without_keys(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("-----BEGIN ") {
        let (before, key) = rest.split_at(at);
        let end = key.find("-----END ").map_or(key.len(), |end| {
            let tail = end + "-----END ".len();
            key[tail..].find("-----").map_or(key.len(), |close| tail + close + "-----".len())
        });
        let private = key[..end].contains("PRIVATE KEY");
        out.push_str(before);
        out.push_str(if private { REDACTED } else { &key[..end] });
        rest = &key[end..];
    }
    out + rest
}

/// Returns an address without the user and the password in front of its host.
fn without_user(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let host = rest.split('/').next().unwrap_or_default();
    match host.rsplit_once('@') {
        Some((_, bare)) => format!("{scheme}://{REDACTED}@{bare}{}", &rest[host.len()..]),
        None => address.to_owned(),
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
        assert_eq!(bytes("https://h/x", b"Bearer abc"), json!("REDACTED"));
        assert_eq!(bytes("https://h/token", b"grant=planted"), json!("REDACTED"));
        assert_eq!(bytes("https://h/x", b"<html>"), json!("<html>"));
        assert_eq!(bytes("https://h/x", b" "), Value::Null);
    }

    #[test]
    fn what_somebody_says_keeps_its_words_and_loses_its_secrets() {
        let jwt = "eyJhbGciOi.eyJhdWQi.sIgNaTuRe";
        let cases = [
            (format!("sent Bearer {jwt}."), "sent Bearer REDACTED"),
            (format!("the token '{jwt}' is no good"), "the token REDACTED is no good"),
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
}
