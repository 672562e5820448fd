//! The chain against a scripted login: which way is taken, what is asked, what is said when none
//! works.

use std::collections::VecDeque;
use std::sync::Mutex as StdMutex;
use std::time::Duration;

use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientMethodOptions, Context, HttpClient, Request, StatusCode,
};
use serde_json::{Value, json};

use super::source::{self, Source};
use super::*;
use crate::arm::cloud::Cloud;

/// Returns what stands in the way, and the message.
fn why(error: &azure_core::Error) -> (Cause, String) {
    (error.downcast_ref::<LoginError>().unwrap().cause, error.to_string())
}

/// A login that answers in order and keeps what it was asked.
#[derive(Debug, Default)]
struct Script {
    answers: StdMutex<VecDeque<(u16, Value)>>,
    asked: StdMutex<Vec<(String, String)>>,
}

#[async_trait::async_trait]
impl HttpClient for Script {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let body = match request.body() {
            Body::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::SeekableStream(_) => String::new(),
        };
        self.asked.lock().unwrap().push((request.url().to_string(), body));
        let (status, body) =
            self.answers.lock().unwrap().pop_front().expect("the script has an answer");
        // What is no JSON is written as a text here.
        let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), Headers::new(), body))
    }
}

fn token(text: &str) -> (u16, Value) {
    (
        200,
        json!({ "token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": text }),
    )
}

/// A login that remembers which way it took.
struct Stage {
    login: Arc<Login>,
    script: Arc<Script>,
    taken: Arc<StdMutex<Vec<Taken>>>,
}

impl Stage {
    async fn token(&self, renew: bool) -> azure_core::Result<String> {
        let options = renew.then(renewing);
        Ok(self.login.get_token(SCOPE, options).await?.token.secret().to_owned())
    }

    fn way(&self) -> (String, String) {
        let taken = self.taken.lock().unwrap();
        let [only] = &taken[..] else { panic!("{taken:?}") };
        (only.way.clone(), only.because.clone())
    }
}

fn login(pairs: &[(&str, &str)], answers: Vec<(u16, Value)>) -> Stage {
    login_to(Cloud::public(), pairs, answers)
}

fn login_to(cloud: Cloud, pairs: &[(&str, &str)], answers: Vec<(u16, Value)>) -> Stage {
    let env = CredentialEnv::read(|name| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    });
    let script = Arc::new(Script { answers: StdMutex::new(answers.into()), ..Script::default() });
    let transport = Arc::clone(&script) as Arc<dyn HttpClient>;
    let taken: Arc<StdMutex<Vec<Taken>>> = Arc::default();
    let notes = Arc::clone(&taken);
    let heard: Heard = Arc::new(move |way| notes.lock().unwrap().push(way.clone()));
    Stage { login: Login::new(env, cloud, transport, heard), script, taken }
}

const SCOPE: &[&str] = &["https://management.azure.com/.default"];
const APPLICATION: [(&str, &str); 2] = [("AZURE_TENANT_ID", "tenant"), ("AZURE_CLIENT_ID", "app")];

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    APPLICATION.iter().chain(more).copied().collect()
}

fn renewing() -> TokenRequestOptions<'static> {
    let context = Context::new().with_value(Renew);
    TokenRequestOptions { method_options: ClientMethodOptions { context } }
}

#[tokio::test]
async fn a_client_secret_is_used_and_named_with_the_reason() {
    let stage = login(&with(&[("AZURE_CLIENT_SECRET", "planted")]), vec![token("one")]);
    assert_eq!(stage.token(false).await.unwrap(), "one");
    assert_eq!(stage.token(false).await.unwrap(), "one");
    let (way, because) = stage.way();
    assert_eq!(way, "client secret of application app");
    assert_eq!(because, "AZURE_CLIENT_SECRET is set");
    let asked = stage.script.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
    assert!(asked[0].1.contains("client_secret=planted"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_fetched_anew_past_every_cache_and_once_for_all() {
    let env = with(&[("AZURE_CLIENT_SECRET", "planted")]);
    let stage = login(&env, vec![token("one"), token("two"), token("three")]);
    assert_eq!(stage.token(false).await.unwrap(), "one");
    assert_eq!(stage.token(true).await.unwrap(), "two");
    assert_eq!(stage.token(true).await.unwrap(), "two");
    assert_eq!(stage.token(false).await.unwrap(), "two");
    tokio::time::advance(Duration::from_secs(21)).await;
    assert_eq!(stage.token(true).await.unwrap(), "three");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_replaced_five_minutes_before_it_expires() {
    let env = with(&[("AZURE_CLIENT_SECRET", "planted")]);
    let stage = login(&env, vec![token("one"), token("two")]);
    assert_eq!(stage.token(false).await.unwrap(), "one");
    tokio::time::advance(Duration::from_mins(54)).await;
    assert_eq!(stage.token(false).await.unwrap(), "one");
    tokio::time::advance(Duration::from_mins(2)).await;
    assert_eq!(stage.token(false).await.unwrap(), "two");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_comes_nearly_expired_is_not_asked_for_with_every_call() {
    let brief = |text: &str| {
        let (status, mut body) = token(text);
        body["expires_in"] = json!(200);
        (status, body)
    };
    let env = with(&[("AZURE_CLIENT_SECRET", "planted")]);
    let stage = login(&env, vec![brief("one"), brief("two")]);
    for _ in 0..3 {
        assert_eq!(stage.token(false).await.unwrap(), "one");
    }
    tokio::time::advance(Duration::from_secs(21)).await;
    assert_eq!(stage.token(false).await.unwrap(), "two");
}

#[tokio::test]
async fn a_github_job_shows_a_fresh_assertion_for_every_token() {
    let env = with(&[
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.invalid/token?job=1"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "planted"),
    ]);
    let jwt = |n: u8| (200, json!({ "value": format!("jwt{n}") }));
    let stage = login(&env, vec![jwt(1), token("one"), jwt(2), token("two")]);
    stage.token(false).await.unwrap();
    stage.token(true).await.unwrap();
    let asked = stage.script.asked.lock().unwrap();
    assert_eq!(
        asked[0].0,
        "https://github.invalid/token?job=1&audience=api%3A%2F%2FAzureADTokenExchange"
    );
    assert!(asked[1].1.contains("client_assertion=jwt1"));
    assert!(asked[3].1.contains("client_assertion=jwt2"));
    let (way, because) = stage.way();
    assert_eq!(way, "GitHub Actions of application app");
    assert_eq!(because, "ACTIONS_ID_TOKEN_REQUEST_URL is set");
}

#[tokio::test]
async fn each_cloud_exchanges_assertions_for_its_own_audience() {
    let env = with(&[
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.invalid/token"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "planted"),
    ]);
    let host = "https://login.azure.example";
    for (cloud, authority, audience) in [
        (Cloud::us_government(), "https://login.microsoftonline.us", "AzureADTokenExchangeUSGov"),
        (Cloud::us_government().with_authority(host).unwrap(), host, "AzureADTokenExchangeUSGov"),
        (Cloud::china(), "https://login.chinacloudapi.cn", "AzureADTokenExchangeChina"),
        (Cloud::custom("https://arm.example", Some(host)).unwrap(), host, "AzureADTokenExchange"),
    ] {
        let stage = login_to(cloud, &env, vec![(200, json!({ "value": "jwt" })), token("one")]);
        assert_eq!(stage.token(false).await.unwrap(), "one");
        let asked = stage.script.asked.lock().unwrap();
        let wanted = format!("https://github.invalid/token?audience=api%3A%2F%2F{audience}");
        assert_eq!(asked[0].0, wanted);
        assert_eq!(asked[1].0, format!("{authority}/tenant/oauth2/v2.0/token"));
    }
}

#[tokio::test]
async fn the_metadata_service_is_known_by_its_refusal() {
    let nothing = CredentialEnv::default();
    for (status, is) in [(400, true), (403, false), (407, false), (502, false), (200, false)] {
        let script = Script::default();
        script.answers.lock().unwrap().push_back((status, json!({})));
        assert_eq!(source::knock(&nothing, &script).await.is_ok(), is, "{status}");
    }
    let offered = CredentialEnv { identity_endpoint: true, ..CredentialEnv::default() };
    assert!(source::knock(&offered, &Script::default()).await.is_ok(), "nobody was asked");
}

#[tokio::test]
async fn a_way_that_was_set_up_must_work() {
    let refusal = json!({ "error": "invalid_client", "error_codes": [7_000_215],
        "error_description": "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t" });
    let stage = login(&with(&[("AZURE_CLIENT_SECRET", "planted")]), vec![(401, refusal)]);
    let error = stage.token(false).await.unwrap_err();
    let login_error = error.downcast_ref::<LoginError>().unwrap();
    assert_eq!(login_error.cause, Cause::Refused);
    let [attempt] = &login_error.attempts[..] else { panic!("{:?}", login_error.attempts) };
    assert_eq!(attempt.name, "client secret");
    assert_eq!(attempt.reason, "AADSTS7000215: Invalid client secret provided. Trace ID: t");
    assert!(!format!("{error:?}{:?}", stage.login).contains("planted"));
}

#[test]
fn what_is_missing_is_said_on_one_line() {
    let env = |pairs: &[(&str, &str)]| {
        CredentialEnv::read(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    let nothing = env(&[("AZURE_CLIENT_SECRET", " ")]);
    assert_eq!(Source::ClientSecret.missing(&nothing).unwrap(), "AZURE_CLIENT_SECRET is not set");
    let half = env(&[("AZURE_CLIENT_SECRET", "x"), ("AZURE_TENANT_ID", "t")]);
    assert_eq!(
        Source::ClientSecret.missing(&half).unwrap(),
        "AZURE_CLIENT_SECRET is set, but AZURE_CLIENT_ID is not"
    );
    assert!(Source::AzureCli.missing(&nothing).is_none());
    assert!(!format!("{half:?}").contains("\"x\""));
}

#[test]
fn a_refusal_of_all_ways_lists_each() {
    let attempts = vec![Attempt {
        name: "client secret",
        reason: "AZURE_CLIENT_SECRET is not set".to_owned(),
    }];
    assert_eq!(attempts[0].to_string(), "client secret: AZURE_CLIENT_SECRET is not set");
    let error = LoginError { attempts, cause: Cause::Nowhere };
    assert_eq!(error.to_string(), "none of the ways to log in works here");
}

#[tokio::test]
async fn a_way_that_is_begun_and_incomplete_ends_the_search() {
    let secret = ("AZURE_CLIENT_SECRET", "planted");
    let file = ("AZURE_FEDERATED_TOKEN_FILE", "/t");
    let certificate = ("AZURE_CLIENT_CERTIFICATE_PATH", "/c");
    let (tenant, client) = (APPLICATION[0], APPLICATION[1]);
    let job = ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.invalid");
    let oidc = ("SYSTEM_OIDCREQUESTURI", "https://pipelines.invalid");
    let step = ("SYSTEM_ACCESSTOKEN", "planted");
    let connection = ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "c");
    for (env, said) in [
        (
            &[secret, client][..],
            "client secret is set up in part only: AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID is not",
        ),
        (
            &[certificate, tenant],
            "client certificate is set up in part only: AZURE_CLIENT_CERTIFICATE_PATH is set, but AZURE_CLIENT_ID is not",
        ),
        (
            &[file],
            "workload identity is set up in part only: AZURE_FEDERATED_TOKEN_FILE is set, but AZURE_TENANT_ID and AZURE_CLIENT_ID are not",
        ),
        (
            &[job, client],
            "GitHub Actions is set up in part only: ACTIONS_ID_TOKEN_REQUEST_URL is set, but ACTIONS_ID_TOKEN_REQUEST_TOKEN and AZURE_TENANT_ID are not",
        ),
        (
            &[oidc, step, connection],
            "Azure Pipelines is set up in part only: SYSTEM_OIDCREQUESTURI is set, but AZURESUBSCRIPTION_CLIENT_ID and AZURESUBSCRIPTION_TENANT_ID are not",
        ),
    ] {
        let stage = login(env, Vec::new());
        let (cause, message) = why(&stage.token(false).await.unwrap_err());
        assert_eq!((cause, message), (Cause::Half, format!("the {said}")));
        assert!(stage.taken.lock().unwrap().is_empty());
    }
}

#[test]
fn what_a_shell_or_a_job_sets_for_everybody_begins_no_way() {
    let (tenant, client) = (APPLICATION[0], APPLICATION[1]);
    let job = ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.invalid");
    let token = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "planted");
    let oidc = ("SYSTEM_OIDCREQUESTURI", "https://pipelines.invalid");
    let connection = ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "c");
    for set in [
        &[tenant][..],
        &[client],
        &[tenant, client],
        &[job, token],
        &[job, token, tenant],
        &[oidc, connection, ("AZURESUBSCRIPTION_CLIENT_ID", "a")],
        &[oidc, ("SYSTEM_ACCESSTOKEN", "planted")],
    ] {
        let env = CredentialEnv::read(|name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        for source in Source::MEANT {
            assert!(source.missing(&env).is_some() && !source.is_begun(&env), "{set:?}");
        }
    }
}

fn refusal() -> (u16, Value) {
    (
        401,
        json!({ "error": "invalid_client", "error_codes": [7_000_215],
        "error_description": "AADSTS7000215: no." }),
    )
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_asked_for_once_and_shared_for_the_run() {
    let stage = login(&with(&[("AZURE_CLIENT_SECRET", "planted")]), vec![refusal()]);
    let all = futures_util::future::join_all((0..18).map(|_| stage.token(false))).await;
    tokio::time::advance(Duration::from_hours(1)).await;
    let late = stage.token(false).await;
    for outcome in all.into_iter().chain([late]) {
        let said = "the client secret that is set up does not work: AADSTS7000215: no.";
        assert_eq!(why(&outcome.unwrap_err()), (Cause::Refused, said.to_owned()));
    }
    assert_eq!(stage.script.asked.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn trouble_of_the_server_is_retried_shared_and_forgotten_after_a_while() {
    let busy = || (503, json!({ "error": "temporarily_unavailable" }));
    let answers = vec![busy(), busy(), busy(), busy(), token("one")];
    let stage = login(&with(&[("AZURE_CLIENT_SECRET", "planted")]), answers);
    let all = futures_util::future::join_all((0..18).map(|_| stage.token(false))).await;
    for outcome in all {
        let said = "the login by client secret failed on its way: login.microsoftonline.com answered \
                    503 `temporarily_unavailable`: status 503 without a message";
        assert_eq!(why(&outcome.unwrap_err()), (Cause::Unreached, said.to_owned()));
    }
    assert_eq!(stage.script.asked.lock().unwrap().len(), 4);
    tokio::time::advance(Duration::from_secs(21)).await;
    assert_eq!(stage.token(false).await.unwrap(), "one");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_is_shared_and_tried_again_later() {
    let answers = vec![token("one"), refusal(), token("two")];
    let stage = login(&with(&[("AZURE_CLIENT_SECRET", "planted")]), answers);
    assert_eq!(stage.token(false).await.unwrap(), "one");
    for _ in 0..3 {
        assert_eq!(why(&stage.token(true).await.unwrap_err()).0, Cause::Refused);
        assert_eq!(stage.token(false).await.unwrap(), "one", "who was not refused goes on");
    }
    tokio::time::advance(Duration::from_secs(21)).await;
    assert_eq!(stage.token(true).await.unwrap(), "two");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_describes_nothing_is_told_by_host_status_and_what_it_says() {
    let page = || (502, json!("<html><title>Bad gateway</title></html>"));
    let gate = (403, json!("<html><title>Sign in to the proxy</title></html>"));
    let code = (400, json!({ "error": "invalid_request", "error_description": "" }));
    for (answers, cause, said) in [
        (vec![page(), page(), page(), page()], Cause::Unreached, "502 `BadGateway`: Bad gateway"),
        (vec![gate], Cause::Unreached, "403 `Forbidden`: Sign in to the proxy"),
        (vec![(200, json!("<html>welcome</html>"))], Cause::Unreached, "200 and with no token"),
        (vec![code], Cause::Refused, "400 `invalid_request`: status 400 without a message"),
    ] {
        let stage = login(&with(&[("AZURE_CLIENT_SECRET", "planted")]), answers);
        let (is, message) = why(&stage.token(false).await.unwrap_err());
        let wanted = format!(": login.microsoftonline.com answered {said}");
        assert!(is == cause && message.ends_with(&wanted), "{is:?} {message}");
    }
}

#[test]
fn the_headers_that_the_sdk_prints_are_no_reason() {
    let error = azure_core::Error::with_message(
        azure_core::error::ErrorKind::Credential,
        "AzurePipelinesCredential authentication failed. 503 response from the OIDC endpoint. \
         Check service connection ID and pipeline configuration. Headers { x-vss-e2eid: \"e\" }",
    );
    let wanted = "503 response from the OIDC endpoint. Check service connection ID and pipeline configuration";
    assert_eq!(one_line(&error), wanted);
}
