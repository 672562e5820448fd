//! Patterns in which a star stands for any text.
//!
//! Azure knows the star alone, in actions of roles and in `like` of policies; a question mark there
//! is a question mark. Patterns that people type are those of shells, in which it stands for one
//! character. Case is the caller's: what ignores it lowers both sides first.

/// What a pattern is made of beside plain characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wild {
    /// `*` alone, as Azure has it.
    Star,
    /// `*`, and `?` for one character, as shells have it.
    Shell,
}

/// Tells whether a text is like a pattern, from its beginning to its end.
pub fn is_like(pattern: &str, text: &str, wild: Wild) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let is_one = |letter: char| letter == '?' && wild == Wild::Shell;
    let (mut at, mut in_text, mut star) = (0, 0, None);
    while in_text < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_text));
                at += 1;
            }
            Some(letter) if is_one(*letter) || *letter == text[in_text] => {
                at += 1;
                in_text += 1;
            }
            _ => {
                // The last star takes one character more; an earlier one never has to.
                let Some((back, taken)) = star else { return false };
                star = Some((back, taken + 1));
                (at, in_text) = (back + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_texts() {
        for (pattern, text) in [
            ("pr-*", "pr-17"),
            ("*", "x"),
            ("a?c", "abc"),
            ("*-test", "a-b-test"),
            ("demo", "demo"),
            ("g/*", "g/n"),
            ("a*b*c", "abxbc"),
        ] {
            assert!(is_like(pattern, text, Wild::Shell), "{pattern} {text}");
        }
        for (pattern, text) in
            [("pr-*", "apr-1"), ("demo", "demo2"), ("a?c", "ac"), ("", "x"), ("Demo", "demo")]
        {
            assert!(!is_like(pattern, text, Wild::Shell), "{pattern} {text}");
        }
    }

    #[test]
    fn azure_knows_no_question_mark() {
        assert!(!is_like("a?c", "abc", Wild::Star) && is_like("a?*", "a?c", Wild::Star));
    }
}
