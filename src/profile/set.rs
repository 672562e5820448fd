//! Overrides from the command line: `--set path=value`, `--name`, `--location`, `--ttl`.
//!
//! They are worked into the tree before anything is checked, so every rule sees the result, and
//! what is wrong with one points into the option's own text.

use super::problem::{Problem, Span, quote};
use super::shape_words::{list_words, nearest};
use super::yaml::{self, Entry, Node, Scalar, Style, Value};

/// What the command line changes in a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--name`: becomes `metadata.name`.
    pub name: Option<String>,
    /// `--location`: becomes `metadata.location`.
    pub location: Option<String>,
    /// `--ttl`: becomes `metadata.ttl`.
    pub ttl: Option<String>,
    /// `--set`: each `path=value`, such as `network.plugin=azure` or `pools[system].count=3`, in
    /// order. An empty value or `null` unsets.
    pub set: Vec<String>,
}

impl Overrides {
    /// Returns each override as option, text, and whether the text is a `path=value`.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &str, Option<&'static str>)> {
        let named = [
            ("--name", &self.name, "metadata.name"),
            ("--location", &self.location, "metadata.location"),
            ("--ttl", &self.ttl, "metadata.ttl"),
        ];
        let set = self.set.iter().map(|text| ("--set", text.as_str(), None));
        set.chain(named.into_iter().filter_map(|(option, text, path)| {
            text.as_deref().map(|text| (option, text, Some(path)))
        }))
    }
}

/// Works one override into the tree. `fixed` is the path of an option that has one of its own.
pub(super) fn apply(
    root: &mut Node,
    text: &str,
    fixed: Option<&str>,
    source: usize,
    problems: &mut Vec<Problem>,
) {
    let whole = Span { source, line: 1, column: 1, length: text.chars().count().max(1) };
    let outcome = match fixed {
        Some(path) => steps(path, whole).and_then(|steps| {
            let scalar = Scalar { text: text.to_owned(), style: Style::Quoted };
            place(root, &steps, Node { value: Value::Scalar(scalar), at: whole })
        }),
        None => set(root, text, whole, problems),
    };
    if let Err(problem) = outcome {
        problems.push(*problem);
    }
}

fn set(
    root: &mut Node,
    text: &str,
    whole: Span,
    problems: &mut Vec<Problem>,
) -> Result<(), Box<Problem>> {
    let Some((path, value)) = text.split_once('=') else {
        let what = format!("`--set {}` has no `=`", quote(text));
        return Err(at(what, whole, "write `--set path=value`, such as `network.plugin=azure`"));
    };
    let steps = steps(path, whole)?;
    let before = problems.len();
    let shift = path.chars().count() + 1;
    let mut node = yaml::parse(value, whole.source, problems)
        .unwrap_or(Node { value: Value::Scalar(null()), at: whole });
    move_right(&mut node, shift);
    if problems.len() > before {
        for problem in &mut problems[before..] {
            problem.at = Some(whole);
        }
        return Ok(());
    }
    place(root, &steps, node)
}

fn null() -> Scalar {
    Scalar { text: String::new(), style: Style::Plain }
}

/// Moves spans behind the path, and frees scalars from the need for quotes.
fn move_right(node: &mut Node, shift: usize) {
    if node.at.line == 1 {
        node.at.column += shift;
    }
    match &mut node.value {
        Value::Scalar(scalar) if scalar.style == Style::Plain => scalar.style = Style::Free,
        Value::Scalar(_) => {}
        Value::List(items) => items.iter_mut().for_each(|item| move_right(item, shift)),
        Value::Map(entries) => {
            for entry in entries {
                if entry.key_at.line == 1 {
                    entry.key_at.column += shift;
                }
                move_right(&mut entry.value, shift);
            }
        }
    }
}

/// One step of a path, and where it stands in the option's text.
#[derive(Debug)]
struct Step {
    to: To,
    at: Span,
}

#[derive(Debug, PartialEq, Eq)]
enum To {
    Key(String),
    Index(usize),
    Named(String),
}

fn at(what: String, span: Span, hint: &str) -> Box<Problem> {
    Box::new(Problem::error(what).at(span).hint(hint))
}

/// Reads a path such as `pools[system].maxPods` or `metadata.tags["a.b"]`.
fn steps(path: &str, whole: Span) -> Result<Vec<Step>, Box<Problem>> {
    let bad = || {
        let what = format!("`{}` is no path", quote(path));
        at(
            what,
            whole,
            "a path is like `network.plugin`, `pools[0].count` or `pools[system].count`",
        )
    };
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let start = path.len() - rest.len();
        let column = path[..start].chars().count() + 1;
        let (to, after) = if let Some(inner) = rest.strip_prefix('[') {
            bracket(inner).ok_or_else(bad)?
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            (To::Key(rest[..end].to_owned()), &rest[end..])
        };
        if to == To::Key(String::new()) {
            return Err(bad());
        }
        let length = (rest.len() - after.len()).max(1);
        steps.push(Step { to, at: Span { column, length, ..whole } });
        rest = match after.strip_prefix('.') {
            Some("") => return Err(bad()),
            Some(more) => more,
            None if after.is_empty() || after.starts_with('[') => after,
            None => return Err(bad()),
        };
    }
    if steps.is_empty() || steps.len() > 16 { Err(bad()) } else { Ok(steps) }
}

fn bracket(inner: &str) -> Option<(To, &str)> {
    if let Some(quoted) = inner.strip_prefix('"') {
        let (key, after) = quoted.split_once("\"]")?;
        return Some((To::Key(key.to_owned()), after));
    }
    let (name, after) = inner.split_once(']')?;
    let digits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    let to = match name.parse() {
        Ok(index) if digits => To::Index(index),
        _ => To::Named(name.to_owned()),
    };
    Some((to, after))
}

fn place(root: &mut Node, steps: &[Step], value: Node) -> Result<(), Box<Problem>> {
    let mut here = root;
    for step in steps {
        here = match &step.to {
            To::Key(key) => field(here, key, step.at)?,
            To::Index(index) => item(here, *index, step.at)?,
            To::Named(name) => named(here, name, step.at)?,
        };
    }
    *here = value;
    Ok(())
}

fn field<'n>(node: &'n mut Node, key: &str, at_step: Span) -> Result<&'n mut Node, Box<Problem>> {
    if let Value::Scalar(scalar) = &node.value {
        let empty = scalar.text.is_empty() || matches!(scalar.text.as_str(), "null" | "~");
        if !empty {
            let what =
                format!("`{}` has no fields, so none named `{}`", quote(&scalar.text), quote(key));
            return Err(at(what, at_step, "set the field itself"));
        }
        *node = Node { value: Value::Map(Vec::new()), at: at_step };
    }
    let Value::Map(entries) = &mut node.value else {
        let what = format!("a list has no field `{}`", quote(key));
        return Err(at(
            what,
            at_step,
            "say which item is meant: `pools[0].count` or `pools[system].count`",
        ));
    };
    let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let value = Node { value: Value::Scalar(null()), at: at_step };
        entries.push(Entry { key: key.to_owned(), key_at: at_step, value });
        entries.len() - 1
    });
    let entry = &mut entries[index];
    entry.key_at = at_step;
    Ok(&mut entry.value)
}

fn items(node: &mut Node, at_step: Span) -> Result<&mut Vec<Node>, Box<Problem>> {
    match &mut node.value {
        Value::List(items) => Ok(items),
        _ => Err(at(
            "this is no list, so it has no items".to_owned(),
            at_step,
            "write the path without brackets",
        )),
    }
}

fn item(node: &mut Node, index: usize, at_step: Span) -> Result<&mut Node, Box<Problem>> {
    let items = items(node, at_step)?;
    let count = items.len();
    if index == count {
        items.push(Node { value: Value::Scalar(null()), at: at_step });
    }
    items.get_mut(index).ok_or_else(|| {
        let what = format!("there is no item {index}: the list has {count}, counted from 0");
        at(what, at_step, "the number after the last one adds an item")
    })
}

fn named<'n>(node: &'n mut Node, name: &str, at_step: Span) -> Result<&'n mut Node, Box<Problem>> {
    let items = items(node, at_step)?;
    let names: Vec<String> = items.iter().map(|item| item_name(item).to_owned()).collect();
    if let Some(index) = names.iter().position(|one| one == name) {
        return Ok(&mut items[index]);
    }
    let known: Vec<&str> = names.iter().map(String::as_str).filter(|one| !one.is_empty()).collect();
    let hint = match nearest(name, &known) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("there are {}", list_words(&known)),
    };
    Err(at(format!("nothing here has the name `{}`", quote(name)), at_step, &hint))
}

fn item_name(item: &Node) -> &str {
    let Value::Map(entries) = &item.value else { return "" };
    let name = entries.iter().find(|entry| entry.key == "name").map(|entry| &entry.value.value);
    match name {
        Some(Value::Scalar(scalar)) => &scalar.text,
        _ => "",
    }
}
