//! `Graph`: grows by append, so it cannot be cyclic.
//!
//! A node names the earlier nodes that it needs; an index is handed out when a node is added, so
//! there is no way to name a later one.

use std::collections::BTreeSet;

/// A node's place in the order of adding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index(usize);

impl Index {
    /// Returns the position in the order of adding, from 0.
    pub const fn position(self) -> usize {
        self.0
    }
}

/// Nodes with edges to earlier nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph<N> {
    nodes: Vec<N>,
    needs: Vec<BTreeSet<Index>>,
}

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Self { nodes: Vec::new(), needs: Vec::new() }
    }
}

impl<N> Graph<N> {
    /// Returns a graph without a node that has room for so many, and for no more than it needs.
    pub fn with_room(nodes: usize) -> Self {
        Self { nodes: Vec::with_capacity(nodes), needs: Vec::with_capacity(nodes) }
    }

    /// Adds a node behind all others; `needs` can only hold what was added before.
    pub fn add(&mut self, node: N, needs: impl IntoIterator<Item = Index>) -> Index {
        let index = Index(self.nodes.len());
        self.needs.push(needs.into_iter().filter(|need| *need < index).collect());
        self.nodes.push(node);
        index
    }

    /// Returns the node at `index`.
    pub fn node(&self, index: Index) -> &N {
        &self.nodes[index.0]
    }

    /// Returns what the node needs directly.
    pub fn needs(&self, index: Index) -> impl Iterator<Item = Index> + '_ {
        self.needs[index.0].iter().copied()
    }

    /// Returns every node, each after all that it needs.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Index, &N)> {
        self.nodes.iter().enumerate().map(|(at, node)| (Index(at), node))
    }

    /// Returns how many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Tells whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns every node that needs `index`, directly or through others.
    pub fn descendants(&self, index: Index) -> BTreeSet<Index> {
        let mut reached = BTreeSet::from([index]);
        for (at, needs) in self.needs.iter().enumerate().skip(index.0 + 1) {
            if !needs.is_disjoint(&reached) {
                reached.insert(Index(at));
            }
        }
        reached.remove(&index);
        reached
    }

    /// Returns a graph of the same edges with other nodes.
    pub fn map<M>(&self, mut f: impl FnMut(Index, &N) -> M) -> Graph<M> {
        Graph {
            nodes: self.iter().map(|(at, node)| f(at, node)).collect(),
            needs: self.needs.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn descendants_are_reached_through_others() {
        let mut graph = Graph::default();
        let group = graph.add("group", []);
        let network = graph.add("network", [group]);
        let subnet = graph.add("subnet", [network]);
        let identity = graph.add("identity", [group]);
        assert_eq!(graph.descendants(network), BTreeSet::from([subnet]));
        assert_eq!(graph.descendants(group), BTreeSet::from([network, subnet, identity]));
    }

    proptest! {
        #[test]
        fn nothing_needs_a_later_node(edges in prop::collection::vec(prop::collection::vec(0_usize..30, 0..5), 1..30)) {
            let mut graph = Graph::default();
            for needs in &edges {
                graph.add((), needs.iter().map(|n| Index(*n)));
            }
            for (index, ()) in graph.iter() {
                prop_assert!(graph.needs(index).all(|need| need < index));
                prop_assert!(!graph.descendants(index).contains(&index));
            }
        }
    }
}
