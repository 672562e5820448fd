//! Raw ARM properties of the profile in a resource's body, and what is known of their cost.

use serde_json::{Map, Value};

use super::Resource;
use crate::arm::body::Body;
use crate::diff::rule::{Fixed, Keyed, Rule};
use crate::profile::schema::Raw;

/// What Azure adds members to in machines and their interfaces, and what it never changes in a machine
/// (`PropertyChangeNotAllowed`).
const MACHINE_RULES: [Rule; 5] = [
    Fixed("properties.osProfile.adminUsername"),
    Fixed("properties.osProfile.linuxConfiguration.ssh.publicKeys[].keyData"),
    Keyed("properties.ipConfigurations", "name"),
    Keyed("properties.networkProfile.networkInterfaces", "id"),
    Keyed("properties.osProfile.linuxConfiguration.ssh.publicKeys", "path"),
];

impl Resource {
    /// Returns the resource as one that is a machine or part of one, which have no kind here: items of
    /// their lists meet by what tells them apart.
    pub fn as_machine(mut self) -> Self {
        self.rules = self.rules.iter().chain(&MACHINE_RULES).copied().collect();
        self
    }

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
