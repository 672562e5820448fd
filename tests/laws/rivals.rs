//! Another hand at any moment: nothing of his is lost, and the run ends as planned or says what
//! changed.

use std::sync::atomic::{AtomicUsize, Ordering};

use akstool::apply::Stop;
use akstool::arm::id::ResourceId;
use akstool::event::{Event, Outcome};
use akstool::observe::ground;
use akstool::plan::{Plan, Target, migrate};
use akstool::profile::schema::{Autoscale, Profile};
use akstool::sim::{self, Sim, fault::Script};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::support::{World, config, environment, in_virtual_time, profile};

const THEIRS: &str = "theirs";

/// What another hand does to something of ours.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hand {
    /// Tags the network.
    Tag,
    /// Adds a range to the network.
    Range,
    /// Places a subnet in the network.
    Subnet,
    /// Adds a route to the table.
    Route,
    /// Attaches a service endpoint to the nodes' subnet.
    Attach,
    /// Plays the autoscaler: a pool grows to seven.
    Count,
    /// Adds a pool.
    Pool,
    /// Gives the table to another environment.
    Owner,
    /// Tags the cluster.
    ClusterTag,
}

const HANDS: [Hand; 9] = [
    Hand::Tag,
    Hand::Range,
    Hand::Subnet,
    Hand::Route,
    Hand::Attach,
    Hand::Count,
    Hand::Pool,
    Hand::Owner,
    Hand::ClusterTag,
];

fn network(name: &str) -> ResourceId {
    let group = ResourceId::resource_group(sim::SUBSCRIPTION, "demo");
    group.resource("Microsoft.Network/virtualNetworks", name)
}

fn in_group(kind: &str, name: &str) -> ResourceId {
    ResourceId::resource_group(sim::SUBSCRIPTION, "demo").resource(kind, name)
}

fn table() -> ResourceId {
    in_group("Microsoft.Network/routeTables", "demo-routes")
}

fn cluster() -> ResourceId {
    in_group("Microsoft.ContainerService/managedClusters", "demo")
}

pub(crate) fn found(sim: &Sim, id: &ResourceId) -> Option<Value> {
    let all = sim.resources().expect("the world can be read");
    all.into_iter()
        .find(|body| body["id"].as_str().is_some_and(|text| id.as_str().eq_ignore_ascii_case(text)))
}

impl Hand {
    /// Returns what he writes: made of what stands there, as a careful neighbour does.
    fn write(self, sim: &Sim) -> Option<(ResourceId, &'static str, Value)> {
        let nodes = network("demo-vnet").child("subnets", "nodes");
        let pool = |name: &str| cluster().child("agentPools", name);
        let (id, api) = match self {
            Self::Tag | Self::Range => (network("demo-vnet"), "2025-07-01"),
            Self::Subnet => (network("demo-vnet").child("subnets", THEIRS), "2025-07-01"),
            Self::Route => (table().child("routes", THEIRS), "2025-07-01"),
            Self::Attach => (nodes.clone(), "2025-07-01"),
            Self::Count => (pool("apps"), "2025-10-01"),
            Self::Pool => (pool(THEIRS), "2025-10-01"),
            Self::Owner => (table(), "2025-07-01"),
            Self::ClusterTag => (cluster(), "2025-10-01"),
        };
        let stands = found(sim, &id);
        let body = match self {
            Self::Subnet => json!({ "properties": { "addressPrefix": "10.10.200.0/24" } }),
            Self::Route => json!({ "properties": { "addressPrefix": "192.168.7.0/24",
                "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.10.1.200" } }),
            Self::Pool => json!({ "properties": { "count": 3, "vmSize": "Standard_D2s_v5",
                "mode": "User", "vnetSubnetID": nodes } }),
            _ => self.edit(stands?),
        };
        Some((id, api, body))
    }

    fn edit(self, mut body: Value) -> Value {
        match self {
            Self::Tag | Self::ClusterTag => body["tags"][THEIRS] = json!("yes"),
            Self::Range => {
                let ranges = body["properties"]["addressSpace"]["addressPrefixes"].as_array_mut();
                ranges.expect("ranges").push(json!("10.88.0.0/16"));
            }
            Self::Attach => {
                body["properties"]["serviceEndpoints"] = json!([{ "service": "Microsoft.Sql" }]);
            }
            Self::Count => body["properties"]["count"] = json!(7),
            Self::Owner => body["tags"]["akstool-environment"] = json!("someone-else"),
            Self::Subnet | Self::Route | Self::Pool => {}
        }
        body
    }

    /// Does it; a world in which it cannot be done now refuses.
    fn act(self, sim: &Sim) -> bool {
        let Some((id, api, body)) = self.write(sim) else { return false };
        sim.put(&id, api, body).is_ok()
    }

    /// Tells whether what he did stands.
    fn stands(self, sim: &Sim) -> bool {
        let network_body = || found(sim, &network("demo-vnet")).unwrap_or_default();
        match self {
            Self::Tag => network_body()["tags"][THEIRS] == "yes",
            Self::ClusterTag => {
                found(sim, &cluster()).is_some_and(|body| body["tags"][THEIRS] == "yes")
            }
            Self::Range => {
                let ranges = &network_body()["properties"]["addressSpace"]["addressPrefixes"];
                ranges.as_array().is_some_and(|all| all.contains(&json!("10.88.0.0/16")))
            }
            Self::Attach => {
                let nodes = found(sim, &network("demo-vnet").child("subnets", "nodes"));
                nodes.is_some_and(|body| {
                    body["properties"]["serviceEndpoints"][0]["service"] == "Microsoft.Sql"
                })
            }
            Self::Count => {
                let pool = found(sim, &cluster().child("agentPools", "apps"));
                pool.is_some_and(|body| body["properties"]["count"] == 7)
            }
            Self::Owner => found(sim, &table())
                .is_some_and(|body| body["tags"]["akstool-environment"] == "someone-else"),
            Self::Route => {
                let routes = found(sim, &table()).unwrap_or_default();
                let routes = routes["properties"]["routes"].as_array().cloned();
                routes.unwrap_or_default().iter().any(|route| route["name"] == THEIRS)
            }
            Self::Subnet => found(sim, &network("demo-vnet").child("subnets", THEIRS)).is_some(),
            Self::Pool => found(sim, &cluster().child("agentPools", THEIRS)).is_some(),
        }
    }

    /// Tells whether he has taken or filled something that `down` must then leave.
    fn keeps(self) -> bool {
        matches!(self, Self::Subnet | Self::Route | Self::Owner)
    }
}

/// What our run is about.
#[derive(Clone, Copy, Debug)]
enum Run {
    Change,
    Migrate,
    Down,
}

/// Kubenet with an autoscaled pool beside the system pool.
fn scaled() -> Profile {
    let mut profile = profile("kubenet");
    let mut apps = profile.pools[0].clone();
    "apps".clone_into(&mut apps.name);
    apps.mode = None;
    apps.count = Some(1);
    apps.autoscale = Some(Autoscale { min: 1, max: 9 });
    profile.pools.push(apps);
    profile
}

async fn planned(world: &World, run: Run) -> Plan {
    match run {
        Run::Change => {
            let mut profile = scaled();
            profile.metadata.tags.insert("cost-center".to_owned(), Some("42".to_owned()));
            world.plan(&profile).await
        }
        Run::Migrate => {
            let environment = environment(&scaled());
            let ground = ground(&world.arm, &environment, None).await.expect("it is read");
            migrate(&environment, &ground, Target::Overlay).expect("there is a cluster")
        }
        Run::Down => world.plan_down(&scaled()).await,
    }
}

/// Runs, with another hand at the n-th event; tells how it ended and whether he could act.
pub(crate) async fn with_hand(
    world: &World,
    plan: &Plan,
    act: impl Fn(&Sim) -> bool + Send + Sync + 'static,
    at: usize,
) -> (Outcome, bool, usize) {
    let (_go, stop) = watch::channel(Stop::Go);
    let acted = std::sync::Arc::new(AtomicUsize::new(0));
    let heard = AtomicUsize::new(0);
    let (sim, note) = (world.sim.clone(), acted.clone());
    if at == 0 && act(&sim) {
        acted.store(1, Ordering::SeqCst);
    }
    let witness = move |_: &Event| {
        if heard.fetch_add(1, Ordering::SeqCst) + 1 == at && act(&sim) {
            note.store(1, Ordering::SeqCst);
        }
    };
    let (outcome, events) = world.apply_until(plan, stop, witness).await;
    (outcome, acted.load(Ordering::SeqCst) == 1, events.len())
}

fn check(run: Run, hand: Hand, at: usize) -> Result<(), TestCaseError> {
    in_virtual_time(async {
        let world = World::new(Script::default());
        world.up(&scaled()).await;
        let plan = planned(&world, run).await;
        prop_assert_eq!(&plan.refusals, &[]);
        let (outcome, acted, _) = with_hand(&world, &plan, move |sim| hand.act(sim), at).await;
        prop_assert!(acted || at > 0, "{hand:?} can do nothing");
        if at == 0 && matches!(run, Run::Down) && hand.keeps() {
            let left = outcome.failed.iter().find(|one| one.code == "ChangedMeanwhile");
            let name = if hand == Hand::Owner { "someone-else" } else { THEIRS };
            prop_assert!(
                left.is_some_and(|one| one.message.contains(name)),
                "{:?}",
                outcome.failed
            );
        }
        let gone = matches!(run, Run::Down) && !hand.keeps();
        prop_assert!(
            !acted || gone || hand.stands(&world.sim),
            "{hand:?} at {at} of {run:?} is lost: {:?} {:?}",
            outcome.result,
            outcome.failed
        );
        if !matches!(run, Run::Down) || outcome.failed.is_empty() {
            let codes: Vec<&str> = outcome.failed.iter().map(|one| one.code.as_str()).collect();
            let known =
                codes.iter().all(|code| ["ChangedMeanwhile", "NotAsWritten"].contains(code));
            prop_assert!(known, "{hand:?} at {at} of {run:?}: {:?}", outcome.failed);
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(config("AKSTOOL_WORLDS", 2_026, 48))]

    #[test]
    fn nothing_of_another_hand_is_lost_at_any_moment(
        run in prop::sample::select(vec![Run::Change, Run::Migrate, Run::Down]),
        hand in prop::sample::select(HANDS.to_vec()),
        at in 0_usize..24,
    ) {
        check(run, hand, at)?;
    }
}

#[test]
fn before_the_first_write_every_hand_is_seen_by_every_run() {
    for run in [Run::Change, Run::Migrate, Run::Down] {
        for hand in HANDS {
            check(run, hand, 0).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn what_lags_by_twenty_seconds_fails_no_run() {
    in_virtual_time(async {
        let script = json!({ "lag": { "reads": 20 } }).to_string();
        let script = Script::parse(&script).expect("a script");
        let world = World::new(script);
        let outcome = world.up(&profile("azure-overlay")).await;
        assert_eq!(outcome.failed, []);
    });
}
