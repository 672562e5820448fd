//! What a world is opened with, and how what it simulates is called.

use std::path::PathBuf;

use super::clock::Speed;
use super::fault;

/// The subscription that is simulated unless another is named.
pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// The tenant of every simulated subscription.
pub const TENANT: &str = "11111111-1111-1111-1111-111111111111";

/// What a [`Sim`](super::Sim) is opened with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The state file; without one the world is kept in memory only.
    pub state: Option<PathBuf>,
    /// How fast simulated time runs.
    pub speed: Speed,
    /// What everything generated starts from, in a new world.
    pub seed: u64,
    /// Trouble to make.
    pub faults: fault::Script,
    /// The subscription, in a new world.
    pub subscription: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            state: None,
            speed: Speed::Times(100),
            seed: 0,
            faults: fault::Script::default(),
            subscription: SUBSCRIPTION.to_owned(),
        }
    }
}

/// Where the simulated ARM stands when nothing listens: a name that resolves nowhere, over
/// `https` because the SDK sends tokens over nothing else.
pub const ENDPOINT: &str = "https://management.sim.akstool.invalid";

/// An api-version later than any, in which everything that is generally available shows.
pub(crate) const LATEST: &str = "9999-01-01";
