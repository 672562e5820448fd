//! `akstool man`: the manual page.

use std::path::PathBuf;

use clap::Args;

use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};

/// Print the manual page, or write those of all commands into a directory
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The directory to write `akstool.1`, `akstool-up.1` and the others into
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Run for Man {
    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let command = (context.command_line)();
        if let Some(dir) = self.dir {
            let made = std::fs::create_dir_all(&dir);
            return match made.and_then(|()| clap_mangen::generate_to(command, &dir)) {
                Ok(()) => Ok(Exit::Done),
                Err(error) => Err(Error::File {
                    path: dir,
                    reason: error.to_string(),
                    hint: "name a directory that can be made and written to".into(),
                }),
            };
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(Error::Output)?;
        context.screen.exact(&String::from_utf8_lossy(&page));
        Ok(Exit::Done)
    }
}
