//! Everything a person sees: subscribers and renderers. The only place, with `cli`, that prints.

mod ask;
mod blanks;
mod board;
pub mod ci;
pub mod doctor;
pub mod events;
pub mod field;
pub mod json;
pub mod junit;
pub mod list;
mod listen;
pub mod listener;
mod live;
mod log;
mod markdown;
pub mod network;
pub mod outcome;
pub mod outputs;
pub mod picture;
pub mod plan;
pub mod problem;
mod pulse;
pub mod reap;
pub mod screen;
pub mod several;
pub mod status;
mod style;
pub mod words;

pub use ask::ask;
pub use blanks::Blanks;
pub use listen::{Listener, Watch};
pub use screen::{Screen, Terminal, Volume};
