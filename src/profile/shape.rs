//! The shape of a profile: the tree held against the JSON Schema of the types, all at once.
//!
//! The schema comes from `schema`, so there is one truth. What is wrong becomes a problem and is
//! replaced by a stand-in, so that decoding cannot fail and the rules of `check` can still look
//! at everything else; the paths of stand-ins are kept, so that no rule complains about one.

use serde_json::{Map, Value as Json};

use super::foreign::{foreign_value, foreign_word};
use super::format;
use super::meant::meant;
use super::place::{index_path, key_path};
use super::problem::{LISTED, Problem, Span, quote};
use super::shape_words::{
    alternatives, expectation, fits, found, is_type, list_words, nearest, type_name, words,
};
use super::yaml::{Entry, Meaning, Node, Scalar, Style, Value};

/// What walking the tree gives.
#[derive(Debug, Default)]
pub(super) struct Shaped {
    /// The tree as JSON, fit for decoding.
    pub(super) json: Json,
    /// What was wrong.
    pub(super) problems: Vec<Problem>,
    /// The paths whose value is not what was written.
    pub(super) stand_ins: Vec<String>,
    /// The paths that are written without a value, which is as if they were not written.
    pub(super) blanks: Vec<String>,
}

/// Holds a tree against a schema.
pub(super) fn shape(root: &Node, schema: &Json) -> Shaped {
    let mut walker = Walker { root: schema, out: Shaped::default() };
    let json = walker.value(root, schema, "", root.at);
    walker.out.json = json.unwrap_or_else(|| walker.stand_in(schema));
    walker.out
}

struct Walker<'s> {
    root: &'s Json,
    out: Shaped,
}

impl<'s> Walker<'s> {
    /// Returns the value as JSON; `None` when it is `null` or wrong.
    fn value(&mut self, node: &Node, schema: &'s Json, path: &str, at: Span) -> Option<Json> {
        let alternatives = alternatives(self.root, schema);
        if is_container(node) && alternatives.iter().any(|one| one.get("x-akstool-raw").is_some()) {
            return self.raw(node, path, at);
        }
        if let Value::Scalar(scalar) = &node.value {
            return self.scalar(scalar, node.at, &alternatives, path);
        }
        let kind = if matches!(node.value, Value::Map(_)) { "object" } else { "array" };
        let Some(fit) = alternatives.iter().find(|one| is_type(one, kind)) else {
            self.wrong(&alternatives, node, path, at);
            return None;
        };
        match &node.value {
            Value::Map(entries) => Some(self.map(entries, fit, path, at)),
            Value::List(items) => Some(self.list(items, fit, path, at)),
            Value::Scalar(_) => None,
        }
    }

    /// Returns what Azure alone knows the shape of, as it is written.
    fn raw(&mut self, node: &Node, path: &str, at: Span) -> Option<Json> {
        if !matches!(node.value, Value::Map(_)) {
            let what = "expected a mapping, found a list".to_owned();
            self.problem(path, at, what, None);
            return None;
        }
        Some(as_written(node))
    }

    fn wrong(&mut self, alternatives: &[&Json], node: &Node, path: &str, at: Span) {
        let found = found(node);
        let expected = expectation(alternatives);
        let hint = meant(self.root, alternatives, node);
        self.problem(path, at, format!("expected {expected}, found {found}"), hint);
    }

    fn problem(&mut self, path: &str, at: Span, what: String, hint: Option<String>) {
        let mut problem = Problem::error(what).at(at).path(path);
        problem.hint = hint;
        self.out.problems.push(problem);
        self.out.stand_ins.push(path.to_owned());
    }

    fn map(&mut self, entries: &[Entry], schema: &'s Json, path: &str, at: Span) -> Json {
        let mut object = Map::new();
        let properties = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties").filter(|other| other.is_object());
        let mut unknown = Vec::new();
        for entry in entries {
            let below = key_path(path, &entry.key);
            let known = properties.and_then(|known| known.get(&entry.key)).or(others);
            let Some(field) = known else {
                unknown.push(entry);
                continue;
            };
            if is_blank(&entry.value)
                && !self.means_something(field, &entry.value, &entry.key, properties)
            {
                self.out.blanks.push(below.clone());
            }
            if is_null(&entry.value) {
                let nothing = nothing(self.root, field, known_is_free(properties, &entry.key));
                object.extend(nothing.map(|value| (entry.key.clone(), value)));
                continue;
            }
            let before = self.out.problems.len();
            let at = if is_container(&entry.value) { entry.key_at } else { entry.value.at };
            if let Some(value) = self.value(&entry.value, field, &below, at) {
                object.insert(entry.key.clone(), value);
            } else if self.out.problems.len() > before
                && (is_required(schema, &entry.key)
                    || known_is_free(properties, &entry.key)
                    || self.is_section(field))
            {
                object.insert(entry.key.clone(), self.stand_in(field));
            }
        }
        let mut missing = missing(schema, &object);
        for entry in unknown {
            self.unknown(entry, schema, path, &mut missing, &mut object);
        }
        for name in missing {
            self.missing(name, schema, path, at, &mut object);
        }
        Json::Object(object)
    }

    /// Says whether it matters that this is written: `null` and an empty list or map empty what can
    /// be emptied, `null` removes an entry, and `{}` asks for a section with its defaults.
    fn means_something(
        &self,
        field: &Json,
        node: &Node,
        key: &str,
        properties: Option<&Map<String, Json>>,
    ) -> bool {
        if is_null(node) {
            return nothing(self.root, field, known_is_free(properties, key)).is_some();
        }
        let has_sections =
            alternatives(self.root, field).iter().any(|one| one.get("properties").is_some());
        field.get("x-akstool-null").is_some() || has_sections
    }

    /// Says whether a field is a section: one that is written wrongly is there all the same, or rules
    /// would say of what stands beside it that it is missing.
    fn is_section(&self, field: &Json) -> bool {
        let shapes = alternatives(self.root, field);
        !shapes.is_empty() && shapes.iter().all(|one| one.get("properties").is_some())
    }

    fn missing(
        &mut self,
        name: &str,
        schema: &'s Json,
        path: &str,
        at: Span,
        object: &mut Map<String, Json>,
    ) {
        let Some(field) = schema.get("properties").and_then(|known| known.get(name)) else {
            return;
        };
        let below = key_path(path, name);
        let whose = if path.is_empty() { "the profile".to_owned() } else { format!("`{path}`") };
        let what = format!("{whose} has no `{name}`");
        let about = field.get("description").and_then(Json::as_str).map(first_sentence);
        let hint = match (self.written(name, field), about) {
            (Some(line), Some(about)) => Some(format!("{about}: write `{line}`")),
            (_, about) => about,
        };
        self.problem(&below, at, what, hint);
        object.insert(name.to_owned(), self.stand_in(field));
    }

    /// Returns the line to write where no other is possible, or where what is needed is short.
    fn written(&self, name: &str, field: &Json) -> Option<String> {
        let shapes = alternatives(self.root, field);
        let shape = shapes.first()?;
        if let ([_], Some(only)) = (shapes.as_slice(), shape.get("const")) {
            return Some(format!("{name}: {}", only.as_str()?));
        }
        let needs = shape.get("required")?.as_array()?.iter().filter_map(Json::as_str);
        let needs: Vec<String> = needs.map(|need| format!("{need}: …")).collect();
        Some(format!("{name}: {{ {} }}", needs.join(", ")))
    }

    /// Returns which of the sections that are missing needs this key: there it was meant to stand.
    fn meant(&self, key: &str, schema: &'s Json, missing: &[&'s str]) -> Option<&'s str> {
        let needs = |section: &&'s str| {
            let field = schema.get("properties").and_then(|known| known.get(*section));
            let shapes = field.map(|field| alternatives(self.root, field)).unwrap_or_default();
            shapes.iter().any(|shape| is_required(shape, key))
        };
        missing.iter().copied().find(needs)
    }

    /// Reports an unknown key. When it is close to one that is missing, the two are one problem.
    fn unknown(
        &mut self,
        entry: &Entry,
        schema: &'s Json,
        path: &str,
        missing: &mut Vec<&'s str>,
        object: &mut Map<String, Json>,
    ) {
        let whose = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
        let what = format!("unknown key `{}`{whose}", quote(&entry.key));
        let known: Vec<&'s str> = names(schema);
        if self.out.problems.len() > LISTED {
            self.problem(&key_path(path, &entry.key), entry.key_at, what, None);
            return;
        }
        let hint = if let Some(ours) = foreign_word(&entry.key, &known) {
            format!("write `{ours}`")
        } else if let Some(section) = self.meant(&entry.key, schema, missing) {
            format!("`{}` belongs in `{section}`", entry.key)
        } else if let Some(close) = nearest(&entry.key, &known) {
            if !object.contains_key(close) {
                self.out.stand_ins.push(key_path(path, close));
            }
            if let Some(at) = missing.iter().position(|name| *name == close) {
                missing.remove(at);
                if let Some(field) = schema.get("properties").and_then(|known| known.get(close)) {
                    object.insert(close.to_owned(), self.stand_in(field));
                }
            }
            format!("did you mean `{close}`?")
        } else if let Some(home) = self.home(&entry.key) {
            format!("`{}` belongs in `{home}`", entry.key)
        } else {
            format!("known here: {}", list_words(&known))
        };
        self.problem(&key_path(path, &entry.key), entry.key_at, what, Some(hint));
    }

    /// Returns the one section at the top that knows this key.
    fn home(&self, key: &str) -> Option<&'s str> {
        let sections = self.root.get("properties")?.as_object()?;
        let mut homes = sections.iter().filter(|(_, section)| {
            let inner = alternatives(self.root, section);
            let item = inner.first().and_then(|one| one.get("items"));
            let inner = item.map_or(inner, |item| alternatives(self.root, item));
            inner.iter().any(|one| names(one).contains(&key))
        });
        let (home, _) = homes.next()?;
        homes.next().is_none().then_some(home.as_str())
    }

    fn list(&mut self, items: &[Node], schema: &'s Json, path: &str, at: Span) -> Json {
        let bound = |name: &str| schema.get(name).and_then(Json::as_u64);
        let count = items.len() as u64;
        if bound("minItems").is_some_and(|least| count < least) {
            self.problem(path, at, format!("`{path}` is empty; it has at least one item"), None);
        }
        if let Some(most) = bound("maxItems").filter(|most| count > *most) {
            let what = format!("`{path}` has {count} items; {most} is the limit");
            self.problem(path, at, what, None);
        }
        let Some(item) = schema.get("items") else { return Json::Array(Vec::new()) };
        let values = items.iter().enumerate().map(|(index, node)| {
            let below = index_path(path, index);
            let before = self.out.problems.len();
            self.value(node, item, &below, node.at).unwrap_or_else(|| {
                if self.out.problems.len() == before {
                    let what = "an item of a list with nothing in it".to_owned();
                    self.problem(&below, node.at, what, Some("delete the `-`".to_owned()));
                }
                self.stand_in(item)
            })
        });
        Json::Array(values.collect())
    }

    fn scalar(
        &mut self,
        scalar: &Scalar,
        at: Span,
        alternatives: &[&'s Json],
        path: &str,
    ) -> Option<Json> {
        let meaning = scalar.meaning();
        if meaning == Meaning::Null {
            return None;
        }
        let words: Vec<&str> = alternatives.iter().flat_map(|one| words(one)).collect();
        if !words.is_empty() && alternatives.iter().all(|one| is_word(one)) {
            return self.word(scalar, at, &words, path);
        }
        let fitting = alternatives.iter().find(|one| fits(one, meaning));
        let text = alternatives.iter().find(|one| is_type(one, "string"));
        let free = scalar.style == Style::Free;
        match (fitting, text) {
            (Some(one), _) => self.fit(one, meaning, &scalar.text, at, path),
            (None, Some(one)) if free => {
                self.fit(one, Meaning::Text(&scalar.text), &scalar.text, at, path)
            }
            (None, _) => {
                let expected = expectation(alternatives);
                let (found, hint) = super::shape_words::misfit(scalar, alternatives);
                let node = || Node { at, value: Value::Scalar(scalar.clone()) };
                let name = path.rsplit('.').next().unwrap_or(path);
                let word = foreign_value(name, &scalar.text).map(|word| format!("write `{word}`"));
                let hint = hint.or(word).or_else(|| meant(self.root, alternatives, &node()));
                // A text alone is no profile of anything.
                let hint = hint.filter(|_| !path.is_empty());
                self.problem(path, at, format!("expected {expected}, found {found}"), hint);
                None
            }
        }
    }

    fn word(&mut self, scalar: &Scalar, at: Span, words: &[&str], path: &str) -> Option<Json> {
        if words.contains(&scalar.text.as_str()) {
            return Some(Json::from(scalar.text.as_str()));
        }
        let name = path.rsplit('.').next().unwrap_or(path);
        let name = name.split('[').next().unwrap_or(name);
        let close = nearest(&scalar.text, words).filter(|_| words.len() > 1);
        let hint = close.map(|close| format!("did you mean `{close}`?"));
        let hint = hint.or_else(|| Some(format!("write `{}`", foreign_value(name, &scalar.text)?)));
        let what = format!(
            "`{}` is no `{name}`; it takes {}",
            quote(&scalar.text),
            super::shape_words::choice(words)
        );
        self.problem(path, at, what, hint);
        None
    }

    fn fit(
        &mut self,
        schema: &Json,
        meaning: Meaning<'_>,
        text: &str,
        at: Span,
        path: &str,
    ) -> Option<Json> {
        let fault = match meaning {
            Meaning::Text(text) => format::text(schema, text),
            Meaning::Whole(_) | Meaning::Number(_) => {
                let name = path.rsplit('.').next().unwrap_or(path);
                format::number(schema, meaning, text, name)
            }
            Meaning::Bool(_) | Meaning::Null => None,
        };
        if let Some(fault) = fault {
            self.problem(path, at, fault.what, fault.hint);
            return None;
        }
        Some(match meaning {
            Meaning::Text(text) => Json::from(text),
            Meaning::Whole(number) => i64::try_from(number).map_or(Json::Null, Json::from),
            Meaning::Number(number) => Json::from(number),
            Meaning::Bool(flag) => Json::from(flag),
            Meaning::Null => Json::Null,
        })
    }

    /// Returns the smallest value that a schema accepts.
    fn stand_in(&self, schema: &Json) -> Json {
        let alternatives = alternatives(self.root, schema);
        let Some(first) = alternatives.first() else { return Json::Null };
        if let Some(word) = words(first).first() {
            return Json::from(*word);
        }
        match first.get("type").map(type_name) {
            Some("object") => {
                let names = first.get("required").and_then(Json::as_array);
                let names = names.into_iter().flatten().filter_map(Json::as_str);
                let fields = names.filter_map(|name| {
                    let field = first.get("properties")?.get(name)?;
                    Some((name.to_owned(), self.stand_in(field)))
                });
                Json::Object(fields.collect())
            }
            Some("array") => Json::Array(Vec::new()),
            Some("integer" | "number") => {
                first.get("minimum").cloned().unwrap_or_else(|| Json::from(0))
            }
            Some("boolean") => Json::from(false),
            _ => Json::from(format::stand_in(first)),
        }
    }
}

fn is_word(schema: &Json) -> bool {
    schema.get("const").is_some() || schema.get("enum").is_some()
}

/// Returns a tree as JSON: what stands without quotes has the meaning that YAML gives it.
pub(super) fn as_written(node: &Node) -> Json {
    match &node.value {
        Value::Map(entries) => {
            let members = entries.iter().map(|one| (one.key.clone(), as_written(&one.value)));
            Json::Object(members.collect())
        }
        Value::List(items) => items.iter().map(as_written).collect(),
        Value::Scalar(scalar) => match scalar.meaning() {
            Meaning::Null => Json::Null,
            Meaning::Bool(flag) => Json::from(flag),
            Meaning::Whole(number) => {
                i64::try_from(number).map_or_else(|_| Json::from(scalar.text.as_str()), Json::from)
            }
            Meaning::Number(number) => Json::from(number),
            Meaning::Text(text) => Json::from(text),
        },
    }
}

fn is_container(node: &Node) -> bool {
    !matches!(node.value, Value::Scalar(_))
}

fn is_null(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if scalar.meaning() == Meaning::Null)
}

fn is_blank(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Scalar(_) => is_null(node),
    }
}

/// Says whether a key is one that the author chose, as of a label.
fn known_is_free(properties: Option<&Map<String, Json>>, key: &str) -> bool {
    properties.is_none_or(|known| !known.contains_key(key))
}

/// Returns what `null` comes to: it unsets a field, empties one that can be emptied, and removes
/// an entry that the author named.
fn nothing(root: &Json, field: &Json, is_entry: bool) -> Option<Json> {
    if field.get("x-akstool-null").is_some() {
        let is_list = alternatives(root, field).iter().any(|one| is_type(one, "array"));
        return Some(if is_list { Json::Array(Vec::new()) } else { Json::Object(Map::new()) });
    }
    let names = field.get("type").and_then(Json::as_array);
    let takes_null = names.is_some_and(|names| names.iter().any(|name| name == "null"));
    (is_entry && takes_null).then_some(Json::Null)
}

fn is_required(schema: &Json, name: &str) -> bool {
    let required = schema.get("required").and_then(Json::as_array);
    required.is_some_and(|names| names.iter().any(|one| one == name))
}

fn missing<'s>(schema: &'s Json, object: &Map<String, Json>) -> Vec<&'s str> {
    let required = schema.get("required").and_then(Json::as_array);
    let names = required.into_iter().flatten().filter_map(Json::as_str);
    names.filter(|name| !object.contains_key(*name)).collect()
}

fn names(schema: &Json) -> Vec<&str> {
    let known = schema.get("properties").and_then(Json::as_object);
    known.map_or_else(Vec::new, |known| known.keys().map(String::as_str).collect())
}

/// Returns the first sentence of a description as a hint: without capital and stop.
fn first_sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    let first = text.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let mut chars = first.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
