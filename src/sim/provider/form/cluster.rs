//! What bodies of managed clusters may hold.

use super::Form::{Any, Flag, List, Map, Object as Of, Text, Whole, Word};
use super::pool::POOL;
use super::{CREATION, Form, OBJECTS, Object, POWER, SOMETHING, SWITCH, TEXTS, closed};

/// A managed cluster.
pub(crate) static CLUSTER: Object = closed(
    "ManagedCluster",
    &[
        (Text, "etag id kind location name type"),
        (Any, "extendedLocation systemData tags"),
        (Of(&SKU), "sku"),
        (Of(&IDENTITY), "identity"),
        (Of(&PROPERTIES), "properties"),
    ],
);

/// `Basic` and `Paid` are words of old that recorded bodies still hold.
static SKU: Object = closed(
    "ManagedClusterSKU",
    &[
        (Word(&["Base", "Automatic", "Basic"]), "name"),
        (Word(&["Free", "Standard", "Premium", "Paid"]), "tier"),
    ],
);

static IDENTITY: Object = closed(
    "ManagedClusterIdentity",
    &[
        (Word(&["SystemAssigned", "UserAssigned", "None"]), "type"),
        (Text, "principalId tenantId"),
        (Map(&Of(&SOMETHING)), "userAssignedIdentities delegatedResources"),
    ],
);

/// The name is the one in github.com/Azure/azure-cli/issues/13050.
static PROPERTIES: Object = closed(
    "Properties",
    &[
        (Text, "dnsPrefix fqdnSubdomain fqdn privateFQDN azurePortalFQDN nodeResourceGroup"),
        (Text, "kubernetesVersion currentKubernetesVersion provisioningState resourceUID"),
        (Text, "diskEncryptionSetID"),
        (Whole, "maxAgentPools"),
        (Flag, "disableLocalAccounts enableFIPS enablePodSecurityPolicy enableRBAC"),
        (Word(&["KubernetesOfficial", "AKSLongTermSupport"]), "supportPlan"),
        (Word(&["Enabled", "Disabled", "SecuredByPerimeter"]), "publicNetworkAccess"),
        (List(&Of(&POOL)), "agentPoolProfiles"),
        (Of(&NETWORK), "networkProfile"),
        (Of(&ACCESS), "apiServerAccessProfile"),
        (Of(&AUTOSCALER), "autoScalerProfile"),
        (Map(&Of(&ADDON)), "addonProfiles"),
        (Map(&Of(&USER)), "identityProfile"),
        (Of(&ENTRA), "aadProfile"),
        (Of(&LINUX), "linuxProfile"),
        (Of(&WINDOWS), "windowsProfile"),
        (Of(&PRINCIPAL), "servicePrincipalProfile"),
        (Of(&POD_IDENTITY), "podIdentityProfile"),
        (Of(&ISSUER), "oidcIssuerProfile"),
        (Of(&POWER), "powerState"),
        (Of(&CREATION), "creationData"),
        (Of(&RESTRICTION), "nodeResourceGroupProfile"),
        (Of(&UPGRADE_CHANNEL), "autoUpgradeProfile"),
        (Of(&OVERRIDES), "upgradeSettings"),
        (Of(&PROXY), "httpProxyConfig"),
        (Of(&SECURITY), "securityProfile"),
        (Of(&STORAGE), "storageProfile"),
        (Of(&SCALING), "workloadAutoScalerProfile"),
        (Of(&METRICS), "metricsProfile"),
        (Of(&NODES), "nodeProvisioningProfile"),
        (Of(&BOOTSTRAP), "bootstrapProfile"),
        (Of(&SWITCH), "aiToolchainOperatorProfile"),
        (Of(&HOSTED), "hostedSystemProfile"),
        (Of(&SOMETHING), "azureMonitorProfile controlPlaneProfile ingressProfile"),
        (Of(&SOMETHING), "schedulerProfile serviceMeshProfile status"),
        (Map(&Of(&SOMETHING)), "controlPlanePluginProfiles"),
        (OBJECTS, "privateLinkResources"),
    ],
);

static NETWORK: Object = closed(
    "NetworkProfile",
    &[
        (Word(&["azure", "kubenet", "none"]), "networkPlugin"),
        (Word(&["overlay"]), "networkPluginMode"),
        (Word(&["none", "calico", "azure", "cilium"]), "networkPolicy"),
        (Word(&["transparent", "bridge"]), "networkMode"),
        (Word(&["azure", "cilium"]), "networkDataplane"),
        (Word(&OUTBOUND), "outboundType"),
        (Word(&["standard", "basic"]), "loadBalancerSku"),
        (Text, "dnsServiceIP dockerBridgeCidr podCidr podLinkLocalAccess serviceCidr"),
        (TEXTS, "podCidrs serviceCidrs"),
        (List(&Word(&["IPv4", "IPv6"])), "ipFamilies"),
        (Of(&ADVANCED), "advancedNetworking"),
        (Of(&BALANCER), "loadBalancerProfile"),
        (Of(&GATEWAY), "natGatewayProfile"),
        (Of(&SWITCH), "staticEgressGatewayProfile"),
        (Of(&SOMETHING), "kubeProxyConfig"),
    ],
);

const OUTBOUND: [&str; 6] = [
    "loadBalancer",
    "userDefinedRouting",
    "managedNATGateway",
    "userAssignedNATGateway",
    "none",
    "block",
];

static ADVANCED: Object = closed(
    "AdvancedNetworking",
    &[(Flag, "enabled"), (Of(&SOMETHING), "observability security performance")],
);

static BALANCER: Object = closed(
    "ManagedClusterLoadBalancerProfile",
    &[
        (Whole, "allocatedOutboundPorts idleTimeoutInMinutes"),
        (Flag, "enableMultipleStandardLoadBalancers"),
        (Word(&["NodeIPConfiguration", "NodeIP"]), "backendPoolType"),
        (Text, "clusterServiceLoadBalancerHealthProbeMode"),
        (Of(&COUNTS), "managedOutboundIPs"),
        (Of(&PREFIXES), "outboundIPPrefixes"),
        (Of(&ADDRESSES), "outboundIPs"),
        (REFERENCES, "effectiveOutboundIPs"),
    ],
);

static GATEWAY: Object = closed(
    "ManagedClusterNATGatewayProfile",
    &[
        (Of(&COUNTS), "managedOutboundIPProfile"),
        (Whole, "idleTimeoutInMinutes"),
        (REFERENCES, "effectiveOutboundIPs"),
    ],
);

static COUNTS: Object = closed("ManagedOutboundIPs", &[(Whole, "count countIPv6")]);

static PREFIXES: Object = closed("OutboundIPPrefixes", &[(REFERENCES, "publicIPPrefixes")]);

static ADDRESSES: Object = closed("OutboundIPs", &[(REFERENCES, "publicIPs")]);

const REFERENCES: Form = List(&Of(&closed("ResourceReference", &[(Text, "id")])));

static ACCESS: Object = closed(
    "ManagedClusterAPIServerAccessProfile",
    &[
        (TEXTS, "authorizedIPRanges"),
        (Flag, "disableRunCommand enablePrivateCluster enablePrivateClusterPublicFQDN"),
        (Flag, "enableVnetIntegration"),
        (Text, "privateDNSZone subnetId"),
    ],
);

static AUTOSCALER: Object = closed(
    "ManagedClusterPropertiesAutoScalerProfile",
    &[
        (Text, "balance-similar-node-groups max-empty-bulk-delete max-graceful-termination-sec"),
        (Text, "max-node-provision-time max-total-unready-percentage new-pod-scale-up-delay"),
        (Text, "ok-total-unready-count scan-interval scale-down-delay-after-add"),
        (Text, "scale-down-delay-after-delete scale-down-delay-after-failure"),
        (Text, "scale-down-unneeded-time scale-down-unready-time"),
        (Text, "scale-down-utilization-threshold skip-nodes-with-local-storage"),
        (Text, "skip-nodes-with-system-pods"),
        (Flag, "daemonset-eviction-for-empty-nodes daemonset-eviction-for-occupied-nodes"),
        (Flag, "ignore-daemonsets-utilization"),
        (Word(&["least-waste", "most-pods", "priority", "random"]), "expander"),
    ],
);

static ADDON: Object = closed(
    "ManagedClusterAddonProfile",
    &[(Flag, "enabled"), (Map(&Text), "config"), (Of(&USER), "identity")],
);

static USER: Object = closed("UserAssignedIdentity", &[(Text, "clientId objectId resourceId")]);

static ENTRA: Object = closed(
    "ManagedClusterAADProfile",
    &[
        (Flag, "managed enableAzureRBAC"),
        // `adminUsers` is shown in recorded answers, and in no table.
        (TEXTS, "adminGroupObjectIDs adminUsers"),
        (Text, "clientAppID serverAppID serverAppSecret tenantID"),
    ],
);

static LINUX: Object = closed(
    "ContainerServiceLinuxProfile",
    &[
        (Text, "adminUsername"),
        (
            Of(&closed(
                "ContainerServiceSshConfiguration",
                &[(
                    List(&Of(&closed("ContainerServiceSshPublicKey", &[(Text, "keyData")]))),
                    "publicKeys",
                )],
            )),
            "ssh",
        ),
    ],
);

static WINDOWS: Object = closed(
    "ManagedClusterWindowsProfile",
    &[
        (Text, "adminUsername adminPassword"),
        (Word(&["None", "Windows_Server"]), "licenseType"),
        (Flag, "enableCSIProxy"),
        (Of(&SOMETHING), "gmsaProfile"),
    ],
);

static PRINCIPAL: Object =
    closed("ManagedClusterServicePrincipalProfile", &[(Text, "clientId secret")]);

static POD_IDENTITY: Object = closed(
    "ManagedClusterPodIdentityProfile",
    &[
        (Flag, "enabled allowNetworkPluginKubenet"),
        (OBJECTS, "userAssignedIdentities userAssignedIdentityExceptions"),
    ],
);

static ISSUER: Object =
    closed("ManagedClusterOidcIssuerProfile", &[(Flag, "enabled"), (Text, "issuerURL")]);

static RESTRICTION: Object = closed(
    "ManagedClusterNodeResourceGroupProfile",
    &[(Word(&["Unrestricted", "ReadOnly"]), "restrictionLevel")],
);

static UPGRADE_CHANNEL: Object = closed(
    "ManagedClusterAutoUpgradeProfile",
    &[
        (Word(&["rapid", "stable", "patch", "node-image", "none"]), "upgradeChannel"),
        (Word(&["None", "Unmanaged", "NodeImage", "SecurityPatch"]), "nodeOSUpgradeChannel"),
    ],
);

static OVERRIDES: Object =
    closed("ClusterUpgradeSettings", &[(Of(&SOMETHING), "overrideSettings")]);

static PROXY: Object = closed(
    "ManagedClusterHttpProxyConfig",
    &[
        (Text, "httpProxy httpsProxy trustedCa"),
        (TEXTS, "noProxy effectiveNoProxy"),
        (Flag, "enabled"),
    ],
);

static SECURITY: Object = closed(
    "ManagedClusterSecurityProfile",
    &[
        (Of(&SOMETHING), "azureKeyVaultKms defender"),
        (Of(&SWITCH), "workloadIdentity"),
        (Of(&CLEANER), "imageCleaner"),
        (TEXTS, "customCATrustCertificates"),
    ],
);

static CLEANER: Object = closed(
    "ManagedClusterSecurityProfileImageCleaner",
    &[(Flag, "enabled"), (Whole, "intervalHours")],
);

static STORAGE: Object = closed(
    "ManagedClusterStorageProfile",
    &[(Of(&DRIVER), "diskCSIDriver fileCSIDriver snapshotController blobCSIDriver")],
);

static DRIVER: Object =
    closed("ManagedClusterStorageProfileCSIDriver", &[(Flag, "enabled"), (Text, "version")]);

static SCALING: Object = closed(
    "ManagedClusterWorkloadAutoScalerProfile",
    &[
        (Of(&SWITCH), "keda"),
        (
            Of(&closed(
                "ManagedClusterWorkloadAutoScalerProfileVerticalPodAutoscaler",
                &[(Flag, "enabled"), (Text, "addonAutoscaling")],
            )),
            "verticalPodAutoscaler",
        ),
    ],
);

static METRICS: Object = closed("ManagedClusterMetricsProfile", &[(Of(&SWITCH), "costAnalysis")]);

static NODES: Object = closed(
    "ManagedClusterNodeProvisioningProfile",
    &[(Word(&["Manual", "Auto"]), "mode"), (Word(&["None", "Auto"]), "defaultNodePools")],
);

static BOOTSTRAP: Object = closed(
    "ManagedClusterBootstrapProfile",
    &[(Word(&["Cache", "Direct"]), "artifactSource"), (Text, "containerRegistryId")],
);

static HOSTED: Object = closed(
    "ManagedClusterHostedSystemProfile",
    &[(Flag, "enabled"), (Text, "systemNodeSubnetID nodeSubnetID")],
);

/// A maintenance configuration.
pub(crate) static MAINTENANCE: Object = closed(
    "MaintenanceConfiguration",
    &[
        (Text, "id name type"),
        (Any, "systemData"),
        (
            Of(&closed(
                "MaintenanceConfigurationProperties",
                &[(OBJECTS, "timeInWeek notAllowedTime"), (Of(&WINDOW), "maintenanceWindow")],
            )),
            "properties",
        ),
    ],
);

static WINDOW: Object = closed(
    "MaintenanceWindow",
    &[
        (Of(&SOMETHING), "schedule"),
        (Whole, "durationHours"),
        (Text, "utcOffset startDate startTime"),
        (OBJECTS, "notAllowedDates"),
    ],
);
