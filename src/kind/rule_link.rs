//! Associations: which data collection rule a cluster goes by.

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Folded, Rule};

/// The link of a cluster to a data collection rule.
#[derive(Clone, Debug)]
pub struct RuleLink {
    /// The id, which lies on the cluster; the agents there look for its name.
    pub id: ResourceId,
    /// The rule.
    pub rule: ResourceId,
}

impl RuleLink {
    /// The link that the agent for logs looks for.
    pub const LOGS: &'static str = "ContainerInsightsExtension";
    /// The link that the agent for metrics looks for.
    pub const METRICS: &'static str = "ContainerInsightsMetricsExtension";
}

impl Kind for RuleLink {
    const TYPE: &'static str = "Microsoft.Insights/dataCollectionRuleAssociations";
    const API: ApiVersion = ApiVersion::new("2023-03-11");
    const RULES: &'static [Rule] = &[Folded("properties.dataCollectionRuleId")];
    const TRAITS: Traits = Traits {
        noun: "data collection rule association",
        command: "monitor data-collection rule association",
        wants: "",
        pattern: None,
        // Synchronous (`ext-aks_create_with_monitoring_legacy_auth`).
        pace: Pace::even(3, 3, 300),
        // It lies on the cluster and goes with it.
        removal: Removal::WithParent,
        claim: Claim::Within(None),
        items: None,
        inline: None,
        is_missed: false,
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
        Body::new(json!({ "properties": { "dataCollectionRuleId": self.rule } }))
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
