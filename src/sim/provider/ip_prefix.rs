//! Public IP prefixes: ranges of public addresses, held by clusters and NAT gateways. As recorded by
//! `aso-Network_v20250301_CreationAndDeletion` and
//! `cli-aks_create_slb_vmss_with_outbound_ip_prefixes_then_update`.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::Operation;
use super::super::world::World;
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put, form, public_ip};

const PACE: Pace =
    Pace { write: 3_000, write_retry: 3, delete: 10_000, delete_retry: 10, latency: 570 };

/// `Microsoft.Network/publicIPPrefixes`.
pub(crate) struct Prefix;

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Network/publicIPPrefixes";

impl Provider for Prefix {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::ADDRESS_PREFIX, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        let stored = shape(world, put)?;
        Ok(nrp::accept(world, put, self, stored, PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_busy(world, id)?;
        let stored = world.body(id.as_str()).unwrap_or_default();
        let holder = body::text(&stored, "/properties/natGateway/id")
            .or_else(|| body::text(&stored, "/properties/publicIPAddresses/0/id"));
        if let Some(holder) = holder {
            return Err(Refusal::network(
                400,
                "PublicIpPrefixCannotBeDeleted",
                format!("Public IP prefix {id} is in use by {holder} and cannot be deleted."),
            ));
        }
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        nrp::settle(world, operation);
    }
}

fn shape(world: &mut World, put: &Put<'_>) -> Result<Value, Refusal> {
    let v6 = body::text(&put.body, "/properties/publicIPAddressVersion") == Some("IPv6");
    let length = body::number(&put.body, "/properties/prefixLength");
    let room = if v6 { 124..=127 } else { 28..=31 };
    let Some(length) = length.filter(|length| room.contains(length)) else {
        return Err(Refusal::network(
            400,
            "InvalidPublicIPPrefixLength",
            format!("The prefix length of {} must be within {room:?}.", put.id),
        ));
    };
    let keep = |field: &str| {
        let old = put.existing.as_ref();
        old.and_then(|old| old.pointer(&format!("/properties/{field}"))).cloned()
    };
    if keep("prefixLength").is_some_and(|old| old != json!(length)) {
        return Err(Refusal::network(
            400,
            "PropertyChangeNotAllowed",
            format!("The prefix length of {} cannot be changed.", put.id),
        ));
    }
    let guid = keep("resourceGuid").unwrap_or_else(|| json!(world.guid()));
    let range = keep("ipPrefix").unwrap_or_else(|| {
        let range = format!("{}/{length}", public_ip::address(world));
        json!(range.parse::<ipnet::IpNet>().map(|net| net.trunc().to_string()).unwrap_or(range))
    });
    let mut properties = json!({
        "resourceGuid": guid, "prefixLength": length, "ipPrefix": range, "ipTags": [],
        "publicIPAddressVersion": if v6 { "IPv6" } else { "IPv4" },
    });
    for field in ["natGateway", "publicIPAddresses"] {
        if let Some(kept) = keep(field) {
            properties[field] = kept;
        }
    }
    let mut stored = nrp::frame(put, &Prefix, &properties);
    body::fill(&mut stored, "/sku/name", "Standard");
    body::fill(&mut stored, "/sku/tier", "Regional");
    Ok(stored)
}
