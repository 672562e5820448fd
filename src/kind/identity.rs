//! User-assigned identities: whom a cluster acts as.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body, Later};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Fixed, Rule, Server};

/// A user-assigned managed identity.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
}

impl Identity {
    /// Returns the directory's name for the identity `id`, known once it exists.
    pub fn principal(id: &ResourceId) -> Later {
        Later { of: id.clone(), at: "properties.principalId".to_owned() }
    }
}

impl Kind for Identity {
    const TYPE: &'static str = "Microsoft.ManagedIdentity/userAssignedIdentities";
    const API: ApiVersion = ApiVersion::new("2024-11-30");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Server("properties.principalId"),
        Server("properties.clientId"),
        Server("properties.tenantId"),
    ];
    const TRAITS: Traits = Traits {
        noun: "identity",
        command: "identity",
        wants: "",
        pattern: Some("{name}-identity"),
        // Synchronous; 1.7 s in the median, 2.9 at most (25 recorded).
        pace: Pace::new(Takes { creation: 2, change: 2, deletion: 2 }, 3, 300),
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
        linked_by: Some("federatedIdentityCredentials"),
        join: Some("assign/action"),
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
        Some("the next one is another principal: every right given to this one is lost".to_owned())
    }
}
