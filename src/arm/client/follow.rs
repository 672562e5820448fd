//! Following a long-running operation: waiting, asking, and telling what it says.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::{Arm, Inner, Notice, Purpose};
use crate::arm::error::{Error, Fault};
use crate::arm::operation::{Next, Operation, Polling, Progress, Verdict};
use crate::arm::request::{Answer, Method, Request, Target};
use crate::arm::throttle::{Draw, Followed};
use crate::arm::wire::Failure;

impl Arm {
    /// Follows the operation that `first`, the answer to `request`, began, until it ends well;
    /// returns at once when it began none. The caller reads the result itself. The request needs no
    /// body any more, and the answer is dropped.
    pub async fn follow(
        &self,
        request: &Request,
        first: Answer,
        pace: &Polling,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), Error> {
        let own = self.0.wire.url(&request.url)?;
        let mut operation = Operation::begin(request.method, own.as_str(), &first, *pace);
        drop(first);
        let flight = Flight::take_off(&self.0, request, operation.next());
        let begun = self.0.clock.elapsed();
        let until = begun.saturating_add(pace.give_up);
        let mut attempt = 1;
        let mut asked = None;
        loop {
            let (url, after) = match operation.next().clone() {
                Next::Ask { url, after } => (url, after),
                Next::Ended(verdict) => {
                    flight.ended(&verdict);
                    return self.judge(request, verdict);
                }
            };
            let elapsed = self.0.clock.elapsed().saturating_sub(begun);
            if elapsed.saturating_add(after) > pace.give_up {
                return Err(late(request, elapsed, asked));
            }
            self.0.clock.sleep(after).await;
            flight.spare(after).await;
            let answer = self.ask(request, &url, until).await?;
            asked = answer.retry_after().filter(|_| answer.status == 429);
            attempt = if answer.status < 300 { 1 } else { attempt + 1 };
            let elapsed = self.0.clock.elapsed().saturating_sub(begun);
            if let Some(news) = operation.hear(&answer, elapsed) {
                progress(news);
            }
            if let Next::Ask { after, .. } = operation.next()
                && attempt > 1
            {
                self.tell(unreadable(request, &answer, attempt, *after));
            }
        }
    }

    /// Asks about an operation once; a broken connection counts as a status that cannot be read,
    /// a refused token is renewed at once.
    async fn ask(&self, begun: &Request, url: &str, until: Duration) -> Result<Answer, Error> {
        let request = Request::verbatim(url);
        let answer = match self.exchange(&request, Purpose::Poll, false, until).await {
            Ok(answer) if answer.status == 401 => {
                self.tell(Notice::Renewed { request: request.to_string() });
                self.0.counters.retried.fetch_add(1, Ordering::Relaxed);
                self.exchange(&request, Purpose::Poll, true, until).await
            }
            other => other,
        };
        match answer {
            Ok(answer) => Ok(answer),
            Err(Failure::NoConnection(reason) | Failure::Broken(reason)) => {
                Ok(Answer { status: 503, body: Value::String(reason), ..Answer::default() })
            }
            // A page of some front end says nothing of the operation.
            Err(Failure::Final(Error::Odd { what, .. })) => {
                Ok(Answer { status: 503, body: Value::String(what), ..Answer::default() })
            }
            Err(Failure::Final(Error::Throttled { wait, .. })) => {
                Err(Error::Throttled { request: format!("the status of {begun}"), wait })
            }
            Err(Failure::Final(error)) => Err(error),
        }
    }

    fn judge(&self, request: &Request, verdict: Verdict) -> Result<(), Error> {
        let name = request.to_string();
        match verdict {
            Verdict::Succeeded => {
                self.remember(request, 200);
                Ok(())
            }
            Verdict::Failed(fault) => {
                Err(Error::OperationFailed { fault: Box::new(fault), request: name })
            }
            Verdict::Canceled(fault) => {
                Err(Error::OperationCanceled { fault: Box::new(fault), request: name })
            }
            // What holds no refusal was not said by Azure.
            Verdict::Unreadable(status, _) if status < 400 => {
                let (request, what) = (format!("the status of {name}"), "no state".to_owned());
                Err(Error::Odd { status, request, what })
            }
            Verdict::Unreadable(status, fault) => {
                let request = format!("the status of {name}");
                Err(Error::Refused { status, fault: Box::new(fault), request, lost: false })
            }
        }
    }
}

/// Returns why an operation is given up: Azure wants to be asked later than anybody has patience for,
/// or it takes too long.
fn late(request: &Request, after: Duration, asked: Option<Duration>) -> Error {
    match asked {
        Some(wait) => Error::Throttled { request: format!("the status of {request}"), wait },
        None => Error::GaveUp { after, what: request.to_string() },
    }
}

fn unreadable(request: &Request, answer: &Answer, attempt: u32, wait: Duration) -> Notice {
    let fault = Fault::of_answer(answer.status, &answer.headers, &answer.body);
    Notice::Retrying {
        request: format!("the status of {request}"),
        attempt,
        wait,
        because: format!("the status cannot be read (`{}`)", fault.code),
    }
}

/// How often it is looked again how long a question had better wait; chosen: operations that end
/// make room for the others.
const LOOK: Duration = Duration::from_secs(5);

/// An operation that is being followed; counted, as polls share the budget of their provider.
struct Flight<'a> {
    inner: &'a Inner,
    followed: Option<Followed>,
}

impl<'a> Flight<'a> {
    fn take_off(inner: &'a Inner, request: &Request, next: &Next) -> Self {
        let followed = match next {
            Next::Ask { url, .. } => {
                let polls = Draw::of(Method::Get, &Target::Verbatim(url.clone()).path());
                let now = inner.clock.elapsed();
                Some(inner.throttle().take_off(polls, kind(request), now))
            }
            Next::Ended(_) => None,
        };
        Self { inner, followed }
    }

    /// Waits until there is budget for another question; `after` has passed since the last one.
    async fn spare(&self, after: Duration) {
        let Some(followed) = &self.followed else { return };
        let clock = self.inner.clock;
        let asked = clock.elapsed().saturating_sub(after);
        loop {
            let wait = self.inner.throttle().spare(followed, asked, clock.elapsed());
            if wait.is_zero() {
                return;
            }
            clock.sleep(wait.min(LOOK)).await;
        }
    }

    fn ended(&self, verdict: &Verdict) {
        if let (Some(followed), Verdict::Succeeded) = (&self.followed, verdict) {
            self.inner.throttle().ended(followed, self.inner.clock.elapsed());
        }
    }
}

/// Returns what takes as long as the operation that a request begins: the like of it on the same
/// type.
fn kind(request: &Request) -> String {
    match &request.url {
        Target::ById { id, suffix, .. } => {
            format!("{} {}{suffix}", request.method, id.resource_type())
        }
        Target::Verbatim(_) => String::new(),
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(followed) = &self.followed {
            self.inner.throttle().land(followed);
        }
    }
}
