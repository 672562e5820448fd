//! The roll of environments: what lists tell of them all, put together. Pure.
//!
//! A list names candidates: what is on the roll is to be looked at, and nothing more. Whose a thing
//! is, [`super::ownership`] says, of what was read under its own id.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::lifetime::{Expiry, RUN, TORN, VERSION, instant, made};
use super::observed::{has_failed, is_busy, is_deleting, state, tag};
use super::ownership::{Environment, id_of};
use super::size;
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, ENVIRONMENT, Kind as _, ResourceGroup, spelt};

/// Tags of other tools that are read beside akstool's own.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    /// Those that say when something ends.
    pub expires: Vec<String>,
    /// Those that say when something was made.
    pub created: Vec<String>,
}

/// In what state an environment is, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has its cluster.
    Whole,
    /// It has none, or one that is still being made.
    HalfMade,
    /// It is being taken away.
    Going,
    /// Its cluster has failed, or its teardown has.
    Failed,
    /// Nothing is left of it but the group of its cluster's nodes.
    Orphan,
}

impl Standing {
    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::HalfMade => "half-made",
            Self::Going => "going",
            Self::Failed => "failed",
            Self::Orphan => "orphan",
        }
    }
}

/// One environment, as lists tell of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// Which one.
    pub environment: Environment,
    /// In what state it is.
    pub standing: Standing,
    /// Azure's word for what is under way, where something is.
    pub phase: Option<String>,
    /// When it ends.
    pub expiry: Expiry,
    /// When a teardown of it was given up.
    pub torn: Option<String>,
    /// When it was made.
    pub made: Option<OffsetDateTime>,
    /// How many nodes run.
    pub nodes: u64,
    /// How many cores these have; `None` where a size says nothing of that.
    pub cores: Option<u64>,
    /// Whose it is, as a tag or Azure says.
    pub owner: Option<String>,
    /// The run that made it.
    pub run: Option<String>,
    /// The akstool that wrote it last.
    pub version: Option<String>,
    /// The region.
    pub location: Option<String>,
    /// Its cluster.
    pub cluster: Option<ResourceId>,
    /// Groups of nodes whose cluster is gone.
    pub orphans: Vec<ResourceId>,
}

/// Names of tags in which people say whose something is, in the order in which they are believed.
const OWNERS: [&str; 5] = ["akstool-owner", "owner", "createdBy", "creator", "alias"];

/// Puts together what lists tell: groups, clusters, and whatever else carries a name. By `ahead` our
/// clock is ahead of the one that Azure says by when it made something.
pub fn roll(rows: &[Value], aliases: &Aliases, ahead: time::Duration) -> Vec<Sighting> {
    let all: Vec<(ResourceId, &Value)> =
        rows.iter().filter_map(|row| Some((id_of(row)?, row))).collect();
    let clusters: BTreeSet<&ResourceId> =
        all.iter().map(|(id, _)| id).filter(|id| id.is_type(Cluster::TYPE)).collect();
    let managed: BTreeMap<&ResourceId, ResourceId> =
        all.iter().filter_map(|(id, row)| Some((id, manager(id, row)?))).collect();
    let mut parts: BTreeMap<(String, String), Parts<'_>> = BTreeMap::new();
    for (id, row) in &all {
        let Some(name) = tag(row, ENVIRONMENT) else { continue };
        let home = match managed.get(id) {
            Some(cluster) if clusters.contains(cluster) => continue,
            Some(cluster) => cluster.group(),
            None => id.group().filter(|group| !managed.contains_key(group)),
        };
        let Some(home) = home else { continue };
        let key = (home.as_str().to_ascii_lowercase(), name.to_owned());
        let one = parts.entry(key).or_insert_with(|| Parts::new(&home, name));
        one.rows.push((id, row));
        if managed.contains_key(id) {
            one.orphans.push((*id).clone());
        }
    }
    parts.into_values().map(|one| one.sighting(aliases, ahead)).collect()
}

/// Returns the cluster that manages a group; what lies in that group is AKS's.
fn manager(id: &ResourceId, row: &Value) -> Option<ResourceId> {
    let text = row.get("managedBy")?.as_str().filter(|_| id.is_type(ResourceGroup::TYPE))?;
    // A group that something else manages is no environment's either.
    (!text.is_empty()).then(|| ResourceId::parse(text).unwrap_or_else(|_| id.clone()))
}

/// What was told of one environment.
struct Parts<'a> {
    environment: Environment,
    rows: Vec<(&'a ResourceId, &'a Value)>,
    orphans: Vec<ResourceId>,
}

impl<'a> Parts<'a> {
    fn new(home: &ResourceId, name: &str) -> Self {
        let environment = Environment {
            subscription: home.subscription_id().to_owned(),
            name: name.to_owned(),
            group: home.clone(),
        };
        Self { environment, rows: Vec::new(), orphans: Vec::new() }
    }

    fn cluster(&self) -> Option<&'a Value> {
        let mut rows = self.rows.iter();
        rows.find(|(id, _)| id.is_type(Cluster::TYPE)).map(|(_, row)| *row)
    }

    fn said(&self, name: &str) -> Option<String> {
        self.rows.iter().find_map(|(_, row)| tag(row, name)).map(str::to_owned)
    }

    fn standing(&self) -> Standing {
        let is_home = |id: &ResourceId| *id == self.environment.group;
        let group = self.rows.iter().find(|(id, _)| is_home(id)).map(|(_, row)| *row);
        let goes = |row: Option<&Value>| row.is_some_and(is_deleting);
        let cluster = self.cluster();
        if goes(group) || goes(cluster) {
            return Standing::Going;
        }
        if self.rows.iter().all(|(id, _)| self.orphans.contains(id)) {
            let going = self.rows.iter().any(|(_, row)| is_deleting(row));
            return if going { Standing::Going } else { Standing::Orphan };
        }
        match cluster {
            _ if self.said(TORN).is_some() => Standing::Failed,
            Some(cluster) if has_failed(cluster) => Standing::Failed,
            Some(cluster) if !state(cluster).eq_ignore_ascii_case("Creating") => Standing::Whole,
            Some(_) | None => Standing::HalfMade,
        }
    }

    fn sighting(self, aliases: &Aliases, ahead: time::Duration) -> Sighting {
        let cluster = self.cluster();
        let machines = cluster.map(size::running).unwrap_or_default();
        let expiry = self.rows.iter().map(|(_, row)| Expiry::of(row, &aliases.expires));
        let told = self.rows.iter().filter_map(|(_, row)| made(row, &aliases.created));
        let kept = self.rows.iter().filter_map(|(_, row)| born(row)?.checked_add(ahead));
        let text =
            |row: &Value, at: &str| row.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let by = || cluster.and_then(|row| text(row, "/systemData/createdBy"));
        Sighting {
            standing: self.standing(),
            phase: cluster.filter(|row| is_busy(row)).map(|row| state(row).to_owned()),
            expiry: expiry.fold(Expiry::Never, Expiry::or),
            torn: self.said(TORN),
            made: told.min().or_else(|| kept.min()),
            nodes: machines.nodes,
            cores: machines.cores,
            owner: OWNERS.iter().find_map(|name| self.said(name)).or_else(by),
            run: self.said(RUN),
            version: self.said(VERSION),
            location: self.rows.iter().find_map(|(_, row)| text(row, "/location")),
            cluster: self
                .rows
                .iter()
                .map(|(id, _)| *id)
                .find(|id| id.is_type(Cluster::TYPE))
                .map(spelt),
            orphans: self.orphans,
            environment: self.environment,
        }
    }
}

/// Returns when Azure says that something was made.
fn born(row: &Value) -> Option<OffsetDateTime> {
    let said = row.pointer("/systemData/createdAt").or_else(|| row.get("createdTime"));
    instant(said?.as_str()?)
}

#[cfg(test)]
#[path = "roll_tests.rs"]
mod tests;
