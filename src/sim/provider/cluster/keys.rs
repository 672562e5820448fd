//! The keys in every kubeconfig: real ones, so that kubectl reads them. They open nothing: API servers
//! that answer know people by their tokens.
//!
//! They are made from a word, once a process: a key in the source would look like one that somebody
//! lost, and random ones would make a kubeconfig that is fetched twice differ.
//! Without the feature `serve` no crate is there that makes any, and nobody could be reached with them.

#[cfg(feature = "serve")]
mod made;

/// What a kubeconfig holds, each PEM; not to be printed.
pub(super) struct Keys {
    /// The certificate of the cluster's CA.
    pub(super) authority: String,
    /// The user's certificate, signed by that CA.
    pub(super) certificate: String,
    /// The user's key.
    pub(super) key: String,
}

/// Returns the keys of all clusters.
pub(super) fn of_all() -> Keys {
    // No certificate at all is read by kubectl as well: it fails on the connection, too.
    #[cfg(feature = "serve")]
    let [authority, certificate, key] = made::of_all();
    #[cfg(not(feature = "serve"))]
    let [authority, certificate, key] = <[String; 3]>::default();
    Keys { authority, certificate, key }
}
