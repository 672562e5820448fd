//! Plans we refuse, and the flag that would allow them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::change::{Action, places};
use super::migrate::blocker::Blocker;
use super::ownership::give_back;
use super::step::Step;
use crate::advice;
use crate::advice::Advice;
use crate::arm::id::ResourceId;
use crate::kind::{Kind as _, ResourceGroup, noun};
use crate::shell::word;

/// What the user allowed by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Resources that may be replaced, by name, as the plan prints them, by `type/name` or id.
    pub replace: BTreeSet<String>,
    /// Whether what is ours and no longer in the profile is deleted.
    pub prune: bool,
    /// How pools hand over to others, by their names in the profile.
    pub successions: BTreeMap<String, Succession>,
}

/// How a pool hands over to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// The name of the other; `None` for one that is made of the pool's own.
    pub successor: Option<String>,
    /// Whether its nodes go although a disruption budget says no.
    pub ignores_budgets: bool,
}

impl Allowance {
    /// Tells whether the replacement of a resource was allowed by its name or its id.
    pub fn replaces(&self, id: &ResourceId) -> bool {
        let short = format!("{}/{}", id.resource_type(), id.name());
        let printed = printed(id);
        let forms = [id.name(), id.as_str(), short.as_str(), printed.as_str()];
        self.replace.iter().any(|named| forms.iter().any(|is| is.eq_ignore_ascii_case(named)))
    }
}

impl Allowance {
    /// Says of each name that may be replaced and that no replacement goes by that it does nothing.
    pub(super) fn idle<'a>(
        &self,
        steps: &'a [Step],
        handed_over: impl Iterator<Item = &'a ResourceId>,
    ) -> Vec<String> {
        let replaced = steps.iter().filter(|step| step.action == Action::Replace);
        let replaced = replaced.map(|step| &step.id);
        let replaced: Vec<&ResourceId> = replaced.chain(handed_over).collect();
        let goes = |name: &String| {
            let one = Self { replace: BTreeSet::from([name.clone()]), ..Self::default() };
            replaced.iter().any(|id| one.replaces(id))
        };
        let idle = self.replace.iter().filter(|name| !goes(name));
        idle.map(|name| {
            format!(
                "`--allow-replace {}` has no effect: nothing of that name is to be replaced",
                word(name)
            )
        })
        .collect()
    }
}

/// Returns the name as a plan prints it: a child's with its parent's, `one/system`.
fn printed(id: &ResourceId) -> String {
    id.names().join("/")
}

/// Why a plan is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "refused")]
pub enum Refused {
    /// It would be deleted and made again.
    Replacement {
        /// The places that cannot change in place.
        paths: Vec<String>,
        /// What goes with it for good.
        loses: Option<String>,
    },
    /// Another pool would take over from it, which drains its nodes.
    Rotation {
        /// The places that cannot change in place.
        paths: Vec<String>,
        /// The name of the other.
        successor: String,
        /// The pool as the profile calls it.
        pool: ResourceId,
        /// How many nodes are drained.
        nodes: u64,
    },
    /// It is the only system pool of its cluster, and AKS never lets that one go.
    LastSystemPool {
        /// The places that cannot change in place.
        paths: Vec<String>,
    },
    /// Its pools are to stand in another network, and all pools of a cluster stand in one.
    OtherNetwork {
        /// The network they stand in.
        from: ResourceId,
        /// The network they are to stand in.
        to: ResourceId,
        /// What goes with it for good.
        loses: Option<String>,
        /// The environment.
        environment: String,
    },
    /// It is a group, which takes along whatever else stands in it.
    Group {
        /// The places that cannot change in place.
        paths: Vec<String>,
        /// The environment.
        environment: String,
    },
    /// It cannot be deleted, because addresses of it are taken.
    InUse {
        /// The places that cannot change in place.
        paths: Vec<String>,
        /// What has taken them, by name.
        users: Vec<String>,
    },
    /// It is a cluster that is stopped, and takes no other version.
    Stopped {
        /// The environment.
        environment: String,
    },
    /// The subnet of its nodes has too few free addresses for those that an upgrade adds.
    NoRoom {
        /// The subnet.
        subnet: ResourceId,
        /// The nodes that are added.
        nodes: u64,
        /// The addresses that they need.
        needs: u64,
        /// The addresses that are free.
        free: u64,
    },
    /// It would reimage every node at once, which only a migration may do.
    Migration {
        /// The places.
        paths: Vec<String>,
        /// The word for `--to`.
        to: String,
        /// The environment.
        environment: String,
    },
    /// The cluster cannot migrate.
    #[serde(rename = "obstacle")]
    Blocker {
        /// The environment.
        environment: String,
        /// What stands in the way.
        #[serde(rename = "obstacle")]
        blocker: Blocker,
    },
    /// It stands there and belongs to somebody else.
    Foreign {
        /// The environment that owns it, if one does.
        owner: Option<String>,
        /// The environment that is planned.
        environment: String,
    },
    /// The profile names it as existing, and it does not exist.
    Missing,
    /// An environment of this name stands in another group.
    Elsewhere {
        /// The environment.
        environment: String,
        /// The groups it stands in.
        groups: Vec<String>,
    },
    /// A part of another hand stands in it where the profile has one of its own, and Azure takes one.
    Taken {
        /// The part.
        part: ResourceId,
    },
    /// A setting that the profile leaves as it stands does not go with one that it says.
    Parted {
        /// Where the one stands.
        path: String,
        /// Where the other stands.
        with: String,
        /// What the other may read.
        takes: Vec<String>,
        /// The fields of a profile that say them.
        fields: [String; 2],
    },
    /// It is a cluster with volumes of its workloads, which nobody said may be lost.
    HoldsData {
        /// What would be lost, in words.
        volumes: Vec<String>,
    },
    /// Several environments of one run would write it, each in its own way.
    Together {
        /// The others.
        others: Vec<String>,
    },
    /// Another environment of the run gets a range there that overlaps with this one's.
    Crowded {
        /// The range.
        range: String,
        /// The hub that both are peered with, or the network that both lie in.
        place: String,
        /// The other environment.
        other: String,
        /// Its range.
        theirs: String,
    },
}

/// One thing that a guard refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refusal {
    /// The resource.
    pub id: ResourceId,
    /// Why.
    #[serde(flatten)]
    pub why: Refused,
}

/// Returns what is lost as the end of a sentence.
fn lost(loses: Option<&String>) -> String {
    loses.map(|loses| format!(": {loses}")).unwrap_or_default()
}

/// Returns volumes as a part of a sentence: some by name, of the others how many there are.
pub(super) fn told(volumes: &[String]) -> String {
    const MOST: usize = 5;
    let more = volumes.len().saturating_sub(MOST);
    let first = volumes.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}

fn holding(name: &str, volumes: &[String]) -> String {
    format!("{name} holds data that would be lost with it: {}", told(volumes))
}

/// What to do where volumes would be lost.
const GO_ALONG: &str = "`--delete-data` deletes it too; a snapshot in another group keeps a disk";

fn add_fewer(pool: &str) -> Advice {
    advice!("a smaller `maxSurge` of pool `{}` adds fewer nodes at a time", pool)
}

fn taken(name: &str, part: &ResourceId) -> String {
    format!(
        "{name} has `{}` of another hand where the profile has one of its own: Azure takes one rule \
         of a priority and one route to a prefix",
        part.name()
    )
}

fn together(name: &str, others: &[String]) -> String {
    let others = quoted(others);
    format!("{name} would be made for {others} at the same time, and belongs to one environment")
}

fn crowded(name: &str, [range, theirs]: [&str; 2], other: &str, place: &str) -> String {
    format!(
        "{name} would get {range}, which overlaps with {theirs} of `{other}` in this run: at \
         `{place}` Azure takes each range once"
    )
}

fn parted(name: &str, path: &str, with: &str, takes: &[String]) -> String {
    format!(
        "{name} would no longer have `{path}` and `{with}` together as Azure takes them: as it is, \
         `{path}` needs {}",
        takes.join(" or ")
    )
}

fn say_both([one, other]: &[String; 2]) -> Advice {
    advice!("what a profile leaves out stays as it stands: write both `{}` and `{}`", one, other)
}

fn give_way(part: &ResourceId) -> Advice {
    advice!(
        "leave it to `{}`, with another priority or prefix here, or have that taken away \
                 first",
        part.name()
    )
}

fn rotated(name: &str, paths: &[String], successor: &str) -> String {
    format!(
        "would rotate {name}: Azure cannot change {} in place, so pool `{successor}` takes over from it",
        places(paths)
    )
}

fn rotate(old: &str, pool: &ResourceId, successor: &str, nodes: u64) -> Advice {
    let nodes = match nodes {
        0 => "nothing runs on it".to_owned(),
        1 => "its 1 node goes with all that lies on its own disk".to_owned(),
        nodes => format!("its {nodes} nodes go with all that lies on their own disks"),
    };
    advice!(
        "`--allow-replace {}` makes pool `{}` first; then `{}` is drained, as far as disruption \
         budgets let it, and deleted: {}",
        printed(pool),
        successor,
        old,
        nodes
    )
}

fn second_cluster(environment: &str, cluster: &ResourceId, loses: Option<&String>) -> Advice {
    advice!(
        "another `--name` makes a second cluster there, and `akstool down {}` takes this one away \
         once the work has moved; `--allow-replace {}` deletes it first and makes it again{}",
        environment,
        printed(cluster),
        lost(loses)
    )
}

fn other_network(name: &str, from: &ResourceId, to: &ResourceId) -> String {
    format!(
        "would replace {name}: its pools stand in network `{}`, the profile has them in `{}`, and all \
         pools of a cluster stand in one network",
        from.name(),
        to.name()
    )
}

impl Refusal {
    /// Returns the refusal as a sentence without its stop.
    pub fn sentence(&self) -> String {
        let name = format!("{} `{}`", noun(&self.id.resource_type()), self.id.name());
        match &self.why {
            Refused::Migration { paths, to, .. } => format!(
                "would reimage every node of {name} at once and for good: changing {} is a \
                 migration to {to}",
                places(paths)
            ),
            Refused::Blocker { blocker, .. } => {
                format!("{name} cannot migrate: {}", blocker.sentence())
            }
            Refused::Replacement { paths, .. } => {
                format!("would replace {name}: Azure cannot change {} in place", places(paths))
            }
            Refused::Rotation { paths, successor, .. } => rotated(&name, paths, successor),
            Refused::LastSystemPool { paths } => format!(
                "{name} cannot change {} in place, and AKS never deletes the only system pool of a \
                 cluster",
                places(paths)
            ),
            Refused::OtherNetwork { from, to, .. } => other_network(&name, from, to),
            Refused::Stopped { .. } => {
                format!("{name} is stopped, and takes no other version until it is started")
            }
            Refused::NoRoom { subnet, nodes, needs, free } => format!(
                "{name} adds {nodes} nodes while it is upgraded, which need {needs} addresses, and \
                 subnet `{}` has {free} free",
                subnet.name()
            ),
            Refused::Group { paths, .. } => format!(
                "{name} cannot change {} in place, and to delete it would take along all that \
                 stands in it",
                paths.join(", ")
            ),
            Refused::InUse { paths, users } => format!(
                "{name} cannot change {} in place, and cannot be deleted while {} stands in it",
                paths.join(", "),
                users.join(", ")
            ),
            Refused::Foreign { owner: Some(owner), .. } => {
                format!("{name} belongs to the environment `{owner}`")
            }
            Refused::Foreign { owner: None, .. } => {
                format!("{name} exists and was not made by this environment")
            }
            Refused::Missing => format!("{name} does not exist, and the profile names it by id"),
            Refused::Elsewhere { environment, groups } => format!(
                "the environment `{environment}` stands in the resource group {} already, and \
                 would be made a second time in `{}`",
                quoted(groups),
                self.id.name()
            ),
            Refused::Taken { part } => taken(&name, part),
            Refused::Parted { path, with, takes, .. } => parted(&name, path, with, takes),
            Refused::HoldsData { volumes } => holding(&name, volumes),
            Refused::Together { others } => together(&name, others),
            Refused::Crowded { range, place, other, theirs } => {
                crowded(&name, [range, theirs], other, place)
            }
        }
    }

    /// Returns what to do where something of others stands. A tag in another spelling may be a
    /// slip of the hand, as the lack of one may.
    fn of_others(&self, owner: Option<&str>, environment: &str) -> Advice {
        let other: Advice = if self.id.is_type(ResourceGroup::TYPE) {
            "choose another `metadata.resourceGroup`".into()
        } else {
            "choose another `metadata.name`, or delete the other resource first".into()
        };
        if owner.is_some_and(|owner| !owner.eq_ignore_ascii_case(environment)) {
            return other;
        }
        let back = give_back(&self.id, environment);
        other.or(advice!("if it is this environment's, give it its tag back: {}", back))
    }

    /// Returns what to do next.
    pub fn hint(&self) -> Advice {
        match &self.why {
            Refused::Migration { to, environment, .. } => advice!(
                "`akstool migrate {} --to {}` does it in place, after its own checks and a plan",
                environment,
                to
            ),
            Refused::Blocker { environment, blocker } => blocker.hint(environment, &self.id),
            Refused::Replacement { loses, .. } => advice!(
                "`--allow-replace {}` deletes it and makes it again{}",
                printed(&self.id),
                lost(loses.as_ref())
            ),
            Refused::Rotation { successor, pool, nodes, .. } => {
                rotate(self.id.name(), pool, successor, *nodes)
            }
            Refused::LastSystemPool { .. } => advice!(
                "add a system pool under another name with what is wished, run `up`, then leave \
                 `{}` out of the profile and run `up` with `--prune`",
                self.id.name()
            ),
            Refused::OtherNetwork { environment, loses, .. } => {
                second_cluster(environment, &self.id, loses.as_ref())
            }
            Refused::Stopped { environment } => {
                advice!("`akstool start {}` starts it", environment)
            }
            Refused::NoRoom { .. } => add_fewer(self.id.name()),
            Refused::Group { environment, .. } => advice!(
                "`akstool down {}` takes it away and names what is not its own; then `up` makes it \
                 anew; another `--name` makes a second environment",
                environment
            ),
            Refused::InUse { .. } => {
                "add a second subnet under `network.subnets` and a pool with that `subnet`, move \
                 the work there, then leave out the old ones with `--prune`"
                    .into()
            }
            Refused::Foreign { owner, environment } => {
                self.of_others(owner.as_deref(), environment)
            }
            Refused::Missing => {
                advice!("create it first, or correct the id `{}`", self.id.as_str())
            }
            Refused::Elsewhere { groups, .. } => advice!(
                "`metadata.resourceGroup: {}` means the one that stands; another `metadata.name` \
                 makes a second environment",
                groups.first().map(String::as_str).unwrap_or_default()
            ),
            Refused::Taken { part } => give_way(part),
            Refused::Parted { fields, .. } => say_both(fields),
            Refused::HoldsData { .. } => GO_ALONG.into(),
            Refused::Together { .. } => {
                "give each profile a `metadata.resourceGroup` of its own, or make the group first \
                 with `az group create`"
                    .into()
            }
            Refused::Crowded { .. } => APART.into(),
        }
    }
}

/// What keeps environments of one run apart.
const APART: &str = "write another range in one of the profiles, or `auto` in both";

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
