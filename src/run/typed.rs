//! What a typed word means by itself: a file, a built-in profile, or the name of an environment.

use std::path::Path;

use super::error::Error;
use crate::profile::builtin;
use crate::ui::words;

/// What names standard input.
pub(crate) const INPUT: &str = "-";

/// The most columns that a typed name takes in a sentence; chosen: it fits on a line with the rest.
const NAME: usize = 70;

/// Tells whether a text means a profile rather than the name of an environment.
pub(crate) fn is_profile(text: &str) -> bool {
    text == INPUT
        || looks_like_file(text)
        || builtin::find(text).is_some()
        || Path::new(text).is_file()
}

/// Tells whether a text can only mean a file.
pub(crate) fn looks_like_file(text: &str) -> bool {
    let end = Path::new(text).extension().and_then(|end| end.to_str()).unwrap_or_default();
    let yaml = ["yaml", "yml"].iter().any(|known| known.eq_ignore_ascii_case(end));
    yaml || (text.contains(['/', '\\']) && in_group(text).is_none())
}

/// Reads `GROUP/NAME`, an environment in its group. Where there is a file or folder of that name,
/// that is meant.
fn in_group(text: &str) -> Option<(&str, &str)> {
    let (group, name) = text.split_once('/')?;
    let plain = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
    let is_group = (1..=90).contains(&group.chars().count())
        && group.chars().all(plain)
        && !group.ends_with('.');
    let there = Path::new(text).exists() || Path::new(group).exists();
    (is_group && is_name(name) && !there).then_some((group, name))
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=63).contains(&text.len()) && text.chars().all(plain)
}

/// Returns a name of an environment, if it can be one, behind its group if that was typed.
pub(crate) fn environment(text: &str) -> Result<(Option<String>, String), Error> {
    if is_name(text) {
        return Ok((None, text.to_owned()));
    }
    if let Some((group, name)) = in_group(text) {
        return Ok((Some(group.to_owned()), name.to_owned()));
    }
    let shown = named(Path::new(text));
    Err(Error::usage(
        format!("{shown} is neither a profile nor the name of an environment"),
        "a name has 1 to 63 letters, digits, `-` and `_`; `akstool list` shows what exists",
    ))
}

/// Returns what was typed as the subject of a sentence.
pub(crate) fn named(path: &Path) -> String {
    format!("`{}`", words::fit(&words::clean(&path.to_string_lossy()), NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_has_a_plain_name() {
        assert!(environment("demo-1").is_ok());
        for wrong in ["", "a b", "x'y", &"n".repeat(64)] {
            assert!(environment(wrong).is_err(), "{wrong}");
        }
    }
}
