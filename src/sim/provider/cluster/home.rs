//! Where what a cluster makes lies: its own group, and the names in it.

use serde_json::Value;

use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::world::World;
use super::super::network;

/// What a cluster's id and body say of where its things lie.
pub(crate) struct Home {
    pub(crate) cluster: ResourceId,
    pub(crate) group: ResourceId,
    pub(crate) location: String,
    pub(crate) number: String,
    pub(crate) stored: Value,
}

impl Home {
    pub(crate) fn of(world: &World, cluster: &str) -> Option<Self> {
        let stored = world.body(cluster)?;
        let cluster = ResourceId::parse(cluster).ok()?;
        let name = body::text(&stored, "/properties/nodeResourceGroup")?;
        let group = ResourceId::resource_group(cluster.subscription_id(), name);
        let location = body::text(&stored, "/location")?.to_owned();
        let number = number(cluster.as_str());
        Some(Self { cluster, group, location, number, stored })
    }

    pub(crate) fn at(&self, kind: &str, name: &str) -> String {
        self.group.resource(kind, name).to_string()
    }

    pub(crate) fn network(&self) -> Value {
        self.stored.pointer("/properties/networkProfile").cloned().unwrap_or_default()
    }
}

/// Eight digits that stand for a cluster in the names of what it makes.
fn number(id: &str) -> String {
    let hash = id.to_ascii_lowercase().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:08}", 10_000_000 + hash % 90_000_000)
}

/// The subnet of a network that AKS made.
pub(crate) fn managed_subnet(home: &Home) -> String {
    let network = home.at(network::KIND, &format!("aks-vnet-{}", home.number));
    format!("{network}/subnets/aks-subnet")
}
