//! Command lines to paste into a POSIX shell, made of words of ours and of values from elsewhere.
//!
//! Names may hold what a shell acts on: `rg(x)` is a legal group, and a policy's title may be
//! `$(…)`. What is ours is literal text; everything else passes [`word`]. It knows no command.

use std::borrow::Cow;
use std::fmt;

/// Returns a value as one word of a shell.
///
/// Capitals alone are quoted too: bare ones are blanks, which are filled before a line is shown.
pub fn word(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    let is_blank = value.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    // Some shells take a word with `=` in front for the path of a program.
    if !is_blank && !value.starts_with('=') && value.chars().all(is_plain) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("'{}'", value.replace('\'', r"'\''")))
}

/// Returns the words of a line as they stand, with their quotes.
pub fn split(line: &str) -> Vec<&str> {
    let (mut quote, mut is_escaped) = (None, false);
    let is_gap = |c: char| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        match (quote, c) {
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
        quote.is_none() && c == ' '
    };
    line.split(is_gap).filter(|word| !word.is_empty()).collect()
}

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// Begins a line with words of ours.
    pub fn new(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// Adds words of ours.
    pub fn words(self, words: &'static str) -> Self {
        Self(format!("{} {words}", self.0))
    }

    /// Adds a value from elsewhere as one word.
    pub fn value(self, value: impl AsRef<str>) -> Self {
        Self(format!("{} {}", self.0, word(value.as_ref())))
    }
}

impl From<&'static str> for Line {
    fn from(words: &'static str) -> Self {
        Self::new(words)
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_words_stay_as_they_are_and_blanks_of_others_do_not() {
        assert_eq!(
            word("/subscriptions/s/resourceGroups/g-1_a"),
            "/subscriptions/s/resourceGroups/g-1_a"
        );
        assert_eq!(word("cluster.version=1.35"), "cluster.version=1.35");
        assert_eq!(word("/resourceGroups/rg(x)"), "'/resourceGroups/rg(x)'");
        assert_eq!(word("Don't"), r"'Don'\''t'");
        assert_eq!(
            (word(""), word("NAME"), word("=ls")),
            ("''".into(), "'NAME'".into(), "'=ls'".into())
        );
    }

    #[test]
    fn a_line_is_split_where_a_shell_splits_it() {
        let line = Line::new("az x --a").value("it's $(a b)").words(r#"--query "a \" b" c\ d"#);
        let line = line.to_string();
        assert_eq!(
            split(&line),
            ["az", "x", "--a", r"'it'\''s $(a b)'", "--query", r#""a \" b""#, r"c\ d"]
        );
    }

    proptest! {
        #[test]
        fn whatever_a_value_holds_it_is_one_word(value in "[^\0]{0,24}", next in "[^\0]{0,8}") {
            let line = Line::new("az").value(&value).value(&next).to_string();
            let read = shlex::split(&line);
            prop_assert_eq!(read, Some(vec!["az".to_owned(), value, next]));
            prop_assert_eq!(split(&line).len(), 3);
        }
    }
}
