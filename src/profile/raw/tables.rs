//! The tables: ARM's places, and the fields that say them. Pure data.
//!
//! Read-only places are those that Azure/bicep-types-az flags so (AKS 2026-05-01, network
//! 2025-07-01), and what a recorded `PUT` never changed.

use super::section::{Said, Section};

const fn said(at: &'static str, by: &'static [&'static str]) -> Said {
    Said { at, by, alone: false }
}

const fn alone(at: &'static str, by: &'static [&'static str]) -> Said {
    Said { at, by, alone: true }
}

/// Returns the places of a section that fields say.
pub(super) const fn said_of(section: Section) -> &'static [Said] {
    match section {
        Section::Cluster => CLUSTER,
        Section::Pool => POOL,
        Section::Vnet => VNET,
        Section::Subnet => SUBNET,
        Section::Peering => PEERING,
        Section::NatGateway => NAT_GATEWAY,
        Section::RouteTable => ROUTE_TABLE,
        Section::SecurityGroup => SECURITY_GROUP,
        Section::Registry => REGISTRY,
        Section::LogWorkspace => LOG_WORKSPACE,
    }
}

const CLUSTER: &[Said] = &[
    alone("agentPoolProfiles", &["pools"]),
    said("kubernetesVersion", &[".version"]),
    said("supportPlan", &[".supportPlan"]),
    said("dnsPrefix", &[".dnsPrefix"]),
    said("nodeResourceGroup", &[".nodeResourceGroup"]),
    said("disableLocalAccounts", &[".localAccounts"]),
    said("identityProfile.kubeletidentity", &[".kubeletIdentity"]),
    said("oidcIssuerProfile.enabled", &[".oidcIssuer"]),
    said("securityProfile.workloadIdentity.enabled", &[".workloadIdentity"]),
    said("autoUpgradeProfile.upgradeChannel", &[".autoUpgrade"]),
    said("autoUpgradeProfile.nodeOSUpgradeChannel", &[".nodeOsUpgrade"]),
    said("apiServerAccessProfile.enablePrivateCluster", &[".apiServer.private"]),
    said("apiServerAccessProfile.privateDNSZone", &[".apiServer.dnsZone"]),
    said("apiServerAccessProfile.enablePrivateClusterPublicFQDN", &[".apiServer.publicFQDN"]),
    said("apiServerAccessProfile.enableVnetIntegration", &[".apiServer.subnet"]),
    said("apiServerAccessProfile.subnetId", &[".apiServer.subnet"]),
    said("apiServerAccessProfile.authorizedIPRanges", &[".apiServer.authorizedRanges"]),
    said("apiServerAccessProfile.disableRunCommand", &[".apiServer.runCommand"]),
    said("autoScalerProfile", &[".autoscalerProfile"]),
    said("addonProfiles.omsagent.enabled", &["monitoring.logs"]),
    said(
        "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID",
        &["monitoring.logs.workspace", "monitoring.logs"],
    ),
    said("addonProfiles.omsagent.config.useAADAuth", &["monitoring.logs"]),
    said("azureMonitorProfile.containerInsights", &["monitoring.logs"]),
    said("azureMonitorProfile.metrics.enabled", &["monitoring.metrics"]),
    said("networkProfile.networkPlugin", &["network.plugin"]),
    said("networkProfile.networkPluginMode", &["network.mode"]),
    said("networkProfile.networkDataplane", &["network.dataplane"]),
    said("networkProfile.networkPolicy", &["network.policy"]),
    said("networkProfile.ipFamilies", &["network.ipFamilies"]),
    said("networkProfile.podCidr", &["network.podCidr", "network.podCidrV6"]),
    said("networkProfile.podCidrs", &["network.podCidr", "network.podCidrV6"]),
    said("networkProfile.serviceCidr", &["network.serviceCidr", "network.serviceCidrV6"]),
    said("networkProfile.serviceCidrs", &["network.serviceCidr", "network.serviceCidrV6"]),
    said("networkProfile.dnsServiceIP", &["network.dnsServiceIP", "network.serviceCidr"]),
    said("networkProfile.outboundType", &["network.outbound.type"]),
    said(
        "networkProfile.loadBalancerProfile.managedOutboundIPs.count",
        &["network.outbound.managedIPs"],
    ),
    said(
        "networkProfile.loadBalancerProfile.managedOutboundIPs.countIPv6",
        &["network.outbound.managedIPsV6"],
    ),
    said("networkProfile.loadBalancerProfile.outboundIPs", &["network.outbound.publicIPs"]),
    said(
        "networkProfile.loadBalancerProfile.outboundIPPrefixes",
        &["network.outbound.publicIPPrefixes"],
    ),
    said(
        "networkProfile.loadBalancerProfile.allocatedOutboundPorts",
        &["network.outbound.allocatedPorts"],
    ),
    said(
        "networkProfile.loadBalancerProfile.idleTimeoutInMinutes",
        &["network.outbound.idleTimeoutMinutes"],
    ),
    said(
        "networkProfile.natGatewayProfile.managedOutboundIPProfile.count",
        &["network.outbound.natGateway.publicIPs"],
    ),
    said(
        "networkProfile.natGatewayProfile.idleTimeoutInMinutes",
        &["network.outbound.natGateway.idleTimeoutMinutes"],
    ),
];

const POOL: &[Said] = &[
    said("mode", &[".mode"]),
    said("vmSize", &[".vmSize"]),
    said("count", &[".count"]),
    said("enableAutoScaling", &[".autoscale", ".count"]),
    said("minCount", &[".autoscale.min"]),
    said("maxCount", &[".autoscale.max"]),
    said("vnetSubnetID", &[".subnet", "network.subnets"]),
    said("podSubnetID", &[".podSubnet", "network.subnets.pods"]),
    said("podIPAllocationMode", &["network.podAllocation"]),
    said("maxPods", &[".maxPods"]),
    said("availabilityZones", &[".zones"]),
    said("osType", &[".osType"]),
    said("osSKU", &[".osSku"]),
    said("osDiskSizeGB", &[".osDiskSizeGB"]),
    said("osDiskType", &[".osDiskType"]),
    said("kubeletDiskType", &[".kubeletDiskType"]),
    said("enableEncryptionAtHost", &[".encryptionAtHost"]),
    said("scaleDownMode", &[".scaleDownMode"]),
    said("enableNodePublicIP", &[".nodePublicIP"]),
    said("orchestratorVersion", &[".version"]),
    said("scaleSetPriority", &[".spot"]),
    said("scaleSetEvictionPolicy", &[".spot"]),
    said("spotMaxPrice", &[".spot"]),
    said("nodeLabels", &[".labels"]),
    said("nodeTaints", &[".taints"]),
    said("tags", &[".tags"]),
    said("upgradeSettings.maxSurge", &[".maxSurge"]),
    said("upgradeSettings.maxUnavailable", &[".maxUnavailable"]),
    said("upgradeSettings.drainTimeoutInMinutes", &[".drainTimeoutMinutes"]),
    said("upgradeSettings.nodeSoakDurationInMinutes", &[".nodeSoakMinutes"]),
    said("upgradeSettings.undrainableNodeBehavior", &[".undrainableNodes"]),
];

const VNET: &[Said] = &[
    said("addressSpace", &[".cidr", ".cidrs"]),
    said("dhcpOptions.dnsServers", &[".dnsServers"]),
    alone("subnets", &["network.subnets"]),
    alone("virtualNetworkPeerings", &["network.peerings"]),
];

const SUBNET: &[Said] = &[
    said("addressPrefix", &[".cidr", ".cidrV6"]),
    said("addressPrefixes", &[".cidr", ".cidrV6"]),
    said("routeTable", &[".routeTable"]),
    said("networkSecurityGroup", &[".securityGroup"]),
    said("natGateway", &[".natGateway"]),
    said("serviceEndpoints", &[".serviceEndpoints"]),
    said("delegations", &[".delegations"]),
    said("defaultOutboundAccess", &[".defaultOutboundAccess"]),
    said("privateEndpointNetworkPolicies", &[".privateEndpointPolicies"]),
];

const PEERING: &[Said] = &[
    said("remoteVirtualNetwork", &[".vnet"]),
    said("allowForwardedTraffic", &[".forwardedTraffic"]),
    said("allowGatewayTransit", &[".gatewayTransit"]),
    said("useRemoteGateways", &[".useRemoteGateways"]),
];

const NAT_GATEWAY: &[Said] = &[
    said("idleTimeoutInMinutes", &[".idleTimeoutMinutes"]),
    said("publicIpAddresses", &[".publicIPs", "network.outbound.publicIPs"]),
    said("publicIpPrefixes", &["network.outbound.publicIPPrefixes"]),
];

const ROUTE_TABLE: &[Said] = &[
    alone("routes", &["network.routes"]),
    said("disableBgpRoutePropagation", &["network.gatewayRoutes"]),
];

const SECURITY_GROUP: &[Said] = &[alone("securityRules", &["network.securityRules"])];

const REGISTRY: &[Said] = &[said("adminUserEnabled", &[".adminUser"])];

const LOG_WORKSPACE: &[Said] = &[said("retentionInDays", &[".retentionDays"])];

/// The places of a cluster that are Azure's own.
const CLUSTER_OWN: &[&str] = &[
    "provisioningState",
    "powerState",
    "maxAgentPools",
    "currentKubernetesVersion",
    "fqdn",
    "privateFQDN",
    "azurePortalFQDN",
    "resourceUID",
    "resourceGuid",
    "status",
    "addonProfiles.*.identity",
    "aadProfile.adminUsers",
    "podIdentityProfile.userAssignedIdentities.[].provisioningState",
    "podIdentityProfile.userAssignedIdentities.[].provisioningInfo",
    "oidcIssuerProfile.issuerURL",
    "networkProfile.loadBalancerProfile.effectiveOutboundIPs",
    "networkProfile.natGatewayProfile.effectiveOutboundIPs",
    "privateLinkResources.[].privateLinkServiceID",
    "ingressProfile.webAppRouting.identity",
];

/// The places of a registry that are Azure's own.
const REGISTRY_OWN: &[&str] = &[
    "provisioningState",
    "resourceGuid",
    "policies.retentionPolicy.lastUpdatedTime",
    "policies.softDeletePolicy.lastUpdatedTime",
    "loginServer",
    "creationDate",
    "status",
    "dataEndpointHostNames",
    "privateEndpointConnections",
];

/// The places of a Log Analytics workspace that are Azure's own.
const LOG_WORKSPACE_OWN: &[&str] = &[
    "provisioningState",
    "resourceGuid",
    "customerId",
    "createdDate",
    "modifiedDate",
    "sku.lastSkuUpdate",
    "workspaceCapping.quotaNextResetTime",
    "workspaceCapping.dataIngestionStatus",
    "privateLinkScopedResources",
    "features.legacy",
    "features.searchVersion",
    "features.unifiedSentinelBillingOnly",
    "features.associations",
];

/// Returns the places of a section that are Azure's own.
pub(super) const fn read_only(section: Section) -> &'static [&'static str] {
    match section {
        Section::Cluster => CLUSTER_OWN,
        Section::Pool => &[
            "eTag",
            "resourceGuid",
            "currentOrchestratorVersion",
            "provisioningState",
            "status",
            "nodeImageVersion",
            "localDNSProfile.state",
            "virtualMachineNodesStatus",
        ],
        Section::Vnet => {
            &["resourceGuid", "provisioningState", "flowLogs", "defaultPublicNatGateway"]
        }
        Section::Subnet => &[
            "provisioningState",
            "resourceGuid",
            "privateEndpoints",
            "applicationGatewayIPConfigurations",
            "ipConfigurations",
            "ipConfigurationProfiles",
            "resourceNavigationLinks",
            "serviceAssociationLinks",
            "purpose",
        ],
        Section::Peering => &[
            "provisioningState",
            "resourceGuid",
            "remoteVirtualNetworkEncryption",
            "remoteBgpCommunities.regionalCommunity",
            "routeServiceVips",
            "peerCompleteVnets",
            "localAddressSpace",
            "localVirtualNetworkAddressSpace",
            "remoteAddressSpace",
            "remoteVirtualNetworkAddressSpace",
            "peeringState",
            "peeringSyncLevel",
        ],
        Section::NatGateway => &[
            "provisioningState",
            "resourceGuid",
            "subnets",
            "privateIPAddresses",
            "privateIPAddressesV6",
            "scope",
        ],
        Section::RouteTable => &["provisioningState", "resourceGuid", "subnets"],
        Section::SecurityGroup => &[
            "provisioningState",
            "resourceGuid",
            "subnets",
            "networkInterfaces",
            "defaultSecurityRules",
            "flowLogs",
        ],
        Section::Registry => REGISTRY_OWN,
        Section::LogWorkspace => LOG_WORKSPACE_OWN,
    }
}

/// Returns the places of a section that no field says and whose change touches no node, by Azure's
/// documentation.
pub(super) const fn harmless(section: Section) -> &'static [&'static str] {
    match section {
        Section::Cluster => &[
            "aadProfile",
            "addonProfiles",
            "azureMonitorProfile",
            "enableRBAC",
            "metricsProfile",
            "networkProfile.loadBalancerProfile.backendPoolType",
            "securityProfile.defender",
            "securityProfile.imageCleaner",
            "storageProfile",
            "workloadAutoScalerProfile",
        ],
        Section::Pool => &["powerState", "upgradeSettings"],
        Section::Vnet => &["flowTimeoutInMinutes", "enableDdosProtection", "ddosProtectionPlan"],
        Section::Subnet => &["privateLinkServiceNetworkPolicies", "serviceEndpointPolicies"],
        Section::Peering => &["allowVirtualNetworkAccess"],
        // What a workspace keeps, and for how long, is what it costs: nobody here knows how much.
        Section::NatGateway
        | Section::RouteTable
        | Section::SecurityGroup
        | Section::LogWorkspace => &[],
        // Nothing of a registry touches a node.
        Section::Registry => &[
            "anonymousPullEnabled",
            "dataEndpointEnabled",
            "encryption",
            "networkRuleBypassOptions",
            "networkRuleSet",
            "policies",
            "publicNetworkAccess",
            "roleAssignmentMode",
        ],
    }
}
