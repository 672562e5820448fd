//! Rights: which assignments are ours, and which another hand's does as well.
//!
//! An assignment's name follows from scope, role and identity, so akstool knows what it made
//! wherever it stands; whose environment it was, its description says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::observed::{Found, members, mentions};
use super::environment::Environment;
use crate::arm::id::ResourceId;
use crate::kind::{
    ENVIRONMENT, Kind, NatGateway, PrivateZone, Role, RoleAssignment, RouteTable, SecurityGroup,
    Subnet, VirtualNetwork, Yardstick,
};

/// What is attached to subnets and takes a right of its own to go on using them.
const ATTACHED: [&str; 3] = [RouteTable::TYPE, SecurityGroup::TYPE, NatGateway::TYPE];
/// What a cluster that needs a right on it names, or lies in.
const NAMED: [&str; 3] = [Subnet::TYPE, VirtualNetwork::TYPE, PrivateZone::TYPE];

/// An identity that may hold rights: its id, and the GUID that the directory knows it by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// The identity.
    pub identity: ResourceId,
    /// The GUID.
    pub principal: String,
}

impl Holder {
    /// Reads an identity.
    pub fn of(identity: &ResourceId, body: &Value) -> Option<Self> {
        let principal = body.pointer("/properties/principalId")?.as_str()?.to_owned();
        Some(Self { identity: identity.clone(), principal })
    }

    /// Tells whether it is whom the directory knows by this GUID.
    pub(crate) fn is(&self, principal: &str) -> bool {
        self.principal.eq_ignore_ascii_case(principal)
    }

    /// Returns whom the nodes of a cluster act as: AKS's own identity goes by the name of the
    /// cluster, as nobody can say its id before that stands.
    pub fn of_nodes(cluster: &Value) -> Vec<Self> {
        let profile = cluster.pointer("/properties/identityProfile/kubeletidentity");
        let principal = profile.and_then(|one| one.get("objectId")?.as_str());
        let named = profile.and_then(|one| ResourceId::at(one, "/resourceId"));
        let ids = ResourceId::at(cluster, "/id").into_iter().chain(named);
        let holder = |identity| Some(Self { identity, principal: principal?.to_owned() });
        ids.filter_map(holder).collect()
    }

    /// Returns the identities that a cluster acts as.
    pub fn of_cluster(cluster: &Value) -> Vec<Self> {
        let named = cluster.pointer("/identity/userAssignedIdentities").and_then(Value::as_object);
        let named = named.into_iter().flatten().filter_map(|(id, facts)| {
            let principal = facts.get("principalId")?.as_str()?.to_owned();
            Some(Self { identity: ResourceId::parse(id).ok()?, principal })
        });
        named.collect()
    }
}

/// Returns the role that an assignment gives, as people know it.
pub(crate) fn role(body: &Value) -> Option<String> {
    Some(RoleAssignment::role_in(body)?.to_string())
}

/// Tells whether akstool made an assignment for an identity. The name alone does not say: it is made
/// of ids, and an identity that was made anew under its old id holds nothing of the old one's.
pub(super) fn is_made(grant: &Found, holder: &Holder) -> bool {
    let scope = grant.id.parent();
    let made = scope.zip(RoleAssignment::role_in(&grant.body));
    let holds = grant.body.pointer("/properties/principalId").and_then(Value::as_str);
    made.is_some_and(|(scope, role)| {
        RoleAssignment::id_of(&scope, &role, &holder.identity) == grant.id
    }) && holds.is_some_and(|holds| holder.is(holds))
}

/// Returns what an assignment says of the environment that made it.
fn mark(grant: &Found) -> Option<&str> {
    let said = grant.body.pointer("/properties/description")?.as_str()?;
    said.starts_with(ENVIRONMENT).then_some(said)
}

/// Tells whether an assignment that akstool made is this environment's to take away.
///
/// One that another environment made and that this one works by is taken by whichever goes last:
/// as long as the other's cluster works by it, it is in use and stays. One without a description
/// is as old as akstool itself.
pub(super) fn is_ours(
    environment: &Environment,
    grant: &Found,
    holders: &[Holder],
    works_on: impl Fn(&ResourceId) -> bool,
    remembered: &[ResourceId],
) -> bool {
    if is_left(environment, grant, remembered) {
        return true;
    }
    let Some(holder) = holders.iter().find(|holder| is_made(grant, holder)) else { return false };
    let works_by_it = || grant.id.parent().is_some_and(|scope| works_on(&scope));
    match mark(grant) {
        Some(mark) => mark == environment.mark() || works_by_it(),
        None => environment.is_home(&holder.identity) || works_by_it(),
    }
}

/// Tells whether an assignment is one that this environment remembers to have made, whoever held
/// it: AKS takes the identity of its nodes away with the cluster, and what is given to nobody still
/// stands there.
fn is_left(environment: &Environment, grant: &Found, remembered: &[ResourceId]) -> bool {
    remembered.contains(&grant.id) && mark(grant) == Some(&environment.mark())
}

/// Tells whether an assignment says that this environment made it, for one of these identities or
/// one that is gone.
pub(super) fn is_marked(
    environment: &Environment,
    grant: &Found,
    holders: &[Holder],
    remembered: &[ResourceId],
) -> bool {
    let made = holders.iter().any(|holder| is_made(grant, holder));
    is_left(environment, grant, remembered) || made && mark(grant) == Some(&environment.mark())
}

/// Returns where a cluster needs rights: the subnets of its pools and what is attached to them.
fn scopes(cluster: &Value, subnets: &[Found]) -> BTreeSet<ResourceId> {
    let mut scopes = subnets_of(cluster);
    let attached = subnets.iter().filter(|subnet| scopes.contains(&subnet.id));
    let attached: Vec<ResourceId> = attached.flat_map(|one| attachments(&one.body)).collect();
    scopes.extend(attached);
    scopes
}

/// Returns the subnets of a cluster's pools.
pub(crate) fn subnets_of(cluster: &Value) -> BTreeSet<ResourceId> {
    let pools = members(cluster, "agentPoolProfiles");
    let named = pools.flat_map(|pool| {
        ["/vnetSubnetID", "/podSubnetID"].iter().filter_map(|at| ResourceId::at(pool, at))
    });
    named.collect()
}

/// Returns what is attached to a subnet and takes a right of its own to go on using the subnet.
pub fn attachments(subnet: &Value) -> Vec<ResourceId> {
    let names = ["routeTable", "networkSecurityGroup", "natGateway"];
    let at = |name: &&str| ResourceId::at(subnet, &format!("/properties/{name}/id"));
    names.iter().filter_map(at).collect()
}

/// Returns the ids that rights of a cluster have if this environment, or another, gave them.
pub fn expected(cluster: &Value, subnets: &[Found]) -> Vec<ResourceId> {
    let scopes = scopes(cluster, subnets);
    let role = &Role::NETWORK_CONTRIBUTOR;
    let holders = Holder::of_cluster(cluster);
    let lent = ResourceId::at(cluster, "/properties/identityProfile/kubeletidentity/resourceId");
    // What AKS made for itself needs no right of ours.
    let nodes = cluster.pointer("/properties/nodeResourceGroup").and_then(Value::as_str);
    let is_own = |id: &&ResourceId| {
        nodes.zip(id.group_name()).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
    };
    let lent =
        lent.iter().filter(|id| !is_own(id)).map(|scope| (scope, &Role::MANAGED_IDENTITY_OPERATOR));
    let rights: Vec<_> = scopes.iter().map(|scope| (scope, role)).chain(lent).collect();
    let of = |holder: &Holder| {
        let given = |(scope, role): &(&ResourceId, &Role)| {
            RoleAssignment::id_of(scope, role, &holder.identity)
        };
        rights.iter().map(given).collect::<Vec<_>>()
    };
    holders.iter().flat_map(of).collect()
}

/// Returns the assignment that makes one of our own needless: as much, to the same principal or a
/// group it belongs to, on this scope or around it.
pub(crate) fn instead<'a>(
    wish: &Value,
    id: &ResourceId,
    held: &'a [Found],
    by: &Yardstick,
) -> Option<&'a Found> {
    let (scope, role) = (id.parent()?, RoleAssignment::role_in(wish)?);
    reaching(id, held).find(|grant| {
        let given = RoleAssignment::role_in(&grant.body);
        given.is_some_and(|given| by.is_held(&role, &given, &scope))
    })
}

/// Returns those of the assignments that hold where one of our own would.
pub(crate) fn reaching<'a>(id: &ResourceId, held: &'a [Found]) -> impl Iterator<Item = &'a Found> {
    let (own, scope) = (id.clone(), id.parent());
    held.iter().filter(move |grant| {
        let at = grant.id.parent();
        let is_there =
            |scope: &ResourceId| at.is_some_and(|at| at == *scope || scope.is_under(&at));
        grant.id != own && scope.as_ref().is_some_and(is_there)
    })
}

/// Tells whether a cluster elsewhere works by an assignment: it acts as the identity, and needs the
/// right where it is given. That it acts as the identity says nothing yet: an identity that many
/// clusters share holds rights for each of them, and each but the last would leave its own there.
///
/// `subnets` are those of the cluster, as far as they were read.
pub(super) fn is_worked_by(grant: &Found, cluster: &Value, subnets: &[Found]) -> bool {
    let holds = grant.body.pointer("/properties/principalId").and_then(Value::as_str);
    let acts = [Holder::of_cluster(cluster), Holder::of_nodes(cluster)].concat();
    let acts = acts.iter().any(|one| holds.is_some_and(|holds| one.is(holds)));
    acts && grant.id.parent().is_some_and(|scope| {
        works_on(cluster, subnets, &scope) || may_work_on(cluster, subnets, &scope)
    })
}

/// Tells whether a cluster is seen to need a right at a scope: on its subnets, on what is attached
/// to them, on the network around them, and on whatever else it names.
pub(super) fn works_on(cluster: &Value, subnets: &[Found], scope: &ResourceId) -> bool {
    let mut used = scopes(cluster, subnets).into_iter();
    used.any(|one| one == *scope || one.is_under(scope)) || mentions(cluster, scope)
}

/// Tells whether nobody can see that a cluster does not need a right at a scope: what is attached to
/// a subnet that could not be read, or a thing that no cluster names, a registry say.
fn may_work_on(cluster: &Value, subnets: &[Found], scope: &ResourceId) -> bool {
    if ATTACHED.iter().any(|kind| scope.is_type(kind)) {
        let is_read = |id: &ResourceId| subnets.iter().any(|one| one.id == *id);
        return subnets_of(cluster).iter().any(|id| !is_read(id));
    }
    NAMED.iter().all(|kind| !scope.is_type(kind))
}
