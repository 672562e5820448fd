//! Each range by itself: reserved addresses, sizes, the address of DNS.
//!
//! Source: learn.microsoft.com, concepts-network-cni-overview (reserved ranges),
//! concepts-network-legacy-cni (services and DNS), azure-cni-overlay (private pod ranges), Azure
//! Virtual Network FAQ (sizes).

use std::net::IpAddr;

use super::Rules;
use crate::address::free::is_private;
use crate::address::range::SMALLEST_SUBNET;
use crate::address::{Range, Role, reserved_for};
use crate::profile::claims::Claim;
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::ranges::Ranges;
use crate::profile::schema::{Cidr, Model};

/// The widest IPv4 range of services that AKS refuses; narrower ones are taken.
const WIDEST_SERVICES: u8 = 12;

/// The widest IPv6 range of services (configure-dual-stack).
const WIDEST_SERVICES_V6: u8 = 108;

/// The widest virtual network.
const WIDEST_VNET: u8 = 2;

/// The prefix of an IPv6 subnet; Azure takes no other.
const SUBNET_V6: u8 = 64;

/// The offset of the service `kubernetes.default` (concepts-network-legacy-cni).
const API_SERVER_OFFSET: u128 = 1;

/// The offset of DNS within the services that Azure advises.
const DNS_OFFSET: u128 = 10;

pub(super) fn check(rules: &mut Rules<'_>) {
    let ranges = rules.ranges.clone();
    for claim in rules.claims().iter().filter(|claim| claim.role.is_ours()) {
        if claim.role != Role::Subnet {
            // The network around a subnet says it.
            reserved(rules, claim);
            public(rules, claim);
        }
        vnet_size(rules, claim);
    }
    subnets_v6(rules);
    services(rules, &ranges);
    pods(rules, &ranges);
    dns(rules, &ranges);
    no_room(rules, &ranges);
}

fn reserved(rules: &mut Rules<'_>, claim: &Claim) {
    let kept = reserved_for(&claim.range, claim.role);
    let Some(first) = kept.first() else { return };
    let what = if kept.iter().any(|one| one.range.contains(&claim.range)) {
        format!("{} is not free to use: {}", claim.range, first.reason)
    } else {
        format!(
            "{} contains {}, which is not free to use: {}",
            claim.range, first.range, first.reason
        )
    };
    let free = if claim.range.is_ipv4() { rules.free(claim.range.prefix().max(16)) } else { None };
    rules.error(&claim.path, what).maybe_hint(free.map(|range| format!("`{range}` is free")));
}

/// Advises against ranges that belong to somebody on the Internet: Azure takes them, and what
/// lives there can then not be reached.
fn public(rules: &mut Rules<'_>, claim: &Claim) {
    let range = claim.range;
    let is_told = !reserved_for(&range, claim.role).is_empty()
        || (claim.role == Role::Pods && rules.profile.model() == Model::Overlay);
    if is_told || !range.is_ipv4() || is_private(&range) {
        return;
    }
    let free = rules.free(range.prefix().max(10));
    let what = format!(
        "{range} is no private range: it holds public addresses, and whoever has them cannot be \
         reached from here"
    );
    rules.advice(&claim.path, what).maybe_hint(free.map(|range| format!("`{range}` is free")));
}

fn vnet_size(rules: &mut Rules<'_>, claim: &Claim) {
    let (prefix, path) = (claim.range.prefix(), claim.path.as_str());
    let kind = match claim.role {
        Role::Network if claim.range.is_ipv4() => "virtual network",
        Role::Subnet if claim.range.is_ipv4() => "subnet",
        _ => return,
    };
    if prefix > SMALLEST_SUBNET {
        rules
            .error(path, format!("a /{prefix} is no {kind}: the smallest is a /{SMALLEST_SUBNET}"))
            .hint("Azure keeps five addresses of every subnet for itself");
    } else if prefix < WIDEST_VNET {
        let what = format!("a /{prefix} is no {kind}: the largest is a /{WIDEST_VNET}");
        rules.error(path, what);
    }
}

fn subnets_v6(rules: &mut Rules<'_>) {
    for (name, subnet) in &rules.profile.network.subnets {
        if let Some(range) = subnet.cidr_v6.filter(|range| range.prefix() != SUBNET_V6) {
            let path = format!("{}.cidrV6", key_path("network.subnets", name));
            let what = format!("`{range}`: an IPv6 subnet in Azure is exactly a /{SUBNET_V6}");
            rules.error(&path, what).hint(format!("`{}/{SUBNET_V6}` would be it", range.first()));
        }
    }
}

fn services(rules: &mut Rules<'_>, ranges: &Ranges) {
    if let Some(range) = ranges.services.filter(|range| range.prefix() <= WIDEST_SERVICES) {
        let narrower = Range::around(range.first(), 16);
        rules
            .error(
                "network.serviceCidr",
                format!(
                    "{range} is too wide for services: it must be smaller than a /{WIDEST_SERVICES}"
                ),
            )
            .hint(format!("`{narrower}` has 65,536 addresses"));
    }
    if let Some(range) = ranges.services_v6.filter(|range| range.prefix() < WIDEST_SERVICES_V6) {
        rules
            .error(
                "network.serviceCidrV6",
                format!("{range} is too wide for services: /{WIDEST_SERVICES_V6} is the widest"),
            )
            .hint(format!("`{}` would do", Range::around(range.first(), WIDEST_SERVICES_V6)));
    }
}

/// Overlay supports private pod ranges only (RFC 1918 and RFC 6598).
fn pods(rules: &mut Rules<'_>, ranges: &Ranges) {
    let Some(range) = ranges.pods.filter(|_| rules.profile.model() == Model::Overlay) else {
        return;
    };
    let reserved = !reserved_for(&range, Role::Pods).is_empty();
    if !is_private(&range) && !reserved {
        let free = rules.free(range.prefix().max(10));
        rules
            .error(
                "network.podCidr",
                format!("{range} is no private range; pods on overlay take private ones only"),
            )
            .also("network.mode", "overlay")
            .maybe_hint(free.map(|range| format!("`{range}` is free")));
    }
}

fn dns(rules: &mut Rules<'_>, ranges: &Ranges) {
    let Some(services) = ranges.services else { return };
    let path = "network.dnsServiceIP";
    let written = rules.profile.network.dns_service_ip;
    let tenth = services.nth(DNS_OFFSET);
    let hint = tenth.map(|tenth| format!("`{tenth}` is what Azure advises"));
    let Some(dns) = written else {
        if tenth.is_none() {
            rules
                .error(
                    "network.serviceCidr",
                    format!(
                        "{services} has {} addresses: too few for \
                     the services that every cluster has",
                        services.size()
                    ),
                )
                .hint("a /24 has room for 250 services, a /16 for all there will be");
        }
        return;
    };
    let label = format!("services have {services}");
    if !services.holds(dns) {
        let what = format!("`{dns}`, the address of DNS, lies outside the range of services");
        rules.error(path, what).also("network.serviceCidr", label).maybe_hint(hint);
    } else if dns == services.first() {
        let what = format!("`{dns}` names the range of services itself and is no address in it");
        rules.error(path, what).also("network.serviceCidr", label).maybe_hint(hint);
    } else if services.nth(API_SERVER_OFFSET) == Some(dns) {
        let what = format!(
            "`{dns}` is the first address of the services, which the API server takes for itself"
        );
        rules.error(path, what).also("network.serviceCidr", label).maybe_hint(hint);
    } else if dns == services.last() {
        let what = format!("`{dns}` is the last address of the services, which is for broadcast");
        rules.error(path, what).also("network.serviceCidr", label).maybe_hint(hint);
    } else if tenth.is_some_and(|tenth: IpAddr| tenth != dns) {
        let what = format!("`{dns}` is not the tenth address of the services");
        rules.advice(path, what).also("network.serviceCidr", label).maybe_hint(hint);
    }
}

/// Says where `auto` found nothing.
fn no_room(rules: &mut Rules<'_>, ranges: &Ranges) {
    let network = &rules.profile.network;
    let auto = |cidr: Option<Cidr>| cidr.is_some_and(Cidr::is_auto);
    let hint = "shorten `avoid`, or write a range";
    let own = [
        (
            "network.podCidr",
            auto(network.pod_cidr) && rules.profile.model().has_pod_range(),
            ranges.pods,
        ),
        ("network.serviceCidr", auto(network.service_cidr), ranges.services),
        (
            "network.vnet.cidr",
            network.vnet.as_ref().is_some_and(|vnet| auto(vnet.cidr)),
            ranges.vnet.first().copied(),
        ),
    ];
    for (path, _, _) in own.into_iter().filter(|(_, auto, found)| *auto && found.is_none()) {
        rules.error(path, "`auto` finds no private range that is free").hint(hint);
    }
    for (name, subnet) in &network.subnets {
        let found = ranges.subnets.get(name).copied().flatten();
        if auto(subnet.cidr) && found.is_none() && !ranges.vnet.is_empty() {
            let path = format!("{}.cidr", key_path("network.subnets", name));
            let what = format!(
                "`auto` finds no room for the subnet `{}` in the virtual network",
                quote(name)
            );
            rules
                .error(&path, what)
                .also("network.vnet", "the network")
                .hint("give the network a wider range");
        }
    }
}
