//! What a Kubernetes version in a profile comes to beside the one that runs.

use serde_json::Value;

use crate::kind::{Cluster, Kind};
use crate::plan::Observed;
use crate::profile::schema::Profile;
use crate::version::Version;

/// Returns that an upgrade moves the control plane alone, with the pools it leaves behind.
pub fn left_behind(profile: &Profile, observed: &Observed) -> Option<String> {
    let (wished, runs) = versions(profile, observed)?;
    let minor = |text: &str| Version::parse(text).map(Version::minor);
    let target = minor(&wished)?;
    if target <= minor(&runs)? {
        return None;
    }
    let body = cluster(observed)?;
    let pools = body.pointer("/properties/agentPoolProfiles").and_then(Value::as_array)?;
    let behind = pools.iter().filter_map(|pool| {
        let name = pool.get("name")?.as_str()?;
        let own = profile.pools.iter().find(|own| own.name == name)?;
        let stays = own.version.as_deref().and_then(minor).is_none_or(|minor| minor < target);
        let now = pool.get("orchestratorVersion").and_then(Value::as_str)?;
        stays.then(|| format!("`{name}` ({now})"))
    });
    let behind: Vec<String> = behind.collect();
    (!behind.is_empty()).then(|| {
        format!(
            "the control plane goes to {wished} and no node restarts; pools keep their version \
             until `version` on the pool says otherwise: {}",
            behind.join(", ")
        )
    })
}

/// Returns what to write into a profile that names an older version than an upgrade leads to: of the
/// cluster, and of the pools where these go along.
pub fn versions_to_write(
    profile: Option<&Profile>,
    goal: Version,
    with_pools: bool,
) -> Option<String> {
    let profile = profile?;
    let is_behind = |said: &Option<String>| {
        let version = said.as_deref().and_then(Version::parse);
        version.is_some_and(|version| version < goal.minor())
    };
    let cluster = is_behind(&profile.cluster.version).then(|| "`cluster.version`".to_owned());
    let pools = profile.pools.iter().filter(|pool| with_pools && is_behind(&pool.version));
    let pools = pools.map(|pool| format!("`pools[{}].version`", pool.name));
    let places: Vec<String> = cluster.into_iter().chain(pools).collect();
    (!places.is_empty()).then(|| {
        format!("the profile falls behind: write `\"{}\"` at {}", goal.minor(), places.join(", "))
    })
}

/// Returns the version that the profile names and the one that the cluster was last asked for.
fn versions(profile: &Profile, observed: &Observed) -> Option<(String, String)> {
    let wished = profile.cluster.version.clone()?;
    let runs = cluster(observed)?.pointer("/properties/kubernetesVersion")?.as_str()?;
    Some((wished, runs.to_owned()))
}

fn cluster(observed: &Observed) -> Option<&Value> {
    let mut found = observed.resources.iter();
    found.find(|(id, _)| id.is_type(Cluster::TYPE)).and_then(|(_, found)| found.body())
}
