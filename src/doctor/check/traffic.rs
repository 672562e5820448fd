//! Whether the security groups on the nodes' subnets let nodes and pods reach each other.
//!
//! Azure's own rules let a network talk to itself. A rule of somebody that denies the rest also
//! denies pods whose range is not the network's: they come under their own addresses
//! (<https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#network-security-groups>).

use super::Case;
use super::way_out::subnets_of_nodes;
use crate::address::Range;
use crate::arm::id::ResourceId;
use crate::doctor::attached::{Attached, Flow, Rule};
use crate::doctor::facts::SubnetFacts;
use crate::doctor::finding::{Area, Finding};
use crate::profile::Surroundings;
use crate::profile::schema::OutboundType;
use crate::shell::Line;

/// Two ends of traffic that a cluster cannot do without.
struct Ends {
    what: &'static str,
    from: Range,
    to: Range,
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let subnets = subnets_of_nodes(case).into_iter();
    subnets.filter_map(|(id, subnet)| of_subnet(case, &id, subnet)).collect()
}

fn of_subnet(case: &Case<'_>, id: &ResourceId, subnet: &SubnetFacts) -> Option<Finding> {
    let group = ResourceId::parse(subnet.security_group.as_deref()?).ok()?;
    let attached = case.facts.attached.get(&group).filter(|_| !case.needs.changes(&group))?;
    let network = &case.facts.network_at(&id.parent()?)?.ranges;
    let ends = ends(case, subnet);
    let nodes = ends.first()?;
    let out = Flow { is_inbound: false, from: nodes.from, to: nodes.to, network };
    let way_out = case.profile.network.outbound_type();
    let isolated = matches!(way_out, OutboundType::None | OutboundType::Block);
    if let Some(rule) = attached.shuts_in(&out).filter(|_| !isolated) {
        return Some(shut_in(id, &group, attached, rule));
    }
    let flows = [true, false]
        .into_iter()
        .flat_map(|is_inbound| ends.iter().map(move |ends| (is_inbound, ends)));
    let mut denied = flows.filter_map(|(is_inbound, ends)| {
        let flow = Flow { is_inbound, from: ends.from, to: ends.to, network };
        Some((flow, ends, attached.denies(&flow)?))
    });
    let (flow, ends, rule) = denied.next()?;
    let fact = format!(
        "Rule `{}` of security group `{}` on subnet `{}` denies traffic {} ({} to {}).",
        rule.name,
        group.name(),
        id.name(),
        ends.what,
        ends.from,
        ends.to
    );
    let so = "Pods and nodes would not reach each other, DNS included.";
    let finding = Finding::warning(Area::Network, id.as_str(), fact).so(so);
    Some(finding.run(allow(&group, attached, rule, &flow)))
}

/// Says that nodes reach nothing outside (learn.microsoft.com/azure/aks/outbound-rules-control-egress).
fn shut_in(id: &ResourceId, group: &ResourceId, attached: &Attached, rule: &Rule) -> Finding {
    let fact = format!(
        "Rule `{}` of security group `{}` on subnet `{}` denies traffic from nodes to the Internet.",
        rule.name,
        group.name(),
        id.name()
    );
    let so = "Nodes would reach neither the API server nor a registry, and none joins the cluster.";
    let create = rule_before(group, attached, rule, "aks-egress");
    let create =
        create.words("--source-address-prefixes \"*\" --destination-address-prefixes AzureCloud");
    let create = create.words("--destination-port-ranges 443");
    Finding::warning(Area::Network, id.as_str(), fact).so(so).run(create)
}

fn ends(case: &Case<'_>, subnet: &SubnetFacts) -> Vec<Ends> {
    let ranges = case.profile.ranges(&Surroundings::default());
    let standing = case.facts.cluster.got().and_then(Option::as_ref);
    let pods = standing.and_then(|cluster| cluster.pods.first().copied()).or(ranges.pods);
    let nodes = subnet.ranges.iter().find(|range| range.is_ipv4()).copied();
    let Some(nodes) = nodes else { return Vec::new() };
    let ends = |what, from, to| Ends { what, from, to };
    let mut all = vec![ends("from nodes to nodes", nodes, nodes)];
    // Where pods have addresses of the network they come as nodes do.
    if let Some(pods) = pods.filter(|_| case.profile.model().has_pod_range()) {
        all.push(ends("from pods to pods", pods, pods));
        all.push(ends("from nodes to pods", nodes, pods));
        all.push(ends("from pods to nodes", pods, nodes));
    }
    all
}

/// Returns the command that lets the traffic through, before the rule that denies it.
fn allow(group: &ResourceId, attached: &Attached, rule: &Rule, flow: &Flow<'_>) -> Line {
    let create = rule_before(group, attached, rule, "aks-pods");
    let create = create.words("--source-address-prefixes").value(flow.from.to_string());
    let create = create.words("--destination-address-prefixes").value(flow.to.to_string());
    create.words("--destination-port-ranges \"*\"")
}

/// Begins the command that makes a rule which comes before another one.
fn rule_before(group: &ResourceId, attached: &Attached, rule: &Rule, name: &'static str) -> Line {
    let taken = |priority: &u64| {
        let mut rules = attached.rules.iter().filter(|other| other.is_inbound == rule.is_inbound);
        rules.any(|other| other.priority == *priority)
    };
    let free = (100..rule.priority).rev().find(|priority| !taken(priority)).unwrap_or(100);
    let create =
        Line::new("az network nsg rule create -g").value(group.group_name().unwrap_or_default());
    let create = create.words("--nsg-name").value(group.name()).words("-n").value(name);
    let direction = if rule.is_inbound { "Inbound" } else { "Outbound" };
    let create = create.words("--priority").value(free.to_string());
    create.words("--access Allow --protocol \"*\" --direction").value(direction)
}
