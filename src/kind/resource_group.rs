//! Resource groups: the folder that everything of an environment lies in.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Resource, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Fixed, Rule};

/// A resource group.
#[derive(Clone, Debug)]
pub struct ResourceGroup {
    /// The id.
    pub id: ResourceId,
    /// The region its records are kept in.
    pub location: String,
    /// The tags.
    pub tags: Tags,
}

impl Kind for ResourceGroup {
    const TYPE: &'static str = "Microsoft.Resources/resourceGroups";
    const API: ApiVersion = ApiVersion::new("2025-04-01");
    const RULES: &'static [Rule] = &[Fixed("location")];
    const TRAITS: Traits = Traits {
        noun: "resource group",
        command: "group",
        wants: "",
        pattern: None,
        // Creation is synchronous, 0.6 s; deletion took 61 to 76 s, 730 at most (160 recorded).
        pace: Pace::new(Takes { creation: 1, change: 1, deletion: 61 }, 15, 3600),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: None,
        asks: None,
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        Body::new(json!({ "location": self.location, "tags": self.tags }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        None
    }
}

impl Resource {
    /// Returns the type as rights and policies spell it: they call a group by the subscription it
    /// lies in.
    pub fn full_type(&self) -> &str {
        if self.kind == ResourceGroup::TYPE {
            return "Microsoft.Resources/subscriptions/resourceGroups";
        }
        &self.kind
    }
}
