//! Rights go between the clusters that work by them and the identities that hold them.

use akstool::arm::id::ResourceId;
use akstool::plan::{Action, Plan};
use proptest::prelude::*;
use serde_json::Value;

use super::support::World;

fn text<'a>(body: &'a Value, place: &str) -> &'a str {
    body.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the identity that holds a right, in small letters.
pub(super) fn holder_of(world: &World, right: &str) -> Option<String> {
    let all = world.store();
    let body = all.iter().find(|body| text(body, "/id") == right && right.contains("/roleAss"))?;
    let principal = text(body, "/properties/principalId");
    let is_it = |body: &&Value| {
        text(body, "/id").contains("/userAssignedIdentities/")
            && text(body, "/properties/principalId").eq_ignore_ascii_case(principal)
    };
    all.iter().find(is_it).map(|body| text(body, "/id").to_ascii_lowercase())
}

/// Checks that a plan revokes a right only when the clusters that go are gone that work by it, and
/// deletes an identity only when its rights are.
pub(super) fn revokes_in_order(world: &World, plan: &Plan) -> Result<(), TestCaseError> {
    let all = world.sim.resources().expect("the world can be read");
    let body = |id: &ResourceId| {
        all.iter().find(|body| id.as_str().eq_ignore_ascii_case(text(body, "/id")))
    };
    let going: Vec<_> = plan.steps.iter().filter(|(_, one)| one.action == Action::Delete).collect();
    let of = |part: &'static str| {
        let typed = going.iter().filter(move |(_, one)| one.kind.ends_with(part));
        typed.filter_map(|(index, one)| Some((*index, body(&one.id)?)))
    };
    for (right, given) in of("/roleAssignments") {
        let holder = text(given, "/properties/principalId").to_ascii_lowercase();
        let works_by = |body: &Value| {
            let names = [&body["identity"], &body["properties"]["identityProfile"]];
            names.iter().any(|one| one.to_string().to_ascii_lowercase().contains(&holder))
        };
        for (cluster, _) in of("/managedClusters").filter(|(_, body)| works_by(body)) {
            let is_after = plan.steps.descendants(cluster).contains(&right);
            prop_assert!(is_after, "{} goes before its cluster", given["id"]);
        }
        let is_its =
            |body: &Value| text(body, "/properties/principalId").eq_ignore_ascii_case(&holder);
        for (identity, _) in of("/userAssignedIdentities").filter(|(_, body)| is_its(body)) {
            let is_after = plan.steps.descendants(right).contains(&identity);
            prop_assert!(is_after, "{} goes after its identity", given["id"]);
        }
    }
    Ok(())
}
