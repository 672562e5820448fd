//! Rules across fields: everything that can be said of a decoded profile without asking Azure.
//!
//! Each rule looks at the whole profile and adds what it finds, so all problems come at once; a
//! conflict names both places. Numbers and sources stand beside the rules; the arithmetic of
//! addresses is `address`'s. Fields that the chosen model does not use are advice, never an
//! error.

mod access;
mod addons;
mod bounds;
mod control_plane;
mod doors;
mod models;
mod monitoring;
mod names;
mod network;
mod outbound;
mod overlaps;
mod parts;
mod pools;
mod private;
mod ranges;
mod raw;
mod registry;
mod resources;
mod room;
mod rules;
mod security_rules;
mod syntax;
mod windows;

use super::place::{Places, related};
use super::problem::Problem;
use super::ranges::{Ranges, Surroundings};
use super::schema::Profile;

use rules::Rules;

/// Pools of one cluster; the schema says so too (quotas-skus-regions).
const POOLS: usize = 100;

/// Subnets of one virtual network (Azure subscription limits).
const SUBNETS: usize = 3_000;

/// The fields that some models have no use for.
const POD_RANGES: [&str; 2] = ["network.podCidr", "network.podCidrV6"];

/// Holds a decoded profile against every rule. Nothing is said about `stand_ins`, the paths whose
/// value is not what was written.
pub(super) fn check(profile: &Profile, places: &Places, stand_ins: &[String]) -> Vec<Problem> {
    let subnets = profile.network.subnets.len();
    if profile.pools.len() > POOLS {
        return Vec::new(); // told already, and no rule is in a hurry
    }
    let ranges = if subnets > SUBNETS {
        Ranges::default()
    } else {
        profile.ranges(&Surroundings::default())
    };
    let mut rules = Rules::new(profile, places, ranges);
    if subnets > SUBNETS {
        rules.error(
            "network.subnets",
            format!("{subnets} subnets; a virtual network has at most {SUBNETS}"),
        );
        return rules.found;
    }
    names::check(&mut rules);
    pools::check(&mut rules);
    control_plane::check(&mut rules);
    addons::check(&mut rules);
    private::check(&mut rules);
    access::check(&mut rules);
    doors::check(&mut rules);
    registry::check(&mut rules);
    monitoring::check(&mut rules);
    raw::check(&mut rules);
    bounds::check(&mut rules);
    resources::check(&mut rules);
    let model = ["network.plugin", "network.mode", "network.dataplane"];
    let model_is_known = !stand_ins.iter().any(|path| model.iter().any(|one| related(path, one)));
    if model_is_known {
        models::check(&mut rules);
        windows::check(&mut rules);
        network::check(&mut rules);
        outbound::check(&mut rules);
        parts::check(&mut rules);
    }
    ranges::check(&mut rules);
    overlaps::check(&mut rules);
    if model_is_known {
        room::check(&mut rules);
    }
    // What pods need a range for, only the model tells.
    let of_model = |path: &str| !model_is_known && POD_RANGES.iter().any(|one| related(one, path));
    let spoilt = |path: &str| of_model(path) || stand_ins.iter().any(|one| related(one, path));
    rules
        .found
        .retain(|found| !spoilt(&found.path) && !found.also.iter().any(|also| spoilt(&also.path)));
    rules.found
}
