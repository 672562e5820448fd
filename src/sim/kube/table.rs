//! Lists as tables, which is how kubectl asks for what it prints
//! (kubernetes.io/docs/reference/using-api/api-concepts, "Receiving resources as Tables").

use serde_json::{Value, json};

use super::catalog::Kind;
use super::{Cluster, Request, age};
use crate::sim::clock::Millis;

/// A column: its name, and whether only `-o wide` shows it.
type Column = (&'static str, bool);

/// Returns the version of the table that is asked for, if one is.
pub(super) fn wanted(request: &Request<'_>) -> Option<&'static str> {
    request.accept.split(',').find_map(|one| {
        let parts: Vec<&str> = one.split(';').map(str::trim).collect();
        if !parts.contains(&"as=Table") {
            return None;
        }
        let version = parts.iter().find_map(|part| part.strip_prefix("v="));
        Some(if version == Some("v1beta1") { "v1beta1" } else { "v1" })
    })
}

/// Draws objects of one kind.
pub(super) fn draw(
    cluster: &Cluster<'_>,
    request: &Request<'_>,
    kind: &Kind,
    version: &str,
    all: &[Value],
) -> Value {
    let columns = columns(kind.resource);
    let column = |(name, wide): &Column| {
        let format = if *name == "Name" { "name" } else { "" };
        json!({ "name": name, "type": "string", "format": format, "description": "",
            "priority": i32::from(*wide) })
    };
    let row = |object: &Value| {
        let cells: Vec<String> =
            columns.iter().map(|(name, _)| cell(cluster, kind, object, name)).collect();
        let shown = match request.parameter("includeObject") {
            "None" => Value::Null,
            "Object" => kind.typed(object.clone()),
            _ => json!({ "kind": "PartialObjectMetadata",
                "apiVersion": format!("meta.k8s.io/{version}"), "metadata": object["metadata"] }),
        };
        json!({ "cells": cells, "object": shown })
    };
    json!({
        "kind": "Table", "apiVersion": format!("meta.k8s.io/{version}"),
        "metadata": { "resourceVersion": cluster.revision() },
        "columnDefinitions": columns.iter().map(column).collect::<Vec<_>>(),
        "rows": all.iter().map(row).collect::<Vec<_>>(),
    })
}

fn columns(resource: &str) -> &'static [Column] {
    match resource {
        "nodes" => &[
            ("Name", false),
            ("Status", false),
            ("Roles", false),
            ("Age", false),
            ("Version", false),
            ("Internal-IP", true),
            ("External-IP", true),
            ("OS-Image", true),
            ("Kernel-Version", true),
            ("Container-Runtime", true),
        ],
        "namespaces" => &[("Name", false), ("Status", false), ("Age", false)],
        "services" => &[
            ("Name", false),
            ("Type", false),
            ("Cluster-IP", false),
            ("External-IP", false),
            ("Port(s)", false),
            ("Age", false),
            ("Selector", true),
        ],
        "leases" => &[("Name", false), ("Holder", false), ("Age", false)],
        _ => &[("Name", false), ("Age", false)],
    }
}

fn cell(cluster: &Cluster<'_>, kind: &Kind, object: &Value, column: &str) -> String {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    match column {
        "Name" => text("/metadata/name"),
        "Age" => age::since(cluster, made(cluster, object)),
        "Status" if kind.resource == "nodes" => ready(object),
        "Status" => text("/status/phase"),
        "Roles" | "External-IP" => "<none>".to_owned(),
        "Version" => text("/status/nodeInfo/kubeletVersion"),
        "Internal-IP" => text("/status/addresses/0/address"),
        "OS-Image" => text("/status/nodeInfo/osImage"),
        "Kernel-Version" => text("/status/nodeInfo/kernelVersion"),
        "Container-Runtime" => text("/status/nodeInfo/containerRuntimeVersion"),
        "Type" => text("/spec/type"),
        "Cluster-IP" => text("/spec/clusterIP"),
        "Holder" => text("/spec/holderIdentity"),
        "Port(s)" => ports(object),
        "Selector" => selector(object),
        _ => String::new(),
    }
}

/// When an object was made, read back from what it says, in simulated time.
fn made(cluster: &Cluster<'_>, object: &Value) -> Millis {
    let text = object["metadata"]["creationTimestamp"].as_str().unwrap_or_default();
    let format = &time::format_description::well_known::Rfc3339;
    let at = time::OffsetDateTime::parse(text, format).map_or(0, |at| at.unix_timestamp() * 1_000);
    u64::try_from(at.saturating_sub(cluster.shift)).unwrap_or_default()
}

fn ready(object: &Value) -> String {
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let ready = conditions.iter().find(|one| one["type"] == "Ready");
    let word = if ready.is_some_and(|one| one["status"] == "True") { "Ready" } else { "NotReady" };
    let cordoned = object["spec"]["unschedulable"] == true;
    format!("{word}{}", if cordoned { ",SchedulingDisabled" } else { "" })
}

fn ports(object: &Value) -> String {
    let all = object["spec"]["ports"].as_array().cloned().unwrap_or_default();
    let one = |port: &Value| format!("{}/{}", port["port"], text_of(&port["protocol"]));
    all.iter().map(one).collect::<Vec<_>>().join(",")
}

fn selector(object: &Value) -> String {
    let Some(all) = object["spec"]["selector"].as_object() else { return "<none>".to_owned() };
    let one = |(key, value): (&String, &Value)| format!("{key}={}", text_of(value));
    all.iter().map(one).collect::<Vec<_>>().join(",")
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
