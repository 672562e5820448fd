//! The ways to an API server that is not open to the world: its names, and what AKS makes in the
//! group of the nodes and around them, by the AKS documentation (private-clusters,
//! api-server-vnet-integration) and the recorded private clusters.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;
use super::super::private_dns::{ADDRESSES, LINK, ZONE, address_set, made};
use super::super::{nrp, private_endpoint, range, role_assignment, subnet};
use super::home::{Home, managed_subnet};
use super::pool_check::{invalid, not_allowed};

const AT: &str = "/properties/apiServerAccessProfile";

fn flag(stored: &Value, name: &str) -> bool {
    body::flag(stored, &format!("{AT}/{name}"))
}

fn text<'a>(stored: &'a Value, name: &str) -> Option<&'a str> {
    body::text(stored, &format!("{AT}/{name}")).filter(|text| !text.is_empty())
}

/// Whether the last operation on a cluster came to nothing.
fn is_failed(stored: &Value) -> bool {
    body::text(stored, "/properties/provisioningState") == Some("Failed")
}

/// Returns the zone of the client's own that a cluster is to write into, if it has one.
fn own_zone(stored: &Value) -> Option<&str> {
    text(stored, "privateDNSZone").filter(|zone| zone.starts_with('/'))
}

/// Fills in the names of an API server; those that stand stay.
pub(crate) fn names(world: &mut World, stored: &mut Value, host: &str, location: &str) {
    let (private, integrated) =
        (flag(stored, "enablePrivateCluster"), flag(stored, "enableVnetIntegration"));
    let said = stored.pointer(&format!("{AT}/enablePrivateClusterPublicFQDN"));
    let public = said.and_then(Value::as_bool).unwrap_or(true);
    let open = format!("{host}.hcp.{location}.azmk8s.io");
    if private {
        body::fill(stored, &format!("{AT}/privateDNSZone"), "system");
        body::fill(stored, &format!("{AT}/enablePrivateClusterPublicFQDN"), public);
        let label = if integrated { "private" } else { "privatelink" };
        let closed = match (text(stored, "privateDNSZone"), own_zone(stored)) {
            (_, Some(zone)) => format!("{host}.{}", zone.rsplit('/').next().unwrap_or_default()),
            (Some("none"), _) => open.clone(),
            _ if body::text(stored, "/properties/fqdnSubdomain").is_some() => {
                format!("{host}.{label}.{location}.azmk8s.io")
            }
            _ => format!("{host}.{}.{label}.{location}.azmk8s.io", world.guid()),
        };
        let stays = body::text(stored, "/properties/privateFQDN").is_some()
            && text(stored, "privateDNSZone") != Some("none");
        if !stays {
            body::set(stored, "/properties/privateFQDN", closed);
        }
    } else {
        body::take(stored, "/properties/privateFQDN");
    }
    if !private || public {
        body::fill(stored, "/properties/fqdn", open);
    } else {
        body::take(stored, "/properties/fqdn");
    }
    if integrated {
        body::fill(stored, &format!("{AT}/subnetId"), "");
    }
}

/// Refuses ways to an API server that do not go together, or that the identity may not make.
pub(crate) fn check(
    world: &World,
    cluster: &ResourceId,
    stored: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    integration(world, cluster, stored)?;
    if !flag(stored, "enablePrivateCluster") {
        return Ok(());
    }
    let public = flag(stored, "enablePrivateClusterPublicFQDN");
    if text(stored, "privateDNSZone") == Some("none") && !public {
        return Err(invalid(
            "apiServerAccessProfile.enablePrivateClusterPublicFQDN",
            "A private cluster without a private DNS zone needs its public FQDN.",
        ));
    }
    if !body::list(stored, &format!("{AT}/authorizedIPRanges")).is_empty() {
        return Err(invalid(
            "apiServerAccessProfile.authorizedIPRanges",
            "Authorized IP ranges are not supported with a private cluster.",
        ));
    }
    own(world, cluster, stored, pools)
}

/// A zone of the client's own: of the right name, and open to an identity of the client's.
fn own(
    world: &World,
    cluster: &ResourceId,
    stored: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    let Some(zone) = own_zone(stored) else { return Ok(()) };
    let target = "apiServerAccessProfile.privateDNSZone";
    let location = body::text(stored, "/location").unwrap_or_default();
    let label = if flag(stored, "enableVnetIntegration") { "private" } else { "privatelink" };
    let wanted = format!("{label}.{location}.azmk8s.io");
    let name = zone.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    if name != wanted && !name.ends_with(&format!(".{wanted}")) {
        return Err(invalid(
            target,
            &format!("The private DNS zone must be named '{wanted}' or '<subzone>.{wanted}'."),
        ));
    }
    if body::text(stored, "/identity/type") != Some("UserAssigned") {
        return Err(invalid(
            target,
            "A custom private DNS zone requires a user-assigned identity or a service principal.",
        ));
    }
    // The words of github.com/Azure/Azure-Landing-Zones/issues/2892.
    for action in ["read", "write"] {
        let action = format!("{ZONE}/{action}");
        if world.get(zone).is_none() || !acts(world, stored, &action, zone) {
            return Err(Refusal::aks(
                400,
                "CustomPrivateDNSZoneMissingPermissionError",
                format!(
                    "Service principal or user-assigned identity must be given permission to read \
                     and write to custom private dns zone {zone}. Check access result not allowed \
                     for action {action}."
                ),
            )
            .target(target));
        }
    }
    let network = pools
        .iter()
        .find_map(|pool| ResourceId::parse(body::text(pool, "/vnetSubnetID")?).ok()?.parent());
    let join = "Microsoft.Network/virtualNetworks/join/action";
    if let Some(network) = network.filter(|id| !acts(world, stored, join, id.as_str())) {
        let may = (&*format!("{LINK}/write"), zone);
        return Err(role_assignment::linked(cluster.name(), may, (join, network.as_str())));
    }
    Ok(())
}

/// The API server in a subnet of the client's: handed to AKS, a /28 at least, open to the identity.
fn integration(world: &World, cluster: &ResourceId, stored: &Value) -> Result<(), Refusal> {
    let Some(id) = text(stored, "subnetId") else { return Ok(()) };
    let target = "apiServerAccessProfile.subnetId";
    let Some(found) = world.body(id) else {
        return Err(invalid(target, &format!("Subnet {id} was not found.")));
    };
    let delegations = body::list(&found, "/properties/delegations");
    let handed = delegations.iter().any(|one| {
        let service = body::text(one, "/properties/serviceName").unwrap_or_default();
        service.eq_ignore_ascii_case("Microsoft.ContainerService/managedClusters")
    });
    if !handed {
        let why = "must be delegated to Microsoft.ContainerService/managedClusters";
        return Err(invalid(target, &format!("Subnet {id} {why}.")));
    }
    let nets = subnet::ranges(&found);
    if nets.iter().filter_map(|text| range::parse(text)).any(|net| net.prefix_len() > 28) {
        return Err(invalid(target, &format!("Subnet {id} is smaller than a /28.")));
    }
    let join = "Microsoft.Network/virtualNetworks/subnets/join/action";
    if !acts(world, stored, join, id) {
        let may = ("Microsoft.ContainerService/managedClusters/write", cluster.as_str());
        return Err(role_assignment::linked(cluster.name(), may, (join, id)));
    }
    Ok(())
}

/// Whether the identity that a cluster is given may do something. That of AKS's own making may not
/// be known yet, and is let through.
pub(crate) fn acts(world: &World, stored: &Value, action: &str, on: &str) -> bool {
    let named = stored.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
    named.into_iter().flatten().all(|(identity, _)| {
        let principal = world.body(identity).unwrap_or_default();
        let principal = body::text(&principal, "/properties/principalId").unwrap_or_default();
        role_assignment::may(world, principal, action, on)
    })
}

/// Refuses changes of the way to an API server that AKS does not make; returns whether every node
/// is made anew.
pub(crate) fn judge(old: &Value, new: &Value) -> Result<bool, Refusal> {
    let differs = |name: &str| flag(old, name) != flag(new, name);
    let was_integrated = flag(old, "enableVnetIntegration");
    if differs("enablePrivateCluster") && !was_integrated {
        return Err(not_allowed("properties.apiServerAccessProfile.enablePrivateCluster"));
    }
    let (before, after) = (text(old, "privateDNSZone"), text(new, "privateDNSZone"));
    let same = match (before, after) {
        (Some(before), Some(after)) => before.eq_ignore_ascii_case(after),
        _ => true,
    };
    if !same && after != Some("none") {
        return Err(not_allowed("properties.apiServerAccessProfile.privateDNSZone"));
    }
    let (before, after) = (text(old, "subnetId"), text(new, "subnetId"));
    if was_integrated && before.map(str::to_lowercase) != after.map(str::to_lowercase) {
        return Err(not_allowed("properties.apiServerAccessProfile.subnetId"));
    }
    Ok(!same || differs("enableVnetIntegration"))
}

/// Makes what a private API server has, as often as it is asked.
pub(crate) fn reconcile(world: &mut World, cluster: &str) {
    let Some(home) = Home::of(world, cluster) else { return };
    if !flag(&home.stored, "enablePrivateCluster") || is_failed(&home.stored) {
        return;
    }
    let subnet = if flag(&home.stored, "enableVnetIntegration") {
        text(&home.stored, "subnetId").map_or_else(|| managed_subnet(&home), str::to_owned)
    } else {
        first_subnet(world, &home)
    };
    let address = endpoint(world, &home, &subnet);
    let Some(fqdn) = body::text(&home.stored, "/properties/privateFQDN") else { return };
    let Some((host, zone)) = fqdn.split_once('.') else { return };
    let zone = match (text(&home.stored, "privateDNSZone"), own_zone(&home.stored)) {
        (Some("none"), _) => return,
        (_, Some(own)) => own.to_owned(),
        _ => home.at(ZONE, zone),
    };
    named(world, &home, &zone, (host, &address), &subnet);
}

/// The subnet of the first pool, where the endpoint stands.
fn first_subnet(world: &World, home: &Home) -> String {
    let pools = world.children(home.cluster.as_str(), "agentPools");
    let of = |pool: Value| body::text(&pool, "/properties/vnetSubnetID").map(str::to_owned);
    pools.iter().find_map(|pool| of(pool.body())).unwrap_or_else(|| managed_subnet(home))
}

/// The endpoint in the group of the nodes; returns its address.
fn endpoint(world: &mut World, home: &Home, subnet: &str) -> String {
    let id = home.at(private_endpoint::KIND, "kube-apiserver");
    let to = (home.cluster.as_str(), "management");
    let Ok(parsed) = ResourceId::parse(&id) else { return String::new() };
    private_endpoint::stand(world, &parsed, &home.location, subnet, to)
}

/// The name in a zone, and the network linked to it.
fn named(world: &mut World, home: &Home, zone: &str, name: (&str, &str), subnet: &str) {
    let (host, address) = name;
    let Ok(zone) = ResourceId::parse(zone) else { return };
    if world.get(zone.as_str()).is_none() {
        let stored = made(world, &zone, ZONE, json!({}));
        world.put(zone.as_str(), ZONE, &stored);
    }
    let network = ResourceId::parse(subnet).ok().and_then(|subnet| subnet.parent());
    let links = world.children(zone.as_str(), "virtualNetworkLinks");
    let linked = links.iter().any(|link| {
        let to = link.body();
        let to = body::text(&to, "/properties/virtualNetwork/id").unwrap_or_default().to_owned();
        network.as_ref().is_some_and(|network| network.as_str().eq_ignore_ascii_case(&to))
    });
    if let Some(network) = network.filter(|_| !linked) {
        let id = zone.child("virtualNetworkLinks", &format!("{host}-{}", home.number));
        let properties = json!({
            "registrationEnabled": false, "resolutionPolicy": "Default",
            "virtualNetwork": { "id": network.as_str() }, "virtualNetworkLinkState": "Completed",
        });
        let stored = made(world, &id, LINK, properties);
        world.put(id.as_str(), LINK, &stored);
    }
    let id = zone.child("A", host);
    if world.get(id.as_str()).is_none() {
        let properties = json!({ "ttl": 300, "aRecords": [{ "ipv4Address": address }] });
        let stored = address_set(world, &id, properties);
        world.put(id.as_str(), ADDRESSES, &stored);
    }
}

/// Takes away what lies outside of the group of the nodes.
pub(crate) fn withdraw(world: &mut World, home: &Home) {
    let endpoint = home.at(private_endpoint::KIND, "kube-apiserver");
    if let Some(subnet) = world.body(&endpoint) {
        let subnet = body::text(&subnet, "/properties/subnet/id").unwrap_or_default().to_owned();
        nrp::refer(world, &subnet, "privateEndpoints", &endpoint, false);
    }
    let (Some(zone), Some(fqdn)) =
        (own_zone(&home.stored), body::text(&home.stored, "/properties/privateFQDN"))
    else {
        return;
    };
    let host = fqdn.split('.').next().unwrap_or_default();
    world.remove(&format!("{zone}/A/{host}"));
    world.remove(&format!("{zone}/virtualNetworkLinks/{host}-{}", home.number));
}
