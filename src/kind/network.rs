//! Virtual networks: the address space that the nodes live in.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Claim, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::address::Range;
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, Fixed, Joined, Keyed, Rule, Server, Unordered};

/// A virtual network.
///
/// Its subnets are resources of their own: no body names them, and Azure keeps those that stand
/// there.
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
    /// The addresses of its DNS servers; `None` leaves them alone.
    pub dns_servers: Option<Vec<IpAddr>>,
}

impl Kind for VirtualNetwork {
    const TYPE: &'static str = "Microsoft.Network/virtualNetworks";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("location"),
        Unordered("properties.addressSpace.addressPrefixes"),
        // A range that another hand added holds subnets of his.
        Joined("properties.addressSpace.addressPrefixes"),
        Keyed("properties.virtualNetworkPeerings", "name"),
        AbsentIs("properties.enableVmProtection", Assumed::Flag(false)),
        AbsentIs("properties.enableDdosProtection", Assumed::Flag(false)),
        // A PUT that does not name them keeps them (2023-11-01 and later), whatever another hand
        // placed there meanwhile.
        Server("properties.subnets"),
        Server("properties.virtualNetworkPeerings[].etag"),
        Server("properties.virtualNetworkPeerings[].type"),
        Server("properties.virtualNetworkPeerings[].properties.provisioningState"),
        Server("properties.virtualNetworkPeerings[].properties.resourceGuid"),
        Server("properties.virtualNetworkPeerings[].properties.remoteVirtualNetworkEncryption"),
        Server("properties.virtualNetworkPeerings[].properties.routeServiceVips"),
        Server("properties.flowLogs"),
        Server("properties.defaultPublicNatGateway"),
    ];
    const TRAITS: Traits = Traits {
        noun: "virtual network",
        command: "network vnet",
        wants: "",
        pattern: Some("{name}-vnet"),
        // 3 s in the median, 15 at most (131 recorded); Retry-After 3.
        pace: Pace::new(Takes { creation: 4, change: 4, deletion: 11 }, 3, 600),
        removal: Removal::Delete,
        claim: Claim::Tags,
        items: None,
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &["properties.subnets", "properties.virtualNetworkPeerings"],
        users: &[],
        linked_by: None,
        join: Some("peer/action"),
        quota: &["VirtualNetworks"],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let mut body = Body::new(json!({
            "location": self.location,
            "tags": self.tags,
            "properties": { "addressSpace": { "addressPrefixes": self.prefixes } },
        }));
        if let Some(servers) = &self.dns_servers {
            body.set("properties.dhcpOptions.dnsServers", json!(servers));
        }
        body
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        Some("whatever stands in it must go first, and its addresses are given out anew".to_owned())
    }
}
