//! What every rule works with: the profile, its ranges, what was found, and what hints proposed.

use crate::address::{PRIVATE_RANGES, Range, find_free};
use crate::profile::claims::Claim;
use crate::profile::place::Places;
use crate::profile::problem::{Also, Problem, Severity};
use crate::profile::ranges::{Ranges, Surroundings};
use crate::profile::schema::Profile;

/// Ranges that hints propose at most; chosen: nobody pastes more, and each takes a search.
const PROPOSALS: usize = 50;

/// A profile, where its fields stand, what its ranges come to, and what was found so far.
pub(super) struct Rules<'a> {
    pub(super) profile: &'a Profile,
    pub(super) places: &'a Places,
    pub(super) ranges: Ranges,
    pub(super) found: Vec<Problem>,
    /// Ranges that hints have proposed: pasted together, they must not collide either.
    proposed: Vec<Range>,
}

/// A problem just found, to which more can be added.
pub(super) struct Finding<'r> {
    places: &'r Places,
    pub(super) problem: &'r mut Problem,
}

impl<'a> Rules<'a> {
    pub(super) fn new(profile: &'a Profile, places: &'a Places, ranges: Ranges) -> Self {
        Self { profile, places, ranges, found: Vec::new(), proposed: Vec::new() }
    }

    pub(super) fn error(&mut self, path: &str, what: impl Into<String>) -> Finding<'_> {
        self.find(Severity::Error, path, what.into())
    }

    pub(super) fn advice(&mut self, path: &str, what: impl Into<String>) -> Finding<'_> {
        self.find(Severity::Advice, path, what.into())
    }

    pub(super) fn find(&mut self, severity: Severity, path: &str, what: String) -> Finding<'_> {
        let mut problem = Problem::error(what).path(path);
        problem.severity = severity;
        problem.at = self.places.value(path);
        let place = self.found.len();
        self.found.push(problem);
        Finding { places: self.places, problem: &mut self.found[place] }
    }

    /// Returns every range of the profile, its own and others'.
    pub(super) fn claims(&self) -> Vec<Claim> {
        self.profile.claims(&self.ranges, &Surroundings::default())
    }

    /// Proposes a private range of this prefix that touches nothing the profile knows of, and
    /// nothing that was proposed before.
    pub(super) fn free(&mut self, prefix: u8) -> Option<Range> {
        let taken = self.claims().into_iter().map(|claim| claim.range).collect();
        self.propose(taken, prefix, &PRIVATE_RANGES)
    }

    /// Proposes a range for a subnet of our own network, beside all subnets but `except`.
    pub(super) fn free_subnet(&mut self, prefix: u8, except: Option<&str>) -> Option<Range> {
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
    pub(super) fn unused(&mut self, path: &str, why: &str) {
        if self.places.is_written(path) {
            let name = path.rsplit('.').next().unwrap_or(path);
            self.advice(path, format!("`{name}` has no effect: {why}")).at_key();
        }
    }
}

impl Finding<'_> {
    /// Names another place that has a part in it. Nothing written there: the note says so in
    /// words.
    pub(super) fn also(self, path: &str, label: impl Into<String>) -> Self {
        let written = self.places.is_written(path);
        let at = if written { self.places.value(path) } else { None };
        let also = Also { at, path: path.to_owned(), label: label.into() };
        self.problem.also.push(also);
        self
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }

    pub(super) fn maybe_hint(self, hint: Option<String>) -> Self {
        self.problem.hint = hint.or(self.problem.hint.take());
        self
    }

    /// Points at the key rather than at the value.
    pub(super) fn at_key(self) -> Self {
        self.problem.at = self.places.key(&self.problem.path);
        self
    }
}
