//! What stands in Azure: the one place that reads before a plan.
//!
//! [`observe`] asks for every resource of a graph at once, so that an environment costs one round
//! trip of latency however many resources it has; [`inventory()`] looks for all that an environment
//! has; [`places`] for the groups that a name stands in. All fetch candidates and documents and
//! decide nothing: whose a thing is, [`crate::plan::ownership`] says.

mod fetch;
mod grants;
mod ground;
mod inventory;
mod namesakes;
mod neighbours;
mod roll;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};
use futures_util::try_join;
use serde_json::Value;

use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{Cluster, Identity, Kind as _, Ownership, Resource, RoleAssignment, Yardstick};
use crate::plan::ownership::{
    self, Gathered, Holder, expected_grants, gave_more, identities_elsewhere, instead, node_groups,
    remembers_grants,
};
use crate::plan::{Environment, Found, Observation, Observed, held_back};

pub use self::ground::{footing, ground, pools};
pub use self::inventory::{inventory, volumes};
pub use self::namesakes::places;
pub use self::roll::{Roll, Within, environments};

use self::fetch::{get, get_all, id_of, list_tagged};

/// Returns what stands under every id of the graph, and what else the environment has. With
/// `prunes` the providers are asked too what stands in its group: what is to be deleted is looked
/// for everywhere.
pub async fn observe(
    arm: &Arm,
    environment: &Environment,
    desired: &Graph<Resource>,
    prunes: bool,
) -> Result<Observed, Error> {
    let wanted: Vec<&Resource> = desired.iter().map(|(_, resource)| resource).collect();
    let subscription = ResourceId::subscription(&environment.subscription);
    let answers = try_join_all(wanted.iter().map(|resource| get(arm, &resource.id, &resource.api)));
    let told =
        async { if prunes { fetch::told(arm, &environment.group).await } else { Ok(Vec::new()) } };
    let (answers, listed, groups, told) = try_join!(
        answers,
        list_tagged(arm, &subscription, "/resources", &environment.name),
        list_tagged(arm, &subscription, "/resourcegroups", &environment.name),
        told,
    )?;
    let mut resources: BTreeMap<ResourceId, Observation> = wanted
        .iter()
        .zip(answers)
        .map(|(resource, answer)| (resource.id.clone(), Observation::of(answer)))
        .collect();
    mend(arm, &wanted, &mut resources).await?;
    let seen = Seen { arm, environment, desired, prunes, resources: &resources };
    let mut spoken = fetch::spoken(&listed);
    spoken.retain(|(id, _)| environment.is_home(id) && !resources.contains_key(id));
    let listed: Vec<ResourceId> = listed.iter().filter_map(id_of).collect();
    let (mut gathered, namesakes) = try_join(
        seen.gather(&listed, &told),
        namesakes::elsewhere(arm, environment, &groups, &listed),
    )
    .await?;
    gathered.read.extend(fetch::get_spoken(arm, spoken).await?);
    let (held, yardstick) = seen.held(&gathered).await?;
    let unmanaged = ownership::unmanaged(environment, desired, &resources, &gathered);
    let late = seen.late(&listed, &gathered.read);
    let (users, along) =
        if unmanaged.is_empty() { Default::default() } else { seen.others(gathered).await? };
    let left = BTreeMap::new();
    Ok(Observed { resources, unmanaged, left, held, yardstick, namesakes, late, users, along })
}

/// Who holds back what is ours, by that.
type Users = BTreeMap<ResourceId, BTreeSet<ResourceId>>;

/// What of others lies in what is ours and goes with it, each with where it leads.
type Along = Vec<(ResourceId, Option<ResourceId>)>;

/// Reads what a graph has besides what was read for another one: rights that show to be needed only
/// when the subnets they are for have been seen.
pub async fn observe_more(
    arm: &Arm,
    desired: &Graph<Resource>,
    observed: &mut Observed,
) -> Result<(), Error> {
    let new = desired.iter().map(|(_, resource)| resource);
    let new = new.filter(|resource| !observed.resources.contains_key(&resource.id));
    let answers = try_join_all(new.map(|resource| async {
        let answer = get(arm, &resource.id, &resource.api).await?;
        Ok::<_, Error>((resource.id.clone(), Observation::of(answer)))
    }));
    let answers = answers.await?;
    observed.unmanaged.retain(|found| answers.iter().all(|(id, _)| *id != found.id));
    observed.resources.extend(answers);
    Ok(())
}

/// What was seen under the ids of the graph, and where to look on.
struct Seen<'a> {
    arm: &'a Arm,
    environment: &'a Environment,
    desired: &'a Graph<Resource>,
    prunes: bool,
    resources: &'a BTreeMap<ResourceId, Observation>,
}

impl Seen<'_> {
    fn bodies(&self) -> impl Iterator<Item = (&ResourceId, &Value)> {
        self.resources.iter().filter_map(|(id, found)| Some((id, found.body()?)))
    }

    /// Gathers what may be the environment's beside the graph.
    async fn gather(&self, listed: &[ResourceId], told: &[ResourceId]) -> Result<Gathered, Error> {
        let away = node_groups(self.bodies().map(|(_, body)| body));
        let open: BTreeSet<&ResourceId> = listed
            .iter()
            .chain(told)
            .filter(|id| self.environment.is_home(id) && !self.resources.contains_key(*id))
            .filter(|id| !away.iter().any(|group| id.is_under(group)))
            .collect();
        let open: Vec<ResourceId> = open.into_iter().cloned().collect();
        let read = get_all(self.arm, &open).await?;
        let (holders, grants) = if open.is_empty() && !self.may_differ_in_rights() {
            Default::default()
        } else {
            let holders = self.holders(&read).await?;
            let scopes = self.scopes();
            let grants = grants::of_all(self.arm, &holders, &scopes, &self.pulls()).await?;
            (holders, grants)
        };
        let own = self.bodies().map(|(id, body)| fetch::document(id, body));
        let own: Vec<Found> = own.flatten().chain(read.iter().cloned()).collect();
        let mut beyond = ownership::peering_candidates(self.environment, &own);
        beyond.retain(|id| !self.resources.contains_key(id));
        let (peerings, closed) = fetch::peerings(self.arm, beyond).await?;
        Ok(Gathered { read, holders, grants, peerings, closed, ..Gathered::default() })
    }

    /// Tells whether rights have to be listed: where one is missing somebody else may have given it,
    /// where something is left so may its rights be. Where all stands as asked the list, which takes
    /// an answer before it can be asked for, would tell nothing new, and every run would wait for it.
    fn may_differ_in_rights(&self) -> bool {
        let wished = self.desired.iter().map(|(_, one)| one);
        let mut wished = wished.filter(|one| one.ownership != Ownership::Existing);
        let is_whole =
            wished.all(|one| self.resources.get(&one.id).is_some_and(|one| one.body().is_some()));
        let bodies: Vec<Found> =
            self.bodies().filter_map(|(id, body)| fetch::document(id, body)).collect();
        let clusters = bodies.iter().filter(|one| one.id.is_type(Cluster::TYPE));
        let worked_by = clusters.flat_map(|one| expected_grants(&one.body, &bodies));
        // A right on something of ours goes with that.
        let mut away = worked_by.filter(|id| !self.environment.is_home(id));
        let is_left = bodies.iter().any(|one| remembers_grants(&one.body));
        let is_left = is_left || !self.pulls().is_empty();
        let rights = || {
            let all = self.desired.iter().map(|(_, one)| one);
            all.filter(|one| one.kind == RoleAssignment::TYPE).map(|one| &one.id)
        };
        let is_left = is_left || bodies.iter().any(|one| gave_more(&one.body, rights()));
        self.prunes || !is_whole || is_left || away.any(|id| !self.resources.contains_key(&id))
    }

    /// Returns the rights on registries of others that were given and are not asked for any more.
    fn pulls(&self) -> Vec<ResourceId> {
        let bodies: Vec<Found> =
            self.bodies().filter_map(|(id, body)| fetch::document(id, body)).collect();
        let mut pulls = ownership::pulls_of(self.environment, bodies.iter());
        pulls.retain(|id| !self.resources.contains_key(id));
        pulls
    }

    /// Returns the identities that may hold rights of ours: those that stand, those that a cluster
    /// acts as, those that the group remembers. What is left of the environment has rights of its
    /// own, which nobody would ask after once it is gone.
    async fn holders(&self, left: &[Found]) -> Result<Vec<Holder>, Error> {
        let mut holders: Vec<Holder> = Vec::new();
        let mut known: BTreeSet<ResourceId> = BTreeSet::new();
        let mut remembered = Vec::new();
        let left = left.iter().map(|found| (&found.id, &found.body));
        let left = left.filter(|(id, body)| self.environment.owns(id, body));
        for (id, body) in self.bodies().chain(left) {
            if id.is_type(Identity::TYPE) {
                holders.extend(Holder::of(id, body));
            } else if id.is_type(Cluster::TYPE) {
                holders.extend(Holder::of_nodes(body));
                if self.environment.owns(id, body) {
                    holders.extend(Holder::of_cluster(body));
                }
            } else if *id == self.environment.group {
                remembered = identities_elsewhere(id, body);
            }
        }
        known.extend(holders.iter().map(|holder| holder.identity.clone()));
        remembered.retain(|id| !known.contains(id) && !self.resources.contains_key(id));
        let read = get_all(self.arm, &remembered).await?;
        holders.extend(read.iter().filter_map(|one| Holder::of(&one.id, &one.body)));
        holders.sort();
        holders.dedup();
        Ok(holders)
    }

    /// Returns the subscriptions that rights of the graph are given in.
    fn scopes(&self) -> BTreeSet<ResourceId> {
        let roles = self.desired.iter().map(|(_, one)| one);
        let roles = roles.filter(|one| one.kind == RoleAssignment::TYPE);
        let mut scopes: BTreeSet<ResourceId> =
            roles.map(|one| ResourceId::subscription(one.id.subscription_id())).collect();
        scopes.insert(ResourceId::subscription(&self.environment.subscription));
        scopes
    }

    /// Returns what the identities hold, where something of it stands in for a right of ours, and by
    /// what that is measured: a list named it, and a read confirms it. Roles that nobody here knows
    /// are looked at in the same breath.
    async fn held(
        &self,
        gathered: &Gathered,
    ) -> Result<(BTreeMap<String, Vec<Found>>, Yardstick), Error> {
        let mut held: BTreeMap<String, Vec<Found>> = BTreeMap::new();
        let mut by = Yardstick::of(self.desired.iter().map(|(_, one)| one));
        for holder in &gathered.holders {
            let of = grants::reaching(&gathered.grants, holder);
            let needed = self.instead(&of, &by);
            let (confirmed, definitions) =
                try_join(get_all(self.arm, &needed), grants::definitions(self.arm, of.iter()))
                    .await?;
            by.definitions.extend(definitions);
            // What is not needed now may be for what a second look adds.
            let rest = of.into_iter().filter(|one| !needed.contains(&one.id));
            let all = confirmed.into_iter().chain(rest).collect();
            held.insert(holder.principal.to_ascii_lowercase(), all);
        }
        Ok((held, by))
    }

    /// Returns those of the rights that do for ones of ours which are not there, or may do, where it
    /// is not known yet what their roles hold.
    fn instead(&self, held: &[Found], by: &Yardstick) -> Vec<ResourceId> {
        let wished = self.desired.iter().map(|(_, one)| one);
        let absent = wished.filter(|one| {
            one.ownership == Ownership::Named
                && one.kind == RoleAssignment::TYPE
                && self.resources.get(&one.id).and_then(Observation::body).is_none()
        });
        let is_unknown =
            |one: &&Found| RoleAssignment::role_in(&one.body).is_some_and(|role| !role.is_known());
        let needed = absent.flat_map(|one| match instead(one.body.value(), &one.id, held, by) {
            Some(known) => vec![known],
            None => ownership::reaching(&one.id, held).filter(is_unknown).collect(),
        });
        let needed: BTreeSet<ResourceId> = needed.map(|one| one.id.clone()).collect();
        needed.into_iter().collect()
    }

    /// Returns what of ours is held back by others, beyond what the profile is about, as this run sees
    /// to that; and what of theirs would go along. What is to be deleted is asked about as `down`
    /// asks; what is only told is judged by the bodies that were read anyway.
    async fn others(&self, gathered: Gathered) -> Result<(Users, Along), Error> {
        let (environment, desired) = (self.environment, Some(self.desired));
        let inventory = if self.prunes {
            inventory::inventory(self.arm, environment, desired).await?
        } else {
            let wished = self.bodies().filter_map(|(id, body)| fetch::document(id, body));
            let read = wished.chain(gathered.read).collect();
            ownership::judge(environment, Gathered { read, ..gathered }, desired)
        };
        let users = held_back(&inventory, |id| self.resources.contains_key(id));
        Ok((users, inventory.along))
    }

    /// Returns what carries the name, stands, and the list of that does not say.
    fn late(&self, listed: &[ResourceId], read: &[Found]) -> Vec<ResourceId> {
        let wished = self.desired.iter().map(|(_, one)| one);
        let tagged = wished.filter(|one| one.ownership == Ownership::Tagged);
        let tagged = tagged.filter(|one| one.id.parent().as_ref() == Some(&self.environment.group));
        let standing = tagged.filter(|one| {
            let body = self.resources.get(&one.id).and_then(Observation::body);
            body.is_some_and(|body| self.environment.is_named_by(body))
        });
        let read = read.iter().filter(|one| self.environment.owns(&one.id, &one.body));
        let all = standing.map(|one| &one.id).chain(read.map(|one| &one.id));
        all.filter(|id| !listed.contains(id)).cloned().collect()
    }
}

/// Mends what the reads, all made at once, cannot have seen together: something that stands in what
/// is not there. Those are read once more, and what lies in nothing after that is gone.
async fn mend(
    arm: &Arm,
    wanted: &[&Resource],
    resources: &mut BTreeMap<ResourceId, Observation>,
) -> Result<(), Error> {
    let (torn, arm) = (torn(resources), &arm.fresh());
    let again = wanted.iter().filter(|resource| {
        let id = &resource.id;
        torn.iter().any(|(inner, outer)| id == inner || id == outer)
    });
    let answers = again.map(|resource| async {
        let answer = get(arm, &resource.id, &resource.api).await?;
        Ok::<_, Error>((resource.id.clone(), Observation::of(answer)))
    });
    resources.extend(try_join_all(answers).await?);
    for (inner, _) in self::torn(resources) {
        resources.insert(inner, Observation::Absent);
    }
    Ok(())
}

/// Returns what stands although what it lies in does not, each with the latter.
fn torn(resources: &BTreeMap<ResourceId, Observation>) -> Vec<(ResourceId, ResourceId)> {
    let absent: Vec<&ResourceId> = resources
        .iter()
        .filter(|(_, found)| **found == Observation::Absent)
        .map(|(id, _)| id)
        .collect();
    // A role assignment may outlive its scope for a while; what it grants shows in its own body.
    let present = resources
        .iter()
        .filter(|(id, found)| found.body().is_some() && !id.is_type(RoleAssignment::TYPE));
    present
        .flat_map(|(id, _)| {
            let outer = absent.iter().filter(|outer| id.is_under(outer));
            outer.map(|outer| (id.clone(), (*outer).clone()))
        })
        .collect()
}
