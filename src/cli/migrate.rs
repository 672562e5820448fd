//! `akstool migrate`: another network model or data plane, in place.

use crate::address::Range;
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
use crate::run::error::{Error, Exit};
use crate::run::load::{self, Target as Typed};
use crate::run::planner::Planner;
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
        let targets = load::targets(context, typed).await?;
        let azure = context.connect()?;
        let apart = load::told_apart(context, &azure, typed, targets);
        let targets = context.bounded(apart).await??;
        let all: Vec<Migration> = targets
            .into_iter()
            .map(|target| Migration {
                environment: target.environment().to_owned(),
                typed: match &target {
                    Typed::Profile(_) => context.options.profile(&self.target),
                    Typed::Name(name) => word(name).into_owned(),
                },
                profile: match target {
                    Typed::Profile(loaded) => Some(loaded.profile),
                    Typed::Name(_) => None,
                },
                to: self.to.into(),
                flags: context.options.flags(),
                looks_first: !self.no_preflight,
            })
            .collect();
        drive(context, &azure, &all, Question("Migrate this?")).await
    }
}

/// One environment to migrate.
struct Migration {
    environment: String,
    typed: String,
    profile: Option<Profile>,
    to: Target,
    flags: String,
    looks_first: bool,
}

impl Migration {
    /// Returns the range that the profile has for pods.
    fn pod_range(&self) -> Option<Range> {
        self.profile.as_ref()?.network.pod_cidr.and_then(Cidr::range)
    }

    /// Returns what the profile lacks once the migration is done.
    fn behind(&self) -> Option<String> {
        lines_to_change(self.profile.as_ref()?, self.to)
    }
}

impl Planner for Migration {
    fn environment(&self) -> &str {
        &self.environment
    }

    fn profile(&self) -> Option<&str> {
        self.profile.as_ref().map(|_| self.typed.as_str())
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        let mut ground = ground(&azure.arm, &azure.subscription, &self.environment).await?;
        ground.pod_range = self.pod_range();
        let plan = plan::migrate(&self.environment, &ground, self.to);
        let mut plan = plan.ok_or_else(|| Error::NoCluster(self.environment.clone()))?;
        plan.advice.extend(self.behind());
        Ok(plan)
    }

    async fn preflight(&self, azure: &Azure, writes: &Writes) -> Vec<Finding> {
        if self.looks_first { locks(&azure.arm, writes).await } else { Vec::new() }
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        let (name, flags) = (word(&self.environment), &self.flags);
        let again = format!("akstool migrate {} --to {}{flags}", self.typed, self.to.word());
        match outcome.result {
            Ending::Succeeded => vec![format!("akstool status {name}{flags}")],
            Ending::Failed => vec![format!("{again}   tries again what is left")],
            Ending::Interrupted => vec![format!("{again}   picks up where this ended")],
            Ending::NothingToDo | Ending::Refused => Vec::new(),
        }
    }
}
