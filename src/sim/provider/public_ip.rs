//! Public IP addresses.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::Operation;
use super::super::world::World;
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put, form};

/// Medians of 72 recorded creations.
const PACE: Pace =
    Pace { write: 2_000, write_retry: 1, delete: 10_000, delete_retry: 10, latency: 570 };

/// `Microsoft.Network/publicIPAddresses`.
pub(crate) struct PublicIp;

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Network/publicIPAddresses";

impl Provider for PublicIp {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::ADDRESS, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        may_be(world, put)?;
        let stored = shape(world, put)?;
        Ok(nrp::accept(world, put, self, stored, PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let stored = world.body(id.as_str()).unwrap_or_default();
        let holder = body::text(&stored, "/properties/ipConfiguration/id")
            .or_else(|| body::text(&stored, "/properties/natGateway/id"));
        if let Some(holder) = holder {
            return Err(Refusal::network(
                400,
                "PublicIPAddressCannotBeDeleted",
                format!(
                    "Public IP address {id} can not be deleted since it is still allocated to \
                     resource {holder}. In order to delete the public IP, disassociate/detach the \
                     Public IP address from the resource.  To learn how to do this, see \
                     aka.ms/deletepublicip."
                ),
            ));
        }
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn as_of(&self, mut shown: Value, api: &str) -> Value {
        if api < "2022-05-01" {
            body::take(&mut shown, "/properties/ddosSettings");
        }
        shown
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        nrp::settle(world, operation);
    }
}

/// Refuses a time out of bounds (the specification), and a name that another address has.
fn may_be(world: &World, put: &Put<'_>) -> Result<(), Refusal> {
    let idle = body::number(&put.body, "/properties/idleTimeoutInMinutes");
    if let Some(idle) = idle.filter(|idle| !(4..=30).contains(idle)) {
        return Err(Refusal::network(
            400,
            "PublicIPAddressIdleTimeoutIsOutOfRange",
            format!(
                "IdleTimeoutInMinutes for public IP address {} must be between 4 and 30 minutes, \
                 not {idle}.",
                put.id
            ),
        ));
    }
    let Some(label) = body::text(&put.body, "/properties/dnsSettings/domainNameLabel") else {
        return Ok(());
    };
    let fqdn = format!("{label}.{}.cloudapp.azure.com", put.location);
    let mut others = world.of_kind(KIND);
    let taken = others.any(|other| {
        !other.id.eq_ignore_ascii_case(put.id.as_str())
            && body::text(&other.body(), "/properties/dnsSettings/fqdn")
                .is_some_and(|other| other.eq_ignore_ascii_case(&fqdn))
    });
    if !taken {
        return Ok(());
    }
    Err(Refusal::network(
        400,
        "DnsRecordInUse",
        format!("DNS record {fqdn} is already used by another public IP."),
    ))
}

fn shape(world: &mut World, put: &Put<'_>) -> Result<Value, Refusal> {
    let standard = body::text(&put.body, "/sku/name").is_some_and(|name| name == "Standard");
    let method = body::text(&put.body, "/properties/publicIPAllocationMethod").unwrap_or("Dynamic");
    if standard && method != "Static" {
        return Err(Refusal::network(
            400,
            "PublicIPAddressWithStandardSkuMustBeStatic",
            "Standard sku publicIp {} must have AllocationMethod set to Static."
                .replace("{}", put.id.as_str()),
        ));
    }
    let old = put.existing.as_ref();
    let mut properties = json!({
        "publicIPAddressVersion": "IPv4",
        "publicIPAllocationMethod": "Dynamic",
        "idleTimeoutInMinutes": 4,
        "ipTags": [],
    });
    if standard {
        properties["ddosSettings"] = json!({ "protectionMode": "VirtualNetworkInherited" });
    }
    for (name, value) in put.body.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        properties[name.as_str()] = value.clone();
    }
    for field in ["natGateway", "ipConfiguration", "provisioningState"] {
        body::take(&mut properties, &format!("/{field}"));
        let kept = old.and_then(|old| old.pointer(&format!("/properties/{field}")));
        if let Some(kept) = kept.filter(|_| field != "provisioningState") {
            properties[field] = kept.clone();
        }
    }
    let keep = |field: &str| {
        old.and_then(|old| body::text(old, &format!("/properties/{field}"))).map(str::to_owned)
    };
    properties["resourceGuid"] = json!(keep("resourceGuid").unwrap_or_else(|| world.guid()));
    if method == "Static" {
        properties["ipAddress"] = json!(keep("ipAddress").unwrap_or_else(|| address(world)));
    }
    let label = body::text(&properties, "/dnsSettings/domainNameLabel").map(str::to_owned);
    if let Some(label) = label {
        let fqdn = format!("{label}.{}.cloudapp.azure.com", put.location);
        body::set(&mut properties, "/dnsSettings/fqdn", fqdn);
    }
    let mut stored = nrp::frame(put, &PublicIp, &properties);
    body::fill(&mut stored, "/sku/name", "Basic");
    body::fill(&mut stored, "/sku/tier", "Regional");
    Ok(stored)
}

/// Generates an address of 20.0.0.0/8, where Azure's own lie.
pub(crate) fn address(world: &mut World) -> String {
    let [.., a, b, c] = world.draw().to_be_bytes();
    format!("20.{}.{b}.{}", a % 240, c.clamp(1, 254))
}
