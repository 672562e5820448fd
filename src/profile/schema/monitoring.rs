//! The monitoring section: where what a cluster says of itself is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::addons::Switch;
use super::raw::Raw;

/// What is kept of what the cluster says of itself. What is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Monitoring {
    /// Logs of containers, events and inventory (Container insights), in a Log Analytics workspace:
    /// `true` makes one, `false` turns them off. The agent logs in by a managed identity; what it
    /// collects says a data collection rule, which is tuned in Azure's portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<Switch<Logs>>,
    /// Metrics of Prometheus (Azure Monitor managed service for Prometheus), in an Azure Monitor
    /// workspace: `true` makes one, `false` turns them off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Switch<Metrics>>,
}

/// Settings of the logs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Logs {
    /// The workspace. Default: one of the environment's own.
    #[serde(default)]
    pub workspace: LogWorkspace,
}

/// A Log Analytics workspace: an existing one (`id`), or how ours is made. Ours is deleted for good
/// with the environment, so that its name is free again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogWorkspace {
    /// The id of an existing workspace, in any group, region or subscription. It is only read, and
    /// stays with all logs when the cluster goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.OperationalInsights/workspaces"))]
    pub id: Option<String>,
    /// The name of ours, 4 to 63 letters, digits and `-`. Default: `{name}-logs`, with the
    /// environment's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 4, max = 63))]
    pub name: Option<String>,
    /// For how many days ours keeps the logs, 30 to 730. Default: Azure's, 30, which cost no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 30, max = 730))]
    pub retention_days: Option<u32>,
    /// Raw ARM properties of ours that no field here says, such as
    /// `{ workspaceCapping: { dailyQuotaGb: 5 } }`; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

/// Settings of the metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metrics {
    /// The workspace. Default: one of the environment's own.
    #[serde(default)]
    pub workspace: MonitorWorkspace,
}

/// An Azure Monitor workspace: an existing one (`id`), or how ours is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MonitorWorkspace {
    /// The id of an existing workspace, in any group, region or subscription. It is only read, and
    /// stays with all metrics when the cluster goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.Monitor/accounts"))]
    pub id: Option<String>,
    /// The name of ours, 4 to 63 letters, digits and `-`. Default: `{name}-metrics`, with the
    /// environment's name. Azure's and your own Grafana read it by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 4, max = 63))]
    pub name: Option<String>,
}

impl Monitoring {
    /// Returns the workspace for the logs, where they are on.
    pub fn log_workspace(&self) -> Option<LogWorkspace> {
        let logs = self.logs.as_ref().filter(|logs| logs.is_on())?;
        Some(logs.settings().map(|settings| settings.workspace.clone()).unwrap_or_default())
    }

    /// Returns the workspace for the metrics, where they are on.
    pub fn monitor_workspace(&self) -> Option<MonitorWorkspace> {
        let metrics = self.metrics.as_ref().filter(|metrics| metrics.is_on())?;
        Some(metrics.settings().map(|settings| settings.workspace.clone()).unwrap_or_default())
    }
}
