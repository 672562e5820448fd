//! The way out and peerings: which go with whose network, and their numbers.
//!
//! Source: learn.microsoft.com, egress-outboundtype, egress-udr, load-balancer-standard.

use std::collections::HashMap;

use super::Rules;
use super::syntax::is_network_name;
use crate::profile::problem::quote;
use crate::profile::schema::{NatGateway, Outbound, OutboundType};

/// SNAT ports of one public address on a load balancer (load-balancer-standard).
const PORTS_PER_ADDRESS: u64 = 64_000;

/// Public addresses of one NAT gateway.
const NAT_ADDRESSES: usize = 16;

pub(super) fn check(rules: &mut Rules<'_>) {
    if let Some(outbound) = &rules.profile.network.outbound {
        whose_network(rules, outbound);
        addresses(rules, outbound);
        ports(rules, outbound);
        routing(rules, outbound);
        nat_gateway(rules, outbound);
    }
    peerings(rules);
}

fn whose_network(rules: &mut Rules<'_>, outbound: &Outbound) {
    let network = &rules.profile.network;
    let own_place = if network.vnet.is_some() { "network.vnet" } else { "network.subnets" };
    let managed = network.is_managed();
    let path = "network.outbound.type";
    match outbound.kind {
        OutboundType::ManagedNatGateway if !managed => {
            rules
                .error(path, "`managedNATGateway` goes only with the network that AKS makes itself")
                .also(own_place, "this is a network of your own")
                .hint("`userAssignedNATGateway` makes a NAT gateway on your subnet");
        }
        OutboundType::Block if !managed => {
            rules
                .error(path, "`block` goes only with the network that AKS makes itself")
                .also(own_place, "this is a network of your own")
                .hint("`none` sets up no way out on your own network");
        }
        OutboundType::UserAssignedNatGateway | OutboundType::UserDefinedRouting if managed => {
            rules
                .error(
                    path,
                    "this way out stands on a subnet of your own, and AKS makes the network here",
                )
                .hint("add `vnet` and `subnets`");
        }
        OutboundType::None | OutboundType::Block => {
            rules
                .advice(path, "the cluster has no way out: only isolated clusters run without one")
                .hint("images must come from a registry that the network reaches privately");
        }
        _ => {}
    }
}

fn addresses(rules: &mut Rules<'_>, outbound: &Outbound) {
    let balanced = outbound.kind == OutboundType::LoadBalancer;
    if !balanced {
        let why = "only `type: loadBalancer` has it";
        for field in ["managedIPs", "managedIPsV6", "allocatedPorts", "idleTimeoutMinutes"] {
            rules.unused(&format!("network.outbound.{field}"), why);
        }
    }
    if balanced && outbound.managed_ips.is_some() && !outbound.public_ips.is_empty() {
        rules
            .error(
                "network.outbound.managedIPs",
                "the load balancer has either addresses that Azure makes or your own",
            )
            .also("network.outbound.publicIPs", "your own")
            .hint("keep one of the two");
    }
    let kinds = [
        ("managedIPs", outbound.managed_ips.is_some()),
        ("publicIPs", !outbound.public_ips.is_empty()),
    ];
    if balanced && !outbound.public_ip_prefixes.is_empty() {
        for (field, _) in kinds.into_iter().filter(|(_, written)| *written) {
            rules
                .error(
                    &format!("network.outbound.{field}"),
                    "the load balancer has addresses of one kind: Azure's, yours, or of your prefixes",
                )
                .also("network.outbound.publicIPPrefixes", "prefixes")
                .hint("keep one of the two");
        }
    }
    if !matches!(outbound.kind, OutboundType::LoadBalancer | OutboundType::UserAssignedNatGateway) {
        let why = "this way out has no public addresses of yours";
        rules.unused("network.outbound.publicIPPrefixes", why);
        rules.unused("network.outbound.publicIPs", "this way out has no public addresses of yours");
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, id) in outbound.public_ips.iter().enumerate() {
        if let Some(first) = seen.insert(id.to_ascii_lowercase(), index) {
            rules
                .error(
                    &format!("network.outbound.publicIPs[{index}]"),
                    "this address is listed twice",
                )
                .also(&format!("network.outbound.publicIPs[{first}]"), "the other one");
        }
    }
}

fn ports(rules: &mut Rules<'_>, outbound: &Outbound) {
    let Some(ports) =
        // How many addresses a prefix has, only Azure knows.
        outbound.allocated_ports.filter(|_| {
            outbound.kind == OutboundType::LoadBalancer && outbound.public_ip_prefixes.is_empty()
        })
    else {
        return;
    };
    let path = "network.outbound.allocatedPorts";
    if ports % 8 != 0 {
        let what = format!("{ports} ports are no multiple of 8");
        rules.error(path, what).hint(format!("{} would do", ports / 8 * 8));
        return;
    }
    let own = outbound.public_ips.len() as u64;
    let count = if own > 0 { own } else { u64::from(outbound.managed_ips.unwrap_or(1)) };
    // AKS gives ports to the nodes that an upgrade adds, too: each pool's surge counts.
    let pools = rules.profile.pools.iter();
    let nodes: u64 = pools
        .map(|pool| u64::from(pool.most_nodes()) + u64::from(pool.surge(pool.most_nodes())))
        .sum();
    let (needed, there) = (u64::from(ports) * nodes, PORTS_PER_ADDRESS * count);
    if needed > there {
        let have = if count == 1 {
            "1 public address has".to_owned()
        } else {
            format!("{count} public addresses have")
        };
        rules
            .error(
                path,
                format!(
                    "{ports} ports for each of {nodes} nodes, those of an upgrade counted, are \
                     {needed}; {have} {there}"
                ),
            )
            .also("network.outbound.managedIPs", format!("counted as {count}"))
            .hint(format!(
                "{} addresses would do, or {} ports",
                needed.div_ceil(PORTS_PER_ADDRESS),
                there / nodes / 8 * 8
            ));
    }
}

fn routing(rules: &mut Rules<'_>, outbound: &Outbound) {
    if outbound.kind != OutboundType::UserDefinedRouting {
        rules.unused("network.outbound.nextHop", "only `type: userDefinedRouting` has it");
        return;
    }
    let network = &rules.profile.network;
    let existing = network.subnets.values().any(|subnet| subnet.id.is_some());
    if existing {
        rules.unused("network.outbound.nextHop", "an existing subnet keeps its own route table");
    } else if network.route_table.as_ref().is_some_and(|table| table.id.is_some()) {
        rules.unused("network.outbound.nextHop", "an existing route table keeps its routes");
    } else if outbound.next_hop.is_none() && !network.is_managed() {
        // The fourth address is the first that Azure hands out.
        let subnet = rules.free_subnet(26, None).and_then(|range| range.nth(4));
        let example = subnet.map_or("…".to_owned(), |address| address.to_string());
        rules
            .error(
                "network.outbound",
                "`userDefinedRouting` needs the address of the appliance that takes 0.0.0.0/0",
            )
            .at_key()
            .hint(format!(
                "add `nextHop: {example}`, or `network.routeTable: {{ id: … }}` with such a route"
            ));
    }
}

fn nat_gateway(rules: &mut Rules<'_>, outbound: &Outbound) {
    let path = "network.outbound.natGateway";
    let Some(gateway) = &outbound.nat_gateway else { return };
    match outbound.kind {
        OutboundType::ManagedNatGateway => {
            if gateway.id.is_some() {
                rules
                    .error(&format!("{path}.id"), "`managedNATGateway` makes its own gateway")
                    .also("network.outbound.type", "managed by AKS")
                    .hint("`userAssignedNATGateway` takes one that exists");
            }
        }
        OutboundType::UserAssignedNatGateway => own_gateway(rules, outbound, gateway),
        _ => rules.unused(path, "this way out has no NAT gateway"),
    }
}

fn own_gateway(rules: &mut Rules<'_>, outbound: &Outbound, gateway: &NatGateway) {
    let path = "network.outbound.natGateway";
    if gateway.id.is_some() {
        let why = "an existing NAT gateway keeps what it has";
        rules.unused(&format!("{path}.publicIPs"), why);
        rules.unused(&format!("{path}.idleTimeoutMinutes"), why);
        rules.unused("network.outbound.publicIPs", why);
        return;
    }
    let made = gateway.public_ips.map_or(0, |count| count as usize);
    let total = made + outbound.public_ips.len();
    if total > NAT_ADDRESSES {
        rules
            .error(
                "network.outbound.publicIPs",
                format!("{total} public addresses; a NAT gateway takes {NAT_ADDRESSES}"),
            )
            .also(&format!("{path}.publicIPs"), format!("{made} of them are made"));
    }
}

fn peerings(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let ours =
        network.vnet.as_ref().and_then(|vnet| vnet.id.as_deref()).map(str::to_ascii_lowercase);
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut vnets: HashMap<String, usize> = HashMap::new();
    let mut remote: Option<usize> = None;
    for (index, peering) in network.peerings.iter().enumerate() {
        let path = format!("network.peerings[{index}]");
        let id = peering.vnet.id.trim_end_matches('/').to_ascii_lowercase();
        if !is_network_name(&peering.name) {
            let what = format!("`{}` is no name for a peering", quote(&peering.name));
            rules.error(&format!("{path}.name"), what).hint("letters, digits, `_`, `.` and `-`");
        }
        if ours.as_deref() == Some(&id) {
            rules
                .error(&format!("{path}.vnet.id"), "a network cannot be peered with itself")
                .also("network.vnet.id", "this is our own");
        }
        if let Some(first) = names.insert(peering.name.to_ascii_lowercase(), index) {
            rules
                .error(
                    &format!("{path}.name"),
                    format!("two peerings are named `{}`", quote(&peering.name)),
                )
                .also(&format!("network.peerings[{first}].name"), "the other one");
        }
        if let Some(first) = vnets.insert(id, index) {
            rules
                .error(&format!("{path}.vnet.id"), "this network is peered twice")
                .also(&format!("network.peerings[{first}].vnet.id"), "the other one");
        }
        gateways(rules, index, &mut remote);
    }
    if network.is_managed() && !network.peerings.is_empty() {
        rules
            .error(
                "network.peerings",
                "there is nothing to peer: AKS makes the network, in a group of its own",
            )
            .hint("add `vnet` and `subnets`");
    }
}

fn gateways(rules: &mut Rules<'_>, index: usize, remote: &mut Option<usize>) {
    let peering = &rules.profile.network.peerings[index];
    if peering.use_remote_gateways != Some(true) {
        return;
    }
    let path = format!("network.peerings[{index}].useRemoteGateways");
    if let Some(first) = remote.replace(index) {
        rules
            .error(&path, "a network uses the gateway of one other network at most")
            .also(&format!("network.peerings[{first}].useRemoteGateways"), "the other one");
    }
    if peering.gateway_transit == Some(false) {
        rules
            .error(&path, "we cannot use a gateway that the other network does not let us use")
            .also(&format!("network.peerings[{index}].gatewayTransit"), "switched off here");
    }
}
