//! Demand held against the ranges: what fits, what is short, and what stops growth first.
//!
//! A [`Layout`] is a cluster reduced to numbers. Each [`Limit`] has a capacity and every pool
//! loads it more with each node, so the largest pool that a limit allows is found by halving, and
//! the limit with the smallest answer is the one that binds.

use schemars::JsonSchema;
use serde::Serialize;

use super::demand::{Demand, Moment, PoolDemand};
use super::limit::{Limit, Shortage, shortage};
use super::model::{Model, NODES_AZURE_POLICY, NODES_PER_POOL, ROUTES_PER_TABLE, Tier};
use super::range::Range;

/// A cluster reduced to what its addresses depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where pods get their addresses.
    pub model: Model,
    /// The tier, which limits the nodes.
    pub tier: Tier,
    /// Whether Azure's own policy engine runs; it serves at most 250 nodes.
    pub azure_policy: bool,
    /// The subnets that pools refer to by their place here.
    pub subnets: Vec<Subnet>,
    /// The range of pods outside the virtual network.
    pub pod_range: Option<Range>,
    /// The pools and where they stand.
    pub pools: Vec<PlacedPool>,
}

/// A subnet and what else lives in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// The subnet's name.
    pub name: String,
    /// Its range.
    pub range: Range,
    /// Addresses that are no node's and no pod's: internal load balancers, private endpoints.
    pub others: u64,
}

/// A pool and the subnets it takes addresses from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedPool {
    /// What the pool takes.
    pub demand: PoolDemand,
    /// The subnet of its nodes, `None` when its size is not known.
    pub node_subnet: Option<usize>,
    /// The subnet of its pods, for the models that have one.
    pub pod_subnet: Option<usize>,
}

/// Whether growth leaves room for the nodes that an upgrade adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Room {
    /// Every address is for a node that stays.
    Bare,
    /// What an upgrade adds still fits.
    ForUpgrade,
}

/// Whether everything fits at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fit {
    /// The moment.
    pub moment: Moment,
    /// What all pools take together.
    pub demand: Demand,
    /// What is short; empty when all fits.
    pub shortages: Vec<Shortage>,
}

/// How far a cluster, or one pool of it, can grow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headroom {
    /// Nodes that can be reached.
    pub nodes: u64,
    /// What binds then.
    pub binds: Option<Limit>,
}

/// A limit by itself and how far it lets the pools it concerns grow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ceiling {
    /// Nodes that these pools can reach together.
    pub nodes: u64,
    /// Nodes that these pools have now.
    pub now: u64,
    /// What binds then.
    pub binds: Limit,
    /// The pools it concerns; empty when it concerns all.
    pub pools: Vec<String>,
}

impl Layout {
    /// Returns every limit of this cluster.
    pub fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        if self.model == Model::Kubenet {
            limits.push(Limit::Routes { routes: ROUTES_PER_TABLE });
        }
        if let (true, Some(range)) = (self.model.has_pod_range(), self.pod_range) {
            limits.push(Limit::PodRange { range });
        }
        for (subnet, Subnet { name, range, .. }) in self.subnets.iter().enumerate() {
            let (name, range) = (name.clone(), *range);
            if self.pools.iter().any(|p| p.node_subnet == Some(subnet)) {
                limits.push(Limit::NodeSubnet { subnet, name, range });
            } else if self.takes_pods_from(subnet) {
                limits.push(Limit::PodSubnet { subnet, name, range });
            }
        }
        if let Some(addresses) = self.model.pod_address_limit() {
            limits.push(Limit::VnetAddresses { addresses });
        }
        limits.push(Limit::Tier { tier: self.tier, nodes: self.tier.node_limit() });
        limits
            .extend(self.model.node_limit().map(|nodes| Limit::Model { model: self.model, nodes }));
        if self.azure_policy {
            limits.push(Limit::AzurePolicy { nodes: NODES_AZURE_POLICY });
        }
        limits.extend(self.pools.iter().enumerate().map(|(pool, placed)| Limit::Pool {
            pool,
            name: placed.demand.name.clone(),
            nodes: NODES_PER_POOL,
        }));
        limits
    }

    fn takes_pods_from(&self, subnet: usize) -> bool {
        self.model.has_pod_subnet() && self.pools.iter().any(|p| p.pod_subnet == Some(subnet))
    }

    /// Returns what all pools take together at a moment.
    pub fn demand(&self, moment: Moment) -> Demand {
        self.pools.iter().map(|pool| pool.demand.at(self.model, moment)).sum()
    }

    /// Holds the demand at a moment against every limit.
    pub fn fit(&self, moment: Moment) -> Fit {
        let shortages = self.limits().into_iter().filter_map(|limit| {
            // A pool's own limit counts the nodes that stay, as the service does.
            let when = match (&limit, moment) {
                (Limit::Pool { .. }, Moment::Upgrade) => Moment::Now,
                (Limit::Pool { .. }, Moment::Maximum) => Moment::Service,
                _ => moment,
            };
            let loads =
                self.pools.iter().enumerate().map(|(index, pool)| {
                    load(&limit, index, pool, &pool.demand.at(self.model, when))
                });
            shortage(&limit, loads.sum::<u128>() + self.others(&limit))
        });
        Fit { moment, demand: self.demand(moment), shortages: shortages.collect() }
    }

    /// Returns the addresses that something else holds of a limit.
    fn others(&self, limit: &Limit) -> u128 {
        match limit {
            Limit::NodeSubnet { subnet, .. } | Limit::PodSubnet { subnet, .. } => {
                u128::from(self.subnets[*subnet].others)
            }
            _ => 0,
        }
    }

    /// Returns how far one pool can grow while the others stay as they are.
    pub fn pool_headroom(&self, pool: usize, room: Room) -> Headroom {
        let limits = self.limits();
        let counts = self.counts();
        let loads = self.loads(&limits, &counts, room);
        self.grow(pool, counts[pool], &limits, &loads, room)
    }

    /// Returns how far the cluster can grow: each pool as far as it goes, the pool that takes the
    /// fewest addresses per node first. A cluster that is too large already does not grow: the
    /// answer is how much of it fits.
    pub fn headroom(&self, room: Room) -> Headroom {
        self.headroom_under(&self.limits(), room)
    }

    /// Returns every limit with the nodes it would allow if it stood alone, the tightest first.
    ///
    /// The limit of a single pool is left out where there are several: it ends none of the others.
    pub fn ceilings(&self, room: Room) -> Vec<Ceiling> {
        let several = self.pools.len() > 1;
        let limits = self.limits().into_iter();
        let limits = limits.filter(|limit| !(several && matches!(limit, Limit::Pool { .. })));
        let mut ceilings: Vec<Ceiling> = limits.filter_map(|l| self.ceiling(l, room)).collect();
        ceilings.sort_by_key(|ceiling| ceiling.nodes);
        ceilings
    }

    fn ceiling(&self, limit: Limit, room: Room) -> Option<Ceiling> {
        let counts = self.counts();
        let (concerned, rest): (Vec<usize>, Vec<usize>) =
            (0..self.pools.len()).partition(|pool| self.concerns(&limit, *pool));
        let reach = self.headroom_under(std::slice::from_ref(&limit), room);
        reach.binds.as_ref()?;
        let name = |pool: &usize| self.pools[*pool].demand.name.clone();
        let others: u64 = rest.iter().map(|pool| counts[*pool]).sum();
        Some(Ceiling {
            nodes: reach.nodes.saturating_sub(others),
            now: concerned.iter().map(|pool| counts[*pool]).sum(),
            binds: limit,
            pools: if rest.is_empty() { Vec::new() } else { concerned.iter().map(name).collect() },
        })
    }

    fn headroom_under(&self, limits: &[Limit], room: Room) -> Headroom {
        let now = self.counts();
        let mut loads = self.loads(limits, &now, room);
        let too_large = limits.iter().zip(&loads).any(|(limit, load)| *load > limit.capacity());
        let mut counts = if too_large { vec![0; now.len()] } else { now.clone() };
        if too_large {
            loads = self.loads(limits, &counts, room);
        }
        let mut binds: Option<Limit> = None;
        for pool in self.cheapest_first() {
            let mut grown = self.grow(pool, counts[pool], limits, &loads, room);
            let ends = grown.binds.take();
            if ends.is_none() {
                continue; // Nothing here limits this pool: it stays as it is.
            }
            if too_large {
                grown.nodes = grown.nodes.min(now[pool]);
            }
            for (limit, load) in limits.iter().zip(&mut loads) {
                *load -= self.load_of(limit, pool, counts[pool], room);
                *load += self.load_of(limit, pool, grown.nodes, room);
            }
            let stopped = !too_large || grown.nodes < now[pool];
            if stopped && (binds.is_none() || !matches!(ends, Some(Limit::Pool { .. }))) {
                binds = ends;
            }
            counts[pool] = grown.nodes;
        }
        Headroom { nodes: counts.iter().sum(), binds }
    }

    /// Tells whether nodes of a pool load a limit.
    pub fn concerns(&self, limit: &Limit, pool: usize) -> bool {
        self.load_of(limit, pool, 1, Room::Bare) > 0
    }

    fn counts(&self) -> Vec<u64> {
        self.pools.iter().map(|pool| u64::from(pool.demand.nodes)).collect()
    }

    fn cheapest_first(&self) -> Vec<usize> {
        let price = |pool: &PlacedPool| {
            let one = Demand::of(self.model, 1, pool.demand.max_pods);
            one.of_vnet() + one.pod_range
        };
        let mut order: Vec<usize> = (0..self.pools.len()).collect();
        order.sort_by_key(|&i| (price(&self.pools[i]), i));
        order
    }

    fn loads(&self, limits: &[Limit], counts: &[u64], room: Room) -> Vec<u128> {
        let sum = |limit| {
            let pools = counts.iter().enumerate().map(|(i, n)| self.load_of(limit, i, *n, room));
            pools.sum::<u128>() + self.others(limit)
        };
        limits.iter().map(sum).collect()
    }

    /// Returns what one pool loads on a limit when it has this many nodes.
    fn load_of(&self, limit: &Limit, pool: usize, nodes: u64, room: Room) -> u128 {
        let placed = &self.pools[pool];
        let surge = match (room, limit) {
            (Room::Bare, _) | (_, Limit::Pool { .. }) => 0,
            (Room::ForUpgrade, _) => placed.demand.surge.nodes(nodes),
        };
        let demand = Demand::of(self.model, nodes + surge, placed.demand.max_pods);
        load(limit, pool, placed, &demand)
    }

    /// Returns how far a pool can grow when every limit carries `loads` already.
    fn grow(
        &self,
        pool: usize,
        now: u64,
        limits: &[Limit],
        loads: &[u128],
        room: Room,
    ) -> Headroom {
        let mut best = Headroom { nodes: UNLIMITED, binds: None };
        for (limit, load) in limits.iter().zip(loads) {
            if self.load_of(limit, pool, 1, room) == 0 {
                continue;
            }
            let rest = load - self.load_of(limit, pool, now, room);
            let free = limit.capacity().saturating_sub(rest);
            let nodes = most(|n| self.load_of(limit, pool, n, room) <= free);
            if nodes < best.nodes {
                best = Headroom { nodes, binds: Some(limit.clone()) };
            }
        }
        best
    }
}

/// Where the search ends: far beyond every limit of the service.
const UNLIMITED: u64 = 1 << 20;

/// Returns the largest number below [`UNLIMITED`] for which a falling condition holds, or 0.
fn most(holds: impl Fn(u64) -> bool) -> u64 {
    let (mut good, mut bad) = (0, UNLIMITED);
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if holds(middle) { good = middle } else { bad = middle }
    }
    good
}

/// Returns what a pool's demand loads on a limit.
fn load(limit: &Limit, index: usize, pool: &PlacedPool, demand: &Demand) -> u128 {
    let when = |here: bool, amount: u128| if here { amount } else { 0 };
    match limit {
        Limit::Routes { .. } => u128::from(demand.routes),
        Limit::PodRange { .. } => demand.pod_range,
        Limit::NodeSubnet { subnet, .. } => {
            when(pool.node_subnet == Some(*subnet), demand.node_subnet)
                + when(pool.pod_subnet == Some(*subnet), demand.pod_subnet)
        }
        Limit::PodSubnet { subnet, .. } => {
            when(pool.pod_subnet == Some(*subnet), demand.pod_subnet)
        }
        Limit::Pool { pool: own, .. } => when(*own == index, u128::from(demand.nodes)),
        Limit::VnetAddresses { .. } => demand.of_vnet(),
        Limit::Tier { .. } | Limit::Model { .. } | Limit::AzurePolicy { .. } => {
            u128::from(demand.nodes)
        }
    }
}

#[cfg(test)]
mod tests;
