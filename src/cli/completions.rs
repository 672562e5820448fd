//! `akstool completions`: what a shell needs to complete a command line.

use clap::Args;
use clap_complete::Shell;

use super::complete::script;
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};

/// Print the completions for a shell
///
/// For example `akstool completions bash > ~/.local/share/bash-completion/completions/akstool`. Beside
/// commands and options they know profiles, the built-in ones too, the fields of a profile, and the
/// environments that stand in the Azure of the line: what does not answer within two seconds is left out.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Run for Completions {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        context.screen.exact(&script(self.shell).map_err(Error::Output)?);
        Ok(Exit::Done)
    }
}
