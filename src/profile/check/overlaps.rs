//! Ranges held against each other: nothing overlaps, and subnets lie in their network.
//!
//! The pass is `address::find_overlaps`, which sorts; ten thousand ranges cost milliseconds.
//! What stands elsewhere (`avoid`, peers) may overlap among itself and is first reduced to
//! its widest ranges.

use std::collections::HashMap;

use super::Rules;
use super::used::{Used, used};
use crate::address::{Range, Relation, Role, find_overlaps};
use crate::profile::problem::Severity;

pub(super) fn check(rules: &mut Rules<'_>) {
    let ours = used(rules.profile, &rules.ranges);
    outside(rules, &ours);
    let elsewhere = elsewhere(rules);
    let parties: Vec<Party<'_>> = ours
        .iter()
        .map(|used| Party { path: &used.path, range: used.range, used: Some(used) })
        .chain(elsewhere.iter().map(|(path, range)| Party { path, range: *range, used: None }))
        .collect();
    overlaps(rules, &parties);
}

/// A range that has a place: ours, or somebody else's.
struct Party<'u> {
    path: &'u str,
    range: Range,
    used: Option<&'u Used>,
}

impl Party<'_> {
    fn is_subnet(&self) -> bool {
        self.used.is_some_and(|used| used.subnet)
    }

    fn is_vnet(&self) -> bool {
        self.used.is_some_and(|used| used.role == Role::Vnet && !used.subnet)
    }
}

fn overlaps(rules: &mut Rules<'_>, parties: &[Party<'_>]) {
    let all: Vec<Range> = parties.iter().map(|party| party.range).collect();
    let found = find_overlaps(&all);
    let mut told = 0_u64;
    let pairs: Vec<(usize, usize, Relation)> =
        found.listed.iter().map(|one| (one.first, one.second, one.relation)).collect();
    let meets_vnet = |index: usize| {
        pairs.iter().any(|(a, b, _)| {
            let other = if *a == index { *b } else { *a };
            (*a == index || *b == index) && parties[other].is_vnet()
        })
    };
    for (first, second, relation) in &pairs {
        let (a, b) = (&parties[*first], &parties[*second]);
        let inside_vnet = (a.is_vnet() && b.is_subnet()) || (b.is_vnet() && a.is_subnet());
        let whole_vnet_told = (a.is_subnet() && !b.is_subnet() && meets_vnet(*second))
            || (b.is_subnet() && !a.is_subnet() && meets_vnet(*first));
        if inside_vnet || whole_vnet_told {
            continue;
        }
        told += 1;
        overlap(rules, (a, b), *relation);
    }
    if found.unlisted() > 0 && told > 0 {
        let what = format!("{} more overlaps are not listed", found.unlisted());
        rules.error("network", what);
    }
}

fn overlap(rules: &mut Rules<'_>, (a, b): (&Party<'_>, &Party<'_>), relation: Relation) {
    // Point at the range that is easier to move: services, then pods, then a subnet.
    let rank = |party: &Party<'_>| match party.used {
        Some(used) if used.role == Role::Services => 0,
        Some(used) if used.role == Role::Pods => 1,
        Some(used) if used.subnet => 2,
        Some(_) => 3,
        None => 4,
    };
    let swapped = rank(b) < rank(a) || (rank(a) == rank(b));
    let (one, other) = if swapped { (b, a) } else { (a, b) };
    let verb = match (relation, swapped) {
        (Relation::Same, _) => "is also",
        (Relation::Inside, false) | (Relation::Contains, true) => "lies inside",
        (Relation::Contains, false) | (Relation::Inside, true) => "contains",
    };
    let what = format!(
        "{}, {}, {verb} {}{}",
        one.range,
        name(rules, one.path),
        if relation == Relation::Same { String::new() } else { format!("{}, ", other.range) },
        name(rules, other.path)
    );
    let free = instead_of(rules, one);
    let written = rules.places.is_written(one.path);
    let field = one.path.rsplit('.').next().unwrap_or(one.path);
    let hint = free.map(|range| {
        if written {
            format!("`{range}` is free")
        } else {
            format!("write `{field}: {range}`, which is free")
        }
    });
    let label = format!("{} is used here", other.range);
    let path = other.path.to_owned();
    let at = rules.places.value(&path).filter(|_| !written);
    let severity =
        if touches_no_subnet(rules, (one, other)) { Severity::Advice } else { Severity::Error };
    let found = rules.find(severity, one.path, what).maybe_hint(hint);
    match at {
        // A default collides: show what was written, for the default stands nowhere.
        Some(at) => found.problem.at = Some(at),
        None => drop(found.also(&path, label)),
    }
}

/// Returns what a range is for, in words.
fn name(rules: &Rules<'_>, path: &str) -> String {
    let default = if rules.places.is_written(path) { "" } else { " (Azure's default)" };
    let words = match path {
        "network.podCidr" | "network.podCidrV6" => "the range of pods",
        "network.serviceCidr" | "network.serviceCidrV6" => "the range of services",
        "network.vnet.cidr" | "network.vnet" => "the virtual network",
        _ if path.starts_with("network.vnet.cidrs") => "a range of the virtual network",
        _ if path.starts_with("network.avoid") => "a range to avoid",
        _ if path.starts_with("network.peerings") => "a range behind a peering",
        _ => {
            let inner = path.trim_start_matches("network.subnets");
            let inner = inner.trim_end_matches(".cidrV6").trim_end_matches(".cidr");
            let subnet = inner.trim_matches(['.', '[', ']', '"']);
            return format!("the subnet `{}`", crate::profile::problem::quote(subnet));
        }
    };
    format!("{words}{default}")
}

/// Says whether services lie in the space of a network and in none of its subnets: AKS compares
/// services with subnets alone, and takes that (its own page on pod subnets does it).
fn touches_no_subnet(rules: &Rules<'_>, (one, other): (&Party<'_>, &Party<'_>)) -> bool {
    let is_services = one.used.is_some_and(|used| used.role == Role::Services);
    let subnets = &rules.ranges.subnets;
    let known = subnets.values().all(Option::is_some) && !subnets.is_empty();
    is_services
        && other.is_vnet()
        && known
        && !subnets.values().flatten().any(|subnet| subnet.overlaps(&one.range))
}

/// Returns a range that could stand where this one cannot.
fn instead_of(rules: &mut Rules<'_>, party: &Party<'_>) -> Option<Range> {
    let used = party.used.filter(|_| party.range.is_ipv4())?;
    let prefix = party.range.prefix();
    if used.subnet { rules.free_subnet(prefix, None) } else { rules.free(prefix.max(13)) }
}

/// Subnets that lie in none of the network's ranges.
fn outside(rules: &mut Rules<'_>, ours: &[Used]) {
    let ranges = rules.ranges.clone();
    let network = &rules.profile.network;
    let known = network.vnet.as_ref().is_some_and(|vnet| vnet.id.is_none() && vnet.cidr.is_some());
    if !known || ranges.vnet.is_empty() {
        return;
    }
    for used in ours.iter().filter(|used| used.subnet) {
        if ranges.vnet.iter().any(|vnet| vnet.contains(&used.range)) {
            continue;
        }
        let prefix = used.range.prefix();
        let hint = if used.range.is_ipv4() { rules.free_subnet(prefix, None) } else { None };
        let hint = hint.map(|range| format!("`{range}` is free in it"));
        let partly = ranges.vnet.iter().find(|vnet| vnet.overlaps(&used.range));
        let what = match partly {
            Some(vnet) => format!(
                "{}, {}, is wider than the virtual network {vnet}",
                used.range,
                name(rules, &used.path)
            ),
            None => format!(
                "{}, {}, lies outside the virtual network",
                used.range,
                name(rules, &used.path)
            ),
        };
        let vnets: Vec<String> = ranges.vnet.iter().map(ToString::to_string).collect();
        rules
            .error(&used.path, what)
            .also("network.vnet.cidr", format!("the virtual network has {}", vnets.join(", ")))
            .maybe_hint(hint);
    }
}

/// Returns what stands elsewhere, only the widest ranges; says which are listed twice.
fn elsewhere(rules: &mut Rules<'_>) -> Vec<(String, Range)> {
    let network = &rules.profile.network;
    let avoid = network.avoid.iter().enumerate();
    let avoid = avoid.map(|(index, net)| (format!("network.avoid[{index}]"), *net));
    let peers = network.peerings.iter().enumerate().flat_map(|(peer, peering)| {
        peering
            .cidrs
            .iter()
            .enumerate()
            .map(move |(index, net)| (format!("network.peerings[{peer}].cidrs[{index}]"), *net))
    });
    let mut all: Vec<(String, Range)> = avoid.chain(peers).collect();
    twice(rules, &all);
    all.sort_by_key(|(_, range)| (!range.is_ipv4(), range.first(), range.prefix()));
    let mut widest: Vec<(String, Range)> = Vec::new();
    for (path, range) in all {
        if !widest.last().is_some_and(|(_, last)| last.contains(&range)) {
            widest.push((path, range));
        }
    }
    widest
}

fn twice(rules: &mut Rules<'_>, all: &[(String, Range)]) {
    let mut seen: HashMap<(&str, Range), &str> = HashMap::new();
    for (path, range) in all {
        let list = path.rsplit_once('[').map_or("", |(list, _)| list);
        if let Some(first) = seen.get(&(list, *range)) {
            rules.advice(path, format!("{range} is listed twice")).also(first, "the other one");
        } else {
            seen.insert((list, *range), path);
        }
    }
}
