//! Pools: names, modes, counts, machines, labels and taints.
//!
//! Source: learn.microsoft.com, use-system-pools, create-node-pools, quotas-skus-regions; the AKS
//! specification.

use std::collections::{BTreeSet, HashMap};

use super::Rules;
use super::syntax::{is_label_key, is_label_value, is_pool_name, pool_name_of};
use crate::address::model::LEAST_PODS_PER_POOL;
use crate::profile::place::key_path;
use crate::profile::problem::quote;
use crate::profile::ranges::pool_demand;
use crate::profile::schema::{OsType, Pool, PoolMode, Surge};
use crate::profile::shape_words::nearest;

/// What Azure calls the label and the taint of spot pools.
const SPOT: &str = "kubernetes.azure.com/scalesetpriority";

/// What a taint does to pods that do not tolerate it.
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(super) fn check(rules: &mut Rules<'_>) {
    names(rules);
    successors(rules);
    system(rules);
    for (index, pool) in rules.profile.pools.iter().enumerate() {
        let path = format!("pools[{index}]");
        count(rules, &path, pool);
        machine(rules, &path, pool);
        zones(rules, &path, pool);
        labels(rules, &path, pool);
        upgrades(rules, &path, pool);
        taints(rules, &path, pool);
    }
}

fn names(rules: &mut Rules<'_>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, pool) in rules.profile.pools.iter().enumerate() {
        let path = format!("pools[{index}].name");
        if !is_pool_name(&pool.name) {
            let what = format!(
                "`{}` is no name for a pool: small letters and digits, a letter first",
                quote(&pool.name)
            );
            let hint = pool_name_of(&pool.name).map(|close| format!("`{close}` would do"));
            rules.error(&path, what).maybe_hint(hint);
        }
        if let Some(first) = seen.get(pool.name.as_str()) {
            rules
                .error(&path, format!("two pools are named `{}`", quote(&pool.name)))
                .also(&format!("pools[{first}].name"), "the other one");
        } else {
            seen.insert(&pool.name, index);
        }
    }
}

/// A successor is a pool like any other: no pool of the profile has its name.
fn successors(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    for (index, pool) in profile.pools.iter().enumerate() {
        let Some(successor) = &pool.successor else { continue };
        let path = format!("pools[{index}].successor");
        let is_windows = pool.os_type_or_default() == OsType::Windows;
        if !is_pool_name(successor) || is_windows && successor.len() > 6 {
            let most = if is_windows { "6" } else { "12" };
            let what = format!(
                "`{}` is no name for a pool: up to {most} small letters and digits, a letter first",
                quote(successor)
            );
            let hint = pool_name_of(successor).map(|close| format!("`{close}` would do"));
            rules.error(&path, what).maybe_hint(hint.filter(|_| !is_windows));
        }
        let other = profile.pools.iter().enumerate().find(|(at, other)| {
            other.name == *successor || *at < index && other.successor.as_ref() == Some(successor)
        });
        if let Some((at, _)) = other {
            rules
                .error(&path, format!("`{}` is the name of another pool", quote(successor)))
                .also(&format!("pools[{at}].name"), "this one")
                .hint("leave `successor` out: the name is then the pool's with a number");
        }
    }
}

fn system(rules: &mut Rules<'_>) {
    let profile = rules.profile;
    let of_system = |pool: &&Pool| pool.mode_or_default() == PoolMode::System;
    let system: Vec<&Pool> = profile.pools.iter().filter(of_system).collect();
    if system.is_empty() {
        let what = match profile.pools.len() {
            1 => "the only pool has not the mode `system`".to_owned(),
            n => format!("none of the {n} pools has the mode `system`"),
        };
        let linux =
            |pool: &&Pool| pool.os_type_or_default() == OsType::Linux && pool.spot.is_none();
        let best = profile.pools.iter().find(linux).map(|pool| quote(&pool.name));
        let which = best.map_or("a Linux pool".to_owned(), |name| format!("`{name}`"));
        rules
            .error("pools", what)
            .hint(format!("the cluster's own pods need one: give {which} `mode: system`"));
        return;
    }
    let nodes: u32 = system.iter().map(|pool| pool.count_or_default()).sum();
    if nodes == 1 {
        let index = profile.pools.iter().position(|pool| of_system(&pool)).unwrap_or_default();
        rules
            .advice(
                &format!("pools[{index}].count"),
                "one system node: the cluster's own pods have nowhere to go when it fails or is \
                     upgraded",
            )
            .hint("Azure advises at least 2, and 3 for production");
    }
}

fn count(rules: &mut Rules<'_>, path: &str, pool: &Pool) {
    let is_system = pool.mode_or_default() == PoolMode::System;
    let count_path = format!("{path}.count");
    let mode_path = format!("{path}.mode");
    if is_system && pool.count == Some(0) {
        rules
            .error(&count_path, "a system pool has at least 1 node")
            .also(&mode_path, "system")
            .hint("2 is what Azure advises; only `user` pools go down to 0");
    }
    if let Some(scale) = &pool.autoscale {
        let (min, max) = (scale.min, scale.max);
        if min > max {
            rules
                .error(
                    &format!("{path}.autoscale.min"),
                    format!("the minimum, {min}, is above the maximum"),
                )
                .also(&format!("{path}.autoscale.max"), format!("the maximum, {max}"));
        }
        if is_system && min == 0 {
            rules
                .error(&format!("{path}.autoscale.min"), "a system pool has at least 1 node")
                .also(&mode_path, "system");
        }
        if let Some(count) = pool.count.filter(|count| min <= max && !(min..=max).contains(count)) {
            rules
                .error(
                    &count_path,
                    format!("{count} nodes to start with lie outside {min} to {max}"),
                )
                .also(&format!("{path}.autoscale"), "the autoscaler's bounds")
                .hint("leave `count` out: the pool then starts with the minimum");
        }
    }
    let max_pods = rules.profile.max_pods(pool);
    let demand = pool_demand(pool, max_pods);
    if is_system && demand.nodes > 0 && !demand.has_room_for_30_pods() {
        let nodes = demand.most_nodes();
        let what = format!(
            "{nodes} nodes of {max_pods} pods have room for {} pods; a system pool needs \
                 {LEAST_PODS_PER_POOL}",
            u64::from(nodes) * u64::from(max_pods)
        );
        let enough = LEAST_PODS_PER_POOL.div_ceil(u64::from(nodes.max(1)));
        rules
            .error(&format!("{path}.maxPods"), what)
            .hint(format!("`maxPods: {}` would do", enough.max(10)));
    }
}

fn machine(rules: &mut Rules<'_>, path: &str, pool: &Pool) {
    let size = &pool.vm_size;
    let size_path = format!("{path}.vmSize");
    let is_system = pool.mode_or_default() == PoolMode::System;
    let plain = size.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let lower = size.to_ascii_lowercase();
    if !plain || !lower.starts_with("standard_") || lower.len() == "standard_".len() {
        let close = format!("Standard_{}", size.replace(' ', "_"));
        let tidy = plain && !size.is_empty() && !size.contains('_')
            || size.starts_with(|c: char| c.is_ascii_uppercase()) && plain;
        let what = format!("`{}` is no size of a machine", quote(size));
        let hint = if tidy && !lower.starts_with("standard") {
            format!("write `{}`", quote(&close))
        } else {
            "sizes are like `Standard_D2s_v5`".to_owned()
        };
        rules.error(&size_path, what).hint(hint);
    }
    if is_system && lower.starts_with("standard_b") {
        rules
            .advice(
                &size_path,
                "a machine of the B series: it slows down when its credits are \
                 spent, and the cluster's own pods run here",
            )
            .hint("Azure advises against it for system pools; `Standard_D2s_v5` is the next best");
    }
    if let (true, Some(_)) = (is_system, &pool.spot) {
        rules
            .error(
                &format!("{path}.spot"),
                "a system pool cannot run on spot machines: Azure may take them back",
            )
            .at_key()
            .also(&format!("{path}.mode"), "system")
            .hint("give spot machines a pool of their own with `mode: user`");
    }
    let price = pool.spot.as_ref().and_then(|spot| spot.max_price);
    if let Some(price) = price.filter(|price| *price <= 0.0 && (*price + 1.0).abs() > f64::EPSILON)
    {
        rules
            .error(&format!("{path}.spot.maxPrice"), format!("{price} is no price"))
            .hint("more than 0 US dollars an hour, or -1 for the price of an ordinary machine");
    }
}

fn zones(rules: &mut Rules<'_>, path: &str, pool: &Pool) {
    let mut seen = BTreeSet::new();
    for (index, zone) in pool.zones.iter().enumerate() {
        let here = format!("{path}.zones[{index}]");
        if !["1", "2", "3"].contains(&zone.as_str()) {
            let what = format!(
                "`{}` is no availability zone: they are `\"1\"`, `\"2\"` and `\"3\"`",
                quote(zone)
            );
            rules.error(&here, what);
        } else if !seen.insert(zone) {
            rules.error(&here, format!("the zone `{zone}` is listed twice"));
        }
    }
}

/// Source: learn.microsoft.com, upgrade-aks-node-pools-rolling: one of the two says how an upgrade
/// goes on, and a system pool is never short of nodes.
fn upgrades(rules: &mut Rules<'_>, path: &str, pool: &Pool) {
    let (surge_path, path_missing) = (format!("{path}.maxSurge"), format!("{path}.maxUnavailable"));
    let missing = pool.max_unavailable.filter(|nodes| *nodes != Surge::Nodes(0));
    match (pool.max_surge, missing) {
        (Some(Surge::Nodes(0)), None) => {
            rules.error(&surge_path, "an upgrade adds at least 1 node, or has some missing").hint(
                "write 1 or more; a user pool may have nodes missing instead: `maxUnavailable: 1`",
            );
        }
        (Some(surge), Some(missing)) if surge != Surge::Nodes(0) => {
            rules
                .error(&path_missing, format!("an upgrade adds nodes or has {missing} missing"))
                .also(&surge_path, format!("{surge} are added"))
                .hint("leave one of the two out");
        }
        _ => {}
    }
    if missing.is_some() && pool.mode_or_default() == PoolMode::System {
        rules
            .error(&path_missing, "a system pool is never short of nodes")
            .at_key()
            .also(&format!("{path}.mode"), "system")
            .hint("`maxSurge` adds nodes while it is upgraded");
    }
}

fn labels(rules: &mut Rules<'_>, path: &str, pool: &Pool) {
    let path = format!("{path}.labels");
    for (key, value) in pool.labels.iter().flatten() {
        let here = key_path(&path, key);
        let value = value.as_deref().unwrap_or_default();
        if !is_label_key(key) {
            rules.error(&here, format!("`{}` is no name for a label", quote(key))).at_key().hint(
                "up to 63 letters, digits, `-`, `_` and `.`, as in `team` or `example.com/team`",
            );
        } else if is_reserved(key) && !is_spots_own(pool, key, value) {
            rules
                .error(&here, format!("AKS keeps the label `{}` for itself", quote(key)))
                .at_key()
                .hint("use a prefix of your own");
        } else if is_kubelets(key) {
            let what = format!("nodes take no label `{}`: Kubernetes keeps its prefix", quote(key));
            rules.error(&here, what).at_key().hint(
                "use a prefix of your own; `node.kubernetes.io/` and `kubelet.kubernetes.io/` are \
                 free",
            );
        }
        if !is_label_value(value) {
            rules
                .error(&here, format!("`{}` is no value for a label", quote(value)))
                .hint("up to 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends");
        }
    }
}

fn is_reserved(key: &str) -> bool {
    key.split_once('/').is_some_and(|(prefix, _)| {
        prefix == "kubernetes.azure.com" || prefix.ends_with(".kubernetes.azure.com")
    })
}

/// Says whether a label is the one that Azure gives every spot pool, which others make people
/// write down.
fn is_spots_own(pool: &Pool, key: &str, value: &str) -> bool {
    pool.spot.is_some() && key == SPOT && value == "spot"
}

/// Says whether a kubelet refuses to set a label on its node (`--node-labels` of kubelet: labels
/// below `kubernetes.io` and `k8s.io` are the control plane's, but for those it names).
fn is_kubelets(key: &str) -> bool {
    const FREE: [&str; 2] = ["kubelet.kubernetes.io", "node.kubernetes.io"];
    const KNOWN: [&str; 9] = [
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    ];
    let Some((prefix, _)) = key.split_once('/') else { return false };
    let below = |domain: &str| {
        prefix == domain || prefix.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    (below("kubernetes.io") || below("k8s.io"))
        && !FREE.iter().any(|free| below(free))
        && !KNOWN.contains(&key)
}

/// Source: aka.ms/aks/system-taints; recorded refusal `SystemPoolHasRestrictedTaint`.
fn system_taint(rules: &mut Rules<'_>, path: &str, here: &str, (key, effect): (&str, &str)) {
    if key == "CriticalAddonsOnly" || effect == "PreferNoSchedule" {
        return;
    }
    let what = format!("a system pool takes no taint `{}` with the effect `{effect}`", quote(key));
    rules
        .error(here, what)
        .also(&format!("{path}.mode"), "system")
        .hint("`CriticalAddonsOnly=true:NoSchedule` and the effect `PreferNoSchedule` work there");
}

fn taints(rules: &mut Rules<'_>, path: &str, pool: &Pool) {
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, taint) in pool.taints.iter().flatten().enumerate() {
        let here = format!("{path}.taints[{index}]");
        let Some((left, effect)) = taint.rsplit_once(':') else {
            rules
                .error(&here, format!("`{}` is no taint: it has no effect", quote(taint)))
                .hint("write `key=value:NoSchedule`");
            continue;
        };
        let (key, value) = left.split_once('=').unwrap_or((left, ""));
        if !EFFECTS.contains(&effect) {
            let close = nearest(effect, &EFFECTS).map(|close| format!("did you mean `{close}`?"));
            rules
                .error(
                    &here,
                    format!(
                        "`{}` is no effect of a taint; they are `NoSchedule`, \
                     `PreferNoSchedule` and `NoExecute`",
                        quote(effect)
                    ),
                )
                .maybe_hint(close);
        }
        if !is_label_key(key) || !is_label_value(value) {
            rules
                .error(
                    &here,
                    format!(
                        "`{}` is no taint: key and value are written as a label's",
                        quote(taint)
                    ),
                )
                .hint("write `key=value:NoSchedule`");
        } else if is_reserved(key) && key != SPOT {
            rules.error(&here, format!("AKS keeps the taint `{}` for itself", quote(key)));
        } else if pool.mode_or_default() == PoolMode::System && EFFECTS.contains(&effect) {
            system_taint(rules, path, &here, (key, effect));
        }
        if let Some(first) = seen.insert((key, effect), index) {
            rules
                .error(&here, format!("the taint `{}` is listed twice", quote(taint)))
                .also(&format!("{path}.taints[{first}]"), "the other one");
        }
    }
}
