//! Ctrl-C in two stages: first nothing new starts, then we leave. SIGTERM counts as Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::apply::Stop;
use crate::ui::Screen;

/// Hears signals for as long as the runtime lives.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    sender: watch::Sender<Stop>,
    /// Whether the time ran out, rather than the user's patience.
    ran_out: Arc<AtomicBool>,
}

impl Interrupt {
    /// Begins to listen; must be called within the runtime.
    pub(crate) fn listen(screen: &Screen) -> Self {
        let (sender, _) = watch::channel(Stop::Go);
        let interrupt = Self { sender, ran_out: Arc::default() };
        tokio::spawn(hear(interrupt.clone(), screen.clone()));
        interrupt
    }

    /// Returns what a run must obey.
    pub(crate) fn stop(&self) -> watch::Receiver<Stop> {
        self.sender.subscribe()
    }

    /// Tells whether the user asked to stop.
    pub(crate) fn came(&self) -> bool {
        *self.sender.borrow() != Stop::Go
    }

    /// Makes everybody leave, as a second Ctrl-C does, because the time is up.
    pub(crate) fn run_out(&self) {
        self.ran_out.store(true, Ordering::Relaxed);
        self.sender.send_replace(Stop::Leave);
    }

    /// Tells whether the time ran out.
    pub(crate) fn ran_out(&self) -> bool {
        self.ran_out.load(Ordering::Relaxed)
    }

    /// Waits until the user asks to stop.
    pub(crate) async fn wait(&self) {
        let mut stop = self.stop();
        drop(stop.wait_for(|stop| *stop != Stop::Go).await);
    }

    fn next(&self) {
        let next = if self.came() { Stop::Leave } else { Stop::NoMore };
        self.sender.send_replace(next);
    }
}

/// Hears Ctrl-C and SIGTERM; where signals cannot be had, nothing is heard and the system's own
/// way of ending a process stays.
#[cfg(unix)]
async fn hear(interrupt: Interrupt, screen: Screen) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut keys), Ok(mut terms)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return screen.note_line("signals cannot be heard here: Ctrl-C ends at once");
    };
    loop {
        tokio::select! {
            Some(()) = keys.recv() => interrupt.next(),
            Some(()) = terms.recv() => interrupt.next(),
            else => return,
        }
    }
}

/// Hears Ctrl-C.
#[cfg(not(unix))]
async fn hear(interrupt: Interrupt, _: Screen) {
    while tokio::signal::ctrl_c().await.is_ok() {
        interrupt.next();
    }
}
