//! Data collection endpoints: where agents send metrics to.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Region, Removal, Tags, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{CreateOnly, Fixed, Rule, Server};

/// A data collection endpoint.
#[derive(Clone, Debug)]
pub struct CollectionEndpoint {
    /// The id.
    pub id: ResourceId,
    /// The region: that of the workspace.
    pub location: Region,
    /// The tags.
    pub tags: Tags,
}

impl Kind for CollectionEndpoint {
    const TYPE: &'static str = "Microsoft.Insights/dataCollectionEndpoints";
    const API: ApiVersion = ApiVersion::new("2023-03-11");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Fixed("kind"),
        Server("properties.immutableId"),
        Server("properties.configurationAccess"),
        Server("properties.logsIngestion"),
        Server("properties.metricsIngestion"),
        Server("properties.metadata"),
        Server("properties.privateLinkScopedResources"),
        Server("properties.failoverConfiguration"),
    ];
    const TRAITS: Traits = Traits {
        noun: "data collection endpoint",
        command: "monitor data-collection endpoint",
        wants: "",
        pattern: None,
        // Synchronous; chosen, as nothing is recorded.
        pace: Pace::even(3, 3, 300),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: false,
        etag: Some("etag"),
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
        Body::new(json!({
            "location": self.location.to_json(),
            "tags": self.tags,
            "kind": "Linux",
            "properties": { "networkAcls": { "publicNetworkAccess": "Enabled" } },
        }))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        // Whoever closes it and goes by private links has said so there.
        &[CreateOnly("properties.networkAcls.publicNetworkAccess")]
    }

    fn loses(_standing: &Value) -> Option<String> {
        None
    }
}
