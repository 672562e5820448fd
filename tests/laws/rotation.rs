//! Pools that take over from others: at no moment without a system pool, and taken up wherever the
//! run before died.

use std::sync::atomic::{AtomicUsize, Ordering};

use akstool::apply::Stop;
use akstool::arm::id::ResourceId;
use akstool::event::{Ending, Event, Outcome};
use akstool::plan::{Action, Allowance, Plan, Refused};
use akstool::profile::schema::{Autoscale, Pool, Profile};
use akstool::sim::{self, Sim, fault::Script};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::support::{World, in_virtual_time, profile};

const LARGER: &str = "Standard_D4s_v5";

/// A system pool and one that the autoscaler owns.
fn before() -> Profile {
    let mut profile = profile("kubenet");
    let user: Pool = serde_json::from_value(json!({
        "name": "user", "vmSize": "Standard_D2s_v5", "autoscale": { "min": 1, "max": 5 },
    }))
    .expect("a pool");
    profile.pools.push(user);
    profile
}

/// The same with larger machines everywhere.
fn after() -> Profile {
    let mut profile = before();
    for pool in &mut profile.pools {
        LARGER.clone_into(&mut pool.vm_size);
    }
    profile
}

fn allowed() -> Allowance {
    let named = ["demo/system", "demo/user"].map(str::to_owned);
    Allowance { replace: named.into(), ..Allowance::default() }
}

fn pool(name: &str) -> ResourceId {
    let group = ResourceId::resource_group(sim::SUBSCRIPTION, "demo");
    let cluster = group.resource("Microsoft.ContainerService/managedClusters", "demo");
    cluster.child("agentPools", name)
}

fn pools(sim: &Sim) -> Vec<Value> {
    let all = sim.resources().expect("the world can be read").into_iter();
    all.filter(|one| one["id"].as_str().is_some_and(|id| id.contains("/agentPools/"))).collect()
}

/// Returns names, sizes and counts of all pools.
fn shape(sim: &Sim) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let read = |one: Value| {
        let properties = &one["properties"];
        let count = properties["count"].as_u64().unwrap_or_default();
        (text(&one["name"]), text(&properties["vmSize"]), count)
    };
    let mut all: Vec<_> = pools(sim).into_iter().map(read).collect();
    all.sort();
    all
}

/// Tells whether a system pool stands whose nodes are there: neither on its way in nor out.
fn has_a_system_pool(sim: &Sim) -> bool {
    pools(sim).iter().any(|one| {
        let properties = &one["properties"];
        let is_there = !["Creating", "Deleting", "Failed"]
            .iter()
            .any(|s| properties["provisioningState"] == *s);
        properties["mode"] == "System" && is_there
    })
}

/// Carries out a plan until the n-th event; at each event a system pool stands.
async fn stopped_at(world: &World, plan: &Plan, at: usize) -> (Outcome, usize) {
    let (tell, stop) = watch::channel(Stop::Go);
    let heard = AtomicUsize::new(0);
    let sim = world.sim.clone();
    let witness = move |event: &Event| {
        assert!(has_a_system_pool(&sim), "without a system pool at {event:?}");
        if heard.fetch_add(1, Ordering::SeqCst) + 1 == at {
            let _ = tell.send(Stop::Leave);
        }
    };
    let (outcome, events) = world.apply_until(plan, stop, witness).await;
    (outcome, events.len())
}

/// Runs the same command until nothing is left to do.
async fn to_its_end(world: &World, profile: &Profile, allowance: &Allowance) {
    for _ in 0..6 {
        let plan = world.plan_allowing(profile, allowance).await;
        assert_eq!(plan.refusals, []);
        if plan.is_empty() {
            return;
        }
        let (outcome, _) = stopped_at(world, &plan, usize::MAX).await;
        assert_eq!(outcome.failed, []);
    }
    panic!("it never ends");
}

async fn standing() -> World {
    let world = World::new(Script::default());
    let outcome = world.up(&before()).await;
    assert_eq!(outcome.result, Ending::Succeeded);
    grow(&world, 4);
    world
}

/// The autoscaler makes the user pool as large as this.
fn grow(world: &World, count: u64) {
    let mut found = pools(&world.sim).into_iter().find(|one| one["name"] == "user").expect("there");
    found["properties"]["count"] = json!(count);
    let body = json!({ "properties": found["properties"] });
    world.sim.put(&pool("user"), "2025-10-01", body).expect("a change that AKS takes");
}

#[test]
fn a_rotation_stopped_at_any_event_and_run_again_ends_the_same() {
    let turned = [
        ("system2".to_owned(), LARGER.to_owned(), 2),
        // As many as the autoscaler had made of it.
        ("user2".to_owned(), LARGER.to_owned(), 4),
    ];
    let whole = in_virtual_time(async {
        let world = standing().await;
        let plan = world.plan_allowing(&after(), &allowed()).await;
        let (outcome, events) = stopped_at(&world, &plan, usize::MAX).await;
        assert_eq!(outcome.failed, []);
        assert_eq!(shape(&world.sim), turned);
        assert!(world.plan(&after()).await.is_empty(), "the next run knows them by their tags");
        events
    });
    for at in 1..whole {
        in_virtual_time(async {
            let world = standing().await;
            let plan = world.plan_allowing(&after(), &allowed()).await;
            stopped_at(&world, &plan, at).await;
            to_its_end(&world, &after(), &allowed()).await;
            assert_eq!(shape(&world.sim), turned, "stopped at event {at}");
            let outcome = world.down(&after()).await;
            assert_eq!(outcome.failed, [], "stopped at event {at}");
            assert_eq!(world.ids(), Vec::<String>::new(), "stopped at event {at}");
        });
    }
}

#[test]
fn a_rotation_that_was_given_up_goes_back_to_the_pool_that_stands() {
    let whole = in_virtual_time(async {
        let world = standing().await;
        let plan = world.plan_allowing(&after(), &allowed()).await;
        stopped_at(&world, &plan, usize::MAX).await.1
    });
    for at in (1..whole).step_by(2) {
        in_virtual_time(async {
            let world = standing().await;
            let plan = world.plan_allowing(&after(), &allowed()).await;
            stopped_at(&world, &plan, at).await;
            to_its_end(&world, &before(), &allowed()).await;
            let sizes: Vec<String> =
                shape(&world.sim).into_iter().map(|(_, size, _)| size).collect();
            let size = before().pools[0].vm_size.clone();
            assert_eq!(sizes, [size.clone(), size], "stopped at event {at}");
            assert!(world.plan(&before()).await.is_empty(), "stopped at event {at}");
        });
    }
}

#[test]
fn the_next_rotation_leads_back_to_the_pools_own_name() {
    in_virtual_time(async {
        let world = standing().await;
        to_its_end(&world, &after(), &allowed()).await;
        to_its_end(&world, &before(), &allowed()).await;
        let names: Vec<String> = shape(&world.sim).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["system", "user"]);
        assert!(world.plan(&before()).await.is_empty());
    });
}

#[test]
fn a_pool_of_another_hand_keeps_its_name_and_stays() {
    in_virtual_time(async {
        let world = standing().await;
        let theirs = json!({ "properties": { "vmSize": LARGER, "count": 1, "mode": "User",
            "osType": "Linux", "type": "VirtualMachineScaleSets",
            "vnetSubnetID": pools(&world.sim)[0]["properties"]["vnetSubnetID"] } });
        world.sim.put(&pool("user2"), "2025-10-01", theirs).expect("AKS takes it");
        to_its_end(&world, &after(), &allowed()).await;
        let names: Vec<String> = shape(&world.sim).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["system2", "user2", "user3"]);
        assert!(world.plan(&after()).await.is_empty());
    });
}

#[test]
fn a_successor_that_cannot_be_made_leaves_the_old_pool_alone() {
    let script = json!({ "faults": [{ "method": "PUT", "path": "*/agentPools/user2",
        "fail": { "code": "AllocationFailed", "message": "no capacity", "after": 90 } }] });
    in_virtual_time(async {
        let world = World::new(Script::parse(&script.to_string()).expect("a script"));
        world.up(&before()).await;
        let plan = world.plan_allowing(&after(), &allowed()).await;
        let (outcome, _) = stopped_at(&world, &plan, usize::MAX).await;
        let failed: Vec<&str> = outcome.failed.iter().map(|one| one.id.name()).collect();
        assert_eq!(failed, ["user2"]);
        let not_tried: Vec<&str> = outcome.not_tried.iter().map(ResourceId::name).collect();
        assert_eq!(not_tried, ["user"], "it is not drained");
        to_its_end(&world, &after(), &allowed()).await;
        let names: Vec<String> = shape(&world.sim).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["system2", "user2"]);
    });
}

/// domain.md §3 #39: a replacement is never a default, and the refusal names the place.
#[test]
fn nothing_is_rotated_that_nobody_named() {
    in_virtual_time(async {
        let world = standing().await;
        let plan = world.plan(&after()).await;
        let refused = plan.refusals.iter().filter(|refusal| match &refusal.why {
            Refused::Rotation { paths, .. } => paths == &["properties.vmSize"],
            _ => false,
        });
        assert_eq!(refused.count(), 2);
    });
}

/// domain.md §3 #3: a subnet that is not said is left as it is; one that is said is a rotation.
#[test]
fn a_subnet_that_is_left_out_replaces_nothing_and_another_one_is_a_rotation() {
    in_virtual_time(async {
        let world = World::new(Script::default());
        let mut profile = before();
        let more = json!({ "cidr": "10.10.8.0/24" });
        let more = serde_json::from_value(more).expect("a subnet");
        profile.network.subnets.insert("more".to_owned(), more);
        world.up(&profile).await;
        profile.pools[1].subnet = Some("more".to_owned());
        let plan = world.plan_allowing(&profile, &allowed()).await;
        let deletes = |plan: &Plan| {
            plan.steps.iter().filter(|(_, step)| step.action == Action::Delete).count()
        };
        assert_eq!((plan.refusals.len(), deletes(&plan)), (0, 1));
        to_its_end(&world, &profile, &allowed()).await;
        let found =
            pools(&world.sim).into_iter().find(|one| one["name"] == "user2").expect("there");
        let subnet = found["properties"]["vnetSubnetID"].as_str().unwrap_or_default();
        assert!(subnet.ends_with("/more"), "{subnet}");
    });
}

/// domain.md §3 #40: what no budget lets go may be told to go.
#[test]
fn disruption_budgets_hold_unless_the_profile_says_otherwise() {
    in_virtual_time(async {
        let world = standing().await;
        let asks = async |ignores: bool| {
            let succession =
                akstool::plan::Succession { ignores_budgets: ignores, ..Default::default() };
            let successions = [("user".to_owned(), succession)].into();
            let plan = world.plan_allowing(&after(), &Allowance { successions, ..allowed() }).await;
            let steps = plan.steps.iter().map(|(_, step)| step);
            let asks = steps.flat_map(|step| &step.calls).filter_map(|call| match call {
                akstool::plan::Call::Delete(deletion) => deletion.asks,
                _ => None,
            });
            asks.collect::<Vec<_>>()
        };
        assert_eq!(asks(false).await, []);
        assert_eq!(asks(true).await, [("ignore-pod-disruption-budget", "true")]);
    });
}

/// Of what an autoscaled pool has, its count goes over and its bounds are the profile's.
#[test]
fn a_count_outside_the_new_bounds_is_brought_into_them() {
    in_virtual_time(async {
        let world = standing().await;
        let mut profile = after();
        profile.pools[1].autoscale = Some(Autoscale { min: 0, max: 2 });
        to_its_end(&world, &profile, &allowed()).await;
        let counts: Vec<u64> = shape(&world.sim).into_iter().map(|(.., count)| count).collect();
        assert_eq!(counts, [2, 2]);
    });
}
