//! Subnets that Azure would refuse because another one has their addresses: one that was renamed, one
//! that another hand made in our network.

use super::Case;
use crate::address::Range;
use crate::doctor::finding::{Area, Finding};
use crate::kind::{Kind as _, Subnet};
use crate::shell::Line;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let subnets = case.needs.graph.iter().map(|(_, resource)| resource);
    let subnets = subnets.filter(|one| one.kind == Subnet::TYPE && case.needs.makes(&one.id));
    let mut found = Vec::new();
    for subnet in subnets {
        let Some(parent) = subnet.id.parent() else { continue };
        let Some(network) = case.facts.network_at(&parent) else { continue };
        let wanted = Subnet::ranges(subnet.body.value());
        // What the profile names too has a range of its own there, held against this one offline.
        let others = network.subnets.iter().filter(|other| {
            let id = parent.child("subnets", &other.name);
            id != subnet.id && !case.needs.has(&id) && !case.needs.deletes(&id)
        });
        for other in others {
            let overlaps = |range: &&Range| wanted.iter().any(|wanted| wanted.overlaps(range));
            let Some(range) = other.ranges.iter().find(overlaps) else { continue };
            let fact = format!(
                "Subnet `{}` of network `{}` has {range}, where `{}` is to be.",
                other.name,
                parent.name(),
                subnet.id.name()
            );
            let so = "Azure would refuse the second. One of ours that the profile no longer names \
                      goes with `--prune`, if nothing stands in it.";
            let id = parent.child("subnets", &other.name);
            let delete = Line::new("az network vnet subnet delete --ids").value(id.as_str());
            found.push(
                Finding::error(Area::Network, subnet.id.as_str(), fact)
                    .so(so)
                    .code("NetcfgSubnetRangesOverlap")
                    .run(delete),
            );
        }
    }
    found
}
