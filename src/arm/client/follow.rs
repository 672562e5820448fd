//! Following a long-running operation: waiting, asking, and telling what it says.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::{Arm, Inner, Notice, Purpose};
use crate::arm::error::{Error, Fault};
use crate::arm::operation::{Next, Operation, Polling, Progress, Verdict};
use crate::arm::request::{Answer, Method, Request, Target};
use crate::arm::throttle::Draw;
use crate::arm::wire::Failure;

impl Arm {
    /// Follows the operation that `first`, the answer to `request`, began, until it ends well;
    /// returns at once when it began none. The caller reads the result itself.
    pub async fn follow(
        &self,
        request: &Request,
        first: &Answer,
        pace: &Polling,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), Error> {
        let own = self.0.wire.url(&request.url)?;
        let mut operation = Operation::begin(request.method, own.as_str(), first, *pace);
        let flight = Flight::take_off(&self.0, operation.next());
        let begun = self.0.clock.elapsed();
        let until = begun.saturating_add(pace.give_up);
        let mut attempt = 1;
        let mut asked = None;
        loop {
            let (url, after) = match operation.next().clone() {
                Next::Ask { url, after } => (url, after),
                Next::Ended(verdict) => return self.judge(request, verdict),
            };
            let elapsed = self.0.clock.elapsed().saturating_sub(begun);
            if elapsed.saturating_add(after) > pace.give_up {
                return Err(late(request, elapsed, asked));
            }
            self.0.clock.sleep(after.max(flight.shared())).await;
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

/// An operation that is being followed; counted, as polls share the budget of their provider.
struct Flight<'a> {
    inner: &'a Inner,
    polls: Option<Draw>,
}

impl<'a> Flight<'a> {
    fn take_off(inner: &'a Inner, next: &Next) -> Self {
        let polls = match next {
            Next::Ask { url, .. } => {
                Some(Draw::of(Method::Get, &Target::Verbatim(url.clone()).path()))
            }
            Next::Ended(_) => None,
        };
        if let Some(polls) = &polls {
            inner.throttle().take_off(polls, inner.clock.elapsed());
        }
        Self { inner, polls }
    }

    /// Returns how long to wait at least, so that there is budget for all that are followed.
    fn shared(&self) -> Duration {
        let every = |polls| self.inner.throttle().poll_every(polls, self.inner.clock.elapsed());
        self.polls.as_ref().map(every).unwrap_or_default()
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(polls) = &self.polls {
            self.inner.throttle().land(polls);
        }
    }
}
