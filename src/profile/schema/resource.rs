//! Whole ARM resources: what the environment needs and no section of the profile makes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::raw::Raw;

/// One ARM resource of any type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnyResource {
    /// The name in Azure, such as `logs`; of a type that lies in another one, both: `vault/key`.
    /// `${resources.logs.id}` refers to it.
    #[schemars(length(min = 1, max = 260))]
    pub name: String,
    /// The type, such as `Microsoft.OperationalInsights/workspaces`.
    #[serde(rename = "type")]
    #[schemars(length(min = 3, max = 200), extend("format" = "resource-type"))]
    pub kind: String,
    /// The version of the type's interface that the body is written in, such as `2025-07-01`.
    #[schemars(extend("format" = "api-version"))]
    pub api_version: String,
    /// What it lies on, such as `${cluster.id}`: of types that extend another resource. Default: the
    /// environment's resource group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2000), extend("format" = "scope-or-reference"))]
    pub scope: Option<String>,
    /// What is sent, as Azure's reference spells it: `location`, `tags`, `sku`, `properties` and so on.
    /// `${...}` refers to what the profile makes.
    #[serde(default)]
    pub body: Raw,
}

impl AnyResource {
    /// Tells whether it carries tags: it is said to, or it has a region, as all that has one does.
    pub fn is_tagged(&self) -> bool {
        ["tags", "location"].iter().any(|name| self.body.0.contains_key(*name))
    }
}
