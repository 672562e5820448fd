//! The words in which a misshapen profile is described: what was expected, what was found, what
//! was probably meant.

use serde_json::Value as Json;

use super::problem::quote;
use super::yaml::{Meaning, Node, Scalar, Style, Value};

/// Describes what a schema takes.
pub(super) fn expectation(alternatives: &[&Json]) -> String {
    let mut kinds: Vec<String> = Vec::new();
    let all_words: Vec<&str> = alternatives.iter().flat_map(|one| words(one)).collect();
    if !all_words.is_empty() {
        kinds.push(choice(&all_words));
    }
    for one in alternatives.iter().filter(|one| words(one).is_empty()) {
        let kind = expected_kind(one);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}

fn expected_kind(schema: &Json) -> String {
    let names = [
        ("object", "a mapping"),
        ("array", "a list"),
        ("integer", "a whole number"),
        ("number", "a number"),
        ("boolean", "`true` or `false`"),
    ];
    let known = names.iter().find(|(kind, _)| is_type(schema, kind));
    known.map_or_else(|| "text".to_owned(), |(_, words)| (*words).to_owned())
}

/// Describes what stands there instead.
pub(super) fn found(node: &Node) -> String {
    match &node.value {
        Value::Map(_) => "a mapping".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Scalar(scalar) => scalar_words(scalar),
    }
}

fn scalar_words(scalar: &Scalar) -> String {
    let text = quote(&scalar.text);
    match scalar.meaning() {
        Meaning::Null => "nothing".to_owned(),
        Meaning::Bool(_) => format!("`{text}`"),
        Meaning::Whole(_) | Meaning::Number(_) => format!("the number {text}"),
        Meaning::Text(_) if scalar.style == Style::Quoted => format!("the text `\"{text}\"`"),
        Meaning::Text(_) => format!("the text `{text}`"),
    }
}

/// Describes a scalar of the wrong type, and how a number or a switch was probably meant.
pub(super) fn misfit(scalar: &Scalar, alternatives: &[&Json]) -> (String, Option<String>) {
    let text = quote(&scalar.text);
    let takes = |kind: &str| alternatives.iter().any(|one| is_type(one, kind));
    let unquoted = Scalar { text: scalar.text.clone(), style: Style::Plain };
    let hint = match scalar.meaning() {
        Meaning::Whole(_) | Meaning::Number(_) | Meaning::Bool(_) if takes("string") => {
            Some(format!("put it in quotes: `\"{text}\"`"))
        }
        Meaning::Text(_) if takes("integer") => matches!(unquoted.meaning(), Meaning::Whole(_))
            .then(|| format!("write {text} without quotes")),
        Meaning::Text(written) if takes("boolean") => {
            let flag = match written.to_ascii_lowercase().as_str() {
                "yes" | "y" | "on" | "true" | "enabled" => Some("true"),
                "no" | "n" | "off" | "false" | "disabled" => Some("false"),
                _ => None,
            };
            flag.map(|flag| format!("write `{flag}`"))
        }
        Meaning::Bool(false) if takes("object") => Some("leave it out".to_owned()),
        _ => None,
    };
    (scalar_words(scalar), hint)
}

/// Returns words in backticks, as a choice: `a`, `b` or `c`.
pub(super) fn choice(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}

/// Returns words in backticks, in a row.
pub(super) fn list_words(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Returns the known word that was probably meant: the same but for case and dashes, or a few
/// letters away.
pub(super) fn nearest<'w>(written: &str, known: &[&'w str]) -> Option<&'w str> {
    if written.len() > 64 {
        return None;
    }
    let plain = |text: &str| text.replace(['-', '_', ' '], "").to_lowercase();
    let wanted = plain(written);
    if let Some(same) = known.iter().find(|word| plain(word) == wanted) {
        return Some(same);
    }
    let distance = |word: &str| strsim::damerau_levenshtein(&plain(word), &wanted);
    let (away, best) = known.iter().map(|word| (distance(word), *word)).min()?;
    let most = (wanted.chars().count().max(best.len()) / 3).clamp(1, 3);
    (away <= most).then_some(best)
}

/// Says whether a schema is of this type.
pub(super) fn is_type(schema: &Json, name: &str) -> bool {
    schema.get("type").map(type_name) == Some(name)
}

/// Returns the words of an enumeration.
pub(super) fn words(schema: &Json) -> Vec<&str> {
    let single = schema.get("const").and_then(Json::as_str);
    let several = schema.get("enum").and_then(Json::as_array);
    single.into_iter().chain(several.into_iter().flatten().filter_map(Json::as_str)).collect()
}

/// Returns a type's name; of several the first that is not `null`.
pub(super) fn type_name(kind: &Json) -> &str {
    let several = kind.as_array().into_iter().flatten().filter_map(Json::as_str);
    kind.as_str().or_else(|| several.into_iter().find(|name| *name != "null")).unwrap_or("null")
}

/// Returns the schemas of which one must fit: references followed, choices laid flat, `null` left
/// out.
pub(super) fn alternatives<'s>(root: &'s Json, schema: &'s Json) -> Vec<&'s Json> {
    if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
        let name = name.trim_start_matches("#/$defs/");
        let target = root.get("$defs").and_then(|defs| defs.get(name));
        return target.map_or_else(Vec::new, |target| alternatives(root, target));
    }
    let choice = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array);
    match choice {
        Some(choice) => choice.iter().flat_map(|one| alternatives(root, one)).collect(),
        None if schema.get("type").map(type_name) == Some("null") => Vec::new(),
        None => vec![schema],
    }
}

/// Says whether a schema takes a value of this sort.
pub(super) fn fits(schema: &Json, meaning: Meaning<'_>) -> bool {
    match meaning {
        Meaning::Text(_) => is_type(schema, "string"),
        Meaning::Bool(_) => is_type(schema, "boolean"),
        Meaning::Whole(_) => is_type(schema, "integer") || is_type(schema, "number"),
        Meaning::Number(_) => is_type(schema, "number"),
        Meaning::Null => false,
    }
}
