//! Migrations, run on the embedded Azure: they end where the changed profile has nothing to do.

use akstool::apply::Stop;
use akstool::arm::id::ResourceId;
use akstool::event::{Ending, Happening};
use akstool::observe::ground;
use akstool::plan::{Plan, Refused, Target, migrate};
use akstool::profile::schema::{Dataplane, NetworkMode, Plugin, Profile, SecurityGroup};
use akstool::sim::fault::Script;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;

use super::support::{World, environment, in_virtual_time, profile};

/// The profile with the lines changed that the migration asks for.
fn overlaid(mut profile: Profile) -> Profile {
    profile.network.plugin = Plugin::Azure;
    profile.network.mode = Some(NetworkMode::Overlay);
    profile
}

fn with_cilium(mut profile: Profile) -> Profile {
    profile.network.dataplane = Some(Dataplane::Cilium);
    profile.network.policy = None;
    profile
}

async fn planned(world: &World, profile: &Profile, to: Target) -> Plan {
    let environment = environment(profile);
    let ground = ground(&world.arm, &environment, None).await.expect("an answer");
    migrate(&environment, &ground, to).expect("there is a cluster")
}

/// Migrates as the command does it: planned and applied until nothing is left to wait for.
async fn migrated(world: &World, profile: &Profile, to: Target) {
    for _ in 0..3 {
        let plan = planned(world, profile, to).await;
        assert_eq!(plan.refusals, []);
        let (outcome, _) = world.apply(&plan).await;
        assert_eq!(outcome.failed, []);
        if !plan.waits() {
            break;
        }
    }
}

async fn is_settled(world: &World, profile: &Profile) {
    let plan = world.plan(profile).await;
    assert!(plan.is_empty() && plan.refusals.is_empty(), "{}", json!(plan.report()));
    assert_eq!(plan.advice, []);
    let writes = world.arm.counts().write;
    assert_eq!(world.up(profile).await.result, Ending::NothingToDo);
    assert_eq!(world.arm.counts().write, writes, "nothing is written");
}

fn standing(world: &World, kind: &str) -> Vec<Value> {
    let all = world.sim.resources().expect("a world");
    let is = |body: &Value| {
        let id = ResourceId::parse(body["id"].as_str().unwrap_or_default()).expect("an id");
        id.is_type(kind)
    };
    all.into_iter().filter(is).collect()
}

#[test]
fn kubenet_migrates_to_overlay_and_then_to_cilium_and_ends_in_nothing_to_do() {
    in_virtual_time(async {
        let kubenet = profile("kubenet");
        let world = World::new(Script::default());
        world.up(&kubenet).await;
        let pods =
            standing(&world, "Microsoft.Network/routeTables")[0]["properties"]["routes"].clone();
        assert_eq!(pods.as_array().map(Vec::len), Some(2), "a route for each node");

        let overlay = overlaid(kubenet);
        let pointed = world.plan(&overlay).await;
        let [refusal] = pointed.refusals.as_slice() else { panic!("one refusal") };
        assert!(refusal.hint().to_string().starts_with("`akstool migrate demo --to overlay`"));

        migrated(&world, &overlay, Target::Overlay).await;
        is_settled(&world, &overlay).await;
        assert_eq!(standing(&world, "Microsoft.Network/routeTables"), Vec::<Value>::new());
        assert!(planned(&world, &overlay, Target::Overlay).await.is_empty());

        let cilium = with_cilium(overlay);
        let pointed = world.plan(&cilium).await;
        let [refusal] = pointed.refusals.as_slice() else { panic!("one refusal") };
        assert!(matches!(&refusal.why, Refused::Migration { to, .. } if to == "cilium"));

        migrated(&world, &cilium, Target::Cilium).await;
        is_settled(&world, &cilium).await;
        world.down(&cilium).await;
        assert_eq!(world.ids(), Vec::<String>::new());
    });
}

#[test]
fn node_subnet_migrates_to_overlay_and_frees_its_addresses() {
    in_virtual_time(async {
        let node_subnet = profile("azure-cni");
        let world = World::new(Script::default());
        world.up(&node_subnet).await;
        let taken = |world: &World| {
            let nets = standing(world, "Microsoft.Network/virtualNetworks/subnets");
            nets[0]["properties"]["ipConfigurations"].as_array().map_or(0, Vec::len)
        };
        let before = taken(&world);
        let overlay = overlaid(node_subnet);
        migrated(&world, &overlay, Target::Overlay).await;
        is_settled(&world, &overlay).await;
        assert!(taken(&world) < before, "{} of {before} are left", taken(&world));
    });
}

#[test]
fn node_subnet_migrates_in_either_order() {
    in_virtual_time(async {
        let node_subnet = profile("azure-cni");
        let world = World::new(Script::default());
        world.up(&node_subnet).await;
        migrated(&world, &node_subnet, Target::Cilium).await;
        is_settled(&world, &with_cilium(node_subnet.clone())).await;
        migrated(&world, &node_subnet, Target::Overlay).await;
        is_settled(&world, &with_cilium(overlaid(node_subnet))).await;
    });
}

#[test]
fn our_security_group_lets_pods_through_before_they_move() {
    in_virtual_time(async {
        let mut node_subnet = profile("azure-cni");
        node_subnet.network.security_group = Some(SecurityGroup::Own(true));
        let world = World::new(Script::default());
        world.up(&node_subnet).await;
        let plan = planned(&world, &node_subnet, Target::Overlay).await;
        let (_, first) = plan.steps.iter().next().unwrap();
        assert!(first.kind.ends_with("networkSecurityGroups"), "{}", first.kind);
        migrated(&world, &node_subnet, Target::Overlay).await;
        is_settled(&world, &overlaid(node_subnet)).await;
    });
}

#[test]
fn a_route_table_of_another_hand_stands_where_it_stood() {
    in_virtual_time(async {
        let kubenet = profile("kubenet-existing-routes");
        let world = World::new(Script::default()).with_foreign(&kubenet);
        let before = standing(&world, "Microsoft.Network/routeTables");
        world.up(&kubenet).await;
        let plan = planned(&world, &kubenet, Target::Overlay).await;
        assert!(
            plan.advice
                .iter()
                .any(|said| said.to_string().contains("made by another hand and stays"))
        );
        migrated(&world, &kubenet, Target::Overlay).await;
        is_settled(&world, &overlaid(kubenet)).await;
        let after = standing(&world, "Microsoft.Network/routeTables");
        assert_eq!(after.len(), before.len());
        assert_eq!(after[0]["properties"]["routes"], json!([]), "AKS took its routes out");
    });
}

#[test]
fn a_wider_pod_range_comes_with_the_migration() {
    in_virtual_time(async {
        let kubenet = profile("kubenet");
        let world = World::new(Script::default());
        world.up(&kubenet).await;
        let mut ground = ground(&world.arm, &environment(&kubenet), None).await.unwrap();
        ground.pod_range = "10.128.0.0/14".parse().ok();
        let plan = migrate(&environment(&kubenet), &ground, Target::Overlay).unwrap();
        let (outcome, _) = world.apply(&plan).await;
        assert_eq!(outcome.failed, []);
        let cluster = &standing(&world, "Microsoft.ContainerService/managedClusters")[0];
        assert_eq!(cluster["properties"]["networkProfile"]["podCidr"], "10.128.0.0/14");
    });
}

#[test]
fn what_another_hand_changes_meanwhile_goes_along_with_the_migration() {
    in_virtual_time(async {
        let kubenet = profile("kubenet");
        let world = World::new(Script::default());
        world.up(&kubenet).await;
        let plan = planned(&world, &kubenet, Target::Overlay).await;
        let mut tagged = kubenet.clone();
        tagged.metadata.tags.insert("hand".into(), Some("another".into()));
        world.up(&tagged).await;
        let (outcome, _) = world.apply(&plan).await;
        assert_eq!(outcome.failed, []);
        let cluster = &standing(&world, "Microsoft.ContainerService/managedClusters")[0];
        assert_eq!(cluster["properties"]["networkProfile"]["networkPluginMode"], "overlay");
        assert_eq!(cluster["tags"]["hand"], "another", "the tag that came meanwhile stays");
    });
}

#[test]
fn a_migration_stopped_at_any_event_and_run_again_ends_the_same() {
    let mut at = 1;
    loop {
        let events = in_virtual_time(async {
            let kubenet = profile("kubenet");
            let world = World::new(Script::default());
            world.up(&kubenet).await;
            let plan = planned(&world, &kubenet, Target::Overlay).await;
            let (tell, stop) = watch::channel(Stop::Go);
            let heard = AtomicUsize::new(0);
            let (_, events) = world
                .apply_until(&plan, stop, move |_| {
                    if heard.fetch_add(1, Ordering::SeqCst) + 1 == at {
                        let _ = tell.send(Stop::Leave);
                    }
                })
                .await;
            migrated(&world, &kubenet, Target::Overlay).await;
            is_settled(&world, &overlaid(kubenet)).await;
            assert!(
                standing(&world, "Microsoft.Network/routeTables").is_empty(),
                "stopped at {at}"
            );
            events
        });
        if events.len() < at {
            assert!(
                events.iter().any(|event| matches!(event.what, Happening::StepSucceeded { .. }))
            );
            break;
        }
        at += 1;
    }
    assert!(at > 5, "{at} events are too few to be a migration");
}
