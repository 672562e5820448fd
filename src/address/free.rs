//! Room for one more range: what `cidr: auto` stands for.
//!
//! The answer depends on the input alone: the pools are tried in their order and the lowest
//! aligned block that touches nothing wins, so the same profile gets the same range every time.

use std::net::IpAddr;

use super::conflict::{met, widest};
use super::range::{Range, to_address};
use super::reserved::{RESERVED_BY_AKS, RESERVED_BY_AZURE};

/// Private address space in the order it is tried: RFC 1918, then RFC 6598.
pub const PRIVATE_RANGES: [Range; 4] = [
    Range::constant(10, 0, 0, 0, 8),
    Range::constant(172, 16, 0, 0, 12),
    Range::constant(192, 168, 0, 0, 16),
    Range::constant(100, 64, 0, 0, 10),
];

/// The range of services when nobody names one, `10.0.0.0/16`.
///
/// Source: AKS documentation, concepts-network-legacy-cni.
pub const DEFAULT_SERVICE_RANGE: Range = Range::constant(10, 0, 0, 0, 16);

/// The range of pods when nobody names one, `10.244.0.0/16`.
///
/// Source: AKS documentation, configure-kubenet and azure-cni-overlay.
pub const DEFAULT_POD_RANGE: Range = Range::constant(10, 244, 0, 0, 16);

/// Tells whether a range lies in private space (RFC 1918 or RFC 6598, IPv6: `fc00::/7`).
pub fn is_private(range: &Range) -> bool {
    match range.first() {
        IpAddr::V4(_) => PRIVATE_RANGES.iter().any(|private| private.contains(range)),
        IpAddr::V6(v6) => v6.is_unique_local() && range.prefix() >= 7,
    }
}

/// Finds the first block of this prefix in `pools` that touches neither `taken` nor what AKS and
/// Azure reserve; `None` when there is none.
///
/// ```
/// use akstool::address::{PRIVATE_RANGES, Range, find_free};
/// let taken = [Range::parse("10.0.0.0/15").unwrap()];
/// assert_eq!(find_free(&taken, 16, &PRIVATE_RANGES).unwrap().to_string(), "10.2.0.0/16");
/// ```
pub fn find_free(taken: &[Range], prefix: u8, pools: &[Range]) -> Option<Range> {
    let reserved = RESERVED_BY_AKS.iter().chain(&RESERVED_BY_AZURE).map(|kept| kept.range);
    let outermost = widest(taken.iter().copied().chain(reserved).collect());
    pools.iter().find_map(|pool| first_in(pool, prefix, &outermost))
}

/// Finds the first free block in one pool; `taken` is sorted and disjoint.
fn first_in(pool: &Range, prefix: u8, taken: &[Range]) -> Option<Range> {
    let longest = if pool.is_ipv4() { 32 } else { 128 };
    if prefix < pool.prefix() || prefix > longest {
        return None;
    }
    let (mut at, end) = pool.bounds();
    loop {
        let block = Range::around(to_address(at, pool.is_ipv4()), prefix);
        match met(taken, &block) {
            None => return Some(block),
            Some(blocker) => at = after(&block, &blocker).filter(|next| *next <= end)?,
        }
    }
}

/// Returns where to look next: behind the wider of the block and what blocks it.
fn after(block: &Range, blocker: &Range) -> Option<u128> {
    block.bounds().1.max(blocker.bounds().1).checked_add(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> Range {
        Range::parse(text).expect(text)
    }

    fn free(taken: &[&str], prefix: u8) -> Option<String> {
        let taken: Vec<Range> = taken.iter().map(|t| range(t)).collect();
        find_free(&taken, prefix, &PRIVATE_RANGES).map(|r| r.to_string())
    }

    #[test]
    fn the_first_block_of_the_first_pool_is_taken_when_nothing_stands_there() {
        assert_eq!(free(&[], 16).as_deref(), Some("10.0.0.0/16"));
    }

    #[test]
    fn a_small_range_in_the_middle_blocks_its_whole_block() {
        assert_eq!(free(&["10.0.128.0/28"], 16).as_deref(), Some("10.1.0.0/16"));
    }

    #[test]
    fn a_gap_between_two_ranges_is_found() {
        assert_eq!(free(&["10.0.0.0/16", "10.2.0.0/15"], 16).as_deref(), Some("10.1.0.0/16"));
    }

    #[test]
    fn the_next_pool_is_tried_when_one_is_full() {
        assert_eq!(free(&["10.0.0.0/8"], 12).as_deref(), Some("100.64.0.0/12"));
    }

    #[test]
    fn what_aks_reserves_is_never_offered() {
        let taken = ["10.0.0.0/8", "172.16.0.0/13", "172.24.0.0/14", "172.28.0.0/15"];
        assert_eq!(free(&taken, 16).as_deref(), Some("192.168.0.0/16"));
    }

    #[test]
    fn no_room_is_no_range() {
        assert_eq!(free(&["0.0.0.0/0"], 24), None);
        assert_eq!(free(&[], 4), None);
        assert_eq!(free(&[], 40), None);
    }

    #[test]
    fn ipv6_ends_without_overflow() {
        let pool = [range("ffff::/16")];
        assert_eq!(find_free(&[range("ffff::/16")], 64, &pool), None);
        assert_eq!(find_free(&[], 64, &pool), Some(range("ffff::/64")));
        assert_eq!(find_free(&[range("::/0")], 0, &[range("::/0")]), None);
    }

    #[test]
    fn private_space_is_known() {
        assert!(is_private(&range("100.64.0.0/16")) && is_private(&range("fd12:3456:789a::/64")));
        assert!(!is_private(&range("11.0.0.0/8")) && !is_private(&range("0.0.0.0/0")));
        assert!(!is_private(&range("2001:db8::/32")) && !is_private(&range("fc00::/6")));
    }

    #[test]
    fn the_pools_hold_no_host_bits() {
        for pool in PRIVATE_RANGES.iter().chain(&[DEFAULT_POD_RANGE, DEFAULT_SERVICE_RANGE]) {
            assert_eq!(Range::parse(&pool.to_string()), Ok(*pool));
        }
    }

    fn any_taken() -> impl Strategy<Value = Vec<Range>> {
        let one = (any::<u32>(), 12_u8..=32, any::<bool>()).prop_map(|(bits, prefix, near)| {
            let bits = if near { 0x0a00_0000 | (bits & 0x000f_ffff) } else { bits };
            Range::around(to_address(u128::from(bits), true), prefix)
        });
        prop::collection::vec(one, 0..40)
    }

    proptest! {
        #[test]
        fn the_finder_never_returns_an_overlap(taken in any_taken(), prefix in 8_u8..=32) {
            if let Some(found) = find_free(&taken, prefix, &PRIVATE_RANGES) {
                prop_assert!(taken.iter().all(|t| !t.overlaps(&found)));
                prop_assert!(RESERVED_BY_AKS.iter().all(|kept| !kept.range.overlaps(&found)));
                prop_assert_eq!(found.prefix(), prefix);
                prop_assert!(is_private(&found));
            }
        }

        #[test]
        fn nothing_earlier_was_free(taken in any_taken(), prefix in 16_u8..=22) {
            let pool = [Range::constant(10, 0, 0, 0, 12)];
            let found = find_free(&taken, prefix, &pool);
            let expected = pool[0].split(prefix).find(|b| taken.iter().all(|t| !t.overlaps(b)));
            prop_assert_eq!(found, expected);
        }
    }
}
