//! The carrier of a login: what it sees of secrets it tells [`Secrets`], and what is asked and answered
//! it writes to the trace.
//!
//! Login is the SDK's own work; all that is ours of it passes here: requests to Entra, to the machine's
//! own service, to GitHub and to Azure Pipelines.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};

use super::clock::Clock;
use super::redact::{self, Secrets};
use super::trace::{Pen, Whole, Writer};

/// Another carrier, overheard.
#[derive(Debug)]
pub struct Witness {
    carrier: Arc<dyn HttpClient>,
    secrets: Secrets,
    pen: Option<Pen>,
}

impl Witness {
    /// Returns `carrier`, whose secrets become known and whose exchanges are written to the trace.
    pub fn of(
        carrier: Arc<dyn HttpClient>,
        secrets: Secrets,
        trace: Option<Writer>,
        clock: Clock,
    ) -> Arc<Self> {
        let pen = trace.map(|writer| Pen::new(writer, clock, secrets.clone()));
        Arc::new(Self { carrier, secrets, pen })
    }

    /// Learns what a request proves who we are with.
    fn learn(&self, request: &Request) {
        for (name, value) in request.headers().iter() {
            if ["authorization", "x-identity-header", "secret"].contains(&name.as_str()) {
                let text = value.as_str();
                self.secrets.add(text.split_once(' ').map_or(text, |(_, proof)| proof));
            }
        }
        if let Body::Bytes(form) = request.body() {
            self.secrets.add_form(form);
        }
    }
}

#[async_trait]
impl HttpClient for Witness {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.learn(request);
        let begun = self.pen.as_ref().map(Pen::begin);
        let mut answer = Whole::of(self.carrier.execute_request(request).await).await;
        match &mut answer {
            Ok(answer) if answer.status.is_success() => self.secrets.add_answer(&answer.body),
            // A refusal is told to people.
            Ok(answer) => answer.body = self.secrets.hide_bytes(&answer.body).into_owned().into(),
            Err(_) => {}
        }
        if let Some((pen, begun)) = self.pen.as_ref().zip(begun) {
            pen.tell(&begun, request, &answer, |_, body| redact::login(body));
        }
        answer.map(Whole::again)
    }
}

#[cfg(test)]
mod tests {
    use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
    use azure_core::http::headers::Headers;
    use azure_core::http::{Method, StatusCode, Url};
    use serde_json::{Value, json};

    use super::super::clock;
    use super::super::{ApiVersion, Arm, ResourceId, Setup};
    use super::*;

    /// Whoever is asked this refuses, and says what he was asked with.
    #[derive(Debug)]
    struct Echo;

    #[async_trait]
    impl HttpClient for Echo {
        async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
            let form = match request.body() {
                Body::Bytes(form) => String::from_utf8_lossy(form).into_owned(),
                Body::SeekableStream(_) => String::new(),
            };
            let secret = form.split("client_secret=").nth(1).unwrap_or_default();
            let header =
                request.headers().iter().find(|(name, _)| name.as_str() == "authorization");
            let header = header.map(|(_, value)| value.as_str().to_owned()).unwrap_or_default();
            let message = format!("nobody knows {secret}, nor what {header} is");
            let body = json!({ "error": { "code": "No", "message": message } }).to_string();
            Ok(AsyncRawResponse::from_bytes(StatusCode::Forbidden, Headers::new(), body))
        }
    }

    #[async_trait]
    impl TokenCredential for Echo {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            Ok(AccessToken::new("planted-token", clock::wall() + time::Duration::days(1)))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_names_what_was_sent_is_told_without_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = Writer::append(file.path()).unwrap();
        let witness = Witness::of(Arc::new(Echo), Secrets::default(), Some(writer), Clock::real());
        let url = Url::parse("https://login.invalid/t/oauth2/v2.0/token").unwrap();
        let mut request = Request::new(url, Method::Post);
        request.set_body("client_id=app&client_secret=planted-secret");
        let answer = witness.execute_request(&request).await.unwrap();
        let answer = answer.try_into_raw_response().await.unwrap();
        let said = String::from_utf8_lossy(answer.body().as_ref()).into_owned();
        assert!(said.contains("nobody knows REDACTED"), "{said}");
        let trace = std::fs::read_to_string(file.path()).unwrap();
        assert!(!trace.contains("planted"), "{trace}");
        let exchange: Value = serde_json::from_str(&trace).unwrap();
        assert_eq!(exchange["requestBody"], "client_id=app&client_secret=REDACTED");
        assert_eq!(exchange["status"], 403);
    }

    #[tokio::test(start_paused = true)]
    async fn an_opaque_token_that_azure_repeats_is_shown_nowhere() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let arm = Arm::new(Setup {
            endpoint: Url::parse("https://arm.invalid").unwrap(),
            scope: "https://arm.invalid/.default".to_owned(),
            credential: Arc::new(Echo),
            transport: Arc::new(Echo),
            clock: Clock::real(),
            trace: Some(Writer::append(file.path()).unwrap()),
            secrets: Secrets::default(),
            notices: None,
        });
        let group = ResourceId::resource_group("s", "g");
        let error = arm.unwrap().get(&group, &ApiVersion::new("2024-11-01")).await.unwrap_err();
        let trace = std::fs::read_to_string(file.path()).unwrap();
        for text in [error.to_string(), format!("{error:?}"), trace] {
            assert!(text.contains("nobody knows") && !text.contains("planted"), "{text}");
        }
    }
}
