//! Who we are: which of the official SDK's credentials to use, and why that one.
//!
//! [`Login`] tries the ways in [`source`] in order. A way that was set up on purpose (a secret, a
//! certificate, a federated token) must work: falling through to somebody else's login would be a
//! surprise. The first way that works is kept for the run. The SDK refreshes a token five minutes
//! before it expires; a token that ARM refuses is fetched anew, past every cache.

mod assertion;
mod env;
mod plain;
mod source;

use std::fmt;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::HttpClient;
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use self::env::CredentialEnv;
use self::source::Source;
use super::clock;
use super::cloud::Cloud;
use super::error::clean;

/// How long before its expiry a token is no longer given out; the SDK's own number.
const MARGIN: time::Duration = time::Duration::minutes(5);

/// How long a way to log in may take; chosen, because `az` starts in seconds, and in a minute on a
/// machine that is asleep.
const PATIENCE: Duration = Duration::from_mins(1);

/// How soon after a renewal the next is answered with the same token: many calls are refused at
/// once, and one new token serves them all.
const RENEWED_LATELY: Duration = Duration::from_secs(20);

/// A value that must not be shown: its `Debug` says `REDACTED`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Returns the value, to be sent and never to be written.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}

/// The mark on a token request that says: the last token was refused, do not answer from a cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Renew;

/// A way to log in that was tried, and why it did not work.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Attempt {
    /// The way, such as `client secret`.
    pub name: &'static str,
    /// Why not, on one line.
    pub reason: String,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

/// No way to log in worked.
#[derive(Debug)]
pub(crate) struct LoginError {
    /// Every way up to the one that had to work, or all.
    pub(crate) attempts: Vec<Attempt>,
    /// Whether the last one was set up on purpose, so that no other was tried.
    pub(crate) meant: bool,
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempts.last().filter(|_| self.meant) {
            Some(last) => {
                write!(f, "the {} that is set up does not work: {}", last.name, last.reason)
            }
            None => f.write_str("none of the ways to log in works here"),
        }
    }
}

impl std::error::Error for LoginError {}

/// The chain of ways to log in to Azure, as one credential.
pub struct Login {
    env: CredentialEnv,
    cloud: Cloud,
    transport: Arc<dyn HttpClient>,
    state: Mutex<State>,
    used: StdMutex<Option<String>>,
}

#[derive(Default)]
struct State {
    chosen: Option<(Source, Arc<dyn TokenCredential>)>,
    token: Option<(Vec<String>, AccessToken)>,
    renewed: Option<Instant>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

impl Login {
    /// Returns the chain for a cloud, with what carries its requests; nothing is asked yet.
    pub fn new(env: CredentialEnv, cloud: Cloud, transport: Arc<dyn HttpClient>) -> Arc<Self> {
        let state = Mutex::default();
        Arc::new(Self { env, cloud, transport, state, used: StdMutex::default() })
    }

    /// Returns which way to log in worked, such as `client secret of application A`; `None` until
    /// the first token came.
    pub fn used(&self) -> Option<String> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fresh(
        &self,
        state: &mut State,
        scopes: &[&str],
        renew: bool,
    ) -> Result<AccessToken, LoginError> {
        if let Some((source, credential)) = &mut state.chosen {
            let source = *source;
            if renew {
                // The SDK's credentials keep their tokens; a new one has none.
                match source.build(&self.env, &self.cloud, Arc::clone(&self.transport)).await {
                    Ok(built) => *credential = built,
                    Err(reason) => return Err(LoginError::of(source, reason)),
                }
            }
            return ask(credential.as_ref(), scopes)
                .await
                .map_err(|reason| LoginError::of(source, reason));
        }
        let mut attempts = Vec::new();
        for source in Source::ALL {
            match self.attempt(source, scopes).await {
                Ok((credential, token)) => {
                    state.chosen = Some((source, credential));
                    *self.used.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some(source.describe(&self.env));
                    return Ok(token);
                }
                Err((reason, meant)) => {
                    attempts.push(Attempt { name: source.name(), reason });
                    if meant {
                        return Err(LoginError { attempts, meant });
                    }
                }
            }
        }
        Err(LoginError { attempts, meant: false })
    }

    /// Tries one way; the flag of a failure tells whether this way was set up on purpose.
    async fn attempt(
        &self,
        source: Source,
        scopes: &[&str],
    ) -> Result<(Arc<dyn TokenCredential>, AccessToken), (String, bool)> {
        if let Some(missing) = source.missing(&self.env) {
            return Err((missing, false));
        }
        let meant = source.is_meant();
        let built = source.build(&self.env, &self.cloud, Arc::clone(&self.transport)).await;
        let credential = built.map_err(|reason| (reason, meant))?;
        let token = ask(credential.as_ref(), scopes).await.map_err(|reason| (reason, meant))?;
        Ok((credential, token))
    }
}

impl LoginError {
    fn of(source: Source, reason: String) -> Self {
        Self { attempts: vec![Attempt { name: source.name(), reason }], meant: true }
    }
}

#[async_trait::async_trait]
impl TokenCredential for Login {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let refused = options.is_some_and(|o| o.method_options.context.value::<Renew>().is_some());
        let mut state = self.state.lock().await;
        let lately = state.renewed.is_some_and(|then| then.elapsed() < RENEWED_LATELY);
        let renew = refused && !lately;
        if let Some((of, token)) = &state.token
            && !renew
            && of.iter().eq(scopes)
            && token.expires_on > clock::wall() + MARGIN
        {
            return Ok(token.clone());
        }
        match self.fresh(&mut state, scopes, renew).await {
            Ok(token) => {
                if renew {
                    state.renewed = Some(Instant::now());
                }
                state.token =
                    Some((scopes.iter().map(|s| (*s).to_owned()).collect(), token.clone()));
                Ok(token)
            }
            Err(error) => {
                let message = error.to_string();
                Err(azure_core::Error::with_error(ErrorKind::Credential, error, message))
            }
        }
    }
}

/// Asks one credential for a token, with patience, and puts a refusal on one line.
async fn ask(credential: &dyn TokenCredential, scopes: &[&str]) -> Result<AccessToken, String> {
    match tokio::time::timeout(PATIENCE, credential.get_token(scopes, None)).await {
        Ok(Ok(token)) => Ok(token),
        Ok(Err(error)) => Err(one_line(&error)),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// Returns what a credential of the SDK says, without its own name in front and the address of the
/// trouble-shooting guide behind.
fn one_line(error: &azure_core::Error) -> String {
    let text = error.to_string();
    let text = text.split("To troubleshoot, visit").next().unwrap_or_default();
    let text = match text.split_once("authentication failed.") {
        Some((name, rest)) if !name.trim().contains(' ') => rest,
        _ => text,
    };
    let text = clean(text);
    if text.is_empty() { super::wire::innermost(error) } else { text }
}

/// The credential of the embedded Azure, which asks nobody who he is: an opaque token.
#[derive(Debug)]
pub struct SimCredential;

impl SimCredential {
    /// Returns it, ready for [`super::client::Setup`].
    pub fn shared() -> Arc<dyn TokenCredential> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl TokenCredential for SimCredential {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("embedded", clock::wall() + time::Duration::days(365)))
    }
}

#[cfg(test)]
mod tests;
