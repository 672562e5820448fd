//! What Azure says when it says no, in every shape it says it, and the errors of this module.
//!
//! ARM and the network wrap their errors in `error`; AKS answers them flat; front ends answer
//! HTML; some answers are empty. All of them become a [`Fault`], with Azure's own code, message
//! and request id, free of terminal control characters.

mod policy;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::login::{Attempt, Cause};

pub use text::clean;
use text::{field, text};

/// How deep `details` are followed; chosen, because Azure nests two or three levels.
const DEEPEST: usize = 6;

/// What went wrong between this program and ARM.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Azure answered, and the answer is no.
    #[error("{request} was refused with {status} {fault}{}", after_loss(*.lost))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What Azure said.
        fault: Box<Fault>,
        /// The method and the path, `PUT /subscriptions/…`.
        request: String,
        /// Whether what is refused may be done: an earlier try of the same call got no answer, and
        /// what it demanded of the resource holds no longer.
        lost: bool,
    },
    /// The call was taken and the operation it began failed.
    #[error("the operation of {request} failed with {fault}")]
    OperationFailed {
        /// What Azure said.
        fault: Box<Fault>,
        /// The method and the path of the call that began it.
        request: String,
    },
    /// Its turn under a rate limit comes too late to be waited for; nothing was sent.
    #[error("{request} was put off: its turn under Azure's rate limit comes in {}", humantime::format_duration(*.wait))]
    Throttled {
        /// The method and the path.
        request: String,
        /// How long until then.
        wait: Duration,
    },
    /// The operation was cancelled, as a rule by a later one.
    #[error("the operation of {request} was cancelled: {fault}")]
    OperationCanceled {
        /// What Azure said.
        fault: Box<Fault>,
        /// The method and the path of the call that began it.
        request: String,
    },
    /// No connection came about, so nothing was sent.
    #[error("{request} could not be sent: {reason}")]
    Unreachable {
        /// The method and the path.
        request: String,
        /// The innermost reason.
        reason: String,
    },
    /// No answer came.
    #[error("{request} got no answer: {reason}")]
    Transport {
        /// The method and the path.
        request: String,
        /// The innermost reason.
        reason: String,
    },
    /// Nothing can be sent, as TLS cannot be set up.
    #[error("cannot set up TLS: {reason}")]
    Network {
        /// The innermost reason.
        reason: String,
    },
    /// No token could be had.
    #[error("could not log in: {reason}")]
    Credential {
        /// The reason, in one sentence.
        reason: String,
        /// Every way to log in that was tried, and why it did not work.
        attempts: Vec<Attempt>,
        /// What stands in the way.
        cause: Cause,
    },
    /// Time ran out.
    #[error("{what} was not done after {}", humantime::format_duration(*.after))]
    GaveUp {
        /// How long was waited.
        after: Duration,
        /// What was waited for.
        what: String,
    },
    /// The answer is not what ARM promises.
    #[error("{request} was answered with {status} and {what}")]
    Odd {
        /// The HTTP status.
        status: u16,
        /// The method and the path.
        request: String,
        /// What is odd about it.
        what: String,
    },
    /// A URL that cannot be called, or that must not get a token of ours.
    #[error("`{url}` {why}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// Returns this error as that of a call of which an earlier try got no answer: it may have been
    /// done, and then a condition of its own fails.
    pub(super) fn after_loss(self) -> Self {
        match self {
            Self::Refused { status: 412, fault, request, .. } => {
                Self::Refused { status: 412, fault, request, lost: true }
            }
            other => other,
        }
    }

    /// Tells whether the refusal may come of an earlier try of the very same call.
    pub fn may_be_ours(&self) -> bool {
        matches!(self, Self::Refused { lost: true, .. })
    }

    /// Tells whether the subscription does not know the provider: then nothing of its types stands
    /// there.
    pub fn is_unregistered(&self) -> bool {
        self.fault().is_some_and(|fault| fault.code == "MissingSubscriptionRegistration")
    }

    /// Returns what Azure said, if it said anything.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Refused { fault, .. }
            | Self::OperationFailed { fault, .. }
            | Self::OperationCanceled { fault, .. } => Some(fault),
            _ => None,
        }
    }

    /// Returns all that is known, on one line, for those who read no hints.
    pub fn whole(&self) -> String {
        match self {
            Self::Credential { attempts, cause: Cause::Nowhere, .. } if !attempts.is_empty() => {
                let each: Vec<String> = attempts.iter().map(ToString::to_string).collect();
                format!("{self}: {}", each.join("; "))
            }
            _ => self.to_string(),
        }
    }

    /// Returns Azure's error code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.fault().map(|fault| fault.code.as_str())
    }

    /// Returns a code for every error: Azure's, else a word of ours that reads like one.
    pub fn name(&self) -> &str {
        match self {
            Self::Refused { fault, .. }
            | Self::OperationFailed { fault, .. }
            | Self::OperationCanceled { fault, .. } => &fault.code,
            Self::Throttled { .. } => "Throttled",
            Self::Unreachable { .. } => "NoConnection",
            Self::Transport { .. } => "ConnectionLost",
            Self::Network { .. } => "NoTls",
            Self::Credential { .. } => "LoginFailed",
            Self::GaveUp { .. } => "GaveUp",
            Self::Odd { .. } => "OddAnswer",
            Self::Url { .. } => "BadEndpoint",
        }
    }

    /// Returns how long Azure asks to wait, where a rate limit or its load stands in the way.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Throttled { wait, .. } => Some(*wait),
            Self::Refused { status: 429 | 503, fault, .. } => fault.wait,
            _ => None,
        }
    }

    /// Returns the HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Odd { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Returns what there is to say of a call whose first answer was lost.
fn after_loss(lost: bool) -> &'static str {
    if lost { " (an earlier try got no answer, and may have done it)" } else { "" }
}

/// An error as Azure words it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The code, such as `AnotherOperationInProgress`; for an answer without one, the status' name.
    pub code: String,
    /// The message, on one line.
    pub message: String,
    /// What the error is about, a property or a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// AKS's finer code, such as `GetAgentPool_NotFound`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subcode: Option<String>,
    /// Inner errors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Fault>,
    /// The policies that denied it, as people read them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// `x-ms-request-id`: what Azure's support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `x-ms-correlation-request-id`: finds the call in the activity log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// How long Azure asks to wait before the next try.
    #[serde(skip)]
    pub wait: Option<Duration>,
}

impl Fault {
    /// Returns the fault of an answer with an error status; never fails, since every answer means
    /// something.
    pub fn of_answer(status: u16, headers: &BTreeMap<String, String>, body: &Value) -> Self {
        let mut fault = match body {
            // A body that a front end gave no content type, or the wrong one, arrives as text.
            Value::String(text) => Self::of_json(body)
                .unwrap_or_else(|| Self { message: prose(text), ..Self::default() }),
            other => Self::of_json(other).unwrap_or_default(),
        };
        if fault.code.is_empty() {
            status_name(status).clone_into(&mut fault.code);
        }
        if fault.message.is_empty() {
            fault.message = format!("status {status} without a message");
        }
        let header = |name: &str| headers.get(name).map(|text| clean(text));
        fault.request_id = header("x-ms-request-id").or(fault.request_id);
        fault.correlation_id = header("x-ms-correlation-request-id");
        fault
    }

    /// Reads an error in any of the shapes ARM's providers write, wrapped or flat; `None` when the
    /// JSON holds neither code nor message.
    pub fn of_json(value: &Value) -> Option<Self> {
        read(value, 0)
    }

    /// Returns the policies that this fault or one inside it names, each once.
    fn all_policies(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let inner = self.details.iter().flat_map(Self::all_policies);
        for policy in self.policies.iter().map(String::as_str).chain(inner) {
            if !found.contains(&policy) {
                found.push(policy);
            }
        }
        found
    }

    /// Tells whether this fault or one inside it carries `code`.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code)
            || self.details.iter().any(|inner| inner.has_code(code))
    }

    /// Tells whether this fault's message or one inside it holds `text`, ignoring case.
    pub fn mentions(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        self.message.to_ascii_lowercase().contains(&text)
            || self.details.iter().any(|inner| inner.mentions(&text))
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.code, self.message)?;
        let policies = self.all_policies();
        if policies.is_empty() { Ok(()) } else { write!(f, " (denied by {})", policies.join(", ")) }
    }
}

fn read(value: &Value, depth: usize) -> Option<Fault> {
    if depth > DEEPEST {
        return None;
    }
    let map = match value {
        Value::Object(map) => map,
        // Some providers put a whole error, as text, where the message belongs.
        Value::String(text) if text.trim_start().starts_with('{') => {
            return read(&serde_json::from_str(text).ok()?, depth + 1);
        }
        _ => return None,
    };
    if let Some(inner) = field(map, "error").or_else(|| field(map, "odata.error"))
        && let Some(fault) = read(inner, depth + 1)
    {
        return Some(fault);
    }
    let fault = flat(map, depth);
    (!fault.code.is_empty() || !fault.message.is_empty()).then_some(fault)
}

/// Reads the fields of one error object; `error` beside `error_description` is a login's answer,
/// `type`, `title` and `detail` are RFC 7807.
fn flat(map: &Map<String, Value>, depth: usize) -> Fault {
    let first = |names: &[&str]| names.iter().find_map(|name| text(field(map, name)?));
    let mut fault = Fault {
        code: first(&["code", "error", "title"]).unwrap_or_default(),
        message: first(&["message", "error_description", "detail", "title", "description"])
            .unwrap_or_default(),
        target: first(&["target"]),
        subcode: first(&["subcode"]),
        details: field(map, "details").map(|details| inner(details, depth)).unwrap_or_default(),
        policies: field(map, "additionalInfo").map(policy::read).unwrap_or_default(),
        request_id: first(&["traceId", "requestId"]),
        correlation_id: None,
        wait: None,
    };
    if let Some(nested) = field(map, "message").and_then(|message| read(message, depth + 1)) {
        fault.message.clone_from(&nested.message);
        fault.details.push(nested);
    }
    fault
}

fn inner(details: &Value, depth: usize) -> Vec<Fault> {
    match details {
        Value::Array(items) => items.iter().filter_map(|item| read(item, depth + 1)).collect(),
        other => read(other, depth + 1).into_iter().collect(),
    }
}

/// Returns the reason at the bottom of an error: what lies above repeats the URL, which may be
/// signed.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut here = error;
    while let Some(deeper) = here.source() {
        here = deeper;
    }
    clean(&here.to_string())
}

/// Returns the words of a text that may be an HTML page: its title, else what is not markup.
fn prose(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if !lower.trim_start().starts_with('<') {
        return clean(text);
    }
    let title = lower.find("<title>").zip(lower.find("</title>"));
    if let Some(title) = title.and_then(|(from, to)| text.get(from + "<title>".len()..to)) {
        return clean(title);
    }
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    clean(&out)
}

/// Returns the name of a status as ARM would write a code.
fn status_name(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        408 => "RequestTimeout",
        409 => "Conflict",
        412 => "PreconditionFailed",
        413 => "RequestEntityTooLarge",
        414 => "RequestUriTooLong",
        415 => "UnsupportedMediaType",
        422 => "UnprocessableEntity",
        429 => "TooManyRequests",
        500 => "InternalServerError",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "UnknownError",
    }
}

#[cfg(test)]
mod tests;
