//! A cluster that answers, and what it is asked.

use serde_json::Value;

use crate::sim::body;
use crate::sim::world::World;

/// One request to an API server.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// `GET`.
    pub(crate) method: &'a str,
    /// The path behind the server's own address, without the query.
    pub(crate) path: &'a str,
    /// The query, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The `Accept` header.
    pub(crate) accept: &'a str,
    /// The body.
    pub(crate) body: &'a [u8],
}

impl Request<'_> {
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub(super) fn reads(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }
}

/// Who asks.
#[cfg_attr(
    not(any(test, feature = "serve")),
    expect(dead_code, reason = "tokens come over the network")
)]
pub(crate) enum Caller {
    /// Whoever is in this process, where no token is checked.
    Trusted,
    /// Somebody with this token.
    Token(String),
    /// Somebody with a token of Entra ID for AKS's API servers.
    Entra,
}

/// A cluster that answers.
pub(crate) struct Cluster<'a> {
    pub(crate) world: &'a World,
    pub(crate) id: String,
    pub(crate) stored: Value,
    pub(crate) made: u64,
    /// Milliseconds between the simulated time and the one that the client's clock shows, so that
    /// it computes true ages.
    pub(crate) shift: i64,
}

impl Cluster<'_> {
    /// The version that its control plane runs.
    pub(super) fn version(&self) -> &str {
        let running = body::text(&self.stored, "/properties/currentKubernetesVersion");
        let asked = || body::text(&self.stored, "/properties/kubernetesVersion");
        running.or_else(asked).unwrap_or_default()
    }

    /// What changes with everything that changes in it.
    pub(super) fn revision(&self) -> String {
        self.world.now.to_string()
    }
}
