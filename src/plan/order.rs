//! In what order steps run where their bodies do not say it.
//!
//! Bodies say what must be there first; [`arrange`] adds what must be gone first, or stay longest.
//! What gives room comes before what takes it, or a change that fits before and after fails in
//! between. A new system pool comes before the old one goes, and what another pool
//! took over from goes before the next rotation takes room. What takes a way out off a subnet comes
//! last, once the cluster has left it. The half of a peering that lost its other half is written
//! before that.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde_json::Value;

use super::change::Action;
use super::step::{Call, Step};
use crate::arm::id::ResourceId;
use crate::diff::Delta;
use crate::graph::{Graph, Index};
use crate::kind::{AgentPool, Cluster, Kind as _, Resource, RouteTable, Subnet};

/// Where a subnet names its ranges.
const RANGES: [&str; 2] = ["properties.addressPrefix", "properties.addressPrefixes"];

/// The steps of a plan before they have an order: one for each resource, in the order of the graph
/// of resources.
#[derive(Debug, Default)]
pub(super) struct Unordered {
    /// The steps.
    pub(super) steps: Vec<Step>,
    /// Which of them wait until the cluster and its pools are done.
    pub(super) late: BTreeSet<usize>,
    /// Second steps of resources, by the place of their first, which wait in the same way.
    pub(super) seconds: Vec<(usize, Step)>,
    /// Pools that go once another has taken over, by the place of that.
    pub(super) leaving: Vec<(usize, Step)>,
    /// Ids that must be written before others.
    pub(super) pairs: Vec<(ResourceId, ResourceId)>,
}

/// Returns the steps in an order that meets no refusal in between.
pub(super) fn arrange(desired: &Graph<Resource>, unordered: Unordered) -> Graph<Step> {
    let Unordered { steps, mut late, seconds, leaving, pairs } = unordered;
    late.extend(
        steps.iter().enumerate().filter(|(_, step)| closes_a_route(step)).map(|(at, _)| at),
    );
    let mut needs = natural(desired, &late);
    let mut nodes = steps;
    for (successor, step) in leaving {
        nodes.push(step);
        needs.push(BTreeSet::from([successor]));
    }
    for (first, step) in seconds {
        let own = needs[first].iter().copied().chain([first]).collect();
        late.insert(nodes.len());
        nodes.push(step);
        needs.push(own);
    }
    let clusters: Vec<usize> = places(&nodes, |step| is_of_cluster(step) && changes(step));
    for at in &late {
        needs[*at].extend(clusters.iter().filter(|cluster| *cluster != at));
    }
    let wanted = wanted(&nodes, &pairs);
    // The order of the graph is good already where nothing else is wanted.
    if late.is_empty() && wanted.is_empty() {
        return built(nodes, &needs, None);
    }
    for (before, after) in wanted {
        if !reaches(&needs, before, after) {
            needs[after].insert(before);
        }
    }
    let order = sorted(&needs);
    built(nodes, &needs, Some(&order))
}

/// Returns what each step needs by the graph of resources. What uses something that is written late
/// finds it standing as it is, and waits for what that needs in its stead.
fn natural(desired: &Graph<Resource>, late: &BTreeSet<usize>) -> Vec<BTreeSet<usize>> {
    let mut all: Vec<BTreeSet<usize>> = Vec::with_capacity(desired.len());
    for (index, _) in desired.iter() {
        let direct = desired.needs(index).map(Index::position);
        let own = direct.flat_map(|need| {
            let through = late.contains(&need).then(|| all[need].clone());
            through.unwrap_or_else(|| BTreeSet::from([need]))
        });
        let own = own.collect();
        all.push(own);
    }
    all
}

/// Returns the pairs of steps of which the first must come before the second.
fn wanted(nodes: &[Step], pairs: &[(ResourceId, ResourceId)]) -> Vec<(usize, usize)> {
    let named = pairs.iter().flat_map(|(before, after)| {
        product(places(nodes, |step| step.id == *before), places(nodes, |step| step.id == *after))
    });
    let come = places(nodes, |step| turns_system(step) == Some(true));
    let go = places(nodes, |step| turns_system(step) == Some(false));
    let give = places(nodes, |step| room(step) == Room::Gives);
    let take = places(nodes, |step| room(step) == Room::Takes);
    let mut wanted: Vec<(usize, usize)> = named.chain(product(come, go)).collect();
    wanted.extend(product(give, take).filter(|(one, two)| nodes[*one].lane == nodes[*two].lane));
    wanted.extend(moved_ranges(nodes));
    wanted
}

fn product(before: Vec<usize>, after: Vec<usize>) -> impl Iterator<Item = (usize, usize)> {
    let pairs = before.into_iter().flat_map(move |one| {
        let after = after.clone();
        after.into_iter().map(move |two| (one, two))
    });
    pairs.filter(|(one, two)| one != two)
}

fn places(nodes: &[Step], is: impl Fn(&Step) -> bool) -> Vec<usize> {
    nodes.iter().enumerate().filter(|(_, step)| is(step)).map(|(at, _)| at).collect()
}

fn changes(step: &Step) -> bool {
    step.action != Action::Keep
}

fn is_of_cluster(step: &Step) -> bool {
    [Cluster::TYPE, AgentPool::TYPE].iter().any(|kind| step.kind.eq_ignore_ascii_case(kind))
}

/// Tells whether a route table loses its default route.
fn closes_a_route(step: &Step) -> bool {
    let is_default = |delta: &Delta| {
        let before =
            delta.before.as_ref().and_then(|route| route.pointer("/properties/addressPrefix"));
        before.and_then(Value::as_str) == Some("0.0.0.0/0") && delta.after.is_none()
    };
    step.kind.eq_ignore_ascii_case(RouteTable::TYPE) && step.deltas.iter().any(is_default)
}

/// Tells whether a pool becomes a system pool, or stops being one for good or for a while.
fn turns_system(step: &Step) -> Option<bool> {
    if !step.kind.eq_ignore_ascii_case(AgentPool::TYPE) {
        return None;
    }
    if let [Call::Delete(deletion)] = step.calls.as_slice() {
        let mode = deletion.seen.pointer("/properties/mode").and_then(Value::as_str);
        return (mode == Some("System")).then_some(false);
    }
    let desired = step.verify.as_ref()?.desired.get("properties.mode");
    let is_system = desired.and_then(Value::as_str) == Some("System");
    let turns = step.deltas.iter().any(|delta| delta.path == "properties.mode");
    match step.action {
        Action::Create if is_system => Some(true),
        Action::Update if turns => Some(is_system),
        Action::Replace => Some(false),
        _ => None,
    }
}

/// What a step does to the room that the pools of a cluster share: addresses, and cores.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Gives,
    Takes,
    Leaves,
}

fn room(step: &Step) -> Room {
    if !step.kind.eq_ignore_ascii_case(AgentPool::TYPE) || step.calls.is_empty() {
        return Room::Leaves;
    }
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_i64);
    let more = |path: &str| {
        let delta = step.deltas.iter().find(|delta| delta.path == path)?;
        Some(number(&delta.after).cmp(&number(&delta.before)))
    };
    let moves = [more("properties.count"), more("properties.maxCount")];
    match step.action {
        Action::Update | Action::Replace if moves.contains(&Some(std::cmp::Ordering::Greater)) => {
            Room::Takes
        }
        Action::Update | Action::Replace if moves.contains(&Some(std::cmp::Ordering::Less)) => {
            Room::Gives
        }
        Action::Create | Action::Replace => Room::Takes,
        Action::Delete => Room::Gives,
        _ => Room::Leaves,
    }
}

/// Returns the pairs of subnets of which one takes what the other gives up.
fn moved_ranges(nodes: &[Step]) -> Vec<(usize, usize)> {
    let subnets =
        places(nodes, |step| step.kind.eq_ignore_ascii_case(Subnet::TYPE) && changes(step));
    let sides = |at: &usize| {
        let of = |side: fn(&Delta) -> &Option<Value>| -> Vec<IpNet> {
            let deltas = nodes[*at].deltas.iter();
            let ranges = deltas.filter(|delta| RANGES.contains(&delta.path.as_str()));
            ranges.filter_map(|delta| side(delta).as_ref()).flat_map(nets).collect()
        };
        (*at, of(|delta| &delta.before), of(|delta| &delta.after))
    };
    let moved: Vec<_> = subnets.iter().map(sides).collect();
    let mut wanted = Vec::new();
    for (one, before, after) in &moved {
        for (two, _, taken) in moved.iter().filter(|(two, ..)| two != one) {
            let held =
                |ranges: &[IpNet]| taken.iter().any(|net| ranges.iter().any(|r| overlap(r, net)));
            if held(before) && !held(after) {
                wanted.push((*one, *two));
            }
        }
    }
    wanted
}

fn nets(value: &Value) -> Vec<IpNet> {
    let texts = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        plain => plain.as_str().into_iter().collect::<Vec<_>>(),
    };
    texts.into_iter().filter_map(|text| text.parse().ok()).collect()
}

fn overlap(one: &IpNet, two: &IpNet) -> bool {
    one.contains(two) || two.contains(one)
}

/// Tells whether a step needs another, directly or through others: an edge back would be a circle.
fn reaches(needs: &[BTreeSet<usize>], from: usize, to: usize) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            open.extend(&needs[at]);
        }
    }
    false
}

/// Returns the steps in an order that has each behind all it needs, as near to theirs as may be.
fn sorted(needs: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut placed = BTreeSet::new();
    let mut order = Vec::with_capacity(needs.len());
    while order.len() < needs.len() {
        let mut free = (0..needs.len()).filter(|at| !placed.contains(at));
        let Some(next) = free.find(|at| needs[*at].is_subset(&placed)) else {
            debug_assert!(false, "no edge closes a circle");
            break;
        };
        placed.insert(next);
        order.push(next);
    }
    order
}

fn built(nodes: Vec<Step>, needs: &[BTreeSet<usize>], order: Option<&[usize]>) -> Graph<Step> {
    let mut graph = Graph::with_room(nodes.len());
    let mut indices: Vec<Option<Index>> = vec![None; nodes.len()];
    let mut nodes: Vec<Option<Step>> = nodes.into_iter().map(Some).collect();
    let plain: Vec<usize> = (0..nodes.len()).collect();
    for at in order.unwrap_or(&plain) {
        let Some(step) = nodes[*at].take() else { continue };
        let before: Vec<Index> = needs[*at].iter().filter_map(|need| indices[*need]).collect();
        indices[*at] = Some(graph.add(step, before));
    }
    graph
}
