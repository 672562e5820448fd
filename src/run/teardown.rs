//! One environment to take down: planned step by step, or at once where that takes nothing but ours.

use serde_json::json;

use super::connect::Azure;
use super::context::Context;
use super::error::Error;
use super::kubeconfig::take_back;
use super::lifetime::newer;
use super::place::{Place, elsewhere};
use super::planner::{Planner, again};
use crate::advice;
use crate::advice::Advice;
use crate::arm::request::Conditions;
use crate::arm::{ResourceId, clock};
use crate::doctor::{Finding, Writes, locks};
use crate::event::{Ending, Failure, Outcome};
use crate::kind::{Cluster, Kind as _, ResourceGroup, traits_of};
use crate::observe::{inventory, volumes};
use crate::plan::volumes::{guard, is_timed, takes_nodes};
use crate::plan::{self, Found, Inventory, Plan, TORN, VERSION, is_deleting, is_newer, tag};
use crate::ui::words::clean;

/// How an environment goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum How {
    /// Each thing by itself, in an order that meets no refusal.
    #[default]
    StepByStep,
    /// The group as a whole where it is wholly ours; then one need not wait for it.
    AtOnce {
        /// Whether to wait all the same.
        waits: bool,
    },
}

/// One environment to take down.
pub(crate) struct Teardown {
    /// Where it stands.
    pub(crate) place: Place,
    /// The flags that a next command needs.
    pub(crate) flags: String,
    /// Whether to look before the first deletion if a lock forbids it.
    pub(crate) looks_first: bool,
    /// How it goes.
    pub(crate) how: How,
    /// Whether the volumes of its workloads may go with it.
    pub(crate) takes_data: bool,
}

impl Teardown {
    /// Plans what was found to go.
    pub(crate) fn planned(&self, found: &Inventory) -> Plan {
        let mut plan = self.chosen(found);
        let versions = found.owned.iter().filter_map(|one| tag(&one.body, VERSION));
        let newest = versions.filter(|version| is_newer(version)).max();
        plan.attention.extend(newest.map(newer));
        plan.attention.extend(self.stays(found));
        plan
    }

    /// Says that an adopted cluster stays, unless it was taken over.
    fn stays(&self, found: &Inventory) -> Option<Advice> {
        let profile = &self.place.profile.as_ref()?.profile;
        let owned = found.owned.iter().any(|one| one.id.is_type(Cluster::TYPE));
        let name = profile.cluster_name();
        (profile.cluster.is_adopted() && !owned).then(|| {
            advice!(
                "`{}` is adopted and not owned: it stays; `akstool adopt CLUSTER_ID --own` takes it over",
                name
            )
        })
    }

    fn chosen(&self, found: &Inventory) -> Plan {
        let environment = &self.place.environment;
        let plan = || plan::teardown(environment, found);
        let How::AtOnce { waits } = self.how else { return plan() };
        match plan::teardown_at_once(environment, found, waits) {
            Ok(plan) => plan,
            Err(why) => {
                let mut plan = plan();
                if !waits && !plan.is_empty() {
                    let why = why.join("; ");
                    let why = format!("it goes step by step, and that is waited for: {why}");
                    plan.attention.push(why.into());
                }
                plan
            }
        }
    }
}

impl Planner for Teardown {
    fn environment(&self) -> &str {
        &self.place.environment.name
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        let Place { environment, .. } = &self.place;
        let found = inventory(&azure.look(), environment, self.place.graph().as_ref()).await?;
        let mut plan = self.planned(&found);
        if takes_nodes(&plan) {
            let volumes = volumes(&azure.look(), &found.node_groups).await?;
            let may_go = self.takes_data || found.owned.iter().any(|one| is_timed(&one.body));
            guard(&mut plan, &volumes, may_go);
        }
        if found.owned.is_empty() {
            plan.attention.extend(elsewhere(azure, &self.place).await?);
        }
        Ok(plan)
    }

    async fn preflight(&self, azure: &Azure, writes: &Writes) -> Vec<Finding> {
        if self.looks_first { locks(&azure.look(), writes).await } else { Vec::new() }
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
        let command = format!("akstool down {}{}", self.place.typed, self.flags);
        match outcome.result {
            Ending::Succeeded if !outcome.still_running.is_empty() => {
                let status = format!("akstool status {}{}", self.place.typed, self.flags);
                vec![format!("{status}   shows whether it is gone")]
            }
            ending => again(&command, ending),
        }
    }
}

/// Leaves a mark on what of an environment stays, so that the next `reap` takes it up; returns what
/// stays.
///
/// The mark is a tag, as there is no other memory: on the group where that is ours, for it goes last.
pub(crate) async fn mark(azure: &Azure, place: &Place) -> Result<Vec<ResourceId>, Error> {
    let environment = &place.environment;
    let found = inventory(&azure.arm, environment, place.graph().as_ref()).await?;
    let group = found.owned.iter().find(|one| one.id == environment.group);
    if group.is_some_and(|group| is_deleting(&group.body)) {
        return Ok(Vec::new());
    }
    let is_tagged = |one: &&Found| traits_of(&one.id.resource_type()).claim.is_by_tag(&one.body);
    let tagged = found.owned.iter().filter(is_tagged);
    let bearers: Vec<&ResourceId> = match group {
        Some(group) => vec![&group.id],
        None => tagged.map(|one| &one.id).collect(),
    };
    let now = plan::told(clock::wall());
    let body = json!({ "operation": "Merge", "properties": { "tags": { TORN: now } } });
    for id in bearers {
        let tags = id.resource("Microsoft.Resources/tags", "default");
        azure.arm.patch(&tags, &ResourceGroup::API, &body, Conditions::None).await?;
    }
    Ok(found.owned.into_iter().map(|one| one.id).collect())
}
