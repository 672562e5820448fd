//! What a state machine promises that is driven answer by answer.

use serde_json::json;

use super::*;

const OWN: &str = "https://management.azure.com/subscriptions/s/own?api-version=1";
const STATUS: &str =
    "https://management.azure.com/subscriptions/s/operations/o?api-version=2016-03-30&t=1";
const PACE: Polling = Polling {
    first: Duration::from_secs(2),
    every: Duration::from_secs(10),
    give_up: Duration::from_hours(1),
};

fn answer(status: u16, headers: &[(&str, &str)], body: Value) -> Answer {
    let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Answer { status, headers, body }
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn ask(url: &str, after: u64) -> Next {
    Next::Ask { url: url.to_owned(), after: seconds(after) }
}

/// A cluster's PUT that was taken.
fn begun() -> Operation {
    let first = answer(
        201,
        &[("azure-asyncoperation", STATUS)],
        json!({ "properties": { "provisioningState": "Creating" } }),
    );
    Operation::begin(Method::Put, OWN, &first, PACE)
}

fn status(word: &str) -> Answer {
    answer(200, &[], json!({ "status": word }))
}

#[test]
fn every_word_but_the_three_terminal_ones_means_running() {
    let mut operation = begun();
    for word in
        ["InProgress", "CreatingAgentPools: 1/2 nodes completed", "Reconciling\u{7}DNS", "Whatever"]
    {
        let news = operation.hear(&status(word), seconds(5)).unwrap();
        assert_eq!(news.phase, word.replace('\u{7}', ""));
        assert_eq!(operation.next(), &ask(STATUS, 3));
    }
    operation.hear(&status("succeeded"), seconds(9));
    assert_eq!(operation.next(), &Next::Ended(Verdict::Succeeded));
}

#[test]
fn an_error_in_a_running_or_finished_answer_is_a_notice() {
    let mut operation = begun();
    let error = json!({ "code": "NotLatestOperation", "message": "m" });
    for word in ["InProgress", "Succeeded"] {
        let said =
            answer(200, &[], json!({ "status": word, "error": error, "percentComplete": 50 }));
        let news = operation.hear(&said, seconds(5)).unwrap();
        assert_eq!(news.notice.unwrap().code, "NotLatestOperation");
        assert_eq!(news.percent, Some(50.0));
    }
    assert_eq!(operation.next(), &Next::Ended(Verdict::Succeeded));
}

#[test]
fn failure_and_cancellation_carry_azures_reason() {
    let error = json!({ "code": "C", "message": "m" });
    for (word, failed) in [("Failed", true), ("Canceled", false), ("CANCELLED", false)] {
        let mut operation = begun();
        operation.hear(&answer(200, &[], json!({ "status": word, "error": error })), seconds(5));
        let Next::Ended(verdict) = operation.next() else { panic!("{word} ends") };
        let (is_failure, fault) = match verdict {
            Verdict::Failed(fault) => (true, fault),
            Verdict::Canceled(fault) => (false, fault),
            other => panic!("{other:?}"),
        };
        assert_eq!((is_failure, fault.code.as_str()), (failed, "C"));
    }
}

#[test]
fn young_operations_are_asked_after_more_often() {
    let mut operation = begun();
    assert_eq!(operation.next(), &ask(STATUS, 2));
    operation.hear(&status("InProgress"), seconds(59));
    assert_eq!(operation.next(), &ask(STATUS, 3));
    operation.hear(&status("InProgress"), seconds(61));
    assert_eq!(operation.next(), &ask(STATUS, 10));
}

#[test]
fn the_wait_the_server_asks_for_is_kept() {
    let first = answer(202, &[("location", STATUS), ("retry-after", "15")], Value::Null);
    let mut operation = Operation::begin(Method::Delete, OWN, &first, PACE);
    assert_eq!(operation.next(), &ask(STATUS, 15));
    operation
        .hear(&answer(202, &[("location", OWN), ("retry-after", "7")], Value::Null), seconds(15));
    assert_eq!(operation.next(), &ask(OWN, 7));
    operation.hear(&answer(200, &[], Value::Null), seconds(30));
    assert_eq!(operation.next(), &Next::Ended(Verdict::Succeeded));
}

#[test]
fn a_refusal_at_the_location_is_the_operations_own() {
    let first = answer(202, &[("location", STATUS)], Value::Null);
    let mut operation = Operation::begin(Method::Delete, OWN, &first, PACE);
    let body = json!({ "error": { "code": "ResourceGroupDeletionBlocked", "message": "m" } });
    operation.hear(&answer(409, &[], body), seconds(15));
    assert!(
        matches!(operation.next(), Next::Ended(Verdict::Failed(f)) if f.code == "ResourceGroupDeletionBlocked")
    );
}

#[test]
fn only_what_arm_answers_ends_an_operation_at_its_location() {
    for (status, ends) in [(200, true), (201, true), (204, true), (203, false), (302, false)] {
        let first = answer(202, &[("location", STATUS)], Value::Null);
        let mut operation = Operation::begin(Method::Delete, OWN, &first, PACE);
        operation.hear(&answer(status, &[], Value::Null), seconds(5));
        let ended = operation.next() == &Next::Ended(Verdict::Succeeded);
        assert_eq!(ended, ends, "{status}: {:?}", operation.next());
    }
}

#[test]
fn the_location_of_a_finished_put_is_no_operation() {
    let first = answer(201, &[("location", "/subscriptions/s/x")], json!({ "properties": {} }));
    let operation = Operation::begin(Method::Put, OWN, &first, PACE);
    assert_eq!(operation.next(), &Next::Ended(Verdict::Succeeded));
}

#[test]
fn a_put_that_changes_nothing_is_asked_after_at_once() {
    let first = answer(
        200,
        &[("azure-asyncoperation", STATUS)],
        json!({ "properties": { "provisioningState": "Succeeded" } }),
    );
    assert_eq!(Operation::begin(Method::Put, OWN, &first, PACE).next(), &ask(STATUS, 0));
}

#[test]
fn without_headers_the_resource_itself_tells() {
    let state = |word| json!({ "properties": { "provisioningState": word } });
    let mut operation =
        Operation::begin(Method::Put, OWN, &answer(200, &[], state("Updating")), PACE);
    assert_eq!(operation.next(), &ask(OWN, 3));
    operation.hear(&answer(200, &[], json!({})), seconds(4));
    assert_eq!(operation.next(), &ask(OWN, 3), "what does not name itself is no resource");
    operation.hear(&answer(200, &[], json!({ "id": "/x", "properties": {} })), seconds(5));
    assert_eq!(operation.next(), &Next::Ended(Verdict::Succeeded));
    let operation = Operation::begin(Method::Put, OWN, &answer(200, &[], state("Failed")), PACE);
    assert!(matches!(operation.next(), Next::Ended(Verdict::Failed(_))));
    let operation = Operation::begin(Method::Put, OWN, &answer(202, &[], Value::Null), PACE);
    assert_eq!(operation.next(), &ask(OWN, 3));
    let operation = Operation::begin(Method::Delete, OWN, &answer(200, &[], Value::Null), PACE);
    assert_eq!(operation.next(), &Next::Ended(Verdict::Succeeded));
}

#[test]
fn a_status_that_cannot_be_read_says_nothing_about_the_operation() {
    let mut operation = begun();
    operation.hear(&answer(502, &[], json!("<html>")), seconds(5));
    operation.hear(&answer(200, &[], Value::Null), seconds(10));
    assert_eq!(operation.next(), &ask(STATUS, 3));
    operation.hear(&status("Succeeded"), seconds(15));
    assert_eq!(operation.next(), &Next::Ended(Verdict::Succeeded));
}

#[test]
fn an_unreadable_status_is_not_asked_for_ever() {
    // Its own status seven times, then the resource as often.
    let mut operation = begun();
    let mut tries = 0;
    while matches!(operation.next(), Next::Ask { .. }) {
        tries += 1;
        operation.hear(&answer(404, &[], Value::Null), seconds(3 * tries));
    }
    assert_eq!(tries, 14);
    assert!(matches!(operation.next(), Next::Ended(Verdict::Unreadable(404, _))));
    let mut operation = begun();
    operation.hear(&answer(503, &[], Value::Null), seconds(300));
    assert!(matches!(operation.next(), Next::Ask { .. }));
    operation.hear(&answer(503, &[], Value::Null), seconds(900));
    assert!(matches!(operation.next(), Next::Ended(Verdict::Unreadable(503, _))));
    // What no call is repeated for does not pass by waiting here either.
    let mut operation = begun();
    for tries in 0..=u64::from(REFUSED) {
        assert!(matches!(operation.next(), Next::Ask { .. }));
        operation.hear(&answer(507, &[], Value::Null), seconds(3 * tries));
    }
    assert!(matches!(operation.next(), Next::Ended(Verdict::Unreadable(507, _))));
}

/// An operation whose status was refused once too often.
fn forgotten(method: Method) -> Operation {
    let first = answer(202, &[("azure-asyncoperation", STATUS)], Value::Null);
    let mut operation = Operation::begin(method, OWN, &first, PACE);
    for n in 0..=REFUSED {
        assert!(matches!(operation.next(), Next::Ask { url, .. } if url == STATUS));
        operation.hear(&answer(404, &[], Value::Null), seconds(u64::from(n) * 3));
    }
    operation
}

#[test]
fn a_forgotten_operation_is_told_by_its_resource() {
    let state = |word: &str| {
        answer(200, &[], json!({ "id": "/x", "properties": { "provisioningState": word } }))
    };
    let mut put = forgotten(Method::Put);
    assert_eq!(*put.next(), ask(OWN, 0));
    put.hear(&state("Updating"), seconds(30));
    assert!(matches!(put.next(), Next::Ask { .. }));
    put.hear(&state("Succeeded"), seconds(40));
    assert_eq!(*put.next(), Next::Ended(Verdict::Succeeded));

    let mut gone = forgotten(Method::Delete);
    gone.hear(&state("Deleting"), seconds(30));
    gone.hear(&answer(404, &[], Value::Null), seconds(40));
    assert_eq!(*gone.next(), Next::Ended(Verdict::Succeeded));
    let mut stays = forgotten(Method::Delete);
    stays.hear(&state("Succeeded"), seconds(30));
    assert!(matches!(stays.next(), Next::Ended(Verdict::Failed(_))));
}

#[test]
fn who_may_not_read_a_status_is_told_by_the_resource() {
    for (status, header) in [
        (403, "azure-asyncoperation"),
        (400, "azure-asyncoperation"),
        (403, "location"),
        (400, "location"),
    ] {
        let no = || answer(status, &[], json!({ "error": { "code": "No", "message": "m" } }));
        let state = |word: &str| {
            answer(200, &[], json!({ "id": "/x", "properties": { "provisioningState": word } }))
        };
        let begun = || {
            let mut put = Operation::begin(
                Method::Put,
                OWN,
                &answer(202, &[(header, STATUS)], Value::Null),
                PACE,
            );
            for n in 0..=REFUSED {
                put.hear(&no(), seconds(u64::from(n)));
            }
            assert_eq!(*put.next(), ask(OWN, 0), "{status} at {header}");
            put
        };
        let mut put = begun();
        put.hear(&state("Succeeded"), seconds(30));
        assert_eq!(*put.next(), Next::Ended(Verdict::Succeeded));
        let mut put = begun();
        put.hear(&state("Failed"), seconds(30));
        assert!(matches!(put.next(), Next::Ended(Verdict::Failed(fault)) if fault.code == "No"));
    }
}

#[test]
fn an_answer_that_holds_a_failed_resource_is_no_success() {
    for word in ["Failed", "Canceled"] {
        let body = json!({ "id": "/x", "properties": { "provisioningState": word } });
        let first = answer(202, &[("location", STATUS)], Value::Null);
        let mut gone = Operation::begin(Method::Delete, OWN, &first, PACE);
        gone.hear(&answer(200, &[], body.clone()), seconds(5));
        let bad =
            |next: &Next| matches!(next, Next::Ended(Verdict::Failed(_) | Verdict::Canceled(_)));
        assert!(bad(gone.next()), "{word}: {:?}", gone.next());
        let at_once = Operation::begin(Method::Delete, OWN, &answer(200, &[], body), PACE);
        assert!(bad(at_once.next()), "{word}");
    }
}
