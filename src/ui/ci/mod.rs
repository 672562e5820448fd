//! What a job of a CI system shows besides its lines: groups, annotations, a summary, outputs.
//!
//! Runners read commands out of whatever a job prints, and pages are made of what it writes: text
//! from Azure and from profiles passes [`system::inert`] or [`super::markdown::text`], which the laws in
//! both files hold to.

pub mod job;
mod place;
mod summary;
pub mod system;

pub use place::Places;
pub use system::System;
