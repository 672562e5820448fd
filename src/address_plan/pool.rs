//! What each pool takes, whether that fits, and how far the pool can grow.

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::{Demand, Fit, Headroom, Layout, Moment, Room, Surge};
use crate::profile::schema::{PoolMode, Profile};

/// One value for each of the moments that people plan for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Three<T> {
    /// As things are.
    pub now: T,
    /// While every pool is upgraded.
    pub upgrade: T,
    /// At the autoscaler's maximum, while every pool is upgraded.
    pub maximum: T,
}

impl<T> Three<T> {
    /// Asks a question at each moment.
    pub fn ask(mut question: impl FnMut(Moment) -> T) -> Self {
        Self {
            now: question(Moment::Now),
            upgrade: question(Moment::Upgrade),
            maximum: question(Moment::Maximum),
        }
    }
}

/// A pool in the address plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolRow {
    /// Its name.
    pub name: String,
    /// Whether it runs the cluster's own pods.
    pub system: bool,
    /// Nodes now.
    pub nodes: u32,
    /// The autoscaler's maximum, when it is on.
    pub max_nodes: Option<u32>,
    /// Pods per node.
    pub max_pods: u32,
    /// Nodes that an upgrade adds, as written.
    pub surge: Surge,
    /// The key of the subnet its nodes stand in.
    pub subnet: String,
    /// The key of the subnet its pods get addresses from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_subnet: Option<String>,
    /// What it takes.
    pub needs: Three<Demand>,
    /// What Azure itself counts at creation.
    pub service_counts: Demand,
    /// Whether there is room, the other pools included.
    pub fits: Three<bool>,
    /// How far it can grow while the others stay and an upgrade still fits.
    pub grows: Headroom,
}

/// Returns a row per pool, in the order of the profile.
pub(super) fn rows(profile: &Profile, layout: &Layout, fits: &[Fit]) -> Vec<PoolRow> {
    let fits_at = |pool: usize, moment: Moment| {
        let at = fits.iter().filter(|fit| fit.moment == moment);
        !at.flat_map(|fit| &fit.shortages).any(|short| layout.concerns(&short.limit, pool))
    };
    let row = |index: usize| {
        let (wish, placed) = (&profile.pools[index], &layout.pools[index]);
        let demand = &placed.demand;
        let pod_subnet =
            layout.model.has_pod_subnet().then(|| wish.pod_subnet_or_default().to_owned());
        PoolRow {
            name: demand.name.clone(),
            system: wish.mode_or_default() == PoolMode::System,
            nodes: demand.nodes,
            max_nodes: demand.max_nodes,
            max_pods: demand.max_pods,
            surge: demand.surge,
            subnet: wish.subnet_or_default().to_owned(),
            pod_subnet,
            needs: Three::ask(|moment| demand.at(layout.model, moment)),
            service_counts: demand.at(layout.model, Moment::Service),
            fits: Three::ask(|moment| fits_at(index, moment)),
            grows: layout.pool_headroom(index, Room::ForUpgrade),
        }
    };
    (0..profile.pools.len()).map(row).collect()
}
