//! `resources:`: whole ARM resources of any type, and what refers to what.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const PROFILE: &str = "
apiVersion: akstool/v1
kind: Cluster
metadata: { name: demo, location: westeurope, tags: { team: platform } }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16 }
  subnets:
    nodes: { cidr: 10.10.1.0/24 }
cluster:
  properties:
    azureMonitorProfile: { metrics: { enabled: true } }
    securityProfile:
      defender:
        logAnalyticsWorkspaceResourceId: ${resources.logs.id}
        securityMonitoring: { enabled: true }
pools:
  - { name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }
resources:
  - name: metrics
    type: Microsoft.Insights/dataCollectionRuleAssociations
    apiVersion: \"2022-06-01\"
    scope: ${cluster.id}
    body: { properties: { dataCollectionRuleId: \"${resources.rule.id}\" } }
  - name: rule
    type: Microsoft.Insights/dataCollectionRules
    apiVersion: \"2022-06-01\"
    body:
      location: westeurope
      properties: { description: \"of ${cluster.name}\", account: \"${resources.store.id}\" }
  - name: store
    type: Microsoft.Monitor/accounts
    apiVersion: \"2023-04-03\"
    body: { location: westeurope, tags: { own: \"yes\" } }
  - name: logs
    type: Microsoft.OperationalInsights/workspaces
    apiVersion: \"2025-07-01\"
    body: { location: westeurope, properties: { retentionInDays: 30 } }
  - name: vault
    type: Microsoft.KeyVault/vaults
    apiVersion: \"2023-07-01\"
    body:
      location: westeurope
      properties: { owner: \"${identity.principalId}\", subnet: \"${subnets.nodes.id}\" }
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("whole.yaml", PROFILE);
    sandbox
}

fn of(sandbox: &Sandbox, end: &str) -> Option<Value> {
    let mut store = sandbox.store().into_iter();
    store.find(|one| {
        one["id"].as_str().is_some_and(|id| id.to_lowercase().ends_with(&end.to_lowercase()))
    })
}

#[test]
fn whole_resources_are_made_in_order_kept_changed_and_taken_down_by_name() {
    let sandbox = sandbox();
    sandbox.run(&["up", "whole.yaml", "--yes"]).ok();
    let vault = of(&sandbox, "/vaults/vault").expect("a vault");
    let identity = of(&sandbox, "/userAssignedIdentities/demo-identity").expect("an identity");
    assert_eq!(vault["properties"]["owner"], identity["properties"]["principalId"]);
    assert_eq!(vault["tags"]["akstool-environment"], "demo");
    assert_eq!(of(&sandbox, "/accounts/store").expect("it")["tags"]["own"], "yes");
    let rule = of(&sandbox, "/dataCollectionRules/rule").expect("a rule");
    assert_eq!(rule["properties"]["description"], "of demo");
    assert!(of(&sandbox, "/managedClusters/demo/providers/Microsoft.Insights/dataCollectionRuleAssociations/metrics").is_some());
    sandbox.run(&["plan", "whole.yaml", "--exit-code"]).ok();
    let change = ["--set", "resources[vault].body.properties.note=new"];
    let ran = sandbox.run(&[&["plan", "whole.yaml"][..], &change].concat()).ok();
    assert!(ran.stdout.contains("cost not known"), "{}", ran.stdout);
    sandbox.run(&[&["up", "whole.yaml", "--yes"][..], &change].concat()).ok();
    sandbox.run(&[&["plan", "whole.yaml", "--exit-code"][..], &change].concat()).ok();
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn what_another_hand_made_is_refused_and_stays() {
    let sandbox = sandbox();
    sandbox.put(
        "/resourceGroups/demo",
        "2021-04-01",
        &serde_json::json!({ "location": "westeurope" }),
    );
    let id = "/resourceGroups/demo/providers/Microsoft.KeyVault/vaults/vault";
    sandbox.put(id, "2023-07-01", &serde_json::json!({ "location": "westeurope" }));
    sandbox.run(&["up", "whole.yaml", "--yes"]).exits(4);
    assert!(of(&sandbox, "/vaults/vault").expect("it")["tags"]["akstool-environment"].is_null());
}

#[test]
fn a_failure_of_a_type_nobody_knows_is_told_and_healed() {
    let sandbox = sandbox();
    sandbox.write(
        "faults.json",
        r#"{ "faults": [{ "method": "PUT", "type": "Microsoft.KeyVault/vaults",
             "fail": { "code": "VaultNameTaken", "message": "taken" } }] }"#,
    );
    let up = ["up", "whole.yaml", "--yes", "--sim-faults", "faults.json"];
    let ran = sandbox.run(&up).exits(1);
    assert!(ran.stderr.contains("VaultNameTaken"), "{}", ran.stderr);
    sandbox.run(&["up", "whole.yaml", "--yes"]).ok();
    sandbox.run(&["plan", "whole.yaml", "--exit-code"]).ok();
}

#[test]
fn what_a_section_of_the_profile_makes_is_no_whole_resource_as_well() {
    let sandbox = sandbox();
    for (kind, name) in [
        ("Microsoft.Network/virtualNetworks", "demo-vnet"),
        ("microsoft.containerservice/managedclusters", "DEMO"),
        ("Microsoft.ContainerService/managedClusters/agentPools", "demo/system"),
        ("Microsoft.Network/virtualNetworks/subnets", "demo-vnet/nodes"),
    ] {
        let set = format!(
            "resources=[{{ name: {name}, type: {kind}, apiVersion: \"2025-05-01\", body: {{ location: \
             westeurope }} }}]"
        );
        let set = ["whole.yaml", "--set", "cluster.properties=null", "--set", &set];
        for command in ["check", "plan", "up"] {
            let ran = sandbox.run(&[&[command][..], &set].concat()).exits(2);
            let said = format!("a section of the profile says `{name}` too");
            assert!(ran.stderr.contains(&said), "{command} {name}: {}", ran.stderr);
        }
    }
}

#[test]
fn what_the_cluster_goes_on_to_name_is_not_pruned_from_under_it() {
    let sandbox = sandbox();
    sandbox.run(&["up", "whole.yaml", "--yes"]).ok();
    let (before, rest) = PROFILE.split_once("    securityProfile:").expect("a setting");
    let (_, rest) = rest.split_once("pools:").expect("pools");
    let (kept, rest) = rest.split_once("  - name: logs").expect("a workspace");
    let (_, vault) = rest.split_once("  - name: vault").expect("a vault");
    let less = format!("{before}pools:{kept}  - name: vault{vault}");
    sandbox.write("less.yaml", &less);
    let prune = ["up", "less.yaml", "--yes", "--prune"];
    let said = sandbox.run(&prune).ok();
    let said = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let stays = "`logs` stays: cluster `demo` goes on to name it in \
                 `securityProfile.defender.logAnalyticsWorkspaceResourceId`";
    assert!(said.contains(stays), "{said}");
    assert!(of(&sandbox, "/workspaces/logs").is_some());
    // Once it is off nothing leads there.
    let off =
        "    securityProfile: { defender: { securityMonitoring: { enabled: false } } }\npools:";
    sandbox.write("less.yaml", less.replace("pools:", off));
    sandbox.run(&prune).ok();
    assert!(of(&sandbox, "/workspaces/logs").is_none());
}

#[test]
fn what_carries_no_tags_and_lies_on_things_of_others_goes_by_the_profile() {
    let sandbox = sandbox();
    let here = json!({ "location": "westeurope" });
    sandbox.put("/resourceGroups/others", "2021-04-01", &here);
    let network = "/resourceGroups/others/providers/Microsoft.Network/virtualNetworks/hub";
    let space = json!({ "location": "westeurope",
        "properties": { "addressSpace": { "addressPrefixes": ["10.99.0.0/16"] } } });
    sandbox.put(network, "2025-07-01", &space);
    let before = sandbox.ids();
    let network = format!("{SUBSCRIPTION}{network}");
    let resources = format!(
        "resources:
  - name: to-logs
    type: Microsoft.Insights/diagnosticSettings
    apiVersion: \"2021-05-01-preview\"
    scope: {network}
    body: {{ properties: {{ workspaceId: \"${{cluster.id}}\" }} }}
  - name: 8d2c8c0a-5f0e-4c1e-9a43-6a4f0f3f1b11
    type: Microsoft.Authorization/roleAssignments
    apiVersion: \"2022-04-01\"
    scope: {network}
    body:
      properties:
        roleDefinitionId: {SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7
        principalId: ${{identity.principalId}}
        principalType: ServicePrincipal
  - name: also
    type: Microsoft.Insights/diagnosticSettings
    apiVersion: \"2021-05-01-preview\"
    scope: ${{cluster.id}}
    body: {{ properties: {{ workspaceId: x }} }}
"
    );
    let start = PROFILE.split("  properties:").next().expect("a start");
    let pools = "pools: [{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }]\n";
    let start = start.trim_end().trim_end_matches("cluster:");
    sandbox.write("whole.yaml", format!("{start}{pools}{resources}"));
    sandbox.run(&["up", "whole.yaml", "--yes"]).ok();
    sandbox.run(&["plan", "whole.yaml", "--exit-code"]).ok();
    let down = sandbox.run(&["down", "whole.yaml", "--yes"]).ok();
    assert!(down.stdout.contains("to-logs"), "{}", down.stdout);
    assert_eq!(sandbox.ids(), before);
}
