//! What excludes what in a body, and what never goes back: AKS answers 400 to fields that are sent
//! along though another field leaves them no meaning.
//!
//! No recorded body that was taken has any of these. Where Azure's words are not recorded, they are
//! in its manner.

use serde_json::Value;

use super::super::super::body;
use super::super::super::error::Refusal;
use super::pool_check::invalid;

/// Where the nodes' way out may be told to get its addresses from.
pub(crate) const ADDRESSES: [&str; 3] = ["managedOutboundIPs", "outboundIPs", "outboundIPPrefixes"];

/// Refuses a cluster's body that says what excludes each other; `stored` has what it does not say.
pub(crate) fn cluster(given: &Value, stored: &Value) -> Result<(), Refusal> {
    let none = Value::Null;
    let network = given.pointer("/properties/networkProfile").unwrap_or(&none);
    let whole = stored.pointer("/properties/networkProfile").unwrap_or(&none);
    way_out(network, whole)?;
    pod_range(network, whole)?;
    for pool in body::list(given, "/properties/agentPoolProfiles") {
        bounds(pool, "agentPoolProfiles")?;
    }
    Ok(())
}

/// Refuses the profile of a way out that is not taken, and addresses from several places.
fn way_out(network: &Value, whole: &Value) -> Result<(), Refusal> {
    let kind = body::text(whole, "/outboundType").unwrap_or("loadBalancer");
    let balancer = network.get("loadBalancerProfile").and_then(Value::as_object);
    let says = |field: &str| balancer.is_some_and(|profile| profile.contains_key(field));
    let beyond =
        balancer.is_some_and(|profile| profile.keys().any(|name| name != "backendPoolType"));
    if kind != "loadBalancer" && beyond {
        return Err(invalid(
            "networkProfile.loadBalancerProfile",
            &format!("Load balancer profile must not be set along with outboundType {kind}."),
        ));
    }
    let gateway = network.get("natGatewayProfile").is_some();
    if gateway && !["managedNATGateway", "userAssignedNATGateway"].contains(&kind) {
        return Err(invalid(
            "networkProfile.natGatewayProfile",
            &format!("NAT gateway profile must not be set along with outboundType {kind}."),
        ));
    }
    let said: Vec<&str> = ADDRESSES.into_iter().filter(|field| says(field)).collect();
    if said.len() > 1 {
        return Err(invalid(
            "networkProfile.loadBalancerProfile",
            &format!("{} are mutually exclusive, only one of them may be set.", said.join(" and ")),
        ));
    }
    Ok(())
}

/// Refuses a pod range where pods get their addresses from a subnet.
fn pod_range(network: &Value, whole: &Value) -> Result<(), Refusal> {
    let from_a_subnet = super::PodAddressing::of(whole) == super::PodAddressing::NodeSubnet;
    let said = ["podCidr", "podCidrs"].into_iter().find(|field| {
        network.get(*field).is_some_and(|value| value != "" && value != &Value::Array(Vec::new()))
    });
    let Some(field) = said.filter(|_| from_a_subnet) else { return Ok(()) };
    Err(invalid(
        &format!("networkProfile.{field}"),
        "Pod CIDR is not supported with network plugin azure without network plugin mode overlay.",
    ))
}

/// Refuses bounds of an autoscaler that is off.
pub(crate) fn bounds(pool: &Value, parameter: &str) -> Result<(), Refusal> {
    let said = ["minCount", "maxCount"].into_iter().find(|field| pool.get(*field).is_some());
    let Some(field) = said.filter(|_| !body::flag(pool, "/enableAutoScaling")) else {
        return Ok(());
    };
    Err(invalid(
        &format!("{parameter}.{field}"),
        "minCount and maxCount must not be set when the autoscaler is not enabled.",
    ))
}

/// What is switched on for good, and the code of the refusal.
const ONE_WAY: [(&str, &str); 3] = [
    // In the words of github.com/Azure/AKS/issues/1519.
    ("aadProfile.managed", "PropertyChangeNotAllowed"),
    ("oidcIssuerProfile.enabled", "OIDCIssuerFeatureCannotBeDisabled"),
    ("apiServerAccessProfile.enableVnetIntegration", "PropertyChangeNotAllowed"),
];

/// Refuses to switch off what stays on.
pub(crate) fn one_way(old: &Value, new: &Value) -> Result<(), Refusal> {
    for (field, code) in ONE_WAY {
        let at = format!("/properties/{}", field.replace('.', "/"));
        if body::flag(old, &at) && !body::flag(new, &at) {
            let message = format!("Changing property 'properties.{field}' is not allowed.");
            return Err(Refusal::aks(400, code, message).target(format!("properties.{field}")));
        }
    }
    Ok(())
}

/// Takes away what lost its meaning with what a body says: the profile of the way out that is left,
/// and addresses from another place than is named now.
pub(crate) fn forget(stored: &mut Value, given: &Value) {
    const AT: &str = "/properties/networkProfile/loadBalancerProfile";
    let kind = body::text(stored, "/properties/networkProfile/outboundType");
    let kind = kind.unwrap_or("loadBalancer").to_owned();
    let said =
        ADDRESSES.into_iter().find(|field| given.pointer(&format!("{AT}/{field}")).is_some());
    let profile = stored.pointer_mut(AT).and_then(Value::as_object_mut);
    if let Some(profile) = profile {
        if kind != "loadBalancer" {
            profile.retain(|name, _| name == "backendPoolType");
        } else if let Some(said) = said {
            profile.retain(|name, _| name == said || !ADDRESSES.contains(&name.as_str()));
        }
    }
    if !["managedNATGateway", "userAssignedNATGateway"].contains(&kind.as_str()) {
        body::take(stored, "/properties/networkProfile/natGatewayProfile");
    }
}
