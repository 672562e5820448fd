//! Virtual networks. Their subnets and peerings are resources of their own, shown inside.
//!
//! A PUT that names no subnets keeps them (api-version 2023-11-01 and later); one with a list
//! replaces them, and is refused when that would drop a subnet in use.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::Operation;
use super::super::ops::set_state;
use super::super::world::{Entry, World};
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put, form, peering, range, subnet};

/// Medians of 131 recorded creations and 8 deletions.
const PACE: Pace =
    Pace { write: 3_000, write_retry: 3, delete: 10_000, delete_retry: 10, latency: 580 };

/// `Microsoft.Network/virtualNetworks`.
pub(crate) struct VirtualNetwork;

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Network/virtualNetworks";

impl Provider for VirtualNetwork {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::NETWORK, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        let prefixes = address_space(put)?;
        peering::may_have(world, put.id, &prefixes)?;
        let listed = put.body.pointer("/properties/subnets").and_then(Value::as_array);
        let wanted = listed.map(|listed| subnet::listed(world, put, listed)).transpose()?;
        if let Some(wanted) = &wanted {
            subnet::check_all(&prefixes, put.id, wanted)?;
            subnet::may_drop(world, put.id, wanted)?;
        } else if put.asked.api.as_str() >= "2023-11-01" {
            subnet::still_inside(world, put.id, &prefixes)?;
        } else {
            subnet::may_drop(world, put.id, &[])?;
        }
        let stored = shape(world, put, &prefixes);
        let changes = wanted.as_ref().is_some_and(|wanted| subnet::differ(world, put.id, wanted));
        let stored = if changes { mark(stored) } else { stored };
        let mut answer = nrp::accept(world, put, self, stored, PACE);
        if let Some(wanted) = wanted {
            subnet::replace(world, put.id, wanted);
        } else if put.asked.api.as_str() < "2023-11-01" {
            subnet::replace(world, put.id, Vec::new());
        }
        world.edit(put.id.as_str(), |stored| {
            body::take(stored, "/properties/subnetsChanged");
        });
        answer.body = world.get(put.id.as_str()).map(|entry| self.show(world, entry));
        Ok(answer)
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::preconditions(world, asked, id)?;
        nrp::not_busy(world, id)?;
        subnet::may_drop(world, id, &[])?;
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        let mut shown = entry.body();
        for (field, collection) in
            [("subnets", "subnets"), ("virtualNetworkPeerings", "virtualNetworkPeerings")]
        {
            let children = world.children(&entry.id, collection);
            let shown_children: Vec<Value> = children
                .iter()
                .map(|child| tagged(&shown, peering::shown(world, child.body())))
                .collect();
            body::set(&mut shown, &format!("/properties/{field}"), shown_children);
        }
        shown
    }

    fn as_of(&self, mut shown: Value, api: &str) -> Value {
        if api < "2024-03-01" {
            body::take(&mut shown, "/properties/privateEndpointVNetPolicies");
        }
        shown
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        let gone = operation.verb == super::super::operation::Verb::Delete;
        let children: Vec<String> =
            world.under(&operation.target).map(|child| child.id.clone()).collect();
        if gone {
            for child in &children {
                subnet::let_go(world, child);
                peering::part(world, child);
            }
        }
        nrp::settle(world, operation);
        let updating = |world: &World, id: &str| {
            world.body(id).is_some_and(|stored| {
                body::text(&stored, "/properties/provisioningState") == Some("Updating")
            })
        };
        for child in children {
            if updating(world, &child) {
                set_state(world, &child, "Succeeded");
            }
        }
    }
}

/// A change in the list of subnets shows in the compared body.
fn mark(mut stored: Value) -> Value {
    body::set(&mut stored, "/properties/subnetsChanged", true);
    stored
}

fn tagged(owner: &Value, mut child: Value) -> Value {
    if let Some(etag) = owner.get("etag") {
        child["etag"] = etag.clone();
    }
    super::subnet::tagged(child)
}

fn shape(world: &mut World, put: &Put<'_>, prefixes: &[String]) -> Value {
    let old = put.existing.as_ref();
    let guid = old
        .and_then(|old| body::text(old, "/properties/resourceGuid"))
        .map_or_else(|| world.guid(), str::to_owned);
    let mut properties = json!({
        "resourceGuid": guid,
        "addressSpace": { "addressPrefixes": prefixes },
        "privateEndpointVNetPolicies": "Disabled",
        "enableDdosProtection": false,
    });
    if let Some(given) = put.body.get("properties").and_then(Value::as_object) {
        for (name, value) in given {
            let derived = [
                "subnets",
                "virtualNetworkPeerings",
                "addressSpace",
                "resourceGuid",
                "provisioningState",
                "defaultPublicNatGateway",
            ];
            let dropped = name == "enableVmProtection" && value == false;
            if !derived.contains(&name.as_str()) && !dropped {
                properties[name.as_str()] = value.clone();
            }
        }
    }
    if properties.get("dhcpOptions").is_some() {
        body::fill(&mut properties, "/dhcpOptions/dnsServers", json!([]));
    }
    nrp::frame(put, &VirtualNetwork, &properties)
}

fn address_space(put: &Put<'_>) -> Result<Vec<String>, Refusal> {
    let given = body::texts(&put.body, "/properties/addressSpace/addressPrefixes");
    if given.is_empty() {
        return Err(Refusal::network(
            400,
            "NoAddressPrefixOrPoolProvided",
            format!("No address prefix or pool has been provided for the resource {}.", put.id),
        ));
    }
    let mut nets = Vec::new();
    for text in &given {
        let Some(net) = range::parse(text) else {
            return Err(range::invalid_prefix(text, put.id));
        };
        if let Some(other) = nets.iter().find(|other| range::overlap(&net, other)) {
            return Err(Refusal::network(
                400,
                "VnetAddressSpacesOverlap",
                format!(
                    "Address space of virtual network {} contains overlapping prefixes {other} and \
                     {net}.",
                    put.id.name()
                ),
            ));
        }
        nets.push(net);
    }
    Ok(given.into_iter().map(str::to_owned).collect())
}

/// Removes a group and what lies in it, and what other groups say of that.
pub(crate) fn forget_group(world: &mut World, group: &str) {
    let children: Vec<String> = world
        .under(group)
        .filter(|entry| entry.is(subnet::KIND) || entry.is(peering::KIND))
        .map(|entry| entry.id.clone())
        .collect();
    for id in children {
        subnet::let_go(world, &id);
        peering::part(world, &id);
    }
    world.remove(group);
}
