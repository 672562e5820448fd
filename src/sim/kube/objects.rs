//! The objects that stand: nodes, and what every cluster has from its first day.

use serde_json::{Value, json};

use super::catalog::Kind;
use super::metadata::metadata;
use super::{Cluster, age, node};
use crate::sim::body;
use crate::sim::provider::cluster::roster;

/// The namespaces that Kubernetes itself makes.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Returns all objects of a kind, in the order of their names.
pub(super) fn of(cluster: &Cluster<'_>, kind: &Kind) -> Vec<Value> {
    let mut all = match kind.resource {
        "nodes" => nodes(cluster),
        "namespaces" => NAMESPACES.iter().map(|name| namespace(cluster, name)).collect(),
        "services" => services(cluster),
        "leases" => leases(cluster),
        _ => Vec::new(),
    };
    let place = |object: &Value| {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        (text("namespace"), text("name"))
    };
    all.sort_by_key(place);
    all
}

fn nodes(cluster: &Cluster<'_>) -> Vec<Value> {
    let machines = roster::of(cluster.world, &cluster.id);
    machines.iter().map(|machine| node::of(cluster, machine)).collect()
}

fn namespace(cluster: &Cluster<'_>, name: &str) -> Value {
    let mut metadata = metadata(cluster, "Namespace", name, cluster.made);
    metadata["labels"] = json!({ "kubernetes.io/metadata.name": name });
    json!({ "metadata": metadata, "spec": { "finalizers": ["kubernetes"] },
        "status": { "phase": "Active" } })
}

/// The API server's own service, at the first address of the service range, and that of DNS.
fn services(cluster: &Cluster<'_>) -> Vec<Value> {
    let network = |key: &str| {
        body::text(&cluster.stored, &format!("/properties/networkProfile/{key}"))
            .unwrap_or_default()
            .to_owned()
    };
    let first = network("serviceCidr").parse::<ipnet::IpNet>().ok();
    let first = first.and_then(|range| range.hosts().next());
    let first = first.map(|address| address.to_string()).unwrap_or_default();
    let port = |name: &str, port: u16, protocol: &str| json!({ "name": name, "port": port, "protocol": protocol, "targetPort": port });
    let dns = vec![port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP")];
    let api = vec![port("https", 443, "TCP")];
    let all = [
        ("default", "kubernetes", first, Value::Null, api),
        ("kube-system", "kube-dns", network("dnsServiceIP"), json!({ "k8s-app": "kube-dns" }), dns),
    ];
    let service = |(namespace, name, address, selector, ports): (_, _, String, Value, _)| {
        let mut metadata = metadata(cluster, "Service", name, cluster.made);
        metadata["namespace"] = json!(namespace);
        let mut spec = json!({ "type": "ClusterIP", "clusterIP": address, "clusterIPs": [address],
            "ports": ports, "sessionAffinity": "None" });
        if !selector.is_null() {
            spec["selector"] = selector;
        }
        json!({ "metadata": metadata, "spec": spec, "status": { "loadBalancer": {} } })
    };
    all.into_iter().map(service).collect()
}

/// By a lease each node says that it lives.
fn leases(cluster: &Cluster<'_>) -> Vec<Value> {
    let machines = roster::of(cluster.world, &cluster.id);
    let lease = |machine: &roster::Machine| {
        let mut metadata = metadata(cluster, "Lease", &machine.name, machine.made);
        metadata["namespace"] = json!("kube-node-lease");
        let now = age::moment(cluster, cluster.world.now).replace('Z', ".000000Z");
        json!({ "metadata": metadata, "spec": { "holderIdentity": machine.name,
            "leaseDurationSeconds": 40, "renewTime": now } })
    };
    machines.iter().map(lease).collect()
}
