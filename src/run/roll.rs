//! The roll of environments as commands ask for it: which subscriptions, which tags, which names.

use clap::Args;
use time::OffsetDateTime;

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use crate::arm::clock;
use crate::observe::{Roll, environments};
use crate::plan::{Aliases, earlier};
use crate::run::options::CloudName;

/// How far apart two clocks may be without a word; chosen: more than a request takes, less than an
/// expiry is written for.
const SKEW: time::Duration = time::Duration::minutes(2);

/// Where environments are looked for, and what is read of them.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Scope {
    /// Look into every subscription that the login sees; `--subscription` takes several too
    #[arg(long)]
    pub(crate) all_subscriptions: bool,

    /// Read the expiry from this tag of another tool too, such as `DeleteAfter` or
    /// `SkipAutoDeleteTill`; of several the latest counts
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) expiry_tag: Vec<String>,

    /// Read when it was made from this tag of another tool, such as `creation_date` or
    /// `creationTimestamp`
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) created_tag: Vec<String>,
}

impl Scope {
    /// Returns the tags of other tools that are read.
    pub(crate) fn aliases(&self) -> Aliases {
        Aliases { expires: self.expiry_tag.clone(), created: self.created_tag.clone() }
    }

    /// Looks, and returns the way to Azure, what stands there and what time it is.
    pub(crate) async fn look(
        &self,
        context: &Context,
    ) -> Result<(Azure, Roll, OffsetDateTime), Error> {
        let made = ["creation_date", "creationtimestamp"];
        if let Some(wrong) =
            self.expiry_tag.iter().find(|name| made.contains(&name.to_lowercase().as_str()))
        {
            return Err(Error::usage(
                format!("`{wrong}` says when something was made, not when it ends"),
                format!("`--created-tag {wrong}` reads it, and `reap --older-than 1d` goes by it"),
            ));
        }
        let (azure, within) = context.connect_within(self.all_subscriptions)?;
        let aliases = self.aliases();
        // The embedded Azure has a time of its own, which passes as it is told to.
        let embedded = context.cloud == CloudName::Sim;
        let wall = embedded.then(clock::wall);
        let roll = context.bounded(environments(&azure.arm, &within, &aliases, wall)).await??;
        if let Some(why) = &roll.without_graph {
            let why = crate::ui::words::clean(why);
            context
                .screen
                .note_line(&format!("Resource Graph cannot be asked ({why}): ARM's lists are"));
        }
        let (mine, theirs) = (clock::wall(), roll.azure.filter(|_| !embedded));
        if let Some(theirs) = theirs.filter(|at| mine - *at > SKEW) {
            let ahead = crate::ui::list::span(crate::plan::age(theirs, mine));
            context.screen.warn(&format!(
                "the clock of this machine is {ahead} ahead of Azure's; Azure's counts"
            ));
        }
        Ok((azure, roll, earlier(mine, theirs)))
    }
}
