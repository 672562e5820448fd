//! Locks that forbid what a plan is about to write, and no others.
//!
//! A lock on something, above it or, for a deletion, within it holds (Azure documentation,
//! "Lock your Azure resources"): `ReadOnly` against every write, `CanNotDelete` against deletions.

use std::collections::BTreeMap;

use super::standing::{Lies, lies, named, remove};
use crate::arm::id::ResourceId;
use crate::doctor::facts::Lock;
use crate::doctor::finding::{Area, Finding};
use crate::doctor::writes::{Writes, cluster_of};
use crate::kind::{Kind as _, RoleAssignment, noun};

/// Says which locks stand in the way; `node_groups` are those that AKS made, by cluster.
pub(in crate::doctor) fn bearing(
    locks: &[Lock],
    node_groups: &BTreeMap<ResourceId, ResourceId>,
    writes: &Writes,
) -> Vec<Finding> {
    let found = locks.iter().filter_map(|lock| {
        let so =
            deletions(lock, node_groups, writes).or_else(|| changes(lock, node_groups, writes))?;
        let finding = Finding::error(Area::Locks, lock.scope.as_str(), named(lock)).so(so);
        Some(finding.code("ScopeLocked").run(remove(lock)))
    });
    found.collect()
}

fn deletions(
    lock: &Lock,
    node_groups: &BTreeMap<ResourceId, ResourceId>,
    writes: &Writes,
) -> Option<String> {
    let held = |how: Lies| shortest(writes.deleted.iter().filter(|id| lies(lock, id) == Some(how)));
    if let Some(held) = held(Lies::Over).or_else(|| held(Lies::Within)) {
        return Some(format!("Azure would refuse to delete {} with `ScopeLocked`.", called(held)));
    }
    let mut clusters = writes.deleted.iter().filter_map(|id| Some((id, node_groups.get(id)?)));
    let (cluster, _) = clusters.find(|(_, group)| lies(lock, group).is_some())?;
    Some(format!(
        "AKS could not take away the nodes of cluster `{}`, and the cluster would stay.",
        cluster.name()
    ))
}

fn changes(
    lock: &Lock,
    node_groups: &BTreeMap<ResourceId, ResourceId>,
    writes: &Writes,
) -> Option<String> {
    if !lock.is_read_only() {
        return None;
    }
    let written = || writes.made.iter().chain(&writes.changed);
    if let Some(held) = shortest(written().filter(|id| lies(lock, id) == Some(Lies::Over))) {
        return Some(format!("Azure would refuse to write {} with `ScopeLocked`.", called(held)));
    }
    let mut clusters = written().filter_map(cluster_of);
    let cluster = clusters.find(|cluster| {
        node_groups.get(cluster).is_some_and(|group| lies(lock, group).is_some())
    })?;
    Some(format!("AKS could not change the nodes of cluster `{}`.", cluster.name()))
}

/// Returns what people call a resource; a right has no name that tells anybody anything.
fn called(id: &ResourceId) -> String {
    let of = |id: &ResourceId| format!("{} `{}`", noun(&id.resource_type()), id.name());
    match id.parent().filter(|_| id.is_type(RoleAssignment::TYPE)) {
        Some(scope) => format!("a right on {}", of(&scope)),
        None => of(id),
    }
}

fn shortest<'a>(ids: impl Iterator<Item = &'a ResourceId>) -> Option<&'a ResourceId> {
    ids.min_by_key(|id| id.as_str().len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn id(path: &str) -> ResourceId {
        ResourceId::parse(&format!("/subscriptions/s{path}")).unwrap()
    }

    const NET: &str = "/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
    const CLUSTER: &str =
        "/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";

    fn says(scope: &str, level: &str, writes: &Writes) -> Option<String> {
        let scope = format!("/subscriptions/s{scope}");
        let lock = Lock { name: "l".into(), level: level.into(), scope, notes: None };
        let groups = BTreeMap::from([(id(CLUSTER), id("/resourceGroups/MC_c"))]);
        let mut found = bearing(&[lock], &groups, writes);
        found.pop().and_then(|found| found.consequence)
    }

    #[test]
    fn a_deletion_is_held_by_a_lock_on_it_above_it_and_within_it() {
        let writes = Writes { deleted: BTreeSet::from([id(NET)]), ..Writes::default() };
        for level in ["CanNotDelete", "ReadOnly"] {
            for scope in ["", "/resourceGroups/g", NET, &format!("{NET}/subnets/a")] {
                let so = says(scope, level, &writes);
                let refused =
                    "Azure would refuse to delete virtual network `v` with `ScopeLocked`.";
                assert_eq!(so.as_deref(), Some(refused), "{scope} {level}");
            }
            for scope in ["/resourceGroups/other", &format!("{NET}2"), CLUSTER] {
                assert_eq!(says(scope, level, &writes), None, "{scope} {level}");
            }
        }
    }

    #[test]
    fn a_right_is_called_by_what_it_is_on() {
        let right = "/providers/Microsoft.Authorization/roleAssignments/6881fcad";
        let right = id(&format!("{NET}/subnets/a{right}"));
        let writes = Writes { made: BTreeSet::from([right]), ..Writes::default() };
        let refused = "Azure would refuse to write a right on subnet `a` with `ScopeLocked`.";
        assert_eq!(says("/resourceGroups/g", "ReadOnly", &writes).as_deref(), Some(refused));
    }

    #[test]
    fn a_change_is_held_by_read_only_on_it_and_above_it_alone() {
        let writes = Writes { changed: BTreeSet::from([id(NET)]), ..Writes::default() };
        for scope in ["", "/resourceGroups/g", NET] {
            assert!(says(scope, "ReadOnly", &writes).is_some(), "{scope}");
            assert_eq!(says(scope, "CanNotDelete", &writes), None, "{scope}");
        }
        assert_eq!(says(&format!("{NET}/subnets/a"), "ReadOnly", &writes), None);
    }

    #[test]
    fn a_lock_on_the_nodes_group_holds_the_cluster() {
        let scope = "/resourceGroups/MC_c";
        let gone = Writes { deleted: BTreeSet::from([id(CLUSTER)]), ..Writes::default() };
        assert!(says(scope, "CanNotDelete", &gone).unwrap().contains("the cluster would stay"));
        let pool = id(&format!("{CLUSTER}/agentPools/p"));
        let scaled = Writes { changed: BTreeSet::from([pool]), ..Writes::default() };
        assert!(says(scope, "ReadOnly", &scaled).unwrap().contains("change the nodes"));
        assert_eq!(says(scope, "CanNotDelete", &scaled), None);
    }
}
