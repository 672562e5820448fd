//! Ranges held against each other: nothing overlaps, and subnets lie in their network.
//!
//! What is a conflict says `address::conflicts`; here stand its words.

use std::collections::HashMap;

use super::Rules;
use crate::address::{Conflict, Range, Relation, Role, conflicts};
use crate::profile::claims::Claim;
use crate::profile::problem::Severity;

pub(super) fn check(rules: &mut Rules<'_>) {
    let claims = rules.claims();
    twice(rules);
    let all: Vec<(Range, Role)> = claims.iter().map(|claim| (claim.range, claim.role)).collect();
    let found = conflicts(&all);
    for conflict in &found.listed {
        match *conflict {
            Conflict::Outside(at) => outside(rules, &claims[at]),
            Conflict::Overlap { first, second, relation, is_taken } => {
                let pair = (&claims[first], &claims[second]);
                let severity = if is_taken { Severity::Advice } else { Severity::Error };
                overlap(rules, pair, relation, severity);
            }
        }
    }
    if found.unlisted > 0 {
        rules.error("network", format!("{} more overlaps are not listed", found.unlisted));
    }
}

fn overlap(
    rules: &mut Rules<'_>,
    (a, b): (&Claim, &Claim),
    relation: Relation,
    severity: Severity,
) {
    // Point at the range that is easier to move: services, then pods, then a subnet.
    let rank = |claim: &Claim| match claim.role {
        Role::Services => 0,
        Role::Pods => 1,
        Role::Subnet => 2,
        Role::Network => 3,
        Role::Neighbour | Role::Elsewhere => 4,
    };
    let swapped = rank(b) <= rank(a);
    let (one, other) = if swapped { (b, a) } else { (a, b) };
    let verb = match (relation, swapped) {
        (Relation::Same, _) => "is also",
        (Relation::Inside, false) | (Relation::Contains, true) => "lies inside",
        (Relation::Contains, false) | (Relation::Inside, true) => "contains",
    };
    let what = format!(
        "{}, {}, {verb} {}{}",
        one.range,
        name(rules, one),
        if relation == Relation::Same { String::new() } else { format!("{}, ", other.range) },
        name(rules, other)
    );
    let free = instead_of(rules, one);
    let written = rules.places.is_written(&one.path);
    let field = one.path.rsplit('.').next().unwrap_or(&one.path);
    let hint = free.map(|range| {
        if written {
            format!("`{range}` is free")
        } else {
            format!("write `{field}: {range}`, which is free")
        }
    });
    let label = format!("{} is used here", other.range);
    let at = rules.places.value(&other.path).filter(|_| !written);
    let found = rules.find(severity, &one.path, what).maybe_hint(hint);
    match at {
        // A default collides: show what was written, for the default stands nowhere.
        Some(at) => found.problem.at = Some(at),
        None => drop(found.also(&other.path, label)),
    }
}

/// Returns what a range is for, in words.
fn name(rules: &Rules<'_>, claim: &Claim) -> String {
    let default = if rules.places.is_written(&claim.path) { "" } else { " (Azure's default)" };
    let words = match claim.role {
        Role::Subnet => {
            return format!("the subnet `{}`", crate::profile::problem::quote(&claim.name));
        }
        Role::Pods => "the range of pods",
        Role::Services => "the range of services",
        Role::Network if claim.path.starts_with("network.vnet.cidrs") => {
            "a range of the virtual network"
        }
        Role::Network => "the virtual network",
        _ if claim.path.starts_with("network.avoid") => "a range to avoid",
        _ => "a range behind a peering",
    };
    format!("{words}{default}")
}

/// Returns a range that could stand where this one cannot.
fn instead_of(rules: &mut Rules<'_>, claim: &Claim) -> Option<Range> {
    let prefix = claim.range.prefix();
    match claim.role {
        _ if !claim.range.is_ipv4() => None,
        Role::Neighbour | Role::Elsewhere => None,
        Role::Subnet => rules.free_subnet(prefix, None),
        _ => rules.free(prefix.max(13)),
    }
}

/// Tells of a subnet that lies in none of the network's ranges.
fn outside(rules: &mut Rules<'_>, claim: &Claim) {
    let vnets = rules.ranges.vnet.clone();
    let range = claim.range;
    let hint = if range.is_ipv4() { rules.free_subnet(range.prefix(), None) } else { None };
    let hint = hint.map(|range| format!("`{range}` is free in it"));
    let subnet = name(rules, claim);
    let what = match vnets.iter().find(|vnet| vnet.overlaps(&range)) {
        Some(vnet) => format!("{range}, {subnet}, is wider than the virtual network {vnet}"),
        None => format!("{range}, {subnet}, lies outside the virtual network"),
    };
    let vnets: Vec<String> = vnets.iter().map(ToString::to_string).collect();
    rules
        .error(&claim.path, what)
        .also("network.vnet.cidr", format!("the virtual network has {}", vnets.join(", ")))
        .maybe_hint(hint);
}

/// Says which ranges in use elsewhere are listed twice.
fn twice(rules: &mut Rules<'_>) {
    let all = rules.profile.written_elsewhere();
    let mut seen: HashMap<(&str, Range), &str> = HashMap::new();
    for Claim { path, range, .. } in &all {
        let list = path.rsplit_once('[').map_or("", |(list, _)| list);
        if let Some(first) = seen.get(&(list, *range)) {
            rules.advice(path, format!("{range} is listed twice")).also(first, "the other one");
        } else {
            seen.insert((list, *range), path);
        }
    }
}
