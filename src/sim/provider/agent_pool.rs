//! Agent pools: each a resource of its own, and shown inside its cluster.

use serde_json::{Value, json};

use crate::arm::id::ResourceId;

use super::super::body;
use super::super::clock::Millis;
use super::super::dispatch::Asked;
use super::super::error::Refusal;
use super::super::ops::{Operation, Verb, Verdict, blame, set_state};
use super::super::world::World;
use super::cluster::{
    self, Model, access, defaults, flavour, machines, nodes, pool_check, room, sizes, unmarshal,
    versions, view,
};
use super::{Answer, Provider, Put, catalog, identity};

/// The type's name.
pub(crate) const KIND: &str = "Microsoft.ContainerService/managedClusters/agentPools";

/// The image of a Linux node: the newest one recorded.
const IMAGE: &str = "AKSUbuntu-2204gen2containerd-202601.13.0";

/// Medians of the recordings since 2025: creation 170 s, update 65 s, deletion 33 s.
const CREATION: Millis = 170_000;
const UPDATE: Millis = 65_000;
const DELETION: Millis = 33_000;

/// `Microsoft.ContainerService/managedClusters/agentPools`.
pub(crate) struct AgentPool;

impl Provider for AgentPool {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let Some(entry) = world.get(id.as_str()) else { return Err(self.absent(world, id)) };
        Ok(Answer::ok(entry.body()))
    }

    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal> {
        let tag = put.existing.as_ref().and_then(|old| body::text(old, "/properties/eTag"));
        access::preconditions(put.asked, tag)?;
        let cluster = put.id.parent().unwrap_or_else(|| put.id.clone());
        cluster::not_busy(world, &cluster)?;
        let above = world.body(cluster.as_str()).unwrap_or_default();
        pool_check::cluster_takes(&above)?;
        unmarshal::pool(&put.body, &put.asked.api)?;
        let mut given = put.body.get("properties").cloned().unwrap_or_else(|| json!({}));
        body::set(&mut given, "/name", put.id.name());
        let old = put.existing.as_ref().map(flat);
        let mut pool = shape(world, &above, &given, old.as_ref())?;
        if !machines::is_bare(&pool) {
            body::fill(&mut pool, "/enableAutoScaling", false);
        }
        without_surge(&mut pool, &given, old.as_ref());
        let mut all: Vec<Value> = siblings(world, &cluster, put.id.name());
        match &old {
            Some(old) => pool_check::unchanged(old, &pool)?,
            None => join(&mut pool, &all),
        }
        pool_check::one(&above, &pool, true, old.is_none())?;
        all.push(pool.clone());
        pool_check::all(&all)?;
        pool_check::network(world, &cluster, &above, &all)?;
        let network = above.pointer("/properties/networkProfile").cloned().unwrap_or_default();
        room::check(world, cluster.as_str(), &network, &all)?;
        let location = body::text(&above, "/location").unwrap_or_default();
        sizes::quota(world, cluster.as_str(), location, &all)?;
        Ok(begin(world, put, &cluster, &pool, old.as_ref()))
    }

    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let stored = world.body(id.as_str()).unwrap_or_default();
        access::preconditions(asked, body::text(&stored, "/properties/eTag"))?;
        let cluster = id.parent().unwrap_or_else(|| id.clone());
        cluster::not_busy(world, &cluster)?;
        let rest = siblings(world, &cluster, id.name());
        if !rest.iter().any(|pool| body::text(pool, "/mode") == Some("System")) {
            return Err(Refusal::aks(
                400,
                "OperationNotAllowed",
                "There has to be at least one system agent pool.",
            ));
        }
        set_state(world, id.as_str(), "Deleting");
        let operation = cluster::course(world, id.as_str(), Verb::Delete, DELETION, Vec::new());
        Ok(Answer { operation: Some(operation), ..Answer::status(202) }.taking(510))
    }

    fn act(
        &self,
        world: &mut World,
        asked: &Asked,
        id: &ResourceId,
        verb: &str,
    ) -> Result<Answer, Refusal> {
        match verb {
            "abort" => access::cancel(world, id, "agent pool"),
            "upgradenodeimageversion" => {
                let cluster = id.parent().unwrap_or_else(|| id.clone());
                cluster::not_busy(world, &cluster)?;
                set_state(world, id.as_str(), "UpgradingNodeImageVersion");
                let lasts = UPDATE * 4;
                let operation =
                    cluster::course(world, id.as_str(), Verb::Update, lasts, Vec::new());
                let shown = world.body(id.as_str());
                let answer = Answer { body: shown, ..Answer::status(202) };
                Ok(Answer { operation: Some(operation), ..answer }.taking(1_000))
            }
            _ => Err(catalog::unknown_type(&format!("{KIND}/{verb}"), &asked.api)),
        }
    }

    fn as_of(&self, mut shown: Value, api: &str) -> Value {
        if let Some(pool) = shown.get_mut("properties") {
            view::of_pool(pool, api);
        }
        shown
    }

    fn absent(&self, world: &World, id: &ResourceId) -> Refusal {
        let cluster = id.parent().unwrap_or_else(|| id.clone());
        Refusal::aks(
            404,
            "NotFound",
            format!(
                "Could not find the agentpool: {} in subscription: {}, resourceGroup: {}, \
                 resourceName: {}.",
                id.name(),
                world.subscription,
                id.group_name().unwrap_or_default(),
                cluster.name()
            ),
        )
        .subcode("GetAgentPool_NotFound_HCPServerError")
        .detail("Unspecified", "rpc error: code = NotFound desc = AgentPool not found")
    }

    fn settle(&self, world: &mut World, operation: &Operation) {
        let cluster = cluster::cluster_of(&operation.target);
        match (&operation.verb, &operation.verdict) {
            (Verb::Delete, Verdict::Succeeded) => world.remove(&operation.target),
            (_, Verdict::Succeeded) => settled(world, &operation.target),
            (_, verdict @ Verdict::Failed { .. }) => {
                set_state(world, &operation.target, "Failed");
                blame(world, &operation.target, verdict);
            }
            (_, Verdict::Canceled) => set_state(world, &operation.target, "Canceled"),
        }
        nodes::reconcile(world, &cluster);
    }
}

/// A pool of single machines has no surge that was not asked for.
fn without_surge(pool: &mut Value, given: &Value, old: Option<&Value>) {
    const AT: &str = "/upgradeSettings/maxSurge";
    let said = given.pointer(AT).or_else(|| old?.pointer(AT)).is_some();
    if !said && machines::is_single(pool) {
        body::take(pool, AT);
    }
}

/// Lays a new pool that names no subnet in the one of the cluster's first system pool, as AKS does
/// and answers (github.com/hashicorp/terraform-provider-azurerm/issues/8662 and 8297,
/// github.com/Azure/terraform-azurerm-aks/issues/160).
fn join(pool: &mut Value, others: &[Value]) {
    let system = others.iter().find(|other| body::text(other, "/mode") == Some("System"));
    let beside = system.or(others.first());
    if let Some(subnet) = beside.and_then(|other| body::text(other, "/vnetSubnetID")) {
        body::fill(pool, "/vnetSubnetID", subnet);
    }
}

fn begin(
    world: &mut World,
    put: &Put<'_>,
    cluster: &ResourceId,
    pool: &Value,
    old: Option<&Value>,
) -> Answer {
    let count = room::count;
    let version = |pool: &Value| body::text(pool, "/currentOrchestratorVersion").map(str::to_owned);
    let (state, verb, lasts, phases) = match old {
        None => {
            let phases = counted("CreatingAgentPool", 20_000, CREATION, count(pool));
            ("Creating", Verb::Create, CREATION, phases)
        }
        Some(old) if version(old) != version(pool) => {
            ("Upgrading", Verb::Update, UPDATE + 120_000 * count(pool), Vec::new())
        }
        Some(old) if count(old) != count(pool) => ("Scaling", Verb::Update, UPDATE, Vec::new()),
        Some(_) => ("Updating", Verb::Update, UPDATE, Vec::new()),
    };
    store(world, cluster, pool, state);
    let operation = cluster::course(world, put.id.as_str(), verb, lasts, phases);
    let shown = world.body(put.id.as_str()).unwrap_or_default();
    let latency = if old.is_none() { 5_780 } else { 5_350 };
    let answer = Answer { body: Some(shown), ..Answer::status(put.status()) };
    Answer { operation: Some(operation), ..answer }.taking(latency)
}

/// The phases that count nodes: `CreatingAgentPools: 1/2 nodes completed`.
pub(crate) fn counted(word: &str, from: Millis, to: Millis, nodes: u64) -> Vec<(Millis, String)> {
    let step = (to - from) / (nodes.min(20) + 1);
    let mut phases = vec![(from, word.to_owned())];
    for at in 0..nodes.min(20) {
        let done = (at + 1) * nodes / nodes.clamp(1, 20);
        phases.push((from + step * (at + 1), format!("{word}: {done}/{nodes} nodes completed")));
    }
    phases
}

/// A pool's properties with its name among them, as a cluster shows them.
pub(crate) fn flat(stored: &Value) -> Value {
    let mut pool = stored.get("properties").cloned().unwrap_or_default();
    body::set(&mut pool, "/name", stored["name"].clone());
    pool
}

fn siblings(world: &World, cluster: &ResourceId, name: &str) -> Vec<Value> {
    let all = world.children(cluster.as_str(), "agentPools");
    let others = all.iter().filter(|pool| {
        !pool.id.rsplit('/').next().is_some_and(|other| other.eq_ignore_ascii_case(name))
    });
    others.map(|pool| flat(&pool.body())).collect()
}

/// Stores a pool with a state.
pub(crate) fn store(world: &mut World, cluster: &ResourceId, pool: &Value, state: &str) {
    let mut properties = pool.clone();
    let name = properties["name"].take();
    let name = name.as_str().unwrap_or_default();
    if let Some(fields) = properties.as_object_mut() {
        fields.remove("name");
    }
    properties["provisioningState"] = json!(state);
    properties["eTag"] = json!(world.guid());
    let id = cluster.child("agentPools", name);
    let bare = machines::is_bare(&properties);
    let mut stored = json!({
        "id": identity::lower_group(id.as_str()), "name": name, "type": KIND,
        "properties": properties,
    });
    if bare {
        body::take(&mut stored, "/type");
    }
    world.put(id.as_str(), KIND, &stored);
}

/// Ends a pool's change: state and a new tag.
pub(crate) fn settled(world: &mut World, pool: &str) {
    let tag = world.guid();
    world.edit(pool, |stored| {
        autoscale(&mut stored["properties"]);
        body::set(stored, "/properties/provisioningState", "Succeeded");
        body::set(stored, "/properties/eTag", tag);
    });
}

/// The autoscaler brings the count into its range.
fn autoscale(pool: &mut Value) {
    if !body::flag(pool, "/enableAutoScaling") {
        return;
    }
    let count = room::count(pool);
    let least = body::number(pool, "/minCount").unwrap_or(count);
    let most = body::number(pool, "/maxCount").unwrap_or(count).max(least);
    body::set(pool, "/count", count.clamp(least, most));
}

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
    defaults::lay(&mut pool, &given);
    if machines::is_bare(&pool) {
        return Ok(machines::bare(&pool));
    }
    version(cluster, &given, old, &mut pool)?;
    machines::migrate(&mut pool, old);
    flavour::automatic_pool(cluster, &mut pool);
    machine(&mut pool);
    let network = cluster.pointer("/properties/networkProfile").cloned().unwrap_or_default();
    let pods = match Model::of(&network) {
        Model::Kubenet => 110,
        Model::NodeSubnet if pool.get("podSubnetID").is_some() => 110,
        Model::NodeSubnet => 30,
        Model::Overlay | Model::None => 250,
    };
    if body::number(&pool, "/maxPods") == Some(0) {
        body::take(&mut pool, "/maxPods");
    }
    fill(&mut pool, pods);
    if given.get("upgradeSettings").is_some() && !is_in_a_set(&pool) {
        body::fill(&mut pool, "/upgradeStrategy", "Rolling");
    }
    prune(&mut pool, world);
    Ok(pool)
}

fn version(
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
                "" => control,
                asked if asked == alias => control,
                asked => versions::check(asked, "AgentPoolK8sVersionNotSupported")?,
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
                    control
                } else {
                    versions::check(asked, "AgentPoolK8sVersionNotSupported")?
                };
                versions::step(stands, runs)?;
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
    let (kind, gib) = size.as_ref().map_or(("Managed", 128), sizes::Size::disk);
    body::fill(pool, "/osDiskType", kind);
    let managed = body::text(pool, "/osDiskType") == Some("Managed");
    let gib = if managed { size.map_or(128, |size| size.managed()) } else { gib };
    if body::number(pool, "/osDiskSizeGB") == Some(0) {
        body::take(pool, "/osDiskSizeGB");
    }
    body::fill(pool, "/osDiskSizeGB", gib);
}

fn fill(pool: &mut Value, pods: u64) {
    body::fill(pool, "/osType", "Linux");
    let windows = body::text(pool, "/osType") == Some("Windows");
    let sku = if windows { "Windows2022" } else { "Ubuntu" };
    let azure = body::text(pool, "/osSKU") == Some("AzureLinux");
    let image = match (windows, azure) {
        (true, _) => "AKSWindows-2022-containerd-20348.4529.260113",
        (false, true) => "AKSAzureLinux-V3gen2-202508.06.0",
        (false, false) => IMAGE,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_count_to_the_last_node() {
        let phases = counted("CreatingAgentPools", 0, 90, 2);
        let words: Vec<&str> = phases.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(
            words,
            [
                "CreatingAgentPools",
                "CreatingAgentPools: 1/2 nodes completed",
                "CreatingAgentPools: 2/2 nodes completed"
            ]
        );
    }
}
