//! Which types are taken without a provider of their own, and in which versions.

use std::sync::{Mutex, PoisonError};

use super::super::error::Refusal;

/// How many types one process learns at most; chosen: Azure has fewer, and whoever makes up names
/// must not fill the memory.
const MOST: usize = 10_000;

/// Namespaces whose types are all taken, as the documentation of resource providers lists them.
pub(crate) const NAMESPACES: [&str; 34] = [
    "Microsoft.AlertsManagement",
    "Microsoft.ApiManagement",
    "Microsoft.App",
    "Microsoft.AppConfiguration",
    "Microsoft.Automation",
    "Microsoft.Batch",
    "Microsoft.Cache",
    "Microsoft.Cdn",
    "Microsoft.CognitiveServices",
    "Microsoft.Consumption",
    "Microsoft.Dashboard",
    "Microsoft.DataFactory",
    "Microsoft.DataProtection",
    "Microsoft.DBforMySQL",
    "Microsoft.DBforPostgreSQL",
    "Microsoft.Devices",
    "Microsoft.DocumentDB",
    "Microsoft.EventGrid",
    "Microsoft.EventHub",
    "Microsoft.GuestConfiguration",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.Kubernetes",
    "Microsoft.KubernetesConfiguration",
    "Microsoft.Logic",
    "Microsoft.Monitor",
    "Microsoft.OperationsManagement",
    "Microsoft.RecoveryServices",
    "Microsoft.Search",
    "Microsoft.ServiceBus",
    "Microsoft.ServiceNetworking",
    "Microsoft.SignalRService",
    "Microsoft.Sql",
    "Microsoft.Storage",
];

/// Types of namespaces whose other types have providers of their own.
const TYPES: [&str; 27] = [
    "Microsoft.Compute/availabilitySets",
    "Microsoft.Compute/capacityReservationGroups",
    "Microsoft.Compute/diskEncryptionSets",
    "Microsoft.Compute/disks",
    "Microsoft.Compute/proximityPlacementGroups",
    "Microsoft.Compute/sshPublicKeys",
    "Microsoft.Compute/virtualMachines",
    "Microsoft.ContainerRegistry/registries/replications",
    "Microsoft.ContainerRegistry/registries/webhooks",
    "Microsoft.ContainerService/fleets",
    "Microsoft.ContainerService/fleets/members",
    "Microsoft.ContainerService/managedClusters/managedNamespaces",
    "Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings",
    "Microsoft.Network/applicationGateways",
    "Microsoft.Network/applicationSecurityGroups",
    "Microsoft.Network/azureFirewalls",
    "Microsoft.Network/ddosProtectionPlans",
    "Microsoft.Network/dnsZones",
    "Microsoft.Network/firewallPolicies",
    "Microsoft.Network/ipGroups",
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Network/networkWatchers",
    "Microsoft.Network/privateLinkServices",
    "Microsoft.Network/virtualNetworkGateways",
    "Microsoft.OperationalInsights/workspaces/savedSearches",
    "Microsoft.OperationalInsights/workspaces/tables",
    "Microsoft.Authorization/policyExemptions",
];

static SPELT: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// Returns a type as it is spelt, if it is one that is taken as it comes. What was met once is kept
/// for the life of the process, as types are named by text that lives as long.
pub(crate) fn spelt(kind: &str) -> Option<&'static str> {
    let kind = carried(kind)?;
    let mut met = SPELT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = met.iter().find(|known| known.eq_ignore_ascii_case(&kind)) {
        return Some(known);
    }
    if met.len() >= MOST {
        return None;
    }
    let kind: &'static str = Box::leak(kind.into_boxed_str());
    met.push(kind);
    Some(kind)
}

/// Returns a type as it is spelt, if it is taken.
fn carried(kind: &str) -> Option<String> {
    if let Some(listed) = TYPES.iter().find(|listed| listed.eq_ignore_ascii_case(kind)) {
        return Some((*listed).to_owned());
    }
    let (namespace, rest) = kind.split_once('/')?;
    let known = NAMESPACES.iter().find(|known| known.eq_ignore_ascii_case(namespace))?;
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.len() <= 80
            && word.chars().all(|c| c.is_ascii_alphanumeric())
    };
    (rest.split('/').all(is_word) && rest.matches('/').count() < 8)
        .then(|| format!("{known}/{rest}"))
}

/// Refuses a version that is no date; which dates a type knows nobody here can say.
pub(crate) fn version(api: &str) -> Result<(), Refusal> {
    let (date, rest) = api.split_at_checked(10).unwrap_or((api, ""));
    let is_date = date.len() == 10
        && date.char_indices().all(|(at, c)| match at {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        });
    if is_date && ["", "-preview", "-alpha", "-beta", "-privatepreview"].contains(&rest) {
        return Ok(());
    }
    let text = format!("The api-version '{api}' is invalid.");
    Err(Refusal::arm(400, "InvalidApiVersionParameter", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_taken_by_its_namespace_or_its_name() {
        assert_eq!(
            spelt("microsoft.storage/storageAccounts"),
            Some("Microsoft.Storage/storageAccounts")
        );
        assert_eq!(spelt("Microsoft.Network/DNSZONES"), Some("Microsoft.Network/dnsZones"));
        assert_eq!(spelt("Microsoft.Network/x"), None);
        assert_eq!(spelt("Microsoft.Nowhere/x"), None);
        assert_eq!(spelt("Microsoft.Storage/a b"), None);
    }

    #[test]
    fn a_version_is_a_date() {
        assert!(version("2023-01-01").is_ok() && version("2023-01-01-preview").is_ok());
        assert!(version("latest").is_err() && version("2023-1-1").is_err());
    }
}
