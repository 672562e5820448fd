//! What carries requests over the network: one set of connections for login and ARM.
//!
//! The SDK's own client is reqwest without HTTP/2, one more for whoever asks: thirty resources read
//! at once would open thirty connections, each with its two round trips. This one is made once a
//! run. It speaks HTTP/2 where the server does, so that all reads share a connection, and [`Ahead`]
//! opens that connection while the token is still being fetched.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::{HttpClient, Method, Request, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::error::{Error, innermost};

/// How long a connection may take to be made; the SDK's own number.
const CONNECTING: Duration = Duration::from_secs(20);

/// How long an answer may stay silent; the SDK's own number.
const SILENCE: Duration = Duration::from_mins(1);

/// How often a connection with an open request is asked whether it still lives, and how long it may
/// take to say so; chosen: a connection that a firewall forgot carries all requests, and is found
/// out well before [`SILENCE`] ends.
const PULSE: Duration = Duration::from_secs(15);

/// Returns the carrier to the network; nothing is connected yet.
pub fn network() -> Result<Arc<dyn HttpClient>, Error> {
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECTING)
        .read_timeout(SILENCE)
        .http2_keep_alive_interval(PULSE)
        .http2_keep_alive_timeout(PULSE)
        // ARM's redirects name operations; following them is ours.
        .redirect(reqwest::redirect::Policy::none())
        .build();
    match client {
        Ok(client) => Ok(Arc::new(client)),
        Err(error) => Err(Error::Network { reason: innermost(&error) }),
    }
}

/// Checks that a file names somebody to trust, and says why not: TLS passes over one that does not,
/// and then trusts nobody, or others.
pub fn trusts(path: &Path) -> Result<(), String> {
    let wrong = |why: &str| format!("SSL_CERT_FILE names `{}`, which {why}", path.display());
    let bytes = std::fs::read(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if CertificateDer::pem_slice_iter(&bytes).any(|certificate| certificate.is_ok()) {
        return Ok(());
    }
    Err(wrong("holds no certificate in PEM"))
}

/// A credential that has the connection to ARM opened while its first token is fetched.
///
/// The request that does it says nothing and carries no token; whatever comes of it, the run goes
/// on. It goes past the trace and the counts, which are about what was asked of ARM.
#[derive(Debug)]
pub struct Ahead {
    credential: Arc<dyn TokenCredential>,
    carrier: Arc<dyn HttpClient>,
    endpoint: Url,
    begun: AtomicBool,
}

impl Ahead {
    /// Returns `credential`, which opens the way to `endpoint` when it is first asked.
    pub fn of(
        credential: Arc<dyn TokenCredential>,
        carrier: Arc<dyn HttpClient>,
        endpoint: Url,
    ) -> Arc<Self> {
        Arc::new(Self { credential, carrier, endpoint, begun: AtomicBool::new(false) })
    }

    fn begin(&self) {
        if self.begun.swap(true, Ordering::Relaxed) {
            return;
        }
        let (carrier, endpoint) = (Arc::clone(&self.carrier), self.endpoint.clone());
        tokio::spawn(async move {
            let request = Request::new(endpoint, Method::Head);
            drop(carrier.execute_request(&request).await);
        });
    }
}

#[async_trait]
impl TokenCredential for Ahead {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.begin();
        self.credential.get_token(scopes, options).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use azure_core::http::AsyncRawResponse;

    use super::super::credential::SimCredential;
    use super::*;

    /// A carrier that fails whatever it is asked, and remembers it.
    #[derive(Debug, Default)]
    struct Deaf(Mutex<Vec<(String, bool)>>);

    #[async_trait]
    impl HttpClient for Deaf {
        async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
            let named = request.headers().iter().any(|(name, _)| name.as_str() == "authorization");
            let line = format!("{} {}", request.method(), request.url());
            self.0.lock().unwrap().push((line, named));
            Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Io, "deaf"))
        }
    }

    #[test]
    fn a_file_to_trust_that_is_not_there_or_holds_nothing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let typo = folder.path().join("typo.pem");
        let said = trusts(&typo).unwrap_err();
        assert!(said.contains("typo.pem`, which cannot be read: No such file"), "{said}");
        std::fs::write(&typo, "no certificate").unwrap();
        let said = trusts(&typo).unwrap_err();
        assert!(said.contains("typo.pem`, which holds no certificate"), "{said}");
        let own = rcgen::generate_simple_self_signed(vec!["x".to_owned()]).unwrap();
        std::fs::write(&typo, format!("# ours\n{}", own.cert.pem())).unwrap();
        assert!(trusts(&typo).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_way_to_arm_is_opened_once_without_a_token_and_may_fail() {
        let deaf = Arc::new(Deaf::default());
        let carrier = Arc::clone(&deaf) as Arc<dyn HttpClient>;
        let endpoint = Url::parse("https://arm.invalid").unwrap();
        let ahead = Ahead::of(SimCredential::shared(), carrier, endpoint);
        tokio::task::yield_now().await;
        assert!(deaf.0.lock().unwrap().is_empty(), "who sends nothing opens nothing");
        for _ in 0..3 {
            assert!(ahead.get_token(&["s"], None).await.is_ok());
            tokio::task::yield_now().await;
        }
        let asked = deaf.0.lock().unwrap();
        assert_eq!(*asked, [("HEAD https://arm.invalid/".to_owned(), false)]);
    }
}
