//! Where calls are answered, one at a time: on the world as it is by now, as a whole or not at all.
//!
//! A write waits for its turn among the processes that share a world, learns what they wrote,
//! and is written down before it is answered; what cannot be written down has not happened. What a
//! refused call, or one that panics, had changed until then is undone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use super::asked::Asked;
use super::caller;
use super::clock::{self, Clock, Millis};
use super::conduct::Conduct;
use super::dispatch;
use super::error::{Error, Refusal};
use super::fault::Act;
#[cfg(any(test, feature = "serve"))]
use super::kube::doors::Doors;
use super::limit::Limits;
use super::operation::Verdict;
use super::provider;
use super::store::Store;
use super::world::World;
use super::{Call, Options, Reply};

/// A world, its time, and what is known of its callers.
#[derive(Debug)]
pub(super) struct Desk {
    /// The subscription.
    pub(super) world: World,
    /// The time there.
    pub(super) clock: Clock,
    /// How many calls came so far.
    pub(super) calls: u64,
    store: Store,
    conduct: Conduct,
    limits: Limits,
}

/// What a state file that cannot be read or written looks like from outside. What cannot be stored
/// is `507 Insufficient Storage`, which no client takes for a stumble that passes.
pub(super) fn broken(error: &Error) -> provider::Answer {
    let cause =
        std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let is_full = matches!(error, Error::Write { .. });
    let mut answer = provider::Answer::status(if is_full { 507 } else { 500 });
    answer.body = Some(
        json!({ "error": { "code": "SimulatorStateUnavailable", "message": format!("{error}{cause}") } }),
    );
    answer
}

/// What a call is answered, and the simulated time it takes.
pub(super) type Served = Result<(provider::Answer, Millis), Error>;

impl Desk {
    /// Opens a world: reads the state file if there is one, and makes sure it can be written.
    pub(super) fn open(options: &Options) -> Result<Self, Error> {
        let (mut store, found) = Store::open(options)?;
        let conduct = options.faults.conduct().clone();
        let is_new = found.is_none();
        let mut world = found.unwrap_or_else(|| empty(options)).conducted(&conduct);
        if is_new {
            let lock = store.lock()?;
            if !store.refresh(&mut world)? {
                store.begin_anew(&mut world)?;
            }
            drop(lock);
        }
        let clock = Clock::start(store.reached(&world), options.speed);
        let limits = Limits::default();
        let mut desk = Self { store, world, clock, calls: 0, conduct, limits };
        if desk.store.is_out_of_step() {
            // From here on time passes at this run's speed for those who come later, too. Where
            // the file cannot be written, reading it is still worth something.
            let _ = desk.step_in();
        }
        Ok(desk)
    }

    /// Empties the world.
    pub(super) fn reset(&mut self, options: &Options) -> Result<(), Error> {
        let lock = self.store.lock()?;
        self.refresh()?;
        let mut fresh = empty(options).conducted(&self.conduct);
        self.store.begin_anew(&mut fresh)?;
        drop(lock);
        self.clock = Clock::start(fresh.now, options.speed);
        self.world = fresh;
        self.limits = Limits::default();
        Ok(())
    }

    /// Does what a call asks by another hand: its operation has ended when this returns.
    pub(super) fn place(&mut self, call: &Call) -> Result<(), Error> {
        let lock = self.store.lock()?;
        self.refresh()?;
        self.live()?;
        self.world.begin();
        let answered =
            dispatch::read(call).and_then(|asked| dispatch::by_hand(&mut self.world, &asked));
        let answer = answered.map_err(|refusal| {
            self.world.undo();
            Error::Refused { status: refusal.status, body: refusal.body() }
        })?;
        if let Some(operation) = answer.operation {
            self.world.cut_short(&operation, |_| {});
            let now = self.world.now;
            provider::live(&mut self.world, now);
        }
        self.store.save(&mut self.world)?;
        drop(lock);
        Ok(())
    }

    /// Says from now on in kubeconfigs how API servers are reached.
    #[cfg(any(test, feature = "serve"))]
    pub(super) fn open_doors(&mut self, doors: Doors) {
        self.conduct.doors = Some(doors);
        self.world.conduct.clone_from(&self.conduct);
    }

    /// Reads what other processes wrote, and lives the world up to now.
    ///
    /// What ended is written down: to another run, whose time passes otherwise, it might be going
    /// on still.
    pub(super) fn catch_up(&mut self) -> Result<(), Error> {
        self.refresh()?;
        let lock = if self.world.is_due(self.clock.now()) { self.store.lock()? } else { None };
        if lock.is_some() {
            self.refresh()?;
        }
        self.live()?;
        drop(lock);
        Ok(())
    }

    fn refresh(&mut self) -> Result<(), Error> {
        if self.store.refresh(&mut self.world)? {
            self.clock.at_least(self.store.reached(&self.world));
        }
        Ok(())
    }

    /// Lives the world up to now; where anything ends meanwhile, the caller holds the lock.
    fn live(&mut self) -> Result<(), Error> {
        self.world.begin();
        let now = self.clock.now();
        if provider::live(&mut self.world, now) { self.store.save(&mut self.world) } else { Ok(()) }
    }

    /// Writes down that time passes at this run's speed from now on.
    fn step_in(&mut self) -> Result<(), Error> {
        let lock = self.store.lock()?;
        self.refresh()?;
        self.live()?;
        if self.store.is_out_of_step() {
            self.store.save(&mut self.world)?;
        }
        drop(lock);
        Ok(())
    }

    /// Serves a call; where that panics, the world is afterwards as it was before the call.
    pub(super) fn serve_whole(
        &mut self,
        call: &Call,
        act: Option<&Act>,
    ) -> std::thread::Result<Served> {
        let served = catch_unwind(AssertUnwindSafe(|| self.serve(call, act)));
        if served.is_err() {
            self.world.undo();
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
            Some(Act::Hand(hand)) => match self.place(&hand.as_call()) {
                Err(Error::Refused { body, .. }) => return Ok((misplaced(&body), 0)),
                placed => placed?,
            },
            _ => {}
        }
        let mut answer = if reads(call) { self.read(call)? } else { self.write(call, act)? };
        if call.method.eq_ignore_ascii_case("HEAD") {
            answer.body = None;
        }
        let delay =
            if let Some(Act::Delay(seconds)) = act { seconds.saturating_mul(1_000) } else { 0 };
        let wait = answer.wait.saturating_add(delay);
        Ok((answer, wait))
    }

    fn read(&mut self, call: &Call) -> Result<provider::Answer, Error> {
        self.catch_up()?;
        let answered = self.admit(call).and_then(|asked| {
            let mut seen = dispatch::lagging(&self.world, &asked);
            let seen = seen.as_mut().unwrap_or(&mut self.world);
            let mut answer = dispatch::answer(seen, &asked)?;
            dispatch::point(&self.world, &asked, &mut answer);
            Ok(answer)
        });
        Ok(answered.unwrap_or_else(|refusal| provider::Answer::refused(&refusal)))
    }

    fn write(&mut self, call: &Call, act: Option<&Act>) -> Result<provider::Answer, Error> {
        let lock = self.store.lock()?;
        self.refresh()?;
        self.live()?;
        self.world.begin();
        let answered = self.admit(call).and_then(|asked| {
            let answer = dispatch::answer(&mut self.world, &asked)?;
            Ok((asked, answer))
        });
        let answer = match answered {
            Ok((asked, mut answer)) => {
                self.spoil(&answer, act);
                dispatch::point(&self.world, &asked, &mut answer);
                if !answer.unchanged {
                    self.world.forget();
                    self.store.save(&mut self.world)?;
                }
                answer
            }
            Err(refusal) => {
                self.world.undo();
                provider::Answer::refused(&refusal)
            }
        };
        drop(lock);
        Ok(answer)
    }

    /// Lets in what the rate limits and the caller's rights allow.
    fn admit(&mut self, call: &Call) -> Result<Asked, Refusal> {
        let asked = dispatch::read(call)?;
        if self.conduct.is_limited {
            self.limits.admit(&self.world, &asked)?;
        }
        self.world.enter(&asked.path);
        caller::check(&self.world, &asked)?;
        Ok(asked)
    }

    /// Lets the operation that was just started fail, or take longer.
    fn spoil(&mut self, answer: &provider::Answer, act: Option<&Act>) {
        let Some(id) = answer.operation.as_deref() else { return };
        match act {
            Some(Act::Fail(fail)) => self.world.reschedule(id, |operation| {
                operation.verdict =
                    Verdict::Failed { code: fail.code.clone(), message: fail.message.clone() };
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
    pub(super) fn dress(&mut self, call: &Call, answer: provider::Answer) -> Reply {
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
    let asks = "/providers/microsoft.resourcegraph/resources?";
    ["GET", "HEAD"].iter().any(|reading| call.method.eq_ignore_ascii_case(reading))
        || call.path.to_ascii_lowercase().starts_with(asks)
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

/// What is answered where the script's other hand may not do what it should: no client takes it for
/// a stumble that passes.
fn misplaced(refusal: &Value) -> provider::Answer {
    let mut answer = provider::Answer::status(400);
    let message = format!("The other hand of the script was refused: {}", refusal["error"]);
    answer.body =
        Some(json!({ "error": { "code": "SimulatorScriptRefused", "message": message } }));
    answer
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

/// The world that a new state file holds.
fn empty(options: &Options) -> World {
    World::new(&options.subscription, options.seed, clock::DAWN)
}
