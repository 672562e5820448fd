//! The server over real sockets on loopback: TLS, crowds, hostile clients, stopping.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::Options;
use super::*;

/// A server that runs, and a client that trusts it.
struct Running {
    address: SocketAddr,
    invitation: Invitation,
    connector: TlsConnector,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start() -> Self {
        let sim = Sim::open(Options::default()).unwrap();
        let listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let secret = Some("planted".to_owned());
        let settings = Settings { listen, secret, ..Settings::default() };
        let server = Server::bind(sim, settings).await.unwrap();
        let address = server.listener.local_addr().unwrap();
        let invitation = server.invitation().clone();
        let connector = connector(&invitation.ca_file);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, invitation, connector, stop: Some(stop), task }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        self.connector.connect(name, stream).await.unwrap()
    }

    /// Sends bytes and returns everything that comes back.
    async fn send(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    async fn token(&self) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret=planted&scope={}/.default",
            self.invitation.endpoint
        );
        let path = format!("/{TENANT}/oauth2/v2.0/token");
        let answer = self.send(&message("POST", &path, "x: y", &form)).await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn stop(mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.task.await.unwrap();
        assert!(TcpStream::connect(self.address).await.is_err());
        assert!(!self.invitation.ca_file.exists(), "what was made for the server goes with it");
    }
}

fn connector(ca: &std::path::Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn rest(stream: &mut TlsStream<TcpStream>) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn message(method: &str, path: &str, header: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n{header}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const GROUPS: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups?api-version=2024-11-01";

#[tokio::test]
async fn two_hundred_clients_log_in_and_ask_at_once() {
    let running = Arc::new(Running::start().await);
    let token = running.token().await;
    let mut clients = JoinSet::new();
    for _ in 0..200 {
        let (running, token) = (Arc::clone(&running), token.clone());
        clients.spawn(async move {
            let header = format!("Authorization: Bearer {token}");
            running.send(&message("GET", GROUPS, &header, "")).await
        });
    }
    for answer in clients.join_all().await {
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with(r#"{"value":[]}"#), "{answer}");
    }
    Arc::into_inner(running).unwrap().stop().await;
}

#[tokio::test]
async fn silent_clients_take_nobodys_place() {
    let running = Running::start().await;
    let mut silent = Vec::new();
    for _ in 0..600 {
        silent.push(TcpStream::connect(running.address).await.unwrap());
    }
    let answer = running.send(&message("GET", "/", "x: y", "")).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    drop(silent);
    running.stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_answered_all_the_same() {
    let running = Running::start().await;
    for (text, status) in [
        ("NONSENSE\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n".to_owned(), "400"),
        (message("GET", "/", &format!("x: {}", "x".repeat(400_000)), ""), "431"),
        (message("PUT", "/%", "x: y", "{}"), "400"),
        (message("TRACE", "/", "x: y", ""), "405"),
        (message("PUT", "/", "x: y", &"x".repeat(5_000_000)), "413"),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_owned(), "400"),
        ("PUT / HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n".to_owned(), "413"),
    ] {
        let answer = running.send(&text).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{status}: {answer}");
    }
    let mut plain = TcpStream::connect(running.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 12];
    plain.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 400");
    drop(plain);
    running.stop().await;
}

#[tokio::test]
async fn too_many_headers_get_an_error_of_azures_over_both_protocols() {
    const CODE: &str = "RequestHeaderFieldsTooLarge";
    let running = Running::start().await;
    let many: Vec<String> = (0..300).map(|at| format!("x-{at}: {}", "x".repeat(200))).collect();
    let answer = running.send(&message("GET", "/", &many.join("\r\n"), "")).await;
    assert!(answer.starts_with("HTTP/1.1 431") && answer.contains(CODE), "{answer}");
    let ca = std::fs::read(&running.invitation.ca_file).unwrap();
    let ca = reqwest::Certificate::from_pem(&ca).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap();
    let asked = client.get(format!("https://{}/", running.address));
    let answer = asked.header("x-filler", "x".repeat(70_000)).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.status(), 431);
    let body = answer.bytes().await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains(CODE), "{body:?}");
    drop(client);
    running.stop().await;
}

#[tokio::test]
async fn a_client_in_mid_request_does_not_keep_it_from_stopping() {
    let running = Running::start().await;
    let mut slow = running.connect().await;
    slow.write_all(b"PUT /x HTTP/1.1\r\nHost: a\r\n").await.unwrap();
    let mut resting = running.connect().await;
    let once = message("GET", "/", "x: y", "").replace("Connection: close\r\n", "");
    resting.write_all(once.as_bytes()).await.unwrap();
    resting.read_u8().await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn other_machines_are_let_in_only_on_request() {
    let settings = |expose| Settings {
        listen: Some(SocketAddr::from(([0, 0, 0, 0], 0))),
        expose,
        ..Settings::default()
    };
    let sim = Sim::open(Options::default()).unwrap();
    let error = Server::bind(sim.clone(), settings(false)).await.unwrap_err();
    assert_eq!(error.to_string(), "`0.0.0.0:0` can be reached from other machines");
    let server = Server::bind(sim, settings(true)).await.unwrap();
    assert!(server.invitation().endpoint.starts_with("https://localhost:"));
}

#[tokio::test]
async fn a_given_certificate_is_shown_and_a_wrong_one_named() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    assert!(Identity::read(&chain, &key).is_ok());
    let error = Identity::read(&key, &key).unwrap_err().to_string();
    assert!(error.contains("key.pem") && error.contains("no certificate"), "{error}");
    let error = Identity::read(&chain, &chain).unwrap_err().to_string();
    assert!(error.contains("no private key"), "{error}");
    assert!(matches!(Identity::read(folder.path(), &key), Err(Error::File { .. })));
}

#[test]
fn where_to_listen_is_read_as_people_write_it() {
    let read = |text| parse_listen(text).map(|address| address.to_string());
    assert_eq!(read("127.0.0.1:8443").unwrap(), "127.0.0.1:8443");
    assert_eq!(read("localhost:0").unwrap(), "127.0.0.1:0");
    assert_eq!(read("8443").unwrap(), "127.0.0.1:8443");
    assert_eq!(read("[::1]:1").unwrap(), "[::1]:1");
    for wrong in ["", "x", "127.0.0.1", "example.com:1", "1.2.3.4:99999"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
