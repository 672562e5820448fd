//! What the profile names by id and Azure does not have: where it is named, and how it is made.

use serde_json::Value;

use super::Case;
use crate::address::{PRIVATE_RANGES, Range, find_free};
use crate::arm::id::ResourceId;
use crate::doctor::facts::Read;
use crate::doctor::finding::{Area, Finding};
use crate::profile::Surroundings;
use crate::shell::Line;

/// Types that profiles name by id: how people call them, and the command that makes one.
const KINDS: [(&str, &str, &str); 6] = [
    ("Microsoft.Network/virtualNetworks", "Virtual network", "network vnet create"),
    ("Microsoft.Network/virtualNetworks/subnets", "Subnet", "network vnet subnet create"),
    ("Microsoft.Network/routeTables", "Route table", "network route-table create"),
    ("Microsoft.Network/natGateways", "NAT gateway", "network nat gateway create"),
    ("Microsoft.Network/publicIPAddresses", "Public address", "network public-ip create"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities", "Identity", "identity create"),
];

/// Says that something is not there.
pub(super) fn missing(case: &Case<'_>, id: &ResourceId) -> Finding {
    let known = KINDS.iter().find(|(kind, _, _)| id.is_type(kind));
    let what = known.map_or("Resource", |(_, what, _)| what);
    let named = match place(case, id) {
        Some(path) => format!("names it in `{path}`"),
        None => "says that it is there".to_owned(),
    };
    let so = format!("`up` would stop: the profile {named}. Make it, or correct the id.");
    let finding =
        Finding::error(Area::Network, id.as_str(), format!("{what} `{id}` does not exist."));
    let command = known.and_then(|(_, _, command)| make(case, id, command));
    match command {
        Some(command) => finding.so(so).run(command),
        None => finding.so(so),
    }
}

/// Returns the command that makes it; what only its owner can know is left open in capitals.
fn make(case: &Case<'_>, id: &ResourceId, command: &'static str) -> Option<Line> {
    let (subscription, group, name) = (id.subscription_id(), id.group_name()?, id.name());
    let here = &case.facts.location;
    let start = Line::new("az").words(command).words("--subscription").value(subscription);
    let start = start.words("-g").value(group);
    let named = |start: Line| start.words("-n").value(name);
    let placed = |start: Line| named(start).words("-l").value(here);
    Some(match command {
        "network vnet subnet create" => {
            let network = id.parent()?;
            let start = named(start.words("--vnet-name").value(network.name()));
            start.words("--address-prefixes").value(free_subnet(case, &network))
        }
        "network vnet create" => {
            placed(start).words("--address-prefixes").value(free_network(case))
        }
        "network nat gateway create" => placed(start).words("--public-ip-addresses ADDRESS"),
        "network public-ip create" => placed(start).words("--sku Standard"),
        _ => placed(start),
    })
}

/// Returns a range for a network that touches nothing the profile knows of.
fn free_network(case: &Case<'_>) -> String {
    let ranges = case.profile.ranges(&Surroundings::default());
    let elsewhere = &case.profile.network;
    let peers = elsewhere.peerings.iter().flat_map(|peering| &peering.cidrs);
    let own = ranges.pods.iter().chain(&ranges.services).chain(&ranges.vnet);
    let taken: Vec<Range> = own.chain(&elsewhere.avoid).chain(peers).copied().collect();
    find_free(&taken, 16, &PRIVATE_RANGES).map_or("RANGE".to_owned(), |range| range.to_string())
}

/// Returns a range that is free in a network, if that was read; else in the one that is proposed.
fn free_subnet(case: &Case<'_>, network: &ResourceId) -> String {
    let found = case.facts.networks.get(network).and_then(Read::got).and_then(Option::as_ref);
    let within = match found {
        Some(found) => found.ranges.clone(),
        None => free_network(case).parse().into_iter().collect(),
    };
    let taken: Vec<Range> = found
        .iter()
        .flat_map(|found| &found.subnets)
        .flat_map(|subnet| subnet.ranges.clone())
        .collect();
    find_free(&taken, 24, &within).map_or("RANGE".to_owned(), |range| range.to_string())
}

/// Returns the field of the profile that names an id, or else something that lies in it.
fn place(case: &Case<'_>, id: &ResourceId) -> Option<String> {
    let profile = serde_json::to_value(case.profile).ok()?;
    let find = |fits: &dyn Fn(&ResourceId) -> bool| search(&profile, "", fits);
    find(&|named| named == id).or_else(|| find(&|named| named.is_under(id)))
}

fn search(value: &Value, path: &str, fits: &dyn Fn(&ResourceId) -> bool) -> Option<String> {
    match value {
        Value::String(text) => {
            ResourceId::parse(text).is_ok_and(|id| fits(&id)).then(|| path.to_owned())
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| search(item, &format!("{path}[{at}]"), fits)),
        Value::Object(map) => map.iter().find_map(|(name, item)| {
            let dot = if path.is_empty() { "" } else { "." };
            search(item, &format!("{path}{dot}{name}"), fits)
        }),
        _ => None,
    }
}
