//! Many environments at once, under the limits that Azure documents.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Sandbox;

const PROFILE: &str = include_str!("../../profiles/azure-overlay.yaml");

/// A sandbox with so many profiles, and the command that brings them up.
fn fleet(count: usize) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    sandbox.write("limits.json", r#"{ "limits": "documented" }"#);
    let mut args = Vec::new();
    for number in 0..count {
        let name = format!("env{number}");
        let file = format!("{name}.yaml");
        sandbox.write(&file, PROFILE.replace("name: azure-overlay", &format!("name: {name}")));
        args.push(file);
    }
    (sandbox, args)
}

fn up(sandbox: &Sandbox, profiles: &[String], more: &[&str]) -> (i32, Value) {
    let mut args = vec!["up", "--yes", "-o", "json"];
    args.extend(profiles.iter().map(String::as_str));
    args.extend(more);
    let ran = sandbox.run(&args);
    let last = ran.stdout.lines().last().expect("an outcome").to_owned();
    (ran.code, serde_json::from_str(&last).expect("JSON"))
}

#[test]
fn twenty_take_hardly_longer_than_one_and_nobody_is_told_to_slow_down() {
    let (one, profile) = fleet(1);
    let (code, alone) = up(&one, &profile, &["--sim-faults", "limits.json"]);
    assert_eq!(code, 0, "{alone}");
    let (many, profiles) = fleet(20);
    let (code, together) = up(&many, &profiles, &["--sim-faults", "limits.json"]);
    assert_eq!(code, 0, "{together}");
    assert_eq!(together["requests"]["retried"], 0, "{together}");
    let seconds = |outcome: &Value| outcome["seconds"].as_f64().expect("a time");
    assert!(seconds(&together) < 1.2 * seconds(&alone), "{together} {alone}");
    // A ceiling is a ceiling.
    let (few, profiles) = fleet(4);
    let (code, in_turn) = up(&few, &profiles, &["--parallel", "1"]);
    assert_eq!(code, 0, "{in_turn}");
    assert!(seconds(&in_turn) > 3.5 * seconds(&alone), "{in_turn}");
}

#[test]
fn failures_stay_alone_until_there_are_too_many() {
    let faults = r#"{ "faults": [{ "method": "PUT", "path": "/ENV/", "times": 0,
        "answer": { "status": 400, "body": { "error": { "code": "Bad", "message": "no" } } } }] }"#;
    let (sandbox, profiles) = fleet(6);
    sandbox.write("one.json", faults.replace("/ENV/", "*/resourceGroups/env2"));
    let (code, outcome) = up(&sandbox, &profiles, &["--sim-faults", "one.json"]);
    assert_eq!((code, &outcome["result"]), (1, &Value::from("failed")), "{outcome}");
    assert_eq!(outcome["failed"].as_array().map(Vec::len), Some(1), "{outcome}");
    let groups = |sandbox: &Sandbox| {
        let name = |number: usize| format!("/resourcegroups/env{number}");
        let ids = sandbox.ids();
        (0..6).filter(|number| ids.iter().any(|id| id.ends_with(&name(*number)))).count()
    };
    assert_eq!(groups(&sandbox), 5);
    let (sandbox, profiles) = fleet(6);
    sandbox.write("one.json", faults.replace("/ENV/", "*/resourceGroups/env1"));
    let more = ["--sim-faults", "one.json", "--max-failures", "1", "--parallel", "1"];
    let (code, outcome) = up(&sandbox, &profiles, &more);
    assert_eq!(code, 1, "{outcome}");
    assert_eq!(groups(&sandbox), 1, "{outcome}");
    let not_tried = outcome["notTried"].as_array().expect("a list").iter();
    let late = not_tried.filter(|id| id.as_str().is_some_and(|id| id.ends_with("/env5")));
    assert!(late.count() > 0, "{outcome}");
}

#[test]
fn a_folder_is_its_profiles_by_name_and_says_what_else_lies_there() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("environments")).expect("a folder");
    for name in ["b", "a"] {
        let text = PROFILE.replace("name: azure-overlay", &format!("name: env-{name}"));
        sandbox.write(&format!("environments/{name}.yaml"), text);
    }
    sandbox.write("environments/values.yml", "replicas: 3\n");
    sandbox.write("environments/notes.txt", "no YAML\n");
    for folder in ["environments", "environments/"] {
        let ran = sandbox.run(&["plan", folder]).ok();
        let (a, b) = (ran.stdout.find("Plan for env-a"), ran.stdout.find("Plan for env-b"));
        assert!(a.is_some() && a < b, "{}", ran.stdout);
        assert!(ran.stderr.contains("values.yml` is no profile of akstool"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("notes.txt"), "{}", ran.stderr);
    }
    sandbox.run(&["up", "environments", "--yes"]).ok();
    sandbox.run(&["up", "environments", "--yes"]).ok();
    sandbox.run(&["down", "environments/", "--yes"]).ok();
    assert!(sandbox.ids().is_empty(), "{:?}", sandbox.ids());
    std::fs::create_dir(sandbox.path("empty")).expect("a folder");
    let ran = sandbox.run(&["up", "empty", "--yes"]).exits(2);
    assert!(ran.stderr.contains("`empty` is a directory, not a file"), "{}", ran.stderr);
    // A folder does not take the name of an environment away.
    std::fs::create_dir(sandbox.path("demo")).expect("a folder");
    sandbox.run(&["down", "demo", "--yes"]).ok();
}

#[test]
fn a_matrix_is_an_environment_of_each_value_named_after_it() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.yaml", include_str!("../../profiles/kubenet.yaml"));
    let matrix =
        ["mine.yaml", "--matrix", "version=1.33,1.34", "--matrix", "network.plugin=kubenet,azure"];
    let with = |command: &'static [&'static str]| [command, &matrix].concat();
    let plan = sandbox.run(&with(&["plan"])).ok().stdout;
    let names = ["demo-1-33-kubenet", "demo-1-33-azure", "demo-1-34-kubenet", "demo-1-34-azure"];
    // Four are a table, a line each.
    for name in names {
        assert_eq!(plan.lines().filter(|line| line.starts_with(&format!("{name} "))).count(), 1);
    }
    assert!(!plan.contains("Plan for"), "{plan}");
    assert_eq!(sandbox.run(&with(&["plan", "-v"])).ok().stdout.matches("Plan for").count(), 4);
    sandbox.run(&with(&["up", "--yes"])).ok();
    let cluster = |name: &str| {
        let mut all = sandbox.store().into_iter();
        let end = format!("/managedClusters/{name}");
        all.rfind(|one| one["id"].as_str().is_some_and(|id| id.ends_with(&end)))
    };
    for name in names {
        let found = cluster(name).unwrap_or_else(|| panic!("no cluster {name}"));
        let version = found["properties"]["kubernetesVersion"].as_str().expect("a version");
        assert!(name.contains(&version.replace('.', "-")[..4]), "{name}: {version}");
        let plugin = found["properties"]["networkProfile"]["networkPlugin"].as_str();
        assert!(name.ends_with(plugin.expect("a plugin")), "{name}");
    }
    let again = sandbox.run(&with(&["up", "--yes", "-o", "json"])).ok();
    assert_eq!(again.outcome()["result"], "nothing-to-do");
    sandbox.run(&with(&["down", "--yes"])).ok();
    assert!(sandbox.ids().is_empty(), "{:?}", sandbox.ids());
    for wrong in ["version", "version=", "version=1.33,1.33"] {
        sandbox.run(&["plan", "mine.yaml", "--matrix", wrong]).exits(2);
    }
    sandbox.run(&["status", "mine.yaml", "--matrix", "version=1.33,1.34"]).exits(2);
    sandbox.run(&["status", "demo", "--matrix", "version=1.33"]).exits(2);
    // What is wrong with a value is told for its environment, before Azure is asked.
    let ran = sandbox.run(&["up", "mine.yaml", "--matrix", "network.plugin=kubenet,kubnet"]);
    assert!(ran.exits(2).stderr.contains("kubnet"));
}

#[test]
fn names_that_are_given_twice_are_told_together() {
    let sandbox = Sandbox::new();
    for (file, name) in [("1", "one"), ("2", "two"), ("3", "one"), ("4", "two"), ("5", "five")] {
        let text = PROFILE.replace("name: azure-overlay", &format!("name: {name}"));
        sandbox.write(&format!("{file}.yaml"), text);
    }
    let ran = sandbox.run(&["up", ".", "--yes"]).exits(2);
    assert!(
        ran.stderr.contains("the environments `one` and `two` are named twice"),
        "{}",
        ran.stderr
    );
}

/// A spoke of a hub of the name; its own network is `range`.
fn spoke(sandbox: &Sandbox, name: &str, range: &str) -> String {
    let hub = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net/providers/\
               Microsoft.Network/virtualNetworks/hub";
    let file = format!("{name}.yaml");
    sandbox.write(
        &file,
        format!(
            "apiVersion: akstool/v1\nkind: Cluster\n\
             metadata: {{ name: {name}, location: westeurope }}\n\
             network:\n  plugin: azure\n  mode: overlay\n  vnet: {{ cidr: {range} }}\n  \
             subnets: {{ nodes: {{ cidr: auto }} }}\n  \
             peerings: [{{ name: hub, vnet: {{ id: {hub} }}, cidrs: [172.16.0.0/16], \
             bothDirections: true }}]\n\
             pools: [{{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 2 }}]\n"
        ),
    );
    file
}

/// A sandbox in which a hub stands.
fn hub() -> Sandbox {
    let sandbox = Sandbox::new();
    let group = "/resourceGroups/net";
    let network = format!("{group}/providers/Microsoft.Network/virtualNetworks/hub");
    let space = json!({ "addressSpace": { "addressPrefixes": ["172.16.0.0/16"] } });
    sandbox.put(group, "2025-04-01", &json!({ "location": "westeurope" }));
    let body = json!({ "location": "westeurope", "properties": space });
    sandbox.put(&network, "2025-07-01", &body);
    sandbox
}

/// The range of each network that stands, but for the hub's.
fn networks(sandbox: &Sandbox) -> Vec<String> {
    let store = sandbox.store();
    let networks = store.iter().filter_map(|one| {
        let id = one["id"].as_str()?.to_ascii_lowercase();
        let (_, name) = id.split_once("/providers/microsoft.network/virtualnetworks/")?;
        let range = one["properties"]["addressSpace"]["addressPrefixes"][0].as_str()?;
        (name != "hub" && !name.contains('/')).then(|| range.to_owned())
    });
    networks.collect()
}

#[test]
fn spokes_of_one_hub_that_are_planned_together_get_ranges_of_their_own() {
    let sandbox = hub();
    let names = ["one", "two", "three"];
    let profiles = names.map(|name| spoke(&sandbox, name, "auto"));
    let (code, outcome) = up(&sandbox, &profiles, &[]);
    assert_eq!(code, 0, "{outcome}");
    let ranges = networks(&sandbox);
    let distinct: BTreeSet<&String> = ranges.iter().collect();
    assert_eq!((ranges.len(), distinct.len()), (3, 3), "{ranges:?}");
    let profiles = [&["up", "-y"][..], &["one.yaml", "two.yaml", "three.yaml"]].concat();
    let again = sandbox.run(&profiles).ok();
    assert_eq!(again.stdout.matches("nothing to do").count(), 3, "{}", again.stdout);
}

#[test]
fn ranges_that_are_written_twice_for_one_hub_are_refused_before_anything_is_made() {
    let sandbox = hub();
    let profiles = ["one", "two"].map(|name| spoke(&sandbox, name, "10.20.0.0/16"));
    let ran = sandbox.run(&["up", "-y", &profiles[0], &profiles[1]]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("overlaps with 10.20.0.0/16 of `one` in this run"), "{said}");
    assert_eq!(networks(&sandbox), [""; 0]);
    // One of them left free gives way.
    let free = spoke(&sandbox, "two", "auto");
    let (code, outcome) = up(&sandbox, &[profiles[0].clone(), free], &[]);
    assert_eq!(code, 0, "{outcome}");
}
