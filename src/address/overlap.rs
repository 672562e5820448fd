//! Many ranges held against each other, and against what AKS and Azure keep for themselves.
//!
//! CIDRs are nested or disjoint, so one pass over the sorted ranges with a stack of the open ones
//! finds every overlap: 10,000 ranges cost a sort. The number of overlaps is always exact; the
//! list is capped, because 10,000 equal ranges make fifty million pairs.

use super::range::Range;

/// At most this many overlaps are listed; chosen, because nobody reads more and the count is exact.
pub const LISTED: usize = 1_000;

/// Two ranges that share addresses, by their place in the input; `first < second`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overlap {
    /// The earlier of the two in the input.
    pub first: usize,
    /// The later of the two in the input.
    pub second: usize,
    /// How the first lies to the second.
    pub relation: Relation,
}

/// How one of two overlapping ranges lies to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Both are the same range.
    Same,
    /// The first lies inside the second.
    Inside,
    /// The first contains the second.
    Contains,
}

/// What [`find_overlaps`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlaps {
    /// The overlaps in the order of the input, at most [`LISTED`].
    pub listed: Vec<Overlap>,
    /// How many there are in all.
    pub total: u64,
}

impl Overlaps {
    /// Returns how many overlaps are not listed.
    pub fn unlisted(&self) -> u64 {
        self.total.saturating_sub(self.listed.len() as u64)
    }
}

/// Finds every pair of ranges that share an address, in O(n log n) for what is listed.
///
/// ```
/// use akstool::address::{Range, find_overlaps};
/// let ranges = ["10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/24"].map(|r| Range::parse(r).unwrap());
/// assert_eq!(find_overlaps(&ranges).total, 1);
/// ```
pub fn find_overlaps(ranges: &[Range]) -> Overlaps {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|&i| (ranges[i].sort_key(), i));
    let mut found = Overlaps::default();
    let mut open: Vec<usize> = Vec::new();
    for &current in &order {
        while open.last().is_some_and(|&outer| !ranges[outer].contains(&ranges[current])) {
            open.pop();
        }
        found.total += open.len() as u64;
        let room = LISTED - found.listed.len();
        found
            .listed
            .extend(open.iter().rev().take(room).map(|&outer| pair(ranges, outer, current)));
        open.push(current);
    }
    found.listed.sort_unstable();
    found
}

/// Returns the overlap of an outer range and one inside it.
fn pair(ranges: &[Range], outer: usize, inner: usize) -> Overlap {
    let relation = match (ranges[outer] == ranges[inner], outer < inner) {
        (true, _) => Relation::Same,
        (false, true) => Relation::Contains,
        (false, false) => Relation::Inside,
    };
    Overlap { first: outer.min(inner), second: outer.max(inner), relation }
}

/// What a range is for, as far as reserved ranges are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A virtual network or a subnet of it.
    Vnet,
    /// The range that pods get their addresses from.
    Pods,
    /// The range of Kubernetes services.
    Services,
}

/// A range that nobody may use, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The range that is kept.
    pub range: Range,
    /// Who keeps it and for what; fits after "is reserved: ".
    pub reason: &'static str,
}

/// What AKS refuses for services, pods and the virtual network, supersets included.
///
/// Source: AKS documentation, concepts-network-cni-overview.
pub const RESERVED_BY_AKS: [Reserved; 4] = [
    Reserved {
        range: Range::constant(169, 254, 0, 0, 16),
        reason: "link-local addresses, where the instance metadata service answers; AKS refuses them",
    },
    Reserved {
        range: Range::constant(172, 30, 0, 0, 16),
        reason: "AKS keeps 172.30.0.0/16 for itself",
    },
    Reserved {
        range: Range::constant(172, 31, 0, 0, 16),
        reason: "AKS keeps 172.31.0.0/16 for itself",
    },
    Reserved {
        range: Range::constant(192, 0, 2, 0, 24),
        reason: "a range for documentation (RFC 5737), which AKS keeps for itself",
    },
];

/// What Azure refuses in a virtual network, whatever stands in it.
///
/// Source: Azure Virtual Network FAQ, "what address ranges can I use in my virtual networks".
pub const RESERVED_BY_AZURE: [Reserved; 4] = [
    Reserved {
        range: Range::constant(224, 0, 0, 0, 4),
        reason: "multicast addresses; Azure has no use for them in a virtual network",
    },
    Reserved { range: Range::constant(255, 255, 255, 255, 32), reason: "the broadcast address" },
    Reserved { range: Range::constant(127, 0, 0, 0, 8), reason: "loopback addresses" },
    Reserved {
        range: Range::constant(168, 63, 129, 16, 32),
        reason: "Azure's own DNS and health probes answer at 168.63.129.16",
    },
];

/// Returns the reserved ranges that a range in this role touches, in the order of the tables.
pub fn reserved_for(range: &Range, role: Role) -> Vec<Reserved> {
    let azure = if role == Role::Vnet { &RESERVED_BY_AZURE[..] } else { &[] };
    RESERVED_BY_AKS.iter().chain(azure).filter(|kept| kept.range.overlaps(range)).copied().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::address::range::to_address;

    fn ranges(texts: &[&str]) -> Vec<Range> {
        texts.iter().map(|t| Range::parse(t).expect(t)).collect()
    }

    #[test]
    fn an_overlap_names_both_in_the_order_of_the_input() {
        let found = find_overlaps(&ranges(&["10.1.0.0/16", "192.168.0.0/24", "10.0.0.0/8"]));
        assert_eq!(found.listed, [Overlap { first: 0, second: 2, relation: Relation::Inside }]);
    }

    #[test]
    fn duplicates_are_overlaps() {
        let found = find_overlaps(&ranges(&["10.0.0.0/8", "10.0.0.0/8"]));
        assert_eq!(found.listed, [Overlap { first: 0, second: 1, relation: Relation::Same }]);
    }

    #[test]
    fn neighbours_and_families_do_not_overlap() {
        let apart = ranges(&["10.0.0.0/24", "10.0.1.0/24", "::/0", "0.0.0.0/32", "255.0.0.0/8"]);
        assert_eq!(find_overlaps(&apart), Overlaps::default());
    }

    #[test]
    fn ten_thousand_equal_ranges_are_counted_and_not_all_listed() {
        let same = vec![Range::constant(10, 0, 0, 0, 16); 10_000];
        let found = find_overlaps(&same);
        assert_eq!(found.total, 10_000 * 9_999 / 2);
        assert_eq!(found.listed.len(), LISTED);
        assert_eq!(found.unlisted(), found.total - 1_000);
    }

    #[test]
    fn what_aks_keeps_is_refused_in_every_role_supersets_too() {
        for role in [Role::Vnet, Role::Pods, Role::Services] {
            for kept in RESERVED_BY_AKS {
                assert_eq!(reserved_for(&kept.range, role), [kept]);
            }
            let superset = Range::constant(172, 16, 0, 0, 12);
            assert_eq!(reserved_for(&superset, role).len(), 2);
        }
    }

    #[test]
    fn loopback_is_refused_for_a_network_only() {
        let loopback = Range::constant(127, 0, 0, 0, 8);
        assert_eq!(reserved_for(&loopback, Role::Vnet).len(), 1);
        assert!(reserved_for(&loopback, Role::Pods).is_empty());
    }

    #[test]
    fn the_tables_hold_no_host_bits() {
        for kept in RESERVED_BY_AKS.iter().chain(&RESERVED_BY_AZURE) {
            assert_eq!(Range::parse(&kept.range.to_string()), Ok(kept.range));
        }
    }

    fn small_range() -> impl Strategy<Value = Range> {
        (0_u128..64, 24_u8..=32, any::<bool>()).prop_map(|(low, prefix, ipv4)| {
            let prefix = if ipv4 { prefix } else { prefix + 96 };
            Range::around(to_address(low, ipv4), prefix)
        })
    }

    proptest! {
        #[test]
        fn the_sweep_equals_the_pairwise_answer(ranges in prop::collection::vec(small_range(), 0..30)) {
            let mut expected = Vec::new();
            for second in 0..ranges.len() {
                for first in 0..second {
                    if ranges[first].overlaps(&ranges[second]) {
                        expected.push((first, second));
                    }
                }
            }
            expected.sort_unstable();
            let found = find_overlaps(&ranges);
            let pairs: Vec<_> = found.listed.iter().map(|o| (o.first, o.second)).collect();
            prop_assert_eq!(found.total, expected.len() as u64);
            prop_assert_eq!(pairs, expected);
            for overlap in &found.listed {
                let (first, second) = (ranges[overlap.first], ranges[overlap.second]);
                let inside = second.contains(&first);
                let holds = first.contains(&second);
                let expected = match (inside, holds) {
                    (true, true) => Relation::Same,
                    (true, false) => Relation::Inside,
                    _ => Relation::Contains,
                };
                prop_assert_eq!(overlap.relation, expected);
            }
        }
    }
}
