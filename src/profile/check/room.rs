//! Room: whether nodes and pods fit into the ranges, and what ends growth first.
//!
//! What Azure itself counts at creation (autoscaler maxima, no surge) must fit. What an upgrade
//! adds on top is advice, because the cluster can be made and only its upgrade would fail
//! (AKS#2119).

use super::Rules;
use crate::address::model::{POD_BLOCK_PER_NODE, ROUTES_PER_TABLE};
use crate::address::number::{counted, grouped};
use crate::address::{Layout, Limit, Moment, Range, Shortage};
use crate::profile::place::key_path;
use crate::profile::problem::{Severity, quote};
use crate::profile::ranges::Surroundings;
use crate::profile::schema::{Model, Profile, Tier};

pub(super) fn check(rules: &mut Rules<'_>) {
    let ranges = rules.ranges.clone();
    let layout = rules.profile.layout(&ranges, &Surroundings::default());
    let now = layout.fit(Moment::Service).shortages;
    let present = layout.fit(Moment::Now).shortages;
    let most = layout.fit(Moment::Maximum).shortages;
    for shortage in &now {
        // Who must change the range anyway takes one that lasts.
        let lasting = most.iter().find(|one| one.limit == shortage.limit).unwrap_or(shortage);
        // A limit of AKS holds for the nodes that run; what the autoscaler may reach is a bound.
        let is_bound =
            !shortage.limit.is_range() && !present.iter().any(|one| one.limit == shortage.limit);
        let severity = if is_bound { Severity::Advice } else { Severity::Error };
        let hint = remedy(rules, lasting);
        short(rules, shortage, hint, (Moment::Service, severity));
    }
    for shortage in &most {
        let worse = now.iter().any(|one| one.limit == shortage.limit);
        if !worse {
            let hint = remedy(rules, shortage);
            short(rules, shortage, hint, (Moment::Maximum, Severity::Advice));
        }
    }
    kubenet_ends_early(rules, &layout);
}

fn short(
    rules: &mut Rules<'_>,
    shortage: &Shortage,
    hint: Option<String>,
    (moment, severity): (Moment, Severity),
) {
    let profile = rules.profile;
    let scaled = profile.pools.iter().any(|pool| pool.autoscale.is_some());
    let when = match (moment, scaled) {
        (Moment::Maximum, false) => " during an upgrade",
        (Moment::Maximum, true) => " when all pools are upgraded at their maximum",
        (_, true) => " at the autoscaler's maximum",
        (_, false) => "",
    };
    let Shortage { limit, needed, available, short_by, .. } = shortage;
    let unit = limit.unit();
    let what = if limit.is_range() {
        let has = counted(*available, unit);
        format!(
            "{limit} has {has}; {} are needed{when}: {} too few",
            grouped(*needed),
            grouped(*short_by)
        )
    } else {
        let needed = counted(*needed, unit);
        format!("{needed} are needed{when}, {} more than {limit}", grouped(*short_by))
    };
    let path = place_of(profile, limit);
    let found = rules.find(severity, &path, what);
    pools_of(profile, limit, moment)
        .into_iter()
        .fold(found.maybe_hint(hint), |found, (path, label)| found.also(&path, label));
}

/// Returns the path of the field that sets a limit.
fn place_of(profile: &Profile, limit: &Limit) -> String {
    match limit {
        Limit::PodRange { .. } => "network.podCidr".to_owned(),
        Limit::NodeSubnet { name, .. } | Limit::PodSubnet { name, .. } => {
            if profile.network.subnets.contains_key(name) {
                format!("{}.cidr", key_path("network.subnets", name))
            } else {
                "network.vnet".to_owned()
            }
        }
        Limit::Tier { .. } => "cluster.tier".to_owned(),
        Limit::Pool { pool, .. } => format!("pools[{pool}].count"),
        Limit::AzurePolicy { .. } => "network.policy".to_owned(),
        Limit::Routes { .. } | Limit::Model { .. } => "network.plugin".to_owned(),
        Limit::VnetAddresses { .. } => "network.mode".to_owned(),
    }
}

/// Returns the pools that load a limit most, with what each takes of a subnet.
fn pools_of(profile: &Profile, limit: &Limit, moment: Moment) -> Vec<(String, String)> {
    let model = profile.model();
    let demands = profile.pool_demands();
    let mut loads: Vec<(u128, usize, u64)> = Vec::new();
    for (index, (pool, demand)) in profile.pools.iter().zip(&demands).enumerate() {
        let at = demand.at(model, moment);
        let load = match limit {
            Limit::NodeSubnet { name, .. } if pool.subnet_or_default() == name => at.node_subnet,
            Limit::PodSubnet { name, .. } if pool.pod_subnet_or_default() == name => at.pod_subnet,
            Limit::PodRange { .. } => at.pod_range,
            _ => 0,
        };
        if load > 0 {
            loads.push((load, index, demand.machines(moment)));
        }
    }
    loads.sort_by_key(|(load, index, _)| (std::cmp::Reverse(*load), *index));
    let words = |(load, index, nodes): &(u128, usize, u64)| {
        let name = quote(&profile.pools[*index].name);
        (format!("pools[{index}].name"), format!("`{name}` takes {load} for {nodes} nodes"))
    };
    loads.iter().take(3).map(words).collect()
}

fn remedy(rules: &mut Rules<'_>, shortage: &Shortage) -> Option<String> {
    let profile = rules.profile;
    let prefix = match (&shortage.limit, shortage.prefix) {
        (Limit::Tier { .. }, _) if profile.cluster.tier.unwrap_or(Tier::Free) == Tier::Free => {
            return Some("`cluster.tier: standard` takes 5,000 nodes".to_owned());
        }
        (Limit::Routes { .. }, _) => {
            return Some("`plugin: azure` with `mode: overlay` needs no routes".to_owned());
        }
        (_, prefix) => prefix?,
    };
    let free = match &shortage.limit {
        Limit::PodRange { .. } => rules.free(prefix),
        Limit::NodeSubnet { name, .. } | Limit::PodSubnet { name, .. } => {
            rules.free_subnet(prefix, Some(name))
        }
        _ => None,
    };
    let example = free.map(|range| format!(", such as `{range}`")).unwrap_or_default();
    Some(format!("a /{prefix} would do{example}"))
}

/// With kubenet, a pod range narrower than a /15 ends growth before the route table does: a /24
/// goes to each node and a table has 400 routes.
fn kubenet_ends_early(rules: &mut Rules<'_>, layout: &Layout) {
    let profile = rules.profile;
    let Some(range) = layout.pod_range.filter(|_| profile.model() == Model::Kubenet) else {
        return;
    };
    let nodes = range.size() / POD_BLOCK_PER_NODE;
    let routes = u128::from(ROUTES_PER_TABLE);
    if (1..routes).contains(&nodes) {
        let what = format!(
            "{range} gives a /24 each to {nodes} nodes, fewer than the {routes} that routes \
                 allow, and cannot be changed later"
        );
        let wider = Range::prefix_of_size(routes * POD_BLOCK_PER_NODE);
        let hint = wider.map(|prefix| format!("a /{prefix} has room for all {routes}"));
        rules.advice("network.podCidr", what).maybe_hint(hint);
    }
}
