//! The rights of identities: what a list by principal names, and what is read by its own name.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};
use serde_json::Value;

use super::fetch::{get, get_open, id_of};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::kind::{Kind, Permission, Role, RoleAssignment};
use crate::plan::Found;
use crate::plan::ownership::Holder;

/// Returns the rights of identities in these subscriptions, whoever gave them, also those they have
/// by a group they belong to; and `named`, which a list may not know yet, by their own names.
pub(super) async fn of_all(
    arm: &Arm,
    holders: &[Holder],
    subscriptions: &BTreeSet<ResourceId>,
    named: &[ResourceId],
) -> Result<Vec<Found>, Error> {
    let lists = holders
        .iter()
        .flat_map(|holder| subscriptions.iter().map(|scope| list(arm, scope, &holder.principal)));
    let (listed, (read, _)) =
        try_join(try_join_all(lists), get_open(arm, named.iter().cloned())).await?;
    let mut found: Vec<Found> = listed.concat();
    // What is read is newer than what is listed.
    found.retain(|one| !named.contains(&one.id));
    found.extend(read);
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    Ok(found)
}

/// Lists the rights of a principal; where nobody lets us look there are none to be seen.
///
/// `assignedTo` follows groups, `principalId` does not
/// (<https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest>).
async fn list(arm: &Arm, scope: &ResourceId, principal: &str) -> Result<Vec<Found>, Error> {
    let suffix = "/providers/Microsoft.Authorization/roleAssignments";
    let filter = format!("assignedTo('{principal}')");
    let listed = arm.list(scope, suffix, &RoleAssignment::API, &[("$filter", filter)]).await;
    let listed = match listed {
        Err(error) if error.status() == Some(403) => Vec::new(),
        other => other?,
    };
    let found = listed.into_iter().filter_map(|body| {
        let id = id_of(&body).or_else(|| above(scope, &body))?;
        Some(Found { id, api: RoleAssignment::API, body })
    });
    Ok(found.collect())
}

/// Returns where in a subscription a right stands that is given above it, to a management group or
/// the whole directory: it reaches all that the subscription holds.
fn above(subscription: &ResourceId, body: &Value) -> Option<ResourceId> {
    let id = body.get("id")?.as_str()?;
    let (_, name) = id.rsplit_once("/roleAssignments/")?;
    (!id.starts_with("/subscriptions/")).then(|| subscription.resource(RoleAssignment::TYPE, name))
}

/// Returns what the roles hold that these rights give and nobody here knows, as far as somebody lets us
/// look: each is read once.
pub(super) async fn definitions(
    arm: &Arm,
    grants: impl Iterator<Item = &Found>,
) -> Result<BTreeMap<Role, Vec<Permission>>, Error> {
    let roles = grants.filter_map(|one| {
        let role = RoleAssignment::role_in(&one.body)?;
        let definition = RoleAssignment::definition_of(&one.id, &role)?;
        Some((role, definition))
    });
    let roles: BTreeMap<Role, ResourceId> = roles.collect();
    let read = roles.into_iter().map(|(role, id)| async move {
        match get(arm, &id, &RoleAssignment::API).await {
            Err(error) if error.status() == Some(403) => Ok(None),
            other => Ok(other?.map(|body| (role, Permission::of_definition(&body)))),
        }
    });
    Ok(try_join_all(read).await?.into_iter().flatten().collect())
}

/// Returns the rights that reach an identity: its own, and those of what is no identity of ours,
/// a group it belongs to.
pub(super) fn reaching(grants: &[Found], holder: &Holder) -> Vec<Found> {
    let is_group = |body: &Value| {
        let kind = body.pointer("/properties/principalType").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Group"))
    };
    let own = |body: &Value| {
        let who = body.pointer("/properties/principalId").and_then(Value::as_str);
        who.is_some_and(|who| who.eq_ignore_ascii_case(&holder.principal))
    };
    let reaches = |one: &&Found| own(&one.body) || is_group(&one.body);
    grants.iter().filter(reaches).cloned().collect()
}
