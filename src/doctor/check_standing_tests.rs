//! What others laid over the scope, held against a profile.

use super::*;

#[test]
fn locks_count_where_they_stand() {
    let lock = |scope: &str, level: &str| Lock {
        name: "keep".into(),
        level: level.into(),
        scope: scope.into(),
        notes: None,
    };
    let severity = |scope: &str, level: &str| {
        let found = says("kubenet", &[], Area::Locks, |facts| {
            facts.locks = Read::Got(vec![lock(scope, level)]);
        });
        found.first().map(|text| text.split(':').next().unwrap_or_default().to_owned())
    };
    let group = ResourceId::resource_group("s", "demo");
    let vm = group.resource("Microsoft.Compute/disks", "d");
    assert_eq!(severity("/subscriptions/s", "ReadOnly").as_deref(), Some("error"));
    assert_eq!(severity("/subscriptions/s", "CanNotDelete").as_deref(), Some("warning"));
    assert_eq!(severity(group.as_str(), "ReadOnly").as_deref(), Some("error"));
    assert_eq!(severity(vm.as_str(), "CanNotDelete").as_deref(), Some("warning"));
    assert_eq!(severity("/subscriptions/s/resourceGroups/other", "ReadOnly"), None);
    assert_eq!(severity("/subscriptions/s/resourceGroups/demonstration", "ReadOnly"), None);
    assert_eq!(severity("odd", "ReadOnly"), None);
}

#[test]
fn a_policy_that_denies_is_an_error_and_one_that_may_is_a_warning() {
    let policy = |condition: serde_json::Value, effect: &str| Policy {
        title: "Ours".into(),
        scope: "/subscriptions/s".into(),
        is_enforced: true,
        rules: vec![PolicyRule {
            title: "Ours".into(),
            effect: effect.into(),
            condition,
            is_indexed: true,
        }],
        ..Policy::default()
    };
    let judge = |policy: Policy| {
        says("kubenet", &[], Area::Policies, |facts| {
            facts.policies = Read::Got(vec![policy.clone()]);
        })
    };
    let here = json!({ "field": "location", "equals": "westeurope" });
    assert_eq!(judge(policy(here.clone(), "audit")), [""; 0]);
    assert_eq!(judge(Policy { is_enforced: false, ..policy(here.clone(), "deny") }), [""; 0]);
    let group = "/subscriptions/s/resourceGroups/demo".to_owned();
    assert_eq!(judge(Policy { not_scopes: vec![group], ..policy(here.clone(), "deny") }), [""; 0]);
    let said = judge(policy(here, "deny"));
    assert!(said[0].starts_with("error: Policy `Ours` denies `"), "{said:?}");
    assert!(said[0].contains("`Microsoft.ContainerService/managedClusters`"), "{said:?}");
    assert!(!said[0].contains("subnets"), "subnets carry neither tags nor a region: {said:?}");
    let kind = "Microsoft.ContainerService/managedClusters";
    let unclear = json!({ "allOf": [
        { "field": "type", "equals": kind },
        { "field": format!("{kind}/disableLocalAccounts"), "equals": false },
    ]});
    assert_eq!(
        judge(policy(unclear, "deny")),
        [format!("warning: Policy `Ours` may deny `{kind}`.")]
    );
}

#[test]
fn a_policy_is_shown_by_its_name_which_its_title_is_not() {
    let policy = Policy {
        title: "Don't".into(),
        name: "0a1b".into(),
        scope: "/providers/Microsoft.Management/managementGroups/all".into(),
        ..denying()
    };
    let found = look("kubenet", &[], |facts| facts.policies = Read::Got(vec![policy.clone()]));
    let denied = found.iter().find(|f| f.area == Area::Policies).unwrap();
    assert_eq!(
        denied.command.as_deref(),
        Some(
            "az policy assignment show --name 0a1b --scope \
             /providers/Microsoft.Management/managementGroups/all"
        )
    );
}
