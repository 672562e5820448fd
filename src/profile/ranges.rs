//! The ranges of a profile with every default filled in and every `auto` settled.
//!
//! Written ranges stand; each `auto` becomes the first free block that touches nothing written
//! here, nothing in `avoid`, no peer, no default service range and nothing that the caller saw in
//! Azure ([`Surroundings`]). The answer depends on these alone, so the same profile gets the same
//! ranges every time.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::schema::{Cidr, Pool, Profile, Surge};
use crate::address::free::{DEFAULT_POD_RANGE, DEFAULT_SERVICE_RANGE};
use crate::address::{self, Demand, Moment, PRIVATE_RANGES, PoolDemand, Range, find_free};

/// The network that AKS makes when a cluster names no subnet.
const MANAGED_VNET: &str = "10.224.0.0/12";

/// The subnet in it.
const MANAGED_SUBNET: &str = "10.224.0.0/16";

/// Pods of a dual-stack cluster when nobody names a range (configure-dual-stack).
const DEFAULT_POD_RANGE_V6: &str = "fd12:3456:789a::/64";

/// Services of a dual-stack cluster when nobody names a range (configure-dual-stack).
const DEFAULT_SERVICE_RANGE_V6: &str = "fd12:3456:789a:1::/108";

/// The prefix that `auto` takes for a network, services and pods: chosen; the size AKS's own
/// examples use.
const AUTO_PREFIX: u8 = 16;

/// The narrowest subnet that `auto` makes: chosen; a subnet in use cannot be resized.
const AUTO_SUBNET_PREFIX: u8 = 24;

/// The address of DNS within the services, counted from the first (concepts-network-legacy-cni).
const DNS_OFFSET: u128 = 10;

/// What is known of the world around the profile; empty when Azure was not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether Azure was asked.
    pub looked: bool,
    /// The ranges of the existing virtual network, when the profile names one.
    pub vnet: Vec<Range>,
    /// The existing subnets by their key in the profile: range, and addresses others hold in it.
    pub subnets: BTreeMap<String, (Range, u64)>,
    /// Ranges that stand elsewhere and must not be touched, such as peers of the network, each with
    /// the name of the network it belongs to.
    pub taken: Vec<(Range, String)>,
}

/// The ranges of a profile, settled. What cannot be known without Azure is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// The virtual network's ranges; empty for an existing one that was not looked at.
    pub vnet: Vec<Range>,
    /// The IPv4 range of each subnet by its key; `None` for an existing one that was not looked at
    /// and for an `auto` without room.
    pub subnets: BTreeMap<String, Option<Range>>,
    /// The pods' own range, for the models that have one.
    pub pods: Option<Range>,
    /// The pods' own IPv6 range, with dual stack.
    pub pods_v6: Option<Range>,
    /// The range of services; `None` for an `auto` without room.
    pub services: Option<Range>,
    /// The IPv6 range of services, with dual stack.
    pub services_v6: Option<Range>,
    /// The address of DNS, written or the tenth of the services.
    pub dns: Option<IpAddr>,
}

impl Profile {
    /// Returns the ranges with every default filled in and every `auto` settled.
    pub fn ranges(&self, around: &Surroundings) -> Ranges {
        let network = &self.network;
        let mut taken = self.written_ranges(around);
        let vnet = self.vnet_ranges(around, &mut taken);
        let subnets = self.subnet_ranges(around, &vnet);
        taken.extend(subnets.values().flatten());
        let mut settle = |written: Option<Cidr>, default: Range, prefix: u8| {
            let range = match written {
                None => Some(default),
                Some(Cidr::Range(range)) => Some(range),
                Some(Cidr::Auto) => find_free(&taken, prefix, &PRIVATE_RANGES),
            };
            taken.extend(range);
            range
        };
        let services = settle(network.service_cidr, DEFAULT_SERVICE_RANGE, AUTO_PREFIX);
        let pods = if self.model().has_pod_range() {
            settle(network.pod_cidr, DEFAULT_POD_RANGE, self.auto_pod_prefix())
        } else {
            None
        };
        let v6 = |written: Option<Range>, default: &str| {
            let fallback = || Range::parse(default).ok();
            written.or_else(fallback).filter(|_| network.is_dual_stack())
        };
        Ranges {
            vnet,
            subnets,
            pods,
            pods_v6: v6(network.pod_cidr_v6, DEFAULT_POD_RANGE_V6),
            services,
            services_v6: v6(network.service_cidr_v6, DEFAULT_SERVICE_RANGE_V6),
            dns: network.dns_service_ip.or_else(|| services.and_then(|s| s.nth(DNS_OFFSET))),
        }
    }

    /// Returns this profile with every `auto` replaced by the range it stands for.
    ///
    /// An `auto` without room stays as it is.
    pub fn with_ranges(&self, ranges: &Ranges) -> Self {
        let mut settled = self.clone();
        let fill = |field: &mut Option<Cidr>, range: Option<Range>| {
            if let (Some(Cidr::Auto), Some(range)) = (*field, range) {
                *field = Some(Cidr::Range(range));
            }
        };
        let network = &mut settled.network;
        fill(&mut network.pod_cidr, ranges.pods);
        fill(&mut network.service_cidr, ranges.services);
        if let Some(vnet) = &mut network.vnet {
            fill(&mut vnet.cidr, ranges.vnet.first().copied());
        }
        for (key, subnet) in &mut network.subnets {
            fill(&mut subnet.cidr, ranges.subnets.get(key).copied().flatten());
        }
        settled
    }

    /// Returns what every pool takes, as plain numbers, under the profile's own model.
    pub fn pool_demands(&self) -> Vec<PoolDemand> {
        self.pools.iter().map(|pool| pool_demand(pool, self.max_pods(pool))).collect()
    }

    /// Returns every range that is fixed before the first `auto` is settled.
    fn written_ranges(&self, around: &Surroundings) -> Vec<Range> {
        let network = &self.network;
        let written = |cidr: Option<Cidr>| cidr.and_then(Cidr::range);
        let vnet = network
            .vnet
            .iter()
            .flat_map(|v| written(v.cidr).into_iter().chain(v.cidrs.iter().copied()));
        let elsewhere = network.avoid.iter().chain(network.peerings.iter().flat_map(|p| &p.cidrs));
        let subnets = network.subnets.values().filter_map(|s| written(s.cidr));
        let uses_pods = self.model().has_pod_range();
        let pods = if uses_pods && network.pod_cidr.is_none() {
            Some(DEFAULT_POD_RANGE)
        } else {
            written(network.pod_cidr)
        };
        vnet.chain(subnets)
            .chain(pods)
            .chain(written(network.service_cidr))
            .chain([DEFAULT_SERVICE_RANGE])
            .chain(elsewhere.copied())
            .chain(around.vnet.iter().copied())
            .chain(around.subnets.values().map(|(range, _)| *range))
            .chain(around.taken.iter().map(|(range, _)| *range))
            .collect()
    }

    fn vnet_ranges(&self, around: &Surroundings, taken: &mut Vec<Range>) -> Vec<Range> {
        let network = &self.network;
        if network.is_managed() {
            let managed: Vec<Range> = Range::parse(MANAGED_VNET).into_iter().collect();
            taken.extend(&managed);
            return managed;
        }
        let Some(vnet) = network.vnet.as_ref().filter(|vnet| vnet.id.is_none()) else {
            return around.vnet.clone();
        };
        let first = match vnet.cidr {
            Some(Cidr::Range(range)) => Some(range),
            Some(Cidr::Auto) => self.auto_vnet(taken),
            None => None,
        };
        let ranges: Vec<Range> = first.into_iter().chain(vnet.cidrs.iter().copied()).collect();
        taken.extend(&ranges);
        ranges
    }

    /// Returns the block around the subnets that are written, else the first free one.
    fn auto_vnet(&self, taken: &[Range]) -> Option<Range> {
        let prefix = self.auto_vnet_prefix();
        let subnets = self.network.subnets.values();
        let written: Vec<Range> = subnets.filter_map(|s| s.cidr.and_then(Cidr::range)).collect();
        let Some(first) = written.first() else {
            return find_free(taken, prefix, &PRIVATE_RANGES);
        };
        let around = |prefix| Range::around(first.first(), prefix);
        (0..=prefix).rev().map(around).find(|block| written.iter().all(|s| block.contains(s)))
    }

    fn subnet_ranges(
        &self,
        around: &Surroundings,
        vnet: &[Range],
    ) -> BTreeMap<String, Option<Range>> {
        let network = &self.network;
        if network.is_managed() {
            return BTreeMap::from([("nodes".to_owned(), Range::parse(MANAGED_SUBNET).ok())]);
        }
        let seen = |key: &str| around.subnets.get(key).map(|(range, _)| *range);
        let mut taken: Vec<Range> = around.subnets.values().map(|(range, _)| *range).collect();
        let written = network.subnets.values().filter_map(|s| s.cidr.and_then(Cidr::range));
        taken.extend(written);
        // What covers the whole network keeps other networks apart, not the subnets of this one.
        let is_inside =
            |range: &&Range| vnet.iter().any(|own| own != *range && own.contains(range));
        taken.extend(network.avoid.iter().filter(is_inside));
        let mut ranges = BTreeMap::new();
        for (key, subnet) in &network.subnets {
            let range = match subnet.cidr {
                Some(Cidr::Range(range)) => Some(range),
                Some(Cidr::Auto) => find_free(&taken, self.auto_subnet_prefix(key), vnet),
                None => seen(key),
            };
            taken.extend(range);
            ranges.insert(key.clone(), range);
        }
        ranges
    }

    /// Returns a prefix with room for twice the most that stands in a subnet, at least a /24.
    fn auto_subnet_prefix(&self, key: &str) -> u8 {
        let model = self.model();
        let mut needed: u128 = 0;
        for pool in &self.pools {
            let demand = self.most(pool);
            if pool.subnet_or_default() == key {
                needed += demand.node_subnet;
            }
            if model.has_pod_subnet() && pool.pod_subnet_or_default() == key {
                needed += demand.pod_subnet;
            }
        }
        let reserve = self.network.subnets.get(key).and_then(|subnet| subnet.reserve);
        let wanted = needed.saturating_mul(2) + u128::from(reserve.unwrap_or(0));
        Range::prefix_for(wanted).unwrap_or(0).min(AUTO_SUBNET_PREFIX)
    }

    /// Returns a prefix with room for every `auto` subnet, at least a /16.
    fn auto_vnet_prefix(&self) -> u8 {
        let subnets =
            self.network.subnets.iter().filter(|(_, s)| s.cidr.is_some_and(Cidr::is_auto));
        let sizes = subnets.map(|(key, _)| 1_u128 << (32 - self.auto_subnet_prefix(key)));
        Range::prefix_of_size(sizes.sum()).unwrap_or(0).min(AUTO_PREFIX)
    }

    /// Returns a prefix with room for twice the most pods, at least a /16.
    fn auto_pod_prefix(&self) -> u8 {
        let needed: u128 = self.pools.iter().map(|pool| self.most(pool).pod_range).sum();
        Range::prefix_of_size(needed.saturating_mul(2)).unwrap_or(0).min(AUTO_PREFIX)
    }

    fn most(&self, pool: &Pool) -> Demand {
        pool_demand(pool, self.max_pods(pool)).at(self.model(), Moment::Maximum)
    }
}

/// Returns what a pool takes, as plain numbers.
pub(crate) fn pool_demand(pool: &Pool, max_pods: u32) -> PoolDemand {
    PoolDemand {
        name: pool.name.clone(),
        nodes: pool.count_or_default(),
        max_nodes: pool.autoscale.as_ref().map(|scale| scale.max),
        max_pods,
        surge: pool.surge_or_default().map(address::Surge::from).unwrap_or_default(),
    }
}

impl From<Surge> for address::Surge {
    fn from(surge: Surge) -> Self {
        match surge {
            Surge::Nodes(nodes) => Self::Nodes(nodes),
            Surge::Percent(percent) => Self::Percent(percent),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn profile(network: &Value) -> Profile {
        serde_json::from_value(json!({
            "apiVersion": "akstool/v1",
            "kind": "Cluster",
            "metadata": { "name": "demo", "location": "westeurope" },
            "network": network,
            "pools": [{ "name": "system", "mode": "system", "vmSize": "Standard_D2s_v5", "count": 3 }],
        }))
        .expect("a profile")
    }

    fn shown(range: Option<Range>) -> String {
        range.map(|r| r.to_string()).unwrap_or_default()
    }

    #[test]
    fn written_ranges_stand() {
        let ranges = profile(&json!({
            "plugin": "kubenet", "podCidr": "10.200.0.0/14", "serviceCidr": "10.100.0.0/16",
            "vnet": { "cidr": "10.10.0.0/16" }, "subnets": { "nodes": { "cidr": "10.10.1.0/24" } },
        }))
        .ranges(&Surroundings::default());
        assert_eq!(shown(ranges.pods), "10.200.0.0/14");
        assert_eq!(shown(ranges.services), "10.100.0.0/16");
        assert_eq!(shown(ranges.vnet.first().copied()), "10.10.0.0/16");
        assert_eq!(shown(ranges.subnets["nodes"]), "10.10.1.0/24");
        assert_eq!(ranges.dns.map(|d| d.to_string()).as_deref(), Some("10.100.0.10"));
    }

    #[test]
    fn auto_touches_nothing_written_and_not_the_default_services() {
        let auto = profile(&json!({
            "plugin": "azure", "mode": "overlay", "podCidr": "auto", "serviceCidr": "auto",
            "vnet": { "cidr": "auto" }, "subnets": { "nodes": { "cidr": "auto" } },
            "avoid": ["10.1.0.0/16", "10.4.0.0/15"],
        }));
        let ranges = auto.ranges(&Surroundings::default());
        assert_eq!(shown(ranges.vnet.first().copied()), "10.2.0.0/16");
        assert_eq!(shown(ranges.subnets["nodes"]), "10.2.0.0/24");
        assert_eq!(shown(ranges.services), "10.3.0.0/16");
        assert_eq!(shown(ranges.pods), "10.6.0.0/16");
        let settled = auto.with_ranges(&ranges);
        assert_eq!(settled.ranges(&Surroundings::default()), ranges);
        assert!(!serde_json::to_string(&settled).unwrap().contains("auto\""));
    }

    #[test]
    fn an_auto_network_holds_the_subnets_that_are_written() {
        let ranges = profile(&json!({
            "plugin": "azure", "vnet": { "cidr": "auto" },
            "subnets": { "nodes": { "cidr": "10.7.1.0/24" }, "more": { "cidr": "10.8.0.0/24" } },
        }))
        .ranges(&Surroundings::default());
        assert_eq!(shown(ranges.vnet.first().copied()), "10.0.0.0/12");
    }

    #[test]
    fn auto_subnets_have_room_for_twice_the_most() {
        let ranges = profile(&json!({
            "plugin": "azure", "vnet": { "cidr": "10.10.0.0/16" },
            "subnets": { "nodes": { "cidr": "auto" }, "other": { "cidr": "10.10.0.0/24" } },
        }))
        .ranges(&Surroundings::default());
        // (3 + 1) × 31 = 124, twice that is 248: a /24 holds 251 and the first one is taken.
        assert_eq!(shown(ranges.subnets["nodes"]), "10.10.1.0/24");
    }

    #[test]
    fn a_network_of_aks_itself_is_known() {
        let ranges = profile(&json!({ "plugin": "azure" })).ranges(&Surroundings::default());
        assert_eq!(shown(ranges.vnet.first().copied()), MANAGED_VNET);
        assert_eq!(shown(ranges.subnets["nodes"]), MANAGED_SUBNET);
        assert_eq!(ranges.pods, None);
    }

    #[test]
    fn an_existing_network_is_known_once_it_was_looked_at() {
        let existing = profile(&json!({
            "plugin": "azure", "serviceCidr": "auto", "vnet": { "id": "/subscriptions/s/x" },
            "subnets": { "nodes": { "id": "/subscriptions/s/x/subnets/n" }, "more": { "cidr": "auto" } },
        }));
        let offline = existing.ranges(&Surroundings::default());
        assert_eq!(
            (offline.vnet.len(), offline.subnets["nodes"], offline.subnets["more"]),
            (0, None, None)
        );
        let range = |text: &str| Range::parse(text).unwrap();
        let around = Surroundings {
            looked: true,
            vnet: vec![range("10.1.0.0/16")],
            subnets: BTreeMap::from([("nodes".into(), (range("10.1.0.0/24"), 7))]),
            taken: vec![(range("10.2.0.0/15"), "far".to_owned())],
        };
        let live = existing.ranges(&around);
        assert_eq!(shown(live.subnets["nodes"]), "10.1.0.0/24");
        assert_eq!(shown(live.subnets["more"]), "10.1.1.0/24");
        assert_eq!(shown(live.services), "10.4.0.0/16");
    }

    #[test]
    fn dual_stack_has_its_documented_defaults() {
        let ranges = profile(&json!({
            "plugin": "azure", "mode": "overlay", "ipFamilies": ["IPv4", "IPv6"],
        }))
        .ranges(&Surroundings::default());
        assert_eq!(shown(ranges.pods_v6), DEFAULT_POD_RANGE_V6);
        assert_eq!(shown(ranges.services_v6), DEFAULT_SERVICE_RANGE_V6);
    }
}
