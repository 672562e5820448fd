//! The cluster section: the control plane.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::addons::{Addons, Storage, Switch};
use super::autoscaler::AutoscalerProfile;
use super::maintenance::Maintenance;
use super::private::ApiServer;
use super::raw::Raw;
use crate::address::Tier;

/// The control plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// The cluster's name. Default: the name of the environment. 1 to 63 letters, digits, `-` and
    /// `_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub name: Option<String>,
    /// The Kubernetes version, in quotes: `"1.34"`, `"1.34.2"`, `latest`, or `latest-1` for the
    /// minor version before. Unset: Azure's default on creation, then left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "kubernetes-version"))]
    pub version: Option<String>,
    /// Whether the cluster stood before the profile, as `akstool adopt` writes it: it is changed as the
    /// profile says, its identity and its rights are left alone, and `down` does not delete it unless
    /// it was taken over by `akstool adopt --own`. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<bool>,
    /// The pricing tier. Default: `free`, up to 1,000 nodes; `standard` and `premium` up to
    /// 5,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// The support plan. Default: `community`; `long-term` needs `tier: premium`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_plan: Option<SupportPlan>,
    /// The first part of the API server's host name, 1 to 54 letters, digits and `-`. Default:
    /// derived from the environment's name. Fixed once the cluster exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 54))]
    pub dns_prefix: Option<String>,
    /// The resource group that AKS makes for nodes; it must not exist. Default: Azure's
    /// `MC_<group>_<cluster>_<region>`. At most 80 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80))]
    pub node_resource_group: Option<String>,
    /// Whether people log in with Entra ID, and who of them is administrator. Default: `false`, as in
    /// Azure. Cannot be switched off again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entra: Option<Switch<Entra>>,
    /// Whether the cluster has a local administrator account; `false` needs `entra`. Default:
    /// `true`, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_accounts: Option<bool>,
    /// Whether the cluster issues OIDC tokens for its service accounts. Default: `true`. Cannot
    /// be switched off again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc_issuer: Option<bool>,
    /// Whether pods may exchange their token for an Azure one; needs `oidcIssuer`. Default:
    /// `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_identity: Option<bool>,
    /// Which Kubernetes versions are installed by themselves. Default: Azure's, `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_upgrade: Option<AutoUpgrade>,
    /// How nodes get security fixes. Default: Azure's, `node-image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_os_upgrade: Option<NodeOsUpgrade>,
    /// When Azure may do so: maintenance windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
    /// Add-ons that AKS runs in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addons: Option<Addons>,
    /// The drivers of persistent volumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// How the cluster autoscaler decides, for every pool with `autoscale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaler_profile: Option<AutoscalerProfile>,
    /// An existing identity for the control plane. Unset: akstool makes one and gives it the
    /// rights it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Whom the nodes act as, to fetch images say: `true` for an identity that akstool makes, or one
    /// that exists. Unset: one that AKS makes; what a standing cluster has is left alone. A change
    /// makes every node anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet_identity: Option<Switch<Identity>>,
    /// How the API server is reached. Unset: from anywhere, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_server: Option<ApiServer>,
    /// Raw ARM properties of the cluster that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

impl Cluster {
    /// Tells whether the cluster stood before the profile.
    pub fn is_adopted(&self) -> bool {
        self.adopted.unwrap_or(false)
    }

    /// Tells whether the nodes act as an identity that is not of AKS's making.
    pub fn has_kubelet_identity(&self) -> bool {
        self.kubelet_identity.as_ref().is_some_and(Switch::is_on)
    }

    /// Tells whether the API server is reached from inside the network only.
    pub fn is_private(&self) -> bool {
        self.api_server.as_ref().is_some_and(ApiServer::is_private)
    }
}

/// How people log in with Entra ID.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entra {
    /// The object ids of the groups of Entra ID whose members are administrators of the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<super::value::GuidText>>", extend("x-akstool-null" = "empty"))]
    pub admin_groups: Option<Vec<String>>,
    /// Whether what people may do inside the cluster is decided by roles of Azure, such as
    /// `Azure Kubernetes Service RBAC Reader`, beside those of Kubernetes. Default: `false`, as in
    /// Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_rbac: Option<bool>,
    /// The id of the tenant they log in to. Default: that of the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "guid"))]
    pub tenant: Option<String>,
}

/// A user-assigned identity that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// The id of the user-assigned identity. The rights it needs are granted to it.
    #[schemars(extend("x-akstool-type" = "Microsoft.ManagedIdentity/userAssignedIdentities"))]
    pub id: String,
}

/// How long a Kubernetes version is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SupportPlan {
    /// As long as upstream.
    Community,
    /// Two years; premium tier only.
    LongTerm,
}

/// Which Kubernetes versions are installed by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AutoUpgrade {
    /// None.
    None,
    /// The latest patch of the minor version in use.
    Patch,
    /// The latest patch of the minor version before the latest.
    Stable,
    /// The latest patch of the latest minor version.
    Rapid,
    /// Node images only.
    NodeImage,
}

/// How nodes get security fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeOsUpgrade {
    /// Not at all.
    None,
    /// By the operating system itself.
    Unmanaged,
    /// By AKS, patches on running nodes where possible.
    SecurityPatch,
    /// By AKS, with a fresh node image.
    NodeImage,
}
