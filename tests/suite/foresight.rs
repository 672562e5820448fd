//! What a plan says beforehand, and the order in which a change is made.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

/// A cluster of two pools in its own network.
fn profile(more: &str, pools: &str) -> String {
    format!(
        "apiVersion: akstool/v1
kind: Cluster
metadata: {{ name: one, location: westeurope }}
network:
  plugin: azure
  mode: overlay
  serviceCidr: 172.16.0.0/16
  vnet: {{ cidr: 10.20.0.0/16 }}
  subnets: {{ nodes: {{ cidr: 10.20.1.0/24 }} }}
{more}
pools:
  - {{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 2 }}
{pools}
"
    )
}

const WORK: &str = "  - { name: work, vmSize: Standard_D2s_v5, count: 1 }";

const GATEWAY: &str = "  outbound: { type: userAssignedNATGateway, natGateway: { publicIPs: 1 } }";

const APPLIANCE: &str = "  outbound: { type: userDefinedRouting, nextHop: 10.20.0.4 }";

const BALANCER: &str = "  outbound: { type: loadBalancer }";

/// A world with one profile up.
fn standing(more: &str, pools: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("one.yaml", profile(more, pools));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox
}

/// Returns what was written, in order: the method and the name.
fn written(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let trace = sandbox.path("trace.jsonl");
    drop(std::fs::remove_file(&trace));
    let traced = ["--trace", trace.to_str().expect("a path of text")];
    sandbox.run(&[args, &traced].concat()).ok();
    let text = std::fs::read_to_string(&trace).expect("a trace");
    let lines =
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let writes =
        lines.filter(|line| line["method"] != "GET" && line["status"].as_u64() < Some(400));
    let named = writes.filter_map(|line| {
        let url = line["url"].as_str()?.split(['?', '#']).next()?.to_owned();
        let last: Vec<&str> = url.rsplit('/').take(2).collect();
        Some(format!("{} {}/{}", line["method"].as_str()?, last[1], last[0]))
    });
    named.collect()
}

fn place(written: &[String], of: &str) -> usize {
    let found = written.iter().position(|line| line == of);
    found.unwrap_or_else(|| panic!("{of} in {written:?}"))
}

#[test]
fn a_rotation_is_allowed_by_the_name_that_the_plan_prints_and_says_what_is_lost() {
    let sandbox = standing("", WORK);
    let change = ["plan", "one.yaml", "--set", "pools[work].vmSize=Standard_D4s_v5"];
    let ran = sandbox.run(&change).exits(4);
    assert!(ran.stdout.contains("+ node pool        one/work2"), "{}", ran.stdout);
    assert!(ran.stdout.contains("- node pool        one/work "), "{}", ran.stdout);
    assert!(ran.stdout.contains("`--allow-replace one/work`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("its 1 node goes with all that lies"), "{}", ran.stdout);
    let ran = sandbox.run(&[&change[..], &["--allow-replace", "one/work"]].concat()).ok();
    let said: String = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = "rotate pool `work`: vmSize Standard_D2s_v5 → Standard_D4s_v5: new pool `work2` first, \
                then `work` is drained and deleted";
    assert!(said.contains(line), "{said}");
    assert!(!said.contains("has no effect"), "{said}");
}

#[test]
fn the_only_system_pool_is_rotated_with_its_successor_first_and_known_by_its_name_afterwards() {
    let sandbox = standing("", WORK);
    let set = ["--set", "pools[system].vmSize=Standard_D4s_v5"];
    let up = ["up", "one.yaml", "--yes", "--allow-replace", "one/system"];
    let written = written(&sandbox, &[&up[..], &set].concat());
    let (comes, goes) = ("PUT agentPools/system2", "DELETE agentPools/system");
    assert!(place(&written, comes) < place(&written, goes), "{written:?}");
    assert_eq!(
        written.iter().filter(|line| line.contains("agentPools/")).count(),
        2,
        "{written:?}"
    );
    let plan = [&["plan", "one.yaml", "--exit-code"][..], &set].concat();
    assert!(sandbox.run(&plan).ok().stdout.contains("nothing to do"));
    let status = sandbox.run(&["status", "one", "-o", "json"]).ok();
    let status: Value = serde_json::from_str(&status.stdout).expect("one object");
    let all = status["resources"].as_array().expect("resources").iter();
    let pools = all.filter(|one| one["id"].as_str().is_some_and(|id| id.ends_with("/system2")));
    assert_eq!(pools.map(|one| &one["pool"]).collect::<Vec<_>>(), ["system"]);
    sandbox.run(&["upgrade", "one", "--yes"]).ok();
    sandbox.run(&["down", "one", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn the_last_system_pool_stays_one_or_has_another_in_its_place() {
    let sandbox = standing("", WORK);
    let second = profile("", WORK).replace("name: system, mode", "name: second, mode");
    sandbox.write("one.yaml", second);
    let written = written(&sandbox, &["up", "one.yaml", "--prune", "--yes"]);
    let (comes, goes) = ("PUT agentPools/second", "DELETE agentPools/system");
    assert!(place(&written, comes) < place(&written, goes), "{written:?}");
}

#[test]
fn what_gives_room_is_written_before_what_takes_it() {
    let pools = |first: u32, last: u32| {
        let pool = |name, max| {
            format!(
                "  - {{ name: {name}, vmSize: Standard_D2s_v5, autoscale: {{ min: 1, max: {max} }} }}"
            )
        };
        format!("{}\n{}", pool("first", first), pool("last", last))
    };
    let full = |pools: String| {
        profile("", &pools)
            .replace("mode: overlay", "mode: node-subnet")
            .replace("count: 2", "count: 1")
    };
    let sandbox = Sandbox::new();
    sandbox.write("one.yaml", full(pools(2, 5)));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox.write("one.yaml", full(pools(5, 2)));
    let written = written(&sandbox, &["up", "one.yaml", "--yes"]);
    assert_eq!(written, ["PUT agentPools/last", "PUT agentPools/first"]);
}

#[test]
fn the_cluster_leaves_a_way_out_before_its_subnet_loses_it() {
    let sandbox = standing(GATEWAY, "");
    let places = |more: &str| {
        sandbox.write("one.yaml", profile(more, ""));
        let written = written(&sandbox, &["up", "one.yaml", "--prune", "--yes"]);
        let of =
            |name: &str| (0..written.len()).filter(|at| written[*at] == name).collect::<Vec<_>>();
        (of("PUT managedClusters/one"), of("PUT subnets/nodes"))
    };
    let (cluster, subnet) = places(BALANCER);
    assert!(cluster.len() == 1 && subnet.len() == 1 && cluster < subnet, "{cluster:?} {subnet:?}");
    let (cluster, subnet) = places(APPLIANCE);
    assert!(cluster.len() == 1 && subnet.len() == 1 && subnet < cluster, "{cluster:?} {subnet:?}");
    // The subnet gets the gateway before, and loses the table after.
    let (cluster, subnet) = places(GATEWAY);
    let ([cluster], [first, second]) = (&cluster[..], &subnet[..]) else {
        panic!("one write of the cluster, two of the subnet: {cluster:?} {subnet:?}")
    };
    assert!(first < cluster && cluster < second, "{first} {cluster} {second}");
    sandbox.run(&["plan", "one.yaml", "--prune", "--exit-code"]).ok();
}

#[test]
fn a_plan_of_another_way_out_says_that_addresses_change() {
    let sandbox = standing(BALANCER, "");
    for (more, is_said) in [(GATEWAY, true), (APPLIANCE, true), (BALANCER, false)] {
        sandbox.write("other.yaml", profile(more, ""));
        let ran = sandbox.run(&["plan", "other.yaml"]).ok();
        assert_eq!(ran.stdout.contains("egress addresses change"), is_said, "{}", ran.stdout);
    }
    sandbox.write("other.yaml", profile(BALANCER, ""));
    let more = ["plan", "other.yaml", "--set", "network.outbound.managedIPs=3"];
    let ran = sandbox.run(&more).ok();
    assert!(ran.stdout.contains("egress addresses change"), "{}", ran.stdout);
}

#[test]
fn a_cluster_moves_to_another_network_as_a_whole_or_not_at_all() {
    let sandbox = standing("", WORK);
    sandbox.put("/resourceGroups/net", "2025-04-01", &json!({ "location": "westeurope" }));
    let network = "/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/shared";
    let space = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.9.0.0/16"] } } });
    sandbox.put(network, "2025-07-01", &space);
    let subnet = format!("{network}/subnets/aks");
    sandbox.put(
        &subnet,
        "2025-07-01",
        &json!({ "properties": { "addressPrefix": "10.9.1.0/24" } }),
    );
    let there = profile("", WORK)
        .replace("{ cidr: 10.20.0.0/16 }", &format!("{{ id: {SUBSCRIPTION}{network} }}"))
        .replace("{ cidr: 10.20.1.0/24 }", &format!("{{ id: {SUBSCRIPTION}{subnet} }}"));
    sandbox.write("one.yaml", there);
    let pools = ["--allow-replace", "one/system", "--allow-replace", "one/work"];
    let ran = sandbox.run(&[&["up", "one.yaml", "--yes"], &pools[..]].concat()).exits(4);
    assert!(ran.stdout.contains("all pools of a cluster stand in one network"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("--allow-replace one/"), "{}", ran.stdout);
    sandbox.run(&["plan", "one.yaml", "--allow-replace", "one"]).ok();
}

const HUB: &str = "/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub";

/// A spoke that is peered with a hub of others, and what writes a half of it by another hand.
fn peered() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/net", "2025-04-01", &json!({ "location": "westeurope" }));
    let space = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } } });
    sandbox.put(HUB, "2025-07-01", &space);
    let peering = format!("  peerings: [ {{ name: hub, vnet: {{ id: {SUBSCRIPTION}{HUB} }} }} ]");
    sandbox.write("one.yaml", profile(&peering, ""));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox
}

#[test]
fn another_address_space_is_told_to_the_networks_that_are_peered() {
    let sandbox = peered();
    let status = sandbox.run(&["status", "one"]).ok().stdout;
    assert_eq!(status.matches("Connected").count(), 2, "both halves: {status}");
    let text = std::fs::read_to_string(sandbox.path("one.yaml")).unwrap();
    let grown =
        text.replace("{ cidr: 10.20.0.0/16 }", "{ cidr: 10.20.0.0/16, cidrs: [10.30.0.0/16] }");
    sandbox.write("one.yaml", grown);
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    let peerings = sandbox.store().into_iter().filter(|body| {
        body["id"].as_str().is_some_and(|id| id.contains("/virtualNetworkPeerings/"))
    });
    let levels: Vec<Value> =
        peerings.map(|body| body["properties"]["peeringSyncLevel"].clone()).collect();
    assert_eq!(levels, ["FullyInSync", "FullyInSync"]);
    sandbox.run(&["plan", "one.yaml", "--exit-code"]).ok();
}

#[test]
fn a_range_that_another_hand_gave_the_hub_is_taken_up() {
    let sandbox = peered();
    let space = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.0.0.0/16", "10.1.0.0/16"] } } });
    sandbox.put(HUB, "2025-07-01", &space);
    let plan = sandbox.run(&["plan", "one.yaml"]).ok().stdout;
    assert!(plan.contains("does not follow the address space"), "{plan}");
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox.run(&["plan", "one.yaml", "--exit-code"]).ok();
}

#[test]
fn what_appears_as_a_whole_costs_what_its_parts_cost() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "azure-overlay", "--yes"]).ok();
    let private = ["plan", "azure-overlay", "--set", "cluster.apiServer.private=true"];
    let ran = sandbox.run(&private).exits(4).stdout;
    let refused = "refused: would replace cluster `azure-overlay`: Azure cannot change \
                   apiServerAccessProfile.enablePrivateCluster in place";
    assert!(ran.contains(refused), "{ran}");
    let subnet = ["cluster.apiServer.subnet=api", "network.subnets.api.cidr=10.10.9.0/28"];
    let set: Vec<&str> = subnet.iter().flat_map(|one| ["--set", one]).collect();
    let ran = sandbox.run(&[&["plan", "azure-overlay"], &set[..]].concat()).ok().stdout;
    assert!(ran.contains("apiServerAccessProfile.subnetId: (not set) → "), "{ran}");
    assert!(ran.contains("restarts nodes"), "{ran}");
}

#[test]
fn who_leaves_the_premium_tier_gives_up_long_term_support() {
    let sandbox = Sandbox::new();
    let tier = |tier: &'static str| ["azure-overlay", "--set", tier];
    let premium = tier("cluster.tier=premium");
    let support = ["--set", "cluster.supportPlan=long-term"];
    sandbox.run(&[&["up", "--yes"], &premium[..], &support].concat()).ok();
    let kept = sandbox.run(&[&["plan"], &premium[..]].concat()).ok().stdout;
    assert!(kept.contains("nothing to do"), "{kept}");
    let standard = tier("cluster.tier=standard");
    let ran = sandbox.run(&[&["plan"], &standard[..]].concat()).ok().stdout;
    assert!(ran.contains("supportPlan: AKSLongTermSupport → KubernetesOfficial"), "{ran}");
    sandbox.run(&[&["up", "--yes"], &standard[..]].concat()).ok();
    sandbox.run(&[&["plan", "--exit-code"], &standard[..]].concat()).ok();
}

#[test]
fn a_second_family_that_the_profile_leaves_out_is_told() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "dual-stack", "--yes"]).ok();
    let text = sandbox.run(&["profiles", "dual-stack"]).ok().stdout;
    let lines = text.lines().filter(|line| !line.contains("ipFamilies"));
    sandbox.write("less.yaml", lines.collect::<Vec<_>>().join("\n"));
    let ran = sandbox.run(&["plan", "less.yaml"]).ok().stdout;
    assert!(ran.contains("the profile says no `ipFamilies`"), "{ran}");
}
