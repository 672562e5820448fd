//! Agent pools: the nodes of a cluster.

use serde_json::{Map, Value, json};

use super::{Claim, Inline, Kind, Pace, Removal, Tags, Takes, Traits};
use crate::arm::body::{ApiVersion, Body};
use crate::arm::id::ResourceId;
use crate::diff::rule::{
    AbsentIs, Asked, Assumed, AtLeast, Clears, CreateOnly, Fixed, Folded, Goes, Literal, Owned,
    Rolls, Rule, Server, Unordered, When, While, ZeroIsUnset,
};
use crate::profile::schema::{
    KubeletDiskType, OsDiskType, OsType, Pool, PoolMode, ScaleDownMode, UndrainableNodes,
};

/// The autoscaler is switched off.
pub(super) const SCALER_OFF: When = When::Reads("enableAutoScaling", &["false"]);

/// A node pool of a cluster.
#[derive(Clone, Debug)]
pub struct AgentPool {
    /// The id, under the cluster.
    pub id: ResourceId,
    /// What the profile says.
    pub pool: Pool,
    /// The tags of its machines.
    pub tags: Tags,
    /// The subnet its nodes stand in; `None` where AKS makes the network.
    pub node_subnet: Option<ResourceId>,
    /// The subnet its pods take addresses from, in the pod-subnet models.
    pub pod_subnet: Option<ResourceId>,
    /// Whether the profile says on purpose that pods have no subnet of their own.
    pub no_pod_subnet: bool,
    /// Whether pods get addresses in blocks of /28 instead of one by one.
    pub static_blocks: bool,
    /// The version in Azure's spelling, if one is asked for.
    pub version: Option<String>,
}

impl Kind for AgentPool {
    const TYPE: &'static str = "Microsoft.ContainerService/managedClusters/agentPools";
    const API: ApiVersion = ApiVersion::new("2025-10-01");
    const RULES: &'static [Rule] = &[
        Fixed("properties.vmSize"),
        Fixed("properties.maxPods"),
        Fixed("properties.vnetSubnetID"),
        Fixed("properties.podSubnetID"),
        Fixed("properties.podIPAllocationMode"),
        Fixed("properties.osType"),
        Fixed("properties.osDiskSizeGB"),
        Fixed("properties.osDiskType"),
        Fixed("properties.availabilityZones"),
        Fixed("properties.scaleSetPriority"),
        Fixed("properties.spotMaxPrice"),
        Fixed("properties.scaleSetEvictionPolicy"),
        Fixed("properties.enableNodePublicIP"),
        Fixed("properties.kubeletDiskType"),
        Fixed("properties.enableEncryptionAtHost"),
        // What raw properties say of these places is fixed as well: the specification says so of
        // the host group, the refusals of AKS and CAPZ's webhook of the rest.
        Fixed("properties.type"),
        Fixed("properties.enableUltraSSD"),
        Fixed("properties.nodePublicIPPrefixID"),
        Fixed("properties.kubeletConfig"),
        Fixed("properties.linuxOSConfig"),
        Fixed("properties.workloadRuntime"),
        Fixed("properties.gpuInstanceProfile"),
        Fixed("properties.gpuProfile"),
        Fixed("properties.gatewayProfile"),
        Fixed("properties.hostGroupID"),
        Fixed("properties.proximityPlacementGroupID"),
        Fixed("properties.capacityReservationGroupID"),
        Rolls("properties.orchestratorVersion"),
        Rolls("properties.osSKU"),
        Rolls("properties.enableFIPS"),
        Rolls("properties.creationData"),
        Rolls("properties.securityProfile.enableSecureBoot"),
        Rolls("properties.securityProfile.enableVTPM"),
        AtLeast("properties.orchestratorVersion"),
        Rule::YieldsWhen {
            at: "properties.count",
            flag: "enableAutoScaling",
            within: ("minCount", "maxCount"),
        },
        // AKS refuses bounds beside an autoscaler that is off, and a price beside ordinary machines.
        Goes("properties.minCount", SCALER_OFF),
        Goes("properties.maxCount", SCALER_OFF),
        Goes("properties.spotMaxPrice", When::Reads("scaleSetPriority", &["Regular"])),
        Goes("properties.scaleSetEvictionPolicy", When::Reads("scaleSetPriority", &["Regular"])),
        Clears("properties.nodeLabels"),
        Literal("properties.nodeLabels.*"),
        Literal("properties.tags.*"),
        // Spot pools get a label and a taint of this name from Azure, gateway pools a taint.
        Owned("properties.nodeLabels", "kubernetes.azure.com/"),
        Unordered("properties.availabilityZones"),
        Unordered("properties.nodeTaints"),
        Owned("properties.nodeTaints", "kubernetes.azure.com/"),
        Folded("properties.vmSize"),
        Folded("properties.mode"),
        Folded("properties.osType"),
        Folded("properties.osSKU"),
        Folded("properties.osDiskType"),
        Folded("properties.kubeletDiskType"),
        Folded("properties.scaleDownMode"),
        Folded("properties.upgradeSettings.undrainableNodeBehavior"),
        Folded("properties.securityProfile.sshAccess"),
        Folded("properties.tags"),
        AbsentIs("properties.scaleSetPriority", Assumed::Text("Regular")),
        AbsentIs("properties.scaleSetEvictionPolicy", Assumed::Text("Delete")),
        AbsentIs("properties.spotMaxPrice", Assumed::Number(-1)),
        AbsentIs("properties.enableEncryptionAtHost", Assumed::Flag(false)),
        AbsentIs("properties.scaleDownMode", Assumed::Text("Delete")),
        AbsentIs("properties.upgradeSettings.maxUnavailable", Assumed::Text("0")),
        AbsentIs("properties.upgradeSettings.nodeSoakDurationInMinutes", Assumed::Number(0)),
        ZeroIsUnset("properties.osDiskSizeGB"),
        // A pool that sleeps has no nodes; woken with the count of its sleep it gets back those
        // it had (`ext-aks_nodepool_stop_and_start`).
        While("properties.powerState.code", "Stopped", &CreateOnly("properties.count")),
        Asked("properties.powerState.code", "Running", &ZeroIsUnset("properties.count")),
        // Machines are added to such a pool one by one; Azure drops what the pool says of them
        // (`ext-aks_machine_add_cmds`).
        While("properties.mode", "Machines", &CreateOnly("properties.type")),
        While("properties.mode", "Machines", &CreateOnly("properties.count")),
        While("properties.mode", "Machines", &CreateOnly("properties.osType")),
        While("properties.mode", "Machines", &CreateOnly("properties.scaleDownMode")),
        While("properties.mode", "Machines", &CreateOnly("properties.securityProfile")),
        While("properties.mode", "Machines", &CreateOnly("properties.workloadRuntime")),
        // Machines of several sizes: each is said in a profile of its own below the pool.
        While("properties.type", "VirtualMachines", &CreateOnly("properties.vmSize")),
        While("properties.type", "VirtualMachines", &CreateOnly("properties.count")),
        Server("properties.eTag"),
        Server("properties.currentOrchestratorVersion"),
        Server("properties.nodeImageVersion"),
        Server("properties.status"),
        Server("properties.virtualMachineNodesStatus"),
        Server("properties.localDNSProfile.state"),
    ];
    const TRAITS: Traits = Traits {
        noun: "node pool",
        command: "aks nodepool",
        wants: "",
        pattern: None,
        // Creation 170 to 202 s in the median, 1,554 at most (148 recorded); deletion 37 s.
        pace: Pace::new(Takes { creation: 190, change: 25, deletion: 37 }, 5, 3600),
        removal: Removal::WithParent,
        claim: Claim::Within(None),
        items: None,
        inline: Some(Inline { list: "agentPoolProfiles" }),
        is_missed: true,
        etag: Some("properties.eTag"),
        asks: None,
        for_good: None,
        holds: &[],
        users: &[],
        linked_by: None,
        join: None,
        quota: &[],
        way_out: &[],
    };

    fn id(&self) -> ResourceId {
        self.id.clone()
    }

    fn body(&self) -> Body {
        let mut properties = Map::new();
        self.size(&mut properties);
        self.place(&mut properties);
        self.machines(&mut properties);
        self.scheduling(&mut properties);
        Body::new(json!({ "properties": Value::Object(properties) }))
    }

    fn unsaid(&self) -> &'static [Rule] {
        if self.is_uncounted() { &[CreateOnly("properties.count")] } else { &[] }
    }

    fn after(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    fn loses(standing: &Value) -> Option<String> {
        let nodes = standing.pointer("/properties/count").and_then(Value::as_u64);
        let go = match nodes.unwrap_or_default() {
            0 => "it goes".to_owned(),
            1 => "its 1 node goes".to_owned(),
            nodes => format!("its {nodes} nodes go at once"),
        };
        Some(format!("{go} with all that runs there and all that lies on their own disks"))
    }
}

impl AgentPool {
    /// Tells whether the profile leaves the number of nodes to whoever set it.
    fn is_uncounted(&self) -> bool {
        self.pool.count.is_none() && self.pool.autoscale.is_none()
    }

    fn size(&self, properties: &mut Map<String, Value>) {
        let pool = &self.pool;
        properties.insert("type".into(), json!("VirtualMachineScaleSets"));
        properties.insert("mode".into(), json!(mode(pool.mode_or_default())));
        properties.insert("vmSize".into(), json!(pool.vm_size));
        properties.insert("count".into(), json!(pool.count_or_default()));
        match &pool.autoscale {
            Some(scale) => {
                properties.insert("enableAutoScaling".into(), json!(true));
                properties.insert("minCount".into(), json!(scale.min));
                properties.insert("maxCount".into(), json!(scale.max));
            }
            // A number in the profile is ours; an autoscaler left on would fight it.
            None if pool.count.is_some() => {
                properties.insert("enableAutoScaling".into(), json!(false));
            }
            None => {}
        }
    }

    fn place(&self, properties: &mut Map<String, Value>) {
        if let Some(subnet) = &self.node_subnet {
            properties.insert("vnetSubnetID".into(), json!(subnet));
        }
        if let Some(subnet) = &self.pod_subnet {
            properties.insert("podSubnetID".into(), json!(subnet));
        } else if self.no_pod_subnet {
            properties.insert("podSubnetID".into(), Value::Null);
        }
        if self.static_blocks {
            properties.insert("podIPAllocationMode".into(), json!("StaticBlock"));
        }
        if let Some(pods) = self.pool.max_pods {
            properties.insert("maxPods".into(), json!(pods));
        }
        if !self.pool.zones.is_empty() {
            properties.insert("availabilityZones".into(), json!(self.pool.zones));
        }
    }

    fn machines(&self, properties: &mut Map<String, Value>) {
        let pool = &self.pool;
        let mut put = |name: &str, value: Option<Value>| {
            value.map(|value| properties.insert(name.to_owned(), value))
        };
        put("osType", Some(json!(os_type(pool.os_type_or_default()))));
        put("osSKU", pool.os_sku.as_ref().map(|sku| json!(sku)));
        put("osDiskSizeGB", pool.os_disk_size_gb.map(|size| json!(size)));
        put("osDiskType", pool.os_disk_type.map(|kind| json!(disk_type(kind))));
        put("kubeletDiskType", pool.kubelet_disk_type.map(|disk| json!(kubelet_disk(disk))));
        put("enableEncryptionAtHost", pool.encryption_at_host.map(|on| json!(on)));
        put("scaleDownMode", pool.scale_down_mode.map(|mode| json!(scale_down(mode))));
        put("enableNodePublicIP", pool.node_public_ip.map(|on| json!(on)));
        put("orchestratorVersion", self.version.as_ref().map(|version| json!(version)));
        if let Some(spot) = &pool.spot {
            // What is not said stays, and is Azure's default on creation: both are fixed afterwards.
            let policy = |delete| json!(if delete { "Delete" } else { "Deallocate" });
            put("scaleSetPriority", Some(json!("Spot")));
            put("scaleSetEvictionPolicy", spot.delete_on_eviction.map(policy));
            put("spotMaxPrice", spot.max_price.map(|price| json!(price)));
        }
    }

    fn scheduling(&self, properties: &mut Map<String, Value>) {
        let pool = &self.pool;
        if let Some(labels) = &pool.labels {
            properties.insert("nodeLabels".into(), json!(labels));
        }
        if let Some(taints) = &pool.taints {
            properties.insert("nodeTaints".into(), json!(taints));
        }
        if !self.tags.is_empty() {
            properties.insert("tags".into(), json!(self.tags));
        }
        let upgrade = self.upgrade_settings();
        if !upgrade.is_empty() {
            properties.insert("upgradeSettings".into(), Value::Object(upgrade));
        }
    }

    fn upgrade_settings(&self) -> Map<String, Value> {
        let pool = &self.pool;
        let settings = [
            ("maxSurge", pool.surge_or_default().map(|surge| json!(surge.to_string()))),
            ("maxUnavailable", pool.max_unavailable.map(|nodes| json!(nodes.to_string()))),
            ("drainTimeoutInMinutes", pool.drain_timeout_minutes.map(|minutes| json!(minutes))),
            ("nodeSoakDurationInMinutes", pool.node_soak_minutes.map(|minutes| json!(minutes))),
            ("undrainableNodeBehavior", pool.undrainable_nodes.map(|do_so| json!(stuck(do_so)))),
        ];
        let said = settings.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        said.collect()
    }
}

const fn kubelet_disk(disk: KubeletDiskType) -> &'static str {
    match disk {
        KubeletDiskType::Os => "OS",
        KubeletDiskType::Temporary => "Temporary",
    }
}

const fn scale_down(mode: ScaleDownMode) -> &'static str {
    match mode {
        ScaleDownMode::Delete => "Delete",
        ScaleDownMode::Deallocate => "Deallocate",
    }
}

const fn stuck(nodes: UndrainableNodes) -> &'static str {
    match nodes {
        UndrainableNodes::Schedule => "Schedule",
        UndrainableNodes::Cordon => "Cordon",
    }
}

const fn mode(mode: PoolMode) -> &'static str {
    match mode {
        PoolMode::System => "System",
        PoolMode::User => "User",
    }
}

const fn os_type(os: OsType) -> &'static str {
    match os {
        OsType::Linux => "Linux",
        OsType::Windows => "Windows",
    }
}

const fn disk_type(disk: OsDiskType) -> &'static str {
    match disk {
        OsDiskType::Managed => "Managed",
        OsDiskType::Ephemeral => "Ephemeral",
    }
}
