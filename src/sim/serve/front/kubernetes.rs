//! The API servers of clusters, each below a path of its own: who asks is read off the token.

use serde_json::Value;

use super::super::super::Reply;
use super::super::super::kube::{Caller, Request, doors};
use super::super::login::Login;
use super::super::token::{Mint, wall};
use super::request::Head;
use crate::sim::Sim;

/// What the paths of an API server begin with that kubectl asks without that of the server.
const BARE: [&str; 7] = ["api", "apis", "healthz", "livez", "openapi", "readyz", "version"];

/// Returns the name of the API server that a path is about, and what is asked of it; without a name
/// the token tells.
pub(super) fn asked(path: &str) -> Option<(&str, &str)> {
    if let Some(rest) = path.strip_prefix(doors::PATH).and_then(|rest| rest.strip_prefix('/')) {
        return Some(rest.split_once('/').unwrap_or((rest, "")));
    }
    let first = path.trim_start_matches('/').split('/').next()?;
    BARE.contains(&first).then_some(("", path))
}

/// Answers as that server, or drops the connection where none stands.
pub(super) fn answer(sim: &Sim, login: &Login, head: &Head, body: &[u8]) -> Reply {
    let Some((name, path)) = asked(&head.path) else { return dropped() };
    let bearer = head.header("authorization").and_then(|given| given.split_once(' '));
    let token = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map(|(_, token)| token.trim()).unwrap_or_default();
    let request = Request {
        method: &head.method,
        path,
        query: pairs(&head.query),
        accept: head.header("accept").unwrap_or_default(),
        body,
    };
    let now = wall().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).ok();
    match sim.api_server(name, &caller(login.mint(), token), &request, now) {
        None => dropped(),
        Some(given) => {
            let mut headers = vec![
                ("Content-Type".to_owned(), given.kind.to_owned()),
                ("Cache-Control".to_owned(), "no-cache, private".to_owned()),
            ];
            if given.status == 401 {
                headers.push(("WWW-Authenticate".to_owned(), "Bearer".to_owned()));
            }
            let text = String::from_utf8_lossy(&given.body).into_owned();
            let body = (head.method != "HEAD").then_some(Value::String(text));
            Reply { status: given.status, headers, body }
        }
    }
}

fn caller(mint: &Mint, token: &str) -> Caller {
    let is_meant = |audience: &str| {
        audience.trim_start_matches("api://").trim_end_matches('/') == doors::ENTRA
    };
    match mint.check(token, is_meant) {
        Ok(()) => Caller::Entra,
        Err(_) => Caller::Token(token.to_owned()),
    }
}

fn dropped() -> Reply {
    Reply { status: 0, headers: Vec::new(), body: None }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let url = azure_core::http::Url::parse(&format!("https://x/?{query}"));
    let pairs = |url: azure_core::http::Url| {
        url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
    };
    url.map(pairs).unwrap_or_default()
}
