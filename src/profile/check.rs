//! Rules across fields: everything that can be said of a decoded profile without asking Azure.
//!
//! Each rule looks at the whole profile and adds what it finds, so all problems come at once; a
//! conflict names both places. Numbers and sources stand beside the rules; the arithmetic of
//! addresses is `address`'s. Fields that the chosen model does not use are advice, never an
//! error.

mod control_plane;
mod models;
mod names;
mod network;
mod outbound;
mod overlaps;
mod parts;
mod pools;
mod ranges;
mod raw;
mod room;
mod syntax;
mod windows;

use super::place::{Places, related};
use super::problem::{Also, Problem, Severity};
use super::ranges::{Ranges, Surroundings};
use super::schema::Profile;
use crate::address::{PRIVATE_RANGES, Range, find_free};

/// Pools of one cluster; the schema says so too (quotas-skus-regions).
const POOLS: usize = 100;

/// Subnets of one virtual network (Azure subscription limits).
const SUBNETS: usize = 3_000;

/// Ranges that hints propose at most; chosen: nobody pastes more, and each takes a search.
const PROPOSALS: usize = 50;

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
    let mut rules = Rules { profile, places, ranges, found: Vec::new(), proposed: Vec::new() };
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
    raw::check(&mut rules);
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

/// A profile, where its fields stand, what its ranges come to, and what was found so far.
struct Rules<'a> {
    profile: &'a Profile,
    places: &'a Places,
    ranges: Ranges,
    found: Vec<Problem>,
    /// Ranges that hints have proposed: pasted together, they must not collide either.
    proposed: Vec<Range>,
}

/// A problem just found, to which more can be added.
struct Finding<'r> {
    places: &'r Places,
    problem: &'r mut Problem,
}

impl Rules<'_> {
    fn error(&mut self, path: &str, what: impl Into<String>) -> Finding<'_> {
        self.find(Severity::Error, path, what.into())
    }

    fn advice(&mut self, path: &str, what: impl Into<String>) -> Finding<'_> {
        self.find(Severity::Advice, path, what.into())
    }

    fn find(&mut self, severity: Severity, path: &str, what: String) -> Finding<'_> {
        let mut problem = Problem::error(what).path(path);
        problem.severity = severity;
        problem.at = self.places.value(path);
        let place = self.found.len();
        self.found.push(problem);
        Finding { places: self.places, problem: &mut self.found[place] }
    }

    /// Proposes a private range of this prefix that touches nothing the profile knows of, and
    /// nothing that was proposed before.
    fn free(&mut self, prefix: u8) -> Option<Range> {
        let network = &self.profile.network;
        let elsewhere =
            network.avoid.iter().chain(network.peerings.iter().flat_map(|peer| &peer.cidrs));
        let used = ranges::used(self.profile, &self.ranges);
        let taken = used.into_iter().map(|used| used.range).chain(elsewhere.copied()).collect();
        self.propose(taken, prefix, &PRIVATE_RANGES)
    }

    /// Proposes a range for a subnet of our own network, beside all subnets but `except`.
    fn free_subnet(&mut self, prefix: u8, except: Option<&str>) -> Option<Range> {
        let others = self.ranges.subnets.iter().filter(|(name, _)| Some(name.as_str()) != except);
        let taken = others.filter_map(|(_, range)| *range).collect();
        let vnet = self.ranges.vnet.clone();
        self.propose(taken, prefix, &vnet)
    }

    fn propose(&mut self, mut taken: Vec<Range>, prefix: u8, within: &[Range]) -> Option<Range> {
        if self.proposed.len() >= PROPOSALS {
            return None;
        }
        taken.extend(&self.proposed);
        let found = find_free(&taken, prefix, within);
        self.proposed.extend(found);
        found
    }

    /// Advises on a field that is written and has no effect.
    fn unused(&mut self, path: &str, why: &str) {
        if self.places.is_written(path) {
            let name = path.rsplit('.').next().unwrap_or(path);
            self.advice(path, format!("`{name}` has no effect: {why}")).at_key();
        }
    }
}

impl Finding<'_> {
    /// Names another place that has a part in it. Nothing written there: the note says so in
    /// words.
    fn also(self, path: &str, label: impl Into<String>) -> Self {
        let written = self.places.is_written(path);
        let at = if written { self.places.value(path) } else { None };
        let also = Also { at, path: path.to_owned(), label: label.into() };
        self.problem.also.push(also);
        self
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }

    fn maybe_hint(self, hint: Option<String>) -> Self {
        self.problem.hint = hint.or(self.problem.hint.take());
        self
    }

    /// Points at the key rather than at the value.
    fn at_key(self) -> Self {
        self.problem.at = self.places.key(&self.problem.path);
        self
    }
}
