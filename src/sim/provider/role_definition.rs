//! The built-in roles a cluster's identities are given, and what they allow.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::dispatch::Asked;
use super::super::error::Refusal;
use super::super::list;
use super::super::world::World;
use super::{Answer, Provider, Put};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.Authorization/roleDefinitions";

/// `Microsoft.Authorization/roleDefinitions`.
pub(crate) struct RoleDefinition;

/// A built-in role.
#[derive(Debug)]
pub(crate) struct Role {
    /// The definition's name, a GUID that is the same everywhere.
    pub(crate) id: &'static str,
    /// `Network Contributor`.
    pub(crate) name: &'static str,
    actions: &'static [&'static str],
    not_actions: &'static [&'static str],
}

/// GUIDs and actions as published in Azure's list of built-in roles.
pub(crate) const ROLES: &[Role] = &[
    Role {
        id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        name: "Owner",
        actions: &["*"],
        not_actions: &[],
    },
    Role {
        id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
        name: "Contributor",
        actions: &["*"],
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
        ],
    },
    Role {
        id: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        name: "Reader",
        actions: &["*/read"],
        not_actions: &[],
    },
    Role {
        id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        name: "User Access Administrator",
        actions: &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        not_actions: &[],
    },
    Role {
        id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        name: "Role Based Access Control Administrator",
        actions: &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        not_actions: &[],
    },
    Role {
        id: "4d97b98b-1d4f-4787-a291-c67834d212e7",
        name: "Network Contributor",
        actions: &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Network/*",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Support/*",
        ],
        not_actions: &[],
    },
    Role {
        id: "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
        name: "Private DNS Zone Contributor",
        actions: &[
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Support/*",
            "Microsoft.Network/privateDnsZones/*",
            "Microsoft.Network/privateDnsOperationResults/*",
            "Microsoft.Network/privateDnsOperationStatuses/*",
            "Microsoft.Network/virtualNetworks/read",
            "Microsoft.Network/virtualNetworks/join/action",
            "Microsoft.Authorization/*/read",
        ],
        not_actions: &[],
    },
    Role {
        id: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        name: "AcrPull",
        actions: &["Microsoft.ContainerRegistry/registries/pull/read"],
        not_actions: &[],
    },
    Role {
        id: "f1a07417-d97a-45cb-824c-7a7467783830",
        name: "Managed Identity Operator",
        actions: &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Support/*",
        ],
        not_actions: &[],
    },
    Role {
        id: "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8",
        name: "Azure Kubernetes Service Contributor Role",
        actions: &[
            "Microsoft.ContainerService/locations/*",
            "Microsoft.ContainerService/managedClusters/*",
            "Microsoft.ContainerService/snapshots/*",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
    },
    Role {
        id: "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
        name: "Azure Kubernetes Service Cluster Admin Role",
        actions: &[
            "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
            "Microsoft.ContainerService/managedClusters/accessProfiles/listCredential/action",
            "Microsoft.ContainerService/managedClusters/read",
            "Microsoft.ContainerService/managedClusters/runcommand/action",
        ],
        not_actions: &[],
    },
    Role {
        id: "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
        name: "Azure Kubernetes Service Cluster User Role",
        actions: &[
            "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
            "Microsoft.ContainerService/managedClusters/read",
        ],
        not_actions: &[],
    },
    Role {
        id: "3913510d-42f4-4e42-8a64-420c390055eb",
        name: "Monitoring Metrics Publisher",
        actions: &[
            "Microsoft.Insights/Register/Action",
            "Microsoft.Support/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
    },
];

/// Finds a built-in role by the last part of a definition's id.
pub(crate) fn find(definition: &str) -> Option<&'static Role> {
    let name = definition.rsplit('/').next().unwrap_or_default();
    ROLES.iter().find(|role| role.id.eq_ignore_ascii_case(name))
}

impl Role {
    /// Tells whether the role allows an action.
    pub(crate) fn allows(&self, action: &str) -> bool {
        let any = |patterns: &[&str]| patterns.iter().any(|pattern| covers(pattern, action));
        any(self.actions) && !any(self.not_actions)
    }

    /// The role as a list of permissions shows it.
    pub(crate) fn permission(&self) -> Value {
        json!({ "actions": self.actions, "notActions": self.not_actions,
            "dataActions": [], "notDataActions": [] })
    }
}

/// Whether a pattern such as `Microsoft.Network/*` covers an action, ignoring case; `/*/` covers a
/// single slash too: `userAssignedIdentities/*/assign/action` is what assigning one takes.
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some((before, after)) = pattern.split_once('*') else { return pattern == action };
    let around = action.starts_with(before) && action.ends_with(after);
    (around && action.len() >= before.len() + after.len()) || pattern.replace("/*/", "/") == action
}

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
        Some(list::page(asked, found))
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
