//! Virtual networks: the address space that the nodes live in.

use serde_json::json;

use super::{Kind, Pace, Tags};
use crate::address::Range;
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, Fixed, Keyed, Rule, Server, Twin, Unordered};

/// A virtual network.
///
/// Its subnets are resources of their own: the body never names them, so a `PUT` sends those that
/// stand there back as they were read.
#[derive(Clone, Debug)]
pub struct VirtualNetwork {
    /// The id.
    pub id: ResourceId,
    /// The region.
    pub location: String,
    /// The tags.
    pub tags: Tags,
    /// The address space.
    pub prefixes: Vec<Range>,
}

impl Kind for VirtualNetwork {
    const TYPE: &'static str = "Microsoft.Network/virtualNetworks";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Unordered("properties.addressSpace.addressPrefixes"),
        Keyed("properties.subnets", "name"),
        Keyed("properties.virtualNetworkPeerings", "name"),
        Twin("properties.subnets[].properties.addressPrefix", "addressPrefixes"),
        AbsentIs("properties.subnets[].properties.defaultOutboundAccess", Assumed::Flag(true)),
        AbsentIs("properties.enableVmProtection", Assumed::Flag(false)),
        AbsentIs("properties.enableDdosProtection", Assumed::Flag(false)),
        Server("properties.subnets[].etag"),
        Server("properties.subnets[].type"),
        Server("properties.subnets[].properties.provisioningState"),
        Server("properties.subnets[].properties.ipConfigurations"),
        Server("properties.subnets[].properties.ipConfigurationProfiles"),
        Server("properties.subnets[].properties.privateEndpoints"),
        Server("properties.subnets[].properties.resourceNavigationLinks"),
        Server("properties.subnets[].properties.serviceAssociationLinks"),
        Server("properties.subnets[].properties.purpose"),
        Server("properties.subnets[].properties.serviceEndpoints[].provisioningState"),
        Server("properties.subnets[].properties.delegations[].etag"),
        Server("properties.subnets[].properties.delegations[].type"),
        Server("properties.subnets[].properties.delegations[].properties.actions"),
        Server("properties.subnets[].properties.delegations[].properties.provisioningState"),
        Server("properties.virtualNetworkPeerings[].etag"),
        Server("properties.virtualNetworkPeerings[].type"),
        Server("properties.virtualNetworkPeerings[].properties.provisioningState"),
        Server("properties.virtualNetworkPeerings[].properties.resourceGuid"),
        Server("properties.virtualNetworkPeerings[].properties.remoteVirtualNetworkEncryption"),
        Server("properties.virtualNetworkPeerings[].properties.routeServiceVips"),
        Server("properties.flowLogs"),
        Server("properties.defaultPublicNatGateway"),
    ];
    // 3 s in the median, 15 at most (131 recorded); Retry-After 3.
    const PACE: Pace = Pace::seconds(4, 3, 600);

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        Body::new(json!({
            "location": self.location,
            "tags": self.tags,
            "properties": { "addressSpace": { "addressPrefixes": self.prefixes } },
        }))
    }
}
