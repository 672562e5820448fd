//! What a change of the network model means, in sentences: addresses, nodes, routes, and the way.
//!
//! Layer 3, pure: it may import `profile`, `address`, `address_plan`, `adopt`, `kind` and `plan`. A plan says what
//! happens to each resource; [`explain`] says what that comes to for somebody who changed one word
//! of a profile, with the numbers of the address plan. The sentences become a plan's advice and
//! decide nothing. [`lines_to_change`] is its counterpart for a profile that fell behind a
//! migration.

mod blanks;
mod settings;
mod versions;

use serde_json::Value;

use crate::address::number::{counted, grouped};
use crate::address::{Model, Moment};
use crate::address_plan::{AddressPlan, RangeKind, address_plan};
use crate::advice;
use crate::advice::Advice;
use crate::kind::{Cluster, Kind};
use crate::plan::{self, Observed, Target};
use crate::profile::Surroundings;
use crate::profile::schema::{Dataplane, Network, NetworkMode, OutboundType, Plugin, Profile};

pub use self::blanks::without_value;
pub use self::settings::settings_left;
pub use self::versions::{left_behind, versions_to_write};

/// Returns what it means that the profile asks for another model than the cluster has; nothing
/// where it does not, or where there is no cluster. `around` is what is known of the network.
pub fn explain(profile: &Profile, observed: &Observed, around: &Surroundings) -> Vec<Advice> {
    let mut found = observed.resources.iter();
    let cluster = found.find(|(id, _)| id.is_type(Cluster::TYPE));
    let Some(body) = cluster.and_then(|(_, found)| found.body()) else { return Vec::new() };
    let change = Change {
        environment: &profile.metadata.name,
        profile,
        body,
        from: plan::model_of(body),
        to: profile.model(),
        address_plan: address_plan(profile, around),
    };
    change.sentences()
}

/// Says that a second family stays which the profile does not say: AKS never takes one away.
pub fn families_left(profile: &Profile, observed: &Observed) -> Option<Advice> {
    let mut found = observed.resources.iter();
    let body =
        found.find(|(id, _)| id.is_type(Cluster::TYPE)).and_then(|(_, found)| found.body())?;
    let stands = body.pointer("/properties/networkProfile/ipFamilies")?.as_array()?;
    let is_left = profile.network.ip_families.is_none() && stands.iter().any(|one| one == "IPv6");
    is_left.then(|| {
        "the profile says no `ipFamilies` and the cluster has IPv4 and IPv6, which is left alone; write \
         `ipFamilies: [IPv4, IPv6]` under `network`"
            .into()
    })
}

/// Returns what to write under `network` of a profile that does not say what a migration made, key
/// by key; of a profile that is not at hand everything is to be written.
pub fn lacking(profile: Option<&Profile>, to: Target) -> Vec<(&'static str, &'static str)> {
    let network = profile.map(|profile| &profile.network);
    let lacks = |says: fn(&Network) -> bool| !network.is_some_and(says);
    let lines: &[(bool, &str, &str)] = match to {
        Target::Overlay => &[
            (lacks(|network| network.plugin == Plugin::Azure), "plugin", "azure"),
            (lacks(|network| network.mode == Some(NetworkMode::Overlay)), "mode", "overlay"),
        ],
        Target::Cilium => {
            // A policy that nobody wrote follows the data plane.
            let other = |network: &Network| {
                network.policy.is_some_and(|_| network.policy_or_default() != CILIUM)
            };
            &[
                (
                    lacks(|network| network.dataplane == Some(Dataplane::Cilium)),
                    "dataplane",
                    "cilium",
                ),
                (network.is_some_and(other), "policy", "cilium"),
            ]
        }
    };
    lines.iter().filter(|(lacks, ..)| *lacks).map(|(_, key, value)| (*key, *value)).collect()
}

/// Returns such lines as the end of a sentence has them.
pub fn written(lines: &[(&str, &str)]) -> String {
    let lines: Vec<String> = lines.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
    lines.join(" and ")
}

/// Returns what to write into a profile that does not say what a migration made.
pub fn lines_to_change(profile: Option<&Profile>, to: Target) -> Option<String> {
    let lines = lacking(profile, to);
    (!lines.is_empty()).then(|| {
        format!(
            "the profile falls behind: write {} under `network`, or the next `up` is refused",
            written(&lines)
        )
    })
}

const CILIUM: crate::profile::schema::NetworkPolicy = crate::profile::schema::NetworkPolicy::Cilium;

struct Change<'a> {
    environment: &'a str,
    profile: &'a Profile,
    body: &'a Value,
    from: Model,
    to: Model,
    address_plan: AddressPlan,
}

impl Change<'_> {
    fn sentences(&self) -> Vec<Advice> {
        let both_pod_subnets = self.from.has_pod_subnet() && self.to.has_pod_subnet();
        if self.from == self.to || both_pod_subnets {
            return Vec::new();
        }
        if let Some(unsaid) = self.unsaid() {
            return vec![unsaid.into()];
        }
        let mut said = vec![self.way()];
        said.extend(self.addresses().into_iter().map(Advice::from));
        if !self.migrates() {
            said.push(self.nodes().into());
        }
        said.extend(self.routes().into_iter().chain(self.reach()).map(Advice::from));
        match self.instead() {
            // What leads out of a refusal stands first; what would be another way, last.
            Some(back) if self.from == Model::Overlay => said.insert(0, back),
            other => said.extend(other),
        }
        said
    }

    /// A model that the profile does not say is left alone, whatever Azure would take for a new
    /// cluster.
    fn unsaid(&self) -> Option<String> {
        let network = &self.profile.network;
        let has_plugin = !matches!(self.from, Model::Kubenet | Model::BringYourOwn);
        let is_unsaid = has_plugin && network.plugin == Plugin::Azure && network.mode.is_none();
        let mode = match self.from {
            Model::Overlay => "overlay",
            Model::PodSubnetDynamic | Model::PodSubnetStatic => "pod-subnet",
            _ => "node-subnet",
        };
        is_unsaid.then(|| {
            format!(
                "the profile says no `mode` and the cluster has {}, which is left alone; write \
                 `mode: {mode}` under `network`",
                self.from.title()
            )
        })
    }

    /// Tells whether AKS makes the change in place.
    fn migrates(&self) -> bool {
        matches!(self.from, Model::Kubenet | Model::NodeSubnet) && self.to == Model::Overlay
    }

    fn way(&self) -> Advice {
        let change = format!("from {} to {}", self.from.title(), self.to.title());
        if self.migrates() {
            return advice!(
                "{}: AKS does it in place, once and for good, by `akstool migrate {} --to overlay`; \
                 {} reimaged at the same time",
                change,
                self.environment,
                self.all_nodes()
            );
        }
        advice!(
            "{}: AKS cannot do it in place; the cluster would be deleted and made again, and all \
             that runs on it with it",
            change
        )
    }

    fn addresses(&self) -> Vec<String> {
        let from_nodes = self.to == Model::NodeSubnet;
        let mut said: Vec<String> = self
            .address_plan
            .ranges
            .iter()
            .filter(|row| row.place == RangeKind::Subnet)
            .filter_map(|row| {
                let (range, usage) = (row.range?, row.usage?);
                let free = row.size.saturating_sub(usage.reserved + usage.others);
                let who = match (from_nodes, self.to.has_pod_subnet()) {
                    (true, _) => "nodes and pods",
                    (false, true) => "what stands there",
                    (false, false) => "nodes alone",
                };
                (usage.used.now > 0).then(|| {
                    format!(
                        "addresses: {who} take {} of {} free in `{}` ({range}), {} during an \
                         upgrade{}",
                        grouped(usage.used.now),
                        grouped(free),
                        row.name,
                        grouped(usage.used.upgrade),
                        self.before(usage.used.now),
                    )
                })
            })
            .collect();
        if self.to.has_pod_range() {
            let pods = self.address_plan.ranges.iter().find(|row| row.place == RangeKind::Pods);
            said.extend(pods.and_then(|row| row.range).map(|range| {
                format!("addresses: pods take theirs from {range}, a /24 for each node")
            }));
        }
        if from_nodes && said.is_empty() {
            said.push(
                "addresses: each node takes one of its subnet and one more for each pod it may run"
                    .to_owned(),
            );
        }
        said.extend(self.shortages());
        said
    }

    /// Returns what the cluster takes of its subnet today, where that is one address a node.
    fn before(&self, then: u128) -> String {
        let now = u128::from(self.standing_nodes());
        match self.from {
            Model::Kubenet | Model::Overlay if now != then => {
                format!("; now it is {}, one a node", grouped(now))
            }
            _ => String::new(),
        }
    }

    fn shortages(&self) -> Vec<String> {
        let during = |moment| match moment {
            Moment::Upgrade => " during an upgrade",
            Moment::Maximum => " at the autoscaler's maximum",
            Moment::Now | Moment::Service => "",
        };
        let fits = Moment::PLANNED.iter().filter_map(|moment| {
            self.address_plan
                .fits
                .iter()
                .find(|fit| fit.moment == *moment && !fit.shortages.is_empty())
        });
        let first = fits.take(1).flat_map(|fit| {
            fit.shortages.iter().map(move |short| {
                let prefix = short.prefix.map(|prefix| format!("; a /{prefix} would do"));
                format!(
                    "addresses: {} is too small{}: short by {}{}",
                    short.limit,
                    during(fit.moment),
                    grouped(short.short_by),
                    prefix.unwrap_or_default()
                )
            })
        });
        first.collect()
    }

    fn nodes(&self) -> String {
        let most =
            self.address_plan.pools.iter().map(|pool| pool.max_pods).max().unwrap_or_default();
        let before = self.pools().filter_map(|pool| pool.get("maxPods")?.as_u64()).max();
        let pods = match before {
            Some(before) if before != u64::from(most) => {
                format!(", with at most {most} pods each instead of {before}")
            }
            _ => String::new(),
        };
        format!("nodes: {} made anew{pods}", self.all_nodes())
    }

    /// Returns the nodes as the subject of a sentence, the verb with it.
    fn all_nodes(&self) -> String {
        match self.standing_nodes() {
            1 => "the one node is".to_owned(),
            nodes => format!("all {} are", counted(nodes, "node")),
        }
    }

    fn routes(&self) -> Option<String> {
        let routed = self.profile.network.outbound_type() == OutboundType::UserDefinedRouting;
        match (self.from, self.to) {
            (Model::Kubenet, _) if routed => Some(
                "routes: the pods' routes go, and the route table stays, as it leads the way out"
                    .to_owned(),
            ),
            (Model::Kubenet, _) if self.migrates() => Some(
                "routes: the route table has no more use; `migrate` takes it off the subnet and \
                 deletes it if it is ours"
                    .to_owned(),
            ),
            (Model::Kubenet, _) => Some(
                "routes: the route table has no more use; `--prune` takes it off the subnet and \
                 deletes it if it is ours"
                    .to_owned(),
            ),
            (_, Model::Kubenet) => Some(
                "routes: a route table comes onto the node subnet, with a route for each node and \
                 400 at most"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn reach(&self) -> Option<String> {
        let own = |model: Model| model == Model::NodeSubnet || model.has_pod_subnet();
        match (own(self.from), own(self.to)) {
            (false, true) => Some(
                "reach: pods have addresses of the network, and peers reach them by these; until \
                 now they left under their node's"
                    .to_owned(),
            ),
            (true, false) => Some(
                "reach: pods leave under their node's address, and nobody outside reaches them by \
                 their own any more"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn instead(&self) -> Option<Advice> {
        let can_migrate = matches!(self.from, Model::Kubenet | Model::NodeSubnet);
        if self.from == Model::Overlay && matches!(self.to, Model::Kubenet | Model::NodeSubnet) {
            let lines = lines_to_change(Some(self.profile), Target::Overlay)?;
            return Some(advice!("nothing leads back from overlay in place; {}", lines));
        }
        (can_migrate && !self.migrates() && self.to != Model::BringYourOwn).then(|| {
            advice!(
                "overlay is reached in place, with the addresses of today and without routes: \
                 `akstool migrate {} --to overlay`, and `plugin: azure` with `mode: overlay` in the \
                 profile",
                self.environment
            )
        })
    }

    fn pools(&self) -> impl Iterator<Item = &Value> {
        let list = self.body.pointer("/properties/agentPoolProfiles").and_then(Value::as_array);
        list.into_iter().flatten()
    }

    fn standing_nodes(&self) -> u64 {
        self.pools().filter_map(|pool| pool.get("count")?.as_u64()).sum()
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
