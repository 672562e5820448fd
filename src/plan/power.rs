//! The plan of `stop` and `start`: one request beside the cluster's body.
//!
//! A stopped cluster keeps its state, its pools and its place in the network; the machines of the
//! nodes and the API server are gone until it is started. What stays billed is said before anybody
//! agrees to it (<https://learn.microsoft.com/azure/aks/start-stop-cluster>, read in November 2026).

use std::time::Duration;

use serde_json::{Value, json};

use super::Plan;
use super::change::{Action, Reason};
use super::observed::{Found, Observation, state};
use super::ownership::Environment;
use super::stays::Stays;
use super::step::{Call, Step, Verify};
use super::switch::{Power, Switch};
use crate::arm::body::Body;
use crate::diff::rule::Rules;
use crate::diff::{Cost, Delta};
use crate::graph::Graph;
use crate::kind::{BastionHost, Cluster, Kind, NatGateway, Pace, lane};

/// The place that says whether a cluster runs.
const PLACE: &str = "properties.powerState.code";

/// 120 s to stop and 270 s to start in the median of the recordings.
const fn pace(to: Power) -> Pace {
    let change = match to {
        Power::Running => Duration::from_secs(270),
        Power::Stopped => Duration::from_mins(2),
    };
    Pace { creation: change, change, ..Cluster::TRAITS.pace }
}

/// Returns what starts or stops an environment's cluster. `around` is what its pools stand on.
pub fn power(environment: &Environment, cluster: &Found, around: &[Found], to: Power) -> Plan {
    let step = step(environment, cluster, to);
    let moves = step.action != Action::Keep;
    let mut steps = Graph::default();
    steps.add(step, []);
    let attention = match to {
        _ if !moves => Vec::new(),
        Power::Stopped => vec![stays_billed(cluster, around).into(), lasting().into()],
        Power::Running => vec![comes_back(cluster).into()],
    };
    Plan {
        environment: environment.name.clone(),
        group: Some(environment.group.clone()),
        steps,
        refusals: Vec::new(),
        attention,
        advice: Vec::new(),
        background: Vec::new(),
        stays: Stays::Nothing,
    }
}

fn step(environment: &Environment, cluster: &Found, to: Power) -> Step {
    let now = Power::of(&cluster.body);
    let busy = matches!(Observation::of(Some(cluster.body.clone())), Observation::Busy(_));
    let owner = environment.is_named_by(&cluster.body).then(|| environment.name.clone());
    let waits = || vec![Reason::Busy { state: state(&cluster.body).to_owned() }];
    let (action, reasons, calls) = if busy {
        (Action::Wait, waits(), vec![Call::Await])
    } else if now == to {
        (Action::Keep, Vec::new(), Vec::new())
    } else {
        let reason = if to == Power::Stopped { Reason::Stops } else { Reason::Starts };
        (Action::Update, vec![reason], vec![Call::Switch(Switch { to, owner })])
    };
    let is_update = action == Action::Update;
    let cost = if to == Power::Running { Cost::RestartsNodes } else { Cost::None };
    let (before, after) = (Some(json!(now.code())), Some(json!(to.code())));
    let delta = || Delta { path: PLACE.to_owned(), before, after, cost };
    let desired = Body::new(json!({ "properties": { "powerState": { "code": to.code() } } }));
    Step {
        id: cluster.id.clone(),
        kind: Cluster::TYPE.to_owned(),
        api: cluster.api.clone(),
        action,
        reasons,
        deltas: is_update.then(delta).into_iter().collect(),
        calls,
        // Of the place itself no kind's rule would look.
        verify: is_update.then(|| Verify { desired, rules: Rules::default() }),
        lane: lane(&cluster.id),
        pace: pace(to),
    }
}

fn texts<'a>(body: &'a Value, at: &str) -> Option<&'a str> {
    body.pointer(at).and_then(Value::as_str)
}

fn count(body: &Value, at: &str) -> usize {
    body.pointer(at).and_then(Value::as_array).map_or(0, Vec::len)
}

/// Returns what Azure goes on billing while the cluster sleeps.
fn stays_billed(cluster: &Found, around: &[Found]) -> String {
    let body = &cluster.body;
    let pools = body.pointer("/properties/agentPoolProfiles").and_then(Value::as_array);
    let pools = pools.map_or(&[][..], Vec::as_slice);
    let managed = pools.iter().any(|pool| texts(pool, "/osDiskType") != Some("Ephemeral"));
    let mut parts = Vec::new();
    if managed {
        parts.push("the system disks of the nodes".to_owned());
    }
    parts.push("the disks and shares of persistent volumes".to_owned());
    let balancer = "/properties/networkProfile/loadBalancerProfile/effectiveOutboundIPs";
    let gateway = "/properties/networkProfile/natGatewayProfile/effectiveOutboundIPs";
    // Without outbound traffic through it a load balancer stands for services alone.
    let way_out = texts(body, "/properties/networkProfile/outboundType");
    if way_out.is_none_or(|way| way == "loadBalancer") {
        parts.push(format!("the load balancer{}", addresses(count(body, balancer))));
    }
    if way_out == Some("managedNATGateway") {
        parts.push(format!("the NAT gateway{}", addresses(count(body, gateway))));
    }
    for found in around.iter().filter(|found| found.id.is_type(NatGateway::TYPE)) {
        let ips = addresses(count(&found.body, "/properties/publicIpAddresses"));
        parts.push(format!("the NAT gateway `{}`{ips}", found.id.name()));
    }
    for found in around.iter().filter(|found| found.id.is_type(BastionHost::TYPE)) {
        parts.push(format!("the Bastion `{}`", found.id.name()));
    }
    let last = parts.pop().unwrap_or_default();
    let billed = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
    let tier = texts(body, "/sku/tier").unwrap_or("Free");
    format!(
        "while it is stopped Azure goes on billing {billed}; the machines of the nodes and the control \
         plane (tier {tier}) cost nothing"
    )
}

fn addresses(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " with 1 public address".to_owned(),
        n => format!(" with {n} public addresses"),
    }
}

fn lasting() -> String {
    "nothing of it can be changed until it is started; after 12 months Azure no longer keeps its state"
        .to_owned()
}

fn comes_back(cluster: &Found) -> String {
    let body = &cluster.body;
    let pools = body.pointer("/properties/agentPoolProfiles").and_then(Value::as_array);
    let nodes: u64 =
        pools.into_iter().flatten().filter_map(|pool| pool.get("count")?.as_u64()).sum();
    let private = body.pointer("/properties/apiServerAccessProfile/enablePrivateCluster");
    let address = match private.and_then(Value::as_bool) {
        Some(true) => "; the private address of its API server may be another one",
        _ => "",
    };
    let nodes = if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") };
    format!("{nodes} and the control plane are billed again{address}")
}

#[cfg(test)]
mod tests {
    use super::super::switch::Turn;
    use super::super::wish::Moved;
    use super::*;
    use crate::arm::id::ResourceId;
    use crate::kind::ENVIRONMENT;

    fn cluster(code: &str, state: &str) -> Found {
        let id = ResourceId::resource_group("s", "g").resource(Cluster::TYPE, "c");
        let body = json!({
            "tags": { ENVIRONMENT: "demo" }, "sku": { "tier": "Standard" },
            "properties": {
                "provisioningState": state, "powerState": { "code": code },
                "agentPoolProfiles": [{ "name": "system", "count": 2 }],
                "networkProfile": { "loadBalancerSku": "standard", "loadBalancerProfile": {
                    "effectiveOutboundIPs": [{ "id": "/x" }] } },
            },
        });
        Found { id, api: Cluster::API, body }
    }

    fn plan(code: &str, state: &str, to: Power) -> Plan {
        power(&Environment::new("s", "g", "demo"), &cluster(code, state), &[], to)
    }

    #[test]
    fn what_is_so_already_is_left_alone() {
        assert!(plan("Stopped", "Succeeded", Power::Stopped).is_empty());
        assert!(plan("Running", "Failed", Power::Running).is_empty());
    }

    #[test]
    fn what_azure_is_at_work_on_is_waited_for() {
        assert!(plan("Running", "Updating", Power::Stopped).waits());
        assert!(plan("Running", "Stopping", Power::Stopped).waits());
    }

    #[test]
    fn stopping_says_what_stays_billed() {
        let said = plan("Running", "Succeeded", Power::Stopped).attention;
        let said = said.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        for part in
            ["system disks", "persistent volumes", "load balancer with 1 public", "Standard"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn another_hand_is_noticed_before_the_switch() {
        let switch = Switch { to: Power::Stopped, owner: Some("demo".to_owned()) };
        assert_eq!(switch.decide(&cluster("Running", "Succeeded").body), Turn::Send);
        assert_eq!(switch.decide(&cluster("Stopped", "Succeeded").body), Turn::Done);
        assert_eq!(switch.decide(&cluster("Running", "Updating").body), Turn::Wait);
        let mut body = cluster("Running", "Succeeded").body;
        body["tags"][ENVIRONMENT] = json!("other");
        assert!(matches!(switch.decide(&body), Turn::Stop(Moved::Owner { .. })));
    }
}
