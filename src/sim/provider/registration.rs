//! Providers, regions, and the read-only facts of a region: versions, sizes, quotas.

use serde_json::{Value, json};

use super::super::asked::Asked;
use super::super::body;
use super::super::error::{Refusal, not_allowed};
use super::super::page::page;
use super::super::region::{LOCATIONS, plain};
use super::super::world::{Registration, World};
use super::catalog::{self, TYPES};
use super::cluster::versions;
use super::{Answer, cluster, taken};

/// How long a registration takes; chosen, as none is recorded.
const REGISTRATION: u64 = 20_000;

/// The regions as the subscription lists them.
pub(crate) fn locations(world: &World) -> Vec<Value> {
    let id = |name: &str| format!("/subscriptions/{}/locations/{name}", world.subscription);
    LOCATIONS
        .iter()
        .map(|known| {
            json!({
                "id": id(known.name), "name": known.name, "type": "Region",
                "displayName": known.display, "regionalDisplayName": known.display,
                "metadata": { "regionType": "Physical", "regionCategory": "Recommended" },
            })
        })
        .collect()
}

fn namespaces() -> Vec<&'static str> {
    let mut found: Vec<&str> =
        TYPES.iter().filter_map(|listed| listed.kind.split('/').next()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// All providers.
pub(crate) fn all(world: &World) -> Vec<Value> {
    namespaces().into_iter().map(|namespace| shown(world, namespace)).collect()
}

/// One provider.
pub(crate) fn one(world: &World, namespace: &str) -> Result<Value, Refusal> {
    known(namespace).map(|namespace| shown(world, namespace))
}

fn known(namespace: &str) -> Result<&'static str, Refusal> {
    // The types of those that are taken as they come are not known, so no list tells of them.
    let mut all = namespaces().into_iter().chain(taken::NAMESPACES);
    all.find(|known| known.eq_ignore_ascii_case(namespace)).ok_or_else(|| {
        Refusal::arm(
            404,
            "InvalidResourceNamespace",
            format!(
                "{} The resource namespace '{namespace}' is invalid.",
                catalog::not_carried(namespace)
            ),
        )
    })
}

/// Where a registration is kept: by namespace, that of another than the first subscription by both.
fn key(world: &World, namespace: &str) -> String {
    let namespace = namespace.to_ascii_lowercase();
    if world.subscription == world.home {
        return namespace;
    }
    format!("{}/{namespace}", world.subscription)
}

fn state<'a>(world: &'a World, namespace: &str) -> &'a str {
    world
        .registration
        .get(&key(world, namespace))
        .map_or("Registered", |registration| registration.state.as_str())
}

fn shown(world: &World, namespace: &str) -> Value {
    let locations: Vec<&str> = LOCATIONS.iter().map(|known| known.display).collect();
    let types: Vec<Value> = TYPES
        .iter()
        .filter_map(|listed| {
            let (own, kind) = listed.kind.split_once('/')?;
            (own == namespace).then(|| {
                json!({
                    "resourceType": kind, "locations": locations,
                    "apiVersions": listed.versions, "defaultApiVersion": listed.versions.first(),
                    "capabilities": "SupportsTags, SupportsLocation",
                })
            })
        })
        .collect();
    json!({
        "id": format!("/subscriptions/{}/providers/{namespace}", world.subscription),
        "namespace": namespace,
        "resourceTypes": types,
        "registrationState": state(world, namespace),
        "registrationPolicy": "RegistrationRequired",
    })
}

/// Starts a registration, or undoes one.
pub(crate) fn register(world: &mut World, namespace: &str, on: bool) -> Result<Answer, Refusal> {
    let namespace = known(namespace)?;
    let key = key(world, namespace);
    let registered = state(world, namespace) == "Registered";
    if on && !registered {
        let until = world.now + REGISTRATION;
        let registering = Registration { state: "Registering".to_owned(), until };
        world.registration.set(&key, Some(registering));
    } else if !on {
        let state = "NotRegistered".to_owned();
        world.registration.set(&key, Some(Registration { state, until: 0 }));
    }
    Ok(Answer::ok(shown(world, namespace)))
}

/// Refuses a write to a provider the subscription has not registered.
pub(crate) fn registered(world: &World, kind: &str) -> Result<(), Refusal> {
    let namespace = kind.split('/').next().unwrap_or_default();
    let own = ["microsoft.resources", "microsoft.authorization"];
    if own.contains(&namespace.to_ascii_lowercase().as_str())
        || state(world, namespace) == "Registered"
    {
        return Ok(());
    }
    Err(Refusal::arm(
        409,
        "MissingSubscriptionRegistration",
        format!(
            "The subscription is not registered to use namespace '{namespace}'. See \
             https://aka.ms/rps-not-found for how to register subscriptions."
        ),
    )
    .detail(
        "MissingSubscriptionRegistration",
        format!(
            "The subscription is not registered to use namespace '{namespace}'. See \
             https://aka.ms/rps-not-found for how to register subscriptions."
        ),
    )
    .target_of_detail(namespace))
}

/// Answers for a region: `kubernetesVersions`, `usages`.
pub(crate) fn regional(
    world: &World,
    asked: &Asked,
    namespace: &str,
    location: &str,
    what: &str,
) -> Result<Answer, Refusal> {
    let namespace = known(namespace)?;
    catalog::check(&format!("{namespace}/locations/{what}"), &asked.api, location)?;
    if !["GET", "HEAD"].contains(&asked.method.as_str()) {
        return Err(not_allowed(&asked.method, &asked.path));
    }
    if !LOCATIONS.iter().any(|known| known.name == plain(location)) {
        return Err(Refusal::arm(
            400,
            "NoRegisteredProviderFound",
            format!(
                "No registered resource provider found for location '{location}' and API version '{}' for type 'locations/{what}'.",
                asked.api
            ),
        ));
    }
    match (namespace, what) {
        ("Microsoft.ContainerService", what) if what.eq_ignore_ascii_case("orchestrators") => {
            let id = format!(
                "/subscriptions/{}/providers/{namespace}/locations/{}/orchestrators",
                world.subscription,
                plain(location)
            );
            Ok(Answer::ok(versions::orchestrators(&id)))
        }
        ("Microsoft.ContainerService", _) => Ok(Answer::ok(versions::listed(&asked.api))),
        ("Microsoft.Compute", _) => page(asked, cluster::sizes::usages(world, location)),
        _ => page(asked, network_usages(world, location)),
    }
}

fn network_usages(world: &World, location: &str) -> Vec<Value> {
    let count = |kind: &str| {
        world
            .of_kind(kind)
            .filter(|entry| world.is_here(entry))
            .filter(|entry| entry.body()["location"].as_str() == Some(&plain(location)))
            .count()
    };
    let usage = |name: &str, text: &str, kind: &str, limit: u64| {
        json!({
            "id": format!("/subscriptions/{}/providers/Microsoft.Network/locations/{}/usages/{name}", world.subscription, plain(location)),
            "currentValue": count(kind), "limit": limit, "unit": "Count",
            "name": { "value": name, "localizedValue": text },
        })
    };
    vec![
        usage("VirtualNetworks", "Virtual Networks", "Microsoft.Network/virtualNetworks", 1_000),
        usage(
            "PublicIPAddresses",
            "Public IP Addresses",
            "Microsoft.Network/publicIPAddresses",
            1_000,
        ),
        usage(
            "StandardSkuPublicIpAddresses",
            "Public IPv4 Addresses - Standard",
            "Microsoft.Network/publicIPAddresses",
            1_000,
        ),
        usage("RouteTables", "Route Tables", "Microsoft.Network/routeTables", 200),
        usage(
            "NetworkSecurityGroups",
            "Network Security Groups",
            "Microsoft.Network/networkSecurityGroups",
            5_000,
        ),
        usage("NatGateways", "Nat Gateways", "Microsoft.Network/natGateways", 100),
        usage("LoadBalancers", "Load Balancers", "Microsoft.Network/loadBalancers", 1_000),
    ]
}

/// Answers a list of what is no stored resource: sizes, permissions.
pub(crate) fn collection(
    world: &World,
    asked: &Asked,
    scope: &str,
    kind: &str,
) -> Result<Answer, Refusal> {
    match kind.to_ascii_lowercase().as_str() {
        "microsoft.compute/skus" => page(asked, cluster::sizes::listed(asked)),
        "microsoft.authorization/permissions" => {
            page(asked, super::super::caller::permissions(world, scope))
        }
        "microsoft.containerservice/managedclusters/availableagentpoolversions" => {
            Ok(Answer::ok(versions::for_pools(world, scope)))
        }
        "microsoft.containerservice/managedclusters/privatelinkresources" => {
            let cluster = world.body(scope).unwrap_or_default();
            let links = body::list(&cluster, "/properties/privateLinkResources").to_vec();
            page(asked, links)
        }
        "microsoft.network/virtualnetworks/usages" => {
            let subnets = world.children(scope, "subnets");
            let used = subnets.iter().map(|entry| cluster::room::usage(&entry.body()));
            page(asked, used)
        }
        _ => page(asked, []),
    }
}
