//! `up --prune` beside others: what they stand in or use of an environment's own stays, with all that
//! cannot be without, and is told with its user; what goes is said by what it is.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const NET: &str = "/resourceGroups/net/providers/Microsoft.Network";
const DEMO: &str = "/resourceGroups/demo/providers/Microsoft.Network";
const VERSION: &str = "2025-07-01";
const PROFILE: &str = r"apiVersion: akstool/v1
kind: Cluster
metadata: { name: demo, location: westeurope }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16 }
  subnets: { nodes: { cidr: 10.10.0.0/22 } }
pools:
  - { name: system, mode: system, vmSize: Standard_D2s_v5, count: 1 }
";

/// What the environment has for a while, what another hand does then, and what stays for it.
struct Case {
    has: &'static str,
    theirs: fn(&Sandbox),
    stays: &'static [&'static str],
    after: &'static str,
}

fn id(path: &str) -> String {
    format!("{SUBSCRIPTION}{path}")
}

/// Returns the id of the first that stands there, by a part of it.
fn of(sandbox: &Sandbox, part: &str) -> String {
    let ids = sandbox.ids();
    let found = ids.iter().find(|id| id.contains(&part.to_lowercase()));
    let found = found.unwrap_or_else(|| panic!("no {part} in {ids:?}"));
    found.strip_prefix(SUBSCRIPTION).unwrap_or(found).to_owned()
}

/// A subnet of another hand, attached to something of ours.
fn subnet(sandbox: &Sandbox, network: &str, range: &str, at: &str, to: &str) {
    let mut body = json!({ "properties": { "addressPrefix": range } });
    body["properties"][at] = json!({ "id": id(to) });
    sandbox.put(&format!("{network}/subnets/theirs"), VERSION, &body);
}

fn table(sandbox: &Sandbox) {
    let network = format!("{NET}/virtualNetworks/other");
    subnet(
        sandbox,
        &network,
        "10.99.1.0/24",
        "routeTable",
        &format!("{DEMO}/routeTables/demo-routes"),
    );
}

fn gateway(sandbox: &Sandbox) {
    let network = format!("{DEMO}/virtualNetworks/demo-vnet");
    subnet(
        sandbox,
        &network,
        "10.10.60.0/24",
        "natGateway",
        &format!("{DEMO}/natGateways/demo-natgw"),
    );
}

fn link(sandbox: &Sandbox) {
    let to = json!({ "id": id(&format!("{NET}/virtualNetworks/other")) });
    let body = json!({ "location": "global",
        "properties": { "registrationEnabled": false, "virtualNetwork": to } });
    let at = format!("{DEMO}/privateDnsZones/corp.internal/virtualNetworkLinks/theirs");
    sandbox.put(&at, "2024-06-01", &body);
}

fn cluster(sandbox: &Sandbox) {
    let set = ["metadata.resourceGroup=two", "network.vnet.cidr=10.20.0.0/16"];
    let nodes = "network.subnets.nodes.cidr=10.20.0.0/22";
    let args = ["up", "demo.yaml", "--yes", "--name", "two", "--set", set[0], "--set", set[1]];
    sandbox.run(&[&args[..], &["--set", nodes]].concat()).ok();
    let rule = id(
        "/resourceGroups/demo/providers/Microsoft.Insights/dataCollectionRules/MSCI-westeurope-demo",
    );
    let at = "/resourceGroups/two/providers/Microsoft.ContainerService/managedClusters/two/providers/\
              Microsoft.Insights/dataCollectionRuleAssociations/ContainerInsightsExtension";
    sandbox.put(at, "2022-06-01", &json!({ "properties": { "dataCollectionRuleId": rule } }));
}

fn endpoint(sandbox: &Sandbox) {
    let network = format!("{NET}/virtualNetworks/other/subnets/theirs");
    sandbox.put(&network, VERSION, &json!({ "properties": { "addressPrefix": "10.99.1.0/24" } }));
    let registry = id(&of(sandbox, "Microsoft.ContainerRegistry/registries"));
    let connection = json!({ "name": "one", "properties":
        { "privateLinkServiceId": registry, "groupIds": ["registry"] } });
    let body = json!({ "location": "westeurope", "properties":
        { "subnet": { "id": id(&network) }, "privateLinkServiceConnections": [connection] } });
    sandbox.put(&format!("{NET}/privateEndpoints/theirs"), VERSION, &body);
}

const CASES: &[Case] = &[
    Case {
        has: "network.routes=[{name: a, cidr: 10.98.0.0/16, nextHop: 10.10.0.9}]",
        theirs: table,
        stays: &["route table `demo-routes`"],
        after: "cluster.tier=free",
    },
    Case {
        has: "network.outbound={type: userAssignedNATGateway}",
        theirs: gateway,
        stays: &["NAT gateway `demo-natgw`", "public IP address `demo-egress-1`"],
        after: "network.outbound={type: loadBalancer}",
    },
    Case {
        has: "network.privateZones={\"corp.internal\": {}}",
        theirs: link,
        stays: &["private DNS zone `corp.internal`"],
        after: "cluster.tier=free",
    },
    Case {
        has: "monitoring.logs=true",
        theirs: cluster,
        stays: &[
            "data collection rule `MSCI-westeurope-demo`",
            "Log Analytics workspace `demo-logs`",
        ],
        after: "monitoring.logs=false",
    },
    Case {
        has: "registry={sku: premium}",
        theirs: endpoint,
        stays: &["container registry `demo"],
        after: "cluster.tier=free",
    },
];

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_others_use_stays_with_all_that_it_cannot_be_without() {
    for case in CASES {
        let sandbox = Sandbox::new();
        sandbox.write("demo.yaml", PROFILE);
        sandbox.put("/resourceGroups/net", "2021-04-01", &json!({ "location": "westeurope" }));
        let space = json!({ "addressSpace": { "addressPrefixes": ["10.99.0.0/16"] } });
        let other = json!({ "location": "westeurope", "properties": space });
        sandbox.put(&format!("{NET}/virtualNetworks/other"), VERSION, &other);
        sandbox.run(&["up", "demo.yaml", "--yes", "--set", case.has]).ok();
        (case.theirs)(&sandbox);
        let up = ["up", "demo.yaml", "--yes", "--prune", "--set", case.after, "--trace", "trace"];
        let ran = sandbox.run(&up);
        assert_eq!(ran.code, 0, "{}: {}{}", case.has, ran.stdout, ran.stderr);
        let said = words(&format!("{} {}", ran.stdout, ran.stderr));
        for stays in case.stays {
            let told = said.split("note: ").any(|note| {
                note.starts_with(stays) && note.contains("is not in the profile and stays")
            });
            assert!(told, "{}: {stays}: {said}", case.has);
        }
        let refused = std::fs::read_to_string(sandbox.path("trace")).expect("a trace");
        let refused = refused.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let refused = refused.filter(|one| {
            one["method"] == "DELETE" && one["status"].as_u64().is_some_and(|status| status >= 400)
        });
        assert_eq!(refused.count(), 0, "{}", case.has);
    }
}

#[test]
fn a_right_that_goes_is_said_by_what_it_gave() {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", PROFILE);
    sandbox.run(&["up", "demo.yaml", "--yes", "--set", "registry={}"]).ok();
    let said = sandbox.run(&["plan", "demo.yaml", "--prune"]).ok().stdout;
    assert!(said.contains("AcrPull for demo on container registry"), "{said}");
}

#[test]
fn trust_that_another_hand_put_into_an_identity_of_ours_is_told_before_it_goes() {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", PROFILE);
    let on = ["--set", "cluster.workloadIdentity=true"];
    let pods = ["--set", "workloadIdentities={orders: {serviceAccounts: [shop/orders]}}"];
    sandbox.run(&[&["up", "demo.yaml", "--yes"][..], &on, &pods].concat()).ok();
    let identity = of(&sandbox, "userAssignedIdentities/demo-orders");
    let trust = json!({ "properties": { "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:a/b:ref:refs/heads/main", "audiences": ["api://AzureADTokenExchange"] } });
    sandbox.put(&format!("{identity}/federatedIdentityCredentials/theirs"), "2023-01-31", &trust);
    let prune = sandbox.run(&[&["plan", "demo.yaml", "--prune"][..], &on].concat()).ok();
    let down = sandbox.run(&["down", "demo", "--yes"]).ok();
    for said in [prune, down].map(|ran| words(&format!("{} {}", ran.stdout, ran.stderr))) {
        assert!(said.contains("`theirs` in `demo-orders` is not ours and goes with it"), "{said}");
        assert!(!said.contains("`shop"), "{said}");
    }
}
