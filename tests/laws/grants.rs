//! Right after a grant: what Azure does not know yet is waited for, and not for ever.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use akstool::apply::Stop;
use akstool::arm::client::{Arm, Notice, Setup};
use akstool::event::{Ending, Happening};
use akstool::sim::fault::Script;
use akstool::sim::transport::SimTransport;
use tokio::sync::watch;

use super::support::{World, in_virtual_time, profile, setup};

/// A world in which grants take so many seconds, and what its client says while it waits.
fn slow(seconds: u32) -> (World, Arc<Mutex<Vec<Notice>>>) {
    let script = Script::parse(&format!(r#"{{"propagation": {seconds}}}"#));
    let world = World::new(script.expect("the script holds"));
    let said: Arc<Mutex<Vec<Notice>>> = Arc::default();
    let heard = Arc::clone(&said);
    let notices = move |notice| heard.lock().expect("nobody panics with it").push(notice);
    let transport = Arc::new(SimTransport::new(world.sim.clone()));
    let arm = Arm::new(Setup { notices: Some(Arc::new(notices)), ..setup(transport) });
    (World { arm: arm.expect("the scenario holds"), ..world }, said)
}

/// A later run on the same world, which remembers nothing.
fn again(world: World) -> World {
    World { arm: World::client(&world.sim, None), ..world }
}

#[test]
fn up_waits_until_its_grants_have_reached_all_of_azure_and_says_so() {
    for name in ["kubenet", "azure-overlay"] {
        in_virtual_time(async {
            let (world, said) = slow(240);
            let outcome = world.up(&profile(name)).await;
            assert_eq!((outcome.result, outcome.failed), (Ending::Succeeded, Vec::new()));
            assert!(world.plan(&profile(name)).await.is_empty());
            let said = said.lock().expect("nobody panics with it");
            let waits: Vec<(&str, &str)> = said
                .iter()
                .filter_map(|notice| match notice {
                    Notice::Retrying { request, because, .. } => Some((&**request, &**because)),
                    _ => None,
                })
                .collect();
            assert!((5..20).contains(&waits.len()), "{name}: {waits:?}");
            for (request, because) in waits {
                assert!(request.starts_with("PUT /") && request.contains("managedClusters"));
                let role = "a role or identity made just now has not reached all of Azure yet";
                assert!(because.starts_with(role) && because.contains("(`"), "{because}");
            }
        });
    }
}

#[test]
fn waiting_for_a_grant_keeps_within_the_limit_of_a_clusters_writes() {
    in_virtual_time(async {
        let script = Script::parse(r#"{"propagation": 560, "limits": "documented"}"#);
        let world = World::new(script.expect("the script holds"));
        let outcome = world.up(&profile("kubenet")).await;
        assert_eq!((outcome.result, outcome.failed), (Ending::Succeeded, Vec::new()));
        // 20 at once and one more a minute is what AKS takes.
        let tried = world.arm.counts().retried;
        assert!((20..=30).contains(&tried), "{tried}");
    });
}

#[test]
fn a_grant_that_takes_longer_than_patience_fails_in_azures_words_and_the_next_run_heals_it() {
    in_virtual_time(async {
        let (world, _) = slow(1_500);
        let outcome = world.up(&profile("kubenet")).await;
        assert_eq!(outcome.result, Ending::Failed);
        assert_eq!(outcome.failed.len(), 1, "{:?}", outcome.failed);
        let failure = &outcome.failed[0];
        assert_eq!(failure.code, "LinkedAuthorizationFailed");
        assert!(failure.message.contains("subnets/join/action"), "{}", failure.message);
        // Patience is ten minutes; nobody waits for ever.
        assert!((500.0..700.0).contains(&outcome.seconds), "{}", outcome.seconds);
        tokio::time::sleep(Duration::from_mins(15)).await;
        let world = again(world);
        assert_eq!(world.up(&profile("kubenet")).await.result, Ending::Succeeded);
        assert!(world.plan(&profile("kubenet")).await.is_empty());
    });
}

#[test]
fn a_run_that_comes_right_after_a_stopped_one_waits_for_its_grants() {
    in_virtual_time(async {
        let (world, _) = slow(240);
        let plan = world.plan(&profile("kubenet")).await;
        let (tell, stop) = watch::channel(Stop::Go);
        let witness = move |event: &akstool::event::Event| {
            let begins = matches!(&event.what, Happening::StepStarted { id, .. }
                if id.is_type("Microsoft.ContainerService/managedClusters"));
            if begins {
                let _ = tell.send(Stop::Leave);
            }
        };
        world.apply_until(&plan, stop, witness).await;
        let world = again(world);
        let outcome = world.up(&profile("kubenet")).await;
        assert_eq!((outcome.result, outcome.failed), (Ending::Succeeded, Vec::new()));
    });
}
