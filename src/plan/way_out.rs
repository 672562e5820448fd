//! What a changed way out means to those outside: requests come from other addresses.

use serde_json::Value;

use super::change::Action;
use super::observed::{Observed, members};
use super::step::Step;
use crate::diff::Delta;
use crate::graph::Graph;
use crate::kind::{Kind as _, NatGateway, Ownership, Resource, RouteTable, traits_of};

/// Where a cluster says how it gets out.
const TYPE: &str = "properties.networkProfile.outboundType";

/// Returns how many addresses our own NAT gateway has, where it stands.
pub fn addresses_of(desired: &Graph<Resource>, observed: &Observed) -> Option<u32> {
    let ours = |one: &&Resource| one.kind == NatGateway::TYPE && one.ownership == Ownership::Tagged;
    let gateway = desired.iter().map(|(_, resource)| resource).find(ours)?;
    let body = observed.get(&gateway.id).body()?;
    u32::try_from(members(body, "publicIpAddresses").count()).ok().filter(|count| *count > 0)
}

/// Says once that the egress addresses change, if a step changes how traffic leaves.
pub(super) fn changes(steps: &[Step]) -> Option<String> {
    let changed =
        steps.iter().filter(|step| matches!(step.action, Action::Update | Action::Replace));
    let mut found: Vec<(&Step, &Delta)> = changed
        .flat_map(|step| step.deltas.iter().map(move |delta| (step, delta)))
        .filter(|(step, delta)| decides(&step.kind, delta))
        .collect();
    // The outbound type says most.
    found.sort_by_key(|(_, delta)| delta.path != TYPE);
    let (step, delta) = found.first()?;
    let word = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    let how = match (word(&delta.before), word(&delta.after)) {
        (Some(before), Some(after)) if delta.path == TYPE => {
            format!("the way out of `{}` changes from {before} to {after}", step.id.name())
        }
        _ => format!("the way out changes at `{}`", step.id.name()),
    };
    Some(format!(
        "{how}: its egress addresses change, so allow lists elsewhere need the new ones, and \
         connections that stand may break"
    ))
}

fn decides(kind: &str, delta: &Delta) -> bool {
    let is_at = |place: &&str| {
        let rest = delta.path.strip_prefix(*place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    traits_of(kind).way_out.iter().any(is_at)
        && (!kind.eq_ignore_ascii_case(RouteTable::TYPE) || is_default_route(delta))
}

/// Tells whether a difference is about where all that has no other route goes.
fn is_default_route(delta: &Delta) -> bool {
    let of = |side: &Option<Value>| {
        let route = side.as_ref();
        let prefix = route.and_then(|route| route.pointer("/properties/addressPrefix"));
        prefix.and_then(Value::as_str).is_some_and(|prefix| ["0.0.0.0/0", "::/0"].contains(&prefix))
    };
    // A next hop that moves shows by its own path, under the name that this tool gives.
    of(&delta.before) || of(&delta.after) || delta.path.contains("routes[default].")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::Cost;
    use crate::kind::{Cluster, Subnet};

    fn delta(path: &str, before: Value, after: Value) -> Delta {
        let side = |value: Value| (!value.is_null()).then_some(value);
        Delta { path: path.to_owned(), before: side(before), after: side(after), cost: Cost::None }
    }

    #[test]
    fn what_decides_by_which_addresses_traffic_leaves_is_known_by_its_place() {
        let profile = "properties.networkProfile";
        let at = |kind: &str, path: &str| decides(kind, &delta(path, json!("a"), json!("b")));
        assert!(at(Cluster::TYPE, TYPE));
        let count = format!("{profile}.loadBalancerProfile.managedOutboundIPs.count");
        assert!(at(Cluster::TYPE, &count));
        assert!(!at(Cluster::TYPE, &format!("{profile}.loadBalancerProfile.idleTimeoutInMinutes")));
        assert!(at(Subnet::TYPE, "properties.natGateway.id"));
        assert!(!at(Subnet::TYPE, "properties.networkSecurityGroup.id"));
        assert!(at(RouteTable::TYPE, "properties.routes[default].properties.nextHopIpAddress"));
        let route = |prefix: &str| json!({ "properties": { "addressPrefix": prefix } });
        let new = |prefix| delta("properties.routes[x]", Value::Null, route(prefix));
        assert!(decides(RouteTable::TYPE, &new("0.0.0.0/0")));
        assert!(!decides(RouteTable::TYPE, &new("10.0.0.0/8")));
    }
}
