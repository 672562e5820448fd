//! What an answer means, and which answers ARM gives at all: whatever else comes was sent by
//! something between here and Azure, and says nothing about what stands there.

use serde_json::Value;

use crate::arm::error::{Error, Fault};
use crate::arm::request::{Answer, Method, Request, Target};
use crate::arm::retry::is_state;

/// Takes an answer without an error status, if ARM can have given it to such a request.
///
/// Which of 200, 201, 202 and 204 a method may bring stands in ARM's contract for providers, and no
/// recording shows another. A redirect is never followed: our token would go along.
pub(super) fn kept(request: &Request, answer: &Answer) -> Result<(), Error> {
    let given: &[u16] = match request.method {
        Method::Get => &[200],
        Method::Head => &[200, 204],
        Method::Put | Method::Patch => &[200, 201, 202],
        Method::Delete => &[200, 202, 204],
        Method::Post => &[200, 201, 202, 204],
    };
    if (300..400).contains(&answer.status) {
        return Err(odd(request, answer, "a redirect"));
    }
    if !given.contains(&answer.status) {
        return Err(odd(
            request,
            answer,
            &format!("nothing that ARM says to a {}", request.method),
        ));
    }
    // Every recorded PUT was answered with its resource, save those taken up for later.
    let shows = request.method == Method::Put && answer.status != 202;
    if shows && !answer.names_itself() && answer.header("azure-asyncoperation").is_none() {
        return Err(odd(request, answer, NO_RESOURCE));
    }
    Ok(())
}

/// What is odd about an answer that should hold a resource.
const NO_RESOURCE: &str = "a body that is no resource";

/// Takes the answer to a reading, if it holds a resource.
pub(super) fn resource(name: &str, answer: Answer) -> Result<Answer, Error> {
    if answer.names_itself() {
        return Ok(answer);
    }
    let (status, request) = (answer.status, name.to_owned());
    Err(Error::Odd { status, request, what: NO_RESOURCE.to_owned() })
}

/// Returns what stands on one page of a list; a body without one is no empty list.
pub(super) fn page<'a>(name: &str, answer: &'a Answer) -> Result<&'a [Value], Error> {
    if let Some(Value::Array(items)) = answer.body.get("value") {
        return Ok(items);
    }
    let (status, request) = (answer.status, name.to_owned());
    Err(Error::Odd { status, request, what: "a body that is no list".to_owned() })
}

fn odd(request: &Request, answer: &Answer, what: &str) -> Error {
    Error::Odd { status: answer.status, request: request.to_string(), what: what.to_owned() }
}

/// Turns a refusal that means "there is none" into `None`.
pub(super) fn absent(result: Result<Answer, Error>) -> Result<Option<Answer>, Error> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Refused { status: 404, ref fault, .. }) if means_absent(fault) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A 404 means that there is none, except where the question itself was wrong.
fn means_absent(fault: &Fault) -> bool {
    let wrong = ["SubscriptionNotFound", "InvalidResourceType", "InvalidResourceNamespace"];
    !wrong.iter().any(|code| fault.code.eq_ignore_ascii_case(code))
}

/// Tells whether a 429 speaks of rates; the network and AKS also use it for states of a resource.
pub(super) fn is_rate(answer: &Answer) -> bool {
    let fault = Fault::of_answer(answer.status, &answer.headers, &answer.body);
    !is_state(&fault)
}

/// Tells whether a refusal is ARM's, not the provider's: ARM marks its own.
pub(super) fn is_arms_own(answer: &Answer) -> bool {
    let fault = Fault::of_answer(answer.status, &answer.headers, &answer.body);
    answer.header("x-ms-failure-cause") == Some("gateway")
        || fault.has_code("SubscriptionRequestsThrottled")
}

/// Returns the path of the provider that a refusal says is not registered, if that is the refusal:
/// "The subscription is not registered to use namespace 'Microsoft.Network'."
pub(super) fn unregistered(request: &Request, answer: &Answer) -> Option<String> {
    if answer.status < 400 {
        return None;
    }
    let fault = Fault::of_answer(answer.status, &answer.headers, &answer.body);
    if !fault.has_code("MissingSubscriptionRegistration") {
        return None;
    }
    let Target::ById { id, .. } = &request.url else { return None };
    let named = fault.message.split_once("namespace '").and_then(|(_, rest)| rest.split_once('\''));
    let own = id.resource_type();
    let namespace =
        named.map_or_else(|| own.split('/').next(), |(namespace, _)| Some(namespace))?;
    let plain = namespace.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    plain.then(|| format!("/providers/{namespace}"))
}

/// Returns the first sentence of what Azure says: the others advise what is done here anyway.
pub(super) fn first_sentence(fault: &Fault) -> String {
    let text = fault.message.split(". ").next().unwrap_or_default();
    let text = text.split(", please").next().unwrap_or_default();
    text.trim_end_matches('.').to_owned()
}
