//! What to know before it is too late: shortages, limits near by, and what another model gives.
//!
//! Each piece names its topic and its reason, so that a reader can disagree with it.

use schemars::JsonSchema;
use serde::Serialize;

use super::growth::Growth;
use crate::address::demand::{BLOCK, static_addresses};
use crate::address::free::DEFAULT_POD_RANGE;
use crate::address::limit::Limit;
use crate::address::model::{KUBENET_RETIREMENT, NODES_AZURE_POLICY, ROUTES_PER_TABLE};
use crate::address::number::{counted, grouped};
use crate::address::{Demand, Fit, Layout, Model, Moment, Shortage};
use crate::profile::schema::{NetworkMode, NetworkPolicy, Plugin, Profile};
use crate::profile::{Ranges, Surroundings};

/// One piece of advice on addresses; it leads to no command, as [`crate::advice::Advice`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remark {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is about.
    pub topic: Topic,
    /// What to know or do, as a sentence.
    pub text: String,
    /// Why, as a sentence.
    pub reason: String,
    /// Whether it says that something does not fit, which a profile's check says with its line.
    #[serde(skip)]
    pub is_shortage: bool,
}

/// How much a piece of advice weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It does not work as it stands.
    Problem,
    /// It works now and will not later.
    Warning,
    /// Good to know.
    Note,
}

/// What a piece of advice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Addresses taken and left.
    Addresses,
    /// Who can reach pods.
    Routability,
    /// The way a packet takes.
    Latency,
    /// Numbers that end growth.
    Limits,
    /// What AKS ends, and when.
    Retirement,
    /// What cannot be known without Azure.
    Unknown,
}

/// What advice is made from.
struct Advisor<'a> {
    profile: &'a Profile,
    ranges: &'a Ranges,
    layout: &'a Layout,
    fits: &'a [Fit],
    growth: &'a Growth,
    around: &'a Surroundings,
}

/// Returns all advice, the weightiest first.
pub(super) fn give(
    profile: &Profile,
    ranges: &Ranges,
    layout: &Layout,
    fits: &[Fit],
    growth: &Growth,
    around: &Surroundings,
) -> Vec<Remark> {
    let advisor = Advisor { profile, ranges, layout, fits, growth, around };
    let mut all = advisor.shortages();
    all.extend(advisor.model());
    all.extend(advisor.room());
    all.extend(advisor.pools());
    all.extend(advisor.policy());
    all.extend(advisor.unknown());
    all.sort_by_key(|advice| advice.weight);
    all
}

fn remark(
    weight: Weight,
    topic: Topic,
    text: impl Into<String>,
    reason: impl Into<String>,
) -> Remark {
    Remark { weight, topic, text: text.into(), reason: reason.into(), is_shortage: false }
}

impl Advisor<'_> {
    /// Says each shortage once, at the earliest moment it shows.
    fn shortages(&self) -> Vec<Remark> {
        let mut said: Vec<&Limit> = Vec::new();
        let mut all = Vec::new();
        for moment in Moment::PLANNED {
            for fit in self.fits.iter().filter(|fit| fit.moment == moment) {
                let new = fit.shortages.iter().filter(|short| !said.contains(&&short.limit));
                let new: Vec<&Shortage> = new.collect();
                all.extend(new.iter().map(|short| self.say_shortage(short, moment)));
                said.extend(new.iter().map(|short| &short.limit));
            }
        }
        all
    }

    /// Says what the model itself brings with it, and what another one would change.
    fn model(&self) -> Vec<Remark> {
        match self.layout.model {
            Model::Kubenet => self.kubenet(),
            Model::NodeSubnet => self.node_subnet(),
            Model::Overlay => vec![remark(
                Weight::Note,
                Topic::Routability,
                "The virtual network and its peers cannot open connections to pods at their own addresses.",
                "Overlay hides pods behind the address of their node; reach them through a load \
                 balancer, or take a pod subnet when something outside must see each pod.",
            )],
            Model::PodSubnetDynamic | Model::PodSubnetStatic => self.pod_subnet(),
            Model::BringYourOwn => vec![remark(
                Weight::Note,
                Topic::Addresses,
                "Nodes stay NotReady until you install a network plugin, and it decides about pod addresses.",
                "With `plugin: none` AKS gives pods nothing, so only nodes are counted here.",
            )],
        }
    }

    fn kubenet(&self) -> Vec<Remark> {
        let mut all = vec![
            remark(
                Weight::Warning,
                Topic::Retirement,
                format!(
                    "kubenet ends on {KUBENET_RETIREMENT}; `akstool migrate {} --to overlay` moves this cluster.",
                    self.profile.metadata.name
                ),
                "Overlay takes the same addresses of the network and no routes. The move reimages all \
                 pools at once and cannot be undone.",
            ),
            remark(
                Weight::Note,
                Topic::Latency,
                "Packets between nodes take one more hop than with any Azure CNI.",
                "kubenet bridges pods on the node and sends them through a route table; overlay and \
                 the pod subnets go straight.",
            ),
        ];
        let default = self.layout.pod_range == Some(DEFAULT_POD_RANGE);
        if default && self.profile.network.pod_cidr.is_none() {
            all.push(remark(
                Weight::Note,
                Topic::Limits,
                format!("{DEFAULT_POD_RANGE} ends at 256 nodes, before the {ROUTES_PER_TABLE} routes do."),
                "Each node takes a /24 of the pod range, and kubenet's range cannot be changed later; \
                 a /15 would reach the routes.",
            ));
        }
        all
    }

    fn node_subnet(&self) -> Vec<Remark> {
        let demand = self.layout.demand(Moment::Maximum);
        let nodes = demand.nodes;
        let overlay = Demand::of(Model::Overlay, nodes, 0).of_vnet();
        let short = self.fits.iter().flat_map(|fit| &fit.shortages);
        let short =
            short.filter(|short| matches!(short.limit, Limit::NodeSubnet { .. })).count() > 0;
        let amounts = format!(
            "At its maximum this takes {} of the network; overlay would take {}",
            counted(demand.of_vnet(), "address"),
            grouped(overlay)
        );
        let (weight, text) = if short {
            let name = &self.profile.metadata.name;
            let way = format!("`akstool migrate {name} --to overlay` moves a cluster that stands");
            (Weight::Warning, format!("{amounts}; {way}."))
        } else {
            (Weight::Note, format!("{amounts}."))
        };
        let mut all = vec![remark(
            weight,
            Topic::Addresses,
            text,
            "The node subnet sets aside an address for every pod a node might run. In return pods are \
             reachable at their own addresses from the network and its peers.",
        )];
        let network = &self.profile.network;
        if network.plugin == Plugin::Azure && network.mode.is_none() {
            all.push(remark(
                Weight::Note,
                Topic::Limits,
                "`plugin: azure` without a mode is the node subnet; write `mode: overlay` for AKS's present default.",
                "AKS keeps the old meaning of the bare plugin for compatibility, and the Azure CLI \
                 sends overlay when nothing is said.",
            ));
        }
        all
    }

    fn pod_subnet(&self) -> Vec<Remark> {
        let dynamic = self.layout.model == Model::PodSubnetDynamic;
        let mut all = Vec::new();
        if dynamic {
            all.push(remark(
                Weight::Note,
                Topic::Addresses,
                "What is counted here is every node full of pods; each node starts with 16 addresses.",
                "Addresses come in batches of 16, the next when fewer than 8 are free, and go back \
                 when pods leave. Pools and clusters may share the subnet.",
            ));
            return all;
        }
        for pool in &self.layout.pools {
            let held = static_addresses(pool.demand.max_pods);
            let spare = held - 1 - u128::from(pool.demand.max_pods);
            if spare > 0 {
                all.push(remark(
                    Weight::Note,
                    Topic::Addresses,
                    format!(
                        "Pool `{}` leaves {} per node unused; {} pods per node would use them.",
                        pool.demand.name,
                        counted(spare, "address"),
                        held - 1
                    ),
                    format!("Addresses come in blocks of {BLOCK} (/28), so 16N-1 pods per node fit best."),
                ));
            }
        }
        all
    }

    /// Says where little is left, when all fits.
    fn room(&self) -> Vec<Remark> {
        let mut all = Vec::new();
        let (now, reach) = (self.growth.now, self.growth.for_upgrade.nodes);
        let close = reach >= now && reach < now.saturating_add((now / 5).max(1));
        if let (true, Some(limit)) = (close, &self.growth.for_upgrade.binds) {
            all.push(remark(
                Weight::Warning,
                Topic::Limits,
                format!(
                    "The cluster is within a fifth of its end: {} of {reach}.",
                    counted(now, "node")
                ),
                format!("At {} {limit} {}.", counted(reach, "node"), limit.binds()),
            ));
        }
        all
    }

    fn pools(&self) -> Vec<Remark> {
        let mut all = Vec::new();
        for pool in &self.layout.pools {
            if !pool.demand.has_room_for_30_pods() && pool.demand.most_nodes() > 0 {
                all.push(remark(
                    Weight::Warning,
                    Topic::Limits,
                    format!("Pool `{}` has room for fewer than 30 pods.", pool.demand.name),
                    "AKS wants room for 30 pods over all nodes of a pool; 10 per node need three nodes.",
                ));
            }
        }
        all
    }

    fn policy(&self) -> Option<Remark> {
        (self.profile.network.policy_or_default() == NetworkPolicy::Azure).then(|| {
            remark(
                Weight::Warning,
                Topic::Retirement,
                format!(
                    "Azure's policy engine ends on Linux on 30 September 2028 and serves at most {NODES_AZURE_POLICY} nodes."
                ),
                "Cilium's data plane enforces the same policies without that limit; Calico works as well.",
            )
        })
    }

    /// Names what cannot be counted without looking at Azure.
    fn unknown(&self) -> Option<Remark> {
        let network = &self.profile.network;
        let missing: Vec<String> = self
            .ranges
            .subnets
            .iter()
            .filter(|(_, range)| range.is_none())
            .map(|(key, _)| format!("`{key}`"))
            .collect();
        let overlay = network.plugin == Plugin::Azure && network.mode == Some(NetworkMode::Overlay);
        (!missing.is_empty()).then(|| {
            remark(
                Weight::Warning,
                Topic::Unknown,
                if self.around.looked {
                    format!("The size of {} is not known: Azure shows none.", missing.join(", "))
                } else {
                    let missing = missing.join(", ");
                    format!("The size of {missing} is not known here; add `--live` to look.")
                },
                if overlay {
                    "Only the nodes take addresses there, but an upgrade needs room too."
                } else {
                    "What fits and how far it grows leaves these subnets out."
                },
            )
        })
    }

    fn say_shortage(&self, short: &Shortage, moment: Moment) -> Remark {
        // Nodes take addresses for their pods as these come.
        let full = self.layout.model == Model::PodSubnetDynamic
            && matches!(short.limit, Limit::PodSubnet { .. });
        let (weight, when) = match moment {
            Moment::Now | Moment::Service if full => {
                (Weight::Problem, "once nodes are full of pods")
            }
            Moment::Now | Moment::Service => (Weight::Problem, "for the nodes as they are"),
            Moment::Upgrade => (Weight::Warning, "during an upgrade"),
            Moment::Maximum => (Weight::Warning, "at the autoscaler's maximum, during an upgrade"),
        };
        let Shortage { limit, needed, available, short_by, prefix } = short;
        let unit = limit.unit();
        let would_do = prefix.map(|prefix| format!("; a /{prefix} would do")).unwrap_or_default();
        let text = if limit.is_range() {
            let lacking = counted(*short_by, unit);
            let limit = limit.to_string();
            let (first, rest) = limit.split_at(1);
            format!("{}{rest} is short of {lacking} {when}{would_do}.", first.to_uppercase())
        } else {
            let (needed, more) = (counted(*needed, unit), grouped(*short_by));
            format!("{needed} are needed {when}, {more} more than {limit}{would_do}.")
        };
        let reason = format!("Needed are {}, there are {}.", grouped(*needed), grouped(*available));
        Remark { is_shortage: true, ..remark(weight, Topic::Addresses, text, reason) }
    }
}
