//! A node as Kubernetes shows one of AKS: labels, taints, addresses, room, what runs on it.

use serde_json::{Map, Value, json};

use super::metadata::metadata;
use super::{Cluster, age};
use crate::sim::body;
use crate::sim::provider::cluster::PodAddressing;
use crate::sim::provider::cluster::roster::Machine;
use crate::sim::provider::cluster::sizes::Size;

/// What a node runs, by the image that its pool names
/// (github.com/Azure/AKS, release notes of the node images, January 2026).
struct System {
    image: &'static str,
    kernel: &'static str,
    runtime: &'static str,
}

const SYSTEMS: &[(&str, System)] = &[
    (
        "AKSUbuntu-2404",
        System {
            image: "Ubuntu 24.04.3 LTS",
            kernel: "6.8.0-1044-azure",
            runtime: "containerd://2.1.6-1",
        },
    ),
    (
        "AKSUbuntu-2204",
        System {
            image: "Ubuntu 22.04.5 LTS",
            kernel: "5.15.0-1102-azure",
            runtime: "containerd://1.7.30-1",
        },
    ),
    (
        "AKSAzureLinux-V3",
        System {
            image: "Microsoft Azure Linux 3.0",
            kernel: "6.6.96.2-2.azl3",
            runtime: "containerd://2.0.0",
        },
    ),
    (
        "AKSWindows-2022",
        System {
            image: "Windows Server 2022 Datacenter",
            kernel: "10.0.20348.4529",
            runtime: "containerd://1.7.20+azure",
        },
    ),
];

impl System {
    fn of(pool: &Value) -> &'static Self {
        let image = body::text(pool, "/nodeImageVersion").unwrap_or_default();
        let found = SYSTEMS.iter().find(|(begin, _)| image.starts_with(begin));
        // A pool without an image of its own is an old one, of Ubuntu.
        &found.unwrap_or(&SYSTEMS[1]).1
    }
}

/// Returns a node.
pub(super) fn of(cluster: &Cluster<'_>, machine: &Machine) -> Value {
    let mut metadata = metadata(cluster, "Node", &machine.name, machine.made);
    metadata["labels"] = Value::Object(labels(cluster, machine));
    metadata["annotations"] = json!({
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    });
    let id = format!("{}/virtualMachines/{}", machine.set, machine.number);
    let mut spec = json!({ "providerID": format!("azure://{id}") });
    if let Some(pods) = &machine.pods {
        spec["podCIDR"] = json!(pods);
        spec["podCIDRs"] = json!([pods]);
    }
    let ready = has_network(cluster);
    let taints = taints(&machine.pool, ready);
    if !taints.is_empty() {
        spec["taints"] = json!(taints);
    }
    json!({ "metadata": metadata, "spec": spec, "status": status(cluster, machine, ready) })
}

/// Whether anything gives pods their addresses: without a plugin the nodes wait for one
/// (learn.microsoft.com/azure/aks/use-byo-cni).
fn has_network(cluster: &Cluster<'_>) -> bool {
    let network = cluster.stored.pointer("/properties/networkProfile");
    network.is_none_or(|network| PodAddressing::of(network) != PodAddressing::None)
}

/// The labels that AKS and Kubernetes set, and those of the pool
/// (learn.microsoft.com/azure/aks/use-labels, "Reserved prefixes").
fn labels(cluster: &Cluster<'_>, machine: &Machine) -> Map<String, Value> {
    let pool = &machine.pool;
    let text = |at: &str| body::text(pool, at).unwrap_or_default();
    let location = body::text(&cluster.stored, "/location").unwrap_or_default();
    let size = text("/vmSize");
    let arm = Size::read(size).is_some_and(Size::is_arm);
    let (arch, os) = (if arm { "arm64" } else { "amd64" }, text("/osType").to_ascii_lowercase());
    let zones = body::texts(pool, "/availabilityZones");
    let at = usize::try_from(machine.number).unwrap_or_default();
    let zone = match zones.len() {
        0 => "0".to_owned(),
        count => format!("{location}-{}", zones[at % count]),
    };
    let group = body::text(&cluster.stored, "/properties/nodeResourceGroup").unwrap_or_default();
    let mut all = Map::new();
    let own = pool.get("nodeLabels").and_then(Value::as_object);
    all.extend(own.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    let spot = text("/scaleSetPriority") == "Spot";
    let set = [
        ("agentpool", text("/name")),
        ("beta.kubernetes.io/arch", arch),
        ("beta.kubernetes.io/instance-type", size),
        ("beta.kubernetes.io/os", &os),
        ("failure-domain.beta.kubernetes.io/region", location),
        ("failure-domain.beta.kubernetes.io/zone", &zone),
        ("kubernetes.azure.com/agentpool", text("/name")),
        ("kubernetes.azure.com/cluster", group),
        ("kubernetes.azure.com/mode", &text("/mode").to_ascii_lowercase()),
        ("kubernetes.azure.com/node-image-version", text("/nodeImageVersion")),
        ("kubernetes.azure.com/os-sku", text("/osSKU")),
        ("kubernetes.azure.com/role", "agent"),
        ("kubernetes.azure.com/scalesetpriority", if spot { "spot" } else { "" }),
        ("kubernetes.io/arch", arch),
        ("kubernetes.io/hostname", &machine.name),
        ("kubernetes.io/os", &os),
        ("node.kubernetes.io/instance-type", size),
        ("topology.disk.csi.azure.com/zone", if zones.is_empty() { "" } else { &zone }),
        ("topology.kubernetes.io/region", location),
        ("topology.kubernetes.io/zone", &zone),
    ];
    let known = set.iter().filter(|(key, value)| !value.is_empty() || key.contains("csi"));
    all.extend(known.map(|(key, value)| ((*key).to_owned(), json!(value))));
    all
}

/// The pool's taints, which it writes as `key=value:Effect`.
fn taints(pool: &Value, ready: bool) -> Vec<Value> {
    let own = body::texts(pool, "/nodeTaints");
    let first = body::texts(pool, "/nodeInitializationTaints");
    let read = |text: &str| {
        let (pair, effect) = text.rsplit_once(':')?;
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut taint = json!({ "key": key, "effect": effect });
        if !value.is_empty() {
            taint["value"] = json!(value);
        }
        Some(taint)
    };
    let mut all: Vec<Value> = own.into_iter().chain(first).filter_map(read).collect();
    if !ready {
        all.push(json!({ "key": "node.kubernetes.io/not-ready", "effect": "NoSchedule" }));
    }
    all
}

fn status(cluster: &Cluster<'_>, machine: &Machine, ready: bool) -> Value {
    let system = System::of(&machine.pool);
    let mut addresses = Vec::new();
    if let Some(address) = machine.address {
        addresses.push(json!({ "type": "InternalIP", "address": address.to_string() }));
    }
    addresses.push(json!({ "type": "Hostname", "address": machine.name }));
    let (capacity, allocatable) = room(&machine.pool);
    let size = body::text(&machine.pool, "/vmSize").unwrap_or_default();
    let arm = Size::read(size).is_some_and(Size::is_arm);
    let version = body::text(&machine.pool, "/currentOrchestratorVersion")
        .or_else(|| body::text(&machine.pool, "/orchestratorVersion"))
        .unwrap_or_default();
    let os = body::text(&machine.pool, "/osType").unwrap_or("Linux").to_ascii_lowercase();
    let uid = &metadata(cluster, "Machine", &machine.name, 0)["uid"];
    json!({
        "capacity": capacity, "allocatable": allocatable, "addresses": addresses,
        "conditions": conditions(cluster, machine, ready),
        "daemonEndpoints": { "kubeletEndpoint": { "Port": 10250 } },
        "nodeInfo": {
            "machineID": uid, "systemUUID": uid, "bootID": uid, "kernelVersion": system.kernel,
            "osImage": system.image, "containerRuntimeVersion": system.runtime,
            "kubeletVersion": format!("v{version}"), "kubeProxyVersion": format!("v{version}"),
            "operatingSystem": os, "architecture": if arm { "arm64" } else { "amd64" },
        },
    })
}

/// What a node has, and what of it is left for pods
/// (learn.microsoft.com/azure/aks/node-resource-reservations).
fn room(pool: &Value) -> (Value, Value) {
    /// Millicores that are kept, by the cores a node has.
    const KEPT: [(u32, u32); 7] =
        [(1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (32, 420), (64, 740)];
    const KIB: u64 = 1 << 20;
    let name = body::text(pool, "/vmSize").unwrap_or_default();
    let size = Size::read(name);
    let cores = size.as_ref().map_or(2, |size| size.cores);
    let gib = size.map_or(8.0, Size::memory);
    // Firmware and kernel hold back some 2 % before anything is counted.
    let memory = format!("{:.0}", gib * 1024.0 * 1024.0 * 0.98).parse::<u64>().unwrap_or(8 * KIB);
    let pods = body::number(pool, "/maxPods").unwrap_or(110);
    let disk = body::number(pool, "/osDiskSizeGB").unwrap_or(128) * KIB * 97 / 100;
    let kept = KEPT.iter().rev().find(|(from, _)| cores >= *from).map_or(60, |(_, kept)| *kept);
    let kept_memory = (20 * pods + 50).min(memory / 1024 / 4) * 1024 + 100 * 1024;
    let shown = |cpu: String, memory: u64, disk: String| {
        json!({ "cpu": cpu, "memory": format!("{memory}Ki"), "pods": pods.to_string(),
            "ephemeral-storage": disk, "hugepages-1Gi": "0", "hugepages-2Mi": "0" })
    };
    let all = shown(cores.to_string(), memory, format!("{disk}Ki"));
    let left = shown(
        format!("{}m", cores * 1_000 - kept),
        memory.saturating_sub(kept_memory),
        (disk * 1024 / 10 * 9).to_string(),
    );
    (all, left)
}

fn conditions(cluster: &Cluster<'_>, machine: &Machine, ready: bool) -> Vec<Value> {
    let now = age::moment(cluster, cluster.world.now);
    let since = age::moment(cluster, machine.made);
    let one = |kind: &str, status: bool, reason: &str, message: &str| {
        json!({ "type": kind, "status": if status { "True" } else { "False" }, "reason": reason,
            "message": message, "lastHeartbeatTime": now, "lastTransitionTime": since })
    };
    let last = if ready {
        one("Ready", true, "KubeletReady", "kubelet is posting ready status")
    } else {
        let why = "container runtime network not ready: NetworkReady=false \
                   reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin \
                   not initialized";
        one("Ready", false, "KubeletNotReady", why)
    };
    let memory = "kubelet has sufficient memory available";
    vec![
        one("MemoryPressure", false, "KubeletHasSufficientMemory", memory),
        one("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        one(
            "PIDPressure",
            false,
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        last,
    ]
}
