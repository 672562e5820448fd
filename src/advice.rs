//! What to do or to know, as data: prose, the commands in it, and which parts are ways of their own.
//!
//! Advice is written where the facts are, and shown where the run is known: only there the blanks of
//! its commands are filled, the flags added that reach the same Azure, and what cannot be done left
//! out (`ui::Blanks`). Between the two nothing reads prose: what is a command was said when the advice
//! was made, so a value from Azure or a file is never taken for one.
//!
//! [`advice!`](crate::advice!) takes a template and the values of its `{}`:
//!
//! ```
//! use akstool::advice;
//! let said = advice!("`akstool migrate {} --to overlay` does it; `{}` stays", "my env", "rt`x");
//! assert_eq!(said.to_string(), "`akstool migrate 'my env' --to overlay` does it; `rt`x` stays");
//! assert_eq!(said.commands().collect::<Vec<_>>(), ["akstool migrate 'my env' --to overlay"]);
//! ```

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::shell::{self, Line};

/// Several things to do, one after the other or one instead of the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(inline, with = "String")]
pub struct Advice {
    /// The ways, each shown behind a semicolon.
    pub ways: Vec<Vec<Part>>,
}

/// A part of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Prose.
    Text(String),
    /// A name, a field, an option.
    Code(String),
    /// A command of akstool or of the Azure CLI, to be pasted once its blanks are filled.
    Command(String),
}

/// What stands for a `{}`.
#[derive(Clone, Debug)]
pub enum Value {
    /// A value: one word of the command that it stands in.
    Word(String),
    /// A whole command, whose values were quoted where it was made.
    Command(String),
}

/// Makes [`Advice`] of a template of ours and values. Backticks in the template hold commands, names
/// and options; `; ` in it parts one way from the next; values are shown as they are.
#[macro_export]
macro_rules! advice {
    ($template:literal $(, $value:expr)* $(,)?) => {
        $crate::advice::Advice::of($template, [$($crate::advice::Value::from($value)),*])
    };
}

impl Advice {
    /// Makes advice of a template and the values of its `{}`, in their order.
    pub fn of(template: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        let mut values = values.into_iter();
        let mut ways = vec![Vec::new()];
        for (at, span) in template.split('`').enumerate() {
            if at % 2 == 1 {
                push(&mut ways, code(span, &mut values));
                continue;
            }
            for (at, text) in span.split("; ").enumerate() {
                if at > 0 {
                    ways.push(Vec::new());
                }
                prose(&mut ways, text, &mut values);
            }
        }
        Self { ways }
    }

    /// Returns the same with another way behind it.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.ways.extend(other.ways);
        self
    }

    /// Returns its commands as they stand.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.ways.iter().flatten().filter_map(|part| match part {
            Part::Command(line) => Some(line.as_str()),
            Part::Text(_) | Part::Code(_) => None,
        })
    }
}

fn push(ways: &mut [Vec<Part>], part: Part) {
    if let Some(way) = ways.last_mut() {
        way.push(part);
    }
}

/// Reads what stands between backticks.
fn code(span: &str, values: &mut impl Iterator<Item = Value>) -> Part {
    let is_command = span.starts_with("akstool ") || span.starts_with("az ");
    let is_line = is_command || span.starts_with("--");
    let filled = filled(span, values, |value| match value {
        Value::Word(word) if is_line => shell::word(&word).into_owned(),
        Value::Word(word) => word,
        Value::Command(line) => line,
    });
    if is_command { Part::Command(filled) } else { Part::Code(filled) }
}

/// Reads prose, in which a command may stand for a value.
fn prose(ways: &mut [Vec<Part>], text: &str, values: &mut impl Iterator<Item = Value>) {
    let mut rest = text;
    let mut said = String::new();
    while let Some((before, behind)) = rest.split_once("{}") {
        said.push_str(before);
        rest = behind;
        match values.next() {
            Some(Value::Command(line)) => {
                push(ways, Part::Text(std::mem::take(&mut said)));
                push(ways, Part::Command(line));
            }
            Some(Value::Word(word)) => said.push_str(&word),
            None => {}
        }
    }
    said.push_str(rest);
    if !said.is_empty() {
        push(ways, Part::Text(said));
    }
}

fn filled(
    span: &str,
    values: &mut impl Iterator<Item = Value>,
    show: impl Fn(Value) -> String,
) -> String {
    let mut parts = span.split("{}");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |filled, part| {
        let value = values.next().map(&show).unwrap_or_default();
        filled + &value + part
    })
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, way) in self.ways.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            for part in way {
                match part {
                    Part::Text(text) => f.write_str(text)?,
                    Part::Code(code) | Part::Command(code) => write!(f, "`{code}`")?,
                }
            }
        }
        Ok(())
    }
}

/// Scripts read advice as people do.
impl Serialize for Advice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A sentence of ours, its commands in backticks.
impl From<&'static str> for Advice {
    fn from(template: &'static str) -> Self {
        Self::of(template, [])
    }
}

/// A sentence with values in it, and no command: none is looked for.
impl From<String> for Advice {
    fn from(text: String) -> Self {
        Self { ways: vec![vec![Part::Text(text)]] }
    }
}

impl From<Line> for Value {
    fn from(line: Line) -> Self {
        Self::Command(line.into())
    }
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl From<&String> for Value {
    fn from(word: &String) -> Self {
        Self::Word(word.clone())
    }
}

impl From<String> for Value {
    fn from(word: String) -> Self {
        Self::Word(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_taken_for_a_command() {
        let hostile = "`; `az group delete -n all` ; x";
        let said =
            advice!("`{}` stays in {}; `akstool status {}` shows it", hostile, hostile, hostile);
        assert_eq!(said.ways.len(), 2);
        assert_eq!(
            said.commands().collect::<Vec<_>>(),
            ["akstool status '`; `az group delete -n all` ; x'"]
        );
        assert_eq!(Advice::from(hostile.to_owned()).commands().count(), 0);
    }

    #[test]
    fn a_command_is_a_value_too() {
        let show = Line::new("az lock list --resource").value("a b");
        let said = advice!("a lock forbids it: {}; `--{}` is an option", show, "x y");
        assert_eq!(
            said.to_string(),
            "a lock forbids it: `az lock list --resource 'a b'`; `--'x y'` is an option"
        );
        assert_eq!(said.commands().count(), 1);
    }

    #[test]
    fn advice_is_read_by_scripts_as_one_text() {
        let said = advice!("write `mode: {}`", "overlay");
        assert_eq!(serde_json::to_value(&said).unwrap(), "write `mode: overlay`");
    }
}
