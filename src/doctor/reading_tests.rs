//! Answers of Azure, well-formed and not, and the facts read from them.

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn a_size_is_read_with_its_restrictions() {
    let found = size(&json!({
        "resourceType": "virtualMachines", "name": "Standard_D2s_v5", "tier": "Standard",
        "family": "standardDSv5Family", "locations": ["westeurope"],
        "locationInfo": [{ "location": "westeurope", "zones": ["3", "1", "2"] }],
        "capabilities": [
            { "name": "vCPUs", "value": "2" }, { "name": "MemoryGB", "value": "3.5" },
            { "name": "CpuArchitectureType", "value": "x64" },
        ],
        "restrictions": [
            { "type": "Zone", "values": ["westeurope"], "reasonCode": "NotAvailableForSubscription",
              "restrictionInfo": { "locations": ["westeurope"], "zones": ["2"] } },
        ],
    }))
    .unwrap();
    assert_eq!((found.cores, found.memory_mib, found.is_arm), (2, 3584, false));
    assert_eq!((found.zones.join(""), found.withheld_zones.join("")), ("123".into(), "2".into()));
    assert_eq!(found.withheld, None);
    assert_eq!(size(&json!({ "resourceType": "disks", "name": "P10" })), None);
}

#[test]
fn a_version_is_read_as_it_was_recorded() {
    let found = offered(&json!({
        "version": "1.31", "capabilities": { "supportPlan": ["AKSLongTermSupport"] },
        "patchVersions": { "1.31.10": { "upgrades": [] }, "1.31.9": { "upgrades": ["1.31.10"] } },
    }))
    .unwrap();
    assert_eq!(found.patches, ["1.31.9", "1.31.10"]);
    assert_eq!(found.support, Support::LongTermOnly);
    assert!(!found.is_preview && !found.is_default);
}

#[test]
fn a_quota_below_zero_is_none() {
    let usage = |limit: i64| {
        let body = json!({ "name": { "value": "cores" }, "currentValue": 3.0, "limit": limit });
        super::usage(&body).unwrap()
    };
    assert_eq!(usage(-1).left(), u64::MAX - 3);
    assert_eq!((usage(10).left(), usage(2).left()), (7, 0));
}

#[test]
fn a_lock_says_what_it_stands_on() {
    let scope = "/subscriptions/s/resourceGroups/g";
    let found = lock(&json!({
        "id": format!("{scope}/providers/Microsoft.Authorization/locks/keep"),
        "name": "keep", "properties": { "level": "CanNotDelete", "notes": "ours" },
    }))
    .unwrap();
    assert_eq!((found.scope.as_str(), found.is_read_only()), (scope, false));
}

#[test]
fn a_policy_has_the_name_of_its_id_where_no_other_is_told() {
    let read = |mut body: Value| {
        body["properties"]["policyDefinitionId"] = json!("/d");
        policy(&body).map(|found| (found.title, found.name))
    };
    let id = "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/p";
    let both = |title: &str, name: &str| Some((title.to_owned(), name.to_owned()));
    assert_eq!(read(json!({ "id": id })), both("p", "p"));
    assert_eq!(read(json!({ "properties": { "displayName": "T" } })), both("T", ""));
    assert_eq!(read(json!({})), None);
}

#[test]
fn nothing_that_is_read_drives_a_terminal() {
    let found = policy(&json!({ "name": "a\u{1b}[2Jb", "properties": {
        "displayName": "x\u{202e}y\u{9b}z\n!", "policyDefinitionId": "/d", "notScopes": ["\u{7}/s"],
    }}))
    .unwrap();
    assert_eq!((found.title.as_str(), found.name.as_str()), ("xyz !", "a[2Jb"));
    assert_eq!(found.not_scopes, ["/s"]);
    let tags = json!({ "tags": { "akstool-environment": "d\u{1b}e" } });
    assert_eq!(place(&tags).environment.as_deref(), Some("de"));
    let versions = json!({ "version": "1.3\u{1b}4", "patchVersions": { "1.34\u{1b}.2": {} } });
    let found = offered(&versions).unwrap();
    assert_eq!((found.minor.as_str(), found.patches), ("1.34", vec!["1.34.2".to_owned()]));
}

#[test]
fn regions_are_compared_in_their_short_form() {
    assert_eq!(region("West Europe"), "westeurope");
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("/subscriptions/s/providers/Microsoft.Authorization/locks/x")),
    ];
    let keys = prop::sample::select(vec![
        "id",
        "name",
        "value",
        "properties",
        "capabilities",
        "restrictions",
        "type",
        "limit",
        "currentValue",
        "resourceType",
        "patchVersions",
        "version",
        "tags",
        "addressSpace",
        "addressPrefixes",
        "subnets",
        "level",
        "parameters",
        "policyDefinitionId",
        "actions",
    ]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.clone(), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_whatever_is_in_it_stops_the_reader(body in anything()) {
        let _ = subscription(&body);
        let _ = crate::kind::Permission::read(&body);
        let _ = provider(&body);
        let _ = usage(&body);
        let _ = size(&body);
        let _ = offered(&body);
        let _ = lock(&body);
        let _ = policy(&body);
        let _ = cluster(&body);
        let _ = network(&body);
        let _ = subnet_usage(&body);
    }
}
