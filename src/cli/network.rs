//! `akstool network`: the address plan of a profile.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::address_plan::{address_plan, compare};
use crate::doctor::live;
use crate::profile::{Profile, Surroundings};
use crate::run::Run;
use crate::run::context::Context;
use crate::run::error::{Error, Exit};
use crate::run::load;
use crate::ui::network::{Look, draw};
use crate::ui::picture;

/// Columns where standard output is no terminal; chosen: what most logs and mails hold.
const COLUMNS: usize = 100;

/// Show the address plan: ranges to scale, what each pool needs, what limits growth
///
/// Each pool is counted as it stands, during an upgrade, and at its autoscaler's maximum. Azure is not
/// contacted unless `--live` is given. With `-o json` one object (`akstool.network/v1`).
#[derive(Debug, Args)]
pub(crate) struct Network {
    /// A YAML file or the name of a built-in profile
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// Put the same pools under every model, side by side
    #[arg(long)]
    compare: bool,

    /// Draw the address space and the topology into an SVG file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Write an HTML page with the picture, the tables and the comparison
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Look at the virtual network in Azure: sizes of existing subnets, other subnets, peers
    #[arg(long)]
    live: bool,
}

impl Run for Network {
    fn typed(&self) -> &[String] {
        std::slice::from_ref(&self.profile)
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let profile = load::only(context, &self.profile).await?.profile;
        let (profile, around) = if self.live {
            look(context, profile).await?
        } else {
            (profile, Surroundings::default())
        };
        let mut found = address_plan(&profile, &around);
        if self.compare || self.html.is_some() {
            found.compare = Some(compare(&profile, &around));
        }
        if let Some(path) = &self.svg {
            write(context, path, &picture::svg(&found))?;
        }
        if let Some(path) = &self.html {
            write(context, path, &picture::html(&found))?;
        }
        if !self.compare {
            found.compare = None;
        }
        let screen = &context.screen;
        if screen.terminal().json {
            screen.object(&found);
        } else {
            let width = screen.columns().unwrap_or(COLUMNS);
            screen.data(&draw(&found, Look { width, colour: true }));
        }
        Ok(Exit::Done)
    }
}

/// Reads what stands around a profile in Azure: its network, its peers and theirs.
async fn look(context: &Context, profile: Profile) -> Result<(Profile, Surroundings), Error> {
    let azure = context.connect()?;
    let work = live::look(&azure.arm, &profile, &azure.subscription);
    let looked = context.bounded(work).await??;
    match &looked.home {
        None => {
            let text = "The network is AKS's own; there is nothing to look at.\n";
            context.screen.talk(text);
        }
        Some(id) if !looked.is_there => {
            let is_named = looked.profile.network.is_existing();
            let ending = if is_named { ", and the profile names it by id" } else { " yet" };
            context.screen.talk(&format!("There is no network {id}{ending}.\n"));
        }
        Some(_) => {}
    }
    Ok((looked.profile, looked.around))
}

fn write(context: &Context, path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
        hint: "name a file in a folder that can be written to".into(),
    })?;
    context.screen.talk(&format!("Wrote {}\n", path.display()));
    Ok(())
}
