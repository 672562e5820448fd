//! How two documents differ, place by place, and what each difference costs.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::path::{Path, covers, matches, member};
use super::rule::Rule;
use super::settling::{item_key, same_key};

/// What it costs to make a difference go away; the later one is the dearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cost {
    /// Nothing restarts.
    None,
    /// Nobody here knows: no rule speaks of the place, and no field of the profile says it.
    NotKnown,
    /// Nodes restart or are reimaged.
    RestartsNodes,
    /// The resource is deleted and made again.
    Replaces,
}

/// One place where before and after differ.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Delta {
    /// The place, as in `properties.agentPoolProfiles[system].count`.
    pub path: String,
    /// The value that stands there now; `None` if there is none.
    pub before: Option<Value>,
    /// The value that will stand there; `None` if there will be none.
    pub after: Option<Value>,
    /// What the change costs.
    pub cost: Cost,
}

/// Returns every difference between `before` and `after`, in the order of the documents.
///
/// The price rules classify differences; they never add or hide one, save that a secret's value
/// is not shown.
pub fn deltas(before: &Value, after: &Value, rules: &[Rule]) -> Vec<Delta> {
    let mut found = Vec::new();
    Comparing { rules, found: &mut found }.value(&Path::default(), Some(before), Some(after));
    found
}

struct Comparing<'a> {
    rules: &'a [Rule],
    found: &'a mut Vec<Delta>,
}

impl Comparing<'_> {
    fn value(&mut self, path: &Path, before: Option<&Value>, after: Option<&Value>) {
        if before == after {
            return;
        }
        match (before, after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                self.object(path, before, after);
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) => {
                self.list(path, before, after);
            }
            // What appears or goes as a whole may hold places that have a price of their own.
            (None, Some(Value::Object(after))) if self.has_prices_below(path) => {
                self.object(path, &Map::new(), after);
            }
            (Some(Value::Object(before)), None) if self.has_prices_below(path) => {
                self.object(path, before, &Map::new());
            }
            (before, after) => self.push(path, before, after),
        }
    }

    /// Tells whether a rule prices a member of the object at this place.
    fn has_prices_below(&self, path: &Path) -> bool {
        let mut prices =
            self.rules.iter().filter(|rule| matches!(rule, Rule::Fixed(_) | Rule::Rolls(_)));
        prices.any(|rule| member(rule.at(), path).is_some())
    }

    fn object(&mut self, path: &Path, before: &Map<String, Value>, after: &Map<String, Value>) {
        for (name, value) in before {
            self.value(&path.key(name), Some(value), after.get(name));
        }
        for (name, value) in after {
            if !before.contains_key(name) {
                self.value(&path.key(name), None, Some(value));
            }
        }
    }

    fn list(&mut self, path: &Path, before: &[Value], after: &[Value]) {
        let key = self.rules.iter().find_map(|rule| match rule {
            Rule::Keyed(at, key) if matches(at, path) => Some(*key),
            _ => None,
        });
        let Some(key) = key else {
            return self.push_list(path, before, after);
        };
        for item in before {
            let twin = after.iter().find(|other| same_key(item, other, key));
            self.value(&path.item(item_key(item, key)), Some(item), twin);
        }
        for item in after {
            if !before.iter().any(|other| same_key(item, other, key)) {
                self.value(&path.item(item_key(item, key)), None, Some(item));
            }
        }
    }

    fn push_list(&mut self, path: &Path, before: &[Value], after: &[Value]) {
        let lists = (Value::Array(before.to_vec()), Value::Array(after.to_vec()));
        self.push(path, Some(&lists.0), Some(&lists.1));
    }

    fn push(&mut self, path: &Path, before: Option<&Value>, after: Option<&Value>) {
        let secret = self
            .rules
            .iter()
            .any(|rule| matches!(rule, Rule::Secret(_)) && covers(rule.at(), path));
        let shown = |value: Option<&Value>| match value {
            Some(_) if secret => Some(Value::from("(secret)")),
            value => value.cloned(),
        };
        self.found.push(Delta {
            path: path.to_string(),
            before: shown(before),
            after: shown(after),
            cost: self.cost(path),
        });
    }

    fn cost(&self, path: &Path) -> Cost {
        self.rules
            .iter()
            .filter(|rule| covers(rule.at(), path))
            .map(|rule| match rule {
                Rule::Fixed(_) => Cost::Replaces,
                Rule::Rolls(_) => Cost::RestartsNodes,
                _ => Cost::None,
            })
            .max()
            .unwrap_or(Cost::None)
    }
}
