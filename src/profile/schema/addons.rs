//! The add-ons and drivers of a cluster: a switch each, with the few settings that go with it.
//!
//! Where each stands in ARM says the table of [`crate::profile::switches`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A switch: `true`, `false`, or its settings, which turn it on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Switch<T> {
    /// On or off.
    Is(bool),
    /// On, with these settings.
    With(T),
}

impl<T> Switch<T> {
    /// Tells whether it is on.
    pub const fn is_on(&self) -> bool {
        !matches!(self, Self::Is(false))
    }

    /// Returns the settings, if there are any.
    pub const fn settings(&self) -> Option<&T> {
        match self {
            Self::Is(_) => None,
            Self::With(settings) => Some(settings),
        }
    }
}

/// Add-ons that AKS runs in the cluster. `true` turns one on, `false` off; one that is not named
/// stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Addons {
    /// Secrets of a key vault as volumes of pods (the secrets store CSI driver).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_vault: Option<Switch<KeyVault>>,
    /// Azure Policy for the pods of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_policy: Option<bool>,
    /// Pods scaled by events (KEDA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keda: Option<bool>,
    /// Requests of pods sized by their use (the vertical pod autoscaler).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpa: Option<bool>,
    /// Ingress by a managed nginx (the application routing add-on).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_routing: Option<Switch<AppRouting>>,
    /// A managed service mesh (the Istio add-on).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub istio: Option<Switch<Istio>>,
    /// Flows seen and filtered (Advanced Container Networking Services).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advanced_networking: Option<Switch<AdvancedNetworking>>,
    /// Unused images removed from nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_cleaner: Option<Switch<ImageCleaner>>,
    /// Costs told by namespace; needs `tier: standard` or `premium`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_analysis: Option<bool>,
    /// Threats found at run time (Microsoft Defender for Containers).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defender: Option<Switch<Defender>>,
    /// Nodes made as pods need them (node auto-provisioning), in place of the pools' autoscalers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_auto_provisioning: Option<bool>,
}

/// Settings of the key vault's secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyVault {
    /// Whether secrets that changed in the vault change in the pods. Default: Azure's, `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<bool>,
    /// How often the vault is asked, such as `2m`. Default: Azure's, `2m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "poll-interval"))]
    pub interval: Option<String>,
}

/// Settings of application routing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppRouting {
    /// The ids of the DNS zones that ingresses may write to, 5 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub dns_zones: Vec<String>,
}

/// Settings of the mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Istio {
    /// The revision to begin with, such as `asm-1-27`; `az aks mesh upgrade` moves on. Default:
    /// Azure's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "mesh-revision"))]
    pub revision: Option<String>,
}

/// Settings of advanced networking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdvancedNetworking {
    /// Whether flows and their metrics are seen. Default: `true`, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observability: Option<bool>,
    /// Whether policies may speak of names and of layer 7; needs `dataplane: cilium`. Default: as
    /// in Azure, `true` with Cilium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<bool>,
}

/// Settings of the image cleaner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageCleaner {
    /// Hours between two looks, 24 to 2160. Default: Azure's, 168.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 24, max = 2160))]
    pub interval_hours: Option<u32>,
}

/// Settings of Defender.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Defender {
    /// The id of the Log Analytics workspace that it reports to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.OperationalInsights/workspaces"))]
    pub workspace: Option<String>,
}

/// The drivers of persistent volumes. `true` turns one on, `false` off; one that is not named stays
/// as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Storage {
    /// Managed disks, for one node at a time. Default: `true`, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<bool>,
    /// File shares, for many nodes at once. Default: `true`, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<bool>,
    /// Blob containers. Default: `false`, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<bool>,
    /// Snapshots of volumes. Default: `true`, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<bool>,
}
