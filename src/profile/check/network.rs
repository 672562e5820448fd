//! The virtual network and its subnets: ours or existing, and which pool stands where.

use super::Rules;
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::schema::{Model, SecurityGroup, Subnet, Vnet};
use crate::profile::shape_words::{list_words, nearest};

pub(super) fn check(rules: &mut Rules<'_>) {
    vnet(rules);
    for (name, subnet) in &rules.profile.network.subnets {
        this_subnet(rules, name, subnet);
    }
    same_network(rules);
    pools(rules);
    pod_subnets(rules);
    attachments(rules);
    kubenet_routes(rules);
}

fn vnet(rules: &mut Rules<'_>) {
    let Some(vnet) = &rules.profile.network.vnet else { return };
    match (vnet.cidr, &vnet.id) {
        (Some(_), Some(_)) => {
            rules
                .error("network.vnet.id", "the virtual network has both an `id` and a `cidr`")
                .also("network.vnet.cidr", "this makes one of our own")
                .hint("keep `id` for a network that exists, or `cidr` for one that akstool makes");
        }
        (None, None) => {
            let first = vnet.cidrs.iter().find(|range| range.is_ipv4()).copied();
            let range = first.or_else(|| rules.free(16));
            let range = range.map_or_else(|| "auto".to_owned(), |range| range.to_string());
            rules
                .error("network.vnet", "the virtual network has neither a `cidr` nor an `id`")
                .hint(match first {
                    Some(_) => format!("write `cidr: {range}`; `cidrs` are further ranges"),
                    None => format!(
                        "write `{{ cidr: {range} }}`, `{{ cidr: auto }}` or `{{ id: … }}`; leave \
                         `vnet` out for a network that AKS makes"
                    ),
                });
        }
        _ => {}
    }
    if vnet.id.is_some() && !vnet.cidrs.is_empty() {
        rules
            .error("network.vnet.cidrs", "an existing network keeps its ranges")
            .at_key()
            .also("network.vnet.id", "it exists")
            .hint("delete `cidrs`");
    }
}

fn this_subnet(rules: &mut Rules<'_>, name: &str, subnet: &Subnet) {
    let path = key_path("network.subnets", name);
    let (id_path, cidr_path) = (format!("{path}.id"), format!("{path}.cidr"));
    let vnet = rules.profile.network.vnet.as_ref();
    match (&subnet.cidr, &subnet.id) {
        (Some(_), Some(_)) => {
            rules
                .error(
                    &id_path,
                    format!("the subnet `{}` has both an `id` and a `cidr`", quote(name)),
                )
                .also(&cidr_path, "this makes one of our own")
                .hint("keep `id` for a subnet that exists, or `cidr` for one that akstool makes");
        }
        (None, None) => {
            let range = subnet_to_add(rules, 24);
            let range =
                if range == "auto" { String::new() } else { format!("`{{ cidr: {range} }}`, ") };
            rules
                .error(
                    &path,
                    format!("the subnet `{}` has neither a `cidr` nor an `id`", quote(name)),
                )
                .at_key()
                .hint(format!("write {range}`{{ cidr: auto }}` or `{{ id: … }}`"));
        }
        (Some(_), None) => ours(rules, name, &path, vnet),
        (None, Some(_)) if vnet.is_some_and(|vnet| vnet.id.is_none() && vnet.cidr.is_some()) => {
            rules
                .error(
                    &id_path,
                    format!(
                        "the subnet `{}` exists already, but its network is to be made",
                        quote(name)
                    ),
                )
                .also("network.vnet.cidr", "this makes a new network")
                .hint("give the subnet a `cidr`, or the network its `id`");
        }
        (None, Some(_)) => {}
    }
}

fn ours(rules: &mut Rules<'_>, name: &str, path: &str, vnet: Option<&Vnet>) {
    let Some(vnet) = vnet else {
        rules
            .error(path, format!("the subnet `{}` has no virtual network to stand in", quote(name)))
            .at_key()
            .hint("add `vnet: { cidr: auto }`, or a range around it");
        return;
    };
    if vnet.id.is_some() && vnet.cidr.is_none() {
        rules
            .error(
                &format!("{path}.cidr"),
                format!(
                    "the subnet `{}` would be made in a network that exists and is not ours",
                    quote(name)
                ),
            )
            .also("network.vnet.id", "it exists")
            .hint("name a subnet that exists in it: `{ id: … }`");
    }
}

/// Subnets by id stand in the network by id; without one they agree among themselves.
fn same_network(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let written = network.vnet.as_ref().and_then(|vnet| vnet.id.as_deref());
    let mut home = written.map(|id| ("network.vnet.id".to_owned(), id.trim_end_matches('/')));
    for (name, subnet) in &network.subnets {
        let Some(id) = subnet.id.as_deref() else { continue };
        let path = format!("{}.id", key_path("network.subnets", name));
        let theirs = network_of(id);
        let Some((place, ours)) = &home else {
            home = Some((path, theirs));
            continue;
        };
        if !ours.eq_ignore_ascii_case(theirs) {
            let place = place.clone();
            rules
                .error(
                    &path,
                    format!("the subnet `{}` stands in another virtual network", quote(name)),
                )
                .also(&place, "all pools stand in this one")
                .hint("a cluster's subnets are all of one network");
        }
    }
}

/// Returns the id of the network that a subnet's id lies under.
fn network_of(subnet: &str) -> &str {
    let mut slashes = subnet.match_indices('/').map(|(at, _)| at);
    slashes.nth(8).map_or(subnet, |end| &subnet[..end])
}

fn pools(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let known: Vec<&str> = profile.network.subnets.keys().map(String::as_str).collect();
    let mut missing = false;
    for (index, pool) in profile.pools.iter().enumerate() {
        let wanted = pool.subnet_or_default();
        if known.contains(&wanted) || (profile.network.is_managed() && pool.subnet.is_none()) {
            continue;
        }
        if pool.subnet.is_none() {
            missing = true;
            continue;
        }
        unknown_subnet(rules, &format!("pools[{index}].subnet"), wanted, &known);
    }
    if missing {
        let range = subnet_to_add(rules, 24);
        rules
            .error(
                "network.subnets",
                "there is no subnet `nodes`, where pools stand that name no other",
            )
            .hint(format!(
                "add `nodes: {{ cidr: {range} }}` to `network.subnets`, or give each pool its `subnet`"
            ));
    }
}

/// Returns a range that a subnet to be added may have; `auto` where none of this size is free.
fn subnet_to_add(rules: &mut Rules<'_>, prefix: u8) -> String {
    let network = &rules.profile.network;
    if network.is_existing() || network.is_managed() {
        return "auto".to_owned();
    }
    rules.free_subnet(prefix, None).map_or_else(|| "auto".to_owned(), |range| range.to_string())
}

fn unknown_subnet(rules: &mut Rules<'_>, path: &str, wanted: &str, known: &[&str]) {
    let hint = match nearest(wanted, known) {
        Some(close) => format!("did you mean `{close}`?"),
        None if known.is_empty() => format!("add `network.subnets.{}`", quote(wanted)),
        None => format!("there are {}", list_words(known)),
    };
    rules.error(path, format!("there is no subnet `{}`", quote(wanted))).hint(hint);
}

fn pod_subnets(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    if !profile.model().has_pod_subnet() {
        return;
    }
    let known: Vec<&str> = profile.network.subnets.keys().map(String::as_str).collect();
    let mut missing = false;
    for (index, pool) in profile.pools.iter().enumerate() {
        let wanted = pool.pod_subnet_or_default();
        let path = format!("pools[{index}].podSubnet");
        if !known.contains(&wanted) {
            if pool.pod_subnet.is_some() {
                unknown_subnet(rules, &path, wanted, &known);
            }
            missing |= pool.pod_subnet.is_none();
            continue;
        }
        let stands = profile.pools.iter().position(|other| other.subnet_or_default() == wanted);
        if let Some(other) = stands {
            rules
                .error(
                    &path,
                    format!("the subnet `{}` cannot serve both nodes and pods", quote(wanted)),
                )
                .also(
                    &format!("pools[{other}].subnet"),
                    format!("nodes of `{}` stand in it", quote(&profile.pools[other].name)),
                )
                .hint("give pods a subnet of their own, in which nothing else stands");
        }
    }
    if missing {
        let range = subnet_to_add(rules, 20);
        rules
            .error(
                "network.subnets",
                "there is no subnet `pods`, from which pods get their addresses",
            )
            .also("network.mode", "pod-subnet")
            .hint(format!("add `pods: {{ cidr: {range} }}`"));
    }
}

/// What cannot be attached to a subnet that is not ours.
fn attachments(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let has_group =
        network.security_group.as_ref().is_some_and(|group| *group != SecurityGroup::Own(false));
    let existing = network.subnets.iter().find(|(_, subnet)| subnet.id.is_some());
    let Some((name, _)) = existing else {
        if network.is_managed() && has_group {
            rules.unused(
                "network.securityGroup",
                "AKS makes the network and a security group with it",
            );
        }
        if network.is_managed() {
            rules.unused("network.routeTable", "AKS makes the network and its route table");
        }
        return;
    };
    if has_group {
        let path = format!("{}.id", key_path("network.subnets", name));
        rules
            .error("network.securityGroup", "an existing subnet keeps the security group it has")
            .also(&path, "this subnet is not ours")
            .hint("delete `securityGroup`; the subnet's owner adds the rules");
    }
}

/// kubenet on a subnet that is not ours needs the route table that hangs on it: akstool attaches
/// nothing there.
fn kubenet_routes(rules: &mut Rules<'_>) {
    let network = &rules.profile.network;
    let existing = network.subnets.iter().find(|(_, subnet)| subnet.id.is_some());
    let Some((name, _)) = existing.filter(|_| network.model() == Model::Kubenet) else { return };
    if network.route_table.as_ref().is_none_or(|table| table.id.is_none()) {
        let path = format!("{}.id", key_path("network.subnets", name));
        rules
            .error(
                "network",
                "kubenet on an existing subnet needs the route table that is attached to it",
            )
            .also(&path, "this subnet is not ours")
            .hint("add `routeTable: { id: … }`, or take `mode: overlay`, which needs none");
    }
}
