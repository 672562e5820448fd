//! What a cluster's upgrade has to know of Azure: where it may go, and whether the nodes that it adds
//! for its time find quota.

use std::collections::BTreeMap;

use super::check::{cores_by_name, find, quotas};
use super::facts::{Read, Size, Usage};
use super::finding::{Area, Finding};
use super::gather::{self, AKS};
use super::reading;
use crate::address::number::grouped;
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::arm::request::{Method, Request};
use crate::version::Version;

/// Nodes that are added for the time of an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The pool.
    pub pool: ResourceId,
    /// The size of its machines.
    pub size: String,
    /// Whether they are spot machines.
    pub is_spot: bool,
    /// How many.
    pub nodes: u64,
}

/// Returns the versions that AKS lets a cluster's control plane go to from where it is.
pub async fn reach(arm: &Arm, cluster: &ResourceId) -> Result<Vec<Version>, Error> {
    let request = Request::new(Method::Get, cluster, "/upgradeProfiles/default", &AKS);
    let answer = arm.send(request).await?;
    let offered = reading::upgrades(&answer.body).unwrap_or_default();
    Ok(offered.iter().filter_map(|text| Version::parse(text)).collect())
}

/// Looks whether the quota of a region has room for the nodes that an upgrade adds, one pool after the
/// other. What could not be read is left to Azure.
pub async fn room(
    arm: &Arm,
    subscription: &ResourceId,
    location: &str,
    added: &[Added],
) -> Vec<Finding> {
    if added.is_empty() {
        return Vec::new();
    }
    let (usages, sizes) = gather::cores(arm, subscription, location).await;
    let Read::Got(usages) = usages else { return Vec::new() };
    let sizes = sizes.got().map(reading::sizes).unwrap_or_default();
    short(&usages, &sizes, added)
}

/// Returns the quotas that have too little left, each with the pool that needs the most of it.
fn short(usages: &[Usage], sizes: &[Size], added: &[Added]) -> Vec<Finding> {
    let mut most: BTreeMap<String, (u64, &Added)> = BTreeMap::new();
    for one in added {
        let size = find(sizes, &one.size);
        let cores = size.map(|size| size.cores).or_else(|| cores_by_name(&one.size));
        let Some(need) = cores.map(|cores| cores.saturating_mul(one.nodes)) else { continue };
        for name in quotas(one.is_spot, size) {
            let entry = most.entry(name).or_insert((need, one));
            if entry.0 < need {
                *entry = (need, one);
            }
        }
    }
    let short = most.iter().filter_map(|(name, (need, pool))| {
        let usage = usages.iter().find(|usage| usage.name.eq_ignore_ascii_case(name))?;
        (usage.left() < *need).then(|| lacking(usage, *need, &pool.pool))
    });
    short.collect()
}

fn lacking(usage: &Usage, need: u64, pool: &ResourceId) -> Finding {
    let fact = format!(
        "{}: {} of {} are left, and pool `{}` adds nodes with {} while it is upgraded.",
        usage.text,
        grouped(usage.left()),
        grouped(usage.limit),
        pool.name(),
        grouped(need)
    );
    let so = "The upgrade would stop in the middle; raise the quota, or let the pool add fewer nodes \
              at a time with a smaller `maxSurge`.";
    let about = usage.text.as_str();
    let code = "ErrCode_InsufficientVCPUQuota";
    Finding::error(Area::Quota, about, fact).so(so).code(code).on(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(name: &str, used: u64, limit: u64) -> Usage {
        let (name, text) = (name.to_owned(), name.to_owned());
        Usage { name, text, used, limit }
    }

    fn added(pool: &str, nodes: u64, is_spot: bool) -> Added {
        let group = ResourceId::resource_group("s", "g");
        let cluster = group.resource("Microsoft.ContainerService/managedClusters", "c");
        let pool = cluster.child("agentPools", pool);
        Added { pool, size: "Standard_D4s_v5".to_owned(), is_spot, nodes }
    }

    #[test]
    fn pools_go_one_after_the_other_so_the_largest_surge_counts() {
        let usages = [usage("cores", 92, 100), usage("lowPriorityCores", 0, 3)];
        let short = |added: &[Added]| -> Vec<String> {
            super::short(&usages, &[], added).into_iter().map(|found| found.about).collect()
        };
        assert_eq!(short(&[added("a", 2, false), added("b", 2, false)]), [""; 0]);
        assert_eq!(short(&[added("a", 1, false), added("b", 3, false)]), ["cores"]);
        assert_eq!(short(&[added("a", 1, true)]), ["lowPriorityCores"]);
    }
}
