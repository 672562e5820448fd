//! What the user wrote: the profile, read and checked without a network.
//!
//! `load` turns text into a [`Profile`] or into all problems at once, each with its place in the
//! text. Nothing here reads files, knows Azure's API or draws on a terminal.

pub mod ranges;
pub mod schema;

pub use self::ranges::{Ranges, Surroundings};
pub use self::schema::Profile;
