//! What keeps a cluster to its own network: how its API server is reached, private DNS zones.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::outbound::Reference;
use crate::address::Range;

/// How the API server is reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiServer {
    /// Whether the API server has an address inside the virtual network only. Default: `false`. Fixed
    /// once the cluster exists, unless the API server stands in a `subnet` of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Where a private API server has its name: `system` for a zone that AKS makes in the group of
    /// the nodes, `own` for one that akstool makes and links, the id of one that exists, or `none`
    /// for its public name alone. Default: `system`. May become `none`, and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_zone: Option<DnsZone>,
    /// Whether a private API server has a name in public DNS too, which leads to its private
    /// address. Default: `true`, as in Azure.
    #[serde(default, rename = "publicFQDN", skip_serializing_if = "Option::is_none")]
    pub public_fqdn: Option<bool>,
    /// The subnet that the API server itself stands in, by its name in `network.subnets` (API Server
    /// VNet Integration): a /28 at least with nothing else in it. akstool hands it to AKS. Cannot be
    /// taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80))]
    pub subnet: Option<String>,
    /// The public addresses and ranges, IPv4, from which an API server that is not private is reached:
    /// at most 200, 2,000 where it stands in a `subnet` of ours. The cluster's own load balancer comes
    /// in by itself; `0.0.0.0/32` lets nobody else in. Unset: left as it is, in a new cluster from
    /// anywhere, which an empty list brings back.
    #[serde(
        default,
        deserialize_with = "super::value::ranges",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(
        with = "Option<Vec<super::value::RangeText>>",
        length(max = 2000),
        extend("x-akstool-null" = "empty")
    )]
    pub authorized_ranges: Option<Vec<Range>>,
    /// Whether Azure runs commands in the cluster for those who may ask it (`az aks command invoke`).
    /// Default: `true`, as in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_command: Option<bool>,
}

impl ApiServer {
    /// Tells whether the API server is reached from inside the network only.
    pub fn is_private(&self) -> bool {
        self.private.unwrap_or(false)
    }

    /// Returns the name that a zone for the API server has in a region, without what may stand in
    /// front of it.
    pub fn zone(&self, location: &str) -> String {
        // The API server in a subnet of ours answers through no private link.
        let word = if self.subnet.is_some() { "private" } else { "privatelink" };
        format!("{word}.{}.azmk8s.io", location.to_ascii_lowercase())
    }
}

/// Where a private API server has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsZone {
    /// In a zone that AKS makes.
    System,
    /// In none but public DNS.
    None,
    /// In a zone that akstool makes.
    Own,
    /// In a zone that exists.
    Existing(String),
}

impl DnsZone {
    /// The words for what is no id.
    pub(in crate::profile) const WORDS: [&'static str; 3] = ["system", "none", "own"];
}

impl FromStr for DnsZone {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "system" => Self::System,
            "none" => Self::None,
            "own" => Self::Own,
            id => Self::Existing(id.to_owned()),
        })
    }
}

impl fmt::Display for DnsZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "system",
            Self::None => "none",
            Self::Own => "own",
            Self::Existing(id) => id,
        })
    }
}

impl Serialize for DnsZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DnsZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for DnsZone {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DnsZone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "private-dns-zone" })
    }
}

/// A private DNS zone of our own, linked to our network and to others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrivateZone {
    /// Further virtual networks that find the names of the zone, such as a hub with the DNS servers.
    /// Our own network is linked in any case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, Reference>,
}

/// A private endpoint: an address in one of our subnets behind which a resource of Azure answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrivateEndpoint {
    /// The endpoint's name, 2 to 64 characters.
    #[schemars(length(min = 2, max = 64))]
    pub name: String,
    /// What answers behind it: the id of a resource, or a reference such as
    /// `${registry.id}`.
    #[schemars(extend("format" = "id-or-reference"))]
    pub to: String,
    /// Which part of that answers, in Azure's word: `registry` of a registry, `vault` of a key vault,
    /// `blob` of a storage account.
    #[schemars(length(min = 1, max = 20))]
    pub groups: Vec<String>,
    /// The subnet that the address is of, by its name in `network.subnets`.
    #[schemars(length(min = 1, max = 80))]
    pub subnet: String,
    /// The private DNS zone that its name is written into: the name of one that akstool makes and
    /// links, such as `privatelink.azurecr.io`, or the id of one that exists. Unset: nobody finds
    /// the endpoint by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "zone-or-id"))]
    pub zone: Option<String>,
}

/// Azure Bastion: the way from outside to machines, and to a private API server, without any of them
/// having a public address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bastion {
    /// What it can do, and what it costs. Default: `standard`. All but `developer` stand in the
    /// subnet `AzureBastionSubnet`, a /26 at least, and have a public address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<BastionSku>,
    /// Whether programs on one's own machine, such as kubectl and ssh, come in; with `standard` and
    /// `premium`. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunneling: Option<bool>,
    /// How many may come in at once, 2 to 50, with `standard` and `premium`: each takes 20 or so.
    /// Default: Azure's, 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 50))]
    pub scale_units: Option<u32>,
}

/// What an Azure Bastion can do.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BastionSku {
    /// One that is shared and costs nothing: one machine at a time, in a browser, in some regions.
    Developer,
    /// Machines of this network and its peers, in a browser.
    Basic,
    /// Also programs on one's own machine.
    #[default]
    Standard,
    /// Also recorded sessions.
    Premium,
}

impl Bastion {
    /// Returns what it can do: written, else `standard`.
    pub fn sku_or_default(&self) -> BastionSku {
        self.sku.unwrap_or_default()
    }

    /// Tells whether programs on one's own machine come in.
    pub fn has_tunnel(&self) -> bool {
        self.sku_or_default() >= BastionSku::Standard && self.tunneling.unwrap_or(true)
    }
}

/// A small Linux machine inside the network, reached through Azure Bastion alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JumpHost {
    /// The subnet it stands in, by its name in `network.subnets`.
    #[schemars(length(min = 1, max = 80))]
    pub subnet: String,
    /// The public half of the SSH key of whoever logs in, `ssh-ed25519 …`. Fixed once it exists.
    #[schemars(length(min = 20, max = 8192))]
    pub ssh_key: String,
    /// The name to log in by. Default: `azureuser`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), extend("format" = "user-name"))]
    pub user: Option<String>,
    /// The size of the machine. Default: `Standard_B2s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub vm_size: Option<String>,
}

impl JumpHost {
    /// Returns the name to log in by.
    pub fn user_or_default(&self) -> &str {
        self.user.as_deref().unwrap_or("azureuser")
    }

    /// Returns the size of the machine.
    pub fn size_or_default(&self) -> &str {
        self.vm_size.as_deref().unwrap_or("Standard_B2s")
    }
}
