//! Links to other networks.

use super::Story;
use crate::kind::{Peering, VirtualNetwork};

impl Story<'_> {
    pub(super) fn peerings(&mut self) {
        let Some(network) = self.network.clone() else { return };
        for wish in &self.profile.network.peerings {
            let Some(remote) = self.existing::<VirtualNetwork>(&wish.vnet.id.clone()) else {
                continue;
            };
            let forwarded_traffic = wish.forwarded_traffic.unwrap_or(true);
            let remote_gateways = wish.use_remote_gateways.unwrap_or(false);
            if wish.both_directions.unwrap_or(true) {
                // The hub's side comes first: a spoke may use a gateway only once it is offered.
                let back = remote.child("virtualNetworkPeerings", &self.name(&wish.name));
                self.add(Peering {
                    id: back,
                    remote: network.clone(),
                    forwarded_traffic,
                    gateway_transit: wish.gateway_transit.unwrap_or(remote_gateways),
                    remote_gateways: false,
                });
            }
            let peering = Peering {
                id: network.child("virtualNetworkPeerings", &wish.name),
                remote,
                forwarded_traffic,
                gateway_transit: false,
                remote_gateways,
            };
            self.add_with(peering, wish.properties.as_ref());
        }
    }
}
