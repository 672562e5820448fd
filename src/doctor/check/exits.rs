//! Whether the addresses that the profile names can be its way out, and a NAT gateway has any.
//!
//! Azure refuses an address of the Basic SKU, or one that something else has, only when the NAT
//! gateway or the cluster is written, after the network was. A NAT gateway without an address it
//! takes, and everything behind it is shut in
//! (<https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource>).

use super::Case;
use super::way_out::subnets_of_nodes;
use crate::arm::id::ResourceId;
use crate::doctor::facts::ExitFacts;
use crate::doctor::finding::{Area, Finding};
use crate::kind::{Kind as _, NatGateway};
use crate::profile::schema::OutboundType;
use crate::shell::Line;

const AREA: Area = Area::Network;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let exits = case.facts.exits.iter();
    let (gateways, addresses): (Vec<_>, Vec<_>) =
        exits.partition(|(id, _)| id.is_type(NatGateway::TYPE));
    let serves = |id: &ResourceId| {
        let named = case.profile.network.outbound.as_ref().and_then(|o| o.nat_gateway.as_ref());
        let named = named.and_then(|gateway| ResourceId::parse(gateway.id.as_deref()?).ok());
        let same = |text: &Option<String>| {
            text.as_deref().and_then(|text| ResourceId::parse(text).ok()).as_ref() == Some(id)
        };
        named.as_ref() == Some(id)
            || subnets_of_nodes(case).iter().any(|(_, subnet)| same(&subnet.nat_gateway))
    };
    // What this very plan writes is not as it was read.
    let stays = |id: &ResourceId| !case.needs.changes(id) && !case.needs.deletes(id);
    let empty =
        gateways.into_iter().filter(|(id, exit)| exit.addresses == 0 && stays(id) && serves(id));
    let mut found: Vec<Finding> = empty.map(|(id, _)| without_address(id)).collect();
    found.extend(addresses.into_iter().filter_map(|(id, exit)| address(case, id, exit)));
    found
}

fn without_address(id: &ResourceId) -> Finding {
    let fact = format!("NAT gateway `{}` has no public address.", id.name());
    let so = "Nothing behind it reaches the Internet: no node joins the cluster.";
    let update = Line::new("az network nat gateway update --ids").value(id.as_str());
    Finding::warning(AREA, id.as_str(), fact)
        .so(so)
        .run(update.words("--public-ip-addresses ADDRESS"))
}

/// Says why an address or a prefix that the profile names cannot be its way out.
fn address(case: &Case<'_>, id: &ResourceId, exit: &ExitFacts) -> Option<Finding> {
    let kind = case.profile.network.outbound_type();
    let taker = match kind {
        OutboundType::LoadBalancer => "The load balancer of the cluster",
        OutboundType::UserAssignedNatGateway => "The NAT gateway",
        _ => return None,
    };
    if exit.sku == "Basic" {
        let fact = format!("Public address `{}` is of the Basic SKU.", id.name());
        let so = format!("{taker} takes the Standard SKU only, and Azure would refuse it.");
        let create = Line::new("az network public-ip create --sku Standard -g");
        let create = create.value(id.group_name().unwrap_or_default()).words("-n NAME");
        return Some(Finding::error(AREA, id.as_str(), fact).so(so).run(create));
    }
    let holder = ResourceId::parse(exit.holder.as_deref()?).ok()?;
    let by = crate::kind::lane(&holder);
    let is_ours = case.needs.has(&by)
        || holder
            .group_name()
            .is_some_and(|group| group.eq_ignore_ascii_case(case.needs.node_group.name()));
    if is_ours {
        return None;
    }
    let fact = format!("Public address `{}` is in use by `{}`.", id.name(), by.name());
    let so = format!("{taker} cannot have it too: Azure gives an address to one resource.");
    let show = Line::new("az resource show --ids").value(by.as_str());
    Some(Finding::error(AREA, id.as_str(), fact).so(so).run(show))
}
