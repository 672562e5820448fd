//! The API server of a cluster, asked with the credentials that its users get.
//!
//! Two questions need no client of Kubernetes: this one sits on the transports that are here anyway,
//! so that the embedded Azure's clusters are asked in this process through the same seam.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::headers::HeaderName;
use azure_core::http::{HttpClient, Method, Request, Url};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::arm::redact::Secrets;
use crate::kubeconfig::Access;
use crate::run::connect::Azure;

/// How long one answer may take; chosen: an API server that is well answers in milliseconds.
const SILENCE: Duration = Duration::from_secs(15);

/// An API server.
pub(super) struct ApiServer {
    carrier: Arc<dyn HttpClient>,
    server: String,
    proof: Proof,
    secrets: Secrets,
}

/// How whoever asks proves himself.
enum Proof {
    /// By what the carrier shows.
    Carrier,
    /// By a token of the cluster's own.
    Token(String),
    /// By tokens of Entra ID, fetched as they are needed.
    Entra(Arc<dyn TokenCredential>, String),
}

impl ApiServer {
    /// Returns the one that credentials lead to; why it cannot be asked comes back as a sentence.
    pub(super) fn new(azure: &Azure, access: &Access, secrets: Secrets) -> Result<Self, String> {
        let proof = match (access.server_id(), access.token()) {
            (Some(id), _) => Proof::Entra(Arc::clone(&azure.login.0), format!("{id}/.default")),
            (None, Some(token)) => Proof::Token(token.to_owned()),
            (None, None) => Proof::Carrier,
        };
        let carrier = match &azure.embedded {
            Some(embedded) => Arc::clone(embedded),
            None => network(access)?,
        };
        let server = access.server().trim_end_matches('/').to_owned();
        Ok(Self { carrier, server, proof, secrets })
    }

    /// Asks; returns the status and the body.
    pub(super) async fn ask(&self, path: &str) -> Result<(u16, Vec<u8>), String> {
        let url = Url::parse(&format!("{}{path}", self.server));
        let url = url.map_err(|_| "its address is none".to_owned())?;
        let mut request = Request::new(url, Method::Get);
        request.insert_header(HeaderName::from_static("accept"), "application/json");
        if let Some(token) = self.token().await? {
            let name = HeaderName::from_static("authorization");
            request.insert_header(name, format!("Bearer {token}"));
        }
        let answer = self.carrier.execute_request(&request).await;
        let answer = answer.map_err(|error| innermost(&error))?;
        let status = u16::from(answer.status());
        let body = answer.into_body().collect().await.map_err(|error| innermost(&error))?;
        Ok((status, body.to_vec()))
    }

    async fn token(&self) -> Result<Option<String>, String> {
        match &self.proof {
            Proof::Carrier => Ok(None),
            Proof::Token(token) => Ok(Some(token.clone())),
            Proof::Entra(credential, scope) => {
                let token = credential.get_token(&[scope.as_str()], None).await;
                let token = token.map_err(|_| "no token for it could be had".to_owned())?;
                self.secrets.add(token.token.secret());
                Ok(Some(token.token.secret().to_owned()))
            }
        }
    }
}

/// Returns what carries requests to a server that shows a certificate of the cluster's own authority.
fn network(access: &Access) -> Result<Arc<dyn HttpClient>, String> {
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| "no base64".to_owned());
    let mut builder = reqwest::Client::builder()
        .connect_timeout(SILENCE)
        .timeout(SILENCE)
        .redirect(reqwest::redirect::Policy::none());
    if let Some(authority) = access.authority() {
        let found = reqwest::Certificate::from_pem_bundle(&decode(authority)?);
        let found = found.map_err(|_| "its authority is no certificate".to_owned())?;
        builder = builder.tls_certs_only(found);
    }
    if let (Some((certificate, key)), None) = (access.certificate(), access.token()) {
        let pem = [decode(certificate)?, b"\n".to_vec(), decode(key)?].concat();
        let identity = reqwest::Identity::from_pem(&pem);
        builder = builder.identity(identity.map_err(|_| "no certificate".to_owned())?);
    }
    match builder.build() {
        Ok(client) => Ok(Arc::new(client)),
        Err(error) => Err(innermost(&error)),
    }
}

/// The cause at the bottom, which says what happened and repeats no request.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut here = error;
    while let Some(below) = here.source() {
        here = below;
    }
    here.to_string()
}
