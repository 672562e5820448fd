//! Ranges that collide with each other, with what AKS keeps, or with where they must lie.

use serde::Serialize;

use crate::address::free::is_private;
use crate::address::{Range, Role, find_overlaps, reserved_for};
use crate::profile::schema::Profile;
use crate::profile::{Ranges, Surroundings};

/// Something that cannot be as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The ranges concerned, each with what it is for.
    pub between: Vec<String>,
    /// What is wrong, as a sentence.
    pub text: String,
}

impl Conflict {
    /// Tells whether services lie in the network's space and in none of its subnets.
    fn is_services_beside(&self, subnets: &[Range], named: &[Named]) -> bool {
        let is = |role: Role| {
            named.iter().find(|one| one.role == Some(role) && self.between.contains(&one.text()))
        };
        let services = is(Role::Services).filter(|_| is(Role::Vnet).is_some());
        services.is_some_and(|one| !subnets.iter().any(|subnet| subnet.overlaps(&one.range)))
    }
}

/// A range and what it is for.
struct Named {
    label: String,
    range: Range,
    role: Option<Role>,
}

impl Named {
    fn new(label: impl Into<String>, range: Range, role: Option<Role>) -> Self {
        Self { label: label.into(), range, role }
    }

    fn text(&self) -> String {
        format!("{} {}", self.label, self.range)
    }
}

/// Finds every conflict, at most a thousand overlaps.
pub(super) fn find(profile: &Profile, ranges: &Ranges, around: &Surroundings) -> Vec<Conflict> {
    let subnets = subnets(ranges);
    let top = top_level(profile, ranges, around, &subnets);
    let mut conflicts = overlaps(&top);
    // AKS compares services with subnets, not with the space around them.
    let seen = around.subnets.values().map(|(range, _)| *range);
    let all: Vec<Range> = subnets.iter().map(|subnet| subnet.range).chain(seen).collect();
    if !all.is_empty() {
        conflicts.retain(|conflict| !conflict.is_services_beside(&all, &top));
    }
    if !ranges.vnet.is_empty() {
        conflicts.extend(overlaps(&subnets));
    }
    conflicts.extend(outside(&subnets, &ranges.vnet));
    for named in &top {
        conflicts.extend(named.role.iter().flat_map(|role| forbidden(named, *role)));
    }
    conflicts
}

fn subnets(ranges: &Ranges) -> Vec<Named> {
    let known = ranges.subnets.iter().filter_map(|(key, range)| Some((key, (*range)?)));
    known
        .map(|(key, range)| Named::new(format!("subnet `{key}`"), range, Some(Role::Vnet)))
        .collect()
}

/// Returns the ranges that must be disjoint; subnets stand in for a network that is not known.
fn top_level(
    profile: &Profile,
    ranges: &Ranges,
    around: &Surroundings,
    subnets: &[Named],
) -> Vec<Named> {
    let network = &profile.network;
    let vnet = |range: &Range| Named::new("the virtual network", *range, Some(Role::Vnet));
    let mut top: Vec<Named> = ranges.vnet.iter().map(vnet).collect();
    if top.is_empty() {
        top.extend(subnets.iter().map(|s| Named::new(s.label.clone(), s.range, s.role)));
    }
    let pods = [ranges.pods, ranges.pods_v6].into_iter().flatten();
    top.extend(pods.map(|range| Named::new("pods", range, Some(Role::Pods))));
    let services = [ranges.services, ranges.services_v6].into_iter().flatten();
    top.extend(services.map(|range| Named::new("services", range, Some(Role::Services))));
    for peering in &network.peerings {
        let label = format!("peer `{}`", peering.name);
        top.extend(peering.cidrs.iter().map(|net| Named::new(label.clone(), *net, None)));
    }
    top.extend(network.avoid.iter().map(|net| Named::new("avoided", *net, None)));
    let named = |network: &str| format!("network `{network}` in Azure");
    top.extend(around.taken.iter().map(|(range, by)| Named::new(named(by), *range, None)));
    top
}

/// Returns the overlaps of which at least one side is ours.
fn overlaps(named: &[Named]) -> Vec<Conflict> {
    let ranges: Vec<Range> = named.iter().map(|n| n.range).collect();
    let found = find_overlaps(&ranges).listed.into_iter().filter_map(|overlap| {
        let (first, second) = (&named[overlap.first], &named[overlap.second]);
        if first.role.is_none() && second.role.is_none() {
            return None;
        }
        let between = vec![first.text(), second.text()];
        let text = format!("{} overlaps {}.", first.text(), second.text());
        Some(Conflict { between, text })
    });
    found.collect()
}

fn outside(subnets: &[Named], vnet: &[Range]) -> Vec<Conflict> {
    let lies_in = |subnet: &Named| vnet.iter().any(|range| range.contains(&subnet.range));
    let network: Vec<String> = vnet.iter().map(Range::to_string).collect();
    let lost = subnets.iter().filter(|subnet| !vnet.is_empty() && !lies_in(subnet));
    let conflict = |subnet: &Named| Conflict {
        between: vec![subnet.text()],
        text: format!("{} lies outside the virtual network {}.", subnet.text(), network.join(", ")),
    };
    lost.map(conflict).collect()
}

fn forbidden(named: &Named, role: Role) -> Vec<Conflict> {
    let conflict = |text: String| Conflict { between: vec![named.text()], text };
    let mut found: Vec<Conflict> = reserved_for(&named.range, role)
        .iter()
        .map(|kept| conflict(format!("{} touches {}: {}.", named.text(), kept.range, kept.reason)))
        .collect();
    if role == Role::Pods && named.range.is_ipv4() && !is_private(&named.range) {
        let text = "is public; AKS supports private ranges (RFC 1918, RFC 6598) for pods only";
        found.push(conflict(format!("{} {text}.", named.text())));
    }
    found
}
