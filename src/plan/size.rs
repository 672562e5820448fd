//! How many nodes of a cluster cost, and how many cores these have.

use serde_json::Value;

use super::observed::members;

/// The nodes that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Machines {
    pub(super) nodes: u64,
    pub(super) cores: Option<u64>,
}

/// Counts the nodes of a cluster that run: a stopped one costs none, and neither does a stopped pool.
pub(super) fn running(cluster: &Value) -> Machines {
    let stopped = |of: Option<&Value>| {
        let code = of.and_then(|power| power.get("code")).and_then(Value::as_str);
        code.is_some_and(|code| code.eq_ignore_ascii_case("Stopped"))
    };
    if stopped(cluster.pointer("/properties/powerState")) {
        return Machines { nodes: 0, cores: Some(0) };
    }
    let mut machines = Machines { nodes: 0, cores: Some(0) };
    let pools = members(cluster, "agentPoolProfiles");
    for pool in pools.filter(|pool| !stopped(pool.get("powerState"))) {
        let count = pool.get("count").and_then(Value::as_u64).unwrap_or_default();
        let each = pool.get("vmSize").and_then(Value::as_str).and_then(cores_of);
        machines.nodes += count;
        let more = if count == 0 { Some(0) } else { each.map(|each| each * count) };
        machines.cores = machines.cores.zip(more).map(|(sum, more)| sum + more);
    }
    machines
}

/// Sizes of the first series, whose number is no number of cores
/// (learn.microsoft.com/azure/virtual-machines/sizes-previous-gen).
const OLD: [(&str, u64); 17] = [
    ("A0", 1),
    ("A3", 4),
    ("A4", 8),
    ("A5", 2),
    ("A6", 4),
    ("A7", 8),
    ("D3", 4),
    ("D4", 8),
    ("D5", 16),
    ("D11", 2),
    ("D12", 4),
    ("D13", 8),
    ("D14", 16),
    ("D15", 20),
    ("G3", 8),
    ("G4", 16),
    ("G5", 32),
];

/// Returns the cores of a size, by its name: since the third version of a series the number in it is
/// that (learn.microsoft.com/azure/virtual-machines/vm-naming-conventions).
pub(super) fn cores_of(size: &str) -> Option<u64> {
    let mut words = size.split('_');
    let tier = words.next().filter(|tier| ["Standard", "Basic"].contains(tier))?;
    let name = words.next()?;
    let series: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
    let number: String = name[series.len()..].chars().take_while(char::is_ascii_digit).collect();
    let rest = &name[series.len() + number.len()..];
    let version = words.find_map(|word| word.strip_prefix('v')?.parse::<u32>().ok()).unwrap_or(1);
    let plain = series.trim_end_matches('S').to_ascii_uppercase();
    let old = OLD.iter().find(|(old, _)| *old == format!("{plain}{number}"));
    let counts =
        ["D", "DS", "G", "GS"].contains(&series.as_str()) && version <= 2 && rest.is_empty()
            || series == "A" && version == 1 && (tier == "Basic" || rest.is_empty());
    match old {
        Some((_, cores)) if counts => Some(*cores),
        _ => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_size_tells_its_cores() {
        for (size, cores) in [
            ("Standard_D2s_v5", 2),
            ("Standard_D8ds_v5", 8),
            ("Standard_DS2_v2", 2),
            ("Standard_DS3_v2", 4),
            ("Standard_D4_v3", 4),
            ("Standard_D4_v2", 8),
            ("Standard_B2ms", 2),
            ("Standard_E8-4s_v5", 8),
            ("Standard_NC24ads_A100_v4", 24),
            ("Standard_F16s_v2", 16),
            ("Standard_A4_v2", 4),
            ("Standard_L8s_v3", 8),
            ("Standard_M128ms", 128),
            ("Standard_A4", 8),
            ("Standard_GS5", 32),
        ] {
            assert_eq!(cores_of(size), Some(cores), "{size}");
        }
        assert_eq!(cores_of("huge"), None);
        assert_eq!(cores_of("Standard_X"), None);
    }

    #[test]
    fn what_is_stopped_costs_nothing() {
        let pool = json!({ "count": 3, "vmSize": "Standard_D4s_v5" });
        let stopped = json!({ "count": 5, "vmSize": "odd", "powerState": { "code": "Stopped" } });
        let odd = json!({ "count": 1, "vmSize": "odd" });
        let cluster = |pools: Value| json!({ "properties": { "agentPoolProfiles": pools } });
        let of = |pools| running(&cluster(pools));
        assert_eq!(of(json!([pool, stopped])), Machines { nodes: 3, cores: Some(12) });
        assert_eq!(of(json!([pool, odd])), Machines { nodes: 4, cores: None });
        let off = json!({ "properties": { "powerState": { "code": "Stopped" }, "agentPoolProfiles": [pool] } });
        assert_eq!(running(&off), Machines { nodes: 0, cores: Some(0) });
    }
}
