//! Which rules are in force: those that hold always, and those whose condition these two documents
//! meet.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::rule::Rule;
use super::settling::settled;

/// Returns the rules that hold for these two documents, conditional ones unwrapped.
///
/// Whether one holds does not change by settling: the place of a condition is settled by the
/// unconditional rules alone, and that settles to itself.
pub(super) fn in_force<'a>(
    observed: &Value,
    desired: &Value,
    rules: &'a [Rule],
) -> Cow<'a, [Rule]> {
    let is_plain = |rule: &Rule| !matches!(rule, Rule::While(..) | Rule::Asked(..));
    if rules.iter().all(is_plain) {
        return Cow::Borrowed(rules);
    }
    let plain: Vec<Rule> = rules.iter().filter(|rule| is_plain(rule)).copied().collect();
    let holds = |rule: &Rule| match rule {
        Rule::While(place, word, rule) => {
            let outcome = settled(&only(observed, place), &only(desired, place), &plain);
            reads(&outcome, place, word).then_some(**rule)
        }
        Rule::Asked(place, word, rule) => reads(desired, place, word).then_some(**rule),
        rule => Some(*rule),
    };
    Cow::Owned(rules.iter().filter_map(holds).collect())
}

/// Returns what stands at a place, which is keys joined by dots.
fn found<'a>(document: &'a Value, place: &str) -> Option<&'a Value> {
    place.split('.').try_fold(document, |value, key| value.get(key))
}

/// Returns a document without anything but one place.
fn only(document: &Value, place: &str) -> Value {
    let Some(value) = found(document, place) else {
        return Value::Object(Map::new());
    };
    let around = |value, key: &str| Value::Object(Map::from_iter([(key.to_owned(), value)]));
    place.rsplit('.').fold(value.clone(), around)
}

fn reads(document: &Value, place: &str, word: &str) -> bool {
    let text = found(document, place).and_then(Value::as_str);
    text.is_some_and(|text| text.eq_ignore_ascii_case(word))
}
