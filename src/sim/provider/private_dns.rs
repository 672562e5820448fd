//! Private DNS zones, their links to virtual networks, and the addresses in them.
//!
//! Facts of the published specification (Azure/azure-rest-api-specs, privatedns 2024-06-01) and of
//! Azure's limits: no region, operations asked after every 30 s, links before their zone.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::Millis;
use super::super::error::Refusal;
use super::super::operation::{Course, Verb};
use super::super::ops::set_state;
use super::super::world::{Entry, World};
use super::generic::{not_busy, preconditions};
use super::{Answer, Provider, Put};

/// `Microsoft.Network/privateDnsZones`.
pub(crate) struct Zone;

/// `Microsoft.Network/privateDnsZones/virtualNetworkLinks`.
pub(crate) struct Link;

/// `Microsoft.Network/privateDnsZones/A`.
pub(crate) struct Addresses;

pub(crate) const ZONE: &str = "Microsoft.Network/privateDnsZones";
pub(crate) const LINK: &str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";
pub(crate) const ADDRESSES: &str = "Microsoft.Network/privateDnsZones/A";

/// A write and a deletion; chosen: the first question, after 30 s, finds them done.
const LASTS: Millis = 25_000;

impl Provider for Zone {
    fn kind(&self) -> &'static str {
        ZONE
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        global(put)?;
        preconditions(put.asked, put.existing.as_ref())?;
        not_busy(world, put.id)?;
        let labels = put.id.name().split('.').count();
        if labels < 2 {
            let text = format!("The zone name '{}' has fewer than two labels.", put.id.name());
            return Err(Refusal::wrapped(400, "BadRequest", text));
        }
        let stored = framed(world, put, ZONE, json!({}));
        Ok(accepted(world, put, ZONE, stored))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        preconditions(asked, world.body(id.as_str()).as_ref())?;
        not_busy(world, id)?;
        if let Some(link) = world.children(id.as_str(), "virtualNetworkLinks").first() {
            let name = link.id.rsplit('/').next().unwrap_or_default();
            let nested = format!("{ZONE}/{}/virtualNetworkLinks/{name}", id.name());
            return Err(Refusal::wrapped(
                409,
                "CannotDeleteResource",
                format!(
                    "Cannot delete resource while nested resources exist. Some existing nested \
                     resource IDs include: '{nested}'. Please delete all nested resources before \
                     deleting this resource."
                ),
            ));
        }
        Ok(removed(world, asked, id))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        let mut shown = entry.body();
        let links = world.children(&entry.id, "virtualNetworkLinks");
        let registering = links.iter().map(|link| link.body());
        let registering =
            registering.filter(|link| body::flag(link, "/properties/registrationEnabled")).count();
        // Each zone has its own start of authority.
        let records = world.children(&entry.id, "A").len() + 1;
        let counts = [
            ("maxNumberOfRecordSets", 25_000),
            ("maxNumberOfVirtualNetworkLinks", 1_000),
            ("maxNumberOfVirtualNetworkLinksWithRegistration", 100),
            ("numberOfRecordSets", records),
            ("numberOfVirtualNetworkLinks", links.len()),
            ("numberOfVirtualNetworkLinksWithRegistration", registering),
        ];
        for (name, count) in counts {
            shown["properties"][name] = json!(count);
        }
        shown
    }
}

impl Provider for Link {
    fn kind(&self) -> &'static str {
        LINK
    }

    fn tracked(&self) -> bool {
        true
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        global(put)?;
        preconditions(put.asked, put.existing.as_ref())?;
        not_busy(world, put.id)?;
        let network = body::text(&put.body, "/properties/virtualNetwork/id").unwrap_or_default();
        let registers = body::flag(&put.body, "/properties/registrationEnabled");
        if world.get(network).is_none() {
            let text = format!("The virtual network '{network}' was not found.");
            return Err(Refusal::wrapped(400, "BadRequest", text));
        }
        alone(world, put.id, network, registers)?;
        let old = put.existing.as_ref();
        let before = old.and_then(|old| body::text(old, "/properties/virtualNetwork/id"));
        if before.is_some_and(|before| !before.eq_ignore_ascii_case(network)) {
            let text = "The virtual network of a link cannot be changed.";
            return Err(Refusal::wrapped(400, "BadRequest", text));
        }
        let properties = json!({
            "registrationEnabled": registers, "resolutionPolicy": "Default",
            "virtualNetwork": { "id": network }, "virtualNetworkLinkState": "Completed",
        });
        let stored = framed(world, put, LINK, properties);
        Ok(accepted(world, put, LINK, stored))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        preconditions(asked, world.body(id.as_str()).as_ref())?;
        not_busy(world, id)?;
        Ok(removed(world, asked, id))
    }
}

impl Provider for Addresses {
    fn kind(&self) -> &'static str {
        ADDRESSES
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        preconditions(put.asked, put.existing.as_ref())?;
        let mut properties = put.body.get("properties").cloned().unwrap_or_else(|| json!({}));
        body::fill(&mut properties, "/ttl", 3_600);
        let stored = address_set(world, put.id, properties);
        world.put(put.id.as_str(), ADDRESSES, &stored);
        Ok(Answer { body: Some(stored), ..Answer::status(put.status()) })
    }

    fn delete(&self, world: &mut World, _: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        world.remove(id.as_str());
        Ok(Answer::status(200))
    }
}

/// Refuses a region: what is private DNS stands in none.
fn global(put: &Put<'_>) -> Result<(), Refusal> {
    if put.location.eq_ignore_ascii_case("global") {
        return Ok(());
    }
    Err(Refusal::arm(
        400,
        "LocationNotAvailableForResourceType",
        format!(
            "The provided location '{}' is not available for resource type '{ZONE}'. List of \
             available regions for the resource type is 'global'.",
            put.location
        ),
    ))
}

/// Refuses a second zone of one name on a network, and a second one that takes its machines' names
/// (learn.microsoft.com/azure/dns/private-dns-virtual-network-links; azurerm#6373).
fn alone(world: &World, id: &ResourceId, network: &str, registers: bool) -> Result<(), Refusal> {
    let zone = |id: &str| ResourceId::parse(id).ok()?.parent();
    let own = zone(id.as_str()).map(|zone| zone.name().to_owned()).unwrap_or_default();
    for other in world.of_kind(LINK).filter(|one| !one.id.eq_ignore_ascii_case(id.as_str())) {
        let link = other.body();
        let to = body::text(&link, "/properties/virtualNetwork/id").unwrap_or_default();
        let Some(theirs) = zone(&other.id).filter(|_| to.eq_ignore_ascii_case(network)) else {
            continue;
        };
        let text = if theirs.name().eq_ignore_ascii_case(&own) {
            format!(
                "A virtual network cannot be linked to multiple zones with overlapping namespaces. \
                 You tried to link virtual network with '{own}' and '{}' zones.",
                theirs.name()
            )
        } else if registers && body::flag(&link, "/properties/registrationEnabled") {
            format!(
                "A virtual network can only be linked to 1 Private DNS zone(s) with \
                 auto-registration enabled; conflicting Private DNS zone is '{theirs}'."
            )
        } else {
            continue;
        };
        return Err(Refusal::wrapped(400, "BadRequest", text));
    }
    Ok(())
}

fn framed(world: &mut World, put: &Put<'_>, kind: &str, properties: Value) -> Value {
    let mut stored = made(world, put.id, kind, properties);
    if let Some(tags) = put.body.get("tags") {
        stored["tags"] = tags.clone();
    }
    stored
}

/// A zone or a link as it is stored.
pub(crate) fn made(world: &mut World, id: &ResourceId, kind: &str, mut properties: Value) -> Value {
    properties["provisioningState"] = json!("Succeeded");
    json!({
        "id": id.as_str(), "name": id.name(), "type": kind, "location": "global",
        "etag": format!("\"{}\"", world.guid()), "properties": properties,
    })
}

/// A set of addresses as it is stored.
pub(crate) fn address_set(world: &mut World, id: &ResourceId, mut properties: Value) -> Value {
    let zone = id.parent().map(|zone| zone.name().to_owned()).unwrap_or_default();
    properties["fqdn"] = json!(format!("{}.{zone}.", id.name()));
    properties["isAutoRegistered"] = json!(false);
    json!({
        "id": id.as_str(), "name": id.name(), "type": ADDRESSES,
        "etag": world.guid(), "properties": properties,
    })
}

fn accepted(world: &mut World, put: &Put<'_>, kind: &'static str, mut stored: Value) -> Answer {
    body::set(&mut stored, "/properties/provisioningState", "Updating");
    world.put(put.id.as_str(), kind, &stored);
    let verb = if put.existing.is_some() { Verb::Update } else { Verb::Create };
    let operation = begin(world, put.id, verb, &put.asked.api);
    Answer { operation: Some(operation), body: Some(json!({})), ..Answer::status(202) }.taking(700)
}

fn removed(world: &mut World, asked: &Asked, id: &ResourceId) -> Answer {
    set_state(world, id.as_str(), "Deleting");
    let operation = begin(world, id, Verb::Delete, &asked.api);
    Answer { operation: Some(operation), ..Answer::status(202) }.taking(700)
}

fn begin(world: &mut World, id: &ResourceId, verb: Verb, api: &str) -> String {
    let course = Course {
        provider: "Microsoft.Network",
        lasts: LASTS,
        phases: Vec::new(),
        retry_after: Some(30),
        api: api.to_owned(),
    };
    world.begin_operation(id.as_str(), "global", verb, course)
}
