//! From a cluster that stands to the profile that leaves it as it is.
//!
//! [`adopt`] reads a cluster's body, field by field of the profile, and puts what no field says into
//! raw properties: what is Azure's own, what Azure fills in by itself and what is secret is left out,
//! because what a profile does not say stays. The result is a profile as JSON; whether it can be
//! used, [`crate::profile`] says, and whether it changes anything, [`crate::plan`].

mod autoscaler;
mod body;
mod network;
mod pool;
mod rest;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::arm::id::ResourceId;
use crate::kind::{Cluster, Kind as _};
use crate::profile::switches;

pub use body::Unsayable;
use body::{pools, text};

/// Returns the ids of what a cluster's network is told by: the subnets of its pools.
pub fn around(cluster: &Value) -> Vec<ResourceId> {
    let pools = pools(cluster).iter();
    let named = pools.flat_map(|pool| [text(pool, "/vnetSubnetID"), text(pool, "/podSubnetID")]);
    let mut ids: Vec<ResourceId> =
        named.flatten().filter_map(|id| ResourceId::parse(id).ok()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Returns the profile of a cluster, as JSON. `around` holds the bodies of [`around`], as far as
/// they could be read.
pub fn adopt(
    id: &ResourceId,
    cluster: &Value,
    around: &BTreeMap<ResourceId, Value>,
) -> Result<Value, Unsayable> {
    let location = text(cluster, "/location").ok_or(Unsayable::NoCluster)?;
    if pools(cluster).is_empty() {
        return Err(Unsayable::NoPool);
    }
    let subnets = network::Subnets::of(cluster);
    let pools: Vec<Value> =
        pools(cluster).iter().map(|one| pool::pool(one, &subnets)).collect::<Result<_, _>>()?;
    let mut metadata = Map::new();
    metadata.insert("name".into(), json!(id.name()));
    // The display name and the short one are the same region.
    let location: String = location.chars().filter(|c| !c.is_whitespace()).collect();
    metadata.insert("location".into(), json!(location.to_lowercase()));
    if let Some(group) = id.group_name().filter(|group| *group != id.name()) {
        metadata.insert("resourceGroup".into(), json!(group));
    }
    Ok(json!({
        "apiVersion": "akstool/v1",
        "kind": "Cluster",
        "metadata": metadata,
        "network": network::network(cluster, &subnets, around),
        "cluster": control_plane(id, cluster),
        "pools": pools,
    }))
}

/// Tells whether an id is one of a cluster.
pub fn is_cluster(id: &ResourceId) -> bool {
    id.is_type(Cluster::TYPE)
}

fn control_plane(id: &ResourceId, cluster: &Value) -> Value {
    let mut said = Map::from_iter([("adopted".to_owned(), json!(true))]);
    let mut put = |name: &str, value: Option<Value>| {
        value.map(|value| said.insert(name.to_owned(), value));
    };
    let property = |at: &str| text(cluster, &format!("/properties/{at}"));
    let flag = |at: &str| {
        cluster.pointer(&format!("/properties/{at}")).and_then(Value::as_bool).unwrap_or(false)
    };
    put("version", property("kubernetesVersion").map(|version| json!(version)));
    let is_base = text(cluster, "/sku/name").is_none_or(|name| ["Base", "Basic"].contains(&name));
    let tier = text(cluster, "/sku/tier").filter(|_| is_base);
    let tier = match tier {
        Some("Free") => Some("free"),
        Some("Standard" | "Paid") => Some("standard"),
        Some("Premium") => Some("premium"),
        _ => None,
    };
    put("tier", tier.map(|tier| json!(tier)));
    let long_term = property("supportPlan") == Some("AKSLongTermSupport");
    put("supportPlan", long_term.then(|| json!("long-term")));
    let usual = |group: &str| {
        let ours = id.group_name().unwrap_or_default();
        group.to_lowercase().starts_with(&format!("mc_{ours}_{}_", id.name()).to_lowercase())
    };
    let node_group = property("nodeResourceGroup").filter(|group| !usual(group));
    put("nodeResourceGroup", node_group.map(|group| json!(group)));
    put("dnsPrefix", property("dnsPrefix").map(|prefix| json!(prefix)));
    put("localAccounts", flag("disableLocalAccounts").then_some(json!(false)));
    put("oidcIssuer", (!flag("oidcIssuerProfile/enabled")).then_some(json!(false)));
    let workload = flag("securityProfile/workloadIdentity/enabled");
    put("workloadIdentity", workload.then_some(json!(true)));
    let channel = property("autoUpgradeProfile/upgradeChannel").filter(|one| *one != "none");
    put("autoUpgrade", channel.map(|channel| json!(channel)));
    let node_channel = match property("autoUpgradeProfile/nodeOSUpgradeChannel") {
        Some("None") => Some("none"),
        Some("Unmanaged") => Some("unmanaged"),
        Some("SecurityPatch") => Some("security-patch"),
        _ => None,
    };
    put("nodeOsUpgrade", node_channel.map(|channel| json!(channel)));
    put("apiServer", api_server(cluster));
    put("autoscalerProfile", autoscaler::profile(cluster));
    put("identity", identity(cluster));
    put("properties", rest::cluster(cluster));
    if let Some(properties) = cluster.get("properties") {
        switches::read_back(properties, &mut said);
    }
    Value::Object(said)
}

/// Returns who may come to the API server, as far as that is not what Azure has by itself. Ranges that
/// only Azure knows (`AzureCloud`) are left to it.
fn api_server(cluster: &Value) -> Option<Value> {
    let place = cluster.pointer("/properties/apiServerAccessProfile")?;
    let mut said = Map::new();
    let ranges = place.get("authorizedIPRanges").and_then(Value::as_array);
    let is_plain = |one: &Value| {
        one.as_str().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
    };
    if let Some(ranges) = ranges.filter(|all| !all.is_empty() && all.iter().all(is_plain)) {
        said.insert("authorizedRanges".into(), json!(ranges));
    }
    if place.get("disableRunCommand") == Some(&json!(true)) {
        said.insert("runCommand".into(), json!(false));
    }
    (!said.is_empty()).then_some(Value::Object(said))
}

/// Returns the identity that was brought along, if it is one.
fn identity(cluster: &Value) -> Option<Value> {
    let ids = cluster.pointer("/identity/userAssignedIdentities")?.as_object()?;
    let mut ids = ids.keys();
    match (ids.next(), ids.next()) {
        (Some(only), None) => Some(json!({ "id": only })),
        _ => None,
    }
}
