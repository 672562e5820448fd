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
}

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
    let models: Vec<&'static str> = builtin::ALL.iter().map(|one| one.name).collect();
    let parts = prop::sample::subsequence(PARTS.to_vec(), 0..8);
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
            _ => self.network(&mut profile["network"], octet),
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
