//! Log Analytics workspaces: where the logs of a cluster are kept and asked for.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Fixed, Folded, Renamed, Rule, Server};

/// A Log Analytics workspace.
#[derive(Clone, Debug)]
pub struct LogWorkspace {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// For how many days it keeps what it gets, if that is said.
    pub retention_days: Option<u32>,
}

impl Kind for LogWorkspace {
    const TYPE: &'static str = "Microsoft.OperationalInsights/workspaces";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        // Azure answers `pergb2018` and `PerGB2018`.
        Folded("properties.sku.name"),
        // A price of old, still taken; az writes it small.
        Renamed("properties.sku.name", "Standalone", "PerGB2018"),
        Renamed("properties.sku.name", "standalone", "pergb2018"),
        Server("properties.customerId"),
        Server("properties.createdDate"),
        Server("properties.modifiedDate"),
        Server("properties.sku.lastSkuUpdate"),
        Server("properties.workspaceCapping.quotaNextResetTime"),
        Server("properties.workspaceCapping.dataIngestionStatus"),
        Server("properties.privateLinkScopedResources"),
        // Answered, and in no specification.
        Server("properties.features.legacy"),
        Server("properties.features.searchVersion"),
        Server("properties.features.unifiedSentinelBillingOnly"),
        Server("properties.features.associations"),
    ];
    const TRAITS: Traits = Traits {
        noun: "Log Analytics workspace",
        command: "monitor log-analytics workspace",
        wants: "",
        pattern: Some("{name}-logs"),
        // A write takes 17 s, a deletion is done at once (`aso-OperationalInsights_Workspace_*`).
        pace: Pace::new(Takes { creation: 17, change: 17, deletion: 2 }, 5, 900),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: None,
        asks: None,
        // Without it the workspace only hides for 14 days: its name is taken, and a workspace of
        // that name made again holds the logs of the one before.
        for_good: Some(("force", "true")),
        holds: &[],
        users: &[],
        linked_by: None,
        // AKS hands the workspace's key to its agent (Container insights, "authentication").
        join: Some("sharedKeys/read"),
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let mut body =
            Body::new(json!({ "location": self.location, "tags": self.tags, "properties": {} }));
        if let Some(days) = self.retention_days {
            body.set("properties.retentionInDays", json!(days));
        }
        body
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some("every log in it is lost".to_owned())
    }
}
