//! Every way to log in, through the binary and over TLS, against `akstool sim serve`.
//!
//! The server and its client are two processes here, so time is real; the simulated one runs at
//! the highest speed.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::json;

use crate::support::Sandbox;
use crate::support::served::{Gate, SECRET, Served, assertion, certificate};

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
    let (certificate, key) = certificate();
    served.sandbox.write("app.pem", certificate.pem() + &key.serialize_pem());
    let path = served.sandbox.path("app.pem");
    let way = [("AZURE_CLIENT_CERTIFICATE_PATH", path.to_str().expect("a plain path"))];
    served.run(&["plan", "kubenet"], &way).ok();
}

#[test]
fn a_certificate_of_windows_or_key_vault_comes_in_with_its_password() {
    let served = Served::start(&[]);
    let (certificate, key) = certificate();
    let own = p12_keystore::Certificate::from_der(certificate.der()).expect("a certificate");
    let chain = p12_keystore::PrivateKeyChain::new(key.serialize_der(), [1], [own]);
    let mut store = p12_keystore::KeyStore::new();
    store.add_entry("app", p12_keystore::KeyStoreEntry::PrivateKeyChain(chain));
    let file = store.writer("word").write().expect("a file");
    served.sandbox.write("app.pfx", file);
    let path = served.sandbox.path("app.pfx");
    let path = ("AZURE_CLIENT_CERTIFICATE_PATH", path.to_str().expect("a plain path"));
    let with = |word| [path, ("AZURE_CLIENT_CERTIFICATE_PASSWORD", word)];
    served.run(&["plan", "kubenet"], &with("word")).ok();
    let ran = served.run(&["plan", "kubenet"], &with("planted")).exits(1);
    assert!(ran.stderr.contains("PASSWORD does not open"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("planted"), "{}", ran.stderr);
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

#[test]
fn a_github_job_comes_in_with_a_fresh_assertion_for_every_token() {
    let served = Served::start(&["--revoke-tokens-after", "2s"]);
    let url = served.told("githubRequestUrl");
    let job =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", &*url), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "planted")];
    let ran = served.run(&["up", "kubenet", "--yes", "-v"], &job).ok();
    assert!(ran.stderr.contains("logged in by GitHub Actions of application"), "{}", ran.stderr);
    let wrong = [job[0], ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong")];
    let ran = served.run(&["plan", "kubenet"], &wrong).exits(1);
    assert!(ran.stderr.contains("GitHub answered 401"), "{}", ran.stderr);
    let said = served.end("-TERM");
    assert_eq!(said.matches("200 GET /actions/idtoken").count(), 2, "{said}");
    assert_eq!(said.matches("200 POST").count(), 2, "{said}");
}

#[test]
fn a_job_of_azure_pipelines_comes_in_by_its_service_connection() {
    let served = Served::start(&[]);
    let names = ["pipelinesRequestUri", "serviceConnectionId", "clientId", "tenant"];
    let [url, connection, client, tenant] = names.map(|name| served.told(name));
    let job = [
        ("SYSTEM_OIDCREQUESTURI", &*url),
        ("SYSTEM_ACCESSTOKEN", "planted"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", &*connection),
        ("AZURESUBSCRIPTION_CLIENT_ID", &*client),
        ("AZURESUBSCRIPTION_TENANT_ID", &*tenant),
    ];
    let ran = served.run(&["plan", "kubenet", "-v"], &job).ok();
    assert!(ran.stderr.contains("because SYSTEM_OIDCREQUESTURI is set"), "{}", ran.stderr);
    let mut wrong = job;
    wrong[2].1 = "99999999-9999-9999-9999-999999999999";
    let ran = served.run(&["plan", "kubenet"], &wrong).exits(1);
    assert!(ran.stderr.contains("not work: 127.0.0.1 answered 404 `"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the step wants SYSTEM_ACCESSTOKEN"), "{}", ran.stderr);
    let said = served.end("-TERM");
    assert_eq!(said.matches("200 POST /sim/demo/_apis/distributedtask").count(), 1, "{said}");
}

/// What `az account get-access-token -o json` prints.
fn of_az(served: &Served) -> String {
    json!({
        "accessToken": served.token(),
        "expiresOn": "2038-01-18 00:00:00.000000",
        "expires_on": 2_147_385_600_i64,
        "subscription": served.told("subscription"),
        "tenant": served.told("tenant"),
        "tokenType": "Bearer",
    })
    .to_string()
}

#[test]
fn whoever_is_logged_in_to_the_azure_cli_comes_in_and_it_is_started_once() {
    let served = Served::start(&[]);
    served.fake("az", &of_az(&served), "", 0);
    let path = served.search_path();
    let ran = served.run(&["up", "kubenet", "--yes", "-v"], &[("PATH", &path)]).ok();
    let said = "logged in by Azure CLI (az), because somebody is logged in to it";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let passed = "not by client secret: AZURE_CLIENT_SECRET is not set";
    assert!(ran.stderr.contains(passed), "{}", ran.stderr);
    let scope = format!("{}/.default", served.told("endpoint"));
    let subscription = served.told("subscription");
    let wanted =
        format!("account get-access-token -o json --scope {scope} --subscription {subscription}");
    assert_eq!(served.asked("az"), [wanted]);
}

#[test]
fn the_azure_cli_is_asked_for_the_subscription_that_is_named_else_for_the_tenant() {
    let served = Served::start(&[]);
    served.fake("az", &of_az(&served), "", 0);
    let path = served.search_path();
    let subscription = served.told("subscription");
    let way = [("PATH", &*path), ("AZURE_SUBSCRIPTION_ID", "")];
    served.run(&["plan", "kubenet", "--subscription", &subscription], &way).ok();
    let profile = json!({ "subscriptions": [{ "id": subscription, "isDefault": true }] });
    std::fs::create_dir(served.sandbox.path(".azure")).expect("a folder");
    served.sandbox.write(".azure/azureProfile.json", profile.to_string());
    served.run(&["plan", "kubenet"], &way).ok();
    let asked = served.asked("az");
    let [by_subscription, by_tenant] = &asked[..] else { panic!("{asked:?}") };
    assert!(by_subscription.ends_with(&format!("--subscription {subscription}")), "{asked:?}");
    assert!(by_tenant.ends_with(&format!("--tenant {}", served.told("tenant"))), "{asked:?}");
}

#[test]
fn whoever_is_logged_in_to_the_developer_cli_comes_in() {
    let served = Served::start(&[]);
    served.fake("az", "", "ERROR: Please run 'az login' to setup account.\n", 1);
    let token = json!({ "token": served.token(), "expiresOn": "2038-01-18T00:00:00Z" });
    served.fake("azd", &token.to_string(), "", 0);
    let path = served.search_path();
    let ran = served.run(&["plan", "kubenet", "-v"], &[("PATH", &path)]).ok();
    assert!(ran.stderr.contains("by Azure Developer CLI (azd), because"), "{}", ran.stderr);
    let scope = format!("{}/.default", served.told("endpoint"));
    let tenant = served.told("tenant");
    let wanted = format!("auth token -o json --no-prompt --scope {scope} --tenant-id {tenant}");
    assert_eq!(served.asked("azd"), [wanted]);
}

#[test]
fn whoever_is_logged_in_nowhere_reads_why_each_way_fails_and_what_to_do() {
    let served = Served::start(&[]);
    served.fake("az", "", "ERROR: Please run 'az login' to setup account.\n", 1);
    let refused = json!({ "type": "consoleMessage", "data": { "message": "\nERROR: not logged in, run `azd auth login` to login\n" } });
    served.fake("azd", "", &refused.to_string(), 1);
    let ran = served.run(&["up", "kubenet", "--yes"], &[("PATH", &served.search_path())]).exits(1);
    for reason in [
        "client secret: AZURE_CLIENT_SECRET is not set",
        "client certificate: AZURE_CLIENT_CERTIFICATE_PATH is not set",
        "workload identity: AZURE_FEDERATED_TOKEN_FILE is not set",
        "GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_URL is not set",
        "Azure Pipelines: SYSTEM_OIDCREQUESTURI is not set",
        "managed identity: not a machine of Azure's",
        "Azure CLI (az): ERROR: Please run 'az login' to setup account.",
        "Azure Developer CLI (azd): ERROR: not logged in, run `azd auth login` to login",
        "`az login` is the quickest way",
    ] {
        assert!(ran.stderr.lines().any(|line| line.contains(reason)), "{reason}\n{}", ran.stderr);
    }
    assert_eq!((served.asked("az").len(), served.asked("azd").len()), (1, 1));
    let ran = served.run(&["up", "kubenet", "--yes", "-o", "json"], &[]).exits(1);
    let failure = &ran.outcome()["failed"][0];
    let text = |name: &str| failure[name].as_str().unwrap_or_default();
    assert!(text("hint").contains("az login"), "{failure}");
    assert!(text("message").contains("managed identity: not a machine of Azure's"), "{failure}");
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
    assert!(said.matches("\n401 ").count() + usize::from(said.starts_with("401 ")) >= 1, "{said}");
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

#[test]
fn a_login_that_cannot_be_reached_or_trusted_is_named_with_its_reason() {
    let served = Served::start(&[]);
    let args = ["plan", "kubenet"];
    let other = rcgen::generate_simple_self_signed(vec!["x".to_owned()]).expect("a certificate");
    served.sandbox.write("other.pem", other.cert.pem());
    let path = served.sandbox.path("other.pem");
    let trusting = |file| [SECRET[0], ("SSL_CERT_FILE", file)];
    let ran = served.run(&args, &trusting(path.to_str().expect("a plain path"))).exits(1);
    assert!(ran.stderr.contains("no connection to 127.0.0.1: invalid peer cert"), "{}", ran.stderr);
    assert!(ran.stderr.contains("SSL_CERT_FILE names"), "{}", ran.stderr);
    let typo = served.run(&args, &trusting("/nowhere/typo.pem")).exits(1);
    let said = "SSL_CERT_FILE names `/nowhere/typo.pem`, which cannot be read";
    assert!(typo.stderr.contains(said), "{}", typo.stderr);
    let both = [trusting("/nowhere/typo.pem")[1], SECRET[0], ("SSL_CERT_DIR", "/nowhere")];
    let typo = served.run(&args, &both).exits(1);
    assert!(typo.stderr.contains(said), "{}", typo.stderr);
    let ran = served.run(&args, &trusting("")).exits(1);
    assert!(ran.stderr.contains("SSL_CERT_FILE, where it is set"), "{}", ran.stderr);
    let nobody = [SECRET[0], ("AZURE_AUTHORITY_HOST", "https://127.0.0.1:9")];
    let ran = served.run(&args, &nobody).exits(1);
    assert!(ran.stderr.contains("no connection to 127.0.0.1: Connection ref"), "{}", ran.stderr);
    assert!(ran.stderr.contains("AZURE_AUTHORITY_HOST where it is set"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("correct what"), "{}", ran.stderr);
}

#[test]
fn a_way_that_is_set_up_in_part_is_no_reason_to_use_somebody_elses_login() {
    let served = Served::start(&[]);
    served.fake("az", &of_az(&served), "", 0);
    let path = served.search_path();
    let half = [SECRET[0], ("AZURE_TENANT_ID", ""), ("PATH", &*path)];
    let ran = served.run(&["up", "kubenet", "--yes"], &half).exits(1);
    let said = "set up in part only: AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID is not";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("or unset the variables of that way"), "{}", ran.stderr);
    assert_eq!(served.asked("az"), Vec::<String>::new());
}

#[test]
fn a_wrong_secret_is_one_failed_sign_in_and_no_request() {
    let served = Served::start(&[]);
    let wrong = [("AZURE_CLIENT_SECRET", "wrong")];
    let ran = served.run(&["up", "kubenet", "--yes", "-o", "json"], &wrong).exits(1);
    assert_eq!(ran.outcome()["requests"]["read"], 0, "{}", ran.outcome());
    served.run(&["doctor", "kubenet"], &wrong).exits(1);
    let said = served.end("-TERM");
    assert_eq!(said.matches("401 POST").count(), 2, "{said}");
}

#[test]
fn doctor_names_the_way_that_logged_in() {
    let served = Served::start(&[]);
    let ran = served.run(&["doctor", "--location", "westeurope"], &SECRET);
    let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let way = format!("client secret of application {}", served.told("clientId"));
    let said = format!("Logged in by {way}, because AZURE_CLIENT_SECRET is set.");
    assert!(text.contains(&said), "{text}");
    let report = served.run(&["doctor", "-o", "json"], &SECRET).json();
    assert_eq!(report["login"]["way"], json!(way));
    assert_eq!(report["login"]["because"], "AZURE_CLIENT_SECRET is set");
}

/// A proxy that lets nobody through and returns whom each connection wanted.
fn closed_proxy() -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, wanted) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            let _ = BufReader::new(&client).read_line(&mut line);
            let _ = client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            let host = line.split(' ').nth(1).unwrap_or_default().to_owned();
            if sender.send(host).is_err() {
                return;
            }
        }
    });
    (address, wanted)
}

/// A sandbox in which an application logs in, and in which everything goes through a proxy.
fn behind(proxy: &str) -> Sandbox {
    Sandbox::new()
        .with("HTTPS_PROXY", proxy)
        .with("AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000")
        .with("AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111")
        .with("AZURE_CLIENT_ID", "22222222-2222-2222-2222-222222222222")
        .with("AZURE_CLIENT_SECRET", "planted")
}

#[test]
fn each_cloud_has_its_own_login_and_its_own_arm() {
    let clouds = [
        ("azure", "login.microsoftonline.com:443", "management.azure.com:443"),
        ("usgov", "login.microsoftonline.us:443", "management.usgovcloudapi.net:443"),
        ("china", "login.chinacloudapi.cn:443", "management.chinacloudapi.cn:443"),
    ];
    for (cloud, login, arm) in clouds {
        let (proxy, wanted) = closed_proxy();
        let ran = behind(&proxy).run(&["plan", "kubenet", "--cloud", cloud]).exits(1);
        assert!(ran.stderr.contains("the login by client secret failed on its way"), "{cloud}");
        assert!(ran.stderr.contains("with HTTPS_PROXY where a proxy"), "{}", ran.stderr);
        let hosts: BTreeSet<String> = wanted.try_iter().collect();
        assert_eq!(hosts, BTreeSet::from([login.to_owned(), arm.to_owned()]), "{}", ran.stderr);
    }
}

#[test]
fn a_cloud_that_is_named_stays_it_behind_another_arm() {
    let (proxy, wanted) = closed_proxy();
    let args = ["plan", "kubenet", "--cloud", "usgov", "--arm-endpoint", "https://arm.example"];
    let ran = behind(&proxy).run(&args).exits(1);
    let hosts: BTreeSet<String> = wanted.try_iter().collect();
    let ours = ["arm.example:443", "login.microsoftonline.us:443"].map(str::to_owned);
    assert_eq!(hosts, BTreeSet::from(ours), "{}", ran.stderr);
}
