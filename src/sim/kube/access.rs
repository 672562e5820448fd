//! Who somebody is and what he may do here: read everything and write nothing.

use serde_json::json;

use super::reply::Reply;
use super::{Request, catalog, discovery, review};

/// Why nothing can be written.
pub(super) const WHY: &str =
    "nothing runs in a cluster of the embedded Azure, and its API server is read-only";

/// Answers a review, and what kinds a group has; `None` where something else is asked.
pub(super) fn review(user: &str, request: &Request<'_>, parts: &[&str]) -> Option<Reply> {
    match parts {
        ["api", version] if request.reads() => return discovery::resources("", version),
        ["apis", group, version] if request.reads() => {
            return discovery::resources(group, version);
        }
        _ => {}
    }
    let ["apis", group, "v1", resource] = parts else { return None };
    let known = |(of, name, _): &&(&str, &str, &str)| of == group && name == resource;
    let (_, _, kind) = catalog::REVIEWS.iter().find(known)?;
    if request.method != "POST" {
        return None;
    }
    let status = match *kind {
        "SelfSubjectReview" => json!({ "userInfo": { "username": user,
            "groups": ["system:masters", "system:authenticated"] } }),
        "SelfSubjectRulesReview" => json!({
            "resourceRules": [{ "verbs": ["get", "list"], "apiGroups": ["*"], "resources": ["*"] }],
            "nonResourceRules": [{ "verbs": ["get"], "nonResourceURLs": ["*"] }],
            "incomplete": false,
        }),
        _ if is_reading(request.body) => json!({ "allowed": true }),
        _ => json!({ "allowed": false, "reason": WHY }),
    };
    let shown = json!({
        "kind": kind, "apiVersion": format!("{group}/v1"),
        "metadata": { "creationTimestamp": null }, "spec": {}, "status": status,
    });
    Some(Reply::json(201, &shown))
}

fn is_reading(body: &[u8]) -> bool {
    let reads: &[&str] = &["get", "list"];
    review::read(body).is_some_and(|asked| {
        let verb = asked.verb.to_ascii_lowercase();
        reads.contains(&verb.as_str()) && (!asked.is_path || verb == "get")
    })
}
