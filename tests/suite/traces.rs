//! `--trace` holds the login too, whichever way it goes, and nothing that it was done with.
#![cfg(unix)]

use serde_json::{Value, json};

use crate::support::served::{SECRET, Served, assertion, certificate};

/// A subscription that is not there.
const WRONG: &str = "99999999-9999-9999-9999-999999999999";

/// Runs a plan with a trace, and returns the trace: lines of JSON without anything secret.
fn traced(served: &Served, ways: &[(&str, &str)], code: i32) -> String {
    let path = served.sandbox.path("trace.jsonl");
    drop(std::fs::remove_file(&path));
    let args = ["plan", "kubenet", "-vv", "--trace", path.to_str().expect("a plain path")];
    let ran = served.run(&args, ways).exits(code);
    let trace = std::fs::read_to_string(&path).expect("a trace");
    for (what, text) in [("trace", &trace), ("output", &ran.stdout), ("talk", &ran.stderr)] {
        for secret in ["planted", "eyJ", "PRIVATE"] {
            assert!(!text.contains(secret), "{what} holds a secret ({secret}):\n{text}");
        }
    }
    let lines = trace.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    for line in lines.filter(|line| line["url"].as_str().is_some_and(|url| url.contains("token"))) {
        let access = &line["responseBody"]["access_token"];
        assert!(access.is_null() || access == "REDACTED", "{line}");
    }
    trace
}

/// Returns the exchanges of a trace whose URL ends so, the question left out.
fn exchanges(trace: &str, end: &str) -> Vec<Value> {
    let lines = trace.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let is = |line: &Value| {
        let url = line["url"].as_str().unwrap_or_default();
        url.split('?').next().unwrap_or_default().ends_with(end)
    };
    lines.filter(is).collect()
}

#[test]
fn a_login_by_secret_is_traced_and_a_wrong_secret_is_told_by_its_answer() {
    let served = Served::start(&[]);
    let trace = traced(&served, &SECRET, 0);
    let [login] = &exchanges(&trace, "/oauth2/v2.0/token")[..] else { panic!("{trace}") };
    let asked = login["requestBody"].as_str().unwrap_or_default();
    assert!(asked.contains("client_secret=REDACTED"), "{asked}");
    assert!(asked.contains("grant_type=client_credentials"), "{asked}");
    assert_eq!(login["responseBody"]["token_type"], "Bearer");
    let trace = traced(&served, &[("AZURE_CLIENT_SECRET", "planted-and-wrong")], 1);
    let login = &exchanges(&trace, "/oauth2/v2.0/token")[0];
    assert_eq!(login["status"], 401);
    let said = login["responseBody"]["error_description"].as_str().unwrap_or_default();
    assert!(said.contains("AADSTS7000215"), "{login}");
}

#[test]
fn logins_by_certificate_and_by_federated_token_are_traced() {
    let served = Served::start(&[]);
    let (certificate, key) = certificate();
    served.sandbox.write("app.pem", certificate.pem() + &key.serialize_pem());
    served.sandbox.write("token", assertion(i64::from(u32::MAX)));
    let files =
        [("AZURE_CLIENT_CERTIFICATE_PATH", "app.pem"), ("AZURE_FEDERATED_TOKEN_FILE", "token")];
    for (name, file) in files {
        let path = served.sandbox.path(file);
        let trace = traced(&served, &[(name, path.to_str().expect("a plain path"))], 0);
        let [login] = &exchanges(&trace, "/oauth2/v2.0/token")[..] else { panic!("{trace}") };
        let asked = login["requestBody"].as_str().unwrap_or_default();
        assert!(asked.contains("client_assertion=REDACTED"), "{asked}");
    }
}

#[test]
fn a_job_s_own_token_is_asked_for_in_the_trace_and_not_shown() {
    let served = Served::start(&[]);
    let url = served.told("githubRequestUrl");
    let job =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", &*url), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "planted")];
    let trace = traced(&served, &job, 0);
    let [asked] = &exchanges(&trace, "/actions/idtoken")[..] else { panic!("{trace}") };
    assert_eq!(asked["responseBody"]["value"], "REDACTED");
    assert_eq!(asked["requestHeaders"]["authorization"], "REDACTED");
    assert_eq!(exchanges(&trace, "/oauth2/v2.0/token").len(), 1);
    let wrong = [job[0], ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "planted-and-wrong")];
    let trace = traced(&served, &wrong, 1);
    assert_eq!(exchanges(&trace, "/actions/idtoken")[0]["status"], 401, "{trace}");
}

#[test]
fn a_pipeline_s_own_token_is_asked_for_in_the_trace_and_not_shown() {
    let served = Served::start(&[]);
    let names = ["pipelinesRequestUri", "serviceConnectionId", "clientId", "tenant"];
    let [url, connection, client, tenant] = names.map(|name| served.told(name));
    let mut job = [
        ("SYSTEM_OIDCREQUESTURI", &*url),
        ("SYSTEM_ACCESSTOKEN", "planted"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", &*connection),
        ("AZURESUBSCRIPTION_CLIENT_ID", &*client),
        ("AZURESUBSCRIPTION_TENANT_ID", &*tenant),
    ];
    let path = url.rsplit('/').next().unwrap_or_default().split('?').next().unwrap_or_default();
    let trace = traced(&served, &job, 0);
    let [asked] = &exchanges(&trace, path)[..] else { panic!("{trace}") };
    assert_eq!(asked["responseBody"]["oidcToken"], "REDACTED");
    job[2].1 = WRONG;
    let trace = traced(&served, &job, 1);
    assert_eq!(exchanges(&trace, path)[0]["status"], 404, "{trace}");
}

#[test]
fn a_managed_identity_and_a_person_s_login_leave_no_token_in_the_trace() {
    let served = Served::start(&[]);
    let url = format!("{}/msi/token", served.told("endpoint"));
    let way = [("IDENTITY_ENDPOINT", &*url), ("IDENTITY_HEADER", "planted")];
    let trace = traced(&served, &way, 0);
    let [asked] = &exchanges(&trace, "/msi/token")[..] else { panic!("{trace}") };
    assert_eq!(asked["responseBody"]["access_token"], "REDACTED");
    let told = json!({ "accessToken": served.token(), "expiresOn": "2038-01-18 00:00:00.000000",
        "expires_on": 2_147_385_600_i64, "tokenType": "Bearer" });
    served.fake("az", &told.to_string(), "", 0);
    let trace = traced(&served, &[("PATH", &served.search_path())], 0);
    assert!(!trace.contains(&served.token()), "{trace}");
}
