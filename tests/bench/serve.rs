//! The served embedded Azure, with 10,000 resources, under clients that never pause.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Figure;

const PROGRAM: &str = env!("CARGO_BIN_EXE_akstool");

/// Resources in the simulated subscription.
const RESOURCES: usize = 10_000;

/// Copies of a table, its route, a cluster and its two pools.
const COPIES: usize = RESOURCES / 5;

/// Clients at once.
const CLIENTS: usize = 16;

/// Requests of each client.
const REQUESTS: usize = 1_000;

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/many";

fn akstool(home: &Path, world: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("HOME", home).env("AKSTOOL_SIM_STATE", world);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Writes a simulated subscription with many route tables and clusters of two pools: one of each is
/// placed as people place it, the others are its copies.
fn fill(home: &Path, world: &Path) {
    let place = |id: &str, version: &str, body: &Value| {
        fs::write(home.join("body.json"), body.to_string()).expect("a file in the home");
        let mut command = akstool(home, world);
        command.args(["sim", "put", id, "--api-version", version, "--body"]);
        let status = command.arg(home.join("body.json")).stdout(Stdio::null()).status();
        assert!(status.expect("the program starts").success(), "cannot place {id}");
    };
    let table = format!("{GROUP}/providers/Microsoft.Network/routeTables/table");
    let route = json!({ "name": "out",
        "properties": { "addressPrefix": "0.0.0.0/0", "nextHopType": "Internet" } });
    let body = json!({ "location": "westeurope", "properties": { "routes": [route] } });
    place(GROUP, "2025-04-01", &json!({ "location": "westeurope" }));
    place(&table, "2025-07-01", &body);
    let cluster = format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/cluster");
    let pools = json!([{ "name": "system", "mode": "System", "count": 3 },
        { "name": "work", "mode": "User", "count": 3 }]);
    let body = json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" },
        "properties": { "dnsPrefix": "c", "agentPoolProfiles": pools } });
    place(&cluster, "2025-10-01", &body);
    let mut resources = stored(world);
    let under = |top: &str| -> Vec<String> {
        let within = |(id, _): &(&String, &Value)| id.starts_with(top);
        resources.iter().filter(within).map(|(_, one)| one.to_string()).collect()
    };
    let models = [under(&table), under(&cluster)].concat();
    for number in 0..COPIES {
        for model in &models {
            let copy = model.replace("outeTables/table", &format!("outeTables/table{number}"));
            let copy = copy.replace("Clusters/cluster", &format!("Clusters/cluster{number}"));
            let copy: Value = serde_json::from_str(&copy).expect("a copy is JSON");
            resources.insert(copy["id"].as_str().expect("an id").to_owned(), copy);
        }
    }
    assert!((RESOURCES..RESOURCES + 100).contains(&resources.len()), "{}", resources.len());
    // A file of schema 1 is one document; the program makes a journal of it.
    let resources: Vec<Value> = resources.into_values().collect();
    let state = json!({ "schema": 1, "generation": 1, "savedAt": 1_767_225_600_000_u64,
        "now": 1_767_225_600_000_u64, "subscription": SUBSCRIPTION, "seed": 0,
        "counter": 1_000_000, "operations": [], "resources": resources });
    fs::write(world, state.to_string()).expect("the state");
}

/// Every resource that a state file holds, by id.
fn stored(world: &Path) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(world).expect("the state");
    let texts = text.lines().filter_map(|line| line.split_once('\t'));
    let lines = texts.map(|(text, _)| serde_json::from_str::<Value>(text).expect("JSON"));
    let mut all = BTreeMap::new();
    for line in lines {
        for one in line["put"].as_array().into_iter().flatten() {
            all.insert(one["id"].as_str().expect("an id").to_owned(), one.clone());
        }
    }
    all
}

/// A server that runs, and how to come in.
pub(super) struct Served {
    child: Child,
    invitation: Value,
}

impl Served {
    /// Starts a server of a simulated subscription.
    pub(super) fn start(home: &Path, world: &Path) -> Self {
        let mut command = akstool(home, world);
        command.args(["sim", "serve", "--listen", "127.0.0.1:0", "-o", "json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("standard output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let invitation = serde_json::from_str(&line).expect("one line of JSON");
        Self { child, invitation }
    }

    /// Returns a part of what the server says about how to come in.
    pub(super) fn told(&self, name: &str) -> &str {
        self.invitation[name].as_str().expect("a text")
    }

    /// Returns the most memory it held so far, in MiB; 0 where the system does not tell.
    fn peak_memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kib.unwrap_or(0.0) / 1024.0
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One connection that stays open.
struct Client {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(address: &str, connector: &TlsConnector) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("a socket takes that");
        let name = ServerName::try_from("127.0.0.1").expect("an address");
        let stream = connector.connect(name, stream).await.expect("a known certificate");
        Self { stream, buffer: Vec::new() }
    }

    /// Sends one request and returns the body of its answer.
    async fn ask(&mut self, request: &str) -> String {
        self.stream.write_all(request.as_bytes()).await.expect("it reads");
        self.buffer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.buffer).await.expect("it answers") > 0);
            let text = String::from_utf8_lossy(&self.buffer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
            if body.len() == length {
                assert!(head.starts_with("HTTP/1.1 200"), "{head}");
                return body.to_owned();
            }
        }
    }
}

fn connector(ca: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).expect("a certificate")).expect("a CA");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn token(served: &Served, client: &mut Client) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}/.default",
        served.told("clientId"),
        served.told("clientSecret"),
        served.told("endpoint")
    );
    let request = format!(
        "POST /{}/oauth2/v2.0/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n\r\n{form}",
        served.told("tenant"),
        form.len()
    );
    let answer: Value = serde_json::from_str(&client.ask(&request).await).expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}

/// Returns how many milliseconds 1,000 GETs take of resources of a kind.
async fn load(served: &Served, kind: &'static str, version: &'static str) -> f64 {
    let address = served.told("endpoint").trim_start_matches("https://");
    let connector = connector(served.told("caFile"));
    let token = token(served, &mut Client::connect(address, &connector).await).await;
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let mut client = Client::connect(address, &connector).await;
        let token = token.clone();
        clients.spawn(async move {
            let begun = Instant::now();
            for request in 0..REQUESTS {
                let copy = (number * REQUESTS + request * 7) % COPIES;
                let request = format!(
                    "GET {GROUP}/providers/{kind}{copy}?api-version={version} HTTP/1.1\r\n\
                     Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
                );
                client.ask(&request).await;
            }
            begun.elapsed()
        });
    }
    let longest = clients.join_all().await.into_iter().max().unwrap_or_default();
    let thousands = u32::try_from(CLIENTS * REQUESTS / 1_000).unwrap_or(1);
    longest.as_secs_f64() * 1000.0 / f64::from(thousands)
}

pub(super) fn figures() -> Vec<Figure> {
    let home = tempfile::tempdir().expect("a folder for the run");
    let world = home.path().join("many.json");
    fill(home.path(), &world);
    let served = Served::start(home.path(), &world);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let thousand = |kind, version| runtime.block_on(load(&served, kind, version));
    let tables = thousand("Microsoft.Network/routeTables/table", "2025-07-01");
    let clusters = thousand("Microsoft.ContainerService/managedClusters/cluster", "2025-10-01");
    let memory = served.peak_memory();
    let name = "sim serve: 1,000 GETs over TLS, 10,000 resources";
    vec![
        Figure { name, value: tables, bound: 1_000.0 / 3.0, unit: "ms" },
        Figure { name: "the same, of clusters", value: clusters, bound: 1_000.0 / 3.0, unit: "ms" },
        Figure { name: "the same, resident memory", value: memory, bound: 60.0, unit: "MB" },
    ]
}
