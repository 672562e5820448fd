//! One range of addresses, IPv4 or IPv6, written as a CIDR.
//!
//! A [`Range`] has no host bits by construction, so two of them are nested or disjoint and never
//! cross. Sizes are `u128` and saturate: `::/0` holds one address more than the type can say.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Addresses that Azure keeps in every subnet: the first four and the last.
///
/// Source: AKS documentation, concepts-network-azure-cni-overlay; a /24 gives 251.
pub const RESERVED_PER_SUBNET: u128 = 5;

/// The smallest subnet that Azure takes: a /29 leaves three addresses.
///
/// Source: Azure Virtual Network FAQ, "how small and how large can virtual networks and subnets be".
pub const SMALLEST_SUBNET: u8 = 29;

/// A range of addresses without host bits, such as `10.10.0.0/16`.
///
/// The order is: IPv4 before IPv6, then by first address, then the wider range first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(inline)]
pub struct Range(#[schemars(with = "String")] IpNet);

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The part before the slash is no IP address, or there is nothing to read.
    #[error("`{0}` is not a range: expected an address and a prefix such as `10.10.0.0/16`")]
    NotACidr(String),
    /// An address stands alone.
    #[error("`{text}` has no prefix; a single address is `{alone}`")]
    NoPrefix {
        /// The text as written.
        text: String,
        /// The range that holds this address alone.
        alone: Range,
    },
    /// Two addresses with a dash between them, or the prefix before the address.
    #[error("`{text}` is not a range{}", suggest(.would_be.as_ref()))]
    Reversed {
        /// The text as written.
        text: String,
        /// The CIDR of the same addresses, where one exists.
        would_be: Option<Range>,
    },
    /// The prefix is no number, or longer than the address.
    #[error("`{text}` has the prefix `{prefix}`; it must be a number from 0 to {longest}")]
    Prefix {
        /// The text as written.
        text: String,
        /// What stands after the slash.
        prefix: String,
        /// 32 for IPv4, 128 for IPv6.
        longest: u8,
    },
    /// The address is not the first one of the range.
    #[error("`{text}` has host bits set; the range it lies in is `{would_be}`")]
    HostBits {
        /// The text as written.
        text: String,
        /// The same range from its first address.
        would_be: Range,
    },
    /// An IPv4 address written as `::ffff:a.b.c.d`.
    #[error("`{text}` is IPv4 in IPv6 form{}", suggest(.would_be.as_ref()))]
    MappedIpv4 {
        /// The text as written.
        text: String,
        /// The IPv4 range meant, when the prefix lies in its part of the address.
        would_be: Option<Range>,
    },
}

fn suggest(range: Option<&Range>) -> String {
    range.map(|r| format!("; write `{r}`")).unwrap_or_default()
}

impl Range {
    /// Every IPv4 address, `0.0.0.0/0`: where a default route leads.
    pub const EVERYTHING: Self = Self::constant(0, 0, 0, 0, 0);

    /// Reads a CIDR; white space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let shown = || shorten(text);
        let trimmed = text.trim();
        let Some((head, tail)) = trimmed.split_once('/') else {
            return Err(without_prefix(trimmed));
        };
        let Ok(address) = head.parse::<IpAddr>() else {
            return Err(not_an_address(head, tail, shown()));
        };
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match read_prefix(tail) {
            Some(prefix) if prefix <= longest => prefix,
            _ => return Err(RangeError::Prefix { text: shown(), prefix: shorten(tail), longest }),
        };
        if let Some(mapped) = mapped(address) {
            return Err(RangeError::MappedIpv4 {
                text: shown(),
                would_be: prefix.checked_sub(96).map(|p| Self::around(mapped.into(), p)),
            });
        }
        let range = Self::around(address, prefix);
        if range.0.addr() == address {
            Ok(range)
        } else {
            Err(RangeError::HostBits { text: shown(), would_be: range })
        }
    }

    /// Returns an IPv4 range for a constant; evaluated at compile time.
    ///
    /// Host bits are the caller's to avoid; a test holds every constant of this crate to it.
    pub(crate) const fn constant(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Self {
        Self(IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)))
    }

    /// Returns the range with this prefix that an address lies in; the prefix is cut to the longest.
    pub fn around(address: IpAddr, prefix: u8) -> Self {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        Self(IpNet::new_assert(address, prefix.min(longest)).trunc())
    }

    /// Returns the first address, which is also the one in the text.
    pub fn first(&self) -> IpAddr {
        self.0.network()
    }

    /// Returns the last address.
    pub fn last(&self) -> IpAddr {
        self.0.broadcast()
    }

    /// Returns the address at this distance from the first, `None` past the end.
    pub fn nth(&self, offset: u128) -> Option<IpAddr> {
        let (first, last) = self.bounds();
        let at = first.checked_add(offset).filter(|at| *at <= last)?;
        Some(to_address(at, self.is_ipv4()))
    }

    /// Returns the prefix length: 0–32 for IPv4, 0–128 for IPv6.
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }

    /// Tells whether this is an IPv4 range.
    pub fn is_ipv4(&self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }

    /// Returns the number of addresses; `::/0` saturates.
    pub fn size(&self) -> u128 {
        1_u128.checked_shl(u32::from(self.0.max_prefix_len() - self.prefix())).unwrap_or(u128::MAX)
    }

    /// Returns the addresses left in a subnet of this range once Azure has taken its five.
    pub fn usable(&self) -> u128 {
        self.size().saturating_sub(RESERVED_PER_SUBNET)
    }

    /// Tells whether another range lies wholly within this one.
    pub fn contains(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Tells whether an address lies within this range.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// Tells whether the two share an address.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Returns the parts of this range with a longer prefix, in order; empty when it is not longer
    /// or does not exist.
    pub fn split(&self, prefix: u8) -> impl Iterator<Item = Self> + use<> {
        self.0.subnets(prefix).into_iter().flatten().map(Self)
    }

    /// Returns the prefix of the smallest IPv4 subnet with this many usable addresses, `None` when
    /// IPv4 is too small. The five reserved are added; Azure's smallest, /29, is the floor.
    pub fn prefix_for(addresses: u128) -> Option<u8> {
        let with_reserved = addresses.checked_add(RESERVED_PER_SUBNET)?;
        Self::prefix_of_size(with_reserved).map(|prefix| prefix.min(SMALLEST_SUBNET))
    }

    /// Returns the prefix of the smallest IPv4 range of at least this size, nothing reserved.
    pub fn prefix_of_size(addresses: u128) -> Option<u8> {
        let bits = addresses.checked_next_power_of_two()?.trailing_zeros();
        u8::try_from(bits).ok().and_then(|bits| 32_u8.checked_sub(bits))
    }

    /// Returns the first and last address as numbers.
    pub(crate) fn bounds(&self) -> (u128, u128) {
        (to_number(self.first()), to_number(self.last()))
    }

    /// Returns what the order sorts by: family, first address, prefix.
    pub(crate) fn sort_key(&self) -> (bool, u128, u8) {
        (!self.is_ipv4(), self.bounds().0, self.prefix())
    }
}

/// Returns an address as a number; IPv4 counts from zero as well.
pub(crate) fn to_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// Returns the address of a number; an IPv4 number beyond 32 bits is cut to the last address.
pub(crate) fn to_address(number: u128, ipv4: bool) -> IpAddr {
    if ipv4 {
        IpAddr::V4(u32::try_from(number).unwrap_or(u32::MAX).into())
    } else {
        IpAddr::V6(number.into())
    }
}

/// Reads the digits of a prefix; no sign, no blanks, no leading zero.
fn read_prefix(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    if plain && !padded { text.parse().ok() } else { None }
}

fn mapped(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(v6) => v6.to_ipv4_mapped(),
    }
}

fn without_prefix(text: &str) -> RangeError {
    if let Ok(address) = text.parse::<IpAddr>() {
        return RangeError::NoPrefix { text: shorten(text), alone: Range::around(address, 128) };
    }
    let ends = text.split_once('-').and_then(|(from, to)| {
        Some((from.trim().parse::<IpAddr>().ok()?, to.trim().parse::<IpAddr>().ok()?))
    });
    match ends {
        Some((from, to)) if from.is_ipv4() == to.is_ipv4() => RangeError::Reversed {
            text: shorten(text),
            would_be: exact(from.min(to), from.max(to)),
        },
        _ => RangeError::NotACidr(shorten(text)),
    }
}

fn not_an_address(head: &str, tail: &str, shown: String) -> RangeError {
    match (read_prefix(head), tail.parse::<IpAddr>()) {
        (Some(prefix), Ok(address)) => {
            RangeError::Reversed { text: shown, would_be: Some(Range::around(address, prefix)) }
        }
        _ => RangeError::NotACidr(shown),
    }
}

/// Returns the one CIDR that goes from `first` to `last`, when there is one.
fn exact(first: IpAddr, last: IpAddr) -> Option<Range> {
    let differ = to_number(first) ^ to_number(last);
    let host_bits = u128::BITS - differ.leading_zeros();
    let longest: u8 = if first.is_ipv4() { 32 } else { 128 };
    let prefix = longest.checked_sub(u8::try_from(host_bits).ok()?)?;
    let range = Range::around(first, prefix);
    (range.first() == first && range.last() == last).then_some(range)
}

/// Cuts what is quoted in an error to 60 characters and takes control characters out of it.
fn shorten(text: &str) -> String {
    let clean: String =
        text.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(60).is_some() { clean + "…" } else { clean }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl fmt::Debug for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        Self::parse(text)
    }
}

impl Ord for Range {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.sort_key().cmp(&other.sort_key())
    }
}

impl PartialOrd for Range {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Host bits are dropped.
impl From<IpNet> for Range {
    fn from(net: IpNet) -> Self {
        Self(net.trunc())
    }
}

impl From<Range> for IpNet {
    fn from(range: Range) -> Self {
        range.0
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> Range {
        Range::parse(text).expect(text)
    }

    fn refusal(text: &str) -> String {
        Range::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn a_slash_24_leaves_251_addresses() {
        assert_eq!(range("10.10.1.0/24").usable(), 251);
    }

    #[test]
    fn a_range_smaller_than_the_reserve_leaves_nothing() {
        assert_eq!(range("10.0.0.0/30").usable(), 0);
        assert_eq!(range("10.0.0.1/32").usable(), 0);
    }

    #[test]
    fn the_whole_of_ipv6_does_not_overflow() {
        let all = range("::/0");
        assert_eq!(all.size(), u128::MAX);
        assert_eq!(all.last().to_string(), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        assert_eq!(range("0.0.0.0/0").size(), 1 << 32);
        assert!(all.contains(&range("fd00::/8")) && !all.contains(&range("10.0.0.0/8")));
    }

    #[test]
    fn refusals_say_what_is_wrong_and_what_was_meant() {
        let cases = [
            ("", "`` is not a range: expected an address and a prefix such as `10.10.0.0/16`"),
            ("10.0.0.0/33", "`10.0.0.0/33` has the prefix `33`; it must be a number from 0 to 32"),
            ("fd00::/129", "`fd00::/129` has the prefix `129`; it must be a number from 0 to 128"),
            ("10.0.0.0/-1", "`10.0.0.0/-1` has the prefix `-1`; it must be a number from 0 to 32"),
            ("10.0.0.0/", "`10.0.0.0/` has the prefix ``; it must be a number from 0 to 32"),
            (
                "10.0.0.0/255.0.0.0",
                "`10.0.0.0/255.0.0.0` has the prefix `255.0.0.0`; it must be a number from 0 to 32",
            ),
            ("10.0.0.1", "`10.0.0.1` has no prefix; a single address is `10.0.0.1/32`"),
            (
                "10.10.1.7/24",
                "`10.10.1.7/24` has host bits set; the range it lies in is `10.10.1.0/24`",
            ),
            (
                "::ffff:10.0.0.0/104",
                "`::ffff:10.0.0.0/104` is IPv4 in IPv6 form; write `10.0.0.0/8`",
            ),
            ("::ffff:0.0.0.0/90", "`::ffff:0.0.0.0/90` is IPv4 in IPv6 form"),
            ("10.0.0.255-10.0.0.0", "`10.0.0.255-10.0.0.0` is not a range; write `10.0.0.0/24`"),
            ("10.0.0.1-10.0.0.9", "`10.0.0.1-10.0.0.9` is not a range"),
            ("16/10.1.0.0", "`16/10.1.0.0` is not a range; write `10.1.0.0/16`"),
        ];
        for (text, sentence) in cases {
            assert_eq!(refusal(text), sentence);
        }
    }

    #[test]
    fn a_long_text_is_quoted_in_part() {
        assert!(refusal(&"x".repeat(10_000)).len() < 200);
    }

    #[test]
    fn docs_example_of_1581_addresses_wants_a_slash_21() {
        assert_eq!(Range::prefix_for(1581), Some(21));
    }

    #[test]
    fn the_smallest_subnet_is_a_slash_29() {
        assert_eq!(Range::prefix_for(1), Some(29));
        assert_eq!(Range::prefix_for(3), Some(29));
        assert_eq!(Range::prefix_for(4), Some(28));
    }

    #[test]
    fn more_than_ipv4_holds_has_no_prefix() {
        assert_eq!(Range::prefix_for((1 << 32) - 5), Some(0));
        assert_eq!(Range::prefix_for((1 << 32) - 4), None);
        assert_eq!(Range::prefix_for(u128::MAX), None);
    }

    #[test]
    fn splitting_gives_the_parts_in_order() {
        let parts: Vec<String> = range("10.0.0.0/23").split(24).map(|r| r.to_string()).collect();
        assert_eq!(parts, ["10.0.0.0/24", "10.0.1.0/24"]);
        assert_eq!(range("10.0.0.0/24").split(16).count(), 0);
        assert_eq!(range("10.0.0.0/24").split(40).count(), 0);
        assert!(range("::/0").split(128).next().is_some());
    }

    #[test]
    fn the_nth_address_stays_inside() {
        let service = range("10.0.0.0/16");
        assert_eq!(service.nth(10).map(|a| a.to_string()).as_deref(), Some("10.0.0.10"));
        assert_eq!(service.nth(1 << 16), None);
        assert!(range("::/0").nth(u128::MAX).is_some());
        assert_eq!(range("ff00::/8").nth(u128::MAX), None);
    }

    proptest! {
        #[test]
        fn the_prefix_holds_what_was_asked_and_half_of_it_does_not(wanted in 1_u128..(1 << 32) - 5) {
            let prefix = Range::prefix_for(wanted).unwrap();
            let whole = Range::around(Ipv4Addr::UNSPECIFIED.into(), prefix);
            prop_assert!(whole.usable() >= wanted);
            if prefix < 32 {
                let half = Range::around(Ipv4Addr::UNSPECIFIED.into(), prefix + 1);
                prop_assert!(half.usable() < wanted);
            }
        }

        #[test]
        fn text_and_back_is_the_same(bits: u128, prefix in 0_u8..=128, ipv4: bool) {
            let range = Range::around(to_address(bits, ipv4), prefix);
            let again = Range::parse(&range.to_string());
            let is_mapped = mapped(range.first()).is_some();
            prop_assert!(is_mapped || again == Ok(range));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = Range::parse(&text).map_err(|e| e.to_string());
        }

        #[test]
        fn address_like_text_is_read_or_refused(text in "[0-9a-f:./-]{0,44}") {
            let _ = Range::parse(&text).map_err(|e| e.to_string());
        }

        #[test]
        fn sizes_never_overflow(bits: u128, prefix in 0_u8..=128, ipv4: bool) {
            let range = Range::around(to_address(bits, ipv4), prefix);
            prop_assert!(range.size() >= 1 && range.usable() <= range.size());
            prop_assert!(range.bounds().0 <= range.bounds().1);
        }
    }
}
