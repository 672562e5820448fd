//! The control plane: settings that need or exclude each other.

use super::Rules;
use super::syntax::version;
use crate::profile::problem::quote;
use crate::profile::schema::{AutoUpgrade, NodeOsUpgrade, SupportPlan, Tier};

pub(super) fn check(rules: &mut Rules<'_>) {
    support(rules);
    identity(rules);
    upgrades(rules);
    pool_versions(rules);
    autoscaler(rules);
}

fn autoscaler(rules: &mut Rules<'_>) {
    let Some(profile) = &rules.profile.cluster.autoscaler_profile else { return };
    let share = profile.scale_down_utilization_threshold;
    if let Some(share) = share.filter(|share| !(0.0..=1.0).contains(share)) {
        let path = "cluster.autoscalerProfile.scaleDownUtilizationThreshold";
        rules
            .error(path, format!("{share} is no part of a node's resources"))
            .hint("write 0 to 1: `0.5` is half of them");
    }
    if rules.profile.pools.iter().all(|pool| pool.autoscale.is_none()) {
        rules.unused("cluster.autoscalerProfile", "no pool has `autoscale`");
    }
}

fn support(rules: &mut Rules<'_>) {
    let cluster = &rules.profile.cluster;
    let long = cluster.support_plan == Some(SupportPlan::LongTerm);
    if long && cluster.tier != Some(Tier::Premium) {
        rules
            .error("cluster.supportPlan", "long-term support comes with the premium tier only")
            .also("cluster.tier", "this is the tier")
            .hint("set `cluster.tier: premium`");
    }
}

fn identity(rules: &mut Rules<'_>) {
    let cluster = &rules.profile.cluster;
    if cluster.workload_identity == Some(true) && cluster.oidc_issuer == Some(false) {
        rules
            .error("cluster.workloadIdentity", "workload identity needs the cluster's OIDC issuer")
            .also("cluster.oidcIssuer", "switched off here")
            .hint("leave `oidcIssuer` out, or set it to `true`");
    }
}

/// Source: auto-upgrade-cluster, "node-image" goes with the node channel of the same name only.
fn upgrades(rules: &mut Rules<'_>) {
    let cluster = &rules.profile.cluster;
    let image = cluster.auto_upgrade == Some(AutoUpgrade::NodeImage);
    let other = cluster.node_os_upgrade.is_some_and(|channel| channel != NodeOsUpgrade::NodeImage);
    if image && other {
        rules
            .error("cluster.autoUpgrade", "`node-image` goes only with `nodeOsUpgrade: node-image`")
            .also("cluster.nodeOsUpgrade", "this says otherwise")
            .hint("leave one of the two out");
    }
    let follows = matches!(
        cluster.auto_upgrade,
        Some(AutoUpgrade::Patch | AutoUpgrade::Stable | AutoUpgrade::Rapid)
    );
    let pinned = cluster.version.as_deref().and_then(version).is_some_and(|v| v.2.is_some());
    if follows && pinned {
        rules
            .advice(
                "cluster.version",
                "a patch version with automatic upgrades: it is where \
                 the cluster starts, Azure then moves on",
            )
            .also("cluster.autoUpgrade", "this moves it")
            .hint("the minor version, such as `\"1.34\"`, says as much");
    }
}

/// A pool is not newer than the control plane, and at most two minor versions older
/// (supported-kubernetes-versions).
fn pool_versions(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let Some(ours) = profile.cluster.version.as_deref() else { return };
    let Some((major, minor, patch)) = version(ours) else { return };
    for (index, pool) in profile.pools.iter().enumerate() {
        let Some(text) = pool.version.as_deref() else { continue };
        let Some(theirs) = version(text) else { continue };
        let newer = (theirs.0, theirs.1) > (major, minor)
            || ((theirs.0, theirs.1) == (major, minor)
                && theirs.2.zip(patch).is_some_and(|(theirs, ours)| theirs > ours));
        let older = theirs.0 < major || theirs.1 + 2 < minor;
        let what = match (newer, older) {
            (true, _) => "is newer than the control plane",
            (_, true) => "is more than two minor versions behind the control plane",
            _ => continue,
        };
        rules
            .error(&format!("pools[{index}].version"), format!("`{}` {what}", quote(text)))
            .also("cluster.version", format!("the control plane has `{}`", quote(ours)))
            .hint("leave the pool's version out to follow the control plane");
    }
}
