//! Scripted trouble: what goes wrong, and when; and how strict this Azure is.
//!
//! A script is a JSON file with a list of faults. The first fault that matches a call and has not
//! spent its `times` acts on it.
//!
//! ```json
//! { "faults": [
//!   { "method": "PUT", "path": "*/managedClusters/*", "nth": 1,
//!     "fail": { "code": "AllocationFailed", "message": "no capacity", "after": 90 } },
//!   { "type": "Microsoft.Network/virtualNetworks", "times": 2, "throttle": 7 },
//!   { "path": "*/operations/*", "nth": 3, "times": 1, "drop": "after" }
//! ] }
//! ```
//!
//! Matching, all that are given must hold: `method`; `path`, where `*` stands for any text, in any
//! case, without the query; `type`, the resource's type; `nth`, the first matching call it acts
//! on, counted from 1 (default 1); `times`, on how many calls from then on (default: 1, and 0 means
//! for ever).
//!
//! Acting, exactly one of: `answer` `{status, body?, headers?}` instead of the real answer; a body
//! that is a text is sent as it is · `drop`: the connection, `"before"` or `"after"` the call took
//! effect · `delay`: so many simulated seconds before the answer · `throttle`: 429 with this
//! Retry-After · `fail` `{code, message, after?}`: the operation the call starts ends
//! Failed, `after` seconds if given, and leaves its resource Failed · `extend`: the operation takes
//! so many seconds more · `hand` `{method, path, body?}`: right before the call is looked at,
//! another hand does this, path with its `api-version`, and what it starts has ended by then. A hand
//! that Azure refuses is answered instead of the call, so that no script acts on nothing.
//!
//! Beside `faults`, each left out or given, a script says how Azure behaves all the time:
//!
//! ```json
//! { "limits": "documented", "propagation": 90,
//!   "caller": [ { "role": "Reader" },
//!               { "role": "Network Contributor", "scope": "/subscriptions/S/resourceGroups/net" } ] }
//! ```
//!
//! `limits`: `"documented"` lets every call draw from the rate limits that Azure documents (module
//! `limit`), `"none"`, the default, from none · `propagation`: for so many seconds after it was
//! made, a role assignment does not count, and a principal is unknown to assignments that do not
//! say its type; 0 is the default, and a principal takes 20 s at least · `caller`: the built-in
//! roles of whoever calls, each in a scope and below it, without one everywhere; what another hand
//! assigns to the caller counts too. Left out, the caller may do everything.
//!
//! `versions`: `"any"` lets clusters run Kubernetes versions that Azure no longer offers, as what was
//! recorded once does.
//!
//! `lag` lets readers be behind the writes, in simulated seconds, each left out or given:
//!
//! ```json
//! { "lag": { "resources": 30, "group": 30, "groups": { "new": 20, "gone": 60 },
//!            "types": 0, "reads": { "changed": 5 } } }
//! ```
//!
//! `resources`: the list of all resources of the subscription · `group`: that of a group ·
//! `groups`: the list of groups · `types`: a provider's list of its own type, such as a group's
//! `virtualNetworks` · `reads`: a GET of one resource, which shows it as it was, parts and state
//! included. A number holds for all that can happen; `new`, `changed` and `gone` each for itself:
//! what was made is not there yet, what was changed shows its old document, what was deleted is
//! there still. Writes, and the marks they are checked against, never lag. What other runs write to
//! the same world lags too, once a run with `lag` has written to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::conduct::{Conduct, Given, Limits, Versions};
use super::error::Error;
use super::input;
use super::lag;

/// The most MiB of a script; chosen: thousands of faults take one.
const LARGEST: u64 = 16;

/// A list of faults, and how strict Azure is; the default has no faults and is not strict.
#[derive(Debug, Default)]
pub struct Script {
    faults: Vec<Fault>,
    conduct: Conduct,
    seen: Mutex<Vec<u64>>,
}

impl Clone for Script {
    fn clone(&self) -> Self {
        let (faults, conduct) = (self.faults.clone(), self.conduct.clone());
        Self { faults, conduct, seen: Mutex::default() }
    }
}

/// What goes wrong, and when: all conditions that are given must hold, and exactly one thing happens.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = ACTS.map(only)))]
struct Fault {
    /// Acts on calls of this method.
    method: Option<String>,
    /// Acts on calls of this path, in any case and without the query; `*` stands for any text.
    path: Option<String>,
    /// Acts on calls about resources of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The first matching call it acts on, counted from 1.
    #[serde(default = "one")]
    nth: u64,
    /// On how many calls from then on; 0 is for ever.
    #[serde(default = "one")]
    times: u64,
    /// Gives this answer instead of the real one.
    answer: Option<Answer>,
    /// Breaks the connection.
    drop: Option<Drop>,
    /// Waits so many simulated seconds before the answer.
    delay: Option<u64>,
    /// Answers 429 and asks to wait so many seconds.
    throttle: Option<u32>,
    /// Lets the operation that the call starts fail, and its resource with it.
    fail: Option<Fail>,
    /// Lets the operation that the call starts take so many simulated seconds more.
    extend: Option<u64>,
    /// Lets another hand do this right before the call is looked at.
    hand: Option<Hand>,
}

/// What a fault can do, by name.
const ACTS: [&str; 7] = ["answer", "drop", "delay", "throttle", "fail", "extend", "hand"];

/// Returns the schema of what does this one thing; `null` is as if it were not there.
fn only(act: &str) -> Value {
    json!({ "required": [act], "properties": { act: { "not": { "type": "null" } } } })
}

fn one() -> u64 {
    1
}

/// An answer given instead of the real one.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The body; a text is sent as it is.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// The headers.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

/// When a connection is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Drop {
    /// Before the call took effect.
    Before,
    /// After it did.
    After,
}

/// How an operation fails.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fail {
    /// Azure's code.
    pub(crate) code: String,
    /// Azure's message.
    #[serde(default)]
    pub(crate) message: String,
    /// After so many simulated seconds; else when it would have ended.
    pub(crate) after: Option<u64>,
}

/// What another hand does just then; what it starts has ended when the call is looked at.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hand {
    /// Its method.
    pub(crate) method: String,
    /// Its path, with the `api-version`.
    pub(crate) path: String,
    /// Its body.
    #[serde(default)]
    pub(crate) body: Option<Value>,
}

impl Hand {
    /// Returns the call that asks for it.
    pub(crate) fn as_call(&self) -> Call {
        let body = self.body.as_ref().map(|body| body.to_string().into_bytes());
        Call {
            method: self.method.to_ascii_uppercase(),
            path: self.path.clone(),
            body: body.unwrap_or_default(),
            ..Call::default()
        }
    }
}

/// What a fault does to the call it met.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Answer(Answer),
    Drop(Drop),
    Delay(u64),
    Throttle(u32),
    Fail(Fail),
    Extend(u64),
    Hand(Hand),
}

/// A script: what goes wrong, and how strict the embedded Azure is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The first that matches a call and has not spent its `times` acts on it.
    #[serde(default)]
    faults: Vec<Fault>,
    /// Which rate limits hold.
    #[serde(default)]
    limits: Limits,
    /// For so many seconds after it was made a role assignment does not count.
    #[serde(default)]
    propagation: u32,
    /// The built-in roles of whoever calls; left out, the caller may do everything.
    caller: Option<Vec<Given>>,
    /// How far lists and reads are behind the writes.
    #[serde(default)]
    lag: lag::Given,
    /// Which Kubernetes versions clusters may run.
    #[serde(default)]
    versions: Versions,
}

/// Returns the JSON Schema of a script.
pub fn schema() -> Schema {
    schemars::schema_for!(Document)
}

impl Script {
    /// Reads a script from a file.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let wrong = |reason| Error::Script { path: path.to_owned(), reason };
        let bytes = input::read(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    /// Reads a script from its text; what is wrong with it comes back as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Document =
            crate::json::read(text.as_bytes()).map_err(|error| error.to_string())?;
        for (at, fault) in document.faults.iter().enumerate() {
            let acts = fault.acts().len();
            if acts != 1 {
                return Err(format!(
                    "`faults[{at}]` does {acts} things, and a fault does exactly one of `answer`, \
                     `drop`, `delay`, `throttle`, `fail`, `extend` and `hand`"
                ));
            }
        }
        let Document { limits, propagation, caller, lag, versions, .. } = document;
        let conduct = Conduct::read(limits, propagation, caller, lag, versions)?;
        Ok(Self { faults: document.faults, conduct, seen: Mutex::default() })
    }

    /// Returns how strict Azure is.
    pub(crate) fn conduct(&self) -> &Conduct {
        &self.conduct
    }

    /// Counts a call, and returns what is to happen to it.
    pub(crate) fn meet(&self, method: &str, path: &str, kind: &str) -> Option<Act> {
        if self.faults.is_empty() {
            return None;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.resize(self.faults.len(), 0);
        let mut met = None;
        for (fault, seen) in self.faults.iter().zip(seen.iter_mut()) {
            if !fault.matches(method, path, kind) {
                continue;
            }
            *seen += 1;
            let open = fault.times == 0 || *seen < fault.nth.saturating_add(fault.times);
            if met.is_none() && *seen >= fault.nth && open {
                met = fault.acts().pop();
            }
        }
        met
    }
}

impl Fault {
    fn matches(&self, method: &str, path: &str, kind: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.kind.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(kind))
            && self.path.as_deref().is_none_or(|wanted| glob(wanted, path))
    }

    fn acts(&self) -> Vec<Act> {
        [
            self.answer.clone().map(Act::Answer),
            self.drop.map(Act::Drop),
            self.delay.map(Act::Delay),
            self.throttle.map(Act::Throttle),
            self.fail.clone().map(Act::Fail),
            self.extend.map(Act::Extend),
            self.hand.clone().map(Act::Hand),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Matches text against a pattern whose `*` stands for any text, ignoring case.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            let Some(at) = rest.find(middle) else { return false };
            rest = &rest[at + middle.len()..];
        }
    }
    last.map_or(rest.is_empty(), |ending| rest.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(glob("*/MANAGEDclusters/*", "/s/managedClusters/x"));
        assert!(glob("/a*c", "/abc") && !glob("/a*c", "/abcd") && glob("/a", "/A"));
        assert!(glob("*a*b", "xaxb") && !glob("*ab*ab", "/ab") && !glob("/a", "/ab"));
    }

    #[test]
    fn a_fault_acts_on_the_calls_it_counts() {
        let script =
            Script::parse(r#"{"faults":[{"method":"PUT","nth":2,"times":2,"throttle":7}]}"#);
        let script = script.unwrap();
        let met: Vec<bool> = (0..5).map(|_| script.meet("put", "/x", "t").is_some()).collect();
        assert_eq!(met, [false, true, true, false, false]);
        assert!(script.meet("GET", "/x", "t").is_none());
    }

    #[test]
    fn a_fault_that_does_two_things_or_none_is_no_fault() {
        let second = r#"{"faults":[{"delay":1},{"method":"PUT"}]}"#;
        assert!(Script::parse(second).unwrap_err().starts_with("`faults[1]` does 0 things"));
        assert!(Script::parse(r#"{"faults":[{"delay":1,"throttle":2}]}"#).is_err());
        assert!(Script::parse(r#"{"faults":[{"dealy":1}]}"#).unwrap_err().contains("dealy"));
    }
}
