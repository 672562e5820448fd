//! Errors in every shape that Azure and its front ends give them.

use serde_json::json;

use super::text::LONGEST_MESSAGE;
use super::*;

fn fault(status: u16, body: &Value) -> Fault {
    let headers = BTreeMap::from([("x-ms-request-id".to_owned(), "r1".to_owned())]);
    Fault::of_answer(status, &headers, body)
}

#[test]
fn wrapped_and_flat_errors_read_alike() {
    let wrapped = fault(409, &json!({ "error": { "code": "A", "message": "m", "target": "t" } }));
    let flat = fault(409, &json!({ "code": "A", "message": "m", "target": "t", "details": null }));
    assert_eq!(wrapped, flat);
    assert_eq!((wrapped.code.as_str(), wrapped.message.as_str()), ("A", "m"));
    assert_eq!(wrapped.request_id.as_deref(), Some("r1"));
}

#[test]
fn the_finer_code_and_the_inner_errors_of_aks_are_kept() {
    let body = json!({ "code": "NotFound", "subcode": "GetAgentPool_NotFound", "message": "m",
        "details": [{ "code": "Unspecified", "message": "rpc" }] });
    let fault = fault(404, &body);
    assert_eq!(fault.subcode.as_deref(), Some("GetAgentPool_NotFound"));
    assert!(fault.has_code("unspecified") && fault.mentions("RPC"));
}

#[test]
fn shapes_of_older_front_ends_are_read() {
    let cases = [
        (json!({ "Code": "C", "Message": "m" }), "C", "m"),
        (json!({ "Message": "not that method" }), "MethodNotAllowed", "not that method"),
        (json!({ "type": "u", "title": "T", "status": 405, "detail": "d" }), "T", "d"),
        (
            json!({ "odata.error": { "code": "O", "message": { "lang": "en", "value": "v" } } }),
            "O",
            "v",
        ),
        (
            json!({ "error": "invalid_grant", "error_description": "AADSTS" }),
            "invalid_grant",
            "AADSTS",
        ),
        (
            json!("<html><head><title>503 Busy</title></head></html>"),
            "MethodNotAllowed",
            "503 Busy",
        ),
        (json!("<h1>No</h1><p>way</p>"), "MethodNotAllowed", "Noway"),
        (json!("{\r\n \"error\": { \"code\": \"C\", \"message\": \"m\" } }"), "C", "m"),
        (json!("{ cut off"), "MethodNotAllowed", "{ cut off"),
        (Value::Null, "MethodNotAllowed", "status 405 without a message"),
    ];
    for (body, code, message) in cases {
        let fault = fault(405, &body);
        assert_eq!((fault.code.as_str(), fault.message.as_str()), (code, message), "{body}");
    }
}

#[test]
fn an_error_written_as_text_inside_the_message_is_unfolded() {
    let body = json!({ "error": { "code": "Outer", "message": "{\"error\":{\"code\":\"In\",\"message\":\"why\"}}" } });
    let fault = fault(400, &body);
    assert_eq!((fault.code.as_str(), fault.message.as_str()), ("Outer", "why"));
    assert!(fault.has_code("In"));
}

#[test]
fn a_secret_that_is_longer_than_a_message_is_not_cut_into_sight() {
    let key = format!("password=\"{}", "planted ".repeat(LONGEST_MESSAGE));
    let shown = clean(&format!("{}{key}\" end", "é".repeat(LONGEST_MESSAGE - 20)));
    assert!(!shown.contains("planted"), "{shown}");
    assert_eq!(clean(&"é".repeat(2 * LONGEST_MESSAGE)).chars().count(), LONGEST_MESSAGE);
}

#[test]
fn text_from_azure_cannot_drive_the_terminal() {
    let body = json!({ "error": { "code": "A\u{1b}[2J", "message": "one\ntwo\u{7}\u{9b}31m\u{202e}\u{61c}\u{e0041}\u{ad}end" } });
    let fault = fault(400, &body);
    assert_eq!(fault.code, "A[2J");
    assert_eq!(fault.message, "one two31mend");
}

#[test]
fn errors_nested_without_end_are_survived() {
    let mut body = json!({ "code": "X", "message": "m" });
    for _ in 0..50 {
        body = json!({ "error": body });
    }
    assert_eq!(fault(500, &body).code, "InternalServerError");
}
