//! Versions that change under what stands: offered, and in reach of one step.

use std::collections::BTreeMap;

use super::versions::{holds, is_beyond, out_of_reach, refused, too_new};
use crate::arm::id::ResourceId;
use crate::doctor::facts::Offered;
use crate::doctor::finding::Finding;
use crate::doctor::versions::{resolve, wants_long_term};
use crate::kind::{AgentPool, Kind as _};
use crate::profile::schema::Profile;

/// Says which versions AKS would refuse; `reach` are the versions that each may go to, as AKS
/// lists them.
pub(in crate::doctor) fn upgrades(
    profile: &Profile,
    changes: &BTreeMap<ResourceId, (String, String)>,
    offered: &[Offered],
    reach: &BTreeMap<ResourceId, Vec<String>>,
) -> Vec<Finding> {
    let is_pool = |id: &ResourceId| id.is_type(AgentPool::TYPE);
    // A pool's list ends at the version its cluster has now.
    let moves = changes.keys().any(|id| !is_pool(id));
    let mut found = Vec::new();
    for (id, (from, to)) in changes {
        let (about, path) = if is_pool(id) {
            (format!("pool `{}`", id.name()), format!("pools[{}].version", id.name()))
        } else {
            ("the cluster".to_owned(), "cluster.version".to_owned())
        };
        let reach = reach.get(id);
        if reach.is_some_and(|reach| holds(reach, to)) {
            continue;
        }
        if let Err(error) = resolve(to, offered, wants_long_term(profile)) {
            found.push(refused(&error, &about, &path).on(id));
        } else if is_pool(id) && !moves && reach.is_some_and(|reach| is_beyond(reach, to)) {
            found.push(too_new(&about, to, &path).on(id));
        } else if let Some(reach) = reach.filter(|_| !(is_pool(id) && moves)) {
            found.push(out_of_reach(&about, &path, (from, to), reach).on(id));
        }
    }
    found
}
