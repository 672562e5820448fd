//! `akstool down`: plans the teardown, asks, deletes what the environment owns and nothing else.

use clap::Args;

use crate::doctor::{Finding, Writes, locks};
use crate::event::{Ending, Failure, Outcome};
use crate::observe::inventory;
use crate::plan::{self, Plan};
use crate::run::Run;
use crate::run::ask::Question;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::drive::drive;
use crate::run::error::{Error, Exit};
use crate::run::kubeconfig::take_back;
use crate::run::load;
use crate::run::place::{Place, placed};
use crate::run::planner::Planner;
use crate::ui::words::clean;

/// Delete what an environment owns and nothing else
///
/// The name alone is enough, also after an `up` that died half-way; `GROUP/NAME` where two groups hold
/// an environment of that name. What another hand made stays and is named; a resource group goes only if akstool made it and nothing foreign stands in it.
#[derive(Debug, Args)]
pub(crate) struct Down {
    /// Names of environments, or their profiles
    #[arg(value_name = "NAME|PROFILE", required = true)]
    targets: Vec<String>,

    /// Do not look first whether a lock forbids it
    #[arg(long)]
    no_preflight: bool,
}

impl Run for Down {
    fn typed(&self) -> &[String] {
        &self.targets
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let targets = load::targets(context, &self.targets).await?;
        let azure = context.connect()?;
        let placed = placed(context, &azure, &self.targets, targets);
        let all: Vec<Teardown> = context
            .bounded(placed)
            .await??
            .into_iter()
            .map(|place| Teardown {
                place,
                flags: context.options.flags(),
                looks_first: !self.no_preflight,
            })
            .collect();
        drive(context, &azure, &all, Question("Delete this?")).await
    }
}

/// One environment to take down.
pub(crate) struct Teardown {
    /// Where it stands.
    pub(crate) place: Place,
    /// The flags that a next command needs.
    pub(crate) flags: String,
    /// Whether to look before the first deletion if a lock forbids it.
    pub(crate) looks_first: bool,
}

impl Planner for Teardown {
    fn environment(&self) -> &str {
        &self.place.environment.name
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        let Place { environment, .. } = &self.place;
        let found = inventory(&azure.arm, environment, self.place.graph().as_ref()).await?;
        Ok(plan::teardown(environment, &found))
    }

    async fn preflight(&self, azure: &Azure, writes: &Writes) -> Vec<Finding> {
        if self.looks_first { locks(&azure.arm, writes).await } else { Vec::new() }
    }

    async fn afterwards(
        &self,
        context: &Context,
        azure: &Azure,
        say: &dyn Fn(&str),
    ) -> Result<(), Box<Failure>> {
        // Whatever is wrong with a kubeconfig, what was to be deleted is.
        match take_back(azure, self.environment()).await {
            Ok(files) => files.iter().for_each(|file| {
                let file = clean(&file.to_string_lossy());
                say(&format!("its credentials are taken out of {file}"));
            }),
            Err(error) => {
                context
                    .screen
                    .warn(&format!("credentials may be left in your kubeconfig: {error}"));
            }
        }
        Ok(())
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        let again = format!("akstool down {}{}", self.place.typed, self.flags);
        match outcome.result {
            Ending::Failed => vec![format!("{again}   tries again what is left")],
            Ending::Interrupted => vec![format!("{again}   picks up where this ended")],
            Ending::Succeeded | Ending::NothingToDo | Ending::Refused => Vec::new(),
        }
    }
}
