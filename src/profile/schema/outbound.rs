//! How the cluster's network meets others: the way out, and peerings.

use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::raw::Raw;
use super::value::CidrText;
use crate::address::Range;

/// How the cluster reaches the Internet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outbound {
    /// The way out, in Azure's own words. Default: `loadBalancer`.
    #[serde(rename = "type")]
    pub kind: OutboundType,
    /// Public IPv4 addresses that Azure makes for the load balancer, 1 to 100. Default: 1.
    #[serde(default, rename = "managedIPs", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub managed_ips: Option<u32>,
    /// Public IPv6 addresses that Azure makes for the load balancer, with dual stack, 1 to 100.
    /// Default: 1.
    #[serde(default, rename = "managedIPsV6", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub managed_ips_v6: Option<u32>,
    /// Ids of public addresses of your own, for the load balancer or for our NAT gateway.
    #[serde(default, rename = "publicIPs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<PublicIpId>")]
    pub public_ips: Vec<String>,
    /// Ids of public IP prefixes of your own, for the load balancer or for our NAT gateway.
    #[serde(default, rename = "publicIPPrefixes", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<PublicIpPrefixId>")]
    pub public_ip_prefixes: Vec<String>,
    /// SNAT ports per node on the load balancer, a multiple of 8 from 0 to 64000. Default: 0,
    /// Azure shares them out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 64000))]
    pub allocated_ports: Option<u32>,
    /// Minutes after which the load balancer drops an idle flow, 4 to 100. Default: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 4, max = 100))]
    pub idle_timeout_minutes: Option<u32>,
    /// The NAT gateway, with `managedNATGateway` and `userAssignedNATGateway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nat_gateway: Option<NatGateway>,
    /// The IPv4 address of the appliance that takes 0.0.0.0/0, with `userDefinedRouting`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "ipv4"))]
    pub next_hop: Option<Ipv4Addr>,
}

/// The way out of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OutboundType {
    /// The cluster's public load balancer.
    #[serde(rename = "loadBalancer")]
    LoadBalancer,
    /// A NAT gateway that AKS makes in its own virtual network.
    #[serde(rename = "managedNATGateway")]
    ManagedNatGateway,
    /// A NAT gateway on your subnet: akstool makes it, or `natGateway.id` names it.
    #[serde(rename = "userAssignedNATGateway")]
    UserAssignedNatGateway,
    /// A route table on your subnet with 0.0.0.0/0 to an appliance.
    #[serde(rename = "userDefinedRouting")]
    UserDefinedRouting,
    /// AKS sets up no way out.
    #[serde(rename = "none")]
    None,
    /// AKS blocks every way out; on AKS's own virtual network.
    #[serde(rename = "block")]
    Block,
}

/// A NAT gateway: an existing one (`id`), or how ours is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NatGateway {
    /// The id of an existing NAT gateway, already attached to the node subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.Network/natGateways"))]
    pub id: Option<String>,
    /// Public addresses made for it, 1 to 16. Default: 1.
    #[serde(default, rename = "publicIPs", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 16))]
    pub public_ips: Option<u32>,
    /// Minutes after which an idle flow is dropped, 4 to 120. Default: 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 4, max = 120))]
    pub idle_timeout_minutes: Option<u32>,
    /// Raw ARM properties of our own gateway that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

/// A peering of our virtual network with another one, such as a hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Peering {
    /// The peering's name on our side, 1 to 80 characters; the other side's derives from the
    /// environment's.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// The other virtual network.
    pub vnet: Reference,
    /// The ranges of the other network and of its peers, so that overlaps are found without
    /// Azure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<CidrText>", extend("x-akstool-null" = "empty"))]
    pub cidrs: Vec<Range>,
    /// Whether the peering is made on the other side too, which needs rights there. Default:
    /// `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub both_directions: Option<bool>,
    /// Whether traffic that a third network sent is let in. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded_traffic: Option<bool>,
    /// Whether we use the other network's gateway (VPN or private line). Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_remote_gateways: Option<bool>,
    /// Whether the other network lets us use its gateway; set on its side. Default: as
    /// `useRemoteGateways`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_transit: Option<bool>,
    /// Raw ARM properties of the peering on our side that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

/// The id of a public IP prefix as text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, extend("x-akstool-type" = "Microsoft.Network/publicIPPrefixes"))]
#[expect(dead_code, reason = "describes how the ids are written; never built")]
struct PublicIpPrefixId(String);

/// The id of a public address as text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, extend("x-akstool-type" = "Microsoft.Network/publicIPAddresses"))]
#[expect(dead_code, reason = "describes how the ids are written; never built")]
struct PublicIpId(String);

/// A virtual network that exists, by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "VnetReference")]
pub struct Reference {
    /// The id of the virtual network.
    #[schemars(extend("x-akstool-type" = "Microsoft.Network/virtualNetworks"))]
    pub id: String,
}
