//! At no moment of any change does a running cluster lack a way out that it had or was promised.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use akstool::apply::Stop;
use akstool::event::Ending;
use akstool::plan::Allowance;
use akstool::profile::schema::Profile;
use akstool::profile::{Overrides, load};
use akstool::sim::fault::Script;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::support::{World, in_virtual_time};

/// Every way out that a network of one's own may have.
const WAYS: [&str; 5] = [
    "{ type: loadBalancer }",
    "{ type: loadBalancer, managedIPs: 2 }",
    "{ type: userDefinedRouting, nextHop: 10.20.0.4 }",
    "{ type: userAssignedNATGateway, natGateway: { publicIPs: 1 } }",
    "{ type: userAssignedNATGateway, natGateway: { publicIPs: 2 } }",
];

fn profile(model: &str, way: &str) -> Profile {
    let text = format!(
        "apiVersion: akstool/v1
kind: Cluster
metadata: {{ name: out, location: westeurope }}
network:
{model}
  serviceCidr: 172.16.0.0/16
  vnet: {{ cidr: 10.20.0.0/16 }}
  subnets: {{ nodes: {{ cidr: 10.20.1.0/24 }}, more: {{ cidr: 10.20.2.0/24 }} }}
  outbound: {way}
pools:
  - {{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 1 }}
  - {{ name: work, vmSize: Standard_D2s_v5, count: 1, subnet: more }}
"
    );
    load(text.as_bytes(), "out", &Overrides::default()).expect("the scenario holds").profile
}

fn find<'a>(world: &'a [Value], id: &str) -> Option<&'a Value> {
    world.iter().find(|body| body["id"].as_str().is_some_and(|is| is.eq_ignore_ascii_case(id)))
}

/// Tells whether the nodes on a subnet get out in this way.
fn leads_out(world: &[Value], subnet: &Value, way: &str) -> bool {
    let properties = &subnet["properties"];
    let appliance = || {
        let table = properties["routeTable"]["id"].as_str().and_then(|id| find(world, id))?;
        let routes = table["properties"]["routes"].as_array()?;
        let is_default = |route: &&Value| route["properties"]["addressPrefix"] == "0.0.0.0/0";
        routes
            .iter()
            .find(is_default)
            .map(|route| route["properties"]["nextHopIpAddress"] != json!(null))
    };
    match way {
        "userDefinedRouting" => appliance() == Some(true),
        "userAssignedNATGateway" => {
            let gateway = properties["natGateway"]["id"].as_str().and_then(|id| find(world, id));
            let ips =
                gateway.and_then(|gateway| gateway["properties"]["publicIpAddresses"].as_array());
            ips.is_some_and(|ips| !ips.is_empty())
        }
        // Its load balancer goes with the cluster.
        _ => true,
    }
}

/// What the cluster had last when it was well.
#[derive(Default)]
struct Witness {
    had: BTreeSet<String>,
    lacks: Vec<String>,
}

impl Witness {
    fn look(&mut self, world: &[Value]) {
        let mut clusters = world.iter().filter(|body| {
            body["type"].as_str().is_some_and(|kind| kind.ends_with("/managedClusters"))
        });
        let Some(cluster) = clusters.next() else { return };
        let properties = &cluster["properties"];
        let way = properties["networkProfile"]["outboundType"].as_str().unwrap_or_default();
        // What it is on its way to is promised, and what it had it may still use.
        let mut owed = self.had.clone();
        owed.insert(way.to_owned());
        let pools = properties["agentPoolProfiles"].as_array().into_iter().flatten();
        for subnet in pools.filter_map(|pool| find(world, pool["vnetSubnetID"].as_str()?)) {
            let lacking = owed.iter().filter(|way| !leads_out(world, subnet, way));
            self.lacks.extend(lacking.map(|way| format!("{way} at {}", subnet["id"])));
        }
        if properties["provisioningState"] == "Succeeded" {
            self.had = BTreeSet::from([way.to_owned()]);
        }
    }
}

async fn change(world: &World, profile: &Profile, allowance: &Allowance) {
    let plan = world.plan_allowing(profile, allowance).await;
    assert_eq!(plan.refusals, []);
    let (_go, stop) = watch::channel(Stop::Go);
    let seen = Arc::new(Mutex::new(Witness::default()));
    let (sim, sink) = (world.sim.clone(), Arc::clone(&seen));
    sink.lock().expect("one at a time").look(&sim.resources().expect("the scenario holds"));
    let witness = move |_: &_| {
        let world = sim.resources().expect("the scenario holds");
        sink.lock().expect("one at a time").look(&world);
    };
    let (outcome, _) = world.apply_until(&plan, stop, witness).await;
    assert_eq!(outcome.failed, []);
    assert!(matches!(outcome.result, Ending::Succeeded | Ending::NothingToDo));
    let lacks = &seen.lock().expect("one at a time").lacks;
    assert_eq!(lacks[..], [""; 0]);
}

#[test]
fn a_running_cluster_never_lacks_a_way_out_that_it_had_or_was_promised() {
    let kubenet = "  plugin: kubenet";
    let overlay = "  plugin: azure\n  mode: overlay";
    for (model, prune) in [(overlay, true), (overlay, false), (kubenet, true)] {
        let allowance = Allowance { prune, ..Allowance::default() };
        in_virtual_time(async {
            let world = World::new(Script::default());
            world.up(&profile(model, WAYS[0])).await;
            // Every way after every other.
            for from in WAYS {
                for to in WAYS {
                    change(&world, &profile(model, from), &allowance).await;
                    change(&world, &profile(model, to), &allowance).await;
                }
            }
        });
    }
}
