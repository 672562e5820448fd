//! What is attached to a subnet: what it says itself, else what the environment has.

use super::wishes::{is_kept, parsed};
use crate::arm::id::ResourceId;
use crate::kind::Attached;
use crate::profile::schema::{NatGatewayChoice, RouteTableChoice, SecurityGroup, Subnet};

/// Returns the route table of a subnet: `own` where it asks for the environment's, `default` where it
/// is silent.
pub(super) fn route_table(
    wish: &Subnet,
    own: Option<&ResourceId>,
    default: Option<ResourceId>,
) -> Attached {
    match &wish.route_table {
        None => default.into(),
        Some(RouteTableChoice::Own(false)) => Attached::Nothing,
        Some(RouteTableChoice::Own(true)) => own.cloned().into(),
        Some(RouteTableChoice::Existing(table)) => parsed(table.id.as_deref()).into(),
    }
}

/// Returns the security group of a subnet, as of its route table.
pub(super) fn security_group(
    wish: &Subnet,
    own: Option<&ResourceId>,
    default: Option<ResourceId>,
) -> Attached {
    match &wish.security_group {
        None => default.into(),
        Some(SecurityGroup::Own(false)) => Attached::Nothing,
        Some(SecurityGroup::Own(true)) => own.cloned().into(),
        Some(SecurityGroup::Existing(group)) => parsed(group.id.as_deref()).into(),
    }
}

/// Returns the NAT gateway of a subnet; the environment's serves all of its subnets, save those that
/// Azure keeps for a service with a way out of its own.
pub(super) fn nat_gateway(key: &str, wish: &Subnet, own: Option<&ResourceId>) -> Attached {
    match &wish.nat_gateway {
        None if is_kept(key) => Attached::Unsaid,
        None | Some(NatGatewayChoice::Own(true)) => own.cloned().into(),
        Some(NatGatewayChoice::Own(false)) => Attached::Nothing,
        Some(NatGatewayChoice::Existing(gateway)) => parsed(Some(&gateway.id)).into(),
    }
}
