//! Azure Monitor workspaces: where the metrics of a cluster are kept and asked for.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Fixed, Rule, Server};

/// An Azure Monitor workspace.
#[derive(Clone, Debug)]
pub struct MonitorWorkspace {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
}

impl Kind for MonitorWorkspace {
    const TYPE: &'static str = "Microsoft.Monitor/accounts";
    const API: ApiVersion = ApiVersion::new("2023-04-03");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Server("properties.accountId"),
        Server("properties.metrics"),
        Server("properties.defaultIngestionSettings"),
        Server("properties.privateEndpointConnections"),
    ];
    const TRAITS: Traits = Traits {
        noun: "Azure Monitor workspace",
        command: "monitor account",
        wants: "",
        pattern: Some("{name}-metrics"),
        // Chosen, as nothing is recorded. What is deleted is gone at once, unlike logs.
        pace: Pace::new(Takes { creation: 15, change: 15, deletion: 30 }, 5, 900),
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
        Body::new(json!({ "location": self.location, "tags": self.tags, "properties": {} }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some("every metric in it is lost".to_owned())
    }
}
