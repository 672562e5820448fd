//! The live view: a board that indicatif redraws ten times a second.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::board::Board;
use super::listener::{Listener, Watch};
use super::screen::{Screen, size_of};
use crate::event::Event;
use crate::plan::Plan;

/// The pause between two pictures.
const EVERY: Duration = Duration::from_millis(100);

/// Draws a board on standard error; the picture stays in its last state when the run ends.
pub(super) struct Live {
    board: Arc<Mutex<Board>>,
    bar: ProgressBar,
    watch: Watch,
}

impl Live {
    pub(super) fn new(screen: &Screen, watch: Watch) -> Self {
        let board: Arc<Mutex<Board>> = Arc::default();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(15));
        let (drawn, elapsed) = (Arc::clone(&board), Arc::clone(&watch.elapsed));
        let colour = screen.colours_talk();
        let picture = move |_: &ProgressState, out: &mut dyn Write| {
            let (rows, columns) = size_of(&console::Term::stderr());
            let text = lock(&drawn).draw(elapsed(), rows, columns);
            let plain = if colour { text } else { anstream::adapter::strip_str(&text).to_string() };
            let _ = out.write_str(&plain);
        };
        let style = ProgressStyle::with_template("{picture}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("picture", picture);
        bar.set_style(style);
        Self { board, bar, watch }
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
        self.bar.disable_steady_tick();
        self.bar.abandon();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bar.abandon();
    }
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
