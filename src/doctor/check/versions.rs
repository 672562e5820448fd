//! Kubernetes versions: offered in the region, and in the right order.

use std::collections::BTreeMap;

use super::Case;
use super::unread::{Blank, unread};
use crate::doctor::facts::{Facts, Offered, Read, Unread};
use crate::doctor::finding::{Area, Finding};
use crate::doctor::versions::{Error, floats, resolve, wants_long_term};
use crate::shell::Line;
use crate::version::Version;

const AREA: Area = Area::Versions;

/// The field that holds a cluster's own version.
const CLUSTER: &str = "cluster.version";

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let offered = match &case.facts.versions {
        Read::Got(offered) => offered,
        Read::Unknown(why) => return vec![unseen(case.facts, why)],
        Read::NotAsked => return Vec::new(),
    };
    let mut found = Vec::new();
    let cluster = case.profile.cluster.version.as_deref();
    found.push(match cluster {
        Some(wanted) => of_cluster(case, wanted, offered),
        None => unset(offered),
    });
    found = found.into_iter().map(|found| found.on(&case.needs.cluster)).collect();
    for pool in &case.profile.pools {
        let Some(wanted) = pool.version.as_deref() else { continue };
        let about = format!("pool `{}`", pool.name);
        let path = format!("pools[{}].version", pool.name);
        let one = one(case, wanted, offered, &about, &path);
        let ahead = is_ahead(case, wanted, cluster, offered);
        let finding = if ahead { too_new(&about, wanted, &path) } else { one };
        found.push(finding.on(&case.needs.pool(&pool.name)));
    }
    found
}

/// Says what a region offers, for a look without a profile.
pub(super) fn offered(facts: &Facts) -> Vec<Finding> {
    match &facts.versions {
        Read::Got(offered) => vec![unset(offered)],
        Read::Unknown(why) => vec![unseen(facts, why)],
        Read::NotAsked => Vec::new(),
    }
}

fn unseen(facts: &Facts, why: &Unread) -> Finding {
    let what = "the Kubernetes versions of the region";
    let so = "AKS would refuse one that is not offered with `K8sVersionNotSupported`.";
    unread(facts, &Blank { area: AREA, what, scope: None, so }, why)
}

fn unset(offered: &[Offered]) -> Finding {
    let list: Vec<String> = offered.iter().map(described).collect();
    let fact = if list.is_empty() {
        "The region offers no Kubernetes version.".to_owned()
    } else {
        format!("The region offers {}.", list.join(", "))
    };
    Finding::info(AREA, "the region", fact)
}

fn described(minor: &Offered) -> String {
    let mut words = Vec::new();
    words.extend(minor.is_default.then_some("default"));
    words.extend(minor.is_preview.then_some("preview"));
    words.extend((!minor.support.is_official()).then_some("long-term support only"));
    if words.is_empty() {
        return minor.minor.clone();
    }
    format!("{} ({})", minor.minor, words.join(", "))
}

fn of_cluster(case: &Case<'_>, wanted: &str, offered: &[Offered]) -> Finding {
    one(case, wanted, offered, "the cluster", CLUSTER)
}

/// Tells whether a minor version lies between two versions; AKS upgrades one at a time.
fn skips(from: &str, to: &str) -> bool {
    Version::parse(from).is_some_and(|from| from.steps_to(Version::read(to)) > 1)
}

/// Returns the patches of the minor version that comes after a version.
fn next(from: &str, offered: &[Offered]) -> Vec<String> {
    let after =
        |minor: &&Offered| Version::read(&minor.minor).minor() == Version::read(from).next_minor();
    offered.iter().find(after).map(|minor| minor.patches.clone()).unwrap_or_default()
}

fn one(case: &Case<'_>, wanted: &str, offered: &[Offered], about: &str, path: &str) -> Finding {
    let running = case.facts.cluster.got().and_then(Option::as_ref).map(|c| c.version.as_str());
    let is_running = running.is_some_and(|running| {
        running == wanted || running.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
    });
    if is_running {
        return Finding::ok(AREA, about, format!("Kubernetes `{wanted}` runs already."));
    }
    let long_term = wants_long_term(case.profile);
    match resolve(wanted, offered, long_term) {
        Ok(version) if path == CLUSTER && running.is_some_and(|from| skips(from, &version)) => {
            let from = running.unwrap_or_default();
            out_of_reach(about, path, (from, &version), &next(from, offered))
        }
        Ok(version) => {
            let minor = offered.iter().find(|m| m.minor == version || m.patches.contains(&version));
            if minor.is_some_and(|minor| minor.is_preview) {
                let fact = format!("Kubernetes `{wanted}` is a preview in this region.");
                let so = "Microsoft does not support clusters on a preview.";
                return Finding::warning(AREA, about, fact).so(so).run(set(path, "latest"));
            }
            let means =
                if floats(wanted) { format!(", which is `{version}`,") } else { String::new() };
            Finding::ok(AREA, about, format!("Kubernetes `{wanted}`{means} is offered."))
        }
        Err(error) => refused(&error, about, path),
    }
}

pub(super) fn refused(error: &Error, about: &str, path: &str) -> Finding {
    let nearest = match error {
        Error::NotOffered { nearest, .. } | Error::LongTermOnly { nearest, .. } => Some(nearest),
        Error::Nothing(_) | Error::NoVersion(_) => None,
    };
    let text = error.to_string();
    let mut letters = text.chars();
    let text: String =
        letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect();
    let so = match error {
        Error::LongTermOnly { .. } => {
            "AKS would refuse the cluster, except with `cluster.supportPlan: long-term` and \
             `cluster.tier: premium`."
        }
        _ => "AKS would refuse it with `K8sVersionNotSupported`.",
    };
    let finding =
        Finding::error(AREA, about, format!("{text}.")).so(so).code("K8sVersionNotSupported");
    match nearest {
        Some(nearest) => finding.run(set(path, nearest)),
        None => finding.run("akstool doctor --location REGION"),
    }
}

/// Tells whether a pool's version is newer than its control plane's.
fn is_ahead(case: &Case<'_>, pool: &str, cluster: Option<&str>, offered: &[Offered]) -> bool {
    let long_term = wants_long_term(case.profile);
    let running = case.facts.cluster.got().and_then(Option::as_ref).map(|c| c.version.clone());
    let default = || offered.iter().find(|minor| minor.is_default).map(|minor| minor.minor.clone());
    let control = match cluster {
        Some(wanted) => resolve(wanted, offered, long_term).ok(),
        None => running.or_else(default),
    };
    let pool = resolve(pool, offered, long_term).ok();
    let Some((control, pool)) = control.zip(pool) else { return false };
    // A minor version is an alias for its newest patch.
    let (control, pool) = (Version::read(&control), Version::read(&pool));
    (pool.is_exact() && !control.takes_in(pool)) || pool.minor() > control.minor()
}

/// Returns the command that sets a version.
fn set(path: &str, version: &str) -> Line {
    Line::new("akstool up PROFILE --set").value(format!("{path}={version}"))
}

pub(super) fn too_new(about: &str, wanted: &str, path: &str) -> Finding {
    let fact = format!("Kubernetes `{wanted}` is newer than the cluster's own version.");
    let so = "AKS would refuse it with `NodePoolMcVersionIncompatible`; upgrade the cluster first.";
    Finding::error(AREA, about, fact)
        .so(so)
        .code("NodePoolMcVersionIncompatible")
        .run(set(path, ""))
}

/// Tells whether a version, or a patch of a minor version, is in a list.
pub(super) fn holds(reach: &[String], wanted: &str) -> bool {
    let is = |version: &String| {
        version == wanted || version.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
    };
    reach.iter().any(is)
}

/// Tells whether a version is newer than all that a pool may go to: it goes as far as its cluster.
pub(super) fn is_beyond(reach: &[String], wanted: &str) -> bool {
    let minor = |version: &str| Version::read(version).minor();
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
    let mut newest: BTreeMap<Version, Version> = BTreeMap::new();
    for version in reach.iter().filter_map(|version| Version::parse(version)) {
        let best = newest.entry(version.minor()).or_default();
        *best = version.max(*best);
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
        Some((minor, _)) => {
            let set = format!("{path}={minor}");
            finding.run(Line::new("akstool up PROFILE --set").value(set))
        }
        None => finding.run("az aks get-upgrades --resource-group GROUP --name CLUSTER -o table"),
    }
}
