//! `akstool list`: what stands, how old it is, when it ends.

use serde_json::{Value, json};

use crate::support::{SUBSCRIPTION, Sandbox};

fn up(sandbox: &Sandbox, name: &str, more: &[&str]) {
    let args = [&["up", "kubenet", "--name", name, "--yes"], more].concat();
    sandbox.run(&args).ok();
}

fn listed(sandbox: &Sandbox, more: &[&str]) -> Value {
    sandbox.run(&[&["list", "-o", "json"], more].concat()).ok().json()
}

fn one<'a>(list: &'a Value, name: &str) -> &'a Value {
    let all = list["environments"].as_array().expect("environments");
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name} in {list}"))
}

#[test]
fn an_environment_is_listed_with_its_age_expiry_and_cost() {
    let sandbox = Sandbox::new();
    up(&sandbox, "short", &["--ttl", "4h"]);
    up(&sandbox, "long", &[]);
    let list = listed(&sandbox, &[]);
    assert_eq!(list["schema"], "akstool.list/v1");
    assert_eq!(list["asked"], "resource-graph");
    let short = one(&list, "short");
    assert_eq!((&short["state"], &short["expired"]), (&json!("whole"), &json!(false)));
    assert!(short["expires"].is_string() && short["ageSeconds"].is_u64(), "{short}");
    assert!(short["nodes"].as_u64() > Some(0) && short["vcpus"].as_u64() > Some(1), "{short}");
    assert_eq!(one(&list, "long")["expires"], Value::Null);
    assert_eq!(list["summary"]["environments"], 2);
    let text = sandbox.run(&["list"]).ok().stdout;
    assert!(text.contains("NAME") && text.contains("short") && text.contains("never"), "{text}");
}

#[test]
fn an_empty_subscription_has_no_environment() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["list"]).ok().stdout, "No environment.\n");
    assert_eq!(listed(&sandbox, &[])["environments"], json!([]));
}

#[test]
fn where_the_graph_cannot_be_asked_lists_tell_the_same() {
    let sandbox = Sandbox::new();
    up(&sandbox, "demo", &["--ttl", "4h"]);
    sandbox.put(
        "/resourceGroups/half",
        "2021-04-01",
        &json!({
        "location": "westeurope", "tags": { "akstool-environment": "half" } }),
    );
    let graph = listed(&sandbox, &[]);
    sandbox.write("faults.json", json!({ "faults": [{
        "method": "POST", "path": "*/Microsoft.ResourceGraph/resources", "times": 99,
        "answer": { "status": 403, "body": { "error": { "code": "AuthorizationFailed", "message": "no" } } },
    }] }).to_string());
    let lists = listed(&sandbox, &["--sim-faults", "faults.json"]);
    assert_eq!(lists["asked"], "lists");
    let plain = |list: &Value| -> Vec<Value> {
        let all = list["environments"].as_array().unwrap().clone();
        all.into_iter()
            .map(|mut one| {
                one["ageSeconds"] = Value::Null;
                one["created"] = Value::Null;
                one
            })
            .collect()
    };
    assert_eq!(plain(&graph), plain(&lists));
    assert_eq!(one(&lists, "half")["state"], "half-made");
}

#[test]
fn what_lies_in_the_group_of_another_hand_is_listed_too() {
    let sandbox = Sandbox::new();
    let group = "/resourceGroups/team";
    sandbox.put(group, "2021-04-01", &json!({ "location": "westeurope" }));
    up(&sandbox, "guest", &["--set", "metadata.resourceGroup=team"]);
    let id = format!("{group}/providers/Microsoft.Network/routeTables/r");
    sandbox.put(
        &id,
        "2025-07-01",
        &json!({ "location": "westeurope",
        "tags": { "akstool-environment": "left" } }),
    );
    let list = listed(&sandbox, &[]);
    assert_eq!(one(&list, "guest")["resourceGroup"], "team");
    assert_eq!(
        (&one(&list, "left")["state"], list["summary"]["environments"].as_u64()),
        (&json!("half-made"), Some(2))
    );
}

#[test]
fn several_subscriptions_are_looked_at_at_once() {
    let sandbox = Sandbox::new();
    up(&sandbox, "here", &[]);
    let other = "22222222-2222-2222-2222-222222222222";
    let id = format!("/subscriptions/{other}/resourceGroups/there");
    sandbox.write(
        "there.json",
        json!({ "location": "westeurope", "tags": { "akstool-environment": "there" } }).to_string(),
    );
    sandbox.run(&["sim", "put", &id, "--api-version", "2021-04-01", "--body", "there.json"]).ok();
    let both = format!("{},{other}", SUBSCRIPTION.trim_start_matches("/subscriptions/"));
    assert_eq!(listed(&sandbox, &[])["summary"]["environments"], 1);
    assert_eq!(listed(&sandbox, &["--subscription", &both])["summary"]["environments"], 2);
    assert_eq!(listed(&sandbox, &["--all-subscriptions"])["summary"]["environments"], 2);
    let up = sandbox.run(&["status", "here", "--subscription", &both]).exits(2);
    assert!(up.stderr.contains("more than one subscription"), "{}", up.stderr);
}

#[test]
fn what_azure_says_drives_no_terminal() {
    let sandbox = Sandbox::new();
    sandbox.put("/resourceGroups/evil", "2021-04-01", &json!({ "location": "westeurope",
        "tags": { "akstool-environment": "e\u{1b}[31mvil", "owner": "\u{202e}x", "akstool-expires": "\u{7}never" } }));
    let text = sandbox.run(&["list"]).ok().stdout;
    assert!(text.chars().all(|c| c == '\n' || !akstool::visible::is_unsafe(c)), "{text:?}");
}
