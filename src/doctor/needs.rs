//! What a profile needs of Azure, as plain values: actions by scope, providers, cores, addresses.
//!
//! Everything follows from the graph that `compose` makes, so what `up` will do and what is
//! looked at beforehand cannot part.

use std::collections::{BTreeMap, BTreeSet};

use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::compose::{Setting, compose, group_id};
use crate::graph::{Graph, Index};
use crate::kind::{Cluster, Kind as _, Ownership, Resource, Subnet, VirtualNetwork, ZoneLink};
use crate::profile::schema::{OutboundType, Profile};

use super::facts::ClusterFacts;
use super::writes::Writes;

/// What a missing right would stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// `up`.
    Up,
    /// `down`, or fetching credentials.
    Later,
}

/// An action in a scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Action {
    /// Where: the group, or an existing resource.
    pub(super) scope: ResourceId,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// The action, such as `Microsoft.Network/virtualNetworks/write`.
    pub(super) name: String,
}

/// What a profile needs.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    /// The environment's resource group.
    pub(super) group: ResourceId,
    /// The cluster.
    pub(super) cluster: ResourceId,
    /// The group of the nodes, whose name AKS derives when none is written.
    pub(super) node_group: ResourceId,
    /// Every resource, each after all that it needs.
    pub(super) graph: Graph<Resource>,
    /// The actions, without duplicates.
    pub(super) actions: BTreeSet<Action>,
    /// What is about to be written, when only that matters.
    writes: Option<Writes>,
}

/// What fetching credentials takes.
const CREDENTIALS: &str =
    "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action";

impl Needs {
    /// Returns what a profile needs in a subscription.
    pub(super) fn of(profile: &Profile, subscription: &str) -> Self {
        let setting = Setting { subscription: subscription.to_owned(), ..Setting::default() };
        let group = group_id(profile, &setting);
        let cluster = group.resource(Cluster::TYPE, profile.cluster_name());
        let node_group = ResourceId::resource_group(subscription, &node_group_name(profile));
        let graph = compose(profile, &setting);
        let actions = actions(&graph, &group, &BTreeSet::new());
        Self { group, cluster, node_group, graph, actions, writes: None }
    }

    /// Returns what is needed to write these resources alone: what stands may have been made by
    /// somebody with more rights.
    pub(super) fn only(mut self, writes: Writes) -> Self {
        let mut actions = BTreeSet::new();
        for (index, resource) in self.graph.iter() {
            let is_made = writes.made.contains(&resource.id);
            if !is_made && !writes.changed.contains(&resource.id) {
                continue;
            }
            let scope = scope_of(&self.graph, &resource.id, &self.group);
            let name = format!("{}/write", resource.full_type());
            actions.insert(Action { scope, purpose: Purpose::Up, name });
            for (used, name) in linked(&self.graph, index).into_iter().filter(|_| is_made) {
                let scope = scope_of(&self.graph, &used.id, &self.group);
                actions.insert(Action { scope, purpose: Purpose::Up, name });
            }
        }
        self.actions = actions;
        self.writes = Some(writes);
        self
    }

    /// Returns what is needed where these resources need neither be made nor deleted.
    pub(super) fn without(mut self, spared: &BTreeSet<ResourceId>) -> Self {
        self.actions = actions(&self.graph, &self.group, spared);
        self
    }

    /// Tells whether a resource is about to be made.
    pub(super) fn makes(&self, id: &ResourceId) -> bool {
        self.writes.as_ref().is_none_or(|writes| writes.made.contains(id))
    }

    /// Tells whether anything is about to be made.
    pub(super) fn makes_any(&self) -> bool {
        self.writes.as_ref().is_none_or(|writes| !writes.made.is_empty())
    }

    /// Tells whether a resource is about to be changed in place.
    pub(super) fn changes(&self, id: &ResourceId) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.changed.contains(id))
    }

    /// Tells whether a resource is about to be deleted, to be made again perhaps.
    pub(super) fn deletes(&self, id: &ResourceId) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.deleted.contains(id))
    }

    /// Tells whether only what a plan writes matters.
    pub(super) fn is_of_plan(&self) -> bool {
        self.writes.is_some()
    }

    /// Tells whether a resource is one of the profile's.
    pub(super) fn has(&self, id: &ResourceId) -> bool {
        self.graph.iter().any(|(_, resource)| resource.id == *id)
    }

    /// Tells whether a pool is about to be made.
    pub(super) fn makes_pool(&self, name: &str) -> bool {
        self.makes(&self.pool(name))
    }

    /// Returns a pool of the cluster.
    pub(super) fn pool(&self, name: &str) -> ResourceId {
        self.cluster.child("agentPools", name)
    }

    /// Returns a subnet by its key in the profile.
    pub(super) fn subnet(&self, profile: &Profile, key: &str) -> Option<ResourceId> {
        let named = profile.network.subnets.get(key).and_then(|subnet| subnet.id.as_deref());
        if let Some(id) = named {
            return ResourceId::parse(id).ok();
        }
        let mut all = self.graph.iter().map(|(_, resource)| &resource.id);
        let is = |id: &&ResourceId| id.is_type(Subnet::TYPE) && id.name() == key;
        all.find(is).cloned()
    }

    /// Returns the first resource of a type.
    pub(super) fn first(&self, kind: &str) -> Option<&ResourceId> {
        self.graph.iter().map(|(_, resource)| &resource.id).find(|id| id.is_type(kind))
    }

    /// Returns the resource of a type that the profile makes.
    pub(super) fn own(&self, kind: &str) -> Option<&ResourceId> {
        let all = self.graph.iter().map(|(_, resource)| resource);
        let mut own = all.filter(|one| one.ownership != Ownership::Existing);
        own.find(|one| one.kind == kind).map(|one| &one.id)
    }

    /// Returns every scope in which rights matter.
    pub(super) fn scopes(&self) -> BTreeSet<ResourceId> {
        self.actions.iter().map(|action| action.scope.clone()).collect()
    }

    /// Returns the existing resources, without their children.
    pub(super) fn existing(&self) -> impl Iterator<Item = &Resource> {
        let all = self.graph.iter().map(|(_, resource)| resource);
        all.filter(|resource| resource.ownership == Ownership::Existing)
    }

    /// Returns the existing virtual networks, those of existing subnets included.
    pub(super) fn networks(&self) -> BTreeSet<ResourceId> {
        let network = |resource: &Resource| {
            let mut id = resource.id.clone();
            while !id.is_type(VirtualNetwork::TYPE) {
                id = id.parent()?;
            }
            Some(id)
        };
        let ours = |id: &ResourceId| {
            self.graph.iter().any(|(_, r)| r.id == *id && r.ownership != Ownership::Existing)
        };
        self.existing().filter_map(network).filter(|id| !ours(id)).collect()
    }

    /// Returns the virtual networks that the profile makes.
    pub(super) fn own_networks(&self) -> BTreeSet<ResourceId> {
        let all = self.graph.iter().map(|(_, resource)| resource);
        let own = all.filter(|resource| {
            resource.kind == VirtualNetwork::TYPE && resource.ownership != Ownership::Existing
        });
        own.map(|resource| resource.id.clone()).collect()
    }

    /// Returns the types that are used with the versions they are spoken to in, by namespace.
    pub(super) fn types(&self) -> BTreeMap<String, BTreeSet<(String, ApiVersion)>> {
        let mut found: BTreeMap<String, BTreeSet<(String, ApiVersion)>> = BTreeMap::new();
        for (_, resource) in self.graph.iter() {
            let Some((namespace, kind)) = resource.kind.split_once('/') else { continue };
            if namespace != "Microsoft.Resources" {
                let entry = found.entry(namespace.to_owned()).or_default();
                entry.insert((kind.to_owned(), resource.api.clone()));
            }
        }
        // Nodes are machines in the subscription, whoever makes them.
        found.entry("Microsoft.Compute".to_owned()).or_default();
        found
    }
}

/// Returns the name of the group that AKS makes for the nodes.
pub(super) fn node_group_name(profile: &Profile) -> String {
    profile.cluster.node_resource_group.clone().unwrap_or_else(|| {
        let metadata = &profile.metadata;
        let group = metadata.resource_group_or_default();
        format!("MC_{group}_{}_{}", profile.cluster_name(), metadata.location)
    })
}

fn actions(
    graph: &Graph<Resource>,
    group: &ResourceId,
    spared: &BTreeSet<ResourceId>,
) -> BTreeSet<Action> {
    let mut found = BTreeSet::new();
    for (index, resource) in graph.iter() {
        let scope = scope_of(graph, &resource.id, group);
        let mut add = |scope: &ResourceId, purpose, name: String| {
            found.insert(Action { scope: scope.clone(), purpose, name });
        };
        let kind = resource.full_type();
        add(&scope, Purpose::Up, format!("{kind}/read"));
        if resource.ownership != Ownership::Existing && !spared.contains(&resource.id) {
            add(&scope, Purpose::Up, format!("{kind}/write"));
            add(&scope, Purpose::Later, format!("{kind}/delete"));
        }
        for (used, name) in linked(graph, index) {
            add(&scope_of(graph, &used.id, group), Purpose::Up, name);
        }
        if kind == Cluster::TYPE {
            add(&scope, Purpose::Later, CREDENTIALS.to_owned());
        }
    }
    found
}

/// Returns what a resource uses of others, with the action that this is: Azure checks it with the
/// rights of whoever writes (a linked access check). What its id does not name it does not use: a
/// right names its holder by a number.
fn linked(graph: &Graph<Resource>, index: Index) -> Vec<(&Resource, String)> {
    let named = graph.node(index).body.ids();
    let used = graph.needs(index).map(|need| graph.node(need));
    let used = used.filter(|used| named.contains(&used.id));
    // A network is linked to a zone by another action than it is peered by.
    let links = graph.node(index).kind == ZoneLink::TYPE;
    let joined = |used: &Resource| {
        let join = used.traits.join?;
        Some(if links { "join/action" } else { join })
    };
    used.filter_map(|used| Some((used, format!("{}/{}", used.kind, joined(used)?)))).collect()
}

/// Returns the scope in which a right on a resource is looked up: the existing resource it is or
/// lies under, else the group.
fn scope_of(graph: &Graph<Resource>, id: &ResourceId, group: &ResourceId) -> ResourceId {
    let existing = graph.iter().map(|(_, resource)| resource).filter(|resource| {
        resource.ownership == Ownership::Existing
            && (resource.id == *id || id.is_under(&resource.id))
    });
    let deepest = existing.max_by_key(|resource| resource.id.as_str().len());
    deepest.map_or_else(|| group.clone(), |resource| resource.id.clone())
}

/// The machines of one pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machines {
    /// The pool.
    pub(super) pool: String,
    /// Their size.
    pub(super) size: String,
    /// Whether they are spot machines, which count on a quota of their own.
    pub(super) is_spot: bool,
    /// How many there are already.
    pub(super) standing: u64,
    /// How many there may come to be already.
    pub(super) standing_most: u64,
    /// How many there are to be.
    pub(super) now: u64,
    /// How many there may come to be, without those that an upgrade adds.
    pub(super) most: u64,
    /// How many there are during an upgrade.
    pub(super) upgrade: u64,
    /// How many there are when the autoscaler is at its maximum and an upgrade runs.
    pub(super) maximum: u64,
}

impl Machines {
    /// Returns the machines of every pool; what a standing cluster has already is counted.
    pub(super) fn of(profile: &Profile, cluster: Option<&ClusterFacts>) -> Vec<Self> {
        let found = |name: &str, size: &str| {
            let pool = cluster.and_then(|cluster| cluster.pool(name));
            pool.filter(|pool| pool.size.eq_ignore_ascii_case(size))
        };
        let of = |pool: &crate::profile::schema::Pool| {
            let found = found(&pool.name, &pool.vm_size);
            let standing = found.map_or(0, |found| found.nodes);
            let count = pool.count_or_default();
            // The autoscaler's count is its own once the pool stands.
            let counted = u32::try_from(standing).unwrap_or(u32::MAX);
            let now = if pool.autoscale.is_some() && standing > 0 { counted } else { count };
            let most = pool.most_nodes().max(now);
            Self {
                pool: pool.name.clone(),
                size: pool.vm_size.clone(),
                is_spot: pool.spot.is_some(),
                standing,
                standing_most: found.map_or(0, |found| found.most),
                now: u64::from(now),
                most: u64::from(most),
                upgrade: u64::from(now) + u64::from(pool.surge(now)),
                maximum: u64::from(most) + u64::from(pool.surge(most)),
            }
        };
        profile.pools.iter().map(of).collect()
    }
}

/// Returns the public addresses that AKS makes for the way out of a profile.
pub(super) fn managed_addresses(profile: &Profile) -> u64 {
    let wish = profile.network.outbound.as_ref();
    if wish.is_some_and(|outbound| !outbound.public_ips.is_empty()) {
        return 0;
    }
    let gateway = wish.and_then(|outbound| outbound.nat_gateway.as_ref());
    let balancer = wish.map_or(1, |outbound| {
        outbound.managed_ips.unwrap_or(1) + outbound.managed_ips_v6.unwrap_or(0)
    });
    u64::from(match profile.network.outbound_type() {
        OutboundType::LoadBalancer => balancer,
        OutboundType::ManagedNatGateway => gateway.and_then(|own| own.public_ips).unwrap_or(1),
        _ => 0,
    })
}

/// Returns the public addresses that a profile takes, nodes' own ones included.
pub(super) fn public_addresses(profile: &Profile) -> u64 {
    let wish = profile.network.outbound.as_ref();
    let gateway = || wish.and_then(|outbound| outbound.nat_gateway.as_ref());
    let given = wish.is_some_and(|outbound| !outbound.public_ips.is_empty());
    let out = match profile.network.outbound_type() {
        OutboundType::UserAssignedNatGateway if !given => match gateway() {
            Some(own) if own.id.is_some() => 0,
            own => u64::from(own.and_then(|own| own.public_ips).unwrap_or(1)),
        },
        _ => managed_addresses(profile),
    };
    let public = profile.pools.iter().filter(|pool| pool.node_public_ip == Some(true));
    out + public.map(|pool| u64::from(pool.most_nodes())).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::super::built_in;
    use super::super::facts::PoolFacts;
    use super::*;

    const SHARED: &str =
        "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub";

    fn has(needs: &Needs, scope: &str, name: &str) -> bool {
        needs.actions.iter().any(|a| a.scope.as_str().ends_with(scope) && a.name == name)
    }

    #[test]
    fn what_compose_makes_is_what_rights_are_asked_for() {
        let needs = Needs::of(&built_in("kubenet", &[]), "s");
        for name in [
            "Microsoft.Resources/subscriptions/resourceGroups/write",
            "Microsoft.ContainerService/managedClusters/write",
            "Microsoft.ContainerService/managedClusters/agentPools/write",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
            "Microsoft.Network/routeTables/join/action",
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        ] {
            assert!(has(&needs, "/resourceGroups/demo", name), "{name}: {:?}", needs.actions);
        }
        assert!(needs.networks().is_empty());
        assert!(needs.types().contains_key("Microsoft.ManagedIdentity"));
    }

    #[test]
    fn on_a_network_of_others_rights_are_asked_for_where_they_are_used() {
        let needs = Needs::of(&built_in("existing-vnet", &[]), "s");
        let subnet = "/virtualNetworks/shared/subnets/aks";
        assert!(has(&needs, subnet, "Microsoft.Network/virtualNetworks/subnets/join/action"));
        assert!(has(&needs, subnet, "Microsoft.Authorization/roleAssignments/write"));
        assert!(has(&needs, subnet, "Microsoft.Network/virtualNetworks/subnets/read"));
        assert!(!has(&needs, subnet, "Microsoft.Network/virtualNetworks/subnets/write"));
        assert_eq!(needs.networks().len(), 1);
    }

    #[test]
    fn a_peering_in_both_directions_writes_on_the_hub() {
        let overrides = [format!("network.peerings[0].vnet.id={SHARED}")];
        let needs = Needs::of(&built_in("hub-spoke", &overrides), "s");
        assert!(has(&needs, "/hub", "Microsoft.Network/virtualNetworks/peer/action"));
        let write = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write";
        assert!(has(&needs, "/hub", write));
        assert_eq!(needs.networks().len(), 1);
    }

    #[test]
    fn the_autoscaler_owns_the_count_of_a_pool_that_stands() {
        let set = ["pools[0].autoscale={ min: 1, max: 10 }".to_owned()];
        let profile = built_in("kubenet", &set);
        let size = profile.pools[0].vm_size.clone();
        let pool = PoolFacts { name: "system".into(), size, nodes: 7, ..PoolFacts::default() };
        let cluster = ClusterFacts { pools: vec![pool], ..ClusterFacts::default() };
        let machines = &Machines::of(&profile, Some(&cluster))[0];
        assert_eq!(
            (machines.standing, machines.now, machines.upgrade, machines.maximum),
            (7, 7, 8, 11)
        );
        let fresh = &Machines::of(&profile, None)[0];
        assert_eq!((fresh.standing, fresh.now, fresh.upgrade, fresh.maximum), (0, 2, 3, 11));
    }

    #[test]
    fn public_addresses_follow_the_way_out() {
        for (name, set, expected) in [
            ("kubenet", vec![], 1),
            ("kubenet", vec!["pools[0].nodePublicIP=true".to_owned()], 3),
            ("nat-gateway", vec![], 2),
            ("egress-appliance", vec![], 0),
            ("isolated", vec![], 0),
        ] {
            assert_eq!(public_addresses(&built_in(name, &set)), expected, "{name} {set:?}");
        }
    }
}
