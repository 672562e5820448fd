//! The embedded Azure behind HTTPS, for the Azure CLI, the SDKs, Terraform and curl.
//!
//! [`Server`] listens, [`crowd`] keeps the number of connections bounded, [`front`] turns an HTTP
//! request into a [`Call`](super::Call) once [`login`] has found its token good. [`metadata`] and
//! [`login`] answer what clients ask before they reach ARM: where everything stands, and for a
//! token. Nothing here knows what a resource is.
//!
//! Whoever connects is not trusted: what is sent is bounded in size and in time, and a wrong
//! request gets Azure's kind of error. It listens on loopback only, unless told otherwise.

mod asked;
mod connection;
mod crowd;
mod front;
mod job;
mod login;
mod metadata;
mod settings;
mod tls;
mod token;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::net::TcpListener;

use super::kube::doors::Doors;
use super::{Sim, Speed, TENANT};

use front::Front;
pub use job::SERVICE_CONNECTION;
use login::Login;
pub use settings::{CLIENT_ID, Error, Exchange, Heard, Settings, TOKEN_LIFETIME};
use tls::Identity;
use token::Mint;

/// What `max` means when real clients are served, who live in real time: a creation of five
/// minutes takes 3 ms.
const MAX_SERVED: u32 = 100_000;

/// What a client needs to know to come in.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The URL of ARM.
    pub endpoint: String,
    /// The URL of the login.
    pub authority: String,
    /// Where Terraform asks what cloud this is: `ARM_METADATA_HOSTNAME`.
    pub metadata_hostname: String,
    /// The certificate to trust, PEM.
    pub ca_file: PathBuf,
    /// The tenant.
    pub tenant: String,
    /// The subscription.
    pub subscription: String,
    /// The application to log in as.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Where a rehearsed GitHub job asks for its assertion, with the secret:
    /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
    pub github_request_url: String,
    /// Where a rehearsed job of Azure Pipelines does: `SYSTEM_OIDCREQUESTURI`.
    pub pipelines_request_uri: String,
    /// The service connection such a job names.
    pub service_connection_id: String,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Returns the speed to open a [`Sim`] with that is going to be served: `max` relies on a clock
/// that skips all waiting, and real clients have none.
pub fn served(speed: Speed) -> Speed {
    match speed {
        Speed::Max => Speed::Times(MAX_SERVED),
        Speed::Times(times) => Speed::Times(times.clamp(1, MAX_SERVED)),
    }
}

/// Reads where to listen: `127.0.0.1:8443`, `[::1]:0`, `localhost:8443` or a port alone.
pub fn parse_listen(text: &str) -> Result<SocketAddr, Error> {
    let trimmed = text.trim();
    let (host, port) = trimmed.rsplit_once(':').unwrap_or(("localhost", trimmed));
    let local = host.eq_ignore_ascii_case("localhost") || host.is_empty();
    let read = if local { format!("127.0.0.1:{port}") } else { trimmed.to_owned() };
    read.parse().map_err(|_| Error::Address(text.to_owned()))
}

/// A server that listens and has not begun to answer.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    identity: Identity,
    front: Arc<Front>,
    invitation: Invitation,
}

impl Server {
    /// Starts to listen; clients may connect from now on and are answered by [`Server::run`].
    pub async fn bind(sim: Sim, settings: Settings) -> Result<Self, Error> {
        let address = settings.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8443)));
        if !address.ip().is_loopback() && !settings.expose {
            return Err(Error::Exposed(address));
        }
        let listening = TcpListener::bind(address).await;
        let listener = listening.map_err(|source| Error::Listen { address, source })?;
        let bound = listener.local_addr().unwrap_or(address);
        let identity = match &settings.certificate {
            Some((chain, key)) => Identity::read(chain, key)?,
            None => {
                Identity::make(&names(&settings.hosts, bound.ip()), settings.ca_file.as_deref())?
            }
        };
        let secret = settings.secret.clone().unwrap_or_else(token::random_secret);
        let host = authority(settings.hosts.first().map(String::as_str), bound);
        let invitation = Invitation {
            endpoint: format!("https://{host}"),
            authority: format!("https://{host}"),
            metadata_hostname: host.clone(),
            ca_file: identity.ca_file.clone(),
            tenant: TENANT.to_owned(),
            subscription: sim.subscription(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: secret.clone(),
            github_request_url: format!("https://{host}{}", job::GITHUB),
            pipelines_request_uri: format!("https://{host}{}", job::PIPELINES),
            service_connection_id: SERVICE_CONNECTION.to_owned(),
        };
        sim.open_doors(doors(&identity, &secret)?);
        let lifetime = settings.token_lifetime.unwrap_or(TOKEN_LIFETIME);
        let mint = Mint::new(&secret, lifetime, settings.tokens_revoked);
        let front = Front::new(sim, Login::new(secret, mint), host, &settings);
        Ok(Self { listener, identity, front: Arc::new(front), invitation })
    }

    /// Returns what a client needs to know.
    pub fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// Answers until `stop` comes; what is being answered then is finished, within seconds.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, identity, front, .. } = self;
        connection::accept(listener, &identity.acceptor, &front, stop).await;
    }
}

/// What opens the API servers: the certificate that clients trust anyway, and a token for each that
/// a server with the same secret makes again.
fn doors(identity: &Identity, secret: &str) -> Result<Doors, Error> {
    let path = identity.ca_file.clone();
    let authority =
        std::fs::read_to_string(&path).map_err(|source| Error::File { path, source })?;
    let key = token::sign(b"akstool sim clusters", secret.as_bytes());
    Ok(Doors { authority, key, sign: token::sign })
}

/// The names a made certificate is for.
fn names(hosts: &[String], address: IpAddr) -> Vec<String> {
    let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut names: Vec<String> = hosts.iter().cloned().chain(local).collect();
    if !address.is_unspecified() {
        names.push(address.to_string());
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Host and port that clients are told.
fn authority(host: Option<&str>, bound: SocketAddr) -> String {
    let port = bound.port();
    match host {
        Some(host) if host.contains(':') => format!("[{host}]:{port}"),
        Some(host) => format!("{host}:{port}"),
        None if bound.ip().is_unspecified() => format!("localhost:{port}"),
        None => bound.to_string(),
    }
}

#[cfg(test)]
mod renewal_tests;
#[cfg(test)]
mod tests;
