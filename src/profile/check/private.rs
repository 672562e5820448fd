//! What keeps a cluster to its own network: the API server's way in, private DNS zones, private
//! endpoints.
//!
//! Source: learn.microsoft.com, private-clusters, api-server-vnet-integration.

use std::collections::HashMap;

use super::Rules;
use super::syntax::is_network_name;
use crate::address::Range;
use crate::profile::format::is_zone_name;
use crate::profile::place::{index_path, key_path};
use crate::profile::problem::quote;
use crate::profile::schema::{ApiServer, DnsZone, KEPT_SUBNETS, Model};
use crate::profile::shape_words::{list_words, nearest};

/// The longest prefix of a subnet that an API server stands in; it takes nine addresses at least.
const API_SERVER_PREFIX: u8 = 28;

/// The longest first part of a zone for one cluster.
const SUBZONE: usize = 32;

const PRIVATE: &str = "cluster.apiServer.private";
const ZONE: &str = "cluster.apiServer.dnsZone";
const PUBLIC: &str = "cluster.apiServer.publicFQDN";
const SUBNET: &str = "cluster.apiServer.subnet";

pub(super) fn check(rules: &mut Rules<'_>) {
    if let Some(wish) = &rules.profile.cluster.api_server {
        if wish.is_private() {
            closed(rules, wish);
        } else {
            rules.unused(ZONE, "only a private API server has a private name");
            rules.unused(PUBLIC, "the name of an API server that is not private is public");
        }
        if let Some(key) = &wish.subnet {
            integrated(rules, key);
        }
    }
    zones(rules);
    endpoints(rules);
}

/// A private API server.
fn closed(rules: &mut Rules<'_>, wish: &ApiServer) {
    if wish.dns_zone == Some(DnsZone::None) && wish.public_fqdn == Some(false) {
        rules
            .error(PUBLIC, "without a private zone the public name is the only one there is")
            .also(ZONE, "no private zone")
            .hint("leave `publicFQDN` out, or `dnsZone`");
    }
    own_zone(rules, wish);
    own_dns(rules, wish);
}

/// A zone that is not AKS's own.
fn own_zone(rules: &mut Rules<'_>, wish: &ApiServer) {
    let profile = rules.profile;
    let id = match &wish.dns_zone {
        Some(DnsZone::Existing(id)) => Some(id.as_str()),
        Some(DnsZone::Own) => None,
        _ => return,
    };
    if profile.network.is_managed() && profile.cluster.identity.is_none() {
        let what = "who writes into a zone of yours is an identity that has rights there, and on \
                    AKS's own network the cluster acts as one that AKS makes";
        rules.error(ZONE, what).hint("name one: `cluster.identity: { id: … }`");
    }
    let wanted = wish.zone(&profile.metadata.location);
    let name = id.and_then(|id| id.rsplit('/').next()).unwrap_or(&wanted).to_ascii_lowercase();
    let sub = name.strip_suffix(&wanted);
    let fits = sub.is_some_and(|sub| {
        sub.is_empty()
            || sub.strip_suffix('.').is_some_and(|sub| !sub.contains('.') && sub.len() <= SUBZONE)
    });
    if !fits {
        let what = format!(
            "a zone for the API server of a cluster in {} is called `{wanted}`, or has one more \
             part in front of that, not `{}`",
            profile.metadata.location,
            quote(&name)
        );
        rules.error(ZONE, what).hint("name such a zone, or write `own` or `system`");
    }
}

/// DNS servers of the network's own: they have to find the API server's name too.
fn own_dns(rules: &mut Rules<'_>, wish: &ApiServer) {
    let network = &rules.profile.network;
    let servers = network.vnet.as_ref().and_then(|vnet| vnet.dns_servers.as_ref());
    if servers.is_none_or(Vec::is_empty) || wish.dns_zone == Some(DnsZone::None) {
        return;
    }
    let table = network.route_table.as_ref().is_some_and(|table| table.id.is_some());
    if network.model() == Model::Kubenet && table {
        rules
            .error(
                "network.vnet.dnsServers",
                "AKS fails to make a private kubenet cluster with a route table and DNS servers of yours",
            )
            .also("network.routeTable.id", "the table")
            .also(PRIVATE, "private here")
            .hint("let akstool make the table, take Azure's DNS servers, or `dnsZone: none`");
    } else if matches!(wish.dns_zone, None | Some(DnsZone::System)) {
        rules
            .advice(
                "network.vnet.dnsServers",
                "these servers have to find the API server's private name: the zone that AKS makes is linked \
                 to this network alone",
            )
            .hint(
                "forward `azmk8s.io` to 168.63.129.16 from inside this network, or link the \
                 servers' network to a zone of ours: `dnsZone: own` and `network.privateZones`",
            );
    }
}

/// An API server in a subnet of ours.
fn integrated(rules: &mut Rules<'_>, key: &str) {
    let profile = rules.profile;
    let Some(subnet) = named_subnet(rules, SUBNET, key) else { return };
    let path = key_path("network.subnets", key);
    let stands = |what: String, rules: &mut Rules<'_>| {
        rules
            .error(SUBNET, what)
            .also(&path, "this one")
            .hint("give the API server a subnet of its own, a /28 or wider");
    };
    if KEPT_SUBNETS.iter().any(|kept| kept.eq_ignore_ascii_case(key)) {
        stands(format!("Azure keeps the subnet `{}` for a service of its own", quote(key)), rules);
    }
    let model = profile.model();
    let uses = |pool: &crate::profile::schema::Pool| {
        pool.subnet_or_default() == key
            || model.has_pod_subnet() && pool.pod_subnet_or_default() == key
    };
    if let Some(pool) = profile.pools.iter().find(|pool| uses(pool)) {
        let what = format!(
            "nothing but the API server stands in its subnet, and `{}` does",
            quote(&pool.name)
        );
        stands(what, rules);
    }
    let range = rules.ranges.subnets.iter().find(|(name, _)| *name == key);
    let range: Option<Range> = range.and_then(|(_, range)| *range);
    if let Some(range) = range.filter(|range| range.prefix() > API_SERVER_PREFIX) {
        stands(
            format!("{range} is too small for an API server, which takes a /28 at least"),
            rules,
        );
    }
    let aks = "Microsoft.ContainerService/managedClusters";
    let other = subnet.delegations.iter().flatten().find(|one| !one.eq_ignore_ascii_case(aks));
    if let Some(other) = other {
        let what =
            format!("the subnet of an API server is handed to AKS, not to `{}`", quote(other));
        rules.error(&format!("{path}.delegations"), what).also(SUBNET, "its API server");
    }
}

/// Returns the subnet of a name, or says that there is none.
pub(super) fn named_subnet<'p>(
    rules: &mut Rules<'p>,
    path: &str,
    key: &str,
) -> Option<&'p crate::profile::schema::Subnet> {
    let subnets = &rules.profile.network.subnets;
    if let Some(found) = subnets.get(key) {
        return Some(found);
    }
    let words: Vec<&str> = subnets.keys().map(String::as_str).collect();
    let hint = match nearest(key, &words) {
        Some(near) => format!("did you mean `{near}`?"),
        None if words.is_empty() => "add it to `network.subnets`".to_owned(),
        None => format!("there are {}", list_words(&words)),
    };
    rules.error(path, format!("there is no subnet `{}`", quote(key))).hint(hint);
    None
}

fn zones(rules: &mut Rules<'_>) {
    for (name, zone) in &rules.profile.network.private_zones {
        let path = key_path("network.privateZones", name);
        if !is_zone_name(name) {
            let what = format!("`{}` is no name of a zone", quote(name));
            rules.error(&path, what).at_key().hint("two parts or more: `privatelink.azurecr.io`");
        }
        for key in zone.links.keys().filter(|key| !is_network_name(key)) {
            let what = format!("`{}` is no name for a link", quote(key));
            rules.error(&key_path(&format!("{path}.links"), key), what).at_key();
        }
    }
}

fn endpoints(rules: &mut Rules<'_>) {
    let mut names: HashMap<String, usize> = HashMap::new();
    for (index, endpoint) in rules.profile.network.private_endpoints.iter().enumerate() {
        let path = index_path("network.privateEndpoints", index);
        if !is_network_name(&endpoint.name) {
            let what = format!("`{}` is no name for an endpoint", quote(&endpoint.name));
            rules.error(&format!("{path}.name"), what).hint("letters, digits, `_`, `.` and `-`");
        }
        if let Some(first) = names.insert(endpoint.name.to_ascii_lowercase(), index) {
            let other = format!("{}.name", index_path("network.privateEndpoints", first));
            rules
                .error(&format!("{path}.name"), "two endpoints have this name")
                .also(&other, "the other one");
        }
        let at = format!("{path}.subnet");
        let Some(subnet) = named_subnet(rules, &at, &endpoint.subnet) else { continue };
        let service = subnet.delegations.iter().flatten().next();
        if let Some(service) = service {
            let what =
                format!("this subnet is handed to `{}`, which takes it whole", quote(service));
            rules.error(&at, what).hint("give endpoints a subnet of their own");
        }
        if KEPT_SUBNETS.iter().any(|kept| kept.eq_ignore_ascii_case(&endpoint.subnet)) {
            let what = format!(
                "Azure keeps the subnet `{}` for a service of its own",
                quote(&endpoint.subnet)
            );
            rules.error(&at, what).hint("give endpoints a subnet of their own");
        }
    }
}
