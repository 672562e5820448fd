//! `Arm`: builds a request, waits for its turn, sends it through the Azure SDK's pipeline, decodes
//! the answer and decides, with the pure modules beside it, what comes next.
//!
//! The SDK authenticates and carries; its own retries are off, because they know two statuses and
//! the system clock. Azure and the embedded Azure differ in the transport only.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::{HttpClient, Url};
use serde_json::Value;

use super::body::ApiVersion;
use super::clock::Clock;
use super::error::{Error, Fault};
use super::id::ResourceId;
use super::recent::{Happened, Recent};
use super::redact::Secrets;
use super::request::{Answer, Conditions, LONGEST_WAIT, Method, Request};
use super::retry::{Class, Decision, Retry, TOTAL_BUDGET, Trouble, asked_wait, holder};
use super::throttle::{Draw, Throttle};
use super::trace;
use super::wire::{Failure, Sent, Wire};
use promise::{absent, first_sentence, is_arms_own, is_rate};
use shelf::{Reads, Shelf};

pub use list::Pages;
pub use shelf::FRESH;

/// The most pages of a list that are read; chosen, as 100,000 resources are more than a
/// subscription holds.
const MOST_PAGES: usize = 1000;

/// What `Arm` is made of.
pub struct Setup {
    /// The URL of ARM.
    pub endpoint: Url,
    /// The scope tokens are asked for.
    pub scope: String,
    /// Where tokens come from.
    pub credential: Arc<dyn TokenCredential>,
    /// What carries requests: [`super::transport::network`], or the embedded Azure.
    pub transport: Arc<dyn HttpClient>,
    /// The clock all waits are measured on.
    pub clock: Clock,
    /// Where exchanges are written.
    pub trace: Option<trace::Writer>,
    /// What must be shown nowhere; the tokens that are sent are added.
    pub secrets: Secrets,
    /// Who hears about waits; called from within requests, so it must be quick.
    pub notices: Option<Arc<dyn Fn(Notice) + Send + Sync>>,
}

/// Something people may want to know while they wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A call will be tried again.
    Retrying {
        /// The method and the path.
        request: String,
        /// Which try comes next; the first repetition is `2`.
        attempt: u32,
        /// How long until then.
        wait: Duration,
        /// What is waited for, with Azure's code where there is one.
        because: String,
    },
    /// A call waits until another operation lets go of its resource.
    Held {
        /// The method and the path.
        request: String,
        /// What Azure says about the other operation, a sentence.
        says: String,
    },
    /// A call waits for its turn, so as not to run into a rate limit.
    Throttled {
        /// The method and the path.
        request: String,
        /// How long.
        wait: Duration,
    },
    /// A call was answered.
    Sent {
        /// The method and the path.
        request: String,
        /// The HTTP status.
        status: u16,
        /// How long the answer took.
        took: Duration,
    },
    /// The token was refused and is fetched anew.
    Renewed {
        /// The method and the path of the call that was refused.
        request: String,
    },
}

/// How many requests were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// GET and HEAD, polls not counted.
    pub read: u64,
    /// PUT, PATCH, POST and DELETE.
    pub write: u64,
    /// Questions about operations.
    pub poll: u64,
    /// How many of all these were repetitions.
    pub retried: u64,
}

#[derive(Debug, Default)]
struct Counters {
    read: Arc<AtomicU64>,
    write: Arc<AtomicU64>,
    poll: Arc<AtomicU64>,
    retried: AtomicU64,
}

/// Azure Resource Manager; clones share connections, tokens and the budget of requests.
#[derive(Clone)]
pub struct Arm(Arc<Inner>, Reads);

struct Inner {
    wire: Wire,
    clock: Clock,
    notices: Option<Arc<dyn Fn(Notice) + Send + Sync>>,
    throttle: Mutex<Throttle>,
    happened: Mutex<Happened>,
    spoken: Mutex<spoken::Spoken>,
    counters: Counters,
    shelf: Shelf,
}

/// What a request is sent for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Call,
    Poll,
}

impl std::fmt::Debug for Arm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arm")
            .field("endpoint", &self.0.wire.endpoint().as_str())
            .finish_non_exhaustive()
    }
}

impl Arm {
    /// Returns a client; nothing is sent yet.
    pub fn new(setup: Setup) -> Result<Self, Error> {
        let wire = Wire::new(
            setup.endpoint,
            setup.scope,
            setup.credential,
            setup.transport,
            setup.clock,
            setup.trace,
            setup.secrets,
        )?;
        let inner = Inner {
            wire,
            clock: setup.clock,
            notices: setup.notices,
            throttle: Mutex::default(),
            happened: Mutex::default(),
            spoken: Mutex::default(),
            counters: Counters::default(),
            shelf: Shelf::default(),
        };
        Ok(Self(Arc::new(inner), Reads::Own))
    }

    /// Reads a resource; `None` when it does not exist. Only 200 with a body that names itself is
    /// a resource: a proxy's redirect or empty page must not be taken for one.
    pub async fn get(&self, id: &ResourceId, api: &ApiVersion) -> Result<Option<Answer>, Error> {
        let request = Request::new(Method::Get, id, "", api);
        let name = request.to_string();
        let found = absent(self.send(request).await)?;
        found.map(|answer| promise::resource(&name, answer)).transpose()
    }

    /// Creates or replaces a resource; the answer may name an operation to [`Arm::follow`].
    pub async fn put(
        &self,
        id: &ResourceId,
        api: &ApiVersion,
        body: &Value,
        conditions: Conditions,
    ) -> Result<Answer, Error> {
        let request = Request::new(Method::Put, id, "", api);
        self.send(request.with_body(body).with_conditions(conditions)).await
    }

    /// Changes a part of a resource.
    pub async fn patch(
        &self,
        id: &ResourceId,
        api: &ApiVersion,
        body: &Value,
        conditions: Conditions,
    ) -> Result<Answer, Error> {
        let request = Request::new(Method::Patch, id, "", api);
        self.send(request.with_body(body).with_conditions(conditions)).await
    }

    /// Removes a resource; `None` when there is nothing to remove.
    pub async fn delete(
        &self,
        id: &ResourceId,
        api: &ApiVersion,
        conditions: Conditions,
    ) -> Result<Option<Answer>, Error> {
        let request = Request::new(Method::Delete, id, "", api).with_conditions(conditions);
        Ok(absent(self.send(request).await)?.filter(|answer| answer.status != 204))
    }

    /// Does something to a resource, `/stop` say.
    pub async fn post(
        &self,
        id: &ResourceId,
        suffix: &str,
        api: &ApiVersion,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let request =
            Request { body: body.cloned(), ..Request::new(Method::Post, id, suffix, api) };
        self.send(request).await
    }

    /// Sends one request, again and again while that makes sense, and returns the answer; a final
    /// refusal is an error, and so is what ARM never answers.
    pub async fn send(&self, request: Request) -> Result<Answer, Error> {
        self.answer(request).await.map(Arc::unwrap_or_clone)
    }

    /// Sends one request as [`send`](Self::send) does; the answer may be one that others look at too.
    pub async fn answer(&self, request: Request) -> Result<Arc<Answer>, Error> {
        let mut retry = Retry::default();
        let mut renew = false;
        let mut lost = false;
        // Waits for a turn count too: a bucket that fills once a minute can outlast every pause.
        let until = self.0.clock.elapsed() + TOTAL_BUDGET;
        loop {
            let outcome = self.asked(&request, &retry, renew, until).await;
            let (error, decision) = match outcome {
                Ok(answer) if answer.status < 400 => return self.taken(&request, answer),
                Ok(answer) if lost && answer.status == 412 => {
                    return self.done_before(&request, &answer, until).await.map(Arc::new);
                }
                Ok(answer) => {
                    let registered = self.is_registered(&request, &answer, until).await;
                    self.refused(&request, &answer, &mut retry, registered)
                }
                Err(failure) => failed(&request, failure, &mut retry),
            };
            let Decision::Again { wait, class } = decision else { return Err(error) };
            renew = class == Class::Login;
            lost |= class == Class::Stumble;
            self.tell_retry(&request, &error, &retry, wait, class);
            self.0.counters.retried.fetch_add(1, Ordering::Relaxed);
            self.0.clock.sleep(wait).await;
            if class == Class::InProgress {
                let fault = error.fault().cloned().unwrap_or_default();
                self.until_settled(&request, &fault, &mut retry, until).await;
            }
            if self.0.clock.elapsed() > until {
                return Err(error);
            }
        }
    }

    fn taken(&self, request: &Request, answer: Arc<Answer>) -> Result<Arc<Answer>, Error> {
        promise::kept(request, &answer)?;
        self.remember(request, answer.status);
        self.learn(request, &answer);
        self.0.spoken().note(&request.url);
        Ok(answer)
    }

    /// Returns how many requests were sent so far, by all clones.
    pub fn counts(&self) -> Counts {
        let counters = &self.0.counters;
        Counts {
            read: counters.read.load(Ordering::Relaxed),
            write: counters.write.load(Ordering::Relaxed),
            poll: counters.poll.load(Ordering::Relaxed),
            retried: counters.retried.load(Ordering::Relaxed),
        }
    }

    /// Returns the clock all waits are measured on.
    pub fn clock(&self) -> Clock {
        self.0.clock
    }

    /// Waits for the request's turn; a turn that comes after `until`, on the clock, is not booked and
    /// not waited for.
    async fn turn(&self, request: &Request, draw: &Draw, until: Duration) -> Result<(), Failure> {
        let now = self.0.clock.elapsed();
        let wait = {
            let mut throttle = self.0.throttle();
            let wait = throttle.turn(draw, now);
            if now.saturating_add(wait) > until {
                let (request, wait) = (request.to_string(), whole_seconds(wait));
                return Err(Failure::Final(Error::Throttled { request, wait }));
            }
            throttle.admit(draw, now)
        };
        if wait >= Duration::from_secs(1) {
            self.tell(Notice::Throttled { request: request.to_string(), wait });
        }
        if !wait.is_zero() {
            self.0.clock.sleep(wait).await;
        }
        Ok(())
    }

    /// Waits for the request's turn, if it comes before `until`, and sends it once.
    async fn exchange(
        &self,
        request: &Request,
        purpose: Purpose,
        renew: bool,
        until: Duration,
    ) -> Result<Answer, Failure> {
        let draw = Draw::of(request.method, &request.url.path());
        self.turn(request, &draw, until).await?;
        let counters = &self.0.counters;
        let counter = match purpose {
            Purpose::Poll => &counters.poll,
            Purpose::Call if request.method.is_read() => &counters.read,
            Purpose::Call => &counters.write,
        };
        let begun = self.0.clock.elapsed();
        let answer = self.0.wire.send(request, renew, Sent(Arc::clone(counter))).await?;
        let now = self.0.clock.elapsed();
        let (status, took) = (answer.status, now.saturating_sub(begun));
        self.tell(Notice::Sent { request: request.to_string(), status, took });
        let mut throttle = self.0.throttle();
        throttle.hear(&draw, &answer.headers, now);
        if answer.status == 429 && is_rate(&answer) {
            let wait = answer.retry_after().unwrap_or_default();
            throttle.hold(&draw, is_arms_own(&answer), wait, now);
        }
        Ok(answer)
    }

    fn refused(
        &self,
        request: &Request,
        answer: &Answer,
        retry: &mut Retry,
        registered: bool,
    ) -> (Error, Decision) {
        let mut fault = Fault::of_answer(answer.status, &answer.headers, &answer.body);
        fault.wait = asked_wait(answer, &fault);
        let now = self.0.clock.elapsed();
        let recent = self.0.happened().since(now, &request.url.path(), &fault);
        let recent = Recent { registered, ..recent };
        let decision = retry.judge(request.method, Trouble::Refused(answer, &fault), &recent);
        let error = Error::Refused {
            status: answer.status,
            fault: Box::new(fault),
            request: request.to_string(),
            lost: false,
        };
        (error, decision)
    }

    /// Notes what makes later refusals temporary.
    fn remember(&self, request: &Request, status: u16) {
        let now = self.0.clock.elapsed();
        self.0.happened().note(request.method, &request.url.path(), status, now);
    }

    /// Notes what an answer says about grants that another run made.
    fn learn(&self, request: &Request, answer: &Answer) {
        let now = self.0.clock.elapsed();
        self.0.happened().read(&request.url.path(), answer, now);
    }

    fn tell_retry(
        &self,
        request: &Request,
        error: &Error,
        retry: &Retry,
        wait: Duration,
        class: Class,
    ) {
        let request = request.to_string();
        if class == Class::Login {
            return self.tell(Notice::Renewed { request });
        }
        if class == Class::InProgress {
            let says = error.fault().map(first_sentence).unwrap_or_default();
            return self.tell(Notice::Held { request, says });
        }
        let because = match (error.code(), error.fault().and_then(holder)) {
            (Some(code), Some(holder)) => format!("{} (`{code}`): {holder}", class.words()),
            (Some(code), None) => format!("{} (`{code}`)", class.words()),
            (None, _) => class.words().to_owned(),
        };
        self.tell(Notice::Retrying { request, attempt: retry.tries() + 1, wait, because });
    }

    fn tell(&self, notice: Notice) {
        if let Some(notices) = &self.0.notices {
            notices(notice);
        }
    }
}

impl Inner {
    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happened(&self) -> MutexGuard<'_, Happened> {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spoken(&self) -> MutexGuard<'_, spoken::Spoken> {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a wait as people are told it, to the second and no longer than is believed.
fn whole_seconds(wait: Duration) -> Duration {
    let rest = u64::from(wait.subsec_millis() >= 500);
    Duration::from_secs(wait.as_secs().saturating_add(rest)).min(LONGEST_WAIT)
}

fn failed(request: &Request, failure: Failure, retry: &mut Retry) -> (Error, Decision) {
    let recent = Recent::default();
    let name = request.to_string();
    match failure {
        Failure::NoConnection(reason) => {
            let decision = retry.judge(request.method, Trouble::NoConnection, &recent);
            (Error::Unreachable { request: name, reason }, decision)
        }
        Failure::Broken(reason) => {
            let decision = retry.judge(request.method, Trouble::Broken, &recent);
            (Error::Transport { request: name, reason }, decision)
        }
        Failure::Final(error @ Error::Odd { .. }) => {
            let decision = retry.judge(request.method, Trouble::Page, &recent);
            (error, decision)
        }
        Failure::Final(error) => (error, Decision::Stop),
    }
}

mod ahead;
mod follow;
mod held;
mod list;
mod lost;
mod promise;
mod shared;
mod shelf;
mod spoken;
mod tenant;
#[cfg(test)]
mod tests;
