//! What AKS makes of a pool's body: versions, size and disk, defaults, and what it does not show.

use serde_json::{Value, json};

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;
use super::{PodAddressing, flavour, machines, sizes, versions};

/// The image of a Linux node: the newest one recorded.
const IMAGE: &str = "AKSUbuntu-2204gen2containerd-202601.13.0";

/// Makes what is stored of a pool's body; `given` and `old` carry the name among the properties.
pub(crate) fn shape(
    world: &World,
    cluster: &Value,
    given: &Value,
    old: Option<&Value>,
) -> Result<Value, Refusal> {
    let mut given = given.clone();
    for own in
        ["provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "eTag", "status"]
    {
        body::take(&mut given, &format!("/{own}"));
    }
    let mut pool = old.cloned().unwrap_or_else(|| json!({}));
    lay(&mut pool, &given);
    if machines::is_bare(&pool) {
        return Ok(machines::bare(&pool));
    }
    version(world, cluster, &given, old, &mut pool)?;
    machines::migrate(&mut pool, old);
    flavour::automatic_pool(cluster, &mut pool);
    machine(&mut pool);
    let network = cluster.pointer("/properties/networkProfile").cloned().unwrap_or_default();
    let pods = match PodAddressing::of(&network) {
        PodAddressing::Kubenet => 110,
        PodAddressing::NodeSubnet if pool.get("podSubnetID").is_some() => 110,
        PodAddressing::NodeSubnet => 30,
        PodAddressing::Overlay | PodAddressing::None => 250,
    };
    if body::number(&pool, "/maxPods") == Some(0) {
        body::take(&mut pool, "/maxPods");
    }
    fill(&mut pool, pods);
    spot(&mut pool);
    // With the first settings, or with the second write, as recorded in 2025 and 2026.
    let settled = given.get("upgradeSettings").is_some() || old.is_some();
    if settled && !is_in_a_set(&pool) {
        body::fill(&mut pool, "/upgradeStrategy", "Rolling");
    }
    prune(&mut pool, world);
    Ok(pool)
}

fn version(
    world: &World,
    cluster: &Value,
    given: &Value,
    old: Option<&Value>,
    pool: &mut Value,
) -> Result<(), Refusal> {
    let control = body::text(cluster, "/properties/currentKubernetesVersion").unwrap_or_default();
    let alias = body::text(cluster, "/properties/kubernetesVersion").unwrap_or_default();
    let asked = body::text(given, "/orchestratorVersion").unwrap_or_default();
    let stands = old.and_then(|old| body::text(old, "/currentOrchestratorVersion"));
    let shown = old.and_then(|old| body::text(old, "/orchestratorVersion"));
    match stands {
        None => {
            let runs = match asked {
                "" => control.to_owned(),
                asked if asked == alias => control.to_owned(),
                asked => versions::check(world, asked, "AgentPoolK8sVersionNotSupported")?,
            };
            body::set(pool, "/orchestratorVersion", if asked.is_empty() { alias } else { asked });
            body::set(pool, "/currentOrchestratorVersion", runs);
        }
        Some(stands) => {
            let same = asked.is_empty()
                || Some(asked) == shown
                || asked == stands
                || stands.starts_with(&format!("{asked}."));
            if same {
                let keep = if asked.is_empty() { shown.unwrap_or(stands) } else { asked };
                body::set(pool, "/orchestratorVersion", keep);
            } else {
                let runs = if asked == alias {
                    control.to_owned()
                } else {
                    versions::check(world, asked, "AgentPoolK8sVersionNotSupported")?
                };
                versions::step(world, stands, &runs)?;
                body::set(pool, "/currentOrchestratorVersion", runs);
            }
        }
    }
    let runs = body::text(pool, "/currentOrchestratorVersion").unwrap_or_default();
    versions::pool_fits(runs, control)
}

fn is_in_a_set(pool: &Value) -> bool {
    body::text(pool, "/type") == Some("AvailabilitySet")
}

/// Size and disk; a pool of single machines has its sizes in a list.
fn machine(pool: &mut Value) {
    if machines::is_single(pool) {
        let sizes = pool.pointer("/virtualMachinesProfile/scale/manual").cloned();
        let sizes = sizes.unwrap_or_else(|| json!([]));
        body::set(pool, "/virtualMachineNodesStatus", sizes);
        body::take(pool, "/vmSize");
        body::take(pool, "/count");
    } else {
        body::fill(pool, "/vmSize", sizes::DEFAULT);
        body::fill(pool, "/count", 1);
    }
    let listed = body::text(pool, "/virtualMachinesProfile/scale/manual/0/size");
    let name = body::text(pool, "/vmSize").or(listed).unwrap_or(sizes::DEFAULT).to_owned();
    let size = sizes::Size::read(&name);
    if body::number(pool, "/osDiskSizeGB") == Some(0) {
        body::take(pool, "/osDiskSizeGB");
    }
    let wanted = body::number(pool, "/osDiskSizeGB").and_then(|gib| u32::try_from(gib).ok());
    let (kind, gib) = size.map_or(("Managed", 128), |size| size.disk(wanted));
    body::fill(pool, "/osDiskType", kind);
    let managed = body::text(pool, "/osDiskType") == Some("Managed");
    let gib = if managed { size.map_or(128, sizes::Size::managed) } else { gib };
    body::fill(pool, "/osDiskSizeGB", gib);
}

fn fill(pool: &mut Value, pods: u64) {
    body::fill(pool, "/osType", "Linux");
    let windows = body::text(pool, "/osType") == Some("Windows");
    let sku = if windows { "Windows2022" } else { "Ubuntu" };
    let azure = body::text(pool, "/osSKU") == Some("AzureLinux");
    let arm =
        body::text(pool, "/vmSize").and_then(sizes::Size::read).is_some_and(sizes::Size::is_arm);
    let image = match (windows, azure, arm) {
        (true, ..) => "AKSWindows-2022-containerd-20348.4529.260113",
        (false, true, false) => "AKSAzureLinux-V3gen2-202508.06.0",
        (false, true, true) => "AKSAzureLinux-V3gen2arm64-202508.06.0",
        (false, false, false) => IMAGE,
        (false, false, true) => "AKSUbuntu-2204gen2arm64containerd-202601.13.0",
    };
    let fills = [
        ("/kubeletDiskType", json!("OS")),
        ("/maxPods", json!(pods)),
        ("/type", json!("VirtualMachineScaleSets")),
        ("/scaleDownMode", json!("Delete")),
        ("/powerState/code", json!("Running")),
        ("/enableNodePublicIP", json!(false)),
        ("/mode", json!("User")),
        ("/osSKU", json!(sku)),
        ("/enableFIPS", json!(false)),
        ("/securityProfile/sshAccess", json!("LocalUser")),
        ("/securityProfile/enableVTPM", json!(false)),
        ("/securityProfile/enableSecureBoot", json!(false)),
    ];
    for (at, value) in fills {
        body::fill(pool, at, value);
    }
    if is_in_a_set(pool) {
        return respell_access(pool);
    }
    body::fill(pool, "/nodeImageVersion", image);
    if body::text(pool, "/scaleSetPriority") != Some("Spot") {
        body::fill(pool, "/upgradeSettings/maxSurge", "10%");
        body::fill(pool, "/upgradeSettings/maxUnavailable", "0");
    }
    respell_access(pool);
}

fn respell_access(pool: &mut Value) {
    flavour::local_dns(pool);
    let access = match body::text(pool, "/securityProfile/sshAccess").unwrap_or_default() {
        "localuser" => "LocalUser",
        "entraid" => "EntraId",
        "disabled" => "Disabled",
        _ => return,
    };
    body::set(pool, "/securityProfile/sshAccess", access);
}

/// What AKS puts on spot nodes, so that nothing lands there unasked (recorded by
/// `cli-aks_create_spot_node_pool_msi`).
fn spot(pool: &mut Value) {
    const KEY: &str = "kubernetes.azure.com/scalesetpriority";
    if body::text(pool, "/scaleSetPriority") != Some("Spot") {
        return;
    }
    body::fill(pool, "/scaleSetEvictionPolicy", "Delete");
    body::fill(pool, "/spotMaxPrice", -1.0);
    if !pool["nodeLabels"].is_object() {
        body::set(pool, "/nodeLabels", json!({}));
    }
    pool["nodeLabels"][KEY] = json!("spot");
    let taint = json!(format!("{KEY}=spot:NoSchedule"));
    let mut taints = body::list(pool, "/nodeTaints").to_vec();
    if !taints.contains(&taint) {
        taints.push(taint);
    }
    body::set(pool, "/nodeTaints", taints);
}

/// Leaves out what AKS does not show: the empty and the ordinary.
fn prune(pool: &mut Value, _world: &World) {
    let Some(fields) = pool.as_object_mut() else { return };
    // The Azure CLI empties a list by one empty text.
    let taints = fields.get_mut("nodeInitializationTaints").and_then(Value::as_array_mut);
    if let Some(taints) = taints {
        taints.retain(|taint| taint != "");
    }
    fields.retain(|name, value| {
        let empty = match value {
            Value::Array(items) => items.is_empty(),
            Value::Object(items) => items.is_empty(),
            _ => false,
        };
        let prunable =
            ["nodeTaints", "nodeLabels", "tags", "nodeInitializationTaints", "availabilityZones"];
        !(empty && prunable.contains(&name.as_str()))
    });
    if fields.get("scaleSetPriority").is_none_or(|priority| priority == "Regular") {
        for field in ["scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice"] {
            fields.remove(field);
        }
    }
    if !fields.get("enableAutoScaling").is_some_and(|on| on == true) {
        for field in ["minCount", "maxCount"] {
            fields.remove(field);
        }
    }
}

/// Fields of a body that AKS takes whole and does not lay over what stands.
const WHOLE: [&str; 4] = ["tags", "nodeLabels", "userAssignedIdentities", "publicKeys"];

/// Lays a body over another: objects field by field, save those taken whole.
pub(crate) fn lay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                let place = under.entry(key.clone()).or_insert(Value::Null);
                if WHOLE.contains(&key.as_str()) {
                    *place = value.clone();
                } else {
                    lay(place, value);
                }
            }
        }
        (under, over) => *under = over.clone(),
    }
}
