//! What a profile asks for, in the kinds' own words: names, ranges, routes, rules, attachments.

use crate::address::Range;
use crate::address::free::{DEFAULT_POD_RANGE, DEFAULT_SERVICE_RANGE};
use crate::arm::body::Body;
use crate::arm::id::ResourceId;
use crate::kind::{
    ENVIRONMENT, EXPIRES, Kind as _, Ownership, POOL, PublicIp, Ranges, Resource, Route,
    SecurityRule, Tags, named,
};
use crate::profile::schema::{
    Access, Cidr, Direction, EndpointPolicies, Model, NextHop, OutboundType, Pool, Profile,
    Protocol, SecurityRule as RuleWish,
};

/// Returns a name: the pattern of the profile, else the default, filled in.
pub(super) fn name(profile: &Profile, pattern: &str, group: &ResourceId) -> String {
    let pattern = pattern.replace("{location}", &profile.metadata.location);
    named(&pattern, group, &profile.metadata.name)
}

/// Returns those of some texts that are ids.
pub(super) fn ids(texts: &[String]) -> Vec<ResourceId> {
    texts.iter().filter_map(|id| ResourceId::parse(id).ok()).collect()
}

/// Returns a prefix of public addresses that stands; its type has no kind here, and is only named.
pub(super) fn prefix(id: &str) -> Option<Resource> {
    let id = ResourceId::parse(id).ok()?;
    let mut prefix =
        Resource::unknown(id, PublicIp::API, Body::new(serde_json::json!({})), Ownership::Existing);
    prefix.traits.noun = "public IP prefix";
    prefix.traits.join = PublicIp::TRAITS.join;
    Some(prefix)
}

/// Returns the ranges that are written; what is not stays as Azure has it.
pub(super) fn ranges(profile: &Profile) -> Ranges {
    let network = &profile.network;
    // AKS takes a list of two families with the IPv4 range first, so a range of IPv6 alone brings
    // Azure's default along.
    let written = |v4: Option<Cidr>, v6: Option<Range>, default: Range| -> Vec<Range> {
        let v6 = v6.filter(|_| network.is_dual_stack());
        v4.and_then(Cidr::range).or(v6.map(|_| default)).into_iter().chain(v6).collect()
    };
    let has_pods = profile.model().has_pod_range() || profile.model() == Model::BringYourOwn;
    let pods = written(network.pod_cidr, network.pod_cidr_v6, DEFAULT_POD_RANGE);
    Ranges {
        pods: if has_pods { pods } else { Vec::new() },
        services: written(network.service_cidr, network.service_cidr_v6, DEFAULT_SERVICE_RANGE),
    }
}

/// Returns the routes of our own table: to the appliance, and those that are written.
pub(super) fn routes(profile: &Profile) -> Vec<Route> {
    let network = &profile.network;
    let routed = network.outbound_type() == OutboundType::UserDefinedRouting;
    let appliance = network.outbound.as_ref().and_then(|outbound| outbound.next_hop);
    let default_route = appliance.filter(|_| routed).map(|appliance| Route {
        name: "default".to_owned(),
        prefix: Range::EVERYTHING,
        next_hop: "VirtualAppliance",
        appliance: Some(appliance.into()),
    });
    let written = network.routes.iter().map(|route| Route {
        name: route.name.clone(),
        prefix: route.cidr,
        next_hop: match route.kind.unwrap_or(NextHop::VirtualAppliance) {
            NextHop::VirtualAppliance => "VirtualAppliance",
            NextHop::Internet => "Internet",
            NextHop::VnetLocal => "VnetLocal",
            NextHop::VirtualNetworkGateway => "VirtualNetworkGateway",
            NextHop::None => "None",
        },
        appliance: route.next_hop,
    });
    default_route.into_iter().chain(written).collect()
}

/// Returns the rules of our own security group: those without which nodes and pods do not reach
/// each other (Azure's own let traffic in from the virtual network, and pods of an overlay do not
/// come from there), and those that are written. Of a range that the profile does not say, it is
/// the one that stands, else Azure's default.
pub(super) fn rules(profile: &Profile, standing: Option<Range>) -> Vec<SecurityRule> {
    let written = ranges(profile).pods.first().copied();
    let has_pods = profile.model().has_pod_range();
    let pods = written.or_else(|| has_pods.then(|| standing.unwrap_or(DEFAULT_POD_RANGE)));
    let needed = pods.map(|pods| SecurityRule::for_pods(&pods.to_string())).unwrap_or_default();
    needed.into_iter().chain(profile.network.security_rules.iter().map(rule)).collect()
}

fn rule(wish: &RuleWish) -> SecurityRule {
    let place = |text: &Option<String>| text.clone().unwrap_or_else(|| "*".to_owned());
    SecurityRule {
        name: wish.name.clone(),
        priority: wish.priority,
        source: place(&wish.source),
        destination: place(&wish.destination),
        direction: match wish.direction.unwrap_or(Direction::Inbound) {
            Direction::Inbound => "Inbound",
            Direction::Outbound => "Outbound",
        },
        access: match wish.access.unwrap_or(Access::Allow) {
            Access::Allow => "Allow",
            Access::Deny => "Deny",
        },
        protocol: match wish.protocol.unwrap_or(Protocol::Any) {
            Protocol::Any => "*",
            Protocol::Tcp => "Tcp",
            Protocol::Udp => "Udp",
            Protocol::Icmp => "Icmp",
        },
        ports: wish.ports.clone(),
    }
}

/// Returns Azure's word for the policies of private endpoints.
pub(super) const fn endpoint_policies(policies: EndpointPolicies) -> &'static str {
    match policies {
        EndpointPolicies::Disabled => "Disabled",
        EndpointPolicies::Enabled => "Enabled",
        EndpointPolicies::NetworkSecurityGroupEnabled => "NetworkSecurityGroupEnabled",
        EndpointPolicies::RouteTableEnabled => "RouteTableEnabled",
    }
}

/// Returns a version in Azure's spelling; what follows the region was settled before.
pub(super) fn version(written: Option<&str>) -> Option<String> {
    written.filter(|text| !text.starts_with("latest")).map(str::to_owned)
}

/// Returns the first part of the API server's name: the environment's name in the characters that
/// Azure takes, a letter first, 54 at most.
pub(super) fn dns_prefix(profile: &Profile) -> String {
    if let Some(prefix) = &profile.cluster.dns_prefix {
        return prefix.clone();
    }
    let letters = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = profile.cluster_name().chars().map(letters).collect();
    let named =
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("a{name}") };
    named.chars().take(54).collect::<String>().trim_end_matches('-').to_owned()
}

/// Returns the tags of what the environment makes. An adopted cluster gets the environment's own
/// only when it is taken over: they say that it may be deleted.
pub(super) fn tags(profile: &Profile, expires: Option<&String>, marks: &Tags, owns: bool) -> Tags {
    let mut tags = profile.metadata.tags.clone();
    if profile.cluster.is_adopted() && !owns {
        return tags;
    }
    tags.insert(ENVIRONMENT.into(), Some(profile.metadata.name.clone()));
    tags.insert("akstool-version".into(), Some(env!("CARGO_PKG_VERSION").into()));
    tags.extend(marks.clone());
    if let Some(expires) = expires {
        tags.insert(EXPIRES.into(), Some(expires.clone()));
    }
    tags
}

/// Returns the tags of a pool's machines.
pub(super) fn pool_tags(profile: &Profile, pool: &Pool) -> Tags {
    let written = profile.metadata.tags.iter().chain(&pool.tags);
    let mut tags: Tags = written.map(|(k, v)| (k.clone(), v.clone())).collect();
    if !profile.cluster.is_adopted() {
        tags.insert(ENVIRONMENT.to_owned(), Some(profile.metadata.name.clone()));
    }
    if let Some(own) = &pool.stands_for {
        tags.insert(POOL.to_owned(), Some(own.clone()));
    }
    tags
}

/// Tells whether Azure keeps a subnet of this name for a service of its own, which brings its own
/// way out.
pub(super) fn is_kept(name: &str) -> bool {
    crate::profile::schema::KEPT_SUBNETS.iter().any(|kept| kept.eq_ignore_ascii_case(name))
}

/// Returns an id that is written, if it is one.
pub(super) fn parsed(id: Option<&str>) -> Option<ResourceId> {
    id.and_then(|id| ResourceId::parse(id).ok())
}
