//! Raw ARM properties: whatever Azure has and no field of the profile says.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Properties as ARM spells them, which go below what the typed fields say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(pub Map<String, Value>);

impl Raw {
    /// Works these properties into a body's own. What a field of the profile wrote is not said here
    /// too (the checks see to that), so what stands at such a place is a default of ours, and goes.
    pub fn merge_into(&self, properties: &mut Map<String, Value>) {
        merge(properties, &self.0);
    }
}

/// Both providers read names ignoring case, so `NetworkProfile` is `networkProfile`.
fn merge(into: &mut Map<String, Value>, raw: &Map<String, Value>) {
    for (name, value) in raw {
        let known = into.keys().find(|known| known.eq_ignore_ascii_case(name));
        let key = known.unwrap_or(name).clone();
        match (into.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => merge(inner, more),
            _ => {
                into.insert(key, value.clone());
            }
        }
    }
}

impl JsonSchema for Raw {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Raw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": true, "x-akstool-raw": true })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn raw_properties_go_beside_and_in_place_of_our_defaults() {
        let mut body =
            json!({ "enableRBAC": true, "networkProfile": { "networkPlugin": "azure" } });
        let raw: Raw = serde_json::from_value(json!({
            "enableRBAC": false,
            "NetworkProfile": { "advancedNetworking": { "enabled": true } },
            "autoScalerProfile": null,
        }))
        .unwrap();
        raw.merge_into(body.as_object_mut().unwrap());
        assert_eq!(
            body,
            json!({
                "enableRBAC": false,
                "networkProfile": {
                    "networkPlugin": "azure", "advancedNetworking": { "enabled": true },
                },
                "autoScalerProfile": null,
            })
        );
    }
}
