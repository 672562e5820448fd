//! `Arm` against a script: what was sent, when, and what came of it, in paused time.

use std::collections::VecDeque;

use azure_core::credentials::{AccessToken, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Request as HttpRequest, StatusCode};
use serde_json::json;

use super::super::clock;
use super::super::credential::Renew;
use super::*;
use crate::arm::operation::Polling;

/// One call as it arrived: seconds on the clock, method and URL, token.
type Call = (u64, String, String);

/// Answers in the order written; what was asked is kept.
#[derive(Debug)]
struct Script {
    clock: Clock,
    answers: Mutex<VecDeque<Line>>,
    calls: Mutex<Vec<Call>>,
}

#[derive(Debug)]
enum Line {
    Answer(u16, Vec<(&'static str, &'static str)>, Value),
    Raw(u16, &'static str),
    Broken,
}

fn says(status: u16, headers: &[(&'static str, &'static str)], body: Value) -> Line {
    Line::Answer(status, headers.to_vec(), body)
}

fn refuses(status: u16, code: &str) -> Line {
    says(status, &[], json!({ "error": { "code": code, "message": "m" } }))
}

#[async_trait::async_trait]
impl HttpClient for Script {
    async fn execute_request(&self, request: &HttpRequest) -> azure_core::Result<AsyncRawResponse> {
        let header = |name: &str| {
            let found = request.headers().iter().find(|(key, _)| key.as_str() == name);
            found.map(|(_, value)| value.as_str().to_owned()).unwrap_or_default()
        };
        let url = request.url().as_str().trim_start_matches("https://arm.invalid");
        let mut what = format!("{} {url}", request.method());
        for condition in ["if-match", "if-none-match"] {
            if !header(condition).is_empty() {
                what = format!("{what} {condition}: {}", header(condition));
            }
        }
        self.calls.lock().unwrap().push((
            self.clock.elapsed().as_secs(),
            what,
            header("authorization"),
        ));
        match self.answers.lock().unwrap().pop_front().expect("the script has an answer") {
            Line::Broken => {
                Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Io, "reset"))
            }
            Line::Raw(status, text) => {
                Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), Headers::new(), text))
            }
            Line::Answer(status, pairs, body) => {
                let mut headers = Headers::new();
                for (name, value) in pairs {
                    headers.insert(name, value);
                }
                let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
                Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), headers, body))
            }
        }
    }
}

/// Gives out `token 1`, and with every renewal that is asked for the next.
#[derive(Debug, Default)]
struct Numbered {
    renewals: AtomicU64,
}

#[async_trait::async_trait]
impl TokenCredential for Numbered {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://arm.invalid/.default"]);
        let renew = options.is_some_and(|o| o.method_options.context.value::<Renew>().is_some());
        let renewals = self.renewals.fetch_add(u64::from(renew), Ordering::Relaxed);
        let number = renewals + u64::from(renew) + 1;
        let until = clock::wall() + time::Duration::hours(1);
        Ok(AccessToken::new(format!("token {number}"), until))
    }
}

struct Stage {
    arm: Arm,
    script: Arc<Script>,
    credential: Arc<Numbered>,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Stage {
    fn new(answers: Vec<Line>) -> Self {
        let clock = Clock::real();
        let script = Arc::new(Script {
            clock,
            answers: Mutex::new(answers.into()),
            calls: Mutex::default(),
        });
        let credential = Arc::new(Numbered::default());
        let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let heard = Arc::clone(&notices);
        let arm = Arm::new(Setup {
            notices: Some(Arc::new(move |notice| {
                if !matches!(notice, Notice::Sent { .. }) {
                    heard.lock().unwrap().push(notice);
                }
            })),
            ..setup(&script, &credential)
        });
        Self { arm: arm.unwrap(), script, credential, notices }
    }

    fn setup(&self) -> Setup {
        setup(&self.script, &self.credential)
    }

    fn times(&self) -> Vec<u64> {
        self.script.calls.lock().unwrap().iter().map(|(at, ..)| *at).collect()
    }

    fn asked(&self) -> Vec<String> {
        self.script.calls.lock().unwrap().iter().map(|(_, what, _)| what.clone()).collect()
    }

    fn tokens(&self) -> Vec<String> {
        self.script.calls.lock().unwrap().iter().map(|(.., token)| token.clone()).collect()
    }
}

fn setup(script: &Arc<Script>, credential: &Arc<Numbered>) -> Setup {
    Setup {
        endpoint: Url::parse("https://arm.invalid").unwrap(),
        scope: "https://arm.invalid/.default".to_owned(),
        credential: Arc::clone(credential) as Arc<dyn TokenCredential>,
        transport: Arc::clone(script) as Arc<dyn HttpClient>,
        clock: script.clock,
        trace: None,
        secrets: Secrets::default(),
        notices: None,
    }
}

const API: ApiVersion = ApiVersion::new("2025-10-01");
const PACE: Polling = Polling {
    first: Duration::from_secs(2),
    every: Duration::from_secs(10),
    give_up: Duration::from_hours(2),
};
const STATUS: &str =
    "https://arm.invalid/subscriptions/s/operations/o?api-version=2016-03-30&t=1&s=x%2By";

fn cluster() -> ResourceId {
    ResourceId::resource_group("s", "g").resource("Microsoft.ContainerService/managedClusters", "c")
}

fn begins() -> Line {
    says(
        201,
        &[("azure-asyncoperation", STATUS)],
        json!({ "properties": { "provisioningState": "Creating" } }),
    )
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_and_the_call_repeated() {
    let stage = Stage::new(vec![
        refuses(401, "ExpiredAuthenticationToken"),
        says(200, &[], json!({ "id": "/x" })),
    ]);
    let answer = stage.arm.get(&cluster(), &API).await.unwrap().unwrap();
    assert_eq!(answer.body, json!({ "id": "/x" }));
    assert_eq!(stage.tokens(), ["Bearer token 1", "Bearer token 2"]);
    assert_eq!(stage.credential.renewals.load(Ordering::Relaxed), 1);
    assert!(matches!(stage.notices.lock().unwrap()[..], [Notice::Renewed { .. }]));
    let stage = Stage::new(vec![
        refuses(401, "InvalidAuthenticationToken"),
        refuses(401, "InvalidAuthenticationToken"),
    ]);
    let error = stage.arm.get(&cluster(), &API).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some("InvalidAuthenticationToken")));
}

#[tokio::test(start_paused = true)]
async fn the_servers_wait_is_honoured_and_named() {
    let throttled = json!({ "error": { "code": "Throttled", "message": "slow down" } });
    let stage = Stage::new(vec![
        says(429, &[("retry-after", "17")], throttled),
        says(200, &[], json!({ "id": "/x" })),
    ]);
    stage.arm.get(&cluster(), &API).await.unwrap();
    assert_eq!(stage.times(), [0, 17]);
    let notices = stage.notices.lock().unwrap();
    let [Notice::Retrying { request, attempt: 2, wait, because }] = &notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!(request, &format!("GET {}", cluster()));
    assert_eq!(*wait, Duration::from_secs(17));
    assert_eq!(because, "Azure asks for fewer requests (`Throttled`)");
    assert_eq!(stage.arm.counts(), Counts { read: 2, retried: 1, ..Counts::default() });
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_is_made_again() {
    let stage = Stage::new(vec![Line::Broken, says(200, &[], json!({ "id": "/x" }))]);
    stage.arm.get(&cluster(), &API).await.unwrap();
    assert_eq!(stage.times(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_followed_at_its_own_url_to_its_end() {
    let stage = Stage::new(vec![
        begins(),
        says(200, &[], json!({ "status": "CreatingAgentPools: 1/2 nodes completed" })),
        Line::Broken,
        says(200, &[], json!({ "status": "Succeeded" })),
    ]);
    let request = Request::new(Method::Put, &cluster(), "", &API)
        .with_body(&json!({ "location": "westeurope" }))
        .with_conditions(Conditions::IfNoneMatchAny);
    let first = stage.arm.send(request.clone()).await.unwrap();
    let mut phases = Vec::new();
    stage.arm.follow(&request, first, &PACE, &mut |news| phases.push(news.phase)).await.unwrap();
    assert_eq!(phases, ["CreatingAgentPools: 1/2 nodes completed", "Succeeded"]);
    assert_eq!(stage.times(), [0, 2, 5, 8]);
    let asked = stage.asked();
    assert_eq!(asked[0], format!("PUT {}?api-version=2025-10-01 if-none-match: *", cluster()));
    assert_eq!(asked[1], format!("GET {}", STATUS.trim_start_matches("https://arm.invalid")));
    assert_eq!(stage.arm.counts(), Counts { write: 1, poll: 3, ..Counts::default() });
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_in_the_middle_of_a_wait_is_renewed_without_a_hiccup() {
    let stage = Stage::new(vec![
        begins(),
        says(200, &[], json!({ "status": "InProgress" })),
        refuses(401, "ExpiredAuthenticationToken"),
        says(200, &[], json!({ "status": "Succeeded" })),
    ]);
    let request = Request::new(Method::Put, &cluster(), "", &API);
    let first = stage.arm.send(request.clone()).await.unwrap();
    stage.arm.follow(&request, first, &PACE, &mut |_| ()).await.unwrap();
    assert_eq!(stage.times(), [0, 2, 5, 5]);
    assert_eq!(stage.tokens()[2..], ["Bearer token 1", "Bearer token 2"]);
}

#[tokio::test(start_paused = true)]
async fn absence_is_an_answer_and_a_missing_subscription_is_not() {
    let stage = Stage::new(vec![
        refuses(404, "ResourceGroupNotFound"),
        says(404, &[], Value::Null),
        says(204, &[], Value::Null),
        refuses(404, "ParentResourceNotFound"),
        refuses(404, "SubscriptionNotFound"),
    ]);
    assert_eq!(stage.arm.get(&cluster(), &API).await.unwrap(), None);
    assert_eq!(stage.arm.get(&cluster(), &API).await.unwrap(), None);
    assert_eq!(stage.arm.delete(&cluster(), &API, Conditions::None).await.unwrap(), None);
    assert_eq!(stage.arm.delete(&cluster(), &API, Conditions::None).await.unwrap(), None);
    assert_eq!(
        stage.arm.get(&cluster(), &API).await.unwrap_err().code(),
        Some("SubscriptionNotFound")
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_to_its_last_page() {
    let next = "https://arm.invalid/subscriptions/s/resources?api-version=1&$skiptoken=a%3D";
    let stage = Stage::new(vec![
        says(200, &[], json!({ "value": [1, 2], "nextLink": next })),
        says(200, &[], json!({ "value": [3], "nextLink": "" })),
    ]);
    let filter = [("$filter", "tagName eq 'akstool-environment'".to_owned())];
    let scope = ResourceId::subscription("s");
    let items = stage.arm.list(&scope, "/resources", &API, &filter).await.unwrap();
    assert_eq!(items, [json!(1), json!(2), json!(3)]);
    let query = "api-version=2025-10-01&$filter=tagName%20eq%20%27akstool-environment%27";
    assert_eq!(stage.asked()[0], format!("GET /subscriptions/s/resources?{query}"));
    assert_eq!(stage.asked()[1], "GET /subscriptions/s/resources?api-version=1&$skiptoken=a%3D");
}

#[tokio::test(start_paused = true)]
async fn our_token_goes_to_nobody_else() {
    for url in [
        "https://evil.invalid/x",
        "https://arm.invalid.evil/x",
        "http://arm.invalid/x",
        "https://xarm.invalid/",
    ] {
        let stage = Stage::new(Vec::new());
        let error = stage.arm.send(Request::verbatim(url)).await.unwrap_err();
        assert!(matches!(error, Error::Url { .. }), "{url}");
    }
    let stage = Stage::new(vec![says(200, &[], json!({}))]);
    stage.arm.send(Request::verbatim("https://westeurope.arm.invalid/x")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_takes_too_long_is_given_up() {
    let running = || says(200, &[], json!({ "status": "InProgress" }));
    let stage = Stage::new((0..5).map(|n| if n == 0 { begins() } else { running() }).collect());
    let request = Request::new(Method::Put, &cluster(), "", &API);
    let first = stage.arm.send(request.clone()).await.unwrap();
    let pace = Polling { give_up: Duration::from_secs(10), ..PACE };
    let error = stage.arm.follow(&request, first, &pace, &mut |_| ()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("PUT {} was not done after 8s", cluster()));
}

#[tokio::test(start_paused = true)]
async fn a_trace_holds_every_exchange_and_no_token() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut stage = Stage::new(vec![refuses(503, "Busy"), says(200, &[], json!({ "id": "/x" }))]);
    stage.arm = Arm::new(Setup {
        trace: Some(trace::Writer::append(file.path()).unwrap()),
        ..stage.setup()
    })
    .unwrap();
    let body = json!({ "properties": { "windowsProfile": { "adminPassword": "planted" } } });
    stage.arm.put(&cluster(), &API, &body, Conditions::None).await.unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [refused, done] = &lines[..] else { panic!("{text}") };
    assert!(!text.contains("token 1") && !text.contains("planted"), "{text}");
    assert_eq!(refused["status"], 503);
    assert_eq!(done["method"], "PUT");
    assert_eq!(done["requestHeaders"]["authorization"], "REDACTED");
    assert_eq!(done["responseBody"], json!({ "id": "/x" }));
}

mod held;
mod lost;
mod odd;
mod shared;
mod turns;
