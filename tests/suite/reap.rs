//! `akstool reap`: what is due goes, and nothing else; and the life of an environment in tags.

use serde_json::{Value, json};

use crate::support::{Ran, SUBSCRIPTION, Sandbox};

const PAST: &str = "2020-01-01T00:00:00Z";

fn up(sandbox: &Sandbox, name: &str, more: &[&str]) -> Ran {
    sandbox.run(&[&["up", "kubenet", "--name", name, "--yes"], more].concat())
}

/// Writes the tags of a group by hand; one that is not there is made.
fn tagged(sandbox: &Sandbox, group: &str, tags: &Value) {
    let body = json!({ "location": "westeurope", "tags": tags });
    sandbox.put(&format!("/resourceGroups/{group}"), "2021-04-01", &body);
}

/// Makes an environment whose time is up.
fn expired(sandbox: &Sandbox, name: &str) {
    up(sandbox, name, &[]).ok();
    tagged(sandbox, name, &json!({ "akstool-environment": name, "akstool-expires": PAST }));
}

/// Makes what is left of one: a group and nothing in it.
fn bare(sandbox: &Sandbox, name: &str) {
    tagged(sandbox, name, &json!({ "akstool-environment": name, "akstool-expires": PAST }));
}

fn reap(sandbox: &Sandbox, more: &[&str]) -> Ran {
    sandbox.run(&[&["reap"], more].concat())
}

fn lock(sandbox: &Sandbox, group: &str) {
    let id = format!("/resourceGroups/{group}/providers/Microsoft.Authorization/locks/keep");
    sandbox.put(&id, "2020-05-01", &json!({ "properties": { "level": "CanNotDelete" } }));
}

fn tags_of(sandbox: &Sandbox, group: &str) -> Value {
    let id = format!("{SUBSCRIPTION}/resourceGroups/{group}").to_lowercase();
    let store = sandbox.store();
    let one = store.iter().find(|one| one["id"].as_str().is_some_and(|it| it.to_lowercase() == id));
    one.unwrap_or_else(|| panic!("no group {group}"))["tags"].clone()
}

fn stands(sandbox: &Sandbox, group: &str) -> bool {
    let id = format!("{SUBSCRIPTION}/resourcegroups/{group}").to_lowercase();
    sandbox.ids().iter().any(|one| *one == id || one.starts_with(&format!("{id}/")))
}

#[test]
fn without_yes_nothing_goes_and_the_plan_is_shown() {
    let sandbox = Sandbox::new();
    expired(&sandbox, "old");
    up(&sandbox, "new", &["--ttl", "4h"]).ok();
    let before = sandbox.ids();
    let ran = reap(&sandbox, &[]).ok();
    assert!(ran.stdout.contains("old: expired 2020-01-01T00:00:00Z"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 not expired yet"), "{}", ran.stdout);
    assert!(ran.stderr.contains("Nothing was changed"), "{}", ran.stderr);
    assert_eq!(sandbox.ids(), before);
    let _ = reap(&sandbox, &["--exit-code"]).exits(3);
}

#[test]
fn what_is_expired_goes_as_a_whole_and_all_else_stays() {
    let sandbox = Sandbox::new();
    expired(&sandbox, "old");
    up(&sandbox, "new", &["--ttl", "4h"]).ok();
    up(&sandbox, "forever", &[]).ok();
    tagged(&sandbox, "other", &json!({ "akstool-expires": PAST, "team": "x" }));
    let ran = reap(&sandbox, &["--yes", "-o", "json", "--trace", "trace.jsonl"]).ok();
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["result"]), (&json!("outcome"), &json!("succeeded")));
    for (group, is_there) in [
        ("old", false),
        ("MC_old_old_westeurope", false),
        ("new", true),
        ("forever", true),
        ("other", true),
    ] {
        assert_eq!(stands(&sandbox, group), is_there, "{group}");
    }
    let trace = std::fs::read_to_string(sandbox.path("trace.jsonl")).unwrap();
    assert_eq!(trace.matches("\"method\":\"DELETE\"").count(), 1, "one deletion for all of it");
    let again = reap(&sandbox, &["--yes"]).ok();
    assert!(again.stdout.contains("Nothing is due."), "{}", again.stdout);
}

#[test]
fn of_many_expired_the_one_that_is_locked_stays_and_is_named() {
    let sandbox = Sandbox::new();
    for at in 0..30 {
        bare(&sandbox, &format!("pr-{at}"));
    }
    lock(&sandbox, "pr-7");
    let ran = reap(&sandbox, &["--yes", "--summary", "reaped"]).exits(1);
    assert!(ran.stdout.contains("stays: pr-7: ScopeLocked: Lock `keep`"), "{}", ran.stdout);
    assert_eq!(sandbox.ids().len(), 2, "the group and its lock: {:?}", sandbox.ids());
    let summary: Value =
        serde_json::from_slice(&std::fs::read(sandbox.path("reaped.json")).unwrap()).unwrap();
    assert_eq!(summary["schema"], "akstool.reap/v1");
    assert_eq!((&summary["reaped"], &summary["stays"]), (&json!(29), &json!(1)));
    let markdown = std::fs::read_to_string(sandbox.path("reaped.md")).unwrap();
    assert!(markdown.contains("| pr-7 | pr-7 | **stays** | ScopeLocked"), "{markdown}");
}

#[test]
fn what_another_hand_put_into_it_stays_and_says_so_each_night() {
    let sandbox = Sandbox::new();
    expired(&sandbox, "old");
    let id = "/resourceGroups/old/providers/Microsoft.Network/publicIPAddresses/theirs";
    sandbox.put(
        id,
        "2025-07-01",
        &json!({ "location": "westeurope", "sku": { "name": "Standard" },
        "properties": { "publicIPAllocationMethod": "Static" } }),
    );
    for _ in 0..2 {
        let ran = reap(&sandbox, &["--yes"]).exits(1);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(told.contains("theirs"), "{told}");
    }
    let left = sandbox.ids();
    assert_eq!(left.len(), 2, "the group and what is not ours: {left:?}");
}

#[test]
fn what_is_unclear_stays_and_is_a_reason_to_look() {
    let sandbox = Sandbox::new();
    tagged(
        &sandbox,
        "odd",
        &json!({ "akstool-environment": "odd", "akstool-expires": "next week" }),
    );
    tagged(
        &sandbox,
        "later",
        &json!({ "akstool-environment": "later", "akstool-expires": PAST, "akstool-version": "99.1.0" }),
    );
    let ran = reap(&sandbox, &["--yes"]).exits(1);
    assert!(
        ran.stdout.contains("odd: its tag `akstool-expires` says `next week`, which is no time"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("later: written by akstool 99.1.0, which is newer"),
        "{}",
        ran.stdout
    );
    assert_eq!(sandbox.ids().len(), 2);
}

#[test]
fn what_carries_no_expiry_goes_only_when_an_option_asks_for_it() {
    let sandbox = Sandbox::new();
    up(&sandbox, "forever", &[]).ok();
    tagged(&sandbox, "half", &json!({ "akstool-environment": "half" }));
    for args in [&["--yes"][..], &["--yes", "--orphans"], &["--yes", "--older-than", "30d"]] {
        let _ = reap(&sandbox, args).ok();
    }
    assert!(stands(&sandbox, "forever") && stands(&sandbox, "half"), "not an hour old");
    let _ = reap(&sandbox, &["--yes", "--older-than", "1m", "--exclude", "half"]).ok();
    assert!(!stands(&sandbox, "forever") && stands(&sandbox, "half"));
}

#[test]
fn nodes_whose_cluster_is_gone_are_taken_by_their_expiry_or_when_asked_for() {
    let sandbox = Sandbox::new();
    for (name, tags) in [
        ("a", json!({ "akstool-environment": "a", "akstool-expires": PAST })),
        ("b", json!({ "akstool-environment": "b" })),
        ("c", json!({ "team": "c" })),
    ] {
        let cluster = format!(
            "{SUBSCRIPTION}/resourceGroups/{name}/providers/Microsoft.ContainerService/managedClusters/{name}"
        );
        sandbox.put(
            &format!("/resourceGroups/MC_{name}"),
            "2021-04-01",
            &json!({ "location": "westeurope", "tags": tags, "managedBy": cluster }),
        );
    }
    let list = sandbox.run(&["list", "-o", "json"]).ok().json();
    assert_eq!(list["environments"][0]["state"], "orphan", "{list}");
    let _ = reap(&sandbox, &["--yes"]).ok();
    assert_eq!(["MC_a", "MC_b", "MC_c"].map(|one| stands(&sandbox, one)), [false, true, true]);
    let _ = reap(&sandbox, &["--yes", "--orphans"]).ok();
    assert_eq!(["MC_b", "MC_c"].map(|one| stands(&sandbox, one)), [false, true]);
}

#[test]
fn a_group_of_nodes_that_a_cluster_left_goes_before_what_it_holds() {
    let sandbox = Sandbox::new();
    up(&sandbox, "demo", &[]).ok();
    let cluster = format!(
        "{SUBSCRIPTION}/resourceGroups/demo/providers/Microsoft.ContainerService/managedClusters/gone"
    );
    sandbox.put(
        "/resourceGroups/MC_gone",
        "2021-04-01",
        &json!({ "location": "westeurope",
        "tags": { "akstool-environment": "demo" }, "managedBy": cluster }),
    );
    sandbox.run(&["down", "demo", "--yes"]).ok();
    // With its cluster still there, another group is none of its business; without, it is.
    sandbox.run(&["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn patterns_say_which_environments_are_meant() {
    let sandbox = Sandbox::new();
    for name in ["pr-1", "pr-2", "main"] {
        bare(&sandbox, name);
    }
    let _ = reap(&sandbox, &["--yes", "--match", "pr-*", "--exclude", "*-2"]).ok();
    assert_eq!(["pr-1", "pr-2", "main"].map(|one| stands(&sandbox, one)), [false, true, true]);
}

#[test]
fn the_tags_of_other_tools_are_read_when_they_are_named() {
    let sandbox = Sandbox::new();
    let tags = |name: &str, more: Value| {
        let mut tags = json!({ "akstool-environment": name });
        tags.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tagged(&sandbox, name, &tags);
    };
    tags("kept", json!({ "akstool-expires": PAST, "SkipAutoDeleteTill": "2999-01-01" }));
    tags("due", json!({ "DeleteAfter": "2020-01-01" }));
    tags("aged", json!({ "creation_date": "1577836800" }));
    let wrong = reap(&sandbox, &["--expiry-tag", "creation_date"]).exits(2);
    assert!(wrong.stderr.contains("--created-tag creation_date"), "{}", wrong.stderr);
    let args = ["--yes", "--expiry-tag", "SkipAutoDeleteTill,DeleteAfter"];
    let _ = reap(&sandbox, &args).ok();
    assert_eq!(["kept", "due", "aged"].map(|one| stands(&sandbox, one)), [true, false, true]);
    let aged = ["--created-tag", "creation_date", "--older-than", "1000d"];
    let _ = reap(&sandbox, &[&args[..], &aged].concat()).ok();
    assert_eq!(["kept", "aged"].map(|one| stands(&sandbox, one)), [true, false]);
}

#[test]
fn two_at_once_do_no_harm() {
    let sandbox = Sandbox::at_speed("2000");
    for name in ["one", "two"] {
        expired(&sandbox, name);
    }
    let children = [(); 2].map(|()| sandbox.start(&["reap", "--yes"]));
    for child in children {
        let ran = Ran::of(&["reap", "--yes"], child.wait_with_output().expect("it ends"));
        let _ = ran.ok();
    }
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn what_is_deleted_without_waiting_is_known_to_be_going() {
    let sandbox = Sandbox::new();
    expired(&sandbox, "demo");
    let ran = sandbox
        .run(&["down", "demo", "--yes", "--no-wait", "-o", "json", "--trace", "t.jsonl"])
        .ok();
    let outcome: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&outcome["result"], &outcome["deleted"]),
        (&json!("succeeded"), &json!(0)),
        "{outcome}"
    );
    assert_eq!(outcome["stillRunning"].as_array().map(Vec::len), Some(1), "{outcome}");
    // Nothing is called deleted that only was asked for.
    let events = ran.events();
    let mut ends = events.iter().filter(|event| event["event"] == "step-succeeded");
    assert!(ends.all(|event| event["left"] == true), "{events:#?}");
    let list = sandbox.run(&["list", "-o", "json"]).ok().json();
    assert_eq!(list["environments"][0]["state"], "going");
    let status = sandbox.run(&["status", "demo"]).ok().stdout;
    assert!(status.contains("Deleting"), "{status}");
    let again = sandbox.run(&["down", "demo", "--yes", "--no-wait", "--trace", "t.jsonl"]).ok();
    assert!(again.stdout.contains("is being deleted already"), "{}", again.stdout);
    let trace = std::fs::read_to_string(sandbox.path("t.jsonl")).unwrap();
    assert_eq!(trace.matches("\"method\":\"DELETE\"").count(), 1, "it is asked once");
    let reaped = reap(&sandbox, &["--yes"]).ok();
    assert!(reaped.stdout.contains("1 being deleted already"), "{}", reaped.stdout);
    up(&sandbox, "demo", &[]).ok();
    let list = sandbox.run(&["list", "-o", "json"]).ok().json();
    assert_eq!(
        (&list["environments"][0]["state"], list["summary"]["environments"].as_u64()),
        (&json!("whole"), Some(1))
    );
}

#[test]
fn where_it_must_wait_it_says_why() {
    let sandbox = Sandbox::new();
    tagged(&sandbox, "team", &json!({}));
    up(&sandbox, "demo", &["--set", "metadata.resourceGroup=team"]).ok();
    let ran = sandbox.run(&["down", "demo", "--yes", "--no-wait"]).ok();
    assert!(
        ran.stdout.contains("akstool did not make the resource group `team`"),
        "{}",
        ran.stdout
    );
    assert_eq!(sandbox.ids().len(), 1);
}

#[test]
fn a_teardown_that_fails_leaves_a_mark_that_the_next_reap_takes_up() {
    let sandbox = Sandbox::new();
    up(&sandbox, "demo", &[]).ok();
    lock(&sandbox, "demo");
    let ran = sandbox.run(&["down", "demo", "--yes", "--best-effort"]).ok();
    assert!(ran.stderr.contains("`demo` is not all gone"), "{}", ran.stderr);
    let id = format!("{SUBSCRIPTION}/resourceGroups/demo");
    assert!(tags_of(&sandbox, "demo")["akstool-teardown"].is_string(), "{id}");
    let _ = reap(&sandbox, &["--yes"]).exits(1);
    let state = sandbox.run(&["list", "-o", "json"]).ok().json();
    assert_eq!(state["environments"][0]["state"], "failed", "{state}");
    up(&sandbox, "demo", &[]).ok();
    assert_eq!(
        tags_of(&sandbox, "demo")["akstool-teardown"],
        Value::Null,
        "who makes it anew wants it"
    );
    let _ = sandbox.run(&["down", "demo", "--yes"]).exits(1);
}

#[test]
fn what_fails_half_way_is_reaped_the_next_time() {
    let sandbox = Sandbox::new();
    up(&sandbox, "demo", &[]).ok();
    sandbox.write("faults.json", json!({ "faults": [{ "method": "DELETE", "path": "*/virtualNetworks/*", "times": 0,
        "answer": { "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "no" } } } }] }).to_string());
    let args = ["down", "demo", "--yes", "--best-effort", "--sim-faults", "faults.json"];
    let ran = sandbox.run(&args).ok();
    assert!(
        ran.stderr.contains("demo-vnet") && ran.stderr.contains("akstool reap"),
        "{}",
        ran.stderr
    );
    let _ = reap(&sandbox, &["--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn an_environment_remembers_the_run_that_made_it() {
    let sandbox = Sandbox::new()
        .with("GITHUB_SERVER_URL", "https://github.com")
        .with("GITHUB_REPOSITORY", "o/r")
        .with("GITHUB_RUN_ID", "17");
    up(&sandbox, "demo", &["--ttl", "4h"]).ok();
    let list = sandbox.run(&["list", "-o", "json"]).ok().json();
    assert_eq!(list["environments"][0]["from"], "https://github.com/o/r/actions/runs/17");
    let sandbox = sandbox.with("GITHUB_RUN_ID", "18");
    let again = up(&sandbox, "demo", &["--set", "metadata.ttl=4h"]).ok();
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

#[test]
fn an_expiry_that_has_passed_is_told_and_written_anew_when_asked() {
    let sandbox = Sandbox::new();
    expired(&sandbox, "demo");
    let ran = up(&sandbox, "demo", &[]).ok();
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(told.contains("it expired 2020-01-01T00:00:00Z, and the next `akstool reap"), "{told}");
    assert_eq!(tags_of(&sandbox, "demo")["akstool-expires"], PAST);
    up(&sandbox, "demo", &["--ttl", "4h"]).ok();
    assert!(tags_of(&sandbox, "demo")["akstool-expires"].as_str() > Some("2026"));
    let reaped = reap(&sandbox, &["--yes"]).ok();
    assert!(reaped.stdout.contains("Nothing is due"), "{}", reaped.stdout);
}

#[test]
fn a_life_that_is_mostly_over_is_extended_by_the_next_up() {
    let sandbox = Sandbox::new();
    up(&sandbox, "demo", &["--set", "metadata.ttl=1000d"]).ok();
    let first = tags_of(&sandbox, "demo")["akstool-expires"].clone();
    let again = up(&sandbox, "demo", &["--set", "metadata.ttl=1000d"]).ok();
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    // Of a longer life less than nine tenths are left.
    up(&sandbox, "demo", &["--set", "metadata.ttl=1200d"]).ok();
    assert!(tags_of(&sandbox, "demo")["akstool-expires"].as_str() > first.as_str());
    let status = sandbox.run(&[
        "status",
        "kubenet",
        "--name",
        "demo",
        "--set",
        "metadata.ttl=2000d",
        "--exit-code",
    ]);
    let _ = status.ok();
}

#[test]
fn a_life_of_nothing_of_a_century_and_in_words_is_refused() {
    let sandbox = Sandbox::new();
    for (ttl, says) in [
        ("0", "4h"),
        ("0s", "shorter than a minute"),
        ("100y", "longer than ten years"),
        ("four hours", "is no lifetime"),
        ("-1h", "is no lifetime"),
    ] {
        let ran = up(&sandbox, "demo", &[&format!("--ttl={ttl}")]).exits(2);
        assert!(ran.stderr.contains(says), "{ttl}: {}", ran.stderr);
    }
    let ran = reap(&sandbox, &["--older-than", "yesterday"]).exits(2);
    assert!(ran.stderr.contains("30s, 90m or 2h"), "{}", ran.stderr);
    let ran = reap(&sandbox, &["--yes", "--summary", "no/such/folder/x.md"]).exits(2);
    assert!(ran.stderr.contains("no/such/folder"), "{}", ran.stderr);
}

#[test]
fn a_name_in_two_groups_is_two_environments() {
    let sandbox = Sandbox::new();
    for group in ["here", "there"] {
        tagged(&sandbox, group, &json!({ "akstool-environment": "demo", "akstool-expires": PAST }));
    }
    let ran = reap(&sandbox, &["--match", "here/demo", "--yes"]).ok();
    assert!(!ran.stdout.contains("there/demo"), "{}", ran.stdout);
    assert_eq!(["here", "there"].map(|one| stands(&sandbox, one)), [false, true]);
}

#[test]
fn a_failed_cluster_and_a_half_made_one_are_taken_down_like_any_other() {
    for fault in [
        json!({ "method": "PUT", "path": "*/managedClusters/*", "fail": { "code": "AllocationFailed", "message": "no" } }),
        json!({ "method": "PUT", "path": "*/virtualNetworks/*", "times": 0,
            "answer": { "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "no" } } } }),
    ] {
        for how in [&["down", "demo", "--yes"][..], &["down", "demo", "--yes", "--no-wait"]] {
            let sandbox = Sandbox::new();
            sandbox.write("faults.json", json!({ "faults": [fault] }).to_string());
            let _ = up(&sandbox, "demo", &["--sim-faults", "faults.json"]).exits(1);
            sandbox.run(how).ok();
            // Whoever did not wait waits now.
            sandbox.run(&["down", "demo", "--yes"]).ok();
            assert_eq!(sandbox.ids(), Vec::<String>::new(), "{how:?}");
        }
    }
}

#[test]
fn what_still_uses_a_network_is_waited_for_and_named() {
    let sandbox = Sandbox::new();
    up(&sandbox, "demo", &[]).ok();
    let holder = format!(
        "{SUBSCRIPTION}/resourceGroups/MC_demo/providers/Microsoft.Network/loadBalancers/kubernetes"
    );
    let message = format!("Subnet nodes is in use by {holder} and cannot be deleted.");
    sandbox.write("faults.json", json!({ "faults": [
        { "method": "DELETE", "type": "Microsoft.Network/virtualNetworks/subnets", "times": 2,
          "answer": { "status": 400, "body": { "error": { "code": "InUseSubnetCannotBeDeleted", "message": message } } } },
        { "method": "DELETE", "type": "Microsoft.Network/virtualNetworks", "times": 2,
          "answer": { "status": 400, "body": { "error": { "code": "InUseSubnetCannotBeDeleted", "message": message } } } },
        { "method": "DELETE", "type": "Microsoft.Network/routeTables",
          "answer": { "status": 409, "body": { "error": { "code": "AnotherOperationInProgress", "message": "wait" } } } },
    ] }).to_string());
    let ran = sandbox.run(&["down", "demo", "--yes", "--sim-faults", "faults.json"]).ok();
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        told.contains("cleared away (`InUseSubnetCannotBeDeleted`): /subscriptions/"),
        "{told}"
    );
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}
