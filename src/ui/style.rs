//! What colour means; whoever prints strips it where it is not wanted.

use anstyle::{AnsiColor, Style};

use crate::plan::Action;

/// Something good: made, done.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Something that changes or that deserves a second look.
pub(crate) const CHANGE: Style = AnsiColor::Yellow.on_default();
/// Something that goes away or went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Something to do next.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default();
/// Something that may be skipped.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Something to find again.
pub(crate) const STRONG: Style = Style::new().bold();

/// Returns `text` in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{style}{text}{style:#}")
}

/// Returns the colour of an action.
pub(crate) const fn of(action: Action) -> Style {
    match action {
        Action::Keep => FAINT,
        Action::Wait => HINT,
        Action::Create => GOOD,
        Action::Update => CHANGE,
        Action::Replace | Action::Delete => BAD,
    }
}
