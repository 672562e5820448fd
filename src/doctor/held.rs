//! Rights that nobody needs to give: whoever is to hold them has them by another hand already.
//!
//! In most enterprises the network team grants and whoever deploys may not. `up` gives nothing
//! there, so `roleAssignments/write` is not asked for either.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::Value;

use super::needs::Needs;
use crate::arm::body::Later;
use crate::arm::client::Arm;
use crate::arm::id::ResourceId;
use crate::kind::{Kind, Permission, Resource, Role, RoleAssignment, Yardstick, api_version};

/// Returns the assignments of a profile that `up` does not make, as another gives as much. What may
/// not be read counts as not given.
pub(super) async fn held(arm: &Arm, needs: &Needs) -> BTreeSet<ResourceId> {
    let wished = needs.graph.iter().map(|(_, one)| one);
    let wished: Vec<&Resource> = wished.filter(|one| one.kind == RoleAssignment::TYPE).collect();
    let scopes: BTreeSet<ResourceId> =
        wished.iter().map(|one| ResourceId::subscription(one.id.subscription_id())).collect();
    let mut holders: Vec<Later> = wished.iter().flat_map(|one| one.body.laters()).collect();
    holders.sort_by(|one, other| one.of.cmp(&other.of));
    holders.dedup();
    let looks = holders.iter().map(|holder| given(arm, holder, &scopes));
    let given = join_all(looks).await;
    let by = Yardstick {
        definitions: definitions(arm, given.concat()).await,
        ..Yardstick::of(needs.graph.iter().map(|(_, one)| one))
    };
    let is_needless = |one: &&&Resource| {
        let holder = one.body.laters().into_iter().next();
        let given = holders.iter().zip(&given).find(|(known, _)| Some(*known) == holder.as_ref());
        let role = RoleAssignment::role_in(one.body.value());
        let (Some((_, given)), Some(role), Some(scope)) = (given, role, one.id.parent()) else {
            return false;
        };
        given.iter().any(|(other, held)| {
            let reaches = other.parent().is_some_and(|at| at == scope || scope.is_under(&at));
            *other != one.id && reaches && by.is_held(&role, held, &scope)
        })
    };
    wished.iter().filter(is_needless).map(|one| one.id.clone()).collect()
}

/// Returns what is given in these subscriptions to whom an answer names; nobody where there is none
/// yet.
async fn given(
    arm: &Arm,
    holder: &Later,
    scopes: &BTreeSet<ResourceId>,
) -> Vec<(ResourceId, Role)> {
    let Some(api) = api_version(&holder.of.resource_type()) else { return Vec::new() };
    let Ok(Some(found)) = arm.get(&holder.of, &api).await else { return Vec::new() };
    let principal = holder.of_answer(&found.body);
    let Some(principal) = principal.as_ref().and_then(Value::as_str) else { return Vec::new() };
    join_all(scopes.iter().map(|scope| of(arm, scope, principal))).await.concat()
}

/// Returns what the roles of assignments hold that nobody here knows, each read once.
async fn definitions(arm: &Arm, given: Vec<(ResourceId, Role)>) -> BTreeMap<Role, Vec<Permission>> {
    let unknown = given.into_iter().filter_map(|(id, role)| {
        let definition = RoleAssignment::definition_of(&id, &role)?;
        Some((role, definition))
    });
    let unknown: BTreeMap<Role, ResourceId> = unknown.collect();
    let read = unknown.into_iter().map(|(role, id)| async move {
        let found = arm.get(&id, &RoleAssignment::API).await.ok().flatten()?;
        Some((role, Permission::of_definition(&found.body)))
    });
    join_all(read).await.into_iter().flatten().collect()
}

/// Returns what a principal is given, by itself or by a group it belongs to: each assignment with
/// its role.
async fn of(arm: &Arm, scope: &ResourceId, principal: &str) -> Vec<(ResourceId, Role)> {
    let suffix = format!("/providers/{}", RoleAssignment::TYPE);
    let filter = [("$filter", format!("assignedTo('{principal}')"))];
    let listed = arm.list(scope, &suffix, &RoleAssignment::API, &filter).await;
    let reaches = |body: &Value| {
        let is = |name: &str, value: &str| {
            text(body, name).is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        is("principalId", principal) || is("principalType", "Group")
    };
    let given = listed.unwrap_or_default().into_iter().filter(reaches).filter_map(|body| {
        let id = ResourceId::at(&body, "/id")?;
        Some((id, RoleAssignment::role_in(&body)?))
    });
    given.collect()
}

fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get("properties")?.get(name)?.as_str()
}
