//! From Azure's answers to facts. Nothing here can fail: what is missing or misspelt is left out,
//! and so is what in a text would drive a terminal or turn the direction of writing.

use std::borrow::Cow;

use serde_json::Value;

use crate::address::Range;
use crate::arm::client::Pages;
use crate::kind::{ENVIRONMENT, Kind as _, NatGateway};
use crate::version::Version;
use crate::visible::plain;

use super::attached::{Attached, Route, Rule};
use super::facts::{
    ClusterFacts, ExitFacts, Located, Lock, NetworkFacts, Offered, PeerFacts, Policy, PoolFacts,
    Provider, ProviderType, Size, SubnetFacts, Subscription, Support, Usage,
};

/// Returns every item of an answer's list that can be read.
pub(super) fn items<T>(listed: &[Value], read: fn(&Value) -> Option<T>) -> Vec<T> {
    listed.iter().filter_map(read).collect()
}

/// Returns the short form of a region's name: `West Europe` and `westeurope` are the same.
pub(super) fn region(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

fn text<'a>(value: &'a Value, at: &str) -> Option<Cow<'a, str>> {
    value.pointer(at).and_then(Value::as_str).map(plain).filter(|text| !text.is_empty())
}

fn owned(value: &Value, at: &str) -> String {
    text(value, at).unwrap_or_default().into_owned()
}

fn list<'a>(value: &'a Value, at: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(at).and_then(Value::as_array).into_iter().flatten()
}

fn texts(value: &Value, at: &str) -> Vec<String> {
    list(value, at).filter_map(Value::as_str).map(|text| plain(text).into_owned()).collect()
}

fn ranges(value: &Value, at: &str) -> Vec<Range> {
    list(value, at).filter_map(Value::as_str).filter_map(|text| Range::parse(text).ok()).collect()
}

/// Reads a number that some versions write as a fraction; below zero means no limit.
fn number(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    if let Some(whole) = value.as_u64() {
        return Some(whole);
    }
    if value.as_i64().is_some_and(|n| n < 0) {
        return Some(u64::MAX);
    }
    let whole = value
        .as_f64()
        .map(|n| n.round().to_string())
        .or_else(|| value.as_str().map(str::to_owned))?;
    whole.parse().ok()
}

/// Reads a subscription.
pub(super) fn subscription(body: &Value) -> Option<Subscription> {
    Some(Subscription {
        name: owned(body, "/displayName"),
        state: text(body, "/state")?.into_owned(),
        offer: owned(body, "/subscriptionPolicies/quotaId"),
        is_limited: text(body, "/subscriptionPolicies/spendingLimit").as_deref() == Some("On"),
    })
}

/// Reads a resource provider.
pub(super) fn provider(body: &Value) -> Option<Provider> {
    let kind = |value: &Value| {
        Some(ProviderType {
            name: text(value, "/resourceType")?.into_owned(),
            locations: texts(value, "/locations").iter().map(|name| region(name)).collect(),
            api_versions: texts(value, "/apiVersions"),
        })
    };
    Some(Provider {
        state: text(body, "/registrationState")?.into_owned(),
        types: list(body, "/resourceTypes").filter_map(kind).collect(),
    })
}

/// Reads a quota of Compute or of the network.
pub(super) fn usage(body: &Value) -> Option<Usage> {
    let name = text(body, "/name/value")?;
    Some(Usage {
        text: text(body, "/name/localizedValue").unwrap_or_else(|| name.clone()).into_owned(),
        name: name.into_owned(),
        used: number(body.get("currentValue"))?,
        limit: number(body.get("limit"))?,
    })
}

/// Returns the machine sizes of a list.
pub(super) fn sizes(listed: &Pages) -> Vec<Size> {
    listed.items().filter_map(size).collect()
}

/// Reads a size of machines; other kinds of `Microsoft.Compute/skus` are left out.
pub(super) fn size(body: &Value) -> Option<Size> {
    if !text(body, "/resourceType")?.eq_ignore_ascii_case("virtualMachines") {
        return None;
    }
    let capability = |name: &str| {
        let found = list(body, "/capabilities")
            .find(|item| text(item, "/name").is_some_and(|is| is == name))?;
        text(found, "/value")
    };
    let mut zones: Vec<String> =
        list(body, "/locationInfo").flat_map(|info| texts(info, "/zones")).collect();
    zones.sort_unstable();
    zones.dedup();
    let restrictions = |kind: &'static str| {
        list(body, "/restrictions").filter(move |item| {
            text(item, "/type").is_some_and(|found| found.eq_ignore_ascii_case(kind))
        })
    };
    let reason = |item: &Value| {
        text(item, "/reasonCode").unwrap_or("NotAvailableForSubscription".into()).into_owned()
    };
    Some(Size {
        name: text(body, "/name")?.into_owned(),
        family: owned(body, "/family"),
        cores: capability("vCPUs").and_then(|cores| cores.parse().ok())?,
        memory_mib: capability("MemoryGB").and_then(|gib| mebibytes(&gib)).unwrap_or_default(),
        zones,
        withheld: restrictions("Location").next().map(reason),
        withheld_zones: restrictions("Zone")
            .flat_map(|item| texts(item, "/restrictionInfo/zones"))
            .collect(),
        is_arm: capability("CpuArchitectureType").is_some_and(|kind| kind == "Arm64"),
        own_disk: own_disk(capability),
        encrypts: capability("EncryptionAtHostSupported").map(|flag| flag == "True"),
    })
}

/// Returns the GiB of the greatest disk that a machine has itself: its cache, its local disks. What
/// Azure does not say is not known.
fn own_disk<'a>(capability: impl Fn(&str) -> Option<Cow<'a, str>>) -> Option<u64> {
    const PER_GIB: [(&str, u64); 3] =
        [("CachedDiskBytes", 1 << 30), ("MaxResourceVolumeMB", 1024), ("NvmeDiskSizeInMiB", 1024)];
    if capability("EphemeralOSDiskSupported")? != "True" {
        return Some(0);
    }
    let sizes = PER_GIB.iter().filter_map(|(name, per)| {
        capability(name).and_then(|size| size.parse::<u64>().ok()).map(|size| size / per)
    });
    sizes.max().filter(|most| *most > 0)
}

/// Reads GiB that may have a fraction: `8`, `3.5`, `0.75`.
fn mebibytes(gib: &str) -> Option<u64> {
    let (whole, fraction) = gib.split_once('.').unwrap_or((gib, ""));
    let digits: String = fraction.chars().take(3).collect();
    let scale = 10_u64.pow(u32::try_from(digits.len()).unwrap_or_default());
    let part = digits.parse::<u64>().unwrap_or_default() * 1024 / scale;
    Some(whole.parse::<u64>().ok()?.saturating_mul(1024).saturating_add(part))
}

/// Reads a minor version of `kubernetesVersions`.
pub(super) fn offered(body: &Value) -> Option<Offered> {
    let plans = texts(body, "/capabilities/supportPlan");
    let has = |plan: &str| plans.iter().any(|known| known.eq_ignore_ascii_case(plan));
    let patches = body.get("patchVersions").and_then(Value::as_object);
    let mut patches: Vec<String> =
        patches.into_iter().flatten().map(|(k, _)| plain(k).into_owned()).collect();
    patches.sort_by_key(|patch| Version::read(patch));
    let flag = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    Some(Offered {
        minor: text(body, "/version")?.into_owned(),
        patches,
        is_preview: flag("isPreview"),
        is_default: flag("isDefault"),
        // Before 2023 no plan was named, and every version was the community's.
        support: match (has("KubernetesOfficial"), has("AKSLongTermSupport")) {
            (true, true) => Support::Both,
            (false, true) => Support::LongTermOnly,
            (_, false) => Support::Official,
        },
    })
}

/// Reads a lock.
pub(super) fn lock(body: &Value) -> Option<Lock> {
    let id = text(body, "/id")?;
    let word = "/providers/microsoft.authorization/locks/";
    let at = id.to_ascii_lowercase().rfind(word)?;
    Some(Lock {
        name: text(body, "/name")
            .or_else(|| id.rsplit('/').next().map(Cow::Borrowed))?
            .into_owned(),
        level: text(body, "/properties/level")?.into_owned(),
        scope: id[..at].to_owned(),
        notes: text(body, "/properties/notes").map(Cow::into_owned),
    })
}

/// Reads a policy assignment; its rules come later.
pub(super) fn policy(body: &Value) -> Option<Policy> {
    let given = body.pointer("/properties/parameters").and_then(Value::as_object);
    let given = given.into_iter().flatten();
    let mode = text(body, "/properties/enforcementMode").unwrap_or("Default".into());
    let last = || Some(text(body, "/id")?.rsplit('/').next()?.to_owned());
    let name = text(body, "/name").map(Cow::into_owned).or_else(last).unwrap_or_default();
    let title = text(body, "/properties/displayName").map(Cow::into_owned);
    Some(Policy {
        title: title.or_else(|| Some(name.clone()).filter(|name| !name.is_empty()))?,
        name,
        scope: owned(body, "/properties/scope"),
        not_scopes: texts(body, "/properties/notScopes"),
        is_enforced: !mode.eq_ignore_ascii_case("DoNotEnforce"),
        definition_id: text(body, "/properties/policyDefinitionId")?.into_owned(),
        parameters: given.filter_map(|(k, v)| Some((k.clone(), v.get("value")?.clone()))).collect(),
        rules: Vec::new(),
        unread: 0,
    })
}

/// Reads where a resource or a group stands and whose it is.
pub(super) fn place(body: &Value) -> Located {
    let tags = body.get("tags").and_then(Value::as_object);
    let tag = tags.into_iter().flatten().find(|(key, _)| key.eq_ignore_ascii_case(ENVIRONMENT));
    Located {
        location: region(&text(body, "/location").unwrap_or_default()),
        environment: tag.and_then(|(_, value)| Some(plain(value.as_str()?).into_owned())),
        state: text(body, "/properties/provisioningState")
            .unwrap_or("Succeeded".into())
            .into_owned(),
        managed_by: text(body, "/managedBy").map(Cow::into_owned),
    }
}

/// Reads why a name cannot be had, if it cannot.
pub(super) fn taken(body: &Value) -> Option<String> {
    let is_free = body.get("nameAvailable").and_then(Value::as_bool).unwrap_or(true);
    let said = || ["/message", "/reason"].iter().find_map(|at| text(body, at));
    (!is_free).then(|| said().unwrap_or("it is not available".into()).into_owned())
}

/// Reads a cluster.
pub(super) fn cluster(body: &Value) -> ClusterFacts {
    let range = |one: &str, many: &str| {
        let found = ranges(body, &format!("/properties/networkProfile/{many}"));
        if !found.is_empty() {
            return found;
        }
        let single = text(body, &format!("/properties/networkProfile/{one}"));
        single.and_then(|text| Range::parse(&text).ok()).into_iter().collect()
    };
    let version = text(body, "/properties/currentKubernetesVersion");
    let made = |profile: &str, managed: &str| {
        let at = format!("/properties/networkProfile/{profile}");
        let is_made = body.pointer(&format!("{at}/{managed}")).is_some_and(Value::is_object);
        list(body, &format!("{at}/effectiveOutboundIPs")).filter(|_| is_made).count()
    };
    let made = made("loadBalancerProfile", "managedOutboundIPs")
        + made("natGatewayProfile", "managedOutboundIPProfile");
    ClusterFacts {
        place: place(body),
        version: version
            .map_or_else(|| owned(body, "/properties/kubernetesVersion"), Cow::into_owned),
        node_group: owned(body, "/properties/nodeResourceGroup"),
        pools: list(body, "/properties/agentPoolProfiles").filter_map(pool).collect(),
        outbound: owned(body, "/properties/networkProfile/outboundType"),
        is_stopped: text(body, "/properties/powerState/code")
            .is_some_and(|code| code.eq_ignore_ascii_case("Stopped")),
        made_addresses: u64::try_from(made).unwrap_or(u64::MAX),
        pods: range("podCidr", "podCidrs"),
        services: range("serviceCidr", "serviceCidrs"),
    }
}

fn pool(body: &Value) -> Option<PoolFacts> {
    let nodes = number(body.get("count")).unwrap_or_default();
    let scales = body.get("enableAutoScaling").and_then(Value::as_bool).unwrap_or(false);
    let most = number(body.get("maxCount")).filter(|_| scales).unwrap_or(nodes);
    let version = ["/currentOrchestratorVersion", "/orchestratorVersion"];
    Some(PoolFacts {
        name: text(body, "/name")?.into_owned(),
        stands_for: text(body, "/tags/akstool-pool").map(std::borrow::Cow::into_owned),
        size: owned(body, "/vmSize"),
        nodes,
        most: most.max(nodes),
        version: version.iter().find_map(|at| text(body, at)).unwrap_or_default().into_owned(),
    })
}

/// Reads what decides where traffic goes: a route table or a security group.
pub(super) fn attached(body: &Value) -> Attached {
    Attached {
        environment: place(body).environment,
        routes: list(body, "/properties/routes").filter_map(route).collect(),
        rules: list(body, "/properties/securityRules").filter_map(rule).collect(),
    }
}

/// Reads a public address, a prefix of such, or a NAT gateway.
pub(super) fn exit(body: &Value) -> ExitFacts {
    let holder = ["/properties/natGateway/id", "/properties/ipConfiguration/id"];
    let holds = NatGateway::TRAITS.way_out.iter().map(|at| format!("/{}", at.replace('.', "/")));
    ExitFacts {
        sku: owned(body, "/sku/name"),
        holder: holder.iter().find_map(|at| text(body, at)).map(Cow::into_owned),
        addresses: holds.map(|at| list(body, &at).count()).sum(),
    }
}

fn route(body: &Value) -> Option<Route> {
    Some(Route {
        name: owned(body, "/name"),
        prefix: text(body, "/properties/addressPrefix")?.into_owned(),
        next_hop: text(body, "/properties/nextHopType")?.into_owned(),
        address: text(body, "/properties/nextHopIpAddress").map(Cow::into_owned),
    })
}

fn rule(body: &Value) -> Option<Rule> {
    let is = |at: &str, word: &str| text(body, at).is_some_and(|is| is.eq_ignore_ascii_case(word));
    let both = |one: &str, many: &str| {
        let mut found = texts(body, &format!("/properties/{many}"));
        found.extend(text(body, &format!("/properties/{one}")).map(Cow::into_owned));
        found
    };
    let ports = both("destinationPortRange", "destinationPortRanges");
    let all = ["*", "0-65535", "1-65535"];
    Some(Rule {
        name: owned(body, "/name"),
        priority: number(body.pointer("/properties/priority"))?,
        is_inbound: is("/properties/direction", "Inbound"),
        allows: is("/properties/access", "Allow"),
        is_whole: is("/properties/protocol", "*")
            && ports.iter().any(|p| all.contains(&p.as_str())),
        sources: both("sourceAddressPrefix", "sourceAddressPrefixes"),
        destinations: both("destinationAddressPrefix", "destinationAddressPrefixes"),
    })
}

/// Reads the versions that an upgrade profile of a cluster or a pool offers; none where its list
/// is empty or missing.
pub(super) fn upgrades(body: &Value) -> Option<Vec<String>> {
    let properties = body.get("properties")?;
    let own = properties.get("controlPlaneProfile").unwrap_or(properties);
    let offered = list(own, "/upgrades").filter_map(|offer| text(offer, "/kubernetesVersion"));
    Some(offered.map(Cow::into_owned).collect())
}

/// Reads a virtual network.
pub(super) fn network(body: &Value) -> NetworkFacts {
    let place = place(body);
    NetworkFacts {
        location: place.location,
        environment: place.environment,
        ranges: ranges(body, "/properties/addressSpace/addressPrefixes"),
        subnets: list(body, "/properties/subnets").filter_map(subnet).collect(),
        peers: list(body, "/properties/virtualNetworkPeerings").filter_map(peer).collect(),
    }
}

fn subnet(body: &Value) -> Option<SubnetFacts> {
    let mut found = ranges(body, "/properties/addressPrefixes");
    if found.is_empty() {
        let single = text(body, "/properties/addressPrefix");
        found.extend(single.and_then(|text| Range::parse(&text).ok()));
    }
    let holders = list(body, "/properties/ipConfigurations");
    let delegations = list(body, "/properties/delegations");
    Some(SubnetFacts {
        name: text(body, "/name")?.into_owned(),
        ranges: found,
        holders: holders.filter_map(|item| text(item, "/id")).map(Cow::into_owned).collect(),
        used: None,
        delegations: delegations
            .filter_map(|item| text(item, "/properties/serviceName"))
            .map(Cow::into_owned)
            .collect(),
        route_table: text(body, "/properties/routeTable/id").map(Cow::into_owned),
        nat_gateway: text(body, "/properties/natGateway/id").map(Cow::into_owned),
        security_group: text(body, "/properties/networkSecurityGroup/id").map(Cow::into_owned),
    })
}

fn peer(body: &Value) -> Option<PeerFacts> {
    // The newer name follows the other side at once, the older one after a synchronisation.
    let newer = ranges(body, "/properties/remoteVirtualNetworkAddressSpace/addressPrefixes");
    let older = ranges(body, "/properties/remoteAddressSpace/addressPrefixes");
    Some(PeerFacts {
        name: text(body, "/name")?.into_owned(),
        remote: owned(body, "/properties/remoteVirtualNetwork/id"),
        ranges: if newer.is_empty() { older } else { newer },
        state: owned(body, "/properties/peeringState"),
    })
}

/// Reads an entry of a virtual network's `usages`: the subnet's name and the addresses in use.
pub(super) fn subnet_usage(body: &Value) -> Option<(String, u64)> {
    let name = text(body, "/id")?.rsplit('/').next()?.to_owned();
    Some((name, number(body.get("currentValue"))?))
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
