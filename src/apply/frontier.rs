//! What may start now, given what ended; pure.
//!
//! A step starts when everything it needs succeeded, at most so many at once, and steps of one
//! lane go one by one. A failure stops its descendants only; the rest goes on.

use std::collections::BTreeSet;

use crate::graph::{Graph, Index};

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Succeeded,
    Failed,
    Blocked,
}

/// The steps of a plan and how each stands.
///
/// `L` tells lanes apart; a step without a lane runs beside everything.
#[derive(Debug)]
pub struct Frontier<'a, N, L> {
    graph: &'a Graph<N>,
    lanes: Vec<Option<L>>,
    states: Vec<State>,
    busy: BTreeSet<L>,
    limit: usize,
}

impl<'a, N, L: Ord + Clone> Frontier<'a, N, L> {
    /// Returns the frontier before anything started; at most `limit` steps run at once.
    pub fn new(graph: &'a Graph<N>, limit: usize, lane: impl Fn(&N) -> Option<L>) -> Self {
        Self {
            graph,
            lanes: graph.iter().map(|(_, node)| lane(node)).collect(),
            states: vec![State::Waiting; graph.len()],
            busy: BTreeSet::new(),
            limit: limit.max(1),
        }
    }

    /// Returns the steps that may start now, of those that `may`, and takes them as started.
    pub fn start(&mut self, may: impl Fn(&N) -> bool) -> Vec<Index> {
        let mut started = Vec::new();
        for (index, node) in self.graph.iter() {
            if self.running() == self.limit {
                break;
            }
            if !self.is_ready(index) || !may(node) {
                continue;
            }
            // A busy lane holds back its own step alone: were the search to end here, one slow write
            // of a network would keep everything else from starting.
            if let Some(lane) = &self.lanes[index.position()]
                && !self.busy.insert(lane.clone())
            {
                continue;
            }
            self.states[index.position()] = State::Running;
            started.push(index);
        }
        started
    }

    /// Takes note that a running step ended; a failure blocks exactly its descendants.
    pub fn end(&mut self, index: Index, succeeded: bool) {
        debug_assert_eq!(self.states[index.position()], State::Running, "only what runs can end");
        // Also after a failure, or nothing of the lane would ever start again.
        if let Some(lane) = &self.lanes[index.position()] {
            self.busy.remove(lane);
        }
        self.states[index.position()] = if succeeded { State::Succeeded } else { State::Failed };
        if !succeeded {
            for blocked in self.graph.descendants(index) {
                self.states[blocked.position()] = State::Blocked;
            }
        }
    }

    /// Returns how many steps are running.
    pub fn running(&self) -> usize {
        self.states.iter().filter(|state| **state == State::Running).count()
    }

    /// Returns the steps that never started.
    pub fn not_tried(&self) -> Vec<Index> {
        self.in_state(|state| matches!(state, State::Waiting | State::Blocked))
    }

    /// Returns the steps that are running.
    pub fn still_running(&self) -> Vec<Index> {
        self.in_state(|state| state == State::Running)
    }

    fn in_state(&self, is: impl Fn(State) -> bool) -> Vec<Index> {
        let all = self.graph.iter().map(|(index, _)| index);
        all.filter(|index| is(self.states[index.position()])).collect()
    }

    fn is_ready(&self, index: Index) -> bool {
        self.states[index.position()] == State::Waiting
            && self.graph.needs(index).all(|need| self.states[need.position()] == State::Succeeded)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The earlier nodes that a node needs, and its lane.
    type Node = (Vec<usize>, Option<u8>);

    /// Graphs of up to 20 nodes, each with a lane out of four or none, and the order in which
    /// running steps end, some of them in failure.
    fn runs() -> impl Strategy<Value = (Vec<Node>, Vec<(usize, bool)>, usize)> {
        let node = (prop::collection::vec(0_usize..20, 0..4), prop::option::of(0_u8..4));
        let ending = (0_usize..20, prop::bool::weighted(0.85));
        (prop::collection::vec(node, 1..20), prop::collection::vec(ending, 20..40), 1_usize..5)
    }

    fn graph(nodes: &[Node]) -> Graph<Option<u8>> {
        let mut graph: Graph<Option<u8>> = Graph::default();
        let mut indices: Vec<Index> = Vec::new();
        for (needs, lane) in nodes {
            let needs: Vec<Index> =
                needs.iter().filter_map(|at| indices.get(*at).copied()).collect();
            indices.push(graph.add(*lane, needs));
        }
        graph
    }

    proptest! {
        #[test]
        fn any_order_of_endings_keeps_the_law((nodes, endings, limit) in runs()) {
            let graph = graph(&nodes);
            let mut frontier = Frontier::new(&graph, limit, |lane| *lane);
            let mut running: Vec<Index> = Vec::new();
            let (mut started, mut failed) = (BTreeSet::new(), BTreeSet::new());
            let mut succeeded = BTreeSet::new();
            let mut endings = endings.iter().cycle();
            loop {
                for index in frontier.start(|_| true) {
                    prop_assert!(started.insert(index), "no step starts twice");
                    prop_assert!(graph.needs(index).all(|need| succeeded.contains(&need)));
                    running.push(index);
                }
                prop_assert!(running.len() <= limit);
                let lanes: Vec<u8> = running.iter().filter_map(|i| *graph.node(*i)).collect();
                let distinct: BTreeSet<&u8> = lanes.iter().collect();
                prop_assert_eq!(lanes.len(), distinct.len(), "one step a lane");
                if running.is_empty() { break; }
                let (which, ok) = endings.next().unwrap();
                let index = running.remove(which % running.len());
                frontier.end(index, *ok);
                if *ok { succeeded.insert(index); } else { failed.insert(index); }
            }
            let blocked: BTreeSet<Index> = failed.iter().flat_map(|i| graph.descendants(*i)).collect();
            let not_tried: BTreeSet<Index> = frontier.not_tried().into_iter().collect();
            prop_assert_eq!(not_tried, blocked, "failures block exactly their descendants");
        }
    }
}
