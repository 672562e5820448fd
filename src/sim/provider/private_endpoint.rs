//! Private endpoints: an address in a subnet behind which a resource of Azure answers, the
//! interface that has it, and groups that write its name into private DNS zones.
//!
//! Facts of the published specification (network 2025-07-01) and of Azure's documentation on private
//! link: the owner of both sides approves by the act of making it.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::{Operation, Verb, Verdict};
use super::super::world::World;
use super::nrp::{self, Pace};
use super::private_dns::{ADDRESSES, address_set};
use super::{Answer, Provider, Put, range, subnet};

/// Chosen, as nothing is recorded: about what a NAT gateway takes, and longer.
const PACE: Pace =
    Pace { write: 30_000, write_retry: 10, delete: 20_000, delete_retry: 10, latency: 900 };

/// `Microsoft.Network/privateEndpoints`.
pub(crate) struct Endpoint;

/// `Microsoft.Network/privateEndpoints/privateDnsZoneGroups`.
pub(crate) struct ZoneGroup;

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Network/privateEndpoints";
const GROUP: &str = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";
const INTERFACE: &str = "Microsoft.Network/networkInterfaces";

impl Provider for Endpoint {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        let subnet = body::text(&put.body, "/properties/subnet/id").unwrap_or_default();
        nrp::referenced(world, put.id, subnet)?;
        let connections = body::list(&put.body, "/properties/privateLinkServiceConnections");
        let connection = connections.first().cloned().unwrap_or_default();
        let to = body::text(&connection, "/properties/privateLinkServiceId").unwrap_or_default();
        let groups = body::texts(&connection, "/properties/groupIds");
        let group = groups.first().copied().unwrap_or_default();
        takes(world, put.id, to, group)?;
        let old = put.existing.as_ref();
        let kept = old.and_then(|old| old.pointer("/properties/networkInterfaces")).cloned();
        let name = body::text(&put.body, "/properties/customNetworkInterfaceName");
        let address = occupy(world, put.id, (&put.location, name), subnet, kept.as_ref());
        let interface = interface_of(world, put.id).unwrap_or_default();
        let properties = shown(world, put, subnet, (to, group), &interface, &address);
        let stored = nrp::frame(put, self, &properties);
        let answer = nrp::accept(world, put, self, stored, PACE);
        connect(world, put.id, to, true);
        Ok(answer)
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_busy(world, id)?;
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        if operation.verb == Verb::Delete
            && operation.verdict == Verdict::Succeeded
            && let Ok(id) = ResourceId::parse(&operation.target)
        {
            leave(world, &id);
        }
        nrp::settle(world, operation);
    }
}

impl Provider for ZoneGroup {
    fn kind(&self) -> &'static str {
        GROUP
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        let Some(endpoint) = put.id.parent() else { return Err(self.absent(world, put.id)) };
        let others = world.children(endpoint.as_str(), "privateDnsZoneGroups");
        if others.iter().any(|other| !other.id.eq_ignore_ascii_case(put.id.as_str())) {
            return Err(Refusal::network(
                400,
                "PrivateDnsZoneGroupCountLimitReached",
                format!("Private endpoint {endpoint} has a private DNS zone group already."),
            ));
        }
        let mut properties = put.body.get("properties").cloned().unwrap_or_else(|| json!({}));
        let configs = body::list(&properties, "/privateDnsZoneConfigs").to_vec();
        let mut written = Vec::new();
        for mut config in configs {
            let zone = body::text(&config, "/properties/privateDnsZoneId").unwrap_or_default();
            nrp::referenced(world, put.id, zone)?;
            let sets = write(world, &endpoint, zone);
            body::set(&mut config, "/properties/recordSets", sets);
            written.push(config);
        }
        body::set(&mut properties, "/privateDnsZoneConfigs", written);
        let stored = nrp::frame(put, self, &properties);
        Ok(nrp::accept(world, put, self, stored, PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_busy(world, id)?;
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        if operation.verb == Verb::Delete && operation.verdict == Verdict::Succeeded {
            erase(world, &operation.target);
        }
        nrp::settle(world, operation);
    }
}

/// Refuses an endpoint to what is not there, or does not offer it: registries only at their highest
/// price (learn.microsoft.com/azure/container-registry/container-registry-private-link).
fn takes(world: &World, id: &ResourceId, to: &str, group: &str) -> Result<(), Refusal> {
    let found = nrp::referenced(world, id, to)?;
    let is_registry = body::text(&found, "/type").is_some_and(|kind| kind.ends_with("/registries"));
    if is_registry && body::text(&found, "/sku/name") != Some("Premium") {
        return Err(Refusal::network(
            400,
            "PrivateEndpointFeatureNotSupportedForSku",
            format!("Private endpoints are supported by registries of the SKU Premium only: {to}."),
        ));
    }
    if is_registry && group != "registry" {
        return Err(Refusal::network(
            400,
            "PrivateEndpointCannotBeCreatedWithInvalidGroupId",
            format!("Group id '{group}' is not offered by {to}; it offers 'registry'."),
        ));
    }
    Ok(())
}

/// Makes an endpoint as AKS does in the group of the nodes; returns its address.
pub(crate) fn stand(
    world: &mut World,
    id: &ResourceId,
    location: &str,
    subnet: &str,
    (to, group): (&str, &str),
) -> String {
    let kept = world.body(id.as_str());
    let kept = kept.as_ref().and_then(|old| old.pointer("/properties/networkInterfaces"));
    let address = occupy(world, id, (location, None), subnet, kept.cloned().as_ref());
    if world.get(id.as_str()).is_none() {
        let interface = interface_of(world, id).unwrap_or_default();
        let state = json!({ "status": "Approved", "description": "", "actionsRequired": "None" });
        let (guid, etag) = (world.guid(), world.etag());
        let stored = json!({
            "name": id.name(), "id": id.as_str(), "etag": etag, "type": KIND,
            "location": location, "properties": {
                "provisioningState": "Succeeded", "resourceGuid": guid,
                "subnet": { "id": subnet }, "networkInterfaces": [{ "id": interface }],
                "privateLinkServiceConnections": [{ "name": id.name(), "properties": {
                    "privateLinkServiceId": to, "groupIds": [group],
                    "privateLinkServiceConnectionState": state } }],
                "manualPrivateLinkServiceConnections": [], "customDnsConfigs": [],
            },
        });
        world.put(id.as_str(), KIND, &stored);
    }
    address
}

fn shown(
    world: &mut World,
    put: &Put<'_>,
    subnet: &str,
    (to, group): (&str, &str),
    interface: &str,
    address: &str,
) -> Value {
    let old = put.existing.as_ref();
    let guid = old.and_then(|old| body::text(old, "/properties/resourceGuid"));
    let guid = guid.map_or_else(|| world.guid(), str::to_owned);
    let mut connections =
        body::list(&put.body, "/properties/privateLinkServiceConnections").to_vec();
    for connection in &mut connections {
        let name = body::text(connection, "/name").unwrap_or_default().to_owned();
        body::set(connection, "/id", format!("{}/privateLinkServiceConnections/{name}", put.id));
        body::set(connection, "/type", format!("{KIND}/privateLinkServiceConnections"));
        body::set(connection, "/properties/provisioningState", "Succeeded");
        let state = json!({ "status": "Approved", "description": "Auto-Approved", "actionsRequired": "None" });
        body::set(connection, "/properties/privateLinkServiceConnectionState", state);
    }
    let has_group = !world.children(put.id.as_str(), "privateDnsZoneGroups").is_empty();
    let names: Vec<Value> = names(world, to, group)
        .into_iter()
        .filter(|_| !has_group)
        .map(|name| json!({ "fqdn": name, "ipAddresses": [address] }))
        .collect();
    let mut properties = json!({
        "resourceGuid": guid, "subnet": { "id": subnet }, "ipConfigurations": [],
        "networkInterfaces": [{ "id": interface }], "ipVersionType": "IPv4",
        "privateLinkServiceConnections": connections, "manualPrivateLinkServiceConnections": [],
        "customDnsConfigs": names,
    });
    let name = put.body.pointer("/properties/customNetworkInterfaceName");
    properties["customNetworkInterfaceName"] = name.cloned().unwrap_or_else(|| json!(""));
    properties
}

/// The names that lead to a resource, which an endpoint answers for.
fn names(world: &World, to: &str, group: &str) -> Vec<String> {
    let found = world.body(to).unwrap_or_default();
    let server = body::text(&found, "/properties/loginServer").unwrap_or_default();
    if group != "registry" || server.is_empty() {
        return Vec::new();
    }
    let location = body::text(&found, "/location").unwrap_or_default();
    let (name, rest) = server.split_once('.').unwrap_or((server, "azurecr.io"));
    vec![format!("{name}.{location}.data.{rest}"), server.to_owned()]
}

fn interface_of(world: &World, id: &ResourceId) -> Option<String> {
    let own = |entry: &Value| {
        body::text(entry, "/properties/privateEndpoint/id")
            .is_some_and(|of| of.eq_ignore_ascii_case(id.as_str()))
    };
    let group = id.group()?;
    let mut all = world.under(group.as_str()).filter(|entry| entry.is(INTERFACE));
    all.find(|entry| own(&entry.body())).map(|entry| entry.id.clone())
}

/// Gives an endpoint its interface and an address of the subnet; returns the address.
fn occupy(
    world: &mut World,
    id: &ResourceId,
    (location, name): (&str, Option<&str>),
    at: &str,
    kept: Option<&Value>,
) -> String {
    let interface = kept.and_then(|kept| body::text(kept, "/0/id")).map(str::to_owned);
    let interface = interface.or_else(|| interface_of(world, id)).unwrap_or_else(|| {
        let own = name.filter(|name| !name.is_empty()).map(str::to_owned);
        let own = own.unwrap_or_else(|| format!("{}.nic.{}", id.name(), world.guid()));
        id.group().unwrap_or_else(|| id.clone()).resource(INTERFACE, &own).to_string()
    });
    let configuration = format!("{interface}/ipConfigurations/privateEndpointIpConfig");
    let found = world.body(&interface).unwrap_or_default();
    let standing = body::text(&found, "/properties/ipConfigurations/0/properties/privateIPAddress");
    let address = standing.map_or_else(|| free(world, at), str::to_owned);
    if found.is_null() {
        let (guid, etag) = (world.guid(), world.etag());
        let stored = json!({
            "name": interface.rsplit('/').next(), "id": interface, "etag": etag, "type": INTERFACE,
            "location": location, "properties": {
                "provisioningState": "Succeeded", "resourceGuid": guid,
                "privateEndpoint": { "id": id.as_str() }, "nicType": "Standard",
                "ipConfigurations": [{ "name": "privateEndpointIpConfig", "id": configuration,
                    "properties": { "provisioningState": "Succeeded", "privateIPAddress": address,
                        "privateIPAllocationMethod": "Dynamic", "primary": true,
                        "privateIPAddressVersion": "IPv4", "subnet": { "id": at } } }],
            },
        });
        world.put(&interface, INTERFACE, &stored);
    }
    nrp::refer(world, at, "ipConfigurations", &configuration, true);
    nrp::refer(world, at, "privateEndpoints", id.as_str(), true);
    address
}

/// The next address of a subnet: Azure keeps the first four, and hands out in order.
fn free(world: &World, at: &str) -> String {
    let found = world.body(at).unwrap_or_default();
    let taken = body::list(&found, "/properties/ipConfigurations").len();
    let net = subnet::ranges(&found).first().and_then(|text| range::parse(text));
    let place = 4 + u64::try_from(taken).unwrap_or_default();
    let address = net.and_then(|net| range::nth(&net, place));
    address.map(|address| address.to_string()).unwrap_or_default()
}

/// Takes an endpoint out of its subnet, with its interface, its names and its connection.
fn leave(world: &mut World, id: &ResourceId) {
    let stored = world.body(id.as_str()).unwrap_or_default();
    let subnet = body::text(&stored, "/properties/subnet/id").unwrap_or_default().to_owned();
    let groups: Vec<String> =
        world.children(id.as_str(), "privateDnsZoneGroups").iter().map(|g| g.id.clone()).collect();
    for group in groups {
        erase(world, &group);
    }
    if let Some(interface) = interface_of(world, id) {
        let configuration = format!("{interface}/ipConfigurations/privateEndpointIpConfig");
        nrp::refer(world, &subnet, "ipConfigurations", &configuration, false);
        world.remove(&interface);
    }
    nrp::refer(world, &subnet, "privateEndpoints", id.as_str(), false);
    let at = "/properties/privateLinkServiceConnections/0/properties/privateLinkServiceId";
    let to = body::text(&stored, at).unwrap_or_default().to_owned();
    connect(world, id, &to, false);
}

/// Writes the connection into what the endpoint leads to, or takes it away.
fn connect(world: &mut World, id: &ResourceId, to: &str, stands: bool) {
    let name = format!("{}.connection", id.name());
    world.edit(to, |stored| {
        let at = "/properties/privateEndpointConnections";
        if stored.pointer(at).is_none() {
            return;
        }
        let mut all = body::list(stored, at).to_vec();
        let own = |one: &Value| {
            body::text(one, "/properties/privateEndpoint/id")
                .is_some_and(|of| of.eq_ignore_ascii_case(id.as_str()))
        };
        all.retain(|one| !own(one));
        if stands {
            all.push(json!({ "id": format!("{to}/privateEndpointConnections/{name}"),
                "name": name, "properties": { "provisioningState": "Succeeded",
                    "privateEndpoint": { "id": id.as_str() },
                    "privateLinkServiceConnectionState": { "status": "Approved",
                        "description": "Auto-Approved", "actionsRequired": "None" } } }));
        }
        body::set(stored, at, all);
    });
}

/// Writes the names of an endpoint into a zone; returns the sets as the group shows them.
fn write(world: &mut World, endpoint: &ResourceId, zone: &str) -> Vec<Value> {
    let stored = world.body(endpoint.as_str()).unwrap_or_default();
    let at = "/properties/privateLinkServiceConnections/0/properties";
    let to = body::text(&stored, &format!("{at}/privateLinkServiceId")).unwrap_or_default();
    let group = body::text(&stored, &format!("{at}/groupIds/0")).unwrap_or_default();
    let interface = interface_of(world, endpoint).and_then(|id| world.body(&id));
    let address = interface.as_ref().and_then(|one| {
        body::text(one, "/properties/ipConfigurations/0/properties/privateIPAddress")
    });
    let address = address.unwrap_or_default().to_owned();
    let Ok(zone) = ResourceId::parse(zone) else { return Vec::new() };
    // `privatelink.azurecr.io` stands for `azurecr.io`.
    let suffix = format!(".{}", zone.name().trim_start_matches("privatelink."));
    let mut sets = Vec::new();
    for fqdn in names(world, to, group) {
        let Some(name) = fqdn.strip_suffix(&suffix) else { continue };
        let id = zone.child("A", name);
        let properties = json!({ "ttl": 10, "aRecords": [{ "ipv4Address": address }],
            "metadata": { "creator": format!("created by private endpoint {}", endpoint.name()) } });
        let stored = address_set(world, &id, properties);
        world.put(id.as_str(), ADDRESSES, &stored);
        sets.push(json!({ "recordType": "A", "recordSetName": name, "fqdn": format!("{name}.{}", zone.name()),
            "ttl": 10, "ipAddresses": [address], "provisioningState": "Succeeded" }));
    }
    sets
}

/// Takes the names that a group wrote out of its zones.
fn erase(world: &mut World, group: &str) {
    let stored = world.body(group).unwrap_or_default();
    for config in body::list(&stored, "/properties/privateDnsZoneConfigs") {
        let zone = body::text(config, "/properties/privateDnsZoneId").unwrap_or_default();
        for set in body::list(config, "/properties/recordSets") {
            let name = body::text(set, "/recordSetName").unwrap_or_default();
            world.remove(&format!("{zone}/A/{name}"));
        }
    }
}
