//! Addresses of a way out, parts that give way to each other, and one subnet under two keys.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const API: &str = "2025-07-01";

fn profile(more: &str) -> String {
    format!(
        "apiVersion: akstool/v1
kind: Cluster
metadata: {{ name: one, location: westeurope }}
network:
  plugin: azure
  mode: overlay
  vnet: {{ cidr: 10.20.0.0/16 }}
  subnets: {{ nodes: {{ cidr: 10.20.1.0/24 }} }}
{more}
pools:
  - {{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 2 }}
"
    )
}

fn group() -> String {
    format!("{SUBSCRIPTION}/resourceGroups/net")
}

/// Places what another hand made, under its whole id.
fn put(sandbox: &Sandbox, id: &str, version: &str, body: &Value) {
    sandbox.put(
        id.strip_prefix(SUBSCRIPTION).expect("an id below the subscription"),
        version,
        body,
    );
}

/// What another team has: a Basic address, one that a gateway has, and a gateway without any.
fn others() -> Sandbox {
    let sandbox = Sandbox::new();
    let place = json!({ "location": "westeurope" });
    put(&sandbox, &group(), "2025-04-01", &place);
    let provider = format!("{}/providers/Microsoft.Network", group());
    let address = |sku: &str| json!({ "location": "westeurope", "sku": { "name": sku }, "properties": { "publicIPAllocationMethod": "Static" } });
    put(&sandbox, &format!("{provider}/publicIPAddresses/basic"), API, &address("Basic"));
    put(&sandbox, &format!("{provider}/publicIPAddresses/taken"), API, &address("Standard"));
    let gateway = |ips: &Value| json!({ "location": "westeurope", "sku": { "name": "Standard" }, "properties": { "publicIpAddresses": ips } });
    let taken = json!([{ "id": format!("{provider}/publicIPAddresses/taken") }]);
    put(&sandbox, &format!("{provider}/natGateways/theirs"), API, &gateway(&taken));
    put(&sandbox, &format!("{provider}/natGateways/empty"), API, &gateway(&json!([])));
    sandbox
}

#[test]
fn an_address_that_cannot_be_the_way_out_is_told_before_the_first_write() {
    let sandbox = others();
    let ip =
        |name: &str| format!("{}/providers/Microsoft.Network/publicIPAddresses/{name}", group());
    for (kind, name, said) in [
        ("userAssignedNATGateway", "basic", "`basic` is of the Basic SKU"),
        ("loadBalancer", "basic", "`basic` is of the Basic SKU"),
        ("loadBalancer", "taken", "`taken` is in use by `theirs`"),
        ("userAssignedNATGateway", "taken", "`taken` is in use by `theirs`"),
    ] {
        let out = format!("  outbound: {{ type: {kind}, publicIPs: [ {} ] }}", ip(name));
        sandbox.write("one.yaml", profile(&out));
        let ran = sandbox.run(&["plan", "one.yaml"]).ok();
        assert!(ran.stdout.contains(said), "{kind} {name}: {}", ran.stdout);
        let before = sandbox.ids();
        let ran = sandbox.run(&["up", "one.yaml", "--yes"]).exits(1);
        assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
        assert_eq!(sandbox.ids(), before);
    }
    let prefix = format!("{}/providers/Microsoft.Network/publicIPPrefixes/none", group());
    let out = format!("  outbound: {{ type: loadBalancer, publicIPPrefixes: [ {prefix} ] }}");
    sandbox.write("one.yaml", profile(&out));
    let ran = sandbox.run(&["plan", "one.yaml"]).exits(4);
    assert!(ran.stdout.contains("public IP prefix `none` does not exist"), "{}", ran.stdout);
}

#[test]
fn a_gateway_without_an_address_is_told_where_nodes_stand_behind_it() {
    let sandbox = others();
    let provider = format!("{}/providers/Microsoft.Network", group());
    let gateway = format!("{provider}/natGateways/empty");
    let subnet = json!({ "name": "aks", "properties": { "addressPrefix": "10.40.1.0/24", "natGateway": { "id": gateway } } });
    let network = json!({ "location": "westeurope", "properties": { "addressSpace": { "addressPrefixes": ["10.40.0.0/16"] }, "subnets": [subnet] } });
    put(&sandbox, &format!("{provider}/virtualNetworks/v"), API, &network);
    let text = profile(&format!(
        "  outbound: {{ type: userAssignedNATGateway, natGateway: {{ id: {gateway} }} }}"
    ));
    let text = text.replace("  vnet: { cidr: 10.20.0.0/16 }\n", "").replace(
        "{ cidr: 10.20.1.0/24 }",
        &format!("{{ id: {provider}/virtualNetworks/v/subnets/aks }}"),
    );
    sandbox.write("one.yaml", text);
    let ran = sandbox.run(&["plan", "one.yaml"]).ok();
    assert!(ran.stdout.contains("NAT gateway `empty` has no public address"), "{}", ran.stdout);
}

#[test]
fn addresses_that_nobody_counts_any_more_stay() {
    let sandbox = Sandbox::new();
    let out =
        |more: &str| profile(&format!("  outbound: {{ type: userAssignedNATGateway{more} }}"));
    sandbox.write("one.yaml", out(", natGateway: { publicIPs: 3 }"));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox.write("one.yaml", out(""));
    for more in [&[][..], &["--prune"]] {
        let ran = sandbox.run(&[&["plan", "one.yaml", "--exit-code"], more].concat()).ok();
        assert!(!ran.stdout.contains("egress-3"), "{}", ran.stdout);
    }
    sandbox.write("one.yaml", out(", natGateway: { publicIPs: 2 }"));
    sandbox.run(&["up", "one.yaml", "--yes", "--prune"]).ok();
    assert!(!sandbox.ids().iter().any(|id| id.ends_with("one-egress-3")));
}

#[test]
fn what_is_renamed_takes_the_place_of_what_it_was() {
    let sandbox = Sandbox::new();
    let parts = |rule: &str, route: &str| {
        profile(&format!(
            "  securityGroup: true
  securityRules: [ {{ name: {rule}, priority: 200, ports: [443] }} ]
  routes: [ {{ name: {route}, cidr: 192.168.0.0/16, nextHop: 10.20.0.4 }} ]"
        ))
    };
    sandbox.write("one.yaml", parts("web", "office"));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox.write("one.yaml", parts("https", "branch"));
    let ran = sandbox.run(&["plan", "one.yaml"]).ok();
    assert!(!ran.stdout.contains("left alone"), "{}", ran.stdout);
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox.run(&["plan", "one.yaml", "--exit-code"]).ok();
    let world = Value::from(sandbox.store()).to_string();
    let named = |end: &str| world.contains(&format!("{end}\""));
    assert!(named("securityRules/https") && named("routes/branch"));
    assert!(!named("securityRules/web") && !named("routes/office"));
}

#[test]
fn what_azure_takes_only_in_the_place_of_another_comes_after_its_deletion() {
    let sandbox = Sandbox::new();
    put(&sandbox, &group(), "2025-04-01", &json!({ "location": "westeurope" }));
    let hub = format!("{}/providers/Microsoft.Network/virtualNetworks/hub", group());
    let space = json!({ "location": "westeurope", "properties": { "addressSpace": { "addressPrefixes": ["10.99.0.0/16"] } } });
    put(&sandbox, &hub, API, &space);
    let named = |subnet: &str, peering: &str| {
        let text =
            profile(&format!("  peerings: [ {{ name: {peering}, vnet: {{ id: {hub} }} }} ]"));
        let nodes = "nodes: { cidr: 10.20.1.0/24 }";
        text.replace(nodes, &format!("{nodes}, {subnet}: {{ cidr: 10.20.2.0/24 }}"))
    };
    sandbox.write("one.yaml", named("apps", "hub"));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox.write("one.yaml", named("web", "center"));
    let ran = sandbox.run(&["plan", "one.yaml"]).ok();
    for said in
        ["Subnet `apps` of network `one-vnet` has 10.20.2.0/24", "two networks are peered once"]
    {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let before = sandbox.ids();
    sandbox.run(&["up", "one.yaml", "--yes"]).exits(1);
    assert_eq!(sandbox.ids(), before);
    sandbox.run(&["up", "one.yaml", "--yes", "--prune"]).ok();
    sandbox.run(&["plan", "one.yaml", "--prune", "--exit-code"]).ok();
    let world = Value::from(sandbox.store()).to_string();
    assert!(world.contains("subnets/web\"") && !world.contains("subnets/apps\""));
    assert!(world.contains("\"Connected\"") && !world.contains("\"Disconnected\""));
}

#[test]
fn a_part_of_another_hand_never_gives_way() {
    let sandbox = Sandbox::new();
    let rules =
        |rules: &str| profile(&format!("  securityGroup: true\n  securityRules: [ {rules} ]"));
    sandbox.write("one.yaml", rules(""));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    let group = format!(
        "{SUBSCRIPTION}/resourceGroups/one/providers/Microsoft.Network/networkSecurityGroups/one-nsg"
    );
    let theirs = json!({ "properties": { "priority": 200, "direction": "Inbound", "access": "Deny", "protocol": "*",
        "sourcePortRange": "*", "destinationPortRange": "*", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*" } });
    put(&sandbox, &format!("{group}/securityRules/audit"), API, &theirs);
    sandbox.write("one.yaml", rules("{ name: web, priority: 200, ports: [443] }"));
    let ran = sandbox.run(&["plan", "one.yaml"]).exits(4);
    assert!(ran.stdout.contains("has `audit` of another hand"), "{}", ran.stdout);
    sandbox.run(&["up", "one.yaml", "--yes"]).exits(4);
    assert!(Value::from(sandbox.store()).to_string().contains("securityRules/audit"));
}

#[test]
fn one_subnet_under_two_keys_is_counted_once_and_handed_to_aks() {
    let sandbox = Sandbox::new();
    put(&sandbox, &group(), "2025-04-01", &json!({ "location": "westeurope" }));
    let network = format!("{}/providers/Microsoft.Network/virtualNetworks/v", group());
    let subnet =
        |name: &str, range: &str| json!({ "name": name, "properties": { "addressPrefix": range } });
    let body = json!({ "location": "westeurope", "properties": { "addressSpace": { "addressPrefixes": ["10.50.0.0/16"] },
        "subnets": [subnet("nodes", "10.50.1.0/24"), subnet("pods", "10.50.8.0/21")] } });
    put(&sandbox, &network, API, &body);
    let text = |more: &str, key: &str| {
        format!(
            "apiVersion: akstool/v1
kind: Cluster
metadata: {{ name: one, location: westeurope }}
network:
  plugin: azure
  mode: pod-subnet
  subnets:
    nodes: {{ id: {network}/subnets/nodes }}
    pods: {{ id: {network}/subnets/pods }}
{more}
pools:
  - {{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 2 }}
  - {{ name: work, vmSize: Standard_D2s_v5, count: 2, podSubnet: {key} }}
"
        )
    };
    let other = format!("    second: {{ id: {}/subnets/PODS }}", network.replace("/v", "/V"));
    let grows = |text: String| {
        sandbox.write("one.yaml", text);
        let ran = sandbox.run(&["network", "one.yaml", "--live"]).ok();
        let line = ran.stdout.lines().find(|line| line.starts_with("Grows to"));
        line.unwrap_or_else(|| panic!("{}", ran.stdout)).to_owned()
    };
    assert_eq!(grows(text(&other, "second")), grows(text("", "pods")));
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    let world = sandbox.store();
    let pods =
        world.iter().find(|one| one["id"].as_str().is_some_and(|id| id.ends_with("subnets/pods")));
    let service = "Microsoft.ContainerService/managedClusters";
    let handed = pods.expect("the subnet")["properties"]["delegations"][0].clone();
    assert_eq!(
        (&handed["name"], &handed["properties"]["serviceName"]),
        (&json!("aks-delegation"), &json!(service))
    );
    sandbox.run(&["plan", "one.yaml", "--exit-code"]).ok();
}
