//! Sizes of virtual machines: what they hold, what disk AKS gives them, what quota they count on.
//! They stand in a table, `sizes.txt`.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::super::super::asked::Asked;
use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::region;
use super::super::super::world::{World, key};

/// One size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Size {
    /// `Standard_D4ds_v5`.
    pub(crate) name: String,
    /// Virtual cores.
    pub(crate) cores: u32,
    /// The quota it counts on: `standardDDSv5Family`.
    pub(crate) family: &'static str,
    memory: f64,
    local: u32,
    cache: u32,
    gpus: u32,
    is_arm: bool,
    is_premium: bool,
}

/// What the service chooses when no size is named; the recorded choices differ by region.
pub(crate) const DEFAULT: &str = "Standard_D8ds_v5";

/// The published sizes.
static TABLE: &str = include_str!("sizes.txt");

/// Every size, in the order of the table.
fn all() -> &'static [Size] {
    static ALL: OnceLock<Vec<Size>> = OnceLock::new();
    ALL.get_or_init(|| TABLE.lines().flat_map(series).collect())
}

/// The sizes of one line of the table; none of a line that says nothing.
fn series(line: &'static str) -> Vec<Size> {
    let fields: Vec<&'static str> = line.split(';').map(str::trim).collect();
    let [series, family, sizes, ..] = fields[..] else { return Vec::new() };
    let features = series.split('_').next().unwrap_or_default();
    let each = |at: usize| -> f64 {
        fields.get(at).and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let one = |size: &str| {
        let (number, cores) = size.split_once(':').unwrap_or((size, size));
        let cores: u32 = cores.parse().ok()?;
        let whole = |at: usize| whole(each(at) * f64::from(cores));
        Some(Size {
            name: format!("Standard_{}", series.replace('*', number)),
            cores,
            family,
            memory: each(3) * f64::from(cores),
            local: whole(4),
            cache: whole(5),
            gpus: whole(6),
            // The letter stands right after the number in every series that runs on Arm.
            is_arm: series.contains("*p"),
            is_premium: series.starts_with("DS") || features.contains('s'),
        })
    };
    sizes.split_whitespace().filter_map(one).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand GiB")]
fn whole(number: f64) -> u32 {
    number.max(0.0).round() as u32
}

/// The regional quota of cores; families have the same. Chosen: room for the 5,000 small nodes
/// that a cluster may have.
const CORES: u32 = 10_000;

impl Size {
    /// Finds a size by its name, in any case.
    pub(crate) fn read(name: &str) -> Option<&'static Self> {
        all().iter().find(|size| size.name.eq_ignore_ascii_case(name))
    }

    /// Tells whether it runs on Arm.
    pub(crate) fn is_arm(&self) -> bool {
        self.is_arm
    }

    /// GiB of memory.
    pub(crate) fn memory(&self) -> f64 {
        self.memory
    }

    /// GiB that a node's own system disk may have.
    pub(crate) fn room(&self) -> u32 {
        self.local.max(self.cache)
    }

    /// The disk AKS gives a node that asks for `wanted` GiB, or for none: kind and GiB.
    ///
    /// Local where that has room, which is the smallest system disk of 128 GiB if nothing is said,
    /// else managed by cores, as recorded: 4 cores 150, 8 cores 300 GiB, `DS2_v2` managed 128.
    pub(crate) fn disk(&self, wanted: Option<u32>) -> (&'static str, u32) {
        let room = self.room();
        match wanted {
            Some(wanted) if wanted <= room => ("Ephemeral", wanted),
            Some(wanted) => ("Managed", wanted),
            None if room >= 128 => ("Ephemeral", room.min(2_040)),
            None => ("Managed", self.managed()),
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
}

/// The answer of `Microsoft.Compute/skus`: an item for each size and region, all regions' unless
/// one is asked for; of a region that is none, nothing. No other filter is known
/// (learn.microsoft.com/rest/api/compute/resource-skus/list).
pub(crate) fn listed(asked: &Asked) -> impl Iterator<Item = Value> {
    let filter = asked.parameter("$filter").unwrap_or_default();
    let only = filter
        .split_once("location eq '")
        .map(|(_, rest)| region::plain(rest.split('\'').next().unwrap_or_default()));
    let regions = region::LOCATIONS.iter().map(|known| known.name);
    regions
        .filter(move |name| only.as_deref().is_none_or(|only| only == *name))
        .flat_map(|region| all().iter().map(move |size| sku(size, region)))
}

fn sku(size: &Size, location: &str) -> Value {
    let flag = |on: bool| if on { "True" } else { "False" }.to_owned();
    let short = size.name.trim_start_matches("Standard_");
    let mut capabilities = vec![
        ("MaxResourceVolumeMB", (u64::from(size.local) * 1_024).to_string()),
        ("vCPUs", size.cores.to_string()),
        ("MemoryGB", size.memory.to_string()),
        ("PremiumIO", flag(size.is_premium)),
        ("HyperVGenerations", if size.is_arm { "V2" } else { "V1,V2" }.to_owned()),
        ("CpuArchitectureType", if size.is_arm { "Arm64" } else { "x64" }.to_owned()),
        ("EphemeralOSDiskSupported", flag(size.room() > 0)),
        ("EncryptionAtHostSupported", flag(true)),
        ("LowPriorityCapable", flag(true)),
        ("AcceleratedNetworkingEnabled", flag(size.cores > 1)),
        ("MaxNetworkInterfaces", "2".to_owned()),
    ];
    if size.cache > 0 {
        let bytes = u64::from(size.cache) << 30;
        capabilities.push(("CachedDiskBytes", bytes.to_string()));
    }
    if size.gpus > 0 {
        capabilities.push(("GPUs", size.gpus.to_string()));
    }
    let capabilities: Vec<Value> = capabilities
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": short,
        "family": size.family,
        "locations": [location],
        "locationInfo": [{ "location": location, "zones": ["1", "2", "3"], "zoneDetails": [] }],
        "capabilities": capabilities,
        "restrictions": [],
    })
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
    let mut wanted: Vec<(&str, u32)> = Vec::new();
    for pool in pools {
        add_pool(&mut wanted, pool);
    }
    let standing = used(world, location, None);
    let of = |list: &[(&str, u32)], family: &str| -> u32 {
        list.iter().find(|(name, _)| *name == family).map_or(0, |(_, cores)| *cores)
    };
    for (family, cores) in &wanted {
        let left = CORES.saturating_sub(of(&others, family));
        let own = of(&standing, family).saturating_sub(of(&others, family));
        if *cores > left && *cores > own {
            return Err(insufficient(*cores, left, &format!("family {family}"), location));
        }
    }
    let sum = |list: &[(&str, u32)]| list.iter().map(|(_, cores)| cores).sum::<u32>();
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
            region::plain(location)
        ),
    )
}

/// Adds the cores of a pool's nodes; one of single machines lists them by size.
fn add_pool(found: &mut Vec<(&'static str, u32)>, pool: &Value) {
    let listed = body::list(pool, "/virtualMachinesProfile/scale/manual");
    for part in listed {
        let size = body::text(part, "/size").unwrap_or_default();
        add(found, size, body::number(part, "/count").unwrap_or_default());
    }
    if listed.is_empty() {
        let size = body::text(pool, "/vmSize").unwrap_or_default();
        add(found, size, super::room::count(pool));
    }
}

/// Adds the cores of so many nodes of a size.
fn add(found: &mut Vec<(&'static str, u32)>, size: &str, nodes: u64) {
    let Some(size) = Size::read(size) else { return };
    let cores = size.cores.saturating_mul(u32::try_from(nodes).unwrap_or(u32::MAX));
    match found.iter_mut().find(|(family, _)| *family == size.family) {
        Some((_, sum)) => *sum = sum.saturating_add(cores),
        None => found.push((size.family, cores)),
    }
}

/// Cores in use in a region, by family, but for those of one cluster.
fn used(world: &World, location: &str, without: Option<&str>) -> Vec<(&'static str, u32)> {
    let (all, location) = (world.resources.nodes(), region::plain(location));
    let mut found = Vec::new();
    for (size, nodes) in all.of(&world.subscription, &location) {
        let own = without.map_or(0, |cluster| all.of_cluster(&key(cluster), size));
        add(&mut found, size, nodes.saturating_sub(own));
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
    let mut families: Vec<&str> = all().iter().map(|size| size.family).collect();
    families.sort_unstable();
    families.dedup();
    for family in families {
        let value = used.iter().find(|(name, _)| *name == family).map_or(0, |(_, cores)| *cores);
        let text = format!("{} vCPUs", family.replace("Family", " Family"));
        lines.push(line(family, text, value));
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
            ("Standard_D8ads_v5", ("Ephemeral", 300)),
            ("Standard_DS2_v2", ("Managed", 128)),
            ("standard_d2s_v3", ("Managed", 128)),
            ("Standard_D4s_v3", ("Managed", 128)),
            ("Standard_D2s_v5", ("Managed", 128)),
            ("Standard_ND96asr_v4", ("Ephemeral", 129)),
        ] {
            assert_eq!(Size::read(name).unwrap().disk(None), disk, "{name}");
        }
        let small = Size::read("Standard_DS2_v2").unwrap();
        assert_eq!(
            (small.disk(Some(60)), small.disk(Some(100))),
            (("Ephemeral", 60), ("Managed", 100))
        );
        assert_eq!((small.cores, small.memory.to_string().as_str()), (2, "7"));
        assert_eq!(Size::read("Standard_D2s_v5").unwrap().family, "standardDSv5Family");
        assert!(Size::read("Standard_D3s_v5").is_none() && Size::read("nonsense").is_none());
    }

    #[test]
    fn every_line_of_the_table_gives_sizes_and_no_size_stands_twice() {
        let said = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in said {
            assert!(!series(line).is_empty(), "{line}");
        }
        let mut names: Vec<String> = all().iter().map(|size| size.name.to_lowercase()).collect();
        let count = names.len();
        assert!(count > 500, "{count}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(all().iter().all(|size| size.cores > 0 && size.memory > 0.0));
        assert!(Size::read("Standard_E8pds_v5").unwrap().is_arm());
        assert!(!Size::read("Standard_E8s_v5").unwrap().is_arm());
    }
}
