//! What a change costs where that depends on the cluster it is made to, and no rule can say it.

use serde_json::Value;

use super::migrate::Facts;
use crate::address::{Model, Range};
use crate::diff::{Cost, Delta};
use crate::kind::{Cluster, Kind as _};

/// The place that says which data plane a cluster has.
const DATA_PLANE: &str = "properties.networkProfile.networkDataplane";

/// The places that say where pods get their addresses from.
const POD_RANGES: [&str; 2] =
    ["properties.networkProfile.podCidr", "properties.networkProfile.podCidrs"];

/// Prices the changes of a resource anew: AKS never leaves Cilium in place, and lets the pods'
/// range of an overlay grow.
pub(super) fn price(kind: &str, before: &Value, after: &Value, deltas: &mut [Delta]) {
    if !kind.eq_ignore_ascii_case(Cluster::TYPE) {
        return;
    }
    let (was, will) = (Facts::of(before), Facts::of(after));
    let leaves_cilium = was.is_cilium() && !will.is_cilium();
    let may_grow =
        was.model() == Model::Overlay && will.model() == Model::Overlay && may_grow(before);
    for delta in deltas {
        if leaves_cilium && delta.path == DATA_PLANE {
            delta.cost = Cost::Replaces;
        } else if may_grow && POD_RANGES.contains(&delta.path.as_str()) && holds_before(delta) {
            delta.cost = Cost::None;
        }
    }
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
    fn there_is_no_way_back_from_cilium() {
        let plain = overlay("10.244.0.0/16", &json!({}));
        let cilium = overlay("10.244.0.0/16", &json!({ "networkDataplane": "cilium" }));
        assert_eq!(dearest(&cilium, &plain), Cost::Replaces);
        assert_eq!(dearest(&plain, &cilium), Cost::RestartsNodes);
    }
}
