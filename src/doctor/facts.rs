//! What was read from Azure, as plain values; how it was read is `gather`'s, what it means is
//! `check`'s.
//!
//! Every read may have been refused; [`Read`] keeps that apart from "there is none".

use std::collections::BTreeMap;

use crate::address::Range;
use crate::arm::credential::Taken;
use crate::arm::id::ResourceId;
use crate::kind::Permission;

use super::attached::Attached;
use super::who::Who;

/// The outcome of one read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Read<T> {
    /// This was read.
    Got(T),
    /// It could not be read.
    Unknown(Unread),
    /// Nobody asked.
    #[default]
    NotAsked,
}

/// Why something could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// The reason, a fragment without a stop.
    pub why: String,
    /// Whether it is that the asker may not.
    pub is_forbidden: bool,
}

impl<T> Read<T> {
    /// Returns what was read.
    pub fn got(&self) -> Option<&T> {
        match self {
            Self::Got(value) => Some(value),
            Self::Unknown(_) | Self::NotAsked => None,
        }
    }

    /// Returns why nothing was read, if somebody asked.
    pub fn why(&self) -> Option<&Unread> {
        match self {
            Self::Unknown(why) => Some(why),
            Self::Got(_) | Self::NotAsked => None,
        }
    }

    /// Returns the same outcome with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        match self {
            Self::Got(value) => Read::Got(change(value)),
            Self::Unknown(why) => Read::Unknown(why),
            Self::NotAsked => Read::NotAsked,
        }
    }
}

/// Everything that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The subscription's id.
    pub subscription_id: String,
    /// The region, short: `westeurope`; empty when none is known.
    pub location: String,
    /// Whether a profile is looked at, rather than a subscription.
    pub is_of_profile: bool,
    /// Who asks.
    pub who: Option<Who>,
    /// How the one who asks logged in.
    pub login: Option<Taken>,
    /// The subscription.
    pub subscription: Read<Subscription>,
    /// What may be done, by scope.
    pub rights: BTreeMap<ResourceId, Read<Vec<Permission>>>,
    /// The resource providers, by namespace.
    pub providers: BTreeMap<String, Read<Provider>>,
    /// Quota of Compute in the region.
    pub compute: Read<Vec<Usage>>,
    /// Quota of the network in the region.
    pub network: Read<Vec<Usage>>,
    /// The sizes of machines in the region.
    pub sizes: Read<Vec<Size>>,
    /// The Kubernetes versions in the region.
    pub versions: Read<Vec<Offered>>,
    /// Every lock in the subscription.
    pub locks: Read<Vec<Lock>>,
    /// The policies that stand on the scope, definitions included.
    pub policies: Read<Vec<Policy>>,
    /// The environment's resource group, if it is there.
    pub group: Read<Option<Located>>,
    /// The cluster, if it is there.
    pub cluster: Read<Option<ClusterFacts>>,
    /// The group that AKS makes for the nodes, if it is there.
    pub node_group: Read<Option<Located>>,
    /// The registry that the profile makes: where it stands, and whether its name is free.
    pub registry: Read<NameFacts>,
    /// The Log Analytics workspace that the profile makes: where it stands, and where one of its name
    /// did that was deleted lately.
    pub log_workspace: Read<NameFacts>,
    /// Existing virtual networks that the profile names, hubs included.
    pub networks: BTreeMap<ResourceId, Read<Option<NetworkFacts>>>,
    /// The virtual network that the profile makes, where it stands.
    pub own_networks: BTreeMap<ResourceId, NetworkFacts>,
    /// The route tables and security groups on the profile's subnets, as far as they could be read.
    pub attached: BTreeMap<ResourceId, Attached>,
    /// The public addresses, prefixes and NAT gateways by which traffic is to leave.
    pub exits: BTreeMap<ResourceId, ExitFacts>,
    /// Other existing resources that the profile names: their region, if they are there.
    pub existing: BTreeMap<ResourceId, Read<Option<Located>>>,
}

impl Facts {
    /// Returns the resource providers that are not registered.
    pub fn unregistered(&self) -> Vec<String> {
        let off = |read: &Read<Provider>| read.got().is_some_and(|found| !found.is_registered());
        let all = self.providers.iter().filter(|(_, provider)| off(provider));
        all.map(|(namespace, _)| namespace.clone()).collect()
    }

    /// Tells whether an existing resource that the profile names, or the network it lies in, is
    /// not there.
    pub fn is_missing(&self, id: &ResourceId) -> bool {
        let mut networks = self.networks.iter().filter(|(_, read)| **read == Read::Got(None));
        let mut others = self.existing.iter().filter(|(_, read)| **read == Read::Got(None));
        networks.any(|(network, _)| id == network || id.is_under(network))
            || others.any(|(other, _)| other == id)
    }

    /// Returns what is known of a virtual network.
    pub fn network_at(&self, id: &ResourceId) -> Option<&NetworkFacts> {
        let others = || self.networks.get(id)?.got()?.as_ref();
        self.own_networks.get(id).or_else(others)
    }
}

/// A subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Its name.
    pub name: String,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`.
    pub state: String,
    /// The offer, such as `PayAsYouGo_2014-09-01` or `FreeTrial_2014-09-01`.
    pub offer: String,
    /// Whether spending stops at a limit.
    pub is_limited: bool,
}

/// A resource provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// `Registered`, `Registering`, `NotRegistered`, `Unregistering`.
    pub state: String,
    /// Its types.
    pub types: Vec<ProviderType>,
}

impl Provider {
    /// Tells whether it is registered, or about to be.
    pub fn is_registered(&self) -> bool {
        ["Registered", "Registering"].iter().any(|word| self.state.eq_ignore_ascii_case(word))
    }
}

/// A type of a resource provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderType {
    /// The type without its namespace: `managedClusters`.
    pub name: String,
    /// The regions, short; empty where the type has none.
    pub locations: Vec<String>,
    /// The versions that are served.
    pub api_versions: Vec<String>,
}

/// A quota and what is used of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The name, such as `cores` or `standardDSv5Family`.
    pub name: String,
    /// The name people read.
    pub text: String,
    /// What is in use.
    pub used: u64,
    /// What may be used; `u64::MAX` for no limit.
    pub limit: u64,
}

impl Usage {
    /// Returns what is left.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// A size of machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// The name, such as `Standard_D2s_v5`.
    pub name: String,
    /// The quota it counts on.
    pub family: String,
    /// Virtual cores.
    pub cores: u64,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// The zones it is offered in.
    pub zones: Vec<String>,
    /// Whether it is kept from this subscription in the whole region, and Azure's word for why.
    pub withheld: Option<String>,
    /// The zones in which it is kept from this subscription.
    pub withheld_zones: Vec<String>,
    /// Whether its processor is an Arm one.
    pub is_arm: bool,
    /// GiB that a system disk on the machine itself may have; 0 where it takes none.
    pub own_disk: Option<u64>,
    /// Whether it encrypts at the host, where Azure says so.
    pub encrypts: Option<bool>,
}

/// A minor Kubernetes version as a region offers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// The minor version, `1.34`.
    pub minor: String,
    /// Its patches in the order of their numbers.
    pub patches: Vec<String>,
    /// Whether it is a preview.
    pub is_preview: bool,
    /// Whether a cluster that asks for nothing gets it.
    pub is_default: bool,
    /// Who supports it.
    pub support: Support,
}

/// Who supports a Kubernetes version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Support {
    /// The community, as every version in its first year.
    #[default]
    Official,
    /// The community, and those who pay for longer.
    Both,
    /// Only those who pay for it.
    LongTermOnly,
}

impl Support {
    /// Tells whether a cluster may have it without long-term support.
    pub fn is_official(self) -> bool {
        self != Self::LongTermOnly
    }

    /// Tells whether a cluster may have it with long-term support.
    pub fn is_long_term(self) -> bool {
        self != Self::Official
    }
}

/// A lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The name.
    pub name: String,
    /// `CanNotDelete` or `ReadOnly`.
    pub level: String,
    /// What it stands on, as an id in text.
    pub scope: String,
    /// What people wrote beside it.
    pub notes: Option<String>,
}

impl Lock {
    /// Tells whether nothing may be changed, rather than nothing deleted.
    pub fn is_read_only(&self) -> bool {
        self.level.eq_ignore_ascii_case("ReadOnly")
    }
}

/// A policy that stands on a scope, with its definition where that could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The assignment's name as people read it.
    pub title: String,
    /// Its name as ids have it.
    pub name: String,
    /// What it stands on, as an id in text.
    pub scope: String,
    /// Scopes that are left out, as ids in text.
    pub not_scopes: Vec<String>,
    /// Whether it is enforced rather than only reported.
    pub is_enforced: bool,
    /// The definition's or the initiative's id.
    pub definition_id: String,
    /// What the assignment gives for the parameters.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// The rules it comes to, parameters filled in.
    pub rules: Vec<PolicyRule>,
    /// How many of its rules could not be read.
    pub unread: usize,
}

impl Policy {
    /// Tells whether it assigns a set of rules that Azure itself defines.
    pub fn is_initiative_of_azure(&self) -> bool {
        let id = self.definition_id.to_ascii_lowercase();
        id.starts_with("/providers/microsoft.authorization/policysetdefinitions/")
    }
}

/// One rule of a policy, its parameters filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyRule {
    /// The rule's name as people read it.
    pub title: String,
    /// What it does, in lower case: `deny`, `audit`, `modify`.
    pub effect: String,
    /// When it does it.
    pub condition: serde_json::Value,
    /// Whether it looks at resources with tags and a region only.
    pub is_indexed: bool,
}

/// A group or a resource, as far as its place matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Located {
    /// The region, short.
    pub location: String,
    /// The environment that owns it.
    pub environment: Option<String>,
    /// Azure's word for its state.
    pub state: String,
    /// What manages it, for a group that another resource made.
    pub managed_by: Option<String>,
}

/// A resource of the profile's own whose name may be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameFacts {
    /// Where it stands, if it does.
    pub place: Option<Located>,
    /// What keeps its name, if anything does: why, in Azure's words, or where.
    pub taken: Option<String>,
}

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterFacts {
    /// Its place.
    pub place: Located,
    /// The version of its control plane.
    pub version: String,
    /// The group of its nodes.
    pub node_group: String,
    /// By what its traffic leaves, in Azure's word.
    pub outbound: String,
    /// Whether somebody stopped it.
    pub is_stopped: bool,
    /// How many public addresses AKS made for its way out.
    pub made_addresses: u64,
    /// Its pools.
    pub pools: Vec<PoolFacts>,
    /// The ranges of its pods.
    pub pods: Vec<Range>,
    /// The ranges of its services.
    pub services: Vec<Range>,
}

impl ClusterFacts {
    /// Returns a pool by its name, or by the profile's name of it.
    pub fn pool(&self, name: &str) -> Option<&PoolFacts> {
        let stands = |pool: &&PoolFacts| {
            pool.stands_for.as_deref().unwrap_or(&pool.name).eq_ignore_ascii_case(name)
        };
        let is_named = |pool: &&PoolFacts| pool.name.eq_ignore_ascii_case(name);
        self.pools.iter().find(is_named).or_else(|| self.pools.iter().find(stands))
    }
}

/// A pool of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolFacts {
    /// The name.
    pub name: String,
    /// The pool of the profile that it is, where its name does not say so.
    pub stands_for: Option<String>,
    /// The size of its machines.
    pub size: String,
    /// The nodes it has.
    pub nodes: u64,
    /// The nodes it may come to have: the autoscaler's maximum where it runs.
    pub most: u64,
    /// The version of its nodes.
    pub version: String,
}

/// A virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkFacts {
    /// The region, short.
    pub location: String,
    /// Its ranges.
    pub ranges: Vec<Range>,
    /// Its subnets.
    pub subnets: Vec<SubnetFacts>,
    /// The networks it is peered with.
    pub peers: Vec<PeerFacts>,
    /// The environment that owns it.
    pub environment: Option<String>,
}

impl NetworkFacts {
    /// Returns a subnet by its name.
    pub fn subnet(&self, name: &str) -> Option<&SubnetFacts> {
        self.subnets.iter().find(|subnet| subnet.name.eq_ignore_ascii_case(name))
    }
}

/// A subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubnetFacts {
    /// The name.
    pub name: String,
    /// Its ranges.
    pub ranges: Vec<Range>,
    /// What holds addresses in it, as ids in text.
    pub holders: Vec<String>,
    /// Addresses in use as the network counts them, when it was asked.
    pub used: Option<u64>,
    /// The services it is handed to.
    pub delegations: Vec<String>,
    /// Its route table, as an id in text.
    pub route_table: Option<String>,
    /// Its NAT gateway, as an id in text.
    pub nat_gateway: Option<String>,
    /// Its security group, as an id in text.
    pub security_group: Option<String>,
}

/// A public address, a prefix of such, or a NAT gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitFacts {
    /// `Basic`, `Standard` or `StandardV2`.
    pub sku: String,
    /// What has the address or the prefix, as an id in text.
    pub holder: Option<String>,
    /// How many addresses and prefixes a NAT gateway has.
    pub addresses: usize,
}

/// A network on the other side of a peering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerFacts {
    /// The peering's name.
    pub name: String,
    /// The other network, as an id in text.
    pub remote: String,
    /// The other network's ranges.
    pub ranges: Vec<Range>,
    /// `Connected`, `Initiated` or `Disconnected`.
    pub state: String,
}
