//! The embedded Azure: an Azure Resource Manager that lives in this process.
//!
//! It is written from recorded traffic and documentation and knows nothing of akstool's own
//! kinds, so that a mistake there is not confirmed here. A [`Sim`] answers [`Call`]s with
//! [`Reply`]s; [`transport`] puts it under the SDK's pipeline. [`world`] is the subscription as a
//! value, [`store`] keeps it in a file, [`ops`] runs what takes long, [`provider`] knows how each
//! type behaves, [`fault`] makes trouble on request.
//!
//! A script also switches on what makes Azure strict: `limit`, the documented rate limits; `caller`,
//! the rights of whoever calls; and the time a grant takes to count. Switched off, calls are not
//! counted, the caller may do everything and a grant counts at once.
//!
//! Not modelled: custom roles, conditions of assignments, limits by other providers than AKS and
//! the network's, several callers (all are one), single machines of a pool, add-ons beyond their
//! bodies, anything inside Kubernetes.
//!
//! Everything is a function of the state and of simulated time: a call first lives the world up
//! to now, then acts. Reading writes nothing but what ended, so that an end which was seen stays
//! seen, and how fast time passes, once, where another run let it pass faster or slower.

mod body;
mod caller;
mod clock;
mod conduct;
mod dispatch;
mod entry;
mod error;
pub mod fault;
mod filter;
mod input;
mod lag;
mod limit;
mod list;
mod ops;
mod past;
mod provider;
mod raw;
mod route;
pub mod serve;
mod store;
pub mod transport;
mod world;

#[cfg(test)]
mod scenario;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use clock::{Clock, Millis};
use conduct::Conduct;
use dispatch::Asked;
pub use error::Error;
use error::Refusal;
use fault::Act;
use limit::Limits;
use store::Store;
use world::World;

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

#[derive(Debug)]
struct Desk {
    store: Store,
    world: World,
    clock: Clock,
    calls: u64,
    conduct: Conduct,
    limits: Limits,
}

impl Sim {
    /// Opens a world: reads the state file if there is one, and makes sure it can be written.
    pub fn open(options: Options) -> Result<Self, Error> {
        let (mut store, mut found) = Store::open(&options)?;
        if found.is_none() {
            let lock = store.lock()?;
            found = store.refresh()?;
            if found.is_none() {
                let world = World::new(&options.subscription, options.seed, clock::DAWN);
                store.save(&world)?;
                found = Some(world);
            }
            drop(lock);
        }
        let conduct = options.faults.conduct().clone();
        let world = found.unwrap_or_default().conducted(&conduct);
        let clock = Clock::start(world.now, options.speed);
        let limits = Limits::default();
        let mut desk = Desk { store, world, clock, calls: 0, conduct, limits };
        if desk.store.is_out_of_step() {
            // From here on time passes at this run's speed for those who come later, too. Where
            // the file cannot be written, reading it is still worth something.
            let _ = desk.keep();
        }
        let desk = Mutex::new(desk);
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
        if desk.catch_up()? {
            desk.keep()?;
        }
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
        let mut guard = self.desk();
        let desk = &mut *guard;
        let lock = desk.store.lock()?;
        desk.catch_up()?;
        let refused =
            |refusal: Refusal| Error::Refused { status: refusal.status, body: refusal.body() };
        let asked = Asked::read(&call).map_err(refused)?;
        let answer = dispatch::answer(&mut desk.world, &asked).map_err(refused)?;
        if let Some(operation) = answer.operation {
            desk.world.cut_short(&operation, |_| {});
            let now = desk.world.now;
            ops::live(&mut desk.world, now);
        }
        desk.store.save(&desk.world)?;
        drop(lock);
        let shown =
            desk.world.get(id.as_str()).map(|entry| provider::show(&desk.world, entry, LATEST));
        Ok(shown.unwrap_or_default())
    }

    /// Empties the world.
    pub fn reset(&self) -> Result<(), Error> {
        let mut guard = self.desk();
        let desk = &mut *guard;
        let lock = desk.store.lock()?;
        desk.store.refresh()?;
        let options = &self.0.options;
        let fresh = World::new(&options.subscription, options.seed, clock::DAWN);
        desk.world = fresh.conducted(&desk.conduct);
        desk.limits = Limits::default();
        desk.clock = Clock::start(clock::DAWN, options.speed);
        desk.store.save(&desk.world)?;
        drop(lock);
        Ok(())
    }

    /// Returns the id of the simulated subscription.
    pub fn subscription(&self) -> String {
        self.desk().world.subscription.clone()
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

/// What a state file that cannot be read or written looks like from outside.
fn broken(error: &Error) -> provider::Answer {
    let cause =
        std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let mut answer = provider::Answer::status(500);
    answer.body = Some(
        json!({ "error": { "code": "SimulatorStateUnavailable", "message": format!("{error}{cause}") } }),
    );
    answer
}

/// What a call is answered, and the simulated time it takes.
type Served = Result<(provider::Answer, Millis), Error>;

impl Desk {
    /// Reads what other processes wrote, and lives the world up to now; tells whether anything ended.
    fn catch_up(&mut self) -> Result<bool, Error> {
        if let Some(world) = self.store.refresh()? {
            self.clock.at_least(world.now);
            self.world = world.conducted(&self.conduct);
        }
        let now = self.clock.now();
        Ok(ops::live(&mut self.world, now))
    }

    /// Writes down what ended: to another run, whose time passes otherwise, it might be going on
    /// still.
    fn keep(&mut self) -> Result<(), Error> {
        let lock = self.store.lock()?;
        self.catch_up()?;
        self.store.save(&self.world)?;
        drop(lock);
        Ok(())
    }

    /// Serves a call; where that panics, the world is afterwards as it was before the call.
    fn serve_whole(&mut self, call: &Call, act: Option<&Act>) -> std::thread::Result<Served> {
        // What a file holds is read again. Without one, a call that changes nothing needs no copy.
        let changes = !reads(call) || self.world.is_due(self.clock.now());
        let before = (changes && !self.store.is_kept()).then(|| self.world.clone());
        let served = catch_unwind(AssertUnwindSafe(|| self.serve(call, act)));
        if served.is_err() {
            self.store.mistrust();
            if let Some(before) = before {
                self.world = before;
            }
        }
        served
    }

    fn serve(&mut self, call: &Call, act: Option<&Act>) -> Served {
        match act {
            Some(Act::Throttle(seconds)) => return Ok((throttled(*seconds), 0)),
            Some(Act::Answer(given)) => {
                let mut answer = provider::Answer::status(given.status);
                answer.body.clone_from(&given.body);
                for (name, value) in &given.headers {
                    answer.header(name, value.clone());
                }
                return Ok((answer, 0));
            }
            _ => {}
        }
        let reads = reads(call);
        let lock = if reads { None } else { self.store.lock()? };
        let ended = self.catch_up()?;
        if reads && ended {
            self.keep()?;
        }
        let result = Asked::read(call).and_then(|asked| {
            if self.conduct.is_limited {
                self.limits.admit(&self.world, &asked)?;
            }
            caller::check(&self.world, &asked)?;
            let mut seen = dispatch::lagging(&self.world, &asked);
            let answer = dispatch::answer(seen.as_mut().unwrap_or(&mut self.world), &asked)?;
            Ok((asked, answer))
        });
        let (mut answer, wait) = match result {
            Ok((asked, mut answer)) => {
                self.spoil(&answer, act);
                dispatch::point(&self.world, &asked, &mut answer);
                if !reads && !answer.unchanged {
                    self.world.forget();
                    self.store.save(&self.world)?;
                }
                let wait = answer.wait;
                (answer, wait)
            }
            Err(refusal) => (provider::Answer::refused(&refusal), 0),
        };
        drop(lock);
        if call.method.eq_ignore_ascii_case("HEAD") {
            answer.body = None;
        }
        let delay =
            if let Some(Act::Delay(seconds)) = act { seconds.saturating_mul(1_000) } else { 0 };
        Ok((answer, wait.saturating_add(delay)))
    }

    /// Lets the operation that was just started fail, or take longer.
    fn spoil(&mut self, answer: &provider::Answer, act: Option<&Act>) {
        let Some(id) = answer.operation.as_deref() else { return };
        match act {
            Some(Act::Fail(fail)) => self.world.reschedule(id, |operation| {
                operation.verdict =
                    ops::Verdict::Failed { code: fail.code.clone(), message: fail.message.clone() };
                if let Some(seconds) = fail.after {
                    operation.ends =
                        operation.started.saturating_add(seconds.saturating_mul(1_000));
                }
            }),
            Some(Act::Extend(seconds)) => {
                self.world.reschedule(id, |operation| {
                    operation.ends = operation.ends.saturating_add(seconds.saturating_mul(1_000));
                });
            }
            _ => {}
        }
    }

    /// What is left of the calls of a kind, as the header says it.
    fn remaining(&mut self, method: &str) -> (&'static str, String) {
        let (name, recorded) = bucket(method);
        let limited = self.conduct.is_limited;
        let left = if limited { self.limits.remaining(method, self.world.now) } else { recorded };
        (name, left.to_string())
    }

    /// Adds what every answer of ARM carries.
    fn dress(&mut self, call: &Call, answer: provider::Answer) -> Reply {
        let id = request_id(self.world.seed, self.calls);
        let (bucket, left) = self.remaining(&call.method);
        let correlation = call.headers.get("x-ms-correlation-request-id").unwrap_or(&id);
        let mut headers = answer.headers;
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        add("Cache-Control", "no-cache");
        add("Pragma", "no-cache");
        if answer.body.is_some() {
            add("Content-Type", "application/json; charset=utf-8");
        }
        add("Date", &clock::http_date(self.world.now));
        add("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        add("x-ms-request-id", &id);
        add("x-ms-correlation-request-id", correlation);
        add("x-ms-routing-request-id", &format!("SIMULATED:{id}"));
        add(bucket, &left);
        if let Some(client) = call.headers.get("x-ms-client-request-id") {
            add("x-ms-client-request-id", client);
        }
        add("X-Content-Type-Options", "nosniff");
        Reply { status: answer.status, headers, body: answer.body }
    }
}

/// Whether a call is of a reading method.
fn reads(call: &Call) -> bool {
    ["GET", "HEAD"].iter().any(|reading| call.method.eq_ignore_ascii_case(reading))
}

/// The header that tells what is left of the subscription's calls of a kind, and how full a bucket
/// is in recorded traffic, where it never runs low.
fn bucket(method: &str) -> (&'static str, u64) {
    match method.to_ascii_uppercase().as_str() {
        "GET" | "HEAD" => ("x-ms-ratelimit-remaining-subscription-global-reads", 16_499),
        "DELETE" => ("x-ms-ratelimit-remaining-subscription-global-deletes", 11_999),
        _ => ("x-ms-ratelimit-remaining-subscription-global-writes", 11_999),
    }
}

fn throttled(seconds: u32) -> provider::Answer {
    let refusal = Refusal::arm(
        429,
        "TooManyRequests",
        format!(
            "The request is being throttled as the limit has been reached for operation type - Write_ObservationWindow_00:01:00. Please try again after '{seconds}' seconds."
        ),
    );
    provider::Answer::refused(&refusal.after(seconds))
}

/// A GUID for a call: from the seed and the call's number, so equal runs name calls alike.
fn request_id(seed: u64, call: u64) -> String {
    World::new("", seed.wrapping_add(call.wrapping_mul(0x2545_f491_4f6c_dd1d)), 0).guid()
}
