//! The registry section: where the images of a cluster come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::raw::Raw;

/// The container registry that the cluster fetches images from: the nodes' identity gets `AcrPull`
/// on it, unless it may fetch there already. An existing one (`id`), in any group or subscription of the tenant,
/// or how ours is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Registry {
    /// The id of an existing container registry. It is only read, and stays when the cluster goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.ContainerRegistry/registries"))]
    pub id: Option<String>,
    /// The registry's name, 5 to 50 letters and digits, once in the world. Default: the letters and
    /// digits of the environment's name, and eight digits that follow from subscription, group and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 5, max = 50))]
    pub name: Option<String>,
    /// The pricing tier. Default: `basic` when it is made, then left alone; `premium` has private
    /// endpoints, network rules and replication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<RegistrySku>,
    /// Whether it has a user with a password. Default: `false`; identities need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_user: Option<bool>,
    /// Raw ARM properties of our own registry that no field here says; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

/// The pricing tier of a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistrySku {
    /// For development: 10 GiB.
    #[default]
    Basic,
    /// 100 GiB.
    Standard,
    /// 500 GiB, private endpoints, network rules, replication.
    Premium,
}
