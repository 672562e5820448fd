//! Profiles drawn at random: every built-in model, with any part of a profile added to it.

use akstool::profile::schema::Profile;
use akstool::profile::{Overrides, builtin, load};
use akstool::sim::SUBSCRIPTION;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A part that a profile may have or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Pool,
    Autoscaled,
    Labels,
    Tag,
    Lifetime,
    Subnet,
    Endpoint,
    SecurityGroup,
    Rule,
    Route,
    RouteTable,
    GatewayRoutes,
    Peering,
    Identity,
    Names,
    ClusterName,
    NodeGroup,
    NatGateway,
    Addresses,
    Tier,
    WorkloadIdentity,
    Policy,
    Registry,
    Logs,
    Metrics,
    Windows,
    NodeIdentity,
    Workloads,
    Bastion,
    JumpHost,
    Zone,
    PrivateEndpoint,
    Private,
    Resource,
}

/// What a whole cluster has beside nodes and network, in a list of its own: seeds that were kept
/// draw from the other one.
const BESIDE: [Part; 12] = [
    Part::Registry,
    Part::Logs,
    Part::Metrics,
    Part::Windows,
    Part::NodeIdentity,
    Part::Workloads,
    Part::Bastion,
    Part::JumpHost,
    Part::Zone,
    Part::PrivateEndpoint,
    Part::Private,
    Part::Resource,
];

const PARTS: [Part; 22] = [
    Part::Pool,
    Part::Autoscaled,
    Part::Labels,
    Part::Tag,
    Part::Lifetime,
    Part::Subnet,
    Part::Endpoint,
    Part::SecurityGroup,
    Part::Rule,
    Part::Route,
    Part::RouteTable,
    Part::GatewayRoutes,
    Part::Peering,
    Part::Identity,
    Part::Names,
    Part::ClusterName,
    Part::NodeGroup,
    Part::NatGateway,
    Part::Addresses,
    Part::Tier,
    Part::WorkloadIdentity,
    Part::Policy,
];

/// What a profile is made of.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) model: &'static str,
    pub(crate) parts: Vec<Part>,
    /// What is taken out after `up`.
    pub(crate) taken: Vec<Part>,
}

/// Any profile, with something to be taken out of it.
pub(crate) fn drafts() -> impl Strategy<Value = Draft> {
    with(prop::sample::subsequence(PARTS.to_vec(), 0..8))
}

/// The same with what a whole cluster has beside nodes and network.
pub(crate) fn wide_drafts() -> impl Strategy<Value = Draft> {
    let beside = prop::sample::subsequence(BESIDE.to_vec(), 1..6);
    let parts = prop::sample::subsequence(PARTS.to_vec(), 0..4);
    with((beside, parts).prop_map(|(beside, parts)| [beside, parts].concat()))
}

fn with(parts: impl Strategy<Value = Vec<Part>>) -> impl Strategy<Value = Draft> {
    let models: Vec<&'static str> = builtin::ALL.iter().map(|one| one.name).collect();
    let drawn = (prop::sample::select(models), parts, any::<u32>());
    drawn.prop_map(|(model, parts, bits)| {
        let goes = |at: usize| bits >> (at % 32) & 1 == 1;
        let taken = parts.iter().enumerate().filter(|(at, _)| goes(*at));
        let taken = taken.map(|(_, part)| *part).collect();
        Draft { model, parts, taken }
    })
}

impl Draft {
    /// Returns the profile of an environment of a name in a group, in ranges of its own.
    pub(crate) fn whole(&self, name: &str, group: &str, octet: u8) -> Profile {
        build(self.model, &self.parts, name, group, octet)
    }

    /// Returns the same profile without what is taken out.
    pub(crate) fn less(&self, name: &str, group: &str, octet: u8) -> Profile {
        let left = self.parts.iter().filter(|part| !self.taken.contains(part));
        let left: Vec<Part> = left.copied().collect();
        build(self.model, &left, name, group, octet)
    }
}

/// Adds part after part; one that a profile of this kind cannot have is left out.
fn build(model: &str, parts: &[Part], name: &str, group: &str, octet: u8) -> Profile {
    let text = builtin::find(model).expect("a built-in profile").text;
    let range = format!("10.{octet}.");
    let text = text.replace("10.10.", &range).replace("10.20.", &range);
    let profile = loaded(text.as_bytes()).expect("built-in profiles hold");
    let mut document = serde_json::to_value(&profile).expect("a profile is a document");
    document["metadata"]["name"] = json!(name);
    document["metadata"]["resourceGroup"] = json!(group);
    let mut last = read(&document).expect("a name and a group are always possible");
    for part in parts {
        let mut next = document.clone();
        part.add(&mut next, name, octet);
        if let Some(profile) = read(&next) {
            (document, last) = (next, profile);
        }
    }
    last
}

fn read(document: &Value) -> Option<Profile> {
    loaded(document.to_string().as_bytes())
}

fn loaded(text: &[u8]) -> Option<Profile> {
    load(text, "draft", &Overrides::default()).ok().map(|loaded| loaded.profile)
}

/// Returns the id of something that the network team has.
pub(crate) fn theirs(kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/network/providers/{kind}/{name}")
}

fn push(list: &mut Value, item: Value) {
    if !list.is_array() {
        *list = json!([]);
    }
    if let Some(items) = list.as_array_mut() {
        items.push(item);
    }
}

impl Part {
    fn add(self, profile: &mut Value, name: &str, octet: u8) {
        match self {
            Self::Pool | Self::Autoscaled | Self::Labels => self.pool(&mut profile["pools"]),
            Self::Tag => profile["metadata"]["tags"]["cost"] = json!("42"),
            Self::Lifetime => profile["metadata"]["ttl"] = json!("4h"),
            Self::Names => {
                profile["names"] = json!({ "vnet": "net-{name}", "identity": "id-{name}",
                    "routeTable": "rt-{name}", "securityGroup": "sg-{name}",
                    "natGateway": "gw-{name}", "publicIP": "ip-{name}" });
            }
            Self::ClusterName => profile["cluster"]["name"] = json!(format!("aks-{name}")),
            Self::NodeGroup => {
                profile["cluster"]["nodeResourceGroup"] = json!(format!("nodes-of-{name}"));
            }
            Self::Tier => profile["cluster"]["tier"] = json!("standard"),
            Self::WorkloadIdentity => profile["cluster"]["workloadIdentity"] = json!(true),
            Self::Identity => {
                let id = theirs("Microsoft.ManagedIdentity/userAssignedIdentities", "shared");
                profile["cluster"]["identity"] = json!({ "id": id });
            }
            _ if BESIDE.contains(&self) => self.beside(profile, octet),
            _ => self.network(&mut profile["network"], octet),
        }
    }

    fn beside(self, profile: &mut Value, octet: u8) {
        let subnet = |rest: &str| json!({ "cidr": format!("10.{octet}.{rest}") });
        let aside = theirs("Microsoft.Network/virtualNetworks", "aside");
        match self {
            Self::Registry => profile["registry"] = json!({ "sku": "premium" }),
            Self::Logs => profile["monitoring"]["logs"] = json!(true),
            Self::Metrics => profile["monitoring"]["metrics"] = json!(true),
            Self::Windows => {
                profile["cluster"]["maintenance"] = json!({
                    "default": [{ "day": "monday", "hours": [1, 2] }],
                    "nodeOs": { "day": "sunday", "start": "01:00", "hours": 6 } });
            }
            Self::NodeIdentity => profile["cluster"]["kubeletIdentity"] = json!(true),
            Self::Workloads => {
                profile["cluster"]["workloadIdentity"] = json!(true);
                profile["workloadIdentities"]["orders"] = json!({
                    "serviceAccounts": ["shop/orders", "shop/worker"],
                    "roles": [{ "role": "Reader", "scope": aside },
                        { "role": "Reader", "scope": "${group.id}" }] });
            }
            Self::Bastion => {
                profile["network"]["subnets"]["AzureBastionSubnet"] = subnet("250.64/26");
                profile["network"]["bastion"] = json!({ "sku": "standard" });
            }
            Self::JumpHost => {
                // It is reached through a Bastion alone.
                Self::Bastion.beside(profile, octet);
                profile["network"]["subnets"]["jump"] = subnet("241.0/28");
                profile["network"]["jumpHost"] = json!({ "subnet": "jump",
                    "sshKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPlainTextOfSomeKeyThatIsNoSecret me" });
            }
            Self::Zone => {
                profile["network"]["privateZones"]["example.internal"] =
                    json!({ "links": { "aside": { "id": aside } } });
            }
            Self::PrivateEndpoint => {
                profile["registry"] = json!({ "sku": "premium" });
                profile["network"]["subnets"]["endpoints"] = subnet("242.0/28");
                profile["network"]["privateEndpoints"] = json!([{ "name": "images",
                    "to": "${registry.id}", "groups": ["registry"], "subnet": "endpoints",
                    "zone": "privatelink.azurecr.io" }]);
            }
            Self::Private => {
                profile["cluster"]["apiServer"] = json!({ "private": true, "dnsZone": "own" });
            }
            Self::Resource => push(
                &mut profile["resources"],
                json!({ "name": "store", "type": "Microsoft.KeyVault/vaults",
                    "apiVersion": "2023-07-01", "body": { "location": "westeurope" } }),
            ),
            _ => {}
        }
    }

    fn pool(self, pools: &mut Value) {
        let mut pool = pools[0].clone();
        pool["name"] = json!(format!("{self:?}").to_ascii_lowercase());
        pool["mode"] = json!("user");
        pool["count"] = json!(1);
        match self {
            Self::Autoscaled => pool["autoscale"] = json!({ "min": 1, "max": 5 }),
            Self::Labels => pool["labels"] = json!({ "team": "a" }),
            _ => {}
        }
        push(pools, pool);
    }

    fn network(self, network: &mut Value, octet: u8) {
        let text = |rest: &str| json!(format!("10.{octet}.{rest}"));
        match self {
            Self::Subnet => network["subnets"]["spare"] = json!({ "cidr": text("240.0/28") }),
            Self::Endpoint => {
                network["subnets"]["nodes"]["serviceEndpoints"] = json!(["Microsoft.Storage"]);
            }
            Self::SecurityGroup => network["securityGroup"] = json!(true),
            Self::Rule => push(
                &mut network["securityRules"],
                json!({ "name": "https", "priority": 400, "source": "10.99.0.0/16", "ports": ["443"] }),
            ),
            Self::Route => push(
                &mut network["routes"],
                json!({ "name": "home", "cidr": "192.168.9.0/24", "nextHop": text("1.9") }),
            ),
            Self::RouteTable => network["subnets"]["nodes"]["routeTable"] = json!(true),
            Self::GatewayRoutes => network["gatewayRoutes"] = json!(false),
            Self::Peering => push(
                &mut network["peerings"],
                json!({ "name": "hub", "bothDirections": true,
                    "vnet": { "id": theirs("Microsoft.Network/virtualNetworks", "hub") } }),
            ),
            // A subnet of others goes on without a gateway, and Azure refuses the cluster.
            Self::NatGateway if network["vnet"]["id"].is_null() => {
                network["outbound"] = json!({ "type": "userAssignedNATGateway",
                    "natGateway": { "publicIPs": 1 } });
            }
            Self::Addresses => {
                network["outbound"] = json!({ "type": "loadBalancer", "managedIPs": 2 });
            }
            Self::Policy => network["policy"] = json!("calico"),
            _ => {}
        }
    }
}

#[test]
fn every_part_changes_a_profile_of_some_model() {
    let models = ["azure-overlay", "kubenet", "azure-cni"];
    let changes = |part: &Part| {
        models.iter().any(|model| {
            let built = |parts: &[Part]| build(model, parts, "demo", "home", 30);
            built(&[*part]) != built(&[])
        })
    };
    let idle: Vec<Part> = PARTS.into_iter().chain(BESIDE).filter(|part| !changes(part)).collect();
    assert_eq!(idle, []);
}
