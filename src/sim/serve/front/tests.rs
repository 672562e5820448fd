//! Requests without a socket: who is let in, what is refused, what is rewritten.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt as _;
use serde_json::json;

use super::super::super::Options;
use super::super::crowd::Crowd;
use super::super::token::Mint;
use super::request::{LARGEST, Manners};
use super::*;

const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answered {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

fn front(times: u32) -> Front {
    let sim = Sim::open(Options { speed: Speed::Times(times), ..Options::default() }).unwrap();
    let mint = Mint::new("planted", Duration::from_hours(1), None);
    let settings = Settings { speed: Some(Speed::Times(times)), ..Settings::default() };
    Front::new(sim, Login::new("planted".to_owned(), mint), "localhost:1".to_owned(), &settings)
}

fn token(front: &Front) -> String {
    front.login.mint().issue("https://localhost:1", "us").text
}

async fn ask(front: &Front, request: hyper::http::request::Builder, body: &str) -> Answered {
    let crowd = Crowd::new(1);
    let seat = crowd.join().unwrap();
    let named = request.headers_ref().is_some_and(|given| given.contains_key("content-type"));
    let request = if body.is_empty() || named {
        request
    } else {
        request.header("content-type", "application/json")
    };
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    let response = front.answer(request, &seat).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    Answered { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn request(method: &str, path: &str, token: &str) -> hyper::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:1")
        .header("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn only_a_good_token_comes_in() {
    let front = front(1);
    let path = format!("{SUBSCRIPTION}?api-version=2022-12-01");
    let answered = ask(&front, Request::builder().uri(&path), "").await;
    assert_eq!((answered.status, answered.code()), (401, "AuthenticationFailed"));
    let challenge = answered.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer authorization_uri=\"https://localhost:1/1111"));
    let answered = ask(&front, request("GET", &path, "nonsense"), "").await;
    assert_eq!((answered.status, answered.code()), (401, "InvalidAuthenticationToken"));
    let other = front.login.mint().issue("https://vault", "us").text;
    let answered = ask(&front, request("GET", &path, &other), "").await;
    assert_eq!(answered.code(), "InvalidAuthenticationTokenAudience");
    let answered = ask(&front, request("GET", &path, &token(&front)), "").await;
    assert_eq!((answered.status, &answered.body["state"]), (200, &json!("Enabled")));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_named_as_such() {
    let front = front(1);
    let token = token(&front);
    tokio::time::advance(Duration::from_secs(3_601)).await;
    let path = format!("{SUBSCRIPTION}?api-version=2022-12-01");
    let answered = ask(&front, request("GET", &path, &token), "").await;
    assert_eq!((answered.status, answered.code()), (401, "ExpiredAuthenticationToken"));
}

#[tokio::test]
async fn a_bad_request_gets_an_error_of_azures() {
    let front = front(1);
    let token = token(&front);
    let group = format!("{SUBSCRIPTION}/resourceGroups/g?api-version=2025-04-01");
    let ask = async |method: &str, path: &str, body: &str| {
        let answered = ask(&front, request(method, path, &token), body).await;
        (answered.status, answered.code().to_owned())
    };
    let expect = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(ask("PUT", &group, "{").await, expect(400, "InvalidRequestContent"));
    assert_eq!(ask("PUT", &group, "[]").await, expect(400, "InvalidRequestContent"));
    assert_eq!(ask("BREW", &group, "").await, expect(405, "HttpMethodNotAllowed"));
    assert_eq!(ask("GET", "/%zz", "").await, expect(400, "InvalidRequestUri"));
    assert_eq!(ask("GET", "/%ff", "").await, expect(400, "InvalidRequestUri"));
    assert_eq!(ask("GET", "/a%00b", "").await, expect(400, "InvalidRequestUri"));
    assert_eq!(ask("GET", SUBSCRIPTION, "").await, expect(400, "MissingApiVersionParameter"));
    let large = " ".repeat(LARGEST + 1);
    assert_eq!(ask("PUT", &group, &large).await, expect(413, "RequestContentTooLarge"));
    let metadata = "/metadata/endpoints";
    assert_eq!(ask("GET", metadata, "").await, expect(400, "MissingApiVersionParameter"));
    assert_eq!(ask("DELETE", metadata, "").await, expect(405, "HttpMethodNotAllowed"));
    let metadata = "/metadata/endpoints?api-version=1";
    assert_eq!(ask("GET", metadata, "").await, expect(400, "InvalidApiVersionParameter"));
}

#[tokio::test]
async fn a_list_comes_in_pages_and_any_page_may_be_asked_for() {
    let front = front(1);
    let token = token(&front);
    for name in ["a", "b", "c"] {
        let path = format!("{SUBSCRIPTION}/resourceGroups/{name}?api-version=2025-04-01");
        let put = request("PUT", &path, &token);
        assert_eq!(ask(&front, put, r#"{"location":"westeurope"}"#).await.status, 201);
    }
    let list = async |query: &str| {
        let path = format!("{SUBSCRIPTION}/resourceGroups?api-version=2025-04-01&{query}");
        let body = ask(&front, request("GET", &path, &token), "").await.body;
        let named = body["value"].as_array().map(Vec::len);
        (named.unwrap_or_default(), body["nextLink"].as_str().map(str::to_owned))
    };
    let (found, next) = list("$top=2").await;
    assert_eq!(found, 2);
    let next = next.unwrap();
    assert!(next.starts_with("https://localhost:1/"), "{next}");
    let (_, rest) = next.split_once("$skiptoken=").unwrap();
    assert_eq!(list(&format!("$top=2&$skiptoken={rest}")).await, (1, None));
    assert_eq!(list("$top=3").await, (3, None));
}

#[tokio::test]
async fn what_is_sent_must_say_that_it_is_json() {
    let front = front(1);
    let token = token(&front);
    let path = format!("{SUBSCRIPTION}/resourceGroups/g?api-version=2025-04-01");
    let body = r#"{"location":"westeurope"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let put = request("PUT", &path, &token).header("content-type", kind);
        let answered = ask(&front, put, body).await;
        assert_eq!((answered.status, answered.code()), (415, "UnsupportedMediaType"), "{kind}");
        let named = if kind.is_empty() { "<null>" } else { kind };
        let said = answered.body["error"]["message"].as_str().unwrap();
        assert!(said.contains(&format!("media type '{named}' is not supported")), "{said}");
    }
    let put =
        request("PUT", &path, &token).header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(ask(&front, put, &format!("\u{feff}{body}")).await.status, 201);
    let post = request("DELETE", &path, &token).header("content-type", "text/plain");
    assert_eq!(ask(&front, post, "").await.status, 202);
}

#[tokio::test]
async fn a_panic_is_answered_and_told_and_the_next_request_served() {
    let mut front = front(1);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&heard);
    front.heard = Some(Arc::new(move |exchange: &Exchange| {
        notes.lock().unwrap().push((exchange.path.clone(), exchange.is_broken));
    }));
    let token = token(&front);
    let path = format!("{SUBSCRIPTION}/resourceGroups/g?api-version=2025-04-01");
    let put = || request("PUT", &path, &token);
    // No number is left for what is generated.
    front.sim.desk().world.counter = u64::MAX;
    let answered = ask(&front, put(), r#"{"location":"westeurope"}"#).await;
    assert_eq!((answered.status, answered.code()), (500, "InternalServerError"));
    let answered = ask(&front, request("GET", &path, &token), "").await;
    assert_eq!((answered.status, answered.code()), (404, "ResourceGroupNotFound"));
    assert!(!front.sim.0.desk.is_poisoned());
    assert_eq!(*heard.lock().unwrap(), [(path.clone(), true), (path.clone(), false)]);
}

#[tokio::test]
async fn an_address_that_is_too_long_is_answered() {
    let front = front(1);
    let token = token(&front);
    let path = format!("{SUBSCRIPTION}?api-version=2022-12-01&x={}", "x".repeat(40_000));
    let answered = ask(&front, request("GET", &path, &token), "").await;
    assert_eq!((answered.status, answered.code()), (414, "RequestUriTooLong"));
}

#[tokio::test]
async fn headers_that_are_too_large_are_answered() {
    let front = front(1);
    let token = token(&front);
    let path = format!("{SUBSCRIPTION}?api-version=2022-12-01");
    let get = |value: usize| request("GET", &path, &token).header("x-filler", "x".repeat(value));
    let answered = ask(&front, get(70_000), "").await;
    assert_eq!((answered.status, answered.code()), (431, "RequestHeaderFieldsTooLarge"));
    assert_eq!(ask(&front, get(16_000), "").await.status, 200);
}

#[tokio::test]
async fn no_answer_carries_simulated_time_for_its_date() {
    let front = front(1);
    let token = token(&front);
    let path = format!("{SUBSCRIPTION}?api-version=2022-12-01");
    let answered = ask(&front, request("GET", &path, &token), "").await;
    assert!(answered.status == 200 && !answered.headers.contains_key("date"));
}

#[tokio::test]
async fn who_hears_of_exchanges_learns_no_secret() {
    let told = |query: &str| super::told("/p", query);
    assert_eq!(told(""), "/p");
    assert_eq!(told("api-version=1&$filter=a&%24top=2"), "/p?api-version=1&$filter=a&%24top=2");
    assert_eq!(
        told("api-version=1&t=1&c=MII&s=x&h=y&sig=z&token=a&client_secret=b&flag"),
        "/p?api-version=1&t=…&c=…&s=…&h=…&sig=…&token=…&client_secret=…&flag"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let body = http_body_util::StreamBody::new(futures_util::stream::pending::<
        Result<hyper::body::Frame<Bytes>, std::io::Error>,
    >());
    let refusal = read(body, Manners::SendsOn).await.unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (408, "RequestTimeout"));
}

#[tokio::test]
async fn urls_in_answers_name_the_host_the_client_used() {
    let front = front(100);
    let token = token(&front);
    let group = format!("{SUBSCRIPTION}/resourceGroups/g?api-version=2025-04-01");
    let put = request("PUT", &group, &token);
    assert_eq!(ask(&front, put, r#"{"location":"westeurope"}"#).await.status, 201);
    let mut delete = request("DELETE", &group, &token);
    delete.headers_mut().unwrap().insert("host", HeaderValue::from_static("localhost:77"));
    let answered = ask(&front, delete, "").await;
    assert_eq!(answered.status, 202);
    assert!(answered.headers["location"].to_str().unwrap().starts_with("https://localhost:77/"));
    assert_eq!(answered.headers["retry-after"], "1");
    assert!(!answered.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_host_that_is_none_is_not_repeated() {
    let front = front(1);
    let uri = Uri::from_static("/x");
    let head = |host: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(host));
        front.head("GET", &uri, headers, false).endpoint
    };
    assert_eq!(head("sim.example:1"), "https://sim.example:1");
    assert_eq!(head("[::1]:8443"), "https://[::1]:8443");
    assert_eq!(head("evil\"/<script>"), "https://localhost:1");
    assert_eq!(head(""), "https://localhost:1");
}
