//! Whether traffic leaves the nodes' subnets as the profile says.
//!
//! Azure decides it subnet by subnet and asks nobody what the cluster was told: a route for
//! everything comes before a NAT gateway, and a NAT gateway before a load balancer
//! (<https://learn.microsoft.com/azure/nat-gateway/nat-overview>). So a way out that an earlier profile
//! needed, and that was left on the subnet, still carries the traffic.

use super::Case;
use crate::arm::id::ResourceId;
use crate::doctor::attached::{Attached, Route};
use crate::doctor::facts::SubnetFacts;
use crate::doctor::finding::{Area, Finding};
use crate::kind::{Kind as _, NatGateway};
use crate::profile::schema::{Model, OutboundType, Pool};
use crate::shell::Line;

const AREA: Area = Area::Network;

/// A subnet of nodes as it stands, and what is attached to it and stays.
struct NodeSubnet<'a> {
    case: &'a Case<'a>,
    id: ResourceId,
    table: Option<(ResourceId, &'a Attached)>,
    gateway: Option<ResourceId>,
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let found = subnets_of_nodes(case).into_iter().filter_map(|(id, subnet)| {
        let stays = |text: &Option<String>| {
            let id = ResourceId::parse(text.as_deref()?).ok()?;
            (!case.needs.deletes(&id)).then_some(id)
        };
        let table = stays(&subnet.route_table)
            .and_then(|id| Some((id.clone(), case.facts.attached.get(&id)?)));
        NodeSubnet { case, id, table, gateway: stays(&subnet.nat_gateway) }.judged()
    });
    found.collect()
}

/// Returns the subnets that hold nodes and stand, each once.
pub(super) fn subnets_of_nodes<'a>(case: &Case<'a>) -> Vec<(ResourceId, &'a SubnetFacts)> {
    let mut keys: Vec<&str> = case.profile.pools.iter().map(Pool::subnet_or_default).collect();
    keys.sort_unstable();
    keys.dedup();
    let found = keys.into_iter().filter_map(|key| {
        let id = case.needs.subnet(case.profile, key)?;
        let subnet = case.facts.network_at(&id.parent()?)?.subnet(id.name())?;
        Some((id, subnet))
    });
    let mut all: Vec<(ResourceId, &SubnetFacts)> = found.collect();
    all.dedup_by(|one, other| one.0 == other.0);
    all
}

impl NodeSubnet<'_> {
    fn judged(&self) -> Option<Finding> {
        let table = self.table.as_ref();
        let default = table.and_then(|(id, table)| Some((id, *table, table.default_route()?)));
        let all = table.and_then(|(id, table)| Some((id, *table, table.of_all()?)));
        let leads = all.filter(|(_, _, route)| route.is_a_way_out());
        let has_way_out = !matches!(
            self.case.profile.network.outbound_type(),
            OutboundType::None | OutboundType::Block
        );
        if let Some(by) = all.filter(|(_, _, route)| route.drops() && has_way_out) {
            return Some(self.dropped(by));
        }
        match (self.case.profile.network.outbound_type(), leads, &self.gateway) {
            (
                OutboundType::LoadBalancer
                | OutboundType::ManagedNatGateway
                | OutboundType::UserAssignedNatGateway,
                Some(by),
                _,
            ) => Some(self.by_table(by)),
            (OutboundType::LoadBalancer, None, Some(gateway)) => Some(self.by_gateway(gateway)),
            (OutboundType::UserDefinedRouting, None, None)
                if all.is_none() || default.is_some() =>
            {
                // One that this very plan writes is not as it was read.
                let (id, _) = table.filter(|(id, _)| !self.case.needs.changes(id))?;
                Some(self.nowhere(id, default.map(|(_, _, route)| route)))
            }
            _ => None,
        }
    }

    fn by_table(&self, (id, table, route): (&ResourceId, &Attached, &Route)) -> Finding {
        let fact = format!(
            "Traffic still leaves subnet `{}` by route table `{}`: {} goes to {}.",
            self.id.name(),
            id.name(),
            route.prefix,
            route.to()
        );
        let so = match self.case.profile.network.outbound_type() {
            OutboundType::UserAssignedNatGateway => {
                "A route comes before a NAT gateway, which gets nothing to do. Is the route meant? \
                 Write `outbound: { type: userDefinedRouting }`."
            }
            _ => {
                "Answers come back another way than requests left, and nodes may not reach the API \
                 server. Is the route meant? Write `outbound: { type: userDefinedRouting }`."
            }
        };
        let takes = self.takes_off(id, table, route);
        Finding::warning(AREA, self.id.as_str(), fact).so(so).run(takes)
    }

    fn dropped(&self, (id, table, route): (&ResourceId, &Attached, &Route)) -> Finding {
        let fact = format!(
            "Route table `{}` of subnet `{}` drops what goes to {}: its next hop is `None`.",
            id.name(),
            self.id.name(),
            route.prefix
        );
        let so =
            "Nodes reach neither the API server nor a registry, and no node joins the cluster.";
        let finding = if self.is_judged_by_aks() { Finding::error } else { Finding::warning };
        finding(AREA, self.id.as_str(), fact).so(so).run(self.takes_off(id, table, route))
    }

    /// Tells whether AKS looks at the default route: when a cluster takes `userDefinedRouting`, and
    /// not again while it has it (AKS documentation, customize egress with user-defined routing).
    fn is_judged_by_aks(&self) -> bool {
        let stands = self.case.facts.cluster.got().and_then(Option::as_ref);
        let has_it = stands.is_some_and(|one| one.outbound == "userDefinedRouting");
        let out = self.case.profile.network.outbound_type();
        out == OutboundType::UserDefinedRouting && !has_it
    }

    /// Returns the command that takes a table off: ours goes with `--prune` once no profile wants it.
    fn takes_off(&self, id: &ResourceId, table: &Attached, route: &Route) -> Line {
        let profile = self.case.profile;
        let is_ours = table.environment.as_ref() == Some(&profile.metadata.name);
        if is_ours && !self.case.needs.has(id) {
            return Line::new("akstool up PROFILE --prune");
        }
        if profile.model() == Model::Kubenet || self.case.needs.has(id) {
            let delete = Line::new("az network route-table route delete -g");
            let delete =
                delete.value(id.group_name().unwrap_or_default()).words("--route-table-name");
            return delete.value(id.name()).words("-n").value(&route.name);
        }
        let update = Line::new("az network vnet subnet update --ids").value(self.id.as_str());
        update.words("--remove routeTable")
    }

    fn by_gateway(&self, gateway: &ResourceId) -> Finding {
        let name = gateway.name();
        let fact =
            format!("Traffic still leaves subnet `{}` by NAT gateway `{name}`.", self.id.name());
        let so = "A NAT gateway on the subnet comes before the load balancer, with its addresses. Is \
                  it meant? Write `outbound: { type: userAssignedNATGateway, natGateway: { id: … } }`.";
        let profile = &self.case.profile.metadata;
        let ours = gateway.group_name() == Some(profile.resource_group_or_default());
        let finding = Finding::warning(AREA, self.id.as_str(), fact).so(so);
        if ours
            && NatGateway::TRAITS.name_in(&self.case.needs.group, &profile.name).as_deref()
                == Some(name)
            && !self.case.needs.has(gateway)
        {
            return finding.run("akstool up PROFILE --prune");
        }
        let update = Line::new("az network vnet subnet update --ids").value(self.id.as_str());
        finding.run(update.words("--remove natGateway"))
    }

    fn nowhere(&self, id: &ResourceId, route: Option<&Route>) -> Finding {
        let (subnet, table) = (self.id.name(), id.name());
        let (fact, so) = match route {
            None => (
                format!("Route table `{table}` of subnet `{subnet}` has no route for 0.0.0.0/0."),
                "AKS refuses `userDefinedRouting` without one: nodes have no way out.",
            ),
            Some(route) => (
                format!(
                    "Route table `{table}` of subnet `{subnet}` sends 0.0.0.0/0 to `{}`.",
                    route.next_hop
                ),
                "AKS takes `userDefinedRouting` by a gateway or an appliance alone: nodes have no \
                 public address, and nothing comes back.",
            ),
        };
        let create = Line::new("az network route-table route create -g");
        let create = create.value(id.group_name().unwrap_or_default()).words("--route-table-name");
        let name = route.map_or("default", |route| route.name.as_str());
        let create = create.value(table).words("-n").value(name);
        let create = create.words("--address-prefix 0.0.0.0/0 --next-hop-type VirtualAppliance");
        let finding = if self.is_judged_by_aks() { Finding::error } else { Finding::warning };
        finding(AREA, self.id.as_str(), fact)
            .so(so)
            .run(create.words("--next-hop-ip-address APPLIANCE"))
    }
}
