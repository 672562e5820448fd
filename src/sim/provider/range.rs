//! Address ranges as the services judge them.

use super::super::error::Refusal;
use crate::arm::id::ResourceId;
use std::net::IpAddr;

use ipnet::IpNet;

/// Reads a range; host bits are an error, as they are to Azure.
pub(crate) fn parse(text: &str) -> Option<IpNet> {
    let net: IpNet = text.trim().parse().ok()?;
    (net.addr() == net.network()).then_some(net)
}

/// Reads those of many ranges that can be read.
pub(crate) fn parse_all(texts: &[&str]) -> Vec<IpNet> {
    texts
        .iter()
        .filter_map(|text| text.trim().parse::<IpNet>().ok())
        .map(|net| net.trunc())
        .collect()
}

/// Whether two ranges share an address.
pub(crate) fn overlap(one: &IpNet, two: &IpNet) -> bool {
    one.contains(&two.network()) || two.contains(&one.network())
}

/// How many addresses a subnet has for use: all but the five Azure keeps
/// (first four and last; the AKS documentation counts 251 in a /24).
pub(crate) fn usable(net: &IpNet) -> u64 {
    size(net).saturating_sub(5)
}

/// How many addresses a range has.
pub(crate) fn size(net: &IpNet) -> u64 {
    let bits = net.max_prefix_len() - net.prefix_len();
    1_u64.checked_shl(u32::from(bits)).unwrap_or(u64::MAX)
}

/// The `n`-th address of a range, from 0.
pub(crate) fn nth(net: &IpNet, n: u64) -> Option<IpAddr> {
    if n >= size(net) {
        return None;
    }
    Some(match net {
        IpNet::V4(net) => {
            IpAddr::V4((u32::from(net.network()).checked_add(u32::try_from(n).ok()?)?).into())
        }
        IpNet::V6(net) => IpAddr::V6((u128::from(net.network()) + u128::from(n)).into()),
    })
}

/// What the provider says of text that is no range, or one with host bits.
pub(crate) fn invalid_prefix(text: &str, id: &ResourceId) -> Refusal {
    let resource = id.as_str();
    if text.parse::<ipnet::IpNet>().is_ok() {
        let right = text.parse::<ipnet::IpNet>().map(|net| net.trunc().to_string());
        return Refusal::network(
            400,
            "InvalidCIDRNotation",
            format!(
                "The address prefix {text} in resource {resource} has an invalid CIDR notation. \
                 For the given prefix length, the address prefix should be {}.",
                right.unwrap_or_default()
            ),
        );
    }
    Refusal::network(
        400,
        "InvalidAddressPrefixFormat",
        format!(
            "Address prefix {text} of resource {resource} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_24_has_251_addresses_for_use() {
        assert_eq!(usable(&parse("10.0.0.0/24").unwrap()), 251);
        assert_eq!(nth(&parse("10.0.0.0/24").unwrap(), 4).unwrap().to_string(), "10.0.0.4");
        assert!(parse("10.0.0.1/24").is_none());
        let net = |text| parse(text).unwrap();
        assert!(overlap(&net("10.0.0.0/8"), &net("10.1.0.0/16")));
        assert!(!overlap(&net("10.0.0.0/16"), &net("10.1.0.0/16")));
    }
}
