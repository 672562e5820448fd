//! `akstool down`: plans the teardown, asks, deletes what the environment owns and nothing else.

use clap::Args;

use crate::run::Run;
use crate::run::ask::Question;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::drive::drive;
use crate::run::error::{Error, Exit};
use crate::run::load;
use crate::run::place::{Place, placed};
use crate::run::teardown::{How, Teardown, mark};
use crate::run::tell::told;
use crate::ui::words::{clean, list};

/// Delete what an environment owns and nothing else
///
/// The name alone is enough, also after an `up` that died half-way; `GROUP/NAME` where two groups hold
/// an environment of that name. What another hand made stays and is named; a resource group goes only if akstool made it and nothing foreign stands in it.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Down {
    /// Names of environments, or their profiles
    #[arg(value_name = "NAME|PROFILE", required = true)]
    targets: Vec<String>,

    /// Do not look first whether a lock forbids it
    #[arg(long)]
    no_preflight: bool,

    /// Do not wait for the end where the group holds nothing but this environment: it is deleted as a
    /// whole, and Azure goes on by itself
    #[arg(long, conflicts_with = "wait")]
    no_wait: bool,

    /// Wait until everything is gone; this is the default
    #[arg(long)]
    wait: bool,

    /// Let nothing that goes wrong in Azure fail the command: say what stays, and leave a mark by which
    /// the next `akstool reap` takes it up
    #[arg(long)]
    best_effort: bool,

    /// Delete the volumes of its workloads too: disks, snapshots and shares in the group of its nodes.
    /// What has a time to live needs no such word
    #[arg(long)]
    delete_data: bool,
}

impl Run for Down {
    fn typed(&self) -> &[String] {
        &self.targets
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let targets = load::targets(context, &self.targets).await?;
        let azure = context.connect()?;
        let ended = self.driven(context, &azure, targets).await;
        let (failed, all) = match ended {
            (Err(error), all) if error.exit() == Exit::Failed => (Some(error), all),
            (Ok(Exit::Failed), all) => (None, all),
            (other, _) => return other,
        };
        if !self.best_effort {
            return failed.map_or(Ok(Exit::Failed), Err);
        }
        if let Some(error) = failed {
            told(context, &error);
            context.screen.warn(&error.to_string());
        }
        for place in all {
            leave(context, &azure, &place).await;
        }
        Ok(Exit::Done)
    }
}

impl Down {
    /// Takes everything down; also returns where what was named stands, as far as that was found out.
    async fn driven(
        &self,
        context: &Context,
        azure: &Azure,
        targets: Vec<load::Target>,
    ) -> (Result<Exit, Error>, Vec<Place>) {
        let found = context.bounded(placed(context, azure, targets)).await;
        let places = match found {
            Ok(Ok(places)) => places,
            Ok(Err(error)) | Err(error) => return (Err(error), Vec::new()),
        };
        let how = if self.no_wait { How::AtOnce { waits: false } } else { How::StepByStep };
        let one = |place: &Place| Teardown {
            place: place.clone(),
            flags: context.options.flags(),
            looks_first: !self.no_preflight,
            how,
            takes_data: self.delete_data,
        };
        let all: Vec<Teardown> = places.iter().map(one).collect();
        (drive(context, azure, &all, Question("Delete this?")).await, places)
    }
}

/// Says what of an environment stays, and leaves the mark.
async fn leave(context: &Context, azure: &Azure, place: &Place) {
    let name = clean(&place.environment.name);
    match mark(azure, place).await {
        Ok(stays) if stays.is_empty() => {}
        Ok(stays) => {
            let mut stays: Vec<String> = stays.iter().map(|id| clean(id.name())).collect();
            stays.dedup();
            context.screen.warn(&format!(
                "`{name}` is not all gone: {} stay; the next `akstool reap --yes` takes them up",
                list(&stays)
            ));
        }
        Err(error) => context.screen.warn(&format!(
            "`{name}` may not be all gone, and could not be marked for `akstool reap`: {error}"
        )),
    }
}
