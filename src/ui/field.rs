//! One field of the profile as `akstool schema PATH` explains it: what it is, what it takes, what is
//! taken where nothing is said, what stands below it, how it is written.
//!
//! Everything comes from the JSON Schema, which comes from the types: there is one truth.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::style::{FAINT, HINT, STRONG, paint};
use super::words::{clean, list, pad, wrap};

/// The longest example that stands in one line; chosen: it fits beside its key.
const INLINE: usize = 60;

/// What a description puts in front of what is taken where nothing is said.
const DEFAULTS: [&str; 2] = ["Default:", "Unset:"];

/// A field found in a schema.
pub struct Field<'s> {
    root: &'s Value,
    /// The path as it is spelt, lists as `[]`.
    path: String,
    /// What is said of it where it is used, and what it is.
    said: &'s Value,
    node: &'s Value,
}

/// Finds a field; what stands there instead where a part of the path does not exist: the path down to
/// there, and the names that there are.
pub fn find<'s>(schema: &'s Value, path: &str) -> Result<Field<'s>, (String, Vec<&'s str>)> {
    let mut field = Field { root: schema, path: String::new(), said: schema, node: schema };
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let name = part.split('[').next().unwrap_or(part);
        field = field.below(name).ok_or_else(|| (field.path.clone(), field.names()))?;
    }
    Ok(field)
}

/// A field below another, in a few words.
pub struct Child<'s> {
    /// Its name.
    pub name: &'s str,
    /// The first sentence about it.
    pub meaning: String,
    /// Whether nothing stands below it.
    pub is_leaf: bool,
}

/// Returns what stands directly below a path; nothing where the path does not exist.
pub fn below<'s>(schema: &'s Value, path: &str) -> Vec<Child<'s>> {
    let Ok(parent) = find(schema, path) else { return Vec::new() };
    let child = |name| {
        let field = parent.below(name)?;
        let meaning = clean(first_sentence(field.told()));
        Some(Child { name, meaning, is_leaf: field.children().is_none() })
    };
    parent.names().into_iter().filter_map(child).collect()
}

impl<'s> Field<'s> {
    /// Returns the schema of the field, as other tools read it.
    pub fn schema(&self) -> &'s Value {
        self.node
    }

    /// Returns the path as it is spelt.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn below(&self, name: &str) -> Option<Self> {
        let mut node = self.node;
        let mut path = self.path.clone();
        if let Some(items) = node.get("items") {
            node = resolve(self.root, items);
            path.push_str("[]");
        }
        if node.get("x-akstool-raw").is_some() {
            // What lies in it is Azure's to explain.
            return Some(Self { root: self.root, path: format!("{path}.{name}"), ..*self });
        }
        let node = mapping(self.root, node);
        let dot = if path.is_empty() { "" } else { "." };
        let found = node.get("properties").and_then(|all| all.get(name));
        let own = || node.get("additionalProperties").filter(|one| one.is_object());
        let (said, path) = match (found, own()) {
            (Some(said), _) => (said, format!("{path}{dot}{name}")),
            // Who leaves out the name of one's own means the field below it.
            (None, Some(each)) => {
                match mapping(self.root, resolve(self.root, each)).get("properties") {
                    Some(all) if all.get(name).is_some() => {
                        (all.get(name)?, format!("{path}{dot}{OWN}.{name}"))
                    }
                    _ => (each, format!("{path}{dot}{name}")),
                }
            }
            (None, None) => return None,
        };
        Some(Self { root: self.root, path, said, node: resolve(self.root, said) })
    }

    /// Returns what lies below: of a list, below each of its items; of names of one's own, below each.
    fn inner(&self) -> &'s Value {
        let own = self.node.get("properties").is_none();
        let each = self
            .node
            .get("items")
            .or_else(|| self.node.get("additionalProperties").filter(|one| own && one.is_object()));
        mapping(self.root, each.map_or(self.node, |one| resolve(self.root, one)))
    }

    fn children(&self) -> Option<&'s Map<String, Value>> {
        self.inner().get("properties")?.as_object()
    }

    /// Returns the names of what stands below it.
    pub fn names(&self) -> Vec<&'s str> {
        self.children().into_iter().flat_map(Map::keys).map(String::as_str).collect()
    }

    /// Returns the sentences about it, without what is taken where nothing is said.
    fn meaning(&self) -> String {
        let text = self.told();
        let end = DEFAULTS.iter().filter_map(|word| text.find(word)).min().unwrap_or(text.len());
        text[..end].trim().to_owned()
    }

    fn told(&self) -> &'s str {
        let said = description(self.said);
        if said.is_empty() { description(self.node) } else { said }
    }

    fn default(&self) -> Option<String> {
        let text = self.told();
        let said = DEFAULTS.iter().find_map(|word| text.split_once(word));
        let said = said.map(|(_, rest)| rest.trim().trim_end_matches('.').to_owned());
        said.or_else(|| self.said.get("default").filter(|value| is_said(value)).map(flow))
    }

    /// Draws it.
    pub fn draw(&self, example: Option<&Value>, columns: Option<usize>) -> String {
        let mut out = String::new();
        let name = if self.path.is_empty() { "the profile" } else { self.path.as_str() };
        let _ = writeln!(
            out,
            "{}  {}\n",
            paint(STRONG, name),
            paint(FAINT, &kind(self.root, self.node))
        );
        let _ = writeln!(out, "{}", wrap(&clean(&self.meaning()), columns, 0));
        let row = |out: &mut String, title: &str, text: &str| {
            let line = format!("{} {text}", pad(&paint(HINT, title), 9));
            let _ = writeln!(out, "{}", wrap(line.trim_end(), columns, 10));
        };
        out.push('\n');
        if let Some(default) = self.default() {
            row(&mut out, "default:", &default);
        }
        if let Some(allowed) = bounds(self.inner()) {
            row(&mut out, "allowed:", &allowed);
        }
        let choices = choices(self.inner());
        if !choices.is_empty() {
            row(&mut out, "allowed:", "");
            table(&mut out, &choices, columns);
        }
        if let Some(children) = self.children() {
            row(&mut out, "fields:", "");
            let required = self.inner().get("required").and_then(Value::as_array);
            let is_required = |name: &str| {
                required.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name)))
            };
            let rows: Vec<(String, String)> = children
                .iter()
                .map(|(name, said)| {
                    let first = first_sentence(description(said));
                    let must = if is_required(name) { "Required. " } else { "" };
                    (name.clone(), format!("{must}{first}"))
                })
                .collect();
            table(&mut out, &rows, columns);
        }
        if let Some(example) = example {
            row(&mut out, "example:", "");
            for line in written(&self.path, example).lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
        out
    }

    /// Returns a value to show where no profile at hand has one.
    pub fn sample(&self) -> Option<Value> {
        let told = self.told().split_once("such as `").and_then(|(_, rest)| rest.split_once('`'));
        let told =
            told.map(|(text, _)| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)));
        let told = told.filter(|value| takes(self.inner(), value));
        let one = told.or_else(|| sample(self.root, self.inner()))?;
        let is_list = self.node.get("items").is_some() && !one.is_array();
        Some(if is_list { Value::Array(vec![one]) } else { one })
    }
}

/// What stands for a name of one's own in a path.
pub const OWN: &str = "KEY";

/// Tells whether a value may be one of a kind.
fn takes(node: &Value, value: &Value) -> bool {
    let is_typed = node.get("type").is_some();
    !is_typed
        || match value {
            Value::Object(_) => has_type(node, "object"),
            Value::Bool(_) => has_type(node, "boolean"),
            Value::Number(_) => has_type(node, "integer") || has_type(node, "number"),
            Value::String(_) => has_type(node, "string"),
            Value::Array(_) | Value::Null => true,
        }
}

/// Tells whether a default says anything: an empty mapping is no more than nothing.
fn is_said(value: &Value) -> bool {
    !value.is_null() && value.as_object().is_none_or(|members| !members.is_empty())
}

/// Returns the mapping among what a value may be, such as the settings of what is switched on or off;
/// else the value itself.
fn mapping<'s>(root: &'s Value, node: &'s Value) -> &'s Value {
    let all = node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    all.map(|one| resolve(root, one)).find(|one| has_type(one, "object")).unwrap_or(node)
}

/// Returns a small value of a kind: the first word, the least number, what a mapping must have.
fn sample(root: &Value, node: &Value) -> Option<Value> {
    let choice = choices(node).first().map(|(name, _)| Value::from(name.as_str()));
    let flag = || has_type(node, "boolean").then(|| Value::from(true));
    let least = || node.get("minimum").cloned();
    choice.or_else(flag).or_else(least).or_else(|| {
        let fields = node.get("properties")?.as_object()?;
        let of = |name: &str| {
            let field = fields.get(name)?;
            Some((name.to_owned(), sample(root, resolve(root, field))?))
        };
        let Some(must) = node.get("required").and_then(Value::as_array) else {
            let first = fields.keys().find_map(|name| of(name))?;
            return Some(Value::Object(Map::from_iter([first])));
        };
        let names = must.iter().filter_map(Value::as_str);
        names.map(of).collect::<Option<Map<_, _>>>().map(Value::Object)
    })
}

fn table(out: &mut String, rows: &[(String, String)], columns: Option<usize>) {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, text) in rows {
        let line = format!("  {}  {}", pad(&paint(STRONG, name), width), clean(text));
        let _ = writeln!(out, "{}", wrap(line.trim_end(), columns, width + 4));
    }
}

/// Follows references and leaves `null` out.
fn resolve<'s>(root: &'s Value, node: &'s Value) -> &'s Value {
    if let Some(target) = node.get("$ref").and_then(Value::as_str) {
        let at = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return at.map_or(node, |found| resolve(root, found));
    }
    let some = |one: &&Value| one.get("type").and_then(Value::as_str) != Some("null");
    let alternatives = node.get("anyOf").and_then(Value::as_array);
    let mut real = alternatives.into_iter().flatten().filter(some);
    match (real.next(), real.next()) {
        (Some(only), None) => resolve(root, only),
        _ => node,
    }
}

fn description(node: &Value) -> &str {
    node.get("description").and_then(Value::as_str).unwrap_or_default()
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

fn has_type(node: &Value, name: &str) -> bool {
    match node.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(name)),
        _ => false,
    }
}

/// Returns what a value is, in words.
fn kind(root: &Value, node: &Value) -> String {
    let node = resolve(root, node);
    if let Some(items) = node.get("items") {
        return format!("a list, each {}", kind(root, items));
    }
    if let Some(alternatives) =
        node.get("anyOf").or_else(|| node.get("oneOf")).and_then(Value::as_array)
    {
        if alternatives.iter().all(|one| one.get("const").is_some()) {
            return "a word".to_owned();
        }
        let mut all: Vec<String> = alternatives
            .iter()
            .filter(|one| !has_type(one, "null"))
            .map(|one| kind(root, one))
            .collect();
        all.dedup();
        return all.join(", or ");
    }
    if let Some(format) =
        node.get("format").and_then(Value::as_str).filter(|_| has_type(node, "string"))
    {
        return format!("text: {}", format.replace('-', " "));
    }
    if let Some(kind) = node.get("x-akstool-type").and_then(Value::as_str) {
        return format!("the id of a resource of type {kind}");
    }
    if node.get("enum").is_some() {
        return "a word".to_owned();
    }
    let names = [
        ("object", "a mapping"),
        ("string", "text"),
        ("integer", "a whole number"),
        ("number", "a number"),
        ("boolean", "true or false"),
    ];
    let known: Vec<String> = names
        .iter()
        .filter(|(name, _)| has_type(node, name))
        .map(|(_, words)| (*words).to_owned())
        .collect();
    if node.get("additionalProperties").is_some_and(Value::is_object)
        && node.get("properties").is_none()
    {
        return "a mapping with names of your own".to_owned();
    }
    list(&known)
}

/// Returns between what a number lies.
fn bounds(node: &Value) -> Option<String> {
    match (node.get("minimum"), node.get("maximum")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) if least.as_u64() != Some(0) => Some(format!("{least} or more")),
        (None, Some(most)) => Some(format!("{most} or less")),
        _ => None,
    }
}

/// Returns the words that are taken, each with what it means.
fn choices(node: &Value) -> Vec<(String, String)> {
    let plain = node.get("enum").and_then(Value::as_array).into_iter().flatten();
    let plain = plain.filter_map(Value::as_str).map(|name| (name.to_owned(), String::new()));
    let told = node.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let told = told.filter_map(|one| {
        Some((one.get("const")?.as_str()?.to_owned(), first_sentence(description(one)).to_owned()))
    });
    plain.chain(told).collect()
}

/// Returns a value as it is written at its place in a profile.
fn written(path: &str, value: &Value) -> String {
    let mut out = String::new();
    let mut indent = 0;
    let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    for (at, part) in parts.iter().enumerate() {
        let (name, is_list) = match part.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (*part, false),
        };
        let begin = format!("{}{name}:", " ".repeat(indent));
        if at + 1 == parts.len() {
            let text = flow(value);
            if text.chars().count() > INLINE && value.is_object() {
                let _ = write!(out, "{begin}\n{}", block(value, indent + 2));
            } else {
                let _ = writeln!(out, "{begin} {text}");
            }
            return out;
        }
        let _ = writeln!(out, "{begin}");
        indent += 2;
        if is_list {
            // The item begins here; what follows stands beside its dash.
            let rest = written(&parts[at + 1..].join("."), value);
            for (line, text) in rest.lines().enumerate() {
                let dash = if line == 0 { "- " } else { "  " };
                let _ = writeln!(out, "{}{dash}{text}", " ".repeat(indent));
            }
            return out;
        }
    }
    block(value, indent)
}

fn block(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let _ = writeln!(out, "{}{name}: {}", " ".repeat(indent), flow(value));
    }
    out
}

/// Returns a value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let all: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}: {}", flow(value))).collect();
            format!("{{ {} }}", all.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => {
            let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
            let starts = text.starts_with(|c: char| c.is_alphabetic() || c == '/');
            let is_range = text.contains('/') || text.matches('.').count() > 2;
            if text.chars().all(plain) && (starts || is_range) {
                text.clone()
            } else {
                Value::from(text.as_str()).to_string()
            }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object", "description": "All.", "required": ["pools"],
            "properties": {
                "way": { "anyOf": [{ "$ref": "#/$defs/Way" }, { "type": "null" }],
                         "description": "How out. Default: lb." },
                "pools": { "type": "array", "items": { "$ref": "#/$defs/Pool" }, "description": "Pools." },
                "tags": { "type": "object", "additionalProperties": { "type": "string" } },
            },
            "$defs": {
                "Way": { "oneOf": [{ "const": "lb", "description": "A balancer." }, { "const": "nat" }] },
                "Pool": { "type": "object", "properties": {
                    "count": { "type": ["integer", "null"], "minimum": 1, "maximum": 9, "description": "Nodes." } } },
            },
        })
    }

    fn drawn(path: &str, example: Option<&Value>) -> String {
        let schema = schema();
        let field = find(&schema, path).unwrap_or_else(|(path, _)| panic!("nothing below {path}"));
        let text = field.draw(example, Some(60));
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_field_says_what_it_is_and_what_it_takes() {
        insta::assert_snapshot!(drawn("way", Some(&json!("nat"))), @r"
        way  a word

        How out.

        default:  lb
        allowed:
          lb   A balancer
          nat
        example:
          way: nat
        ");
        insta::assert_snapshot!(drawn("pools[system].count", Some(&json!(3))), @r"
        pools[].count  a whole number

        Nodes.

        allowed:  1 to 9
        example:
          pools:
            - count: 3
        ");
    }

    #[test]
    fn the_fields_below_are_listed_and_names_of_ones_own_are_taken() {
        let all = drawn("", None);
        assert!(all.contains("  pools  Required. Pools\n"), "{all}");
        assert!(drawn("tags.team", None).starts_with("tags.team  text"));
        let schema = schema();
        let Err((at, names)) = find(&schema, "pools.cont") else { panic!("it is there") };
        assert_eq!((at.as_str(), names), ("pools", vec!["count"]));
    }
}
