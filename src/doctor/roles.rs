//! Azure's roles: the smallest built-in one that holds an action.

use crate::kind::covers;

/// A built-in role, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// The name, as `az role assignment create --role` takes it.
    pub name: &'static str,
    /// What it grants.
    actions: &'static [&'static str],
    /// What it takes out of that again.
    not_actions: &'static [&'static str],
}

/// The built-in roles that hold what a provisioner needs, the smallest first.
///
/// Source: Azure RBAC documentation, "Azure built-in roles", read 2025-06; actions that no
/// provisioner needs (support tickets, alert rules) are left out.
pub const BUILT_IN: [BuiltIn; 9] = [
    BuiltIn { name: "Reader", actions: &["*/read"], not_actions: &[] },
    BuiltIn {
        name: "Managed Identity Operator",
        actions: &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
    },
    BuiltIn {
        name: "Managed Identity Contributor",
        actions: &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
    },
    BuiltIn {
        name: "Azure Kubernetes Service Cluster User Role",
        actions: &[
            "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
            "Microsoft.ContainerService/managedClusters/read",
        ],
        not_actions: &[],
    },
    BuiltIn {
        name: "Azure Kubernetes Service Contributor Role",
        actions: &[
            "Microsoft.ContainerService/managedClusters/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
    },
    BuiltIn {
        name: "Network Contributor",
        actions: &[
            "Microsoft.Network/*",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        not_actions: &[],
    },
    BuiltIn {
        name: "Role Based Access Control Administrator",
        actions: &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
        ],
        not_actions: &[],
    },
    BuiltIn {
        name: "Contributor",
        actions: &["*"],
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
        ],
    },
    BuiltIn { name: "Owner", actions: &["*"], not_actions: &[] },
];

/// Returns the smallest built-in role that holds an action.
pub fn smallest(action: &str) -> &'static BuiltIn {
    let holds = |role: &&BuiltIn| {
        let granted = role.actions.iter().any(|pattern| covers(pattern, action));
        granted && !role.not_actions.iter().any(|pattern| covers(pattern, action))
    };
    // The last one holds everything.
    BUILT_IN.iter().find(holds).unwrap_or(&BUILT_IN[BUILT_IN.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_is_named_with_the_smallest_role_that_holds_it() {
        for (action, role) in [
            ("Microsoft.ContainerService/managedClusters/read", "Reader"),
            ("Microsoft.Network/virtualNetworks/subnets/join/action", "Network Contributor"),
            ("Microsoft.Network/routeTables/write", "Network Contributor"),
            (
                "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
                "Managed Identity Operator",
            ),
            (
                "Microsoft.ManagedIdentity/userAssignedIdentities/write",
                "Managed Identity Contributor",
            ),
            (
                "Microsoft.ContainerService/managedClusters/agentPools/write",
                "Azure Kubernetes Service Contributor Role",
            ),
            (
                "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
                "Azure Kubernetes Service Cluster User Role",
            ),
            (
                "Microsoft.Authorization/roleAssignments/write",
                "Role Based Access Control Administrator",
            ),
            ("Microsoft.Resources/subscriptions/resourceGroups/write", "Contributor"),
            ("Microsoft.Network/register/action", "Network Contributor"),
            ("Microsoft.ContainerService/register/action", "Contributor"),
            ("Microsoft.Authorization/elevateAccess/action", "Owner"),
        ] {
            assert_eq!(smallest(action).name, role, "{action}");
        }
    }
}
