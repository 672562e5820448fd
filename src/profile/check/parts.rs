//! The parts of a network: names by a policy, routes, attachments of a subnet.
//!
//! Source: learn.microsoft.com, resource-name-rules, virtual-networks-udr-overview.

use std::collections::HashMap;

use super::syntax::is_network_name;
use super::{Rules, security_rules};
use crate::address::Range;
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::schema::{
    Model, NatGatewayChoice, Network, NextHop, OutboundType, RouteTableChoice, Subnet,
};

pub(super) fn check(rules: &mut Rules<'_>) {
    names(rules);
    routes(rules);
    security_rules::check(rules);
    for name in rules.profile.network.subnets.keys() {
        subnet(rules, name);
    }
}

fn names(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let names = &profile.names;
    let patterns = [
        ("identity", names.identity.as_deref(), 128),
        ("kubeletIdentity", names.kubelet_identity.as_deref(), 128),
        ("vnet", names.vnet.as_deref(), 64),
        ("routeTable", names.route_table.as_deref(), 80),
        ("securityGroup", names.security_group.as_deref(), 80),
        ("natGateway", names.nat_gateway.as_deref(), 80),
        ("publicIP", names.public_ip.as_deref(), 80),
        ("bastion", names.bastion.as_deref(), 77),
    ];
    for (field, pattern, longest) in patterns {
        let Some(pattern) = pattern else { continue };
        let filled = pattern
            .replace("{name}", &profile.metadata.name)
            .replace("{location}", &profile.metadata.location)
            .replace("{number}", "1");
        let path = format!("names.{field}");
        if filled.contains(['{', '}']) {
            let what = format!("`{}` holds a word that nothing stands for", quote(pattern));
            rules.error(&path, what).hint("`{name}` is the environment, `{location}` the region");
        } else if !is_network_name(&filled) || filled.chars().count() > longest {
            let what =
                format!("`{}` is no name here: it comes to `{}`", quote(pattern), quote(&filled));
            rules.error(&path, what).hint(format!(
                "1 to {longest} letters, digits, `_`, `.` and `-`, a letter or digit first, no `.` \
                 or `-` last"
            ));
        }
    }
    let several = profile.network.outbound.as_ref().and_then(|o| o.nat_gateway.as_ref());
    let several = several.and_then(|gateway| gateway.public_ips).is_some_and(|count| count > 1);
    if several && names.public_ip.as_ref().is_some_and(|pattern| !pattern.contains("{number}")) {
        rules
            .error("names.publicIP", "several addresses would have one name")
            .hint("write `{number}` into it");
    }
}

fn routes(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut leads: HashMap<Range, usize> = HashMap::new();
    let by_outbound = network.outbound_type() == OutboundType::UserDefinedRouting
        && network.outbound.as_ref().is_some_and(|outbound| outbound.next_hop.is_some());
    for (index, route) in network.routes.iter().enumerate() {
        let path = format!("network.routes[{index}]");
        let appliance =
            route.kind.unwrap_or(NextHop::VirtualAppliance) == NextHop::VirtualAppliance;
        if appliance != route.next_hop.is_some() {
            let what = format!("the route `{}` says not what takes it", quote(&route.name));
            rules.error(&path, what).hint(
                "an appliance has its address in `nextHop`; anything else has a `type`, such as \
                 `internet`, and no `nextHop`",
            );
        }
        if !is_network_name(&route.name) {
            let what = format!("`{}` is no name for a route", quote(&route.name));
            rules.error(&format!("{path}.name"), what).hint("letters, digits, `_`, `.` and `-`");
        }
        let name = route.name.to_ascii_lowercase();
        if by_outbound && (name == "default" || route.cidr.prefix() == 0) {
            rules
                .error(&path, "`outbound.nextHop` makes the route `default` for 0.0.0.0/0 already")
                .also("network.outbound.nextHop", "this makes it")
                .hint("keep one of the two");
        }
        if let Some(first) = leads.insert(route.cidr, index) {
            rules
                .error(&format!("{path}.cidr"), format!("two routes lead to {}", route.cidr))
                .also(&format!("network.routes[{first}].cidr"), "the other one");
        }
        if let Some(first) = seen.insert(name, index) {
            rules
                .error(&format!("{path}.name"), "two routes have this name")
                .also(&format!("network.routes[{first}].name"), "the other one");
        }
    }
    let why = if network.route_table.as_ref().is_some_and(|table| table.id.is_some()) {
        Some("an existing route table keeps its routes")
    } else {
        (!has_table(network)).then_some("there is no route table of our own")
    };
    if let Some(why) = why {
        rules.unused("network.routes", why);
        rules.unused("network.gatewayRoutes", why);
    }
}

/// Says whether there is a route table of our own: on a network of our own, for what needs one.
fn has_table(network: &Network) -> bool {
    let asks = |subnet: &Subnet| subnet.route_table == Some(RouteTableChoice::Own(true));
    network.subnets.values().any(|subnet| subnet.id.is_none())
        && (network.model() == Model::Kubenet
            || network.outbound_type() == OutboundType::UserDefinedRouting
            || !network.routes.is_empty()
            || network.subnets.values().any(asks))
}

fn subnet(rules: &mut Rules<'_>, name: &str) {
    let network = &rules.profile.network;
    let subnet = &network.subnets[name];
    let path = key_path("network.subnets", name);
    if subnet.id.is_some() {
        let fields = [
            "serviceEndpoints",
            "delegations",
            "securityGroup",
            "routeTable",
            "natGateway",
            "defaultOutboundAccess",
            "privateEndpointPolicies",
        ];
        for field in fields {
            rules.unused(&format!("{path}.{field}"), "an existing subnet keeps what it has");
        }
        return;
    }
    if subnet.nat_gateway == Some(NatGatewayChoice::Own(true))
        && network.outbound_type() != OutboundType::UserAssignedNatGateway
    {
        rules
            .error(&format!("{path}.natGateway"), "there is no NAT gateway of ours")
            .hint("`outbound: { type: userAssignedNATGateway }` makes one");
    }
    let nodes = rules.profile.pools.iter().any(|pool| pool.subnet_or_default() == name);
    if let Some(service) = subnet.delegations.as_ref().and_then(|all| all.first()).filter(|_| nodes)
    {
        let what = format!("nodes cannot stand in a subnet that is handed to `{}`", quote(service));
        rules
            .error(&format!("{path}.delegations"), what)
            .hint("give the service a subnet of its own");
    }
    if nodes
        && network.model() == Model::Kubenet
        && subnet.route_table == Some(RouteTableChoice::Own(false))
    {
        rules
            .error(&format!("{path}.routeTable"), "kubenet reaches pods by the route table")
            .also("network.plugin", "kubenet")
            .hint("leave `routeTable` out");
    }
}
