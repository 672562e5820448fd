//! How two documents meet, place by place.
//!
//! Azure leaves empty objects, empty lists, empty texts and `false` out of its answers
//! (shared by every provider; counted over 849 recorded pairs), so naming one of those where
//! nothing stands is no wish to change. Resource ids, as values and as keys, are equal when they
//! differ only in case, everywhere.

use std::collections::HashSet;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::goes;
use super::path::{Path, matches};
use super::rule::{Assumed, Rule};
use super::spelling;
use crate::version::Version;

/// Settles with rules that hold without a condition.
pub(super) fn settled(observed: &Value, desired: &Value, rules: &[Rule]) -> Value {
    Settling { rules }.value(&Path::default(), observed, desired)
}

struct Settling<'a> {
    rules: &'a [Rule],
}

impl Settling<'_> {
    fn value(&self, path: &Path, observed: &Value, desired: &Value) -> Value {
        if self.keeps_observed(path) {
            return observed.clone();
        }
        match (observed, desired) {
            (Value::Object(o), Value::Object(d)) => Value::Object(self.object(path, o, d)),
            (Value::Array(o), Value::Array(d)) => Value::Array(self.list(path, o, d)),
            // Taken at its word, an empty text would clear what Azure filled in, with each run anew.
            (o @ (Value::Bool(_) | Value::Number(_) | Value::String(_)), Value::String(d))
                if d.is_empty() && !self.is_literal(path) =>
            {
                o.clone()
            }
            (o, d) if self.same(path, o, d) => o.clone(),
            (_, d) => self.fresh(path, d),
        }
    }

    /// Settles a wish where nothing of its shape stands.
    fn fresh(&self, path: &Path, desired: &Value) -> Value {
        match desired {
            Value::Object(d) => Value::Object(self.object(path, &Map::new(), d)),
            Value::Array(d) => Value::Array(self.list(path, &[], d)),
            plain => plain.clone(),
        }
    }

    /// Tells whether a wish decides nothing here: what is Azure's own would be refused, or would come
    /// back changed after each run; a secret is answered masked, and the mask would be written.
    fn keeps_observed(&self, path: &Path) -> bool {
        self.rules.iter().any(|rule| {
            matches!(rule, Rule::Server(_) | Rule::Secret(_) | Rule::CreateOnly(_))
                && matches(rule.at(), path)
        })
    }

    fn object(
        &self,
        path: &Path,
        o: &Map<String, Value>,
        d: &Map<String, Value>,
    ) -> Map<String, Value> {
        let folded = self.has(path, |rule| matches!(rule, Rule::Folded(_)));
        let d = &*spelling::of_wish(self.rules, path, o, d);
        let mut settled = o.clone();
        for (name, wish) in d {
            let key = key_of(o, name, folded || is_id(name));
            let here = path.key(&key);
            let before = o.get(&key);
            match self.member(&here, (o, d), before, wish) {
                Some(value) => settled.insert(key, value),
                // Azure's own null says as little as nothing.
                None if before.is_some_and(Value::is_null) => None,
                None => settled.remove(&key),
            };
        }
        if self.has(path, |rule| matches!(rule, Rule::Whole(_))) {
            settled.retain(|key, _| d.keys().any(|name| name.eq_ignore_ascii_case(key)));
        }
        goes::settle(self.rules, path, (o, d), &mut settled);
        settled
    }

    /// Settles one member of an object; `None` leaves it out.
    fn member(
        &self,
        here: &Path,
        (o, d): (&Map<String, Value>, &Map<String, Value>),
        before: Option<&Value>,
        wish: &Value,
    ) -> Option<Value> {
        if self.keeps_observed(here) || self.is_zero_for_unset(here, wish) {
            return before.cloned();
        }
        if wish.is_null() {
            let lasting = self.has(here, |rule| matches!(rule, Rule::Lasting(_)));
            return before.filter(|_| lasting).cloned();
        }
        let before = before.filter(|value| !value.is_null());
        if let Some(kept) = before.and_then(|before| self.cleared(here, before, wish)) {
            return Some(kept);
        }
        if let Some(value) = self.yielded(here, (o, d), before.unwrap_or(wish)) {
            return Some(value);
        }
        match before {
            Some(before) => Some(self.value(here, before, wish)),
            None => self.missing(here, wish),
        }
    }

    /// Settles a wish where nothing stands.
    fn missing(&self, here: &Path, wish: &Value) -> Option<Value> {
        // `false` says something where its absence means `true`.
        let counts = here.last_key().is_some_and(is_id)
            || (wish.is_string() && self.is_literal(here))
            || (wish == &Value::Bool(false)
                && self.has(here, |rule| matches!(rule, Rule::AbsentIs(_, Assumed::Flag(true)))));
        if self.is_absent_default(here, wish) || (is_empty(wish) && !counts) {
            return None;
        }
        let settled = self.fresh(here, wish);
        (!is_empty(&settled) || counts).then_some(settled)
    }

    /// Returns what an empty wish leaves of an object that it clears: Azure's own keys.
    fn cleared(&self, here: &Path, before: &Value, wish: &Value) -> Option<Value> {
        if !self.has(here, |rule| matches!(rule, Rule::Clears(_))) {
            return None;
        }
        match (before, wish) {
            (Value::Object(before), Value::Object(wish)) if wish.is_empty() => {
                let kept = before.iter().filter(|(key, _)| self.is_owned(here, key));
                Some(Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect()))
            }
            (Value::Array(before), Value::Array(wish)) if wish.is_empty() => {
                let name =
                    |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_owned);
                let kept = before
                    .iter()
                    .filter(|item| name(item).is_some_and(|name| self.is_owned(here, &name)));
                Some(Value::Array(kept.cloned().collect()))
            }
            _ => None,
        }
    }

    /// Tells whether a text, a name or a key at this place is Azure's own.
    fn is_owned(&self, here: &Path, name: &str) -> bool {
        self.has(here, |rule| matches!(rule, Rule::Owned(_, start) if name.starts_with(start)))
    }

    fn is_literal(&self, here: &Path) -> bool {
        self.has(here, |rule| matches!(rule, Rule::Literal(_)))
    }

    fn list(&self, path: &Path, o: &[Value], d: &[Value]) -> Vec<Value> {
        let key = self.rules.iter().find_map(|rule| match rule {
            Rule::Keyed(at, key) if matches(at, path) => Some(*key),
            _ => None,
        });
        if let Some(key) = key {
            return self.keyed(path, key, o, d);
        }
        if o.is_empty() && d.iter().all(is_empty_text) {
            return Vec::new();
        }
        let with_owned = [d, &self.owned(path, o, d)].concat();
        let d = if self.has(path, |rule| matches!(rule, Rule::PerFamily(_))) {
            spelling::completed(o, &with_owned)
        } else if self.has(path, |rule| matches!(rule, Rule::Joined(_))) {
            spelling::joined(o, &with_owned)
        } else {
            with_owned
        };
        let d = d.as_slice();
        // Without a rule items meet by their place, and one of another order would be a change.
        if self.has(path, |rule| matches!(rule, Rule::Unordered(_))) && same_set(o, d) {
            return o.to_vec();
        }
        d.iter()
            .enumerate()
            .map(|(at, wish)| match o.get(at) {
                Some(before) => self.value(&path.item(at), before, wish),
                None => self.fresh(&path.item(at), wish),
            })
            .collect()
    }

    /// Returns the items of `o` that are Azure's own and that `d` is silent about.
    fn owned(&self, path: &Path, o: &[Value], d: &[Value]) -> Vec<Value> {
        let is_owned = |item: &Value| item.as_str().is_some_and(|text| self.is_owned(path, text));
        o.iter().filter(|item| is_owned(item) && !d.contains(item)).cloned().collect()
    }

    /// Settles a list whose items have names. What nobody wishes stays: another hand's subnet or pool
    /// would go with the first write that does not know it.
    fn keyed(&self, path: &Path, key: &str, o: &[Value], d: &[Value]) -> Vec<Value> {
        let mut settled = o.to_vec();
        for wish in d {
            let name = item_key(wish, key);
            let found = settled.iter().position(|item| same_key(item, wish, key));
            match found {
                Some(at) => settled[at] = self.value(&path.item(&name), &settled[at], wish),
                None => settled.push(self.fresh(&path.item(&name), wish)),
            }
        }
        self.displace(path, &mut settled, |item| d.iter().any(|wish| same_key(item, wish, key)));
        settled
    }

    /// Takes away what nobody wishes and Azure would not take beside what is wished.
    fn displace(&self, path: &Path, items: &mut Vec<Value>, is_wished: impl Fn(&Value) -> bool) {
        let places = self.rules.iter().find_map(|rule| match rule {
            Rule::Displaces(at, places) if matches(at, path) => Some(*places),
            _ => None,
        });
        let Some(places) = places else { return };
        let taken: HashSet<Vec<String>> =
            items.iter().filter(|item| is_wished(item)).map(|item| slot(item, places)).collect();
        items.retain(|item| is_wished(item) || !taken.contains(&slot(item, places)));
    }

    /// Tells whether two plain values mean the same here.
    fn same(&self, path: &Path, o: &Value, d: &Value) -> bool {
        if o == d || numbers_agree(o, d) {
            return true;
        }
        if (o, d) == (&Value::Bool(true), &Value::Bool(false)) {
            return self.has(path, |rule| matches!(rule, Rule::Latched(_)));
        }
        let (Some(o), Some(d)) = (o.as_str(), d.as_str()) else {
            return false;
        };
        if ((is_id(o) || is_guid(o)) && o.eq_ignore_ascii_case(d)) || same_instant(o, d) {
            return true;
        }
        self.rules.iter().filter(|rule| matches(rule.at(), path)).any(|rule| match rule {
            Rule::Folded(_) | Rule::Spelt(..) => folded_equal(o, d),
            Rule::Hosts(_) => o.trim_end_matches("/32") == d.trim_end_matches("/32"),
            Rule::Renamed(_, old, new) => d == *old && o == *new,
            Rule::AtLeast(_) => Version::read(o) >= Version::read(d),
            _ => false,
        })
    }

    /// Returns Azure's own value, kept within its bounds, while the sibling flag is on.
    ///
    /// A value below the least is raised only together with a wish that moves the bounds or turns
    /// the flag on: afterwards it is the autoscaler that is still on its way, and AKS takes such a
    /// count back in a later `PUT` (`cli-aks_create_autoscaler_then_update`).
    fn yielded(
        &self,
        here: &Path,
        (o, d): (&Map<String, Value>, &Map<String, Value>),
        before: &Value,
    ) -> Option<Value> {
        let sibling = |name: &str| d.get(name).or_else(|| o.get(name));
        self.rules.iter().find_map(|rule| match rule {
            Rule::YieldsWhen { at, flag, within } if matches(at, here) => {
                let on = sibling(flag).and_then(Value::as_bool).unwrap_or(false);
                let bound = |name: &str| sibling(name).and_then(Value::as_i64);
                let is_new = |name: &str| d.get(name).is_some_and(|wish| o.get(name) != Some(wish));
                let moved = [*flag, within.0, within.1].into_iter().any(is_new);
                let least = bound(within.0).filter(|_| moved);
                on.then(|| clamped(before, least, bound(within.1)))
            }
            _ => None,
        })
    }

    fn is_absent_default(&self, here: &Path, wish: &Value) -> bool {
        self.rules.iter().any(|rule| match rule {
            Rule::AbsentIs(at, value) if matches(at, here) => match value {
                Assumed::Text(text) => wish.as_str().is_some_and(|s| s.eq_ignore_ascii_case(text)),
                Assumed::Flag(flag) => wish.as_bool() == Some(*flag),
                Assumed::Number(number) => numbers_agree(&Value::from(*number), wish),
            },
            _ => false,
        })
    }

    fn is_zero_for_unset(&self, here: &Path, wish: &Value) -> bool {
        wish.as_i64() == Some(0) && self.has(here, |rule| matches!(rule, Rule::ZeroIsUnset(_)))
    }

    fn has(&self, path: &Path, wanted: impl Fn(&Rule) -> bool) -> bool {
        self.rules.iter().any(|rule| wanted(rule) && matches(rule.at(), path))
    }
}

/// Returns the key of `o` that is spelt like `name`, or `name` itself.
fn key_of(o: &Map<String, Value>, name: &str, folded: bool) -> String {
    if !folded || o.contains_key(name) {
        return name.to_owned();
    }
    o.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned())
}

/// Tells whether a text is a resource id.
fn is_id(text: &str) -> bool {
    text.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"))
}

/// Tells whether a text is a GUID, which means the same in capitals.
fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Tells whether two texts are one date: Azure drops the zeros behind the point.
fn same_instant(o: &str, d: &str) -> bool {
    let date = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    date(o).is_some_and(|o| Some(o) == date(d))
}

/// Tells whether two names are one to Azure: `West Europe` is `westeurope`.
fn folded_equal(one: &str, other: &str) -> bool {
    let fold = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    fold(one) == fold(other)
}

/// Tells whether a wish says nothing where nothing stands.
fn is_empty(wish: &Value) -> bool {
    match wish {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        // `[""]` is how some clients write a list of nothing.
        Value::Array(items) => items.iter().all(is_empty_text),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn is_empty_text(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty)
}

pub(super) fn item_key(item: &Value, key: &str) -> String {
    match item.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

pub(super) fn same_key(one: &Value, other: &Value, key: &str) -> bool {
    item_key(one, key).eq_ignore_ascii_case(&item_key(other, key))
}

fn same_set(o: &[Value], d: &[Value]) -> bool {
    let mut rest: Vec<&Value> = o.iter().collect();
    o.len() == d.len()
        && d.iter().all(|wish| match rest.iter().position(|item| *item == wish) {
            Some(at) => {
                rest.swap_remove(at);
                true
            }
            None => false,
        })
}

/// Returns what an item says at these places, for which Azure takes one item alone.
fn slot(item: &Value, places: &[&str]) -> Vec<String> {
    let at = |place: &&str| {
        let found = item.pointer(&format!("/{}", place.replace('.', "/")));
        found.map(|value| value.to_string().to_ascii_lowercase()).unwrap_or_default()
    };
    places.iter().map(at).collect()
}

/// Tells whether two numbers are equal however they are written (`-1` and `-1.0`). Whole ones are as
/// long as they are: read as floating point, two that differ in the last digit would be one.
fn numbers_agree(o: &Value, d: &Value) -> bool {
    let is_whole = |value: &Value| !value.to_string().contains(['.', 'e', 'E']);
    match (o.as_f64(), d.as_f64()) {
        (Some(_), Some(_)) if is_whole(o) && is_whole(d) => o == d,
        (Some(o), Some(d)) => o.to_bits() == d.to_bits(),
        _ => false,
    }
}

fn clamped(value: &Value, least: Option<i64>, most: Option<i64>) -> Value {
    let Some(number) = value.as_i64() else {
        return value.clone();
    };
    let most = most.unwrap_or(i64::MAX);
    Value::from(number.min(most).max(least.unwrap_or(i64::MIN).min(most)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::{deltas, settle};

    #[test]
    fn what_is_wished_takes_the_place_of_what_azure_would_not_take_beside_it() {
        let rules = [Rule::Keyed("list", "name"), Rule::Displaces("list", &["p.way", "p.rank"])];
        let item = |name: &str, way: &str, rank: u32| json!({ "name": name, "p": { "way": way, "rank": rank } });
        let list = |items: Value| json!({ "list": items });
        let (old, other) = (item("old", "Inbound", 100), item("other", "Outbound", 100));
        let new = item("new", "inbound", 100);
        let stands = list(json!([old, other]));
        let after = settled(&stands, &list(json!([new])), &rules);
        assert_eq!(after, list(json!([other, new])));
        assert_eq!(settled(&after, &list(json!([new])), &rules), after);
        assert_eq!(settled(&stands, &list(json!([])), &rules), stands, "nobody wishes anything");
    }

    #[test]
    fn numbers_agree_however_they_are_written_and_whole_ones_to_the_last_digit() {
        let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let agree = |one: &str, other: &str| numbers_agree(&number(one), &number(other));
        assert!(agree("-1", "-1.0") && agree("0.50", "0.5") && agree("1e2", "100"));
        assert!(!agree("9007199254740993", "9007199254740992"));
        assert!(!agree("123456789012345678901", "123456789012345678902"));
    }

    #[test]
    fn documents_as_deep_as_any_that_is_read_fit_on_the_stack_of_a_thread() {
        let deep = |inner: u32| (0..512).fold(json!(inner), |within, _| json!({ "a": within }));
        let (observed, desired) = (deep(1), deep(2));
        let settled = settle(&observed, &desired, &[]);
        assert_eq!(settled, desired);
        assert_eq!(deltas(&observed, &settled, &[]).len(), 1);
    }
}
