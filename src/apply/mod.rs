//! The executor: makes Azure match a plan and makes no choices.
//!
//! The pure [`frontier`] says what may start; [`step`] runs one step; the loop in [`run`] joins
//! the two. Whatever happens is told as events; nothing here prints or knows a kind.

mod frontier;
mod run;
mod step;

pub use frontier::Frontier;
pub use run::{Listener, Stop, apply};
