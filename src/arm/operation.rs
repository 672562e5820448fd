//! A long-running operation as a state machine. Pure: it names the next request and the wait
//! before it, is told the answer, and ends in a verdict.
//!
//! ARM answers a write that takes longer at once, and says where to ask: `Azure-AsyncOperation`
//! (a status document), else `Location` (202 until done, then the answer), else nothing, and the
//! resource's own `provisioningState` tells. Only `Succeeded`, `Failed` and `Canceled` end an
//! operation; every other word is progress. The final GET is the caller's.

use std::time::Duration;

use serde_json::Value;

use super::error::Fault;
use super::request::{Answer, Method};

/// How long an operation counts as short, and how often a short one is asked after at most: its end
/// is noticed within three seconds.
const SHORT: (Duration, Duration) = (Duration::from_mins(1), Duration::from_secs(3));

/// How long in a row the status may be unreadable before the operation is given up; chosen, as
/// front ends recover within minutes.
const UNREADABLE: Duration = Duration::from_mins(10);

/// How often in a row the question itself may be refused (404, 403 and the like); chosen, as a new
/// operation can be unknown to the region that is asked for some seconds.
const REFUSED: u32 = 6;

/// How often and how long an operation is asked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    /// The wait before the first question, when the server names none.
    pub first: Duration,
    /// The wait between questions, when the server names none.
    pub every: Duration,
    /// When to give up.
    pub give_up: Duration,
}

/// What an operation says while it runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Azure's own words, `CreatingAgentPools: 1/2 nodes completed`; empty when it gives none.
    pub phase: String,
    /// An error Azure mentions while the operation goes on.
    pub notice: Option<Fault>,
    /// How much is done, from 0 to 100, for the few providers that say.
    pub percent: Option<f64>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed(Fault),
    /// It was cancelled.
    Canceled(Fault),
    /// Its state could not be read for so long that asking further is no use; the status and the
    /// fault that came last.
    Unreadable(u16, Fault),
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Wait, then GET this URL as it is.
    Ask {
        /// The URL, verbatim from ARM, or the resource's own.
        url: String,
        /// The wait before.
        after: Duration,
    },
    /// The end.
    Ended(Verdict),
}

/// Where the state stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// `Azure-AsyncOperation`: a status document.
    Status,
    /// `Location`: 202 until done.
    Location,
    /// The resource itself: `properties.provisioningState`.
    Resource,
}

/// An operation under way.
#[derive(Clone, Debug)]
pub struct Operation {
    method: Method,
    own: String,
    source: Source,
    next: Next,
    pace: Polling,
    asked: Duration,
    unreadable: Duration,
    refused: u32,
    /// What the last question was refused with: the reason, where the resource gives none.
    refusal: Option<Fault>,
}

impl Operation {
    /// Reads the answer that may have begun an operation; `own` is the URL that was called.
    ///
    /// An answer that names no operation and carries no unfinished state is an operation that has
    /// ended. `Location` counts only on 202: on 201 it names the new resource (managed identities).
    pub fn begin(method: Method, own: &str, answer: &Answer, pace: Polling) -> Self {
        let state = provisioning_state(&answer.body);
        let status = answer.header("azure-asyncoperation");
        let location = answer.header("location").filter(|_| answer.status == 202);
        let (source, url) = match (status, location) {
            (Some(url), _) => (Source::Status, url),
            (None, Some(url)) => (Source::Location, url),
            (None, None) => (Source::Resource, own),
        };
        let mut operation = Self {
            method,
            own: own.to_owned(),
            source,
            next: Next::Ended(Verdict::Succeeded),
            pace,
            asked: Duration::ZERO,
            unreadable: Duration::ZERO,
            refused: 0,
            refusal: None,
        };
        if source == Source::Resource {
            let waits = matches!(method, Method::Put | Method::Patch);
            if let Some(word) = failed_state(&answer.body).filter(|_| method == Method::Delete) {
                operation.next = operation.settle(word, &answer.body, url, None);
            }
            // Old providers answer a PUT with 202 and nothing else: the resource will tell.
            let word = state.or((answer.status == 202).then_some("Accepted"));
            if waits && let Some(word) = word {
                operation.next = operation.settle(word, &answer.body, url, answer.retry_after());
            }
            return operation;
        }
        // A network PUT that changes nothing names an operation that has already ended: ask at once.
        let done = state.is_some_and(|word| word.eq_ignore_ascii_case("Succeeded"));
        let after = answer.retry_after().unwrap_or(if done { Duration::ZERO } else { pace.first });
        operation.next = Next::Ask { url: url.to_owned(), after };
        operation
    }

    /// Returns what comes next.
    pub fn next(&self) -> &Next {
        &self.next
    }

    /// Takes the answer to the question [`Operation::next`] named, `elapsed` after the beginning,
    /// and returns what it says about the progress.
    pub fn hear(&mut self, answer: &Answer, elapsed: Duration) -> Option<Progress> {
        let Next::Ask { url, .. } = self.next.clone() else { return None };
        let last = std::mem::replace(&mut self.asked, elapsed);
        if self.is_unreadable(answer) {
            self.stumble(answer, &url, elapsed.saturating_sub(last));
            return None;
        }
        self.unreadable = Duration::ZERO;
        self.refused = 0;
        match self.source {
            Source::Location => self.hear_location(answer, &url),
            Source::Status | Source::Resource => self.hear_state(answer, &url),
        }
    }

    /// A 4xx or 5xx where a status is read is a failure to read it. Where the answer itself is read
    /// (`Location`), a 4xx is the answer, save those that speak of the reading: a right to read that
    /// is lacking, a version that is not spoken there. Whether it was, the resource tells. What ARM never
    /// answers, a redirect say, is no reading either.
    fn is_unreadable(&self, answer: &Answer) -> bool {
        match (self.source, answer.status) {
            (Source::Resource, 404) if self.method == Method::Delete => false,
            (_, 400 | 401 | 403 | 404 | 408 | 429) => true,
            (Source::Location, status) => !matches!(status, 200..=202 | 204 | 400..=499),
            (Source::Status, status) => status >= 300 || state_of(&answer.body).is_none(),
            (Source::Resource, status) => status != 200 || !answer.names_itself(),
        }
    }

    fn stumble(&mut self, answer: &Answer, url: &str, since: Duration) {
        self.unreadable += since;
        // What no call is sent again for (see `retry`), a question is not asked again for either.
        let passes = matches!(answer.status, 408 | 429 | 500 | 502..=504);
        let refused = answer.status >= 400 && !passes;
        self.refused += u32::from(refused);
        let fault = || Fault::of_answer(answer.status, &answer.headers, &answer.body);
        let closed = matches!(answer.status, 400 | 403 | 404);
        if self.refused > REFUSED && closed && self.asks_elsewhere() {
            // Azure forgets an operation some time after its end, or does not let everybody ask; the
            // resource remembers.
            self.refusal = (answer.status != 404).then(fault);
            self.source = Source::Resource;
            self.refused = 0;
            self.next = Next::Ask { url: self.own.clone(), after: Duration::ZERO };
            return;
        }
        if self.refused > REFUSED || self.unreadable > UNREADABLE {
            let mut fault = fault();
            fault.wait = answer.retry_after();
            self.next = Next::Ended(Verdict::Unreadable(answer.status, fault));
            return;
        }
        let after = self.wait(answer.retry_after());
        self.next = Next::Ask { url: url.to_owned(), after };
    }

    /// Tells whether the resource itself can still be asked instead.
    fn asks_elsewhere(&self) -> bool {
        self.source != Source::Resource && self.method != Method::Post
    }

    fn hear_location(&mut self, answer: &Answer, url: &str) -> Option<Progress> {
        if answer.status != 202 {
            let fault = || Fault::of_answer(answer.status, &answer.headers, &answer.body);
            self.next = match failed_state(&answer.body) {
                _ if answer.status >= 400 => Next::Ended(Verdict::Failed(fault())),
                Some(word) => self.settle(word, &answer.body, url, None),
                None => Next::Ended(Verdict::Succeeded),
            };
            return None;
        }
        // Each 202 may name another place to ask at.
        let url = answer.header("location").unwrap_or(url).to_owned();
        self.next = Next::Ask { url, after: self.wait(answer.retry_after()) };
        Some(Progress {
            phase: state_of(&answer.body).map(super::error::clean).unwrap_or_default(),
            ..Progress::default()
        })
    }

    fn hear_state(&mut self, answer: &Answer, url: &str) -> Option<Progress> {
        if self.source == Source::Resource && self.method == Method::Delete {
            self.hear_remains(answer, url);
            return None;
        }
        let word = match self.source {
            Source::Status => state_of(&answer.body)?,
            // A resource without a state is a finished one, by ARM's contract.
            _ => provisioning_state(&answer.body).unwrap_or("Succeeded"),
        };
        self.next = self.settle(word, &answer.body, url, answer.retry_after());
        let ended = matches!(self.next, Next::Ended(_));
        let notice = answer.body.get("error").and_then(Fault::of_json);
        if ended && !matches!(self.next, Next::Ended(Verdict::Succeeded)) {
            return None;
        }
        Some(Progress {
            phase: super::error::clean(word),
            notice,
            percent: answer.body.get("percentComplete").and_then(Value::as_f64),
        })
    }

    /// Reads what is left of a resource whose deletion Azure has forgotten.
    fn hear_remains(&mut self, answer: &Answer, url: &str) {
        self.next = if answer.status == 404 {
            Next::Ended(Verdict::Succeeded)
        } else if is_changing(answer) {
            Next::Ask { url: url.to_owned(), after: self.wait(answer.retry_after()) }
        } else {
            let message = "Azure has forgotten the deletion, and the resource is still there";
            let (code, message) = ("StillThere".to_owned(), message.to_owned());
            let forgotten = || Fault { code, message, ..Fault::default() };
            Next::Ended(Verdict::Failed(self.refusal.clone().unwrap_or_else(forgotten)))
        };
    }

    fn settle(&self, word: &str, body: &Value, url: &str, asked: Option<Duration>) -> Next {
        let fault = || {
            let own = body.get("error").or_else(|| body.pointer("/properties/error"));
            let read = own.and_then(Fault::of_json).or_else(|| self.refusal.clone());
            read.unwrap_or_else(|| Fault {
                code: super::error::clean(word),
                message: "Azure gave no reason".to_owned(),
                ..Fault::default()
            })
        };
        match word.to_ascii_lowercase().as_str() {
            "succeeded" => Next::Ended(Verdict::Succeeded),
            "failed" => Next::Ended(Verdict::Failed(fault())),
            "canceled" | "cancelled" => Next::Ended(Verdict::Canceled(fault())),
            _ => Next::Ask { url: url.to_owned(), after: self.wait(asked) },
        }
    }

    /// Returns the wait before the next question: the server's, else ours, which is short while the
    /// operation is young.
    fn wait(&self, asked: Option<Duration>) -> Duration {
        let (young, often) = SHORT;
        let own = if self.asked < young { self.pace.every.min(often) } else { self.pace.every };
        asked.filter(|asked| !asked.is_zero()).unwrap_or(own)
    }
}

/// Tells whether a resource's answer says that the resource is being changed.
pub(crate) fn is_changing(answer: &Answer) -> bool {
    let ended = |word: &str| {
        ["succeeded", "failed", "canceled", "cancelled"]
            .iter()
            .any(|end| word.eq_ignore_ascii_case(end))
    };
    answer.status < 300 && provisioning_state(&answer.body).is_some_and(|word| !ended(word))
}

/// Returns the word of a status document, or of the resource.
fn state_of(body: &Value) -> Option<&str> {
    body.get("status").and_then(Value::as_str).or_else(|| provisioning_state(body))
}

/// Returns the word of a resource that says it went wrong, whatever the status of the answer.
fn failed_state(body: &Value) -> Option<&str> {
    let ends = ["Failed", "Canceled", "Cancelled"];
    state_of(body).filter(|word| ends.iter().any(|end| word.eq_ignore_ascii_case(end)))
}

fn provisioning_state(body: &Value) -> Option<&str> {
    body.pointer("/properties/provisioningState").and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
