//! Raw ARM properties of the profile in a resource's body, and what is known of their cost.

use serde_json::{Map, Value};

use super::Resource;
use crate::arm::body::Body;
use crate::profile::schema::Raw;

impl Resource {
    /// Returns the resource with raw properties in its body, below what the fields of the profile
    /// say.
    pub fn with(mut self, raw: Option<&Raw>) -> Self {
        if let Some(raw) = raw {
            let mut body = self.body.into_value();
            if let Value::Object(members) = &mut body {
                let own = members.entry("properties").or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(own) = own {
                    raw.merge_into(own);
                }
            }
            self.body = Body::new(body);
        }
        self
    }
}

/// Tells whether somebody knows what a change costs at this place of a resource; of a type without
/// a kind nobody does.
pub fn cost_is_known(resource_type: &str, path: &str) -> bool {
    super::of(resource_type).is_some() && crate::profile::raw::cost_is_known(resource_type, path)
}
