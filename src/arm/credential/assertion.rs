//! Proofs of who we are that are made here: an assertion signed with a certificate, and the token of
//! a GitHub Actions job. Both are made afresh for every token, as they live minutes.

use std::path::Path;
use std::sync::Arc;

use azure_core::error::ErrorKind;
use azure_core::http::{ClientMethodOptions, HttpClient, Method, Request, Url};
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls::SignatureScheme;
use rustls::crypto::aws_lc_rs::{cipher_suite, sign};
use rustls::pki_types::CertificateDer;
use rustls::sign::SigningKey;
use serde_json::{Value, json};

use super::certificate::Identity;
use super::{Secret, plain};
use crate::arm::clock;
use crate::arm::error::clean;

/// How long an assertion is valid, in seconds; the ten minutes of Microsoft's own libraries.
const LIFETIME: i64 = 600;

/// A certificate with its RSA key, ready to sign.
#[derive(Debug)]
pub(super) struct Certificate {
    header: Value,
    client: String,
    audience: String,
    key: Arc<dyn SigningKey>,
}

impl Certificate {
    /// Reads a file with a certificate and its private key.
    pub(super) fn load(
        path: &Path,
        password: Option<&Secret>,
        client: String,
        audience: String,
        send_chain: bool,
    ) -> Result<Self, String> {
        let shown = path.display();
        let Identity { chain, key } = Identity::read(path, password)?;
        let own = chain.first().ok_or_else(|| format!("`{shown}` holds no certificate"))?;
        let key = sign::any_supported_type(&key)
            .map_err(|_| format!("the key in `{shown}` cannot be used"))?;
        if key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]).is_none() {
            return Err(format!("the key in `{shown}` is no RSA key, and Entra takes no other"));
        }
        // PS256 with `x5t#S256` is what Entra documents for certificates.
        let mut header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(own) });
        if send_chain {
            header["x5c"] = chain.iter().map(|certificate| STANDARD.encode(certificate)).collect();
        }
        Ok(Self { header, client, audience, key })
    }

    fn assertion(&self, now: i64) -> Result<String, rustls::Error> {
        let claims = json!({
            "aud": self.audience,
            "iss": self.client,
            "sub": self.client,
            "jti": azure_core::Uuid::new_v4().to_string(),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&self.header), part(&claims));
        let signer = self
            .key
            .choose_scheme(&[SignatureScheme::RSA_PSS_SHA256])
            .ok_or_else(|| rustls::Error::General("the key signs no PS256".to_owned()))?;
        let signature = signer.sign(text.as_bytes())?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Certificate {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.assertion(clock::wall().unix_timestamp()).map_err(|error| failed(error.to_string()))
    }
}

/// Returns the SHA-256 thumbprint, in the letters of URLs. The hash is that of a TLS suite, so that
/// no further library is needed.
fn thumbprint(certificate: &CertificateDer<'_>) -> String {
    let suite = cipher_suite::TLS13_AES_128_GCM_SHA256;
    let hash = suite.tls13().map(|suite| suite.common.hash_provider.hash(certificate));
    hash.map(|hash| URL_SAFE_NO_PAD.encode(hash)).unwrap_or_default()
}

/// The token of a GitHub Actions job.
#[derive(Debug)]
pub(super) struct GitHub {
    url: Url,
    token: Secret,
    client: Arc<dyn HttpClient>,
}

impl GitHub {
    /// Returns the way to ask at `url` for a token meant for `audience`.
    pub(super) fn new(
        url: &str,
        token: Secret,
        audience: &str,
        client: Arc<dyn HttpClient>,
    ) -> Result<Self, String> {
        let mut url =
            Url::parse(url).map_err(|_| "ACTIONS_ID_TOKEN_REQUEST_URL is no URL".to_owned())?;
        if url.scheme() != "https" {
            return Err("ACTIONS_ID_TOKEN_REQUEST_URL does not begin with `https://`".to_owned());
        }
        url.query_pairs_mut().append_pair("audience", audience);
        Ok(Self { url, token, client })
    }
}

#[async_trait::async_trait]
impl ClientAssertion for GitHub {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let mut request = Request::new(self.url.clone(), Method::Get);
        request.insert_header("authorization", format!("bearer {}", self.token.reveal()));
        request.insert_header("accept", "application/json");
        let answer = self.client.execute_request(&request).await;
        let answer = answer.map_err(|error| plain::lost(&self.url, &error))?;
        let answer = answer.try_into_raw_response().await?;
        let status = u16::from(answer.status());
        let body: Value = serde_json::from_slice(answer.body().as_ref()).unwrap_or_default();
        match body.get("value").and_then(Value::as_str) {
            Some(token) if status < 300 => Ok(token.to_owned()),
            _ => {
                let said = body.get("message").and_then(Value::as_str).map(clean);
                let said = said.map(|said| format!(": {said}")).unwrap_or_default();
                let reason =
                    format!("GitHub answered {status} when asked for the job's token{said}");
                Err(if body.is_object() && status < 500 {
                    failed(reason)
                } else {
                    plain::unreached(ErrorKind::Credential, reason)
                })
            }
        }
    }
}

fn failed(reason: String) -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Credential, reason)
}

#[cfg(test)]
mod tests {
    use rustls::crypto::aws_lc_rs::default_provider;

    use super::*;

    fn write(text: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn load(file: &tempfile::NamedTempFile, send_chain: bool) -> Result<Certificate, String> {
        Certificate::load(
            file.path(),
            None,
            "app".to_owned(),
            "https://login/t/oauth2/v2.0/token".to_owned(),
            send_chain,
        )
    }

    #[test]
    fn an_assertion_verifies_under_the_certificate_it_names() {
        let key =
            rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
                .unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["app".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let file = write(format!("{}{}", key.serialize_pem(), certificate.pem()).as_bytes());
        let assertion = load(&file, true).unwrap().assertion(1_000).unwrap();
        let (text, signature) = assertion.rsplit_once('.').unwrap();
        let part = |at| -> Value {
            serde_json::from_slice(
                &URL_SAFE_NO_PAD.decode(text.split('.').nth(at).unwrap()).unwrap(),
            )
            .unwrap()
        };
        assert_eq!(part(0)["x5t#S256"], json!(thumbprint(certificate.der())));
        assert_eq!(part(0)["x5c"], json!([STANDARD.encode(certificate.der())]));
        assert_eq!(part(1)["aud"], json!("https://login/t/oauth2/v2.0/token"));
        assert_eq!((&part(1)["iss"], &part(1)["exp"]), (&json!("app"), &json!(1_600)));
        let algorithms = default_provider().signature_verification_algorithms;
        let (_, ps256) =
            algorithms.mapping.iter().find(|(s, _)| *s == SignatureScheme::RSA_PSS_SHA256).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        ps256[0].verify_signature(key.public_key_raw(), text.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn a_key_that_entra_does_not_take_is_named() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["app".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let reason =
            load(&write(format!("{}{}", certificate.pem(), key.serialize_pem()).as_bytes()), false)
                .unwrap_err();
        assert!(reason.contains("no RSA key"), "{reason}");
        let reason = load(&write(certificate.pem().as_bytes()), false).unwrap_err();
        assert!(reason.contains("no private key"), "{reason}");
    }
}
