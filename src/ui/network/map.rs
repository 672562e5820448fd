//! Which ranges share a map, and the block each map stands for.

use crate::address::{PRIVATE_RANGES, Range};
use crate::address_plan::{RangeKind, RangeRow};

/// A map: a block and what lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) struct MapRow {
    /// What the whole width stands for.
    pub(in crate::ui) block: Range,
    /// The ranges in it, each with its place in the address plan's list.
    pub(in crate::ui) marks: Vec<(usize, Range)>,
    /// Whether this is a network opened up to show its subnets.
    pub(in crate::ui) is_network: bool,
}

/// Returns one map per part of the address space that holds something, then one per network with
/// its subnets.
pub(in crate::ui) fn rows(ranges: &[RangeRow]) -> Vec<MapRow> {
    let marked = |keep: &dyn Fn(&RangeRow) -> bool| -> Vec<(usize, Range)> {
        let kept = ranges.iter().enumerate().filter(|(_, row)| keep(row));
        kept.filter_map(|(index, row)| Some((index, row.range?))).collect()
    };
    let networks = marked(&|row| row.place == RangeKind::Network);
    let alone = networks.is_empty();
    let mut blocks: Vec<Vec<(usize, Range)>> = Vec::new();
    for (index, range) in marked(&|row| alone || row.place != RangeKind::Subnet) {
        let neighbour = |block: &&mut Vec<(usize, Range)>| {
            block.iter().any(|(_, other)| region(other) == region(&range))
        };
        match blocks.iter_mut().find(neighbour) {
            Some(block) => block.push((index, range)),
            None => blocks.push(vec![(index, range)]),
        }
    }
    let space = blocks
        .into_iter()
        .filter_map(|marks| Some(MapRow { block: block_of(&marks)?, marks, is_network: false }));
    let opened = networks.iter().map(|(_, network)| {
        let inside = |row: &RangeRow| {
            row.place == RangeKind::Subnet
                && row.range.is_some_and(|range| network.contains(&range))
        };
        MapRow { block: *network, marks: marked(&inside), is_network: true }
    });
    space.chain(opened.filter(|map| !map.marks.is_empty())).collect()
}

/// Returns what keeps ranges on one map together: a private block, else the family and the first
/// eight bits.
fn region(range: &Range) -> Range {
    let private = PRIVATE_RANGES.iter().find(|private| private.contains(range));
    private.copied().unwrap_or_else(|| Range::around(range.first(), range.prefix().min(8)))
}

/// Returns the block a map stands for: a whole private block, else the smallest that holds all
/// ranges, with something around a single one.
fn block_of(marks: &[(usize, Range)]) -> Option<Range> {
    let (_, first) = marks.first()?;
    let ranges: Vec<Range> = marks.iter().map(|(_, range)| *range).collect();
    let home = region(first);
    if home.is_ipv4() && ranges.iter().all(|range| home.contains(range)) {
        return Some(home);
    }
    let block = enclosing(&ranges)?;
    let wider = block.prefix().saturating_sub(if ranges.len() == 1 { 4 } else { 0 });
    Some(Range::around(block.first(), wider))
}

/// Returns the smallest block that holds all ranges of one family; `None` without ranges.
fn enclosing(ranges: &[Range]) -> Option<Range> {
    let first = ranges.first()?;
    let around = |prefix| Range::around(first.first(), prefix);
    (0..=first.prefix()).rev().map(around).find(|block| ranges.iter().all(|r| block.contains(r)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enclosing_block_is_the_smallest() {
        let range = |text: &str| Range::parse(text).expect(text);
        let ranges = ["10.10.0.0/16", "10.244.0.0/16"].map(range);
        assert_eq!(enclosing(&ranges), Some(range("10.0.0.0/8")));
        assert_eq!(enclosing(&ranges[..1]), Some(range("10.10.0.0/16")));
        assert_eq!(enclosing(&[]), None);
    }

    #[test]
    fn a_private_range_lies_on_the_map_of_its_private_block() {
        let block = |text: &str| block_of(&[(0, Range::parse(text).unwrap())]).unwrap().to_string();
        assert_eq!(block("192.168.64.0/18"), "192.168.0.0/16");
        assert_eq!(block("10.244.0.0/16"), "10.0.0.0/8");
        assert_eq!(block("172.20.0.0/16"), "172.16.0.0/12");
        assert_eq!(block("fd12:3456:789a::/64"), "fd12:3456:789a::/60");
        assert_eq!(block("0.0.0.0/0"), "0.0.0.0/0");
    }
}
