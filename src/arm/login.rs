//! What is said of a login that did not work, by whoever tries it to whoever tells it.

use std::fmt;

/// The mark on a token request that says: the last token was refused, do not answer from a cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Renew;

/// A way to log in that was tried, and why it did not work.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
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

/// What stands in the way of a login; what helps differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No way is set up, and none of those that are there anyway works.
    Nowhere,
    /// A way is begun, and what else it needs is not set. Nobody else's login is used instead.
    Half,
    /// The way that is set up, or that worked before, does not work.
    Refused,
    /// Whoever gives out the tokens was not reached, or is in trouble: nothing is known of the way.
    Unreached,
}

/// No way to log in worked.
#[derive(Clone, Debug)]
pub(crate) struct LoginError {
    /// Every way up to the one that had to work, or all.
    pub(crate) attempts: Vec<Attempt>,
    /// What stands in the way.
    pub(crate) cause: Cause,
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Attempt { name, reason }) = self.attempts.last() else {
            return f.write_str("none of the ways to log in works here");
        };
        match self.cause {
            Cause::Nowhere => f.write_str("none of the ways to log in works here"),
            Cause::Half => write!(f, "the {name} is set up in part only: {reason}"),
            Cause::Refused => write!(f, "the {name} that is set up does not work: {reason}"),
            Cause::Unreached => write!(f, "the login by {name} failed on its way: {reason}"),
        }
    }
}

impl std::error::Error for LoginError {}
