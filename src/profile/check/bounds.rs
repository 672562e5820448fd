//! Numbers and words of raw ARM properties that Azure documents bounds for.
//!
//! A field of the profile has its bounds in the schema; a raw property has none there, and Azure would
//! say no only when it comes to the cluster, after the network was made. Source: learn.microsoft.com,
//! configure-load-balancer-standard, nat-gateway, custom-node-configuration, upgrade-aks-cluster,
//! image-cleaner, spot-node-pool; the AKS and network specifications.

use serde_json::Value;

use super::Rules;
use super::raw::{Block, blocks};
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::raw::Section;
use crate::profile::schema::{Raw, Surge};
use crate::profile::shape_words::nearest;

/// What a place may hold.
enum Holds {
    /// A number from the first to the second.
    Between(i64, i64),
    /// The same, and 0, which leaves it to Azure.
    ZeroOr(i64, i64),
    /// A multiple of the first, up to the second.
    Multiple(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Nodes: a number, or a part from 1 % to 100 %.
    Nodes,
}

use Holds::{Between, Multiple, Nodes, Word, ZeroOr};

const CLUSTER: &[(&str, Holds)] = &[
    ("networkProfile.loadBalancerProfile.allocatedOutboundPorts", Multiple(8, 64_000)),
    ("networkProfile.loadBalancerProfile.idleTimeoutInMinutes", Between(4, 100)),
    ("networkProfile.loadBalancerProfile.managedOutboundIPs.count", Between(1, 100)),
    ("networkProfile.loadBalancerProfile.managedOutboundIPs.countIPv6", Between(0, 100)),
    ("networkProfile.natGatewayProfile.idleTimeoutInMinutes", Between(4, 120)),
    ("networkProfile.natGatewayProfile.managedOutboundIPProfile.count", Between(1, 16)),
    ("securityProfile.imageCleaner.intervalHours", Between(24, 2_160)),
];

const POOL: &[(&str, Holds)] = &[
    ("osDiskSizeGB", ZeroOr(30, 2_048)),
    ("upgradeSettings.maxSurge", Nodes),
    ("upgradeSettings.maxUnavailable", Nodes),
    ("upgradeSettings.drainTimeoutInMinutes", Between(1, 1_440)),
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

const NAT_GATEWAY: &[(&str, Holds)] = &[("idleTimeoutInMinutes", Between(4, 120))];

/// Holds every raw property that has bounds against them.
pub(super) fn check(rules: &mut Rules<'_>) {
    for block in blocks(rules.profile) {
        let Some(raw) = block.raw else { continue };
        let table = match block.section {
            Section::Cluster => CLUSTER,
            Section::Pool => POOL,
            Section::NatGateway => NAT_GATEWAY,
            _ => continue,
        };
        for (place, holds) in table {
            let Some((path, value)) = find(&block, raw, place) else { continue };
            if let Some((what, hint)) = holds.refuses(place, value) {
                rules.error(&path, what).maybe_hint(hint);
            }
        }
        if block.section == Section::Pool {
            garbage(rules, &block, raw);
        }
    }
}

/// The lower bound of image collection is no higher than the upper one, kubelet's where unsaid.
fn garbage(rules: &mut Rules<'_>, block: &Block<'_>, raw: &Raw) {
    let at = |name: &str| find(block, raw, &format!("kubeletConfig.{name}"));
    let (low, high) = (at("imageGcLowThreshold"), at("imageGcHighThreshold"));
    let number =
        |found: &Option<(String, &Value)>| found.as_ref().and_then(|found| found.1.as_i64());
    let (below, above) = (number(&low).unwrap_or(80), number(&high).unwrap_or(85));
    if below <= above {
        return;
    }
    let Some((path, _)) = low.or(high) else { return };
    rules
        .error(&path, format!("image collection would begin at {above} % and end at {below} %"))
        .hint("`imageGcLowThreshold` (80 where unsaid) is at most `imageGcHighThreshold` (85)");
}

/// Finds a place of raw properties, its keys in any case as ARM reads them.
fn find<'a>(block: &Block<'_>, raw: &'a Raw, place: &str) -> Option<(String, &'a Value)> {
    let mut path = format!("{}.properties", block.at);
    let mut keys = place.split('.');
    let mut members = &raw.0;
    loop {
        let key = keys.next()?;
        let (name, value) = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        path = key_path(&path, name);
        match value {
            Value::Object(inner) => members = inner,
            other => return keys.next().is_none().then_some((path, other)),
        }
    }
}

impl Holds {
    /// Says what is wrong with a value and what would do; `None` where nothing is.
    fn refuses(&self, place: &str, value: &Value) -> Option<(String, Option<String>)> {
        let name = place.rsplit('.').next().unwrap_or(place);
        let number = value.as_i64();
        let takes = |what: String, hint| Some((format!("`{name}` takes {what}"), hint));
        match self {
            Between(low, high) | ZeroOr(low, high) | Multiple(low, high)
                if number.is_some_and(|n| !self.takes(n)) =>
            {
                let written = number.unwrap_or_default();
                match self {
                    Multiple(step, high) => takes(
                        format!("multiples of {step} up to {high}, not {written}"),
                        (0..=*high)
                            .contains(&written)
                            .then(|| format!("{} would do", written / step * step)),
                    ),
                    _ if *high == i64::MAX => takes(format!("{low} and more, not {written}"), None),
                    _ => takes(format!("{low} to {high}, not {written}"), None),
                }
            }
            Word(words) => {
                let text = value.as_str().filter(|text| !words.iter().any(|word| word == text))?;
                let close = nearest(text, words).map(|close| format!("did you mean `{close}`?"));
                let known = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
                takes(format!("{}, not `{}`", known.join(", "), quote(text)), close)
            }
            Nodes => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let fits = text == "0" || Surge::parse(&text).is_some();
                (!fits).then(|| {
                    let what = format!("`{}` is no number of nodes", quote(&text));
                    (
                        what,
                        Some(
                            "write `\"3\"`, or a part of the pool from `\"1%\"` to `\"100%\"`"
                                .to_owned(),
                        ),
                    )
                })
            }
            _ => None,
        }
    }

    fn takes(&self, number: i64) -> bool {
        match self {
            Between(low, high) => (*low..=*high).contains(&number),
            ZeroOr(low, high) => number == 0 || (*low..=*high).contains(&number),
            Multiple(step, high) => (0..=*high).contains(&number) && number % step == 0,
            Word(_) | Nodes => true,
        }
    }
}
