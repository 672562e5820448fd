//! Which types there are, and in which api-versions.
//!
//! The versions are those that akstool, the Azure CLI 2.91, the Python SDK, azurerm and Azure
//! Service Operator send, and their neighbours; previews of AKS live about a year and the old ones
//! are gone, as with Azure.

use super::super::error::Refusal;
use super::super::region::LOCATIONS;
use super::taken;

/// One type.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The type as Azure spells it.
    pub(crate) kind: &'static str,
    /// Supported versions, newest first.
    pub(crate) versions: &'static [&'static str],
}

const AKS: &[&str] = &[
    "2026-08-01",
    "2026-07-01",
    "2026-06-01",
    "2026-06-02-preview",
    "2026-05-01",
    "2026-04-01",
    "2026-04-02-preview",
    "2026-03-01",
    "2026-03-02-preview",
    "2026-02-01",
    "2026-02-02-preview",
    "2026-01-01",
    "2026-01-02-preview",
    "2025-10-01",
    "2025-10-02-preview",
    "2025-09-01",
    "2025-09-02-preview",
    "2025-08-01",
    "2025-08-02-preview",
    "2025-07-01",
    "2025-07-02-preview",
    "2025-06-02-preview",
    "2025-05-01",
    "2025-05-02-preview",
    "2025-04-01",
    "2025-04-02-preview",
    "2025-03-01",
    "2025-03-02-preview",
    "2025-02-01",
    "2025-02-02-preview",
    "2025-01-01",
    "2025-01-02-preview",
    "2024-09-01",
    "2024-08-01",
    "2024-07-01",
    "2024-05-01",
    "2024-02-01",
    "2024-01-01",
    "2023-11-01",
    "2023-10-01",
    "2023-09-01",
    "2023-08-01",
    "2023-07-01",
    "2023-06-01",
    "2023-05-01",
    "2023-04-01",
    "2023-03-01",
    "2023-02-01",
    "2023-01-01",
    "2022-11-01",
    "2022-09-01",
    "2022-08-01",
    "2022-07-01",
    "2022-06-01",
    "2022-04-01",
    "2022-03-01",
    "2022-02-01",
    "2022-01-01",
    "2021-10-01",
    "2021-09-01",
    "2021-08-01",
    "2021-07-01",
    "2021-05-01",
    "2021-03-01",
    "2021-02-01",
    "2020-12-01",
    "2020-11-01",
    "2020-09-01",
    "2020-07-01",
    "2020-06-01",
    "2020-04-01",
    "2020-03-01",
    "2020-02-01",
    "2020-01-01",
    "2019-11-01",
    "2019-10-01",
    "2019-08-01",
    "2019-06-01",
    "2019-04-01",
    "2019-02-01",
    "2018-03-31",
    "2017-08-31",
];

const NETWORK: &[&str] = &[
    "2026-03-01",
    "2026-01-01",
    "2025-09-01",
    "2025-07-01",
    "2025-05-01",
    "2025-03-01",
    "2025-01-01",
    "2024-10-01",
    "2024-07-01",
    "2024-05-01",
    "2024-03-01",
    "2024-01-01",
    "2023-11-01",
    "2023-09-01",
    "2023-06-01",
    "2023-05-01",
    "2023-04-01",
    "2023-02-01",
    "2022-11-01",
    "2022-09-01",
    "2022-07-01",
    "2022-05-01",
    "2022-01-01",
    "2021-12-01",
    "2021-08-01",
    "2021-05-01",
    "2021-03-01",
    "2021-02-01",
    "2020-11-01",
    "2020-08-01",
    "2020-07-01",
    "2020-06-01",
    "2020-05-01",
    "2020-04-01",
    "2020-03-01",
    "2019-12-01",
    "2019-11-01",
    "2019-09-01",
    "2019-06-01",
    "2019-04-01",
    "2019-02-01",
    "2018-11-01",
    "2018-08-01",
    "2018-07-01",
    "2018-01-01",
    "2017-10-01",
    "2015-06-15",
];

const PRIVATE_DNS: &[&str] = &["2024-06-01", "2020-06-01", "2020-01-01", "2018-09-01"];

const GROUPS: &[&str] = &[
    "2025-04-01",
    "2025-03-01",
    "2024-11-01",
    "2024-07-01",
    "2024-03-01",
    "2023-07-01",
    "2022-09-01",
    "2022-06-01",
    "2022-05-01",
    "2022-01-01",
    "2021-04-01",
    "2021-01-01",
    "2020-10-01",
    "2020-09-01",
    "2020-08-01",
    "2020-06-01",
    "2020-05-01",
    "2019-10-01",
    "2019-08-01",
    "2019-07-01",
    "2019-05-10",
    "2019-05-01",
    "2019-03-01",
    "2018-11-01",
    "2018-09-01",
    "2018-08-01",
    "2018-07-01",
    "2018-06-01",
    "2018-05-01",
    "2018-02-01",
    "2018-01-01",
    "2017-08-01",
    "2017-06-01",
    "2017-05-10",
    "2017-05-01",
    "2017-03-01",
    "2016-09-01",
    "2016-07-01",
    "2016-06-01",
    "2016-02-01",
    "2015-11-01",
    "2015-01-01",
];

const IDENTITY: &[&str] = &[
    "2025-05-31-preview",
    "2025-01-31-preview",
    "2024-11-30",
    "2023-07-31-preview",
    "2023-01-31",
    "2022-01-31-preview",
    "2021-09-30-preview",
    "2018-11-30",
    "2015-08-31-preview",
];

const ASSIGNMENTS: &[&str] = &[
    "2022-04-01",
    "2021-04-01-preview",
    "2020-10-01-preview",
    "2020-08-01-preview",
    "2020-04-01-preview",
    "2020-03-01-preview",
    "2018-09-01-preview",
    "2018-01-01-preview",
    "2015-07-01",
];

const POLICIES: &[&str] = &[
    "2025-11-01",
    "2025-03-01",
    "2025-01-01",
    "2024-05-01",
    "2024-04-01",
    "2023-04-01",
    "2022-06-01",
    "2021-06-01",
    "2020-09-01",
    "2019-09-01",
    "2019-06-01",
    "2019-01-01",
    "2018-05-01",
];

const DEFINITIONS: &[&str] = &[
    "2023-07-01-preview",
    "2022-05-01-preview",
    "2022-04-01",
    "2018-07-01",
    "2018-01-01-preview",
    "2015-07-01",
];

const WORKSPACES: &[&str] = &[
    "2025-07-01",
    "2025-02-01",
    "2023-09-01",
    "2022-10-01",
    "2021-12-01-preview",
    "2021-06-01",
    "2020-10-01",
    "2020-08-01",
    "2015-11-01-preview",
];

const REGISTRIES: &[&str] = &[
    "2025-11-01",
    "2025-04-01",
    "2025-03-01-preview",
    "2024-11-01-preview",
    "2023-11-01-preview",
    "2023-07-01",
    "2023-01-01-preview",
    "2022-12-01",
    "2022-02-01-preview",
    "2021-09-01",
    "2021-08-01-preview",
    "2020-11-01-preview",
    "2019-05-01",
    "2017-10-01",
];

const FEATURES: &[&str] = &["2021-07-01", "2015-12-01"];

const LOCKS: &[&str] = &["2020-05-01", "2017-04-01", "2016-09-01", "2015-06-01", "2015-01-01"];

const COMPUTE: &[&str] = &[
    "2025-11-01",
    "2025-04-01",
    "2024-11-01",
    "2024-07-01",
    "2024-03-01",
    "2023-09-01",
    "2023-07-01",
    "2023-03-01",
    "2022-11-01",
    "2022-08-01",
    "2022-03-01",
    "2021-11-01",
    "2021-07-01",
    "2021-04-01",
    "2021-03-01",
    "2020-12-01",
    "2020-06-01",
    "2019-12-01",
    "2019-07-01",
    "2019-04-01",
    "2019-03-01",
    "2018-10-01",
    "2018-06-01",
    "2017-12-01",
    "2017-09-01",
    "2017-03-30",
    "2016-03-30",
];

const ORCHESTRATORS: &[&str] =
    &["2019-10-01", "2019-08-01", "2019-06-01", "2019-04-01", "2017-09-30"];

/// Every type the embedded Azure answers for.
pub(crate) const TYPES: &[Listed] = &[
    Listed { kind: "Microsoft.Resources/resourceGroups", versions: GROUPS },
    Listed { kind: "Microsoft.ContainerService/managedClusters", versions: AKS },
    Listed { kind: "Microsoft.ContainerService/managedClusters/agentPools", versions: AKS },
    Listed {
        kind: "Microsoft.ContainerService/managedClusters/availableAgentPoolVersions",
        versions: AKS,
    },
    Listed { kind: "Microsoft.ContainerService/managedClusters/upgradeProfiles", versions: AKS },
    Listed {
        kind: "Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles",
        versions: AKS,
    },
    Listed {
        kind: "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
        versions: AKS,
    },
    Listed { kind: "Microsoft.ContainerService/managedClusters/accessProfiles", versions: AKS },
    Listed {
        kind: "Microsoft.ContainerService/managedClusters/privateLinkResources",
        versions: AKS,
    },
    Listed { kind: "Microsoft.ContainerService/locations/kubernetesVersions", versions: AKS },
    Listed { kind: "Microsoft.ContainerService/locations/orchestrators", versions: ORCHESTRATORS },
    Listed { kind: "Microsoft.Network/virtualNetworks", versions: NETWORK },
    Listed { kind: "Microsoft.Network/virtualNetworks/subnets", versions: NETWORK },
    Listed { kind: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", versions: NETWORK },
    Listed { kind: "Microsoft.Network/virtualNetworks/usages", versions: NETWORK },
    Listed { kind: "Microsoft.Network/routeTables", versions: NETWORK },
    Listed { kind: "Microsoft.Network/routeTables/routes", versions: NETWORK },
    Listed { kind: "Microsoft.Network/networkSecurityGroups", versions: NETWORK },
    Listed { kind: "Microsoft.Network/networkSecurityGroups/securityRules", versions: NETWORK },
    Listed { kind: "Microsoft.Network/publicIPAddresses", versions: NETWORK },
    Listed { kind: "Microsoft.Network/publicIPPrefixes", versions: NETWORK },
    Listed { kind: "Microsoft.Network/natGateways", versions: NETWORK },
    Listed { kind: "Microsoft.Network/bastionHosts", versions: NETWORK },
    Listed { kind: "Microsoft.Network/privateDnsZones", versions: PRIVATE_DNS },
    Listed { kind: "Microsoft.Network/privateDnsZones/virtualNetworkLinks", versions: PRIVATE_DNS },
    Listed { kind: "Microsoft.Network/privateDnsZones/A", versions: PRIVATE_DNS },
    Listed { kind: "Microsoft.Network/privateEndpoints", versions: NETWORK },
    Listed { kind: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups", versions: NETWORK },
    Listed { kind: "Microsoft.Network/loadBalancers", versions: NETWORK },
    Listed { kind: "Microsoft.Network/locations/usages", versions: NETWORK },
    Listed { kind: "Microsoft.ManagedIdentity/userAssignedIdentities", versions: IDENTITY },
    Listed {
        kind: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        versions: IDENTITY,
    },
    Listed { kind: "Microsoft.Authorization/roleAssignments", versions: ASSIGNMENTS },
    Listed { kind: "Microsoft.Authorization/roleDefinitions", versions: DEFINITIONS },
    Listed { kind: "Microsoft.Authorization/permissions", versions: DEFINITIONS },
    Listed { kind: "Microsoft.Authorization/policyDefinitions", versions: POLICIES },
    Listed { kind: "Microsoft.Authorization/policyAssignments", versions: POLICIES },
    Listed { kind: "Microsoft.Authorization/locks", versions: LOCKS },
    Listed { kind: "Microsoft.OperationalInsights/workspaces", versions: WORKSPACES },
    Listed { kind: "Microsoft.OperationalInsights/deletedWorkspaces", versions: WORKSPACES },
    Listed { kind: "Microsoft.ContainerRegistry/registries", versions: REGISTRIES },
    Listed { kind: "Microsoft.ContainerRegistry/checkNameAvailability", versions: REGISTRIES },
    Listed { kind: "Microsoft.Resources/tags", versions: GROUPS },
    Listed {
        kind: "Microsoft.ResourceGraph/resources",
        versions: &["2024-04-01", "2022-10-01", "2021-03-01"],
    },
    // None of these is ever made here; their lists say so.
    Listed { kind: "Microsoft.Resources/deployments", versions: GROUPS },
    Listed { kind: "Microsoft.ContainerService/snapshots", versions: AKS },
    Listed { kind: "Microsoft.Features/features", versions: FEATURES },
    Listed { kind: "Microsoft.Compute/virtualMachineScaleSets", versions: COMPUTE },
    Listed { kind: "Microsoft.Compute/skus", versions: COMPUTE },
    Listed { kind: "Microsoft.Compute/locations/usages", versions: COMPUTE },
];

/// Returns the versions of a type.
#[cfg(test)]
pub(crate) fn versions(kind: &str) -> Option<&'static [&'static str]> {
    TYPES.iter().find(|listed| listed.kind.eq_ignore_ascii_case(kind)).map(|listed| listed.versions)
}

/// Refuses a type that is not known, or not in this version; returns its spelling.
pub(crate) fn check(kind: &str, api: &str, location: &str) -> Result<&'static str, Refusal> {
    let Some(listed) = TYPES.iter().find(|listed| listed.kind.eq_ignore_ascii_case(kind)) else {
        if let Some(spelt) = taken::spelt(kind) {
            return taken::version(api).map(|()| spelt);
        }
        let (namespace, _) = kind.split_once('/').unwrap_or((kind, ""));
        let known = TYPES.iter().any(|listed| {
            let own = listed.kind.split('/').next().unwrap_or_default();
            own.eq_ignore_ascii_case(namespace)
        });
        if known {
            return Err(unknown_type(kind, api));
        }
        return Err(Refusal::arm(
            404,
            "InvalidResourceNamespace",
            format!("{} The resource namespace '{namespace}' is invalid.", not_carried(namespace)),
        ));
    };
    if listed.versions.contains(&api) {
        return Ok(listed.kind);
    }
    Err(unsupported(listed, api, location))
}

fn unsupported(listed: &Listed, api: &str, location: &str) -> Refusal {
    let location = if location.is_empty() { "global" } else { location };
    let supported = listed.versions.join(",");
    if listed.kind.starts_with("Microsoft.Resources/") {
        return Refusal::arm(
            400,
            "InvalidApiVersionParameter",
            format!(
                "The api-version '{api}' is invalid. The supported versions are '{supported}'."
            ),
        );
    }
    let names: Vec<&str> = LOCATIONS.iter().map(|location| location.name).collect();
    let (_, kind) = listed.kind.split_once('/').unwrap_or(("", listed.kind));
    Refusal::arm(
        400,
        "NoRegisteredProviderFound",
        format!(
            "No registered resource provider found for location '{location}' and API version \
             '{api}' for type '{kind}'. The supported api-versions are '{}'. The supported locations are \
             '{}'.",
            listed.versions.join(", "),
            names.join(", ")
        ),
    )
}

/// What ARM says of a type nobody serves. That it is only not carried here stands first: of
/// versions there is nothing to choose.
pub(crate) fn unknown_type(kind: &str, api: &str) -> Refusal {
    let (namespace, rest) = kind.split_once('/').unwrap_or((kind, ""));
    Refusal::arm(
        404,
        "InvalidResourceType",
        format!(
            "{} The resource type '{rest}' could not be found in the namespace '{namespace}' for \
             api version '{api}'.",
            not_carried(kind)
        ),
    )
}

/// What stands before Azure's words where Azure might answer: whoever reads them should not think that
/// Azure lacks what only the embedded one does.
pub(crate) fn not_carried(what: &str) -> String {
    format!("The embedded Azure does not carry '{what}'; Azure may.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_gone_is_answered_with_those_that_live() {
        let refusal =
            check("microsoft.containerservice/MANAGEDCLUSTERS", "2023-01-02-preview", "westeurope")
                .unwrap_err();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "NoRegisteredProviderFound"));
        assert!(refusal.message.contains("2025-10-01"), "{}", refusal.message);
        assert!(refusal.message.contains("for location 'westeurope' and"), "{}", refusal.message);
        let refusal = check("Microsoft.Resources/resourceGroups", "x", "").unwrap_err();
        assert_eq!(refusal.code, "InvalidApiVersionParameter");
        let nowhere = check("Microsoft.Nowhere/x", "x", "").unwrap_err();
        assert_eq!(nowhere.code, "InvalidResourceNamespace");
        let refusal = check("Microsoft.Network/x", "x", "").unwrap_err();
        assert_eq!(refusal.code, "InvalidResourceType");
        assert!(refusal.message.starts_with("The embedded Azure does not carry"), "{refusal:?}");
    }

    #[test]
    fn every_version_is_a_date_and_stands_once() {
        for listed in TYPES {
            for (at, version) in listed.versions.iter().enumerate() {
                assert_eq!(&version[4..5], "-", "{version}");
                assert!(!listed.versions[..at].contains(version), "{} {version}", listed.kind);
            }
        }
    }
}
