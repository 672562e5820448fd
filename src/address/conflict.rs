//! Which ranges of a cluster cannot stand together: the one place that finds it. Callers say what
//! each range is, and find their own words for what comes back.
//!
//! CIDRs are nested or disjoint, so one pass over the sorted ranges with a stack of the open ones
//! meets every pair that shares addresses: 10,000 ranges cost a sort. What is no conflict (a subnet
//! in its network) is passed over in the pass itself, so that thousands of subnets do not use up the
//! list. The count is always exact; the list is capped, because 10,000 equal ranges make fifty
//! million pairs.

use super::range::Range;

/// At most this many conflicts are listed; chosen, because nobody reads more and the count is exact.
pub const LISTED: usize = 1_000;

/// What a range is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The virtual network.
    Network,
    /// A subnet of it that the profile names.
    Subnet,
    /// The range that pods get their addresses from.
    Pods,
    /// The range of Kubernetes services.
    Services,
    /// A subnet of the same network that is somebody else's.
    Neighbour,
    /// In use elsewhere: behind a peering, to be avoided.
    Elsewhere,
}

impl Role {
    /// Tells whether the profile decides where the range lies.
    pub const fn is_ours(self) -> bool {
        !matches!(self, Self::Neighbour | Self::Elsewhere)
    }
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

/// Ranges that cannot stand as they are, by their place in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Two ranges share addresses.
    Overlap {
        /// The earlier of the two in the input.
        first: usize,
        /// The later of the two in the input.
        second: usize,
        /// How the first lies to the second.
        relation: Relation,
        /// Services in the space of a network and in none of its subnets: AKS compares services with
        /// subnets alone, and takes that (its own page on pod subnets does it).
        is_taken: bool,
    },
    /// A subnet lies in none of the network's ranges.
    Outside(usize),
}

/// What [`conflicts`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// Overlaps in the order of the input, at most [`LISTED`]; then the subnets that lie outside.
    pub listed: Vec<Conflict>,
    /// How many overlaps are not listed.
    pub unlisted: u64,
}

/// Finds every pair of ranges that cannot stand together, in O(n log n) for what is listed, and the
/// subnets that lie outside their network.
///
/// Of what stands elsewhere only the widest ranges count. Where a range meets the whole network, its
/// subnets are not named as well.
///
/// ```
/// use akstool::address::{Range, Role, conflicts};
/// let all = [("10.0.0.0/8", Role::Network), ("10.1.0.0/16", Role::Subnet), ("10.2.0.0/16", Role::Pods)];
/// let all = all.map(|(text, role)| (Range::parse(text).unwrap(), role));
/// assert_eq!(conflicts(&all).listed.len(), 1);
/// ```
pub fn conflicts(all: &[(Range, Role)]) -> Conflicts {
    let ground = Ground::of(all);
    let mut sweep = Sweep { all, ground: &ground, open: Vec::new(), standing: [0; CLASSES] };
    let mut found = Conflicts::default();
    for at in candidates(all) {
        sweep.meet(at, &mut found);
    }
    found.listed.sort_unstable();
    let is_outside = |(range, role): &(Range, Role)| {
        *role == Role::Subnet
            && !ground.networks.is_empty()
            && !ground.networks.iter().any(|network| network.contains(range))
    };
    let outside = all.iter().enumerate().filter(|(_, one)| is_outside(one));
    found.listed.extend(outside.map(|(at, _)| Conflict::Outside(at)));
    found
}

/// Returns the ranges that are held against each other, in the order of the sweep.
fn candidates(all: &[(Range, Role)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&at| (all[at].0.sort_key(), at));
    let mut widest: Option<Range> = None;
    order.retain(|&at| {
        let (range, role) = all[at];
        if role != Role::Elsewhere {
            return true;
        }
        let is_within = widest.is_some_and(|last| last.contains(&range));
        widest = if is_within { widest } else { Some(range) };
        !is_within
    });
    order
}

/// Returns the ranges in none of the others, sorted: they are disjoint.
pub(super) fn widest(mut all: Vec<Range>) -> Vec<Range> {
    all.sort_unstable();
    let mut widest: Vec<Range> = Vec::with_capacity(all.len());
    for range in all {
        if !widest.last().is_some_and(|last| last.contains(&range)) {
            widest.push(range);
        }
    }
    widest
}

/// Returns the range that shares addresses with this one, of ranges that are sorted and disjoint.
pub(super) fn met(disjoint: &[Range], range: &Range) -> Option<Range> {
    let end = (!range.is_ipv4(), range.bounds().1);
    let below = disjoint.partition_point(|one| (!one.is_ipv4(), one.bounds().0) <= end);
    below.checked_sub(1).map(|at| disjoint[at]).filter(|last| last.overlaps(range))
}

/// The network and its subnets, each sorted and disjoint.
struct Ground {
    networks: Vec<Range>,
    subnets: Vec<Range>,
}

impl Ground {
    fn of(all: &[(Range, Role)]) -> Self {
        let of = |roles: &[Role]| {
            widest(all.iter().filter(|(_, role)| roles.contains(role)).map(|one| one.0).collect())
        };
        let subnets = of(&[Role::Subnet, Role::Neighbour]);
        Self { networks: of(&[Role::Network]), subnets }
    }

    /// Tells whether AKS takes services that overlap the network: they lie beside every subnet.
    fn is_beside(&self, services: &Range) -> bool {
        !self.subnets.is_empty() && met(&self.subnets, services).is_none()
    }
}

/// How many classes of ranges there are: six roles, each meeting the network or not.
const CLASSES: usize = 12;

/// A role, and whether the range meets the network.
type Class = (Role, bool);

const fn number((role, meets): Class) -> usize {
    role as usize * 2 + meets as usize
}

/// Every role, in the order of its number.
const ROLES: [Role; 6] =
    [Role::Network, Role::Subnet, Role::Pods, Role::Services, Role::Neighbour, Role::Elsewhere];

/// Tells whether two ranges that share addresses are in conflict; only what they are decides it, so
/// that pairs can be counted without being looked at.
fn collide(one: Class, other: Class) -> bool {
    let pair = |a: Class, b: Class| match (a.0, b.0) {
        // It lies in its network, or outside, which is another conflict.
        (Role::Subnet, Role::Network) => Some(false),
        (Role::Subnet, Role::Pods | Role::Services | Role::Elsewhere) if b.1 => Some(false),
        (Role::Neighbour, other) if other != Role::Subnet => Some(false),
        _ => None,
    };
    let ours = one.0.is_ours() || other.0.is_ours();
    ours && pair(one, other).or_else(|| pair(other, one)).unwrap_or(true)
}

/// The pass over the sorted ranges.
struct Sweep<'a> {
    all: &'a [(Range, Role)],
    ground: &'a Ground,
    /// The ranges that contain the present one, the widest first.
    open: Vec<usize>,
    /// How many of them are of each class.
    standing: [u64; CLASSES],
}

impl Sweep<'_> {
    fn class(&self, at: usize) -> Class {
        let (range, role) = self.all[at];
        (role, met(&self.ground.networks, &range).is_some())
    }

    /// Holds one range against those that contain it.
    fn meet(&mut self, at: usize, found: &mut Conflicts) {
        let range = self.all[at].0;
        while let Some(last) = self.open.pop_if(|outer| !self.all[*outer].0.contains(&range)) {
            self.standing[number(self.class(last))] -= 1;
        }
        let class = self.class(at);
        let classes = ROLES.into_iter().flat_map(|role| [(role, false), (role, true)]);
        let counted: u64 = classes
            .filter(|other| collide(class, *other))
            .map(|other| self.standing[number(other)])
            .sum();
        if counted > 0 {
            let room = LISTED - found.listed.len();
            let outer = self.open.iter().rev().filter(|outer| collide(class, self.class(**outer)));
            let before = found.listed.len();
            found.listed.extend(outer.take(room).map(|outer| self.pair(*outer, at)));
            found.unlisted += counted - (found.listed.len() - before) as u64;
        }
        self.open.push(at);
        self.standing[number(class)] += 1;
    }

    /// Returns the overlap of an outer range and one inside it.
    fn pair(&self, outer: usize, inner: usize) -> Conflict {
        let (one, other) = (self.all[outer], self.all[inner]);
        let relation = match (one.0 == other.0, outer < inner) {
            (true, _) => Relation::Same,
            (false, true) => Relation::Contains,
            (false, false) => Relation::Inside,
        };
        let beside = |services: (Range, Role), network: (Range, Role)| {
            services.1 == Role::Services
                && network.1 == Role::Network
                && self.ground.is_beside(&services.0)
        };
        let is_taken = beside(one, other) || beside(other, one);
        Conflict::Overlap { first: outer.min(inner), second: outer.max(inner), relation, is_taken }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::address::range::to_address;

    fn found(all: &[(&str, Role)]) -> Vec<Conflict> {
        let all: Vec<(Range, Role)> =
            all.iter().map(|(text, role)| (Range::parse(text).expect(text), *role)).collect();
        conflicts(&all).listed
    }

    fn overlap(first: usize, second: usize, relation: Relation) -> Conflict {
        Conflict::Overlap { first, second, relation, is_taken: false }
    }

    #[test]
    fn an_overlap_names_both_in_the_order_of_the_input() {
        let all = [
            ("10.1.0.0/16", Role::Pods),
            ("192.168.0.0/24", Role::Pods),
            ("10.0.0.0/8", Role::Network),
        ];
        assert_eq!(found(&all), [overlap(0, 2, Relation::Inside)]);
        let same = [("10.0.0.0/8", Role::Subnet), ("10.0.0.0/8", Role::Subnet)];
        assert_eq!(found(&same), [overlap(0, 1, Relation::Same)]);
    }

    #[test]
    fn neighbours_and_families_do_not_overlap() {
        let apart = ["10.0.0.0/24", "10.0.1.0/24", "::/0", "0.0.0.0/32", "255.0.0.0/8"];
        assert_eq!(found(&apart.map(|text| (text, Role::Pods))), []);
    }

    #[test]
    fn a_subnet_lies_in_its_network_and_over_no_other() {
        let network = ("10.0.0.0/16", Role::Network);
        let nodes = ("10.0.1.0/24", Role::Subnet);
        assert_eq!(found(&[network, nodes, ("10.0.2.0/24", Role::Neighbour)]), []);
        let laid_over = [network, nodes, ("10.0.1.128/25", Role::Neighbour)];
        assert_eq!(found(&laid_over), [overlap(1, 2, Relation::Contains)]);
        let outside =
            [network, nodes, ("10.1.0.0/24", Role::Subnet), ("10.0.0.0/15", Role::Subnet)];
        let listed = found(&outside);
        assert_eq!(listed[2..], [Conflict::Outside(2), Conflict::Outside(3)]);
    }

    #[test]
    fn what_meets_the_network_is_told_once() {
        let all = [
            ("10.0.0.0/16", Role::Network),
            ("10.0.1.0/24", Role::Subnet),
            ("10.0.0.0/12", Role::Elsewhere),
            ("10.0.0.0/14", Role::Elsewhere),
        ];
        assert_eq!(found(&all), [overlap(0, 2, Relation::Inside)]);
        assert_eq!(found(&all[1..]), [overlap(0, 1, Relation::Inside)]);
    }

    #[test]
    fn services_beside_the_subnets_are_taken() {
        let network = ("10.0.0.0/8", Role::Network);
        let beside = [network, ("10.1.0.0/16", Role::Subnet), ("10.2.0.0/16", Role::Services)];
        let is_taken = |all: &[(&str, Role)]| {
            let listed = found(all);
            assert_eq!(listed.len(), 1, "{listed:?}");
            matches!(listed[0], Conflict::Overlap { is_taken: true, .. })
        };
        assert!(is_taken(&beside));
        assert!(!is_taken(&[network, ("10.2.0.0/16", Role::Services)]));
        assert!(!is_taken(&[
            network,
            ("10.2.9.0/24", Role::Subnet),
            ("10.2.0.0/16", Role::Services)
        ]));
    }

    #[test]
    fn thousands_of_subnets_hide_no_conflict() {
        let subnet =
            |at: u128| (Range::around(to_address((10 << 24) + at * 16, true), 28), Role::Subnet);
        let mut all: Vec<(Range, Role)> = (0..3_000).map(subnet).collect();
        all.push((Range::constant(10, 0, 0, 0, 16), Role::Network));
        all.push(subnet(2_999));
        let found = conflicts(&all);
        assert_eq!(found.listed, [overlap(2_999, 3_001, Relation::Same)]);
        assert_eq!(found.unlisted, 0);
    }

    #[test]
    fn ten_thousand_equal_ranges_are_counted_and_not_all_listed() {
        let same = vec![(Range::constant(10, 0, 0, 0, 16), Role::Network); 10_000];
        let found = conflicts(&same);
        assert_eq!(found.listed.len(), LISTED);
        assert_eq!(found.unlisted, 10_000 * 9_999 / 2 - 1_000);
    }

    fn small_range() -> impl Strategy<Value = (Range, Role)> {
        (0_u128..64, 24_u8..=32, any::<bool>(), 0_usize..6).prop_map(|(low, prefix, ipv4, role)| {
            let prefix = if ipv4 { prefix } else { prefix + 96 };
            (Range::around(to_address(low, ipv4), prefix), ROLES[role])
        })
    }

    proptest! {
        #[test]
        fn the_sweep_equals_the_pairwise_answer(all in prop::collection::vec(small_range(), 0..30)) {
            let kept = candidates(&all);
            let meets = |at: usize| {
                all.iter().any(|(range, role)| *role == Role::Network && range.overlaps(&all[at].0))
            };
            let mut expected = Vec::new();
            for &second in &kept {
                for &first in kept.iter().filter(|first| **first < second) {
                    let (one, other) = (all[first], all[second]);
                    if one.0.overlaps(&other.0) && collide((one.1, meets(first)), (other.1, meets(second))) {
                        expected.push((first, second));
                    }
                }
            }
            expected.sort_unstable();
            let found = conflicts(&all);
            let mut pairs = Vec::new();
            for conflict in &found.listed {
                let Conflict::Overlap { first, second, relation, .. } = conflict else { continue };
                let (one, other) = (all[*first].0, all[*second].0);
                let expected = match (other.contains(&one), one.contains(&other)) {
                    (true, true) => Relation::Same,
                    (true, false) => Relation::Inside,
                    _ => Relation::Contains,
                };
                prop_assert_eq!(*relation, expected);
                pairs.push((*first, *second));
            }
            prop_assert_eq!(pairs, expected);
            prop_assert_eq!(found.unlisted, 0);
        }
    }
}
