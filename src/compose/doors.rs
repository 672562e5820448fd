//! Ways in for people outside: Azure Bastion, what its subnet lets through, and a machine behind it.

use serde_json::{Map, Value, json};

use super::{Story, any};
use crate::arm::id::ResourceId;
use crate::kind::{BastionHost, BastionPlace, PublicIp, Resource, SecurityGroup, SecurityRule};
use crate::profile::schema::{
    AnyResource, BASTION_SUBNET, BastionSku, Cidr, Raw, SecurityGroup as SecurityWish,
};

/// A rule: name, priority, direction, who, whom, protocol and ports.
type Passage = (
    &'static str,
    u16,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

/// The direction, who, whom, by which protocol and at which ports the subnet of a Bastion has to let
/// through, all of it or none (learn.microsoft.com/azure/bastion/bastion-nsg).
const BASTION_RULES: [Passage; 8] = [
    ("https-in", 120, "Inbound", "Internet", "*", "Tcp", &["443"]),
    ("gateway-manager-in", 130, "Inbound", "GatewayManager", "*", "Tcp", &["443"]),
    ("load-balancer-in", 140, "Inbound", "AzureLoadBalancer", "*", "Tcp", &["443"]),
    ("hosts-in", 150, "Inbound", "VirtualNetwork", "VirtualNetwork", "*", &["8080", "5701"]),
    ("ssh-rdp-out", 120, "Outbound", "*", "VirtualNetwork", "*", &["22", "3389"]),
    ("azure-out", 130, "Outbound", "*", "AzureCloud", "Tcp", &["443"]),
    ("hosts-out", 140, "Outbound", "VirtualNetwork", "VirtualNetwork", "*", &["8080", "5701"]),
    ("sessions-out", 150, "Outbound", "*", "Internet", "*", &["80"]),
];

/// The way to an API server through a Bastion leads to its own port.
const API_SERVER: Passage =
    ("api-server-out", 160, "Outbound", "*", "VirtualNetwork", "Tcp", &["443"]);

/// The image of a jump host.
const IMAGE: (&str, &str, &str) = ("Canonical", "ubuntu-24_04-lts", "server");

/// The versions that machines and their interfaces are spoken to in.
const MACHINES: &str = "2024-11-01";
const INTERFACES: &str = "2025-07-01";

impl Story<'_> {
    /// A group of rules for the subnet of the Bastion, where one of ours is asked for there.
    pub(super) fn bastion_group(&mut self) {
        let subnet = self.profile.network.subnets.get(BASTION_SUBNET);
        let wish = subnet.and_then(|subnet| subnet.security_group.as_ref());
        if !wish.is_some_and(SecurityWish::is_own) {
            return;
        }
        let opens = self.profile.cluster.is_private().then_some(API_SERVER);
        let all = BASTION_RULES.into_iter().chain(opens);
        let rules = all.map(|(name, priority, direction, source, destination, protocol, ports)| {
            SecurityRule {
                name: name.to_owned(),
                priority,
                source: source.to_owned(),
                destination: destination.to_owned(),
                direction,
                access: "Allow",
                protocol,
                ports: ports.iter().map(|port| (*port).to_owned()).collect(),
            }
        });
        let group = SecurityGroup {
            id: self.id::<SecurityGroup>(&self.name("bastion-nsg")),
            location: self.location(),
            tags: self.tags(),
            rules: rules.collect(),
        };
        self.bastion_group = Some(self.add(group));
    }

    /// Returns the group of rules of ours that a subnet gets which asks for one.
    pub(super) fn group_for(&self, key: &str) -> Option<&ResourceId> {
        if key == BASTION_SUBNET { self.bastion_group.as_ref() } else { self.own_group.as_ref() }
    }

    /// The Bastion, and its public address where it has one.
    pub(super) fn bastion(&mut self) {
        let Some(wish) = self.profile.network.bastion.clone() else { return };
        let id = self.named::<BastionHost>(self.profile.names.bastion.as_ref());
        let place = if wish.sku_or_default() == BastionSku::Developer {
            self.network_of_nodes().map(BastionPlace::Shared)
        } else {
            self.subnets.get(BASTION_SUBNET).cloned().map(|subnet| {
                let ip = PublicIp {
                    id: self.id::<PublicIp>(&format!("{}-ip", id.name())),
                    location: self.location(),
                    tags: self.tags(),
                };
                BastionPlace::Dedicated { subnet, public_ip: self.add(ip) }
            })
        };
        let Some(place) = place else { return };
        self.add(BastionHost { id, location: self.location(), tags: self.tags(), wish, place });
    }

    /// A small machine that only the Bastion's subnet reaches, at its port for SSH.
    pub(super) fn jump_host(&mut self) {
        let Some(wish) = self.profile.network.jump_host.clone() else { return };
        let Some(subnet) = self.subnets.get(&wish.subnet).cloned() else { return };
        let from = self.profile.network.subnets.get(BASTION_SUBNET);
        let from = from.and_then(|subnet| subnet.cidr).and_then(Cidr::range);
        let rule = |name: &str, priority, source: String, access, ports: &[&str]| SecurityRule {
            name: name.to_owned(),
            priority,
            source,
            destination: "*".to_owned(),
            direction: "Inbound",
            access,
            protocol: if ports.is_empty() { "*" } else { "Tcp" },
            ports: ports.iter().map(|port| (*port).to_owned()).collect(),
        };
        // A Bastion that is shared comes from an address of Azure's own.
        let source = from.map_or_else(|| "168.63.129.16".to_owned(), |range| range.to_string());
        let group = SecurityGroup {
            id: self.id::<SecurityGroup>(&self.name("jump-nsg")),
            location: self.location(),
            tags: self.tags(),
            rules: vec![
                rule("ssh-from-bastion", 100, source, "Allow", &["22"]),
                rule("nothing-else", 4096, "*".to_owned(), "Deny", &[]),
            ],
        };
        let group = self.add(group);
        let name = self.name("jump");
        let configuration = json!([{ "name": "internal", "properties": {
            "subnet": { "id": subnet }, "privateIPAllocationMethod": "Dynamic" } }]);
        let interface = self.whole(
            ("Microsoft.Network/networkInterfaces", INTERFACES, &format!("{name}-nic")),
            &json!({ "networkSecurityGroup": { "id": group }, "ipConfigurations": configuration }),
        );
        let (publisher, offer, sku) = IMAGE;
        let user = wish.user_or_default();
        let key = json!({ "path": format!("/home/{user}/.ssh/authorized_keys"),
            "keyData": wish.ssh_key.trim() });
        self.whole(
            ("Microsoft.Compute/virtualMachines", MACHINES, &name),
            &json!({
                "hardwareProfile": { "vmSize": wish.size_or_default() },
                "storageProfile": {
                    "imageReference": { "publisher": publisher, "offer": offer, "sku": sku, "version": "latest" },
                    "osDisk": { "createOption": "FromImage", "deleteOption": "Delete",
                        "managedDisk": { "storageAccountType": "StandardSSD_LRS" } },
                },
                "osProfile": { "computerName": "jump", "adminUsername": user,
                    "linuxConfiguration": { "disablePasswordAuthentication": true,
                        "ssh": { "publicKeys": [key] } } },
                "networkProfile": { "networkInterfaces": [{ "id": interface }] },
            }),
        );
    }

    /// Adds a resource of a type without a kind, with our tags on it.
    fn whole(&mut self, (kind, api, name): (&str, &str, &str), properties: &Value) -> ResourceId {
        let one = AnyResource {
            kind: kind.to_owned(),
            api_version: api.to_owned(),
            name: name.to_owned(),
            scope: None,
            body: Raw(Map::from_iter([("location".to_owned(), json!(self.location()))])),
        };
        let id = self.group.resource(kind, name);
        let body = json!({ "location": self.location(), "properties": properties });
        let made: Resource = any::resource(id, &one, body, &self.tags()).as_machine();
        self.push(made)
    }
}
