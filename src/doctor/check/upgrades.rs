//! Versions that change under what stands: offered, and in reach of one step.

use std::collections::BTreeMap;

use super::versions::{refused, too_new};
use crate::arm::id::ResourceId;
use crate::doctor::facts::Offered;
use crate::doctor::finding::{Area, Finding};
use crate::doctor::versions::{numbers, resolve, wants_long_term};
use crate::kind::{AgentPool, Kind as _};
use crate::profile::schema::Profile;
use crate::shell::Line;

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

/// Tells whether a version, or a patch of a minor version, is in a list.
fn holds(reach: &[String], wanted: &str) -> bool {
    let is = |version: &String| {
        version == wanted || version.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
    };
    reach.iter().any(is)
}

/// Tells whether a version is newer than all that a pool may go to: it goes as far as its cluster.
fn is_beyond(reach: &[String], wanted: &str) -> bool {
    let minor = |version: &str| (numbers(version).0, numbers(version).1);
    reach.iter().all(|version| minor(version) < minor(wanted))
}

/// Says that a version is more than one step away.
pub(super) fn out_of_reach(
    about: &str,
    path: &str,
    (from, to): (&str, &str),
    reach: &[String],
) -> Finding {
    let fact = format!("Kubernetes of {about} cannot go from `{from}` to `{to}` at once.");
    let mut newest: BTreeMap<(u32, u32), &str> = BTreeMap::new();
    for version in reach {
        let parts = numbers(version);
        let best = newest.entry((parts.0, parts.1)).or_insert(version);
        if numbers(best) < parts {
            *best = version;
        }
    }
    let list: Vec<String> = newest.values().map(|version| format!("`{version}`")).collect();
    let so = if list.is_empty() {
        "AKS offers no upgrade from there.".to_owned()
    } else {
        let list = list.join(" or ");
        format!("AKS goes up one minor version at a time and never down: next comes {list}.")
    };
    let finding = Finding::error(Area::Versions, about, fact).so(so).code("OperationNotAllowed");
    match newest.last_key_value() {
        Some(((one, two), _)) => {
            let set = format!("{path}={one}.{two}");
            finding.run(Line::new("akstool up PROFILE --set").value(set))
        }
        None => finding.run("az aks get-upgrades --resource-group GROUP --name CLUSTER -o table"),
    }
}
