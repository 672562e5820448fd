//! `akstool` on an embedded Azure that is strict: rate limits, rights, grants that take their time.

use serde_json::{Value, json};

use crate::support::{Ran, SUBSCRIPTION, Sandbox};

fn strict(conduct: &Value) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("strict.json", conduct.to_string());
    sandbox
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.run(&[args, &["--sim-faults", "strict.json"]].concat())
}

/// The roles of a caller, everywhere.
fn caller(roles: &[&str]) -> Value {
    let given: Vec<Value> = roles.iter().map(|role| json!({ "role": role })).collect();
    json!({ "caller": given })
}

#[test]
fn a_reader_is_told_what_is_missing_before_anything_is_written() {
    let sandbox = strict(&caller(&["Reader"]));
    let ran = run(&sandbox, &["up", "kubenet", "--yes"]).exits(1);
    for (action, role) in [
        ("Microsoft.Resources/subscriptions/resourceGroups/write", "Contributor"),
        (
            "Microsoft.ContainerService/managedClusters/write",
            "Azure Kubernetes Service Contributor",
        ),
        (
            "Microsoft.Authorization/roleAssignments/write",
            "Role Based Access Control Administrator",
        ),
    ] {
        assert!(ran.stderr.contains(&format!("`{action}`")), "{action}: {}", ran.stderr);
        assert!(ran.stderr.contains(role), "{role}: {}", ran.stderr);
    }
    assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
    let outcome = run(&sandbox, &["up", "kubenet", "--yes", "-o", "json"]).exits(1).outcome();
    assert_eq!((&outcome["result"], &outcome["requests"]["write"]), (&json!("failed"), &json!(0)));
    assert_eq!(outcome["failed"][0]["code"], "AuthorizationFailed");
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn without_a_look_first_the_first_write_is_refused_in_azures_words_and_with_a_hint() {
    let sandbox = strict(&caller(&["Reader"]));
    let ran = run(&sandbox, &["up", "kubenet", "--yes", "--no-preflight"]).exits(1);
    assert!(ran.stderr.contains("does not have authorization to perform action"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: have the role granted that holds the action"));
    let args = ["up", "kubenet", "--yes", "--no-preflight", "-o", "json"];
    let outcome = run(&sandbox, &args).exits(1).outcome();
    assert_eq!(outcome["failed"][0]["code"], "AuthorizationFailed");
    assert_eq!(outcome["failed"].as_array().map(Vec::len), Some(1));
    assert_eq!(outcome["requests"]["retried"], 0, "a right that nobody granted is not waited for");
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn the_callers_right_is_not_waited_for_because_an_identity_was_made() {
    let sandbox = strict(&caller(&["Contributor"]));
    let args = ["up", "kubenet", "--yes", "--no-preflight", "-o", "json"];
    let outcome = run(&sandbox, &args).exits(1).outcome();
    assert_eq!(outcome["failed"][0]["code"], "AuthorizationFailed", "{outcome}");
    assert_eq!(outcome["requests"]["retried"], 0, "{outcome}");
    assert!(sandbox.ids().iter().any(|id| id.contains("/userassignedidentities/")));
}

#[test]
fn doctor_sees_the_rights_that_the_caller_has() {
    let rights = |roles: &[&str], code| {
        let sandbox = strict(&caller(roles));
        let report = run(&sandbox, &["doctor", "kubenet", "-o", "json"]).exits(code).json();
        let all = report["findings"].as_array().expect("findings").clone();
        let errors = all.iter().filter(|one| one["area"] == "rights" && one["severity"] == "error");
        errors.map(|one| one["fact"].as_str().expect("a fact").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        rights(&["Contributor"], 1),
        ["You lack `Microsoft.Authorization/roleAssignments/write` on resource group `demo`."]
    );
    let both = ["Contributor", "Role Based Access Control Administrator"];
    assert_eq!(rights(&both, 0), Vec::<String>::new());
    let sandbox = strict(&caller(&both));
    run(&sandbox, &["up", "kubenet", "--yes"]).ok();
    run(&sandbox, &["down", "demo", "--yes"]).ok();
    assert_eq!(sandbox.ids(), Vec::<String>::new());
}

#[test]
fn who_may_not_grant_is_not_asked_to_where_the_network_team_did() {
    let sandbox = strict(&caller(&["Contributor"]));
    let group = "/resourceGroups/network";
    let network = format!("{group}/providers/Microsoft.Network/virtualNetworks/shared");
    let identity =
        format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks");
    sandbox.put(group, "2021-04-01", &json!({ "location": "westeurope" }));
    let space = json!({ "location": "westeurope", "properties": {
        "addressSpace": { "addressPrefixes": ["10.40.0.0/16"] },
        "subnets": [{ "name": "aks", "properties": { "addressPrefix": "10.40.1.0/24" } }] } });
    sandbox.put(&network, "2025-07-01", &space);
    sandbox.put(&identity, "2024-11-30", &json!({ "location": "westeurope" }));
    let set = format!("cluster.identity.id={SUBSCRIPTION}{identity}");
    let doctor = ["doctor", "existing-vnet", "--set", &set];
    let ran = run(&sandbox, &doctor).exits(1);
    assert!(ran.stdout.contains("roleAssignments/write"), "{}", ran.stdout);
    let all = sandbox.store();
    let principal = all.iter().find_map(|body| body["properties"]["principalId"].as_str());
    // Contributor on the whole network holds what Network Contributor on the subnet does.
    let role = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    let role = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let grant =
        "providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555";
    let body = json!({ "properties": { "principalId": principal.expect("an identity"),
        "principalType": "ServicePrincipal", "roleDefinitionId": role } });
    sandbox.put(&format!("{network}/{grant}"), "2022-04-01", &body);
    let before = sandbox.ids();
    let ran = run(&sandbox, &doctor).ok();
    assert!(!ran.stdout.contains("roleAssignments/write"), "{}", ran.stdout);
    run(&sandbox, &["up", "existing-vnet", "--yes", "--set", &set]).ok();
    run(&sandbox, &["down", "existing-vnet", "--yes"]).ok();
    assert_eq!(sandbox.ids(), before);
}

#[test]
fn up_says_what_it_waits_for_while_a_grant_is_on_its_way() {
    let sandbox = strict(&json!({ "propagation": 120 }));
    let ran = run(&sandbox, &["up", "kubenet", "--yes"]).ok();
    let said = ran.stderr.lines().find(|line| line.contains("has not reached all of Azure yet"));
    let said = said.unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(said.contains("trying PUT cluster demo again"), "{said}");
    assert!(said.contains("`LinkedAuthorizationFailed`"), "{said}");
}

#[test]
fn a_grant_that_never_arrives_fails_with_a_hint_and_is_healed_by_the_next_up() {
    let sandbox = strict(&json!({ "propagation": 3_600 }));
    let ran = run(&sandbox, &["up", "kubenet", "--yes"]).exits(1);
    assert!(ran.stderr.contains("`LinkedAuthorizationFailed`: The client"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("run the same command again"), "{}", ran.stderr);
    // By then the grants have arrived.
    let outcome = sandbox.run(&["up", "kubenet", "--yes", "-o", "json"]).ok().outcome();
    assert_eq!((&outcome["result"], &outcome["created"]), (&json!("succeeded"), &json!(2)));
    sandbox.run(&["plan", "kubenet"]).ok();
}

#[test]
fn a_fleet_keeps_within_the_documented_limits() {
    let sandbox = strict(&json!({ "limits": "documented" }));
    let fleet =
        ["kubenet", "azure-cni", "azure-overlay", "azure-cilium", "nat-gateway", "isolated"];
    let args = [&["up"], &fleet[..], &["--yes", "-o", "json"]].concat();
    let outcome = run(&sandbox, &args).ok().outcome();
    assert_eq!(
        (&outcome["result"], &outcome["requests"]["retried"]),
        (&json!("succeeded"), &json!(0))
    );
}

#[test]
fn a_switch_that_does_not_exist_is_named() {
    let sandbox = strict(&json!({ "limit": "documented" }));
    let ran = run(&sandbox, &["plan", "kubenet"]).exits(2);
    assert!(ran.stderr.contains("`limit`") && ran.stderr.contains("limits"), "{}", ran.stderr);
}
