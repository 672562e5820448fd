//! The one question: shall this be done?

use std::io::BufRead;

use super::screen::Screen;
use super::style::{STRONG, paint};

/// Asks and returns whether the answer was yes; anything else, the end of input included, is no.
pub fn ask(screen: &Screen, question: &str) -> bool {
    screen.insist(&format!("\n{} [y/N] ", paint(STRONG, question)));
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let yes = ["y", "yes"].iter().any(|yes| line.trim().eq_ignore_ascii_case(yes));
    if !matches!(read, Ok(n) if n > 0) {
        screen.insist("\n");
    }
    read.is_ok() && yes
}
