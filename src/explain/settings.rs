//! What stands though the profile does not say it: a line taken out of a profile undoes nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::adopt::adopt;
use crate::advice::Advice;
use crate::kind::{Cluster, Kind, NatGateway, VirtualNetwork};
use crate::plan::Observed;
use crate::profile::flow;
use crate::profile::schema::Profile;

/// The fields that somebody would take out of a profile to be rid of what they do. The rest says how a
/// thing is, and it is that way with or without a line.
const OF_THE_CLUSTER: [&str; 6] =
    ["tier", "supportPlan", "autoUpgrade", "workloadIdentity", "entra", "localAccounts"];
const OF_BLOCKS: [&str; 3] = ["addons", "storage", "apiServer"];
const OF_A_POOL: [&str; 4] = ["autoscale", "labels", "taints", "spot"];

/// Returns which settings of the cluster the profile does not say, and that stay, as one sentence.
pub fn settings_left(profile: &Profile, observed: &Observed) -> Option<Advice> {
    let mut found = observed.resources.iter();
    let (id, found) = found.find(|(id, _)| id.is_type(Cluster::TYPE))?;
    let stands = adopt(id, found.body()?, &BTreeMap::new()).ok()?;
    let said = serde_json::to_value(profile).ok()?;
    let mut left = left(&stands, &said);
    left.extend(of_the_network(profile, &stands, observed));
    let all: Vec<String> = left.iter().map(|(at, value)| format!("`{at}: {value}`")).collect();
    (!all.is_empty())
        .then(|| format!("not in the profile and left alone: {}", all.join(", ")).into())
}

/// Returns the fields, with their values, that one profile says and another does not.
fn left(stands: &Value, said: &Value) -> Vec<(String, String)> {
    let mut left = Vec::new();
    let mut compare = |at: &str, names: &[&str], stands: &Value, said: &Value| {
        for name in names {
            let value = stands.get(name).filter(|value| !is_usual(name, value));
            if let Some(value) = value.filter(|_| is_silent(said.get(name))) {
                left.push((format!("{at}.{name}"), flow(value)));
            }
        }
    };
    let (cluster, wish) = (&stands["cluster"], &said["cluster"]);
    compare("cluster", &OF_THE_CLUSTER, cluster, wish);
    for block in OF_BLOCKS {
        let names: Vec<&str> = cluster[block]
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        compare(&format!("cluster.{block}"), &names, &cluster[block], &wish[block]);
    }
    for pool in said["pools"].as_array().into_iter().flatten() {
        let mut pools = stands["pools"].as_array().into_iter().flatten();
        let Some(stands) = pools.find(|one| one["name"] == pool["name"]) else { continue };
        let name = pool["name"].as_str().unwrap_or_default();
        // A number of nodes is how a profile says that no autoscaler is to have it.
        let names =
            OF_A_POOL.iter().filter(|name| **name != "autoscale" || pool.get("count").is_none());
        let names: Vec<&str> = names.copied().collect();
        compare(&format!("pools[{name}]"), &names, stands, pool);
    }
    left
}

/// Returns what stands in the network and the profile does not say.
fn of_the_network(profile: &Profile, stands: &Value, observed: &Observed) -> Vec<(String, String)> {
    let network = &profile.network;
    let own = |kind: &str| {
        let mut all = observed.resources.iter();
        all.find(|(id, _)| id.is_type(kind)).and_then(|(_, found)| found.body())
    };
    let servers = own(VirtualNetwork::TYPE).and_then(|body| {
        let is_silent = network
            .vnet
            .as_ref()
            .is_some_and(|vnet| vnet.id.is_none() && vnet.dns_servers.is_none());
        let servers = body.pointer("/properties/dhcpOptions/dnsServers")?;
        (is_silent && servers != &Value::Array(Vec::new())).then(|| flow(servers))
    });
    let policy = stands["network"]["policy"].as_str().filter(|policy| {
        network.policy.is_none() && !network.is_cilium() && !policy.eq_ignore_ascii_case("none")
    });
    let addresses = own(NatGateway::TYPE).and_then(|body| {
        let gateway = network.outbound.as_ref().and_then(|outbound| outbound.nat_gateway.as_ref());
        let is_silent = gateway.is_none_or(|one| one.id.is_none() && one.public_ips.is_none());
        let count = body.pointer("/properties/publicIpAddresses")?.as_array()?.len();
        (is_silent && count > 1).then(|| count.to_string())
    });
    let found = [
        ("network.vnet.dnsServers", servers),
        ("network.policy", policy.map(str::to_owned)),
        ("network.outbound.natGateway.publicIPs", addresses),
    ];
    found.into_iter().filter_map(|(at, value)| Some((at.to_owned(), value?))).collect()
}

/// Tells whether it is what every cluster has that says nothing.
fn is_usual(name: &str, value: &Value) -> bool {
    name == "tier" && value == "free"
}

fn is_silent(said: Option<&Value>) -> bool {
    said.is_none_or(Value::is_null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_and_stands_is_named_with_its_value() {
        let stands = json!({
            "cluster": { "tier": "standard", "addons": { "keda": true, "vpa": true } },
            "pools": [{ "name": "a", "autoscale": { "min": 1, "max": 3 }, "labels": { "x": "y" } }],
        });
        let said = json!({
            "cluster": { "addons": { "vpa": false } },
            "pools": [{ "name": "a", "labels": {} }, { "name": "b" }],
        });
        let named = |said: &Value| -> Vec<String> {
            left(&stands, said).iter().map(|(at, value)| format!("{at}: {value}")).collect()
        };
        assert_eq!(
            named(&said),
            [
                "cluster.tier: standard",
                "cluster.addons.keda: true",
                "pools[a].autoscale: { max: 3, min: 1 }"
            ]
        );
        assert!(named(&stands).is_empty(), "a profile that says it all");
        let counted =
            json!({ "cluster": stands["cluster"], "pools": [{ "name": "a", "count": 2 }] });
        assert_eq!(named(&counted), [r#"pools[a].labels: { x: "y" }"#], "not a flag");
    }
}
