//! What the statistics over all recordings, the kept-aside ones included, say of errors, of the
//! words an operation goes through and of what follows a write, put before our own reading of them.

use std::collections::BTreeMap;
use std::time::Duration;

use akstool::arm::error::Fault;
use akstool::arm::operation::{Next, Operation, Polling, Verdict};
use akstool::arm::recent::Recent;
use akstool::arm::retry::classify;
use akstool::arm::{Answer, Method};
use serde_json::{Value, json};

use crate::recording::statistics;

/// What passes by itself, whatever happened before; every other recorded error is an answer.
const PASSES: [(u16, &str); 7] = [
    (400, "PrincipalNotFound"),
    (400, "ReferencedResourceNotProvisioned"),
    (409, "AnotherOperationInProgress"),
    (429, "FailedIdentityOperation"),
    (429, "RetryableError"),
    (500, "GetVnetError"),
    (502, "BadGatewayConnection"),
];

const OWN: &str = "https://management.azure.com/subscriptions/s/own?api-version=1";
const STATUS: &str = "https://management.azure.com/subscriptions/s/operations/o?api-version=1";
const RESULT: &str =
    "https://management.azure.com/subscriptions/s/operationresults/o?api-version=1";

/// Chosen; nothing here depends on the numbers.
const PACE: Polling = Polling {
    first: Duration::from_secs(1),
    every: Duration::from_secs(10),
    give_up: Duration::from_hours(3),
};

#[test]
fn every_recorded_error_is_read_and_classed() {
    let Some(errors) = statistics("errors.json") else { return };
    for (key, error) in errors.as_object().unwrap() {
        let [status, method, _, code] = *key.split(' ').collect::<Vec<_>>() else {
            panic!("`{key}` is status, method, type and code")
        };
        let status: u16 = status.parse().unwrap();
        let method: Method = serde_json::from_value(method.into()).unwrap();
        let inner = json!({ "code": code, "message": error["message"] });
        for body in [inner.clone(), json!({ "error": inner }), json!(inner.to_string())] {
            // The answer to a HEAD has no body.
            let body = if method == Method::Head { Value::Null } else { body };
            let fault = Fault::of_answer(status, &BTreeMap::new(), &body);
            assert!(method == Method::Head || fault.code == code, "{key} read as {fault}");
            assert!(!fault.message.is_empty(), "{key}");
            // None of them holds a secret, so none loses a word.
            assert!(!fault.message.contains("REDACTED"), "{key} is told as {fault}");
            let again = classify(method, status, &fault, &Recent::default()).is_some();
            assert_eq!(again, PASSES.contains(&(status, code)), "{key} is classed {again}");
        }
    }
}

#[test]
fn an_absence_that_is_read_or_deleted_is_an_answer_whatever_happened_before() {
    let Some(errors) = statistics("errors.json") else { return };
    for key in errors.as_object().unwrap().keys().filter(|key| key.starts_with("404")) {
        let method: Method = serde_json::from_value(key.split(' ').nth(1).unwrap().into()).unwrap();
        let code = key.rsplit(' ').next().unwrap();
        let fault = Fault::of_answer(404, &BTreeMap::new(), &json!({ "code": code }));
        assert_ne!(method, Method::Put, "{key} would need a look");
        assert_eq!(classify(method, 404, &fault, &Recent::all()), None, "{key}");
    }
}

/// Shapes and codes that the documentation of ARM's errors names and that recordings may hold.
#[test]
fn errors_of_every_shape_are_read_and_classed() {
    let html = json!("<html><head><title>503 Service Unavailable</title></head></html>");
    let nginx = json!("<html>\r\n<head><title>500 Internal Server Error</title></head></html>");
    let web = json!({ "Code": "Conflict", "Message": "m", "Target": null, "Details": [{ "Message": "m" }] });
    let problem = json!({ "type": "https://tools.ietf.org/html/rfc7807", "title": "Bad Request",
        "status": 400, "traceId": "00-1" });
    let flat = json!({ "code": "OperationNotAllowed", "details": null, "subcode": "",
        "message": "Operation is not allowed: Another operation (Updating) is in progress" });
    let quota = json!({ "error": { "code": "OperationNotAllowed",
        "message": "Operation could not be completed as it results in exceeding approved Total Regional Cores quota." } });
    let inner = json!({ "error": { "code": "RetryableError", "message": "A retryable error occurred.",
        "details": [{ "code": "ReferencedResourceNotProvisioned", "message": "m" }] } });
    let cases = [
        (Method::Get, 503, html, "ServiceUnavailable", true),
        (Method::Post, 500, nginx, "InternalServerError", true),
        (
            Method::Delete,
            500,
            json!({ "error": { "code": "InternalServerError", "message": "m" } }),
            "InternalServerError",
            true,
        ),
        (Method::Delete, 504, Value::Null, "GatewayTimeout", true),
        (Method::Put, 409, web, "Conflict", false),
        (Method::Put, 409, flat, "OperationNotAllowed", true),
        (Method::Put, 409, quota, "OperationNotAllowed", false),
        (Method::Put, 429, inner, "RetryableError", true),
        (Method::Put, 429, json!({ "error": { "code": "429", "message": "m" } }), "429", true),
        (Method::Put, 405, json!({ "Message": "not that method" }), "MethodNotAllowed", false),
        (Method::Put, 400, problem, "Bad Request", false),
        (Method::Get, 404, json!(""), "NotFound", false),
    ];
    for (method, status, body, code, again) in cases {
        let fault = Fault::of_answer(status, &BTreeMap::new(), &body);
        assert_eq!(fault.code, code, "{body}");
        assert!(!fault.message.is_empty(), "{body}");
        let class = classify(method, status, &fault, &Recent::default());
        assert_eq!(class.is_some(), again, "{status} {fault}");
    }
}

#[test]
fn only_the_three_terminal_words_end_an_operation() {
    let Some(words) = statistics("poll-statuses.json") else { return };
    for word in words["statuses"].as_object().unwrap().keys() {
        let word = word.split_once(": ").unwrap().1.replace("N/N", "1/2");
        let expected = match word.as_str() {
            "Succeeded" => "succeeded",
            "Failed" => "failed",
            "Canceled" => "canceled",
            _ => "runs",
        };
        assert_eq!(outcome(&after(&json!({ "status": word })).0), expected, "{word}");
    }
}

#[test]
fn an_error_beside_a_word_decides_nothing() {
    let Some(words) = statistics("poll-statuses.json") else { return };
    for (words, error) in words["statusWithError"].as_object().unwrap() {
        let (word, code) = words.split_once(" + error ").unwrap();
        let body =
            json!({ "status": word, "error": { "code": code, "message": error["message"] } });
        let (next, notice) = after(&body);
        assert_eq!(outcome(&next), outcome(&after(&json!({ "status": word })).0), "{words}");
        match next {
            Next::Ended(Verdict::Failed(fault) | Verdict::Canceled(fault)) => {
                assert_eq!(fault.code, code);
            }
            _ => assert_eq!(notice.as_deref(), Some(code), "{words}"),
        }
    }
}

#[test]
fn what_follows_a_write_is_what_its_headers_say() {
    let Some(writes) = statistics("lro-stats.json") else { return };
    for (write, counts) in writes.as_object().unwrap() {
        let method = match write.rsplit(' ').next().unwrap() {
            "create" | "update" => Method::Put,
            verb => serde_json::from_value(verb.into()).unwrap(),
        };
        for status in counts["status"].as_object().unwrap().keys() {
            for headers in counts["lroHeaders"].as_object().unwrap().keys() {
                let status: u16 = status.parse().unwrap();
                let asked = begun(method, status, headers);
                let expected = match (headers.as_str(), status) {
                    ("location", 202) => Some(RESULT),
                    ("none" | "location", _) => None,
                    _ => Some(STATUS),
                };
                assert_eq!(asked.as_deref(), expected, "{write} {status} {headers}");
            }
        }
    }
}

/// Returns where an operation is asked after once it was begun so.
fn begun(method: Method, status: u16, headers: &str) -> Option<String> {
    let named = [("azure-asyncoperation", STATUS), ("location", RESULT)];
    let headers = named.iter().filter(|(name, _)| headers.contains(name));
    let headers = headers.map(|(name, url)| ((*name).to_owned(), (*url).to_owned())).collect();
    let answer = Answer { status, headers, body: Value::Null };
    match Operation::begin(method, OWN, &answer, PACE).next() {
        Next::Ask { url, .. } => Some(url.clone()),
        Next::Ended(_) => None,
    }
}

/// Returns what comes after a first poll with this body, and the code of the notice it gave.
fn after(body: &Value) -> (Next, Option<String>) {
    let headers = [("azure-asyncoperation".to_owned(), STATUS.to_owned())].into();
    let first = Answer { status: 201, headers, body: Value::Null };
    let mut operation = Operation::begin(Method::Put, OWN, &first, PACE);
    let poll = Answer { status: 200, headers: BTreeMap::new(), body: body.clone() };
    let notice = operation.hear(&poll, Duration::from_secs(30)).and_then(|said| said.notice);
    (operation.next().clone(), notice.map(|fault| fault.code))
}

fn outcome(next: &Next) -> &'static str {
    match next {
        Next::Ask { .. } => "runs",
        Next::Ended(Verdict::Succeeded) => "succeeded",
        Next::Ended(Verdict::Failed(_)) => "failed",
        Next::Ended(Verdict::Canceled(_)) => "canceled",
        Next::Ended(Verdict::Unreadable(..)) => "unreadable",
    }
}
