//! YAML text as a tree in which every key and value knows its line and column.
//!
//! Accepts what a profile needs and refuses the rest with a reason: aliases (so that nothing
//! grows beyond what was written), several documents, tags other than `!!str`, depth beyond 32,
//! more than 100,000 values, texts above 1 MiB. Knows nothing of profiles; `shape` holds the tree
//! against the schema.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks, StrInput, Tag};

use super::problem::{Problem, Span, quote};
use crate::visible::{is_joiner, is_unsafe};

/// The largest profile, in bytes. Chosen: 10,000 ranges fit thrice, and reading takes
/// milliseconds.
pub const SIZE_LIMIT: usize = 1 << 20;

/// The deepest nesting. Chosen: the schema needs six.
const DEPTH_LIMIT: usize = 32;

/// The most keys and values. Chosen: ten times what ten thousand ranges need.
const NODE_LIMIT: usize = 100_000;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Span,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A scalar as it was written.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) style: Style,
}

/// What may be made of a scalar's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes: `null`, `true` and numbers have a meaning.
    Plain,
    /// In quotes: always text.
    Quoted,
    /// From the command line, where nobody writes quotes: whatever the field takes.
    Free,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: Span,
    pub(super) value: Node,
}

/// What a scalar means by the core schema of YAML 1.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning<'a> {
    Null,
    Bool(bool),
    Whole(i128),
    Number(f64),
    Text(&'a str),
}

impl Scalar {
    pub(super) fn meaning(&self) -> Meaning<'_> {
        let text = self.text.as_str();
        if self.style == Style::Quoted {
            return Meaning::Text(text);
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
            "true" | "True" | "TRUE" => Meaning::Bool(true),
            "false" | "False" | "FALSE" => Meaning::Bool(false),
            _ => number(text).unwrap_or(Meaning::Text(text)),
        }
    }
}

fn number(text: &str) -> Option<Meaning<'_>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok().map(Meaning::Whole);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i128::from_str_radix(digits, 8).ok().map(Meaning::Whole);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        let most = if text.starts_with('-') { i128::MIN } else { i128::MAX };
        return Some(Meaning::Whole(text.parse().unwrap_or(most)));
    }
    let starts = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let plain = unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    if starts && plain && unsigned.bytes().any(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Meaning::Number);
    }
    None
}

/// Reads bytes as text: UTF-8, not above [`SIZE_LIMIT`], without control characters.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Box<Problem>> {
    if bytes.len() > SIZE_LIMIT {
        return Err(Box::new(too_large(bytes.len() as u64)));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = Problem::error("the file is written in UTF-16");
        return Err(Box::new(problem.hint("save it as UTF-8, as every YAML reader expects")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let line = valid.matches('\n').count() + 1;
        let what = format!("the file is no text: line {line} is not UTF-8");
        Box::new(
            Problem::error(what)
                .hint("a profile is a YAML file in UTF-8; `akstool profiles kubenet` prints one"),
        )
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Says that a file of this many bytes is too large; for callers that know its size before
/// reading it.
pub fn too_large(bytes: u64) -> Problem {
    let kib = bytes.div_ceil(1024);
    Problem::error(format!("the file has {kib} KiB; a profile has at most 1024"))
        .hint("was this the file you meant?")
}

/// Reads a text into a tree; what is wrong with it goes to `problems`. `None` when there is no
/// tree.
pub(super) fn parse(text: &str, source: usize, problems: &mut Vec<Problem>) -> Option<Node> {
    let before = problems.len();
    control_characters(text, source, problems);
    if problems.len() > before {
        return None;
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), source, nodes: 0, problems };
    reader.stream()
}

fn control_characters(text: &str, source: usize, problems: &mut Vec<Problem>) {
    let lines = text.split('\n').enumerate();
    let bad = lines.flat_map(|(line, content)| {
        let content = content.strip_suffix('\r').unwrap_or(content);
        let chars = content.chars().enumerate();
        let is_bad = |c: char| is_unsafe(c) && c != '\t' && !is_joiner(c);
        chars.filter(move |(_, c)| is_bad(*c)).map(move |(column, c)| (line, column, c))
    });
    for (line, column, c) in bad.take(5) {
        let at = Span { source, line: line + 1, column: column + 1, length: 1 };
        problems.push(
            Problem::error(format!("a control character, {}", c.escape_unicode())).at(at).hint(
                "delete it; inside double quotes it may be written as an escape such as `\\u001b`",
            ),
        );
    }
}

struct Reader<'t, 'p> {
    parser: Parser<'t, StrInput<'t>>,
    source: usize,
    nodes: usize,
    problems: &'p mut Vec<Problem>,
}

/// The problem is on the list; there is nothing more to read.
struct Stop;

impl<'t> Reader<'t, '_> {
    fn stream(&mut self) -> Option<Node> {
        let mut root = None;
        loop {
            let (event, marks) = self.next().ok()?;
            match event {
                Event::StreamEnd => return root,
                Event::DocumentStart(_) if root.is_some() => {
                    let at = self.span(marks);
                    self.problems.push(
                        Problem::error("a second document begins; a profile is one document")
                            .at(at)
                            .hint("put it in a file of its own; `akstool up` takes several"),
                    );
                    return root;
                }
                Event::Nothing
                | Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                other => root = Some(self.node(other, marks, 0).ok()?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Marks), Stop> {
        match self.parser.next_event() {
            Some(Ok(pair)) => Ok(pair),
            None => Err(Stop),
            Some(Err(error)) => {
                let mark = *error.marker();
                let at = self.span(Marks::empty(mark));
                let what = format!("this is no YAML: {}", quote(error.info()));
                self.problems.push(Problem::error(what).at(at));
                Err(Stop)
            }
        }
    }

    fn span(&self, marks: Marks) -> Span {
        let same_line = marks.start.line() == marks.end.line();
        let length = if same_line { marks.end.col().saturating_sub(marks.start.col()) } else { 1 };
        Span {
            source: self.source,
            line: marks.start.line().max(1),
            column: marks.start.col() + 1,
            length: length.max(1),
        }
    }

    fn node(&mut self, event: Event<'t>, marks: Marks, depth: usize) -> Result<Node, Stop> {
        let at = self.span(marks);
        if depth > DEPTH_LIMIT {
            let what = format!("nested more than {DEPTH_LIMIT} levels deep");
            self.problems.push(Problem::error(what).at(at));
            return Err(Stop);
        }
        self.nodes += 1;
        if self.nodes > NODE_LIMIT {
            let what = format!("more than {NODE_LIMIT} keys and values; no profile needs as many");
            self.problems.push(Problem::error(what).at(at));
            return Err(Stop);
        }
        let value = match event {
            Event::Scalar(text, style, _, tag) => {
                let forced = self.tag(tag.as_deref(), at);
                let plain = style == ScalarStyle::Plain && !forced;
                let style = if plain { Style::Plain } else { Style::Quoted };
                Value::Scalar(Scalar { text: text.into_owned(), style })
            }
            Event::SequenceStart(_, tag) => {
                self.tag(tag.as_deref(), at);
                self.list(depth)?
            }
            Event::MappingStart(_, tag) => {
                self.tag(tag.as_deref(), at);
                self.map(depth)?
            }
            Event::Alias(_) => {
                self.problems.push(
                    Problem::error("an alias, which a profile does not take: every value stands where it belongs")
                        .at(at)
                        .hint("write the value out"),
                );
                return Err(Stop);
            }
            _ => return Err(Stop),
        };
        Ok(Node { value, at })
    }

    /// Says whether a tag makes text of a scalar; any tag but `!!str` is a problem.
    fn tag(&mut self, tag: Option<&Tag>, at: Span) -> bool {
        let Some(tag) = tag else { return false };
        if tag.is_yaml_core_schema() && matches!(tag.suffix.as_str(), "str" | "map" | "seq") {
            return tag.suffix == "str";
        }
        let name = quote(&format!("{}{}", tag.handle, tag.suffix));
        self.problems.push(
            Problem::error(format!("the tag `{name}` has no meaning in a profile"))
                .at(at)
                .hint("delete it"),
        );
        false
    }

    fn list(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, marks) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, marks, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        loop {
            let (event, marks) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Value::Map(entries));
            }
            let key = self.node(event, marks, depth + 1)?;
            let (event, marks) = self.next()?;
            let value = self.node(event, marks, depth + 1)?;
            let Value::Scalar(name) = key.value else {
                self.problems.push(Problem::error("a key that is a list or a mapping").at(key.at));
                continue;
            };
            if let Some(first) = seen.get(&name.text) {
                let problem = duplicate(&name.text, key.at, *first);
                self.problems.push(problem);
                continue;
            }
            seen.insert(name.text.clone(), key.at);
            entries.push(Entry { key: name.text, key_at: key.at, value });
        }
    }
}

fn duplicate(key: &str, at: Span, first: Span) -> Problem {
    let mut problem = Problem::error(format!("the key `{}` stands here twice", quote(key))).at(at);
    let label = "here first".to_owned();
    problem.also.push(super::problem::Also { at: Some(first), path: String::new(), label });
    problem.hint("delete one of the two")
}
