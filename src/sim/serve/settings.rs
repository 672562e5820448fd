//! What a server is started with, and what can go wrong while it starts.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::super::Speed;

/// The application that may log in; the simulated directory knows no other.
pub const CLIENT_ID: &str = "22222222-2222-2222-2222-222222222222";

/// How long a token is good unless told otherwise; Entra's shortest usual time is an hour.
pub const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// What can go wrong while a server starts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The address is no address.
    #[error("`{0}` is no address to listen on, such as `127.0.0.1:8443`")]
    Address(String),
    /// The address can be reached from other machines, and nobody allowed that.
    #[error("`{0}` can be reached from other machines")]
    Exposed(SocketAddr),
    /// A certificate, its key, or the folder for them cannot be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A certificate or its key cannot be used.
    #[error("cannot use the certificate in `{path}`: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Making(String),
}

/// What is served, and to whom.
#[derive(Clone, Default)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one. Loopback, port 8443, when nothing is said.
    pub listen: Option<SocketAddr>,
    /// Whether other machines may connect.
    pub expose: bool,
    /// Names and addresses beside the local ones that the certificate is for; the first is how
    /// clients are told to call the server.
    pub hosts: Vec<String>,
    /// A certificate chain and its key, both PEM, to be used instead of made ones.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Where to write the made CA certificate; a temporary folder when nothing is said.
    pub ca_file: Option<PathBuf>,
    /// The application's secret; a random one when nothing is said.
    pub secret: Option<String>,
    /// How long a token is good; [`TOKEN_LIFETIME`] when nothing is said.
    pub token_lifetime: Option<Duration>,
    /// The time from the first token on after which the tokens given until then are refused, as happens
    /// when rights are taken away; never when nothing is said.
    pub tokens_revoked: Option<Duration>,
    /// How fast the simulated time runs, so that clients are told to ask as often as that needs.
    pub speed: Option<Speed>,
    /// Hears of every exchange.
    pub heard: Option<Heard>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// Hears of every exchange once it is answered.
pub type Heard = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// One request that was answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `GET`.
    pub method: String,
    /// Path and query as asked for; of parameters that may be secret, the name alone.
    pub path: String,
    /// The status; 0 when the connection was dropped.
    pub status: u16,
    /// From the request's head to the answer.
    pub took: Duration,
    /// Whether the embedded Azure gave up on it in a panic: a bug of ours.
    pub is_broken: bool,
}
