//! What a kind says, as data: one entry of the registry.

use serde_json::Value;

use super::resource::{Kind, joined};
use super::traits::{COMMON, Traits};
use crate::arm::body::ApiVersion;
use crate::diff::rule::{Rule, Rules};

/// A kind's answers, without the kind.
#[derive(Debug)]
pub struct Entry {
    /// The type, as its documentation spells it.
    pub name: &'static str,
    /// The version of the interface.
    pub api: ApiVersion,
    /// What is true of every resource of it.
    pub traits: Traits,
    /// What goes with one that is deleted and made again, as a clause without a stop.
    pub loses: fn(&Value) -> Option<String>,
    rules: &'static [Rule],
}

impl Entry {
    /// Returns what a kind answers.
    pub(super) const fn of<K: Kind>() -> Self {
        Self { name: K::TYPE, api: K::API, traits: K::TRAITS, loses: K::loses, rules: K::RULES }
    }

    /// Returns how desired and observed meet.
    pub fn rules(&self) -> Rules {
        joined([COMMON, self.rules, &[]])
    }

    /// Returns what the type is called in what it lies in: `subnets`.
    pub fn collection(&self) -> &'static str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }
}
