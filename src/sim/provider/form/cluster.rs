//! What bodies of managed clusters may hold.

use super::Form::{Any, Flag, List, Map, Object as Of, Text, Whole, Word};
use super::pool::POOL;
use super::{CREATION, Form, OBJECTS, Object, POWER, SOMETHING, SWITCH, TEXTS};

/// A managed cluster.
pub(crate) static CLUSTER: Object = Object {
    name: "ManagedCluster",
    open: false,
    members: &[
        (Text, "etag id kind location name type"),
        (Any, "extendedLocation systemData tags"),
        (Of(&SKU), "sku"),
        (Of(&IDENTITY), "identity"),
        (Of(&PROPERTIES), "properties"),
    ],
};

/// `Basic` and `Paid` are words of old that recorded bodies still hold.
static SKU: Object = Object {
    name: "ManagedClusterSKU",
    open: false,
    members: &[
        (Word(&["Base", "Automatic", "Basic"]), "name"),
        (Word(&["Free", "Standard", "Premium", "Paid"]), "tier"),
    ],
};

static IDENTITY: Object = Object {
    name: "ManagedClusterIdentity",
    open: false,
    members: &[
        (Word(&["SystemAssigned", "UserAssigned", "None"]), "type"),
        (Text, "principalId tenantId"),
        (Map(&Of(&SOMETHING)), "userAssignedIdentities delegatedResources"),
    ],
};

/// The name is the one in github.com/Azure/azure-cli/issues/13050.
static PROPERTIES: Object = Object {
    name: "Properties",
    open: false,
    members: &[
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
};

static NETWORK: Object = Object {
    name: "NetworkProfile",
    open: false,
    members: &[
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
};

const OUTBOUND: [&str; 6] = [
    "loadBalancer",
    "userDefinedRouting",
    "managedNATGateway",
    "userAssignedNATGateway",
    "none",
    "block",
];

static ADVANCED: Object = Object {
    name: "AdvancedNetworking",
    open: false,
    members: &[(Flag, "enabled"), (Of(&SOMETHING), "observability security performance")],
};

static BALANCER: Object = Object {
    name: "ManagedClusterLoadBalancerProfile",
    open: false,
    members: &[
        (Whole, "allocatedOutboundPorts idleTimeoutInMinutes"),
        (Flag, "enableMultipleStandardLoadBalancers"),
        (Word(&["NodeIPConfiguration", "NodeIP"]), "backendPoolType"),
        (Text, "clusterServiceLoadBalancerHealthProbeMode"),
        (Of(&COUNTS), "managedOutboundIPs"),
        (Of(&PREFIXES), "outboundIPPrefixes"),
        (Of(&ADDRESSES), "outboundIPs"),
        (REFERENCES, "effectiveOutboundIPs"),
    ],
};

static GATEWAY: Object = Object {
    name: "ManagedClusterNATGatewayProfile",
    open: false,
    members: &[
        (Of(&COUNTS), "managedOutboundIPProfile"),
        (Whole, "idleTimeoutInMinutes"),
        (REFERENCES, "effectiveOutboundIPs"),
    ],
};

static COUNTS: Object =
    Object { name: "ManagedOutboundIPs", open: false, members: &[(Whole, "count countIPv6")] };

static PREFIXES: Object = Object {
    name: "OutboundIPPrefixes",
    open: false,
    members: &[(REFERENCES, "publicIPPrefixes")],
};

static ADDRESSES: Object =
    Object { name: "OutboundIPs", open: false, members: &[(REFERENCES, "publicIPs")] };

const REFERENCES: Form =
    List(&Of(&Object { name: "ResourceReference", open: false, members: &[(Text, "id")] }));

static ACCESS: Object = Object {
    name: "ManagedClusterAPIServerAccessProfile",
    open: false,
    members: &[
        (TEXTS, "authorizedIPRanges"),
        (Flag, "disableRunCommand enablePrivateCluster enablePrivateClusterPublicFQDN"),
        (Flag, "enableVnetIntegration"),
        (Text, "privateDNSZone subnetId"),
    ],
};

static AUTOSCALER: Object = Object {
    name: "ManagedClusterPropertiesAutoScalerProfile",
    open: false,
    members: &[
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
};

static ADDON: Object = Object {
    name: "ManagedClusterAddonProfile",
    open: false,
    members: &[(Flag, "enabled"), (Map(&Text), "config"), (Of(&USER), "identity")],
};

static USER: Object = Object {
    name: "UserAssignedIdentity",
    open: false,
    members: &[(Text, "clientId objectId resourceId")],
};

static ENTRA: Object = Object {
    name: "ManagedClusterAADProfile",
    open: false,
    members: &[
        (Flag, "managed enableAzureRBAC"),
        // `adminUsers` is shown in recorded answers, and in no table.
        (TEXTS, "adminGroupObjectIDs adminUsers"),
        (Text, "clientAppID serverAppID serverAppSecret tenantID"),
    ],
};

static LINUX: Object = Object {
    name: "ContainerServiceLinuxProfile",
    open: false,
    members: &[
        (Text, "adminUsername"),
        (
            Of(&Object {
                name: "ContainerServiceSshConfiguration",
                open: false,
                members: &[(
                    List(&Of(&Object {
                        name: "ContainerServiceSshPublicKey",
                        open: false,
                        members: &[(Text, "keyData")],
                    })),
                    "publicKeys",
                )],
            }),
            "ssh",
        ),
    ],
};

static WINDOWS: Object = Object {
    name: "ManagedClusterWindowsProfile",
    open: false,
    members: &[
        (Text, "adminUsername adminPassword"),
        (Word(&["None", "Windows_Server"]), "licenseType"),
        (Flag, "enableCSIProxy"),
        (Of(&SOMETHING), "gmsaProfile"),
    ],
};

static PRINCIPAL: Object = Object {
    name: "ManagedClusterServicePrincipalProfile",
    open: false,
    members: &[(Text, "clientId secret")],
};

static POD_IDENTITY: Object = Object {
    name: "ManagedClusterPodIdentityProfile",
    open: false,
    members: &[
        (Flag, "enabled allowNetworkPluginKubenet"),
        (OBJECTS, "userAssignedIdentities userAssignedIdentityExceptions"),
    ],
};

static ISSUER: Object = Object {
    name: "ManagedClusterOidcIssuerProfile",
    open: false,
    members: &[(Flag, "enabled"), (Text, "issuerURL")],
};

static RESTRICTION: Object = Object {
    name: "ManagedClusterNodeResourceGroupProfile",
    open: false,
    members: &[(Word(&["Unrestricted", "ReadOnly"]), "restrictionLevel")],
};

static UPGRADE_CHANNEL: Object = Object {
    name: "ManagedClusterAutoUpgradeProfile",
    open: false,
    members: &[
        (Word(&["rapid", "stable", "patch", "node-image", "none"]), "upgradeChannel"),
        (Word(&["None", "Unmanaged", "NodeImage", "SecurityPatch"]), "nodeOSUpgradeChannel"),
    ],
};

static OVERRIDES: Object = Object {
    name: "ClusterUpgradeSettings",
    open: false,
    members: &[(Of(&SOMETHING), "overrideSettings")],
};

static PROXY: Object = Object {
    name: "ManagedClusterHttpProxyConfig",
    open: false,
    members: &[
        (Text, "httpProxy httpsProxy trustedCa"),
        (TEXTS, "noProxy effectiveNoProxy"),
        (Flag, "enabled"),
    ],
};

static SECURITY: Object = Object {
    name: "ManagedClusterSecurityProfile",
    open: false,
    members: &[
        (Of(&SOMETHING), "azureKeyVaultKms defender"),
        (Of(&SWITCH), "workloadIdentity"),
        (Of(&CLEANER), "imageCleaner"),
        (TEXTS, "customCATrustCertificates"),
    ],
};

static CLEANER: Object = Object {
    name: "ManagedClusterSecurityProfileImageCleaner",
    open: false,
    members: &[(Flag, "enabled"), (Whole, "intervalHours")],
};

static STORAGE: Object = Object {
    name: "ManagedClusterStorageProfile",
    open: false,
    members: &[(Of(&DRIVER), "diskCSIDriver fileCSIDriver snapshotController blobCSIDriver")],
};

static DRIVER: Object = Object {
    name: "ManagedClusterStorageProfileCSIDriver",
    open: false,
    members: &[(Flag, "enabled"), (Text, "version")],
};

static SCALING: Object = Object {
    name: "ManagedClusterWorkloadAutoScalerProfile",
    open: false,
    members: &[
        (Of(&SWITCH), "keda"),
        (
            Of(&Object {
                name: "ManagedClusterWorkloadAutoScalerProfileVerticalPodAutoscaler",
                open: false,
                members: &[(Flag, "enabled"), (Text, "addonAutoscaling")],
            }),
            "verticalPodAutoscaler",
        ),
    ],
};

static METRICS: Object = Object {
    name: "ManagedClusterMetricsProfile",
    open: false,
    members: &[(Of(&SWITCH), "costAnalysis")],
};

static NODES: Object = Object {
    name: "ManagedClusterNodeProvisioningProfile",
    open: false,
    members: &[(Word(&["Manual", "Auto"]), "mode"), (Word(&["None", "Auto"]), "defaultNodePools")],
};

static BOOTSTRAP: Object = Object {
    name: "ManagedClusterBootstrapProfile",
    open: false,
    members: &[(Word(&["Cache", "Direct"]), "artifactSource"), (Text, "containerRegistryId")],
};

static HOSTED: Object = Object {
    name: "ManagedClusterHostedSystemProfile",
    open: false,
    members: &[(Flag, "enabled"), (Text, "systemNodeSubnetID nodeSubnetID")],
};

/// A maintenance configuration.
pub(crate) static MAINTENANCE: Object = Object {
    name: "MaintenanceConfiguration",
    open: false,
    members: &[
        (Text, "id name type"),
        (Any, "systemData"),
        (
            Of(&Object {
                name: "MaintenanceConfigurationProperties",
                open: false,
                members: &[
                    (OBJECTS, "timeInWeek notAllowedTime"),
                    (Of(&WINDOW), "maintenanceWindow"),
                ],
            }),
            "properties",
        ),
    ],
};

static WINDOW: Object = Object {
    name: "MaintenanceWindow",
    open: false,
    members: &[
        (Of(&SOMETHING), "schedule"),
        (Whole, "durationHours"),
        (Text, "utcOffset startDate startTime"),
        (OBJECTS, "notAllowedDates"),
    ],
};
