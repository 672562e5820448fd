//! Ranges that several plans of one run would give out where each can be given once: among the
//! networks that are peered with one hub, among the subnets of one network.
//!
//! Each environment is planned as if it were alone: what stands in Azure and in its profile keeps its
//! ranges apart from everybody's, but not from what another of the same run is about to make.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Plan;
use super::change::Action;
use super::guard::{Refusal, Refused};
use super::observed::items;
use super::step::Step;
use crate::address::Range;
use crate::arm::id::ResourceId;
use crate::kind::{Kind as _, Peering, Subnet, VirtualNetwork};

/// A range that a plan gives to a network or a subnet, and where nothing else may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plot {
    /// The hub that the network is peered with, or the network that the subnet lies in.
    place: ResourceId,
    /// What has it.
    of: ResourceId,
    /// The range.
    range: Range,
}

impl Plot {
    /// Tells whether both cannot be had in the one place.
    fn is_in_the_way(&self, other: &Self) -> bool {
        self.of != other.of
            && self.of.resource_type().eq_ignore_ascii_case(&other.of.resource_type())
            && self.range.overlaps(&other.range)
    }
}

/// Returns the ranges that a plan gives out in places which it shares with others.
pub fn plots(plan: &Plan) -> Vec<Plot> {
    let steps = plan.steps.iter().map(|(_, step)| step);
    let made = steps.filter(|step| [Action::Create, Action::Replace].contains(&step.action));
    let mut plots: Vec<Plot> = made.flat_map(|step| given(plan, step)).collect();
    plots.dedup();
    plots
}

fn given(plan: &Plan, step: &Step) -> Vec<Plot> {
    let (Some(body), Some(outer)) = (body(step), step.id.parent()) else { return Vec::new() };
    if step.id.is_type(Subnet::TYPE) {
        let ranges = ranges(body, "properties.addressPrefixes")
            .chain(ranges(body, "properties.addressPrefix"));
        let plot = |range| Plot { place: outer.clone(), of: step.id.clone(), range };
        return ranges.map(plot).collect();
    }
    if !step.id.is_type(Peering::TYPE) {
        return Vec::new();
    }
    let Some(remote) = ResourceId::at(body, "/properties/remoteVirtualNetwork/id") else {
        return Vec::new();
    };
    // Of the two halves each says the same, and one may be missing.
    [(&outer, &remote), (&remote, &outer)]
        .into_iter()
        .flat_map(|(of, hub)| {
            let plot = |range| Plot { place: hub.clone(), of: of.clone(), range };
            network(plan, of).into_iter().map(plot)
        })
        .collect()
}

/// Returns the ranges of a network, if it is the plan's.
fn network(plan: &Plan, id: &ResourceId) -> Vec<Range> {
    let mut steps = plan.steps.iter().map(|(_, step)| step);
    let own = steps.find(|step| step.id == *id && step.id.is_type(VirtualNetwork::TYPE));
    let body = own.and_then(body);
    body.into_iter()
        .flat_map(|body| ranges(body, "properties.addressSpace.addressPrefixes"))
        .collect()
}

fn body(step: &Step) -> Option<&Value> {
    step.verify.as_ref().map(|verify| verify.desired.value())
}

fn ranges<'a>(body: &'a Value, list: &str) -> impl Iterator<Item = Range> + use<'a> {
    let at = list.split('.').try_fold(body, |inner, name| inner.get(name));
    let one = at.and_then(Value::as_str).into_iter();
    let many = items(list, body).into_iter().filter_map(Value::as_str);
    one.chain(many).filter_map(|text| Range::parse(text).ok())
}

/// What the plans of one run have given out, by place, each with the position of its plan.
#[derive(Debug, Default)]
pub struct Given(BTreeMap<ResourceId, Vec<(usize, Plot)>>);

impl Given {
    /// Adds what a plan gives out.
    pub fn add(&mut self, at: usize, own: Vec<Plot>) {
        for plot in own {
            self.0.entry(plot.place.clone()).or_default().push((at, plot));
        }
    }

    /// Returns the ranges that are given out in the places of these plots, if one of those is in the
    /// way.
    pub fn in_the_way(&self, own: &[Plot]) -> Option<Vec<Range>> {
        self.clash(own)?;
        let places: BTreeSet<&ResourceId> = own.iter().map(|one| &one.place).collect();
        let near = places.into_iter().filter_map(|place| self.0.get(place)).flatten();
        Some(near.map(|(_, other)| other.range).collect())
    }

    /// Returns the first plot that cannot be had, and what is in its way.
    fn clash<'a>(&'a self, own: &'a [Plot]) -> Option<(&'a Plot, &'a (usize, Plot))> {
        own.iter().find_map(|one| {
            let mut there = self.0.get(&one.place)?.iter();
            there.find(|(_, other)| one.is_in_the_way(other)).map(|other| (one, other))
        })
    }
}

/// Refuses, in the plans of one run, a range that an earlier one gives to something else.
pub fn refuse_crowded(plans: &mut [Plan]) {
    let mut given = Given::default();
    for at in 0..plans.len() {
        let own = plots(&plans[at]);
        let found = given.clash(&own).map(|(one, (other, theirs))| {
            let why = Refused::Crowded {
                range: one.range.to_string(),
                place: one.place.name().to_owned(),
                other: plans[*other].environment.clone(),
                theirs: theirs.range.to_string(),
            };
            Refusal { id: one.of.clone(), why }
        });
        plans[at].refusals.extend(found);
        given.add(at, own);
    }
}
