//! `akstool schema`: the JSON Schema of the profile.

use clap::Args;

use crate::profile::schema_json;
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};

/// Print the JSON Schema of the profile, for editors and other tools
#[derive(Debug, Args)]
pub(crate) struct Schema {}

impl Run for Schema {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        context.screen.object(&schema_json());
        Ok(Exit::Done)
    }
}
