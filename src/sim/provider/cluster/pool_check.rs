//! What AKS refuses about pools, alone and together.

use serde_json::Value;

use super::super::role_assignment;
use super::model::assigned;
use crate::arm::id::ResourceId;

use super::super::super::body;
use super::super::super::error::Refusal;
use super::super::super::world::World;

use super::{PodAddressing, machines, pool, room, sizes};

/// What cannot be changed in a pool (domain rules from the AKS documentation and from CAPZ).
const FIXED: [&str; 15] = [
    "vmSize",
    "maxPods",
    "vnetSubnetID",
    "podSubnetID",
    "osType",
    "osDiskType",
    "osDiskSizeGB",
    "kubeletDiskType",
    "availabilityZones",
    "scaleSetPriority",
    "enableEncryptionAtHost",
    "enableUltraSSD",
    "enableNodePublicIP",
    "nodePublicIPPrefixID",
    "type",
];

/// An AKS refusal of one parameter.
pub(crate) fn invalid(parameter: &str, details: &str) -> Refusal {
    Refusal::aks(
        400,
        "InvalidParameter",
        format!("The value of parameter {parameter} is invalid. Error details: {details}"),
    )
    .target(parameter)
}

/// AKS's refusal of a change.
pub(crate) fn not_allowed(property: &str) -> Refusal {
    Refusal::aks(
        400,
        "PropertyChangeNotAllowed",
        format!("Changing property '{property}' is not allowed."),
    )
    .target(property)
}

fn is_off(flag: Option<&Value>) -> bool {
    flag.is_none_or(|flag| flag == false)
}

/// Refuses changes of what is fixed.
pub(crate) fn unchanged(old: &Value, new: &Value) -> Result<(), Refusal> {
    let kind = |pool: &Value| body::text(pool, "/type").map(str::to_owned);
    if kind(old).as_deref() == Some("AvailabilitySet")
        && kind(new).as_deref() == Some("VirtualMachines")
    {
        return Ok(());
    }
    for field in FIXED {
        let (before, after) = (old.get(field), new.get(field));
        let alike = match (before, after) {
            (Some(Value::String(one)), Some(Value::String(two))) => one.eq_ignore_ascii_case(two),
            (Some(Value::Array(one)), Some(Value::Array(two))) => {
                one.len() == two.len() && one.iter().all(|item| two.contains(item))
            }
            // A flag that nobody set is off.
            (one, two) => is_off(one) && is_off(two) || one == two,
        };
        if !alike {
            return Err(not_allowed(&format!("properties.{field}")));
        }
    }
    Ok(())
}

/// Refuses a pool by itself; `alone` says whether it came by itself, not in a
/// cluster's body, `fresh` whether it is new.
pub(crate) fn one(cluster: &Value, pool: &Value, alone: bool, fresh: bool) -> Result<(), Refusal> {
    let parameter = |field: &str| {
        if alone {
            format!("agentPoolProfile.{field}")
        } else {
            format!("agentPoolProfiles.{field}")
        }
    };
    let name = body::text(pool, "/name").unwrap_or_default();
    let windows = body::text(pool, "/osType") == Some("Windows");
    let most = if windows { 6 } else { 12 };
    let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !(letters && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= most) {
        return Err(invalid(
            &parameter("name"),
            &format!(
                "Agent pool name '{name}' must begin with a lowercase letter, contain only \
                 lowercase letters and digits, and be 1 to {most} characters long."
            ),
        ));
    }
    numbers(pool, &parameter, fresh)?;
    if windows && body::text(pool, "/mode") == Some("System") {
        return Err(invalid(&parameter("osType"), "A system agent pool must run Linux."));
    }
    if fresh {
        zones(cluster, pool)?;
    }
    let size = body::text(pool, "/vmSize").unwrap_or(sizes::DEFAULT);
    if sizes::Size::read(size).is_none() {
        return Err(Refusal::aks(
            400,
            "BadRequest",
            format!(
                "The VM size of {size} is not allowed in your subscription in location '{}'. (The \
                 embedded Azure does not know this size; Azure may.)",
                body::text(cluster, "/location").unwrap_or_default()
            ),
        )
        .subcode("VMSizeNotSupported"));
    }
    if fresh && !machines::is_single(pool) {
        ephemeral(pool)?;
    }
    taints(pool)?;
    words(pool, &parameter)?;
    local_dns(pool)?;
    if windows {
        linux_only(cluster, &parameter("osType"))?;
    }
    Ok(())
}

/// Refuses a system disk on the machine itself where that has no room for it, in the words of
/// github.com/Azure/AKS/issues/2694 and github.com/rancher/rancher/issues/33679.
fn ephemeral(pool: &Value) -> Result<(), Refusal> {
    let name = body::text(pool, "/vmSize").unwrap_or(sizes::DEFAULT);
    let Some(size) = sizes::Size::read(name) else { return Ok(()) };
    let (room, wanted) = (size.room(), body::number(pool, "/osDiskSizeGB").unwrap_or(128));
    if body::text(pool, "/osDiskType") != Some("Ephemeral") || wanted <= u64::from(room) {
        return Ok(());
    }
    if room == 0 {
        let text = format!("The Virtual Machine size {name} does not support Ephemeral OS disk.");
        return Err(Refusal::aks(400, "VMSizeDoesNotSupportEphemeralOS", text));
    }
    Err(Refusal::aks(
        400,
        "VMCacheSizeTooSmall",
        format!(
            "The virtual machine size {name} has a cache size of {} bytes, but the OS disk requires \
             {} bytes. Use a VM size with larger cache or disable ephemeral OS.",
            u64::from(room) << 30,
            wanted << 30
        ),
    ))
}

/// Refuses taints and labels that no node could have (kubernetes.io/docs: taints are
/// `key=value:effect`, label names and values have at most 63 characters).
fn words(pool: &Value, parameter: &impl Fn(&str) -> String) -> Result<(), Refusal> {
    let word = |text: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        text.len() <= 63
            && text.chars().all(inner)
            && ends(text.chars().next())
            && ends(text.chars().last())
    };
    let key = |text: &str| word(text.rsplit_once('/').map_or(text, |(_, name)| name));
    let value = |text: &str| text.is_empty() || word(text);
    let taint = |text: &str| {
        let (what, effect) = text.rsplit_once(':')?;
        let (name, content) = what.split_once('=').unwrap_or((what, ""));
        let known = ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect);
        (known && key(name) && value(content)).then_some(())
    };
    if let Some(odd) = body::texts(pool, "/nodeTaints").iter().find(|text| taint(text).is_none()) {
        let text = format!("'{odd}' is no taint of the form key=value:effect.");
        return Err(invalid(&parameter("nodeTaints"), &text));
    }
    let labels = pool.get("nodeLabels").and_then(Value::as_object).into_iter().flatten();
    let odd = |(name, content): &(&String, &Value)| {
        !key(name) || content.as_str().is_some_and(|text| !value(text))
    };
    labels.into_iter().find(odd).map_or(Ok(()), |(name, content)| {
        let text = format!("'{name}: {content}' is no label of a node.");
        Err(invalid(&parameter("nodeLabels"), &text))
    })
}

/// Refuses zones that a region does not have, in the words of github.com/jenkins-infra/azure#1458.
fn zones(cluster: &Value, pool: &Value) -> Result<(), Refusal> {
    let known = ["1", "2", "3"];
    let listed = body::texts(pool, "/availabilityZones");
    let Some(zone) = listed.iter().find(|zone| !known.contains(&**zone)) else { return Ok(()) };
    let name = body::text(pool, "/name").unwrap_or_default();
    let location = body::text(cluster, "/location").unwrap_or_default();
    Err(Refusal::aks(
        400,
        "AvailabilityZoneNotSupported",
        format!(
            "The zone(s) '{zone}' for resource '{name}' is not supported. The supported zones for \
             location '{location}' are '1,2,3'"
        ),
    ))
}

/// Refuses Windows where the network knows Linux alone (AKS documentation, Azure CNI powered by
/// Cilium, limitations; configure kubenet).
fn linux_only(cluster: &Value, parameter: &str) -> Result<(), Refusal> {
    let at = |field: &str| body::text(cluster, &format!("/properties/networkProfile/{field}"));
    let why = if at("networkPlugin") == Some("kubenet") {
        "Windows agent pools are not supported with network plugin kubenet."
    } else if at("networkDataplane") == Some("cilium") {
        "Windows agent pools are not supported with network dataplane cilium."
    } else {
        return Ok(());
    };
    Err(invalid(parameter, why))
}

fn numbers(pool: &Value, parameter: &impl Fn(&str) -> String, fresh: bool) -> Result<(), Refusal> {
    let system = body::text(pool, "/mode") == Some("System");
    if machines::is_bare(pool) {
        return Ok(());
    }
    let listed = i64::try_from(room::count(pool)).unwrap_or(i64::MAX);
    let count = pool.get("count").and_then(Value::as_i64).unwrap_or(listed);
    let least = i64::from(system);
    if !(least..=1_000).contains(&count) {
        return Err(invalid(
            &parameter("count"),
            &format!("Agent pool count {count} must be between {least} and 1000."),
        ));
    }
    let pods = body::number(pool, "/maxPods").unwrap_or(30);
    if !(10..=250).contains(&pods) {
        return Err(invalid(
            &parameter("maxPods"),
            &format!("maxPods {pods} must be between 10 and 250."),
        ));
    }
    if !body::flag(pool, "/enableAutoScaling") {
        return Ok(());
    }
    let (low, high) = (body::number(pool, "/minCount"), body::number(pool, "/maxCount"));
    match (low, high) {
        (Some(low), Some(high)) if low >= u64::from(system) && low <= high && high <= 1_000 => {
            let count = u64::try_from(count).unwrap_or_default();
            // A pool that stands is brought into the range by the autoscaler (recorded).
            if !fresh || (low..=high).contains(&count) {
                return Ok(());
            }
            Err(invalid(
                &parameter("count"),
                &format!(
                    "Agent pool count {count} must be within minCount {low} and maxCount {high}."
                ),
            ))
        }
        _ => Err(invalid(
            &parameter("minCount"),
            "minCount and maxCount are required when the autoscaler is enabled; minCount must not be \
             greater than maxCount, nor 0 in a system pool, and maxCount not greater than 1000.",
        )),
    }
}

/// A node's own DNS has a mode (recorded by `ext-aks_nodepool_add_with_localdns_null_mode`).
fn local_dns(pool: &Value) -> Result<(), Refusal> {
    let profile = pool.get("localDNSProfile").filter(|profile| profile.is_object());
    if profile.is_none_or(|profile| body::text(profile, "/mode").is_some()) {
        return Ok(());
    }
    Err(invalid(
        "localDNSProfile.mode",
        "value Unspecified is not allowed. Only Preferred, Required and Disabled are allowed.",
    ))
}

/// The recorded `SystemPoolHasRestrictedTaint`; taints of the beginning count too
/// (`ext-aks_create_cluster_with_taints`).
fn taints(pool: &Value) -> Result<(), Refusal> {
    let system = body::text(pool, "/mode") == Some("System");
    let mut taints = body::texts(pool, "/nodeTaints");
    taints.extend(body::texts(pool, "/nodeInitializationTaints"));
    let custom = taints.iter().any(|taint| {
        !taint.starts_with("CriticalAddonsOnly") && !taint.ends_with(":PreferNoSchedule")
    });
    if system && custom {
        return Err(Refusal::aks(
            400,
            "SystemPoolHasRestrictedTaint",
            "Placing custom taints on system pool is not supported(except 'CriticalAddonsOnly' \
             taint or taint effect is 'PreferNoSchedule'). Please refer to \
             https://aka.ms/aks/system-taints for detail",
        )
        .target("agentPoolProfile.nodeTaints"));
    }
    Ok(())
}

/// Refuses pools that cannot stand together.
pub(crate) fn all(pools: &[Value]) -> Result<(), Refusal> {
    for (at, pool) in pools.iter().enumerate() {
        let name = body::text(pool, "/name");
        if pools[..at].iter().any(|other| body::text(other, "/name") == name) {
            return Err(invalid(
                "agentPoolProfiles.name",
                &format!("Agent pool name '{}' is not unique.", name.unwrap_or_default()),
            ));
        }
    }
    let is =
        |mode: &str| pools.iter().filter(|pool| body::text(pool, "/mode") == Some(mode)).count();
    if is("ManagedSystem") > 1 {
        return Err(Refusal::aks(
            400,
            "InvalidParameter",
            "'ManagedSystem' pool is limited to one per cluster",
        ));
    }
    if is("System") + is("ManagedSystem") == 0 {
        return Err(Refusal::aks(
            400,
            "InvalidParameter",
            "There has to be at least one system agent pool.",
        )
        .target("agentPoolProfiles"));
    }
    let networks: Vec<String> = pools
        .iter()
        .filter_map(|pool| ResourceId::parse(body::text(pool, "/vnetSubnetID")?).ok()?.parent())
        .map(|network| network.as_str().to_ascii_lowercase())
        .collect();
    if networks.iter().any(|network| *network != networks[0])
        || (!networks.is_empty() && networks.len() != pools.len())
    {
        return Err(invalid(
            "agentPoolProfiles.vnetSubnetID",
            "All agent pools must be in subnets of the same virtual network.",
        ));
    }
    Ok(())
}

/// Refuses what a stopped cluster does not take, in the words of
/// github.com/MicrosoftDocs/azure-docs/issues/85161.
pub(crate) fn cluster_takes(cluster: &Value, what: &str) -> Result<(), Refusal> {
    if body::text(cluster, "/properties/powerState/code") != Some("Stopped") {
        return Ok(());
    }
    let state = body::text(cluster, "/properties/provisioningState").unwrap_or("Succeeded");
    Err(Refusal::aks(
        409,
        "OperationNotAllowed",
        format!(
            "managed cluster is in Provisioning State({state}) and Power State(Stopped), {what} \
             cannot be performed"
        ),
    ))
}

/// Refuses subnets of pools that AKS cannot use.
pub(crate) fn network(
    world: &World,
    cluster: &ResourceId,
    stored: &Value,
    pools: &[Value],
) -> Result<(), Refusal> {
    for pool in pools {
        for field in ["vnetSubnetID", "podSubnetID"] {
            if let Some(id) = body::text(pool, &format!("/{field}")) {
                subnet(world, cluster, stored, id, field)?;
            }
        }
        let network = stored.pointer("/properties/networkProfile").cloned().unwrap_or_default();
        if pool.get("podSubnetID").is_some()
            && PodAddressing::of(&network) != PodAddressing::NodeSubnet
        {
            return Err(invalid(
                "agentPoolProfile.podSubnetID",
                "podSubnetID is supported with network plugin azure without overlay only.",
            ));
        }
    }
    Ok(())
}

/// Refuses pools added through their cluster. Those that are left out stay
/// (github.com/pulumi/pulumi-azure-native/issues/579 and 1686).
pub(crate) fn same_pools(
    world: &World,
    cluster: &ResourceId,
    sent: &[Value],
) -> Result<(), Refusal> {
    const ADVICE: &str = "is not allowed through managed cluster operations. For agent pool \
                          specific change, please use per agent pool operations: \
                          https://aka.ms/agent-pool-rest-api";
    let standing = world.children(cluster.as_str(), "agentPools");
    let names: Vec<String> = standing
        .iter()
        .map(|pool| pool::flat(&pool.body())["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    let sent: Vec<&str> = sent.iter().filter_map(|pool| body::text(pool, "/name")).collect();
    if sent.iter().any(|name| !names.iter().any(|other| other == name)) {
        return Err(Refusal::aks(
            400,
            "BadRequest",
            format!("A new agent pool was introduced. Adding agent pools to an existing cluster {ADVICE}"),
        )
        .target("agentPoolProfiles"));
    }
    Ok(())
}

/// Refuses a subnet that is not there, is delegated elsewhere or may not be joined.
pub(crate) fn subnet(
    world: &World,
    cluster: &ResourceId,
    stored: &Value,
    id: &str,
    field: &str,
) -> Result<(), Refusal> {
    let Some(found) = world.body(id) else {
        return Err(Refusal::aks(
            400,
            "VnetSubnetNotFound",
            format!(
                "Subnet '{id}' of agent pool of managed cluster '{}' was not found.",
                cluster.name()
            ),
        )
        .target(format!("agentPoolProfile.{field}"))
        .subcode("GetSubnetError"));
    };
    if let Some(service) = body::text(&found, "/properties/delegations/0/properties/serviceName") {
        let own = service.eq_ignore_ascii_case("Microsoft.ContainerService/managedClusters");
        if field == "vnetSubnetID" || !own {
            return Err(Refusal::aks(
                400,
                "SubnetIsDelegated",
                format!(
                    "Subnet '{id}' is delegated to '{service}' and cannot be used by agent pools."
                ),
            )
            .target(format!("agentPoolProfile.{field}")));
        }
    }
    let parent = ResourceId::parse(id).ok().and_then(|id| id.parent());
    let network = parent.and_then(|parent| world.body(parent.as_str())).unwrap_or_default();
    let (there, here) = (body::text(&network, "/location"), body::text(stored, "/location"));
    if there != here {
        return Err(invalid(
            &format!("agentPoolProfile.{field}"),
            &format!(
                "The virtual network is in location '{}' and the cluster in '{}'.",
                there.unwrap_or_default(),
                here.unwrap_or_default()
            ),
        ));
    }
    for (_, principal) in assigned(stored) {
        if !role_assignment::may(world, &principal, JOIN, id) {
            let write = ("Microsoft.ContainerService/managedClusters/write", cluster.as_str());
            return Err(role_assignment::linked(&principal, write, (JOIN, id)));
        }
    }
    Ok(())
}

/// Joining a subnet.
const JOIN: &str = "Microsoft.Network/virtualNetworks/subnets/join/action";
