//! `Kind`, the questions, and `Resource`, the erased answers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Map, Value};

use super::traits::{COMMON, Claim, Registered, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{Rule, Rules};

/// The tag that names the environment on everything it owns.
pub const ENVIRONMENT: &str = "akstool-environment";

/// The tag that says when an environment may be taken down, RFC 3339.
pub const EXPIRES: &str = "akstool-expires";

/// The tag that names the pool of the profile that a node pool is, where its own name does not: it
/// took over from another.
pub const POOL: &str = "akstool-pool";

/// The tag that says in which version to speak to what is of a type without a kind, so that `down`
/// can by its name alone.
pub const API_VERSION: &str = "akstool-api-version";

/// Tags as a resource carries them; `None` takes one away.
pub type Tags = BTreeMap<String, Option<String>>;

/// Whose the resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// Made by this environment; says so in its tags.
    Tagged,
    /// Made by this environment; its type carries no tags, so its name or its parent says so.
    Named,
    /// There before, changed as the profile says and never deleted, unless it says by its tags that
    /// it was taken over.
    Adopted,
    /// There before, and only read.
    Existing,
}

/// What an Azure kind must know about itself. The compiler asks every author every question, and
/// takes no kind that the registry does not name.
pub trait Kind: Registered {
    /// The resource type, `Microsoft.Network/natGateways`.
    const TYPE: &'static str;
    /// The version of the interface that the body is written in.
    const API: ApiVersion;
    /// How desired and observed meet.
    const RULES: &'static [Rule];
    /// Everything else that is true of every resource of the type.
    const TRAITS: Traits;

    /// Returns the id.
    fn id(&self) -> ResourceId;

    /// Returns the body: a function of the profile only.
    fn body(&self) -> Body;

    /// Returns what must come before and does not show in the body; each needs a why.
    fn after(&self) -> Vec<ResourceId>;

    /// Returns the rules for what the body says at creation and the profile leaves unsaid: the
    /// values there are defaults of ours, and no wish against what came to stand there since.
    fn unsaid(&self) -> &'static [Rule];

    /// Returns what is lost for good when one that stands is deleted and made again, as a clause
    /// without a stop.
    fn loses(standing: &Value) -> Option<String>;
}

/// A resource as data: what should stand under an id, and how to treat it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The id.
    pub id: ResourceId,
    /// The type, as its documentation spells it.
    pub kind: Cow<'static, str>,
    /// The version of the interface.
    pub api: ApiVersion,
    /// The desired body; empty for an existing resource.
    pub body: Body,
    /// How desired and observed meet.
    pub rules: Rules,
    /// What its type is.
    pub traits: Traits,
    /// Whose it is.
    pub ownership: Ownership,
    /// What must come before and does not show in the body.
    pub after: Vec<ResourceId>,
}

/// Returns these rules as one table, made once: they are of the program, a few for each kind, and a fleet
/// composes thousands of resources.
pub(super) fn joined(parts: [&'static [Rule]; 3]) -> Rules {
    static JOINED: Mutex<BTreeMap<[(usize, usize); 3], Rules>> = Mutex::new(BTreeMap::new());
    let whose = parts.map(|part| (part.as_ptr().addr(), part.len()));
    let mut all = JOINED.lock().unwrap_or_else(PoisonError::into_inner);
    Rules::clone(all.entry(whose).or_insert_with(|| parts.concat().into()))
}

impl<K: Kind> From<K> for Resource {
    fn from(kind: K) -> Self {
        let is_tagged = K::TRAITS.claim == Claim::Tags;
        Self {
            id: kind.id(),
            kind: Cow::Borrowed(K::TYPE),
            api: K::API,
            body: kind.body(),
            rules: joined([COMMON, K::RULES, kind.unsaid()]),
            traits: K::TRAITS,
            ownership: if is_tagged { Ownership::Tagged } else { Ownership::Named },
            after: kind.after(),
        }
    }
}

impl Resource {
    /// Returns a resource that another hand made and that is only read.
    pub fn existing<K: Kind>(id: ResourceId) -> Self {
        Self {
            id,
            kind: Cow::Borrowed(K::TYPE),
            api: K::API,
            body: Body::new(Value::Object(Map::new())),
            rules: joined([COMMON, &[], &[]]),
            traits: K::TRAITS,
            ownership: Ownership::Existing,
            after: Vec::new(),
        }
    }

    /// Returns a resource of a type that has no kind here: its body is the whole of what is known.
    pub fn unknown(id: ResourceId, api: ApiVersion, body: Body, ownership: Ownership) -> Self {
        Self {
            kind: Cow::Owned(id.resource_type()),
            id,
            api,
            body,
            rules: joined([COMMON, &[], &[]]),
            traits: Traits::UNKNOWN,
            ownership,
            after: Vec::new(),
        }
    }

    /// Tells whether nothing in Azure says whose it is, wherever one looks: a whole resource of the
    /// profile that carries no tags, or a right under a name of the user's own.
    pub fn is_told_by_the_profile(&self) -> bool {
        let described = self.body.value().pointer("/properties/description");
        let is_marked = described.and_then(Value::as_str);
        self.ownership == Ownership::Named
            && match self.traits.claim {
                Claim::Unknown => true,
                Claim::Description => is_marked.is_none_or(|text| !text.starts_with(ENVIRONMENT)),
                Claim::Tags | Claim::Listed(_) | Claim::Within(_) => false,
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
