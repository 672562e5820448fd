//! Everything a person sees: subscribers and renderers. The only place, with `cli`, that prints.

pub mod network;
pub mod picture;
pub mod problem;
