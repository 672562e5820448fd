//! Ways out of a cluster's subnets, and the routes of kubenet on them: what AKS refuses.

use serde_json::Value;

use super::model::assigned;
use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::{Entry, World};
use super::super::{Put, role_assignment, subnet as subnets};
use super::pool_check::invalid;
use super::{PodAddressing, pool, room};

/// Refuses ways out that the subnets do not have.
pub(crate) fn outbound(
    world: &World,
    put: &Put<'_>,
    stored: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    let kind = body::text(stored, "/properties/networkProfile/outboundType").unwrap_or_default();
    let own: Vec<&str> =
        pools.iter().filter_map(|pool| body::text(pool, "/vnetSubnetID")).collect();
    let target = "networkProfile.outboundType";
    match kind {
        "userDefinedRouting" | "userAssignedNATGateway" if own.is_empty() => {
            return Err(invalid(
                target,
                &format!("outboundType {kind} requires an own virtual network."),
            ));
        }
        "managedNATGateway" if !own.is_empty() => {
            return Err(invalid(
                target,
                "outboundType managedNATGateway requires a virtual network managed by AKS.",
            ));
        }
        _ => {}
    }
    for id in own {
        let found = world.body(id).unwrap_or_default();
        if kind == "userDefinedRouting" && body::text(&found, "/properties/routeTable/id").is_none()
        {
            return Err(no_table(id));
        }
        if kind == "userDefinedRouting" && is_new(put, kind) {
            default_route(world, &found)?;
        }
        if kind == "userAssignedNATGateway"
            && body::text(&found, "/properties/natGateway/id").is_none()
        {
            return Err(Refusal::aks(
                400,
                "ExistingNATGatewayNotAssociatedWithSubnet",
                format!("An existing NAT gateway has not been associated with subnet {id}. Please update the NAT gateway association"),
            )
            .target(target));
        }
    }
    Ok(())
}

/// Whether the cluster takes this way out only now; what it takes is looked at then.
fn is_new(put: &Put<'_>, kind: &str) -> bool {
    let old = put.existing.as_ref();
    old.and_then(|old| body::text(old, "/properties/networkProfile/outboundType")) != Some(kind)
}

/// Refuses routes of the client's that lead nowhere, or straight to the Internet: AKS validates that
/// the default route points to a gateway or an appliance (AKS documentation, customize egress with
/// user-defined routing).
fn default_route(world: &World, subnet: &Value) -> Result<(), Refusal> {
    let table = body::text(subnet, "/properties/routeTable/id").unwrap_or_default();
    let routes = world.children(table, "routes");
    let routes: Vec<Value> = routes.iter().map(|route| route.body()).collect();
    let found = routes
        .iter()
        .find(|route| body::text(route, "/properties/addressPrefix") == Some("0.0.0.0/0"));
    let hop = found.and_then(|route| body::text(route, "/properties/nextHopType"));
    let leads = |hop: &str| {
        ["VirtualAppliance", "VirtualNetworkGateway"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(hop))
    };
    if hop.is_some_and(leads) {
        return Ok(());
    }
    let why = hop.map_or("has no route for 0.0.0.0/0".to_owned(), |hop| {
        format!("sends 0.0.0.0/0 to next hop type {hop}")
    });
    Err(invalid(
        "networkProfile.outboundType",
        &format!(
            "outboundType userDefinedRouting requires a route for 0.0.0.0/0 to a gateway or network \
             virtual appliance, and route table {table} {why}."
        ),
    ))
}

/// The ports of a public address that nodes may share.
const PORTS: u64 = 64_000;

/// Refuses more ports a node than the addresses have for all nodes and each pool's surge, in the
/// words of github.com/Azure/AKS threads on `aka.ms/aks/slb-ports`.
pub(crate) fn ports(world: &World, stored: &Value, pools: &[Value]) -> Result<(), Refusal> {
    const AT: &str = "/properties/networkProfile/loadBalancerProfile";
    let Some(each) = body::number(stored, &format!("{AT}/allocatedOutboundPorts")) else {
        return Ok(());
    };
    let own = body::list(stored, &format!("{AT}/outboundIPs/publicIPs")).len();
    let prefixes = body::list(stored, &format!("{AT}/outboundIPPrefixes/publicIPPrefixes")).iter();
    let in_prefixes: u64 = prefixes
        .filter_map(|prefix| world.body(body::text(prefix, "/id")?))
        .filter_map(|prefix| body::number(&prefix, "/properties/prefixLength"))
        .map(|length| 1 << 32_u64.saturating_sub(length).min(16))
        .sum();
    let managed = body::number(stored, &format!("{AT}/managedOutboundIPs/count"));
    let addresses = managed.unwrap_or(u64::try_from(own).unwrap_or_default() + in_prefixes);
    let nodes: u64 = pools.iter().map(|pool| room::count(pool) + surge(pool)).sum();
    let (needed, there) = (each.saturating_mul(nodes), addresses.saturating_mul(PORTS));
    if needed <= there {
        return Ok(());
    }
    Err(Refusal::aks(
        400,
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
        format!(
            "Load balancer profile allocated ports {each} is not in an allowable range given the \
             number of nodes and IPs provisioned. Total node count {nodes} requires {needed} ports \
             but only {there} ports are available given {addresses} outbound public IPs. Refer to \
             https://aka.ms/aks/slb-ports for more details."
        ),
    )
    .target("networkProfile.loadBalancerProfile.allocatedOutboundPorts"))
}

/// Refuses addresses of the client's that a standard load balancer does not take: those that are not
/// there, of another region, or of the Basic SKU (configure-load-balancer-standard,
/// load-balancer-standard).
pub(crate) fn addresses(world: &World, stored: &Value) -> Result<(), Refusal> {
    const AT: &str = "networkProfile.loadBalancerProfile";
    let location = body::text(stored, "/location");
    for list in ["outboundIPs.publicIPs", "outboundIPPrefixes.publicIPPrefixes"] {
        let at = format!("/properties/{AT}.{list}").replace('.', "/");
        for id in body::list(stored, &at).iter().filter_map(|item| body::text(item, "/id")) {
            let held = world.body(id);
            let why = match &held {
                None => format!("{id} was not found."),
                Some(held) if body::text(held, "/sku/name") == Some("Basic") => {
                    format!(
                        "{id} is of SKU Basic, and a standard load balancer takes SKU Standard only."
                    )
                }
                Some(held) if body::text(held, "/location") != location => {
                    format!("{id} is not in location '{}'.", location.unwrap_or_default())
                }
                Some(_) => continue,
            };
            return Err(invalid(&format!("{AT}.{list}"), &why));
        }
    }
    Ok(())
}

/// Nodes that an upgrade of a pool adds: a number, or a part of the pool.
fn surge(pool: &Value) -> u64 {
    let said = body::text(pool, "/upgradeSettings/maxSurge").unwrap_or_default();
    match said.strip_suffix('%') {
        Some(part) => (room::count(pool) * part.parse::<u64>().unwrap_or_default()).div_ceil(100),
        None => said.parse().unwrap_or_default(),
    }
}

fn no_table(subnet: &str) -> Refusal {
    Refusal::aks(
        400,
        "ExistingRouteTableNotAssociatedWithSubnet",
        format!(
            "An existing route table has not been associated with subnet {subnet}. Please update \
             the route table association"
        ),
    )
    .target("networkProfile.outboundType")
}

/// kubenet on an own subnet with a route table: a user-assigned identity, rights on the table; one
/// table for all pools and for no other cluster (AKS documentation, configure kubenet). Where no
/// subnet has a table AKS makes one, whatever the identity (three recordings:
/// `cli-aks_control_plane_user_assigned_identity`,
/// `cli-aks_create_and_update_with_http_proxy_config`,
/// `cli-aks_create_default_service_with_skip_role_assignment_msi`).
pub(crate) fn own_routes(
    world: &World,
    cluster: &ResourceId,
    stored: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    let network = stored.pointer("/properties/networkProfile").cloned().unwrap_or_default();
    let own: Vec<&str> =
        pools.iter().filter_map(|pool| body::text(pool, "/vnetSubnetID")).collect();
    let brought = own.iter().any(|subnet| brought_table(world, stored, subnet).is_some());
    if PodAddressing::of(&network) != PodAddressing::Kubenet || !brought {
        return Ok(());
    }
    let identities = assigned(stored);
    let managed = body::text(stored, "/identity/type").is_some_and(|kind| kind != "None");
    if identities.is_empty() && !managed {
        // A service principal's rights are not known here.
        return Ok(());
    }
    if identities.is_empty() {
        return Err(Refusal::aks(
            400,
            "CustomRouteTableWithUnsupportedMSIType",
            "Clusters using managed identity type SystemAssigned do not support bringing your own \
             route table. Please see https://aka.ms/aks/customrt for more information",
        ));
    }
    let mut tables = Vec::new();
    for subnet in own {
        let found = brought_table(world, stored, subnet).ok_or_else(|| no_table(subnet))?;
        let table = found.as_str();
        tables.push(table.to_ascii_lowercase());
        for (_, principal) in &identities {
            let write = "Microsoft.Network/routeTables/routes/write";
            if !role_assignment::may(world, principal, write, table) {
                return Err(Refusal::aks(
                    400,
                    "CustomRouteTableMissingPermission",
                    format!(
                        "Managed identity or service principal must be given permission to read \
                         and write to custom route table {table}. Please see \
                         https://aka.ms/aks/customrt for more information"
                    ),
                ));
            }
        }
        shared(world, cluster, subnet, table)?;
    }
    if tables.iter().any(|table| *table != tables[0]) {
        return Err(invalid(
            "agentPoolProfiles.vnetSubnetID",
            "All subnets of a kubenet cluster must be associated with the same route table.",
        ));
    }
    Ok(())
}

/// The route table of a subnet, unless it is the one that AKS made for this cluster.
fn brought_table(world: &World, stored: &Value, subnet: &str) -> Option<String> {
    let found = world.body(subnet)?;
    let table = ResourceId::parse(body::text(&found, "/properties/routeTable/id")?).ok()?;
    let own = body::text(stored, "/properties/nodeResourceGroup").unwrap_or_default();
    let made = table.group_name().is_some_and(|group| group.eq_ignore_ascii_case(own));
    (!made).then(|| table.to_string())
}

/// Refuses a subnet or route table that another kubenet cluster uses.
fn shared(world: &World, cluster: &ResourceId, subnet: &str, table: &str) -> Result<(), Refusal> {
    let other = users(world, subnet, table).into_iter().find(|other| {
        !other.id.eq_ignore_ascii_case(cluster.as_str())
            && body::text(&other.body(), "/properties/networkProfile/networkPlugin")
                == Some("kubenet")
    });
    let Some(other) = other else { return Ok(()) };
    Err(invalid(
        "agentPoolProfiles.vnetSubnetID",
        &format!(
            "Route table {table} of subnet {subnet} is used by managed cluster {}; kubenet clusters cannot share one.",
            other.id
        ),
    ))
}

/// The clusters with pools in this subnet, or in another one with this route table, by id.
fn users<'a>(world: &'a World, subnet: &str, table: &str) -> Vec<&'a Entry> {
    let is = |entry: &Entry, pointer: &str, id: &str| {
        body::text(&entry.body(), pointer).is_some_and(|found| found.eq_ignore_ascii_case(id))
    };
    let tabled = world.about(group(table), subnets::KIND).into_iter();
    let tabled = tabled.filter(|other| is(other, "/properties/routeTable/id", table));
    let pools = tabled.map(|other| other.id.as_str()).chain([subnet]).flat_map(|subnet| {
        let pools = world.about(group(subnet), pool::KIND).into_iter();
        pools.filter(move |pool| is(pool, "/properties/vnetSubnetID", subnet))
    });
    let mut found: Vec<&Entry> =
        pools.filter_map(|pool| world.get(pool.id.rsplitn(3, '/').nth(2)?)).collect();
    found.sort_by_cached_key(|cluster| cluster.id.to_ascii_lowercase());
    found
}

/// The name of the group that an id lies in.
fn group(id: &str) -> &str {
    id.split('/').nth(4).unwrap_or_default()
}
