//! A world and a hand that works on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use akstool::apply::{Listener, Stop, apply};
use akstool::arm::client::{Arm, Setup};
use akstool::arm::clock::Clock;
use akstool::arm::cloud::Cloud;
use akstool::arm::credential::SimCredential;
use akstool::arm::id::ResourceId;
use akstool::arm::redact::Secrets;
use akstool::arm::trace;
use akstool::compose::{Setting, compose};
use akstool::event::{Event, Outcome};
use akstool::graph::Graph;
use akstool::kind::Resource;
use akstool::observe::{inventory, observe, observe_more};
use akstool::plan::ownership::attached;
use akstool::plan::{Allowance, Environment, Plan, plan, pool_names, take_shared, teardown};
use akstool::profile::schema::Profile;
use akstool::profile::{Overrides, builtin, load};
use akstool::sim::transport::SimTransport;
use akstool::sim::{self, Sim, Speed};
use azure_core::http::HttpClient;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};
use serde_json::{Value, json};
use tokio::sync::watch;

/// How many worlds a law draws, and of which seed: as many as the variable `count` asks for, others at
/// each run unless `PROPTEST_RNG_SEED` says which; without it few and always the same, so that a
/// change is judged by what it changes. `seed` is chosen: any number does.
#[expect(clippy::disallowed_methods, reason = "how many are drawn is asked for from outside")]
pub(crate) fn config(count: &str, seed: u64, few: u32) -> Config {
    let asked: Option<u32> = std::env::var(count).ok().and_then(|text| text.parse().ok());
    let usual = Config::default();
    Config {
        rng_seed: if asked.is_some() { usual.rng_seed } else { RngSeed::Fixed(seed) },
        cases: asked.unwrap_or(few),
        failure_persistence: Some(Box::new(FileFailurePersistence::SourceParallel("regressions"))),
        max_shrink_iters: 40,
        ..usual
    }
}

/// A simulated subscription and a client of it.
pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) arm: Arm,
}

/// Runs a whole scenario on a paused clock: what sleeps costs nothing.
pub(crate) fn in_virtual_time<T>(scenario: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("the scenario holds")
        .block_on(scenario)
}

/// What a client of the embedded Azure is made of.
pub(crate) fn setup(transport: Arc<dyn HttpClient>) -> Setup {
    let cloud = Cloud::sim();
    Setup {
        endpoint: cloud.endpoint().clone(),
        scope: cloud.scope(),
        credential: SimCredential::shared(),
        transport,
        clock: Clock::real(),
        trace: None,
        secrets: Secrets::default(),
        notices: None,
    }
}

impl World {
    /// A fresh world, with trouble or without.
    pub(crate) fn new(faults: sim::fault::Script) -> Self {
        let options = sim::Options { speed: Speed::Max, faults, ..sim::Options::default() };
        let sim = Sim::open(options).expect("the scenario holds");
        let arm = Self::client(&sim, None);
        Self { sim, arm }
    }

    /// The same world seen by a client that writes every exchange into a file, anew.
    pub(crate) fn traced(self, file: &Path) -> Self {
        drop(std::fs::remove_file(file));
        let trace = trace::Writer::append(file).expect("the folder of the test is writable");
        Self { arm: Self::client(&self.sim, Some(trace)), ..self }
    }

    /// Another client of the same world, as a second run would be.
    pub(crate) fn client(sim: &Sim, trace: Option<trace::Writer>) -> Arm {
        let transport = Arc::new(SimTransport::new(sim.clone()));
        Arm::new(Setup { trace, ..setup(transport) }).expect("the scenario holds")
    }

    /// What another hand made before, so that profiles which name it find it.
    pub(crate) fn with_foreign(self, profile: &Profile) -> Self {
        for (id, api, body) in foreign(profile) {
            let id = ResourceId::parse(&id).expect("the scenario holds");
            // Two profiles may name the same.
            if self.ids().iter().any(|known| id.as_str().eq_ignore_ascii_case(known)) {
                continue;
            }
            self.sim.put(&id, api, body).unwrap_or_else(|error| panic!("{id}: {error}"));
        }
        self
    }

    pub(crate) async fn plan(&self, profile: &Profile) -> Plan {
        self.plan_allowing(profile, &Allowance::default()).await
    }

    /// The plan of a profile for which more than the usual is allowed.
    pub(crate) async fn plan_allowing(&self, profile: &Profile, allowance: &Allowance) -> Plan {
        self.plan_with(profile, &graph(profile), allowance).await
    }

    /// The plan of a profile as the command makes it: what shows to be needed is asked for too.
    async fn plan_with(
        &self,
        profile: &Profile,
        graph: &Graph<Resource>,
        allowance: &Allowance,
    ) -> Plan {
        let environment = environment(profile);
        let observed = observe(&self.arm, &environment, graph, allowance.prune).await;
        let mut observed = observed.expect("the scenario holds");
        let names = pool_names(&environment, graph, &mut observed);
        let profile = &profile.clone().with_pools_named(&names);
        let attached = attached(graph, &observed.resources);
        let graph = composed(profile, attached);
        observe_more(&self.arm, &graph, &mut observed).await.expect("the scenario holds");
        plan(&environment, &graph, &observed, allowance)
    }

    pub(crate) async fn apply(&self, plan: &Plan) -> (Outcome, Vec<Event>) {
        let (_go, stop) = watch::channel(Stop::Go);
        self.apply_until(plan, stop, |_| {}).await
    }

    /// Applies and lets a witness hear every event first, for those who pull the plug.
    pub(crate) async fn apply_until(
        &self,
        plan: &Plan,
        stop: watch::Receiver<Stop>,
        witness: impl Fn(&Event) + Send + Sync + 'static,
    ) -> (Outcome, Vec<Event>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&heard);
        let listener: Listener = Arc::new(move |event: Event| {
            witness(&event);
            sink.lock().expect("the scenario holds").push(event);
        });
        let outcome = apply(plan, None, &self.arm, &listener, stop, 10).await;
        let events = heard.lock().expect("the scenario holds").clone();
        (outcome, events)
    }

    /// `up` as the command does it.
    pub(crate) async fn up(&self, profile: &Profile) -> Outcome {
        let plan = async || {
            let plan = self.plan(profile).await;
            assert_eq!(plan.refusals, [], "nothing is refused");
            plan
        };
        self.until_nothing_waits(plan).await
    }

    pub(crate) async fn down(&self, profile: &Profile) -> Outcome {
        self.until_nothing_waits(async || self.plan_down(profile).await).await
    }

    /// `down` of several environments in one run.
    pub(crate) async fn down_together(&self, profiles: [&Profile; 2]) {
        let [one, two] = profiles.map(|profile| self.plan_down(profile));
        let mut plans = [one.await, two.await];
        take_shared(&mut plans);
        let [one, two] = plans.each_ref().map(|plan| self.apply(plan));
        tokio::join!(one, two);
    }

    /// Plans and applies until nothing is left to wait for.
    async fn until_nothing_waits(&self, plan: impl AsyncFn() -> Plan) -> Outcome {
        let mut last = None;
        for _ in 0..5 {
            let plan = plan().await;
            let waited = plan.waits();
            let (outcome, _) = self.apply(&plan).await;
            let failed = !outcome.failed.is_empty();
            last = Some(outcome);
            if failed || !waited {
                break;
            }
        }
        last.expect("the scenario holds")
    }

    /// The plan of `down NAME`: nobody has the profile at hand.
    pub(crate) async fn plan_down(&self, profile: &Profile) -> Plan {
        let environment = environment(profile);
        let found = inventory(&self.arm, &environment, None).await.expect("the scenario holds");
        teardown(&environment, &found)
    }

    /// Everything that stands, less what every write changes anew.
    pub(crate) fn store(&self) -> Vec<Value> {
        let mut resources = self.sim.resources().expect("the scenario holds");
        resources.iter_mut().for_each(forget_marks);
        resources
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let ids = self.sim.resources().expect("the scenario holds");
        ids.iter().map(|body| body["id"].as_str().expect("the scenario holds").to_owned()).collect()
    }
}

/// Drops etags, GUIDs and addresses, which differ between two equal worlds.
fn forget_marks(value: &mut Value) {
    const MARKS: [&str; 16] = [
        "etag",
        "eTag",
        "resourceGuid",
        "resourceUID",
        "principalId",
        "clientId",
        "objectId",
        "createdOn",
        "updatedOn",
        "createdBy",
        "updatedBy",
        "fqdn",
        "azurePortalFQDN",
        "ipAddress",
        "issuerURL",
        "systemData",
    ];
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !MARKS.contains(&name.as_str()));
            members.values_mut().for_each(forget_marks);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_marks),
        _ => {}
    }
}

pub(crate) fn graph(profile: &Profile) -> Graph<Resource> {
    composed(profile, BTreeMap::new())
}

fn composed(profile: &Profile, attached: BTreeMap<ResourceId, Vec<ResourceId>>) -> Graph<Resource> {
    let subscription = sim::SUBSCRIPTION.to_owned();
    compose(profile, &Setting { subscription, attached, ..Setting::default() })
}

/// The environment of a profile.
pub(crate) fn environment(profile: &Profile) -> Environment {
    let metadata = &profile.metadata;
    Environment::new(sim::SUBSCRIPTION, metadata.resource_group_or_default(), &metadata.name)
}

pub(crate) fn profile(name: &str) -> Profile {
    let text = builtin::find(name).expect("a built-in profile").text;
    load(text.as_bytes(), name, &Overrides::default()).expect("built-in profiles hold").profile
}

/// Returns what a profile names as existing, as its owner would have made it.
fn foreign(profile: &Profile) -> Vec<(String, &'static str, Value)> {
    let mut made = Vec::new();
    let graph = graph(profile);
    let mut groups = std::collections::BTreeSet::new();
    let existing: Vec<&Resource> = graph
        .iter()
        .map(|(_, resource)| resource)
        .filter(|resource| resource.ownership == akstool::kind::Ownership::Existing)
        .collect();
    for resource in &existing {
        let group = resource.id.group().expect("the scenario holds");
        if groups.insert(group.clone()) {
            made.push((group.to_string(), "2025-04-01", json!({ "location": "westeurope" })));
        }
    }
    let tables: Vec<&&Resource> =
        existing.iter().filter(|r| r.kind.ends_with("routeTables")).collect();
    for table in &tables {
        made.push((table.id.to_string(), "2025-07-01", json!({ "location": "westeurope" })));
    }
    let mut others: Vec<&&Resource> =
        existing.iter().filter(|r| !r.kind.ends_with("routeTables")).collect();
    others.sort_by_key(|resource| resource.id.as_str().len());
    for (at, resource) in others.iter().enumerate() {
        let body = if resource.kind.ends_with("virtualNetworks") {
            let holds = others.iter().any(|other| other.id.is_under(&resource.id));
            let space = if holds { "10.60.0.0/16" } else { "10.80.0.0/16" };
            json!({ "location": "westeurope", "tags": { "team": "network" },
                    "properties": { "addressSpace": { "addressPrefixes": [space] } } })
        } else if resource.kind.ends_with("/subnets") {
            let mut properties = json!({ "addressPrefix": format!("10.60.{at}.0/24"),
                "serviceEndpoints": [{ "service": "Microsoft.Storage" }] });
            if let Some(table) = tables.first() {
                properties["routeTable"] = json!({ "id": table.id });
            }
            json!({ "properties": properties })
        } else {
            json!({ "location": "westeurope" })
        };
        let is_identity = resource.kind.ends_with("/userAssignedIdentities");
        let version = if is_identity { "2024-11-30" } else { "2025-07-01" };
        made.push((resource.id.to_string(), version, body));
    }
    made
}
