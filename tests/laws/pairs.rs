//! Fields that exclude or complete each other: every pair that the rules of a kind know.

use akstool::diff::rule::When;
use akstool::diff::{Rule, request_body, settle};
use akstool::kind;
use serde_json::{Map, Value, json};

/// Returns a document that holds these members in the object that a pattern's last key lies in.
fn document(at: &str, members: &[(&str, Value)]) -> Value {
    let mut keys: Vec<&str> = at.split('.').collect();
    keys.pop();
    let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let mut inner = Value::Object(members.collect());
    for key in keys.into_iter().rev() {
        inner = match key.strip_suffix("[]") {
            Some(list) => {
                inner["name"] = json!("one");
                json!({ list: [inner] })
            }
            None => Value::Object(Map::from_iter([(key.to_owned(), inner)])),
        };
    }
    inner
}

/// Returns the rules of a type with conditions taken off, and what the conditions ask for.
fn plain(rule: Rule) -> (Rule, Option<(&'static str, &'static str)>) {
    match rule {
        Rule::While(place, word, inner) => (*inner, Some((place, word))),
        rule => (rule, None),
    }
}

fn word(text: &str) -> Value {
    match text {
        "true" => json!(true),
        "false" => json!(false),
        text => json!(text),
    }
}

/// Returns a value of the sibling beside which the place stays, and one with which it goes.
fn sides(when: When) -> (Value, Value) {
    match when {
        When::Reads("enableAutoScaling", words) => (json!(true), word(words[0])),
        When::Reads(_, words) => (json!("Another"), word(words[0])),
        When::Other(_, words) => (word(words[0]), json!("another")),
        When::Unless(_, wanted) => (word(wanted), Value::Null),
        When::Named(_) => (Value::Null, json!({ "count": 1 })),
    }
}

fn at(mut document: Value, place: Option<(&str, &str)>) -> Value {
    if let Some((place, word)) = place {
        let pointer = format!("/{}", place.replace('.', "/"));
        let (parent, key) = pointer.rsplit_once('/').expect("a place");
        if let Some(parent) = document.pointer_mut(parent) {
            parent[key] = json!(word);
        }
    }
    document
}

#[test]
fn whatever_a_sibling_no_longer_wants_goes_and_is_not_sent() {
    let mut pairs = 0;
    for entry in kind::ALL {
        let (kind, rules) = (entry.name, entry.rules());
        for (rule, place) in rules.iter().map(|rule| plain(*rule)) {
            let Rule::Goes(path, when) = rule else { continue };
            let name = path.rsplit('.').next().expect("a key");
            let (stays, goes) = sides(when);
            let before = at(document(path, &[(when.sibling(), stays), (name, json!("x"))]), place);
            let wish = at(document(path, &[(when.sibling(), goes)]), place);
            let after = settle(&before, &wish, &rules);
            let told = format!("{kind} {path}: {after}");
            let text = |value: &Value| value.to_string().contains(&format!("\"{name}\":"));
            assert!(text(&before) && !text(&after), "{told}");
            assert!(!text(&request_body(Some(&before), &wish, &rules)), "sent: {told}");
            assert_eq!(settle(&after, &wish, &rules), after, "{told}");
            assert_eq!(settle(&before, &before, &rules), before, "silent: {told}");
            pairs += 1;
        }
    }
    assert!(pairs >= 15, "{pairs} pairs");
}

#[test]
fn a_value_and_its_list_are_one_wish_everywhere() {
    let mut twins = 0;
    for entry in kind::ALL {
        let (kind, rules) = (entry.name, entry.rules());
        for rule in rules.iter() {
            let Rule::Twin(path, many) = *rule else { continue };
            let one = path.rsplit('.').next().expect("a key");
            let single = document(path, &[(one, json!("10.0.0.0/24"))]);
            let list = document(path, &[(many, json!(["10.0.0.0/24"]))]);
            let both =
                document(path, &[(one, json!("10.0.0.0/24")), (many, json!(["10.0.0.0/24"]))]);
            for before in [&single, &list, &both] {
                for wish in [&single, &list] {
                    assert_eq!(&settle(before, wish, &rules), before, "{kind} {path}");
                }
            }
            let moved = document(path, &[(one, json!("10.1.0.0/24"))]);
            let expected =
                document(path, &[(one, json!("10.1.0.0/24")), (many, json!(["10.1.0.0/24"]))]);
            assert_eq!(settle(&both, &moved, &rules), expected, "both places: {kind} {path}");
            twins += 1;
        }
    }
    assert!(twins >= 7, "{twins} twins");
}
