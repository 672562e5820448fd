//! YAML text as a tree that knows where each value stands, in bytes.
//!
//! Takes whatever kubectl reads that can be changed in place: block and flow style, JSON too.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks, StrInput};
use serde_json::{Map, Number, Value};

/// The largest kubeconfig, in bytes; chosen: thousands of clusters.
const SIZE_LIMIT: usize = 16 << 20;

/// The deepest nesting; chosen: extensions of other tools are not deeper than a few levels.
const DEPTH_LIMIT: usize = 64;

/// Why a text is no kubeconfig that can be changed. None says what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It cannot be read as YAML.
    #[error("line {0} is no YAML")]
    Yaml(usize),
    /// It is larger than any kubeconfig.
    #[error("it has more than 16 MiB")]
    Large,
    /// It is something else, or damaged.
    #[error("line {line}: {what}")]
    Shape {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// It is a kubeconfig, and written so that it cannot be changed without touching the rest.
    #[error("it is written in a way that cannot be changed in place")]
    Rigid,
}

impl Error {
    pub(super) fn shape(line: usize, what: impl Into<String>) -> Self {
        Self::Shape { line, what: what.into() }
    }
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Node {
    /// The first byte; of a block collection, that of its first key or item.
    pub(super) start: usize,
    /// The byte behind the last one of its content.
    pub(super) end: usize,
    /// The line, from 1.
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone)]
pub(super) enum Kind {
    Scalar {
        text: String,
        plain: bool,
    },
    List {
        items: Vec<Node>,
        flow: bool,
    },
    Map {
        entries: Vec<(Node, Node)>,
        flow: bool,
    },
    /// Stands for another value, wherever that is.
    Alias,
}

impl Node {
    /// Returns the text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Tells whether nothing stands there.
    pub(super) fn is_null(&self) -> bool {
        self.value() == Value::Null
    }

    /// Returns the entries of a mapping, none of anything else.
    pub(super) fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    /// Returns the items of a list, none of anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List { items, .. } => items,
            _ => &[],
        }
    }

    /// Returns the key and the value of an entry.
    pub(super) fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key))
    }

    /// Returns the value of an entry.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Tells whether it is written with brackets or braces.
    pub(super) fn is_flow(&self) -> bool {
        matches!(self.kind, Kind::List { flow: true, .. } | Kind::Map { flow: true, .. })
    }

    /// Returns what it means.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar { text, plain: true } => meaning(text),
            Kind::Scalar { text, plain: false } => Value::String(text.clone()),
            Kind::List { items, .. } => items.iter().map(Self::value).collect(),
            Kind::Map { entries, .. } => {
                let entry = |(key, value): &(Self, Self)| {
                    (key.text().unwrap_or_default().to_owned(), value.value())
                };
                Value::Object(entries.iter().map(entry).collect::<Map<_, _>>())
            }
            Kind::Alias => Value::Null,
        }
    }
}

/// What a scalar without quotes means.
fn meaning(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(number) => Value::Number(Number::from(number)),
            Err(_) => Value::String(text.to_owned()),
        },
    }
}

/// Reads a text; `None` where nothing but comments stands in it.
pub(super) fn read(text: &str) -> Result<Option<Node>, Error> {
    if text.len() > SIZE_LIMIT {
        return Err(Error::Large);
    }
    if let Some(at) = text.find('\0') {
        return Err(Error::Yaml(text[..at].matches('\n').count() + 1));
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), text, bytes: offsets(text) };
    let mut root = None;
    loop {
        let (event, marks) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(root),
            Event::DocumentStart(_) if root.is_some() => {
                let line = marks.start.line();
                return Err(Error::shape(line, "a second document begins"));
            }
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
            other => root = Some(reader.node(other, marks, 0)?),
        }
    }
}

/// The byte at which each character begins, where that is not the same number.
fn offsets(text: &str) -> Option<Vec<usize>> {
    let all = || text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    (!text.is_ascii()).then(all)
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    bytes: Option<Vec<usize>>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Marks), Error> {
        match self.parser.next_event() {
            Some(Ok(pair)) => Ok(pair),
            // What the parser says may quote the text.
            Some(Err(error)) => Err(Error::Yaml(error.marker().line())),
            None => Err(Error::Yaml(1)),
        }
    }

    fn byte(&self, index: usize) -> usize {
        match &self.bytes {
            None => index.min(self.text.len()),
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.text.len()),
        }
    }

    fn node(&mut self, event: Event<'t>, marks: Marks, depth: usize) -> Result<Node, Error> {
        let (start, end) = (self.byte(marks.start.index()), self.byte(marks.end.index()));
        let line = marks.start.line().max(1);
        if depth > DEPTH_LIMIT {
            return Err(Error::shape(line, "it is nested too deeply"));
        }
        let flow = start < end;
        match event {
            Event::Scalar(text, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                // A text in several lines ends where the next key begins.
                let end = start + self.text[start..end].trim_end().len();
                let text = Cow::into_owned(text);
                Ok(Node { start, end, line, kind: Kind::Scalar { text, plain } })
            }
            Event::Alias(_) => Ok(Node { start, end, line, kind: Kind::Alias }),
            Event::SequenceStart(..) => {
                let (items, last) = self.list(depth)?;
                let end = if flow { last } else { items.last().map_or(end, |item| item.end) };
                Ok(Node { start, end, line, kind: Kind::List { items, flow } })
            }
            Event::MappingStart(..) => {
                let (entries, last) = self.map(depth)?;
                let inner = entries.last().map_or(end, |(_, value)| value.end);
                let end = if flow { last } else { inner };
                Ok(Node { start, end, line, kind: Kind::Map { entries, flow } })
            }
            _ => Err(Error::Yaml(line)),
        }
    }

    fn list(&mut self, depth: usize) -> Result<(Vec<Node>, usize), Error> {
        let mut items = Vec::new();
        loop {
            let (event, marks) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok((items, self.byte(marks.end.index())));
            }
            items.push(self.node(event, marks, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<(Vec<(Node, Node)>, usize), Error> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        loop {
            let (event, marks) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok((entries, self.byte(marks.end.index())));
            }
            let key = self.node(event, marks, depth + 1)?;
            let (event, marks) = self.next()?;
            let value = self.node(event, marks, depth + 1)?;
            let Some(name) = key.text() else {
                return Err(Error::shape(key.line, "a key is no text"));
            };
            if entries.iter().any(|(other, _)| other.text() == Some(name)) {
                return Err(Error::shape(key.line, "a key stands there twice"));
            }
            entries.push((key, value));
        }
    }
}
