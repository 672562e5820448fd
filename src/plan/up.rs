//! The plan of `up`: each resource settled against what stands there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::change::{Action, Reason};
use super::decision::{Decision, postponed, step, users, waiting};
use super::displaced;
use super::guard::{Allowance, Refusal, Refused};
use super::left;
use super::migrate::{called_for, in_place, is_only_the_model};
use super::observed::{Found, Observation, Observed, has_failed, is_deleting, tag};
use super::order::{self, Unordered};
use super::ownership::{self, Environment};
use super::peering;
use super::pools::{self, Move};
use super::price::price;
use super::prune;
use super::rights;
use super::rotation::{self, Handover};
use super::stays::Stays;
use super::step::{Call, Step};
use super::way_out;
use super::whole;
use super::wish::{Deletion, Wish};
use super::{Plan, billed};
use crate::advice::Advice;
use crate::arm::body::{Body, Later};
use crate::arm::id::ResourceId;
use crate::diff::{Cost, Delta, deltas, request_body, settle};
use crate::graph::Graph;
use crate::kind::{
    self, AgentPool, Cluster, ENVIRONMENT, Kind as _, Ownership, Resource, ResourceGroup, Subnet,
};

/// Returns what would make Azure match the graph.
pub fn plan(
    environment: &Environment,
    desired: &Graph<Resource>,
    observed: &Observed,
    allowance: &Allowance,
) -> Plan {
    let displaced = displaced::displaced(desired, observed);
    let observed = &*displaced::without(&displaced, observed);
    let mut planner = Planner {
        environment,
        desired,
        observed,
        allowance,
        steps: Vec::new(),
        places: BTreeMap::new(),
        vanishing: BTreeMap::new(),
        late: BTreeSet::new(),
        seconds: Vec::new(),
        leaving: Vec::new(),
        refusals: Vec::new(),
        attention: Vec::new(),
    };
    let pruned = prune::pruned(desired, observed, allowance);
    for (index, resource) in desired.iter() {
        let mut needs = desired.needs(index).map(|need| &desired.node(need).id);
        let gone = needs.find_map(|need| planner.vanishing.get(need)).cloned();
        planner.add(resource, &pruned, gone);
    }
    planner.refusals.extend(whole::namesake(environment, observed));
    planner.refusals.extend(displaced::refused(&displaced));
    let pairs = peering::pairs(desired, observed);
    let (late, seconds, refusals) = (planner.late, planner.seconds, planner.refusals);
    let leaving = planner.leaving;
    let mut attention = planner.attention;
    let handed_over = rotation::handed_over(&planner.steps, &leaving);
    attention.extend(allowance.idle(&planner.steps, handed_over.iter()));
    attention.extend(way_out::changes(&planner.steps));
    let advice = billed::billed(&planner.steps);
    let forgets = prune::forgets(&environment.name, desired, observed, &pruned, &planner.steps);
    let all = Unordered { steps: planner.steps, late, seconds, leaving, pairs };
    let mut steps = order::arrange(desired, all);
    attention.extend(peering::waiting(desired, observed));
    attention.extend(prune::append(
        &mut steps,
        desired,
        environment,
        observed,
        (allowance, &pruned),
    ));
    let steps = prune::forget(steps, forgets);
    let mut attention: Vec<Advice> = attention.into_iter().map(Advice::from).collect();
    attention.extend(whole::said(environment, desired, observed));
    let (group, environment) = (Some(environment.group.clone()), environment.name.clone());
    Plan {
        environment,
        group,
        steps,
        refusals,
        attention,
        advice,
        background: Vec::new(),
        stays: Stays::Nothing,
    }
}

struct Planner<'a> {
    environment: &'a Environment,
    desired: &'a Graph<Resource>,
    observed: &'a Observed,
    allowance: &'a Allowance,
    steps: Vec<Step>,
    places: BTreeMap<ResourceId, usize>,
    /// What is being deleted and what can be planned only when that is gone, each with the former.
    vanishing: BTreeMap<ResourceId, ResourceId>,
    /// The steps that wait until the cluster has left what they take away.
    late: BTreeSet<usize>,
    /// What is taken away from resources that get something before, by the place of that.
    seconds: Vec<(usize, Step)>,
    /// Pools that go once another has taken over, by the place of that.
    leaving: Vec<(usize, Step)>,
    refusals: Vec<Refusal>,
    attention: Vec<String>,
}

impl Planner<'_> {
    fn add(&mut self, resource: &Resource, pruned: &[ResourceId], gone: Option<ResourceId>) {
        let found = self.observed.get(&resource.id);
        let mut plain = self.known_now(resource.body.value());
        if let Some(body) = found.body() {
            self.attention.extend(left::older_patch(resource, body, &mut plain));
        }
        let mut wish = plain.clone();
        if let Some(body) = found.body() {
            prune::detach(&mut wish, body, pruned);
            if resource.kind == Cluster::TYPE {
                let unmanaged = self.observed.unmanaged.iter();
                let goes: Vec<&Found> = unmanaged.filter(|one| pruned.contains(&one.id)).collect();
                prune::silence(&mut wish, body, &goes);
            }
        }
        let unmanaged = &self.observed.unmanaged;
        let seen =
            ownership::Seen { desired: self.desired, found: found.body(), unmanaged, pruned };
        ownership::remember(&mut wish, resource, &seen);
        let takes_off = resource.kind == Subnet::TYPE && wish != plain;
        let wish = Body::new(wish);
        let vanishes = gone
            .clone()
            .or_else(|| found.body().is_some_and(is_deleting).then(|| resource.id.clone()));
        self.vanishing.extend(vanishes.map(|gone| (resource.id.clone(), gone)));
        let mut decision = match (gone, resource.ownership) {
            (Some(gone), _) => postponed(gone),
            (None, Ownership::Existing) => self.existing(resource, found),
            (None, Ownership::Adopted) if found.body().is_none() => self.existing(resource, found),
            (None, _) => self.managed(resource, found, &wish),
        };
        decision.reasons.extend(rights::gives(&resource.id, self.desired));
        let place = self.steps.len();
        let (leave, said) = self.handover().leaving(resource, &decision);
        self.leaving.extend(leave.into_iter().map(|step| (place, step)));
        self.attention.extend(said);
        self.places.insert(resource.id.clone(), place);
        if decision.action == Action::Update && takes_off {
            return self.in_two(resource, found, decision, (Body::new(plain), wish));
        }
        self.steps.push(step(resource, decision, wish));
    }

    /// Plans what is attached to a subnet where it stands, and what is taken off it once the cluster
    /// is done: a running cluster has its new way out before it loses the old one.
    fn in_two(
        &mut self,
        resource: &Resource,
        found: &Observation,
        mut decision: Decision,
        (plain, wish): (Body, Body),
    ) {
        let place = self.steps.len();
        let told = (self.refusals.len(), self.attention.len());
        let first = self.managed(resource, found, &plain);
        self.refusals.truncate(told.0);
        self.attention.truncate(told.1);
        if first.action == Action::Update {
            decision.deltas.retain(|delta| !first.deltas.contains(delta));
            self.seconds.push((place, step(resource, decision, wish)));
            self.steps.push(step(resource, first, plain));
        } else {
            self.late.insert(place);
            self.steps.push(step(resource, decision, wish));
        }
    }

    /// Returns a body in which every value that already stands in Azure replaces its mark; what
    /// this plan makes anew is known only then.
    fn known_now(&self, value: &Value) -> Value {
        if let Some(later) = Later::from_json(value) {
            let anew = self
                .places
                .get(&later.of)
                .is_some_and(|at| self.steps[*at].action == Action::Replace);
            let answer = self.observed.get(&later.of).body().filter(|_| !anew);
            return answer.and_then(|body| later.of_answer(body)).unwrap_or_else(|| value.clone());
        }
        match value {
            Value::Object(members) => Value::Object(
                members.iter().map(|(name, value)| (name.clone(), self.known_now(value))).collect(),
            ),
            Value::Array(items) => items.iter().map(|item| self.known_now(item)).collect(),
            plain => plain.clone(),
        }
    }

    fn existing(&mut self, resource: &Resource, found: &Observation) -> Decision {
        match found {
            Observation::Absent => {
                let why = Refused::Missing;
                self.refusals.push(Refusal { id: resource.id.clone(), why });
                Decision::keep(vec![Reason::Absent])
            }
            Observation::Busy(body) => waiting(body),
            Observation::Present(_) => Decision::keep(vec![Reason::NotOurs]),
        }
    }

    fn managed(&mut self, resource: &Resource, found: &Observation, wish: &Body) -> Decision {
        if let Some(parent) = self.replaced_parent(resource) {
            return self.again(resource, found, wish, parent);
        }
        match found {
            Observation::Absent => {
                match rights::held_already(resource, wish.value(), self.observed) {
                    Some(why) => Decision::keep(vec![why]),
                    None => self.created(resource, wish),
                }
            }
            Observation::Busy(body) if self.is_ours(resource, body) => waiting(body),
            Observation::Present(body) if self.is_ours(resource, body) => {
                self.changed(resource, body, wish)
            }
            Observation::Present(body) | Observation::Busy(body) => self.foreign(resource, body),
        }
    }

    /// Tells whether a resource is this environment's: its tag says so, or for want of one what it
    /// lies in.
    fn is_ours(&self, resource: &Resource, body: &Value) -> bool {
        if resource.ownership == Ownership::Named {
            let standing = &self.observed.resources;
            return !ownership::is_anothers(self.environment, resource, body, standing);
        }
        let is_nobodys = tag(body, ENVIRONMENT).is_none();
        resource.ownership == Ownership::Adopted && is_nobodys
            || self.environment.owns(&resource.id, body)
    }

    /// A group of another hand is used as it is; anything else of another hand is refused.
    fn foreign(&mut self, resource: &Resource, body: &Value) -> Decision {
        let owner = tag(body, ENVIRONMENT).map(str::to_owned);
        if resource.id.parent().is_some_and(|up| up.parent().is_none()) && owner.is_none() {
            return Decision::keep(vec![Reason::NotOurs]);
        }
        let why = Refused::Foreign { owner, environment: self.environment.name.clone() };
        self.refusals.push(Refusal { id: resource.id.clone(), why });
        Decision::keep(vec![Reason::NotOurs])
    }

    fn created(&mut self, resource: &Resource, wish: &Body) -> Decision {
        let create = |reason, calls| Decision::new(Action::Create, vec![reason], Vec::new(), calls);
        match self.join_parent(resource, wish) {
            Some(parent) => create(Reason::CreatedWith { parent }, Vec::new()),
            None => create(Reason::Absent, vec![self.put_new(resource, wish)]),
        }
    }

    /// Plans what goes away with a parent that is replaced, and is made again.
    fn again(
        &mut self,
        resource: &Resource,
        found: &Observation,
        wish: &Body,
        parent: ResourceId,
    ) -> Decision {
        let calls = match self.join_parent(resource, wish) {
            Some(_) => Vec::new(),
            None => vec![self.put_new(resource, wish)],
        };
        let action = if found.body().is_some() { Action::Replace } else { Action::Create };
        Decision::new(action, vec![Reason::ParentReplaced { parent }], Vec::new(), calls)
    }

    fn changed(&mut self, resource: &Resource, body: &Value, wish: &Body) -> Decision {
        self.attention.extend(left::alone(resource, body, wish.value()));
        let settled = settle(body, wish.value(), &resource.rules);
        let parted = left::parted(resource, body, &settled).into_iter();
        self.refusals.extend(parted.map(|why| Refusal { id: resource.id.clone(), why }));
        let mut deltas = deltas(body, &settled, &resource.rules);
        price(&resource.kind, body, &settled, &mut deltas);
        let paths: Vec<String> = deltas
            .iter()
            .filter(|delta| delta.cost == Cost::Replaces)
            .map(|delta| delta.path.clone())
            .collect();
        if let Some(change) = self.moved(resource) {
            return self.moved_with_its_pools(resource, wish, deltas, change);
        }
        let migration = called_for(&resource.kind, body, &settled)
            .filter(|_| is_only_the_model(&paths) && !self.allowance.replaces(&resource.id));
        if migration.is_some() {
            in_place(deltas.iter_mut().filter(|delta| delta.cost == Cost::Replaces));
        } else if !paths.is_empty() && resource.kind == AgentPool::TYPE {
            return self.rotated(resource, body, wish, deltas);
        } else if !paths.is_empty() {
            return self.replaced(resource, wish, deltas, paths);
        }
        if let Some(to) = migration {
            self.refuse_reimage(resource, &deltas, to.word());
        }
        let mut reasons = Vec::new();
        if migration.is_some() {
            reasons.push(Reason::Migrates);
        } else if !deltas.is_empty() {
            reasons.push(Reason::Differs);
        }
        if has_failed(body) {
            reasons.push(Reason::Failed);
        }
        let behind = || peering::falls_behind(resource, &self.steps).then_some(Reason::OutOfStep);
        reasons.extend(peering::unwell(&resource.kind, body).or_else(behind));
        if reasons.is_empty() {
            return Decision::keep(Vec::new());
        }
        let owner = self.owner(resource);
        let calls = vec![Call::Put(Wish::to_make(resource, wish.clone()).over(body).of(owner))];
        Decision::new(Action::Update, reasons, deltas, calls)
    }

    /// Plans another pool in the place of one that cannot change in place.
    fn rotated(
        &mut self,
        resource: &Resource,
        body: &Value,
        wish: &Body,
        deltas: Vec<Delta>,
    ) -> Decision {
        let handover = self.handover().of(resource, body, wish.value(), deltas);
        match handover.refusal {
            Some(refusal) => self.refusals.push(refusal),
            None => self.attention.push(handover.said),
        }
        handover.decision
    }

    fn handover(&self) -> Handover<'_> {
        let Planner { environment, desired, observed, allowance, .. } = *self;
        Handover { environment, desired, observed, allowance }
    }

    fn replaced(
        &mut self,
        resource: &Resource,
        wish: &Body,
        deltas: Vec<Delta>,
        paths: Vec<String>,
    ) -> Decision {
        match self.refused_replacement(resource, &paths) {
            Some(refusal) => self.refusals.push(refusal),
            None => self.attention.extend(self.loses(resource).map(|loses| {
                format!(
                    "{} `{}` is deleted first: {loses}",
                    kind::noun(&resource.kind),
                    resource.id.name()
                )
            })),
        }
        let calls = self.anew(resource, wish);
        let reasons = vec![Reason::Immutable { paths }];
        Decision::new(Action::Replace, reasons, deltas, calls)
    }

    /// Returns how a cluster's pools are to move to another network, if this is such a cluster.
    fn moved(&self, resource: &Resource) -> Option<Move> {
        let is_cluster = resource.kind == Cluster::TYPE;
        is_cluster.then(|| pools::moves(&resource.id, self.desired, self.observed)).flatten()
    }

    /// Plans a cluster anew whose pools cannot follow it one by one.
    fn moved_with_its_pools(
        &mut self,
        resource: &Resource,
        wish: &Body,
        deltas: Vec<Delta>,
        Move { from, to }: Move,
    ) -> Decision {
        if !self.allowance.replaces(&resource.id) {
            let environment = self.environment.name.clone();
            let loses = self.loses(resource);
            let why = Refused::OtherNetwork { from, to, loses, environment };
            self.refusals.push(Refusal { id: resource.id.clone(), why });
        }
        let calls = self.anew(resource, wish);
        let paths = vec!["properties.agentPoolProfiles[].vnetSubnetID".to_owned()];
        Decision::new(Action::Replace, vec![Reason::Immutable { paths }], deltas, calls)
    }

    fn loses(&self, resource: &Resource) -> Option<String> {
        (kind::of(&resource.kind)?.loses)(self.observed.get(&resource.id).body()?)
    }

    /// Returns why a resource may not be replaced, if it may not.
    fn refused_replacement(&self, resource: &Resource, paths: &[String]) -> Option<Refusal> {
        let paths = paths.to_vec();
        let users = users(self.observed.get(&resource.id).body());
        let why = if resource.kind == ResourceGroup::TYPE {
            // It would take along whatever else stands in it, and no list of names covers that.
            Refused::Group { paths, environment: self.environment.name.clone() }
        } else if resource.kind == Subnet::TYPE && !users.is_empty() {
            Refused::InUse { paths, users }
        } else if resource.traits.is_missed && !self.allowance.replaces(&resource.id) {
            Refused::Replacement { paths, loses: self.loses(resource) }
        } else {
            return None;
        };
        Some(Refusal { id: resource.id.clone(), why })
    }

    /// Refuses a change that AKS would take and that reimages every node at once, for good.
    fn refuse_reimage(&mut self, resource: &Resource, deltas: &[Delta], to: &str) {
        let rolls = deltas.iter().filter(|delta| delta.cost == Cost::RestartsNodes);
        let paths = rolls.map(|delta| delta.path.clone()).collect();
        let (to, environment) = (to.to_owned(), self.environment.name.clone());
        let why = Refused::Migration { paths, to, environment };
        self.refusals.push(Refusal { id: resource.id.clone(), why });
    }

    /// Returns the requests that delete a resource and make it again.
    fn anew(&self, resource: &Resource, wish: &Body) -> Vec<Call> {
        let seen = self.observed.get(&resource.id).body().cloned().unwrap_or_default();
        let deletion = Deletion::of(&resource.id, &seen, &self.environment.name);
        vec![Call::Delete(deletion), self.put_new(resource, wish)]
    }

    /// Returns the environment that the tag of a resource must name, where its type carries tags.
    fn owner(&self, resource: &Resource) -> Option<&str> {
        (resource.ownership == Ownership::Tagged).then_some(self.environment.name.as_str())
    }

    /// Returns the request that makes a resource; where Azure honours it, only if none exists.
    fn put_new(&self, resource: &Resource, wish: &Body) -> Call {
        Call::Put(Wish::to_make(resource, wish.clone()).of(self.owner(resource)))
    }

    fn replaced_parent(&self, resource: &Resource) -> Option<ResourceId> {
        let parent = resource.id.parent()?;
        let step = &self.steps[*self.places.get(&parent)?];
        (step.action == Action::Replace).then(|| step.id.clone())
    }

    /// Puts a child into the `PUT` that makes its parent; returns the parent if that is how the
    /// child is made.
    fn join_parent(&mut self, resource: &Resource, wish: &Body) -> Option<ResourceId> {
        let inline = resource.traits.inline?;
        let parent = resource.id.parent()?;
        let step = &mut self.steps[*self.places.get(&parent)?];
        let Some(Call::Put(Wish { desired: body, seen: None, .. })) = step.calls.last_mut() else {
            return None;
        };
        let mut item = Map::from_iter([("name".to_owned(), Value::from(resource.id.name()))]);
        // As it would be sent by itself: a `null` that removes has nothing to remove yet.
        let mut wish = request_body(None, wish.value(), &resource.rules);
        if let Some(Value::Object(properties)) = wish.get_mut("properties") {
            item.append(properties);
        }
        let at = format!("properties.{}", inline.list);
        let mut list = body.get(&at).and_then(Value::as_array).cloned().unwrap_or_default();
        list.push(Value::Object(item));
        body.set(&at, Value::Array(list));
        Some(parent)
    }
}

#[cfg(test)]
#[path = "up_tests.rs"]
mod tests;
