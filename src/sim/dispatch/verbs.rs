//! Which methods a type's resources take, and what a PATCH may say: what the specification has no
//! operation for is refused, not answered with nothing done.
//!
//! The types without PATCH and those that are only read are those of `managedClusters.json`
//! 2023-11-01, the network's files of 2023-09-01 and the authorization's of 2022-04-01; locks and
//! policies have none in theirs either. AKS answered 405 while clusters had no PATCH
//! (github.com/Azure/AKS/issues/197).

use serde_json::Value;

use super::super::asked::Asked;
use super::super::error::{Refusal, not_allowed};
use super::super::provider::Provider;
use crate::arm::id::ResourceId;

/// What is only read.
const READ: [&str; 3] = [
    "Microsoft.ContainerService/managedClusters/accessProfiles",
    "Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles",
    "Microsoft.ContainerService/managedClusters/upgradeProfiles",
];

/// What is written as a whole: types without PATCH.
const WHOLE: [&str; 10] = [
    "Microsoft.Authorization/locks",
    "Microsoft.Authorization/policyDefinitions",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.ContainerService/managedClusters/agentPools",
    "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
    "Microsoft.Network/networkSecurityGroups/securityRules",
    "Microsoft.Network/routeTables/routes",
    "Microsoft.Network/virtualNetworks/subnets",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
];

/// Refuses a method that resources of the type do not take.
pub(super) fn check(
    provider: &dyn Provider,
    asked: &Asked,
    id: &ResourceId,
) -> Result<(), Refusal> {
    let kind = provider.kind();
    let takes = match asked.method.as_str() {
        "GET" | "HEAD" => true,
        "PUT" | "DELETE" => !READ.contains(&kind),
        "PATCH" => !READ.contains(&kind) && !WHOLE.contains(&kind),
        _ => false,
    };
    if takes { Ok(()) } else { Err(not_allowed(&asked.method, id.as_str())) }
}

/// Refuses a PATCH that says more than tags where the specification knows a `TagsObject` alone.
///
/// The network's words are those of github.com/Azure/azure-sdk-for-go/issues/2608, where a `null`
/// was too much already. AKS reads no field that it does not know, as in a PUT
/// (github.com/Azure/azure-rest-api-specs/issues/40740).
pub(super) fn patchable(provider: &dyn Provider, sent: &Value) -> Result<(), Refusal> {
    if sent.get("properties").is_none() {
        return Ok(());
    }
    match provider.kind() {
        kind if kind.starts_with("Microsoft.Network/") => Err(Refusal::network(
            400,
            "OnlyTagsSupportedForPatch",
            "PATCH request content includes properties property. Only tags property is currently \
             supported.",
        )),
        "Microsoft.ContainerService/managedClusters" => Err(Refusal::aks(
            400,
            "UnmarshalError",
            "UnmarshalEntity encountered error: json: unknown field \"properties\" Check that the \
             field is in the right location, is spelled correctly, and is supported in the API \
             version. Visit aka.ms/aks/apiversions for more API version information.",
        )),
        _ => Ok(()),
    }
}

/// Whether a PATCH of the type is a PUT of what stands with what is sent laid over it: registries,
/// whose `RegistryUpdateParameters` hold nearly all of a registry.
pub(super) fn is_laid_over(provider: &dyn Provider) -> bool {
    provider.kind() == "Microsoft.ContainerRegistry/registries"
}
