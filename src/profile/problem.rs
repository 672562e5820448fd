//! Problems: what is wrong or worth knowing, where it stands in the text, and what to do about
//! it.
//!
//! A problem is data. `ui::problem` draws it; `-o json` prints it as it is. Every text here may
//! hold what a stranger wrote: whoever prints it must keep control characters off the terminal.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::visible::is_unsafe;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The profile cannot be used.
    Error,
    /// The profile can be used; its author may want to know.
    Advice,
}

/// A stretch of one line in one of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Span {
    /// Which text, as an index into [`Problems::sources`]; 0 is the profile itself.
    pub source: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The length in characters, from 1.
    pub length: usize,
}

/// A second place that has a part in a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Also {
    /// Where it stands; `None` when nothing was written there.
    pub at: Option<Span>,
    /// The path of the field, such as `network.podCidr`.
    pub path: String,
    /// What it has to do with the problem.
    pub label: String,
}

/// One thing that is wrong or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// What it is: a sentence without capital and stop, values in backticks.
    pub what: String,
    /// Where it stands, when it stands anywhere.
    pub at: Option<Span>,
    /// The path of the field, such as `pools[0].vmSize`; empty for the file as a whole.
    pub path: String,
    /// Other places that have a part in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// Makes an error without a place.
    pub fn error(what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            what: what.into(),
            at: None,
            path: String::new(),
            also: Vec::new(),
            hint: None,
        }
    }

    /// Says where it stands.
    pub fn at(mut self, span: Span) -> Self {
        self.at = Some(span);
        self
    }

    /// Says which field it is about.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Says what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A text that problems point into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    /// A file's name, or the option that the text was given with.
    pub name: String,
    /// The text itself.
    #[serde(skip)]
    pub text: String,
}

/// Problems listed at most; chosen: nobody reads more, and hints cost time.
pub(super) const LISTED: usize = 1_000;

/// Everything that was found, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problems {
    /// The texts: the profile first, then each option that overrides it.
    pub sources: Vec<Source>,
    /// The problems, at most 1,000.
    pub list: Vec<Problem>,
    /// How many more there are.
    pub unlisted: usize,
}

impl Problems {
    /// Makes a list of one, for what is wrong with a file as a whole: missing, unreadable, a
    /// directory.
    pub fn one(origin: impl Into<String>, problem: Problem) -> Self {
        let source = Source { name: origin.into(), text: String::new() };
        Self { sources: vec![source], list: vec![problem], unlisted: 0 }
    }

    /// Returns the name of the profile: a file or a built-in one.
    pub fn origin(&self) -> &str {
        self.sources.first().map_or("", |source| source.name.as_str())
    }

    /// Returns the number of errors, advice not counted.
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// Puts errors before advice, each in the order of the text, and keeps the first thousand.
    pub(super) fn sort(&mut self) {
        self.list.sort_by_key(|problem| {
            (problem.severity, problem.at.map_or((1, None), |span| (0, Some(span))))
        });
        self.unlisted += self.list.len().saturating_sub(LISTED);
        self.list.truncate(LISTED);
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.list.first().map_or("", |problem| problem.what.as_str());
        match self.list.len() {
            0 | 1 => write!(f, "`{}`: {first}", quote(self.origin())),
            n => {
                let more = n - 1 + self.unlisted;
                write!(f, "`{}`: {first} (and {more} more)", quote(self.origin()))
            }
        }
    }
}

impl std::error::Error for Problems {}

/// Returns a text safe to stand in a sentence: control characters and line breaks escaped, at
/// most 80 characters.
pub(super) fn quote(text: &str) -> String {
    let mut safe = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == 80 {
            safe.push('…');
            break;
        }
        if is_unsafe(c) { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    safe
}
