//! What AKS refuses about a cluster: names, ranges, subnets, identities and their rights.

use serde_json::Value;

use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;
use super::super::{Put, range, subnet as subnets};
use super::pool_check::{self, invalid};
use super::{PodAddressing, kubelet, pool, private, room, sizes, ways};

/// What AKS keeps for itself (AKS documentation, overview of CNI networking).
const KEPT: [&str; 4] = ["169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"];

/// Refuses a body before defaults are filled in.
pub(crate) fn body(put: &Put<'_>) -> Result<(), Refusal> {
    let name = put.id.name();
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let ends = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !(ends && name.len() <= 63 && name.chars().all(inner)) {
        return Err(invalid(
            "resourceName",
            "Cluster name must be 1 to 63 letters, digits, hyphens and underscores, and begin and \
             end with a letter or digit.",
        ));
    }
    if put.existing.is_some() {
        return Ok(());
    }
    let automatic = body::text(&put.body, "/sku/name") == Some("Automatic");
    if body::list(&put.body, "/properties/agentPoolProfiles").is_empty() && !automatic {
        return Err(invalid("agentPoolProfiles", "At least one agent pool must be given."));
    }
    let prefix = body::text(&put.body, "/properties/dnsPrefix");
    let subdomain = body::text(&put.body, "/properties/fqdnSubdomain");
    if prefix.is_none_or(str::is_empty) && subdomain.is_none() && !automatic {
        return Err(Refusal::aks(
            400,
            "InvalidParameter",
            "Required parameter dnsPrefix is missing (null).",
        )
        .target("dnsPrefix"));
    }
    let valid = prefix.is_none_or(|prefix| {
        let plain = prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        plain && prefix.len() <= 54 && !prefix.starts_with('-') && !prefix.ends_with('-')
    });
    if valid {
        return Ok(());
    }
    Err(invalid(
        "dnsPrefix",
        "The DNS prefix must contain between 1 and 54 characters. The name can contain only \
         letters, numbers, and hyphens. The name must start with a letter or number and must end \
         with a letter or number.",
    ))
}

/// Refuses a cluster with its defaults filled in.
pub(crate) fn whole(
    world: &World,
    put: &Put<'_>,
    stored: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    if put.existing.is_some() {
        pool_check::cluster_takes(stored, "updating")?;
        pool_check::same_pools(world, put.id, pools)?;
        for pool in pools {
            let name = body::text(pool, "/name").unwrap_or_default();
            let old = world.body(put.id.child("agentPools", name).as_str());
            if let Some(old) = old.as_ref().map(pool::flat) {
                pool_check::unchanged(&old, pool)?;
            }
        }
    } else {
        node_group(world, put, stored)?;
    }
    for pool in pools {
        pool_check::one(stored, pool, false, put.existing.is_none())?;
    }
    let automatic = body::text(stored, "/sku/name") == Some("Automatic");
    if !automatic {
        pool_check::all(pools)?;
    }
    identities(world, put.id, stored)?;
    kubelet::check(world, put.existing.as_ref(), stored)?;
    workspace(world, stored)?;
    profile(stored)?;
    private::check(world, put.id, stored, pools)?;
    pool_check::network(world, put.id, stored, pools)?;
    ranges(world, stored, pools)?;
    ways::outbound(world, put, stored, pools)?;
    ways::addresses(world, stored)?;
    ways::ports(world, stored, pools)?;
    ways::own_routes(world, put.id, stored, pools)?;
    let network = stored.pointer("/properties/networkProfile").cloned().unwrap_or_default();
    room::check(world, put.id.as_str(), &network, pools)?;
    let location = body::text(stored, "/location").unwrap_or_default();
    sizes::quota(world, put.id.as_str(), location, pools)
}

/// The cluster's own group must not be there yet, nor be the cluster's.
fn node_group(world: &World, put: &Put<'_>, stored: &Value) -> Result<(), Refusal> {
    let name = body::text(stored, "/properties/nodeResourceGroup").unwrap_or_default();
    if world.group(name).is_none() {
        return Ok(());
    }
    Err(Refusal::aks(
        400,
        "NodeResourceGroupAlreadyExists",
        format!("The node resource group '{name}' of managed cluster '{}' already exists; it is made and deleted by AKS.", put.id.name()),
    )
    .target("nodeResourceGroup"))
}

fn identities(world: &World, id: &ResourceId, stored: &Value) -> Result<(), Refusal> {
    let named = stored.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
    let count = named.map_or(0, serde_json::Map::len);
    let one = body::text(stored, "/identity/type") == Some("UserAssigned");
    if one && count != 1 {
        // The words of github.com/hashicorp/terraform-provider-azurerm/issues/16890.
        return Err(Refusal::aks(
            400,
            "BadRequest",
            format!(
                "The count of user assigned identity specified in identity.userAssignedIdentities \
                 is {count}, while expected value is 1"
            ),
        )
        .target("identity.userAssignedIdentities"));
    }
    for (identity, _) in named.into_iter().flatten() {
        if world.get(identity).is_none() {
            return Err(Refusal::arm(
                400,
                "FailedIdentityOperation",
                format!(
                    "Identity operation for resource '{id}' failed with error 'Failed to perform \
                     resource identity operation. Status: 'BadRequest'. Response: '{{\"error\":\
                     {{\"code\":\"BadRequest\",\"message\":\"Resource '{identity}' was not found.\
                     \"}}}}'.'."
                ),
            ));
        }
    }
    Ok(())
}

/// As long as the agent for logs is on, every write of the cluster asks for its workspace: who deletes
/// that first is refused whatever he wants of the cluster (github.com/Azure/AKS/issues/1380, 1636).
/// One whose group nobody made here is taken to stand where this world does not reach.
fn workspace(world: &World, stored: &Value) -> Result<(), Refusal> {
    let Some(addon) = stored.pointer("/properties/addonProfiles/omsagent") else { return Ok(()) };
    let named = body::text(addon, "/config/logAnalyticsWorkspaceResourceID");
    let named = named.and_then(|id| ResourceId::parse(id).ok());
    let Some(id) = named.filter(|_| body::flag(addon, "/enabled")) else { return Ok(()) };
    let group = id.group().map(|group| group.name().to_owned()).unwrap_or_default();
    if world.get(id.as_str()).is_some() || world.group(&group).is_none() {
        return Ok(());
    }
    Err(Refusal::aks(
        400,
        "GetLogAnalyticsWorkspaceError",
        format!(
            "Unable to get log analytics workspace info. Resource ID: {id}. Details: autorest/azure: \
             Service returned an error. Status=404 Code=\"ResourceNotFound\" Message=\"The Resource \
             '{}/{}' under resource group '{group}' was not found.\". For more details about how to \
             create and use log analytics workspace, please refer to: https://aka.ms/new-log-analytics",
            id.resource_type(),
            id.name(),
        ),
    ))
}

fn profile(stored: &Value) -> Result<(), Refusal> {
    let network = stored.pointer("/properties/networkProfile").cloned().unwrap_or_default();
    let plugin = body::text(&network, "/networkPlugin").unwrap_or_default();
    let policy = body::text(&network, "/networkPolicy").unwrap_or("none");
    let cilium = body::text(&network, "/networkDataplane") == Some("cilium");
    let fault = match plugin {
        "azure" | "kubenet" | "none" => None,
        _ => Some(("networkProfile.networkPlugin", "Only azure, kubenet and none are allowed.")),
    };
    let overlay = PodAddressing::of(&network) == PodAddressing::Overlay;
    let asked = network.get("networkPluginMode").is_some();
    let fault = fault.or(match (plugin, policy) {
        ("kubenet", "azure" | "cilium") => Some((
            "networkProfile.networkPolicy",
            "Network policy azure is not supported with network plugin kubenet.",
        )),
        ("none", "azure" | "calico" | "cilium") => Some((
            "networkProfile.networkPolicy",
            "Network policy is not supported with network plugin none.",
        )),
        (_, "cilium") if !cilium => Some((
            "networkProfile.networkPolicy",
            "Network policy cilium requires networkDataplane cilium.",
        )),
        (_, "azure" | "calico") if cilium => Some((
            "networkProfile.networkPolicy",
            "networkDataplane cilium requires network policy cilium.",
        )),
        ("kubenet" | "none", _) if cilium => Some((
            "networkProfile.networkDataplane",
            "networkDataplane cilium requires network plugin azure.",
        )),
        ("kubenet", _) if asked => Some((
            "networkProfile.networkPluginMode",
            "networkPluginMode overlay requires network plugin azure.",
        )),
        _ => None,
    });
    let dual = body::list(&network, "/ipFamilies").len() > 1;
    let fault = fault.or((dual && !overlay && plugin != "kubenet").then_some((
        "networkProfile.ipFamilies",
        "Dual-stack clusters require networkPluginMode overlay.",
    )));
    fault.map_or(Ok(()), |(parameter, details)| Err(invalid(parameter, details)))
}

/// Refuses service and pod ranges that are wrong or overlap something.
fn ranges(world: &World, stored: &Value, pools: &[Value]) -> Result<(), Refusal> {
    let at = |field: &str| {
        body::text(stored, &format!("/properties/networkProfile/{field}")).unwrap_or_default()
    };
    let (service, pod) = (at("serviceCidr"), at("podCidr"));
    let read = |text: &str, field: &str| {
        range::parse(text).ok_or_else(|| {
            invalid(&format!("networkProfile.{field}"), &format!("'{text}' is not a valid CIDR."))
        })
    };
    let service_net = read(service, "serviceCidr")?;
    let pod_net = if pod.is_empty() { None } else { Some(read(pod, "podCidr")?) };
    for (net, field) in [(Some(service_net), "serviceCidr"), (pod_net, "podCidr")] {
        let kept = KEPT.iter().filter_map(|text| range::parse(text));
        let hit = net.and_then(|net| kept.clone().find(|kept| range::overlap(&net, kept)));
        if let Some(kept) = hit {
            return Err(invalid(
                &format!("networkProfile.{field}"),
                &format!("The CIDR overlaps with {kept}, which is reserved by AKS."),
            ));
        }
    }
    if service_net.prefix_len() < 12 && service_net.max_prefix_len() == 32 {
        return Err(invalid(
            "networkProfile.serviceCidr",
            "The service CIDR must be smaller than /12.",
        ));
    }
    dns(service_net, at("dnsServiceIP"))?;
    if let Some(pod_net) = pod_net.filter(|pod| range::overlap(pod, &service_net)) {
        return Err(invalid(
            "networkProfile.podCidr",
            &format!("The pod CIDR {pod_net} overlaps with the service CIDR {service_net}."),
        ));
    }
    for (prefixes, taken) in networks(world, pools) {
        if let Some(other) = taken.iter().find(|other| range::overlap(other, &service_net)) {
            return Err(Refusal::aks(
                400,
                "ServiceCidrOverlapExistingSubnetsCidr",
                format!("The specified service CIDR {service_net} is conflicted with an existing subnet CIDR {other}"),
            )
            .target("networkProfile.serviceCIDR"));
        }
        let hit = pod_net.and_then(|pod| {
            prefixes.iter().find(|prefix| range::overlap(prefix, &pod)).map(|prefix| (pod, *prefix))
        });
        if let Some((pod, prefix)) = hit {
            return Err(Refusal::aks(
                400,
                "NetworkProfileCIDROverlapVNET",
                format!("NetworkProfile CIDR {pod} overlaps with reserved VNET CIDR {prefix}"),
            )
            .target("networkProfile.podCIDR"));
        }
    }
    Ok(())
}

fn dns(service: ipnet::IpNet, text: &str) -> Result<(), Refusal> {
    let address = text.parse().ok();
    let inside = address.is_some_and(|address: std::net::IpAddr| service.contains(&address));
    if inside && address != range::nth(&service, 0) && address != range::nth(&service, 1) {
        return Ok(());
    }
    Err(Refusal::aks(
        400,
        "DnsServiceIpOutOfServiceCidr",
        format!(
            "The specified DNS service IP {text} is out of the specified service CIDR {service} or \
             is its first address."
        ),
    )
    .target("networkProfile.dnsServiceIP"))
}

/// The ranges of the pools' networks, and of all their subnets.
fn networks(world: &World, pools: &[Value]) -> Vec<(Vec<ipnet::IpNet>, Vec<ipnet::IpNet>)> {
    let mut ids: Vec<ResourceId> = pools
        .iter()
        .filter_map(|pool| ResourceId::parse(body::text(pool, "/vnetSubnetID")?).ok()?.parent())
        .collect();
    ids.sort();
    ids.dedup();
    ids.iter()
        .map(|id| {
            let stored = world.body(id.as_str()).unwrap_or_default();
            let prefixes = body::texts(&stored, "/properties/addressSpace/addressPrefixes");
            let children = world.children(id.as_str(), "subnets");
            let taken: Vec<String> =
                children.iter().flat_map(|entry| subnets::ranges(&entry.body())).collect();
            let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
            (range::parse_all(&prefixes), range::parse_all(&taken))
        })
        .collect()
}
