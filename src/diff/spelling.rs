//! One wish in two spellings: a value alone and a list of it, and lists that Azure completes.
//!
//! Azure answers `addressPrefix` or `addressPrefixes`, and some settings at both places at once. A
//! wish is rewritten into the spelling that was read, so that `x` and `[x]` are one, and what stands
//! at two places changes at both.

use std::borrow::Cow;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::path::{Path, matches, member};
use super::rule::Rule;

/// Returns a wish in the spelling of what was read.
pub(super) fn of_wish<'d>(
    rules: &[Rule],
    path: &Path,
    o: &Map<String, Value>,
    d: &'d Map<String, Value>,
) -> Cow<'d, Map<String, Value>> {
    let mut wish = Cow::Borrowed(d);
    for rule in rules {
        let Rule::Twin(at, many) = rule else { continue };
        let Some(one) = member(at, path) else { continue };
        let wished = match (d.get(*many), d.get(one)) {
            // A list with a hole in it is a spelling of nothing.
            (Some(Value::Array(items)), _) if items.contains(&Value::Null) => continue,
            (Some(Value::Array(items)), _) if !items.is_empty() => items.clone(),
            (None | Some(Value::Null), Some(item)) if !item.is_null() => vec![item.clone()],
            _ => continue,
        };
        let stands = |name: &str| match o.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::Array(items)) if items.is_empty() => None,
            found => found,
        };
        let per_family = rules
            .iter()
            .any(|rule| matches!(rule, Rule::PerFamily(at) if matches(at, &path.key(many))));
        let all = match stands(many) {
            Some(Value::Array(items)) if per_family => completed(items, &wished),
            _ => wished,
        };
        match (stands(one), stands(many)) {
            // Of two that disagree the list counts, here as where both stand: what is written once
            // would come back changed by the next run otherwise.
            (None, None) if d.get(one).is_some_and(|item| !item.is_null()) => {
                wish.to_mut().insert(one.to_owned(), all[0].clone());
            }
            (None, None) => {}
            (Some(_), Some(_)) => {
                let wish = wish.to_mut();
                wish.insert(one.to_owned(), all[0].clone());
                wish.insert((*many).to_owned(), Value::Array(all));
            }
            (Some(_), None) if all.len() == 1 => {
                let wish = wish.to_mut();
                wish.remove(*many);
                wish.insert(one.to_owned(), all[0].clone());
            }
            // The list takes the place of the single value.
            (Some(_), None) => {
                let wish = wish.to_mut();
                wish.insert(one.to_owned(), Value::Null);
                wish.insert((*many).to_owned(), Value::Array(all));
            }
            (None, Some(_)) => {
                let wish = wish.to_mut();
                wish.remove(one);
                wish.insert((*many).to_owned(), Value::Array(all));
            }
        }
    }
    wish
}

/// Returns the items that are wished, and of every IP family that the wish does not name, Azure's
/// own; in the order in which the families stand.
pub(super) fn completed(o: &[Value], d: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for item in o.iter().chain(d) {
        let family = family(item);
        if all.iter().any(|there| self::family(there) == family) {
            continue;
        }
        let of_family = |items: &[Value]| -> Vec<Value> {
            items.iter().filter(|item| self::family(item) == family).cloned().collect()
        };
        let wished = of_family(d);
        all.extend(if wished.is_empty() { of_family(o) } else { wished });
    }
    all
}

/// Returns the ranges that are wished behind those that stand and that no wished one touches: a
/// range that grew, shrank or is the same takes the place of what it touches.
pub(super) fn joined(o: &[Value], d: &[Value]) -> Vec<Value> {
    let range = |item: &Value| item.as_str().and_then(|text| text.parse::<IpNet>().ok());
    let touches = |one: &Value, other: &Value| match (range(one), range(other)) {
        (Some(one), Some(other)) => one.contains(&other) || other.contains(&one),
        _ => one == other,
    };
    let theirs = o.iter().filter(|item| !d.iter().any(|wish| touches(item, wish)));
    theirs.chain(d).cloned().collect()
}

/// Tells an IPv6 range or the word for the family from one of IPv4.
fn family(item: &Value) -> bool {
    item.as_str().is_some_and(|text| text.contains(':') || text.eq_ignore_ascii_case("IPv6"))
}
