//! `akstool sim serve` as a process of its own, and clients that come in over TLS.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Read as _, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStderr, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Ran, Sandbox};

/// The way of an application that knows the secret.
pub(crate) const SECRET: [(&str, &str); 1] = [("AZURE_CLIENT_SECRET", "planted")];

/// A server that runs, and how to come in.
pub(crate) struct Served {
    /// Where its clients run.
    pub(crate) sandbox: Sandbox,
    child: Child,
    log: Option<BufReader<ChildStderr>>,
    /// What it says to those who want to come in.
    pub(crate) invitation: Value,
}

impl Served {
    /// Starts one that knows the secret `planted` and says what it is asked.
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::start_in(Sandbox::new().with("AKSTOOL_SIM_CLIENT_SECRET", "planted"), more)
    }

    /// Starts one in a sandbox that was prepared for it.
    pub(crate) fn start_in(sandbox: Sandbox, more: &[&str]) -> Self {
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

    /// Returns a part of the invitation.
    pub(crate) fn told(&self, name: &str) -> String {
        self.invitation[name].as_str().expect("a text").to_owned()
    }

    /// Runs the binary against the server, as an application that logs in in one of the ways.
    pub(crate) fn run(&self, args: &[&str], ways: &[(&str, &str)]) -> Ran {
        self.run_by(&self.told("endpoint"), args, ways)
    }

    /// Runs it so, by another address of the same server.
    pub(crate) fn run_by(&self, endpoint: &str, args: &[&str], ways: &[(&str, &str)]) -> Ran {
        let mut all = vec!["--cloud", "azure", "--arm-endpoint", endpoint];
        all.extend(args);
        let mut command = self.sandbox.command(&all);
        command
            .env("AZURE_AUTHORITY_HOST", endpoint)
            .env("SSL_CERT_FILE", self.told("caFile"))
            .env("AZURE_SUBSCRIPTION_ID", self.told("subscription"))
            .env("AZURE_TENANT_ID", self.told("tenant"))
            .env("AZURE_CLIENT_ID", self.told("clientId"))
            .envs(ways.iter().copied());
        Ran::of(args, command.output().expect("the binary runs"))
    }

    /// Returns a token that the server takes, as a person would have who logged in before.
    pub(crate) fn token(&self) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret=planted&scope={}/.default",
            self.told("clientId"),
            self.told("endpoint")
        );
        let url = format!("{}/{}/oauth2/v2.0/token", self.told("authority"), self.told("tenant"));
        let ca = std::fs::read(self.told("caFile")).expect("the certificate");
        let ca = reqwest::Certificate::from_pem(&ca).expect("a certificate");
        let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().build();
        let asked = client.expect("a client").post(url).body(form).send();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let body = runtime
            .expect("a runtime")
            .block_on(async { asked.await.expect("an answer").bytes().await.expect("a body") });
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    /// Puts a command in the sandbox's own folder of commands: it notes what it is asked, says
    /// `stdout` and `stderr`, and ends with `code`.
    pub(crate) fn fake(&self, name: &str, stdout: &str, stderr: &str, code: u8) {
        let [asked, out, err] =
            ["asked", "out", "err"].map(|end| self.sandbox.path(&format!("{name}.{end}")));
        std::fs::write(&out, stdout).expect("a file in the sandbox");
        std::fs::write(&err, stderr).expect("a file in the sandbox");
        let folder = self.sandbox.path("bin");
        std::fs::create_dir_all(&folder).expect("a folder in the sandbox");
        let text = format!(
            "#!/bin/sh\necho \"$@\" >> '{}'\ncat '{}'\ncat '{}' >&2\nexit {code}\n",
            asked.display(),
            out.display(),
            err.display()
        );
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file in the sandbox");
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("permissions");
    }

    /// Returns the search path with those commands first.
    pub(crate) fn search_path(&self) -> String {
        format!("{}:/usr/bin:/bin", self.sandbox.path("bin").display())
    }

    /// Returns what such a command was asked, one line each time.
    pub(crate) fn asked(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.sandbox.path(&format!("{name}.asked")));
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Ends the server with a signal and returns what it said of its exchanges.
    pub(crate) fn end(mut self, signal: &str) -> String {
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

/// A certificate that an application logs in with, and its key.
pub(crate) fn certificate() -> (rcgen::Certificate, rcgen::KeyPair) {
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .expect("a key");
    let params = rcgen::CertificateParams::new(vec!["app".to_owned()]).expect("parameters");
    (params.self_signed(&key).expect("a certificate"), key)
}

/// An assertion that nobody signed, good until so many seconds since 1970.
pub(crate) fn assertion(until: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "aud": "api://AzureADTokenExchange", "sub": "x", "exp": until });
    format!("{}.{}.c2ln", part(json!({ "alg": "RS256" })), part(claims))
}

/// Another address of a server, which counts the connections that come to it.
pub(crate) struct Gate {
    /// Where it listens, as an endpoint.
    pub(crate) endpoint: String,
    came: Arc<AtomicUsize>,
}

impl Gate {
    /// Opens one before a server; it stays open as long as the test runs.
    pub(crate) fn before(served: &Served) -> Self {
        let behind = served.told("endpoint").trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("https://{}", listener.local_addr().expect("an address"));
        let came = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&came);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                counter.fetch_add(1, Ordering::SeqCst);
                let Ok(target) = TcpStream::connect(&behind) else { return };
                pass(&client, &target);
                pass(&target, &client);
            }
        });
        Self { endpoint, came }
    }

    /// Returns how many connections came.
    pub(crate) fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

/// Passes on what comes from one side until that side ends.
fn pass(from: &TcpStream, to: &TcpStream) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else { return };
    std::thread::spawn(move || {
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
