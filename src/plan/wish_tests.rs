//! What looking again may come to.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::kind::{AgentPool, Cluster, RouteTable, VirtualNetwork};

/// A table as Azure shows it: of the environment `demo`, with a tag and a list of routes.
fn table(team: &str, routes: &[&str]) -> Value {
    let route = |name: &&str| {
        json!({ "name": name, "properties": {
        "addressPrefix": "192.168.0.0/24", "nextHopType": "VirtualAppliance" } })
    };
    json!({
        "etag": format!("{team}-{}", routes.len()),
        "tags": { ENVIRONMENT: "demo", "team": team },
        "properties": {
            "provisioningState": "Succeeded",
            "routes": routes.iter().map(route).collect::<Vec<_>>(),
        },
    })
}

/// The wish that the tag `team` be so, planned on what was seen.
fn wish(team: &str, seen: &Value) -> Wish {
    let desired = json!({ "tags": { ENVIRONMENT: "demo", "team": team } });
    Wish::on::<RouteTable>(desired, seen).of(Some("demo"))
}

fn decide(wish: &Wish, found: Option<&Value>) -> Decision {
    wish.decide(RouteTable::TYPE, &wish.desired, found, false)
}

fn stopped(decision: Decision) -> String {
    match decision {
        Decision::Stop(moved) => moved.to_string(),
        other => panic!("it goes on: {other:?}"),
    }
}

#[test]
fn what_the_wish_does_not_name_is_written_as_it_stands_now() {
    let seen = table("a", &[]);
    let found = table("a", &["theirs"]);
    let Decision::Write(write) = decide(&wish("b", &seen), Some(&found)) else { panic!("goes on") };
    assert_eq!(write.condition, Condition::Unchanged("a-1".to_owned()));
    assert_eq!(write.body.get("properties.routes[0].name"), Some(&json!("theirs")));
    assert_eq!(write.body.get("tags.team"), Some(&json!("b")));
}

#[test]
fn what_is_no_longer_what_the_plan_showed_is_named_with_both_values() {
    let seen = table("a", &[]);
    let said = stopped(decide(&wish("b", &seen), Some(&table("c", &[]))));
    assert!(said.contains("tags.team was `a` and is `c` now, the plan says `b`"), "{said}");
    let mut found = table("b", &[]);
    found["tags"]["team"] = json!("c");
    let kept = wish("a", &seen);
    let said = stopped(decide(&kept, Some(&found)));
    assert!(said.contains("tags.team was `a` and is `c` now, the plan says `a`"), "{said}");
}

#[test]
fn what_another_run_did_already_is_not_done_again() {
    let seen = table("a", &[]);
    assert_eq!(decide(&wish("b", &seen), Some(&table("b", &["x"]))), Decision::Done);
    let mut failed = table("b", &[]);
    failed["properties"]["provisioningState"] = json!("Failed");
    assert!(matches!(decide(&wish("b", &seen), Some(&failed)), Decision::Write(_)));
}

#[test]
fn what_went_or_got_another_owner_is_left_alone() {
    let seen = table("a", &[]);
    assert_eq!(decide(&wish("b", &seen), None), Decision::Stop(Moved::Gone));
    let mut found = seen.clone();
    found["tags"][ENVIRONMENT] = json!("Demo");
    let said = stopped(decide(&wish("b", &seen), Some(&found)));
    assert!(said.contains("says `Demo` since the plan was made"), "{said}");
    found["tags"] = json!({});
    let said = stopped(decide(&wish("b", &seen), Some(&found)));
    assert!(said.contains("lost its tag"), "{said}");
}

#[test]
fn what_was_to_be_made_and_stands_there_is_the_callers_to_judge() {
    let nothing = Wish { seen: None, ..wish("b", &table("a", &[])) };
    let Decision::Write(write) = decide(&nothing, None) else { panic!("made") };
    assert_eq!(write.condition, Condition::Absent);
    let found = table("c", &[]);
    assert_eq!(decide(&nothing, Some(&found)), Decision::Appeared);
    let ours = nothing.decide(RouteTable::TYPE, &nothing.desired, Some(&found), true);
    assert!(matches!(ours, Decision::Write(_)), "what this run began, it goes on with");
    let moved = nothing.clash(&nothing.desired, &found).expect("it differs");
    let said = "somebody made it since the plan was made: tags.team is `c`, the plan says `b`";
    assert_eq!(moved.to_string(), said);
}

#[test]
fn a_dearer_change_than_the_plan_showed_is_not_made() {
    let pool = |size: &str, count: u32| json!({ "properties": { "vmSize": size, "count": count, "eTag": "m" } });
    let seen = pool("Standard_D2s_v5", 1);
    let desired = json!({ "properties": { "vmSize": "Standard_D2s_v5", "count": 2 } });
    let wish = Wish::on::<AgentPool>(desired, &seen);
    let decide = |found: &Value| wish.decide(AgentPool::TYPE, &wish.desired, Some(found), false);
    assert!(matches!(decide(&pool("Standard_D2s_v5", 1)), Decision::Write(_)));
    assert!(stopped(decide(&pool("Standard_D4s_v5", 1))).contains("vmSize"));
    assert!(stopped(decide(&pool("Standard_D2s_v5", 9))).contains("count was `1` and is `9` now"));
}

#[test]
fn an_autoscaler_that_moved_a_count_loses_nothing() {
    let cluster = |tag: &str, count: u32| {
        json!({ "tags": { "t": tag }, "eTag": count.to_string(), "properties": {
            "agentPoolProfiles": [{ "name": "apps", "count": count, "enableAutoScaling": true,
                "minCount": 1, "maxCount": 9 }] } })
    };
    let seen = cluster("a", 1);
    let wish = Wish::on::<Cluster>(json!({ "tags": { "t": "b" } }), &seen);
    let found = cluster("a", 7);
    let decision = wish.decide(Cluster::TYPE, &wish.desired, Some(&found), false);
    let Decision::Write(write) = decision else { panic!("{decision:?}") };
    assert_eq!(write.body.get("properties.agentPoolProfiles[0].count"), Some(&json!(7)));
    assert_eq!(write.condition, Condition::Unchanged("7".to_owned()));
}

#[test]
fn a_deletion_takes_nothing_along_that_nobody_saw() {
    let group = ResourceId::resource_group("s", "g");
    let id = group.resource(RouteTable::TYPE, "t");
    let deletion = Deletion::of(&id, &table("a", &["ours"]), "demo");
    let fine = deletion.decide(&table("b", &["ours", "aks-pool-1-vmss000000"]));
    assert_eq!(fine, Ok(Condition::Unchanged("b-2".to_owned())), "AKS clears its own away");
    let came = deletion.decide(&table("a", &["ours", "theirs"])).unwrap_err();
    assert!(came.to_string().contains("`theirs` (routes) came into it"), "{came}");
    let mut used = table("a", &["ours"]);
    used["properties"]["subnets"] = json!([{ "id": "/subscriptions/s/x/y/subnets/far" }]);
    assert!(deletion.decide(&used).unwrap_err().to_string().contains("`far` (subnets)"));
    let mut theirs = table("a", &["ours"]);
    theirs["tags"][ENVIRONMENT] = json!("someone-else");
    assert!(deletion.decide(&theirs).unwrap_err().to_string().contains("`someone-else`"));
}

#[test]
fn a_group_carries_its_owner_too_and_a_subnet_cannot() {
    let group = ResourceId::resource_group("s", "g");
    let network = group.resource(VirtualNetwork::TYPE, "v");
    let owner = |id: &ResourceId| Deletion::of(id, &json!({}), "demo").owner;
    assert_eq!(owner(&group).as_deref(), Some("demo"));
    assert_eq!(owner(&network).as_deref(), Some("demo"));
    assert_eq!(owner(&network.child("subnets", "n")), None);
}

/// Small tables: a few tags, some routes.
fn worlds() -> impl Strategy<Value = Value> {
    let tags = prop::collection::btree_map("[a-c]", "[x-z]", 0..3);
    let routes = prop::collection::btree_set("[r-t]", 0..3);
    (tags, routes, prop::bool::weighted(0.9)).prop_map(|(tags, routes, ours)| {
        let mut body = table("a", &routes.iter().map(String::as_str).collect::<Vec<_>>());
        body["tags"] = json!(tags);
        if ours {
            body["tags"][ENVIRONMENT] = json!("demo");
        }
        body
    })
}

proptest! {
    /// Whatever another hand did: what is written holds all of it but what the user agreed to
    /// change, and whoever is stopped changes nothing.
    #[test]
    fn nothing_of_another_hand_is_lost(
        seen in worlds(),
        found in worlds(),
        wished in prop::collection::btree_map("[a-c]", "[x-z]", 0..3),
    ) {
        let wish = Wish::on::<RouteTable>(json!({ "tags": wished }), &seen).of(Some("demo"));
        let tags = |body: &Value| body["tags"].as_object().cloned().unwrap_or_default();
        if let Decision::Write(write) = decide(&wish, Some(&found)) {
            prop_assert_eq!(found["tags"][ENVIRONMENT].as_str(), Some("demo"));
            let routes = |body: &Value| body["properties"]["routes"].as_array().map_or(0, Vec::len);
            prop_assert_eq!(routes(write.body.value()), routes(&found));
            for (name, theirs) in tags(&found) {
                let sent = write.body.value()["tags"].get(&name);
                let agreed = tags(&seen).get(&name) == Some(&theirs)
                    && wished.get(&name).map(String::as_str) == sent.and_then(Value::as_str);
                prop_assert!(sent == Some(&theirs) || agreed, "{name}: {theirs} became {sent:?}");
            }
        }
    }

    /// Looking again at what was seen changes no decision.
    #[test]
    fn what_did_not_change_is_done_as_planned(seen in worlds(), wished in "[x-z]") {
        let mut seen = seen;
        seen["tags"][ENVIRONMENT] = json!("demo");
        let wish = Wish::on::<RouteTable>(json!({ "tags": { "a": wished } }), &seen).of(Some("demo"));
        let decision = decide(&wish, Some(&seen));
        prop_assert_eq!(decision, Decision::Write(Box::new(wish.request())));
    }
}

#[test]
fn what_was_extended_since_it_was_found_due_stays() {
    let id = ResourceId::resource_group("s", "demo");
    let body = |until: &str| json!({ "tags": { "akstool-environment": "demo", "akstool-expires": until } });
    let seen = body("2026-01-01T00:00:00Z");
    let mut deletion = Deletion::of(&id, &seen, "demo");
    let later = body("2026-02-01T00:00:00Z");
    assert!(deletion.decide(&later).is_ok(), "who asks for this very one gets it");
    deletion.is_timed = true;
    assert!(deletion.decide(&seen).is_ok());
    let moved = deletion.decide(&later).unwrap_err().to_string();
    assert!(moved.contains("extended until 2026-02-01T00:00:00Z"), "{moved}");
}
