//! The network that a cluster stands in, by the fields of the profile.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::body::{pools, text};
use crate::arm::id::ResourceId;

/// The subnets of a cluster's pools, each under the key that a profile has for it.
pub(super) struct Subnets {
    /// The keys, by id.
    keys: BTreeMap<ResourceId, String>,
}

impl Subnets {
    /// Names the subnet of the first pool `nodes`, that of its pods `pods`, all others as they are
    /// called.
    pub(super) fn of(cluster: &Value) -> Self {
        let mut keys: BTreeMap<ResourceId, String> = BTreeMap::new();
        for (at, usual) in [("/vnetSubnetID", "nodes"), ("/podSubnetID", "pods")] {
            for pool in pools(cluster) {
                let Some(id) = text(pool, at).and_then(|id| ResourceId::parse(id).ok()) else {
                    continue;
                };
                let is_taken = |key: &str| keys.values().any(|one| one.eq_ignore_ascii_case(key));
                let own = std::iter::once(id.name().to_owned())
                    .chain((2..).map(|number| format!("{}-{number}", id.name())));
                let mut names = std::iter::once(usual.to_owned()).chain(own);
                let Some(key) = names.find(|key| !is_taken(key)) else { continue };
                keys.entry(id).or_insert(key);
            }
        }
        Self { keys }
    }

    /// Returns the key of a subnet, where it is not the usual one.
    pub(super) fn key(&self, id: Option<&str>, usual: &str) -> Option<&str> {
        let id = ResourceId::parse(id?).ok()?;
        self.keys.get(&id).map(String::as_str).filter(|key| *key != usual)
    }
}

pub(super) fn network(
    cluster: &Value,
    subnets: &Subnets,
    around: &BTreeMap<ResourceId, Value>,
) -> Value {
    let mut said = Map::new();
    let profile = |at: &str| text(cluster, &format!("/properties/networkProfile/{at}"));
    let plugin = profile("networkPlugin").unwrap_or("azure");
    said.insert("plugin".into(), json!(plugin));
    let is_overlay =
        profile("networkPluginMode").is_some_and(|m| m.eq_ignore_ascii_case("overlay"));
    let has_pod_subnet = pools(cluster).iter().any(|pool| text(pool, "/podSubnetID").is_some());
    let mode = match (is_overlay, has_pod_subnet) {
        (true, _) => Some("overlay"),
        (false, true) if plugin == "azure" => Some("pod-subnet"),
        _ => None,
    };
    let fixed =
        pools(cluster).iter().any(|p| text(p, "/podIPAllocationMode") == Some("StaticBlock"));
    let is_azure = plugin == "azure";
    let mut put = |name: &str, value: Option<Value>| {
        value.map(|value| said.insert(name.to_owned(), value));
    };
    put("mode", mode.map(|mode| json!(mode)));
    put("podAllocation", (has_pod_subnet && fixed).then(|| json!("static")));
    put("dataplane", profile("networkDataplane").filter(|_| is_azure).map(|one| json!(one)));
    put("policy", profile("networkPolicy").filter(|_| plugin != "none").map(|one| json!(one)));
    ranges(cluster, (is_overlay || plugin == "kubenet", is_overlay), &mut put);
    put("outbound", outbound(cluster, subnets, around));
    if !subnets.keys.is_empty() {
        let all = subnets.keys.iter().map(|(id, key)| (key.clone(), json!({ "id": id })));
        put("subnets", Some(Value::Object(all.collect())));
    }
    let table = subnets
        .keys
        .keys()
        .find_map(|id| text(around.get(id)?, "/properties/routeTable/id"))
        .filter(|_| plugin == "kubenet");
    put("routeTable", table.map(|id| json!({ "id": id })));
    Value::Object(said)
}

/// Says the ranges inside the cluster. A second family of kubenet is one that no profile can ask for:
/// it stays, unsaid.
fn ranges(
    cluster: &Value,
    (has_pods, has_v6): (bool, bool),
    put: &mut impl FnMut(&str, Option<Value>),
) {
    let list = |name: &str| -> Vec<&str> {
        let at = format!("/properties/networkProfile/{name}");
        let several = cluster.pointer(&format!("{at}s")).and_then(Value::as_array);
        let several: Vec<&str> = several.into_iter().flatten().filter_map(Value::as_str).collect();
        if several.is_empty() { text(cluster, &at).into_iter().collect() } else { several }
    };
    let pods = if has_pods { list("podCidr") } else { Vec::new() };
    for (name, all) in [("podCidr", pods), ("serviceCidr", list("serviceCidr"))] {
        let v4 = all.iter().find(|range| !range.contains(':'));
        let v6 = all.iter().find(|range| range.contains(':'));
        put(name, v4.map(|range| json!(range)));
        put(&format!("{name}V6"), v6.filter(|_| has_v6).map(|range| json!(range)));
    }
    let dns = text(cluster, "/properties/networkProfile/dnsServiceIP");
    put("dnsServiceIP", dns.map(|address| json!(address)));
    let families = cluster.pointer("/properties/networkProfile/ipFamilies");
    let both = families.filter(|all| has_v6 && all.as_array().is_some_and(|all| all.len() > 1));
    put("ipFamilies", both.cloned());
}

/// Returns the way out, where it is another one than a load balancer with an address of its own.
fn outbound(
    cluster: &Value,
    subnets: &Subnets,
    around: &BTreeMap<ResourceId, Value>,
) -> Option<Value> {
    let at = |place: &str| cluster.pointer(&format!("/properties/networkProfile/{place}"));
    let kind = at("outboundType").and_then(Value::as_str).unwrap_or("loadBalancer");
    let mut said = Map::from_iter([("type".to_owned(), json!(kind))]);
    let number = |place: &str, usual: u64| {
        at(place).filter(|value| value.as_u64().is_some_and(|value| value != usual)).cloned()
    };
    let ids = |place: &str| {
        let all = at(place)?.as_array()?.iter().filter_map(|one| one.get("id"));
        let all: Vec<&Value> = all.collect();
        (!all.is_empty()).then(|| json!(all))
    };
    let mut put = |name: &str, value: Option<Value>| {
        value.map(|value| said.insert(name.to_owned(), value));
    };
    match kind {
        "loadBalancer" => {
            let own = ids("loadBalancerProfile/outboundIPs/publicIPs");
            let prefixes = ids("loadBalancerProfile/outboundIPPrefixes/publicIPPrefixes");
            let managed = number("loadBalancerProfile/managedOutboundIPs/count", 1);
            put("managedIPs", managed.filter(|_| own.is_none() && prefixes.is_none()));
            put("managedIPsV6", number("loadBalancerProfile/managedOutboundIPs/countIPv6", 0));
            put("publicIPs", own);
            put("publicIPPrefixes", prefixes);
            put("allocatedPorts", number("loadBalancerProfile/allocatedOutboundPorts", 0));
            put("idleTimeoutMinutes", number("loadBalancerProfile/idleTimeoutInMinutes", 30));
        }
        "managedNATGateway" => {
            let mut gateway = Map::new();
            let count = number("natGatewayProfile/managedOutboundIPProfile/count", 1);
            count.map(|count| gateway.insert("publicIPs".into(), count));
            let idle = number("natGatewayProfile/idleTimeoutInMinutes", 4);
            idle.map(|minutes| gateway.insert("idleTimeoutMinutes".into(), minutes));
            put("natGateway", (!gateway.is_empty()).then_some(Value::Object(gateway)));
        }
        "userAssignedNATGateway" => {
            let mut gateways = subnets.keys.keys();
            let id = gateways.find_map(|id| text(around.get(id)?, "/properties/natGateway/id"));
            put("natGateway", id.map(|id| json!({ "id": id })));
        }
        _ => {}
    }
    (kind != "loadBalancer" || said.len() > 1).then_some(Value::Object(said))
}
