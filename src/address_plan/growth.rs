//! What stops growth: how far the cluster can grow, and which limit is met first.

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::number::counted;
use crate::address::{Ceiling, Headroom, Layout, Limit, Model, Room};

/// What stops growth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Growth {
    /// Nodes now.
    pub now: u64,
    /// How far the cluster can grow when an upgrade must still fit.
    pub for_upgrade: Headroom,
    /// How far it can grow when no upgrade must fit.
    pub bare: Headroom,
    /// Each limit by itself with the nodes it allows, tightest first, an upgrade included.
    pub ceilings: Vec<Ceiling>,
    /// The answer as a sentence.
    pub sentence: String,
}

/// Says how far a layout can grow.
pub(super) fn growth(layout: &Layout) -> Growth {
    let now = layout.pools.iter().map(|pool| u64::from(pool.demand.nodes)).sum();
    let for_upgrade = layout.headroom(Room::ForUpgrade);
    let bare = layout.headroom(Room::Bare);
    let lazily = layout.model == Model::PodSubnetDynamic
        && matches!(bare.binds, Some(Limit::PodSubnet { .. }));
    let full = if lazily { " once nodes are full of pods" } else { "" };
    let sentence = sentence(now, &for_upgrade, &bare, full);
    let ceilings = layout.ceilings(Room::ForUpgrade);
    Growth { now, for_upgrade, bare, ceilings, sentence }
}

fn sentence(now: u64, for_upgrade: &Headroom, bare: &Headroom, full: &str) -> String {
    let bound = |headroom: &Headroom| match &headroom.binds {
        Some(limit) => format!("bound by {limit}"),
        None => "bound by nothing known here".to_owned(),
    };
    if bare.nodes < now {
        let room = bare.nodes;
        return format!("Does not fit{full}: room for {room} of {now} nodes, {}.", bound(bare));
    }
    if for_upgrade.nodes < now {
        return format!("Fits as it is, but an upgrade does not, {}.", bound(for_upgrade));
    }
    let reach = counted(for_upgrade.nodes, "node");
    let end = match &for_upgrade.binds {
        Some(limit) => format!("then {limit} {}", limit.binds()),
        None => "and nothing known here binds".to_owned(),
    };
    if bare.nodes > for_upgrade.nodes {
        return format!(
            "Grows to {reach} and can still be upgraded ({} without), {end}.",
            bare.nodes
        );
    }
    format!("Grows to {reach}, {end}.")
}
