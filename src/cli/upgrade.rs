//! `akstool upgrade`: a newer Kubernetes version, in place, one minor version at a time.

use std::cell::{Cell, RefCell};

use clap::Args;
use futures_util::future::try_join3;
use serde_json::Value;

use crate::advice;
use crate::advice::Advice;
use crate::arm::ResourceId;
use crate::doctor::{self, Added, Finding, Writes, locks, versions};
use crate::event::{Ending, Outcome};
use crate::explain::versions_to_write;
use crate::observe::{footing, pools};
use crate::plan::{self, Ascent, Found, Plan};
use crate::profile::schema::Profile;
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
use crate::version::Version;

/// Move a cluster to a newer Kubernetes version, in place, one minor version at a time
///
/// At each stop the control plane goes first and then the pools, one after the other; what is asked
/// once holds for the whole way. Looks first whether AKS offers it, whether the subnets and the
/// quota have room for the nodes that an upgrade adds, and whether a lock forbids it. A run that died
/// is picked up by the same command. Nothing ever goes back.
#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// Names of environments, or their profiles
    #[arg(value_name = "NAME|PROFILE", required = true)]
    targets: Vec<String>,

    /// Where to: 1.35, 1.35.2, latest or latest-1 [default: the profile's `cluster.version` where it is
    /// newer, else the newest that AKS offers from here in one step]
    #[arg(long, value_name = "VERSION", value_parser = wanted)]
    to: Option<String>,

    /// Move the control plane alone and leave the nodes as they are
    #[arg(long)]
    control_plane_only: bool,

    /// Do not look first at locks and quota
    #[arg(long)]
    no_preflight: bool,
}

/// Reads a version as it is typed.
fn wanted(text: &str) -> Result<String, String> {
    if Version::parse(text).is_some() || versions::floats(text) {
        return Ok(text.to_owned());
    }
    Err("a version is 1.35, 1.35.2, latest or latest-1".to_owned())
}

impl Run for Upgrade {
    fn typed(&self) -> &[String] {
        &self.targets
    }

    async fn run(self, context: &Context) -> Result<Exit, Error> {
        let targets = load::targets(context, &self.targets).await?;
        let azure = context.connect()?;
        let placed = placed(context, &azure, targets);
        let one = |place| Climb {
            place,
            to: self.to.clone(),
            control_plane_only: self.control_plane_only,
            flags: context.options.flags(),
            looks_first: !self.no_preflight,
            goal: Cell::new(None),
            adds: RefCell::default(),
        };
        let all: Vec<Climb> = context.bounded(placed).await??.into_iter().map(one).collect();
        drive(context, &azure, &all, Question("Upgrade this?")).await
    }
}

/// One environment to upgrade.
struct Climb {
    place: Place,
    to: Option<String>,
    control_plane_only: bool,
    flags: String,
    looks_first: bool,
    /// Where the way ends: settled once, as what is offered moves on with each leg.
    goal: Cell<Option<Version>>,
    /// The region, and the nodes that the planned leg adds there.
    adds: RefCell<(String, Vec<Added>)>,
}

impl Climb {
    fn wished(&self) -> Option<&Profile> {
        self.place.profile.as_ref().map(|loaded| &loaded.profile)
    }

    /// Reads what the next leg has to know, with the name of the region.
    async fn ascent(&self, azure: &Azure) -> Result<Ascent, Error> {
        let Place { environment, .. } = &self.place;
        let ground = footing(&azure.look(), environment, self.place.graph().as_ref()).await?;
        let found = ground.cluster().cloned();
        let Some(cluster) = found else {
            return Err(without_cluster(azure, &self.place).await);
        };
        let arm = azure.look();
        let offered = doctor::offered_versions(&arm, &azure.subscription, location(&cluster));
        let reach = doctor::reach(&arm, &cluster.id);
        let (pools, reach, offered) = try_join3(pools(&arm, &cluster), reach, offered).await?;
        let goal = Version::default();
        let control_plane_only = self.control_plane_only;
        let subnets = ground.around;
        let mut ascent = Ascent { cluster, pools, subnets, reach, goal, control_plane_only };
        ascent.goal = match self.goal.get() {
            Some(goal) => goal,
            None => self.goal(&ascent, &offered)?,
        };
        self.goal.set(Some(ascent.goal));
        // A preview has to be named.
        let previews: Vec<Version> = offered
            .iter()
            .filter(|minor| minor.is_preview)
            .filter_map(|minor| Version::parse(&minor.minor))
            .collect();
        let is_named = |version: &Version| version.minor() == ascent.goal.minor();
        ascent.reach.retain(|v| is_named(v) || !previews.contains(&v.minor()));
        Ok(ascent)
    }

    /// Returns where to: what was asked for, else the profile's version where it is newer, else the
    /// newest that is offered from here.
    fn goal(&self, ascent: &Ascent, offered: &[doctor::facts::Offered]) -> Result<Version, Error> {
        let runs = ascent.runs().unwrap_or_default();
        let cluster = &ascent.cluster;
        let long_term = text(cluster, "/properties/supportPlan") == "AKSLongTermSupport";
        let resolve = |wanted: &str| {
            versions::resolve(wanted, offered, long_term).map_err(|error| {
                let location = location(cluster);
                let hint =
                    advice!("`akstool doctor --location {}` lists what is offered", location);
                Error::usage(format!("in `{location}`, {error}"), hint)
            })
        };
        let read = |text: &str| Version::parse(text).unwrap_or_default();
        if let Some(wanted) = &self.to {
            // Where it runs already, it need not be offered to anybody any more.
            let goal =
                Version::parse(wanted).filter(|goal| goal.takes_in(runs) && runs.takes_in(*goal));
            let goal = goal.map_or_else(|| resolve(wanted).map(|text| read(&text)), Ok)?;
            let is_older = if goal == goal.minor() { goal < runs.minor() } else { goal < runs };
            return if is_older { Err(self.goes_back(runs, goal)) } else { Ok(goal) };
        }
        let own = self.wished().and_then(|profile| profile.cluster.version.as_deref());
        if let Some(own) = own {
            let goal = read(&resolve(own)?);
            if goal > runs {
                return Ok(goal);
            }
        }
        let is_preview = |version: &&Version| {
            let minor = version.minor().to_string();
            offered.iter().any(|one| one.is_preview && one.minor == minor)
        };
        let newest = ascent.reach.iter().filter(|version| !is_preview(version)).max();
        Ok(newest.copied().unwrap_or(runs).max(runs))
    }

    fn goes_back(&self, runs: Version, goal: Version) -> Error {
        Error::Guarded(format!(
            "`{}` runs Kubernetes {runs}, and AKS never goes back to {goal}; nothing was changed",
            self.place.environment.name
        ))
    }

    /// Says that AKS leads no further although the goal is not reached.
    fn stuck(&self, ascent: &Ascent) -> Option<Error> {
        let runs = ascent.runs()?;
        let goal = ascent.goal;
        let is_there = if goal == goal.minor() { runs.minor() >= goal } else { runs >= goal };
        (!is_there).then(|| {
            Error::Guarded(format!(
                "`{}` runs Kubernetes {runs}, and AKS offers no upgrade from there towards {goal}; \
                 nothing was changed",
                self.place.environment.name
            ))
        })
    }
}

impl Planner for Climb {
    fn environment(&self) -> &str {
        &self.place.environment.name
    }

    fn profile(&self) -> Option<&str> {
        self.wished().map(|_| self.place.typed.as_str())
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        let ascent = self.ascent(azure).await?;
        let mut plan = plan::upgrade(&self.place.environment, &ascent);
        if plan.is_empty()
            && let Some(stuck) = self.stuck(&ascent)
        {
            return Err(stuck);
        }
        let added = ascent.surges().into_iter().map(added).collect();
        self.adds.replace((location(&ascent.cluster).to_owned(), added));
        let behind = versions_to_write(self.wished(), ascent.goal, !self.control_plane_only);
        plan.advice.extend(behind.map(Advice::from));
        Ok(plan)
    }

    fn goes_on(&self) -> bool {
        true
    }

    async fn preflight(&self, azure: &Azure, writes: &Writes) -> Vec<Finding> {
        if !self.looks_first {
            return Vec::new();
        }
        let subscription = ResourceId::subscription(&azure.subscription);
        let (location, added) = self.adds.take();
        let arm = azure.look();
        let room = doctor::room(&arm, &subscription, &location, &added);
        let (mut found, room) = tokio::join!(locks(&arm, writes), room);
        found.extend(room);
        found
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        let (name, flags) = (word(&self.place.environment.name), &self.flags);
        let to = self.to.as_ref().map(|to| format!(" --to {}", word(to))).unwrap_or_default();
        let alone = if self.control_plane_only { " --control-plane-only" } else { "" };
        let command = format!("akstool upgrade {}{to}{alone}{flags}", self.place.typed);
        match outcome.result {
            Ending::Succeeded => vec![format!("akstool status {name}{flags}")],
            ending => again(&command, ending),
        }
    }
}

fn added(surge: plan::Surge) -> Added {
    let plan::Surge { pool, size, is_spot, nodes } = surge;
    Added { pool, size, is_spot, nodes }
}

fn text<'a>(found: &'a Found, pointer: &str) -> &'a str {
    found.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn location(cluster: &Found) -> &str {
    text(cluster, "/location")
}
