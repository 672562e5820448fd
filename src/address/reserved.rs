//! What AKS and Azure keep for themselves.

use super::conflict::Role;
use super::range::Range;

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
    let of_network = matches!(role, Role::Network | Role::Subnet);
    let azure = if of_network { &RESERVED_BY_AZURE[..] } else { &[] };
    RESERVED_BY_AKS.iter().chain(azure).filter(|kept| kept.range.overlaps(range)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aks_keeps_is_refused_in_every_role_supersets_too() {
        for role in [Role::Network, Role::Pods, Role::Services] {
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
        assert_eq!(reserved_for(&loopback, Role::Network).len(), 1);
        assert!(reserved_for(&loopback, Role::Pods).is_empty());
    }

    #[test]
    fn the_tables_hold_no_host_bits() {
        for kept in RESERVED_BY_AKS.iter().chain(&RESERVED_BY_AZURE) {
            assert_eq!(Range::parse(&kept.range.to_string()), Ok(kept.range));
        }
    }
}
