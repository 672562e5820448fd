//! Who comes in and who does not, with Entra's own codes.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::job::{GITHUB, PIPELINES, SERVICE_CONNECTION};
use super::*;

fn login() -> Login {
    let mint = Mint::new("planted", Duration::from_hours(1), None);
    Login::new("planted".to_owned(), mint)
}

fn post(login: &Login, path: &str, body: &str) -> Answer {
    let asked = Asked { method: "POST", path, body: body.as_bytes(), ..Asked::default() };
    login.answer(&asked).unwrap()
}

fn ask(body: &str) -> (u16, u64) {
    let (status, body) = post(&login(), &format!("/{TENANT}/oauth2/v2.0/token"), body);
    (status, body["error_codes"][0].as_u64().unwrap_or_default())
}

fn with(more: &str) -> String {
    format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&scope=https%3A%2F%2Fx%2F.default{more}"
    )
}

#[tokio::test]
async fn the_secret_buys_a_token_for_the_scope() {
    let login = login();
    let path = format!("/{TENANT}/oauth2/v2.0/token");
    let (status, body) = post(&login, &path, &with("&client_secret=planted"));
    assert_eq!((status, &body["expires_in"]), (200, &json!(3600)));
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(login.mint().check(token, |audience| audience == "https://x"), Ok(()));
    assert!(!format!("{login:?}").contains("planted"));
}

#[tokio::test]
async fn the_first_version_asks_for_a_resource() {
    let body = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret=planted&resource=https://x"
    );
    let (status, body) = post(&login(), &format!("/{TENANT}/oauth2/token"), &body);
    assert_eq!((status, &body["expires_in"]), (200, &json!("3600")));
    assert_eq!(body["resource"], "https://x");
}

#[tokio::test]
async fn a_wrong_login_is_refused_with_its_code() {
    assert_eq!(ask(&with("&client_secret=wrong")), (401, 7_000_215));
    assert_eq!(ask(&with("")), (401, 7_000_218));
    assert_eq!(ask(""), (400, 900_144));
    assert_eq!(ask("grant_type=password"), (400, 70_003));
    assert_eq!(ask("grant_type=client_credentials&client_id=x"), (400, 700_016));
    assert_eq!(ask(&with("&client_secret=planted").replace("%2F.default", "")), (400, 1_002_012));
    assert_eq!(ask("\u{0}%%%&&&==="), (400, 900_144));
    let (status, body) = post(&login(), "/elsewhere/oauth2/v2.0/token", "");
    assert_eq!((status, &body["error_codes"][0]), (400, &json!(90_002)));
    let (status, _) = post(&login(), "/common/oauth2/v2.0/devicecode", "");
    assert_eq!(status, 400);
}

#[tokio::test]
async fn an_assertion_must_be_a_token_within_its_time() {
    let login = login();
    let jwt = |claims: Value| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&claims))
    };
    let now = login.mint().now();
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let ask = |assertion: &str| {
        ask(&with(&format!("&client_assertion={assertion}&client_assertion_type={kind}")))
    };
    assert_eq!(ask(&jwt(json!({"aud": EXCHANGES[0], "exp": now + 60}))), (200, 0));
    assert_eq!(ask(&jwt(json!({"aud": EXCHANGES[0], "exp": now - 1}))), (401, 700_024));
    assert_eq!(ask(&jwt(json!({"aud": "us", "exp": now + 60}))), (401, 700_212));
    assert_eq!(ask(&jwt(json!({"exp": now + 60}))), (401, 700_212));
    let own = |aud: &str| jwt(json!({"iss": CLIENT_ID, "aud": aud, "exp": now + 60}));
    assert_eq!(ask(&own(EXCHANGES[0])), (401, 700_023));
    assert_eq!(ask("nonsense"), (401, 50_027));
}

#[tokio::test]
async fn discovery_leads_to_the_token_endpoint() {
    let get = |path: &str| {
        let endpoint = "https://localhost:1";
        login().answer(&Asked { method: "GET", path, endpoint, ..Asked::default() })
    };
    let (_, found) = get("/common/discovery/instance").unwrap();
    let next = found["tenant_discovery_endpoint"].as_str().unwrap().to_owned();
    let path = next.strip_prefix("https://localhost:1").unwrap();
    let (status, found) = get(path).unwrap();
    assert_eq!(status, 200);
    let token = format!("https://localhost:1/{TENANT}/oauth2/v2.0/token");
    assert_eq!(found["token_endpoint"], token);
    assert_eq!(get(&format!("/{TENANT}/oauth2/v2.0/token")).unwrap().0, 405);
    assert!(get("/subscriptions").is_none());
    assert!(get("/").is_none());
}

#[tokio::test]
async fn a_managed_identity_is_guarded_by_the_secret() {
    let login = login();
    let get = |identity_header| {
        let query = "api-version=2019-08-01&resource=https://x";
        let asked =
            Asked { method: "GET", path: "/msi/token", query, identity_header, ..Asked::default() };
        login.answer(&asked).unwrap().0
    };
    assert_eq!(get(Some("planted")), 200);
    assert_eq!(get(Some("wrong")), 401);
    assert_eq!(get(None), 401);
}

/// Asks for the assertion of a job.
fn job(login: &Login, method: &str, url: &str, authorization: Option<&str>) -> Answer {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let asked = Asked { method, path, query, authorization, ..Asked::default() };
    login.answer(&asked).unwrap()
}

fn log_in(login: &Login, assertion: &Value) -> (u16, u64) {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let assertion = assertion.as_str().unwrap();
    let form = with(&format!("&client_assertion={assertion}&client_assertion_type={kind}"));
    let (status, body) = post(login, &format!("/{TENANT}/oauth2/v2.0/token"), &form);
    (status, body["error_codes"][0].as_u64().unwrap_or_default())
}

const KEY: Option<&str> = Some("bearer planted");

#[tokio::test]
async fn a_github_job_gets_an_assertion_for_the_audience_it_names() {
    let login = login();
    let url = format!("{GITHUB}&audience=api%3A%2F%2FAzureADTokenExchange");
    for wrong in [None, Some("bearer wrong"), Some("basic planted"), Some("planted")] {
        assert_eq!(job(&login, "GET", &url, wrong).0, 401, "{wrong:?}");
    }
    assert_eq!(job(&login, "POST", &url, KEY).0, 405);
    assert_eq!(job(&login, "GET", &url.replace("api-version", "x"), KEY).0, 400);
    let (status, body) = job(&login, "GET", &url, KEY);
    assert_eq!((status, log_in(&login, &body["value"])), (200, (200, 0)));
    let (_, body) = job(&login, "GET", GITHUB, KEY);
    assert_eq!(log_in(&login, &body["value"]), (401, 700_212), "that is for the owner");
}

#[tokio::test]
async fn a_job_of_azure_pipelines_gets_one_for_its_service_connection() {
    let login = login();
    let url = format!("{PIPELINES}?api-version=7.1&serviceConnectionId={SERVICE_CONNECTION}");
    assert_eq!(job(&login, "POST", &url, Some("Bearer wrong")).0, 401);
    assert_eq!(job(&login, "GET", &url, KEY).0, 405);
    assert_eq!(job(&login, "POST", &url.replace("=3", "=4"), KEY).0, 404);
    let (status, body) = job(&login, "POST", &url, KEY);
    assert_eq!((status, log_in(&login, &body["oidcToken"])), (200, (200, 0)));
}

#[tokio::test(start_paused = true)]
async fn an_assertion_is_good_for_minutes_and_only_from_its_issuer() {
    let login = login();
    let url = format!("{GITHUB}&audience=https%3A%2F%2Fx");
    let (_, body) = job(&login, "GET", &url, KEY);
    let assertion = body["value"].as_str().unwrap();
    assert!(login.mint().check(assertion, |_| true).is_err(), "it is no token");
    let url = url.replace("https%3A%2F%2Fx", "api%3A%2F%2FAzureADTokenExchange");
    let (_, body) = job(&login, "GET", &url, KEY);
    let forged = json!(format!("{}x", body["value"].as_str().unwrap()));
    assert_eq!(log_in(&login, &forged), (401, 50_013));
    tokio::time::advance(Duration::from_secs(301)).await;
    assert_eq!(log_in(&login, &body["value"]), (401, 700_024));
}
