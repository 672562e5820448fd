//! Rights in a plan: which are given, and which need not be.

use serde_json::Value;

use super::change::Reason;
use super::observed::Observed;
use super::ownership;
use crate::graph::Graph;
use crate::kind::{Identity, Kind as _, Resource, RoleAssignment};

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
    let by = ownership::instead(wish, &resource.id, held)?;
    Some(Reason::HeldAlready { on: by.id.parent()? })
}

/// Returns which right a role assignment gives, and to whom: its name tells nobody anything.
pub(super) fn gives(resource: &Resource, desired: &Graph<Resource>) -> Option<Reason> {
    let role = ownership::role(resource.body.value())?.to_owned();
    let mut identities = desired.iter().map(|(_, one)| &one.id);
    let to = identities.find(|id| id.is_type(Identity::TYPE))?.name().to_owned();
    Some(Reason::Gives { role, to })
}
