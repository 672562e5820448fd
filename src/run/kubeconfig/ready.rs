//! Whether a cluster is of use: its API server answers, and its nodes say that they are ready.

use std::time::Duration;

use serde_json::Value;

use super::api_server::ApiServer;
use crate::kubeconfig::Access;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::ui::words;

/// How long it is waited when nobody says how long; chosen: nodes register within minutes.
const PATIENCE: Duration = Duration::from_mins(10);

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(5);

/// What was seen last.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// It does not answer, and why.
    Silent(String),
    /// It answers and lets nobody in who shows what we show.
    Refused(u16),
    /// So many nodes, and the names of those that are not ready.
    Nodes(usize, Vec<String>),
}

/// Waits until the API server answers and all nodes are ready; where nothing gives pods addresses,
/// until they are there. Returns what there is, or what was seen last.
pub(crate) async fn ready(
    context: &Context,
    azure: &Azure,
    access: &Access,
    networked: bool,
    say: &dyn Fn(&str),
) -> Result<String, String> {
    let server = ApiServer::new(azure, access, context.screen.secrets().clone())?;
    let until = context.clock.elapsed() + PATIENCE;
    let mut told = None;
    loop {
        let seen = look(&server).await;
        if let Seen::Nodes(count, waiting) = &seen
            && *count > 0
            && (waiting.is_empty() || !networked)
        {
            return Ok(welcome(*count, waiting.len()));
        }
        let hopeless = matches!(seen, Seen::Refused(_));
        if hopeless || context.clock.elapsed() >= until {
            return Err(sentence(&seen, access));
        }
        if told.as_ref() != Some(&seen) {
            say(&format!("waiting: {}", sentence(&seen, access)));
            told = Some(seen);
        }
        context.clock.sleep(LOOK).await;
    }
}

async fn look(server: &ApiServer) -> Seen {
    match server.ask("/readyz").await {
        Err(why) => return Seen::Silent(why),
        Ok((200, _)) => {}
        Ok((status @ (401 | 403), _)) => return Seen::Refused(status),
        Ok((status, _)) => return Seen::Silent(format!("it says {status}")),
    }
    match server.ask("/api/v1/nodes").await {
        Err(why) => Seen::Silent(why),
        Ok((200, body)) => nodes(&body),
        Ok((status @ (401 | 403), _)) => Seen::Refused(status),
        Ok((status, _)) => Seen::Silent(format!("it says {status} of its nodes")),
    }
}

fn nodes(body: &[u8]) -> Seen {
    let list: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(all) = list["items"].as_array() else {
        return Seen::Silent("it lists no nodes".to_owned());
    };
    let is_ready = |node: &&Value| {
        let conditions = node["status"]["conditions"].as_array();
        let mut conditions = conditions.into_iter().flatten();
        conditions.any(|one| one["type"] == "Ready" && one["status"] == "True")
    };
    let waiting = all.iter().filter(|node| !is_ready(node));
    let name = |node: &Value| node["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    Seen::Nodes(all.len(), waiting.map(name).collect())
}

fn welcome(count: usize, waiting: usize) -> String {
    let nodes = words::count(count, "node");
    if waiting == 0 {
        return format!("the API server answers, {nodes} ready");
    }
    format!(
        "the API server answers, {nodes} there; they are ready once a network plugin is installed"
    )
}

fn sentence(seen: &Seen, access: &Access) -> String {
    let server = words::clean(access.server());
    match seen {
        Seen::Silent(why) => {
            format!("the API server {server} does not answer: {}", words::clean(why))
        }
        Seen::Refused(status) => format!(
            "the API server {server} answers {status}: whoever is logged in may not list its nodes"
        ),
        Seen::Nodes(0, _) => "the API server answers, and no node is there yet".to_owned(),
        Seen::Nodes(count, waiting) => {
            let names: Vec<String> =
                waiting.iter().map(|name| format!("`{}`", words::clean(name))).collect();
            let all = words::count(*count, "node");
            format!("of {all}, {} not ready: {}", waiting.len(), words::list(&names))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_ready_that_say_so() {
        let node = |name: &str, status: &str| {
            serde_json::json!({ "metadata": { "name": name }, "status": { "conditions": [
                { "type": "MemoryPressure", "status": "True" }, { "type": "Ready", "status": status }] } })
        };
        let list = |nodes: &[Value]| serde_json::json!({ "items": nodes }).to_string();
        let seen = |nodes: &[Value]| super::nodes(list(nodes).as_bytes());
        assert_eq!(seen(&[node("a", "True")]), Seen::Nodes(1, Vec::new()));
        let two = [node("a", "True"), node("b", "Unknown")];
        assert_eq!(seen(&two), Seen::Nodes(2, vec!["b".to_owned()]));
        assert!(matches!(super::nodes(b"nonsense"), Seen::Silent(_)));
    }
}
