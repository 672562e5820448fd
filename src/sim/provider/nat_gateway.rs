//! NAT gateways: they hold public IP addresses and prefixes, and are held by subnets.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::{Operation, Verb};
use super::super::world::World;
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put, form};

/// Medians of 8 recorded creations.
const PACE: Pace =
    Pace { write: 12_000, write_retry: 10, delete: 10_000, delete_retry: 10, latency: 770 };

/// `Microsoft.Network/natGateways`.
pub(crate) struct NatGateway;

const KIND: &str = "Microsoft.Network/natGateways";

/// Where a gateway says what it holds.
const HOLDS: [&str; 4] =
    ["publicIpAddresses", "publicIpPrefixes", "publicIpAddressesV6", "publicIpPrefixesV6"];

/// The most public addresses of a gateway, those of prefixes counted (nat-gateway-resource).
const MOST_ADDRESSES: u64 = 16;

impl Provider for NatGateway {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::GATEWAY, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        let mut given = put.body.get("properties").cloned().unwrap_or(json!({}));
        body::respell(&mut given, &HOLDS);
        let wanted = ids(&given);
        let sku = body::text(&put.body, "/sku/name").unwrap_or("Standard");
        zones(put)?;
        let mut addresses = 0;
        for address in &wanted {
            let held = nrp::referenced(world, put.id, address)?;
            suits(put.id, sku, address, &held)?;
            addresses += size(&held);
            let holder = body::text(&held, "/properties/natGateway/id")
                .or_else(|| body::text(&held, "/properties/ipConfiguration/id"));
            if let Some(holder) = holder.filter(|id| !id.eq_ignore_ascii_case(put.id.as_str())) {
                return Err(Refusal::network(
                    400,
                    "ResourceInUse",
                    format!(
                        "Resource {address} is already in use by {holder} and cannot be associated with {}.",
                        put.id
                    ),
                ));
            }
        }
        if addresses > MOST_ADDRESSES {
            return Err(Refusal::network(
                400,
                "NatGatewayPublicIpCountLimitReached",
                format!(
                    "NAT gateway {} cannot have more than {MOST_ADDRESSES} public IP addresses.",
                    put.id
                ),
            ));
        }
        let idle = body::number(&given, "/idleTimeoutInMinutes").unwrap_or(4);
        if !(4..=120).contains(&idle) {
            return Err(Refusal::network(
                400,
                "NatGatewayIdleTimeoutOutOfRange",
                format!(
                    "Idle timeout of NAT gateway {} must be between 4 and 120 minutes.",
                    put.id
                ),
            ));
        }
        let stored = shape(world, put, &given);
        let before = put.existing.as_ref().and_then(|old| old.get("properties")).map(ids);
        let answer = nrp::accept(world, put, self, stored, PACE);
        for address in before.unwrap_or_default() {
            world.edit(&address, |stored| {
                body::take(stored, "/properties/natGateway");
            });
        }
        for address in wanted {
            let own = json!({ "id": put.id.as_str() });
            world.edit(&address, |stored| body::set(stored, "/properties/natGateway", own));
        }
        Ok(answer)
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_busy(world, id)?;
        let stored = world.body(id.as_str()).unwrap_or_default();
        if let Some(subnet) = body::text(&stored, "/properties/subnets/0/id") {
            return Err(Refusal::network(
                400,
                "InUseNatGatewayCannotBeDeleted",
                format!("NAT gateway {id} is in use by subnet {subnet} and cannot be deleted."),
            ));
        }
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn as_of(&self, mut shown: Value, api: &str) -> Value {
        if api < "2025-01-01" {
            body::take(&mut shown, "/properties/scope");
        }
        shown
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        if operation.verb == Verb::Delete {
            let held = world.body(&operation.target).unwrap_or_default();
            for address in held.get("properties").map(ids).unwrap_or_default() {
                world.edit(&address, |stored| {
                    body::take(stored, "/properties/natGateway");
                });
            }
        }
        nrp::settle(world, operation);
    }
}

/// The addresses and prefixes that a gateway holds.
fn ids(properties: &Value) -> Vec<String> {
    let lists = HOLDS.iter().flat_map(|field| body::list(properties, &format!("/{field}")));
    lists.filter_map(|item| body::text(item, "/id")).map(str::to_owned).collect()
}

/// How many addresses a public address or prefix is.
fn size(held: &Value) -> u64 {
    let length = body::number(held, "/properties/prefixLength");
    let six = body::text(held, "/properties/publicIPAddressVersion") == Some("IPv6");
    let bits: u64 = if six { 128 } else { 32 };
    length.map_or(1, |length| 1 << bits.saturating_sub(length).min(16))
}

/// Refuses an address of another SKU: a standard gateway takes neither `Basic` nor `StandardV2`, and
/// the second version takes its own alone (nat-overview; the code is not recorded).
fn suits(gateway: &ResourceId, sku: &str, address: &str, held: &Value) -> Result<(), Refusal> {
    let theirs = body::text(held, "/sku/name").unwrap_or("Basic");
    if theirs.eq_ignore_ascii_case(sku) {
        return Ok(());
    }
    Err(Refusal::network(
        400,
        "NatGatewayPublicIpSkuMismatch",
        format!(
            "NAT gateway {gateway} of SKU {sku} cannot be associated with {address}, which is of \
             SKU {theirs}. It takes public IP addresses and prefixes of SKU {sku} only."
        ),
    ))
}

/// A standard gateway stands in one zone at most (nat-availability-zones).
fn zones(put: &Put<'_>) -> Result<(), Refusal> {
    let standard = body::text(&put.body, "/sku/name").unwrap_or("Standard") == "Standard";
    if !standard || body::list(&put.body, "/zones").len() < 2 {
        return Ok(());
    }
    Err(Refusal::network(
        400,
        "ResourceHasMultipleZones",
        format!("NAT gateway {} of SKU Standard cannot have more than one zone.", put.id),
    ))
}

fn shape(world: &mut World, put: &Put<'_>, given: &Value) -> Value {
    let old = put.existing.as_ref();
    let guid = old
        .and_then(|old| body::text(old, "/properties/resourceGuid"))
        .map_or_else(|| world.guid(), str::to_owned);
    let mut properties = json!({
        "resourceGuid": guid,
        "idleTimeoutInMinutes": 4,
        "scope": "Public",
    });
    body::merge(&mut properties, given);
    body::take(&mut properties, "/subnets");
    if let Some(subnets) = old.and_then(|old| old.pointer("/properties/subnets")) {
        properties["subnets"] = subnets.clone();
    }
    let mut stored = nrp::frame(put, &NatGateway, &properties);
    body::fill(&mut stored, "/sku/name", "Standard");
    body::fill(&mut stored, "/sku/tier", "Regional");
    stored
}
