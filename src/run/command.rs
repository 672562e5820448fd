//! What a command is to the program that starts it.

use super::context::Context;
use super::error::{Error, Exit};

/// What a command does.
pub(crate) trait Run {
    /// Returns what was typed for environments and profiles, for advice.
    fn typed(&self) -> &[String] {
        &[]
    }

    /// Does it.
    async fn run(self, context: &Context) -> Result<Exit, Error>;
}
