//! Peerings: one direction of the link between two virtual networks.

use serde_json::{Value, json};

use super::{Claim, Kind, Listed, Pace, Removal, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{AbsentIs, Assumed, Fixed, Rule, Server};

/// The peering of a virtual network with a remote one.
#[derive(Clone, Debug)]
pub struct Peering {
    /// The id, under the network that it leads out of.
    pub id: ResourceId,
    /// The network that it leads to.
    pub remote: ResourceId,
    /// Whether traffic that came from elsewhere may cross.
    pub forwarded_traffic: bool,
    /// Whether the remote network may use this network's gateway.
    pub gateway_transit: bool,
    /// Whether this network uses the remote network's gateway.
    pub remote_gateways: bool,
}

impl Kind for Peering {
    const TYPE: &'static str = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings";
    const API: ApiVersion = ApiVersion::new("2025-07-01");
    const RULES: &'static [Rule] = &[
        Fixed("properties.remoteVirtualNetwork"),
        AbsentIs("properties.doNotVerifyRemoteGateways", Assumed::Flag(false)),
        Server("properties.remoteVirtualNetworkEncryption"),
        Server("properties.remoteBgpCommunities.regionalCommunity"),
        Server("properties.remoteAddressSpace"),
        Server("properties.remoteVirtualNetworkAddressSpace"),
        Server("properties.peeringState"),
        Server("properties.routeServiceVips"),
        Server("properties.peeringSyncLevel"),
    ];
    const TRAITS: Traits = Traits {
        noun: "peering",
        command: "network vnet peering",
        wants: "",
        pattern: None,
        // As a subnet's write: both are writes on the network.
        pace: Pace::new(Takes { creation: 5, change: 5, deletion: 11 }, 3, 600),
        // A half in a network of others goes by itself: that stays.
        removal: Removal::WithParent,
        claim: Claim::Listed(Listed { tag: "akstool-peerings", list: "virtualNetworkPeerings" }),
        items: None,
        inline: None,
        is_missed: true,
        etag: Some("etag"),
        // Without it a peering goes on with the remote address space of its first write
        // (virtual-network-peerings, 2025-07-01: "sync the peering with the current address space").
        asks: Some(("syncRemoteAddressSpace", "true")),
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        Body::new(json!({ "properties": {
            "remoteVirtualNetwork": { "id": self.remote },
            "allowVirtualNetworkAccess": true,
            "allowForwardedTraffic": self.forwarded_traffic,
            "allowGatewayTransit": self.gateway_transit,
            "useRemoteGateways": self.remote_gateways,
        }}))
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }

    fn loses(_standing: &Value) -> Option<String> {
        None
    }
}
