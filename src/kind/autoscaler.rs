//! The autoscaler's profile as ARM has it: every value a text, every name with dashes.

use serde_json::{Map, Value};

use crate::profile::schema::AutoscalerProfile;

/// Returns the profile in ARM's spelling.
pub(super) fn body(profile: &AutoscalerProfile) -> Value {
    let said = serde_json::to_value(profile).unwrap_or_default();
    let members = said.as_object().into_iter().flatten();
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        plain => plain.to_string(),
    };
    let all = members.map(|(name, value)| (dashed(name), Value::String(text(value))));
    Value::Object(all.collect::<Map<String, Value>>())
}

/// Returns a name with dashes instead of capitals.
fn dashed(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::profile::schema::Expander;

    #[test]
    fn numbers_and_flags_are_texts_under_names_with_dashes() {
        let profile = AutoscalerProfile {
            balance_similar_node_groups: Some(true),
            expander: Some(Expander::LeastWaste),
            scan_interval: Some("20s".to_owned()),
            scale_down_utilization_threshold: Some(0.6),
            max_graceful_termination_sec: Some(30),
            ..AutoscalerProfile::default()
        };
        let expected = json!({
            "balance-similar-node-groups": "true", "expander": "least-waste",
            "scan-interval": "20s", "scale-down-utilization-threshold": "0.6",
            "max-graceful-termination-sec": "30",
        });
        assert_eq!(body(&profile), expected);
    }
}
