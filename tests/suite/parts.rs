//! What real profiles name of a network: names, DNS, routes, rules, attachments.

use crate::support::Sandbox;

const PARTS: &str = r#"apiVersion: akstool/v1
kind: Cluster
metadata: { name: parts, location: westeurope, tags: { team: a } }
names:
  vnet: "vnet-{name}-{location}"
  identity: "id-{name}"
  routeTable: "rt-{name}"
  securityGroup: "nsg-{name}"
  natGateway: "ng-{name}"
  publicIP: "pip-{name}-{number}"
network:
  plugin: azure
  mode: overlay
  serviceCidr: 172.16.0.0/16
  vnet: { cidr: 10.20.0.0/16, dnsServers: [10.20.0.4, 10.20.0.5] }
  subnets:
    nodes: { cidr: 10.20.1.0/24, serviceEndpoints: [Microsoft.Storage], defaultOutboundAccess: false }
    data: { cidr: 10.20.2.0/24, delegations: [Microsoft.DBforPostgreSQL/flexibleServers], natGateway: false }
    apps:
      cidr: 10.20.3.0/24
      securityGroup: true
      routeTable: true
      privateEndpointPolicies: networkSecurityGroupEnabled
  securityGroup: true
  securityRules:
    - { name: web, priority: 200, protocol: tcp, source: Internet, ports: [80, 443] }
    - { name: out, priority: 200, direction: outbound, access: deny, destination: 203.0.113.0/24 }
  routes:
    - { name: onprem, cidr: 192.168.0.0/16, nextHop: 10.20.0.4 }
    - { name: sink, cidr: 203.0.113.0/24, type: none }
  gatewayRoutes: false
  outbound: { type: userAssignedNATGateway, natGateway: { publicIPs: 2 } }
pools:
  - { name: system, mode: system, vmSize: Standard_D2s_v5, count: 2, zones: [1, 2], labels: { team: a } }
"#;

#[test]
fn a_profile_that_names_every_part_is_made_and_then_settled() {
    let sandbox = Sandbox::new();
    sandbox.write("parts.yaml", PARTS);
    sandbox.run(&["up", "parts.yaml", "--yes", "-q"]).ok();
    sandbox.run(&["plan", "parts.yaml", "-q", "--exit-code"]).ok();
    let world = sandbox.run(&["sim", "show", "-o", "json"]).ok().json();
    let find = |id: &str| {
        let all = world["resources"].as_array().expect("resources");
        let found = all.iter().find(|one| one["id"].as_str().is_some_and(|own| own.ends_with(id)));
        found.unwrap_or_else(|| panic!("no {id}")).clone()
    };
    let network = find("virtualNetworks/vnet-parts-westeurope");
    assert_eq!(network["properties"]["dhcpOptions"]["dnsServers"][1], "10.20.0.5");
    let nodes = find("subnets/nodes");
    assert_eq!(nodes["properties"]["defaultOutboundAccess"], false);
    let gateway = nodes["properties"]["natGateway"]["id"].as_str().expect("a gateway");
    assert!(gateway.ends_with("ng-parts"), "{gateway}");
    assert!(find("subnets/data")["properties"]["natGateway"].is_null());
    let apps = find("subnets/apps");
    assert!(
        apps["properties"]["routeTable"]["id"].as_str().expect("a table").ends_with("rt-parts")
    );
    let routes = find("routeTables/rt-parts");
    assert_eq!(routes["properties"]["disableBgpRoutePropagation"], true);
    let ports = find("networkSecurityGroups/nsg-parts")["properties"]["securityRules"]
        .as_array()
        .and_then(|rules| rules.iter().find(|rule| rule["name"] == "web").cloned())
        .expect("the rule");
    assert_eq!(ports["properties"]["destinationPortRanges"], serde_json::json!(["80", "443"]));
    find("publicIPAddresses/pip-parts-2");
}

#[test]
fn what_is_emptied_or_set_to_null_is_taken_away() {
    let sandbox = Sandbox::new();
    sandbox.write("parts.yaml", PARTS);
    sandbox.run(&["up", "parts.yaml", "--yes", "-q"]).ok();
    let less = PARTS
        .replace("tags: { team: a }", "tags: { team: null }")
        .replace("labels: { team: a }", "labels: {}");
    sandbox.write("less.yaml", &less);
    let plan = sandbox.run(&["plan", "less.yaml"]).ok().stdout;
    assert!(plan.contains("nodeLabels") && plan.contains("tags"), "{plan}");
    sandbox.run(&["up", "less.yaml", "--yes", "-q"]).ok();
    sandbox.run(&["plan", "less.yaml", "-q", "--exit-code"]).ok();
}
