//! `akstool completions`: what a shell needs to complete a command line.

use clap::Args;
use clap_complete::Shell;

use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};

/// Print the completions for a shell
///
/// For example `akstool completions bash > ~/.local/share/bash-completion/completions/akstool`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Run for Completions {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut (context.command_line)(), "akstool", &mut script);
        context.screen.exact(&String::from_utf8_lossy(&script));
        Ok(Exit::Done)
    }
}
