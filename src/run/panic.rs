//! A panic is a bug of ours: where it came from is kept, and nothing of what it said.

use std::panic;
use std::sync::Mutex;

/// Where the last panic came from; nothing of what it said, as that may hold secrets.
static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the place of every panic from now on, and prints nothing.
pub(crate) fn remember() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
        if let Ok(mut last) = PANICKED_AT.lock() {
            *last = place;
        }
    }));
}

/// Returns where the last panic came from, once.
pub(crate) fn panicked_at() -> String {
    let place = PANICKED_AT.lock().ok().and_then(|mut last| last.take());
    place.unwrap_or_else(|| "an unknown place".to_owned())
}
