//! `akstool adopt`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox, files};

const CLUSTER: &str =
    "/resourceGroups/theirs/providers/Microsoft.ContainerService/managedClusters/old";
const SUBNET: &str = "/resourceGroups/theirs/providers/Microsoft.Network/virtualNetworks/net";

/// A world in which another hand made a cluster on a network of its own.
fn theirs() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/theirs", "2021-04-01", &json!({ "location": "westeurope" }));
    let network = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.20.0.0/16"] },
        "subnets": [{ "name": "aks", "properties": { "addressPrefix": "10.20.0.0/20" } }],
    }});
    sandbox.put(SUBNET, "2024-05-01", &network);
    let cluster = json!({
        "location": "westeurope", "tags": { "team": "them" },
        "identity": { "type": "SystemAssigned" },
        "sku": { "name": "Base", "tier": "Standard" },
        "properties": {
            "dnsPrefix": "old",
            "agentPoolProfiles": [{
                "name": "first", "mode": "System", "vmSize": "Standard_D4s_v5", "count": 2,
                "vnetSubnetID": format!("{SUBSCRIPTION}{SUBNET}/subnets/aks"),
                "kubeletConfig": { "imageGcHighThreshold": 90 },
            }],
            "autoScalerProfile": { "expander": "priority" },
            "networkProfile": { "networkPlugin": "azure", "networkPluginMode": "overlay" },
        },
    });
    sandbox.put(CLUSTER, "2025-10-01", &cluster);
    sandbox
}

fn id() -> String {
    format!("{SUBSCRIPTION}{CLUSTER}")
}

fn cluster(sandbox: &Sandbox) -> Option<Value> {
    let mut store = sandbox.store().into_iter();
    store.find(|one| one["properties"]["networkProfile"].is_object())
}

#[test]
fn an_adopted_cluster_plans_to_nothing_changes_and_stays() {
    let sandbox = theirs();
    let before = cluster(&sandbox).expect("their cluster");
    sandbox.run(&["adopt", &id(), "-f", "old.yaml"]).ok();
    let text = std::fs::read_to_string(sandbox.path("old.yaml")).expect("the profile");
    for part in
        ["adopted: true", "expander: priority", "imageGcHighThreshold: 90", "tier: standard"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let ran = sandbox.run(&["plan", "old.yaml", "--exit-code"]).ok();
    assert_eq!(ran.stdout.lines().next(), Some("old: nothing to do."), "{}", ran.stdout);
    sandbox.run(&["up", "old.yaml", "--yes"]).ok();
    assert_eq!(cluster(&sandbox), Some(before), "nothing of it was written");
    let change = ["--set", "cluster.autoscalerProfile.expander=random"];
    sandbox.run(&[&["up", "old.yaml", "--yes"][..], &change].concat()).ok();
    sandbox.run(&[&["plan", "old.yaml", "--exit-code"][..], &change].concat()).ok();
    let ran = sandbox.run(&["down", "old.yaml", "--yes"]).ok();
    assert!(ran.stdout.contains("adopted and not owned"), "{}", ran.stdout);
    assert!(cluster(&sandbox).is_some());
    sandbox.run(&["stop", "old.yaml", "--yes"]).ok();
    sandbox.run(&["start", "old.yaml", "--yes"]).ok();
}

#[test]
fn what_is_taken_over_goes_with_down_and_what_it_stood_on_stays() {
    let sandbox = theirs();
    sandbox.run(&["adopt", &id(), "-f", "old.yaml", "--own"]).exits(4);
    assert!(cluster(&sandbox).expect("it")["tags"]["akstool-environment"].is_null());
    sandbox.run(&["adopt", &id(), "--own", "--yes"]).ok();
    let tags = cluster(&sandbox).expect("it")["tags"].clone();
    assert_eq!((&tags["akstool-environment"], &tags["team"]), (&json!("old"), &json!("them")));
    sandbox.run(&["plan", "old.yaml", "--exit-code"]).ok();
    let ran = sandbox.run(&["adopt", &id(), "--own", "--yes", "-o", "json"]).ok();
    assert_eq!(ran.outcome()["result"], "nothing-to-do");
    sandbox.run(&["down", "theirs/old", "--yes"]).ok();
    assert!(cluster(&sandbox).is_none());
    assert!(sandbox.ids().iter().any(|one| one.ends_with("/virtualnetworks/net")));
}

#[test]
fn it_takes_two_round_trips_and_never_writes_over_a_file() {
    let sandbox = theirs();
    let ran = sandbox.run(&["adopt", &id(), "--trace", "trace.jsonl", "-o", "json"]).ok().json();
    assert_eq!(ran["schema"], "akstool.adopt/v1");
    assert_eq!(ran["profile"]["metadata"]["name"], "old");
    let trace = std::fs::read_to_string(sandbox.path("trace.jsonl")).expect("a trace");
    assert_eq!(trace.lines().count(), 2, "the cluster, then its subnet\n{trace}");
    sandbox.write("old.yaml", "mine");
    sandbox.run(&["adopt", &id(), "-f", "old.yaml"]).exits(2);
    assert_eq!(std::fs::read_to_string(sandbox.path("old.yaml")).expect("a file"), "mine");
}

#[test]
fn what_is_no_cluster_is_said() {
    let sandbox = theirs();
    let ran = sandbox.run(&["adopt", &format!("{SUBSCRIPTION}{SUBNET}")]).exits(2);
    assert!(ran.stderr.contains("not the id of a cluster"), "{}", ran.stderr);
    sandbox.run(&["adopt", "old"]).exits(2);
    let ran = sandbox.run(&["adopt", &id().replace("/old", "/new")]).exits(1);
    assert!(ran.stderr.contains("there is no cluster `/subscriptions/"), "{}", ran.stderr);
}

#[expect(clippy::disallowed_methods, reason = "the tests are told by a variable where to look")]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn recordings() -> Option<PathBuf> {
    let named = std::env::var_os("AKSTOOL_RECORDINGS").map(PathBuf::from);
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/recordings"));
    let found = named.unwrap_or(beside);
    if !found.is_dir() {
        println!("skipped: no recordings (`{}` is not there)", found.display());
        return None;
    }
    Some(found)
}

/// Every cluster that a recording since 2024 shows at rest, each as often as it looks different.
fn bodies(folder: &std::path::Path) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for file in files(folder) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let Ok(recording) = serde_json::from_str::<Value>(&text) else { continue };
        if recording["recordedFrom"].as_str().is_none_or(|date| date < "2024") {
            continue;
        }
        let mut seen = BTreeSet::new();
        let calls = recording["interactions"].as_array().into_iter().flatten();
        for call in calls.filter(|call| call["method"] == "GET" && call["status"] == 200) {
            let body = &call["responseBody"];
            let kind = body["type"].as_str().unwrap_or_default();
            let state = body["properties"]["provisioningState"].as_str().unwrap_or_default();
            let is_cluster =
                kind.eq_ignore_ascii_case("Microsoft.ContainerService/managedClusters");
            let at_rest = ["Succeeded", "Failed", "Canceled"].contains(&state);
            if is_cluster && at_rest && seen.insert(body.to_string()) {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
                found.push((name.unwrap_or_default(), body.clone()));
            }
        }
    }
    found
}

/// Places a recorded cluster and what it names beside itself.
fn placed(sandbox: &Sandbox, cluster: &Value) -> Result<(), String> {
    let at = |place: &str| cluster.pointer(&format!("/properties/{place}"));
    let here = &cluster["location"];
    let put = |id: &str, version: &str, body: &Value| {
        sandbox.write("body.json", body.to_string());
        let id = id.replace("/resourcegroups/", "/resourceGroups/");
        let args = ["sim", "put", &id, "--api-version", version, "--body", "body.json"];
        let ran = sandbox.run(&args);
        if ran.code == 0 { Ok(()) } else { Err(ran.stderr) }
    };
    let id = cluster["id"].as_str().unwrap_or_default().to_owned();
    let group = id.split("/providers/").next().unwrap_or_default();
    put(group, "2021-04-01", &json!({ "location": here }))?;
    let own = cluster.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
    let kubelet = at("identityProfile/kubeletidentity/resourceId").and_then(Value::as_str);
    let brought = kubelet.filter(|id| !id.to_lowercase().contains("/resourcegroups/mc_"));
    for id in own.into_iter().flat_map(|all| all.keys().map(String::as_str)).chain(brought) {
        let group = id.split("/providers/").next().unwrap_or_default();
        put(group, "2021-04-01", &json!({ "location": here }))?;
        put(id, "2023-01-31", &json!({ "location": here }))?;
    }
    let balancer = "networkProfile/loadBalancerProfile";
    let ips = at(&format!("{balancer}/outboundIPs/publicIPs")).and_then(Value::as_array);
    for ip in ips.into_iter().flatten().filter_map(|ip| ip["id"].as_str()) {
        let body = json!({ "location": here, "sku": { "name": "Standard" },
            "properties": { "publicIPAllocationMethod": "Static" } });
        put(ip, "2024-05-01", &body)?;
    }
    let prefixes = at(&format!("{balancer}/outboundIPPrefixes/publicIPPrefixes"));
    for ip in prefixes.and_then(Value::as_array).into_iter().flatten() {
        let body = json!({ "location": here, "sku": { "name": "Standard" },
            "properties": { "prefixLength": 30 } });
        put(ip["id"].as_str().unwrap_or_default(), "2024-05-01", &body)?;
    }
    for (network, names) in networks_of(cluster) {
        put(&network, "2024-05-01", &network_with(&names, here))?;
    }
    // What Azure answers and takes from nobody.
    let mut sent = cluster.clone();
    if let Some(properties) = sent["properties"].as_object_mut() {
        if brought.is_none() {
            properties.remove("identityProfile");
        }
        properties.retain(|_, value| value["restrictionLevel"] != "Unspecified");
    }
    put(&id, "2025-10-01", &sent)
}

/// The networks that a cluster's pools stand in, each with its subnets.
fn networks_of(cluster: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut networks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let pools = cluster.pointer("/properties/agentPoolProfiles");
    for pool in pools.and_then(Value::as_array).into_iter().flatten() {
        for subnet in ["vnetSubnetID", "podSubnetID"].iter().filter_map(|at| pool[at].as_str()) {
            let (network, name) = subnet.rsplit_once("/subnets/").unwrap_or_default();
            networks.entry(network.to_owned()).or_default().insert(name.to_owned());
        }
    }
    networks
}

fn network_with(names: &BTreeSet<String>, location: &Value) -> Value {
    let subnets: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let prefix = format!("172.{}.0.0/16", 16 + at);
            json!({ "name": name, "properties": { "addressPrefix": prefix } })
        })
        .collect();
    json!({ "location": location, "properties": {
        "addressSpace": { "addressPrefixes": ["172.16.0.0/12"] }, "subnets": subnets } })
}

/// Returns why an adopted cluster does not plan to nothing, if it does not.
fn amiss(cluster: &Value) -> Option<String> {
    let sandbox = Sandbox::new();
    if let Err(why) = placed(&sandbox, cluster) {
        return Some(format!("cannot be placed: {why}"));
    }
    let id = cluster["id"].as_str().unwrap_or_default();
    for args in [&["adopt", id, "-f", "one.yaml"][..], &["plan", "one.yaml", "--exit-code"]] {
        let ran = sandbox.run(args);
        if ran.code != 0 {
            return Some(format!("{}\n{}{}", args[0], ran.stdout, ran.stderr));
        }
    }
    None
}

#[test]
fn nearly_every_recorded_cluster_is_adopted_with_nothing_to_do() {
    let Some(folder) = recordings() else { return };
    let bodies = bodies(&folder);
    let halves = bodies.chunks(bodies.len().div_ceil(4).max(1));
    let found: Vec<(String, String)> = std::thread::scope(|scope| {
        let halves: Vec<_> = halves
            .map(|half| {
                let judge = |(name, body): &(String, Value)| Some((name.clone(), amiss(body)?));
                scope.spawn(move || half.iter().filter_map(judge).collect::<Vec<_>>())
            })
            .collect();
        halves.into_iter().flat_map(|half| half.join().expect("no panic")).collect()
    });
    for (name, why) in &found {
        println!("{name}: {why}");
    }
    let (well, all) = (bodies.len() - found.len(), bodies.len());
    println!("{well} of {all} recorded clusters are adopted with nothing to do");
    assert!(well * 100 >= all * 95, "{well} of {all}: {found:#?}");
}
