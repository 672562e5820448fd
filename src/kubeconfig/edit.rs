//! Changes to a YAML text at one place, everything else untouched. Each returns the whole text; that
//! it means what it should is proven by [`text`](super::text).

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::{Map, Value};

use super::read::Node;

/// Puts lines behind everything.
pub(super) fn append(text: &str, lines: &str) -> String {
    insert_lines(text, text.len(), lines)
}

/// Adds an item to a list of the root, which may be empty, `null` or not there yet.
pub(super) fn add_item(text: &str, root: &Node, key: &str, added: &Value) -> String {
    let Some((name, list)) = root.entry(key) else {
        return if root.is_flow() {
            set(text, root, key, &Value::Array(vec![added.clone()]))
        } else {
            let indent = margin(text, root.start);
            let lines = format!("{indent}{key}:\n{}", as_item(added, indent));
            insert_lines(text, line_end(text, root.end), &lines)
        };
    };
    match list.items().last() {
        Some(tail) if list.is_flow() => splice(text, tail.end..tail.end, &format!(", {added}")),
        Some(tail) => {
            let margin = margin(text, tail.start);
            insert_lines(text, line_end(text, tail.end), &as_item(added, margin))
        }
        None if root.is_flow() => {
            splice(text, value_place(text, name, list), &format!(" [{added}]"))
        }
        None => {
            let place = value_place(text, name, list);
            let (margin, after) = (margin(text, name.start), line_end(text, place.end));
            let lines = as_item(added, margin);
            // From behind to the front, so that places stay what they are.
            splice(&insert_lines(text, after, &lines), place, "")
        }
    }
}

/// Takes an item out of a list; the list of a key that loses its last one becomes `[]`.
pub(super) fn remove_item(text: &str, key: &Node, list: &Node, item: &Node) -> String {
    let at = list.items().iter().position(|other| other.start == item.start).unwrap_or_default();
    if list.is_flow() {
        let spans: Vec<Range<usize>> =
            list.items().iter().map(|item| item.start..item.end).collect();
        return splice(text, with_comma(&spans, at), "");
    }
    let lines = line_start(text, item.start)..line_end(text, item.end);
    let text = splice(text, lines, "");
    if list.items().len() > 1 {
        return text;
    }
    let colon = colon(&text, key.end);
    splice(&text, colon..colon, " []")
}

/// Sets an entry of a mapping that has some.
pub(super) fn set(text: &str, map: &Node, key: &str, value: &Value) -> String {
    let flow = map.is_flow();
    if let Some((name, old)) = map.entry(key) {
        let simple = old.text().is_some() && !value.is_array() && !value.is_object();
        if simple || flow {
            let shown = if flow { value.to_string() } else { scalar(value) };
            return splice(text, value_place(text, name, old), &format!(" {shown}"));
        }
        let margin = margin(text, name.start);
        let block = as_entry(key, value, margin);
        return splice(text, name.start..old.end.max(name.end), block.trim());
    }
    let last = map.entries().last().map(|(_, value)| value.end);
    if flow {
        let (at, comma) = last.map_or((map.start + 1, ""), |end| (end, ", "));
        let key = Value::String(key.to_owned());
        return splice(text, at..at, &format!("{comma}{key}: {value}"));
    }
    let margin = map.entries().first().map_or("", |(name, _)| margin(text, name.start));
    insert_lines(text, line_end(text, map.end), &as_entry(key, value, margin))
}

/// Takes an entry out of a mapping.
pub(super) fn unset(text: &str, map: &Node, key: &str) -> String {
    let entries = map.entries();
    let found = entries.iter().position(|(name, _)| name.text() == Some(key));
    let Some(at) = found else { return text.to_owned() };
    if map.is_flow() {
        let spans: Vec<Range<usize>> =
            entries.iter().map(|(name, value)| name.start..value.end.max(name.end)).collect();
        return splice(text, with_comma(&spans, at), "");
    }
    let (name, value) = &entries[at];
    splice(text, line_start(text, name.start)..line_end(text, value.end.max(name.end)), "")
}

/// What goes with one of several that stand between commas.
fn with_comma(spans: &[Range<usize>], at: usize) -> Range<usize> {
    let own = spans[at].clone();
    match (spans.get(at + 1), at.checked_sub(1)) {
        (Some(next), _) => own.start..next.start,
        (None, Some(before)) => spans[before].end..own.end,
        (None, None) => own,
    }
}

/// From behind the colon of an entry to the end of its value, which may be empty.
fn value_place(text: &str, key: &Node, value: &Node) -> Range<usize> {
    let colon = colon(text, key.end);
    colon..value.end.max(colon)
}

/// The place behind the colon of a key.
fn colon(text: &str, key_end: usize) -> usize {
    key_end + text[key_end..].find(':').map_or(0, |at| at + 1)
}

fn splice(text: &str, place: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..place.start], &text[place.end..])
}

/// Puts lines in at the beginning of a line, ended as the text ends its lines.
fn insert_lines(text: &str, at: usize, lines: &str) -> String {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (before, after) = text.split_at(at);
    let missing = if before.is_empty() || before.ends_with('\n') { "" } else { ending };
    let lines = lines.replace('\n', ending);
    format!("{before}{missing}{lines}{after}")
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// The spaces a line begins with.
fn margin(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// An item of a block list, its dash behind `margin`.
fn as_item(item: &Value, margin: &str) -> String {
    let mut out = String::new();
    block(&mut out, item, &format!("{margin}  "));
    // The dash takes the place of the first two spaces.
    format!("{margin}- {}", &out[margin.len() + 2..])
}

/// An entry of a block mapping.
fn as_entry(key: &str, value: &Value, margin: &str) -> String {
    let mut out = String::new();
    block(&mut out, &Value::Object(Map::from_iter([(key.to_owned(), value.clone())])), margin);
    out
}

/// Writes a mapping as kubectl does, lists level with their keys.
fn block(out: &mut String, value: &Value, margin: &str) {
    let Value::Object(entries) = value else { return };
    for (key, value) in entries {
        let _ = write!(out, "{margin}{}:", scalar(&Value::String(key.clone())));
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                block(out, value, &format!("{margin}  "));
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                for item in items {
                    list_item(out, item, margin);
                }
            }
            other => {
                let _ = writeln!(out, " {}", scalar(other));
            }
        }
    }
}

fn list_item(out: &mut String, item: &Value, margin: &str) {
    match item {
        Value::Object(inner) if !inner.is_empty() => out.push_str(&as_item(item, margin)),
        other => {
            let _ = writeln!(out, "{margin}- {}", scalar(other));
        }
    }
}

/// A value in one line: text without quotes where nobody could take it for something else.
fn scalar(value: &Value) -> String {
    const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];
    let Value::String(text) = value else { return value.to_string() };
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=".contains(c);
    let letters = text.chars().any(|c| c.is_ascii_alphabetic());
    // `0x1f`, `1e3` and `1_000` are numbers to somebody, and so is a date.
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        || (text.starts_with("--") && letters)
        || (text.len() > 40 && text.starts_with(|c: char| c.is_ascii_digit()) && letters);
    let word = WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    let plain = begins && !word && text.chars().all(inside) && !text.ends_with(':');
    if plain { text.clone() } else { value.to_string() }
}
