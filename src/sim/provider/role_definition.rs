//! Roles: the built-in ones, which nobody changes, and those of a customer's own, with any actions.
//!
//! Facts of the published specification (authorization 2022-04-01) and of Azure's documentation on
//! custom roles and on what goes wrong with them.

use serde_json::{Value, json};

use super::super::page::page;
use super::super::role::{ROLES, Role, find};
use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::rfc3339;
use super::super::error::Refusal;
use super::super::world::World;
use super::defined::{KIND, custom, permissions};
use super::role_assignment::{self, CALLER};
use super::{Answer, Provider, Put};

/// `Microsoft.Authorization/roleDefinitions`.
pub(crate) struct RoleDefinition;

/// A role as the scope that was asked shows it: at the tenant's its id names no subscription.
fn shown(role: &Role, world: &World, asked: &Asked) -> Value {
    let scope = if asked.path.to_ascii_lowercase().starts_with("/providers/") {
        String::new()
    } else {
        format!("/subscriptions/{}", world.subscription)
    };
    json!({
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.name,
            "assignableScopes": ["/"],
            "permissions": [role.permission()],
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2024-01-01T00:00:00.0000000Z",
            "createdBy": null,
            "updatedBy": null,
        },
        "id": format!("{scope}/providers/{KIND}/{}", role.id),
        "type": KIND,
        "name": role.id,
    })
}

impl Provider for RoleDefinition {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn tracked(&self) -> bool {
        false
    }

    fn always(&self, world: &World, id: &ResourceId) -> bool {
        permissions(world, id.name()).is_some()
    }

    fn get(&self, world: &World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let built_in = find(id.name()).map(|role| shown(role, world, asked));
        let found = built_in.or_else(|| custom(world, id.name()));
        found.map(Answer::ok).ok_or_else(|| self.absent(world, id))
    }

    fn list(&self, world: &World, asked: &Asked, _: &str) -> Option<Result<Answer, Refusal>> {
        let filter = asked.parameter("$filter").unwrap_or_default();
        let wanted = filter
            .split_once("roleName eq '")
            .map(|(_, rest)| rest.split('\'').next().unwrap_or_default().to_owned());
        let kinds = filter.to_ascii_lowercase();
        let built_in = ROLES
            .iter()
            .filter(|_| !kinds.contains("customrole"))
            .map(|role| shown(role, world, asked));
        let own = world.of_kind(KIND).filter(|_| !kinds.contains("builtinrole"));
        let own = own.map(super::super::world::Entry::body);
        let is_wanted = |role: &Value| {
            let name = body::text(role, "/properties/roleName").unwrap_or_default();
            wanted.as_ref().is_none_or(|wanted| name.eq_ignore_ascii_case(wanted))
        };
        let found: Vec<Value> = built_in.chain(own).filter(is_wanted).collect();
        Some(page(asked, found))
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let name = put.id.name();
        if find(name).is_some() {
            return Err(built_in(put.id));
        }
        if !role_assignment::is_guid(name) {
            return Err(Refusal::wrapped(
                400,
                "InvalidRoleDefinitionId",
                format!("The role definition ID '{name}' is not valid. It must be a GUID."),
            ));
        }
        let role = body::text(&put.body, "/properties/roleName").unwrap_or_default();
        let taken = world.of_kind(KIND).any(|entry| {
            let is_other = !entry.id.eq_ignore_ascii_case(put.id.as_str());
            is_other && body::text(&entry.body(), "/properties/roleName") == Some(role)
        });
        if taken || ROLES.iter().any(|one| one.name.eq_ignore_ascii_case(role)) {
            return Err(Refusal::wrapped(
                409,
                "RoleDefinitionWithSameNameExists",
                format!(
                    "A custom role with the same name already exists in this directory. Use a \
                     different name: '{role}'."
                ),
            ));
        }
        let stored = defined(world, put);
        world.put(put.id.as_str(), KIND, &stored);
        Ok(Answer { body: Some(stored), ..Answer::status(201) }.taking(1_500))
    }

    fn delete(
        &self,
        world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
    ) -> Result<Answer, Refusal> {
        if find(id.name()).is_some() {
            return Err(built_in(id));
        }
        let own = format!("/{}", id.name().to_ascii_lowercase());
        let is_given = world.of_kind(role_assignment::KIND).any(|entry| {
            let stored = entry.body();
            let role = body::text(&stored, "/properties/roleDefinitionId").unwrap_or_default();
            role.to_ascii_lowercase().ends_with(&own)
        });
        if is_given {
            return Err(Refusal::wrapped(
                400,
                "RoleDefinitionHasAssignments",
                "There are existing role assignments referencing role.",
            ));
        }
        let stored = custom(world, id.name());
        world.remove(id.as_str());
        Ok(Answer { body: stored, ..Answer::status(200) }.taking(1_500))
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        Refusal::wrapped(
            404,
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{}' does not exist.", id.name()),
        )
    }
}

/// What is kept of a customer's own role: all lists are there, and whoever wrote it.
fn defined(world: &World, put: &Put<'_>) -> Value {
    let now = rfc3339(world.now);
    let given = |name: &str| put.body.pointer(&format!("/properties/{name}")).cloned();
    let permission = |entry: &Value| {
        let list = |name: &str| entry.get(name).cloned().unwrap_or_else(|| json!([]));
        json!({ "actions": list("actions"), "notActions": list("notActions"),
            "dataActions": list("dataActions"), "notDataActions": list("notDataActions") })
    };
    let permissions = body::list(&put.body, "/properties/permissions");
    let permissions: Vec<Value> = permissions.iter().map(permission).collect();
    let old = put.existing.as_ref().and_then(|old| old.pointer("/properties/createdOn")).cloned();
    json!({
        "properties": {
            "roleName": given("roleName"),
            "type": "CustomRole",
            "description": given("description"),
            "assignableScopes": given("assignableScopes"),
            "permissions": permissions,
            "createdOn": old.unwrap_or_else(|| json!(now)),
            "updatedOn": now,
            "createdBy": CALLER,
            "updatedBy": CALLER,
        },
        "id": put.id.as_str(),
        "type": KIND,
        "name": put.id.name(),
    })
}

fn built_in(id: &ResourceId) -> Refusal {
    Refusal::wrapped(
        400,
        "RoleDefinitionHasWrongType",
        format!("The role '{}' is built in and cannot be changed.", id.name()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_contributor_may_join_a_subnet_and_a_reader_may_not() {
        let action = "Microsoft.Network/virtualNetworks/subnets/join/action";
        assert!(find("4d97b98b-1d4f-4787-a291-c67834d212e7").unwrap().allows(action));
        assert!(!find("acdd72a7-3385-48ef-bd42-f606fba81ae7").unwrap().allows(action));
        let contributor = find("b24988ac-6180-42a0-ab88-20f7382dd24c").unwrap();
        assert!(contributor.allows(action));
        assert!(!contributor.allows("Microsoft.Authorization/roleAssignments/write"));
        let operator = find("f1a07417-d97a-45cb-824c-7a7467783830").unwrap();
        let assign = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
        assert!(operator.allows(assign) && !operator.allows("Microsoft.ManagedIdentity/x"));
    }
}
