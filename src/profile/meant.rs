//! What was probably meant: how a profile would say what was written in another shape.
//!
//! What is proposed is made of the schema and holds what was written, so that it can be pasted; what
//! nobody can know stands there as `…`.

use serde_json::{Map, Value as Json};

use super::format;
use super::problem::quote;
use super::shape_words::{alternatives, fits, is_type, list_words, nearest, words};
use super::yaml::{Entry, Meaning, Node, Scalar, Style, Value};
use crate::visible::is_unsafe;

/// Returns the hint for a value of another shape than one of these.
pub(super) fn meant(root: &Json, shapes: &[&Json], node: &Node) -> Option<String> {
    let meant = Meant { root };
    if let Some(text) = as_pattern(node, shapes) {
        return Some(format!("put it in quotes: `{text}`"));
    }
    if let Some(text) = as_taint(node, shapes) {
        return Some(format!("write `{text}`"));
    }
    match meant.say(shapes, node) {
        Some(text) if text == "{}" => Some("write `{}` for its defaults".to_owned()),
        Some(text) if text.starts_with('[') && !matches!(node.value, Value::List(_)) => {
            Some(format!("write it as a list: `{text}`"))
        }
        Some(text) => Some(format!("write `{text}`")),
        None => meant.form(shapes, node),
    }
}

struct Meant<'s> {
    root: &'s Json,
}

impl<'s> Meant<'s> {
    /// Says in one of these shapes what was written.
    fn say(&self, shapes: &[&'s Json], node: &Node) -> Option<String> {
        if let Value::Scalar(scalar) = &node.value {
            let found = shapes.iter().find_map(|one| spelt(one, scalar));
            if found.is_some() {
                return found;
            }
        }
        if let Some(list) = shapes.iter().find(|one| is_type(one, "array")) {
            return self.list(list, node);
        }
        if let Value::List(items) = &node.value
            && let [one] = items.as_slice()
            && let Value::Scalar(scalar) = &one.value
            && let Some(text) = shapes.iter().find_map(|shape| spelt(shape, scalar))
        {
            return Some(text);
        }
        let object = shapes.iter().find(|one| is_type(one, "object"))?;
        if let Some(fields) = object.get("properties").and_then(Json::as_object) {
            return self.section(object, fields, node);
        }
        self.entries(object.get("additionalProperties")?, node)
    }

    fn list(&self, list: &'s Json, node: &Node) -> Option<String> {
        let shapes = alternatives(self.root, list.get("items")?);
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let said: Option<Vec<String>> = items.iter().map(|one| self.say(&shapes, one)).collect();
        Some(format!("[{}]", said?.join(", ")))
    }

    /// Says in a section what was written as a word or as a list.
    fn section(
        &self,
        object: &'s Json,
        fields: &'s Map<String, Json>,
        node: &Node,
    ) -> Option<String> {
        let needs = needed(object);
        match &node.value {
            Value::Scalar(scalar) => {
                if scalar.meaning() == Meaning::Bool(true) && needs.is_empty() {
                    return Some("{}".to_owned());
                }
                let (key, text) = self.field(fields, &needs, node, scalar)?;
                let others = needs.iter().filter(|need| **need != key);
                let others = others.map(|need| format!("{need}: …"));
                let all: Vec<String> =
                    std::iter::once(format!("{key}: {text}")).chain(others).collect();
                Some(format!("{{ {} }}", all.join(", ")))
            }
            Value::List(items) => {
                let scalars: Option<Vec<&Scalar>> = items.iter().map(scalar_of).collect();
                let scalars = scalars.filter(|all| !all.is_empty())?;
                let said = self.switches(fields, &scalars);
                let said = said.or_else(|| self.in_order(fields, &needs, &scalars));
                said.or_else(|| self.of_items(fields, node).filter(|_| needs.is_empty()))
            }
            Value::Map(_) => None,
        }
    }

    /// Returns the field of a section that a word is for: one that takes this word and few others, a
    /// switch of that name, what the section cannot be without, its name.
    fn field(
        &self,
        fields: &'s Map<String, Json>,
        needs: &[&'s str],
        node: &Node,
        scalar: &Scalar,
    ) -> Option<(&'s str, String)> {
        let said = |key: &'s str, is_picky: bool| {
            let shapes = alternatives(self.root, fields.get(key)?);
            let picky = shapes.iter().any(|one| self.is_particular(one));
            (picky == is_picky).then(|| self.say(&shapes, node)).flatten().map(|text| (key, text))
        };
        let keys = || fields.keys().map(String::as_str).filter(|key| *key != "properties");
        if !matches!(scalar.meaning(), Meaning::Text(_)) {
            let all =
                keys().filter_map(|key| said(key, false)).find(|(_, text)| !text.starts_with('"'));
            return all.filter(|_| needs.is_empty());
        }
        if needs.contains(&"name") && !scalar.text.contains('/') {
            return said("name", false);
        }
        let switch = keys().find(|key| {
            let shapes = alternatives(self.root, &fields[*key]);
            key.eq_ignore_ascii_case(&scalar.text)
                && shapes.iter().any(|one| is_type(one, "boolean"))
        });
        let particular = keys().find_map(|key| said(key, true));
        let found = particular.or_else(|| Some((switch?, "true".to_owned())));
        let needed = || match needs {
            [one] => said(one, false),
            _ => None,
        };
        found.or_else(needed).or_else(|| said("name", false).filter(|_| !scalar.text.contains('/')))
    }

    /// Says as switches what was written as a list of their names.
    fn switches(&self, fields: &'s Map<String, Json>, named: &[&Scalar]) -> Option<String> {
        let known: Vec<&str> = fields.keys().map(String::as_str).collect();
        let on = |scalar: &&Scalar| {
            let key = nearest(&scalar.text, &known)?;
            let shapes = alternatives(self.root, &fields[key]);
            shapes.iter().any(|one| is_type(one, "boolean")).then(|| format!("{key}: true"))
        };
        let all: Option<Vec<String>> = named.iter().map(on).collect();
        Some(format!("{{ {} }}", all?.join(", ")))
    }

    /// Says under its key a list that stands where its section should.
    fn of_items(&self, fields: &'s Map<String, Json>, node: &Node) -> Option<String> {
        let said = |(key, field): (&String, &'s Json)| {
            let shapes = alternatives(self.root, field);
            let list =
                shapes.iter().find(|one| is_type(one, "array") && self.is_particular(one))?;
            Some(format!("{{ {key}: {} }}", self.list(list, node)?))
        };
        fields.iter().find_map(said)
    }

    /// Says by name what was written as a list in the order of what a section cannot be without. The
    /// least and the most come in that order.
    fn in_order(
        &self,
        fields: &'s Map<String, Json>,
        needs: &[&'s str],
        values: &[&Scalar],
    ) -> Option<String> {
        let mut needs = needs.to_vec();
        needs.sort_by_key(|need| *need != "min");
        let fits = |(need, scalar): (&&str, &&Scalar)| {
            let shapes = alternatives(self.root, fields.get(*need)?);
            let text = shapes.iter().find_map(|one| spelt(one, scalar))?;
            Some(format!("{need}: {text}"))
        };
        let several = needs.len() > 1 && needs.len() == values.len();
        let all: Option<Vec<String>> = needs.iter().zip(values).map(fits).collect();
        Some(format!("{{ {} }}", all.filter(|_| several)?.join(", ")))
    }

    /// Says under names what was written as a list of names, of `name=value`, or of mappings that say
    /// their name.
    fn entries(&self, field: &'s Json, node: &Node) -> Option<String> {
        let shapes = alternatives(self.root, field);
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            Value::Scalar(_) => std::slice::from_ref(node),
            Value::Map(_) => return None,
        };
        let takes_text = shapes.iter().any(|one| is_type(one, "string"));
        let one = |item: &Node| match &item.value {
            Value::Scalar(scalar) if takes_text => {
                let (name, value) = scalar.text.split_once('=')?;
                Some(format!("{}: {}", flow(name), flow(value)))
            }
            Value::Scalar(scalar) => Some(format!("{}: {}", flow(&scalar.text), blank(&shapes)?)),
            Value::Map(entries) => named(entries),
            Value::List(_) => None,
        };
        let all: Option<Vec<String>> = items.iter().map(one).collect();
        let all = all.filter(|all| !all.is_empty() && all.len() < 8)?;
        Some(format!("{{ {} }}", all.join(", ")))
    }

    /// Says whether a schema takes few texts, so that one which it takes was meant for it.
    fn is_particular(&self, schema: &'s Json) -> bool {
        let has = |name: &str| schema.get(name).is_some();
        let of = schema.get("items").map(|item| alternatives(self.root, item)).unwrap_or_default();
        is_word(schema)
            || has("format")
            || has("x-akstool-type")
            || has("properties")
            || of.iter().any(|item| self.is_particular(item))
    }

    /// Returns the form of what is expected, where what was written fits nowhere in it.
    fn form(&self, shapes: &[&'s Json], node: &Node) -> Option<String> {
        let takes = |kind: &str| shapes.iter().find(|one| is_type(one, kind));
        if let Some(object) = takes("object") {
            let fields = object.get("properties").and_then(Json::as_object)?;
            let needs = needed(object);
            let blanks: Vec<String> = needs.iter().map(|need| format!("{need}: …")).collect();
            return match needs.len() {
                0 => {
                    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                    Some(format!("write a mapping of {}", list_words(&names)))
                }
                1..4 => Some(format!("write `{{ {} }}`", blanks.join(", "))),
                _ => None,
            };
        }
        let item = alternatives(self.root, takes("array")?.get("items")?);
        let is_text =
            item.iter().any(|one| is_type(one, "string")) && !item.iter().any(|one| is_word(one));
        let text = scalar_of(node).filter(|_| is_text);
        match text {
            Some(scalar) => Some(format!("write it as a list: `[{}]`", flow(&scalar.text))),
            None => Some(format!(
                "write it as a list: `[{}]`",
                blank(&item).unwrap_or_else(|| "…".to_owned())
            )),
        }
    }
}

fn is_word(schema: &Json) -> bool {
    !words(schema).is_empty()
}

/// Returns a scalar as a schema takes it, if it does.
fn spelt(schema: &Json, scalar: &Scalar) -> Option<String> {
    let text = &scalar.text;
    let all = words(schema);
    if !all.is_empty() {
        return all
            .iter()
            .find(|word| word.eq_ignore_ascii_case(text))
            .map(|word| (*word).to_owned());
    }
    let meaning = scalar.meaning();
    if is_type(schema, "string") {
        let fault = format::text(schema, text);
        let is_safe = text.len() <= 250 && !text.chars().any(is_unsafe);
        let quoted = || match meaning {
            Meaning::Text(_) => flow(text),
            _ => format!("\"{text}\""),
        };
        return (fault.is_none() && is_safe).then(quoted);
    }
    (!matches!(meaning, Meaning::Text(_)) && fits(schema, meaning)).then(|| quote(text))
}

fn needed(object: &Json) -> Vec<&str> {
    let required = object.get("required").and_then(Json::as_array);
    required.into_iter().flatten().filter_map(Json::as_str).collect()
}

fn scalar_of(node: &Node) -> Option<&Scalar> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar),
        _ => None,
    }
}

/// Returns the least that one of these shapes takes, with what must be filled in.
fn blank(shapes: &[&Json]) -> Option<String> {
    let object = shapes.iter().find(|one| is_type(one, "object"))?;
    let blanks: Vec<String> = needed(object).iter().map(|need| format!("{need}: …")).collect();
    Some(if blanks.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", blanks.join(", ")) })
}

/// Returns a mapping that says its name under that name.
fn named(entries: &[Entry]) -> Option<String> {
    let name = entries.iter().find(|entry| entry.key == "name")?;
    let name = scalar_of(&name.value)?;
    let rest = entries.iter().filter(|entry| entry.key != "name").map(|entry| {
        let value = scalar_of(&entry.value).map_or_else(|| "…".to_owned(), |one| flow(&one.text));
        format!("{}: {value}", flow(&entry.key))
    });
    let rest: Vec<String> = rest.collect();
    Some(format!("{}: {{ {} }}", flow(&name.text), rest.join(", ")))
}

/// Returns a text as it stands within braces.
fn flow(text: &str) -> String {
    let text = quote(text);
    let is_plain =
        Scalar { text: text.clone(), style: Style::Plain }.meaning() == Meaning::Text(&text);
    let opens = text.starts_with(|c: char| "&*!|>'\"%@`?-".contains(c) || c.is_whitespace());
    let breaks = [": ", " #"].iter().any(|part| text.contains(part)) || text.ends_with([':', ' ']);
    let holds = text.contains(['{', '}', '[', ']', ',', '#']);
    if !text.is_empty() && is_plain && !opens && !breaks && !holds {
        text
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// Returns a pattern that stands without quotes, where YAML takes its braces for a mapping.
fn as_pattern(node: &Node, shapes: &[&Json]) -> Option<String> {
    let Value::Map(entries) = &node.value else { return None };
    let [one] = entries.as_slice() else { return None };
    let is_blank = scalar_of(&one.value).is_some_and(|value| value.meaning() == Meaning::Null);
    let takes_text = shapes.iter().any(|shape| is_type(shape, "string") && !is_word(shape));
    (is_blank && takes_text).then(|| format!("\"{{{}}}\"", quote(&one.key)))
}

/// Returns as Kubernetes writes it a taint that was written as a mapping.
fn as_taint(node: &Node, shapes: &[&Json]) -> Option<String> {
    let Value::Map(entries) = &node.value else { return None };
    let takes_text = shapes.iter().any(|one| is_type(one, "string"));
    let field = |name: &str| {
        let found = entries.iter().find(|entry| entry.key == name)?;
        scalar_of(&found.value).map(|scalar| quote(&scalar.text))
    };
    let effect = field("effect").filter(|_| takes_text)?;
    let value = field("value").map(|value| format!("={value}")).unwrap_or_default();
    Some(format!("\"{}{value}:{effect}\"", field("key")?))
}
