//! How a cluster's wish meets the cluster that stands, place by place.

use crate::diff::rule::{
    AbsentIs, Assumed, AtLeast, Clears, CreateOnly, Fixed, Folded, Goes, Hosts, Keyed, Lasting,
    Latched, Literal, Need, Needs, Owned, PerFamily, Renamed, Rolls, Rule, Secret, Server, Spelt,
    Twin, Unordered, When, While, Whole, ZeroIsUnset,
};
use crate::kind::agent_pool::SCALER_OFF;

/// The load balancer's addresses, of which a cluster has one kind at a time.
const MANAGED_IPS: &str = "properties.networkProfile.loadBalancerProfile.managedOutboundIPs";
const OWN_IPS: &str = "properties.networkProfile.loadBalancerProfile.outboundIPs";
const IP_PREFIXES: &str = "properties.networkProfile.loadBalancerProfile.outboundIPPrefixes";

const OFF_THE_BALANCER: When = When::Other("outboundType", &["loadBalancer"]);
const OFF_THE_NAT_GATEWAY: When =
    When::Other("outboundType", &["managedNATGateway", "managedNATGatewayV2"]);
/// Long-term support is part of the premium tier (long-term-support).
const LONG_TERM: Need = Need {
    at: "properties.supportPlan",
    reads: Assumed::Text("AKSLongTermSupport"),
    with: "sku.tier",
    takes: &["Premium"],
    fields: ("cluster.supportPlan", "cluster.tier"),
};
/// Cost analysis comes with a tier that is paid for (cost-analysis).
const COSTS: Need = Need {
    at: "properties.metricsProfile.costAnalysis.enabled",
    reads: Assumed::Flag(true),
    with: "sku.tier",
    takes: &["Standard", "Premium"],
    fields: ("cluster.addons.costAnalysis", "cluster.tier"),
};
const NO_POD_RANGE: Rule =
    Goes("properties.networkProfile.podCidr", When::Unless("networkPluginMode", "overlay"));
const NO_POD_RANGES: Rule =
    Goes("properties.networkProfile.podCidrs", When::Unless("networkPluginMode", "overlay"));

/// The rules of a cluster's body; what a change costs, what stays Azure's, what goes with what.
pub(super) const RULES: &[Rule] = &[
    Fixed("location"),
    Fixed("properties.nodeResourceGroup"),
    Folded("properties.nodeResourceGroup"),
    Fixed("properties.networkProfile.networkPlugin"),
    Fixed("properties.networkProfile.networkPluginMode"),
    Fixed("properties.networkProfile.podCidr"),
    Fixed("properties.networkProfile.podCidrs"),
    Fixed("properties.networkProfile.serviceCidr"),
    Fixed("properties.networkProfile.serviceCidrs"),
    Fixed("properties.networkProfile.dnsServiceIP"),
    Fixed("properties.networkProfile.ipFamilies"),
    Fixed("properties.networkProfile.loadBalancerSku"),
    Fixed("properties.dnsPrefix"),
    Fixed("properties.apiServerAccessProfile.enablePrivateCluster"),
    AbsentIs("properties.apiServerAccessProfile.enablePrivateCluster", Assumed::Flag(false)),
    Fixed("properties.apiServerAccessProfile.privateDNSZone"),
    Folded("properties.apiServerAccessProfile.privateDNSZone"),
    Fixed("properties.apiServerAccessProfile.enableVnetIntegration"),
    Fixed("properties.apiServerAccessProfile.subnetId"),
    Folded("properties.apiServerAccessProfile.subnetId"),
    Unordered("properties.apiServerAccessProfile.authorizedIPRanges"),
    Hosts("properties.apiServerAccessProfile.authorizedIPRanges[]"),
    // Which of its names goes with another identity only Azure says.
    Rolls("properties.identityProfile.kubeletidentity.resourceId"),
    Server("properties.identityProfile.kubeletidentity.clientId"),
    Server("properties.identityProfile.kubeletidentity.objectId"),
    Rolls("properties.networkProfile.networkDataplane"),
    Rolls("properties.networkProfile.networkPolicy"),
    AtLeast("properties.kubernetesVersion"),
    Keyed("properties.agentPoolProfiles", "name"),
    AtLeast("properties.agentPoolProfiles[].orchestratorVersion"),
    Rule::YieldsWhen {
        at: "properties.agentPoolProfiles[].count",
        flag: "enableAutoScaling",
        within: ("minCount", "maxCount"),
    },
    Goes("properties.agentPoolProfiles[].minCount", SCALER_OFF),
    Goes("properties.agentPoolProfiles[].maxCount", SCALER_OFF),
    Clears("properties.agentPoolProfiles[].nodeLabels"),
    Literal("properties.agentPoolProfiles[].nodeLabels.*"),
    Literal("properties.agentPoolProfiles[].tags.*"),
    Owned("properties.agentPoolProfiles[].nodeLabels", "kubernetes.azure.com/"),
    Unordered("properties.agentPoolProfiles[].availabilityZones"),
    Unordered("properties.agentPoolProfiles[].nodeTaints"),
    // Spot and gateway pools get a taint of this name from Azure.
    Owned("properties.agentPoolProfiles[].nodeTaints", "kubernetes.azure.com/"),
    Folded("properties.agentPoolProfiles[].securityProfile.sshAccess"),
    Folded("properties.agentPoolProfiles[].vmSize"),
    AbsentIs("properties.agentPoolProfiles[].scaleSetPriority", Assumed::Text("Regular")),
    AbsentIs("properties.agentPoolProfiles[].scaleSetEvictionPolicy", Assumed::Text("Delete")),
    AbsentIs("properties.agentPoolProfiles[].spotMaxPrice", Assumed::Number(-1)),
    ZeroIsUnset("properties.agentPoolProfiles[].osDiskSizeGB"),
    AbsentIs(
        "properties.networkProfile.loadBalancerProfile.managedOutboundIPs.countIPv6",
        Assumed::Number(0),
    ),
    // AKS answers 400 when a way out is asked for and another one's settings come along
    // (`InvalidUserDefinedRoutingWithLoadBalancerProfile`); az drops them too.
    Goes("properties.networkProfile.loadBalancerProfile", OFF_THE_BALANCER),
    Goes("properties.networkProfile.natGatewayProfile", OFF_THE_NAT_GATEWAY),
    Goes(MANAGED_IPS, When::Named("outboundIPs")),
    Goes(MANAGED_IPS, When::Named("outboundIPPrefixes")),
    Goes(OWN_IPS, When::Named("managedOutboundIPs")),
    Goes(OWN_IPS, When::Named("outboundIPPrefixes")),
    Goes(IP_PREFIXES, When::Named("managedOutboundIPs")),
    Goes(IP_PREFIXES, When::Named("outboundIPs")),
    // Node images go with the node channel of the same name only.
    Goes(
        "properties.autoUpgradeProfile.nodeOSUpgradeChannel",
        When::Reads("upgradeChannel", &["node-image"]),
    ),
    // Of the Azure plugin's models only overlay has a range for pods.
    While("properties.networkProfile.networkPlugin", "azure", &NO_POD_RANGE),
    While("properties.networkProfile.networkPlugin", "azure", &NO_POD_RANGES),
    Twin("properties.networkProfile.podCidr", "podCidrs"),
    Twin("properties.networkProfile.serviceCidr", "serviceCidrs"),
    // Of a family that nobody names AKS takes a range of its own, at random for IPv6.
    PerFamily("properties.networkProfile.podCidrs"),
    PerFamily("properties.networkProfile.serviceCidrs"),
    Latched("properties.oidcIssuerProfile.enabled"),
    Needs(&LONG_TERM),
    Needs(&COSTS),
    Latched("properties.aadProfile.managed"),
    Unordered("properties.aadProfile.adminGroupObjectIDs"),
    AbsentIs("properties.serviceMeshProfile.mode", Assumed::Text("Disabled")),
    AbsentIs("properties.supportPlan", Assumed::Text("KubernetesOfficial")),
    Unordered("properties.ingressProfile.webAppRouting.dnsZoneResourceIds"),
    // AKS takes exactly one, and refuses two.
    Whole("identity.userAssignedIdentities"),
    Folded("extendedLocation.type"),
    // Azure adds its own addresses, moves from a service principal to an identity, and ends an
    // upgrade of the mesh by dropping a revision.
    CreateOnly("properties.serviceMeshProfile.istio.revisions"),
    CreateOnly("properties.httpProxyConfig.noProxy"),
    CreateOnly("properties.servicePrincipalProfile.clientId"),
    Secret("properties.servicePrincipalProfile.secret"),
    Secret("properties.windowsProfile.adminPassword"),
    Secret("properties.aadProfile.serverAppSecret"),
    // Answered, and in no specification.
    Server("properties.aadProfile.adminUsers"),
    Folded("properties.networkProfile.loadBalancerSku"),
    // Azure specifies capitals and answers without (361 of 805 recorded pairs).
    Spelt("properties.networkProfile.loadBalancerProfile.backendPoolType", "NodeIPConfiguration"),
    Spelt("properties.networkProfile.loadBalancerProfile.backendPoolType", "NodeIP"),
    Folded("properties.networkProfile.outboundType"),
    // Old clusters spell the names of add-ons, and of their settings, in another case.
    Folded("properties.addonProfiles"),
    Folded("properties.addonProfiles.*.config"),
    Folded("properties.addonProfiles.*.config.*"),
    Folded("properties.azureMonitorProfile.containerInsights.logAnalyticsWorkspaceResourceId"),
    Folded("sku.tier"),
    // Names of 2022, renamed in 2023; the old ones are still taken.
    Renamed("sku.name", "Basic", "Base"),
    Renamed("sku.tier", "Paid", "Standard"),
    // Azure lays hands on the system pool of an automatic cluster (`ext-aks_automatic_sku`).
    While("sku.name", "Automatic", &CreateOnly("properties.agentPoolProfiles[].nodeTaints")),
    While(
        "sku.name",
        "Automatic",
        &CreateOnly("properties.agentPoolProfiles[].securityProfile.sshAccess"),
    ),
    // Filled in by AKS, or by a policy of the subscription; a `PUT` without them, or with
    // null, changes nothing (all recordings of the `aso-AKS_ManagedCluster` family).
    Lasting("properties.identityProfile"),
    Lasting("properties.addonProfiles"),
    Lasting("properties.privateLinkResources"),
    Lasting("properties.networkProfile.ipFamilies"),
    Lasting("properties.networkProfile.podCidrs"),
    Lasting("properties.networkProfile.serviceCidrs"),
    Server("eTag"),
    Server("kind"),
    Server("identity.principalId"),
    Server("identity.tenantId"),
    Server("identity.userAssignedIdentities.*.principalId"),
    Server("identity.userAssignedIdentities.*.clientId"),
    Server("properties.powerState"),
    Server("properties.maxAgentPools"),
    Server("properties.currentKubernetesVersion"),
    Server("properties.fqdn"),
    Server("properties.privateFQDN"),
    Server("properties.azurePortalFQDN"),
    Server("properties.resourceUID"),
    Server("properties.status"),
    Server("properties.agentPoolProfiles[].eTag"),
    Server("properties.agentPoolProfiles[].currentOrchestratorVersion"),
    Server("properties.agentPoolProfiles[].nodeImageVersion"),
    Server("properties.agentPoolProfiles[].provisioningState"),
    Server("properties.agentPoolProfiles[].status"),
    Server("properties.agentPoolProfiles[].virtualMachineNodesStatus"),
    Server("properties.agentPoolProfiles[].localDNSProfile.state"),
    Server("properties.addonProfiles.*.identity"),
    Server("properties.oidcIssuerProfile.issuerURL"),
    Server("properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs"),
    Server("properties.networkProfile.natGatewayProfile.effectiveOutboundIPs"),
    Server("properties.ingressProfile.webAppRouting.identity"),
    Server("properties.privateLinkResources[].privateLinkServiceID"),
];
