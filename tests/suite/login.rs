//! Every way to log in, through the binary and over TLS, against `akstool sim serve`.
//!
//! The server and its client are two processes here, so time is real; the simulated one runs at
//! the highest speed.
#![cfg(unix)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::served::{Gate, SECRET, Served};

#[test]
fn a_secret_comes_in_and_a_wrong_one_does_not() {
    let served = Served::start(&[]);
    let ran = served.run(&["plan", "kubenet", "-v"], &SECRET).ok();
    assert!(ran.stdout.contains("to create"), "{}", ran.stdout);
    let ran = served.run(&["plan", "kubenet"], &[("AZURE_CLIENT_SECRET", "wrong")]).exits(1);
    assert!(ran.stderr.contains("AADSTS7000215"), "{}", ran.stderr);
    let ran = served.run(&["plan", "kubenet", "--subscription", WRONG], &SECRET).exits(1);
    assert!(ran.stderr.contains("SubscriptionNotFound"), "{}", ran.stderr);
    let said = served.end("-TERM");
    assert!(!said.contains("planted") && said.contains("401 POST"), "{said}");
}

/// A subscription that is not there.
const WRONG: &str = "99999999-9999-9999-9999-999999999999";

#[test]
fn a_certificate_comes_in() {
    let served = Served::start(&[]);
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .expect("a key");
    let params = rcgen::CertificateParams::new(vec!["app".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate");
    served.sandbox.write("app.pem", certificate.pem() + &key.serialize_pem());
    let path = served.sandbox.path("app.pem");
    let way = [("AZURE_CLIENT_CERTIFICATE_PATH", path.to_str().expect("a plain path"))];
    served.run(&["plan", "kubenet"], &way).ok();
}

#[test]
fn a_federated_token_comes_in_until_it_expires() {
    let served = Served::start(&[]);
    let path = served.sandbox.path("token");
    let way = [("AZURE_FEDERATED_TOKEN_FILE", path.to_str().expect("a plain path"))];
    served.sandbox.write("token", assertion(i64::from(u32::MAX)));
    served.run(&["plan", "kubenet"], &way).ok();
    served.sandbox.write("token", assertion(1));
    let ran = served.run(&["plan", "kubenet"], &way).exits(1);
    assert!(ran.stderr.contains("AADSTS700024"), "{}", ran.stderr);
}

/// An assertion that nobody signed, good until so many seconds since 1970.
fn assertion(until: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "aud": "api://AzureADTokenExchange", "sub": "x", "exp": until });
    format!("{}.{}.c2ln", part(json!({ "alg": "RS256" })), part(claims))
}

#[test]
fn a_job_of_github_or_azure_pipelines_comes_in() {
    let served = Served::start(&[]);
    let url = format!("{}/job/token?x=y", served.told("endpoint"));
    let github =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", &*url), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "planted")];
    served.run(&["plan", "kubenet"], &github).ok();
    let (tenant, client) = (served.told("tenant"), served.told("clientId"));
    let pipelines = [
        ("SYSTEM_OIDCREQUESTURI", &*url),
        ("SYSTEM_ACCESSTOKEN", "planted"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection"),
        ("AZURESUBSCRIPTION_CLIENT_ID", &*client),
        ("AZURESUBSCRIPTION_TENANT_ID", &*tenant),
    ];
    served.run(&["plan", "kubenet"], &pipelines).ok();
    assert_eq!(served.end("-TERM").matches("/job/token").count(), 2);
}

#[test]
fn a_managed_identity_comes_in() {
    let served = Served::start(&[]);
    let url = format!("{}/msi/token", served.told("endpoint"));
    let way = [("IDENTITY_ENDPOINT", &*url), ("IDENTITY_HEADER", "planted")];
    served.run(&["plan", "kubenet"], &way).ok();
}

#[test]
fn tokens_refused_in_mid_wait_are_renewed_without_a_hiccup() {
    let served = Served::start(&["--revoke-tokens-after", "2s"]);
    let ran = served.run(&["up", "kubenet", "--yes", "-o", "json"], &SECRET).ok();
    assert_eq!(ran.outcome()["result"], "succeeded");
    let said = served.end("-TERM");
    assert!(said.matches("401 GET").count() >= 1, "{said}");
    assert_eq!(said.matches("200 POST").count(), 2, "{said}");
}

#[test]
fn a_token_that_soon_expires_is_replaced_before_it_does() {
    let served = Served::start(&["--token-lifetime", "2s"]);
    served.run(&["plan", "kubenet"], &SECRET).ok();
    let said = served.end("-TERM");
    assert_eq!(said.matches("401").count(), 0, "{said}");
}

#[test]
fn the_login_and_all_reads_share_one_connection() {
    let served = Served::start(&[]);
    served.run(&["up", "kubenet", "--yes"], &SECRET).ok();
    let gate = Gate::before(&served);
    let ran = served.run_by(&gate.endpoint, &["up", "kubenet", "--yes", "-o", "json"], &SECRET);
    assert_eq!(ran.ok().outcome()["result"], "nothing-to-do");
    assert_eq!(gate.came(), 1);
    assert_eq!(served.end("-TERM").matches("HEAD /").count(), 0);
}

#[test]
fn where_login_and_arm_stand_apart_both_connections_are_opened_at_once() {
    let served = Served::start(&[]);
    let gate = Gate::before(&served);
    let elsewhere = [SECRET[0], ("AZURE_AUTHORITY_HOST", &*gate.endpoint)];
    let trace = served.sandbox.path("trace");
    let args = ["plan", "kubenet", "--trace", trace.to_str().expect("a plain path")];
    served.run(&args, &elsewhere).ok();
    assert_eq!(gate.came(), 1);
    let traced = std::fs::read_to_string(&trace).expect("a trace");
    assert!(traced.contains("GET") && !traced.contains("HEAD"), "{traced}");
    let said = served.end("-TERM");
    assert_eq!(said.matches("401 HEAD / ").count(), 1, "{said}");
}
