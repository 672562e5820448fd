//! The same pools under every model, side by side.
//!
//! Nodes, autoscaler and surge stay; pods per node stay where they are written and follow the
//! model where they are not, which is what switching the model would do.

use schemars::JsonSchema;
use serde::Serialize;

use super::layout;
use super::pool::Three;
use crate::address::limit::Limit;
use crate::address::model::KUBENET_RETIREMENT;
use crate::address::{Demand, Headroom, Layout, Model, Moment, Range, Room, Shortage};
use crate::profile::schema::{OsType, Profile};
use crate::profile::{Ranges, Surroundings};

/// One model with this profile's pools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table whose columns are yes or no")]
pub struct ModelRow {
    /// The model.
    pub model: Model,
    /// The model as people say it.
    pub title: &'static str,
    /// Whether the profile selects it.
    pub selected: bool,
    /// What all pools take together.
    pub needs: Three<Demand>,
    /// The prefix that the node subnet needs at the maximum.
    pub node_subnet_prefix: Option<u8>,
    /// The prefix that the pod subnet needs at the maximum, for the models that have one.
    pub pod_subnet_prefix: Option<u8>,
    /// The prefix that the pod range needs at the maximum, for the models that have one.
    pub pod_range_prefix: Option<u8>,
    /// The pod subnet taken for granted, when the profile has none: the largest free block.
    pub assumed_pod_subnet: Option<Range>,
    /// What is short on this profile's ranges at the maximum; empty when all fits.
    pub shortages: Vec<Shortage>,
    /// The largest cluster on this profile's ranges that can still be upgraded.
    pub largest: Headroom,
    /// Pods of the largest cluster, when every pool keeps its share; 0 when there are no nodes.
    pub largest_pods: u64,
    /// Whether pods are reached at their own addresses from the network and its peers.
    pub routable: bool,
    /// Whether packets between nodes take one hop more.
    pub extra_hop: bool,
    /// Whether the Cilium data plane runs on it.
    pub cilium: bool,
    /// Whether Windows pools run on it.
    pub windows: bool,
    /// Whether it carries IPv6 beside IPv4.
    pub dual_stack: bool,
    /// The day it ends, when that is known.
    pub ends: Option<&'static str>,
    /// How this cluster would get there.
    pub way: Way,
    /// What this cluster would lose, in words; empty for the model it has.
    pub lost: Vec<String>,
    /// What this cluster would gain, in words; empty for the model it has.
    pub gained: Vec<String>,
}

/// How a cluster gets from one model to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It is there already.
    Stay,
    /// In place, with all pools reimaged at once (update-azure-cni).
    Migrate,
    /// Only by making another cluster.
    Replace,
}

/// Puts the profile's pools under every model.
pub fn compare(profile: &Profile, around: &Surroundings) -> Vec<ModelRow> {
    let ranges = profile.ranges(around);
    Model::ALL.iter().map(|model| row(profile, &ranges, around, *model)).collect()
}

fn row(profile: &Profile, ranges: &Ranges, around: &Surroundings, model: Model) -> ModelRow {
    let own = profile.model();
    let layout = layout::of_profile(profile, ranges, around, model);
    let needs = Three::ask(|moment| layout.demand(moment));
    let largest = layout.headroom(Room::ForUpgrade);
    let subnet_prefix = |addresses: u128| Range::prefix_for(addresses);
    ModelRow {
        model,
        title: model.title(),
        selected: model == own,
        node_subnet_prefix: subnet_prefix(needs.maximum.node_subnet),
        pod_subnet_prefix: subnet_prefix(needs.maximum.pod_subnet)
            .filter(|_| model.has_pod_subnet()),
        pod_range_prefix: Range::prefix_of_size(needs.maximum.pod_range)
            .filter(|_| model.has_pod_range()),
        assumed_pod_subnet: assumed(&layout, ranges),
        shortages: layout.fit(Moment::Maximum).shortages,
        largest_pods: pods(&layout, largest.nodes),
        largest,
        needs,
        routable: model.is_routable(),
        extra_hop: model == Model::Kubenet,
        cilium: model.takes_cilium(),
        windows: model.takes_windows(),
        dual_stack: model == Model::Overlay,
        ends: retirement(model),
        way: way(own, model),
        lost: traits_only_in(profile, own, model),
        gained: traits_only_in(profile, model, own),
    }
}

/// Returns the pod subnet that the profile does not have and the layout took for granted.
fn assumed(layout: &Layout, ranges: &Ranges) -> Option<Range> {
    let subnet = layout.subnets.iter().find(|subnet| subnet.name == layout::ASSUMED)?;
    (!ranges.subnets.contains_key(layout::ASSUMED)).then_some(subnet.range)
}

/// Returns the pods of a cluster of this many nodes with the pools' mean of pods per node.
fn pods(layout: &Layout, nodes: u64) -> u64 {
    let now: Demand = layout.demand(Moment::Service);
    nodes.saturating_mul(now.pods).checked_div(now.nodes).unwrap_or(0)
}

/// Source: AKS documentation, update-azure-cni: kubenet and node subnet go to overlay, nothing else.
const fn way(from: Model, to: Model) -> Way {
    match (from, to) {
        (Model::Kubenet | Model::NodeSubnet, Model::Overlay) => Way::Migrate,
        _ if from as u8 == to as u8 => Way::Stay,
        _ => Way::Replace,
    }
}

/// Returns, in words, what `has` gives this profile and `lacks` does not.
fn traits_only_in(profile: &Profile, has: Model, lacks: Model) -> Vec<String> {
    let windows = profile.pools.iter().any(|p| p.os_type_or_default() == OsType::Windows);
    let own_range = |model: Model| !model.is_routable();
    let cases: [(bool, &str); 9] = [
        (
            has.is_routable() && !lacks.is_routable(),
            "pods reached at their own addresses from the network and its peers",
        ),
        (own_range(has) && !own_range(lacks), "pods that take no addresses of the network"),
        (has.takes_cilium() && !lacks.takes_cilium(), "the Cilium data plane"),
        (has.takes_windows() && !lacks.takes_windows(), windows_text(windows)),
        (has == Model::Overlay && lacks != Model::Overlay, "dual stack"),
        (
            has != Model::Kubenet && lacks == Model::Kubenet,
            "Azure's network policies, virtual nodes, Application Gateway for Containers",
        ),
        (
            has != Model::Kubenet && lacks == Model::Kubenet,
            "support after 31 March 2028, when kubenet ends",
        ),
        (lacks == Model::Kubenet && has != lacks, "packets without the extra hop"),
        (lacks == Model::BringYourOwn && has != lacks, "Microsoft's support for the pod network"),
    ];
    cases.iter().filter(|(applies, _)| *applies).map(|(_, text)| (*text).to_owned()).collect()
}

const fn windows_text(in_use: bool) -> &'static str {
    if in_use { "Windows pools, which this profile has" } else { "Windows pools" }
}

impl ModelRow {
    /// Tells whether the pools fit on this profile's ranges at their maximum.
    pub fn fits(&self) -> bool {
        self.shortages.is_empty()
    }

    /// Returns what binds first when this cluster grows.
    pub fn binds(&self) -> Option<&Limit> {
        self.largest.binds.as_ref()
    }
}

/// Returns the day on which a model ends, when it does.
pub(super) const fn retirement(model: Model) -> Option<&'static str> {
    match model {
        Model::Kubenet => Some(KUBENET_RETIREMENT),
        _ => None,
    }
}
