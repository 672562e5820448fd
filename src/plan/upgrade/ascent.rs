//! What an upgrade has to know of the world, and what its next leg moves.

use serde_json::Value;

use crate::arm::id::ResourceId;
use crate::plan::observed::Found;
use crate::version::Version;

/// The nodes that a pool rolls at once when nothing is said, in percent; what AKS itself writes on
/// new pools (upgrade-aks-node-pools-rolling).
const SURGE: &str = "10%";

/// What an upgrade has to know of the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Ascent {
    /// The cluster.
    pub cluster: Found,
    /// Its pools, each as read by itself.
    pub pools: Vec<Found>,
    /// The subnets that its nodes stand in, as far as they may be read.
    pub subnets: Vec<Found>,
    /// The versions that AKS lets the control plane go to from where it is.
    pub reach: Vec<Version>,
    /// Where to; without a patch to the newest patch of that minor version.
    pub goal: Version,
    /// Whether the pools stay where they are.
    pub control_plane_only: bool,
}

/// The nodes that a pool adds for the time of its upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surge {
    /// The pool.
    pub pool: ResourceId,
    /// The size of its machines.
    pub size: String,
    /// Whether they are spot machines.
    pub is_spot: bool,
    /// How many.
    pub nodes: u64,
}

impl Ascent {
    /// Returns the version that the control plane runs.
    pub fn runs(&self) -> Option<Version> {
        runs(&self.cluster.body, "currentKubernetesVersion", "kubernetesVersion")
    }

    /// Returns the newest version in reach that the goal takes in.
    pub(super) fn next(&self, runs: Version) -> Option<Version> {
        let ahead = self.reach.iter().copied().filter(|version| *version > runs);
        ahead.filter(|version| self.goal.takes_in(*version)).max()
    }

    /// Returns where this leg ends.
    ///
    /// A pool that is a minor version behind goes first: were the control plane to move on, AKS
    /// could refuse the pool for the distance, and the pool would skip a version.
    pub(super) fn level(&self, runs: Version) -> Version {
        let behind =
            self.pools.iter().filter_map(pool_runs).any(|pool| pool.minor() < runs.minor());
        if behind && !self.control_plane_only {
            return runs;
        }
        self.next(runs).unwrap_or(runs)
    }

    /// Tells whether a pool is to move to a version.
    pub(super) fn moves(&self, pool: &Found, level: Version) -> bool {
        !self.control_plane_only && pool_runs(pool).is_some_and(|runs| runs < level)
    }

    /// Returns the nodes that each pool adds while this leg moves it.
    pub fn surges(&self) -> Vec<Surge> {
        let Some(level) = self.runs().map(|runs| self.level(runs)) else { return Vec::new() };
        let moved = self.pools.iter().filter(|pool| self.moves(pool, level));
        moved.filter_map(surge).collect()
    }
}

/// Returns the version that a body says is running, or else was asked for last.
pub(super) fn runs(body: &Value, running: &str, asked: &str) -> Option<Version> {
    let text = |name: &str| body.pointer(&format!("/properties/{name}")).and_then(Value::as_str);
    text(running).or_else(|| text(asked)).and_then(Version::parse)
}

pub(super) fn pool_runs(pool: &Found) -> Option<Version> {
    runs(&pool.body, "currentOrchestratorVersion", "orchestratorVersion")
}

pub(super) fn property<'a>(found: &'a Found, pointer: &str) -> Option<&'a Value> {
    found.body.pointer("/properties")?.pointer(pointer)
}

/// Returns how many nodes a pool has.
pub(super) fn nodes(pool: &Found) -> u64 {
    property(pool, "/count").and_then(Value::as_u64).unwrap_or_default()
}

/// Returns how many nodes a pool rolls at once. A pool that may be short of nodes instead adds none.
pub(super) fn at_once(pool: &Found) -> u64 {
    let text =
        |name: &str| property(pool, &format!("/upgradeSettings/{name}")).and_then(Value::as_str);
    let share = text("maxSurge").unwrap_or(SURGE);
    match share.strip_suffix('%').map(str::parse::<u64>) {
        Some(percent) => (nodes(pool) * percent.unwrap_or_default()).div_ceil(100),
        None => share.parse().unwrap_or(1),
    }
}

fn surge(pool: &Found) -> Option<Surge> {
    let added = at_once(pool).min(nodes(pool));
    let text = |pointer: &str| property(pool, pointer).and_then(Value::as_str).unwrap_or_default();
    (added > 0).then(|| Surge {
        pool: pool.id.clone(),
        size: text("/vmSize").to_owned(),
        is_spot: text("/scaleSetPriority").eq_ignore_ascii_case("Spot"),
        nodes: added,
    })
}
