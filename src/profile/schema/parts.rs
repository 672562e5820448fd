//! The parts of a network that real profiles name: names by a policy, routes, rules, attachments.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::raw::Raw;
use crate::address::Range;

/// How what akstool makes is called. In a pattern `{name}` stands for the environment and
/// `{location}` for the region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Names {
    /// The identity of the control plane. Default: `{name}-identity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub identity: Option<String>,
    /// The identity of the nodes. Default: `{name}-kubelet`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub kubelet_identity: Option<String>,
    /// The virtual network. Default: `{name}-vnet`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub vnet: Option<String>,
    /// The route table. Default: `{name}-routes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub route_table: Option<String>,
    /// The network security group. Default: `{name}-nsg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub security_group: Option<String>,
    /// The NAT gateway. Default: `{name}-natgw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub nat_gateway: Option<String>,
    /// Each public address of the NAT gateway; `{number}` counts them from 1. Default:
    /// `{name}-egress-{number}`.
    #[serde(default, rename = "publicIP", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub public_ip: Option<String>,
    /// The Azure Bastion; its public address is called like it, with `-ip` behind. Default:
    /// `{name}-bastion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 77))]
    pub bastion: Option<String>,
}

/// One route of our own table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route {
    /// The route's name, 1 to 80 characters.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Where it leads.
    #[schemars(with = "String", extend("format" = "cidr-or-all"))]
    pub cidr: Range,
    /// The address of the appliance that takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "ipv4"))]
    pub next_hop: Option<IpAddr>,
    /// What takes it, where that is no appliance.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<NextHop>,
}

/// What takes a route's traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NextHop {
    /// An appliance, at `nextHop`.
    VirtualAppliance,
    /// The Internet.
    Internet,
    /// The virtual network itself.
    VnetLocal,
    /// The gateway of the virtual network.
    VirtualNetworkGateway,
    /// Nothing: the traffic is dropped.
    None,
}

/// One rule of our own network security group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecurityRule {
    /// The rule's name, 1 to 80 characters.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// 100 to 4096; the lowest number decides first, each once per direction.
    #[schemars(range(min = 100, max = 4096))]
    pub priority: u16,
    /// Which way the traffic goes. Default: `inbound`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Whether it passes. Default: `allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// The protocol. Default: `any`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// Where it comes from: a range, an address, a service tag or `*`. Default: `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where it goes: a range, an address, a service tag or `*`. Default: `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The ports it goes to, such as `443` or `30000-32767`. Default: all.
    #[serde(
        default,
        deserialize_with = "super::value::texts",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(with = "Vec<super::value::Digits>", extend("x-akstool-null" = "empty"))]
    pub ports: Vec<String>,
}

/// Which way traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Into the subnet.
    Inbound,
    /// Out of the subnet.
    Outbound,
}

/// Whether traffic passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// It does.
    Allow,
    /// It does not.
    Deny,
}

/// A protocol that a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Protocol {
    /// All of them.
    Any,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
}

/// The route table of one subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RouteTableChoice {
    /// `true`: the environment's own table; `false`: none.
    Own(bool),
    /// An existing one.
    Existing(RouteTable),
}

/// The NAT gateway of one subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NatGatewayChoice {
    /// `true`: the environment's own gateway; `false`: none.
    Own(bool),
    /// An existing one.
    Existing(NatGatewayReference),
}

/// A NAT gateway that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NatGatewayReference {
    /// The id of the NAT gateway.
    #[schemars(extend("x-akstool-type" = "Microsoft.Network/natGateways"))]
    pub id: String,
}

/// Which policies of a subnet hold for its private endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EndpointPolicies {
    /// None.
    Disabled,
    /// Security groups and route tables.
    Enabled,
    /// Security groups alone.
    NetworkSecurityGroupEnabled,
    /// Route tables alone.
    RouteTableEnabled,
}

/// A route table that exists (`id`), or what our own has beside its routes (`properties`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteTable {
    /// The id of the route table. One cluster per table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.Network/routeTables"))]
    pub id: Option<String>,
    /// Raw ARM properties of our own table that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}
