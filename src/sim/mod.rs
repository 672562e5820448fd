//! The embedded Azure: an Azure Resource Manager that lives in this process.
//!
//! It is written from recorded traffic and documentation and knows nothing of akstool's own
//! kinds, so that a mistake there is not confirmed here. A [`Sim`] answers [`Call`]s with
//! [`Reply`]s; [`transport`] puts it under the SDK's pipeline. [`world`] is the subscription as a
//! value, [`desk`] answers calls on it, [`store`] keeps it in a file, [`ops`] runs what takes
//! long, [`provider`] knows how each type behaves, [`kube`] answers as the API server of a cluster,
//! [`fault`] makes trouble on request.
//!
//! A script also switches on what makes Azure strict: `limit`, the documented rate limits; `caller`,
//! the rights of whoever calls; and the time a grant takes to count. Switched off, calls are not
//! counted, the caller may do everything and a grant counts at once.
//!
//! Not modelled: custom roles, conditions of assignments, limits by other providers than AKS and
//! the network's, several callers (all are one), single machines of a pool, add-ons beyond their
//! bodies, anything that runs inside Kubernetes: [`kube`] shows nodes, and what else every cluster has.
//!
//! Everything is a function of the state and of simulated time: a call first lives the world up
//! to now, then acts. Reading writes nothing but what ended, so that an end which was seen stays
//! seen, and how fast time passes, once, where another run let it pass faster or slower.

mod body;
mod caller;
mod clock;
mod conduct;
mod desk;
mod dispatch;
mod entry;
mod error;
pub mod fault;
mod filter;
mod input;
mod kube;
mod lag;
mod ledger;
mod limit;
mod list;
mod marks;
mod ops;
mod past;
mod provider;
mod raw;
mod route;
pub mod serve;
mod shelf;
mod store;
mod tally;
mod tracked;
pub mod transport;
mod world;

#[cfg(test)]
mod scenario;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::arm::id::ResourceId;

use desk::{Desk, broken};
pub use error::Error;
use fault::Act;

/// The subscription that is simulated unless another is named.
pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// The tenant of every simulated subscription.
pub const TENANT: &str = "11111111-1111-1111-1111-111111111111";

/// An api-version later than any, in which everything that is generally available shows.
const LATEST: &str = "9999-01-01";

/// What a [`Sim`] is opened with.
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

/// How fast simulated time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// So many simulated seconds a real second; also counts the time between two runs.
    Times(u32),
    /// One to one on tokio's clock, which the caller has paused; only that clock counts.
    Max,
}

impl Speed {
    fn factor(self) -> u32 {
        match self {
            Self::Times(times) => times.max(1),
            Self::Max => 1,
        }
    }
}

/// One HTTP request.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// `GET`.
    pub method: String,
    /// Path and query, in any case.
    pub path: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body as sent.
    pub body: Vec<u8>,
    /// Whether the answer's body is only passed on, so that it may be a text that already is JSON:
    /// that costs a part of a value.
    pub passed_on: bool,
}

/// One HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status; 0 says that the connection is dropped without an answer.
    pub status: u16,
    /// Headers in the order and spelling they are sent.
    pub headers: Vec<(String, String)>,
    /// The body; a text is sent as it is, everything else as JSON.
    pub body: Option<Value>,
}

impl Reply {
    /// Tells whether the connection is dropped instead of answered.
    pub fn is_dropped(&self) -> bool {
        self.status == 0
    }

    /// Returns the body as sent.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.body {
            None => Vec::new(),
            Some(Value::String(text)) => text.into_bytes(),
            Some(body) => body.to_string().into_bytes(),
        }
    }

    fn dropped() -> Self {
        Self { status: 0, headers: Vec::new(), body: None }
    }
}

/// A simulated Azure Resource Manager; clones are the same one.
#[derive(Clone, Debug)]
pub struct Sim(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: Options,
    desk: Mutex<Desk>,
}

impl Sim {
    /// Opens a world: reads the state file if there is one, and makes sure it can be written.
    pub fn open(options: Options) -> Result<Self, Error> {
        let desk = Mutex::new(Desk::open(&options)?);
        Ok(Self(Arc::new(Inner { options, desk })))
    }

    /// Answers one request, after the time the real service takes for it.
    pub async fn answer(&self, call: Call) -> Reply {
        let (path, _) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let kind = ResourceId::parse(path).map(|id| id.resource_type()).unwrap_or_default();
        let act = self.0.options.faults.meet(&call.method, path, &kind);
        let (reply, pause) = match act {
            Some(Act::Drop(fault::Drop::Before)) => (Reply::dropped(), Duration::ZERO),
            act => self.attend(&call, act.as_ref()),
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        reply
    }

    /// Returns every resource as ARM would answer a GET for it, by id.
    pub fn resources(&self) -> Result<Vec<Value>, Error> {
        let mut desk = self.desk();
        desk.catch_up()?;
        Ok(desk.world.all().map(|entry| provider::show(&desk.world, entry, LATEST)).collect())
    }

    /// Places a resource made by another hand: the checks of a PUT, its operation ended at once.
    #[expect(clippy::needless_pass_by_value, reason = "a body is handed over, as to ARM")]
    pub fn put(&self, id: &ResourceId, api_version: &str, body: Value) -> Result<Value, Error> {
        let call = Call {
            method: "PUT".to_owned(),
            path: format!("{id}?api-version={api_version}"),
            headers: BTreeMap::new(),
            body: body.to_string().into_bytes(),
            passed_on: false,
        };
        let mut desk = self.desk();
        desk.place(&call)?;
        let shown =
            desk.world.get(id.as_str()).map(|entry| provider::show(&desk.world, entry, LATEST));
        Ok(shown.unwrap_or_default())
    }

    /// Empties the world.
    pub fn reset(&self) -> Result<(), Error> {
        self.desk().reset(&self.0.options)
    }

    /// Returns the id of the simulated subscription.
    pub fn subscription(&self) -> String {
        self.desk().world.home.clone()
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attend(&self, call: &Call, act: Option<&Act>) -> (Reply, Duration) {
        let mut desk = self.desk();
        desk.calls += 1;
        let served = match desk.serve_whole(call, act) {
            Ok(served) => served,
            Err(cause) => {
                // Given back before the panic goes on, the desk is not poisoned.
                drop(desk);
                resume_unwind(cause)
            }
        };
        let (answer, wait) = served.unwrap_or_else(|error| (broken(&error), 0));
        let pause = desk.clock.real(wait);
        if act == Some(&Act::Drop(fault::Drop::After)) {
            return (Reply::dropped(), pause);
        }
        (desk.dress(call, answer), pause)
    }
}
