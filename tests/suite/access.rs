//! Who reaches a cluster, and as whom it and its pods act.

use serde_json::{Value, json};

use crate::support::Sandbox;

/// A profile with these lines below `cluster` and at its end.
fn profile(cluster: &str, end: &str) -> String {
    format!(
        "apiVersion: akstool/v1
kind: Cluster
metadata: {{ name: demo, location: westeurope }}
network:
  plugin: azure
  mode: overlay
  vnet: {{ cidr: 10.10.0.0/16 }}
  subnets: {{ nodes: {{ cidr: 10.10.1.0/24 }} }}
cluster:
  tier: standard
{cluster}
pools: [{{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }}]
{end}
"
    )
}

fn sandbox(cluster: &str, end: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", profile(cluster, end));
    sandbox
}

/// What stands at a place of the cluster.
fn cluster(sandbox: &Sandbox, place: &str) -> Value {
    let store = sandbox.store();
    let is_it =
        |one: &&Value| one["id"].as_str().is_some_and(|id| id.ends_with("/managedClusters/demo"));
    let found = store.iter().find(is_it).expect("a cluster");
    found.pointer(&format!("/properties/{place}")).cloned().unwrap_or_default()
}

/// Makes what the profile says, and sees that there is nothing left to do.
fn settles(sandbox: &Sandbox, set: &[&str]) {
    sandbox.run(&[&["up", "demo.yaml", "--yes"][..], set].concat()).ok();
    sandbox.run(&[&["plan", "demo.yaml", "--exit-code"][..], set].concat()).ok();
}

#[test]
fn ranges_that_may_reach_the_api_server_are_set_changed_and_given_up() {
    let ranges = "apiServerAccessProfile/authorizedIPRanges";
    let sandbox =
        sandbox("  apiServer: { authorizedRanges: [203.0.113.7], runCommand: false }", "");
    settles(&sandbox, &[]);
    assert_eq!(cluster(&sandbox, ranges), json!(["203.0.113.7/32"]));
    assert_eq!(cluster(&sandbox, "apiServerAccessProfile/disableRunCommand"), true);
    let more = ["--set", "cluster.apiServer.authorizedRanges=[198.51.100.0/24, 203.0.113.7/32]"];
    let told = sandbox.run(&[&["plan", "demo.yaml"][..], &more].concat()).ok().stdout;
    assert!(told.contains("authorizedIPRanges"), "{told}");
    assert!(!told.contains("restarts") && !told.contains("cost not known"), "{told}");
    settles(&sandbox, &more);
    let turned = ["--set", "cluster.apiServer.authorizedRanges=[203.0.113.7, 198.51.100.0/24]"];
    sandbox.run(&[&["plan", "demo.yaml", "--exit-code"][..], &turned].concat()).ok();
    let open = [
        "--set",
        "cluster.apiServer.authorizedRanges=[]",
        "--set",
        "cluster.apiServer.runCommand=true",
    ];
    settles(&sandbox, &open);
    assert_eq!(cluster(&sandbox, ranges), json!([]));
    assert_ne!(cluster(&sandbox, "apiServerAccessProfile/disableRunCommand"), true);
    sandbox.run(&["down", "demo", "--yes"]).ok();
}

#[test]
fn ranges_beside_what_does_not_come_from_them_are_advice() {
    let says = |cluster: &str, what: &str| {
        let ran = sandbox(cluster, "").run(&["check", "demo.yaml"]).ok();
        assert!(ran.stdout.contains(what), "{}", ran.stdout);
    };
    says("  apiServer: { authorizedRanges: [10.1.0.0/16] }", "nobody comes to a public API server");
    let sandbox = sandbox("  apiServer: { authorizedRanges: [203.0.113.7] }", "");
    let routed = ["--set", "network.outbound={ type: userDefinedRouting, nextHop: 10.10.9.4 }"];
    let ran = sandbox.run(&[&["check", "demo.yaml"][..], &routed].concat()).ok();
    assert!(ran.stdout.contains("through the appliance"), "{}", ran.stdout);
}

const GROUP: &str = "11111111-2222-3333-4444-555555555555";

#[test]
fn entra_id_comes_to_a_standing_cluster_and_stays() {
    let sandbox = sandbox("", "");
    settles(&sandbox, &[]);
    let on = format!("cluster.entra={{ adminGroups: [{GROUP}], azureRbac: true }}");
    let on = ["--set", &on, "--set", "cluster.localAccounts=false"];
    let told = sandbox.run(&[&["plan", "demo.yaml"][..], &on].concat()).ok().stdout;
    for part in ["goes over to Entra ID for good", "no more accounts of its own"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(!told.contains("restarts") && !told.contains("cost not known"), "{told}");
    settles(&sandbox, &on);
    let profile = cluster(&sandbox, "aadProfile");
    assert_eq!(profile["managed"], true);
    assert_eq!(profile["enableAzureRBAC"], true);
    assert_eq!(profile["adminGroupObjectIDs"], json!([GROUP]));
    let refused = sandbox.run(&["kubeconfig", "demo", "--admin", "--print"]).exits(1);
    assert!(refused.stderr.contains("leave `--admin` out"), "{}", refused.stderr);
    let user = sandbox.run(&["kubeconfig", "demo", "--print"]).ok();
    assert!(user.stdout.contains("kubelogin"), "{}", user.stdout);
    let off = ["--set", "cluster.entra=false"];
    let told = sandbox.run(&[&["plan", "demo.yaml", "--exit-code"][..], &off].concat()).ok().stdout;
    assert!(told.contains("`aadProfile.managed` stays on: Azure cannot switch it off"), "{told}");
    let less = ["--set", "cluster.entra={ azureRbac: false, adminGroups: [] }"];
    settles(&sandbox, &less);
    assert_eq!(cluster(&sandbox, "aadProfile/enableAzureRBAC"), false);
    sandbox.run(&["down", "demo", "--yes"]).ok();
}

#[test]
fn a_cluster_without_any_administrator_is_advice() {
    let ran =
        sandbox("  entra: true\n  localAccounts: false", "").run(&["check", "demo.yaml"]).ok();
    assert!(ran.stdout.contains("nobody is administrator of this cluster"), "{}", ran.stdout);
}

#[test]
fn what_is_adopted_says_who_comes_in() {
    let sandbox = sandbox(
        &format!(
            "  apiServer: {{ authorizedRanges: [203.0.113.7], runCommand: false }}
  entra: {{ adminGroups: [{GROUP}] }}
  localAccounts: false"
        ),
        "",
    );
    settles(&sandbox, &[]);
    let group = format!("{}/resourceGroups/demo", crate::support::SUBSCRIPTION);
    let id = format!("{group}/providers/Microsoft.ContainerService/managedClusters/demo");
    let said = sandbox.run(&["adopt", &id]).ok().stdout;
    for part in ["authorizedRanges", "203.0.113.7/32", "runCommand: false", "adminGroups", GROUP] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains("aadProfile"), "{said}");
}

const IDENTITIES: &str = "providers/Microsoft.ManagedIdentity/userAssignedIdentities";

/// The end of every id that stands, sorted.
fn stands(sandbox: &Sandbox, kind: &str) -> Vec<String> {
    let store = sandbox.store();
    let is_it = |one: &&Value| {
        one["type"].as_str().is_some_and(|of| of.to_ascii_lowercase().ends_with(kind))
    };
    let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<String> = store.iter().filter(is_it).map(name).collect();
    all.sort();
    all
}

/// To whom the rights of a role are given.
fn given(sandbox: &Sandbox, role: &str) -> Vec<Value> {
    let store = sandbox.store();
    let all = store.iter().map(|one| &one["properties"]);
    let of = all.filter(|one| one["roleDefinitionId"].to_string().contains(role));
    of.map(|one| one["principalId"].clone()).collect()
}

const ACR_PULL: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const OPERATOR: &str = "f1a07417-d97a-45cb-824c-7a7467783830";

#[test]
fn nodes_act_as_an_identity_of_the_environment_and_fetch_images_as_it() {
    let sandbox = sandbox("  kubeletIdentity: true", "registry: {}");
    settles(&sandbox, &[]);
    let profile = cluster(&sandbox, "identityProfile/kubeletidentity");
    assert!(profile["resourceId"].to_string().contains("demo-kubelet"), "{profile}");
    assert_eq!(given(&sandbox, ACR_PULL), [profile["objectId"].clone()]);
    assert_eq!(given(&sandbox, OPERATOR).len(), 1);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn another_identity_of_the_nodes_makes_them_anew_and_the_plan_says_so() {
    let sandbox = sandbox("", "registry: {}");
    settles(&sandbox, &[]);
    let before = given(&sandbox, ACR_PULL);
    let own = ["--set", "cluster.kubeletIdentity=true"];
    let told = sandbox.run(&[&["plan", "demo.yaml"][..], &own].concat()).ok().stdout;
    assert!(told.contains("kubeletidentity") && told.contains("restarts nodes"), "{told}");
    settles(&sandbox, &own);
    let now = cluster(&sandbox, "identityProfile/kubeletidentity/objectId");
    assert!(given(&sandbox, ACR_PULL).contains(&now) && !before.contains(&now));

    // What the profile no longer says is left alone, and not pulled from under the nodes.
    let kept = sandbox.run(&["up", "demo.yaml", "--yes", "--prune"]).ok();
    let says = "identity `demo-kubelet` stays: the nodes of cluster `demo` act as it";
    assert!(kept.stderr.contains(says) || kept.stdout.contains(says), "{}", kept.stderr);
    assert!(stands(&sandbox, "userassignedidentities").contains(&"demo-kubelet".to_owned()));
    assert_eq!(given(&sandbox, OPERATOR).len(), 1, "without it no node could be made");
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn the_right_of_the_identity_that_nodes_acted_as_goes_with_prune() {
    let sandbox = sandbox("", "registry: {}");
    settles(&sandbox, &[]);
    let own = ["--set", "cluster.kubeletIdentity=true", "--prune"];
    settles(&sandbox, &own);
    let now = cluster(&sandbox, "identityProfile/kubeletidentity/objectId");
    assert_eq!(given(&sandbox, ACR_PULL), [now]);
}

#[test]
fn an_identity_of_another_hand_is_lent_to_the_nodes_and_stays() {
    let sandbox = sandbox("", "");
    let group = format!("{}/resourceGroups/theirs", crate::support::SUBSCRIPTION);
    let place = json!({ "location": "westeurope" });
    sandbox.put("/resourceGroups/theirs", "2025-04-01", &place);
    sandbox.put(&format!("/resourceGroups/theirs/{IDENTITIES}/nodes"), "2024-11-30", &place);
    let before = sandbox.ids();
    let theirs = format!("cluster.kubeletIdentity={{ id: {group}/{IDENTITIES}/nodes }}");
    let theirs = ["--set", theirs.as_str(), "--set", "network={ plugin: azure, mode: overlay }"];
    settles(&sandbox, &theirs);
    let profile = cluster(&sandbox, "identityProfile/kubeletidentity/resourceId");
    assert!(profile.as_str().is_some_and(|id| id.ends_with("/nodes")), "{profile}");
    assert!(stands(&sandbox, "userassignedidentities").contains(&"demo-identity".to_owned()));
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), before);
}

const WORKLOADS: &str = "workloadIdentities:
  orders:
    serviceAccounts: [shop/orders, shop/worker, billing/orders]
    roles:
      - { role: AcrPush, scope: '${registry.id}' }
      - { role: 2a2b9908-6ea1-4ae2-8e65-a410df84e7d1, scope: '${group.id}' }
  mail: { serviceAccounts: [shop/mail] }
registry: {}";

const ACR_PUSH: &str = "8311e382-0749-4cb8-b32a-304f252e45ec";

#[test]
fn pods_act_as_identities_that_trust_their_service_accounts() {
    let sandbox = sandbox("  workloadIdentity: true", WORKLOADS);
    let told = sandbox.run(&["plan", "demo.yaml"]).ok().stdout;
    assert!(told.contains("AcrPush for demo-orders on container registry"), "{told}");
    let ran = sandbox.run(&["up", "demo.yaml", "--yes"]).ok();
    assert!(ran.stderr.contains("next: akstool status demo"), "{}", ran.stderr);
    sandbox.run(&["plan", "demo.yaml", "--exit-code"]).ok();
    let trusted = ["billing_orders", "shop_mail", "shop_orders", "shop_worker"];
    assert_eq!(stands(&sandbox, "federatedidentitycredentials"), trusted);
    let store = sandbox.store();
    let one = store.iter().find(|one| one["name"] == "shop_orders").expect("a credential");
    assert_eq!(one["properties"]["issuer"], cluster(&sandbox, "oidcIssuerProfile/issuerURL"));
    assert_eq!(one["properties"]["subject"], "system:serviceaccount:shop:orders");
    assert_eq!(one["properties"]["audiences"], json!(["api://AzureADTokenExchange"]));
    let orders = store.iter().find(|one| one["name"] == "demo-orders").expect("an identity");
    assert_eq!(given(&sandbox, ACR_PUSH), [orders["properties"]["principalId"].clone()]);

    // Whoever annotates the service accounts needs the client ids.
    let client = orders["properties"]["clientId"].as_str().expect("a client");
    let env = sandbox.run(&["status", "demo", "--outputs", "env"]).ok().stdout;
    let line = env.lines().find(|line| line.starts_with("AKSTOOL_WORKLOAD_CLIENT_IDS="));
    assert!(line.is_some_and(|line| line.contains(&format!("orders={client}"))), "{env}");
    let status = sandbox.run(&["status", "demo"]).ok().stdout;
    assert!(status.contains(&format!("client {client}")), "{status}");
    let events = sandbox.run(&["up", "demo.yaml", "--yes", "-o", "json"]).ok().events();
    let outputs = events.iter().find(|event| event["event"] == "outputs").expect("outputs");
    assert_eq!(outputs["workloadClientIds"]["orders"], client);
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn trust_that_leaves_the_profile_is_named_and_goes_with_prune() {
    let sandbox = sandbox("  workloadIdentity: true", WORKLOADS);
    settles(&sandbox, &[]);
    let fewer = "workloadIdentities:
  orders: { serviceAccounts: [shop/orders] }
registry: {}";
    sandbox.write("demo.yaml", profile("  workloadIdentity: true", fewer));
    let told = sandbox.run(&["plan", "demo.yaml"]).ok().stdout;
    for part in ["federated credential `demo-orders/shop_worker`", "identity `demo-mail`"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert_eq!(stands(&sandbox, "federatedidentitycredentials").len(), 4);
    settles(&sandbox, &["--prune"]);
    assert_eq!(stands(&sandbox, "federatedidentitycredentials"), ["shop_orders"]);
    assert!(given(&sandbox, ACR_PUSH).is_empty());
    assert!(!stands(&sandbox, "userassignedidentities").contains(&"demo-mail".to_owned()));
    sandbox.write("demo.yaml", profile("  workloadIdentity: true", ""));
    settles(&sandbox, &["--prune"]);
    assert_eq!(stands(&sandbox, "userassignedidentities").len(), 2, "the cluster's and its nodes'");
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn a_role_is_given_on_a_group_or_a_subscription_as_well() {
    let group = format!("{}/resourceGroups/others", crate::support::SUBSCRIPTION);
    for scope in [group.as_str(), crate::support::SUBSCRIPTION] {
        let end = format!(
            "workloadIdentities: {{ orders: {{ serviceAccounts: [shop/orders], roles: [{{ role: Reader, \
             scope: {scope} }}] }} }}"
        );
        let sandbox = sandbox("  workloadIdentity: true", &end);
        sandbox.put("/resourceGroups/others", "2021-04-01", &json!({ "location": "westeurope" }));
        let before = sandbox.ids();
        settles(&sandbox, &[]);
        let given = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/");
        let ids: Vec<String> = sandbox.ids();
        let is_given = |id: &&String| id.to_lowercase().starts_with(&given.to_lowercase());
        assert_eq!(ids.iter().filter(is_given).count(), 1, "{ids:?}");
        sandbox.run(&["down", "demo", "--yes"]).ok();
        assert_eq!(sandbox.ids(), before);
    }
    let nowhere = "workloadIdentities: { orders: { serviceAccounts: [shop/orders], roles: [{ role: \
                   Reader, scope: /subscriptions/x/resourceGroups } ] } }";
    let refused =
        sandbox("  workloadIdentity: true", nowhere).run(&["check", "demo.yaml"]).exits(2);
    assert!(refused.stderr.contains("a resource, a group or a subscription"), "{}", refused.stderr);
}
