//! [`Login`]: the ways to log in as one credential, with the token that came of it.
//!
//! A way that was set up on purpose (a secret, a certificate, a federated token) must work: falling
//! through to somebody else's login would be a surprise. The first way that works is kept for the
//! run. A token is replaced five minutes before it expires, or when ARM refuses it, past every cache.
//! A failure is kept too: many calls ask at once, and each try is a failed sign-in in somebody's log.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::HttpClient;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::env::CredentialEnv;
use super::source::{self, Source};
use super::{Attempt, Cause, LoginError, Renew, one_line, plain};
use crate::arm::clock;
use crate::arm::cloud::Cloud;

/// How long before its expiry a token is no longer given out; the SDK's own number.
const MARGIN: Duration = Duration::from_mins(5);

/// How long a way to log in may take; chosen, because `az` starts in seconds, and in a minute on a
/// machine that is asleep.
const PATIENCE: Duration = Duration::from_mins(1);

/// How soon after a token came the same one is given out again, whether it was refused or is about
/// to expire: many calls ask at once, and one new token serves them all. As long as that a failure
/// that may pass is given out again.
const LATELY: Duration = Duration::from_secs(20);

/// How long a machine of Azure's takes to show itself, before the Azure CLI is started beside;
/// chosen: the service stands on the machine's own host and answers in a few milliseconds.
const HEAD_START: Duration = Duration::from_millis(100);

/// Which way to log in was taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Taken {
    /// The way and whom it logs in, such as `client secret of application A`.
    pub way: String,
    /// Why it was tried, such as `AZURE_CLIENT_SECRET is set`.
    pub because: String,
    /// The ways that come before it, and why each was passed over.
    pub passed: Vec<Attempt>,
}

/// Hears which way was taken, once.
pub type Heard = Arc<dyn Fn(&Taken) + Send + Sync>;

/// The chain of ways to log in to Azure, as one credential.
pub struct Login {
    env: CredentialEnv,
    cloud: Cloud,
    transport: Arc<dyn HttpClient>,
    heard: Heard,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chosen: Option<Source>,
    token: Option<Held>,
    /// Whether `token` already stands for one that was refused.
    renewed: bool,
    failed: Option<Failed>,
}

/// A failure to log in, and when it came.
struct Failed {
    error: LoginError,
    came: Instant,
    /// Whether it stands for the whole run, as another try would meet the same.
    is_final: bool,
}

impl Failed {
    fn stands(&self) -> bool {
        self.is_final || self.came.elapsed() < LATELY
    }
}

/// Why one way gave no token.
struct No {
    reason: String,
    /// Whether nobody judged the way.
    unreached: bool,
}

impl From<String> for No {
    fn from(reason: String) -> Self {
        Self { reason, unreached: false }
    }
}

impl No {
    /// Ends the ways with this one, which had to work.
    fn end(self, source: Source, mut passed: Vec<Attempt>) -> LoginError {
        passed.push(Attempt { name: source.name(), reason: self.reason });
        let cause = if self.unreached { Cause::Unreached } else { Cause::Refused };
        LoginError { attempts: passed, cause }
    }
}

/// A token, and when it came.
struct Held {
    scopes: Vec<String>,
    token: AccessToken,
    came: Instant,
    good_for: Duration,
}

impl Held {
    fn new(scopes: &[&str], token: AccessToken) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let left = Duration::try_from(token.expires_on - clock::wall()).unwrap_or_default();
        Self { scopes, token, came: Instant::now(), good_for: left.saturating_sub(MARGIN) }
    }

    fn came_lately(&self) -> bool {
        self.came.elapsed() < LATELY
    }

    /// Tells whether it is good for a while: by the clock that waits are measured on, and by the
    /// wall's, which goes on while a machine sleeps.
    fn is_good(&self) -> bool {
        let wall = clock::wall();
        let awhile = self.came.elapsed() < self.good_for && self.token.expires_on > wall + MARGIN;
        awhile || (self.came_lately() && self.token.expires_on > wall)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

impl Login {
    /// Returns the chain for a cloud, with what carries its requests; nothing is asked yet.
    pub fn new(
        env: CredentialEnv,
        cloud: Cloud,
        transport: Arc<dyn HttpClient>,
        heard: Heard,
    ) -> Arc<Self> {
        Arc::new(Self { env, cloud, transport, heard, state: Mutex::default() })
    }

    async fn fresh(&self, state: &mut State, scopes: &[&str]) -> Result<AccessToken, LoginError> {
        if let Some(source) = state.chosen {
            return self.ask(source, scopes).await.map_err(|no| no.end(source, Vec::new()));
        }
        let mut passed = Vec::new();
        let (source, token) = self.choose(scopes, &mut passed).await?;
        state.chosen = Some(source);
        (self.heard)(&Taken {
            way: source.describe(&self.env),
            because: source.because(&self.env),
            passed,
        });
        Ok(token)
    }

    /// Tries the ways in order until one works; one that is begun must.
    async fn choose(
        &self,
        scopes: &[&str],
        passed: &mut Vec<Attempt>,
    ) -> Result<(Source, AccessToken), LoginError> {
        for source in Source::MEANT {
            if let Some(reason) = source.missing(&self.env) {
                passed.push(Attempt { name: source.name(), reason });
                if source.is_begun(&self.env) {
                    let attempts = std::mem::take(passed);
                    return Err(LoginError { attempts, cause: Cause::Half });
                }
                continue;
            }
            return match self.ask(source, scopes).await {
                Ok(token) => Ok((source, token)),
                Err(no) => Err(no.end(source, std::mem::take(passed))),
            };
        }
        let knock = source::knock(&self.env, self.transport.as_ref());
        let cli = self.ask(Source::AzureCli, scopes);
        let (machine, mut early) = overlap(knock, cli).await;
        for source in Source::OFFERED {
            let tried = match (source, &machine, early.take_if(|_| source == Source::AzureCli)) {
                (Source::ManagedIdentity, Err(silence), _) => Err(silence.clone().into()),
                (_, _, Some(told)) => told,
                _ => self.ask(source, scopes).await,
            };
            match tried {
                Ok(token) => return Ok((source, token)),
                Err(no) => passed.push(Attempt { name: source.name(), reason: no.reason }),
            }
        }
        Err(LoginError { attempts: std::mem::take(passed), cause: Cause::Nowhere })
    }

    /// Asks one way for a token, past the cache of the SDK's credential: a new one has none.
    async fn ask(&self, source: Source, scopes: &[&str]) -> Result<AccessToken, No> {
        let built = source.build(&self.env, &self.cloud, &self.transport)?;
        match timeout(PATIENCE, built.get_token(scopes, None)).await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(error)) => {
                Err(No { reason: one_line(&error), unreached: plain::is_unreached(&error) })
            }
            Err(_) => {
                let reason = format!("no answer within {} s", PATIENCE.as_secs());
                Err(No { reason, unreached: true })
            }
        }
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
        let renewed = state.renewed;
        if let Some(held) = &state.token
            && held.scopes.iter().eq(scopes)
            && held.is_good()
            && (!refused || (renewed && held.came_lately()))
        {
            return Ok(held.token.clone());
        }
        if let Some(failed) = state.failed.as_ref().filter(|failed| failed.stands()) {
            return Err(raised(failed.error.clone()));
        }
        match self.fresh(&mut state, scopes).await {
            Ok(token) => {
                state.failed = None;
                state.renewed = refused;
                state.token = Some(Held::new(scopes, token.clone()));
                Ok(token)
            }
            Err(error) => {
                // A way that worked before may work again; and so may a server in trouble.
                let is_final = state.chosen.is_none() && error.cause != Cause::Unreached;
                let came = Instant::now();
                state.failed = Some(Failed { error: error.clone(), came, is_final });
                Err(raised(error))
            }
        }
    }
}

fn raised(error: LoginError) -> azure_core::Error {
    let message = error.to_string();
    azure_core::Error::with_error(ErrorKind::Credential, error, message)
}

/// Waits for the first; when that takes longer than a moment, the second goes on meanwhile, and both
/// are waited for.
async fn overlap<A, B>(
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> (A, Option<B>) {
    let mut first = pin!(first);
    if let Ok(done) = timeout(HEAD_START, &mut first).await {
        return (done, None);
    }
    let (first, second) = tokio::join!(first, second);
    (first, Some(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_machine_costs_no_more_than_its_second_and_nothing_beside_the_cli() {
        let after = |millis, value| async move {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            value
        };
        let start = Instant::now();
        assert_eq!(overlap(after(1000, 1), after(900, 2)).await, (1, Some(2)));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        assert_eq!(overlap(after(20, 1), after(5000, 2)).await, (1, None));
        assert_eq!(start.elapsed(), Duration::from_millis(1020));
    }
}
