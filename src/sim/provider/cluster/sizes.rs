//! Sizes of virtual machines: what they hold, what disk AKS gives them, what quota they count on.

use serde_json::{Value, json};

use super::super::super::body;
use super::super::super::dispatch::Asked;
use super::super::super::error::Refusal;
use super::super::super::world::World;
use super::super::registration;

/// A size as its name tells it: `Standard_D4ds_v5` is family D, 4 cores, local disk, version 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    letter: String,
    /// Virtual cores.
    pub(crate) cores: u32,
    features: String,
    version: u32,
}

/// What the service chooses when no size is named; the recorded choices differ by region.
pub(crate) const DEFAULT: &str = "Standard_D8ds_v5";

/// The sizes `Microsoft.Compute/skus` lists.
const LISTED: &[(&str, f64)] = &[
    ("Standard_B2s", 4.0),
    ("Standard_B2ms", 8.0),
    ("Standard_B4ms", 16.0),
    ("Standard_D2s_v3", 8.0),
    ("Standard_D4s_v3", 16.0),
    ("Standard_D8s_v3", 32.0),
    ("Standard_DS2_v2", 7.0),
    ("Standard_DS3_v2", 14.0),
    ("Standard_D2s_v5", 8.0),
    ("Standard_D4s_v5", 16.0),
    ("Standard_D8s_v5", 32.0),
    ("Standard_D16s_v5", 64.0),
    ("Standard_D2ds_v5", 8.0),
    ("Standard_D4ds_v5", 16.0),
    ("Standard_D8ds_v5", 32.0),
    ("Standard_D16ds_v5", 64.0),
    ("Standard_D2as_v5", 8.0),
    ("Standard_D4as_v5", 16.0),
    ("Standard_D8as_v5", 32.0),
    ("Standard_D2ads_v5", 8.0),
    ("Standard_D4ads_v5", 16.0),
    ("Standard_D2ps_v5", 8.0),
    ("Standard_D4pds_v5", 16.0),
    ("Standard_D2s_v6", 8.0),
    ("Standard_D4s_v6", 16.0),
    ("Standard_D4ds_v4", 16.0),
    ("Standard_E2s_v5", 16.0),
    ("Standard_E4s_v5", 32.0),
    ("Standard_E4ds_v5", 32.0),
    ("Standard_E8ds_v5", 64.0),
    ("Standard_F2s_v2", 4.0),
    ("Standard_F4s_v2", 8.0),
    ("Standard_F8s_v2", 16.0),
    ("Standard_L8s_v3", 64.0),
    ("Standard_NC4as_T4_v3", 28.0),
];

/// The regional quota of cores; families have the same. Chosen: room for the 5,000 small nodes
/// that a cluster may have.
const CORES: u32 = 10_000;

impl Size {
    /// Reads a size's name.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let rest = name.to_ascii_lowercase().strip_prefix("standard_")?.to_owned();
        let mut parts = rest.split('_');
        let first = parts.next()?;
        let letters: String = first.chars().take_while(char::is_ascii_alphabetic).collect();
        let digits: String =
            first[letters.len()..].chars().take_while(char::is_ascii_digit).collect();
        let features = first[letters.len() + digits.len()..].to_owned();
        let version = parts.find_map(|part| part.strip_prefix('v')?.parse().ok()).unwrap_or(1);
        let number: u32 = digits.parse().ok()?;
        let old = matches!(letters.as_str(), "ds" | "d" | "a" | "f")
            && features.is_empty()
            && version <= 2;
        let cores =
            if old && letters != "f" { 1 << number.clamp(1, 6).saturating_sub(1) } else { number };
        Some(Self { letter: letters, cores, features, version })
    }

    /// Whether its processor is an Arm one.
    pub(crate) fn is_arm(&self) -> bool {
        self.features.contains('p')
    }

    /// GiB of memory: as listed, else four a core, as most families have.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let listed = LISTED.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(name));
        listed.map_or_else(|| f64::from(self.cores) * 4.0, |(_, memory)| *memory)
    }

    /// GiB of local disk, where the name promises one.
    fn local(&self) -> Option<u32> {
        let has = self.features.contains('d') || (self.features == "a" && self.version == 4);
        if !has {
            return None;
        }
        let thin = self.features == "a"
            || (self.features.contains('l') && self.features.contains('p') && self.cores >= 8);
        Some(if thin { self.cores * 25 } else { self.cores * 75 / 2 })
    }

    /// The disk AKS gives a node that asks for none: kind and GiB.
    ///
    /// Local where it has room for the smallest system disk of 128 GiB, else managed by cores, as
    /// recorded: 4 cores 150, 8 cores 300 GiB, `DS2_v2` managed 128.
    pub(crate) fn disk(&self) -> (&'static str, u32) {
        match self.local() {
            Some(gib) if gib >= 128 => ("Ephemeral", gib.min(2_040)),
            _ => ("Managed", self.managed()),
        }
    }

    /// GiB of a managed system disk by cores, as the AKS documentation lists them.
    pub(crate) fn managed(&self) -> u32 {
        match self.cores {
            0..=7 => 128,
            8..=15 => 256,
            16..=63 => 512,
            _ => 1_024,
        }
    }

    /// The quota family: `standardDDSv5Family`.
    pub(crate) fn family(&self) -> String {
        let letter = self.letter.to_ascii_uppercase();
        let features = self.features.to_ascii_uppercase();
        format!("standard{letter}{features}v{}Family", self.version)
    }
}

/// The answer of `Microsoft.Compute/skus`: an item for each size and region, all regions' unless
/// one is asked for; of a region that is none, nothing. No other filter is known
/// (learn.microsoft.com/rest/api/compute/resource-skus/list).
pub(crate) fn listed(asked: &Asked) -> impl Iterator<Item = Value> {
    let filter = asked.parameter("$filter").unwrap_or_default();
    let only = filter
        .split_once("location eq '")
        .map(|(_, rest)| registration::plain(rest.split('\'').next().unwrap_or_default()));
    let regions = registration::LOCATIONS.iter().map(|known| known.name);
    regions.filter(move |name| only.as_deref().is_none_or(|only| only == *name)).flat_map(
        |region| LISTED.iter().filter_map(move |(name, memory)| sku(name, *memory, region)),
    )
}

fn sku(name: &str, memory: f64, location: &str) -> Option<Value> {
    let size = Size::read(name)?;
    let capability = |name: &str, value: String| json!({ "name": name, "value": value });
    let ephemeral = size.local().is_some().to_string();
    Some(json!({
        "resourceType": "virtualMachines",
        "name": name,
        "tier": "Standard",
        "size": name.trim_start_matches("Standard_"),
        "family": size.family(),
        "locations": [location],
        "locationInfo": [{ "location": location, "zones": ["1", "2", "3"], "zoneDetails": [] }],
        "capabilities": [
            capability("vCPUs", size.cores.to_string()),
            capability("MemoryGB", memory.to_string()),
            capability("PremiumIO", "True".to_owned()),
            capability("HyperVGenerations", "V1,V2".to_owned()),
            capability("CpuArchitectureType", if size.is_arm() { "Arm64" } else { "x64" }.to_owned()),
            capability("EphemeralOSDiskSupported", if ephemeral == "true" { "True" } else { "False" }.to_owned()),
            capability("MaxNetworkInterfaces", "2".to_owned()),
        ],
        "restrictions": [],
    }))
}

/// Refuses pools of a cluster that need more cores than the quota leaves.
///
/// The message was seen in the wild (1ChristianAlex/motordesk#14); it speaks of the family first.
pub(crate) fn quota(
    world: &World,
    cluster: &str,
    location: &str,
    pools: &[Value],
) -> Result<(), Refusal> {
    let others = used(world, location, Some(cluster));
    let mut wanted: Vec<(String, u32)> = Vec::new();
    for pool in pools {
        let name = body::text(pool, "/vmSize").unwrap_or_default();
        add(&mut wanted, name, super::room::count(pool));
    }
    let standing = used(world, location, None);
    let of = |list: &[(String, u32)], family: &str| -> u32 {
        list.iter().find(|(name, _)| name == family).map_or(0, |(_, cores)| *cores)
    };
    for (family, cores) in &wanted {
        let left = CORES.saturating_sub(of(&others, family));
        let own = of(&standing, family).saturating_sub(of(&others, family));
        if *cores > left && *cores > own {
            return Err(insufficient(*cores, left, &format!("family {family}"), location));
        }
    }
    let sum = |list: &[(String, u32)]| list.iter().map(|(_, cores)| cores).sum::<u32>();
    let left = CORES.saturating_sub(sum(&others));
    if sum(&wanted) > left && sum(&wanted) > sum(&standing).saturating_sub(sum(&others)) {
        return Err(insufficient(sum(&wanted), left, "total regional cores", location));
    }
    Ok(())
}

fn insufficient(requested: u32, left: u32, what: &str, location: &str) -> Refusal {
    Refusal::aks(
        400,
        "ErrCode_InsufficientVCPUQuota",
        format!(
            "Insufficient vcpu quota requested {requested}, remaining {left} for {what} for region \
             {}. If you want to increase the quota, please follow this instruction: \
             https://learn.microsoft.com/azure/quotas/view-quotas. Surge nodes would also consume \
             vcpu quota.",
            registration::plain(location)
        ),
    )
}

/// Adds the cores of so many nodes of a size.
fn add(found: &mut Vec<(String, u32)>, size: &str, nodes: u64) {
    let Some(size) = Size::read(size) else { return };
    let cores = size.cores.saturating_mul(u32::try_from(nodes).unwrap_or(u32::MAX));
    match found.iter_mut().find(|(family, _)| *family == size.family()) {
        Some((_, sum)) => *sum = sum.saturating_add(cores),
        None => found.push((size.family(), cores)),
    }
}

/// Cores in use in a region, by family, but for those of one cluster.
fn used(world: &World, location: &str, without: Option<&str>) -> Vec<(String, u32)> {
    let mut found: Vec<(String, u32)> = Vec::new();
    for cluster in world.of_kind(super::KIND) {
        if without.is_some_and(|id| id.eq_ignore_ascii_case(&cluster.id)) {
            continue;
        }
        let stored = cluster.body();
        if body::text(&stored, "/location").map(registration::plain)
            != Some(registration::plain(location))
        {
            continue;
        }
        for pool in world.children(&cluster.id, "agentPools") {
            let pool = pool.body();
            let name = body::text(&pool, "/properties/vmSize").unwrap_or_default();
            add(&mut found, name, body::number(&pool, "/properties/count").unwrap_or_default());
        }
    }
    found
}

/// The answer of `Microsoft.Compute/locations/L/usages`.
pub(crate) fn usages(world: &World, location: &str) -> Vec<Value> {
    let used = used(world, location, None);
    let line = |name: &str, text: String, value: u32| {
        json!({
            "unit": "Count", "currentValue": value, "limit": CORES,
            "name": { "value": name, "localizedValue": text },
        })
    };
    let total = used.iter().map(|(_, cores)| cores).sum();
    let mut lines = vec![line("cores", "Total Regional vCPUs".to_owned(), total)];
    let mut families: Vec<String> =
        LISTED.iter().filter_map(|(name, _)| Size::read(name)).map(|size| size.family()).collect();
    families.sort_unstable();
    families.dedup();
    for family in families {
        let value = used.iter().find(|(name, _)| *name == family).map_or(0, |(_, cores)| *cores);
        let text = format!("{} vCPUs", family.replace("Family", " Family"));
        lines.push(line(&family, text, value));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_are_those_that_were_recorded() {
        for (name, disk) in [
            ("Standard_D4ds_v5", ("Ephemeral", 150)),
            ("Standard_D8d_v4", ("Ephemeral", 300)),
            ("Standard_D8a_v4", ("Ephemeral", 200)),
            ("Standard_D8plds_v5", ("Ephemeral", 200)),
            ("Standard_D4plds_v5", ("Ephemeral", 150)),
            ("Standard_DS2_v2", ("Managed", 128)),
            ("standard_d2s_v3", ("Managed", 128)),
            ("Standard_D2s_v5", ("Managed", 128)),
        ] {
            assert_eq!(Size::read(name).unwrap().disk(), disk, "{name}");
        }
        assert_eq!(Size::read("Standard_DS2_v2").unwrap().cores, 2);
        assert_eq!(Size::read("Standard_D2s_v5").unwrap().family(), "standardDSv5Family");
        assert_eq!(Size::read("nonsense"), None);
    }
}
