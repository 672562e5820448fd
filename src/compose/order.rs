//! Edges that nobody wrote: a body mentions an id, or an id lies under another.

use crate::arm::id::ResourceId;
use crate::graph::{Graph, Index};
use crate::kind::Resource;

/// Connects resources: each needs the earlier ones whose id its own lies under, or which its body
/// mentions.
pub fn link(resources: Vec<Resource>) -> Graph<Resource> {
    let mut graph: Graph<Resource> = Graph::default();
    for resource in resources {
        let mentioned = mentioned(&resource);
        let needs: Vec<Index> = graph
            .iter()
            .filter(|(_, earlier)| {
                resource.id.is_under(&earlier.id)
                    || mentioned.iter().any(|id| *id == earlier.id || id.is_under(&earlier.id))
            })
            .map(|(index, _)| index)
            .collect();
        graph.add(resource, needs);
    }
    graph
}

/// Returns every id that a resource cannot be without, values still to come included.
pub(super) fn mentioned(resource: &Resource) -> Vec<ResourceId> {
    let laters = resource.body.laters().into_iter().map(|later| later.of);
    resource.body.ids().into_iter().chain(laters).chain(resource.after.iter().cloned()).collect()
}

/// Puts resources into an order in which none mentions a later one; those that need not move stay.
pub(super) fn ordered(resources: Vec<Resource>) -> Vec<Resource> {
    let needs: Vec<Vec<usize>> = resources
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let ids = mentioned(one);
            let others = resources.iter().enumerate().filter(|(other, _)| *other != at);
            others
                .filter(|(_, other)| {
                    one.id.is_under(&other.id)
                        || ids.iter().any(|id| *id == other.id || id.is_under(&other.id))
                })
                .map(|(other, _)| other)
                .collect()
        })
        .collect();
    let mut placed = vec![false; resources.len()];
    let mut order = Vec::new();
    while order.len() < resources.len() {
        let is_ready = |at: &usize| !placed[*at] && needs[*at].iter().all(|need| placed[*need]);
        // A circle is refused by the checks; here it only must end.
        let first = || (0..placed.len()).find(|at| !placed[*at]);
        let Some(next) = (0..placed.len()).find(is_ready).or_else(first) else { break };
        placed[next] = true;
        order.push(next);
    }
    let mut all: Vec<Option<Resource>> = resources.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| all[at].take()).collect()
}
