//! What bodies of agent pools may hold, and pools in a cluster's body.

use super::Form::{Any, Flag, List, Map, Number, Object as Of, Text, Whole, Word};
use super::{OBJECTS, Object, SOMETHING, TEXTS};

/// An agent pool by itself.
pub(crate) static BY_ITSELF: Object = Object {
    name: "AgentPool",
    open: false,
    members: &[(Text, "etag id name type"), (Any, "systemData"), (Of(&POOL), "properties")],
};

/// A pool in a cluster's body, and the properties of one by itself.
pub(crate) static POOL: Object = Object {
    name: "AgentPoolProfile",
    open: false,
    members: &[
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
};

static UPGRADE: Object = Object {
    name: "AgentPoolUpgradeSettings",
    open: false,
    members: &[
        (Text, "maxSurge maxUnavailable"),
        (Whole, "drainTimeoutInMinutes nodeSoakDurationInMinutes"),
        (Word(&["Cordon", "Schedule"]), "undrainableNodeBehavior"),
    ],
};

static KUBELET: Object = Object {
    name: "KubeletConfig",
    open: false,
    members: &[
        (Text, "cpuManagerPolicy cpuCfsQuotaPeriod topologyManagerPolicy"),
        (Flag, "cpuCfsQuota failSwapOn"),
        (Whole, "imageGcHighThreshold imageGcLowThreshold podMaxPids"),
        (Whole, "containerLogMaxSizeMB containerLogMaxFiles"),
        (TEXTS, "allowedUnsafeSysctls"),
    ],
};

static LINUX: Object = Object {
    name: "LinuxOSConfig",
    open: false,
    members: &[
        (Of(&SOMETHING), "sysctls"),
        (Text, "transparentHugePageEnabled transparentHugePageDefrag"),
        (Whole, "swapFileSizeMB"),
    ],
};

static NETWORK: Object = Object {
    name: "AgentPoolNetworkProfile",
    open: false,
    members: &[
        (OBJECTS, "nodePublicIPTags allowedHostPorts"),
        (TEXTS, "applicationSecurityGroups"),
    ],
};

static SECURITY: Object = Object {
    name: "AgentPoolSecurityProfile",
    open: false,
    members: &[(Flag, "enableVTPM enableSecureBoot"), (Text, "sshAccess")],
};

static WINDOWS: Object = Object {
    name: "AgentPoolWindowsProfile",
    open: false,
    members: &[(Flag, "disableOutboundNat")],
};

static GPU: Object =
    Object { name: "GPUProfile", open: false, members: &[(Text, "driver driverType")] };

static GATEWAY: Object = Object {
    name: "AgentPoolGatewayProfile",
    open: false,
    members: &[(Whole, "publicIPPrefixSize")],
};

static MACHINES: Object = Object {
    name: "VirtualMachinesProfile",
    open: false,
    members: &[(
        Of(&Object {
            name: "ScaleProfile",
            open: false,
            members: &[
                (
                    List(&Of(&Object {
                        name: "ManualScaleProfile",
                        open: false,
                        members: &[(Text, "size"), (Whole, "count")],
                    })),
                    "manual",
                ),
                // An object until 2025, a list in the table of 2026-05-01.
                (Any, "autoscale"),
            ],
        }),
        "scale",
    )],
};

static DNS: Object = Object {
    name: "LocalDNSProfile",
    open: false,
    members: &[
        (Word(&["Preferred", "Required", "Disabled"]), "mode"),
        (Text, "state"),
        (Map(&Of(&SOMETHING)), "vnetDNSOverrides kubeDNSOverrides"),
    ],
};
