//! What the statistics over all recordings, the kept-aside ones included, say of `PUT` and `GET`:
//! every property that Azure changes, drops or adds is put before our rules as the smallest pair of
//! documents that shows it, and must be no change.
//!
//! The statistics name a property, the value sent and the value seen; what else the documents held
//! is lost, so that an entry which needs its surroundings gets them from [`surroundings`].

use akstool::diff::settle;
use akstool::kind::rules_of;
use serde_json::{Map, Value, json};

use crate::recording::statistics;

/// One property that went out and came back otherwise.
struct Entry<'a> {
    /// The type, as the statistics write it.
    kind: &'a str,
    /// The place, as in `properties.agentPoolProfiles[].count`.
    place: &'a str,
    sent: Option<Value>,
    seen: Option<Value>,
}

#[test]
fn what_azure_changes_drops_and_adds_is_no_change() {
    let Some(statistics) = statistics("normalisation-all.json") else { return };
    let (mut tried, mut excused, mut wrong) = (0, 0, Vec::new());
    for (kind, lists) in statistics.as_object().unwrap() {
        let Some(rules) = rules_of(&full_type(kind)) else { continue };
        for entry in entries(kind, lists) {
            if unfulfilled(&entry).is_some() {
                excused += 1;
                continue;
            }
            for (sent, seen) in entry.pairs() {
                tried += 1;
                let settled = settle(&seen, &sent, &rules);
                if settled != seen {
                    wrong.push(format!("{kind} {}: {sent} over {seen}: {settled}", entry.place));
                }
            }
        }
    }
    println!("normalisation: pairs {tried}, excused {excused}, false differences {}", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_key_came_back_in_another_case() {
    let Some(statistics) = statistics("normalisation-all.json") else { return };
    for (kind, lists) in statistics.as_object().unwrap() {
        assert_eq!(lists["keycase"], json!({}), "{kind} would need a rule for its keys");
    }
}

/// Whatever the rules let pass above, a change that somebody means is seen.
#[test]
fn a_wish_is_seen_beside_every_leniency() {
    const CLUSTER: &str = "managedclusters";
    const POOL: &str = "managedclusters/agentpools";
    let taint = json!(["a=b:NoSchedule"]);
    let spot = json!(["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]);
    let add_on = "properties.addonProfiles.omsagent.enabled";
    let guests = "properties.apiServerAccessProfile.authorizedIPRanges";
    let inner = "properties.agentPoolProfiles[]";
    let cases = [
        (CLUSTER, "sku.tier", json!("Free"), json!("Paid")),
        (CLUSTER, "sku.name", json!("Base"), json!("Automatic")),
        (CLUSTER, add_on, json!(true), json!(false)),
        (CLUSTER, guests, json!(["10.0.0.0/8"]), json!([])),
        (CLUSTER, &format!("{inner}.count"), json!(2), json!(3)),
        (CLUSTER, &format!("{inner}.nodeTaints"), taint.clone(), json!([])),
        (CLUSTER, &format!("{inner}.nodeTaints"), json!([]), taint.clone()),
        (POOL, "properties.count", json!(2), json!(3)),
        (POOL, "properties.count", json!(2), json!(0)),
        (POOL, "properties.powerState.code", json!("Running"), json!("Stopped")),
        (POOL, "properties.mode", json!("Machines"), json!("User")),
        (POOL, "properties.type", json!("VirtualMachines"), json!("VirtualMachineScaleSets")),
        (POOL, "properties.nodeTaints", taint.clone(), json!([])),
        (POOL, "properties.nodeTaints", spot, taint),
        (
            "virtualnetworks/subnets",
            "properties.addressPrefix",
            json!("10.0.0.0/24"),
            json!("10.0.0.0/23"),
        ),
        (
            "virtualnetworks",
            "properties.addressSpace.addressPrefixes",
            json!(["10.0.0.0/8"]),
            json!(["10.0.0.0/16"]),
        ),
    ];
    for (kind, place, seen, sent) in cases {
        let around = |value| document(&steps(place), Some(&value), true);
        let (seen, sent) = (around(seen), around(sent));
        let rules = rules_of(&full_type(kind)).unwrap();
        assert_ne!(settle(&seen, &sent, &rules), seen, "{kind}: {sent} over {seen} is a change");
    }
}

/// Sleep, waking and autoscaling excuse a count only as far as they go.
#[test]
fn a_pool_count_is_a_wish_unless_azure_has_it() {
    let rules = rules_of("Microsoft.ContainerService/managedClusters/agentPools").unwrap();
    let count = |seen: Value, sent: Value| {
        let (seen, sent) = (json!({ "properties": seen }), json!({ "properties": sent }));
        settle(&seen, &sent, &rules)["properties"]["count"].clone()
    };
    let awake = json!({ "powerState": { "code": "Running" }, "count": 2 });
    let asleep = json!({ "powerState": { "code": "Stopped" }, "count": 0 });
    assert_eq!(count(asleep.clone(), json!({ "count": 3 })), 0);
    assert_eq!(count(asleep, json!({ "powerState": { "code": "Running" }, "count": 3 })), 3);
    assert_eq!(count(awake.clone(), json!({ "count": 0 })), 0);
    assert_eq!(count(awake, json!({ "powerState": { "code": "Running" }, "count": 3 })), 3);
    let scaled = |least: i64, most: i64, count: i64| json!({ "enableAutoScaling": true, "minCount": least, "maxCount": most, "count": count });
    assert_eq!(count(scaled(1, 5, 1), scaled(2, 5, 1)), 2, "raised with the bound");
    assert_eq!(count(scaled(2, 5, 1), scaled(2, 5, 1)), 1, "the scaler is on its way");
    assert_eq!(count(scaled(1, 5, 5), scaled(1, 4, 5)), 4);
    let machines = json!({ "mode": "Machines" });
    assert_eq!(count(machines.clone(), json!({ "mode": "Machines", "count": 3 })), Value::Null);
    assert_eq!(count(machines, json!({ "mode": "User", "count": 3 })), 3);
}

/// Returns why what came back is not what was meant, and rightly a difference: the wish was real,
/// and Azure had not fulfilled it.
fn unfulfilled(entry: &Entry<'_>) -> Option<&'static str> {
    let change = (entry.sent.as_ref()?, entry.seen.as_ref()?);
    match (entry.kind, entry.place) {
        ("managedclusters", "properties.addonProfiles.<key>.enabled")
            if change == (&json!(false), &json!(true)) =>
        {
            Some(
                "AKS took the PUT and left the add-on on (`ext-aks_create_with_monitoring_legacy_auth`)",
            )
        }
        _ => None,
    }
}

/// Returns what else both documents held when an entry was recorded.
fn surroundings(entry: &Entry<'_>) -> Value {
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    match (entry.kind, entry.place) {
        ("managedclusters", "properties.agentPoolProfiles[].nodeTaints")
            if entry.seen.is_some() =>
        {
            json!({ "sku": { "name": "Automatic" } })
        }
        ("managedclusters", "properties.agentPoolProfiles[].securityProfile.sshAccess")
            if text(&entry.seen).as_deref() == Some("Disabled") =>
        {
            json!({ "sku": { "name": "Automatic" } })
        }
        ("managedclusters/agentpools", "properties.count") => counting(entry),
        // Dropped where a pool is one of machines, and nowhere else.
        (
            "managedclusters/agentpools",
            "properties.osType"
            | "properties.type"
            | "properties.scaleDownMode"
            | "properties.workloadRuntime"
            | "properties.securityProfile.sshAccess",
        ) => json!({ "properties": { "mode": "Machines" } }),
        _ => json!({}),
    }
}

/// A count came back as another one when a pool was put to sleep, was woken, was scaled by its
/// autoscaler, and not at all from a pool of machines.
fn counting(entry: &Entry<'_>) -> Value {
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_i64);
    match (number(&entry.sent), number(&entry.seen)) {
        (_, None) => json!({ "properties": { "mode": "Machines" } }),
        (_, Some(0)) => json!({ "properties": { "powerState": { "code": "Stopped" } } }),
        (Some(0), Some(2)) => json!({ "properties": { "powerState": { "code": "Running" } } }),
        _ => json!({ "properties": { "enableAutoScaling": true, "minCount": 1, "maxCount": 3 } }),
    }
}

impl Entry<'_> {
    /// Returns the smallest pairs of documents, sent and seen, that show the entry.
    fn pairs(&self) -> Vec<(Value, Value)> {
        let around = surroundings(self);
        let pair = |sent: Value, seen: Value| (merged(sent, &around), merged(seen, &around));
        let full = |value: Option<&Value>| document(&steps(self.place), value, true);
        let mut pairs = vec![pair(full(self.sent.as_ref()), full(self.seen.as_ref()))];
        if self.place.ends_with("[].name") {
            // An item cannot be sent without its name; the whole list was added.
            pairs.clear();
        }
        let steps = steps(self.place);
        let parent = &steps[..steps.len() - 1];
        // What is referred to is a wish, whatever Azure tells of it: the reference was sent.
        if parent.last() == Some(&"<key>") {
            return pairs;
        }
        // The parent may have come and gone with its only member; an item that was sent is a wish.
        let is_item = parent.last().is_some_and(|step| step.ends_with("[]"));
        // So is a key: which identities a cluster has is said by those that are named.
        let is_key = parent.last() == Some(&"<key>") && self.sent.is_none();
        if parent.len() > 1 && !is_key && (self.sent.is_none() || (self.seen.is_none() && !is_item))
        {
            let bare = document(&steps, self.sent.as_ref().or(self.seen.as_ref()), false);
            let without = document(parent, None, true);
            pairs.push(match self.sent {
                Some(_) => pair(bare, without),
                None => pair(without, bare),
            });
        }
        pairs
    }
}

fn steps(place: &str) -> Vec<&str> {
    place.split('.').collect()
}

/// Returns a document with a value at a place; objects on the way hold something more, so that
/// they do not come and go with the value, the last one only if it is `shared`.
fn document(steps: &[&str], value: Option<&Value>, shared: bool) -> Value {
    let mut object = Map::new();
    let Some((step, rest)) = steps.split_first() else { return Value::Object(object) };
    let (key, is_list) = step.strip_suffix("[]").map_or((*step, false), |key| (key, true));
    let key = if key == "<key>" { "/subscriptions/s/resourceGroups/g" } else { key };
    if shared || !rest.is_empty() {
        object.insert("beside".into(), json!("something"));
    }
    let below = match (rest.is_empty(), is_list) {
        (true, false) => value.cloned(),
        (true, true) => value.map(|value| match value {
            Value::Array(_) => value.clone(),
            item => json!([item]),
        }),
        (false, false) => Some(document(rest, value, shared)),
        (false, true) => Some(json!([item(document(rest, value, shared))])),
    };
    if let Some(below) = below {
        object.insert(key.to_owned(), below);
    }
    Value::Object(object)
}

/// Returns an item of a list with the keys by which items meet.
fn item(mut item: Value) -> Value {
    for key in ["name", "service"] {
        if item.get(key).is_none() {
            item[key] = json!("one");
        }
    }
    item
}

fn merged(document: Value, more: &Value) -> Value {
    match (document, more) {
        (Value::Object(mut document), Value::Object(more)) => {
            for (key, value) in more {
                let before = document.remove(key).unwrap_or(Value::Null);
                document.insert(key.clone(), merged(before, value));
            }
            Value::Object(document)
        }
        (Value::Null, more) => more.clone(),
        (document, _) => document,
    }
}

/// Reads the three lists of a type.
fn entries<'a>(kind: &'a str, lists: &'a Value) -> Vec<Entry<'a>> {
    let list = |name: &str| lists[name].as_object().unwrap();
    let mut entries = Vec::new();
    for (place, changes) in list("changed") {
        let changes = changes.as_object().unwrap().keys().map(|change| change_of(kind, change));
        if place.ends_with("[]") {
            // Items that changed places: only together do they make the list.
            let (sent, seen): (Vec<_>, Vec<_>) = changes.unzip();
            entries.push(Entry { kind, place, sent: Some(sent.into()), seen: Some(seen.into()) });
            continue;
        }
        entries.extend(changes.map(|(sent, seen)| Entry {
            kind,
            place,
            sent: Some(sent),
            seen: Some(seen),
        }));
    }
    for (place, values) in list("dropped") {
        let values = values.as_object().unwrap().keys().map(|value| value_of(value));
        entries.extend(values.map(|sent| Entry { kind, place, sent: Some(sent), seen: None }));
    }
    for (place, values) in list("added") {
        let values = values.as_object().unwrap().keys().map(|value| value_of(value));
        entries.extend(values.map(|seen| Entry { kind, place, sent: None, seen: Some(seen) }));
    }
    entries
}

/// Reads `sent -> seen`; `CASE` before it says that only the case differs.
fn change_of(kind: &str, text: &str) -> (Value, Value) {
    // A long text is cut before the arrow.
    let text = text.trim_start_matches("CASE ");
    let (sent, seen) = text.split_once(" -> ").unwrap_or((text, "another text"));
    let seen = match (seen, sent) {
        // The statistics do not say with what; the recordings show one taint, of Azure's own on a
        // pool and a usual one on the system pool of an automatic cluster.
        ("filled", "[]") if kind == "managedclusters" => {
            json!(["CriticalAddonsOnly=true:NoSchedule"])
        }
        ("filled", "[]") => json!(["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]),
        ("filled", _) => json!({ "something": "more" }),
        (seen, _) => value_of(seen),
    };
    (value_of(sent), seen)
}

/// Reads a value; one that is cut, or `<generated>`, stands for a text.
fn value_of(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::String(text)) if text == "{}" => json!({}),
        Ok(value) => value,
        Err(_) => Value::from(text),
    }
}

/// Returns the whole name of a type, which the statistics write without its namespace.
fn full_type(short: &str) -> String {
    let namespace = match short.split('/').next().unwrap_or_default() {
        "managedclusters" => "Microsoft.ContainerService",
        "roleassignments" => "Microsoft.Authorization",
        "userassignedidentities" => "Microsoft.ManagedIdentity",
        "resourceGroup" => return "Microsoft.Resources/resourceGroups".to_owned(),
        "registries" => "Microsoft.ContainerRegistry",
        "workspaces" => "Microsoft.OperationalInsights",
        _ => "Microsoft.Network",
    };
    format!("{namespace}/{short}")
}
