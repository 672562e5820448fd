//! What is written in another shape than a profile has: one mistake is one problem, and its hint shows
//! what to write with the words that stand there, so that it can be pasted.

use crate::support::Sandbox;

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

/// A place, what is written there, and what its hint shows instead.
const WRITTEN: [(&str, &str, &str); 31] = [
    ("names.vnet", "{name}", "\"{name}\""),
    ("network.vnet", "10.10.0.0/16", "{ cidr: 10.10.0.0/16 }"),
    ("network.vnet.cidr", "[10.10.0.0/16]", "10.10.0.0/16"),
    ("network.subnets", "[{name: nodes, cidr: 10.10.0.0/22}]", "{ nodes: { cidr: 10.10.0.0/22 } }"),
    ("network.subnets.nodes", "auto", "{ cidr: auto }"),
    ("network.subnets.nodes.serviceEndpoints", "Microsoft.Storage", "[Microsoft.Storage]"),
    ("network.podCidr", "[10.244.0.0/16]", "10.244.0.0/16"),
    ("network.ipFamilies", "dual", "[IPv4, IPv6]"),
    ("network.plugin", "cilium", "plugin: azure"),
    ("network.plugin", "overlay", "plugin: azure"),
    ("network.policy", "true", "calico"),
    ("network.outbound", "10.10.0.4", "{ nextHop: 10.10.0.4, type: … }"),
    ("network.peerings", "[hub]", "{ name: hub, vnet: … }"),
    ("network.privateZones", "[corp.internal]", "{ corp.internal: {} }"),
    ("network.bastion", "basic", "{ sku: basic }"),
    ("cluster.apiServer", "private", "{ private: true }"),
    ("cluster.apiServer.authorizedRanges", "203.0.113.0/24", "[203.0.113.0/24]"),
    ("cluster.addons", "[istio, keda]", "{ istio: true, keda: true }"),
    ("cluster.addons.istio", "asm-1-27", "{ revision: asm-1-27 }"),
    (
        "cluster.entra",
        "[aaaaaaaa-0000-0000-0000-000000000000]",
        "{ adminGroups: [aaaaaaaa-0000-0000-0000-000000000000] }",
    ),
    ("cluster.version", "[1.34]", "\"1.34\""),
    ("cluster.autoUpgrade", "true", "patch"),
    ("cluster.maintenance.nodeOs", "sunday", "{ day: sunday, start: …, hours: … }"),
    ("monitoring.logs.workspace", "my-logs", "{ name: my-logs }"),
    ("registry", "myregistry", "{ name: myregistry }"),
    ("workloadIdentities", "[orders]", "{ orders: { serviceAccounts: … } }"),
    ("workloadIdentities.orders", "shop/orders", "{ serviceAccounts: [shop/orders] }"),
    ("pools[0].autoscale", "[1,5]", "{ min: 1, max: 5 }"),
    ("pools[0].labels", "[a=b]", "{ a: b }"),
    ("pools[0].tags", "a=b", "{ a: b }"),
    ("pools", "system", "[{ name: system, vmSize: … }]"),
];

fn words(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ")
}

#[test]
fn a_wrong_shape_is_one_problem_whose_hint_can_be_pasted() {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", PROFILE);
    for (at, written, hint) in WRITTEN {
        let set = format!("{at}={written}");
        let ran = sandbox.run(&["check", "demo.yaml", "--set", &set]).exits(2);
        let said = words(&format!("{} {}", ran.stdout, ran.stderr));
        assert!(said.contains("1 problem."), "{set}: {said}");
        assert!(said.contains(&format!("`{hint}`")), "{set}: {said}");
        if hint.contains('…') || hint.starts_with("plugin:") {
            continue;
        }
        let pasted = format!("{at}={hint}");
        let ran = sandbox.run(&["check", "demo.yaml", "--set", &pasted]);
        let said = words(&format!("{} {}", ran.stdout, ran.stderr));
        assert!(!said.contains("expected") && !said.contains("takes"), "{pasted}: {said}");
    }
}

#[test]
fn a_section_that_is_one_word_is_one_problem_wherever_it_stands() {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", PROFILE);
    let extra = "network.subnets.pods={cidr: 10.10.8.0/22, natGateway: true, securityGroup: true}";
    for section in [
        "network.vnet",
        "network.outbound",
        "network.securityGroup",
        "network.routeTable",
        "network.bastion",
        "network.subnets.nodes",
        "cluster.identity",
        "cluster.apiServer",
        "cluster.maintenance",
        "cluster.storage",
        "registry",
        "monitoring",
        "pools[0].autoscale",
    ] {
        let set = format!("{section}=nonsense");
        let ran = sandbox.run(&["check", "demo.yaml", "--set", extra, "--set", &set]).exits(2);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let about =
            said.lines().filter(|line| line.starts_with("error:") && !line.contains("NAT")).count();
        assert_eq!(about, 1, "{set}: {said}");
    }
}

#[test]
fn names_of_other_tools_are_answered_with_what_is_written_here() {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", PROFILE);
    for (at, hint) in [
        ("cluster.private", "apiServer: { private: true }"),
        ("cluster.authorizedIpRanges", "apiServer: { authorizedRanges: [203.0.113.0/24] }"),
        ("cluster.autoUpgradeChannel", "autoUpgrade: patch"),
        ("cluster.sku", "tier"),
        ("cluster.disableLocalAccounts", "localAccounts: false"),
        ("cluster.addons.omsagent", "monitoring: { logs: true }"),
        ("cluster.serviceMeshProfile", "addons: { istio: true }"),
        ("monitoring.prometheus", "metrics: true"),
        ("monitoring.logs.workspaceId", "workspace: { id: … }"),
        ("network.nsg", "securityGroup"),
        ("network.peerings[0].remoteVirtualNetwork", "vnet: { id: … }"),
        ("pools[0].instanceType", "vmSize"),
        ("pools[0].desiredCapacity", "count"),
        ("names.cluster", "cluster: { name: … }"),
    ] {
        let (list, set) = ("network.peerings=[{}]", format!("{at}=x"));
        let ran = sandbox.run(&["check", "demo.yaml", "--set", list, "--set", &set]).exits(2);
        let said = words(&format!("{} {}", ran.stdout, ran.stderr));
        assert!(said.contains(&format!("write `{hint}`")), "{at}: {said}");
    }
}

#[test]
fn a_mistake_that_each_environment_of_a_matrix_has_is_one_problem() {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", PROFILE);
    for matrix in ["nonsense=1,2,3", "pools[nope].count=1,2"] {
        let ran = sandbox.run(&["plan", "demo.yaml", "--matrix", matrix]).exits(2);
        assert_eq!(ran.stderr.matches("error: ").count(), 2, "{matrix}: {}", ran.stderr);
    }
    let ran = sandbox.run(&["plan", "demo.yaml", "--matrix", "pools[0].mode=a,b"]).exits(2);
    assert_eq!(ran.stderr.matches("is no `mode`").count(), 2, "{}", ran.stderr);
}
