//! What clients ask before they ask for anything: the version, whether the server is ready, which
//! groups and kinds it has.

use serde_json::{Value, json};

use super::catalog::{KINDS, REVIEWS};
use super::reply::Reply;
use super::{Cluster, Request};

/// Answers a path that names no object; `None` where there is nothing.
pub(super) fn answer(
    cluster: &Cluster<'_>,
    request: &Request<'_>,
    parts: &[&str],
) -> Option<Reply> {
    let shown = match parts {
        [] => json!({ "paths": ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2",
            "/openapi/v3", "/readyz", "/version"] }),
        ["version"] => version(cluster.version()),
        ["healthz" | "livez" | "readyz"] => return Some(health(request, parts[0])),
        ["healthz" | "livez" | "readyz", ..] => return Some(Reply::text("ok")),
        ["api"] => json!({ "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [] }),
        ["apis"] => json!({ "kind": "APIGroupList", "apiVersion": "v1",
            "groups": groups().into_iter().map(group).collect::<Vec<_>>() }),
        ["apis", name] => {
            let found = groups().into_iter().find(|group| group == name)?;
            let mut group = group(found);
            group["kind"] = json!("APIGroup");
            group["apiVersion"] = json!("v1");
            group
        }
        ["openapi", "v2"] => return Some(schema()),
        ["openapi", "v3"] => json!({ "paths": {} }),
        _ => return None,
    };
    Some(Reply::json(200, &shown))
}

/// Answers which kinds a group has; `None` where there is no such group.
pub(super) fn resources(group: &str, version: &str) -> Option<Reply> {
    let kinds = KINDS.iter().filter(|kind| kind.group == group && kind.version == version);
    let mut all: Vec<Value> = kinds
        .map(|kind| {
            let mut shown = json!({
                "name": kind.resource, "kind": kind.word, "namespaced": kind.namespaced,
                "singularName": kind.word.to_ascii_lowercase(), "verbs": ["get", "list"],
            });
            if !kind.short.is_empty() {
                shown["shortNames"] = json!(kind.short);
            }
            if kind.is_usual {
                shown["categories"] = json!(["all"]);
            }
            shown
        })
        .collect();
    let reviews = REVIEWS.iter().filter(|(of, ..)| *of == group && version == "v1");
    all.extend(reviews.map(|(_, resource, kind)| {
        json!({ "name": resource, "kind": kind, "namespaced": false,
            "singularName": kind.to_ascii_lowercase(), "verbs": ["create"] })
    }));
    if all.is_empty() {
        return None;
    }
    let api = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let shown = json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api,
        "resources": all });
    Some(Reply::json(200, &shown))
}

fn groups() -> Vec<&'static str> {
    let kinds = KINDS.iter().map(|kind| kind.group).filter(|group| !group.is_empty());
    let mut all: Vec<&str> = kinds.chain(REVIEWS.iter().map(|(group, ..)| *group)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn group(name: &str) -> Value {
    let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
    json!({ "name": name, "versions": [version.clone()], "preferredVersion": version })
}

/// The build facts, of which only the version is the cluster's own.
fn version(version: &str) -> Value {
    let mut numbers = version.split('.');
    let (major, minor) = (numbers.next().unwrap_or("1"), numbers.next().unwrap_or_default());
    json!({
        "major": major, "minor": minor, "gitVersion": format!("v{version}"),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.24.0", "compiler": "gc", "platform": "linux/amd64",
    })
}

fn health(request: &Request<'_>, name: &str) -> Reply {
    let verbose = request.query.iter().any(|(key, _)| key == "verbose");
    if verbose {
        Reply::text(&format!("[+]ping ok\n[+]etcd ok\n{name} check passed\n"))
    } else {
        Reply::text("ok")
    }
}

/// A schema that describes nothing, in the only form that kubectl reads: it then checks nothing by
/// itself, and what it wants to write is refused by the server in plain words.
fn schema() -> Reply {
    // openapi.v2.Document { swagger: "2.0", info: { title: "Kubernetes", version: "v1" } }
    let body = b"\x0a\x032.0\x12\x10\x0a\x0aKubernetes\x12\x02v1".to_vec();
    let kind = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    Reply { status: 200, kind, body }
}
