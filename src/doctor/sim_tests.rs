//! Doctor against the embedded Azure, with answers of Azure's put in its mouth where it has none.

use std::collections::BTreeSet;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::preflight::PATIENCE;
use super::*;
use crate::arm::client::Setup;
use crate::arm::clock::Clock;
use crate::arm::cloud::Cloud;
use crate::arm::credential::SimCredential;
use crate::arm::id::ResourceId;
use crate::arm::redact::Secrets;
use crate::sim::fault::Script;
use crate::sim::transport::SimTransport;
use crate::sim::{self, SUBSCRIPTION, Sim, Speed};

/// A client of a fresh world in which calls on paths are answered as given, for ever.
fn world(answers: &[(&str, u16, Value)]) -> Arm {
    let faults: Vec<Value> = answers
        .iter()
        .map(|(path, status, body)| {
            json!({ "method": "GET", "path": path, "times": 0,
                "answer": { "status": status, "body": body } })
        })
        .collect();
    client(Script::parse(&json!({ "faults": faults }).to_string()).unwrap())
}

fn client(faults: Script) -> Arm {
    let options = sim::Options { speed: Speed::Max, faults, ..sim::Options::default() };
    let cloud = Cloud::sim();
    Arm::new(Setup {
        endpoint: cloud.endpoint().clone(),
        scope: cloud.scope(),
        credential: SimCredential::shared(),
        transport: Arc::new(SimTransport::new(Sim::open(options).unwrap())),
        clock: Clock::real(),
        trace: None,
        secrets: Secrets::default(),
        notices: None,
    })
    .unwrap()
}

async fn look(arm: &Arm, profile: Option<&Profile>) -> Report {
    let question = Question { subscription: SUBSCRIPTION, profile, ..Question::default() };
    examine(arm, &question).await.unwrap()
}

fn facts(report: &Report, area: Area, severity: Severity) -> Vec<&str> {
    let found = report.findings.iter().filter(|f| f.area == area && f.severity == severity);
    found.map(|found| found.fact.as_str()).collect()
}

fn forbidden() -> Value {
    json!({ "error": { "code": "AuthorizationFailed", "message": "The client does not." } })
}

#[tokio::test(start_paused = true)]
async fn the_look_before_up_costs_one_round_of_reads() {
    let arm = world(&[]);
    let profile = built_in("kubenet", &[]);
    let needs = Needs::of(&profile, SUBSCRIPTION);
    let made = needs.graph.iter().map(|(_, resource)| resource.id.clone()).collect();
    let made = Writes { made, ..Writes::default() };
    let before = arm.clock().elapsed();
    assert_eq!(preflight(&arm, &profile, SUBSCRIPTION, &made).await, []);
    let took = arm.clock().elapsed().saturating_sub(before);
    let counts = arm.counts();
    assert!(counts.read > 10 && counts.write == 0, "{counts:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_another_run_begins_to_make_during_the_look_is_no_reason_to_stop() {
    let profile = built_in("kubenet", &[]);
    let needs = Needs::of(&profile, SUBSCRIPTION);
    let made = BTreeSet::from([needs.cluster.clone()]);
    let made = Writes { made, ..Writes::default() };
    let answer = |id: &ResourceId, times: u32, status: u16, mut body: Value| {
        body["id"] = json!(id.as_str());
        body["location"] = json!("westeurope");
        let answer = json!({ "status": status, "body": body });
        json!({ "method": "GET", "path": id.as_str(), "times": times, "answer": answer })
    };
    let missing = json!({ "error": { "code": "ResourceNotFound", "message": "Not here." } });
    let begun = json!({ "tags": { "akstool-environment": profile.metadata.name.as_str() },
        "properties": { "provisioningState": "Creating" } });
    let node_group = json!({ "managedBy": needs.cluster.as_str() });
    for (times, errors) in [(1, 0), (0, 1)] {
        let faults = [
            answer(&needs.node_group, 0, 200, node_group.clone()),
            answer(&needs.cluster, times, 404, missing.clone()),
            answer(&needs.cluster, 0, 200, begun.clone()),
        ];
        let arm = client(Script::parse(&json!({ "faults": faults }).to_string()).unwrap());
        let found = preflight(&arm, &profile, SUBSCRIPTION, &made).await;
        assert_eq!(found.len(), errors, "{found:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_hangs_does_not_hold_up_for_long() {
    let faults = json!({ "faults": [{ "path": "*/skus", "times": 0, "delay": 3600 }] });
    let arm = client(Script::parse(&faults.to_string()).unwrap());
    let profile = built_in("kubenet", &[]);
    let before = arm.clock().elapsed();
    let made = BTreeSet::from([Needs::of(&profile, SUBSCRIPTION).cluster]);
    let made = Writes { made, ..Writes::default() };
    assert_eq!(preflight(&arm, &profile, SUBSCRIPTION, &made).await, []);
    assert_eq!(arm.clock().elapsed().saturating_sub(before), PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_said_and_stops_nothing() {
    let refused = |path| (path, 403, forbidden());
    let arm = world(&[
        refused("*/permissions"),
        refused("*/locks"),
        refused("*/policyAssignments"),
        refused("*/usages"),
        refused("*/skus"),
        refused("*/kubernetesVersions"),
        refused("*/providers/Microsoft.Network"),
    ]);
    let report = look(&arm, Some(&built_in("kubenet", &[]))).await;
    assert!(!report.has_errors(), "{:#?}", report.findings);
    assert_eq!(
        facts(&report, Area::Locks, Severity::Info),
        ["Could not look at the locks: you may not read it (`AuthorizationFailed`)."]
    );
    assert_eq!(facts(&report, Area::Names, Severity::Ok).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_not_there_is_an_error_and_no_more() {
    let body = json!({ "error": { "code": "SubscriptionNotFound", "message": "not found" } });
    let arm = world(&[(&format!("/subscriptions/{SUBSCRIPTION}"), 404, body)]);
    let report = look(&arm, None).await;
    assert_eq!(facts(&report, Area::Subscription, Severity::Error).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_is_registered_and_waited_for() {
    let arm = world(&[]);
    let id = ResourceId::subscription(SUBSCRIPTION);
    let api = crate::arm::ApiVersion::new("2021-04-01");
    let off = "/providers/Microsoft.Network/unregister";
    arm.post(&id, off, &api, None).await.unwrap();
    let before = look(&arm, None).await;
    assert_eq!(before.unregistered, ["Microsoft.Network"]);
    assert!(before.has_errors());
    let done = register(&arm, SUBSCRIPTION, &before.unregistered).await.unwrap();
    assert_eq!(done, [("Microsoft.Network".to_owned(), Registered::Yes)]);
    assert!(!look(&arm, None).await.has_errors());
}

#[tokio::test(start_paused = true)]
async fn an_initiative_is_read_to_the_rule_that_denies() {
    const DEFINITIONS: &str = "/providers/Microsoft.Authorization/policyDefinitions";
    const SET: &str = "/providers/Microsoft.Authorization/policySetDefinitions/base";
    let assignment = json!({ "name": "base", "properties": {
        "displayName": "Baseline", "scope": "/subscriptions/s", "policyDefinitionId": SET,
        "parameters": { "regions": { "value": ["northeurope"] } },
    }});
    let member = |name: &str, parameters: Value| json!({ "policyDefinitionId": format!("{DEFINITIONS}/{name}"), "parameters": parameters });
    let set = json!({ "properties": { "policyType": "BuiltIn",
        "parameters": { "regions": { "type": "Array" } },
        "policyDefinitions": [
            member("regions", json!({ "allowed": { "value": "[parameters('regions')]" } })),
            member("gone", json!({})),
        ],
    }});
    let regions = json!({ "properties": { "displayName": "Allowed regions", "mode": "Indexed",
        "parameters": { "allowed": { "type": "Array" } },
        "policyRule": {
            "if": { "field": "location", "notIn": "[parameters('allowed')]" },
            "then": { "effect": "deny" },
        },
    }});
    let arm = world(&[
        ("*/policyAssignments", 200, json!({ "value": [assignment] })),
        (SET, 200, set),
        (&format!("{DEFINITIONS}/regions"), 200, regions),
        (&format!("{DEFINITIONS}/gone"), 404, json!({ "error": { "code": "x", "message": "y" } })),
    ]);
    let report = look(&arm, Some(&built_in("kubenet", &[]))).await;
    let denied = facts(&report, Area::Policies, Severity::Error);
    assert_eq!(denied.len(), 1, "{:#?}", report.findings);
    assert!(
        denied[0].starts_with("Policy `Baseline`, rule `Allowed regions`, denies"),
        "{denied:?}"
    );
    assert_eq!(
        facts(&report, Area::Policies, Severity::Info),
        ["1 rule of policies could not be read."]
    );
    let here = built_in("kubenet", &["metadata.location=northeurope".to_owned()]);
    let report = look(&arm, Some(&here)).await;
    assert_eq!(facts(&report, Area::Policies, Severity::Error), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_page_after_the_first_is_read_too() {
    let usage = |name: &str, used| {
        json!({ "name": { "value": name, "localizedValue": name }, "currentValue": used,
            "limit": 10, "unit": "Count" })
    };
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/usages"
    );
    let next = format!("https://{}{path}/more", Cloud::sim().endpoint().host_str().unwrap());
    let arm = world(&[
        (&path, 200, json!({ "value": [usage("cores", 0)], "nextLink": next })),
        (&format!("{path}/more"), 200, json!({ "value": [usage("standardDSv5Family", 9)] })),
    ]);
    let report = look(&arm, Some(&built_in("kubenet", &[]))).await;
    assert_eq!(
        facts(&report, Area::Quota, Severity::Error),
        ["standardDSv5Family: 1 of 10 are left, and 4 are needed for the nodes."]
    );
}
