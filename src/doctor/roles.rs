//! Azure's roles: what an action is granted by, and the smallest built-in role that holds it.

use super::facts::Permission;
use crate::wildcard::{Wild, is_like};

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
        let granted = role.actions.iter().any(|pattern| matches(pattern, action));
        granted && !role.not_actions.iter().any(|pattern| matches(pattern, action))
    };
    // The last one holds everything.
    BUILT_IN.iter().find(holds).unwrap_or(&BUILT_IN[BUILT_IN.len() - 1])
}

/// How far an action is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Not at all.
    No,
    /// Under a condition that is not judged here.
    Conditional,
    /// Without a condition.
    Yes,
}

/// Returns how far permissions grant an action: each entry by itself, the best counts.
pub fn granted(permissions: &[Permission], action: &str) -> Grant {
    let of = |entry: &Permission| {
        let yes = entry.actions.iter().any(|pattern| matches(pattern, action));
        let no = entry.not_actions.iter().any(|pattern| matches(pattern, action));
        match (yes && !no, entry.is_conditional) {
            (false, _) => Grant::No,
            // Conditions speak of role assignments and of data, of nothing else.
            (true, true) if action.starts_with("Microsoft.Authorization/") => Grant::Conditional,
            (true, _) => Grant::Yes,
        }
    };
    permissions.iter().map(of).max().unwrap_or(Grant::No)
}

/// Tells whether a pattern covers an action: `*` stands for any text, case does not matter, and
/// `/*/` covers a single slash too, as Azure has `userAssignedIdentities/*/assign/action` cover
/// `userAssignedIdentities/assign/action`.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let covers = |pattern: &str| is_like(pattern, &action, Wild::Star);
    covers(&pattern) || (pattern.contains("/*/") && covers(&pattern.replace("/*/", "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(actions: &[&str], not_actions: &[&str]) -> Permission {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Permission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            is_conditional: false,
        }
    }

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

    #[test]
    fn what_is_taken_out_is_not_granted_unless_another_entry_grants_it() {
        let contributor = grants(&["*"], &["Microsoft.Authorization/*/Write"]);
        let action = "Microsoft.Authorization/roleAssignments/write";
        assert_eq!(granted(std::slice::from_ref(&contributor), action), Grant::No);
        let administrator = grants(&["Microsoft.Authorization/roleAssignments/*"], &[]);
        assert_eq!(granted(&[contributor, administrator], action), Grant::Yes);
        assert_eq!(granted(&[], action), Grant::No);
    }

    #[test]
    fn a_conditional_grant_is_told_apart_where_conditions_matter() {
        let entry = Permission { is_conditional: true, ..grants(&["*"], &[]) };
        let entry = std::slice::from_ref(&entry);
        let roles = "Microsoft.Authorization/roleAssignments/write";
        assert_eq!(granted(entry, roles), Grant::Conditional);
        assert_eq!(granted(entry, "Microsoft.Network/routeTables/write"), Grant::Yes);
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, covered) in [
            ("*", "a/b", true),
            ("*/read", "a/b/READ", true),
            ("a/*/read", "a/b/c/read", true),
            ("a/*/read", "a/read", true),
            ("a/*", "b/a/x", false),
            ("a/b", "a/b/c", false),
            ("a/*x*y", "a/1x2y", true),
            ("a/*x*y", "a/1y2x", false),
            ("**", "", true),
        ] {
            assert_eq!(matches(pattern, text), covered, "{pattern} {text}");
        }
    }
}
