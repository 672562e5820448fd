//! The live view: a board that indicatif redraws ten times a second.

use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::board::Board;
use super::listen::{Listener, Watch};
use super::screen::{Screen, size_of};
use crate::event::Event;
use crate::plan::Plan;

/// The pause between two pictures.
const EVERY: Duration = Duration::from_millis(100);

/// Draws a board on standard error; its last state stays on the screen when the run ends.
pub(super) struct Live {
    board: Arc<Mutex<Board>>,
    bar: ProgressBar,
    screen: Screen,
    watch: Watch,
}

impl Live {
    pub(super) fn new(screen: &Screen, watch: Watch, fleet: usize) -> Self {
        let board = Arc::new(Mutex::new(Board::of_fleet(fleet)));
        let bar = ProgressBar::with_draw_target(
            None,
            ProgressDrawTarget::term_like_with_hz(Box::new(Calm::stderr()), 15),
        );
        let (drawn, elapsed) = (Arc::clone(&board), Arc::clone(&watch.elapsed));
        let (colour, shown) = (screen.colours_talk(), screen.clone());
        let picture = move |_: &ProgressState, out: &mut dyn Write| {
            let (rows, columns) = size_of(&console::Term::stderr());
            let text = lock(&drawn).draw(elapsed(), rows, columns);
            let text = shown.shown(&text);
            let plain = if colour {
                text.into_owned()
            } else {
                anstream::adapter::strip_str(&text).to_string()
            };
            let _ = writeln!(out, "{plain}");
        };
        let style = ProgressStyle::with_template("{picture}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("picture", picture);
        bar.set_style(style);
        Self { board, bar, screen: screen.clone(), watch }
    }
}

impl Listener for Live {
    fn begin(&self, plan: &Plan) {
        lock(&self.board).begin(plan);
        self.bar.enable_steady_tick(EVERY);
    }

    fn hear(&self, environment: &str, event: &Event) {
        lock(&self.board).hear(environment, event);
    }

    fn notice(&self, text: &str) {
        lock(&self.board).notice((self.watch.elapsed)(), text);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
        let columns = size_of(&console::Term::stderr()).1;
        let mut board = lock(&self.board);
        board.end();
        let picture = board.draw((self.watch.elapsed)(), usize::MAX, columns);
        self.screen.talk(&format!("{picture}\n"));
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The terminal, with a picture that leaves nothing behind.
///
/// indicatif fills lines with spaces up to the right edge and goes back by as many lines as it drew.
/// That breaks twice: the `^C` that terminals show at the edge shifts the picture, and a window made
/// narrower breaks each filled line into two, of which one stays. So lines end where their text
/// does, and the way back is counted anew with the width of the moment. The picture ends with an
/// empty line, at whose beginning the cursor waits.
#[derive(Debug)]
struct Calm {
    terminal: console::Term,
    drawn: Mutex<Drawn>,
}

/// What stands above the cursor.
#[derive(Debug, Default)]
struct Drawn {
    /// The widths of the lines of the picture.
    widths: Vec<usize>,
    /// Whether the picture was taken away, and the next is being drawn.
    is_cleared: bool,
}

impl Drawn {
    /// Returns how many rows the picture takes on so wide a terminal.
    fn rows(&self, columns: usize) -> usize {
        self.widths.iter().map(|width| width.div_ceil(columns.max(1)).max(1)).sum()
    }
}

impl Calm {
    fn stderr() -> Self {
        Self { terminal: console::Term::buffered_stderr(), drawn: Mutex::default() }
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TermLike for Calm {
    fn width(&self) -> u16 {
        TermLike::width(&self.terminal)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.terminal)
    }

    /// Takes the picture away; indicatif goes up and down some more before it draws again.
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        let mut drawn = self.drawn();
        if drawn.is_cleared {
            return Ok(());
        }
        let rows = drawn.rows(usize::from(self.width()));
        *drawn = Drawn { widths: Vec::new(), is_cleared: true };
        if rows > 0 {
            self.terminal.move_cursor_up(rows)?;
        }
        // From the beginning of the line to the end of the screen.
        self.terminal.write_str("\r\x1b[J")
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_left(n)
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.terminal.write_line(s)
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        // What fills a line up, or the empty line at the end.
        if s.bytes().all(|byte| byte == b' ' || byte == b'\r') {
            return Ok(());
        }
        let mut drawn = self.drawn();
        drawn.is_cleared = false;
        drawn.widths.push(console::measure_text_width(s));
        self.terminal.write_str(&format!("{s}\n"))
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        self.terminal.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrower_window_shows_the_same_lines_in_more_rows() {
        let drawn = Drawn { widths: vec![30, 79, 0, 80], is_cleared: false };
        assert_eq!(drawn.rows(100), 4);
        assert_eq!(drawn.rows(60), 6);
        assert_eq!(drawn.rows(0), 190);
    }
}
