//! What a change costs where that depends on what it is made to, and no rule can say it.

use serde_json::Value;

use super::migrate::cluster_body::ClusterBody;
use super::observed::items;
use crate::address::{Model, Range};
use crate::diff::{Cost, Delta};
use crate::kind::{BastionHost, Cluster, Kind as _, Subnet, cost_is_known};

/// The place that says which data plane a cluster has.
const DATA_PLANE: &str = "properties.networkProfile.networkDataplane";

/// The place that says how a cluster gets out.
const WAY_OUT: &str = "properties.networkProfile.outboundType";

/// The ways out that AKS changes for each other, by whose network it is: each pair, and the ways
/// that all lead to all others (egress-outboundtype, the tables of supported migrations; another
/// place of that page shows `managedNATGateway` to `loadBalancer`, which the table does not).
const MANAGED_WAYS: [(&str, &str); 5] = [
    ("loadBalancer", "managedNATGateway"),
    ("loadBalancer", "none"),
    ("loadBalancer", "block"),
    ("none", "block"),
    ("block", "none"),
];
const OWN_WAYS: [&str; 4] =
    ["loadBalancer", "userAssignedNATGateway", "userDefinedRouting", "none"];

/// The places that say where pods get their addresses from.
const POD_RANGES: [&str; 2] =
    ["properties.networkProfile.podCidr", "properties.networkProfile.podCidrs"];

/// The lists that have an entry for each IP family of a cluster.
const FAMILIES: [&str; 3] = [
    "properties.networkProfile.ipFamilies",
    "properties.networkProfile.podCidrs",
    "properties.networkProfile.serviceCidrs",
];

/// The places that hold a subnet's ranges.
const SUBNET_RANGES: [&str; 2] = ["properties.addressPrefix", "properties.addressPrefixes"];

/// Prices the changes of a resource anew.
pub(super) fn price(kind: &str, before: &Value, after: &Value, deltas: &mut [Delta]) {
    if kind.eq_ignore_ascii_case(Cluster::TYPE) {
        cluster(before, after, deltas);
    } else if kind.eq_ignore_ascii_case(Subnet::TYPE) {
        subnet(before, after, deltas);
    } else if kind.eq_ignore_ascii_case(BastionHost::TYPE) {
        bastion(deltas);
    }
    for delta in deltas.iter_mut().filter(|delta| delta.cost == Cost::None) {
        if !cost_is_known(kind, &delta.path) {
            delta.cost = Cost::NotKnown;
        }
    }
}

/// A dedicated Bastion becomes one that can do more, and never less
/// (learn.microsoft.com/azure/bastion/upgrade-sku).
fn bastion(deltas: &mut [Delta]) {
    const RANKS: [&str; 3] = ["Basic", "Standard", "Premium"];
    let rank = |sku: &Option<Value>| {
        let sku = sku.as_ref().and_then(Value::as_str)?;
        RANKS.iter().position(|one| one.eq_ignore_ascii_case(sku))
    };
    for delta in deltas.iter_mut().filter(|delta| delta.path == "sku.name") {
        if let (Some(was), Some(will)) = (rank(&delta.before), rank(&delta.after))
            && was < will
        {
            delta.cost = Cost::None;
        }
    }
}

/// A subnet changes its range in place while nothing stands in it, and takes a range of another
/// family at any time (`cli-network_subnet_set`, three answers of 200).
fn subnet(before: &Value, after: &Value, deltas: &mut [Delta]) {
    let is_empty = Subnet::TRAITS.users.iter().all(|list| items(list, before).is_empty());
    let (was, will) = (ranges_of(before), ranges_of(after));
    if is_empty || grows_by_family(&was, &will) {
        for delta in deltas.iter_mut().filter(|delta| SUBNET_RANGES.contains(&&*delta.path)) {
            delta.cost = Cost::None;
        }
    }
}

fn ranges_of(subnet: &Value) -> Vec<Value> {
    let one = subnet.pointer("/properties/addressPrefix").filter(|one| !one.is_null());
    let many = subnet.pointer("/properties/addressPrefixes").and_then(Value::as_array);
    let many = many.into_iter().flatten();
    let mut all: Vec<Value> = one.into_iter().chain(many).cloned().collect();
    all.dedup();
    all
}

/// Tells whether all that was is still there, and what is new is of a family that was not.
fn grows_by_family(was: &[Value], will: &[Value]) -> bool {
    let is_v6 = |item: &Value| {
        item.as_str().is_some_and(|text| text.contains(':') || text.eq_ignore_ascii_case("IPv6"))
    };
    was.iter().all(|item| will.contains(item))
        && will
            .iter()
            .filter(|item| !was.contains(item))
            .all(|new| is_v6(new) && !was.iter().any(is_v6))
}

/// AKS never leaves Cilium in place, lets the pods' range of an overlay grow, and gives it a
/// second family (`az aks update --ip-families`).
fn cluster(before: &Value, after: &Value, deltas: &mut [Delta]) {
    let (was, will) = (ClusterBody::of(before), ClusterBody::of(after));
    let leaves_cilium = was.is_cilium() && !will.is_cilium();
    let is_overlay = was.model() == Model::Overlay && will.model() == Model::Overlay;
    let may_grow = is_overlay && may_grow(before);
    let families = |delta: &Delta| {
        let list = |side: &Option<Value>| side.as_ref().and_then(Value::as_array).cloned();
        let (was, will) = (list(&delta.before).unwrap_or_default(), list(&delta.after));
        will.is_some_and(|will| grows_by_family(&was, &will))
    };
    let is_own = is_on_own_network(before);
    api_server(before, after, deltas);
    for delta in deltas {
        if delta.path == WAY_OUT && !leads(is_own, delta) {
            delta.cost = Cost::Replaces;
            continue;
        }
        if leaves_cilium && delta.path == DATA_PLANE {
            delta.cost = Cost::Replaces;
            continue;
        }
        let path = delta.path.as_str();
        let grows = may_grow && POD_RANGES.contains(&path) && holds_before(delta);
        let joins = is_overlay && FAMILIES.contains(&path) && families(delta);
        if grows || joins {
            delta.cost = Cost::None;
        }
    }
}

/// An API server in a subnet of the network's becomes private and open again as one likes; into one
/// it goes for good, with all nodes made anew, and so does one that gives up its private zone
/// (api-server-vnet-integration; private-clusters, "you can only update from byo or system to
/// none").
fn api_server(before: &Value, after: &Value, deltas: &mut [Delta]) {
    const AT: &str = "properties.apiServerAccessProfile";
    let integrated = |body: &Value| {
        let at = "/properties/apiServerAccessProfile/enableVnetIntegration";
        body.pointer(at).and_then(Value::as_bool).unwrap_or(false)
    };
    let (was, will) = (integrated(before), integrated(after));
    for delta in deltas.iter_mut() {
        let Some(field) = delta.path.strip_prefix(AT) else { continue };
        let to_none = delta.after.as_ref().is_some_and(|zone| zone == "none");
        delta.cost = match field.trim_start_matches('.') {
            "enablePrivateCluster" if was && will => Cost::None,
            // With the switch come its settings.
            "privateDNSZone" if was && will && delta.before.is_none() => Cost::None,
            "privateDNSZone" if to_none => Cost::RestartsNodes,
            "enableVnetIntegration" | "subnetId" if !was && will => Cost::RestartsNodes,
            _ => continue,
        };
    }
}

fn is_on_own_network(cluster: &Value) -> bool {
    let pools = cluster.pointer("/properties/agentPoolProfiles").and_then(Value::as_array);
    let mut pools = pools.into_iter().flatten();
    pools.any(|pool| pool.get("vnetSubnetID").is_some_and(Value::is_string))
}

/// Tells whether AKS changes the way out so.
fn leads(is_own: bool, delta: &Delta) -> bool {
    let word = |side: &Option<Value>| side.as_ref().and_then(Value::as_str).map(str::to_owned);
    // Absent is where a cluster of old stands, on a load balancer.
    let from = word(&delta.before).unwrap_or_else(|| "loadBalancer".to_owned());
    let Some(to) = word(&delta.after) else { return true };
    let is = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    if is_own {
        return [&from, &to].iter().all(|word| OWN_WAYS.iter().any(|way| is(way, word)));
    }
    MANAGED_WAYS.iter().any(|(one, other)| is(one, &from) && is(other, &to))
}

/// Overlay ranges grow with Linux pools and IPv4 alone
/// (learn.microsoft.com/azure/aks/azure-cni-overlay-pod-expand, read in November 2026).
fn may_grow(cluster: &Value) -> bool {
    let list = |at: &str| cluster.pointer(at).and_then(Value::as_array).into_iter().flatten();
    let windows = |pool: &Value| {
        let os = pool.get("osType").and_then(Value::as_str).unwrap_or_default();
        os.eq_ignore_ascii_case("Windows")
    };
    !list("/properties/agentPoolProfiles").any(windows)
        && list("/properties/networkProfile/podCidrs").count() <= 1
}

/// Tells whether the one range before lies within the one range after.
fn holds_before(delta: &Delta) -> bool {
    let range = |value: Option<&Value>| -> Option<Range> {
        let text = match value? {
            Value::Array(items) => match items.as_slice() {
                [one] => one.as_str()?,
                _ => return None,
            },
            plain => plain.as_str()?,
        };
        text.parse().ok()
    };
    match (range(delta.before.as_ref()), range(delta.after.as_ref())) {
        (Some(before), Some(after)) => before.is_ipv4() && after.contains(&before),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::deltas;
    use crate::kind::rules_of;

    fn overlay(pods: &str, more: &Value) -> Value {
        let mut body = json!({ "properties": {
            "networkProfile": { "networkPlugin": "azure", "networkPluginMode": "overlay",
                "networkDataplane": "azure", "podCidr": pods, "podCidrs": [pods] },
            "agentPoolProfiles": [{ "name": "system", "osType": "Linux" }],
        }});
        for (at, value) in more.as_object().into_iter().flatten() {
            body["properties"]["networkProfile"][at] = value.clone();
        }
        body
    }

    /// The dearest change of a cluster from one body to another.
    fn dearest(before: &Value, after: &Value) -> Cost {
        let rules = rules_of(Cluster::TYPE).expect("a known type");
        let mut changes = deltas(before, after, &rules);
        price(Cluster::TYPE, before, after, &mut changes);
        changes.iter().map(|delta| delta.cost).max().expect("a change")
    }

    #[test]
    fn an_overlays_range_grows_in_place_and_nothing_else_does() {
        let small = overlay("10.244.0.0/16", &json!({}));
        assert_eq!(dearest(&small, &overlay("10.240.0.0/12", &json!({}))), Cost::None);
        assert_eq!(dearest(&small, &overlay("10.245.0.0/16", &json!({}))), Cost::Replaces);
        assert_eq!(dearest(&small, &overlay("10.244.0.0/17", &json!({}))), Cost::Replaces);
        let mut windows = small.clone();
        windows["properties"]["agentPoolProfiles"][0]["osType"] = json!("Windows");
        assert_eq!(dearest(&windows, &overlay("10.240.0.0/12", &json!({}))), Cost::Replaces);
    }

    #[test]
    fn a_second_family_is_an_update_and_a_lost_one_a_replacement() {
        let single = overlay("10.244.0.0/16", &json!({ "ipFamilies": ["IPv4"] }));
        let both =
            json!({ "ipFamilies": ["IPv4", "IPv6"], "podCidrs": ["10.244.0.0/16", "fd98::/64"] });
        let dual = overlay("10.244.0.0/16", &both);
        assert_eq!(dearest(&single, &dual), Cost::None);
        assert_eq!(dearest(&dual, &single), Cost::Replaces);
    }

    #[test]
    fn a_subnet_changes_in_place_while_nothing_stands_in_it() {
        let subnet = |ranges: &Value, users: usize| {
            let held: Vec<Value> = (0..users).map(|_| json!({ "id": "/x" })).collect();
            json!({ "properties": { "addressPrefixes": ranges, "ipConfigurations": held } })
        };
        let rules = rules_of(Subnet::TYPE).expect("a known type");
        let cost = |users: usize, after: Value| {
            let (before, after) = (subnet(&json!(["10.0.0.0/26"]), users), subnet(&after, users));
            let mut changes = deltas(&before, &after, &rules);
            price(Subnet::TYPE, &before, &after, &mut changes);
            changes[0].cost
        };
        assert_eq!(cost(0, json!(["10.0.0.0/25"])), Cost::None);
        assert_eq!(cost(1, json!(["10.0.0.0/25"])), Cost::Replaces);
        assert_eq!(cost(1, json!(["10.0.0.0/26", "fd00::/64"])), Cost::None);
        assert_eq!(cost(1, json!(["10.0.0.0/26", "10.0.1.0/26"])), Cost::Replaces);
    }

    #[test]
    fn a_way_out_changes_where_aks_says_so_and_replaces_elsewhere() {
        let cluster = |own: bool, way: &str| {
            let pool = if own { json!({ "vnetSubnetID": "/s" }) } else { json!({}) };
            json!({ "properties": { "agentPoolProfiles": [pool],
                "networkProfile": { "outboundType": way } } })
        };
        let dear = |own, from: &str, to: &str| {
            dearest(&cluster(own, from), &cluster(own, to)) == Cost::Replaces
        };
        for (from, to) in MANAGED_WAYS {
            assert!(!dear(false, from, to), "{from} {to}");
        }
        assert!(dear(false, "managedNATGateway", "loadBalancer"));
        assert!(dear(false, "none", "loadBalancer"));
        let pairs = OWN_WAYS.iter().flat_map(|from| OWN_WAYS.map(|to| (*from, to)));
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            assert!(!dear(true, from, to), "{from} {to}");
        }
        assert!(dear(true, "loadBalancer", "block"));
    }

    #[test]
    fn there_is_no_way_back_from_cilium() {
        let plain = overlay("10.244.0.0/16", &json!({}));
        let cilium = overlay("10.244.0.0/16", &json!({ "networkDataplane": "cilium" }));
        assert_eq!(dearest(&cilium, &plain), Cost::Replaces);
        assert_eq!(dearest(&plain, &cilium), Cost::RestartsNodes);
    }
}
