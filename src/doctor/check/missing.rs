//! What the profile names by id and Azure does not have: where it is named, and how it is made.

use serde_json::Value;

use super::Case;
use crate::address::{PRIVATE_RANGES, Range, find_free};
use crate::arm::id::ResourceId;
use crate::doctor::facts::Read;
use crate::doctor::finding::{Area, Finding};
use crate::kind::{self, Kind as _, Subnet, VirtualNetwork, noun};
use crate::profile::Surroundings;
use crate::shell::Line;

/// Says that something is not there.
pub(super) fn missing(case: &Case<'_>, id: &ResourceId) -> Finding {
    let what = capital(&noun(&id.resource_type()));
    let named = match place(case, id) {
        Some(path) => format!("names it in `{path}`"),
        None => "says that it is there".to_owned(),
    };
    let so = format!("`up` would stop: the profile {named}. Make it, or correct the id.");
    let finding =
        Finding::error(Area::Network, id.as_str(), format!("{what} `{id}` does not exist."));
    match make(case, id) {
        Some(command) => finding.so(so).run(command),
        None => finding.so(so),
    }
}

/// Returns the command that makes it; what only its owner can know is left open in capitals.
fn make(case: &Case<'_>, id: &ResourceId) -> Option<Line> {
    let (subscription, group, name) = (id.subscription_id(), id.group_name()?, id.name());
    let traits = kind::of(&id.resource_type())?.traits;
    let start = Line::new("az").words(traits.command).words("create --subscription");
    let start = start.value(subscription).words("-g").value(group);
    if id.is_type(Subnet::TYPE) {
        let network = id.parent()?;
        let line = start.words("--vnet-name").value(network.name()).words("-n").value(name);
        return Some(line.words("--address-prefixes").value(free_subnet(case, &network)));
    }
    let line = start.words("-n").value(name).words("-l").value(&case.facts.location);
    Some(if id.is_type(VirtualNetwork::TYPE) {
        line.words("--address-prefixes").value(free_network(case))
    } else if traits.wants.is_empty() {
        line
    } else {
        line.words(traits.wants)
    })
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
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
