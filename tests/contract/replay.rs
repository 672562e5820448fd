//! Replay: every recording is put before our own rules, and Azure is right.
//!
//! - a `PUT` and the `GET` that followed: settling what was sent against what came is no change;
//! - every poll drives the operation to the verdict that really came, not earlier, not later;
//! - every error reads to its code, message, target and request id;
//! - an error that was overcome by trying again is classed as worth another try, and one that the
//!   recorded client gave up on is not, unless the error itself asks for patience.

use std::collections::BTreeSet;
use std::time::Duration;

use akstool::arm::error::Fault;
use akstool::arm::operation::{Next, Operation, Polling, Verdict};
use akstool::arm::recent::Happened;
use akstool::arm::retry::classify;
use akstool::arm::{Answer, Method, ResourceId};
use akstool::diff::settle;
use akstool::kind::rules_of;
use serde_json::Value;

use crate::recording::{self, Exchange, Recording, without_host};

/// What was counted, and a line for everything that is wrong.
#[derive(Default)]
struct Tally {
    pairs: u64,
    polls: u64,
    errors: u64,
    differences: Vec<String>,
    verdicts: Vec<String>,
    unparsed: Vec<String>,
    misclassified: Vec<String>,
}

#[test]
fn replay() {
    let Some(recordings) = recording::all() else { return };
    let mut tally = Tally::default();
    for recording in &recordings {
        tally.pairs(recording);
        tally.operations(recording);
        tally.errors(recording);
    }
    println!(
        "replay: recordings {}, pairs {}, false differences {}, polls {}, wrong verdicts {}, errors {}, \
         unparsed {}, misclassified {}",
        recordings.len(),
        tally.pairs,
        tally.differences.len(),
        tally.polls,
        tally.verdicts.len(),
        tally.errors,
        tally.unparsed.len(),
        tally.misclassified.len()
    );
    let wrong = [tally.differences, tally.verdicts, tally.unparsed, tally.misclassified].concat();
    assert!(wrong.is_empty(), "{} claims do not hold:\n{}", wrong.len(), wrong.join("\n"));
}

impl Tally {
    /// Settles what was sent against what the next settled `GET` showed.
    fn pairs(&mut self, recording: &Recording) {
        for (at, put) in recording.exchanges.iter().enumerate() {
            let Some((id, sent)) = wish(put) else { continue };
            let Some(rules) = rules_of(&id.resource_type()) else { continue };
            let Some(seen) = seen_after(&recording.exchanges[at + 1..], &id) else { continue };
            self.pairs += 1;
            let settled = settle(seen, sent, &rules);
            let mut found = Vec::new();
            leaves("", seen, &settled, &mut found);
            let excusable = found.len();
            found.retain(|leaf| excused(leaf).is_none());
            if !found.is_empty() || (excusable == 0 && settled != *seen) {
                let text: Vec<String> = found.iter().map(Leaf::to_string).collect();
                let text = text.join("; ");
                self.differences.push(format!(
                    "{} #{at} {}: {text}",
                    recording.name,
                    id.resource_type()
                ));
            }
        }
    }

    /// Drives the state machine with the polls that followed each write.
    fn operations(&mut self, recording: &Recording) {
        let mut driven = BTreeSet::new();
        for (at, first) in recording.exchanges.iter().enumerate() {
            if first.method.is_read() || first.answer.status >= 300 {
                continue;
            }
            let later = &recording.exchanges[at + 1..];
            let operation = Operation::begin(first.method, &first.url, &first.answer, PACE);
            let polls = polls_of(&operation, later);
            driven.extend(polls.iter().map(|poll| poll.url.clone()));
            self.drive(
                operation,
                &polls,
                &format!("{} #{at} {} {}", recording.name, first.method, first.path()),
            );
        }
        self.orphans(recording, &driven);
    }

    /// Polls whose beginning was not recorded, or that asked at the second of two addresses.
    fn orphans(&mut self, recording: &Recording, driven: &BTreeSet<String>) {
        let mut seen = BTreeSet::new();
        for (at, poll) in recording.exchanges.iter().enumerate() {
            if !is_poll(poll) || driven.contains(&poll.url) || !seen.insert(&poll.url) {
                continue;
            }
            let says_state = poll.answer.body.get("status").is_some();
            let header = if says_state { "azure-asyncoperation" } else { "location" };
            let headers = [(header.to_owned(), poll.url.clone())].into();
            let first = Answer { status: 202, headers, body: Value::Null };
            let operation = Operation::begin(Method::Delete, "/", &first, PACE);
            let polls = polls_of(&operation, &recording.exchanges[at..]);
            self.drive(operation, &polls, &format!("{} #{at} {}", recording.name, poll.path()));
        }
    }

    fn drive(&mut self, mut operation: Operation, polls: &[&Exchange], what: &str) {
        let mut elapsed = Duration::ZERO;
        for (at, poll) in polls.iter().enumerate() {
            for _ in 0..poll.repeat {
                self.polls += 1;
                if let Next::Ended(verdict) = operation.next() {
                    // Two deletions of one group are one job: the other one's last poll.
                    if verdict_of(&poll.answer).is_some() {
                        return;
                    }
                    self.verdicts.push(format!("{what}: ended early as {verdict:?}"));
                    return;
                }
                elapsed += step(poll);
                operation.hear(&poll.answer, elapsed);
            }
            let last = at + 1 == polls.len();
            let came = verdict_of(&poll.answer).filter(|_| last);
            let ours = match operation.next() {
                Next::Ask { .. } => None,
                Next::Ended(Verdict::Succeeded) => Some("succeeded"),
                Next::Ended(Verdict::Failed(_)) => Some("failed"),
                Next::Ended(Verdict::Canceled(_)) => Some("canceled"),
                Next::Ended(Verdict::Unreadable(..)) => Some("unreadable"),
            };
            if last && came != ours {
                self.verdicts.push(format!("{what}: {came:?} came, {ours:?} was judged"));
            }
        }
    }

    fn errors(&mut self, recording: &Recording) {
        let mut happened = Happened::default();
        let start = recording
            .exchanges
            .iter()
            .find_map(|exchange| exchange.dates)
            .map_or(0, |(from, _)| from);
        for (at, exchange) in recording.exchanges.iter().enumerate() {
            let since = exchange.dates.map_or(0, |(from, _)| from - start);
            let now = Duration::from_secs(since.try_into().unwrap_or_default());
            let answer = &exchange.answer;
            if answer.status < 400 {
                happened.note(exchange.method, exchange.path(), answer.status, now);
                continue;
            }
            self.errors += 1;
            let what = format!("{} #{at} {} {}", recording.name, exchange.method, exchange.path());
            let fault = Fault::of_answer(answer.status, &answer.headers, &answer.body);
            if !reads_fully(&fault, answer) {
                self.unparsed.push(format!("{what}: {} read as {fault:?}", answer.body));
            }
            let recent = happened.since(now, exchange.path(), &fault);
            let again = classify(exchange.method, answer.status, &fault, &recent).is_some();
            if expected(exchange, &fault, &recording.exchanges[at + 1..])
                .is_some_and(|wanted| wanted != again)
            {
                self.misclassified
                    .push(format!("{what}: {} {fault} is classed {again}", answer.status));
            }
        }
    }
}

/// A smallest place where two documents differ.
struct Leaf {
    path: String,
    before: Value,
    after: Value,
}

impl std::fmt::Display for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} -> {}", self.path, self.before, self.after)
    }
}

/// Collects every place where two documents differ, down to the smallest value.
fn leaves(path: &str, before: &Value, after: &Value, found: &mut Vec<Leaf>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(b), Value::Object(a)) => {
            for key in b.keys().chain(a.keys()).collect::<BTreeSet<_>>() {
                let (b, a) =
                    (b.get(key).unwrap_or(&Value::Null), a.get(key).unwrap_or(&Value::Null));
                leaves(&format!("{path}.{key}"), b, a, found);
            }
        }
        (Value::Array(b), Value::Array(a)) if b.len() == a.len() => {
            for (b, a) in b.iter().zip(a) {
                leaves(&format!("{path}[]"), b, a, found);
            }
        }
        _ => {
            found.push(Leaf {
                path: path.to_owned(),
                before: before.clone(),
                after: after.clone(),
            });
        }
    }
}

/// Returns why a difference is Azure's doing and no fault of the rules; this is the only exception
/// there is.
fn excused(leaf: &Leaf) -> Option<&'static str> {
    // The wish was real: another `PUT` of the same flag, minutes later, was fulfilled.
    leaf.path
        .starts_with(".properties.addonProfiles.omsagent.")
        .then_some("AKS took the PUT, answered it with the add-on as it was, and left it so")
}

/// Chosen; nothing here depends on the numbers.
const PACE: Polling = Polling {
    first: Duration::from_secs(1),
    every: Duration::from_secs(10),
    give_up: Duration::from_hours(3),
};

/// Returns what a `PUT` that was taken wished for.
fn wish(put: &Exchange) -> Option<(ResourceId, &Value)> {
    let taken = put.method == Method::Put && put.answer.status < 300;
    // Some old recordings keep a body as the text of a text.
    taken.then(|| Some((put.id()?, put.sent.as_ref().filter(|sent| sent.is_object())?))).flatten()
}

/// Returns what the first `GET` after the work was done showed, if nobody wrote in between.
fn seen_after<'a>(later: &'a [Exchange], id: &ResourceId) -> Option<&'a Value> {
    for exchange in later {
        let Some(other) = exchange.id() else { continue };
        let related = other == *id || other.is_under(id) || id.is_under(&other);
        if !exchange.method.is_read() && related && exchange.answer.status < 300 {
            return None;
        }
        if exchange.method != Method::Get || other != *id || exchange.answer.status != 200 {
            continue;
        }
        match state(&exchange.answer.body) {
            None | Some("Succeeded") => return Some(&exchange.answer.body),
            Some("Failed" | "Canceled") => return None,
            Some(_) => {}
        }
    }
    None
}

fn state(body: &Value) -> Option<&str> {
    body.pointer("/properties/provisioningState").and_then(Value::as_str)
}

/// Returns the polls of an operation: the `GET`s of the address it asks at, and of those that
/// the answers pass on.
fn polls_of<'a>(operation: &Operation, later: &'a [Exchange]) -> Vec<&'a Exchange> {
    let Next::Ask { url, .. } = operation.next() else { return Vec::new() };
    let mut address = without_host(url).to_owned();
    let mut polls = Vec::new();
    for exchange in later.iter().filter(|exchange| exchange.method == Method::Get) {
        if exchange.url != address || !is_poll(exchange) {
            continue;
        }
        if exchange.answer.status == 202
            && let Some(next) = exchange.answer.header("location")
        {
            without_host(next).clone_into(&mut address);
        }
        polls.push(exchange);
        if verdict_of(&exchange.answer).is_some() {
            break;
        }
    }
    polls
}

/// Tells whether an exchange reads the state of an operation.
fn is_poll(exchange: &Exchange) -> bool {
    let path = exchange.path().to_ascii_lowercase();
    let words = ["/operations/", "/operationstatuses/", "/operationresults/"];
    exchange.method == Method::Get && words.iter().any(|word| path.contains(word))
}

/// Returns how an operation ended, as the last poll says; written apart from the state machine.
fn verdict_of(answer: &Answer) -> Option<&'static str> {
    match (answer.body.get("status").and_then(Value::as_str), answer.status) {
        (Some("Succeeded"), 200) | (None, 200 | 201 | 204) => Some("succeeded"),
        (Some("Failed"), 200) => Some("failed"),
        (Some("Canceled"), 200) => Some("canceled"),
        _ => None,
    }
}

fn step(poll: &Exchange) -> Duration {
    let took = poll.dates.map_or(0, |(from, to)| to - from);
    Duration::from_secs(took.try_into().unwrap_or_default()) / poll.repeat.try_into().unwrap_or(1)
}

/// Tells whether a fault says all that the answer says.
fn reads_fully(fault: &Fault, answer: &Answer) -> bool {
    let inner = answer.body.get("error").unwrap_or(&answer.body);
    let same = |key: &str, ours: Option<&str>| {
        let theirs = inner.get(key).and_then(Value::as_str).map(str::trim);
        theirs.filter(|theirs| !theirs.is_empty()).is_none_or(|theirs| ours == Some(theirs))
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = inner.get("message").and_then(Value::as_str);
    let details = inner.get("details").and_then(Value::as_array).map_or(0, Vec::len);
    same("code", Some(&fault.code))
        && same("target", fault.target.as_deref())
        && same("subcode", fault.subcode.as_deref())
        && message.is_none_or(|theirs| words(&fault.message) == words(theirs))
        && fault.details.len() >= details
        && fault.request_id.as_deref() == answer.header("x-ms-request-id")
        && !fault.code.is_empty()
        && !fault.message.is_empty()
}

/// Returns whether the recording shows that trying again helps; `None` when it shows neither.
///
/// A `GET` that finds nothing and a `DELETE` of nothing are answers, not errors to overcome.
fn expected(error: &Exchange, fault: &Fault, later: &[Exchange]) -> Option<bool> {
    if error.answer.status == 404 && error.method != Method::Put {
        return Some(false);
    }
    let same = |other: &&Exchange| {
        other.method == error.method
            && what_is_written(other) == what_is_written(error)
            && other.sent == error.sent
    };
    let mut again = later.iter().enumerate().filter(|(_, other)| same(other)).peekable();
    let repeated = again.peek().is_some();
    if let Some((at, _)) = again.find(|(_, other)| other.answer.status < 400) {
        // Another write under the same parent may be what made the difference.
        let helped = later[..at].iter().any(|other| is_help(other, error, fault));
        return (!helped).then_some(true);
    }
    let patience = [408, 429, 500, 502, 503, 504].contains(&error.answer.status)
        || ["retry", "try again", "in progress", "replication", "deprovisioning"]
            .iter()
            .any(|words| fault.mentions(words));
    (!repeated && !patience).then_some(false)
}

/// Returns what a write writes: its path, but of a role assignment the scope only, as clients make
/// up a new name for every try.
fn what_is_written(exchange: &Exchange) -> String {
    let path = exchange.path().to_ascii_lowercase();
    match path.split_once("/microsoft.authorization/roleassignments/") {
        Some((scope, _)) => scope.to_owned(),
        None => path,
    }
}

/// Tells whether a write that was taken may be what made the difference: it stands beside, above
/// or below the one that was refused, the refusal speaks of it, or it grants a right.
fn is_help(other: &Exchange, error: &Exchange, fault: &Fault) -> bool {
    let (Some(other_id), Some(error_id)) = (other.id(), error.id()) else { return false };
    if other.method.is_read() || other.answer.status >= 300 {
        return false;
    }
    let parent = error_id.parent().filter(|parent| parent.as_str().contains("/providers/"));
    let grants = other_id.is_type("Microsoft.Authorization/roleAssignments");
    error_id.is_under(&other_id)
        || other_id.is_under(&error_id)
        || parent.is_some_and(|parent| other_id.is_under(&parent))
        || fault.mentions(other_id.as_str())
        || (grants && error.answer.status == 403)
}
