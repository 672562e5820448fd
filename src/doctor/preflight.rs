//! The look before the first write: as little as possible, all at once, and never in the way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use super::check;
use super::facts::{Lock, Read};
use super::finding::{Area, Finding, Severity};
use super::gather::{self, Asked, Depth, gather};
use super::needs::Needs;
use super::reading;
use super::writes::{Writes, cluster_of};
use crate::arm::client::Arm;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, Kind as _, NatGateway};
use crate::profile::schema::Profile;

/// How long a run waits for a look beforehand; chosen: a read takes a second or two, and one that
/// does not answer must not hold up what it is about.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks at what `up` wants to know before its first write, in one round of reads: locks; for what
/// is made or changed rights, registrations, versions, sizes, quota, names, the existing network,
/// policies; for versions that change the upgrades on offer. Returns what is wrong only; what could not be read
/// is left to `up` itself.
pub async fn preflight(
    arm: &Arm,
    profile: &Profile,
    subscription: &str,
    writes: &Writes,
) -> Vec<Finding> {
    let looks = async {
        let (made, locks, versions) = tokio::join!(
            made(arm, profile, subscription, writes),
            bearing(arm, writes),
            versions(arm, profile, subscription, writes),
        );
        [made, locks, versions].concat()
    };
    arm.clock().timeout(PATIENCE, Box::pin(looks)).await.unwrap_or_default()
}

/// Looks for locks that forbid what is about to be written, and for nothing else.
pub async fn locks(arm: &Arm, writes: &Writes) -> Vec<Finding> {
    arm.clock().timeout(PATIENCE, Box::pin(bearing(arm, writes))).await.unwrap_or_default()
}

/// Looks for the locks that stand in the way of each of several runs, in one look for all.
pub async fn locks_of_each(arm: &Arm, all: &[Writes]) -> Vec<Vec<Finding>> {
    let mut whole = Writes::default();
    for writes in all {
        whole.deleted.extend(writes.deleted.iter().cloned());
    }
    let looks = async { tokio::join!(standing(arm, &whole), node_groups(arm, &whole)) };
    let seen = arm.clock().timeout(PATIENCE, Box::pin(looks)).await;
    let (standing, node_groups) = seen.unwrap_or_default();
    all.iter().map(|writes| check::bearing(&standing, &node_groups, writes)).collect()
}

async fn made(arm: &Arm, profile: &Profile, subscription: &str, writes: &Writes) -> Vec<Finding> {
    let changed = writes.changed.difference(&writes.tagged);
    // A NAT gateway that gets other addresses is held against these, as a cluster is.
    let looked_at = changed.filter(|id| cluster_of(id).is_some() || id.is_type(NatGateway::TYPE));
    if writes.made.is_empty() && looked_at.count() == 0 {
        return stopped(arm, writes).await;
    }
    let needs = Needs::of(profile, subscription).only(writes.clone());
    let location = Some(profile.metadata.location.as_str());
    let asked = Asked { subscription, location, needs: Some(&needs), depth: Depth::Cheap };
    let Ok(facts) = Box::pin(gather(arm, &asked, None)).await else { return Vec::new() };
    let mut findings = check::check(&facts, Some(profile), Some(&needs));
    findings.retain(|found| matches!(found.severity, Severity::Error | Severity::Warning));
    // A version that changes in place is held against what that cluster or pool may go to.
    findings.retain(|found| {
        found.area != Area::Versions || found.id.as_ref().is_none_or(|id| writes.made.contains(id))
    });
    findings
}

/// Says which clusters that get other tags are stopped: AKS refuses these too.
async fn stopped(arm: &Arm, writes: &Writes) -> Vec<Finding> {
    let clusters: BTreeSet<ResourceId> = writes.changed.iter().filter_map(cluster_of).collect();
    let looks = clusters.iter().map(|id| async move {
        let body = arm.get(id, &Cluster::API).await.ok()??.body;
        let code = body.pointer("/properties/powerState/code")?.as_str()?;
        code.eq_ignore_ascii_case("Stopped").then(|| check::stopped(id, true))
    });
    join_all(looks).await.into_iter().flatten().collect()
}

async fn bearing(arm: &Arm, writes: &Writes) -> Vec<Finding> {
    let (locks, node_groups) = tokio::join!(standing(arm, writes), node_groups(arm, writes));
    check::bearing(&locks, &node_groups, writes)
}

/// Reads the locks of every subscription that is written to; of the groups alone where somebody
/// may not look at the whole.
async fn standing(arm: &Arm, writes: &Writes) -> Vec<Lock> {
    let groups = writes.ids().filter_map(ResourceId::group);
    let mut scopes: BTreeMap<String, Vec<ResourceId>> = BTreeMap::new();
    for id in writes.ids() {
        scopes.entry(id.subscription_id().to_ascii_lowercase()).or_default();
    }
    for group in groups {
        let known = scopes.entry(group.subscription_id().to_ascii_lowercase()).or_default();
        if !known.contains(&group) {
            known.push(group);
        }
    }
    let reads = scopes.iter().map(|(subscription, groups)| async move {
        let whole = ResourceId::subscription(subscription);
        if let Read::Got(locks) = gather::locks(arm, &whole).await {
            return locks;
        }
        let each = join_all(groups.iter().map(|group| gather::locks(arm, group))).await;
        each.iter().filter_map(Read::got).flatten().cloned().collect()
    });
    join_all(reads).await.concat()
}

/// Returns the groups that AKS made for the nodes of standing clusters, by cluster.
async fn node_groups(arm: &Arm, writes: &Writes) -> BTreeMap<ResourceId, ResourceId> {
    let reads = join_all(writes.clusters().into_iter().map(|id| async move {
        let answer = arm.get(&id, &gather::AKS).await.ok()??;
        let name = reading::cluster(&answer.body).node_group;
        let group = ResourceId::resource_group(id.subscription_id(), &name);
        (!name.is_empty()).then_some((id, group))
    }));
    reads.await.into_iter().flatten().collect()
}

async fn versions(
    arm: &Arm,
    profile: &Profile,
    subscription: &str,
    writes: &Writes,
) -> Vec<Finding> {
    if writes.versions.is_empty() {
        return Vec::new();
    }
    let upgrades = join_all(writes.versions.keys().map(|id| async move {
        let Read::Got(upgrades) = gather::upgrades(arm, id).await else { return None };
        Some((id.clone(), upgrades))
    }));
    let offered = gather::versions(arm, subscription, &profile.metadata.location);
    let (upgrades, offered) = tokio::join!(upgrades, offered);
    let Ok(offered) = offered else { return Vec::new() };
    let upgrades = upgrades.into_iter().flatten().collect();
    check::upgrades(profile, &writes.versions, &offered, &upgrades)
}
