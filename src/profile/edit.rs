//! A profile's text with some values written otherwise, and everything else as it was: comments,
//! order, quotes, spaces.
//!
//! The change is made where the tree says that a value stands, and then read again: a text that
//! does not come out as meant is not given back.

use serde_json::{Map, Value as Json};

use super::problem::Span;
use super::yaml::{self, Entry, Node, Value};

/// One change of the text: so many characters from a place on give way to others.
struct Change {
    line: usize,
    column: usize,
    length: usize,
    text: String,
}

/// Writes values into a mapping at the top of a profile; `None` where that cannot be done safely.
pub fn edit(text: &str, section: &str, values: &[(&str, &str)]) -> Option<String> {
    let root = parse(text)?;
    let node = &entries(&root)?.iter().find(|entry| entry.key == section)?.value;
    let standing = entries(node)?;
    let mut changes = Vec::new();
    let mut last = standing.iter().find(|entry| is_short(entry))?;
    let mut added = String::new();
    for (key, value) in values {
        match standing.iter().find(|entry| entry.key == *key) {
            Some(entry) if is_short(entry) => {
                changes.push(replaced(entry.value.at, value));
                last = entry;
            }
            Some(_) => return None,
            None => added.push_str(&addition(text, node.at, last, key, value)?),
        }
    }
    if !added.is_empty() {
        changes.push(inserted(text, node.at, last, added)?);
    }
    let out = apply(text, changes)?;
    let mut wanted = plain(&root);
    let section = wanted.get_mut(section)?.as_object_mut()?;
    for (key, value) in values {
        section.insert((*key).to_owned(), Json::from(*value));
    }
    (plain(&parse(&out)?) == wanted).then_some(out)
}

fn parse(text: &str) -> Option<Node> {
    let mut problems = Vec::new();
    let root = yaml::parse(text, 0, &mut problems)?;
    problems.is_empty().then_some(root)
}

fn entries(node: &Node) -> Option<&[Entry]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        Value::Scalar(_) | Value::List(_) => None,
    }
}

/// Tells whether an entry's value stands on one line with its key.
fn is_short(entry: &Entry) -> bool {
    let is_scalar = matches!(entry.value.value, Value::Scalar(_));
    is_scalar && entry.value.at.line == entry.key_at.line
}

fn replaced(at: Span, value: &str) -> Change {
    Change { line: at.line, column: at.column, length: at.length, text: value.to_owned() }
}

/// Tells whether a mapping is written in braces.
fn is_flow(text: &str, at: Span) -> bool {
    let line = text.lines().nth(at.line.saturating_sub(1)).unwrap_or_default();
    line.chars().nth(at.column.saturating_sub(1)) == Some('{')
}

/// Returns what is added for one key: behind the entry before it in braces, else on a line of its
/// own with the same indentation.
fn addition(text: &str, at: Span, last: &Entry, key: &str, value: &str) -> Option<String> {
    if is_flow(text, at) {
        return Some(format!(", {key}: {value}"));
    }
    let line = text.lines().nth(last.key_at.line.checked_sub(1)?)?;
    let indent: String = line.chars().take(last.key_at.column.checked_sub(1)?).collect();
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    indent.trim().is_empty().then(|| format!("{indent}{key}: {value}{ending}"))
}

fn inserted(text: &str, at: Span, last: &Entry, added: String) -> Option<Change> {
    let place = last.value.at;
    if is_flow(text, at) {
        let column = place.column + place.length;
        return Some(Change { line: place.line, column, length: 0, text: added });
    }
    // Before the line that follows; a last line without an end gets one.
    let is_last = text.lines().count() == place.line;
    if is_last && !text.ends_with('\n') {
        return None;
    }
    Some(Change { line: place.line + 1, column: 1, length: 0, text: added })
}

/// Makes changes from the end to the beginning, so that places stay true.
fn apply(text: &str, mut changes: Vec<Change>) -> Option<String> {
    changes.sort_by_key(|change| std::cmp::Reverse((change.line, change.column)));
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    lines.push(String::new());
    for change in changes {
        let line = lines.get_mut(change.line.checked_sub(1)?)?;
        let chars: Vec<char> = line.chars().collect();
        let begin = change.column.checked_sub(1)?;
        let before: String = chars.get(..begin)?.iter().collect();
        let behind: String = chars.get(begin + change.length..)?.iter().collect();
        *line = format!("{before}{}{behind}", change.text);
    }
    Some(lines.concat())
}

/// Returns a tree without its places, every scalar as its text.
fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => Json::from(scalar.text.as_str()),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(entries) => {
            let members = entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value)));
            Json::Object(members.collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLAY: &[(&str, &str)] = &[("plugin", "azure"), ("mode", "overlay")];

    #[test]
    fn values_change_and_everything_else_stays() {
        for (before, after) in [
            (
                "# ours\nnetwork:\n  plugin: kubenet # the model\n  podCidr: 10.0.0.0/16\npools: []\n",
                "# ours\nnetwork:\n  plugin: azure # the model\n  mode: overlay\n  podCidr: 10.0.0.0/16\npools: []\n",
            ),
            (
                "network: { plugin: \"kubenet\", vnet: { cidr: a } } # x\n",
                "network: { plugin: azure, mode: overlay, vnet: { cidr: a } } # x\n",
            ),
            (
                "network:\r\n    vnet: { cidr: a }\r\n    mode: node-subnet\r\n    plugin: azure\r\n",
                "network:\r\n    vnet: { cidr: a }\r\n    mode: overlay\r\n    plugin: azure\r\n",
            ),
        ] {
            assert_eq!(edit(before, "network", OVERLAY).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn what_cannot_be_changed_safely_is_left_alone() {
        for text in [
            "pools: []\n",
            "network: kubenet\n",
            "network:\n  vnet: { cidr: a }\n",
            "network:\n  plugin:\n    kubenet\n",
            "network:\n  plugin: kubenet",
            "network: {",
        ] {
            assert_eq!(edit(text, "network", OVERLAY), None, "{text}");
        }
    }

    #[test]
    fn every_built_in_profile_can_be_edited() {
        for builtin in super::super::builtin::ALL {
            let text = edit(builtin.text, "network", OVERLAY).expect(builtin.name);
            assert!(text.contains("mode: overlay"), "{text}");
            let comments = |text: &str| text.matches('#').count();
            assert_eq!(comments(builtin.text), comments(&text), "{}", builtin.name);
        }
    }
}
