//! What this process logs in with, known by heart: such a secret is hidden wherever it stands, however
//! somebody words it.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use azure_core::http::Url;
use serde_json::Value;

use super::{REDACTED, is_open, names};

/// The shortest secret that is looked for. Shorter ones would hide ordinary words and numbers, and
/// nobody gives them out: Entra's own have 40 letters, passwords of certificates begin at eight.
const SHORTEST: usize = 8;

/// The secrets of one process; clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Vec<String>>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(REDACTED)")
    }
}

impl Secrets {
    /// Adds a secret, also as JSON and as a form write it.
    pub fn add(&self, secret: &str) {
        let secret = secret.trim();
        if secret.chars().count() < SHORTEST {
            return;
        }
        if self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(|it| it == secret) {
            return;
        }
        let json = Value::from(secret).to_string();
        let form: String = url_form(secret);
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.extend([secret, json.trim_matches('"'), &form].map(str::to_owned));
        // The longest first: one may hold another.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
    }

    /// Returns a text without them.
    pub fn hide(&self, text: &str) -> String {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut out = text.to_owned();
        for secret in all.iter().filter(|secret| text.contains(secret.as_str())) {
            out = out.replace(secret.as_str(), REDACTED);
        }
        out
    }

    /// Adds what stands behind the secret names of a form.
    pub(crate) fn add_form(&self, form: &[u8]) {
        let form = std::str::from_utf8(form).unwrap_or_default();
        let url = Url::parse(&format!("form:?{form}")).ok();
        let members = url.iter().flat_map(Url::query_pairs);
        for (_, value) in members.filter(|(name, _)| names::is_secret(name)) {
            self.add(&value);
        }
    }

    /// Adds what a login answers and may not be shown.
    pub(crate) fn add_answer(&self, body: &[u8]) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        for (name, value) in body.as_object().into_iter().flatten() {
            if let Some(text) = value.as_str().filter(|_| !is_open(name)) {
                self.add(text);
            }
        }
    }

    /// Returns bytes without them.
    pub(crate) fn hide_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Owned(self.hide(text).into_bytes()),
            Err(_) => Cow::Borrowed(bytes),
        }
    }

    /// Takes them out of every text of a document, names of members included.
    pub(crate) fn hide_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(members) => {
                let shown = std::mem::take(members).into_iter().map(|(name, mut value)| {
                    self.hide_in(&mut value);
                    (self.hide(&name), value)
                });
                *members = shown.collect();
            }
            _ => {}
        }
    }
}

/// Returns a text as forms have it.
fn url_form(text: &str) -> String {
    let mut url = Url::parse("form:").ok();
    let query = url.as_mut().map(|url| {
        url.query_pairs_mut().append_pair("", text);
        url.query().unwrap_or_default().trim_start_matches('=').to_owned()
    });
    query.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_known_secret_is_hidden_in_words_json_and_forms() {
        let known = Secrets::default();
        known.add("pl\"anted~+/1");
        known.add("pl\"anted~+/1 and more");
        assert_eq!(known.hide("it was pl\"anted~+/1, no"), "it was REDACTED, no");
        assert_eq!(known.hide("it was pl\"anted~+/1 and more"), "it was REDACTED");
        assert_eq!(known.hide(r#"{"a":"pl\"anted~+/1"}"#), r#"{"a":"REDACTED"}"#);
        assert_eq!(known.hide("a=1&b=pl%22anted%7E%2B%2F1&c"), "a=1&b=REDACTED&c");
        let mut body = json!({ "pl\"anted~+/1": [{ "a": "x pl\"anted~+/1" }] });
        known.hide_in(&mut body);
        assert_eq!(body, json!({ "REDACTED": [{ "a": "x REDACTED" }] }));
        assert_eq!(format!("{known:?}"), "Secrets(REDACTED)");
    }

    #[test]
    fn what_a_login_sends_and_gets_is_known_from_then_on() {
        let known = Secrets::default();
        known.add_form(
            b"client_id=application&client_secret=planted%7E1&client_assertion=planted-2",
        );
        known.add_answer(br#"{"token_type":"Bearer","resource":"https://arm","access_token":"planted-3","value":"planted-4"}"#);
        let said = "application planted~1 planted-2 planted-3 planted-4 https://arm";
        assert_eq!(known.hide(said), "application REDACTED REDACTED REDACTED REDACTED https://arm");
    }

    #[test]
    fn short_ones_are_left_as_they_would_hide_words() {
        let known = Secrets::default();
        known.add("cluster");
        known.add("  ");
        assert_eq!(known.hide("the cluster is here"), "the cluster is here");
    }
}
