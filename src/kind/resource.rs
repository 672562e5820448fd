//! `Kind`, the questions, and `Resource`, the erased answers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::Rule;

use super::rules::COMMON;

/// The tag that names the environment on everything it owns.
pub const ENVIRONMENT: &str = "akstool-environment";

/// The tag that says when an environment may be taken down, RFC 3339.
pub const EXPIRES: &str = "akstool-expires";

/// Tags as a resource carries them; `None` takes one away.
pub type Tags = BTreeMap<String, Option<String>>;

/// How long the work on a resource takes and how often to ask.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pace {
    /// What a creation takes as a rule; for display only, it decides nothing.
    pub typical: Duration,
    /// The pause between two questions where Azure names none.
    pub every: Duration,
    /// When to give up waiting for one operation.
    pub give_up: Duration,
}

impl Pace {
    /// Returns a pace of whole seconds.
    pub const fn seconds(typical: u64, every: u64, give_up: u64) -> Self {
        Self {
            typical: Duration::from_secs(typical),
            every: Duration::from_secs(every),
            give_up: Duration::from_secs(give_up),
        }
    }
}

/// How a resource goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// By a `DELETE` of its own.
    Delete,
    /// Together with the resource it lies in.
    WithParent,
}

/// Whose the resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// Made by this environment; says so in its tags.
    Tagged,
    /// Made by this environment; its type carries no tags, so its name or its parent says so.
    Named,
    /// There before, and only read.
    Existing,
}

/// How a child is created inside the body of its parent.
///
/// AKS takes agent pools in the cluster's `PUT` only when the cluster is created; afterwards each
/// pool is a `PUT` of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Inline {
    /// The list in the parent's body that the child joins, `agentPoolProfiles` under `properties`.
    pub list: &'static str,
}

/// What an Azure kind must know about itself. The compiler asks every author every question.
pub trait Kind {
    /// The resource type, `Microsoft.Network/natGateways`.
    const TYPE: &'static str;
    /// The version of the interface that the body is written in.
    const API: ApiVersion;
    /// How desired and observed meet.
    const RULES: &'static [Rule];
    /// How long the work takes.
    const PACE: Pace;
    /// How it goes away.
    const REMOVAL: Removal = Removal::Delete;
    /// Whether it carries tags, so that ownership can be written on it.
    const TAGGED: bool = true;
    /// How it is created inside its parent's body, if it is.
    const INLINE: Option<Inline> = None;
    /// Whether deleting it loses what cannot be made again; such a replacement needs a flag.
    const HOLDS_DATA: bool = true;
    /// Where its body holds the mark that changes with every write, if a write may name it.
    const ETAG: Option<&'static str> = None;
    /// What a write over what stands asks for beside its body, as a name and a value of the query.
    const ASKS: Option<(&'static str, &'static str)> = None;
    /// The lists in its body of what lies in it or uses it: what comes into one after a plan was
    /// made keeps it from being deleted.
    const HOLDS: &'static [&'static str] = &[];

    /// Returns the id.
    fn id(&self) -> ResourceId;

    /// Returns the body: a function of the profile only.
    fn body(&self) -> Body;

    /// Returns what must come before and does not show in the body; each needs a why.
    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    /// Returns the rules for what the body says at creation and the profile leaves unsaid: the
    /// values there are defaults of ours, and no wish against what came to stand there since.
    fn unsaid(&self) -> &'static [Rule] {
        &[]
    }
}

/// A resource as data: what should stand under an id, and how to treat it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resource {
    /// The id.
    pub id: ResourceId,
    /// The type, as its documentation spells it.
    pub kind: &'static str,
    /// The version of the interface.
    pub api: ApiVersion,
    /// The desired body; empty for an existing resource.
    pub body: Body,
    /// How desired and observed meet.
    #[serde(skip)]
    pub rules: Vec<Rule>,
    /// How long the work takes.
    pub pace: Pace,
    /// How it goes away.
    pub removal: Removal,
    /// Whose it is.
    pub ownership: Ownership,
    /// How it is created inside its parent's body, if it is.
    pub inline: Option<Inline>,
    /// Whether deleting it loses what cannot be made again.
    pub holds_data: bool,
    /// Where its body holds the mark that changes with every write, if a write may name it.
    pub etag: Option<&'static str>,
    /// What a write over what stands asks for beside its body.
    pub asks: Option<(&'static str, &'static str)>,
    /// What must come before and does not show in the body.
    pub after: Vec<ResourceId>,
}

impl<K: Kind> From<K> for Resource {
    fn from(kind: K) -> Self {
        Self {
            id: kind.id(),
            kind: K::TYPE,
            api: K::API,
            body: kind.body(),
            rules: [COMMON, K::RULES, kind.unsaid()].concat(),
            pace: K::PACE,
            removal: K::REMOVAL,
            ownership: if K::TAGGED { Ownership::Tagged } else { Ownership::Named },
            inline: K::INLINE,
            holds_data: K::HOLDS_DATA,
            etag: K::ETAG,
            asks: K::ASKS,
            after: kind.after(),
        }
    }
}

impl Resource {
    /// Returns a resource that another hand made and that is only read.
    pub fn existing(id: ResourceId, kind: &'static str, api: ApiVersion) -> Self {
        Self {
            id,
            kind,
            api,
            body: Body::new(serde_json::Value::Object(serde_json::Map::new())),
            rules: COMMON.to_vec(),
            pace: Pace::seconds(0, 3, 600),
            removal: Removal::WithParent,
            ownership: Ownership::Existing,
            inline: None,
            holds_data: true,
            etag: None,
            asks: None,
            after: Vec::new(),
        }
    }

    /// Returns what writes to this resource must not run beside: its outermost resource.
    ///
    /// Azure answers 409 or cancels the earlier one when two writes run under one virtual
    /// network, or on one cluster and its pools.
    pub fn lane(&self) -> ResourceId {
        lane(&self.id)
    }
}

/// Returns the outermost resource that `id` lies in, or `id` itself: a subnet's network, a pool's
/// cluster. Role assignments and groups have lanes of their own.
pub(crate) fn lane(id: &ResourceId) -> ResourceId {
    let mut outer = id.clone();
    while let Some(parent) = outer.parent() {
        let same_namespace = namespace(&parent) == namespace(&outer);
        if !same_namespace || namespace(&parent).is_empty() {
            break;
        }
        outer = parent;
    }
    outer
}

fn namespace(id: &ResourceId) -> String {
    let kind = id.resource_type();
    match kind.split_once('/') {
        Some(("Microsoft.Resources", _)) | None => String::new(),
        Some((namespace, _)) => namespace.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_under_one_network_share_a_lane_and_others_do_not() {
        let group = ResourceId::resource_group("s", "g");
        let network = group.resource("Microsoft.Network/virtualNetworks", "v");
        let subnet = network.child("subnets", "n");
        let role = subnet.resource("Microsoft.Authorization/roleAssignments", "x");
        assert_eq!(lane(&subnet), network);
        assert_eq!(lane(&network), network);
        assert_eq!(lane(&role), role);
        assert_eq!(lane(&group), group);
    }
}
