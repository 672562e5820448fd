//! Who we are: which of the official SDK's credentials to use, and why that one.
//!
//! [`Login`] tries the ways in [`source`] in order; what comes of it is kept by [`chain`].

mod assertion;
mod certificate;
mod chain;
mod env;
mod plain;
mod source;

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};

pub use self::chain::{Heard, Login, Taken};
pub use self::env::CredentialEnv;
use super::clock;
use super::error::{clean, innermost};
pub use super::login::{Attempt, Cause};
pub(crate) use super::login::{LoginError, Renew};

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

/// Returns what a credential of the SDK says, without its own name in front and the address of the
/// trouble-shooting guide behind.
fn one_line(error: &azure_core::Error) -> String {
    let text = error.to_string();
    // The SDK's retries say only that they end; the reason lies below.
    if text.contains("will no longer be retried") || text.contains("will not be retried") {
        return innermost(error);
    }
    let text = text.split("To troubleshoot, visit").next().unwrap_or_default();
    let text = match text.split_once("authentication failed.") {
        Some((name, rest)) if !name.trim().contains(' ') => rest,
        _ => text,
    };
    // What Azure Pipelines is asked ends in the answer's headers, of which the SDK knows two.
    let text = text.split_once(". Headers").map_or(text, |(text, _)| text);
    let text = clean(text);
    if text.is_empty() { innermost(error) } else { text }
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
        Ok(AccessToken::new(
            "token-of-the-embedded-azure",
            clock::wall() + time::Duration::days(365),
        ))
    }
}

#[cfg(test)]
mod tests;
