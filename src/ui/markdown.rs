//! Markdown made of text from elsewhere: no character of it means anything to a renderer.

use std::fmt::Write as _;

use crate::visible::on_one_line;

/// Returns a text as it may stand in a cell of a table or in a paragraph.
///
/// Signs become references (`&#124;`), which every dialect shows as the sign and takes for nothing
/// else. Left as they are: what means something only where a text begins, which none does here, and
/// `_` inside words, of which names are full.
pub(super) fn text(text: &str) -> String {
    let clean = on_one_line(text);
    let chars: Vec<char> = clean.chars().collect();
    let mut out = String::with_capacity(clean.len());
    let at = |index: Option<usize>| index.and_then(|index| chars.get(index)).copied();
    for (index, c) in chars.iter().copied().enumerate() {
        let (before, after) = (at(index.checked_sub(1)), at(Some(index + 1)));
        let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let acts = match c {
            '_' => !(is_inside(before) && is_inside(after)),
            // An address of the web would become a link.
            ':' => after == Some('/'),
            '.' => before.is_some_and(|c| c.eq_ignore_ascii_case(&'w')),
            c => c.is_ascii_punctuation() && !"-,;/='\"%?.+".contains(c),
        };
        if acts {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns a row of a table; its cells are Markdown already.
pub(super) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Returns the two lines that begin a table.
pub(super) fn heads(names: &[&str]) -> String {
    format!("| {} |\n|{}\n", names.join(" | "), " --- |".repeat(names.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    fn hostile() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "|",
            "\\",
            "`",
            "``",
            "*",
            "**",
            "_",
            "__",
            "a",
            "b_c",
            "[x](y)",
            "![",
            "](",
            "<b>",
            "<script>",
            "</td>",
            "<!--",
            "&lt;",
            "&#60;",
            "~~",
            "~",
            "# ",
            "\n",
            "\n\n",
            "---",
            " ",
            "https://x.y",
            "www.x.y",
            "a@b.c",
            "$x$",
            "1. ",
            "> ",
            "{",
            "=",
            ":",
            "@team",
            "é",
        ]);
        prop::collection::vec(words, 1..10).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn a_cell_is_its_text_and_nothing_else(said in hostile()) {
            let page = format!(
                "{}{}",
                heads(&["a", "b"]),
                row(&[format!("x{}x", text(&said)), "end".to_owned()])
            );
            let mut cells: Vec<String> = Vec::new();
            for event in Parser::new_ext(&page, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
                match event {
                    Event::Start(Tag::TableCell) => cells.push(String::new()),
                    Event::Text(text) => {
                        cells.last_mut().expect("text is in a cell").push_str(&text);
                    }
                    Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow) | Event::End(_) => {}
                    other => prop_assert!(false, "{:?} in {}", other, page),
                }
            }
            let wanted = format!("x{}x", on_one_line(&said));
            prop_assert_eq!(cells, ["a", "b", &wanted, "end"], "{}", page);
        }
    }

    #[test]
    fn names_read_as_names_and_no_address_is_a_link() {
        assert_eq!(text("MC_demo_demo_westeurope"), "MC_demo_demo_westeurope");
        assert_eq!(text("1/2 nodes: 50%, a-b"), "1/2 nodes: 50%, a-b");
        assert!(!text("https://x.y www.x.y").contains("://"));
        assert!(!text("www.x.y").contains("www."));
    }
}
