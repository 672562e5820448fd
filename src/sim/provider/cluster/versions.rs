//! Kubernetes versions: what an alias resolves to, what is offered, where one may go.
//!
//! The table is the world's own and stands still, so that equal runs see equal versions; it takes
//! in the minors of the recordings since 2025 and those that were current when it was written.

use serde_json::{Value, json};

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;

/// A minor version.
struct Minor {
    name: &'static str,
    patches: &'static [&'static str],
    long_term_only: bool,
    preview: bool,
}

const fn minor(name: &'static str, patches: &'static [&'static str]) -> Minor {
    Minor { name, patches, long_term_only: false, preview: false }
}

/// What a cluster gets that asks for nothing.
pub(crate) const DEFAULT: &str = "1.35";

const MINORS: &[Minor] = &[
    Minor { long_term_only: true, ..minor("1.28", &["1.28.100", "1.28.101", "1.28.102"]) },
    Minor {
        long_term_only: true,
        ..minor(
            "1.29",
            &["1.29.9", "1.29.10", "1.29.11", "1.29.12", "1.29.13", "1.29.14", "1.29.15"],
        )
    },
    Minor {
        long_term_only: true,
        ..minor(
            "1.30",
            &[
                "1.30.0", "1.30.1", "1.30.2", "1.30.3", "1.30.4", "1.30.5", "1.30.6", "1.30.7",
                "1.30.8", "1.30.9", "1.30.10", "1.30.11", "1.30.12", "1.30.13", "1.30.14",
            ],
        )
    },
    Minor {
        long_term_only: true,
        ..minor(
            "1.31",
            &[
                "1.31.1", "1.31.2", "1.31.3", "1.31.4", "1.31.5", "1.31.6", "1.31.7", "1.31.8",
                "1.31.9", "1.31.10", "1.31.11", "1.31.12", "1.31.13",
            ],
        )
    },
    Minor {
        long_term_only: true,
        ..minor(
            "1.32",
            &[
                "1.32.0", "1.32.1", "1.32.2", "1.32.3", "1.32.4", "1.32.5", "1.32.6", "1.32.7",
                "1.32.8", "1.32.9", "1.32.10",
            ],
        )
    },
    minor("1.33", &["1.33.0", "1.33.1", "1.33.2", "1.33.3", "1.33.4", "1.33.5", "1.33.6"]),
    minor("1.34", &["1.34.0", "1.34.1", "1.34.2"]),
    minor("1.35", &["1.35.0", "1.35.1"]),
    Minor { preview: true, ..minor("1.36", &["1.36.0"]) },
];

/// How many patches of a minor a list shows.
const SHOWN: usize = 3;

impl Minor {
    /// The patches on offer for something new: the newest.
    fn offered(&self) -> &'static [&'static str] {
        &self.patches[self.patches.len().saturating_sub(SHOWN)..]
    }
}

/// Resolves what was asked to the version that runs: an alias to its newest patch.
pub(crate) fn resolve(asked: &str) -> Option<&'static str> {
    let asked = if asked.is_empty() { DEFAULT } else { asked };
    MINORS.iter().find_map(|minor| {
        if minor.name == asked {
            return minor.patches.last().copied();
        }
        minor.patches.iter().copied().find(|patch| *patch == asked)
    })
}

/// Refuses a version that is not offered; returns the one that runs.
pub(crate) fn check(world: &World, asked: &str, code: &str) -> Result<String, Refusal> {
    let of_old = || world.conduct.any_version.then(|| written_out(asked)).flatten();
    resolve(asked).map(str::to_owned).or_else(of_old).ok_or_else(|| {
        Refusal::aks(
            400,
            code,
            format!(
                "Version {asked} is not supported in this region. Please use [az aks get-versions] \
                 command to get the supported version list in this region. For more information, \
                 please check https://aka.ms/supported-version-list"
            ),
        )
    })
}

/// A version that no table has, with a patch; nothing of what is no version.
fn written_out(asked: &str) -> Option<String> {
    let parts: Vec<&str> = asked.split('.').collect();
    let numbers = parts.iter().all(|part| part.parse::<u32>().is_ok());
    match parts.len() {
        2 if numbers => Some(format!("{asked}.0")),
        3 if numbers => Some(asked.to_owned()),
        _ => None,
    }
}

/// A version as numbers.
pub(crate) fn numbers(version: &str) -> (u32, u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    (next(), next(), next())
}

/// Where a version may go: newer patches and those of the next minor.
fn upgrades(from: &str) -> Vec<&'static str> {
    let from = numbers(from);
    let all = MINORS.iter().flat_map(|minor| minor.patches.iter().copied());
    all.filter(|to| {
        let to = numbers(to);
        to > from && to.1 <= from.1 + 1
    })
    .collect()
}

/// Refuses a step back or over a minor.
pub(crate) fn step(world: &World, from: &str, to: &str) -> Result<(), Refusal> {
    let next = numbers(to).1 <= numbers(from).1 + 1 && numbers(to) > numbers(from);
    let of_old = world.conduct.any_version && next;
    if from == to || of_old || upgrades(from).contains(&to) {
        return Ok(());
    }
    Err(Refusal::aks(
        400,
        "OperationNotAllowed",
        format!(
            "Upgrading Kubernetes version {from} to {to} is not allowed. Available upgrades: [{}]. \
             Please see https://aka.ms/aks-supported-k8s-ver for version details.",
            upgrades(from).join(" ")
        ),
    ))
}

/// Refuses a pool that is ahead of its control plane.
pub(crate) fn pool_fits(pool: &str, control: &str) -> Result<(), Refusal> {
    let (ahead, behind) = (numbers(pool), numbers(control));
    if ahead.1 <= behind.1 && ahead.1 + 3 >= behind.1 {
        return Ok(());
    }
    Err(Refusal::aks(
        400,
        "NodePoolMcVersionIncompatible",
        format!(
            "Node pool version {pool} and control plane version {control} are incompatible. Minor \
             version of node pool cannot be bigger than minor version of control plane version. \
             Minor version of node pool cannot be more than 3 versions less than control plane's \
             version. For more information, please check https://aka.ms/aks/UpgradeVersionRules."
        ),
    ))
}

/// The answer of `locations/L/kubernetesVersions`.
pub(crate) fn listed(api: &str) -> Value {
    let values: Vec<Value> = MINORS
        .iter()
        .map(|minor| {
            let patches: serde_json::Map<String, Value> = minor
                .offered()
                .iter()
                .map(|patch| ((*patch).to_owned(), json!({ "upgrades": upgrades(patch) })))
                .collect();
            let plans = if minor.long_term_only {
                json!(["AKSLongTermSupport"])
            } else {
                json!(["KubernetesOfficial", "AKSLongTermSupport"])
            };
            let mut value = json!({
                "version": minor.name,
                "capabilities": { "supportPlan": plans },
                "patchVersions": patches,
            });
            if minor.name == DEFAULT && api >= "2024-01-01" {
                value["isDefault"] = json!(true);
            }
            if minor.preview {
                value["isPreview"] = json!(true);
            }
            value
        })
        .collect();
    json!({ "values": values })
}

/// The answer of `locations/L/orchestrators`, which clients of old ask instead (example
/// `ContainerServiceListOrchestrators.json` of 2019-08-01).
pub(crate) fn orchestrators(id: &str) -> Value {
    let kubernetes =
        |version: &str| json!({ "orchestratorType": "Kubernetes", "orchestratorVersion": version });
    let offered = MINORS.iter().flat_map(|minor| {
        minor.offered().iter().map(move |patch| {
            let mut one = kubernetes(patch);
            one["upgrades"] = upgrades(patch).into_iter().map(kubernetes).collect();
            if resolve(DEFAULT) == Some(*patch) {
                one["default"] = json!(true);
            }
            if minor.preview {
                one["isPreview"] = json!(true);
            }
            one
        })
    });
    json!({
        "id": id, "name": "default", "type": "Microsoft.ContainerService/locations/orchestrators",
        "properties": { "orchestrators": offered.collect::<Vec<_>>() },
    })
}

/// The answer of a cluster's `availableAgentPoolVersions`.
pub(crate) fn for_pools(world: &World, cluster: &str) -> Value {
    let stored = world.body(cluster).unwrap_or_default();
    let control = body::text(&stored, "/properties/currentKubernetesVersion").unwrap_or(DEFAULT);
    let top = numbers(control);
    let versions: Vec<Value> = MINORS
        .iter()
        .flat_map(|minor| minor.patches.iter())
        .filter(|patch| numbers(patch) <= top && numbers(patch).1 + 3 >= top.1)
        .map(|patch| json!({ "default": *patch == control, "kubernetesVersion": patch }))
        .collect();
    json!({
        "id": format!("{cluster}/availableagentpoolversions"),
        "name": "default",
        "type": "Microsoft.ContainerService/managedClusters/availableAgentpoolVersions",
        "properties": { "agentPoolVersions": versions },
    })
}

/// The answer of a cluster's `upgradeProfiles/default`; a pool goes as far as its control plane, and
/// one that is there has no list (`cli-aks_nodepool_create_scale_delete`).
pub(crate) fn profile(current: &str, control_plane: Option<&str>) -> Value {
    let most = control_plane.map(numbers);
    let upgrades: Vec<Value> = upgrades(current)
        .into_iter()
        .filter(|version| most.as_ref().is_none_or(|most| numbers(version) <= *most))
        .map(|version| json!({ "kubernetesVersion": version }))
        .collect();
    if control_plane.is_some() && upgrades.is_empty() {
        return json!({ "kubernetesVersion": current, "osType": "Linux" });
    }
    json!({ "kubernetesVersion": current, "osType": "Linux", "upgrades": upgrades })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_means_its_newest_patch() {
        assert_eq!(resolve("1.34"), Some("1.34.2"));
        assert_eq!(resolve(""), resolve(DEFAULT));
        assert_eq!(resolve("1.33.5"), Some("1.33.5"));
        assert_eq!(resolve("1.20.7"), None);
    }

    #[test]
    fn one_minor_at_a_time_and_never_back() {
        let mut world = World::default();
        assert!(step(&world, "1.33.5", "1.34.2").is_ok());
        assert!(step(&world, "1.33.5", "1.35.0").is_err());
        assert!(step(&world, "1.34.2", "1.34.1").is_err());
        assert!(check(&world, "1.21.7", "c").is_err());
        world.conduct.any_version = true;
        assert_eq!(check(&world, "1.21", "c").unwrap(), "1.21.0");
        assert!(
            step(&world, "1.21.7", "1.22.0").is_ok() && step(&world, "1.22.0", "1.21.7").is_err()
        );
        assert!(check(&world, "1.x", "c").is_err());
        assert!(pool_fits("1.35.0", "1.34.2").is_err() && pool_fits("1.33.0", "1.34.2").is_ok());
    }
}
