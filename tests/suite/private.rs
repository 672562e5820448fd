//! An API server in a subnet of ours, and a machine behind a Bastion.

use serde_json::Value;

use crate::support::Sandbox;

const PROFILE: &str = r#"
apiVersion: akstool/v1
kind: Cluster
metadata: { name: demo, location: westeurope }
network:
  plugin: azure
  mode: overlay
  vnet: { cidr: 10.10.0.0/16 }
  subnets:
    nodes: { cidr: 10.10.1.0/24 }
    api: { cidr: 10.10.2.0/28 }
    jump: { cidr: 10.10.3.0/28 }
    AzureBastionSubnet: { cidr: 10.10.5.0/26, securityGroup: true }
  bastion: { sku: standard }
  jumpHost: { subnet: jump, sshKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne me@laptop" }
cluster:
  apiServer: { subnet: api, private: true }
pools: [{ name: system, mode: system, vmSize: Standard_D4s_v5, count: 2 }]
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("demo.yaml", PROFILE);
    sandbox
}

/// Makes what the profile says with these changes, and sees that there is nothing left to do.
fn settles(sandbox: &Sandbox, changes: &[&str], allowed: &[&str]) {
    sandbox.run(&[&["up", "demo.yaml", "--yes"], changes, allowed].concat()).ok();
    sandbox.run(&[&["plan", "demo.yaml", "--exit-code"], changes].concat()).ok();
}

fn at(sandbox: &Sandbox, end: &str) -> Value {
    let is_it = |one: &Value| one["id"].as_str().is_some_and(|id| id.ends_with(end));
    sandbox.store().into_iter().find(is_it).expect("it stands")["properties"].clone()
}

#[test]
fn an_api_server_in_a_subnet_of_ours_is_made_private_and_public_and_goes() {
    let sandbox = sandbox();
    settles(&sandbox, &[], &[]);
    let subnet = at(&sandbox, "/subnets/api");
    let service = &subnet["delegations"][0]["properties"]["serviceName"];
    assert_eq!(service, "Microsoft.ContainerService/managedClusters");
    let place =
        |sandbox: &Sandbox| at(sandbox, "/managedClusters/demo")["apiServerAccessProfile"].clone();
    assert_eq!(place(&sandbox)["enableVnetIntegration"], true);
    let id = place(&sandbox)["subnetId"].as_str().unwrap_or_default().to_owned();
    assert!(id.ends_with("/subnets/api"), "{id}");
    settles(&sandbox, &["--set", "cluster.apiServer.private=false"], &[]);
    assert_eq!(place(&sandbox)["enablePrivateCluster"], false);
    // What stands in the subnet cannot leave it.
    let away = ["plan", "demo.yaml", "--set", "cluster.apiServer={ private: false }"];
    assert!(!sandbox.run(&away).ok().stdout.contains("enableVnetIntegration"));
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}

#[test]
fn a_machine_behind_a_bastion_is_made_grows_and_is_made_anew_for_another_key() {
    let sandbox = sandbox();
    settles(&sandbox, &[], &[]);
    let rules = at(&sandbox, "/demo-jump-nsg")["securityRules"].clone();
    let names = rules.as_array().into_iter().flatten();
    let names: Vec<&str> = names.filter_map(|rule| rule["name"].as_str()).collect();
    assert_eq!(names, ["ssh-from-bastion", "nothing-else"]);
    settles(&sandbox, &["--set", "network.jumpHost.vmSize=Standard_B2ms"], &[]);
    let size = at(&sandbox, "/virtualMachines/demo-jump")["hardwareProfile"]["vmSize"].clone();
    assert_eq!(size, "Standard_B2ms");
    // Azure: changing the property 'linuxConfiguration.ssh.publicKeys' is not allowed.
    let key = "network.jumpHost.sshKey=ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther me@laptop";
    sandbox.run(&["up", "demo.yaml", "--yes", "--set", key]).exits(4);
    settles(&sandbox, &["--set", key], &["--allow-replace", "demo-jump"]);
    let ssh = at(&sandbox, "/virtualMachines/demo-jump");
    assert!(ssh.to_string().contains("AAAAIOther"), "{ssh}");
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), [""; 0]);
}
