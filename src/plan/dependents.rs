//! What must be gone before what: the order in which things are deleted, for `down` and `--prune`
//! alike.

use serde_json::Value;

use super::observed::{Found, members, mentions};
use super::ownership::{self, attachments};
use crate::arm::id::ResourceId;
use crate::kind::{Cluster, CollectionRule, Kind as _, RoleAssignment, VirtualNetwork, traits_of};

/// Orders what is deleted so that whatever depends on another goes before it.
pub(super) fn dependents_first(
    mut rest: Vec<&Found>,
    goes_before: impl Fn(&Found, &Found) -> bool,
) -> Vec<&Found> {
    let mut ordered = Vec::new();
    while !rest.is_empty() {
        let free = rest.iter().position(|candidate| {
            !rest.iter().any(|other| other.id != candidate.id && goes_before(other, candidate))
        });
        // In a circle nobody is free. One of it goes first, and Azure's refusal names what is in the
        // way; without that there would be no plan at all.
        ordered.push(rest.remove(free.unwrap_or(0)));
    }
    ordered
}

/// Tells whether `one` must be gone before `other` can go: it lies in it, names it, acts as it, or
/// works by it.
pub(super) fn goes_before(one: &Found, other: &Found) -> bool {
    one.id != other.id
        && (one.id.is_under(&other.id)
            || mentions_of(one, &other.id)
            || acts_as(one, other)
            || relies_on(one, other)
            || reports_by(one, other)
            || keeps_in_mind(other, one))
}

/// Tells whether a resource names another one in what was wished of it. What Azure reports back
/// from the other side (a route table's `subnets`, a subnet's `ipConfigurations`) is no wish.
pub(super) fn mentions_of(one: &Found, id: &ResourceId) -> bool {
    let Some(properties) = one.body.get("properties").and_then(Value::as_object) else {
        return mentions(&one.body, id) && !one.id.is_under(id);
    };
    let reported = traits_of(&one.id.resource_type()).users;
    let is_network = one.id.is_type(VirtualNetwork::TYPE);
    let is_said = |name: &str| {
        let is_report = reported.iter().any(|list| list.strip_prefix("properties.") == Some(name));
        let is_content = is_network && name == "subnets";
        !is_report && !is_content
    };
    let named = properties.iter().any(|(name, value)| is_said(name) && mentions(value, id));
    // What a network holds is no wish of its own, but what is attached to its subnets waits for it.
    let attached = is_network
        && members(&one.body, "subnets")
            .flat_map(attachments)
            .any(|at| at == *id || at.is_under(id));
    named || attached || one.body.get("identity").is_some_and(|identity| mentions(identity, id))
}

/// Tells whether a role assignment is held by an identity: Azure names the two by GUID alone.
fn acts_as(one: &Found, other: &Found) -> bool {
    let principal = |body: &Value| {
        body.pointer("/properties/principalId").and_then(Value::as_str).map(str::to_ascii_lowercase)
    };
    one.id.is_type(RoleAssignment::TYPE)
        && !other.id.is_type(RoleAssignment::TYPE)
        && principal(&one.body).is_some_and(|mine| principal(&other.body) == Some(mine))
}

/// Tells whether `one` works by a right: AKS takes nodes and routes away under the identity of the
/// cluster, so its rights are revoked only when the cluster is gone.
fn relies_on(one: &Found, right: &Found) -> bool {
    let holder = right.body.pointer("/properties/principalId").and_then(Value::as_str);
    one.id.is_type(Cluster::TYPE)
        && right.id.is_type(RoleAssignment::TYPE)
        && !right.id.is_under(&one.id)
        && holder.is_some_and(|holder| {
            one.body.get("identity").is_some_and(|identity| names_principal(identity, holder))
                || ownership::holders_in(&one.id, &one.body).iter().any(|one| one.is(holder))
        })
}

/// Tells whether `one` may report by a rule: its link to that lies on it and goes with it, and Azure
/// keeps a rule that something is linked to.
fn reports_by(one: &Found, rule: &Found) -> bool {
    one.id.is_type(Cluster::TYPE) && rule.id.is_type(CollectionRule::TYPE)
}

/// Tells whether `one` is where the environment remembers a right that outlives its holder: with it
/// the last word of that would go.
fn keeps_in_mind(one: &Found, right: &Found) -> bool {
    right.id.is_type(RoleAssignment::TYPE)
        && !one.id.is_type(Cluster::TYPE)
        && ownership::pulls_elsewhere(&one.id, &one.body).contains(&right.id)
}

/// Tells whether an identity block holds a principal, the cluster's own or one that was assigned.
fn names_principal(identity: &Value, holder: &str) -> bool {
    identity.as_object().into_iter().flatten().any(|(name, value)| match value {
        Value::String(text) => name == "principalId" && text.eq_ignore_ascii_case(holder),
        inner => names_principal(inner, holder),
    })
}
