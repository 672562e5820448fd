//! Where images come from: a registry of the environment's own, and one of another hand.

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

const SHARED: &str = "/resourceGroups/shared";
const ROLE: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const GRANTS: &str = "providers/Microsoft.Authorization/roleAssignments";

fn theirs() -> String {
    format!("{SHARED}/providers/Microsoft.ContainerRegistry/registries/theirs")
}

/// The profile with this registry.
fn write(sandbox: &Sandbox, registry: &str) {
    sandbox.write("demo.yaml", format!("{PROFILE}{registry}\n"));
}

/// A subscription in which another hand's registry stands.
fn beside_theirs() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put(SHARED, "2021-04-01", &json!({ "location": "westeurope" }));
    let body = json!({ "location": "westeurope", "sku": { "name": "Basic" }, "properties": {} });
    sandbox.put(&theirs(), "2025-11-01", &body);
    sandbox
}

fn attached() -> String {
    format!("registry: {{ id: {SUBSCRIPTION}{} }}", theirs())
}

fn up(sandbox: &Sandbox) {
    sandbox.run(&["up", "demo.yaml", "--yes"]).ok();
    let again = sandbox.run(&["up", "demo.yaml", "--yes"]).ok();
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

/// Returns what stands under a type whose name ends so.
fn of_type(sandbox: &Sandbox, end: &str) -> Vec<Value> {
    let end = end.to_ascii_lowercase();
    let is_it = |one: &Value| {
        one["type"].as_str().is_some_and(|kind| kind.to_ascii_lowercase().ends_with(&end))
    };
    sandbox.store().into_iter().filter(is_it).collect()
}

/// Returns whom the nodes act as.
fn nodes(sandbox: &Sandbox) -> Value {
    let cluster = of_type(sandbox, "managedClusters").remove(0);
    cluster["properties"]["identityProfile"]["kubeletidentity"]["objectId"].clone()
}

/// Returns the rights to fetch images.
fn pulls(sandbox: &Sandbox) -> Vec<Value> {
    let mut all = of_type(sandbox, "roleAssignments");
    all.retain(|one| one["properties"]["roleDefinitionId"].to_string().contains(ROLE));
    all
}

#[test]
fn a_registry_of_its_own_is_made_changed_and_taken_away_with_its_right() {
    let sandbox = Sandbox::new();
    write(&sandbox, "registry: {}");
    up(&sandbox);
    assert_eq!(pulls(&sandbox)[0]["properties"]["principalId"], nodes(&sandbox));
    write(&sandbox, "registry: { sku: premium, adminUser: true }");
    up(&sandbox);
    let registry = of_type(&sandbox, "registries").remove(0);
    assert_eq!(registry["sku"]["name"], "Premium");
    assert_eq!(registry["properties"]["adminUserEnabled"], true);

    // What leaves the profile stays, until it is pruned.
    write(&sandbox, "");
    up(&sandbox);
    assert_eq!((of_type(&sandbox, "registries").len(), pulls(&sandbox).len()), (1, 1));
    sandbox.run(&["up", "demo.yaml", "--yes", "--prune"]).ok();
    assert_eq!((of_type(&sandbox, "registries").len(), pulls(&sandbox).len()), (0, 0));

    write(&sandbox, "registry: {}");
    up(&sandbox);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn of_a_registry_of_another_hand_down_takes_the_right_and_nothing_else() {
    let sandbox = beside_theirs();
    let before = sandbox.ids();
    write(&sandbox, &attached());
    up(&sandbox);
    let [right] = &pulls(&sandbox)[..] else { panic!("one right: {:?}", pulls(&sandbox)) };
    assert!(right["id"].as_str().is_some_and(|id| id.contains("registries/theirs")), "{right}");
    assert_eq!(right["properties"]["principalId"], nodes(&sandbox));
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn an_equal_right_of_another_hand_counts_and_stays() {
    let sandbox = beside_theirs();
    write(&sandbox, "");
    up(&sandbox);
    let definition = "providers/Microsoft.Authorization/roleDefinitions";
    let body = json!({ "properties": {
        "principalId": nodes(&sandbox),
        "principalType": "ServicePrincipal",
        "roleDefinitionId": format!("{SUBSCRIPTION}/{definition}/{ROLE}"),
    } });
    let name = "11111111-2222-3333-4444-555555555555";
    sandbox.put(&format!("{}/{GRANTS}/{name}", theirs()), "2022-04-01", &body);
    write(&sandbox, &attached());
    up(&sandbox);
    assert_eq!(pulls(&sandbox).len(), 1, "no second one");
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(pulls(&sandbox).len(), 1, "it is theirs");
}
