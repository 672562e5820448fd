//! Pools that take over from others: what cannot change in a pool is changed by another pool.
//!
//! The successor is made first, under a name of its own and with the tag [`POOL`] that says which
//! pool of the profile it is; when it stands, AKS drains the old one and deletes it. Nothing else
//! remembers: [`pool_names`] reads from the cluster alone which pool stands for which, and what is
//! left of those that were taken over from. A run that died in between is therefore taken up by the
//! next one, wherever it died: a successor that stands is not made again, and an old pool goes only
//! beside one that has been written or found well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::change::{Action, Reason};
use super::decision::Decision;
use super::guard::{Allowance, Refusal, Refused};
use super::observed::{Found, Observed, has_failed, is_deleting, tag};
use super::ownership::Environment;
use super::pools;
use super::price::price;
use super::shown::shown;
use super::step::{Call, Step};
use super::wish::{Deletion, Wish};
use crate::arm::body::Body;
use crate::arm::id::ResourceId;
use crate::diff::{Cost, Delta, deltas, request_body, settle};
use crate::graph::Graph;
use crate::kind::{AgentPool, Cluster, ENVIRONMENT, Kind as _, Ownership, POOL, Resource, lane};

/// How long a pool's name may be (managed by the specification, and for Windows by
/// `create-node-pools`).
const LONGEST: usize = 12;
const LONGEST_OF_WINDOWS: usize = 6;

/// What asks AKS to delete a pool whatever disruption budgets say.
const IGNORES_BUDGETS: (&str, &str) = ("ignore-pod-disruption-budget", "true");

/// What Azure chose for the old machines, and would be wrong for others. What the wish names of it
/// stands in the wish.
const OF_THE_MACHINE: [&str; 7] = [
    "osDiskSizeGB",
    "osDiskType",
    "kubeletDiskType",
    "orchestratorVersion",
    "creationData",
    "powerState",
    "virtualMachinesProfile",
];

/// What begins so among labels and taints is Azure's own, and comes by itself.
const AZURES: &str = "kubernetes.azure.com/";

/// A pool as its cluster lists it.
struct Standing {
    name: String,
    body: Value,
}

/// Returns under which name each pool of the profile stands or will stand, and notes what is left of
/// those that another took over from. `desired` calls pools as the profile does.
pub fn pool_names(
    environment: &Environment,
    desired: &Graph<Resource>,
    observed: &mut Observed,
) -> BTreeMap<String, String> {
    let mut resources = desired.iter().map(|(_, one)| one);
    let Some(cluster) = resources.find(|one| one.kind == Cluster::TYPE) else {
        return BTreeMap::new();
    };
    let standing = standing(&cluster.id, observed);
    let wished: BTreeMap<&str, &Resource> =
        pools::pools(&cluster.id, desired).map(|pool| (pool.id.name(), pool)).collect();
    let mut claims: BTreeMap<&str, Vec<&Standing>> = BTreeMap::new();
    for one in &standing {
        let said = says(environment, &one.body).filter(|pool| wished.contains_key(pool));
        let claim = said.or_else(|| wished.get_key_value(&*one.name).map(|(name, _)| *name));
        if let Some(claim) = claim {
            claims.entry(claim).or_default().push(one);
        }
    }
    let mut taken: BTreeSet<String> = standing.iter().map(|one| one.name.clone()).collect();
    let mut names = BTreeMap::new();
    let mut left = BTreeMap::new();
    for (pool, resource) in wished {
        let mut all = claims.remove(pool).unwrap_or_default();
        all.sort_by_key(|one| fitness(one, pool, resource));
        let Some(bearer) = all.pop() else {
            let name = free_name(pool, &[pool], is_windows(resource.body.value()), &taken);
            taken.insert(name.clone());
            names.insert(pool.to_owned(), name);
            continue;
        };
        names.insert(pool.to_owned(), bearer.name.clone());
        let found = all.into_iter().map(|one| Found {
            id: cluster.id.child("agentPools", &one.name),
            api: resource.api.clone(),
            body: one.body.clone(),
        });
        let found: Vec<Found> = found.collect();
        observed.unmanaged.retain(|one| found.iter().all(|left| left.id != one.id));
        if !found.is_empty() {
            left.insert(cluster.id.child("agentPools", &bearer.name), found);
        }
    }
    observed.left = left;
    names
}

fn standing(cluster: &ResourceId, observed: &Observed) -> Vec<Standing> {
    let read = pools::standing(cluster, observed).filter_map(|pool| {
        let mut properties = pool.as_object()?.clone();
        let name = properties.remove("name")?.as_str()?.to_lowercase();
        let members = [("properties".to_owned(), Value::Object(properties))];
        Some(Standing { name, body: Value::Object(Map::from_iter(members)) })
    });
    read.collect()
}

/// Returns which pool of the profile a pool says it is, if it says so to this environment.
fn says<'a>(environment: &Environment, body: &'a Value) -> Option<&'a str> {
    let properties = body.get("properties")?;
    let is_anothers = tag(properties, ENVIRONMENT).is_some_and(|owner| owner != environment.name);
    tag(properties, POOL).filter(|_| !is_anothers)
}

/// How well a pool stands for one of the profile; the best comes last. One that goes stands for
/// nothing, one that must be taken over from gives way to one that need not, and of two that would
/// do the later one has the work.
fn fitness(one: &Standing, pool: &str, wish: &Resource) -> (bool, bool, bool, bool) {
    let settled = settle(&one.body, wish.body.value(), &wish.rules);
    let mut changes = deltas(&one.body, &settled, &wish.rules);
    price(&wish.kind, &one.body, &settled, &mut changes);
    let fits = changes.iter().all(|delta| delta.cost != Cost::Replaces);
    (!is_deleting(&one.body), fits, !has_failed(&one.body), one.name != pool)
}

/// Returns the first name that nobody has: one of those proposed, else the pool's with a number.
fn free_name(pool: &str, proposed: &[&str], is_windows: bool, taken: &BTreeSet<String>) -> String {
    let is_free = |name: &str| !taken.contains(&name.to_lowercase());
    if let Some(name) = proposed.iter().find(|name| is_free(name)) {
        return (*name).to_owned();
    }
    let most = if is_windows { LONGEST_OF_WINDOWS } else { LONGEST };
    // `pool1` and a number would read as another pool of a row.
    let between = if pool.ends_with(|end: char| end.is_ascii_digit()) { "r" } else { "" };
    let numbered = |number: u32| {
        let end = format!("{between}{number}");
        let start: String = pool.chars().take(most.saturating_sub(end.len())).collect();
        format!("{start}{end}")
    };
    // One more name than are taken: one of them is free.
    let last = u32::try_from(taken.len()).unwrap_or(u32::MAX).saturating_add(2);
    (2..=last).map(numbered).find(|name| is_free(name)).unwrap_or_else(|| pool.to_owned())
}

fn is_windows(pool: &Value) -> bool {
    let os = pool.pointer("/properties/osType").and_then(Value::as_str);
    os.is_some_and(|os| os.eq_ignore_ascii_case("Windows"))
}

/// Returns what the profile calls a pool, by what is wished of it.
fn own_name<'a>(id: &'a ResourceId, wish: &'a Value) -> &'a str {
    wish.get("properties").and_then(|properties| tag(properties, POOL)).unwrap_or_else(|| id.name())
}

/// One pool that takes over from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The one that goes.
    pub from: ResourceId,
    /// The one that comes.
    pub to: ResourceId,
}

/// Returns the rotations that steps begin.
pub fn rotations<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<Rotation> {
    let begun = steps.filter_map(|step| {
        step.reasons.iter().find_map(|reason| match reason {
            Reason::TakesOver { from, .. } => {
                Some(Rotation { from: from.clone(), to: step.id.clone() })
            }
            _ => None,
        })
    });
    begun.collect()
}

/// Returns every name that pools go by which hand over to others in these steps, for who allowed it.
pub(super) fn handed_over(steps: &[Step], leaving: &[(usize, Step)]) -> Vec<ResourceId> {
    let all = leaving.iter().flat_map(|(place, leaves)| {
        let successor = &steps[*place];
        let wish = successor.verify.as_ref().map(|verify| verify.desired.value());
        let own = wish.map(|wish| own_name(&successor.id, wish).to_owned());
        let own = own.and_then(|own| Some(leaves.id.parent()?.child("agentPools", &own)));
        [leaves.id.clone(), successor.id.clone()].into_iter().chain(own)
    });
    all.collect()
}

/// What a handover has to know.
#[derive(Clone, Copy)]
pub(super) struct Handover<'a> {
    pub(super) environment: &'a Environment,
    pub(super) desired: &'a Graph<Resource>,
    pub(super) observed: &'a Observed,
    pub(super) allowance: &'a Allowance,
}

/// What a pool that cannot change in place comes to.
pub(super) struct Turn {
    /// The successor.
    pub(super) decision: Decision,
    /// What is said of it.
    pub(super) said: String,
    /// Why it may not be.
    pub(super) refusal: Option<Refusal>,
}

impl Handover<'_> {
    /// Plans the successor of a pool.
    pub(super) fn of(
        self,
        pool: &Resource,
        body: &Value,
        wish: &Value,
        deltas: Vec<Delta>,
    ) -> Turn {
        let own = own_name(&pool.id, wish).to_owned();
        let id = self.successor(pool, &own);
        let fixed: Vec<&Delta> =
            deltas.iter().filter(|delta| delta.cost == Cost::Replaces).collect();
        let paths: Vec<String> = fixed.iter().map(|delta| delta.path.clone()).collect();
        let said = said(&own, (&pool.id, &id), &fixed);
        let refusal = self.refusal(pool, (&own, &id), body, &paths);
        let mut wish = wish.clone();
        name(&mut wish, &own);
        let whole = inherited(body, &wish, pool);
        let calls = vec![Call::Put(Wish::to_make(pool, Body::new(whole)))];
        let reasons = vec![Reason::TakesOver { from: pool.id.clone(), paths }];
        let decision = Decision::new(Action::Create, reasons, deltas, calls);
        Turn {
            decision: Decision { instead: Some((id, Body::new(wish))), ..decision },
            said,
            refusal,
        }
    }

    fn successor(self, pool: &Resource, own: &str) -> ResourceId {
        let Some(cluster) = pool.id.parent() else { return pool.id.clone() };
        let standing = standing(&cluster, self.observed).into_iter().map(|one| one.name);
        let wished = pools::pools(&cluster, self.desired);
        let wished = wished.filter(|other| other.id != pool.id);
        let mut taken: BTreeSet<String> =
            standing.chain(wished.map(|other| other.id.name().to_lowercase())).collect();
        taken.insert(pool.id.name().to_lowercase());
        let named = self.allowance.successions.get(own).and_then(|turn| turn.successor.as_deref());
        let proposed: Vec<&str> = [own].into_iter().chain(named).collect();
        let name = free_name(own, &proposed, is_windows(pool.body.value()), &taken);
        cluster.child("agentPools", &name)
    }

    fn refusal(
        self,
        pool: &Resource,
        (own, successor): (&str, &ResourceId),
        body: &Value,
        paths: &[String],
    ) -> Option<Refusal> {
        let paths = paths.to_vec();
        let is_system = |pool: &Value| {
            let mode = pool.pointer("/properties/mode").and_then(Value::as_str);
            mode.is_some_and(|mode| mode.eq_ignore_ascii_case("System"))
        };
        let why = if !is_system(pool.body.value())
            && pools::is_last_system_pool(&pool.id, self.desired, self.observed)
        {
            Refused::LastSystemPool { paths }
        } else if self.allows(&pool.id, own) {
            return None;
        } else {
            let nodes = body.pointer("/properties/count").and_then(Value::as_u64);
            Refused::Rotation {
                paths,
                successor: successor.name().to_owned(),
                pool: called(&pool.id, own),
                nodes: nodes.unwrap_or_default(),
            }
        };
        Some(Refusal { id: pool.id.clone(), why })
    }

    /// Tells whether the user named a pool, by either of its names, as one that may go.
    fn allows(self, id: &ResourceId, own: &str) -> bool {
        self.allowance.replaces(id) || self.allowance.replaces(&called(id, own))
    }

    /// Returns the steps of pools that go now that this one stands or is about to, and what is said
    /// of those that stay.
    pub(super) fn leaving(self, pool: &Resource, decision: &Decision) -> (Vec<Step>, Vec<String>) {
        if pool.kind != AgentPool::TYPE || pool.ownership == Ownership::Existing {
            return (Vec::new(), Vec::new());
        }
        let left = self.observed.left.get(&pool.id).map_or(&[][..], Vec::as_slice);
        let own = own_name(&pool.id, pool.body.value());
        if let Some((successor, _)) = &decision.instead {
            let seen = self.observed.get(&pool.id).body().cloned().unwrap_or_default();
            let old = Found { id: pool.id.clone(), api: pool.api.clone(), body: seen };
            let all = left.iter().chain([&old]);
            return (all.map(|one| self.leave(pool, one, successor, own)).collect(), Vec::new());
        }
        // One that is still being made may fail yet: the next look decides.
        if ![Action::Keep, Action::Update].contains(&decision.action) {
            return (Vec::new(), Vec::new());
        }
        let may_go = |one: &&Found| {
            let properties = one.body.get("properties");
            properties.is_some_and(|pool| self.environment.is_named_by(pool))
                || self.allows(&pool.id, own)
                || self.allowance.replaces(&one.id)
        };
        let (go, stay): (Vec<&Found>, Vec<&Found>) = left.iter().partition(may_go);
        let goes = |one: &Found| {
            format!(
                "rotation of pool `{own}` goes on: `{}` has taken over, `{}` is drained and deleted",
                pool.id.name(),
                one.id.name()
            )
        };
        let stays = |one: &Found| {
            format!(
                "pool `{}` has taken over from `{}`, which still stands: `--allow-replace {}` drains \
                 and deletes it",
                pool.id.name(),
                one.id.name(),
                one.id.names().join("/")
            )
        };
        let said = go.iter().map(|one| goes(one)).chain(stay.iter().map(|one| stays(one)));
        let said = said.collect();
        (go.into_iter().map(|one| self.leave(pool, one, &pool.id, own)).collect(), said)
    }

    fn leave(self, pool: &Resource, old: &Found, by: &ResourceId, own: &str) -> Step {
        let ignores = self.allowance.successions.get(own).is_some_and(|turn| turn.ignores_budgets);
        let asks = ignores.then_some(IGNORES_BUDGETS);
        let deletion =
            Deletion { asks, ..Deletion::of(&old.id, &old.body, &self.environment.name) };
        Step {
            id: old.id.clone(),
            kind: pool.kind.clone().into_owned(),
            api: old.api.clone(),
            action: Action::Delete,
            reasons: vec![Reason::TakenOver { by: by.clone() }],
            deltas: Vec::new(),
            calls: vec![Call::Delete(deletion)],
            verify: None,
            lane: lane(&old.id),
            pace: pool.traits.pace,
        }
    }
}

/// Returns the id that a pool would have by the profile's name of it.
fn called(id: &ResourceId, own: &str) -> ResourceId {
    id.parent().map_or_else(|| id.clone(), |cluster| cluster.child("agentPools", own))
}

/// Writes into a wish which pool of the profile it is.
fn name(wish: &mut Value, own: &str) {
    let Some(properties) = wish.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let tags = properties.entry("tags").or_insert_with(|| Value::Object(Map::new()));
    if let Some(tags) = tags.as_object_mut() {
        tags.insert(POOL.to_owned(), Value::from(own));
    }
}

/// Returns what a successor is made of: the wish, and below it what the old pool has beyond that,
/// the autoscaler's count among it. What the profile leaves unsaid stays as it is.
fn inherited(old: &Value, wish: &Value, pool: &Resource) -> Value {
    let mut whole = request_body(Some(old), wish, &pool.rules);
    let named = wish.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| named.contains_key(name) || !is_of_the_machine(name));
        if let Some(labels) = properties.get_mut("nodeLabels").and_then(Value::as_object_mut) {
            labels.retain(|label, _| !label.starts_with(AZURES));
        }
        if let Some(taints) = properties.get_mut("nodeTaints").and_then(Value::as_array_mut) {
            taints.retain(|taint| taint.as_str().is_none_or(|taint| !taint.starts_with(AZURES)));
        }
    }
    if let Some(members) = whole.as_object_mut() {
        members.retain(|name, _| name == "properties");
    }
    whole
}

fn is_of_the_machine(name: &str) -> bool {
    OF_THE_MACHINE.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// Says what happens, for who reads one line alone.
fn said(own: &str, (old, new): (&ResourceId, &ResourceId), fixed: &[&Delta]) -> String {
    let value = |side: Option<&Value>| match side {
        Some(Value::String(text)) => text.rsplit('/').next().unwrap_or_default().to_owned(),
        Some(Value::Null) | None => "not set".to_owned(),
        Some(plain) => plain.to_string().replace('"', ""),
    };
    let each = fixed.iter().map(|delta| {
        let delta = shown(delta);
        let at = delta.path.strip_prefix("properties.").unwrap_or(&delta.path).to_owned();
        format!("{at} {} → {}", value(delta.before.as_ref()), value(delta.after.as_ref()))
    });
    let each: Vec<String> = each.collect();
    format!(
        "rotate pool `{own}`: {}: new pool `{}` first, then `{}` is drained and deleted",
        each.join(", "),
        new.name(),
        old.name()
    )
}

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
