//! Answers that ARM never gives: something between here and Azure gave them.

use super::*;

#[tokio::test(start_paused = true)]
async fn only_200_with_a_body_that_names_itself_is_a_resource() {
    let never = "nothing that ARM says to a GET";
    for (status, body, what) in [
        (200, Value::Null, "a body that is no resource"),
        (200, json!({}), "a body that is no resource"),
        (200, json!([1]), "a body that is no resource"),
        (204, Value::Null, never),
        (302, Value::Null, "a redirect"),
        (202, json!({ "id": "/x" }), never),
        (203, json!({ "id": "/x" }), never),
    ] {
        let stage = Stage::new(vec![says(status, &[], body)]);
        let error = stage.arm.get(&cluster(), &API).await.unwrap_err();
        let says = format!("GET {} was answered with {status} and {what}", cluster());
        assert_eq!(error.to_string(), says);
    }
}

#[tokio::test(start_paused = true)]
async fn what_arm_never_answers_is_no_success_of_a_write() {
    let named = json!({ "id": "/x" });
    for (method, status, body, done) in [
        (Method::Put, 200, named.clone(), true),
        (Method::Put, 202, Value::Null, true),
        (Method::Put, 200, Value::Null, false),
        (Method::Put, 201, json!({}), false),
        (Method::Put, 204, Value::Null, false),
        (Method::Put, 302, named.clone(), false),
        (Method::Patch, 200, json!({}), true),
        (Method::Patch, 307, json!({}), false),
        (Method::Delete, 200, Value::Null, true),
        (Method::Delete, 204, Value::Null, true),
        (Method::Delete, 203, Value::Null, false),
        (Method::Delete, 302, Value::Null, false),
        (Method::Post, 202, Value::Null, true),
        (Method::Post, 303, Value::Null, false),
    ] {
        let stage = Stage::new(vec![says(status, &[], body)]);
        let sent = stage.arm.send(Request::new(method, &cluster(), "", &API)).await;
        assert_eq!(sent.is_ok(), done, "{method} {status}: {sent:?}");
        assert!(sent.is_ok() || matches!(sent, Err(Error::Odd { .. })), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_list_is_no_empty_list() {
    let next = "https://arm.invalid/subscriptions/s/resources?api-version=1&$skiptoken=a";
    let first = || says(200, &[], json!({ "value": [1], "nextLink": next }));
    for answers in [
        vec![says(200, &[], Value::Null)],
        vec![says(200, &[], json!({}))],
        vec![says(200, &[], json!({ "value": {} }))],
        vec![says(302, &[], json!({ "value": [] }))],
        vec![says(204, &[], Value::Null)],
        vec![first(), says(200, &[], json!({}))],
    ] {
        let stage = Stage::new(answers);
        let scope = ResourceId::subscription("s");
        let error = stage.arm.list(&scope, "/resources", &API, &[]).await.unwrap_err();
        assert!(matches!(error, Error::Odd { .. }), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_ends_is_no_list_either() {
    let url = "https://arm.invalid/subscriptions?api-version=1&$skiptoken=a";
    let page = || says(200, &[], json!({ "value": [], "nextLink": url }));
    let rows = || says(200, &[], json!({ "data": [], "$skipToken": "a" }));
    let stage = Stage::new((0..MOST_PAGES).map(|_| page()).collect());
    let error = stage.arm.subscriptions(&API).await.unwrap_err();
    assert!(error.to_string().contains("a list without an end"), "{error}");
    let stage = Stage::new((0..MOST_PAGES).map(|_| rows()).collect());
    let error = stage.arm.query("Resources", None, &API).await.unwrap_err();
    assert!(error.to_string().contains("rows without an end"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_no_state_of_an_operation() {
    let redirects = (0..300).map(|_| says(302, &[], Value::Null));
    for begun in [begins(), says(202, &[("location", STATUS)], Value::Null)] {
        let stage = Stage::new(std::iter::once(begun).chain(redirects.clone()).collect());
        let request = Request::new(Method::Put, &cluster(), "", &API);
        let first = stage.arm.send(request.clone()).await.unwrap();
        let error = stage.arm.follow(&request, first, &PACE, &mut |_| ()).await.unwrap_err();
        let says = format!("the status of PUT {} was answered with 302 and no state", cluster());
        assert_eq!(error.to_string(), says);
        assert!(stage.times().last().unwrap() > &600, "Azure is given time to come back");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_json_is_named_as_odd() {
    let stage = Stage::new((0..4).map(|_| Line::Raw(200, "<html>")).collect());
    let error = stage.arm.get(&cluster(), &API).await.unwrap_err();
    assert!(matches!(error, Error::Odd { status: 200, .. }), "{error}");
    assert_eq!(stage.times(), [0, 1, 3, 7]);
    let stage = Stage::new(vec![Line::Raw(200, "<html>")]);
    let put = Request::new(Method::Put, &cluster(), "", &API).with_body(&json!({}));
    let error = stage.arm.send(put).await.unwrap_err();
    assert!(matches!(error, Error::Odd { status: 200, .. }), "whether it was taken: {error}");
    let stage = Stage::new(vec![Line::Raw(200, "<html>"), says(200, &[], json!({ "id": "/x" }))]);
    stage.arm.get(&cluster(), &API).await.unwrap();
    assert_eq!(stage.times(), [0, 1]);
    let stage = Stage::new(vec![
        Line::Raw(503, "<title>Busy</title>"),
        Line::Raw(200, "\u{feff}{\"id\":\"/x\"}"),
    ]);
    stage.arm.get(&cluster(), &API).await.unwrap();
    assert_eq!(stage.times(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_measure_is_refused_and_nothing_breaks() {
    for after in ["18446744073709551615", "99999999999999999999999", "9223372036854775807"] {
        let slow = || says(429, &[("retry-after", after)], Value::Null);
        let stage = Stage::new(vec![slow()]);
        let error = stage.arm.get(&cluster(), &API).await.unwrap_err();
        assert_eq!((error.status(), stage.times()), (Some(429), vec![0]));
        let stage = Stage::new(vec![begins(), slow()]);
        let request = Request::new(Method::Put, &cluster(), "", &API);
        let first = stage.arm.send(request.clone()).await.unwrap();
        stage.arm.follow(&request, first, &PACE, &mut |_| ()).await.unwrap_err();
        assert_eq!(stage.times(), [0, 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn one_page_of_html_in_answer_to_a_poll_is_asked_again() {
    let at = "https://arm.invalid/operations/o?api-version=1";
    let stage = Stage::new(vec![
        says(202, &[("azure-asyncoperation", at)], Value::Null),
        Line::Raw(200, "<html><title>maintenance</title></html>"),
        says(200, &[], json!({ "status": "Succeeded" })),
    ]);
    let request = Request::new(Method::Delete, &cluster(), "", &API);
    let begun = stage.arm.send(request.clone()).await.unwrap();
    let second = Duration::from_secs(1);
    let pace = Polling { first: second, every: second, give_up: second * 600 };
    stage.arm.follow(&request, begun, &pace, &mut |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_reads_as_registered_is_tried_again() {
    let missing = || refuses(409, "MissingSubscriptionRegistration");
    let state = |word: &str| says(200, &[], json!({ "registrationState": word }));
    let done = says(200, &[], json!({ "id": "/x" }));
    let known = Stage::new(vec![missing(), state("Registered"), done]);
    let put = || Request::new(Method::Put, &cluster(), "", &API).with_body(&json!({}));
    known.arm.send(put()).await.unwrap();
    let unknown = Stage::new(vec![missing(), state("NotRegistered")]);
    assert!(unknown.arm.send(put()).await.is_err());
}
