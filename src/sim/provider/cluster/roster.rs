//! The nodes that stand, one by one, read off what stands in Azure: the scale sets say how many, the
//! subnet's `ipConfigurations` which address, kubenet's routes which range for pods.
//!
//! Nothing is decided here that is not written down elsewhere, so that who looks at a cluster and
//! who looks at its network see the same. Azure gives a subnet's addresses in order, from the fourth
//! on, and a node of Azure CNI takes one for itself and then one for each of its pods
//! (learn.microsoft.com/azure/aks/concepts-network-legacy-cni).

use std::net::IpAddr;

use serde_json::Value;

use super::super::super::body;
use super::super::super::clock::Millis;
use super::super::super::world::World;
use super::super::{range, route_table, subnet};
use super::home::{Home, managed_subnet};
use super::nodes::{SET, base36, set_name};
use super::{PodAddressing, pool};

/// One node.
pub(crate) struct Machine {
    /// Its name, that of its machine.
    pub(crate) name: String,
    /// Its pool, flat.
    pub(crate) pool: Value,
    /// Its scale set's id.
    pub(crate) set: String,
    /// Its number in there.
    pub(crate) number: u64,
    /// Its address in the subnet.
    pub(crate) address: Option<IpAddr>,
    /// The range its pods get their addresses from, where that is one of its own.
    pub(crate) pods: Option<String>,
    /// When its scale set was made.
    pub(crate) made: Millis,
}

/// Returns the nodes of a cluster, pool by pool.
pub(crate) fn of(world: &World, cluster: &str) -> Vec<Machine> {
    let Some(home) = Home::of(world, cluster) else { return Vec::new() };
    let model = PodAddressing::of(&home.network());
    let routes = routes(world, &home);
    let mut found: Vec<Machine> = Vec::new();
    for entry in world.children(cluster, "agentPools") {
        let pool = pool::flat(&entry.body());
        let name = set_name(&home, body::text(&pool, "/name").unwrap_or_default());
        let set = home.at(SET, &name);
        let Some(standing) = world.get(&set) else { continue };
        let count = body::number(&standing.body(), "/sku/capacity").unwrap_or_default();
        let subnet = body::text(&pool, "/vnetSubnetID").map(str::to_owned);
        let subnet = world.body(&subnet.unwrap_or_else(|| managed_subnet(&home)));
        let places = subnet.as_ref().map(|subnet| Places::of(subnet, &set)).unwrap_or_default();
        for number in 0..count {
            let name = format!("{name}{}", base36(number));
            let route = routes.iter().find(|route| route.node == name);
            let order = u64::try_from(found.len()).unwrap_or_default();
            let pods = match model {
                PodAddressing::Kubenet => route.map(|route| route.prefix.clone()),
                PodAddressing::Overlay => block(&home.network(), order),
                PodAddressing::NodeSubnet | PodAddressing::None => None,
            };
            let address = route.and_then(|route| route.hop).or_else(|| places.address(number));
            let (pool, set, made) = (pool.clone(), set.clone(), standing.made);
            found.push(Machine { name, pool, set, number, address, pods, made });
        }
    }
    found
}

/// The /24 of the pod range that an overlay gives to its so-many-th node
/// (learn.microsoft.com/azure/aks/azure-cni-overlay).
fn block(network: &Value, order: u64) -> Option<String> {
    let pods = range::parse(body::text(network, "/podCidr")?)?;
    Some(format!("{}/24", range::nth(&pods, order * 256)?))
}

/// A node's route, which kubenet has.
struct Route {
    node: String,
    prefix: String,
    hop: Option<IpAddr>,
}

fn routes(world: &World, home: &Home) -> Vec<Route> {
    let mark = format!("-{}-vmss", home.number);
    let read = |stored: &Value| {
        let (node, _) = body::text(stored, "/name")?.split_once("____")?;
        Some(Route {
            node: node.to_owned(),
            prefix: body::text(stored, "/properties/addressPrefix")?.to_owned(),
            hop: body::text(stored, "/properties/nextHopIpAddress")?.parse().ok(),
        })
    };
    let all = world.of_kind(route_table::ROUTE).filter(|route| route.id.contains(&mark));
    all.filter_map(|route| read(&route.body())).collect()
}

/// Where a scale set's machines stand among the addresses of their subnet.
#[derive(Default)]
struct Places {
    net: Option<ipnet::IpNet>,
    first: Vec<Option<u64>>,
}

impl Places {
    fn of(stored: &Value, set: &str) -> Self {
        let net = subnet::ranges(stored).first().and_then(|text| range::parse(text));
        let own = format!("{}/virtualmachines/", set.to_ascii_lowercase());
        let mut first: Vec<Option<u64>> = Vec::new();
        for (at, item) in body::list(stored, "/properties/ipConfigurations").iter().enumerate() {
            let id = body::text(item, "/id").unwrap_or_default().to_ascii_lowercase();
            let Some(rest) = id.strip_prefix(&own) else { continue };
            // A pod subnet's configurations are of the same machine, on another interface.
            let Some((number, _)) =
                rest.split_once('/').filter(|(_, rest)| !rest.contains("-pods/"))
            else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else { continue };
            if first.len() <= number {
                first.resize(number + 1, None);
            }
            first[number].get_or_insert(u64::try_from(at).unwrap_or_default());
        }
        Self { net, first }
    }

    fn address(&self, number: u64) -> Option<IpAddr> {
        let at = (*self.first.get(usize::try_from(number).ok()?)?)?;
        range::nth(&self.net?, 4 + at)
    }
}
