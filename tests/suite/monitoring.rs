//! Where logs go: a workspace of the environment's own, and one of another hand.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const PROFILE: &str = "
apiVersion: akstool/v1
kind: Cluster
metadata: { name: demo, location: westeurope }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16 }
  subnets: { nodes: { cidr: 10.10.1.0/24 } }
pools:
  - { name: system, mode: system, vmSize: Standard_D2s_v5, count: 2 }
";

const VERSION: &str = "2025-07-01";
const THEIRS: &str =
    "/resourceGroups/shared/providers/Microsoft.OperationalInsights/workspaces/all";
const RULE: &str = "providers/Microsoft.Insights/dataCollectionRules/MSCI-westeurope-demo";

/// The profile with this monitoring.
fn write(sandbox: &Sandbox, monitoring: &str) {
    sandbox.write("demo.yaml", format!("{PROFILE}{monitoring}\n"));
}

/// A subscription in which another hand's workspace stands, in another region.
fn beside_theirs() -> Sandbox {
    let sandbox = Sandbox::new();
    let here = json!({ "location": "northeurope" });
    sandbox.put("/resourceGroups/shared", "2021-04-01", &here);
    sandbox.put(THEIRS, VERSION, &json!({ "location": "northeurope", "properties": {} }));
    sandbox
}

fn up(sandbox: &Sandbox) {
    sandbox.run(&["up", "demo.yaml", "--yes"]).ok();
    let again = sandbox.run(&["up", "demo.yaml", "--yes"]).ok();
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

/// Returns what stands under ids that end so.
fn at(sandbox: &Sandbox, end: &str) -> Option<Value> {
    let end = end.to_ascii_lowercase();
    let is_it =
        |one: &Value| one["id"].as_str().is_some_and(|id| id.to_ascii_lowercase().ends_with(&end));
    sandbox.store().into_iter().find(is_it)
}

fn agent(sandbox: &Sandbox) -> Value {
    let cluster = at(sandbox, "/managedClusters/demo").expect("a cluster");
    cluster["properties"]["addonProfiles"]["omsagent"].clone()
}

#[test]
fn logs_go_to_a_workspace_of_its_own_which_down_deletes_for_good() {
    let sandbox = Sandbox::new();
    write(&sandbox, "monitoring: { logs: true }");
    let plan = sandbox.run(&["plan", "demo.yaml"]).ok();
    assert!(plan.stdout.contains("cost not known"), "{}", plan.stdout);
    up(&sandbox);
    let workspace = at(&sandbox, "/workspaces/demo-logs").expect("a workspace");
    let said = agent(&sandbox);
    assert_eq!(said["enabled"], true);
    assert_eq!(said["config"]["useAADAuth"], "true");
    assert_eq!(said["config"]["logAnalyticsWorkspaceResourceID"], workspace["id"]);
    let link = "/managedClusters/demo/providers/Microsoft.Insights/dataCollectionRuleAssociations/\
                ContainerInsightsExtension";
    let rule = at(&sandbox, RULE).expect("a rule");
    let link = at(&sandbox, link).expect("a link");
    assert_eq!(link["properties"]["dataCollectionRuleId"], rule["id"]);
    let target = &rule["properties"]["destinations"]["logAnalytics"][0];
    assert_eq!(target["workspaceResourceId"], workspace["id"]);

    write(&sandbox, "monitoring: { logs: { workspace: { retentionDays: 60 } } }");
    up(&sandbox);
    let workspace = at(&sandbox, "/workspaces/demo-logs").expect("a workspace");
    assert_eq!(workspace["properties"]["retentionInDays"], 60);
    let down = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(down.stdout.contains("deleted for good"), "{}", down.stdout);
    assert_eq!(sandbox.ids(), [""; 0], "nor is anything kept to be brought back");
}

#[test]
fn where_azure_keeps_a_setting_twice_both_places_are_written() {
    let sandbox = Sandbox::new();
    let preview = "Microsoft.ContainerService/managedClusters=2026-06-02-preview";
    let run = ["up", "demo.yaml", "--yes", "-o", "json", "--api-version", preview];
    for (logs, is_on) in [("true", true), ("false", false), ("true", true)] {
        write(&sandbox, &format!("monitoring: {{ logs: {logs} }}"));
        sandbox.run(&run).ok();
        assert_eq!(sandbox.run(&run).ok().outcome()["result"], "nothing-to-do", "{logs}");
        assert_eq!(agent(&sandbox)["enabled"], is_on);
        // Whoever speaks another version finds the same.
        up(&sandbox);
    }
}

#[test]
fn metrics_go_by_an_endpoint_and_a_rule_to_a_workspace_of_their_own_or_a_shared_one() {
    let sandbox = beside_theirs();
    let account = "/resourceGroups/shared/providers/Microsoft.Monitor/accounts/all";
    sandbox.put(account, "2023-04-03", &json!({ "location": "northeurope", "properties": {} }));
    let before = sandbox.ids();
    write(&sandbox, "monitoring: { metrics: true }");
    up(&sandbox);
    let own = at(&sandbox, "/accounts/demo-metrics").expect("a workspace");
    let rule = at(&sandbox, "/dataCollectionRules/MSProm-westeurope-demo").expect("a rule");
    let endpoint = at(&sandbox, "/dataCollectionEndpoints/MSProm-westeurope-demo").expect("it");
    let link = at(&sandbox, "/dataCollectionRuleAssociations/ContainerInsightsMetricsExtension");
    assert_eq!(link.expect("a link")["properties"]["dataCollectionRuleId"], rule["id"]);
    let target = &rule["properties"]["destinations"]["monitoringAccounts"][0];
    assert_eq!(target["accountResourceId"], own["id"]);
    assert_eq!(rule["properties"]["dataCollectionEndpointId"], endpoint["id"]);
    let cluster = at(&sandbox, "/managedClusters/demo").expect("a cluster");
    assert_eq!(cluster["properties"]["azureMonitorProfile"]["metrics"]["enabled"], true);

    write(&sandbox, "monitoring: { metrics: false }");
    up(&sandbox);
    sandbox.run(&["up", "demo.yaml", "--yes", "--prune"]).ok();
    assert!(at(&sandbox, "/accounts/demo-metrics").is_none());
    let shared = format!("{{ workspace: {{ id: {SUBSCRIPTION}{account} }} }}");
    write(&sandbox, &format!("monitoring: {{ metrics: {shared} }}"));
    up(&sandbox);
    let rule = at(&sandbox, "/dataCollectionRules/MSProm-westeurope-demo").expect("a rule");
    assert_eq!(rule["location"], "northeurope", "where its workspace stands");
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn a_group_that_goes_at_once_leaves_no_workspace_behind() {
    let sandbox = Sandbox::new();
    write(&sandbox, "monitoring: { logs: true }");
    up(&sandbox);
    sandbox.run(&["down", "demo", "--yes", "--no-wait"]).ok();
    assert!(sandbox.ids().iter().all(|id| !id.contains("orkspaces/")), "{:?}", sandbox.ids());
}

#[test]
fn what_leaves_the_profile_stays_until_it_is_turned_off_and_pruned() {
    let sandbox = Sandbox::new();
    write(&sandbox, "monitoring: { logs: true }");
    up(&sandbox);
    write(&sandbox, "");
    up(&sandbox);
    assert_eq!(agent(&sandbox)["enabled"], true, "nothing was said");
    write(&sandbox, "monitoring: { logs: false }");
    up(&sandbox);
    assert_eq!(agent(&sandbox)["enabled"], false);
    sandbox.run(&["up", "demo.yaml", "--yes", "--prune"]).ok();
    assert!(at(&sandbox, RULE).is_none() && at(&sandbox, "/workspaces/demo-logs").is_none());
    assert!(sandbox.ids().iter().all(|id| !id.contains("deletedWorkspaces")));
    sandbox.run(&["up", "demo.yaml", "--yes", "--prune"]).ok();
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn an_agent_is_turned_off_before_its_workspace_is_pruned() {
    let sandbox = Sandbox::new();
    write(&sandbox, "monitoring: { logs: true, metrics: true }");
    up(&sandbox);
    write(&sandbox, "");
    let run = sandbox.run(&["up", "demo.yaml", "--yes", "--prune"]).ok();
    for agent in ["addonProfiles.omsagent", "azureMonitorProfile.metrics"] {
        let said = format!("{agent}.enabled: true → false");
        assert!(run.stdout.contains(&said), "{}", run.stdout);
    }
    assert!(sandbox.ids().iter().all(|id| !id.contains("orkspaces/")), "{:?}", sandbox.ids());
    // A cluster whose agent has lost its workspace takes no change at all.
    sandbox.run(&["up", "demo.yaml", "--yes", "--set", "cluster.tier=standard"]).ok();
    let again = sandbox.run(&["up", "demo.yaml", "--yes", "-o", "json"]).ok();
    assert_eq!(again.outcome()["result"], "nothing-to-do");
}

#[test]
fn a_cluster_whose_workspace_another_hand_deleted_is_told_the_way_out() {
    let sandbox = Sandbox::new();
    write(&sandbox, "monitoring: { logs: true }");
    up(&sandbox);
    let workspace = at(&sandbox, "/workspaces/demo-logs").expect("a workspace");
    let path = format!("{}?api-version=2025-07-01", workspace["id"].as_str().expect("an id"));
    let gone = json!({ "method": "PUT", "path": "*/managedClusters/demo",
        "hand": { "method": "DELETE", "path": path } });
    sandbox.write("faults.json", json!({ "faults": [gone] }).to_string());
    let change = ["--set", "monitoring=null", "--set", "cluster.tier=standard"];
    let run = [&["up", "demo.yaml", "--yes", "--sim-faults", "faults.json"][..], &change].concat();
    let ran = sandbox.run(&run);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("GetLogAnalyticsWorkspaceError"), "{}", ran.stderr);
    assert!(ran.stderr.contains("monitoring: { logs: false }"), "{}", ran.stderr);
}

#[test]
fn a_workspace_of_another_hand_is_used_where_it_stands_and_stays() {
    let sandbox = beside_theirs();
    let before = sandbox.ids();
    write(
        &sandbox,
        &format!("monitoring: {{ logs: {{ workspace: {{ id: {SUBSCRIPTION}{THEIRS} }} }} }}"),
    );
    up(&sandbox);
    let rule = at(&sandbox, RULE).expect("a rule");
    assert_eq!(rule["location"], "northeurope", "a rule stands where its workspace does");
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn a_rule_that_another_hands_cluster_goes_by_stays_with_its_workspace() {
    let sandbox = Sandbox::new();
    write(&sandbox, "monitoring: { logs: true }");
    up(&sandbox);
    let here = json!({ "location": "westeurope" });
    sandbox.put("/resourceGroups/theirs", "2021-04-01", &here);
    let other = "/resourceGroups/theirs/providers/Microsoft.Network/virtualNetworks/any";
    let body = json!({ "location": "westeurope",
        "properties": { "addressSpace": { "addressPrefixes": ["10.50.0.0/16"] } } });
    sandbox.put(other, "2025-07-01", &body);
    let link = format!("{other}/providers/Microsoft.Insights/dataCollectionRuleAssociations/own");
    let rule = format!("{SUBSCRIPTION}/resourceGroups/demo/{RULE}");
    let body = json!({ "properties": { "dataCollectionRuleId": rule } });
    sandbox.put(&link, "2022-06-01", &body);
    let down = sandbox.run(&["down", "demo", "--yes"]).ok();
    assert!(down.stdout.contains("any"), "{}", down.stdout);
    assert!(at(&sandbox, RULE).is_some() && at(&sandbox, "/workspaces/demo-logs").is_some());
    assert!(at(&sandbox, &link).is_some() && at(&sandbox, "/managedClusters/demo").is_none());
}

#[test]
fn logs_and_a_pool_of_a_whole_cluster_change_and_nothing_is_left_to_do_or_behind() {
    let sandbox = Sandbox::new();
    let change = ["--set", "pools[apps].autoscale.max=40"];
    let longer = ["--set", "monitoring.logs.workspace.retentionDays=120"];
    for more in [vec![], [change, longer].concat()] {
        let up = [&["up", "production", "--yes", "-o", "json"][..], &more].concat();
        sandbox.run(&up).ok();
        assert_eq!(sandbox.run(&up).ok().outcome()["result"], "nothing-to-do", "{more:?}");
    }
    let workspace = at(&sandbox, "/workspaces/production-logs").expect("a workspace");
    assert_eq!(workspace["properties"]["retentionInDays"], 120);
    sandbox.run(&["down", "production", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn who_never_registered_azure_monitor_needs_none_of_it() {
    let sandbox = Sandbox::new();
    let code = "MissingSubscriptionRegistration";
    let body = json!({ "error": { "code": code, "message": "not registered" } });
    let spaces = ["Monitor", "Insights", "OperationalInsights"];
    let faults = spaces.map(|space| {
        json!({ "method": "GET", "path": format!("*/providers/Microsoft.{space}/*"), "times": 0,
            "answer": { "status": 409, "body": body } })
    });
    sandbox.write("faults.json", json!({ "faults": faults }).to_string());
    write(&sandbox, "");
    for run in [&["up", "demo.yaml"][..], &["up", "demo.yaml", "--prune"], &["down", "demo"]] {
        sandbox.run(&[run, &["--yes", "--sim-faults", "faults.json"]].concat()).ok();
    }
    assert_eq!(sandbox.ids(), [""; 0]);
}

/// A workspace of another hand that stood in a region and was deleted a moment ago.
fn deleted_in(region: &str, code: i32) -> Sandbox {
    let sandbox = Sandbox::new();
    let here = json!({ "location": region });
    sandbox.put("/resourceGroups/demo", "2021-04-01", &here);
    let id = "/resourceGroups/demo/providers/Microsoft.OperationalInsights/workspaces/demo-logs";
    sandbox.put(id, VERSION, &json!({ "location": region, "properties": {} }));
    write(&sandbox, "monitoring: { logs: true }");
    let path = format!("{SUBSCRIPTION}{id}?api-version={VERSION}");
    let hand = json!({ "method": "DELETE", "path": path });
    let fault = json!({ "method": "GET", "path": "*/managedClusters/demo", "hand": hand });
    sandbox.write("hand.json", json!({ "faults": [fault] }).to_string());
    sandbox.run(&["doctor", "demo.yaml", "--sim-faults", "hand.json"]).exits(code);
    sandbox
}

#[test]
fn a_workspace_that_was_deleted_lately_comes_back_or_is_told_of_beforehand() {
    let sandbox = deleted_in("westeurope", 0);
    let told = sandbox.run(&["doctor", "demo.yaml"]);
    assert!(told.stdout.contains("brings it back"), "{}", told.stdout);
    up(&sandbox);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    let left = sandbox.ids();
    assert!(left.len() == 1 && left[0].ends_with("/resourcegroups/demo"), "{left:?}");

    let sandbox = deleted_in("northeurope", 1);
    let told = sandbox.run(&["doctor", "demo.yaml"]).exits(1);
    assert!(told.stdout.contains("deleted in northeurope"), "{}", told.stdout);
    let refused = sandbox.run(&["up", "demo.yaml", "--yes"]);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("deleted in northeurope"), "before anything is made: {said}");
    assert!(at(&sandbox, "/demo-vnet").is_none());
}

/// A Grafana of the environment's own, and its right to read, as the README says it.
fn grafana() -> String {
    let readme = include_str!("../../README.md");
    let from = readme.split("```yaml\nmonitoring: { metrics: true }\n").nth(1).expect("a recipe");
    let recipe = from.split("```").next().expect("an end");
    format!("monitoring: {{ metrics: true }}\n{}", recipe.replace("SUBSCRIPTION", SUBSCRIPTION))
}

#[test]
fn a_grafana_is_linked_to_the_metrics_and_may_read_them_and_goes_with_them() {
    let sandbox = Sandbox::new();
    write(&sandbox, &grafana());
    up(&sandbox);
    let one = at(&sandbox, "/grafana/demo-grafana").expect("a Grafana");
    let workspace = at(&sandbox, "/accounts/demo-metrics").expect("a workspace")["id"].clone();
    let linked = &one["properties"]["grafanaIntegrations"]["azureMonitorWorkspaceIntegrations"];
    assert_eq!(linked[0]["azureMonitorWorkspaceResourceId"], workspace);
    let right = at(&sandbox, "/8d2c8c0a-5f0e-4c1e-9a43-6a4f0f3f1b11").expect("a right");
    assert_eq!(right["properties"]["principalId"], one["identity"]["principalId"]);
    assert_eq!(right["properties"]["scope"], workspace);
    let more = ["--set", "resources[0].body.properties.zoneRedundancy=Enabled"];
    sandbox.run(&[&["up", "demo.yaml", "--yes"][..], &more].concat()).ok();
    sandbox.run(&[&["plan", "demo.yaml", "--exit-code"][..], &more].concat()).ok();
    write(&sandbox, "monitoring: { metrics: true }");
    let told = sandbox.run(&["plan", "demo.yaml"]).ok();
    assert!(told.stdout.contains("demo-grafana"), "{}", told.stdout);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}
