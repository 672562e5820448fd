//! `akstool stop` and `akstool start`: a cluster that nobody needs overnight.

use clap::Args;

use crate::doctor::{Finding, Writes, locks};
use crate::event::{Ending, Outcome};
use crate::graph::Graph;
use crate::kind::Ownership;
use crate::observe::footing;
use crate::plan::{self, Found, Plan, Power};
use crate::run::Run;
use crate::run::ask::Question;
use crate::run::connect::Azure;
use crate::run::context::Context;
use crate::run::drive::drive;
use crate::run::error::{Error, Exit};
use crate::run::load;
use crate::run::place::{Place, placed, without_cluster};
use crate::run::planner::{Planner, again};
use crate::shell::word;

/// Stop a cluster: nodes and API server go, its state stays
///
/// The plan says what stays billed: disks, public addresses, the load balancer, a NAT gateway. Nothing
/// of a stopped cluster can be changed until `start`.
#[derive(Debug, Args)]
pub(crate) struct Stop {
    #[command(flatten)]
    of: Clusters,
}

/// Start a stopped cluster: API server and nodes come back as they were
///
/// The plan says what is billed again.
#[derive(Debug, Args)]
pub(crate) struct Start {
    #[command(flatten)]
    of: Clusters,
}

/// The clusters that are meant.
#[derive(Debug, Args)]
struct Clusters {
    /// Names of environments, or their profiles
    #[arg(value_name = "NAME|PROFILE", required = true)]
    targets: Vec<String>,

    /// Do not look first whether a lock forbids it
    #[arg(long)]
    no_preflight: bool,
}

impl Run for Stop {
    fn typed(&self) -> &[String] {
        &self.of.targets
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        self.of.switch(context, Power::Stopped, "Stop this?").await
    }
}

impl Run for Start {
    fn typed(&self) -> &[String] {
        &self.of.targets
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        self.of.switch(context, Power::Running, "Start this?").await
    }
}

impl Clusters {
    async fn switch(
        self,
        context: &Context,
        to: Power,
        question: &'static str,
    ) -> Result<Exit, Error> {
        let targets = load::targets(context, &self.targets).await?;
        let azure = context.connect()?;
        let placed = context.bounded(placed(context, &azure, targets)).await??;
        let one = |place| Switched {
            place,
            to,
            flags: context.options.flags(),
            looks_first: !self.no_preflight,
        };
        let all: Vec<Switched> = placed.into_iter().map(one).collect();
        drive(context, &azure, &all, Question(question)).await
    }
}

/// One environment whose cluster is switched.
struct Switched {
    place: Place,
    to: Power,
    flags: String,
    looks_first: bool,
}

impl Switched {
    /// Reads the cluster that the profile adopts: no tag of its own says whose it is.
    async fn adopted(&self, azure: &Azure) -> Result<Option<Found>, Error> {
        let graph = self.place.graph();
        let mut all = graph.iter().flat_map(Graph::iter).map(|(_, resource)| resource);
        let Some(cluster) = all.find(|one| one.ownership == Ownership::Adopted) else {
            return Ok(None);
        };
        let (id, api) = (cluster.id.clone(), cluster.api.clone());
        let found = azure.arm.get(&id, &api).await?;
        Ok(found.map(|answer| Found { id, api, body: answer.body }))
    }
}

impl Planner for Switched {
    fn environment(&self) -> &str {
        &self.place.environment.name
    }

    fn profile(&self) -> Option<&str> {
        self.place.profile.as_ref().map(|_| self.place.typed.as_str())
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        let Place { environment, .. } = &self.place;
        let ground = footing(&azure.arm, environment, self.place.graph().as_ref()).await?;
        let adopted = self.adopted(azure).await?;
        let cluster = ground.cluster().or(adopted.as_ref());
        let Some(cluster) = cluster else {
            return Err(without_cluster(azure, &self.place).await);
        };
        let around = [&ground.inventory.owned[..], &ground.around].concat();
        Ok(plan::power(environment, cluster, &around, self.to))
    }

    async fn preflight(&self, azure: &Azure, writes: &Writes) -> Vec<Finding> {
        if self.looks_first { locks(&azure.arm, writes).await } else { Vec::new() }
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        let (name, flags, typed) = (word(self.environment()), &self.flags, &self.place.typed);
        let command = format!("akstool {} {typed}{flags}", self.to.verb());
        match (outcome.result, self.to) {
            (Ending::Succeeded, Power::Stopped) => {
                vec![format!("akstool start {typed}{flags}   brings it back")]
            }
            (Ending::Succeeded, Power::Running) => vec![format!("akstool status {name}{flags}")],
            (Ending::Failed, _) => vec![format!("{command}   tries again")],
            (ending, _) => again(&command, ending),
        }
    }
}
