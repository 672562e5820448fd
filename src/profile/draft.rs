//! A profile as text: what a program found, written as people write it.
//!
//! Only what JSON can say is written: the text is read again before anybody gets to see it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::visible::is_unsafe;

/// The order of keys, as the documentation has it; all others follow by name, `properties` last.
const FIRST: [&str; 16] = [
    "apiVersion",
    "kind",
    "metadata",
    "names",
    "network",
    "cluster",
    "pools",
    "resources",
    "adopted",
    "name",
    "location",
    "plugin",
    "mode",
    "vmSize",
    "count",
    "type",
];

/// Words that some reader of YAML takes for something else than text.
const WORDS: [&str; 12] =
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "inf", "nan"];

/// The longest mapping or list that stands in one line, in characters; chosen: it fits beside its
/// key.
const INLINE: usize = 68;

/// Returns a mapping as YAML.
pub fn draft(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out
}

fn sorted(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let place = |name: &str| match FIRST.iter().position(|first| *first == name) {
        Some(place) => place,
        None if name == "properties" => usize::MAX,
        None => FIRST.len(),
    };
    let mut all: Vec<(&String, &Value)> = members.iter().collect();
    all.sort_by_key(|(name, _)| (place(name), name.as_str()));
    all
}

fn block(out: &mut String, value: &Value, indent: usize) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(members) => {
            for (name, value) in sorted(members) {
                let _ = write!(out, "{margin}{}:", scalar(name));
                below(out, value, indent);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut text = String::new();
                match item {
                    Value::Object(members) if !members.is_empty() => {
                        block(&mut text, item, indent + 2);
                    }
                    plain => {
                        let _ = writeln!(text, "{margin}  {}", flow(plain));
                    }
                }
                // The dash takes the place of the margin's end.
                let _ = write!(out, "{margin}- {}", text.get(indent + 2..).unwrap_or_default());
            }
        }
        plain => {
            let _ = writeln!(out, "{margin}{}", flow(plain));
        }
    }
}

/// Writes what stands behind a key: in its line where that is short, else below it.
fn below(out: &mut String, value: &Value, indent: usize) {
    let is_empty = match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    let line = flow(value);
    let is_short = indent > 0 && line.chars().count() + indent <= INLINE;
    if is_empty || is_short {
        let _ = writeln!(out, " {line}");
    } else {
        out.push('\n');
        block(out, value, indent + 2);
    }
}

/// Returns a value on one line, as one writes it in a profile.
pub fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let one =
                |(name, value): (&String, &Value)| format!("{}: {}", scalar(name), flow(value));
            let all: Vec<String> = sorted(members).into_iter().map(one).collect();
            format!("{{ {} }}", all.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// Returns a text in quotes, unless every reader takes it for text without.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let starts = |c: char| c.is_ascii_alphabetic() || c == '/';
    let is_word = WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if text.starts_with(starts) && text.chars().all(plain) && !is_word {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_unsafe(c) => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::profile::yaml;

    fn json_of(node: &yaml::Node) -> Value {
        crate::profile::shape::as_written(node)
    }

    #[test]
    fn what_is_short_stands_in_one_line() {
        let value = json!({
            "pools": [{ "name": "system", "vmSize": "Standard_D2s_v5", "count": 2 }],
            "metadata": { "name": "a", "location": "westeurope" },
            "cluster": { "version": "1.34", "properties": { "b": { "x": "20s" }, "on": "on" } },
        });
        let wanted = "\
metadata:
  name: a
  location: westeurope
cluster:
  version: \"1.34\"
  properties: { b: { x: \"20s\" }, \"on\": \"on\" }
pools:
  - name: system
    vmSize: Standard_D2s_v5
    count: 2
";
        assert_eq!(draft(&value), wanted);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[ -~\\n\\t\u{e9}\u{202e}]{0,90}".prop_map(Value::from),
            prop_oneof![Just("null"), Just("~"), Just("1.30"), Just("0x1f"), Just("- a: b")]
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[ -~]{1,12}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(
            members in prop::collection::btree_map("[a-z]{1,8}", values(), 1..5)
        ) {
            let value = Value::Object(members.into_iter().collect());
            let text = draft(&value);
            let mut problems = Vec::new();
            let root = yaml::parse(&text, 0, &mut problems);
            prop_assert!(problems.is_empty(), "{problems:?}\n{text}");
            prop_assert_eq!(json_of(&root.expect("a tree")), value, "{}", text);
        }
    }
}
