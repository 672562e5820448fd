//! What was found in Azure: the input of every plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::arm::body::ApiVersion;
use crate::arm::id::ResourceId;
use crate::kind::Yardstick;

/// What stands under one id.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// Nothing.
    Absent,
    /// This, and nobody is changing it.
    Present(Value),
    /// This, and Azure is still at work on it.
    Busy(Value),
}

impl Observation {
    /// Reads an answer: the state decides whether Azure is still at work.
    pub fn of(answer: Option<Value>) -> Self {
        match answer {
            None => Self::Absent,
            Some(body) if is_busy(&body) => Self::Busy(body),
            Some(body) => Self::Present(body),
        }
    }

    /// Returns the body, if anything stands there.
    pub fn body(&self) -> Option<&Value> {
        match self {
            Self::Absent => None,
            Self::Present(body) | Self::Busy(body) => Some(body),
        }
    }
}

/// Returns Azure's word for the state; a resource without one has succeeded.
pub fn state(body: &Value) -> &str {
    body.pointer("/properties/provisioningState").and_then(Value::as_str).unwrap_or("Succeeded")
}

/// Tells whether Azure is still at work: every word but the three terminal ones says so.
pub(super) fn is_busy(body: &Value) -> bool {
    !["Succeeded", "Failed", "Canceled"].iter().any(|word| state(body).eq_ignore_ascii_case(word))
}

/// Tells whether Azure is taking a resource away.
pub fn is_deleting(body: &Value) -> bool {
    state(body).eq_ignore_ascii_case("Deleting")
}

/// Tells whether the last change of a resource failed or was canceled.
pub(crate) fn has_failed(body: &Value) -> bool {
    ["Failed", "Canceled"].iter().any(|word| state(body).eq_ignore_ascii_case(word))
}

/// Returns the value of a tag; tag names are compared ignoring case.
pub fn tag<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get("tags")?
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .and_then(|(_, value)| value.as_str())
}

/// What was found for the resources of a profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// What stands under each id of the desired graph.
    pub resources: BTreeMap<ResourceId, Observation>,
    /// What is the environment's and not in the graph.
    pub unmanaged: Vec<Found>,
    /// The pools that another has taken over from, by that one's id.
    pub left: BTreeMap<ResourceId, Vec<Found>>,
    /// The rights that the identities of the graph hold, by the GUID of each.
    pub held: BTreeMap<String, Vec<Found>>,
    /// By what it is measured whether one of these does for one of ours.
    pub yardstick: Yardstick,
    /// Other groups in which an environment of the same name stands.
    pub namesakes: Vec<ResourceId>,
    /// What stands in the group and the list of what carries the name does not say: it is behind.
    pub late: Vec<ResourceId>,
    /// What of `unmanaged` stays for others' sake: who stands in it, uses it, or uses what cannot be
    /// without it. With `--prune` everybody around was asked; else only the bodies at hand tell.
    pub users: BTreeMap<ResourceId, BTreeSet<ResourceId>>,
    /// What another hand wrote into something of ours, as in [`Inventory::along`].
    pub along: Vec<(ResourceId, Option<ResourceId>)>,
}

impl Observed {
    /// Returns what stands under an id; what was not asked for is absent.
    pub fn get(&self, id: &ResourceId) -> &Observation {
        self.resources.get(id).unwrap_or(&Observation::Absent)
    }

    /// Returns what stands, in the profile or not.
    pub(super) fn bodies(&self) -> impl Iterator<Item = (&ResourceId, &Value)> {
        let named = self.resources.iter().filter_map(|(id, one)| Some((id, one.body()?)));
        named.chain(self.unmanaged.iter().map(|one| (&one.id, &one.body)))
    }
}

/// A resource as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The id.
    pub id: ResourceId,
    /// The version to speak to it in.
    pub api: ApiVersion,
    /// What stands there.
    pub body: Value,
}

/// Something of another hand that uses something of ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// What uses it.
    pub by: ResourceId,
    /// What is used.
    pub of: ResourceId,
}

/// Everything found of an environment: the input of a teardown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// What the environment owns.
    pub owned: Vec<Found>,
    /// What another hand made in the groups and networks that the environment owns.
    pub foreign: Vec<ResourceId>,
    /// What another hand wrote into something of the environment's and goes with it: peerings out of
    /// its networks, each with the network it leads to, routes in its tables, rules in its groups.
    pub along: Vec<(ResourceId, Option<ResourceId>)>,
    /// What another hand uses of what the environment owns.
    pub uses: Vec<Use>,
    /// What was the environment's and is gone, although its group still lists it; each with the
    /// version to ask with.
    pub gone: Vec<(ResourceId, ApiVersion)>,
    /// Far halves of peerings that the environment may have made, in networks that may not be read.
    pub unseen: Vec<ResourceId>,
    /// The groups that AKS made for nodes: they go with their cluster.
    pub node_groups: Vec<ResourceId>,
    /// What belongs to things of another hand here, lies elsewhere and stays with these: the nodes of
    /// a cluster, the far halves of a network's peerings.
    pub foreign_elsewhere: Vec<ResourceId>,
    /// What stands in the group although ARM's list of it does not say so: the list is behind.
    pub late: Vec<ResourceId>,
    /// What carries nobody's name and most likely lost this environment's: the group, where it holds
    /// what the environment owns, and what stands in it.
    pub lost: Vec<ResourceId>,
    /// Whether nobody could say which clusters of the subscription use what is the environment's.
    pub is_unsure: bool,
}

impl Inventory {
    /// Returns what the environment owns.
    pub(super) fn bodies(&self) -> impl Iterator<Item = (&ResourceId, &Value)> {
        self.owned.iter().map(|one| (&one.id, &one.body))
    }
}

/// Returns what stands at a place of a body, as a list also where it is a single thing.
pub(super) fn items<'a>(list: &str, body: &'a Value) -> Vec<&'a Value> {
    let at = list.split('.').try_fold(body, |inner, name| inner.get(name));
    match at {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

/// Tells whether AKS wrote it by itself: a route to a node's pods, a door for a load balancer. It
/// takes them away by itself, too.
pub(super) fn is_of_aks(item: &Value) -> bool {
    let has = |place: &str| item.pointer(place).is_some();
    let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
    let begins = |start: &str| name.to_ascii_lowercase().starts_with(start);
    has("/properties/nextHopType") && begins("aks-")
        || has("/properties/direction") && begins("k8s-azure-lb")
}

/// Tells whether a body holds the id, or one under it, anywhere; a resource's own id does not count.
pub(crate) fn mentions(body: &Value, id: &ResourceId) -> bool {
    match body {
        Value::String(text) => {
            ResourceId::parse(text).is_ok_and(|found| found == *id || found.is_under(id))
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, id)),
        Value::Object(members) => members.iter().any(|(name, value)| {
            mentions(value, id) || ResourceId::parse(name).is_ok_and(|found| found == *id)
        }),
        _ => false,
    }
}

/// Returns the members of a list of a body's properties.
pub fn members<'a>(body: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    body.get("properties").and_then(|p| p.get(list)).and_then(Value::as_array).into_iter().flatten()
}
