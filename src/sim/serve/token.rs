//! Tokens: JSON Web Tokens signed with HMAC-SHA-256, so the server need not remember any.
//!
//! The key comes from the application's secret: a server that starts again with the same secret
//! takes the tokens it gave before. Clients are told when a token expires; all can also be refused
//! at one moment, which is what happens when rights are taken away.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::crypto::aws_lc_rs;
use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
use rustls::crypto::tls13::OkmBlock;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::TENANT;
use super::CLIENT_ID;

/// The object id of the application's service principal, who the simulated Azure says made things.
pub(super) const OBJECT_ID: &str = "f5d11ebc-8494-4b5f-a0fc-5fbbfd56f7bb";

/// Why a token is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is none of ours, or was changed.
    Invalid,
    /// It was good until this many seconds since 1970.
    Expired(u64),
    /// It was given for this audience.
    Audience(String),
}

/// A token as a client gets it.
#[derive(Debug)]
pub(super) struct Issued {
    /// The token.
    pub(super) text: String,
    /// For how many seconds the client is told it is good.
    pub(super) expires_in: u64,
    /// Until how many seconds since 1970.
    pub(super) expires_on: u64,
}

/// Makes tokens and knows its own.
pub(super) struct Mint {
    key: Vec<u8>,
    job_key: Vec<u8>,
    lifetime: Duration,
    revoked: Option<Duration>,
    started: (SystemTime, Instant),
    /// How long after the start the first token was given.
    first: OnceLock<Duration>,
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mint").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl Mint {
    /// Returns a mint whose tokens are good for `lifetime`; those given until `revoked` has passed
    /// from the first one on are refused after it.
    pub(super) fn new(secret: &str, lifetime: Duration, revoked: Option<Duration>) -> Self {
        let key = sign(b"akstool sim tokens", secret.as_bytes());
        let job_key = sign(b"akstool sim jobs", secret.as_bytes());
        let (started, first) = ((wall(), Instant::now()), OnceLock::new());
        Self { key, job_key, lifetime, revoked, started, first }
    }

    /// Seconds since 1970; between two calls tokio's clock counts.
    pub(super) fn now(&self) -> u64 {
        self.seconds(self.started.1.elapsed())
    }

    /// Seconds since 1970, so long after the start.
    fn seconds(&self, after: Duration) -> u64 {
        let at = self.started.0 + after;
        at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    /// Makes a token for an audience.
    pub(super) fn issue(&self, audience: &str, issuer: &str) -> Issued {
        self.first.get_or_init(|| self.started.1.elapsed());
        let now = self.now();
        let expires_on = now + self.lifetime.as_secs();
        let claims = json!({
            "aud": audience, "iss": issuer, "iat": now, "nbf": now, "exp": expires_on,
            "appid": CLIENT_ID, "appidacr": "1", "idp": issuer, "idtyp": "app",
            "oid": OBJECT_ID, "sub": OBJECT_ID, "tid": TENANT, "ver": "1.0",
            "uti": azure_core::Uuid::new_v4().simple().to_string(),
        });
        Issued { text: seal(&self.key, &claims), expires_in: self.lifetime.as_secs(), expires_on }
    }

    /// Makes the assertion of a job; it is no token.
    pub(super) fn vouch(&self, claims: &Value) -> String {
        seal(&self.job_key, claims)
    }

    /// Tells whether an assertion was made by [`Mint::vouch`].
    pub(super) fn vouched(&self, assertion: &str) -> bool {
        is_sealed(&self.job_key, assertion)
    }

    /// Checks a token; `for_us` tells whether an audience is meant.
    pub(super) fn check(&self, token: &str, for_us: impl Fn(&str) -> bool) -> Result<(), Refused> {
        if !is_sealed(&self.key, token) {
            return Err(Refused::Invalid);
        }
        let claims = claims(token).ok_or(Refused::Invalid)?;
        let number = |name: &str| claims.get(name).and_then(Value::as_u64).unwrap_or_default();
        let first = self.first.get().copied().unwrap_or_default();
        let revoked = self.revoked.map(|after| self.seconds(first + after));
        let end = revoked.filter(|end| number("iat") < *end).unwrap_or(u64::MAX);
        let end = end.min(number("exp"));
        if self.now() >= end {
            return Err(Refused::Expired(end));
        }
        let audience = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
        if !for_us(audience) {
            return Err(Refused::Audience(audience.to_owned()));
        }
        Ok(())
    }
}

/// Makes a JSON Web Token.
fn seal(key: &[u8], claims: &Value) -> String {
    let header = json!({ "typ": "JWT", "alg": "HS256", "kid": "akstool-sim" });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(key, text.as_bytes()));
    format!("{text}.{signature}")
}

fn is_sealed(key: &[u8], token: &str) -> bool {
    let Some((text, signature)) = token.rsplit_once('.') else { return false };
    let signature = URL_SAFE_NO_PAD.decode(signature);
    signature.is_ok_and(|signature| same(&signature, &sign(key, text.as_bytes())))
}

/// Returns the claims of any JSON Web Token, unproven.
pub(super) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (header, claims) = (parts.next()?, parts.next()?);
    parts.next().filter(|signature| !signature.is_empty())?;
    if parts.next().is_some() {
        return None;
    }
    let read = |part: &str| -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok().filter(Value::is_object)
    };
    read(header).and_then(|_| read(claims))
}

/// Compares without telling by its time where two texts differ.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differing == 0
}

/// Makes a secret that nobody can guess.
pub(super) fn random_secret() -> String {
    let mut bytes = [0_u8; 24];
    let filled = aws_lc_rs::default_provider().secure_random.fill(&mut bytes);
    filled.expect("the system gives random bytes, or TLS would not work either");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// HMAC-SHA-256, that of a TLS suite, so that no further library is needed.
pub(super) fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    let suite = TLS13_AES_128_GCM_SHA256.tls13().expect("the suite is one of TLS 1.3");
    let key = &key[..key.len().min(OkmBlock::MAX_LEN)];
    suite.hkdf_provider.hmac_sign(&OkmBlock::new(key), text).as_ref().to_vec()
}

/// What the machine's clock says.
#[expect(
    clippy::disallowed_methods,
    reason = "when a token or a certificate expires is told by no other clock"
)]
pub(super) fn wall() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mint(revoked: Option<u64>) -> Mint {
        Mint::new("planted", Duration::from_mins(10), revoked.map(Duration::from_secs))
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_good_until_it_expires() {
        let mint = mint(None);
        let token = mint.issue("arm", "us").text;
        assert_eq!(mint.check(&token, |audience| audience == "arm"), Ok(()));
        let other = Refused::Audience("arm".to_owned());
        assert_eq!(mint.check(&token, |_| false), Err(other));
        tokio::time::advance(Duration::from_secs(601)).await;
        assert!(matches!(mint.check(&token, |_| true), Err(Refused::Expired(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_revoked_token_is_refused_before_its_time() {
        let mint = mint(Some(30));
        // However late the first one comes in.
        tokio::time::advance(Duration::from_mins(1)).await;
        let issued = mint.issue("arm", "us");
        assert_eq!(issued.expires_in, 600);
        assert_eq!(mint.check(&issued.text, |_| true), Ok(()));
        tokio::time::advance(Duration::from_secs(31)).await;
        assert!(matches!(mint.check(&issued.text, |_| true), Err(Refused::Expired(_))));
        let next = mint.issue("arm", "us");
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(mint.check(&next.text, |_| true), Ok(()));
    }

    #[tokio::test]
    async fn nobody_else_makes_tokens() {
        let token = Mint::new("other", Duration::from_hours(1), None).issue("arm", "us").text;
        assert_eq!(mint(None).check(&token, |_| true), Err(Refused::Invalid));
        for text in ["", "a", "a.b", "a.b.c", "....", &format!("{token}x")] {
            assert_eq!(mint(None).check(text, |_| true), Err(Refused::Invalid), "{text}");
        }
        let again = Mint::new("planted", Duration::from_hours(1), None).issue("arm", "us").text;
        assert_eq!(mint(None).check(&again, |_| true), Ok(()));
        assert_ne!(random_secret(), random_secret());
    }
}
