//! Azure Bastion: in a subnet that bears its name, behind a public address; the shared one in none.
//!
//! Recorded by `Test_Networking_BastionHost_20250301_CRUD`; the rest from Azure's documentation
//! (bastion/configuration-settings, bastion/bastion-nsg).

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::{Operation, Verb, Verdict};
use super::super::world::World;
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put, range, subnet};

/// "About 10 minutes"; `Retry-After` as recorded.
const PACE: Pace =
    Pace { write: 540_000, write_retry: 10, delete: 240_000, delete_retry: 10, latency: 1_200 };

/// `Microsoft.Network/bastionHosts`.
pub(crate) struct Bastion;

const KIND: &str = "Microsoft.Network/bastionHosts";

/// What each can do, the least first.
const SKUS: [&str; 4] = ["Developer", "Basic", "Standard", "Premium"];

const SUBNET: &str = "/properties/ipConfigurations/0/properties/subnet/id";
const ADDRESS: &str = "/properties/ipConfigurations/0/properties/publicIPAddress/id";

impl Provider for Bastion {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        let sku = body::text(&put.body, "/sku/name").unwrap_or("Basic").to_owned();
        switches(put, &sku)?;
        if sku == "Developer" {
            let network = body::text(&put.body, "/properties/virtualNetwork/id");
            nrp::referenced(world, put.id, network.unwrap_or_default())?;
        } else {
            stands(world, put)?;
        }
        let stored = shape(world, put, &sku);
        let answer = nrp::accept(world, put, self, stored, PACE);
        occupy(world, put.id, &put.body, true);
        Ok(answer)
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_busy(world, id)?;
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        let gone = operation.verb == Verb::Delete && operation.verdict == Verdict::Succeeded;
        if let (true, Ok(id)) = (gone, ResourceId::parse(&operation.target)) {
            let stored = world.body(id.as_str()).unwrap_or_default();
            occupy(world, &id, &stored, false);
        } else if operation.verdict == Verdict::Succeeded {
            let name = format!("bst-{}.bastion.azure.com", world.guid());
            world.edit(&operation.target, |stored| {
                body::fill(stored, "/properties/dnsName", name);
            });
        }
        nrp::settle(world, operation);
    }
}

/// Refuses what a Bastion of this price cannot do, and one that is to be had for less.
fn switches(put: &Put<'_>, sku: &str) -> Result<(), Refusal> {
    let rank = |sku: &str| SKUS.iter().position(|known| *known == sku);
    let Some(wanted) = rank(sku) else {
        let text = format!("The Bastion SKU '{sku}' is not one of {}.", SKUS.join(", "));
        return Err(Refusal::network(400, "InvalidBastionHostSku", text));
    };
    let old = put.existing.as_ref().and_then(|old| body::text(old, "/sku/name"));
    if old.and_then(rank).is_some_and(|old| wanted < old) {
        let text = format!("Bastion host {} cannot be downgraded to {sku}.", put.id);
        return Err(Refusal::network(400, "BastionHostSkuDowngradeNotSupported", text));
    }
    let tunnels = body::flag(&put.body, "/properties/enableTunneling");
    if tunnels && wanted < 2 {
        let text = format!("Native client support needs SKU Standard or higher: {}.", put.id);
        return Err(Refusal::network(400, "BastionHostFeatureNotSupportedForSku", text));
    }
    Ok(())
}

/// Refuses another subnet than that of the fixed name, one that is too small, rules that shut it
/// out, and an address that is not static or held by another.
fn stands(world: &World, put: &Put<'_>) -> Result<(), Refusal> {
    let at = body::text(&put.body, SUBNET).unwrap_or_default();
    let found = nrp::referenced(world, put.id, at)?;
    if at.rsplit('/').next() != Some("AzureBastionSubnet") {
        return Err(Refusal::network(
            400,
            "InvalidBastionHostSubnet",
            format!(
                "Bastion host {} can only be created in subnet with name 'AzureBastionSubnet'.",
                put.id
            ),
        ));
    }
    let nets = subnet::ranges(&found);
    if nets.iter().filter_map(|text| range::parse(text)).any(|net| net.prefix_len() > 26) {
        return Err(Refusal::network(
            400,
            "BastionHostSubnetTooSmall",
            format!(
                "Subnet {at} must have a prefix of /26 or shorter for Bastion host {}.",
                put.id
            ),
        ));
    }
    if let Some(group) = body::text(&found, "/properties/networkSecurityGroup/id") {
        lets_through(world, group)?;
    }
    let address = body::text(&put.body, ADDRESS).unwrap_or_default();
    let held = nrp::referenced(world, put.id, address)?;
    let holder = body::text(&held, "/properties/ipConfiguration/id")
        .or_else(|| body::text(&held, "/properties/natGateway/id"));
    let ours = |holder: &str| holder.to_lowercase().starts_with(&put.id.as_str().to_lowercase());
    if let Some(holder) = holder.filter(|holder| !ours(holder)) {
        return Err(Refusal::network(
            400,
            "PublicIPAddressInUse",
            format!(
                "Resource {} is referencing public IP address {address} that is already allocated to resource {holder}.",
                put.id
            ),
        ));
    }
    if body::text(&held, "/sku/name") != Some("Standard") {
        let text = format!("Bastion host {} needs a public IP address of SKU Standard.", put.id);
        return Err(Refusal::network(400, "BastionHostPublicIpNotStandard", text));
    }
    Ok(())
}

/// Refuses a security group without all the rules that a Bastion's subnet has to have.
fn lets_through(world: &World, group: &str) -> Result<(), Refusal> {
    let rules: Vec<Value> =
        world.children(group, "securityRules").iter().map(|rule| rule.body()).collect();
    let has = |direction: &str, at: &str, who: &str, port: &str| {
        rules.iter().any(|rule| {
            let text = |name: &str| body::text(rule, &format!("/properties/{name}"));
            let ports = body::texts(rule, "/properties/destinationPortRanges");
            text("direction") == Some(direction)
                && text("access") == Some("Allow")
                && text(at) == Some(who)
                && (text("destinationPortRange") == Some(port) || ports.contains(&port))
        })
    };
    let needed = has("Inbound", "sourceAddressPrefix", "Internet", "443")
        && has("Inbound", "sourceAddressPrefix", "GatewayManager", "443")
        && has("Outbound", "destinationAddressPrefix", "AzureCloud", "443")
        && ["22", "3389"]
            .iter()
            .all(|port| has("Outbound", "destinationAddressPrefix", "VirtualNetwork", port));
    if needed {
        return Ok(());
    }
    Err(Refusal::network(
        400,
        "NetworkSecurityGroupNotCompliantForAzureBastionSubnet",
        format!(
            "Network security group {group} does not have necessary rules for Azure Bastion Subnet \
             AzureBastionSubnet."
        ),
    ))
}

fn shape(world: &mut World, put: &Put<'_>, sku: &str) -> Value {
    let old = put.existing.as_ref();
    let mut properties = put.body.get("properties").cloned().unwrap_or_else(|| json!({}));
    body::take(&mut properties, "/provisioningState");
    if sku != "Developer" {
        body::fill(&mut properties, "/scaleUnits", 2);
        let address = body::text(&put.body, ADDRESS).unwrap_or_default();
        body::set(&mut properties, "/publicUri", address);
    }
    let kept = old.and_then(|old| old.pointer("/properties/dnsName")).cloned();
    if let Some(kept) = kept {
        properties["dnsName"] = kept;
    }
    let etag = world.etag();
    let list = properties.get_mut("ipConfigurations").and_then(Value::as_array_mut);
    for item in list.into_iter().flatten() {
        let name = body::text(item, "/name").unwrap_or_default().to_owned();
        item["id"] = json!(format!("{}/bastionHostIpConfigurations/{name}", put.id));
        item["type"] = json!(format!("{KIND}/bastionHostIpConfigurations"));
        item["etag"] = json!(etag);
        body::set(item, "/properties/provisioningState", "Succeeded");
        body::set(item, "/properties/privateIPAllocationMethod", "Dynamic");
    }
    let mut stored = nrp::frame(put, &Bastion, &properties);
    stored["sku"] = json!({ "name": sku });
    stored
}

/// Takes an address and a place in the subnet, or gives both back.
fn occupy(world: &mut World, id: &ResourceId, of: &Value, stands: bool) {
    for item in body::list(of, "/properties/ipConfigurations") {
        let name = body::text(item, "/name").unwrap_or_default();
        let own = format!("{id}/bastionHostIpConfigurations/{name}");
        let subnet = body::text(item, "/properties/subnet/id").unwrap_or_default();
        nrp::refer(world, subnet, "ipConfigurations", &own, stands);
        let address = body::text(item, "/properties/publicIPAddress/id").unwrap_or_default();
        world.edit(address, |stored| {
            body::take(stored, "/properties/ipConfiguration");
            if stands {
                body::set(stored, "/properties/ipConfiguration", json!({ "id": own }));
            }
        });
    }
}
