//! Who we are: which credential of the official SDK to use, and why that one.

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};

use super::clock;

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
