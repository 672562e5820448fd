//! What resources are found by beside id and type: their tags, and what their bodies speak of.
//!
//! A mark is a word that follows from a body's text. It need not be exact: who looks a mark up
//! reads the few bodies that carry it. What matters is that a question such as "who uses this
//! route table?" does not read every body there is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::entry::{Entry, key};

/// The mark of what speaks of something in a resource group of this name, and lies in another.
pub(crate) fn group(name: &str) -> String {
    format!("group {}", name.to_ascii_lowercase())
}

/// The mark of what names a principal.
pub(crate) fn principal(id: &str) -> String {
    format!("principal {}", id.to_ascii_lowercase())
}

/// The mark of what has a tag.
pub(crate) fn tag(name: &str, value: &str) -> String {
    format!("tag {} {value}", name.to_ascii_lowercase())
}

/// Returns the marks of a resource.
pub(crate) fn of(entry: &Entry) -> BTreeSet<String> {
    let mut marks = BTreeSet::new();
    let text = entry.text().to_ascii_lowercase();
    for name in after(&text, "/resourcegroups/") {
        marks.insert(group(name));
    }
    for name in after(&key(&entry.id), "/resourcegroups/").take(1) {
        marks.remove(&group(name));
    }
    for id in after(&text, "\"principalid\":\"") {
        marks.insert(principal(id));
    }
    if text.contains("\"tags\":") {
        let tagged: Tagged<'_> = serde_json::from_str(entry.text()).unwrap_or_default();
        for (name, value) in &tagged.tags {
            if let Value::Text(value) = value {
                marks.insert(tag(name, value));
            }
        }
    }
    marks
}

/// The words that follow a text, each up to a slash or the end of the string.
fn after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).map(|rest| rest.split(['/', '"']).next().unwrap_or_default())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tagged<'a> {
    #[serde(borrow)]
    tags: BTreeMap<Cow<'a, str>, Value<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_resource_is_marked_by_what_it_speaks_of() {
        let body = json!({
            "id": "/subscriptions/s/resourceGroups/Own/x",
            "tags": {"Akstool-Env": "A b", "n": 1},
            "properties": {
                "routeTable": {"id": "/subscriptions/s/resourceGroups/Other/y"},
                "principalId": "ABC",
            },
        });
        let entry = Entry::new("/subscriptions/s/resourceGroups/own/x", "X", &body, 0, 0);
        let expected = [group("other"), principal("abc"), tag("akstool-env", "A b")];
        assert_eq!(of(&entry), expected.into_iter().collect());
    }
}
