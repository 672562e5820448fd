//! What a profile wishes for, planned against Azure: shared by `up`, `plan` and `status`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use futures_util::future::try_join;
use serde_json::Value;

use super::connect::Azure;
use super::context::{Context, variable};
use super::error::Error;
use super::kubeconfig::{After, cluster_of};
use super::lifetime::Terms;
use super::load::Read;
use super::look_first::writes;
use super::options::Intent;
use super::origin::run_url;
use super::outputs::{add_workloads, of_cluster};
use super::planner::{Planner, again};
use super::rotation::{between, successions};
use super::way_in;
use crate::address::Range;
use crate::address_plan::{Growth, address_plan};
use crate::advice;
use crate::advice::{Advice, Value as Filled};
use crate::arm::body::ApiVersion;
use crate::arm::clock;
use crate::arm::{Arm, ResourceId};
use crate::compose::{Setting, compose};
use crate::doctor::{self, Finding, Writes, attached, foresee, live, preflight, versions};
use crate::event::{Ending, Failure, Outcome};
use crate::explain::{explain, families_left, left_behind, settings_left, without_value};
use crate::kind::{Cluster, Kind as _, ResourceGroup, RouteTable};
use crate::observe::{observe, observe_more};
use crate::plan::{self, Allowance, Environment, Observed, Plan, Refused, ownership};
use crate::profile::{Loaded, Profile};
use crate::shell::word;
use crate::ui::Blanks;
use crate::ui::outputs::Outputs;

/// Environments that are planned with one look at what they share; chosen: what more of them read
/// from nothing, some fourteen requests each, is more than the 250 that ARM's bucket holds.
const FEW: usize = 16;

/// One profile and what may be done for it.
pub(crate) struct Wish {
    loaded: Loaded,
    /// Whether it is one of many.
    is_of_fleet: bool,
    typed: String,
    allowance: Allowance,
    /// The profile as it stands while the plan is carried out: of a pool and the one that takes over
    /// from it both are there.
    between: RefCell<Option<Profile>>,
    /// The ranges that other environments of the run get.
    taken: RefCell<Vec<Range>>,
    api_versions: BTreeMap<String, ApiVersion>,
    /// How long it lives, and who made it.
    pub(crate) terms: Terms,
    /// What a next command needs to reach the same Azure.
    flags: String,
    /// What it needs besides to mean the same plan.
    intent: String,
    /// What fills the commands that follow.
    blanks: Blanks,
    /// Whether to look before the first write if Azure would take it.
    pub(crate) looks_first: bool,
    /// What follows once Azure matches.
    pub(crate) after: After,
    /// The subscription it was planned in, once it was.
    reached: OnceLock<String>,
}

impl Wish {
    /// Joins profiles as typed with the options that bear on them.
    pub(crate) fn all(context: &Context, profiles: Vec<Read>, intent: &Intent) -> Vec<Self> {
        let versions = intent.api_version.iter();
        let api_versions: BTreeMap<String, ApiVersion> = versions
            .map(|given| (given.kind.clone(), ApiVersion::from(given.version.clone())))
            .collect();
        let allowance = Allowance {
            replace: intent.allow_replace.iter().cloned().collect(),
            prune: intent.prune,
            ..Allowance::default()
        };
        let is_of_fleet = profiles.len() > FEW;
        let one = |Read { line, loaded }: Read| Self {
            is_of_fleet,
            allowance: Allowance { successions: successions(&loaded.profile), ..allowance.clone() },
            between: RefCell::default(),
            taken: RefCell::default(),
            loaded,
            typed: line,
            api_versions: api_versions.clone(),
            terms: Terms {
                renews: context.options.overrides.ttl.is_some(),
                extends: false,
                run: run_url(variable),
            },
            flags: context.options.flags(),
            intent: intent.flags(),
            blanks: context.blanks(),
            looks_first: false,
            after: After::default(),
            reached: OnceLock::new(),
        };
        profiles.into_iter().map(one).collect()
    }

    /// Returns the environment: the profile's name, in the profile's group.
    fn place(&self, azure: &Azure) -> Environment {
        let metadata = &self.loaded.profile.metadata;
        let group = metadata.resource_group_or_default();
        Environment::new(&azure.subscription, group, &metadata.name)
    }

    /// Returns ARM for a plan; one of many spares the bucket that all read from.
    fn look(&self, azure: &Azure) -> Arm {
        if self.is_of_fleet { azure.arm.sparing(ResourceGroup::API) } else { azure.look() }
    }

    fn setting(&self, azure: &Azure) -> Setting {
        Setting {
            subscription: azure.subscription.clone(),
            expires: None,
            marks: BTreeMap::new(),
            attached: BTreeMap::new(),
            owns: false,
            pods: None,
            addresses: None,
            api_versions: self.api_versions.clone(),
        }
    }

    /// Returns the profile with what follows Azure settled: each `latest`, each `auto`. One that
    /// leaves nothing open asks nothing.
    async fn settled(&self, azure: &Azure) -> Result<Profile, Error> {
        let profile = &self.loaded.profile;
        let location = &profile.metadata.location;
        let arm = self.look(azure);
        let offered = async {
            if !versions::any_floats(profile) {
                return Ok(Vec::new());
            }
            doctor::offered_versions(&arm, &azure.subscription, location).await
        };
        let mut wary = Cow::Borrowed(profile);
        if !self.taken.borrow().is_empty() {
            wary.to_mut().network.avoid.extend(self.taken.borrow().iter());
        }
        let ranges = live::settle(&arm, &wary, &azure.subscription);
        let (offered, mut settled) = try_join(offered, ranges).await?;
        settled.network.avoid.clone_from(&profile.network.avoid);
        versions::settle(&settled, &offered).map_err(|error| {
            let hint = advice!("`akstool doctor --location {}` lists what is offered", location);
            Error::usage(format!("in `{location}`, {error}"), hint)
        })
    }

    /// Returns what is worth knowing about the profile: its own advice, and what the address plan
    /// says will bind.
    fn advice(&self, growth: Option<Growth>) -> Vec<Advice> {
        let own = self.loaded.advice.list.iter().map(problem);
        own.chain(growth.map(|growth| growth.sentence)).map(Advice::from).collect()
    }

    /// Adds what follows from what was read of the network: what Azure would refuse, the meaning of
    /// a changed model, the room to grow.
    async fn foresee(
        &self,
        azure: &Azure,
        profile: &Profile,
        observed: &Observed,
        plan: &mut Plan,
    ) {
        let found = observed.resources.iter();
        let found = found.filter_map(|(id, found)| Some((id.clone(), found.body()?)));
        // A table that no profile names any more may still lie on a subnet.
        let tables = observed.unmanaged.iter().filter(|found| found.id.is_type(RouteTable::TYPE));
        let unmanaged = tables.map(|found| (found.id.clone(), &found.body));
        let read: BTreeMap<ResourceId, &Value> = found.chain(unmanaged).collect();
        let attached = attached(&self.look(azure), profile, &azure.subscription, &read).await;
        let read = read.into_iter().chain(attached.iter().map(|(id, body)| (id.clone(), body)));
        let between = between(profile, plan, observed);
        let seen = foresee(&between, &azure.subscription, &writes(plan), &read.collect());
        // What the profile says by itself need not be kept twice; what follows Azure is settled here.
        self.between.replace(Some(between).filter(|between| *between != self.loaded.profile));
        let is_refused = |id: &ResourceId| plan.refusals.iter().any(|refusal| refusal.id == *id);
        let new = seen.findings.iter().filter(|found| !found.id.as_ref().is_some_and(is_refused));
        let would_fail: Vec<Advice> = new.map(sentence).collect();
        plan.attention.splice(0..0, would_fail);
        let observed = &*ours(observed, plan);
        let blank = without_value(profile, &self.loaded.blanks, observed);
        plan.attention.extend(blank.into_iter().map(Advice::from));
        plan.attention.extend(families_left(profile, observed));
        plan.attention.extend(settings_left(profile, observed));
        plan.advice.extend(explain(&self.loaded.profile, observed, &seen.around));
        // Without a subnet that is to be there nobody knows how far it grows.
        let is_whole = plan.refusals.iter().all(|refusal| refusal.why != Refused::Missing);
        let growth = is_whole.then(|| address_plan(profile, &seen.around).growth);
        plan.background = self.advice(growth);
    }

    /// Returns the profile as it stands while what was planned last is carried out.
    fn standing(&self) -> Profile {
        self.between.borrow().clone().unwrap_or_else(|| self.loaded.profile.clone())
    }

    /// Adds to a plan what the look before its first write would say.
    pub(crate) async fn look_ahead(&self, azure: &Azure, plan: &mut Plan) {
        let writes = writes(plan);
        if writes.is_empty() {
            return;
        }
        let found =
            preflight(&self.look(azure), &self.standing(), &azure.subscription, &writes).await;
        let said = found.iter().map(sentence);
        let new: Vec<Advice> = said.filter(|it| !plan.attention.contains(it)).collect();
        plan.attention.splice(0..0, new);
    }
}

/// Returns what was observed less what is refused as another hand's: what the profile would make of
/// that is nothing to read about, as it is not touched.
fn ours<'a>(observed: &'a Observed, plan: &Plan) -> Cow<'a, Observed> {
    let foreign = plan.refusals.iter().filter(|one| matches!(one.why, Refused::Foreign { .. }));
    foreign.fold(Cow::Borrowed(observed), |mut left, one| {
        left.to_mut().resources.remove(&one.id);
        left
    })
}

/// Returns a finding as a plan says it: the fact, what comes of it, what to run.
fn sentence(found: &Finding) -> Advice {
    let consequence = found.consequence.iter().map(|consequence| format!(" {consequence}"));
    let said = consequence.fold(found.fact.clone(), |said, consequence| said + &consequence);
    match &found.command {
        Some(command) => advice!("{} {} is the next step.", said, Filled::Command(command.clone())),
        None => said.into(),
    }
}

impl Planner for Wish {
    fn environment(&self) -> &str {
        &self.loaded.profile.metadata.name
    }

    fn profile(&self) -> Option<&str> {
        Some(&self.typed)
    }

    fn location(&self) -> Option<&str> {
        Some(&self.loaded.profile.metadata.location)
    }

    async fn plan(&self, azure: &Azure) -> Result<Plan, Error> {
        drop(self.reached.set(azure.subscription.clone()));
        let mut setting = self.setting(azure);
        let profile = self.settled(azure).await?;
        let environment = self.place(azure);
        let graph = compose(&profile, &setting);
        let prunes = self.allowance.prune;
        let mut observed = observe(&self.look(azure), &environment, &graph, prunes).await?;
        let names = plan::pool_names(&environment, &graph, &mut observed);
        let profile = profile.with_pools_named(&names);
        let said = self.terms.of(&profile.metadata, &environment, &observed, clock::wall());
        (setting.expires, setting.marks) = (said.expires, said.marks);
        setting.attached = ownership::attached(&graph, &observed.resources);
        setting.pods = cluster(&observed).and_then(plan::pods_of);
        setting.addresses = plan::addresses_of(&graph, &observed);
        let graph = compose(&profile, &setting);
        observe_more(&self.look(azure), &graph, &mut observed).await?;
        let mut plan = plan::plan(&environment, &graph, &observed, &self.allowance);
        self.foresee(azure, &profile, &observed, &mut plan).await;
        plan.attention.extend(said.attention);
        plan.advice.extend(left_behind(&profile, &ours(&observed, &plan)).map(Advice::from));
        Ok(plan)
    }

    fn chooses_ranges(&self) -> bool {
        live::has_auto(&self.loaded.profile)
    }

    fn keep_clear(&self, taken: Vec<Range>) {
        self.taken.replace(taken);
    }

    async fn preflight(&self, azure: &Azure, writes: &Writes) -> Vec<Finding> {
        if !self.looks_first {
            return Vec::new();
        }
        preflight(&self.look(azure), &self.standing(), &azure.subscription, writes).await
    }

    async fn afterwards(
        &self,
        context: &Context,
        azure: &Azure,
        say: &dyn Fn(&str),
    ) -> Result<(), Box<Failure>> {
        self.after.run(context, azure, &self.loaded.profile, say).await
    }

    async fn outputs(&self, azure: &Azure) -> Result<Option<Outputs>, Error> {
        let profile = &self.loaded.profile;
        let read = of_cluster(azure, &cluster_of(profile, &azure.subscription)).await?;
        let Some(read) = read else { return Ok(None) };
        let file = self.after.file().map(|file| file.display().to_string());
        let mut outputs = Outputs {
            environment: profile.metadata.name.clone(),
            kubeconfig: file.unwrap_or_default(),
            ..read
        };
        add_workloads(&mut outputs, azure, profile).await?;
        Ok(Some(outputs))
    }

    fn next(&self, outcome: &Outcome) -> Vec<String> {
        let (name, flags) = (word(self.environment()), &self.flags);
        let command = format!("akstool up {}{}{flags}", self.typed, self.intent);
        match outcome.result {
            Ending::Succeeded => {
                let down = vec![format!("akstool down {name}{flags}   takes it all away again")];
                [self.ways_in(), self.clients(), down].concat()
            }
            ending => again(&command, ending),
        }
    }
}

impl Wish {
    /// Returns how one learns by which clients service accounts name the identities of workloads.
    fn clients(&self) -> Vec<String> {
        if self.loaded.profile.workload_identities.is_empty() {
            return Vec::new();
        }
        let (name, flags) = (word(self.environment()), &self.flags);
        let what = "the client ids for `azure.workload.identity/client-id` of service accounts";
        vec![format!("akstool status {name}{flags}   shows {what}")]
    }

    /// Returns the commands that reach the cluster. That of the embedded Azure is reached once it is
    /// served, which says how.
    fn ways_in(&self) -> Vec<String> {
        if self.blanks.embedded && cfg!(feature = "serve") {
            let how = "akstool sim serve   lets kubectl, the Azure CLI and the SDKs come in";
            return vec![how.to_owned()];
        }
        let profile = &self.loaded.profile;
        let known = self.reached.get().filter(|_| !self.blanks.embedded);
        let through = known.map(|subscription| way_in::commands(profile, subscription));
        let through = through.unwrap_or_default();
        if profile.cluster.is_private() && !through.is_empty() {
            return through;
        }
        let inside = if profile.cluster.is_private() { "   from inside its network" } else { "" };
        let direct = if let Some(files) = &self.after.files {
            format!("kubectl get nodes{}{inside}", files.option())
        } else {
            let (name, flags) = (word(self.environment()), &self.flags);
            format!("akstool kubeconfig {name}{flags} && kubectl get nodes{inside}")
        };
        [vec![direct], through].concat()
    }
}

/// Returns the cluster that stands.
fn cluster(observed: &Observed) -> Option<&Value> {
    let mut found = observed.resources.iter();
    found.find(|(id, _)| id.is_type(Cluster::TYPE)).and_then(|(_, found)| found.body())
}

/// Returns a problem as one sentence, its hint behind it.
fn problem(problem: &crate::profile::Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.what),
        None => problem.what.clone(),
    }
}
