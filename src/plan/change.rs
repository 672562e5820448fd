//! What happens to a resource, and why.

use schemars::JsonSchema;
use serde::Serialize;

use crate::arm::id::ResourceId;

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is as it should be.
    Keep,
    /// An earlier or another run is still changing it.
    Wait,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and made again.
    Replace,
    /// It is deleted.
    Delete,
}

impl Action {
    /// Returns the mark in front of a plan's line.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Keep => "=",
            Self::Wait => "…",
            Self::Create => "+",
            Self::Update => "~",
            Self::Replace => "±",
            Self::Delete => "-",
        }
    }

    /// Returns the word for it, as in "will …".
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Wait => "wait",
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }
}

/// Why an action was chosen; for reading only, it decides nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// It does not exist.
    Absent,
    /// It differs from the profile.
    Differs,
    /// Azure cannot change these places in place.
    Immutable {
        /// The paths.
        paths: Vec<String>,
    },
    /// Its last change failed; writing it again heals it.
    Failed,
    /// It is a peering whose other half was deleted; writing it again heals it.
    Disconnected,
    /// It is a peering that goes on with an address space of before; writing it again brings it into
    /// step.
    OutOfStep,
    /// Azure is still at work on it.
    Busy {
        /// Azure's word for the state.
        state: String,
    },
    /// It can be planned only when something that is being deleted is gone.
    PlannedAfter {
        /// What is being deleted.
        gone: ResourceId,
    },
    /// It is made inside the `PUT` of what it lies in.
    CreatedWith {
        /// The parent.
        parent: ResourceId,
    },
    /// What it lies in is replaced.
    ParentReplaced {
        /// The parent.
        parent: ResourceId,
    },
    /// It takes over from another pool, in which these places cannot change.
    TakesOver {
        /// The other.
        from: ResourceId,
        /// The paths.
        paths: Vec<String>,
    },
    /// It is drained and goes, because another pool has taken over.
    TakenOver {
        /// The other.
        by: ResourceId,
    },
    /// It carries this environment's name and is not in the profile.
    NotInProfile,
    /// The environment is being taken down.
    Teardown,
    /// It goes together with what it lies in.
    DeletedWith {
        /// The parent.
        parent: ResourceId,
    },
    /// It stays, because another hand made what stands in it.
    HoldsForeign {
        /// What stands in it.
        contents: Vec<ResourceId>,
    },
    /// It stays, because another hand uses it, or what stays with it.
    UsedBy {
        /// What uses it.
        users: Vec<ResourceId>,
    },
    /// It stays, because this environment did not make it.
    NotOurs,
    /// It is not needed: the identity holds as much by an assignment of another hand.
    HeldAlready {
        /// What that assignment is on.
        on: ResourceId,
    },
    /// A right: which, and whose.
    Gives {
        /// The role, as people know it.
        role: String,
        /// The identity.
        to: String,
    },
    /// It waits until the list of what stands in it has caught up.
    ListBehind {
        /// What stands in it and is not listed.
        lacks: Vec<ResourceId>,
    },
    /// It need not remember what is gone.
    Forgets,
    /// It is stopped: machines and API server go, its state stays.
    Stops,
    /// It is started again.
    Starts,
    /// It moves to another network model or data plane.
    Migrates,
    /// It goes to a newer Kubernetes version.
    Upgrades,
    /// Its nodes are drained and made anew with a newer version, some at a time.
    Rolls {
        /// The nodes.
        nodes: u64,
        /// How many at a time.
        at_once: u64,
    },
    /// Its nodes are reimaged while what it lies in migrates.
    ReimagedWith {
        /// The cluster.
        parent: ResourceId,
        /// The nodes.
        nodes: u64,
    },
    /// The old network model needed it.
    LeftBehind,
    /// The new network model needs it.
    NeededAfter,
}

/// Returns what a right is on; a subscription's name tells nobody anything.
fn whole(scope: &ResourceId) -> &str {
    if scope.parent().is_none() { "the whole subscription" } else { scope.name() }
}

/// Returns places as people read them, without the word that nearly every path begins with.
pub(super) fn places(paths: &[String]) -> String {
    let short = |path: &String| path.strip_prefix("properties.").unwrap_or(path).to_owned();
    paths.iter().map(short).collect::<Vec<_>>().join(", ")
}

impl Reason {
    /// Returns the reason as a fragment of a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Absent => "does not exist".to_owned(),
            Self::Differs => "differs from the profile".to_owned(),
            Self::Immutable { paths } => {
                format!("Azure cannot change {} in place", places(paths))
            }
            Self::Failed => "its last change failed; writing it again heals it".to_owned(),
            Self::Disconnected => {
                "it is Disconnected, its other half was deleted; writing it again heals it"
                    .to_owned()
            }
            Self::OutOfStep => {
                "it does not follow the address space of its networks; writing it again syncs it"
                    .to_owned()
            }
            Self::Busy { state } => format!("Azure is still at work on it ({state})"),
            Self::PlannedAfter { gone } => format!("planned anew once {} is gone", gone.name()),
            Self::CreatedWith { parent } => format!("created together with {}", parent.name()),
            Self::ParentReplaced { parent } => format!("{} is replaced", parent.name()),
            Self::TakesOver { from, .. } => format!("takes over from {}", from.name()),
            Self::TakenOver { by } => {
                format!("drained and deleted once {} has taken over", by.name())
            }
            Self::NotInProfile => "not in the profile".to_owned(),
            Self::Teardown => "the environment is taken down".to_owned(),
            Self::DeletedWith { parent } => format!("goes together with {}", parent.name()),
            Self::HoldsForeign { contents } => {
                let names: Vec<&str> = contents.iter().map(ResourceId::name).collect();
                format!("another hand made what stands in it: {}", names.join(", "))
            }
            Self::UsedBy { users } => {
                let names: Vec<&str> = users.iter().map(ResourceId::name).collect();
                format!("in use by what another hand made: {}", names.join(", "))
            }
            Self::NotOurs => "not made by this environment".to_owned(),
            Self::HeldAlready { on } => format!("another hand gave as much on {}", whole(on)),
            Self::Gives { role, to } => format!("{role} for {to}"),
            Self::ListBehind { lacks } => {
                let names: Vec<&str> = lacks.iter().map(ResourceId::name).collect();
                format!("planned anew once its list names {} or they are gone", names.join(", "))
            }
            Self::Forgets => "it need not remember what is gone".to_owned(),
            Self::Stops => "is stopped".to_owned(),
            Self::Starts => "is started".to_owned(),
            Self::Migrates => "migrates in place".to_owned(),
            Self::Upgrades => "goes to a newer Kubernetes version".to_owned(),
            Self::Rolls { nodes: 0, .. } => "has no node to be made anew".to_owned(),
            Self::Rolls { nodes: 1, .. } => "its node is drained and made anew".to_owned(),
            Self::Rolls { nodes, at_once } => {
                format!("{nodes} nodes are drained and made anew, {at_once} at a time")
            }
            Self::ReimagedWith { parent, nodes: 1 } => {
                format!("1 node is reimaged with {}", parent.name())
            }
            Self::ReimagedWith { parent, nodes } => {
                format!("{nodes} nodes are reimaged with {}", parent.name())
            }
            Self::NeededAfter => "the new network model needs it".to_owned(),
            Self::LeftBehind => "only the old network model needed it".to_owned(),
        }
    }
}
