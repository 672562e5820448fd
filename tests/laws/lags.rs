//! Every command while lists and reads are behind what was written: `up`, `up --prune`, `status`,
//! `migrate` and `down` come to the same as if nothing lagged.

use std::time::Duration;

use akstool::observe::{ground, inventory};
use akstool::plan::{Allowance, Target, migrate};
use akstool::profile::schema::Profile;
use akstool::sim::fault::Script;
use serde_json::{Value, json};

use super::draft::{Draft, Part};
use super::support::{World, environment, in_virtual_time};

/// Azure's lists: by tag, of a group, of the groups, of one type by its provider.
const LISTS: [&str; 4] = ["resources", "group", "groups", "types"];

/// As long as a run takes, and longer.
const LONG: u32 = 900;

/// What is taken out on the way stands for all that carries no tags.
fn draft() -> Draft {
    let parts =
        vec![Part::Pool, Part::Subnet, Part::SecurityGroup, Part::Rule, Part::Route, Part::Peering];
    let taken = vec![Part::Pool, Part::Subnet, Part::Rule, Part::Route, Part::Peering];
    Draft { model: "kubenet", parts, taken }
}

/// What stands in the group is all ours, and `status` knows it.
async fn is_all_seen(world: &World, profile: &Profile, lag: &Value) {
    let environment = environment(profile);
    let found = inventory(&world.arm, &environment, None).await.expect("it can be read");
    let home = format!("{}/", environment.group).to_ascii_lowercase();
    // What lies in the body of another goes with that.
    let is_part = |id: &str| ["/securityRules/", "/routes/"].iter().any(|part| id.contains(part));
    let inside = |id: &&String| id.to_ascii_lowercase().starts_with(&home) && !is_part(id);
    for id in world.ids().iter().filter(inside) {
        let known = found.owned.iter().any(|one| one.id.as_str().eq_ignore_ascii_case(id));
        assert!(known, "{lag}: {id} stands and is not seen");
    }
}

/// Prunes until nothing is left to be done: a list that is behind comes to know all in time.
async fn prune(world: &World, profile: &Profile, lag: &Value) {
    let prunes = Allowance { prune: true, ..Allowance::default() };
    for _ in 0..4 {
        let plan = world.plan_allowing(profile, &prunes).await;
        assert_eq!(plan.refusals, [], "{lag}");
        let (outcome, _) = world.apply(&plan).await;
        assert_eq!(outcome.failed, [], "{lag}");
        tokio::time::sleep(Duration::from_mins(10)).await;
    }
    let left = world.ids();
    let taken = ["/subnets/spare", "/agentpools/pool", "/virtualnetworkpeerings/"];
    let is_left = |id: &&String| taken.iter().any(|one| id.to_ascii_lowercase().contains(one));
    assert_eq!(left.iter().find(is_left), None, "{lag}");
}

async fn moves(world: &World, profile: &Profile, lag: &Value) {
    for _ in 0..3 {
        let environment = environment(profile);
        let ground = ground(&world.arm, &environment, None).await.expect("it can be read");
        let plan = migrate(&environment, &ground, Target::Overlay).expect("there is a cluster");
        assert_eq!(plan.refusals, [], "{lag}");
        let (outcome, _) = world.apply(&plan).await;
        assert_eq!(outcome.failed, [], "{lag}");
        if !plan.waits() {
            break;
        }
    }
}

fn life(lag: &Value) {
    in_virtual_time(async {
        let script = Script::parse(&json!({ "lag": lag }).to_string()).expect("a script");
        let (whole, less) = (draft().whole("demo", "home", 30), draft().less("demo", "home", 30));
        let world = World::new(script).with_foreign(&whole);
        // What others made is known everywhere by then.
        tokio::time::sleep(Duration::from_hours(1)).await;
        let before = world.store();
        assert_eq!(world.up(&whole).await.failed, [], "{lag}");
        assert!(world.plan(&whole).await.is_empty(), "{lag}: nothing to do");
        is_all_seen(&world, &whole, lag).await;
        prune(&world, &less, lag).await;
        is_all_seen(&world, &less, lag).await;
        moves(&world, &less, lag).await;
        assert_eq!(world.down(&less).await.failed, [], "{lag}");
        assert_eq!(world.store(), before, "{lag}");
        // What is gone may be listed still.
        assert_eq!(world.up(&less).await.failed, [], "{lag}");
        assert_eq!(world.down(&less).await.failed, [], "{lag}");
        assert_eq!(world.store(), before, "{lag}");
    });
}

#[test]
fn lists_that_do_not_know_yet_what_was_made_change_nothing() {
    for list in LISTS {
        life(&json!({ list: { "new": LONG } }));
    }
    life(&LISTS.iter().map(|list| ((*list).to_owned(), json!({ "new": LONG }))).collect());
}

#[test]
fn lists_that_still_know_what_is_gone_change_nothing() {
    for list in LISTS {
        life(&json!({ list: { "gone": LONG } }));
    }
    life(&LISTS.iter().map(|list| ((*list).to_owned(), json!({ "gone": LONG }))).collect());
}

#[test]
fn lists_and_reads_that_are_behind_together_change_nothing() {
    let mut all: Value = LISTS.iter().map(|list| ((*list).to_owned(), json!(LONG))).collect();
    life(&all);
    all["reads"] = json!({ "new": 20, "changed": 20 });
    life(&all);
    life(&json!({ "reads": { "new": 20, "changed": 20 } }));
}
