//! What foreign clients sent, sent again: each answer has the status that lets the client go on.
//!
//! The files lie in `clients` beside the recordings. Their ids of principals are of another world,
//! so those that this world made are put in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use akstool::sim::{Call, Options, Reply, Sim, Speed};
use serde_json::{Value, json};

use crate::leaves;
use crate::recording;

#[tokio::test(start_paused = true)]
async fn every_request_of_a_foreign_client_gets_the_status_that_lets_it_go_on() {
    let Some(folder) = recording::beside("clients") else { return };
    let mut wrong = Vec::new();
    let (mut files, mut requests) = (0, 0);
    for path in files_of(&folder) {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        files += 1;
        let mut client = Client::new();
        for step in file["steps"].as_array().into_iter().flatten() {
            let sent: Vec<&Value> = step["requests"].as_array().into_iter().flatten().collect();
            requests += sent.len();
            for (at, request) in sent.iter().enumerate() {
                if let Some(fault) = client.send(request, sent.get(at + 1).copied()).await {
                    wrong.push(format!("{name}, {} #{at}: {fault}", step["step"]));
                }
            }
            client.rest().await;
        }
    }
    println!("clients: files {files}, requests {requests}, wrong {}", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn files_of(folder: &PathBuf) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort();
    files
}

/// A client in a world of its own.
struct Client {
    sim: Sim,
    /// The principals and clients of that run by those of this one.
    names: BTreeMap<String, String>,
    /// Identities that were made and whose principal no request has named yet.
    unnamed: Vec<String>,
    /// What the cluster runs.
    runs: Option<String>,
}

impl Client {
    fn new() -> Self {
        let sim = Sim::open(Options { speed: Speed::Max, ..Options::default() });
        let sim = sim.expect("a world in memory opens");
        Self { sim, names: BTreeMap::new(), unnamed: Vec::new(), runs: None }
    }

    /// Sends a request, and tells what is wrong with its answer.
    async fn send(&mut self, request: &Value, next: Option<&Value>) -> Option<String> {
        let text = |field: &str| request[field].as_str().unwrap_or_default();
        let (method, url) = (text("method"), text("url"));
        let body = self.translate(request.get("body").unwrap_or(&Value::Null));
        let reply = self.call(method, url, &body).await;
        if reply.status != 0 && request["status"] != reply.status {
            return Some(format!("{method} {url}: {} became {reply:?}", request["status"]));
        }
        self.learn(method, &reply);
        if !["GET", "HEAD"].contains(&method) && !is_beside(request, next) {
            self.rest().await;
        }
        None
    }

    /// Waits until everything that was begun is done.
    async fn rest(&self) {
        tokio::time::sleep(Duration::from_hours(2)).await;
    }

    async fn call(&self, method: &str, url: &str, body: &Value) -> Reply {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let call = Call {
            method: method.to_owned(),
            path: url.to_owned(),
            body: bytes,
            ..Call::default()
        };
        self.sim.answer(call).await
    }

    /// Keeps the principal of an identity that was just made, and the version of a cluster.
    fn learn(&mut self, method: &str, reply: &Reply) {
        let body = reply.body.as_ref();
        let runs = body.and_then(|body| body.pointer("/properties/kubernetesVersion"));
        if let Some(runs) = runs.and_then(Value::as_str) {
            self.runs = Some(runs.to_owned());
        }
        let principal =
            reply.body.as_ref().and_then(|body| body.pointer("/properties/principalId"));
        if let (201, "PUT", Some(principal)) = (reply.status, method, principal)
            && reply.body.as_ref().is_some_and(|body| body.get("identity").is_none())
        {
            self.unnamed.extend(principal.as_str().map(str::to_owned));
        }
    }

    /// Says it in the names of this world: a principal that was not made here is the one that was,
    /// and a version that Azure chose there is the one it chose here.
    fn translate(&mut self, body: &Value) -> Value {
        let mut body = body.clone();
        if let Some(runs) = &self.runs {
            rename(&mut body, runs);
        }
        let Some(place) = body.pointer_mut("/properties/principalId") else { return body };
        let theirs = place.as_str().unwrap_or_default().to_owned();
        if leaves::is_guid(&theirs) && !self.names.contains_key(&theirs) {
            let ours = self.unnamed.first().cloned().unwrap_or_else(|| theirs.clone());
            self.names.insert(theirs.clone(), ours);
        }
        *place = json!(self.names.get(&theirs).unwrap_or(&theirs));
        body
    }
}

/// Writes a version wherever one stands that was written back from an answer.
fn rename(body: &mut Value, runs: &str) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_version =
                    ["orchestratorVersion", "kubernetesVersion"].contains(&name.as_str());
                if is_version && value.as_str().is_some_and(|text| !text.is_empty()) {
                    *value = json!(runs);
                } else {
                    rename(value, runs);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, runs)),
        _ => {}
    }
}

/// Whether the next request was sent while this one's operation went on: another pool of the same
/// cluster.
fn is_beside(one: &Value, next: Option<&Value>) -> bool {
    let pools = |request: &Value| {
        let url = request["url"].as_str().unwrap_or_default().to_ascii_lowercase();
        let path = url.split('?').next().unwrap_or_default().to_owned();
        let (cluster, pool) = path.split_once("/agentpools/")?;
        let writes = ["PUT", "DELETE"].contains(&request["method"].as_str().unwrap_or_default());
        writes.then(|| (cluster.to_owned(), pool.to_owned()))
    };
    let (Some(one), Some(two)) = (pools(one), next.and_then(pools)) else { return false };
    one.0 == two.0 && one.1 != two.1
}
