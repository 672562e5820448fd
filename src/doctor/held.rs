//! Rights that nobody needs to give: the cluster's identity has them by another hand already.
//!
//! In most enterprises the network team grants and whoever deploys may not. `up` gives nothing
//! there, so `roleAssignments/write` is not asked for either.

use std::collections::BTreeSet;

use serde_json::Value;

use super::needs::Needs;
use crate::arm::client::Arm;
use crate::arm::id::ResourceId;
use crate::kind::{Identity, Kind, Role, RoleAssignment};

/// Returns the assignments of a profile that `up` does not make, as another gives as much. What may
/// not be read counts as not given.
pub(super) async fn held(arm: &Arm, needs: &Needs) -> BTreeSet<ResourceId> {
    let wished = || needs.graph.iter().map(|(_, one)| one);
    let Some(identity) = needs.first(Identity::TYPE) else { return BTreeSet::new() };
    let scopes: BTreeSet<String> = wished()
        .filter(|one| one.kind == RoleAssignment::TYPE)
        .map(|one| one.id.subscription_id().to_owned())
        .collect();
    if scopes.is_empty() {
        return BTreeSet::new();
    }
    let Ok(Some(found)) = arm.get(identity, &Identity::API).await else { return BTreeSet::new() };
    let Some(principal) = text(&found.body, "principalId") else { return BTreeSet::new() };
    let mut given = Vec::new();
    for scope in scopes {
        given.extend(of(arm, &ResourceId::subscription(&scope), principal).await);
    }
    let is_needless = |id: &ResourceId, role: Role| {
        let scope = id.parent();
        given.iter().any(|(other, guid)| {
            let at = other.parent();
            let reaches =
                at.zip(scope.clone()).is_some_and(|(at, scope)| at == scope || scope.is_under(&at));
            other != id && reaches && role.is_held_by(guid)
        })
    };
    let assignments = wished().filter(|one| one.kind == RoleAssignment::TYPE);
    let assignments = assignments.filter_map(|one| Some((&one.id, role(one.body.value())?)));
    let needless = assignments.filter(|(id, role)| is_needless(id, *role));
    needless.map(|(id, _)| id.clone()).collect()
}

/// Returns what a principal is given, by itself or by a group it belongs to: each assignment with
/// the GUID of its role.
async fn of(arm: &Arm, scope: &ResourceId, principal: &str) -> Vec<(ResourceId, String)> {
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
        Some((id, guid(&body)?.to_owned()))
    });
    given.collect()
}

fn role(body: &Value) -> Option<Role> {
    Role::by_guid(guid(body)?)
}

fn guid(body: &Value) -> Option<&str> {
    text(body, "roleDefinitionId")?.rsplit('/').next()
}

fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get("properties")?.get(name)?.as_str()
}
