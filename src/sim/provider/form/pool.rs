//! What bodies of agent pools may hold, and pools in a cluster's body.

use super::Form::{Any, Flag, List, Map, Number, Object as Of, Text, Whole, Word};
use super::{OBJECTS, Object, SOMETHING, TEXTS, closed};

/// An agent pool by itself.
pub(crate) static BY_ITSELF: Object = closed(
    "AgentPool",
    &[(Text, "etag id name type"), (Any, "systemData"), (Of(&POOL), "properties")],
);

/// A pool in a cluster's body, and the properties of one by itself.
pub(crate) static POOL: Object = closed(
    "AgentPoolProfile",
    &[
        (Whole, "count maxCount maxPods minCount osDiskSizeGB"),
        (Number, "spotMaxPrice"),
        (Text, "name eTag vmSize orchestratorVersion currentOrchestratorVersion"),
        (Text, "nodeImageVersion provisioningState osSKU workloadRuntime gpuInstanceProfile"),
        (Text, "vnetSubnetID podSubnetID nodePublicIPPrefixID proximityPlacementGroupID"),
        (Text, "capacityReservationGroupID hostGroupID messageOfTheDay upgradeStrategy"),
        (Word(&["System", "User", "Gateway", "Machines", "ManagedSystem"]), "mode"),
        (Word(&["VirtualMachineScaleSets", "AvailabilitySet", "VirtualMachines"]), "type"),
        (Word(&["Linux", "Windows"]), "osType"),
        (Word(&["Managed", "Ephemeral"]), "osDiskType"),
        (Word(&["OS", "Temporary"]), "kubeletDiskType"),
        (Word(&["Delete", "Deallocate"]), "scaleDownMode scaleSetEvictionPolicy"),
        (Word(&["Spot", "Regular"]), "scaleSetPriority"),
        (Word(&["DynamicIndividual", "StaticBlock"]), "podIPAllocationMode"),
        (Flag, "enableAutoScaling enableCustomCATrust enableEncryptionAtHost enableFIPS"),
        (Flag, "enableNodePublicIP enableUltraSSD"),
        (TEXTS, "availabilityZones nodeInitializationTaints nodeTaints"),
        (Map(&Text), "nodeLabels tags"),
        (Of(&UPGRADE), "upgradeSettings"),
        (Of(&super::POWER), "powerState"),
        (Of(&super::CREATION), "creationData"),
        (Of(&KUBELET), "kubeletConfig"),
        (Of(&LINUX), "linuxOSConfig"),
        (Of(&NETWORK), "networkProfile"),
        (Of(&SECURITY), "securityProfile"),
        (Of(&WINDOWS), "windowsProfile"),
        (Of(&GPU), "gpuProfile"),
        (Of(&GATEWAY), "gatewayProfile"),
        (Of(&super::SWITCH), "artifactStreamingProfile"),
        (Of(&MACHINES), "virtualMachinesProfile"),
        (Of(&DNS), "localDNSProfile"),
        (Of(&SOMETHING), "status upgradeSettingsBlueGreen"),
        (OBJECTS, "virtualMachineNodesStatus"),
    ],
);

static UPGRADE: Object = closed(
    "AgentPoolUpgradeSettings",
    &[
        (Text, "maxSurge maxUnavailable"),
        (Whole, "drainTimeoutInMinutes nodeSoakDurationInMinutes"),
        (Word(&["Cordon", "Schedule"]), "undrainableNodeBehavior"),
    ],
);

static KUBELET: Object = closed(
    "KubeletConfig",
    &[
        (Text, "cpuManagerPolicy cpuCfsQuotaPeriod topologyManagerPolicy"),
        (Flag, "cpuCfsQuota failSwapOn"),
        (Whole, "imageGcHighThreshold imageGcLowThreshold podMaxPids"),
        (Whole, "containerLogMaxSizeMB containerLogMaxFiles"),
        (TEXTS, "allowedUnsafeSysctls"),
    ],
);

static LINUX: Object = closed(
    "LinuxOSConfig",
    &[
        (Of(&SOMETHING), "sysctls"),
        (Text, "transparentHugePageEnabled transparentHugePageDefrag"),
        (Whole, "swapFileSizeMB"),
    ],
);

static NETWORK: Object = closed(
    "AgentPoolNetworkProfile",
    &[(OBJECTS, "nodePublicIPTags allowedHostPorts"), (TEXTS, "applicationSecurityGroups")],
);

static SECURITY: Object = closed(
    "AgentPoolSecurityProfile",
    &[(Flag, "enableVTPM enableSecureBoot"), (Text, "sshAccess")],
);

static WINDOWS: Object = closed("AgentPoolWindowsProfile", &[(Flag, "disableOutboundNat")]);

static GPU: Object = closed("GPUProfile", &[(Text, "driver driverType")]);

static GATEWAY: Object = closed("AgentPoolGatewayProfile", &[(Whole, "publicIPPrefixSize")]);

static MACHINES: Object = closed(
    "VirtualMachinesProfile",
    &[(
        Of(&closed(
            "ScaleProfile",
            &[
                (
                    List(&Of(&closed("ManualScaleProfile", &[(Text, "size"), (Whole, "count")]))),
                    "manual",
                ),
                // An object until 2025, a list in the table of 2026-05-01.
                (Any, "autoscale"),
            ],
        )),
        "scale",
    )],
);

static DNS: Object = closed(
    "LocalDNSProfile",
    &[
        (Word(&["Preferred", "Required", "Disabled"]), "mode"),
        (Text, "state"),
        (Map(&Of(&SOMETHING)), "vnetDNSOverrides kubeDNSOverrides"),
    ],
);
