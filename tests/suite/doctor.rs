//! `akstool doctor`.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

/// Returns the findings of an area, each as `severity: fact`.
fn findings(report: &Value, area: &str) -> Vec<String> {
    let all = report["findings"].as_array().expect("findings");
    let of_area = all.iter().filter(|found| found["area"] == area);
    let text = |found: &Value, name: &str| found[name].as_str().unwrap_or_default().to_owned();
    of_area.map(|found| format!("{}: {}", text(found, "severity"), text(found, "fact"))).collect()
}

/// A profile that wants more cores than the embedded Azure gives: 750 machines of 16.
const MANY: [&str; 7] = [
    "azure-overlay",
    "--set",
    "pools=[{ name: system, mode: system, vmSize: Standard_D16s_v5, count: 750 }]",
    "--set",
    "network.subnets.nodes.cidr=10.10.0.0/20",
    "--set",
    "network.podCidr=10.128.0.0/10",
];

fn report(sandbox: &Sandbox, args: &[&str], code: i32) -> Value {
    let args = [&["doctor", "-o", "json"], args].concat();
    let report = sandbox.run(&args).exits(code).json();
    for found in report["findings"].as_array().expect("findings") {
        let grave = found["severity"] == "error" || found["severity"] == "warning";
        let grave = grave || found["isUnread"] == true;
        assert!(found["consequence"].is_string() || !grave, "what comes of it is said: {found:#}");
        let command = found["command"].as_str().unwrap_or_default();
        assert!(!command.starts_with("az "), "it would act on the real Azure: {found:#}");
    }
    report
}

#[test]
fn an_empty_subscription_takes_any_plain_profile() {
    let sandbox = Sandbox::new();
    for profile in ["kubenet", "azure-overlay", "nat-gateway", "dual-stack", "isolated"] {
        let report = report(&sandbox, &[profile], 0);
        assert_eq!(report["schema"], "akstool.doctor/v1");
        assert_eq!(report["summary"]["errors"], 0, "{profile}: {report:#}");
        assert_eq!(report["environment"], json!(sandbox_name(profile)), "{profile}");
    }
    assert!(sandbox.ids().is_empty(), "doctor only reads");
}

/// The name of a built-in profile's environment.
fn sandbox_name(profile: &str) -> &str {
    if profile == "kubenet" { "demo" } else { profile }
}

#[test]
fn a_network_that_is_not_there_is_an_error() {
    let sandbox = Sandbox::new();
    let report = report(&sandbox, &["existing-vnet"], 1);
    let network = findings(&report, "network");
    assert!(network[0].starts_with("error: Virtual network"), "{network:?}");
    assert!(network[0].ends_with("does not exist."), "{network:?}");
    assert!(network[1].starts_with("error: Subnet"), "{network:?}");
    assert_eq!(network.len(), 2, "nothing fits with what is not there: {network:?}");
    let all = report["findings"].as_array().expect("findings");
    let of = |field: &str| -> Vec<&str> {
        let missing = all.iter().filter(|found| found["area"] == "network");
        missing.map(|found| found[field].as_str().unwrap_or_default()).collect()
    };
    let [network, subnet] = of("command")[..] else { panic!("{all:?}") };
    // What the Azure CLI makes on Azure, the embedded one is given.
    let id = "/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared";
    assert!(network.starts_with(&format!("akstool sim put {SUBSCRIPTION}{id} ")), "{network}");
    let id = format!("{SUBSCRIPTION}{id}/subnets/aks ");
    assert!(subnet.starts_with(&format!("akstool sim put {id}")), "{subnet}");
    assert!(of("consequence")[1].contains("names it in `network.subnets.nodes.id`"), "{all:?}");
}

#[test]
fn the_live_network_is_held_against_the_profile() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/network", "2021-04-01", &json!({ "location": "westeurope" }));
    let vnet = "/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared";
    let body = json!({ "location": "northeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.200.0.0/15"] },
        "subnets": [{ "name": "aks", "properties": { "addressPrefix": "10.200.0.0/29" } }],
    }});
    sandbox.put(vnet, "2024-05-01", &body);
    let report = report(&sandbox, &["existing-vnet"], 1);
    let network = findings(&report, "network").join("\n");
    assert!(
        network.contains("is in region `northeurope`, the cluster in `westeurope`"),
        "{network}"
    );
    assert!(network.contains("10.200.0.0/15 overlaps services 10.200.0.0/16"), "{network}");
}

#[test]
fn locks_and_names_in_the_way_are_named() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/demo", "2021-04-01", &json!({ "location": "westeurope" }));
    let lock = "/resourceGroups/demo/providers/Microsoft.Authorization/locks/keep";
    let body = json!({ "properties": { "level": "ReadOnly", "notes": "ask ada" } });
    sandbox.put(lock, "2020-05-01", &body);
    let report = report(&sandbox, &["kubenet"], 1);
    let locks = findings(&report, "locks");
    assert_eq!(
        locks,
        [format!(
            "error: Lock `keep` (\"ask ada\") on `{SUBSCRIPTION}/resourceGroups/demo` is `ReadOnly`."
        )]
    );
    let names = findings(&report, "names");
    assert_eq!(names[0], "info: Resource group `demo` is there and not akstool's.");
}

#[test]
fn what_the_region_does_not_offer_is_named_with_what_it_does() {
    let sandbox = Sandbox::new();
    let set = [
        "kubenet",
        "--set",
        "cluster.version=1.12",
        "--set",
        "pools[system].vmSize=Standard_D2_v9",
    ];
    let report = report(&sandbox, &set, 1);
    let versions = findings(&report, "versions");
    assert!(versions[0].starts_with("error: Kubernetes `1.12` is not offered;"), "{versions:?}");
    let sizes = findings(&report, "sizes");
    assert!(sizes[0].starts_with("error: Size `Standard_D2_v9` is not offered"), "{sizes:?}");
}

#[test]
fn a_region_that_does_not_exist_is_an_error_with_the_nearest_ones() {
    let sandbox = Sandbox::new();
    for args in [&["--location", "westeurop"][..], &["kubenet", "--location", "westeurop"]] {
        let report = report(&sandbox, args, 1);
        assert_eq!(report["summary"]["errors"], 1, "{report:#}");
        let providers = findings(&report, "providers");
        assert_eq!(providers[0], "error: Azure has no region `westeurop`.");
        let error = &report["findings"].as_array().expect("findings")[2];
        let so = error["consequence"].as_str().unwrap_or_default();
        assert!(so.contains("The nearest names are `westeurope`, "), "{report:#}");
        for area in ["versions", "sizes", "quota"] {
            assert_eq!(findings(&report, area), [""; 0], "of no region is anything known");
        }
    }
    let names_of = |region: &str| {
        let report = report(&sandbox, &["--location", region], 1);
        let error = &report["findings"].as_array().expect("findings")[2];
        error["consequence"].as_str().unwrap_or_default().to_owned()
    };
    let other_clouds = names_of("europe-west1".replace('-', "").as_str());
    assert!(other_clouds.contains("`westeurope`"), "{other_clouds}");
    assert!(names_of("narnia").contains("No region has a name like it"), "nothing far is proposed");
    let ran = sandbox.run(&["up", "kubenet", "--yes", "--location", "westeurop"]).exits(1);
    assert_eq!(
        ran.stderr.matches("no region `westeurop`").count(),
        1,
        "said once:\n{}",
        ran.stderr
    );
    assert!(sandbox.ids().is_empty());
}

#[test]
fn too_many_nodes_for_the_quota_are_counted() {
    let sandbox = Sandbox::new();
    let report = report(&sandbox, &MANY, 1);
    let quota = findings(&report, "quota").join("\n");
    assert!(
        quota.contains("10,000 of 10,000 are left, and 12,000 are needed for the nodes"),
        "{quota}"
    );
}

#[test]
fn the_text_ends_with_the_answer() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["doctor", "kubenet"]).ok();
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("Nothing stands in the way"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn a_profile_that_is_wrong_contacts_nobody() {
    let sandbox = Sandbox::new().with("AKSTOOL_CLOUD", "azure");
    sandbox.run(&["doctor", "kubenet", "--set", "pools[system].count=-1"]).exits(2);
}

#[test]
fn up_looks_before_its_first_write() {
    let sandbox = Sandbox::new();
    let many = [&["up", "--yes", "-o", "json"], &MANY[..]].concat();
    let ran = sandbox.run(&many).exits(1);
    let outcome = ran.outcome();
    assert_eq!(outcome["failed"][0]["code"], "ErrCode_InsufficientVCPUQuota", "{outcome:#}");
    assert_eq!(outcome["requests"]["write"], 0, "{outcome:#}");
    assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
    assert!(sandbox.ids().is_empty(), "nothing was written");

    let all_the_same = [&many[..], &["--no-preflight"]].concat();
    let outcome = sandbox.run(&all_the_same).exits(1).outcome();
    assert_eq!(outcome["failed"][0]["code"], "ErrCode_InsufficientVCPUQuota", "{outcome:#}");
    assert_ne!(outcome["requests"]["write"], 0, "Azure itself was asked: {outcome:#}");
}

#[test]
fn up_with_nothing_to_do_looks_no_further() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let again = ["up", "kubenet", "--yes", "--trace", "trace.jsonl"];
    sandbox.run(&again).ok();
    let trace = std::fs::read_to_string(sandbox.path("trace.jsonl")).expect("a trace");
    for path in ["/usages", "/permissions", "/locks", "/upgradeProfiles"] {
        assert!(!trace.contains(path), "{trace}");
    }
}

#[test]
fn a_change_meets_a_lock_before_it_is_written() {
    let sandbox = Sandbox::new();
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
    let lock = "/resourceGroups/demo/providers/Microsoft.Authorization/locks/keep";
    sandbox.put(lock, "2020-05-01", &json!({ "properties": { "level": "ReadOnly" } }));
    let more = ["up", "kubenet", "--yes", "--set", "pools[0].count=3", "-o", "json"];
    let ran = sandbox.run(&more).exits(1);
    let outcome = ran.outcome();
    assert_eq!(outcome["failed"][0]["code"], "ScopeLocked", "{outcome:#}");
    assert_eq!(outcome["requests"]["write"], 0, "{outcome:#}");
    let hint = outcome["failed"][0]["hint"].as_str().expect("a hint");
    assert!(hint.starts_with("a lock forbids it") && !hint.contains("az "), "{hint}");
    sandbox.run(&["up", "kubenet", "--yes"]).ok();
}

#[test]
fn a_changed_version_is_held_against_the_upgrades_on_offer() {
    let sandbox = Sandbox::new();
    let up = |set: &[&str], code: i32| {
        let set = set.iter().flat_map(|set| ["--set", *set]);
        let args: Vec<&str> =
            ["up", "kubenet", "--yes", "-o", "json"].into_iter().chain(set).collect();
        let outcome = sandbox.run(&args).exits(code).outcome();
        assert_eq!(outcome["requests"]["write"] == 0, code == 1, "{outcome:#}");
        outcome["failed"][0].clone()
    };
    up(&["cluster.version=1.33"], 0);
    let failed = up(&["cluster.version=1.99"], 1);
    assert_eq!(failed["code"], "K8sVersionNotSupported", "{failed:#}");
    assert_eq!(failed["hint"], "akstool up kubenet --set cluster.version=1.35");
    let failed = up(&["cluster.version=1.35"], 1);
    assert_eq!(failed["code"], "OperationNotAllowed", "{failed:#}");
    assert_eq!(failed["hint"], "akstool up kubenet --set cluster.version=1.34");
    let message = failed["message"].as_str().unwrap_or_default();
    assert!(message.contains("cannot go from `1.33` to `1.35` at once"), "{message}");
    assert!(message.contains("next comes `1.34.2`."), "{message}");
    let failed = up(&["cluster.version=1.33", "pools[system].version=1.33.99"], 1);
    let both = "--set cluster.version=1.33 --set 'pools[system].version=1.33.6'";
    assert_eq!(failed["hint"], format!("akstool up kubenet {both}"));
    up(&["cluster.version=1.34", "pools[system].version=1.34"], 0);

    let set = ["kubenet", "--set", "cluster.version=1.36"];
    let report = report(&sandbox, &set, 1);
    let versions = findings(&report, "versions");
    assert!(versions[0].contains("cannot go from `1.34.2` to `1.36` at once"), "{versions:?}");
}

#[test]
fn a_provider_is_registered_when_asked() {
    let sandbox = Sandbox::new();
    let report = report(&sandbox, &["--register"], 0);
    assert_eq!(report["unregistered"], json!([]));
}

#[test]
fn latest_is_settled_for_the_cluster_and_each_pool() {
    let sandbox = Sandbox::new();
    let set = ["--set", "cluster.version=latest", "--set", "pools[system].version=latest-1"];
    sandbox.run(&[&["up", "kubenet", "--yes"], &set[..]].concat()).ok();
    let store = sandbox.store();
    let of = |kind: &str, field: &str| {
        let found = store.iter().find(|r| r["type"].as_str().unwrap_or_default().ends_with(kind));
        found.expect(kind)["properties"][field].as_str().expect("a version").to_owned()
    };
    let cluster = of("anagedClusters", "currentKubernetesVersion");
    let pool = of("/agentPools", "currentOrchestratorVersion");
    assert!(cluster.starts_with("1.35.") && pool.starts_with("1.34."), "{cluster} {pool}");
    sandbox.run(&[&["plan", "kubenet", "--exit-code"], &set[..]].concat()).ok();
}

/// Lets the embedded Azure refuse every read of these paths, and says who asks.
fn refusing(sandbox: &Sandbox, paths: &[&str]) -> [&'static str; 2] {
    let body =
        json!({ "error": { "code": "AuthorizationFailed", "message": "The client may not." } });
    let fault = |path: &&str| json!({ "method": "GET", "path": path, "times": 0, "answer": { "status": 403, "body": body } });
    let faults: Vec<Value> = paths.iter().map(fault).collect();
    sandbox.write("faults.json", json!({ "faults": faults }).to_string());
    ["--sim-faults", "faults.json"]
}

#[test]
fn what_was_not_seen_is_counted_and_comes_with_the_role_that_lets_one_see() {
    let sandbox = Sandbox::new();
    let paths = [
        "*/permissions",
        "*/locks",
        "*/policyAssignments",
        "*/usages",
        "*/skus",
        "*/kubernetesVersions",
    ];
    let faults = refusing(&sandbox, &paths);
    let seen = report(&sandbox, &[&["kubenet"], &faults[..]].concat(), 0);
    let unread = seen["findings"].as_array().expect("findings").iter();
    let unread: Vec<&Value> = unread.filter(|found| found["isUnread"] == true).collect();
    assert_eq!(seen["summary"]["unread"], json!(unread.len()), "{seen:#}");
    assert!(unread.len() > 5, "{seen:#}");
    for found in unread {
        let so = found["consequence"].as_str().unwrap_or_default();
        assert!(so.contains("The role `Reader` on ") && so.contains("lets you look"), "{found:#}");
    }
    let ran = sandbox.run(&[&["doctor", "kubenet"], &faults[..]].concat()).ok();
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("Nothing found in the way, but "), "{last}");
    assert!(last.contains(" looks failed (0 errors, 0 warnings, "), "{last}");
}

#[test]
fn who_owns_a_group_alone_is_told_what_up_does() {
    let sandbox = Sandbox::new();
    let group = format!("{SUBSCRIPTION}/resourceGroups/azure-overlay");
    let here = json!({ "location": "westeurope" });
    sandbox.put("/resourceGroups/azure-overlay", "2021-04-01", &here);
    let owner = json!({ "caller": [{ "role": "Owner", "scope": group }] });
    sandbox.write("owner.json", owner.to_string());
    let world = ["azure-overlay", "--sim-faults", "owner.json"];
    let seen = report(&sandbox, &world, 0);
    let subscription = findings(&seen, "subscription");
    assert!(subscription[0].starts_with("info: Could not look at subscription"), "{seen:#}");
    assert_eq!(seen["summary"]["errors"], 0, "{seen:#}");
    sandbox.run(&[&["up", "--yes"], &world[..]].concat()).ok();
}

#[test]
fn a_subscription_that_does_not_exist_is_an_error() {
    let sandbox = Sandbox::new();
    let body = json!({ "error": { "code": "SubscriptionNotFound", "message": "Not found." } });
    let fault = json!({ "method": "GET", "path": SUBSCRIPTION, "times": 0,
        "answer": { "status": 404, "body": body } });
    sandbox.write("gone.json", json!({ "faults": [fault] }).to_string());
    let seen = report(&sandbox, &["kubenet", "--sim-faults", "gone.json"], 1);
    assert!(findings(&seen, "subscription")[0].starts_with("error: Subscription "), "{seen:#}");
}

#[test]
fn what_up_refuses_beforehand_is_told_of_the_resource_it_is_about() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/network", "2021-04-01", &json!({ "location": "westeurope" }));
    let network = "/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared";
    let body = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.20.0.0/16"] },
        "subnets": [{ "name": "aks", "properties": { "addressPrefix": "10.20.0.0/29" } }],
    }});
    sandbox.put(network, "2024-05-01", &body);
    let many = ["existing-vnet", "--set", "pools[system].count=5"];
    let seen = report(&sandbox, &many, 1);
    let all = seen["findings"].as_array().expect("findings");
    let id = |area: &str, severity: &str| {
        let found = all.iter().find(|f| f["area"] == area && f["severity"] == severity);
        found.and_then(|found| found["id"].as_str()).unwrap_or_default()
    };
    let subnet = format!("{SUBSCRIPTION}{network}/subnets/aks");
    assert_eq!(id("network", "error"), subnet, "{seen:#}");
    assert!(id("names", "ok").ends_with("/resourceGroups/existing-vnet"), "{seen:#}");
    assert!(id("versions", "ok").ends_with("/managedClusters/existing-vnet"), "{seen:#}");
    assert!(id("sizes", "ok").ends_with("/agentPools/system"), "{seen:#}");

    let ran = sandbox.run(&[&["up", "--yes", "-o", "json"], &many[..]].concat()).exits(1);
    let failed = ran.outcome()["failed"][0].clone();
    assert_eq!(failed["code"], "InsufficientSubnetSize", "{failed:#}");
    assert_eq!(failed["id"], json!(subnet), "{failed:#}");

    let many = sandbox.run(&[&["up", "--yes", "-o", "json"], &MANY[..]].concat()).exits(1);
    let failed = many.outcome()["failed"][0].clone();
    let cluster = failed["id"].as_str().unwrap_or_default();
    assert!(cluster.ends_with("/managedClusters/azure-overlay"), "{failed:#}");
}
