//! `akstool sim serve`: every way to log in, over TLS, and how it starts and stops.
//!
//! The server and its client are two processes here, so time is real; the simulated one runs at
//! the highest speed.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};

/// A server that runs, and how to come in.
struct Served {
    sandbox: Sandbox,
    child: Child,
    log: Option<BufReader<ChildStderr>>,
    invitation: Value,
}

impl Served {
    fn start(more: &[&str]) -> Self {
        let sandbox = Sandbox::new().with("AKSTOOL_SIM_CLIENT_SECRET", "planted");
        let mut args = vec!["sim", "serve", "--listen", "127.0.0.1:0", "-o", "json", "-v"];
        args.extend(more);
        let mut child = sandbox.start(&args);
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        output.read_line(&mut line).expect("a line");
        let log = child.stderr.take().map(BufReader::new);
        let invitation = serde_json::from_str(&line).expect("one line of JSON");
        Self { sandbox, child, log, invitation }
    }

    fn told(&self, name: &str) -> String {
        self.invitation[name].as_str().expect("a text").to_owned()
    }

    /// Runs the binary against the server, as an application that logs in in one of the ways.
    fn run(&self, args: &[&str], ways: &[(&str, &str)]) -> Ran {
        let endpoint = self.told("endpoint");
        let mut all = vec!["--cloud", "azure", "--arm-endpoint", &endpoint];
        all.extend(args);
        let mut command = self.sandbox.command(&all);
        command
            .env("AZURE_AUTHORITY_HOST", self.told("authority"))
            .env("SSL_CERT_FILE", self.told("caFile"))
            .env("AZURE_SUBSCRIPTION_ID", self.told("subscription"))
            .env("AZURE_TENANT_ID", self.told("tenant"))
            .env("AZURE_CLIENT_ID", self.told("clientId"))
            .envs(ways.iter().copied());
        Ran::of(args, command.output().expect("the binary runs"))
    }

    /// Ends the server with a signal and returns what it said of its exchanges.
    fn end(mut self, signal: &str) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill runs").success());
        let mut said = String::new();
        self.log.take().expect("a log").read_to_string(&mut said).expect("the rest");
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0), "{said}");
        said
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

const SECRET: [(&str, &str); 1] = [("AZURE_CLIENT_SECRET", "planted")];

#[test]
fn it_says_how_to_come_in_and_ends_at_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let served = Served::start(&[]);
        let names: Vec<&String> =
            served.invitation.as_object().expect("an object").keys().collect();
        let wanted = [
            "endpoint",
            "authority",
            "caFile",
            "tenant",
            "subscription",
            "clientId",
            "clientSecret",
        ];
        assert_eq!(names.len(), wanted.len(), "{names:?}");
        assert!(wanted.iter().all(|name| served.invitation[*name].is_string()), "{names:?}");
        let ca = std::path::PathBuf::from(served.told("caFile"));
        assert!(ca.exists());
        served.end(signal);
        assert!(!ca.exists());
    }
}

#[test]
fn it_listens_to_this_machine_only_unless_told_otherwise() {
    let ran = Sandbox::new().run(&["sim", "serve", "--listen", "0.0.0.0:0"]).exits(2);
    assert!(ran.stderr.contains("can be reached from other machines"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--expose"), "{}", ran.stderr);
    let ran = Sandbox::new().run(&["sim", "serve", "--listen", "nowhere"]).exits(2);
    assert!(ran.stderr.contains("no address"), "{}", ran.stderr);
}

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
