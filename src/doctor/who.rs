//! Who asks: what an access token says of its bearer.
//!
//! Only the claims are read, never checked: Azure does that. The token itself goes nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::visible::plain;

/// The bearer of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// What people call it: a user's name, or an application's id.
    pub name: String,
    /// Its object id in the directory; role assignments name this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// The directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Whether it is an application rather than a person.
    pub is_application: bool,
}

impl Who {
    /// Reads the claims of an access token; `None` when it is no token with claims.
    pub fn of_token(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&bytes).ok()?;
        let claim = |name: &str| {
            let text = claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(|text| plain(text).into_owned())
        };
        let person = claim("upn").or_else(|| claim("unique_name"));
        let application = claim("appid").or_else(|| claim("azp"));
        // A person's token names the program it was made for too, so `idtyp` goes first.
        let is_application = claim("idtyp").map_or_else(|| person.is_none(), |kind| kind == "app");
        let object_id = claim("oid");
        let known = if is_application { application } else { person };
        let name = known.or_else(|| object_id.clone())?;
        Some(Self { name, object_id, tenant: claim("tid"), is_application })
    }

    /// Returns what a command names to give it a role.
    pub fn assignee(&self) -> &str {
        self.object_id.as_deref().unwrap_or(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> String {
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn an_application_is_told_from_a_person() {
        let app = Who::of_token(&token(&json!({
            "oid": "o-1", "appid": "a-1", "tid": "t", "idtyp": "app",
        })))
        .unwrap();
        assert_eq!((app.name.as_str(), app.assignee(), app.is_application), ("a-1", "o-1", true));
        let person = Who::of_token(&token(&json!({
            "oid": "o-2", "appid": "the azure cli", "upn": "ada@example.org", "idtyp": "user",
        })))
        .unwrap();
        assert_eq!((person.name.as_str(), person.is_application), ("ada@example.org", false));
    }

    #[test]
    fn what_is_no_token_is_nobody() {
        for text in ["", "opaque", "a.b.c", "a.!!.c", "e30.e30.x", "..", "e30.bnVsbA.x"] {
            assert_eq!(Who::of_token(text), None, "{text}");
        }
    }
}
