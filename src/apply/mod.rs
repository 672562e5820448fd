//! The executor: makes Azure match a plan, and looks again before it writes.
//!
//! The pure [`frontier`] says what may start; [`step`] runs one step: [`write`](mod@write) and
//! [`delete`] send what is still what the plan showed, [`look`] reads what came of it; the loop in
//! [`run`] joins all. What may still be done is decided in the plan's own pure words
//! ([`Wish::decide`](crate::plan::Wish::decide)). Whatever happens is told as events; nothing here
//! prints or knows a kind.

mod delete;
mod frontier;
mod look;
mod run;
mod step;
mod switch;
mod work;
mod write;

pub use frontier::Frontier;
pub use run::{Listener, Stop, apply};
