//! The ranges that a profile puts to use, each with the place that says so.

use crate::address::{Range, Role};
use crate::profile::place::key_path;
use crate::profile::ranges::Ranges;
use crate::profile::schema::{Cidr, Profile};

/// A range that the profile uses, and where it is written.
pub(super) struct Used {
    pub(super) path: String,
    pub(super) range: Range,
    pub(super) role: Role,
    pub(super) subnet: bool,
}

/// Returns the ranges that the profile puts to use, in the order of the schema. What `auto` found
/// is left out: it touches nothing by construction.
pub(super) fn used(profile: &Profile, ranges: &Ranges) -> Vec<Used> {
    let network = &profile.network;
    let mut all = Vec::new();
    let mut add = |path: String, range: Range, role: Role, subnet: bool| {
        all.push(Used { path, range, role, subnet });
    };
    if let Some(vnet) = network.vnet.as_ref().filter(|vnet| vnet.id.is_none()) {
        if let Some(range) = vnet.cidr.and_then(Cidr::range) {
            add("network.vnet.cidr".to_owned(), range, Role::Vnet, false);
        }
        for (index, range) in vnet.cidrs.iter().enumerate() {
            add(format!("network.vnet.cidrs[{index}]"), *range, Role::Vnet, false);
        }
    } else if network.is_managed() {
        for range in &ranges.vnet {
            add("network.vnet".to_owned(), *range, Role::Vnet, false);
        }
    }
    for (name, subnet) in &network.subnets {
        let path = key_path("network.subnets", name);
        if let Some(range) = subnet.cidr.and_then(Cidr::range) {
            add(format!("{path}.cidr"), range, Role::Vnet, true);
        }
        if let Some(range) = subnet.cidr_v6 {
            add(format!("{path}.cidrV6"), range, Role::Vnet, true);
        }
    }
    let auto = |cidr: Option<Cidr>| cidr.is_some_and(Cidr::is_auto);
    let own = [
        ("podCidr", ranges.pods.filter(|_| !auto(network.pod_cidr)), Role::Pods),
        ("podCidrV6", ranges.pods_v6.filter(|_| profile.model().has_pod_range()), Role::Pods),
        ("serviceCidr", ranges.services.filter(|_| !auto(network.service_cidr)), Role::Services),
        ("serviceCidrV6", ranges.services_v6, Role::Services),
    ];
    for (field, range, role) in own {
        if let Some(range) = range {
            add(format!("network.{field}"), range, role, false);
        }
    }
    all
}
