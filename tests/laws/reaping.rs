//! Random ends: whatever killed the run that made an environment, whatever goes wrong while it is
//! taken down, and however often that is begun anew, everything of ours is gone in the end or a plan
//! says what keeps it, and nothing of others has changed.
//!
//! `AKSTOOL_REAPS` says how many are drawn.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use akstool::apply::Stop;
use akstool::arm::id::ResourceId;
use akstool::observe::inventory;
use akstool::plan::{Action, Plan, teardown, teardown_at_once};
use akstool::sim::fault::Script;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::draft::{Draft, Part, drafts};
use super::support::{World, config, environment, in_virtual_time};
use super::worlds::{Deed, HOME, begun_in, ids, is_explained, stands, untouched};

/// How often a teardown is begun; chosen: each fault spoils one at most, and one is killed.
const ROUNDS: usize = 8;

/// What goes wrong once: with which call, and how.
fn fault((kind, nth): (usize, u64)) -> Value {
    let error = |code: &str| json!({ "error": { "code": code, "message": "for a moment" } });
    let (method, name, what) = match kind {
        0 => ("DELETE", "answer", json!({ "status": 500, "body": error("InternalServerError") })),
        1 => ("DELETE", "throttle", json!(5)),
        2 => ("DELETE", "fail", json!({ "code": "InternalOperationError", "message": "no" })),
        3 => ("PUT", "fail", json!({ "code": "AllocationFailed", "message": "no" })),
        4 => ("DELETE", "drop", json!("after")),
        5 => ("DELETE", "drop", json!("before")),
        _ => (
            "DELETE",
            "answer",
            json!({ "status": 409, "body": error("AnotherOperationInProgress") }),
        ),
    };
    json!({ "method": method, "nth": nth, name: what })
}

#[derive(Clone, Debug)]
struct End {
    draft: Draft,
    placed: Vec<Deed>,
    faults: Vec<(usize, u64)>,
    killed: [Option<usize>; 2],
    at_once: bool,
}

fn ends() -> impl Strategy<Value = End> {
    let deeds = vec![Deed::Address, Deed::Network, Deed::Subnet, Deed::Grant];
    let placed = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::sample::subsequence(deeds, 1..3),
    ];
    let faults = prop::collection::vec((0_usize..7, 1_u64..12), 0..4);
    let killed = [prop::option::of(0_usize..40), prop::option::of(0_usize..30)];
    (drafts(), placed, faults, killed, any::<bool>()).prop_map(
        |(draft, placed, faults, killed, at_once)| End { draft, placed, faults, killed, at_once },
    )
}

/// Runs a plan, and kills the run at its n-th event.
async fn run(world: &World, plan: &Plan, killed: Option<usize>) {
    let (tell, stop) = watch::channel(Stop::Go);
    let heard = AtomicUsize::new(0);
    let witness = move |_: &_| {
        if killed == Some(heard.fetch_add(1, Ordering::SeqCst)) {
            let _ = tell.send(Stop::Leave);
        }
    };
    world.apply_until(plan, stop, witness).await;
}

async fn life(drawn: End) -> Result<(), TestCaseError> {
    let profile = drawn.draft.whole("demo", HOME.0, HOME.1);
    let faults: Vec<Value> = drawn.faults.iter().copied().map(fault).collect();
    let script = Script::parse(&json!({ "faults": faults }).to_string()).expect("a script");
    let world = begun_in(World::new(script), &[&profile]);
    let before = world.store();
    let plan = world.plan(&profile).await;
    prop_assert_eq!(&plan.refusals, &[]);
    run(&world, &plan, drawn.killed[0]).await;
    let act = |deed: &Deed| deed.act(&world.sim, HOME.0, HOME.1);
    let standing: Vec<(ResourceId, Value)> = drawn.placed.iter().filter_map(act).collect();
    let home = environment(&profile);
    for round in 0..ROUNDS {
        let found = inventory(&world.arm, &home, None).await.expect("the world can be read");
        let short = teardown_at_once(&home, &found, true).ok().filter(|_| drawn.at_once);
        let plan = short.unwrap_or_else(|| teardown(&home, &found));
        if plan.steps.iter().all(|(_, step)| step.action == Action::Keep) {
            break;
        }
        run(&world, &plan, drawn.killed[1].filter(|_| round == 0)).await;
    }
    for one in &standing {
        stands(&world, one)?;
    }
    let others = standing.iter().map(|(id, _)| id.to_string());
    let theirs: BTreeSet<String> = ids(&before).into_iter().chain(others).collect();
    untouched(&before, &world.store())?;
    if standing.is_empty() {
        prop_assert_eq!(ids(&world.store()), theirs);
        return Ok(());
    }
    is_explained(&world, &profile, &theirs).await
}

proptest! {
    #![proptest_config(config("AKSTOOL_REAPS", 11, 24))]

    #[test]
    fn whatever_went_wrong_everything_of_ours_is_gone_in_the_end(drawn in ends()) {
        in_virtual_time(life(drawn))?;
    }
}

#[test]
fn a_deletion_that_another_run_began_and_that_fails_is_no_end() {
    // The second DELETE is that of the far half of a peering, and at the third event it is under way.
    for at in 1..5 {
        let draft = Draft { model: "kubenet", parts: vec![Part::Peering], taken: Vec::new() };
        let (faults, killed) = (vec![(2, 2)], [None, Some(at)]);
        let drawn = End { draft, placed: Vec::new(), faults, killed, at_once: false };
        in_virtual_time(life(drawn)).expect("nothing is left");
    }
}
