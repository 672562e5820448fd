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
        hear(interrupt.clone(), screen);
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

/// Hears Ctrl-C and SIGTERM from now on; where signals cannot be had, nothing is heard and the
/// system's own way of ending a process stays.
#[cfg(unix)]
fn hear(interrupt: Interrupt, screen: &Screen) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut keys), Ok(mut terms)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return screen.note_line("signals cannot be heard here: Ctrl-C ends at once");
    };
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = keys.recv() => interrupt.next(),
                Some(()) = terms.recv() => interrupt.next(),
                else => return,
            }
        }
    });
}

/// Listens from now on for the terminal going away (SIGHUP), which would end the process with no
/// more ado, and returns what waits for that. Where it was to be ignored from the start, as `nohup`
/// has it, or it cannot be told, it never comes.
#[cfg(all(unix, feature = "serve"))]
pub(crate) fn hangup() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let hangups = is_hangup_heeded().then(|| signal(SignalKind::hangup()));
    async move {
        match hangups {
            Some(Ok(mut hangups)) => {
                hangups.recv().await;
            }
            Some(Err(_)) | None => std::future::pending().await,
        }
    }
}

/// Tells whether SIGHUP ends this process, as far as the system says.
#[cfg(all(unix, feature = "serve"))]
fn is_hangup_heeded() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // Signal 1 is the lowest bit.
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 0)
}

/// Waits for a terminal that goes away, of which this system does not tell.
#[cfg(all(not(unix), feature = "serve"))]
pub(crate) fn hangup() -> impl Future<Output = ()> {
    std::future::pending()
}

/// Hears Ctrl-C.
#[cfg(not(unix))]
fn hear(interrupt: Interrupt, _: &Screen) {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            interrupt.next();
        }
    });
}
