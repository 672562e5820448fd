//! What `settle` promises: each rule by example, the laws as properties.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::diff::rule::{Assumed, When};
use crate::diff::{Cost, deltas};

const RULES: &[Rule] = &[
    Rule::Keyed("pools", "name"),
    Rule::Unordered("zones"),
    Rule::Owned("zones", "a"),
    Rule::Owned("taints", "azure/"),
    Rule::AtLeast("version"),
    Rule::YieldsWhen { at: "pools[].count", flag: "auto", within: ("min", "max") },
    Rule::Folded("location"),
    Rule::Folded("tags"),
    Rule::AbsentIs("priority", Assumed::Text("Regular")),
    Rule::ZeroIsUnset("disk"),
    Rule::Server("state"),
    Rule::Secret("password"),
    Rule::Fixed("size"),
    Rule::Rolls("image"),
    Rule::Renamed("plan", "Basic", "Base"),
    Rule::Lasting("kept"),
    Rule::While("mode", "Machines", &Rule::CreateOnly("nodes")),
    Rule::While("plan", "Base", &Rule::Unordered("b")),
    Rule::Asked("power", "On", &Rule::ZeroIsUnset("nodes")),
    Rule::Twin("one", "many"),
    Rule::PerFamily("many"),
    Rule::PerFamily("families"),
    Rule::Goes("balancer", When::Other("way", &["Base"])),
    Rule::Goes("pools[].min", When::Reads("auto", &["false"])),
    Rule::Goes("left", When::Named("right")),
    Rule::Goes("right", When::Named("left")),
    Rule::Goes("range", When::Unless("mode", "Machines")),
    Rule::Joined("space"),
    Rule::Whole("identities"),
    Rule::Latched("issuer"),
    Rule::Clears("labels"),
    Rule::Owned("labels", "a"),
    Rule::AbsentIs("open", Assumed::Flag(true)),
];

#[expect(clippy::needless_pass_by_value, reason = "reads better at the call")]
fn no_change(observed: Value, desired: Value) {
    assert_eq!(settle(&observed, &desired, RULES), observed);
    assert_eq!(deltas(&observed, &settle(&observed, &desired, RULES), RULES), []);
}

#[test]
fn what_the_wish_does_not_name_stays() {
    no_change(json!({"a": 1, "b": {"c": 2}}), json!({"b": {}}));
    let settled = settle(&json!({"a": 1, "b": {"c": 2}}), &json!({"b": {"d": 3}}), RULES);
    assert_eq!(settled, json!({"a": 1, "b": {"c": 2, "d": 3}}));
}

#[test]
fn null_removes_and_never_stays() {
    assert_eq!(
        settle(&json!({"a": {"b": 1}}), &json!({"a": {"b": null}}), RULES),
        json!({"a": {}})
    );
    assert_eq!(
        settle(&json!({}), &json!({"a": {"b": null, "c": 1}}), RULES),
        json!({"a": {"c": 1}})
    );
}

#[test]
fn empty_where_nothing_stands_is_no_change() {
    no_change(json!({"a": 1}), json!({"taints": [], "labels": {}, "text": "", "flag": false}));
    no_change(json!({"config": null}), json!({"config": {}}));
    no_change(json!({"a": 1}), json!({"taints": [""]}));
    no_change(json!({"taints": []}), json!({"taints": [""]}));
    let named = settle(&json!({"taints": []}), &json!({"taints": ["x", ""]}), RULES);
    assert_eq!(named, json!({"taints": ["x", ""]}));
    let cleared = settle(&json!({"taints": ["x"]}), &json!({"taints": []}), RULES);
    assert_eq!(cleared, json!({"taints": []}));
}

#[test]
fn what_azure_owns_in_a_list_stays() {
    no_change(json!({"taints": ["azure/spot"]}), json!({"taints": []}));
    no_change(json!({"taints": ["mine", "azure/spot"]}), json!({"taints": ["mine", "azure/spot"]}));
    let settled =
        settle(&json!({"taints": ["azure/spot", "old"]}), &json!({"taints": ["new"]}), RULES);
    assert_eq!(settled, json!({"taints": ["new", "azure/spot"]}));
}

#[test]
fn one_date_in_two_spellings_is_no_change() {
    no_change(
        json!({"until": "2026-01-01T22:30:17Z"}),
        json!({"until": "2026-01-01T22:30:17.000Z"}),
    );
    let settled = settle(
        &json!({"until": "2026-01-01T22:30:17Z"}),
        &json!({"until": "2026-01-01T23:30:17Z"}),
        RULES,
    );
    assert_eq!(settled, json!({"until": "2026-01-01T23:30:17Z"}));
}

#[test]
fn an_entry_counts_even_when_its_value_is_empty() {
    let settled = settle(&json!({}), &json!({"identities": {"/subscriptions/A": {}}}), RULES);
    assert_eq!(settled, json!({"identities": {"/subscriptions/A": {}}}));
    no_change(
        json!({"identities": {"/subscriptions/a": {"clientId": "x"}}}),
        json!({"identities": {"/subscriptions/A": {}}}),
    );
}

#[test]
fn keyed_items_meet_by_key_and_foreign_ones_stay() {
    no_change(
        json!({"pools": [{"name": "a", "x": 1}, {"name": "b"}]}),
        json!({"pools": [{"name": "B"}, {"name": "a", "x": 1}]}).map_name("B", "b"),
    );
    let settled =
        settle(&json!({"pools": [{"name": "a"}]}), &json!({"pools": [{"name": "c"}]}), RULES);
    assert_eq!(settled, json!({"pools": [{"name": "a"}, {"name": "c"}]}));
}

#[test]
fn autoscaled_count_is_left_alone() {
    let wish = json!({"pools": [{"name": "a", "auto": true, "min": 1, "max": 5, "count": 2}]});
    no_change(
        json!({"pools": [{"name": "a", "auto": true, "min": 1, "max": 5, "count": 4}]}),
        wish.clone(),
    );
    let settled = settle(
        &json!({"pools": [{"name": "a", "auto": true, "min": 1, "max": 9, "count": 7}]}),
        &wish,
        RULES,
    );
    assert_eq!(settled["pools"][0]["count"], 5, "kept within the new bounds");
    let raised = json!({"pools": [{"name": "a", "auto": true, "min": 3, "max": 5, "count": 1}]});
    let at = |min: i64, count: i64| json!({"pools": [{"name": "a", "auto": true, "min": min, "max": 5, "count": count}]});
    let settled = settle(&at(1, 2), &raised, RULES);
    assert_eq!(settled["pools"][0]["count"], 3, "raised with the bound");
    no_change(at(3, 2), raised);
    let off = json!({"pools": [{"name": "a", "auto": false, "count": 3}]});
    assert_eq!(settle(&at(3, 2), &off, RULES)["pools"][0]["count"], 3, "ours without a scaler");
}

#[test]
fn a_version_never_steps_back() {
    no_change(json!({"version": "1.34.2"}), json!({"version": "1.34"}));
    no_change(json!({"version": "1.35"}), json!({"version": "1.34.9"}));
    assert_eq!(
        settle(&json!({"version": "1.9"}), &json!({"version": "1.10"}), RULES),
        json!({"version": "1.10"})
    );
}

#[test]
fn case_is_no_difference_where_azure_folds_it() {
    no_change(json!({"location": "westeurope"}), json!({"location": "West Europe"}));
    no_change(json!({"tags": {"Team": "a"}}), json!({"tags": {"team": "a"}}));
    assert_eq!(
        settle(&json!({"tags": {"Team": "a"}}), &json!({"tags": {"team": "A"}}), RULES),
        json!({"tags": {"Team": "A"}})
    );
}

#[test]
fn defaults_that_azure_leaves_out_are_no_change() {
    no_change(
        json!({"disk": 128, "zones": ["1", "2"]}),
        json!({"priority": "Regular", "disk": 0, "zones": ["2", "1"]}),
    );
}

#[test]
fn azures_own_fields_are_neither_compared_nor_sent() {
    let observed = json!({"state": "Succeeded", "a": 1});
    no_change(observed.clone(), json!({"state": "x", "password": "hunter2"}));
    assert_eq!(request_body(Some(&observed), &json!({"a": 2}), RULES), json!({"a": 2}));
    assert_eq!(
        request_body(None, &json!({"password": "x", "state": "y", "f": false}), RULES),
        json!({"password": "x", "f": false})
    );
}

#[test]
fn a_word_is_sent_as_its_specification_spells_it() {
    let rules = [Rule::Spelt("kind", "NodeIP")];
    let observed = json!({"kind": "nodeip", "a": 1});
    assert_eq!(settle(&observed, &json!({"kind": "NodeIP"}), &rules), observed);
    let sent = request_body(Some(&observed), &json!({"a": 2}), &rules);
    assert_eq!(sent, json!({"kind": "NodeIP", "a": 2}));
}

#[test]
fn an_old_name_is_no_change_and_is_sent_as_the_new_one() {
    no_change(json!({"plan": "Base"}), json!({"plan": "Basic"}));
    let settled = settle(&json!({"plan": "Base"}), &json!({"plan": "Automatic"}), RULES);
    assert_eq!(settled, json!({"plan": "Automatic"}));
    assert_eq!(request_body(None, &json!({"plan": "Basic"}), RULES), json!({"plan": "Base"}));
}

#[test]
fn null_removes_nothing_that_azure_fills_in_itself() {
    no_change(json!({"kept": {"a": 1}}), json!({"kept": null}));
    no_change(json!({}), json!({"kept": null}));
    let settled = settle(&json!({"kept": {"a": 1}}), &json!({"kept": {"a": null}}), RULES);
    assert_eq!(settled, json!({"kept": {}}));
}

#[test]
fn a_rule_holds_only_while_its_place_reads_so() {
    no_change(json!({"mode": "machines"}), json!({"nodes": 3}));
    no_change(json!({"mode": "Machines", "nodes": 2}), json!({"mode": "Machines", "nodes": 3}));
    for (observed, wish) in [
        (json!({"nodes": 2}), json!({"nodes": 3})),
        (json!({"mode": "User", "nodes": 2}), json!({"nodes": 3})),
        (json!({"mode": "Machines", "nodes": 2}), json!({"mode": "User", "nodes": 3})),
    ] {
        assert_eq!(settle(&observed, &wish, RULES)["nodes"], 3, "{observed} {wish}");
    }
}

#[test]
fn a_rule_holds_where_the_wish_asks_so() {
    no_change(json!({"power": "On", "nodes": 2}), json!({"power": "On", "nodes": 0}));
    let observed = json!({"power": "On", "nodes": 2});
    assert_eq!(settle(&observed, &json!({"nodes": 0}), RULES)["nodes"], 0);
    assert_eq!(settle(&observed, &json!({"power": "On", "nodes": 1}), RULES)["nodes"], 1);
}

#[test]
fn what_another_place_no_longer_wants_goes() {
    let settled = |o: Value, d: Value| settle(&o, &d, RULES);
    let observed = json!({"way": "Base", "balancer": {"ports": 8}});
    assert_eq!(settled(observed.clone(), json!({"way": "Machines"})), json!({"way": "Machines"}));
    no_change(observed, json!({"way": "Base"}));
    let both = json!({"left": {"count": 1}, "a": 1});
    assert_eq!(settled(both.clone(), json!({"right": ["x"]})), json!({"right": ["x"], "a": 1}));
    assert_eq!(
        settled(json!({"right": ["x"]}), json!({"left": {"count": 1}})),
        json!({"left": {"count": 1}})
    );
    assert_eq!(settled(both.clone(), json!({"right": []})), both);
    let moved = settled(json!({"mode": "Machines", "range": "x"}), json!({"mode": null}));
    assert_eq!(moved, json!({}));
    let pool = |auto: bool| json!({"pools": [{"name": "a", "auto": auto}]});
    let scaled = json!({"pools": [{"name": "a", "auto": true, "min": 1}]});
    assert_eq!(settled(scaled, pool(false)), pool(false));
}

#[test]
fn what_azure_keeps_beside_an_old_value_is_no_change_and_not_sent() {
    let observed = json!({"way": "Machines", "balancer": {"kind": "x"}, "a": 1});
    no_change(observed.clone(), json!({"way": "Machines"}));
    let sent = request_body(Some(&observed), &json!({"way": "Machines", "a": 2}), RULES);
    assert_eq!(sent, json!({"way": "Machines", "a": 2}));
}

#[test]
fn a_value_and_a_list_of_it_are_one() {
    no_change(json!({"many": ["x"]}), json!({"one": "x"}));
    no_change(json!({"one": "x"}), json!({"many": ["x"]}));
    no_change(json!({"one": "x", "many": ["x"]}), json!({"many": ["x"]}));
    let settled = |o: Value, d: Value| settle(&o, &d, RULES);
    assert_eq!(settled(json!({"many": ["x"]}), json!({"one": "y"})), json!({"many": ["y"]}));
    let both = json!({"one": "y", "many": ["x"]});
    assert_eq!(settled(json!({}), both), json!({"one": "x", "many": ["x"]}));
    let hole = || json!({"one": "y", "many": [null]});
    assert_eq!(settled(settled(json!({}), hole()), hole()), settled(json!({}), hole()));
    assert_eq!(
        settled(json!({"one": "x", "many": ["x"]}), json!({"one": "y"})),
        json!({"one": "y", "many": ["y"]}),
        "written in both places"
    );
    assert_eq!(
        settled(json!({"one": "x"}), json!({"many": ["x", "f::"]})),
        json!({"many": ["x", "f::"]})
    );
}

#[test]
fn a_list_is_completed_by_azure_per_family() {
    no_change(json!({"many": ["1", "f::"]}), json!({"many": ["1"]}));
    no_change(json!({"families": ["IPv4", "IPv6"]}), json!({"families": ["IPv6"]}));
    no_change(json!({"one": "1", "many": ["1", "f::"]}), json!({"many": ["f::"]}));
    let settled = settle(&json!({"many": ["1", "f::"]}), &json!({"many": ["2"]}), RULES);
    assert_eq!(settled, json!({"many": ["2", "f::"]}));
    let settled = settle(&json!({"many": ["1"]}), &json!({"many": ["1", "f::"]}), RULES);
    assert_eq!(settled, json!({"many": ["1", "f::"]}));
}

#[test]
fn a_switch_stays_on_and_false_is_a_wish_where_absent_means_true() {
    no_change(json!({"issuer": true}), json!({"issuer": false}));
    assert_eq!(
        settle(&json!({"issuer": false}), &json!({"issuer": true}), RULES),
        json!({"issuer": true})
    );
    no_change(json!({}), json!({"open": true}));
    no_change(json!({"open": false}), json!({"open": false}));
    assert_eq!(settle(&json!({}), &json!({"open": false}), RULES), json!({"open": false}));
}

#[test]
fn an_empty_wish_clears_where_it_may() {
    let settled =
        settle(&json!({"labels": {"mine": "x", "azure": "y"}}), &json!({"labels": {}}), RULES);
    assert_eq!(settled, json!({"labels": {"azure": "y"}}));
    no_change(json!({"tags": {"mine": "x"}}), json!({"tags": {}}));
}

#[test]
fn a_price_classifies_and_never_changes_a_delta() {
    let before = json!({"size": "S", "image": "1", "a": 1});
    let after = json!({"size": "M", "image": "2", "a": 2});
    let costs: Vec<(String, Cost)> =
        deltas(&before, &after, RULES).into_iter().map(|d| (d.path, d.cost)).collect();
    assert_eq!(
        costs,
        [
            ("a".into(), Cost::None),
            ("image".into(), Cost::RestartsNodes),
            ("size".into(), Cost::Replaces)
        ]
    );
    assert_eq!(deltas(&before, &after, &[]).len(), 3);
}

trait MapName {
    fn map_name(self, from: &str, to: &str) -> Value;
}

impl MapName for Value {
    fn map_name(self, from: &str, to: &str) -> Value {
        serde_json::from_str(&self.to_string().replace(from, to)).unwrap()
    }
}

/// Documents over the names that the rules speak of, so that every rule is met.
fn document() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_i64..4).prop_map(Value::from),
        "[a-bA-B]{0,2}".prop_map(Value::from),
        Just(json!("1.34")),
        Just(json!("1.34.2")),
        Just(json!("Regular")),
        prop::sample::select(vec!["Basic", "Base", "Machines", "On", ""]).prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "pools",
        "zones",
        "version",
        "count",
        "auto",
        "min",
        "max",
        "location",
        "tags",
        "identities",
        "priority",
        "disk",
        "state",
        "password",
        "size",
        "image",
        "name",
        "plan",
        "kept",
        "mode",
        "nodes",
        "power",
        "one",
        "many",
        "families",
        "way",
        "balancer",
        "left",
        "right",
        "range",
        "issuer",
        "labels",
        "open",
        "a",
        "b",
    ]);
    plain.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::btree_map(name.clone(), inner.clone(), 0..5)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

/// A document whose keyed lists hold each key once, as Azure's do.
fn object() -> impl Strategy<Value = Value> {
    (document(), prop::collection::btree_map("[a-c]", (document(), 0_i64..9, any::<bool>()), 0..4)).prop_map(
        |(document, pools)| {
            let mut object = document.as_object().cloned().unwrap_or_default();
            let item = |(name, (extra, count, auto)): (String, (Value, i64, bool))| {
                json!({"name": name, "extra": extra, "count": count, "auto": auto, "min": 2, "max": 5})
            };
            object.insert("pools".into(), pools.into_iter().map(item).collect());
            Value::Object(object)
        },
    )
}

proptest! {
    #[test]
    fn settling_twice_is_settling_once(o in object(), d in object()) {
        let once = settle(&without_nulls(&o), &d, RULES);
        prop_assert_eq!(settle(&once, &d, RULES), once);
    }

    #[test]
    fn a_document_settles_to_itself(d in object()) {
        let d = without_nulls(&d);
        let settled = settle(&d, &d, RULES);
        prop_assert_eq!(deltas(&d, &settled, RULES).into_iter().filter(|x| !x.path.ends_with("count") && !["one", "many", "families"].contains(&x.path.as_str())).count(), 0);
    }

    #[test]
    fn what_is_not_named_is_kept(o in object(), d in object()) {
        let o = without_nulls(&o);
        let settled = settle(&o, &d, RULES);
        for (name, value) in o.as_object().unwrap() {
            let named = d.as_object().unwrap().keys().any(|key| key.eq_ignore_ascii_case(name));
            // Those that a wish for a sibling may take away or write.
            let bound = ["balancer", "left", "right", "range", "one", "many"];
            if !named && !bound.contains(&name.as_str()) {
                prop_assert_eq!(settled.get(name), Some(value));
            }
        }
    }

    #[test]
    fn the_order_of_a_wish_is_no_change(o in object(), d in object()) {
        let mut turned = d.clone();
        if let Some(pools) = turned["pools"].as_array_mut() { pools.reverse(); }
        let settled = settle(&without_nulls(&o), &d, RULES);
        prop_assert_eq!(settle(&settled, &turned, RULES), settled);
    }
}

#[test]
fn ranges_of_others_stay_and_a_range_that_grew_takes_its_own_place() {
    let space = |o: Value, d: Value| {
        let rules = [Rule::Joined("space")];
        settle(&json!({ "space": o }), &json!({ "space": d }), &rules)["space"].clone()
    };
    let (ours, wider, theirs) = ("10.20.0.0/16", "10.20.0.0/15", "10.88.0.0/16");
    assert_eq!(space(json!([ours, theirs]), json!([ours])), json!([theirs, ours]));
    assert_eq!(space(json!([theirs, ours]), json!([ours])), json!([theirs, ours]));
    assert_eq!(space(json!([ours, theirs]), json!([wider])), json!([theirs, wider]));
}

#[test]
fn of_what_is_the_wish_and_nothing_else_the_rest_goes() {
    let rules = [Rule::Whole("identities")];
    let (ours, theirs) = ("/subscriptions/s/x/ours", "/subscriptions/s/x/theirs");
    let one = |id: &str| json!({ "identities": { id: {} } });
    assert_eq!(settle(&one(theirs), &one(ours), &rules), one(ours));
    assert_eq!(settle(&one(theirs), &json!({}), &rules), one(theirs), "nobody wishes anything");
    let capitals = ours.to_ascii_uppercase();
    assert_eq!(settle(&one(&capitals), &one(ours), &rules), one(&capitals));
}

#[test]
fn a_guid_in_capitals_is_the_same() {
    let of = |id: &str| json!({ "principal": id });
    let (small, large) =
        ("1b671a64-40d5-491e-99b0-da01ff1f3341", "1B671A64-40D5-491E-99B0-DA01FF1F3341");
    assert_eq!(settle(&of(large), &of(small), &[]), of(large));
}

#[test]
fn an_empty_text_is_a_value_where_the_author_names_the_members() {
    let rules = [Rule::Literal("tags.*")];
    let wish = json!({ "tags": { "x": "" }, "other": "" });
    assert_eq!(settle(&json!({}), &wish, &rules), json!({ "tags": { "x": "" } }));
    let stands = json!({ "tags": { "x": "1" }, "other": "2" });
    let after = settle(&stands, &wish, &rules);
    assert_eq!(after, json!({ "tags": { "x": "" }, "other": "2" }));
    assert_eq!(settle(&after, &wish, &rules), after);
}

#[test]
fn an_empty_list_takes_away_all_but_what_is_azures_own() {
    let rules = [Rule::Keyed("list", "name"), Rule::Clears("list"), Rule::Owned("list", "aks-")];
    let stands = json!({ "list": [{ "name": "aks-one" }, { "name": "two" }] });
    let after = settle(&stands, &json!({ "list": [] }), &rules);
    assert_eq!(after, json!({ "list": [{ "name": "aks-one" }] }));
    assert_eq!(settle(&after, &json!({ "list": [] }), &rules), after);
}
