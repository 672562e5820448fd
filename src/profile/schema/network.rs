//! The network section: the model, its ranges, the virtual network and its subnets.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::outbound::{Outbound, Peering};
use super::parts::RouteTable;
use super::parts::{EndpointPolicies, NatGatewayChoice, Route, RouteTableChoice, SecurityRule};
use super::private::{Bastion, JumpHost, PrivateEndpoint, PrivateZone};
use super::raw::Raw;
use super::value::{Cidr, CidrText};
use crate::address::{Model, Range};

/// The network model and its address ranges. A field that the chosen model does not use is
/// advice, never an error, so that `plugin` alone switches the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// The network plugin: the one line that switches the model.
    pub plugin: Plugin,
    /// How pods get addresses, with `plugin: azure`. Default: `node-subnet`, which is what Azure
    /// takes when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<NetworkMode>,
    /// How addresses are handed to nodes, with `mode: pod-subnet`. Default: `dynamic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_allocation: Option<PodAllocation>,
    /// What moves the packets, with `plugin: azure`. Default: `azure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataplane: Option<Dataplane>,
    /// What enforces network policies. Default: `none`, and `cilium` with `dataplane: cilium`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<NetworkPolicy>,
    /// The IP families, in order: `[IPv4]` (default) or `[IPv4, IPv6]`, the latter on overlay
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2))]
    pub ip_families: Option<Vec<IpFamily>>,
    /// The pods' own IPv4 range, with kubenet and overlay: a CIDR or `auto`. Default:
    /// 10.244.0.0/16. Each node takes a /24 of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_cidr: Option<Cidr>,
    /// The pods' own IPv6 range, with dual stack. Default: `fd12:3456:789a::/64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "cidr-v6"))]
    pub pod_cidr_v6: Option<Range>,
    /// The IPv4 range of Kubernetes services: a CIDR smaller than /12, or `auto`. Default:
    /// 10.0.0.0/16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_cidr: Option<Cidr>,
    /// The IPv6 range of Kubernetes services, with dual stack, /108 or smaller. Default:
    /// `fd12:3456:789a:1::/108`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "cidr-v6"))]
    pub service_cidr_v6: Option<Range>,
    /// The address of the cluster's DNS service, inside `serviceCidr` and not its first address.
    /// Default: the tenth address.
    #[serde(default, rename = "dnsServiceIP", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "ipv4"))]
    pub dns_service_ip: Option<IpAddr>,
    /// The virtual network: `cidr` for one of our own, `id` for one that exists. Unset: Azure
    /// makes and owns one in the node resource group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnet: Option<Vnet>,
    /// The subnets by name. `nodes` is where pools stand that name no other, `pods` where pods of
    /// `mode: pod-subnet` get addresses; any other name may be used by a pool.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subnets: BTreeMap<String, Subnet>,
    /// An existing route table for kubenet (`id`), already attached to the node subnet. Unset:
    /// akstool makes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_table: Option<RouteTable>,
    /// A network security group on the node subnets: `true` for one of our own with the rules
    /// that nodes and pods need, or `{ id }` of an existing one. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group: Option<SecurityGroup>,
    /// Rules of our own security group beside those that nodes and pods need; rules of others
    /// stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub security_rules: Vec<SecurityRule>,
    /// Routes of our own route table, beside the one of `outbound.nextHop`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub routes: Vec<Route>,
    /// Whether our own route table takes the routes of a gateway (BGP). Default: `true`, as in
    /// Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_routes: Option<bool>,
    /// How the cluster reaches the Internet. Default: a load balancer with one address of its
    /// own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound: Option<Outbound>,
    /// Peerings with other virtual networks, such as a hub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub peerings: Vec<Peering>,
    /// Private DNS zones of our own by name, such as `privatelink.azurecr.io`. What needs one makes
    /// it; here it is made for its own sake, or linked to further networks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub private_zones: BTreeMap<String, PrivateZone>,
    /// Private endpoints in our subnets, behind which resources of Azure answer without a public
    /// address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub private_endpoints: Vec<PrivateEndpoint>,
    /// Azure Bastion, the way in from outside. Unset: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bastion: Option<Bastion>,
    /// A small Linux machine in our network, reached through the Bastion alone. Unset: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump_host: Option<JumpHost>,
    /// Ranges in use elsewhere (on premises, other spokes) that nothing here may overlap and
    /// `auto` avoids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<CidrText>", extend("x-akstool-null" = "empty"))]
    pub avoid: Vec<Range>,
}

impl Network {
    /// Returns the mode: written, else node subnet, which is what Azure takes for `plugin: azure`
    /// when nothing is said. Has a meaning with `plugin: azure` only.
    pub fn mode_or_default(&self) -> NetworkMode {
        self.mode.unwrap_or(NetworkMode::NodeSubnet)
    }

    /// Returns the model that plugin, mode and allocation select together.
    pub fn model(&self) -> Model {
        match (self.plugin, self.mode_or_default()) {
            (Plugin::Kubenet, _) => Model::Kubenet,
            (Plugin::None, _) => Model::BringYourOwn,
            (Plugin::Azure, NetworkMode::NodeSubnet) => Model::NodeSubnet,
            (Plugin::Azure, NetworkMode::Overlay) => Model::Overlay,
            (Plugin::Azure, NetworkMode::PodSubnet) => match self.pod_allocation {
                Some(PodAllocation::Static) => Model::PodSubnetStatic,
                Some(PodAllocation::Dynamic) | None => Model::PodSubnetDynamic,
            },
        }
    }

    /// Returns the data plane: written, else Azure's own. Cilium has a meaning with `plugin:
    /// azure` only.
    pub fn dataplane_or_default(&self) -> Dataplane {
        self.dataplane.unwrap_or(Dataplane::Azure)
    }

    /// Says whether Cilium moves the packets: it is written and the plugin can use it.
    pub fn is_cilium(&self) -> bool {
        self.plugin == Plugin::Azure && self.dataplane_or_default() == Dataplane::Cilium
    }

    /// Returns the policy engine: written, else `cilium` on the Cilium data plane, else none.
    pub fn policy_or_default(&self) -> NetworkPolicy {
        self.policy.unwrap_or(if self.is_cilium() {
            NetworkPolicy::Cilium
        } else {
            NetworkPolicy::None
        })
    }

    /// Says whether pods and services have IPv6 addresses as well.
    pub fn is_dual_stack(&self) -> bool {
        self.ip_families.as_ref().is_some_and(|families| families.contains(&IpFamily::V6))
    }

    /// Says whether Azure makes and owns the virtual network: neither one nor a subnet is
    /// written.
    pub fn is_managed(&self) -> bool {
        self.vnet.is_none() && self.subnets.is_empty()
    }

    /// Says whether the virtual network exists already and is not ours.
    pub fn is_existing(&self) -> bool {
        self.vnet.as_ref().is_some_and(|vnet| vnet.id.is_some())
            || (self.vnet.is_none() && self.subnets.values().any(|subnet| subnet.id.is_some()))
    }

    /// Returns how traffic leaves: written, else through a load balancer.
    pub fn outbound_type(&self) -> super::OutboundType {
        self.outbound.as_ref().map_or(super::OutboundType::LoadBalancer, |outbound| outbound.kind)
    }
}

/// The network plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Plugin {
    /// Pods in a range of their own behind a route table. Azure retires it on 31 March 2028.
    Kubenet,
    /// Azure CNI, in one of its modes.
    Azure,
    /// None: bring your own.
    None,
}

/// How pods get addresses with Azure CNI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkMode {
    /// From the node subnet, each node's share reserved ahead.
    NodeSubnet,
    /// From a subnet of their own.
    PodSubnet,
    /// From a range outside the virtual network.
    Overlay,
}

/// How addresses of the pod subnet are handed to nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PodAllocation {
    /// In batches of 16 as pods come.
    Dynamic,
    /// In blocks of /28 when the node is made.
    Static,
}

/// What moves the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dataplane {
    /// Azure's own, with iptables.
    Azure,
    /// Cilium, with eBPF; Linux only.
    Cilium,
}

/// What enforces network policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkPolicy {
    /// Nothing.
    None,
    /// Calico.
    Calico,
    /// Azure's network policy manager; its Linux support ends on 30 September 2028.
    Azure,
    /// Cilium, with its data plane.
    Cilium,
}

/// An IP family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum IpFamily {
    /// IPv4.
    #[serde(rename = "IPv4")]
    V4,
    /// IPv6.
    #[serde(rename = "IPv6")]
    V6,
}

/// A virtual network: of our own (`cidr`) or an existing one (`id`), never both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Vnet {
    /// The first range of our own network: a CIDR from /29 to /2, or `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr: Option<Cidr>,
    /// Further ranges of our own network, IPv6 ones included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<CidrText>", extend("x-akstool-null" = "empty"))]
    pub cidrs: Vec<Range>,
    /// The addresses of the DNS servers of our own network. Default: Azure's, which an empty list
    /// brings back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<AddressText>>", extend("x-akstool-null" = "empty"))]
    pub dns_servers: Option<Vec<IpAddr>>,
    /// The id of an existing network, in the same region and subscription. It is never changed,
    /// except for what the profile asks for by name, such as a peering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.Network/virtualNetworks"))]
    pub id: Option<String>,
    /// Raw ARM properties of our own network that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

/// The subnet that an Azure Bastion stands in.
pub const BASTION_SUBNET: &str = "AzureBastionSubnet";

/// Subnets that Azure keeps for one service each, by their fixed names.
pub const KEPT_SUBNETS: [&str; 4] =
    [BASTION_SUBNET, "AzureFirewallSubnet", "GatewaySubnet", "RouteServerSubnet"];

/// A subnet: of our own (`cidr`) or an existing one (`id`), never both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subnet {
    /// The range, inside the virtual network's: a CIDR from /29 up, or `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr: Option<Cidr>,
    /// The IPv6 range, with dual stack: a /64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "cidr-v6"))]
    pub cidr_v6: Option<Range>,
    /// The id of an existing subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.Network/virtualNetworks/subnets"))]
    pub id: Option<String>,
    /// Addresses to keep free for internal load balancers, 0 to 65536. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65536))]
    pub reserve: Option<u32>,
    /// Service endpoints, such as `Microsoft.Storage`. Those that others set stay; an empty list
    /// removes them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub service_endpoints: Option<Vec<String>>,
    /// Services that the subnet is handed to, such as `Microsoft.DBforPostgreSQL/flexibleServers`.
    /// Those that others set stay; an empty list removes all but AKS's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-null" = "empty"))]
    pub delegations: Option<Vec<String>>,
    /// The subnet's security group: `true` for our own, `{ id }` for an existing one, `false` for
    /// none. Default: as `network.securityGroup` where nodes stand, else left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group: Option<SecurityGroup>,
    /// The subnet's route table: `true` for our own, `{ id }` for an existing one, `false` for
    /// none. Default: the cluster's where nodes stand, else left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_table: Option<RouteTableChoice>,
    /// The subnet's NAT gateway: `true` for our own, `{ id }` for an existing one, `false` for
    /// none. Default: the environment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nat_gateway: Option<NatGatewayChoice>,
    /// Whether machines in it reach the Internet without a way out of their own. Unset: left
    /// alone; Azure's default is `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_outbound_access: Option<bool>,
    /// Which policies hold for private endpoints in it. Unset: left alone; Azure's default is
    /// `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_endpoint_policies: Option<EndpointPolicies>,
    /// Raw ARM properties of our own subnet that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

/// A network security group: whether we make one, or which one exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SecurityGroup {
    /// `true`: akstool makes one with the rules that nodes and pods need; `false`: none.
    Own(bool),
    /// An existing one.
    Existing(SecurityGroupReference),
}

impl SecurityGroup {
    /// Returns the id of the group that exists, if one is meant.
    pub fn existing(&self) -> Option<&str> {
        match self {
            Self::Existing(group) => group.id.as_deref(),
            Self::Own(_) => None,
        }
    }

    /// Tells whether akstool makes the group.
    pub fn is_own(&self) -> bool {
        match self {
            Self::Existing(group) => group.id.is_none(),
            Self::Own(own) => *own,
        }
    }

    /// Returns the raw properties of our own group.
    pub fn properties(&self) -> Option<&Raw> {
        match self {
            Self::Existing(group) => group.properties.as_ref(),
            Self::Own(_) => None,
        }
    }
}

/// A network security group that exists (`id`), or what our own has beside its rules
/// (`properties`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecurityGroupReference {
    /// The id of the network security group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-akstool-type" = "Microsoft.Network/networkSecurityGroups"))]
    pub id: Option<String>,
    /// Raw ARM properties of our own group that no field here says, as Azure's reference spells them. They are
    /// planned like everything else; `null` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Raw>,
}

/// An address as text; exists for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "ipv4"))]
#[expect(dead_code, reason = "describes how an address is written; never built")]
struct AddressText(String);
