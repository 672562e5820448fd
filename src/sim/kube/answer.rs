//! From a path to what is answered: an object, a list, a table, or a `Status` that says why not.

use serde_json::{Value, json};

use super::catalog::{self, Kind};
use super::reply::Reply;
use super::{Cluster, Request, access, discovery, objects, select, table};

/// What a path names.
struct Target<'a> {
    kind: Option<&'static Kind>,
    resource: &'a str,
    group: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    below: bool,
}

impl<'a> Target<'a> {
    /// Reads what follows the version: `namespaces/N/pods/NAME/log`.
    fn read(group: &'a str, version: &str, parts: &[&'a str]) -> Option<Self> {
        let (namespace, rest) = match parts {
            ["namespaces", namespace, rest @ ..]
                if !rest.is_empty() && !["status", "finalize"].contains(&rest[0]) =>
            {
                (Some(*namespace), rest)
            }
            rest => (None, rest),
        };
        let (resource, rest) = rest.split_first()?;
        let kind = catalog::find(group, version, resource);
        let below = rest.get(1).is_some_and(|sub| *sub != "status");
        Some(Self { kind, resource, group, namespace, name: rest.first().copied(), below })
    }

    fn details(&self) -> Value {
        json!({ "name": self.name.unwrap_or_default(), "group": self.group, "kind": self.resource })
    }

    /// `nodes`, or `deployments.apps`.
    fn shown(&self) -> String {
        match self.group {
            "" => self.resource.to_owned(),
            group => format!("{}.{group}", self.resource),
        }
    }
}

/// Answers somebody who is known.
pub(super) fn to(cluster: &Cluster<'_>, user: &str, request: &Request<'_>) -> Reply {
    let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    if let Some(reply) = access::review(user, request, &parts) {
        return reply;
    }
    let target = match parts.as_slice() {
        ["api", version, rest @ ..] => Target::read("", version, rest),
        ["apis", group, version, rest @ ..] => Target::read(group, version, rest),
        _ => None,
    };
    match target {
        Some(target) if request.reads() => read(cluster, request, &target),
        Some(target) => forbidden(user, request, &target),
        None if request.reads() => {
            discovery::answer(cluster, request, &parts).unwrap_or_else(not_there)
        }
        None => not_there(),
    }
}

fn not_there() -> Reply {
    let message = "the server could not find the requested resource";
    Reply::refusal(404, "NotFound", message, json!({}))
}

/// Refuses a write, whatever it is.
fn forbidden(user: &str, request: &Request<'_>, target: &Target<'_>) -> Reply {
    let verb = match request.method {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        _ if target.name.is_some() => "delete",
        _ => "deletecollection",
    };
    let named = target.name.map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let place = match target.namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let message = format!(
        "{}{named} is forbidden: User \"{user}\" cannot {verb} resource \"{}\" in API group \"{}\" \
         {place}: {}",
        target.shown(),
        target.resource,
        target.group,
        access::WHY
    );
    Reply::refusal(403, "Forbidden", &message, target.details())
}

fn read(cluster: &Cluster<'_>, request: &Request<'_>, target: &Target<'_>) -> Reply {
    let Some(kind) = target.kind.filter(|_| !target.below) else { return not_there() };
    if ["1", "true"].contains(&request.parameter("watch")) {
        let message = "the server does not allow this method on the requested resource: the \
                       embedded Azure answers lists and no watches";
        return Reply::refusal(405, "MethodNotAllowed", message, target.details());
    }
    let mut all = objects::of(cluster, kind);
    all.retain(|object| {
        let namespace = object["metadata"]["namespace"].as_str();
        !kind.namespaced || target.namespace.is_none_or(|wanted| namespace == Some(wanted))
    });
    if let Some(name) = target.name {
        let Some(object) = all.into_iter().find(|object| object["metadata"]["name"] == name) else {
            let message = format!("{} \"{name}\" not found", target.shown());
            return Reply::refusal(404, "NotFound", &message, target.details());
        };
        return match table::wanted(request) {
            Some(version) => {
                Reply::json(200, &table::draw(cluster, request, kind, version, &[object]))
            }
            None => Reply::json(200, &kind.typed(object)),
        };
    }
    let kept = select::labels(request.parameter("labelSelector"), &mut all)
        .and_then(|()| select::fields(request.parameter("fieldSelector"), &mut all));
    if let Err(what) = kept {
        return Reply::refusal(400, "BadRequest", &what, Value::Null);
    }
    if let Some(version) = table::wanted(request) {
        return Reply::json(200, &table::draw(cluster, request, kind, version, &all));
    }
    Reply::json(
        200,
        &json!({
            "kind": format!("{}List", kind.word), "apiVersion": kind.api(),
            "metadata": { "resourceVersion": cluster.revision() }, "items": all,
        }),
    )
}
