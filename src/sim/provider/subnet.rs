//! Subnets: inside their network, apart from each other, kept while in use.

use ipnet::IpNet;
use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::{Operation, Verb, Verdict};
use super::super::region;
use super::super::world::{Entry, World};
use super::nrp::{self, Pace};
use super::{Answer, Provider, Put, form, range};

/// Medians of 70 recorded creations and 11 deletions.
const PACE: Pace =
    Pace { write: 2_000, write_retry: 3, delete: 10_500, delete_retry: 10, latency: 350 };

/// `Microsoft.Network/virtualNetworks/subnets`.
pub(crate) struct Subnet;

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Network/virtualNetworks/subnets";

/// The type of a delegation, which is no resource of its own.
const DELEGATION: &str = "Microsoft.Network/virtualNetworks/subnets/delegations";

/// What a subnet may refer to: its field, and the type's noun in Azure's messages.
const ATTACHMENTS: [&str; 3] = ["routeTable", "networkSecurityGroup", "natGateway"];

impl Provider for Subnet {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::SUBNET, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_busy(world, put.id)?;
        let parent = put.id.parent().unwrap_or_else(|| put.id.clone());
        let network = world.body(parent.as_str()).unwrap_or_default();
        let location = body::text(&network, "/location").unwrap_or_default();
        let stored = shape(world, (put.id, location), &put.body, put.existing.as_ref())?;
        let prefixes = prefixes_of(world, &parent);
        let mut siblings: Vec<Value> = world
            .children(parent.as_str(), "subnets")
            .iter()
            .map(|entry| entry.body())
            .filter(|sibling| !named(sibling, put.id.name()))
            .collect();
        siblings.push(stored.clone());
        check_all(&prefixes, &parent, &siblings)?;
        may_change(put.existing.as_ref(), &stored)?;
        let answer = nrp::accept(world, put, self, stored.clone(), PACE);
        associate(world, put.id.as_str(), put.existing.as_ref(), Some(&stored));
        Ok(answer)
    }

    fn patch(
        &self,
        _world: &mut World,
        asked: &Asked,
        _id: &ResourceId,
        _patch: Value,
    ) -> Result<Answer, Refusal> {
        Err(super::catalog::unknown_type(KIND, &asked.api))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::preconditions(world, asked, id)?;
        nrp::not_busy(world, id)?;
        not_in_use(&world.body(id.as_str()).unwrap_or_default())?;
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        tagged(nrp::with_tag(world, entry.body()))
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        nrp::absent_child(id)
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        if operation.verb == Verb::Delete && operation.verdict == Verdict::Succeeded {
            let_go(world, &operation.target);
        }
        nrp::settle(world, operation);
    }
}

/// Gives a subnet's delegations the tag of the subnet, as every recorded answer does.
pub(crate) fn tagged(mut shown: Value) -> Value {
    let etag = shown.get("etag").cloned().unwrap_or_default();
    let list = shown.pointer_mut("/properties/delegations").and_then(Value::as_array_mut);
    for delegation in list.into_iter().flatten() {
        body::set(delegation, "/etag", etag.clone());
    }
    shown
}

fn named(subnet: &Value, name: &str) -> bool {
    body::text(subnet, "/name").is_some_and(|other| other.eq_ignore_ascii_case(name))
}

fn prefixes_of(world: &World, network: &ResourceId) -> Vec<String> {
    let stored = world.body(network.as_str()).unwrap_or_default();
    let prefixes = body::texts(&stored, "/properties/addressSpace/addressPrefixes");
    prefixes.into_iter().map(str::to_owned).collect()
}

/// The ranges of a subnet's body.
pub(crate) fn ranges(subnet: &Value) -> Vec<String> {
    let mut found: Vec<&str> =
        body::text(subnet, "/properties/addressPrefix").into_iter().collect();
    found.extend(body::texts(subnet, "/properties/addressPrefixes"));
    found.into_iter().map(str::to_owned).collect()
}

/// Fields that are the provider's own.
const READ_ONLY: [&str; 8] = [
    "provisioningState",
    "applicationGatewayIPConfigurations",
    "ipConfigurations",
    "ipConfigurationProfiles",
    "privateEndpoints",
    "purpose",
    "resourceNavigationLinks",
    "serviceAssociationLinks",
];

/// Where a subnet says who holds it.
const HOLDERS: [&str; 2] =
    ["/properties/ipConfigurations", "/properties/applicationGatewayIPConfigurations"];

/// Makes what is stored of a subnet's body.
fn shape(
    world: &World,
    (id, location): (&ResourceId, &str),
    given: &Value,
    existing: Option<&Value>,
) -> Result<Value, Refusal> {
    let mut properties = json!({
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    });
    for (name, value) in given.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if !READ_ONLY.contains(&name.as_str()) {
            properties[name.as_str()] = value.clone();
        }
    }
    let mut stored = json!({
        "name": id.name(), "id": id.as_str(), "type": KIND, "properties": properties,
    });
    let found = ranges(&stored);
    if found.is_empty() {
        return Err(Refusal::network(
            400,
            "NoAddressPrefixOrPoolProvided",
            format!("No address prefix or pool has been provided for the resource {id}."),
        ));
    }
    for text in &found {
        range::parse(text).ok_or_else(|| range::invalid_prefix(text, id))?;
    }
    for field in ATTACHMENTS {
        if let Some(to) = body::text(&stored, &format!("/properties/{field}/id")) {
            let held = nrp::referenced(world, id, to)?;
            may_serve((id, location), field, &held)?;
            let only = json!({ "id": to });
            body::set(&mut stored, &format!("/properties/{field}"), only);
        }
    }
    dress_delegations(&mut stored, id);
    dress_endpoints(&mut stored);
    for list in HOLDERS {
        let used = existing.and_then(|old| old.pointer(list));
        if let Some(used) = used {
            body::set(&mut stored, list, used.clone());
        }
    }
    Ok(stored)
}

/// Refuses what stands in another region, and a NAT gateway of another network's subnets
/// (<https://github.com/microsoft/azure_arc/issues/3288>; nat-overview).
fn may_serve(
    (id, location): (&ResourceId, &str),
    field: &str,
    held: &Value,
) -> Result<(), Refusal> {
    let Some(network) = id.parent() else { return Ok(()) };
    let to = body::text(held, "/id").unwrap_or_default();
    if body::text(held, "/location").is_some_and(|there| there != region::plain(location)) {
        return Err(nrp::no_reference(id, to));
    }
    let subnets = body::list(held, "/properties/subnets").iter();
    let mut subnets = subnets.filter_map(|subnet| body::text(subnet, "/id"));
    let elsewhere = subnets.find(|subnet| {
        let parent = ResourceId::parse(subnet).ok().and_then(|subnet| subnet.parent());
        parent.is_some_and(|parent| parent != network)
    });
    match elsewhere.filter(|_| field == "natGateway") {
        Some(other) => Err(Refusal::network(
            400,
            "NatGatewayCannotBeUsedBySubnetsBelongingToDifferentVirtualNetworks",
            format!(
                "NAT gateway {to} cannot be used by subnets {other} and {id} because they belong to \
                 different virtual networks."
            ),
        )),
        None => Ok(()),
    }
}

fn dress_delegations(stored: &mut Value, id: &ResourceId) {
    let Some(list) = stored.pointer_mut("/properties/delegations").and_then(Value::as_array_mut)
    else {
        return;
    };
    for delegation in list {
        let name = body::text(delegation, "/name").unwrap_or_default().to_owned();
        let service =
            body::text(delegation, "/properties/serviceName").unwrap_or_default().to_owned();
        body::take(delegation, "/etag");
        body::set(delegation, "/id", format!("{id}/delegations/{name}"));
        body::set(delegation, "/type", DELEGATION);
        body::set(delegation, "/properties/provisioningState", "Succeeded");
        let action = match service.to_ascii_lowercase().as_str() {
            "microsoft.containerinstance/containergroups" => "action",
            _ => "join/action",
        };
        let actions = json!([format!("Microsoft.Network/virtualNetworks/subnets/{action}")]);
        body::set(delegation, "/properties/actions", actions);
    }
}

/// Delegates a subnet of pods as AKS does when the first of them gets an address, and leaves it so
/// (github.com/Azure/ARO-HCP/pull/469).
pub(crate) fn hand_to_aks(stored: &mut Value) {
    if !body::list(stored, "/properties/delegations").is_empty() {
        return;
    }
    let Some(id) = body::text(stored, "/id").and_then(|id| ResourceId::parse(id).ok()) else {
        return;
    };
    let service = "Microsoft.ContainerService/managedClusters";
    let own = json!([{ "name": "aks-delegation", "properties": { "serviceName": service } }]);
    body::set(stored, "/properties/delegations", own);
    dress_delegations(stored, &id);
}

fn dress_endpoints(stored: &mut Value) {
    let list = stored.pointer_mut("/properties/serviceEndpoints").and_then(Value::as_array_mut);
    for endpoint in list.into_iter().flatten() {
        body::fill(endpoint, "/locations", json!(["*"]));
        body::set(endpoint, "/provisioningState", "Succeeded");
    }
}

/// Refuses a subnet outside its network, and two that overlap.
pub(crate) fn check_all(
    prefixes: &[String],
    network: &ResourceId,
    subnets: &[Value],
) -> Result<(), Refusal> {
    let texts: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    let space = range::parse_all(&texts);
    let mut seen: Vec<(IpNet, String)> = Vec::new();
    for subnet in subnets {
        let name = body::text(subnet, "/name").unwrap_or_default();
        for text in ranges(subnet) {
            let Some(net) = range::parse(&text) else { continue };
            suits(name, network, &net)?;
            if !space.iter().any(|prefix| prefix.contains(&net)) {
                return Err(Refusal::network(
                    400,
                    "NetcfgSubnetRangeOutsideVnet",
                    format!(
                        "Subnet '{name}' is not valid because its IP address range is outside the \
                         IP address range of virtual network '{}'.",
                        network.name()
                    ),
                ));
            }
            if let Some((_, other)) = seen.iter().find(|(other, _)| range::overlap(&net, other)) {
                return Err(Refusal::network(
                    400,
                    "NetcfgSubnetRangesOverlap",
                    format!(
                        "Subnet '{name}' is not valid because its IP address range overlaps with \
                         that of an existing subnet '{other}' in virtual network '{}'.",
                        network.name()
                    ),
                ));
            }
            seen.push((net, name.to_owned()));
        }
    }
    Ok(())
}

/// Subnets are a /29 at least, and of IPv6 a /64 (virtual-networks-faq).
fn suits(name: &str, network: &ResourceId, net: &IpNet) -> Result<(), Refusal> {
    let fits = match net {
        IpNet::V4(net) => net.prefix_len() <= 29,
        IpNet::V6(net) => net.prefix_len() == 64,
    };
    if fits {
        return Ok(());
    }
    Err(Refusal::network(
        400,
        "NetcfgInvalidSubnet",
        format!("Subnet '{name}' is not valid in virtual network '{}'.", network.name()),
    ))
}

/// Refuses a network's new ranges that leave one of its subnets outside.
pub(crate) fn still_inside(
    world: &World,
    network: &ResourceId,
    prefixes: &[String],
) -> Result<(), Refusal> {
    let subnets: Vec<Value> =
        world.children(network.as_str(), "subnets").iter().map(|entry| entry.body()).collect();
    check_all(prefixes, network, &subnets)
}

/// Reads the subnets of a network's body.
pub(crate) fn listed(
    world: &World,
    put: &Put<'_>,
    listed: &[Value],
) -> Result<Vec<Value>, Refusal> {
    let mut found = Vec::new();
    for given in listed {
        let name = body::text(given, "/name").unwrap_or_default();
        let id = put.id.child("subnets", name);
        let existing = world.body(id.as_str());
        let stored = shape(world, (&id, &put.location), given, existing.as_ref())?;
        may_change(existing.as_ref(), &stored)?;
        found.push(stored);
    }
    Ok(found)
}

/// Refuses to drop a subnet of the network that is in use and not among those wanted.
pub(crate) fn may_drop(
    world: &World,
    network: &ResourceId,
    wanted: &[Value],
) -> Result<(), Refusal> {
    for entry in world.children(network.as_str(), "subnets") {
        let stored = entry.body();
        let name = body::text(&stored, "/name").unwrap_or_default();
        if !wanted.iter().any(|subnet| named(subnet, name)) {
            not_in_use(&stored)?;
        }
    }
    Ok(())
}

fn not_in_use(stored: &Value) -> Result<(), Refusal> {
    let user = HOLDERS.iter().find_map(|list| body::text(stored, &format!("{list}/0/id")));
    let Some(user) = user else { return Ok(()) };
    let name = body::text(stored, "/name").unwrap_or_default();
    Err(Refusal::network(
        400,
        "InUseSubnetCannotBeDeleted",
        format!(
            "Subnet {name} is in use by {user} and cannot be deleted. In order to delete the \
             subnet, delete all the resources within the subnet. See aka.ms/deletesubnet."
        ),
    ))
}

/// Refuses to move a subnet under what lives in it.
fn may_change(existing: Option<&Value>, new: &Value) -> Result<(), Refusal> {
    let Some(old) = existing else { return Ok(()) };
    let stays = |range: &String| ranges(new).contains(range);
    // A range may join those in use (learn.microsoft.com, add-dual-stack-ipv6-vm-cli).
    if ranges(old).iter().all(stays) || not_in_use(old).is_ok() {
        return Ok(());
    }
    let name = body::text(old, "/name").unwrap_or_default();
    let user = body::text(old, "/properties/ipConfigurations/0/id").unwrap_or_default();
    Err(Refusal::network(
        400,
        "InUsePrefixCannotBeDeleted",
        format!(
            "IpPrefix {} on Subnet {name} has active allocations and cannot be deleted. It is in use by {user}.",
            ranges(old).join(",")
        ),
    ))
}

/// Whether the subnets of a network would change.
pub(crate) fn differ(world: &World, network: &ResourceId, wanted: &[Value]) -> bool {
    let children = world.children(network.as_str(), "subnets");
    children.len() != wanted.len()
        || wanted.iter().any(|subnet| {
            let id = body::text(subnet, "/id").unwrap_or_default();
            world.body(id).is_none_or(|mut stored| {
                body::take(&mut stored, "/properties/provisioningState");
                stored != *subnet
            })
        })
}

/// Makes the subnets of a network those given.
pub(crate) fn replace(world: &mut World, network: &ResourceId, wanted: Vec<Value>) {
    let children: Vec<String> =
        world.children(network.as_str(), "subnets").iter().map(|entry| entry.id.clone()).collect();
    for id in children {
        let kept = wanted.iter().any(|subnet| {
            body::text(subnet, "/id").is_some_and(|wanted| wanted.eq_ignore_ascii_case(&id))
        });
        if !kept {
            let_go(world, &id);
            world.remove(&id);
        }
    }
    let updating = world.body(network.as_str()).is_some_and(|stored| {
        body::text(&stored, "/properties/provisioningState") == Some("Updating")
    });
    for mut subnet in wanted {
        let id = body::text(&subnet, "/id").unwrap_or_default().to_owned();
        let existing = world.body(&id);
        associate(world, &id, existing.as_ref(), Some(&subnet));
        let state = if updating { "Updating" } else { "Succeeded" };
        body::set(&mut subnet, "/properties/provisioningState", state);
        world.put(&id, KIND, &subnet);
    }
}

/// Tells what a subnet was attached to that it no longer is.
pub(crate) fn let_go(world: &mut World, id: &str) {
    let existing = world.body(id);
    associate(world, id, existing.as_ref(), None);
}

/// Keeps the lists of subnets in route tables, security groups and NAT gateways.
fn associate(world: &mut World, id: &str, old: Option<&Value>, new: Option<&Value>) {
    for field in ATTACHMENTS {
        let at = format!("/properties/{field}/id");
        let before = old.and_then(|old| body::text(old, &at)).map(str::to_owned);
        let after = new.and_then(|new| body::text(new, &at)).map(str::to_owned);
        if before == after {
            continue;
        }
        if let Some(owner) = before {
            nrp::refer(world, &owner, "subnets", id, false);
        }
        if let Some(owner) = after {
            nrp::refer(world, &owner, "subnets", id, true);
        }
    }
}
