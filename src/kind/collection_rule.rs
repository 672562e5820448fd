//! Data collection rules: what is collected of a cluster, and where it goes.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Region, Removal, Tags, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{CreateOnly, Fixed, Folded, Keyed, Rule, Server};

/// What goes from a cluster to a workspace as its logs: everything that Container insights knows.
const LOGS: &str = "Microsoft-ContainerInsights-Group-Default";

/// What goes there as its metrics.
const METRICS: &str = "Microsoft-PrometheusMetrics";

/// What the destinations are called inside a rule.
const WORKSPACE: &str = "ciworkspace";
const ACCOUNT: &str = "MonitoringAccount1";

/// A data collection rule.
#[derive(Clone, Debug)]
pub struct CollectionRule {
    /// The id.
    pub id: ResourceId,
    /// The region: that of the workspace, which Azure asks for.
    pub location: Region,
    /// The tags.
    pub tags: Tags,
    /// What is collected, and where it goes.
    pub collects: Collects,
}

/// What a rule collects.
#[derive(Clone, Debug)]
pub enum Collects {
    /// Logs, into this Log Analytics workspace.
    Logs(ResourceId),
    /// Metrics of Prometheus, into this Azure Monitor workspace.
    Metrics {
        /// The workspace.
        workspace: ResourceId,
        /// The endpoint that they are sent to.
        endpoint: ResourceId,
    },
}

impl CollectionRule {
    /// Tells whether a rule, by its body, is what the agent for metrics goes by.
    pub fn is_of_metrics(body: &Value) -> bool {
        let flows = body.pointer("/properties/dataFlows").and_then(Value::as_array);
        let streams =
            flows.into_iter().flatten().filter_map(|flow| flow.get("streams")?.as_array());
        streams.flatten().any(|stream| stream == METRICS)
    }
}

impl Collects {
    fn properties(&self) -> Value {
        match self {
            Self::Logs(workspace) => logs(workspace),
            Self::Metrics { workspace, endpoint } => metrics(workspace, endpoint),
        }
    }
}

fn logs(workspace: &ResourceId) -> Value {
    let settings = json!({
        "interval": "1m", "namespaceFilteringMode": "Off", "enableContainerLogV2": true,
    });
    let source = json!({
        "name": "ContainerInsightsExtension",
        "extensionName": "ContainerInsights",
        "streams": [LOGS],
        "extensionSettings": { "dataCollectionSettings": settings },
    });
    json!({
        "dataSources": { "extensions": [source] },
        "destinations": {
            "logAnalytics": [{ "name": WORKSPACE, "workspaceResourceId": workspace }],
        },
        "dataFlows": [{ "streams": [LOGS], "destinations": [WORKSPACE] }],
    })
}

fn metrics(workspace: &ResourceId, endpoint: &ResourceId) -> Value {
    let source = json!({
        "name": "PrometheusDataSource", "streams": [METRICS], "labelIncludeFilter": {},
    });
    json!({
        "dataCollectionEndpointId": endpoint,
        "dataSources": { "prometheusForwarder": [source] },
        "destinations": {
            "monitoringAccounts": [{ "name": ACCOUNT, "accountResourceId": workspace }],
        },
        "dataFlows": [{ "streams": [METRICS], "destinations": [ACCOUNT] }],
    })
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
        Keyed("properties.destinations.monitoringAccounts", "name"),
        Folded("properties.destinations.monitoringAccounts[].accountResourceId"),
        Server("properties.destinations.monitoringAccounts[].accountId"),
        Folded("properties.dataCollectionEndpointId"),
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
        Body::new(json!({
            "location": self.location.to_json(),
            "tags": self.tags,
            "kind": "Linux",
            "properties": self.collects.properties(),
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
