//! What keeps a cluster to its own network: private DNS zones with their links, and what AKS needs
//! to write names into one.

use serde_json::json;

use super::Story;
use crate::arm::id::ResourceId;
use crate::kind::{
    Kind as _, PrivateEndpoint, PrivateZone, Role, VirtualNetwork, ZoneGroup, ZoneLink,
};
use crate::profile::schema::{DnsZone, Subnet as SubnetWish};

/// Whom the subnet of an API server is handed to.
const AKS: &str = "Microsoft.ContainerService/managedClusters";

impl Story<'_> {
    /// The zones that the profile names, and that of the API server. A link to our own network comes
    /// first: AKS makes one of its own where there is none, and would leave it behind.
    pub(super) fn private_zones(&mut self) {
        let profile = self.profile;
        let api_server = profile.cluster.api_server.as_ref().filter(|wish| wish.is_private());
        let own = match api_server.and_then(|wish| Some((wish, wish.dns_zone.as_ref()?))) {
            Some((wish, DnsZone::Own)) => Some(wish.zone(&profile.metadata.location)),
            Some((_, DnsZone::Existing(id))) => {
                self.dns_zone = self.existing::<PrivateZone>(id);
                None
            }
            _ => None,
        };
        if let Some(name) = &own {
            self.dns_zone = Some(self.zone(name));
        }
        let others = profile.network.private_zones.keys();
        for name in others.filter(|name| Some(*name) != own.as_ref()) {
            self.zone(name);
        }
    }

    /// Makes a zone of ours, once, with its links.
    pub(super) fn zone(&mut self, name: &str) -> ResourceId {
        let id = self.id::<PrivateZone>(name);
        if self.resources.iter().any(|one| one.id == id) {
            return id;
        }
        self.add(PrivateZone { id: id.clone(), tags: self.tags() });
        let wish = self.profile.network.private_zones.get(name);
        let further = wish.into_iter().flat_map(|wish| &wish.links);
        let further = further.filter_map(|(key, to)| Some((key, ResourceId::parse(&to.id).ok()?)));
        let further: Vec<(String, ResourceId)> =
            further.map(|(key, to)| (key.clone(), to)).collect();
        let own = self.network_of_nodes().map(|network| (network.name().to_owned(), network));
        for (key, network) in own.into_iter().chain(further) {
            let network = self.existing::<VirtualNetwork>(network.as_str()).unwrap_or(network);
            let id = id.child("virtualNetworkLinks", &key);
            self.add(ZoneLink { id, tags: self.tags(), network });
        }
        id
    }

    /// Endpoints, and their names in zones.
    pub(super) fn private_endpoints(&mut self) {
        let profile = self.profile;
        for wish in &profile.network.private_endpoints {
            let Some(subnet) = self.subnets.get(&wish.subnet).cloned() else { continue };
            let zone = match wish.zone.as_deref() {
                Some(id) if id.starts_with('/') => self.existing::<PrivateZone>(id),
                Some(name) => Some(self.zone(name)),
                None => None,
            };
            let endpoint = self.add(PrivateEndpoint {
                id: self.id::<PrivateEndpoint>(&wish.name),
                location: self.location(),
                tags: self.tags(),
                subnet,
                to: json!(wish.to),
                groups: wish.groups.clone(),
            });
            if let Some(zone) = zone {
                self.add(ZoneGroup { id: endpoint.child("privateDnsZoneGroups", "default"), zone });
            }
        }
    }

    /// Returns the links of the API server's zone: they come before the cluster.
    pub(super) fn links_first(&self) -> Vec<ResourceId> {
        let Some(zone) = &self.dns_zone else { return Vec::new() };
        let ids = self.resources.iter().map(|one| &one.id);
        ids.filter(|id| id.is_type(ZoneLink::TYPE) && id.is_under(zone)).cloned().collect()
    }

    /// Returns what the identity of a cluster needs to write the API server's name into a zone that
    /// is not AKS's own, and to link our network to it (private-clusters).
    pub(super) fn rights_for_names(&self) -> Vec<(ResourceId, Role)> {
        let Some(zone) = self.dns_zone.clone() else { return Vec::new() };
        let network = self.network_of_nodes().map(|network| (network, Role::NETWORK_CONTRIBUTOR));
        network.into_iter().chain([(zone, Role::PRIVATE_DNS_ZONE_CONTRIBUTOR)]).collect()
    }

    /// Returns the network that the nodes stand in, also where only its subnets are named.
    pub(super) fn network_of_nodes(&self) -> Option<ResourceId> {
        let of_subnet = || self.subnets.values().next()?.parent();
        self.network.clone().or_else(of_subnet)
    }

    /// Returns the subnet that the API server stands in, if it is one of ours.
    pub(super) fn api_server_subnet(&self) -> Option<ResourceId> {
        let key = self.profile.cluster.api_server.as_ref()?.subnet.as_ref()?;
        self.subnets.get(key).cloned()
    }

    /// Returns whom a subnet is handed to: AKS, where its API server is to stand in it.
    pub(super) fn delegations(&self, key: &str, wish: &SubnetWish) -> Option<Vec<String>> {
        let api_server = self.profile.cluster.api_server.as_ref();
        if api_server.and_then(|wish| wish.subnet.as_deref()) != Some(key) {
            return wish.delegations.clone();
        }
        let mut all = wish.delegations.clone().unwrap_or_default();
        if !all.iter().any(|one| one.eq_ignore_ascii_case(AKS)) {
            all.push(AKS.to_owned());
        }
        Some(all)
    }
}
