//! Numbers and words that AKS takes only within bounds, and what needs something beside it.
//!
//! The tables are those of the AKS specification (`managedClusters.json`) and documentation
//! (configure-load-balancer-standard, nat-gateway, custom-node-configuration, spot-node-pool,
//! upgrade-aks-cluster, image-cleaner). Where Azure's words are not recorded, they are in its manner.

use serde_json::Value;

use super::super::super::body;
use super::super::super::error::Refusal;
use super::labels;
use super::pool_check::invalid;

/// What a place may hold.
enum Holds {
    /// A number from the first to the second.
    Between(i64, i64),
    /// Nothing, which leaves it to AKS, or a number from the first to the second.
    ZeroOr(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Nodes: a number, or a part from 1 % to 100 %.
    Nodes,
}

use Holds::{Between, Nodes, Word, ZeroOr};

/// Places below a cluster's properties.
const CLUSTER: &[(&str, Holds)] = &[
    ("networkProfile.loadBalancerProfile.allocatedOutboundPorts", Between(0, 64_000)),
    ("networkProfile.loadBalancerProfile.idleTimeoutInMinutes", Between(4, 100)),
    ("networkProfile.loadBalancerProfile.managedOutboundIPs.count", Between(1, 100)),
    ("networkProfile.loadBalancerProfile.managedOutboundIPs.countIPv6", Between(0, 100)),
    ("networkProfile.natGatewayProfile.idleTimeoutInMinutes", Between(4, 120)),
    ("networkProfile.natGatewayProfile.managedOutboundIPProfile.count", Between(1, 16)),
    ("securityProfile.imageCleaner.intervalHours", Between(24, 2_160)),
];

/// Places of a pool.
const POOL: &[(&str, Holds)] = &[
    ("osDiskSizeGB", ZeroOr(30, 2_048)),
    ("upgradeSettings.maxSurge", Nodes),
    ("upgradeSettings.maxUnavailable", Nodes),
    ("upgradeSettings.drainTimeoutInMinutes", ZeroOr(1, 1_440)),
    ("upgradeSettings.nodeSoakDurationInMinutes", Between(0, 30)),
    ("kubeletConfig.cpuManagerPolicy", Word(&["none", "static"])),
    (
        "kubeletConfig.topologyManagerPolicy",
        Word(&["none", "best-effort", "restricted", "single-numa-node"]),
    ),
    ("kubeletConfig.imageGcHighThreshold", Between(0, 100)),
    ("kubeletConfig.imageGcLowThreshold", Between(0, 100)),
    ("kubeletConfig.containerLogMaxFiles", Between(2, i64::MAX)),
    ("linuxOSConfig.transparentHugePageEnabled", Word(&["always", "madvise", "never"])),
    (
        "linuxOSConfig.transparentHugePageDefrag",
        Word(&["always", "defer", "defer+madvise", "madvise", "never"]),
    ),
    ("linuxOSConfig.swapFileSizeMB", Between(0, i64::MAX)),
    ("linuxOSConfig.sysctls.fsFileMax", Between(8_192, i64::MAX)),
    ("linuxOSConfig.sysctls.fsInotifyMaxUserWatches", Between(781_250, 2_097_152)),
    ("linuxOSConfig.sysctls.fsAioMaxNr", Between(65_536, 6_553_500)),
    ("linuxOSConfig.sysctls.fsNrOpen", Between(8_192, 20_000_500)),
    ("linuxOSConfig.sysctls.netCoreSomaxconn", Between(4_096, 3_240_000)),
    ("linuxOSConfig.sysctls.netCoreNetdevMaxBacklog", Between(1_000, 3_240_000)),
    ("linuxOSConfig.sysctls.netCoreRmemMax", Between(212_992, 134_217_728)),
    ("linuxOSConfig.sysctls.netCoreWmemMax", Between(212_992, 134_217_728)),
    ("linuxOSConfig.sysctls.netCoreOptmemMax", Between(20_480, 4_194_304)),
    ("linuxOSConfig.sysctls.netIpv4TcpMaxSynBacklog", Between(128, 3_240_000)),
    ("linuxOSConfig.sysctls.netIpv4TcpMaxTwBuckets", Between(8_000, 1_440_000)),
    ("linuxOSConfig.sysctls.netIpv4TcpFinTimeout", Between(5, 120)),
    ("linuxOSConfig.sysctls.netIpv4TcpKeepaliveTime", Between(30, 432_000)),
    ("linuxOSConfig.sysctls.netIpv4TcpKeepaliveProbes", Between(1, 15)),
    ("linuxOSConfig.sysctls.netIpv4TcpkeepaliveIntvl", Between(10, 90)),
    ("linuxOSConfig.sysctls.netIpv4NeighDefaultGcThresh1", Between(128, 80_000)),
    ("linuxOSConfig.sysctls.netIpv4NeighDefaultGcThresh2", Between(512, 90_000)),
    ("linuxOSConfig.sysctls.netIpv4NeighDefaultGcThresh3", Between(1_024, 100_000)),
    ("linuxOSConfig.sysctls.netNetfilterNfConntrackMax", Between(131_072, 2_097_152)),
    ("linuxOSConfig.sysctls.netNetfilterNfConntrackBuckets", Between(65_536, 524_288)),
    ("linuxOSConfig.sysctls.vmVfsCachePressure", Between(1, 100)),
    ("linuxOSConfig.sysctls.vmSwappiness", Between(0, 100)),
];

/// Refuses what a cluster's body says out of bounds; `stored` has what it does not say.
pub(crate) fn cluster(given: &Value, stored: &Value) -> Result<(), Refusal> {
    let none = Value::Null;
    let properties = given.get("properties").unwrap_or(&none);
    places(CLUSTER, properties, "")?;
    ports(properties)?;
    families(properties, stored)?;
    support(stored)?;
    costs(stored)?;
    channels(stored)?;
    let workload = body::flag(stored, "/properties/securityProfile/workloadIdentity/enabled");
    if workload && !body::flag(stored, "/properties/oidcIssuerProfile/enabled") {
        return Err(invalid(
            "securityProfile.workloadIdentity.enabled",
            "Workload identity requires the OIDC issuer to be enabled.",
        ));
    }
    Ok(())
}

/// Refuses what a pool's body says out of bounds; `old` is the pool as it stands.
pub(crate) fn pool(given: &Value, old: Option<&Value>, parameter: &str) -> Result<(), Refusal> {
    places(POOL, given, &format!("{parameter}."))?;
    labels::check(given, old)?;
    garbage(given, parameter)?;
    beside(given, old, parameter)
}

/// Images are collected until less is used than what starts the collection.
fn garbage(given: &Value, parameter: &str) -> Result<(), Refusal> {
    let at = |name: &str| integer(given, &format!("kubeletConfig.{name}"));
    let (high, low) = (at("imageGcHighThreshold"), at("imageGcLowThreshold"));
    // What is not said has kubelet's default.
    if low.unwrap_or(80) <= high.unwrap_or(85) {
        return Ok(());
    }
    Err(invalid(
        &format!("{parameter}.kubeletConfig.imageGcLowThreshold"),
        "imageGcLowThreshold must not be higher than imageGcHighThreshold.",
    ))
}

/// Refuses what needs something beside it that is not there.
fn beside(given: &Value, old: Option<&Value>, parameter: &str) -> Result<(), Refusal> {
    let refuse = |field: &str, why: &str| Err(invalid(&format!("{parameter}.{field}"), why));
    let text = |field: &str| {
        let at = format!("/{field}");
        body::text(given, &at).or_else(|| old.and_then(|old| body::text(old, &at)))
    };
    let spot = text("scaleSetPriority") == Some("Spot");
    // The Azure CLI sends -1 with every pool, and Azure takes it (recorded).
    let price = given.get("spotMaxPrice").and_then(Value::as_f64);
    if let Some(price) = price.filter(|price| (price + 1.0).abs() > f64::EPSILON) {
        if !spot {
            let why = "spotMaxPrice may only be set when scaleSetPriority is Spot.";
            return refuse("spotMaxPrice", why);
        }
        if price <= 0.0 {
            return refuse("spotMaxPrice", "spotMaxPrice must be -1 or greater than zero.");
        }
    }
    // `Delete`, what holds without it, comes with every pool of the Azure CLI too (recorded).
    if body::text(given, "/scaleSetEvictionPolicy") == Some("Deallocate") && !spot {
        return refuse(
            "scaleSetEvictionPolicy",
            "scaleSetEvictionPolicy may only be set when scaleSetPriority is Spot.",
        );
    }
    if spot && text("mode") == Some("System") {
        return refuse("scaleSetPriority", "A system agent pool must not use Spot priority.");
    }
    let prefix = text("nodePublicIPPrefixID").is_some_and(|id| !id.is_empty());
    let public = |body: &Value| body::flag(body, "/enableNodePublicIP");
    if prefix && !public(given) && !old.is_some_and(public) {
        return refuse(
            "nodePublicIPPrefixID",
            "nodePublicIPPrefixID may only be set when enableNodePublicIP is true.",
        );
    }
    let windows = text("osType") == Some("Windows");
    let linux_only = ["linuxOSConfig", "messageOfTheDay"];
    match linux_only.iter().find(|field| windows && given.get(**field).is_some()) {
        Some(field) => refuse(field, "It must not be set for Windows agent pools."),
        None => Ok(()),
    }
}

/// Looks at each place of a table that a body says.
fn places(table: &[(&str, Holds)], given: &Value, above: &str) -> Result<(), Refusal> {
    for (place, holds) in table {
        let Some(value) = given.pointer(&format!("/{}", place.replace('.', "/"))) else { continue };
        if let Some(why) = holds.refuses(value) {
            return Err(invalid(&format!("{above}{place}"), &why));
        }
    }
    Ok(())
}

impl Holds {
    /// Why a value may not stand here; `None` where it may.
    fn refuses(&self, value: &Value) -> Option<String> {
        let number = value.as_i64();
        match self {
            Between(low, high) if number.is_some_and(|n| !(*low..=*high).contains(&n)) => {
                Some(format!("{value} must be between {low} and {high}."))
            }
            ZeroOr(low, high) if number.is_some_and(|n| n != 0 && !(*low..=*high).contains(&n)) => {
                Some(format!("{value} must be between {low} and {high}."))
            }
            Word(words) => {
                let text = value.as_str().filter(|text| !text.is_empty())?;
                let known = words.iter().any(|word| word.eq_ignore_ascii_case(text));
                (!known).then(|| format!("'{text}' must be one of {}.", words.join(", ")))
            }
            Nodes => {
                let text = value.as_str().filter(|text| !text.is_empty())?;
                let part = text.strip_suffix('%');
                let number = part.unwrap_or(text).parse::<u32>().ok();
                let fits = number.is_some_and(|n| part.is_none() || (1..=100).contains(&n));
                (!fits)
                    .then(|| format!("'{text}' must be a number, or a percentage from 1% to 100%."))
            }
            Between(..) | ZeroOr(..) => None,
        }
    }
}

fn integer(given: &Value, place: &str) -> Option<i64> {
    given.pointer(&format!("/{}", place.replace('.', "/")))?.as_i64()
}

/// Ports come in eights (configure-load-balancer-standard).
fn ports(properties: &Value) -> Result<(), Refusal> {
    const AT: &str = "networkProfile.loadBalancerProfile.allocatedOutboundPorts";
    let Some(ports) = integer(properties, AT).filter(|ports| ports % 8 != 0) else { return Ok(()) };
    Err(Refusal::aks(
        400,
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
        format!(
            "Load balancer profile allocated ports {ports} is not valid. It must be a multiple of 8. \
             Refer to https://aka.ms/aks/slb-ports for more details."
        ),
    )
    .target(AT))
}

/// IPv6 addresses go with a cluster of both families.
fn families(properties: &Value, stored: &Value) -> Result<(), Refusal> {
    const AT: &str = "networkProfile.loadBalancerProfile.managedOutboundIPs.countIPv6";
    let families = body::texts(stored, "/properties/networkProfile/ipFamilies");
    let six = integer(properties, AT).is_some_and(|count| count > 0);
    if six && !families.contains(&"IPv6") {
        return Err(invalid(AT, "Managed outbound IPv6 addresses require ipFamilies with IPv6."));
    }
    let listed = |field: &str| body::list(properties, &format!("/networkProfile/{field}")).len();
    match ["podCidrs", "serviceCidrs"].into_iter().find(|field| listed(field) > families.len()) {
        Some(field) => Err(invalid(
            &format!("networkProfile.{field}"),
            "There must not be more CIDRs than ipFamilies.",
        )),
        None => Ok(()),
    }
}

/// Long-term support is part of the premium tier (long-term-support).
fn support(stored: &Value) -> Result<(), Refusal> {
    let long = body::text(stored, "/properties/supportPlan") == Some("AKSLongTermSupport");
    let tier = body::text(stored, "/sku/tier").unwrap_or_default();
    if !long || tier.eq_ignore_ascii_case("Premium") {
        return Ok(());
    }
    Err(invalid(
        "supportPlan",
        &format!("AKSLongTermSupport is only available for clusters of tier Premium, not {tier}."),
    ))
}

/// Cost analysis is for clusters of a paid tier (cost-analysis).
fn costs(stored: &Value) -> Result<(), Refusal> {
    let is_on = stored.pointer("/properties/metricsProfile/costAnalysis/enabled");
    let tier = body::text(stored, "/sku/tier").unwrap_or("Free");
    if is_on != Some(&Value::Bool(true)) || !tier.eq_ignore_ascii_case("Free") {
        return Ok(());
    }
    Err(invalid(
        "metricsProfile.costAnalysis.enabled",
        "Cost analysis requires a cluster of tier Standard or Premium.",
    ))
}

/// The channel `node-image` of the cluster goes with the one of that name of the nodes (AKS
/// specification, `nodeOSUpgradeChannel`).
fn channels(stored: &Value) -> Result<(), Refusal> {
    let at = |field: &str| body::text(stored, &format!("/properties/autoUpgradeProfile/{field}"));
    let image = at("upgradeChannel") == Some("node-image");
    let nodes = at("nodeOSUpgradeChannel").unwrap_or("NodeImage");
    if !image || nodes == "NodeImage" {
        return Ok(());
    }
    Err(invalid(
        "autoUpgradeProfile.nodeOSUpgradeChannel",
        &format!("{nodes} must not be set along with upgradeChannel node-image."),
    ))
}
