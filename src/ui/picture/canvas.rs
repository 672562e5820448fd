//! SVG elements as text, everything escaped, and an estimate of how wide words are.

use std::fmt::Write as _;

use crate::ui::network::visible;

/// Elements as they are drawn.
#[derive(Default)]
pub(super) struct Canvas {
    out: String,
}

impl Canvas {
    /// Draws a rectangle `[x, y, width, height]` with rounded corners.
    pub(super) fn rect(&mut self, [x, y, width, height]: [i32; 4], radius: i32, class: &str) {
        let (width, height) = (width.max(0), height.max(0));
        let _ = writeln!(
            self.out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\" class=\"{class}\"/>"
        );
    }

    /// Draws a line `[x1, y1, x2, y2]`.
    pub(super) fn line(&mut self, [x1, y1, x2, y2]: [i32; 4], class: &str) {
        let _ = writeln!(
            self.out,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"
        );
    }

    /// Draws a filled shape through points.
    pub(super) fn shape(&mut self, points: &[(i32, i32)], class: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let _ = writeln!(self.out, "<polygon points=\"{}\" class=\"{class}\"/>", points.join(" "));
    }

    /// Draws an arrow to the right, left or both, or down, with a head at the end.
    pub(super) fn arrow(&mut self, [x1, y1, x2, y2]: [i32; 4], both: bool) {
        self.line([x1, y1, x2, y2], "link");
        self.head((x2, y2), (x1, y1));
        if both {
            self.head((x1, y1), (x2, y2));
        }
    }

    /// Draws the head of an arrow that comes from `from`; level or upright ones only.
    fn head(&mut self, (x, y): (i32, i32), from: (i32, i32)) {
        let (dx, dy) = ((from.0 - x).signum() * 8, (from.1 - y).signum() * 8);
        let points = if dx != 0 {
            [(x, y), (x + dx, y - 5), (x + dx, y + 5)]
        } else {
            [(x, y), (x - 5, y + dy), (x + 5, y + dy)]
        };
        self.shape(&points, "tip");
    }

    /// Writes one line of text.
    pub(super) fn text(&mut self, x: i32, y: i32, class: &str, text: &str) {
        let text = escape(text);
        let _ = writeln!(self.out, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{text}</text>");
    }

    /// Writes a name and, in its own look, the range behind it.
    pub(super) fn pair(&mut self, x: i32, y: i32, name: &str, range: &str) {
        let (name, range) = (escape(name), escape(range));
        let _ = writeln!(
            self.out,
            "<text x=\"{x}\" y=\"{y}\" class=\"ink t12\">{name}<tspan dx=\"7\" class=\"soft mono\">{range}</tspan></text>"
        );
    }

    /// Writes one line of text, cut to a width.
    pub(super) fn fitted(&mut self, (x, y): (i32, i32), width: i32, class: &str, text: &str) {
        let text = fit(text, room(width, class), size_of(class), class.contains("mono"));
        self.text(x, y, class, &text);
    }

    /// Writes text in lines of a width; returns the line of the last one.
    pub(super) fn paragraph(&mut self, x: i32, y: i32, width: i32, class: &str, text: &str) -> i32 {
        let size = size_of(class);
        let mut at = y;
        for line in lines(text, room(width, class), size) {
            self.text(x, at, class, &line);
            at += size + 6;
        }
        (at - size - 6).max(y)
    }

    /// Opens a group that says this when it is pointed at.
    pub(super) fn open(&mut self, tip: &str) {
        let _ = writeln!(self.out, "<g><title>{}</title>", escape(tip));
    }

    /// Closes the group.
    pub(super) fn close(&mut self) {
        self.out.push_str("</g>\n");
    }

    /// Returns what was drawn.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// Takes the marks of code out of a sentence, which a picture has no use for.
pub(super) fn plain(sentence: &str) -> String {
    sentence.replace('`', "")
}

/// Makes text safe inside an element or an attribute: no markup, no control characters.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Returns the size in pixels that a class such as `ink t13 bold` asks for.
fn size_of(class: &str) -> i32 {
    let mut sizes = class.split(' ').filter_map(|word| word.strip_prefix('t')?.parse().ok());
    sizes.next_back().unwrap_or(13)
}

/// Returns the room that counts: bold letters are about a tenth wider.
fn room(width: i32, class: &str) -> i32 {
    if class.contains("bold") { width * 9 / 10 } else { width }
}

/// Returns about how wide a text is; on the safe side of the usual sans-serif fonts.
pub(super) fn width(text: &str, size: i32, mono: bool) -> i32 {
    let per_mille = |character: char| match character {
        _ if mono => 610,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '`' => 320,
        'f' | 'r' | 't' | ' ' | '/' | '(' | ')' | '-' => 420,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 900,
        'A'..='Z' => 700,
        c if c.is_ascii() => 590,
        _ => 1_000,
    };
    let sum: i32 = text.chars().take(4_000).map(per_mille).sum();
    sum / 1_000 * size + sum % 1_000 * size / 1_000
}

/// Cuts a text to a width, with an ellipsis when something is left out.
fn fit(text: &str, room: i32, size: i32, mono: bool) -> String {
    if width(text, size, mono) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if width(&kept, size, mono) + 2 * size > room {
            break;
        }
        kept.push(character);
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

/// Breaks a text into lines of a width; a word that is too long is cut.
fn lines(text: &str, room: i32, size: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = fit(word, room, size, false);
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (longer, lines.last_mut()) {
            (Some(longer), Some(line)) if width(&longer, size, false) <= room => *line = longer,
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_do_no_harm() {
        assert_eq!(
            escape("<a href='x'>&\"\u{1b}"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}"
        );
    }

    #[test]
    fn long_text_is_cut_and_short_text_is_not() {
        assert_eq!(fit("nodes", 200, 13, false), "nodes");
        let cut = fit(&"n".repeat(100), 100, 13, false);
        assert!(cut.ends_with('…') && width(&cut, 13, false) <= 113, "{cut}");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(lines("one two three", 60, 13), ["one two", "three"]);
        assert!(lines("", 60, 13).is_empty());
    }

    #[test]
    fn the_size_stands_in_the_class() {
        assert_eq!((size_of("ink t24 bold"), size_of("tip")), (24, 13));
    }
}
