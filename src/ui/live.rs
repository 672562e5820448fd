//! The live view: a board that indicatif redraws ten times a second.

use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::board::Board;
use super::listener::{Listener, Watch};
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

/// The terminal, with the cursor kept off the right edge: indicatif fills lines with spaces up to
/// there, and the `^C` that terminals show would break the line and shift the picture. The picture
/// ends with an empty line, which is all filling; the cursor waits at its beginning instead.
#[derive(Debug)]
struct Calm(console::Term);

impl Calm {
    fn stderr() -> Self {
        Self(console::Term::buffered_stderr())
    }
}

impl TermLike for Calm {
    fn width(&self) -> u16 {
        TermLike::width(&self.0)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.0)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.0.write_line(s)
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        let whole_line = s.len() == usize::from(self.width()) && s.bytes().all(|byte| byte == b' ');
        self.0.write_str(if whole_line { "\n" } else { s })
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
