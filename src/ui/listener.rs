//! Who listens to a run: a live view on a terminal, lines in a log, one JSON object a line, nobody.

use std::sync::Arc;

use super::json::Json;
use super::listen::{Listener, Watch};
use super::live::Live;
use super::log::Log;
use super::screen::{Screen, Volume};
use crate::event::Event;
use crate::plan::Plan;

/// Whether time passes while one looks, so that a live view makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// It passes.
    Visibly,
    /// It is skipped.
    Skipped,
}

/// Returns the listener that fits: `fleet` tells how many environments there is work in.
pub fn listener(
    screen: &Screen,
    watch: Watch,
    passing: Passing,
    fleet: usize,
) -> Arc<dyn Listener> {
    let facts = screen.terminal();
    if facts.json {
        return Arc::new(Json::new(screen.clone(), watch));
    }
    if facts.volume == Volume::Quiet {
        return Arc::new(Nobody);
    }
    // Each request is a line of its own, which a live view could not stand.
    let is_calm = facts.volume < Volume::Traffic;
    if facts.live && is_calm && passing == Passing::Visibly {
        return Arc::new(Live::new(screen, watch, fleet));
    }
    Arc::new(Log::new(screen.clone(), watch, fleet))
}

/// Hears nothing; `--quiet`.
struct Nobody;

impl Listener for Nobody {
    fn begin(&self, _: &Plan) {}
    fn hear(&self, _: &str, _: &Event) {}
    fn notice(&self, _: &str) {}
    fn end(&self) {}
}
