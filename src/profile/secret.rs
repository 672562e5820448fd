//! Secrets in the texts that problems show: people paste what a program prints.

use super::problem::{Source, Span};
use super::yaml::{Node, Value};
use crate::arm::redact::is_secret;

/// What stands for a character of a secret.
const HIDDEN: char = '*';

/// Hides, in the texts, whatever stands under the name of a secret.
pub(super) fn hide(root: &Node, sources: &mut [Source]) {
    match &root.value {
        Value::Scalar(scalar) if has_password(&scalar.text) => {
            cover(root.at, &scalar.text, sources);
        }
        Value::Scalar(_) => {}
        Value::List(items) => items.iter().for_each(|item| hide(item, sources)),
        Value::Map(entries) => {
            for entry in entries {
                match &entry.value.value {
                    Value::Scalar(scalar) if is_secret(&entry.key) => {
                        cover(entry.value.at, &scalar.text, sources);
                    }
                    _ => hide(&entry.value, sources),
                }
            }
        }
    }
}

/// What stands before a secret in connection strings and in links that let in whoever has them, and
/// what private keys begin with.
const MARKS: [&str; 6] = [
    "accountkey=",
    "sharedaccesskey=",
    "?sig=",
    "&sig=",
    "private key-----",
    "sharedaccesssignature=",
];

/// Tells whether a text is a URL with a password in it, or holds a key.
pub(super) fn has_password(text: &str) -> bool {
    let low = text.to_ascii_lowercase();
    if MARKS.iter().any(|mark| low.contains(mark)) {
        return true;
    }
    let Some((_, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// Covers a value where it begins; one of several lines down to its end.
fn cover(at: Span, value: &str, sources: &mut [Source]) {
    let Some(source) = sources.get_mut(at.source) else { return };
    // A span of one character is that of a value of several lines, or of a short one.
    let further = if at.length > 1 { 0 } else { value.lines().count() };
    let lines = source.text.split('\n').enumerate().map(|(index, line)| {
        let number = index + 1;
        if number < at.line || number > at.line + further {
            return line.to_owned();
        }
        let from = if number == at.line { at.column - 1 } else { 0 };
        let to = if at.length > 1 { from + at.length } else { usize::MAX };
        let hidden = |(column, c): (usize, char)| {
            if (from..to).contains(&column) && !c.is_whitespace() { HIDDEN } else { c }
        };
        line.chars().enumerate().map(hidden).collect()
    });
    source.text = lines.collect::<Vec<String>>().join("\n");
}
