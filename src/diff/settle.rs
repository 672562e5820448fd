//! `settle`: observed and desired become one document.
//!
//! What the desired side names wins, what it does not name stays as observed, `null` removes.
//! How two values meet stands in `settling`; which rules hold for these two documents, in `force`;
//! here is what the rest of the program asks for.

use serde_json::Value;

use super::force::in_force;
use super::goes;
use super::path::{Path, matches};
use super::rule::Rule;
use super::settling::settled;

/// Returns what the resource should look like after `desired` was applied to `observed`.
///
/// `settle(settle(o, d), d) == settle(o, d)`, and a resource needs no change exactly when
/// `settle(o, d) == o`.
pub fn settle(observed: &Value, desired: &Value, rules: &[Rule]) -> Value {
    settled(observed, desired, &in_force(observed, desired, rules))
}

/// Returns the body of a `PUT`: what is settled, less what is Azure's own.
///
/// For a resource that does not exist yet (`observed` is `None`) that is the whole wish.
pub fn request_body(observed: Option<&Value>, desired: &Value, rules: &[Rule]) -> Value {
    let rules = in_force(observed.unwrap_or(&Value::Null), desired, rules);
    let whole = match observed {
        Some(observed) => settled(observed, desired, &rules),
        None => without_nulls(desired),
    };
    as_sent(&Path::default(), &whole, &rules)
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        plain => plain.clone(),
    }
}

/// Returns a document as it is sent: without what is Azure's own, and in Azure's own spelling.
fn as_sent(path: &Path, value: &Value, rules: &[Rule]) -> Value {
    let is_server = |here: &Path| {
        rules.iter().any(|rule| matches!(rule, Rule::Server(_)) && matches(rule.at(), here))
    };
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(name, _)| !goes::is_unsent(rules, path, name, members))
                .map(|(name, value)| (name, path.key(name), value))
                .filter(|(_, here, _)| !is_server(here))
                .map(|(name, here, value)| (name.clone(), as_sent(&here, value, rules)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| as_sent(&path.item(at), item, rules))
                .collect(),
        ),
        Value::String(text) => spelt(path, text, rules).into(),
        plain => plain.clone(),
    }
}

/// Returns the word as its specification spells it, where a rule knows.
fn spelt<'a>(path: &Path, text: &'a str, rules: &[Rule]) -> &'a str {
    let known = rules.iter().find_map(|rule| match rule {
        Rule::Spelt(at, word) if word.eq_ignore_ascii_case(text) && matches(at, path) => {
            Some(*word)
        }
        Rule::Renamed(at, old, new) if *old == text && matches(at, path) => Some(*new),
        _ => None,
    });
    known.unwrap_or(text)
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
