//! What the profile names by id and Azure does not have: where it is named, and how it is made.

use serde_json::Value;

use super::Case;
use crate::arm::id::ResourceId;
use crate::doctor::finding::{Area, Finding};
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
            named(start.words("--vnet-name").value(network.name()))
                .words("--address-prefixes RANGE")
        }
        "network vnet create" => placed(start).words("--address-prefixes RANGE"),
        "network nat gateway create" => placed(start).words("--public-ip-addresses ADDRESS"),
        "network public-ip create" => placed(start).words("--sku Standard"),
        _ => placed(start),
    })
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
