//! Rights in a plan: which are given, and which need not be.

use serde_json::Value;

use super::change::Reason;
use super::observed::{Found, Observed};
use super::ownership;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{Cluster, Identity, Kind as _, Resource, RoleAssignment};

/// Returns why a right that is not there under our name is not given: another assignment gives as
/// much, the network team's as a rule. Nothing is granted twice, and nobody who may not grant is
/// asked to.
pub(super) fn held_already(
    resource: &Resource,
    wish: &Value,
    observed: &Observed,
) -> Option<Reason> {
    if resource.kind != RoleAssignment::TYPE {
        return None;
    }
    let principal = wish.pointer("/properties/principalId")?.as_str()?.to_ascii_lowercase();
    let held = observed.held.get(&principal)?;
    let by = ownership::instead(wish, &resource.id, held, &observed.yardstick)?;
    Some(Reason::HeldAlready { on: by.id.parent()? })
}

/// Returns which right a role assignment gives, and to whom: its name tells nobody anything.
pub(super) fn gives(id: &ResourceId, desired: &Graph<Resource>) -> Option<Reason> {
    let all = || desired.iter().map(|(_, one)| one);
    let role = RoleAssignment::role_in(all().find(|one| one.id == *id)?.body.value())?;
    let holders = all().map(|one| &one.id);
    let holders = holders.filter(|id| id.is_type(Identity::TYPE) || id.is_type(Cluster::TYPE));
    let to = RoleAssignment::holder_of(id, &role, holders)?;
    Some(Reason::Gives { role: role.to_string(), to: to.name().to_owned() })
}

/// Returns which right a role assignment that goes gave, and whose of these it was.
pub(super) fn gave<'a>(
    right: &Found,
    among: impl Iterator<Item = (&'a ResourceId, &'a Value)>,
) -> Option<Reason> {
    let role = ownership::role(&right.body)?;
    let holder = right.body.pointer("/properties/principalId")?.as_str()?;
    let (identities, others): (Vec<_>, Vec<_>) =
        among.partition(|(id, _)| id.is_type(Identity::TYPE));
    // A cluster acts as identities that may stand here by names of their own.
    let all = identities.into_iter().chain(others);
    let mut holders = all.flat_map(|(id, body)| ownership::holders_in(id, body));
    let to = holders.find(|one| one.is(holder));
    let to = to.map_or_else(|| holder.to_owned(), |one| one.identity.name().to_owned());
    Some(Reason::Gives { role, to })
}
