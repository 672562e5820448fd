//! Data collection rules: what is collected of a cluster, and where it goes.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Traits};
use crate::arm::body::{ApiVersion, Body, Later};
use crate::arm::id::ResourceId;
use crate::diff::rule::{CreateOnly, Fixed, Folded, Keyed, Rule, Server};

/// What goes from a cluster to a workspace as its logs: everything that Container insights knows.
const LOGS: &str = "Microsoft-ContainerInsights-Group-Default";

/// What the destination is called inside the rule.
const WORKSPACE: &str = "ciworkspace";

/// A data collection rule.
#[derive(Clone, Debug)]
pub struct CollectionRule {
    /// The id.
    pub id: ResourceId,
    /// The region: that of the workspace, which Azure asks for.
    pub location: Region,
    /// The tags.
    pub tags: Tags,
    /// The workspace that the logs go to.
    pub workspace: ResourceId,
}

/// A region that is written, or that of something that stands.
#[derive(Clone, Debug)]
pub enum Region {
    /// This one.
    Is(String),
    /// Where that stands.
    Of(ResourceId),
}

impl Region {
    fn to_json(&self) -> Value {
        match self {
            Self::Is(name) => json!(name),
            Self::Of(id) => Later { of: id.clone(), at: "location".to_owned() }.to_json(),
        }
    }
}

impl Kind for CollectionRule {
    const TYPE: &'static str = "Microsoft.Insights/dataCollectionRules";
    const API: ApiVersion = ApiVersion::new("2023-03-11");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Fixed("kind"),
        // People tune in Azure's portal what is collected, and how often: that is no wish of ours.
        CreateOnly("properties.dataSources"),
        CreateOnly("properties.dataFlows"),
        Keyed("properties.destinations.logAnalytics", "name"),
        Folded("properties.destinations.logAnalytics[].workspaceResourceId"),
        Server("properties.destinations.logAnalytics[].workspaceId"),
        Server("properties.immutableId"),
        Server("properties.metadata"),
        Server("properties.endpoints"),
    ];
    const TRAITS: Traits = Traits {
        noun: "data collection rule",
        command: "monitor data-collection rule",
        wants: "",
        pattern: None,
        // Synchronous; chosen, as only the links to rules are recorded.
        pace: Pace::even(3, 3, 300),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: false,
        etag: Some("etag"),
        asks: None,
        // Azure keeps a rule that something is linked to; who is of another hand keeps it before.
        for_good: Some(("deleteAssociations", "true")),
        holds: &[],
        users: &["properties.associations"],
        linked_by: Some("associations"),
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let settings = json!({
            "interval": "1m", "namespaceFilteringMode": "Off", "enableContainerLogV2": true,
        });
        let source = json!({
            "name": "ContainerInsightsExtension",
            "extensionName": "ContainerInsights",
            "streams": [LOGS],
            "extensionSettings": { "dataCollectionSettings": settings },
        });
        Body::new(json!({
            "location": self.location.to_json(),
            "tags": self.tags,
            "kind": "Linux",
            "properties": {
                "dataSources": { "extensions": [source] },
                "destinations": { "logAnalytics": [
                    { "name": WORKSPACE, "workspaceResourceId": self.workspace },
                ] },
                "dataFlows": [{ "streams": [LOGS], "destinations": [WORKSPACE] }],
            },
        }))
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
