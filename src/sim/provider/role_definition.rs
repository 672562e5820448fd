//! The built-in roles a cluster's identities are given, and what they allow.

use serde_json::{Value, json};

use super::super::page::page;
use super::super::role::{ROLES, Role, find};
use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::error::Refusal;
use super::super::world::World;
use super::{Answer, Provider, Put};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Authorization/roleDefinitions";

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

    fn always(&self, _world: &World, id: &ResourceId) -> bool {
        find(id.name()).is_some()
    }

    fn get(&self, world: &World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let role = find(id.name()).ok_or_else(|| self.absent(world, id))?;
        Ok(Answer::ok(shown(role, world, asked)))
    }

    fn list(&self, world: &World, asked: &Asked, _: &str) -> Option<Result<Answer, Refusal>> {
        let filter = asked.parameter("$filter").unwrap_or_default();
        let wanted = filter
            .split_once("roleName eq '")
            .map(|(_, rest)| rest.split('\'').next().unwrap_or_default().to_owned());
        let custom = filter.to_ascii_lowercase().contains("customrole");
        let found = ROLES
            .iter()
            .filter(|_| !custom)
            .filter(|role| wanted.as_ref().is_none_or(|name| role.name.eq_ignore_ascii_case(name)))
            .map(|role| shown(role, world, asked));
        Some(page(asked, found))
    }

    fn put(&self, _world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        Err(built_in(put.id))
    }

    fn delete(
        &self,
        _world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
    ) -> Result<Answer, Refusal> {
        Err(built_in(id))
    }

    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        Refusal::wrapped(
            404,
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{}' does not exist.", id.name()),
        )
    }
}

fn built_in(id: &ResourceId) -> Refusal {
    Refusal::wrapped(
        400,
        "RoleDefinitionHasWrongType",
        format!("The embedded Azure knows built-in roles only; '{}' cannot be written.", id.name()),
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
