//! Which characters may be shown: whatever comes from Azure or from a file passes here.
//!
//! What nobody sees can still act: it moves a terminal's cursor, turns the direction of writing, or
//! carries words that only a machine reads.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Says whether a character must not reach a terminal: controls, marks that reorder text, and
/// whatever else leaves no mark of its own.
///
/// The list is Unicode 16's general category `Cf` and property `Default_Ignorable_Code_Point`. Left
/// out are the signs of `Cf` that are drawn (Arabic number signs and their like), and the variation
/// selectors of the basic plane, which many emoji end with.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}')
        || matches!(c, '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// Says whether a character joins or parts the letters around it, which some scripts and many emoji
/// need: it is not shown, and no mistake in a file either.
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Returns a text in which nothing can move the cursor, colour the screen or reorder what is shown;
/// line breaks and tabs become blanks.
pub fn on_one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if is_unsafe(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Returns a text of Azure's that may be shown, in whatever form.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    Cow::Owned(spaced.filter(|c| !is_unsafe(*c)).collect())
}

/// Returns JSON in which what could drive a terminal or reorder what is shown is written as
/// escapes: the value is the same, and a person may look at it.
pub fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Control characters below a blank are escaped already; line breaks are layout.
        if c == '\n' || !is_unsafe(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_without_being_seen_is_not_shown() {
        let bad = "\u{1b}\u{7}\u{7f}\u{9b}\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{202e}\u{2060}\u{2069}\u{feff}\u{fffa}\u{1d173}\u{e0001}\u{e0041}\u{e007f}\u{e0101}\u{3164}";
        assert!(bad.chars().all(is_unsafe), "{:?}", bad.chars().find(|c| !is_unsafe(*c)));
        assert_eq!(on_one_line(&format!("a{bad}b")), "ab");
    }

    #[test]
    fn what_is_seen_is_shown() {
        let good = "aé中ا\u{600}🙂\u{fe0f} €~ \u{a0}";
        assert_eq!(on_one_line(good), good);
        assert_eq!(on_one_line("a\r\nb\tc\u{2028}d"), "a b c d");
    }

    #[test]
    fn json_says_the_same_and_drives_no_terminal() {
        let value = serde_json::json!({ "a": "x\u{9b}31m\u{202e}y\u{61c}\u{e0041}\u{1b}[0m\n" });
        let shown = harmless(&serde_json::to_string_pretty(&value).unwrap());
        assert!(shown.chars().all(|c| c == '\n' || !is_unsafe(c)), "{shown:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
