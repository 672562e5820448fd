//! What stands around a profile in Azure: its virtual network, the subnets, the peers.
//!
//! [`look`] feeds the address plan of `network --live`; [`settle`] gives every `auto` a
//! range that collides with nothing there. Both read only what the profile names. What an
//! earlier run settled is read back first, so a range never moves under a cluster that stands.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};

use crate::address::Range;
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{Kind, Ownership, VirtualNetwork};
use crate::profile::Surroundings;
use crate::profile::schema::{Cidr, Profile};

use super::facts::{ClusterFacts, NetworkFacts, SubnetFacts};
use super::gather;
use super::needs::Needs;
use super::reading;

/// The virtual networks that are known, by id.
pub(super) type Networks = BTreeMap<ResourceId, NetworkFacts>;

/// A profile and what stands around it.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The profile, its `auto` ranges as they stand or would be made.
    pub profile: Profile,
    /// What stands around it.
    pub around: Surroundings,
    /// The network that the profile's subnets lie in; `None` where that is AKS's own.
    pub home: Option<ResourceId>,
    /// Whether that network is there.
    pub is_there: bool,
}

/// Reads what stands around a profile: its network, the networks it is peered with, their peers.
pub async fn look(arm: &Arm, profile: &Profile, subscription: &str) -> Result<Looked, Error> {
    let needs = Needs::of(profile, subscription);
    let (networks, cluster) = read(arm, &needs).await?;
    let pinned = pin(profile, &needs, &networks, cluster.as_ref());
    let around = around(&pinned, &needs, &networks, cluster.as_ref());
    let home = home(profile, &needs);
    let is_there = home.as_ref().is_some_and(|home| networks.contains_key(home));
    Ok(Looked { profile: pinned.with_ranges(&pinned.ranges(&around)), around, home, is_there })
}

/// Returns a profile in which every `auto` is a range: the one that stands already, else one that
/// is free here and in Azure. Without an `auto` nothing is read.
pub async fn settle(arm: &Arm, profile: &Profile, subscription: &str) -> Result<Profile, Error> {
    if !has_auto(profile) {
        return Ok(profile.clone());
    }
    Ok(look(arm, profile, subscription).await?.profile)
}

/// Tells whether any range of a profile is left to akstool.
pub fn has_auto(profile: &Profile) -> bool {
    let network = &profile.network;
    let vnet = network.vnet.as_ref().and_then(|vnet| vnet.cidr);
    let subnets = network.subnets.values().filter_map(|subnet| subnet.cidr);
    let all = [network.pod_cidr, network.service_cidr, vnet].into_iter().flatten();
    all.chain(subnets).any(Cidr::is_auto)
}

async fn read(arm: &Arm, needs: &Needs) -> Result<(Networks, Option<ClusterFacts>), Error> {
    let ids: BTreeSet<ResourceId> = needs.networks().into_iter().chain(own(needs)).collect();
    let networks = try_join_all(ids.into_iter().map(|id| async move {
        match gather::network(arm, &id).await {
            Ok(found) => Ok(found.map(|network| (id, network))),
            // A hub that belongs to others may be closed to us; it counts with what is written.
            Err(Error::Refused { status: 403, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }));
    let cluster = async {
        let found = arm.get(&needs.cluster, &gather::AKS).await?;
        Ok(found.map(|answer| reading::cluster(&answer.body)))
    };
    let (networks, cluster) = try_join(networks, cluster).await?;
    Ok((networks.into_iter().flatten().collect(), cluster))
}

/// Returns the virtual network that the profile makes, if it makes one.
fn own(needs: &Needs) -> Option<ResourceId> {
    let all = needs.graph.iter().map(|(_, resource)| resource);
    let mut networks = all.filter(|r| r.kind == VirtualNetwork::TYPE);
    networks.find(|r| r.ownership != Ownership::Existing).map(|r| r.id.clone())
}

/// Returns the network that the profile's subnets lie in: its own, or the one it names.
fn home(profile: &Profile, needs: &Needs) -> Option<ResourceId> {
    let named = profile.network.vnet.as_ref().and_then(|vnet| vnet.id.as_deref());
    let named = named.and_then(|id| ResourceId::parse(id).ok());
    let of_subnet = || {
        let mut ids = profile.network.subnets.values().filter_map(|s| s.id.as_deref());
        ids.find_map(|id| ResourceId::parse(id).ok()?.parent())
    };
    named.or_else(|| own(needs)).or_else(of_subnet)
}

/// Returns what stands around a profile, as far as it is known.
pub(super) fn around(
    profile: &Profile,
    needs: &Needs,
    networks: &Networks,
    cluster: Option<&ClusterFacts>,
) -> Surroundings {
    let mut found = Surroundings { looked: true, ..Surroundings::default() };
    let Some(home) = home(profile, needs) else { return found };
    let is_ours = own(needs).as_ref() == Some(&home);
    let own_nodes = cluster.map(|cluster| {
        ResourceId::resource_group(needs.cluster.subscription_id(), &cluster.node_group)
    });
    if let Some(network) = networks.get(&home) {
        if !is_ours {
            found.vnet.clone_from(&network.ranges);
        }
        found.subnets = subnets(profile, network, own_nodes.as_ref(), is_ours);
    }
    for (id, network) in networks {
        let peers =
            network.peers.iter().filter(|peer| peer.remote.parse().ok() != Some(home.clone()));
        for peer in peers {
            let name = peer.remote.rsplit('/').next().unwrap_or_default();
            found.taken.extend(peer.ranges.iter().map(|range| (*range, name.to_owned())));
        }
        if *id != home {
            let name = id.name();
            found.taken.extend(network.ranges.iter().map(|range| (*range, name.to_owned())));
        }
    }
    found.taken.sort();
    found.taken.dedup();
    found
}

/// Returns the live subnets of the profile's network: those that the profile names by their key,
/// the others by their name, so that nothing is laid over them.
fn subnets(
    profile: &Profile,
    network: &NetworkFacts,
    own_nodes: Option<&ResourceId>,
    is_ours: bool,
) -> BTreeMap<String, (Range, u64)> {
    let mut found = BTreeMap::new();
    for subnet in &network.subnets {
        let Some(range) = subnet.ranges.iter().find(|range| range.is_ipv4()) else { continue };
        let mut keys = profile.network.subnets.iter().filter(|(key, wish)| match &wish.id {
            Some(id) => last(id).eq_ignore_ascii_case(&subnet.name),
            None => key.eq_ignore_ascii_case(&subnet.name),
        });
        match keys.next() {
            // A subnet of ours whose range is written stands in the plan as it is written.
            Some((_, wish)) if is_ours && wish.cidr.and_then(Cidr::range).is_some() => {}
            Some((key, _)) => {
                found.insert(key.clone(), (*range, others(subnet, own_nodes)));
            }
            None => {
                found.insert(subnet.name.clone(), (*range, 0));
            }
        }
    }
    found
}

/// Returns the addresses that are held in a subnet by others than the cluster's own nodes.
fn others(subnet: &SubnetFacts, own_nodes: Option<&ResourceId>) -> u64 {
    let is_own = |holder: &&String| {
        let holder = ResourceId::parse(holder.as_str()).ok();
        own_nodes.zip(holder).is_some_and(|(group, holder)| holder.is_under(group))
    };
    let own = subnet.holders.iter().filter(is_own).count();
    let listed = subnet.holders.len() - own;
    let counted = match (subnet.used, own_nodes) {
        // The network's count says nothing of whose the addresses are.
        (Some(used), None) => used,
        _ => 0,
    };
    counted.max(u64::try_from(listed).unwrap_or(u64::MAX))
}

/// Returns a profile whose `auto` ranges are those that an earlier run settled.
fn pin(
    profile: &Profile,
    needs: &Needs,
    networks: &Networks,
    cluster: Option<&ClusterFacts>,
) -> Profile {
    let mut pinned = profile.clone();
    let live = home(profile, needs).and_then(|home| networks.get(&home));
    let fill = |field: &mut Option<Cidr>, range: Option<&Range>| {
        if let (Some(Cidr::Auto), Some(range)) = (*field, range) {
            *field = Some(Cidr::Range(*range));
        }
    };
    let network = &mut pinned.network;
    fill(&mut network.pod_cidr, cluster.and_then(|cluster| cluster.pods.first()));
    fill(&mut network.service_cidr, cluster.and_then(|cluster| cluster.services.first()));
    if let Some(vnet) = &mut network.vnet {
        let written: Vec<Range> = vnet.cidrs.clone();
        let mut ranges = live.into_iter().flat_map(|live| &live.ranges);
        fill(&mut vnet.cidr, ranges.find(|range| !written.contains(range)));
    }
    for (key, subnet) in &mut network.subnets {
        let standing = live.and_then(|live| live.subnet(key));
        let range = standing.and_then(|found| found.ranges.iter().find(|range| range.is_ipv4()));
        fill(&mut subnet.cidr, range);
    }
    pinned
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::built_in;
    use super::*;

    const NET: &str =
        "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks";

    fn live(ranges: &[&str], subnets: &[(&str, &str)], peers: &[(&str, &str)]) -> NetworkFacts {
        let subnets: Vec<_> = subnets
            .iter()
            .map(|(name, range)| json!({ "name": name, "properties": { "addressPrefix": range } }))
            .collect();
        let peers: Vec<_> = peers
            .iter()
            .map(|(remote, range)| {
                json!({ "name": "p", "properties": {
                    "remoteVirtualNetwork": { "id": remote },
                    "remoteAddressSpace": { "addressPrefixes": [range] },
                }})
            })
            .collect();
        reading::network(&json!({ "properties": {
            "addressSpace": { "addressPrefixes": ranges }, "subnets": subnets,
            "virtualNetworkPeerings": peers,
        }}))
    }

    fn texts(ranges: &[Range]) -> Vec<String> {
        ranges.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_auto_subnet_avoids_what_another_hand_put_there_and_then_stays() {
        let profile = built_in("kubenet", &["network.subnets.nodes.cidr=auto".to_owned()]);
        let needs = Needs::of(&profile, "s");
        let id = own(&needs).unwrap();
        let mut network = live(&["10.10.0.0/16"], &[("others", "10.10.0.0/23")], &[]);
        let around = |network: &NetworkFacts| {
            let networks = Networks::from([(id.clone(), network.clone())]);
            let pinned = pin(&profile, &needs, &networks, None);
            let around = super::around(&pinned, &needs, &networks, None);
            pinned.with_ranges(&pinned.ranges(&around)).network.subnets["nodes"].cidr.unwrap()
        };
        assert_eq!(around(&network).to_string(), "10.10.2.0/24");

        network.subnets.extend(live(&[], &[("nodes", "10.10.2.0/24")], &[]).subnets);
        network.subnets.retain(|subnet| subnet.name != "others");
        assert_eq!(around(&network).to_string(), "10.10.2.0/24");
    }

    #[test]
    fn a_network_of_others_lends_its_ranges() {
        let profile = built_in("existing-vnet", &[]);
        let needs = Needs::of(&profile, "s");
        let id = needs.networks().into_iter().next().unwrap();
        let network = live(&["10.0.0.0/16"], &[("aks", "10.0.4.0/24"), ("b", "10.0.5.0/24")], &[]);
        let around = around(&profile, &needs, &Networks::from([(id, network)]), None);
        assert_eq!(texts(&around.vnet), ["10.0.0.0/16"]);
        assert_eq!(around.subnets.keys().collect::<Vec<_>>(), ["b", "nodes"]);
        assert_eq!(profile.ranges(&around).subnets["nodes"].unwrap().to_string(), "10.0.4.0/24");
    }

    #[test]
    fn the_hub_and_its_peers_are_taken_and_our_own_spoke_is_not() {
        let set = [format!("network.peerings[0].vnet.id={NET}/hub")];
        let profile = built_in("hub-spoke", &set);
        let needs = Needs::of(&profile, "s");
        let spoke = own(&needs).unwrap();
        let other = format!("{NET}/other");
        let peers = [(spoke.as_str(), "10.20.0.0/16"), (other.as_str(), "10.99.0.0/16")];
        let hub = live(&["10.0.0.0/16"], &[], &peers);
        let networks = Networks::from([(format!("{NET}/hub").parse().unwrap(), hub)]);
        let around = around(&profile, &needs, &networks, None);
        let taken: Vec<String> =
            around.taken.iter().map(|(range, by)| format!("{range} of {by}")).collect();
        assert_eq!(taken, ["10.0.0.0/16 of hub", "10.99.0.0/16 of other"]);
    }

    #[test]
    fn services_stay_where_the_cluster_has_them() {
        let profile = built_in("kubenet", &["network.serviceCidr=auto".to_owned()]);
        let needs = Needs::of(&profile, "s");
        assert!(has_auto(&profile) && !has_auto(&built_in("kubenet", &[])));
        let cluster = ClusterFacts {
            services: vec![Range::parse("10.77.0.0/16").unwrap()],
            ..ClusterFacts::default()
        };
        let pinned = pin(&profile, &needs, &Networks::new(), Some(&cluster));
        assert_eq!(pinned.network.service_cidr.unwrap().to_string(), "10.77.0.0/16");
    }

    #[test]
    fn addresses_of_others_are_counted_and_those_of_our_nodes_are_not() {
        let holder = |group: &str, n: u32| {
            format!(
                "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/\
                 virtualMachineScaleSets/v/virtualMachines/{n}/networkInterfaces/i/ipConfigurations/c"
            )
        };
        let subnet = SubnetFacts {
            holders: vec![holder("MC_demo", 0), holder("mc_DEMO", 1), holder("else", 0)],
            used: Some(3),
            ..SubnetFacts::default()
        };
        let group = ResourceId::resource_group("s", "MC_demo");
        assert_eq!(others(&subnet, Some(&group)), 1);
        assert_eq!(others(&subnet, None), 3);
    }
}
