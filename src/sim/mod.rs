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
//! Not modelled: conditions of assignments, limits by other providers than AKS and
//! the network's, several callers (all are one), single machines of a pool, add-ons beyond their
//! bodies, anything that runs inside Kubernetes: [`kube`] shows nodes, and what else every cluster has.
//!
//! Everything is a function of the state and of simulated time: a call first lives the world up
//! to now, then acts. Reading writes nothing but what ended, so that an end which was seen stays
//! seen, and how fast time passes, once, where another run let it pass faster or slower.

mod answer;
mod asked;
mod body;
mod call;
mod caller;
mod clock;
mod conduct;
mod desk;
mod dispatch;
mod entry;
mod error;
pub mod fault;
mod filter;
mod graph;
mod input;
mod kube;
mod lag;
mod ledger;
mod limit;
mod list;
mod marks;
mod operation;
mod ops;
mod options;
mod page;
mod past;
mod provider;
mod raw;
mod region;
mod role;
mod route;
#[cfg(feature = "serve")]
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
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::arm::id::ResourceId;

pub use call::{Call, Reply};
pub use clock::Speed;
use desk::{Desk, broken};
pub use error::Error;
use fault::Act;
use options::LATEST;
pub use options::{ENDPOINT, Options, SUBSCRIPTION, TENANT};
use store::Store;

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

    /// Returns what stood when a state file was last written. Nothing is written: in it no time goes on.
    pub fn standing(state: &Path) -> Result<Vec<Value>, Error> {
        let options = Options { state: Some(state.to_owned()), ..Options::default() };
        let (_, world) = Store::open(&options)?;
        let Some(world) = world else { return Ok(Vec::new()) };
        Ok(world.all().map(|entry| provider::show(&world, entry, LATEST)).collect())
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
