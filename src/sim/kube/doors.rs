//! How the API servers of clusters are reached while the embedded Azure is served: where, whom to
//! trust, and the token that opens each.

use std::fmt;
use std::fmt::Write as _;

use serde_json::Value;

use crate::sim::body;

/// What the path of every API server begins with; its name in DNS follows.
pub(crate) const PATH: &str = "/apiservers";

/// The application that stands for AKS's API servers in every Entra ID
/// (learn.microsoft.com/azure/aks/kubelogin-authentication).
pub(crate) const ENTRA: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";

/// Makes a signature of a text with a key.
pub(crate) type Sign = fn(&[u8], &[u8]) -> Vec<u8>;

/// What is known of the doors that stand open.
#[derive(Clone)]
pub(crate) struct Doors {
    /// The certificate to trust, PEM.
    pub(crate) authority: String,
    /// What the tokens follow from.
    pub(crate) key: Vec<u8>,
    /// How they do.
    pub(crate) sign: Sign,
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").finish_non_exhaustive()
    }
}

impl Doors {
    /// Returns the token of a cluster's own account: for as long as that very cluster stands, as
    /// AKS's are good.
    pub(crate) fn token(&self, cluster: &Value) -> String {
        let own = body::text(cluster, "/properties/resourceUID").unwrap_or_default();
        let signed = (self.sign)(&self.key, own.as_bytes());
        signed.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
