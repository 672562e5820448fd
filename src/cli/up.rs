//! `akstool up`: plan, ask, apply.

use std::path::PathBuf;

use clap::Args;

use crate::run::Run;
use crate::run::ask::Question;
use crate::run::context::Context;
use crate::run::drive::drive;
use crate::run::error::{Error, Exit};
use crate::run::kubeconfig::{After, Files};
use crate::run::load;
use crate::run::options::Intent;
use crate::run::wish::Wish;

/// Make Azure match a profile: plan, ask, apply
///
/// Reads what stands in Azure, shows what would change and what it costs, asks, and does it. Run it
/// again at any time: it goes on from what is there, and says "nothing to do" when all is done.
/// Ctrl-C once starts nothing new and lets running operations finish; twice leaves at once.
#[derive(Debug, Args)]
#[expect(clippy::option_option, reason = "no flag, the flag, the flag with a file")]
pub(crate) struct Up {
    /// YAML files, folders of them, or names of built-in profiles; several make a fleet
    #[arg(value_name = "PROFILE", required = true)]
    profiles: Vec<String>,

    /// Do not look first whether Azure would take it: rights, quota, sizes, versions
    #[arg(long)]
    no_preflight: bool,

    /// Merge its credentials into your kubeconfig, or into this one
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    kubeconfig: Option<Option<PathBuf>>,

    /// Wait until its API server answers and its nodes are ready
    #[arg(long)]
    wait_ready: bool,

    #[command(flatten)]
    intent: Intent,
}

impl Run for Up {
    fn typed(&self) -> &[String] {
        &self.profiles
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let loaded = load::profiles(context, &self.profiles).await?;
        let mut wishes = Wish::all(context, loaded, &self.intent);
        let files = self.kubeconfig.map(|named| Files::of(named.as_deref())).transpose()?;
        // A cluster is not made for a file that cannot take its credentials.
        files.as_ref().map_or(Ok(()), Files::check)?;
        for wish in &mut wishes {
            wish.looks_first = !self.no_preflight;
            wish.terms.extends = true;
            wish.after = After::new(files.clone(), self.wait_ready);
        }
        let azure = context.connect()?;
        drive(context, &azure, &wishes, Question("Apply this?")).await
    }
}
