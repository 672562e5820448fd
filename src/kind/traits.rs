//! `Traits`: what a type is, as plain data.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::arm::id::ResourceId;
use crate::diff::rule::{CreateOnly, Folded, Literal, Rule, Server};

/// How long the work on a resource takes and how often to ask.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pace {
    /// What a creation takes as a rule. This and the next two are for display only.
    pub creation: Duration,
    /// What a change takes that neither makes nor restarts a node.
    pub change: Duration,
    /// What a deletion takes.
    pub deletion: Duration,
    /// The pause between two questions where Azure names none.
    pub every: Duration,
    /// When to give up waiting for one operation.
    pub give_up: Duration,
}

/// What the three kinds of work take as a rule, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    /// A creation.
    pub creation: u64,
    /// A change that neither makes nor restarts a node.
    pub change: u64,
    /// A deletion.
    pub deletion: u64,
}

impl Pace {
    /// Returns a pace of whole seconds.
    pub const fn new(takes: Takes, every: u64, give_up: u64) -> Self {
        Self {
            creation: Duration::from_secs(takes.creation),
            change: Duration::from_secs(takes.change),
            deletion: Duration::from_secs(takes.deletion),
            every: Duration::from_secs(every),
            give_up: Duration::from_secs(give_up),
        }
    }

    /// Returns a pace at which all work takes as long.
    pub const fn even(typical: u64, every: u64, give_up: u64) -> Self {
        let takes = Takes { creation: typical, change: typical, deletion: typical };
        Self::new(takes, every, give_up)
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

/// By what one sees whose a resource is, once it stands: without that `down` would never find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// By its own tags.
    Tags,
    /// By a tag of the resource it lies in, which keeps the names of those that are ours.
    Listed(Listed),
    /// By the resource it lies in alone: it cannot be without, whoever made it. Where others may make
    /// some as well, a tag of that keeps the names of those that a profile asked for: only they are
    /// missed in it.
    Within(Option<Listed>),
    /// By a text in its own body.
    Description,
    /// By the tags of its answers where these have any: nobody here knows the type.
    Unknown,
}

impl Claim {
    /// Returns the list, and the tag of what it lies in, that keep the names of ours.
    pub const fn listed(self) -> Option<Listed> {
        match self {
            Self::Listed(listed) | Self::Within(Some(listed)) => Some(listed),
            Self::Tags | Self::Within(None) | Self::Description | Self::Unknown => None,
        }
    }

    /// Tells whether a resource says by a tag of its own whose it is.
    pub fn is_by_tag(self, standing: &Value) -> bool {
        match self {
            Self::Tags => true,
            Self::Unknown => standing.get("tags").is_some_and(Value::is_object),
            Self::Listed(_) | Self::Within(_) | Self::Description => false,
        }
    }
}

/// A list in a body whose members carry no tags, and the tag that keeps the names of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The tag, `akstool-subnets`.
    pub tag: &'static str,
    /// The list under `properties`, which is also what a member's type ends with: `subnets`.
    pub list: &'static str,
}

/// How a child is created inside the body of its parent.
///
/// AKS takes agent pools in the cluster's `PUT` only when the cluster is created; afterwards each
/// pool is a `PUT` of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Inline {
    /// The list under `properties` of the parent's body that the child joins, `agentPoolProfiles`.
    pub list: &'static str,
}

/// What a type is: the answers of whoever wrote its kind. Every field is a question, none has a
/// default, and no table elsewhere answers one for single types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traits {
    /// What people call one: `virtual network`. Several take an `s`.
    pub noun: &'static str,
    /// The group of `az` commands that is about it: `network vnet`.
    pub command: &'static str,
    /// What `create` of that group wants beside name, place, region and ranges; what only its owner
    /// can know in capitals.
    pub wants: &'static str,
    /// The name of one where the profile has no word on it: `{name}-vnet`, with the environment's
    /// name and `{number}` from 1; `{letters}` are the letters and digits of the name, and `{unique}`
    /// eight digits that follow from subscription, group and name, where a name is the whole world's. `None` where the profile or Azure always names it. What stands
    /// under such a name is looked for there, as lists may lag.
    pub pattern: Option<&'static str>,
    /// How long the work takes.
    pub pace: Pace,
    /// How it goes away.
    pub removal: Removal,
    /// By what one sees whose it is.
    pub claim: Claim,
    /// The list in its body of what is part of it and may be another hand's as well: routes, rules.
    pub items: Option<Listed>,
    /// How it is created inside its parent's body, if it is.
    pub inline: Option<Inline>,
    /// Whether deleting it takes something from those who use it, for good or until it is made again:
    /// such a replacement needs a flag that names it.
    pub is_missed: bool,
    /// Where its body holds the mark that changes with every write, if a write may name it.
    pub etag: Option<&'static str>,
    /// What a write over what stands asks for beside its body, as a name and a value of the query.
    pub asks: Option<(&'static str, &'static str)>,
    /// What its deletion asks for so that nothing of it stays behind, as a name and a value of the
    /// query: a name that would be taken for days, links that would keep it.
    pub for_good: Option<(&'static str, &'static str)>,
    /// The lists in its body of what lies in it or uses it: what comes into one after a plan was
    /// made keeps it from being deleted.
    pub holds: &'static [&'static str],
    /// Where its body reports who uses it. What stands there is Azure's word and no wish, so it
    /// decides no order; a user of another hand keeps the resource from being deleted.
    pub users: &'static [&'static str],
    /// The list below its id of what is linked to it, where its body does not say so: who looks for
    /// users reads it into `properties`.
    pub linked_by: Option<&'static str>,
    /// The action that using it from another resource takes, `join/action`: Azure checks such links
    /// with the rights of whoever writes the other resource.
    pub join: Option<&'static str>,
    /// The quotas of the network that one counts against, of which the least that is left counts.
    pub quota: &'static [&'static str],
    /// The places of its body that decide by which addresses traffic leaves.
    pub way_out: &'static [&'static str],
}

impl Traits {
    /// Returns the name of the first one that an environment has, where its profile says nothing.
    pub fn name_in(&self, group: &ResourceId, environment: &str) -> Option<String> {
        Some(named(&self.pattern?.replace("{number}", "1"), group, environment))
    }

    /// What is taken of a type that nobody here knows: careful answers, as a resource of it is
    /// asked for by whole documents.
    pub const UNKNOWN: Self = Self {
        noun: "resource",
        command: "resource",
        wants: "",
        pattern: None,
        pace: Pace::even(30, 5, 3600),
        removal: Removal::Delete,
        claim: Claim::Unknown,
        items: None,
        inline: None,
        is_missed: true,
        // Most providers that hand one out honour it, and none minds being asked without.
        etag: Some("etag"),
        asks: None,
        for_good: None,
        holds: &[],
        users: &["properties.networkInterfaces", "properties.privateEndpointConnections"],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };
}

/// The most letters of an environment's name in a name that is the whole world's: with the digits
/// that follow it is one of a registry, which has 50 characters at most.
const LETTERS: usize = 42;

/// Returns the name that a pattern stands for in an environment.
pub(crate) fn named(pattern: &str, group: &ResourceId, environment: &str) -> String {
    let letters = environment.chars().filter(char::is_ascii_alphanumeric).take(LETTERS);
    let whole = format!("{group}/{environment}").to_ascii_lowercase();
    let digits = Uuid::new_v5(&Uuid::NAMESPACE_URL, whole.as_bytes()).simple().to_string();
    pattern
        .replace("{letters}", &letters.collect::<String>().to_ascii_lowercase())
        .replace("{unique}", digits.get(..8).unwrap_or_default())
        .replace("{name}", environment)
}

/// What ARM itself writes on every resource, and what it compares ignoring case.
pub(super) const COMMON: &[Rule] = &[
    Server("id"),
    Server("name"),
    Server("type"),
    Server("etag"),
    Server("systemData"),
    Server("properties.provisioningState"),
    Server("properties.resourceGuid"),
    Folded("location"),
    Folded("tags"),
    Literal("tags.*"),
    // A later version of the tool must not rewrite a resource for its sake.
    CreateOnly("tags.akstool-version"),
];

/// A kind that the registry names; only `kinds!` says so of one.
pub trait Registered {}
