//! Agent pools: each a resource of its own, and shown inside its cluster.

use serde_json::{Value, json};

use super::cluster::effects;
use crate::arm::id::ResourceId;

use super::super::asked::Asked;
use super::super::body;
use super::super::clock::Millis;
use super::super::error::Refusal;
use super::super::operation::{Operation, Verb};
use super::super::ops::set_state;
use super::super::world::World;
use super::cluster::pool::{KIND, counted, flat, store};
use super::cluster::shape::shape;
use super::cluster::{
    self, access, bounds, exclude, machines, pool_check, room, sizes, unmarshal, view, ways,
};
use super::{Answer, Provider, Put, catalog};

/// Medians of the recordings since 2025: creation 170 s, update 65 s, deletion 33 s.
const CREATION: Millis = 170_000;
const UPDATE: Millis = 65_000;
const DELETION: Millis = 33_000;
/// Stopping and starting a pool: 95 s, the middle of the recorded ones.
const POWER: Millis = 95_000;

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
        cluster::pool_not_busy(world, put.id)?;
        let above = world.body(cluster.as_str()).unwrap_or_default();
        pool_check::cluster_takes(&above, "updating")?;
        exclude::bounds(put.body.get("properties").unwrap_or(&Value::Null), "agentPoolProfile")?;
        unmarshal::pool(&put.body, &put.asked.api)?;
        let mut given = put.body.get("properties").cloned().unwrap_or_else(|| json!({}));
        body::set(&mut given, "/name", put.id.name());
        let old = put.existing.as_ref().map(flat);
        bounds::pool(&given, old.as_ref(), "agentPoolProfile")?;
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
        ways::ports(world, &above, &all)?;
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
        cluster::pool_not_busy(world, id)?;
        let above = world.body(cluster.as_str()).unwrap_or_default();
        pool_check::cluster_takes(&above, "deleting")?;
        let rest = siblings(world, &cluster, id.name());
        let is_system =
            |pool: &Value| matches!(body::text(pool, "/mode"), Some("System" | "ManagedSystem"));
        if !rest.iter().any(is_system) {
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
                cluster::pool_not_busy(world, id)?;
                let above = id.parent().and_then(|above| world.body(above.as_str()));
                pool_check::cluster_takes(&above.unwrap_or_default(), "upgrading")?;
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
        effects::settle_pool(world, operation);
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

fn power(pool: &Value) -> Option<&str> {
    body::text(pool, "/powerState/code")
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
        Some(old) if power(old) != power(pool) => {
            let state = if power(pool) == Some("Stopped") { "Stopping" } else { "Starting" };
            (state, Verb::Update, POWER, Vec::new())
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

fn siblings(world: &World, cluster: &ResourceId, name: &str) -> Vec<Value> {
    let all = world.children(cluster.as_str(), "agentPools");
    let others = all.iter().filter(|pool| {
        !pool.id.rsplit('/').next().is_some_and(|other| other.eq_ignore_ascii_case(name))
    });
    others.map(|pool| flat(&pool.body())).collect()
}
