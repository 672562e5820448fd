//! Address ranges and existing networks: what is there, whose it is, what it would collide with.

use std::collections::BTreeSet;

use super::Case;
use super::missing::missing;
use super::quota;
use super::unread::{Blank, unread};
use crate::address::number::{counted, grouped};
use crate::address::{Limit, Moment, Role, Shortage};
use crate::address_plan::{Conflict, address_plan};
use crate::arm::id::ResourceId;
use crate::doctor::facts::{NetworkFacts, Read, SubnetFacts};
use crate::doctor::finding::{Area, Finding, Severity};
use crate::doctor::live::{self, Networks};
use crate::kind::{Cluster, Kind, VirtualNetwork};
use crate::profile::schema::{Model, OutboundType};
use crate::shell::Line;

const AREA: Area = Area::Network;

/// What comes of a way out that is not there.
const NO_WAY_OUT: &str = "AKS would refuse the cluster: it has no way out.";

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut known = Networks::new();
    for (id, read) in &case.facts.networks {
        match read {
            Read::Got(Some(network)) => {
                found.extend(of_network(case, id, network));
                known.insert(id.clone(), network.clone());
            }
            Read::Got(None) => found.push(missing(case, id)),
            Read::Unknown(why) => {
                let what = format!("network `{}`", id.name());
                let so = "If it is not there, or its ranges collide, `up` would stop.";
                let blank = Blank { area: AREA, what: &what, scope: Some(id), so };
                found.push(unread(case.facts, &blank, why));
            }
            Read::NotAsked => {}
        }
    }
    found.extend(subnets(case, &known));
    found.extend(others(case));
    found.extend(addresses(case, &known));
    found
}

/// Tells whether a network is the one the cluster stands in.
fn is_home(case: &Case<'_>, id: &ResourceId) -> bool {
    let network = &case.profile.network;
    let named = network.vnet.as_ref().and_then(|vnet| vnet.id.as_deref());
    let is_named = named.and_then(|named| ResourceId::parse(named).ok()).is_some_and(|n| n == *id);
    let mut of_subnets = network.subnets.values().filter_map(|subnet| subnet.id.as_deref());
    is_named || of_subnets.any(|subnet| ResourceId::parse(subnet).is_ok_and(|s| s.is_under(id)))
}

fn of_network(case: &Case<'_>, id: &ResourceId, network: &NetworkFacts) -> Vec<Finding> {
    let mut found = Vec::new();
    let (name, here) = (id.name(), &case.facts.location);
    if is_home(case, id) {
        if network.location != *here && !network.location.is_empty() {
            let fact = format!(
                "Network `{name}` is in region `{}`, the cluster in `{here}`.",
                network.location
            );
            let command = Line::new("akstool up PROFILE --location").value(&network.location);
            let so = "A cluster and its network share a region; AKS would refuse it.";
            found.push(Finding::error(AREA, id.as_str(), fact).so(so).run(command));
        }
        if !id.subscription_id().eq_ignore_ascii_case(&case.facts.subscription_id) {
            let fact = format!("Network `{name}` is in another subscription than the cluster.");
            let so = "A cluster and its network share a subscription; AKS would refuse it.";
            let command =
                Line::new("akstool up PROFILE --subscription").value(id.subscription_id());
            found.push(Finding::error(AREA, id.as_str(), fact).so(so).run(command));
        }
    }
    for peer in network.peers.iter().filter(|peer| !peer.state.eq_ignore_ascii_case("Connected")) {
        let fact = format!(
            "Peering `{}` of network `{name}` is {}.",
            peer.name,
            peer.state.to_lowercase()
        );
        let so = "No traffic passes through it until both sides exist.";
        let peering = format!("{id}/virtualNetworkPeerings/{}", peer.name);
        let show = Line::new("az network vnet peering show --ids").value(peering);
        found.push(Finding::warning(AREA, id.as_str(), fact).so(so).run(show));
    }
    if found.is_empty() {
        let ranges: Vec<String> = network.ranges.iter().map(ToString::to_string).collect();
        let fact = format!("Network `{name}` is there, {}.", ranges.join(", "));
        found.push(Finding::ok(AREA, id.as_str(), fact));
    }
    found
}

fn subnets(case: &Case<'_>, known: &Networks) -> Vec<Finding> {
    let mut found = Vec::new();
    for (key, wish) in &case.profile.network.subnets {
        let Some(id) = wish.id.as_deref().and_then(|id| ResourceId::parse(id).ok()) else {
            continue;
        };
        let Some(parent) = id.parent() else { continue };
        let network = known.get(&parent);
        match network.and_then(|network| network.subnet(id.name())) {
            Some(subnet) => found.extend(of_subnet(case, key, &id, subnet)),
            None if network.is_some() || case.facts.is_missing(&parent) => {
                found.push(missing(case, &id));
            }
            None => {}
        }
    }
    found
}

fn of_subnet(case: &Case<'_>, key: &str, id: &ResourceId, subnet: &SubnetFacts) -> Vec<Finding> {
    let profile = case.profile;
    let holds_nodes = profile.pools.iter().any(|pool| pool.subnet_or_default() == key);
    let holds_pods = profile.model().has_pod_subnet()
        && profile.pools.iter().any(|pool| pool.pod_subnet_or_default() == key);
    if !holds_nodes && !holds_pods {
        return Vec::new();
    }
    let change = |how: &'static str| {
        Line::new("az network vnet subnet update --ids").value(id.as_str()).words(how)
    };
    let error = |fact: String, so: &str, command: Line| {
        Finding::error(AREA, id.as_str(), fact).so(so).run(command)
    };
    let name = &subnet.name;
    let mut found = Vec::new();
    // AKS hands itself the subnet of pods, and takes it from nobody.
    let handed = subnet
        .delegations
        .iter()
        .find(|service| holds_nodes || !service.eq_ignore_ascii_case(Cluster::TYPE));
    if let Some(service) = handed {
        let fact = format!("Subnet `{name}` is delegated to `{service}`.");
        let so = if holds_nodes {
            "AKS refuses a delegated subnet for nodes."
        } else {
            "AKS hands itself a subnet of pods, and refuses one of another service."
        };
        found.push(error(fact, so, change("--remove delegations")));
    }
    if !holds_nodes {
        return found;
    }
    let out = profile.network.outbound_type();
    if out == OutboundType::UserDefinedRouting && subnet.route_table.is_none() {
        let fact = format!("Subnet `{name}` has no route table, and traffic leaves by one.");
        found.push(error(fact, NO_WAY_OUT, change("--route-table ROUTE_TABLE_ID")));
    }
    if out == OutboundType::UserAssignedNatGateway && subnet.nat_gateway.is_none() {
        let fact = format!("Subnet `{name}` has no NAT gateway, and traffic leaves by one.");
        found.push(error(fact, NO_WAY_OUT, change("--nat-gateway NAT_GATEWAY_ID")));
    }
    let wanted = profile.network.route_table.as_ref().and_then(|table| table.id.as_deref());
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    if let (Model::Kubenet, Some(wanted)) = (profile.model(), wanted)
        && !subnet.route_table.as_deref().is_some_and(|has| same(has, wanted))
    {
        let fact = format!("Subnet `{name}` does not have the route table `{wanted}`.");
        let so = "kubenet writes its routes into the table on the subnet, which must be there \
                  before the cluster is made.";
        found.push(error(fact, so, change("--route-table").value(wanted)));
    }
    found
}

fn others(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, read) in &case.facts.existing {
        match read {
            Read::Got(None) => found.push(missing(case, id)),
            Read::Unknown(why) => {
                let (what, so) = (format!("`{id}`"), "If it is not there, `up` would stop.");
                let blank = Blank { area: AREA, what: &what, scope: Some(id), so };
                found.push(unread(case.facts, &blank, why));
            }
            Read::Got(Some(place)) => {
                let is_network =
                    id.resource_type().to_lowercase().starts_with("microsoft.network/");
                if is_network && !place.location.is_empty() && place.location != case.facts.location
                {
                    let fact = format!(
                        "`{}` is in region `{}`, the cluster in `{}`.",
                        id.name(),
                        place.location,
                        case.facts.location
                    );
                    let so = "Resources of the network are used within their region only.";
                    let command = Line::new("akstool up PROFILE --location").value(&place.location);
                    found.push(Finding::error(AREA, id.as_str(), fact).so(so).run(command));
                }
            }
            Read::NotAsked => {}
        }
    }
    found
}

/// Holds the address plan against what stands in Azure.
fn addresses(case: &Case<'_>, known: &Networks) -> Vec<Finding> {
    let cluster = case.facts.cluster.got().and_then(Option::as_ref);
    let around = live::around(case.profile, case.needs, known, cluster);
    let plan = address_plan(case.profile, &around);
    let about = "the address plan";
    // A cluster that stands keeps its ranges, whatever came to stand beside it.
    // A cluster that stands keeps its ranges, whatever came to stand beside it; a subnet may be new.
    let makes = case.needs.makes(&case.needs.cluster);
    let may_come = |conflict: &&Conflict| makes || conflict.claim(&[Role::Neighbour]).is_some();
    let conflicts = plan.conflicts.iter().filter(may_come);
    let mut found: Vec<Finding> =
        conflicts.map(|conflict| collision(case, about, conflict)).collect();
    let mut seen = BTreeSet::new();
    // What stands fits; a change that adds no node takes no address.
    for fit in plan.fits.iter().filter(|_| quota::grows(case)) {
        let fresh = fit.shortages.iter().filter(|short| seen.insert(short.limit.to_string()));
        found.extend(fresh.map(|short| shortage(case, fit.moment, short)));
    }
    let is_known = case.facts.networks.keys().all(|network| !case.facts.is_missing(network));
    if found.is_empty() && is_known {
        let with = if known.is_empty() { "" } else { " and with what stands in Azure" };
        let fact = format!("Every range fits with the others{with}.");
        found.push(Finding::ok(AREA, about, fact));
    }
    found
}

/// Says what collides, and what to do about it.
fn collision(case: &Case<'_>, about: &str, conflict: &Conflict) -> Finding {
    let subnet = conflict.claim(&[Role::Subnet]);
    let id = match subnet {
        Some(subnet) => case.needs.subnet(case.profile, &subnet.name),
        None if conflict.claim(&[Role::Pods, Role::Services]).is_some() => {
            Some(case.needs.cluster.clone())
        }
        None => case.needs.first(VirtualNetwork::TYPE).cloned(),
    };
    let fact = conflict.text.clone();
    if let (Some(subnet), Some(_)) = (subnet, conflict.claim(&[Role::Neighbour])) {
        let code = "NetcfgSubnetRangesOverlap";
        let set = format!("network.subnets.{}.cidr=auto", subnet.name);
        let command = Line::new("akstool up PROFILE --set").value(set);
        let finding = Finding { id, ..Finding::error(AREA, &subnet.name, fact) };
        return finding.so(format!("Azure would refuse it with `{code}`.")).code(code).run(command);
    }
    Finding { id, ..Finding::error(AREA, about, fact) }
        .so("Azure would refuse it, or traffic would get lost.")
        .run("akstool network PROFILE --live")
}

/// Says what is too small, and when.
fn shortage(case: &Case<'_>, moment: Moment, short: &Shortage) -> Finding {
    let room = short.prefix.map(|prefix| format!(" A /{prefix} would do.")).unwrap_or_default();
    let limit = short.limit.to_string();
    let fact = format!(
        "{} too few: {limit} must hold {}, and has room for {}.{room}",
        counted(short.short_by, short.limit.unit()),
        grouped(short.needed),
        grouped(short.available)
    );
    let (make, so): (fn(Area, String, String) -> Finding, _) = match moment {
        Moment::Service | Moment::Now => {
            (Finding::error, "AKS would refuse the cluster with `InsufficientSubnetSize`.")
        }
        Moment::Upgrade => (
            Finding::warning,
            "Upgrades would stop: they add nodes before they take the old ones away.",
        ),
        Moment::Maximum => (Finding::warning, "The autoscaler would stop short of its maximum."),
    };
    let id = match &short.limit {
        Limit::NodeSubnet { name, .. } | Limit::PodSubnet { name, .. } => {
            case.needs.subnet(case.profile, name)
        }
        _ => Some(case.needs.cluster.clone()),
    };
    let finding = Finding { id, ..make(AREA, limit, fact) };
    let finding = finding.so(so).run("akstool network PROFILE --live");
    if finding.severity == Severity::Error {
        return finding.code("InsufficientSubnetSize");
    }
    finding
}
