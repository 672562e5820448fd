//! The profile of the cluster autoscaler, by the fields of ours.

use serde_json::{Map, Value, json};

/// What AKS fills in where nobody says anything (cluster-autoscaler, its table of settings, and the
/// recorded creations since 2024).
const USUAL: [(&str, &str); 20] = [
    ("balance-similar-node-groups", "false"),
    ("daemonset-eviction-for-empty-nodes", "false"),
    ("daemonset-eviction-for-occupied-nodes", "true"),
    ("expander", "random"),
    ("ignore-daemonsets-utilization", "false"),
    ("max-empty-bulk-delete", "10"),
    ("max-graceful-termination-sec", "600"),
    ("max-node-provision-time", "15m"),
    ("max-total-unready-percentage", "45"),
    ("new-pod-scale-up-delay", "0s"),
    ("ok-total-unready-count", "3"),
    ("scan-interval", "10s"),
    ("scale-down-delay-after-add", "10m"),
    ("scale-down-delay-after-delete", "10s"),
    ("scale-down-delay-after-failure", "3m"),
    ("scale-down-unneeded-time", "10m"),
    ("scale-down-unready-time", "20m"),
    ("scale-down-utilization-threshold", "0.5"),
    ("skip-nodes-with-local-storage", "false"),
    ("skip-nodes-with-system-pods", "true"),
];

/// Returns what a cluster says of its autoscaler that AKS does not say by itself.
pub(super) fn profile(cluster: &Value) -> Option<Value> {
    let standing = cluster.pointer("/properties/autoScalerProfile")?.as_object()?;
    let own = USUAL.iter().filter_map(|(name, usual)| {
        let text = standing.get(*name)?.as_str().filter(|text| text != usual)?;
        Some((camel(name), typed(text)))
    });
    let own: Map<String, Value> = own.collect();
    (!own.is_empty()).then_some(Value::Object(own))
}

/// Returns a text as the flag or the number that it stands for.
fn typed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::schema::AutoscalerProfile;

    #[test]
    fn what_differs_from_the_usual_is_said_by_fields_of_ours() {
        let cluster = json!({ "properties": { "autoScalerProfile": {
            "expander": "least-waste", "scan-interval": "10s", "max-empty-bulk-delete": "20",
            "skip-nodes-with-local-storage": "true", "scale-down-utilization-threshold": "0.7",
        } } });
        let said = profile(&cluster).expect("something differs");
        let expected = json!({
            "expander": "least-waste", "maxEmptyBulkDelete": 20,
            "skipNodesWithLocalStorage": true, "scaleDownUtilizationThreshold": 0.7,
        });
        assert_eq!(said, expected);
    }

    #[test]
    fn every_setting_is_a_field() {
        let all: Map<String, Value> =
            USUAL.iter().map(|(name, usual)| (camel(name), typed(usual))).collect();
        let read: AutoscalerProfile =
            serde_json::from_value(Value::Object(all.clone())).expect("fields");
        assert_eq!(serde_json::to_value(read).expect("a value"), Value::Object(all));
    }
}
