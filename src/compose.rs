//! Profile to graph: the story of a cluster, read from top to bottom.
//!
//! Group, identity, the way traffic takes, the network and its subnets, the links to other
//! networks, the roles, the cluster, its pools. Nobody writes edges here: [`link`] finds them,
//! because a body mentions another resource's id or an id lies under it.

mod access;
mod any;
mod attached;
mod doors;
mod maintenance;
mod monitored;
mod monitoring;
mod order;
mod peerings;
mod private;
mod references;
mod registry;
mod setting;
mod twice;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

pub use self::order::link;
pub use self::setting::Setting;
pub use self::twice::said_twice;

use self::order::ordered;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{
    AgentPool, Cluster, Identity, Kind, NatGateway, Ownership, PublicIp, Resource, ResourceGroup,
    Role, RoleAssignment, RouteTable, SecurityGroup, Subnet, Tags, VirtualNetwork, api_version,
};
use crate::profile::Surroundings;
use crate::profile::schema::{
    BASTION_SUBNET, Cidr, Model, OutboundType, Profile, Raw, RouteTableChoice,
    SecurityGroup as SecurityWish,
};

/// Returns everything that the profile asks for, each resource after all that it needs.
pub fn compose(profile: &Profile, setting: &Setting) -> Graph<Resource> {
    let profile = profile.with_ranges(&profile.ranges(&Surroundings::default()));
    let mut story = Story::new(&profile, setting);
    story.group();
    story.identity();
    story.kubelet_identity();
    story.routes();
    story.security_group();
    story.bastion_group();
    story.way_out();
    story.network();
    story.subnets();
    story.peerings();
    story.private_zones();
    story.bastion();
    story.jump_host();
    story.roles();
    story.registry();
    story.logs();
    story.metrics();
    story.cluster();
    story.pulls();
    story.collected();
    story.pools();
    story.workload_identities();
    story.private_endpoints();
    story.whole_resources();
    if profile.resources.is_empty() {
        return link(story.resources);
    }
    link(ordered(story.resources))
}

/// Returns the ids that the resources of a profile lie in, for a look at what stands there.
pub fn group_id(profile: &Profile, setting: &Setting) -> ResourceId {
    ResourceId::resource_group(&setting.subscription, profile.metadata.resource_group_or_default())
}

struct Story<'a> {
    profile: &'a Profile,
    setting: &'a Setting,
    group: ResourceId,
    resources: Vec<Resource>,
    identity: Option<ResourceId>,
    /// Whom the nodes act as, where that is not of AKS's making.
    kubelet: Option<ResourceId>,
    route_table: Option<ResourceId>,
    /// What the subnets of nodes get.
    security_group: Option<ResourceId>,
    own_group: Option<ResourceId>,
    bastion_group: Option<ResourceId>,
    nat_gateway: Option<ResourceId>,
    network: Option<ResourceId>,
    subnets: BTreeMap<String, ResourceId>,
    /// The zone of the API server's private name, where it is not AKS's own.
    dns_zone: Option<ResourceId>,
    roles: Vec<ResourceId>,
    registry: Option<ResourceId>,
    monitored: monitored::Monitored,
}

impl<'a> Story<'a> {
    fn new(profile: &'a Profile, setting: &'a Setting) -> Self {
        Self {
            profile,
            setting,
            group: group_id(profile, setting),
            resources: Vec::new(),
            identity: None,
            kubelet: None,
            route_table: None,
            security_group: None,
            own_group: None,
            bastion_group: None,
            nat_gateway: None,
            network: None,
            subnets: BTreeMap::new(),
            dns_zone: None,
            roles: Vec::new(),
            registry: None,
            monitored: monitored::Monitored::default(),
        }
    }

    /// Returns the id of something of ours, called as the profile's names say.
    fn named<K: Kind>(&self, pattern: Option<&String>) -> ResourceId {
        self.numbered::<K>(pattern, 1)
    }

    fn numbered<K: Kind>(&self, pattern: Option<&String>, number: u32) -> ResourceId {
        let pattern = pattern.map(String::as_str).or(K::TRAITS.pattern).unwrap_or("{name}");
        let name = wishes::name(self.profile, pattern, &self.group);
        self.id::<K>(&name.replace("{number}", &number.to_string()))
    }

    fn name(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.profile.metadata.name)
    }

    fn id<K: Kind>(&self, name: &str) -> ResourceId {
        self.group.resource(K::TYPE, name)
    }

    fn location(&self) -> String {
        self.profile.metadata.location.clone()
    }

    fn tags(&self) -> Tags {
        let setting = self.setting;
        wishes::tags(self.profile, setting.expires.as_ref(), &setting.marks, setting.owns)
    }

    fn add<K: Kind>(&mut self, kind: K) -> ResourceId {
        self.push(Resource::from(kind))
    }

    fn add_with<K: Kind>(&mut self, kind: K, raw: Option<&Raw>) -> ResourceId {
        self.push(Resource::from(kind).with(raw))
    }

    fn existing<K: Kind>(&mut self, id: &str) -> Option<ResourceId> {
        let id = ResourceId::parse(id).ok()?;
        // Two spellings of one id are one resource to ARM and two to AKS, which then takes the
        // addresses of one pool's pods away with another pool (AKS#4346).
        if let Some(known) = self.resources.iter().find(|resource| resource.id == id) {
            return Some(known.id.clone());
        }
        Some(self.push(Resource::existing::<K>(id)))
    }

    fn push(&mut self, mut resource: Resource) -> ResourceId {
        let chosen = self.setting.api_versions.iter();
        for (kind, version) in chosen.filter(|(kind, _)| kind.eq_ignore_ascii_case(&resource.kind))
        {
            debug_assert!(api_version(kind).is_some());
            resource.api = version.clone();
        }
        if self.profile.cluster.is_adopted() && resource.kind == Cluster::TYPE {
            resource.ownership = Ownership::Adopted;
        }
        let id = resource.id.clone();
        self.resources.push(resource);
        id
    }

    fn group(&mut self) {
        let (id, location, tags) = (self.group.clone(), self.location(), self.tags());
        self.add(ResourceGroup { id, location, tags });
    }

    /// kubenet needs a table of its own on its subnet before the cluster exists; an appliance
    /// needs the default route.
    fn routes(&mut self) {
        let network = &self.profile.network;
        let table = network.route_table.as_ref();
        if let Some(id) = table.and_then(|table| table.id.as_deref()) {
            self.route_table = self.existing::<RouteTable>(id);
            return;
        }
        let has_own_subnets = network.subnets.values().any(|subnet| subnet.id.is_none());
        let routed = network.outbound_type() == OutboundType::UserDefinedRouting;
        let asked = !network.routes.is_empty()
            || table.is_some()
            || network.subnets.values().any(|s| s.route_table == Some(RouteTableChoice::Own(true)));
        let needed = self.profile.model() == Model::Kubenet || routed || asked;
        if !needed || !has_own_subnets {
            return;
        }
        let raw = table.and_then(|table| table.properties.as_ref());
        let table = RouteTable {
            id: self.named::<RouteTable>(self.profile.names.route_table.as_ref()),
            location: self.location(),
            tags: self.tags(),
            routes: wishes::routes(self.profile),
            gateway_routes: network.gateway_routes,
        };
        self.route_table = Some(self.add_with(table, raw));
    }

    fn security_group(&mut self) {
        let network = &self.profile.network;
        let wish = network.security_group.as_ref();
        if let Some(id) = wish.and_then(SecurityWish::existing) {
            self.security_group = self.existing::<SecurityGroup>(id);
        }
        let is_own = wish.is_some_and(SecurityWish::is_own);
        // A Bastion's subnet has rules of its own.
        let of_subnets = network.subnets.iter().filter(|(key, _)| *key != BASTION_SUBNET);
        let mut of_subnets = of_subnets.filter_map(|(_, one)| one.security_group.as_ref());
        // On AKS's own network AKS makes one, and this one would lie on nothing.
        if network.is_managed() || !is_own && !of_subnets.any(SecurityWish::is_own) {
            return;
        }
        let names = &self.profile.names;
        let group = SecurityGroup {
            id: self.named::<SecurityGroup>(names.security_group.as_ref()),
            location: self.location(),
            tags: self.tags(),
            rules: wishes::rules(self.profile, self.setting.pods),
        };
        let raw = wish.and_then(SecurityWish::properties);
        self.own_group = Some(self.add_with(group, raw));
        if is_own {
            self.security_group.clone_from(&self.own_group);
        }
    }

    fn way_out(&mut self) {
        let Some(outbound) = &self.profile.network.outbound else { return };
        for id in &outbound.public_ips {
            self.existing::<PublicIp>(id);
        }
        self.resources
            .extend(outbound.public_ip_prefixes.iter().filter_map(|id| wishes::prefix(id)));
        if outbound.kind != OutboundType::UserAssignedNatGateway {
            return;
        }
        let wish = outbound.nat_gateway.clone().unwrap_or_default();
        if let Some(id) = &wish.id {
            self.nat_gateway = self.existing::<NatGateway>(id);
            return;
        }
        let mut public_ips = wishes::ids(&outbound.public_ips);
        let prefixes = wishes::ids(&outbound.public_ip_prefixes);
        let counts = wish.public_ips.is_some() || !public_ips.is_empty() || !prefixes.is_empty();
        if public_ips.is_empty() && prefixes.is_empty() {
            for number in 1..=wish.public_ips.or(self.setting.addresses).unwrap_or(1) {
                let pattern = self.profile.names.public_ip.as_ref();
                let id = self.numbered::<PublicIp>(pattern, number);
                let ip = PublicIp { id, location: self.location(), tags: self.tags() };
                public_ips.push(self.add(ip));
            }
        }
        let gateway = NatGateway {
            id: self.named::<NatGateway>(self.profile.names.nat_gateway.as_ref()),
            location: self.location(),
            tags: self.tags(),
            public_ips,
            prefixes,
            counts,
            idle_timeout_minutes: wish.idle_timeout_minutes,
        };
        self.nat_gateway = Some(self.add_with(gateway, wish.properties.as_ref()));
    }

    fn network(&mut self) {
        let network = &self.profile.network;
        let Some(vnet) = &network.vnet else { return };
        if let Some(id) = &vnet.id {
            self.network = self.existing::<VirtualNetwork>(id);
            return;
        }
        let first = vnet.cidr.and_then(Cidr::range);
        let network = VirtualNetwork {
            id: self.named::<VirtualNetwork>(self.profile.names.vnet.as_ref()),
            location: self.location(),
            tags: self.tags(),
            prefixes: first.into_iter().chain(vnet.cidrs.iter().copied()).collect(),
            dns_servers: vnet.dns_servers.clone(),
        };
        self.network = Some(self.add_with(network, vnet.properties.as_ref()));
    }

    fn subnets(&mut self) {
        for (key, wish) in &self.profile.network.subnets {
            if let Some(id) = &wish.id {
                let Some(id) = self.existing::<Subnet>(id) else { continue };
                self.subnets.insert(key.clone(), id);
                continue;
            }
            let Some(network) = self.network.clone() else { continue };
            let holds_nodes = self.holds_nodes(key);
            let on_nodes = |id: &Option<ResourceId>| id.clone().filter(|_| holds_nodes);
            let subnet = Subnet {
                id: network.child("subnets", key),
                prefixes: wish.cidr.and_then(Cidr::range).into_iter().chain(wish.cidr_v6).collect(),
                route_table: attached::route_table(
                    wish,
                    self.route_table.as_ref(),
                    on_nodes(&self.route_table),
                ),
                security_group: attached::security_group(
                    wish,
                    self.group_for(key),
                    on_nodes(&self.security_group),
                ),
                nat_gateway: attached::nat_gateway(key, wish, self.nat_gateway.as_ref()),
                service_endpoints: wish.service_endpoints.clone(),
                delegations: self.delegations(key, wish),
                default_outbound_access: wish.default_outbound_access,
                endpoint_policies: wish.private_endpoint_policies.map(wishes::endpoint_policies),
            };
            let id = self.add_with(subnet, wish.properties.as_ref());
            self.subnets.insert(key.clone(), id);
        }
    }

    fn holds_nodes(&self, key: &str) -> bool {
        self.profile.pools.iter().any(|pool| pool.subnet_or_default() == key)
    }

    /// AKS refuses a network on which the cluster's identity has no rights, so they come first.
    fn roles(&mut self) {
        let adopted = self.profile.cluster.is_adopted();
        let Some(identity) = self.identity.clone().filter(|_| !adopted) else { return };
        let mark = RoleAssignment::mark(&self.group, &self.profile.metadata.name);
        let subnets = self.scopes().into_iter().map(|scope| (scope, Role::NETWORK_CONTRIBUTOR));
        for (scope, role) in subnets.chain(self.rights_for_names()).chain(self.right_to_lend()) {
            let assignment = RoleAssignment {
                scope,
                role,
                holder: identity.clone(),
                principal: Identity::principal(&identity),
                mark: mark.clone(),
            };
            let id = self.add(assignment);
            self.roles.push(id);
        }
    }

    /// Returns where the cluster works on the network: the subnets of its pools, not a gateway's;
    /// the table that kubenet writes routes into; and what others attached to their subnets, which
    /// AKS has to name again with each write of these.
    fn scopes(&self) -> Vec<ResourceId> {
        let model = self.profile.model();
        let pools = self.profile.pools.iter();
        let keys: BTreeSet<&str> = pools
            .flat_map(|pool| {
                let pods = model.has_pod_subnet().then(|| pool.pod_subnet_or_default());
                [Some(pool.subnet_or_default()), pods].into_iter().flatten()
            })
            .collect();
        let subnets = keys.iter().filter_map(|key| self.subnets.get(*key));
        let api_server = self.api_server_subnet();
        let subnets = subnets.chain(&api_server);
        let attached = subnets.clone().filter_map(|id| self.setting.attached.get(id)).flatten();
        let tables = self.route_table.iter().filter(|_| model == Model::Kubenet);
        let mut seen = BTreeSet::new();
        let all = subnets.chain(attached).chain(tables);
        all.filter(|id| seen.insert((*id).clone())).cloned().collect()
    }

    fn cluster(&mut self) {
        let subnets = self.subnets.values().cloned();
        let after = self.roles.iter().cloned().chain(subnets).chain(self.links_first()).collect();
        let profile = self.profile;
        let cluster = Cluster {
            id: self.cluster_id(),
            location: self.location(),
            tags: self.tags(),
            wish: profile.cluster.clone(),
            network: profile.network.clone(),
            ranges: wishes::ranges(profile),
            dns_prefix: wishes::dns_prefix(profile),
            identity: self.identity.clone(),
            kubelet: self.kubelet.clone(),
            dns_zone: self.dns_zone.clone(),
            api_server_subnet: self.api_server_subnet(),
            version: wishes::version(profile.cluster.version.as_deref()),
            logs: self.monitored.logs.clone(),
            metrics: self.monitored.metrics,
            is_preview: self.setting.is_preview(Cluster::TYPE),
            after,
        };
        let cluster = self.add_with(cluster, profile.cluster.properties.as_ref());
        for window in maintenance::windows(&cluster, profile.cluster.maintenance.as_ref()) {
            self.add(window);
        }
    }

    fn cluster_id(&self) -> ResourceId {
        self.id::<Cluster>(self.profile.cluster_name())
    }

    fn pools(&mut self) {
        for pool in &self.profile.pools {
            let place = |key: &str| self.subnets.get(key).cloned();
            let model = self.profile.model();
            let agent_pool = AgentPool {
                id: self.cluster_id().child("agentPools", &pool.name),
                pool: pool.clone(),
                tags: wishes::pool_tags(self.profile, pool),
                node_subnet: place(pool.subnet_or_default()),
                pod_subnet: place(pool.pod_subnet_or_default()).filter(|_| model.has_pod_subnet()),
                no_pod_subnet: !model.has_pod_subnet() && self.profile.network.mode.is_some(),
                static_blocks: model == Model::PodSubnetStatic,
                version: wishes::version(pool.version.as_deref()),
            };
            self.add_with(agent_pool, pool.properties.as_ref());
        }
    }
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
