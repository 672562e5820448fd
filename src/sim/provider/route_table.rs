//! Route tables and their routes; AKS writes kubenet's pod routes here too.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::error::Refusal;
use super::super::operation::Operation;
use super::super::world::{Entry, World};
use super::nrp::{self, Pace};
use super::parts::{self, Parts};
use super::{Answer, Provider, Put, form, range};

/// Medians of 14 recorded creations.
const PACE: Pace =
    Pace { write: 2_000, write_retry: 2, delete: 2_000, delete_retry: 2, latency: 510 };
/// Medians of 17 recorded creations.
const ROUTE_PACE: Pace = Pace { latency: 290, ..PACE };

/// The most routes a table takes (Azure's limit, and the reason for kubenet's 400 nodes).
const MOST_ROUTES: usize = 400;

/// Where a route may lead.
const HOPS: [&str; 5] =
    ["VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None"];

/// `Microsoft.Network/routeTables`.
pub(crate) struct RouteTable;
/// `Microsoft.Network/routeTables/routes`.
pub(crate) struct Route;

/// The type of a table.
pub(crate) const TABLE: &str = "Microsoft.Network/routeTables";
/// The type of a route.
pub(crate) const ROUTE: &str = "Microsoft.Network/routeTables/routes";

const ROUTES: Parts = Parts { list: "routes", kind: ROUTE };

impl Provider for RouteTable {
    fn kind(&self) -> &'static str {
        TABLE
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::TABLE, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_retryable(world, put.id)?;
        let wanted = ROUTES.wanted(put, route)?;
        apart(wanted.as_deref().unwrap_or_default())?;
        let stored = table(world, put);
        Ok(ROUTES.accept(world, put, self, (stored, wanted), PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::preconditions(world, asked, id)?;
        nrp::not_retryable(world, id)?;
        let stored = world.body(id.as_str()).unwrap_or_default();
        if let Some(subnet) = body::text(&stored, "/properties/subnets/0/id") {
            return Err(Refusal::network(
                400,
                "InUseRouteTableCannotBeDeleted",
                format!(
                    "Route table {} is in use and cannot be deleted. It is associated with the following subnet(s): {subnet}.",
                    id.name()
                ),
            ));
        }
        Ok(nrp::remove(world, asked, id, PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        ROUTES.shown(world, entry)
    }

    fn as_of(&self, mut shown: Value, api: &str) -> Value {
        // Recorded with 2025-03-01, and not with 2024-03-01.
        if api < "2024-05-01" {
            body::take(&mut shown, "/properties/disablePeeringRoute");
        }
        shown
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        nrp::settle(world, operation);
    }
}

impl Provider for Route {
    fn kind(&self) -> &'static str {
        ROUTE
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::get(world, self, id)
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        nrp::readable(&form::network::ROUTE, &put.body)?;
        nrp::preconditions(world, put.asked, put.id)?;
        nrp::not_retryable(world, put.id)?;
        let stored = route(put.id, &put.body)?;
        let table = put.id.parent().unwrap_or_else(|| put.id.clone());
        let mut all = ROUTES.of(world, table.as_str());
        let own = |route: &Value| body::text(route, "/name") == Some(put.id.name());
        all.retain(|route| !own(route));
        all.push(stored.clone());
        apart(&all)?;
        if all.len() > MOST_ROUTES {
            return Err(Refusal::network(
                400,
                "RouteTableRouteLimitReached",
                format!("Cannot create more than {MOST_ROUTES} routes for route table {table}."),
            ));
        }
        Ok(nrp::accept(world, put, self, stored, ROUTE_PACE))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        nrp::not_retryable(world, id)?;
        Ok(nrp::remove(world, asked, id, ROUTE_PACE))
    }

    fn show(&self, world: &World, entry: &Entry) -> Value {
        nrp::with_tag(world, entry.body())
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        nrp::absent_child(id)
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        nrp::settle(world, operation);
    }
}

fn table(world: &mut World, put: &Put<'_>) -> Value {
    let mut properties = parts::kept(world, put);
    let propagation =
        put.body.pointer("/properties/disableBgpRoutePropagation").cloned().unwrap_or(json!(false));
    properties["disableBgpRoutePropagation"] = propagation;
    let said = put.body.pointer("/properties/disablePeeringRoute").cloned();
    // All five recorded tables since 2025: shown where the gateway's routes come in, not else.
    let implied = (properties["disableBgpRoutePropagation"] == json!(false)).then(|| json!("None"));
    if let Some(peering) = said.or(implied) {
        properties["disablePeeringRoute"] = peering;
    }
    nrp::frame(put, &RouteTable, &properties)
}

/// Refuses two routes of one prefix
/// (github.com/kubernetes-sigs/cloud-provider-azure/issues/657).
fn apart(routes: &[Value]) -> Result<(), Refusal> {
    let prefix = |route: &Value| {
        body::text(route, "/properties/addressPrefix").unwrap_or_default().to_ascii_lowercase()
    };
    let mut seen: HashMap<String, &Value> = HashMap::new();
    for route in routes {
        let Some(other) = seen.insert(prefix(route), route) else { continue };
        let name = |route: &Value| body::text(route, "/name").unwrap_or_default().to_owned();
        return Err(Refusal::network(
            400,
            "RouteConflict",
            format!(
                "Route: {} conflicts with Route: {}. Routes cannot have the same AddressPrefix.",
                name(route),
                name(other)
            ),
        ));
    }
    Ok(())
}

/// Makes what is stored of a route's body.
fn route(id: &ResourceId, given: &Value) -> Result<Value, Refusal> {
    let mut properties = json!({ "hasBgpOverride": false });
    for field in ["addressPrefix", "nextHopType", "nextHopIpAddress", "nextHop"] {
        if let Some(value) = given.pointer(&format!("/properties/{field}")) {
            properties[field] = value.clone();
        }
    }
    let prefix = body::text(&properties, "/addressPrefix").unwrap_or_default();
    let is_tag =
        prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') && !prefix.is_empty();
    if range::parse(prefix).is_none() && (!is_tag || prefix.contains('/')) {
        return Err(range::invalid_prefix(prefix, id));
    }
    let hop = body::text(&properties, "/nextHopType").unwrap_or_default();
    if !HOPS.iter().any(|known| known.eq_ignore_ascii_case(hop)) {
        return Err(Refusal::network(
            400,
            "InvalidRequestFormat",
            format!("Cannot parse the request: '{hop}' is no next hop type of route {id}."),
        ));
    }
    let address = body::text(&properties, "/nextHopIpAddress");
    if hop.eq_ignore_ascii_case("VirtualAppliance") && address.is_none_or(str::is_empty) {
        return Err(Refusal::network(
            400,
            "RouteNextHopIpAddressMissing",
            format!(
                "Next hop IP address of route {id} must be given when the next hop type is VirtualAppliance."
            ),
        ));
    }
    // virtual-networks-udr-overview: only an appliance has an address.
    if !hop.eq_ignore_ascii_case("VirtualAppliance") && address.is_some_and(|ip| !ip.is_empty()) {
        return Err(Refusal::network(
            400,
            "RouteNextHopIpAddressNotAllowed",
            format!(
                "Next hop IP address of route {id} must not be given when the next hop type is {hop}."
            ),
        ));
    }
    Ok(json!({ "name": id.name(), "id": id.as_str(), "type": ROUTE, "properties": properties }))
}

/// Writes a route as AKS does for a node, without an operation of its own.
pub(crate) fn add(world: &mut World, table: &str, name: &str, prefix: &str, hop: &str) {
    let Ok(table) = ResourceId::parse(table) else { return };
    let id = table.child("routes", name);
    let route = json!({
        "name": name, "id": id.as_str(), "type": ROUTE,
        "properties": {
            "provisioningState": "Succeeded", "addressPrefix": prefix,
            "nextHopType": "VirtualAppliance", "nextHopIpAddress": hop, "hasBgpOverride": false,
        },
    });
    world.put(id.as_str(), ROUTE, &route);
}
