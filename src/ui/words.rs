//! The words for what Azure and Rust call otherwise: types, names, durations, counts.
//!
//! Whatever comes from Azure or from a file passes [`clean`] before it is shown.

use std::borrow::Cow;
use std::time::Duration;

use crate::arm::id::ResourceId;
use crate::kind::noun;
use crate::plan::{Reason, Step};
use crate::visible::on_one_line;

/// Returns what people call a resource of a type.
pub fn kind(kind: &str) -> String {
    clean(&noun(kind))
}

/// Returns the name of a resource as a reader tells it apart: a child with its parent, `net/nodes`,
/// a role assignment by what it is on.
pub fn name(id: &str) -> String {
    let Ok(id) = ResourceId::parse(id) else {
        return clean(id.rsplit('/').next().unwrap_or_default());
    };
    if id.resource_type().to_ascii_lowercase().ends_with("/roleassignments") {
        let scope = id.scope().map(|scope| scope.name().to_owned()).unwrap_or_default();
        let short: String = id.name().chars().take(8).collect();
        return clean(&format!("{short} on {scope}"));
    }
    clean(&id.names().join("/"))
}

/// Returns what a step is about: a right by what it gives, as its name says nothing, and anything
/// else by its name.
pub fn title(step: &Step) -> String {
    title_of(&step.id, step.right())
}

/// Returns the same of an id, with what a plan says of the right that it stands for, if it does.
pub fn title_of(id: &ResourceId, right: Option<&Reason>) -> String {
    let scope = id.parent();
    let scope = scope.map(|scope| format!("{} {}", kind(&scope.resource_type()), scope.name()));
    match right.zip(scope) {
        Some((right, scope)) => clean(&format!("{} on {scope}", right.sentence())),
        None => name(id.as_str()),
    }
}

/// Tells whether a step is about a right, which is told at length.
pub fn is_right(step: &Step) -> bool {
    step.right().is_some()
}

/// Returns a text in which nothing can move the cursor, colour the screen or reorder what is shown.
pub fn clean(text: &str) -> String {
    on_one_line(text)
}

/// Signs of ours that are no ASCII, each with one that takes its place and as many columns.
const PLAIN: &[(char, char)] = &[
    ('━', '='),
    ('─', '-'),
    ('█', '#'),
    ('▓', '%'),
    ('▒', ':'),
    ('✓', 'v'),
    ('✗', 'x'),
    ('✕', 'x'),
    ('×', 'x'),
    ('○', 'o'),
    ('·', '.'),
    ('…', '~'),
    ('±', '*'),
    ('→', '>'),
    ('−', '-'),
];

/// Returns a text in ASCII, as many columns wide: our signs by those that come nearest, a spinner
/// as a turning line, what is left as `?`.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let one = |c: char| match c {
        c if c.is_ascii() => c,
        '⠋' | '⠼' | '⠇' => '-',
        '⠙' | '⠴' | '⠏' => '\\',
        '⠹' | '⠦' => '|',
        '⠸' | '⠧' => '/',
        c => PLAIN.iter().find(|(sign, _)| *sign == c).map_or('?', |(_, plain)| *plain),
    };
    Cow::Owned(text.chars().map(one).collect())
}

/// Returns a duration in words: `0.4 s`, `12 s`, `5 min 12 s`, `1 h 4 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{:.1} s", time.as_secs_f64()),
        1..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns a duration as a watch shows it: `05:12`, `1:04:09`.
pub fn watch(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes:02}:{rest:02}")
    }
}

/// Returns a number with its noun: `1 resource`, `3 resources`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// Returns a list as a sentence has it: `a`, `a and b`, `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns a text of at most `width` columns, cut at its end with `…`.
pub fn fit(text: &str, width: usize) -> String {
    console::truncate_str(text, width, "…").into_owned()
}

/// Returns a text broken between words so that no line has more than `width` columns; lines after the
/// first begin with `indent` spaces. A command in backticks stays on one line, so that it can be
/// copied; one that is longer than a line is broken by the terminal, which knows that it is one.
pub fn wrap(text: &str, width: Option<usize>, indent: usize) -> String {
    let Some(width) = width else { return text.to_owned() };
    let body = text.trim_start_matches(' ');
    let mut filled = text.len() - body.len();
    let mut out = " ".repeat(filled);
    let mut is_first = true;
    for word in words(body) {
        let columns = console::measure_text_width(word);
        if !is_first && filled + 1 + columns > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            filled = indent;
        } else if !is_first {
            out.push(' ');
            filled += 1;
        }
        is_first = false;
        out.push_str(word);
        filled += columns;
    }
    out
}

/// Returns the words of a text, what stands in backticks as one.
fn words(text: &str) -> Vec<&str> {
    let is_paired = text.matches('`').count().is_multiple_of(2);
    let mut is_quoted = false;
    let is_gap = |c: char| {
        is_quoted ^= c == '`' && is_paired;
        c == ' ' && !is_quoted
    };
    text.split(is_gap).collect()
}

/// Returns a text filled up with spaces to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let filled = console::measure_text_width(text);
    format!("{text}{}", " ".repeat(width.saturating_sub(filled)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_named_with_its_parent_and_a_role_by_its_scope() {
        let net = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
        assert_eq!(name(&format!("{net}/subnets/nodes")), "v/nodes");
        let role = format!("{net}/providers/Microsoft.Authorization/roleAssignments/0123456789ab");
        assert_eq!(name(&role), "01234567 on v");
        assert_eq!(name("/subscriptions/s/resourceGroups/g"), "g");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let said = |seconds| duration(Duration::from_secs_f64(seconds));
        assert_eq!([said(0.42), said(12.9)], ["0.4 s", "12 s"]);
        assert_eq!([said(312.0), said(120.0), said(3849.0)], ["5 min 12 s", "2 min", "1 h 4 min"]);
        assert_eq!(watch(Duration::from_secs(3849)), "1:04:09");
        assert_eq!(watch(Duration::from_secs(49)), "00:49");
    }

    #[test]
    fn nothing_drives_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\r\nc\u{202e}"), "a[2Jb c");
    }

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrap("note: one two three", Some(12), 6), "note: one\n      two\n      three");
        assert_eq!(wrap("note: one two", None, 6), "note: one two");
        assert_eq!(wrap("  one two", Some(6), 2), "  one\n  two");
        assert_eq!(wrap("run `a b c` or", Some(8), 2), "run\n  `a b c`\n  or");
        assert_eq!(wrap("a ` b c", Some(4), 0), "a `\nb c");
    }

    #[test]
    fn lists_end_with_and() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(count(1, "node"), "1 node");
    }
}
