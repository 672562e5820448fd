//! What Azure would refuse because of what it has: machines, gateways. The plan says it, `up` says it
//! before the first write, and what is proposed does go through.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

const NET: &str = "/resourceGroups/net/providers/Microsoft.Network";

fn profile(network: &str, pool: &str) -> String {
    format!(
        "apiVersion: akstool/v1
kind: Cluster
metadata: {{ name: one, location: westeurope }}
network:
  plugin: azure
  mode: overlay
  vnet: {{ cidr: 10.20.0.0/16 }}
  subnets: {{ nodes: {{ cidr: 10.20.1.0/24 }} }}
{network}
pools:
  - {{ name: system, mode: system, vmSize: Standard_D2s_v5, count: 1 }}
{pool}
"
    )
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Plans and runs what is refused beforehand, and returns what both said.
fn refused(sandbox: &Sandbox) -> [String; 2] {
    let before = sandbox.ids();
    let plan = sandbox.run(&["plan", "one.yaml"]);
    let up = sandbox.run(&["up", "one.yaml", "--yes"]).exits(1);
    assert_eq!(sandbox.ids(), before, "nothing was written");
    [plan, up].map(|ran| words(&format!("{} {}", ran.stdout, ran.stderr)))
}

#[test]
fn a_machine_without_room_for_its_own_system_disk_is_told_with_what_would_do() {
    let cases = [
        ("Standard_D4s_v5", "takes no ephemeral system disk", "pools[big].osDiskType=managed"),
        ("Standard_DS2_v2", "86 GiB, and the pool wants 128", "pools[big].osDiskSizeGB=86"),
    ];
    for (size, fact, set) in cases {
        let sandbox = Sandbox::new();
        let pool = format!("  - {{ name: big, vmSize: {size}, count: 1, osDiskType: ephemeral }}");
        sandbox.write("one.yaml", profile("", &pool));
        for said in refused(&sandbox) {
            assert!(said.contains(fact) && said.contains(set), "{size}: {said}");
        }
        sandbox.run(&["up", "one.yaml", "--yes", "--set", set]).ok();
        sandbox.run(&["plan", "one.yaml", "--exit-code", "--set", set]).ok();
    }
}

#[test]
fn the_gateway_of_a_network_that_has_none_is_not_asked_for() {
    let sandbox = Sandbox::new();
    let place = json!({ "location": "westeurope" });
    sandbox.put("/resourceGroups/net", "2021-04-01", &place);
    let hub = format!("{NET}/virtualNetworks/hub");
    let space = json!({ "location": "westeurope",
        "properties": { "addressSpace": { "addressPrefixes": ["10.99.0.0/16"] } } });
    sandbox.put(&hub, "2025-07-01", &space);
    let peering = format!(
        "  peerings: [{{ name: hub, vnet: {{ id: {SUBSCRIPTION}{hub} }}, useRemoteGateways: true }}]"
    );
    sandbox.write("one.yaml", profile(&peering, ""));
    for said in refused(&sandbox) {
        assert!(said.contains("Network `hub` has no gateway"), "{said}");
    }
    let subnet = format!("{hub}/subnets/GatewaySubnet");
    let range = json!({ "properties": { "addressPrefix": "10.99.0.0/27" } });
    sandbox.put(&subnet, "2025-07-01", &range);
    let at: Value = json!({ "name": "default",
        "properties": { "subnet": { "id": format!("{SUBSCRIPTION}{subnet}") } } });
    let gateway = json!({ "location": "westeurope",
        "properties": { "gatewayType": "Vpn", "ipConfigurations": [at] } });
    sandbox.put(&format!("{NET}/virtualNetworkGateways/vpn"), "2025-05-01", &gateway);
    sandbox.run(&["up", "one.yaml", "--yes"]).ok();
    sandbox.run(&["plan", "one.yaml", "--exit-code"]).ok();
}
