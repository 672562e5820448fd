//! `akstool migrate`: another network model or data plane, in place.

use crate::address::Range;
use crate::advice::Advice;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::doctor::{Finding, Writes, locks};
use crate::event::{Ending, Outcome};
use crate::explain::lines_to_change;
use crate::observe::ground;
use crate::plan::{self, Plan, Target};
use crate::profile::schema::{Cidr, Profile};
use crate::run::Run;
use crate::run::ask::Question;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::drive::drive;
use crate::run::edit::Edit;
use crate::run::error::{Error, Exit};
use crate::run::load;
use crate::run::place::{Place, placed, without_cluster};
use crate::run::planner::{Planner, again};
use crate::shell::word;

/// Move a cluster to overlay or to the Cilium data plane, in place and for good
///
/// kubenet and node subnet go to overlay, every Azure CNI model goes to Cilium, one at a time. The plan
/// says what stands in the way, what it costs (all nodes are reimaged at once), and what of the old
/// model is removed afterwards: only what is ours. With a profile, its `podCidr` is taken along. A
/// run that died is picked up by the same command.
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The name of an environment, or its profile
    #[arg(value_name = "NAME|PROFILE")]
    target: String,

    /// Where to: overlay, where pods get a range of their own that Azure's network carries, or
    /// cilium, the data plane
    #[arg(long, value_enum, value_name = "overlay|cilium", hide_possible_values = true)]
    to: To,

    /// Write what the migration makes into this profile, once it is done; comments stay
    #[arg(long, value_name = "PROFILE")]
    edit: Option<PathBuf>,

    /// Do not look first whether a lock forbids it
    #[arg(long)]
    no_preflight: bool,
}

/// Where to.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    /// Pods in a range of their own
    Overlay,
    /// Cilium as the data plane
    Cilium,
}

impl From<To> for Target {
    fn from(to: To) -> Self {
        match to {
            To::Overlay => Self::Overlay,
            To::Cilium => Self::Cilium,
        }
    }
}

impl Run for Migrate {
    fn typed(&self) -> &[String] {
        std::slice::from_ref(&self.target)
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let typed = std::slice::from_ref(&self.target);
        let targets = load::single(load::targets(context, typed).await?)?;
        let azure = context.connect()?;
        let placed = context.bounded(placed(context, &azure, targets)).await??;
        let names: Vec<&str> = placed.iter().map(|place| place.environment.name.as_str()).collect();
        let edit = match &self.edit {
            Some(path) => Some(Edit::prepare(path, &names, self.to.into())?),
            None => None,
        };
        let foretold = edit.as_ref().map(Edit::foretold);
        let all: Vec<Migration> = placed
            .into_iter()
            .map(|place| Migration {
                place,
                edits: foretold.clone(),
                to: self.to.into(),
                flags: context.options.flags(),
                looks_first: !self.no_preflight,
            })
            .collect();
        let ended = drive(context, &azure, &all, Question("Migrate this?")).await?;
        if let (Exit::Done, Some(edit)) = (ended, edit) {
            edit.write(context)?;
        }
        Ok(ended)
    }
}

/// One environment to migrate.
struct Migration {
    place: Place,
    to: Target,
    /// What is written into the profile afterwards.
    edits: Option<String>,
    flags: String,
    looks_first: bool,
}

impl Migration {
    fn wished(&self) -> Option<&Profile> {
        self.place.profile.as_ref().map(|loaded| &loaded.profile)
    }

    /// Returns the range that the profile has for pods.
    fn pod_range(&self) -> Option<Range> {
        self.wished()?.network.pod_cidr.and_then(Cidr::range)
    }

    /// Returns what the profile lacks once the migration is done, or that it is written.
    fn behind(&self) -> Option<String> {
        self.edits.clone().or_else(|| lines_to_change(self.wished(), self.to))
    }
}

impl Planner for Migration {
    fn environment(&self) -> &str {
        &self.place.environment.name
    }

    fn profile(&self) -> Option<&str> {
        self.wished().map(|_| self.place.typed.as_str())
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        let Place { environment, .. } = &self.place;
        let mut ground = ground(&azure.look(), environment, self.place.graph().as_ref()).await?;
        ground.pod_range = self.pod_range();
        let plan = plan::migrate(environment, &ground, self.to);
        let Some(mut plan) = plan else {
            return Err(without_cluster(azure, &self.place).await);
        };
        plan.advice.extend(self.behind().map(Advice::from));
        Ok(plan)
    }

    async fn preflight(&self, azure: &Azure, writes: &Writes) -> Vec<Finding> {
        if self.looks_first { locks(&azure.look(), writes).await } else { Vec::new() }
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        let (name, flags) = (word(&self.place.environment.name), &self.flags);
        let command =
            format!("akstool migrate {} --to {}{flags}", self.place.typed, self.to.word());
        match outcome.result {
            Ending::Succeeded => vec![format!("akstool status {name}{flags}")],
            ending => again(&command, ending),
        }
    }
}
