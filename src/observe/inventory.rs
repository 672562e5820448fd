//! All that an environment has, looked for everywhere it may be.

use std::collections::BTreeSet;

use futures_util::future::{try_join, try_join_all};
use futures_util::try_join;

use super::fetch::{contents, get_all, get_open, told};
use super::neighbours::neighbours;
use super::{fetch, grants};
use crate::arm::client::Arm;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::graph::Graph;
use crate::kind::{
    Cluster, Identity, Kind, Ownership, Peering, Resource, RoleAssignment, Subnet, api_version, of,
};
use crate::plan::ownership::{
    self, Gathered, Holder, dweller, expected_grants, identities_elsewhere, peering_candidates,
};
use crate::plan::volumes::Volume;
use crate::plan::{self, Environment, Found, Inventory};

/// Returns everything that an environment owns, and what of others bears on it. `desired` is what
/// its profile asks for, where one is at hand: it knows ids that no list names.
pub async fn inventory(
    arm: &Arm,
    environment: &Environment,
    desired: Option<&Graph<Resource>>,
) -> Result<Inventory, Error> {
    let look = Look { arm, environment, desired };
    let mut gathered = look.home().await?;
    look.rights(&mut gathered).await?;
    gathered.orphans = look.orphans(&gathered).await?;
    look.beyond(&mut gathered).await?;
    // Who uses what is ours can be asked only when it is known what that is.
    let first = ownership::judge(environment, gathered.clone(), desired);
    if !first.owned.is_empty() {
        let (around, is_unsure) = neighbours(arm, environment, &first).await?;
        gathered.neighbours = around;
        gathered.is_unsure = is_unsure;
    }
    Ok(ownership::judge(environment, gathered, desired))
}

struct Look<'a> {
    arm: &'a Arm,
    environment: &'a Environment,
    desired: Option<&'a Graph<Resource>>,
}

impl Look<'_> {
    fn wished(&self) -> impl Iterator<Item = &Resource> {
        self.desired.into_iter().flat_map(Graph::iter).map(|(_, resource)| resource)
    }

    /// Reads the group and what stands in it: what lists name, and what must be there by its name.
    /// Where a list and a read disagree, the read decides.
    async fn home(&self) -> Result<Gathered, Error> {
        let (arm, group) = (self.arm, &self.environment.group);
        let wished = self.wished().filter(|one| one.ownership == Ownership::Tagged);
        let wished = wished.map(|one| one.id.clone());
        let expected: BTreeSet<ResourceId> =
            self.environment.expected().into_iter().chain(wished).collect();
        let expected: Vec<ResourceId> =
            expected.into_iter().filter(|id| id != group && self.environment.is_home(id)).collect();
        let (home, listed, told, mut read) = try_join!(
            get_all(arm, std::slice::from_ref(group)),
            contents(arm, group),
            told(arm, group),
            get_all(arm, &expected),
        )?;
        let whole = listed.unwrap_or_default();
        let listed: Vec<ResourceId> = whole.iter().map(|one| dweller(group, one)).collect();
        let named: BTreeSet<&ResourceId> = listed.iter().chain(&told).collect();
        let open: Vec<ResourceId> = named
            .iter()
            .filter(|id| read.iter().all(|one| one.id != ***id))
            .map(|id| (**id).clone())
            .collect();
        let mut spoken = fetch::spoken(&whole);
        // A list may lag; whoever has the profile knows all the same.
        let wished = self.wished().filter(|one| one.ownership == Ownership::Tagged);
        let wished =
            wished.filter(|one| of(&one.kind).is_none() && self.environment.is_home(&one.id));
        let wished = wished.map(|one| (one.id.clone(), one.api.clone()));
        let more: Vec<_> =
            wished.filter(|(id, _)| spoken.iter().all(|(one, _)| one != id)).collect();
        spoken.extend(more);
        // A list and a read that disagree are not settled by the same read.
        let fresh = arm.fresh();
        let (known, unknown) =
            try_join(get_all(&fresh, &open), fetch::get_spoken(arm, spoken)).await?;
        read.extend(known);
        read.extend(unknown);
        let gone = open.into_iter().filter(|id| read.iter().all(|one| one.id != *id));
        let gone = gone.filter_map(|id| Some((id.clone(), api_version(&id.resource_type())?)));
        let gone = gone.collect();
        let group = home.into_iter().next();
        Ok(Gathered { group, read, listed, told, gone, ..Gathered::default() })
    }

    /// Reads the groups of nodes that a cluster of the environment left behind: AKS copied its tags
    /// to them, and they say whose they are.
    async fn orphans(&self, gathered: &Gathered) -> Result<Vec<Found>, Error> {
        let owns = |one: &&Found| self.environment.owns(&one.id, &one.body);
        if gathered.read.iter().filter(owns).any(|one| one.id.is_type(Cluster::TYPE)) {
            return Ok(Vec::new());
        }
        let scope = ResourceId::subscription(&self.environment.subscription);
        let name = &self.environment.name;
        let listed = fetch::list_tagged(self.arm, &scope, "/resourcegroups", name).await?;
        let listed = listed.iter().filter(|group| self.environment.owned_nodes(group));
        let ids: Vec<ResourceId> = listed.filter_map(fetch::id_of).collect();
        let mut left = Vec::new();
        for group in get_all(self.arm, &ids).await? {
            let manager = group.body.get("managedBy").and_then(serde_json::Value::as_str);
            let Some(Ok(cluster)) = manager.map(ResourceId::parse) else { continue };
            if get_all(self.arm, &[cluster]).await?.is_empty() {
                left.push(group);
            }
        }
        Ok(left)
    }

    /// Reads the rights of every identity that works for the environment.
    async fn rights(&self, gathered: &mut Gathered) -> Result<(), Error> {
        let owned = gathered.read.iter();
        let owned: Vec<&Found> =
            owned.filter(|one| self.environment.owns(&one.id, &one.body)).collect();
        let clusters: Vec<&Found> =
            owned.iter().copied().filter(|one| one.id.is_type(Cluster::TYPE)).collect();
        let mut holders: Vec<Holder> = owned
            .iter()
            .filter(|one| one.id.is_type(Identity::TYPE))
            .filter_map(|one| Holder::of(&one.id, &one.body))
            .chain(clusters.iter().flat_map(|cluster| Holder::of_cluster(&cluster.body)))
            .chain(clusters.iter().flat_map(|cluster| Holder::of_nodes(&cluster.body)))
            .collect();
        let wished = self.wished().filter(|one| one.ownership == Ownership::Existing);
        let wished = wished.filter(|one| one.kind == Identity::TYPE).map(|one| one.id.clone());
        let group = gathered.group.iter();
        let remembered = group.flat_map(|one| identities_elsewhere(&one.id, &one.body));
        let mut others: BTreeSet<ResourceId> = wished.chain(remembered).collect();
        others.retain(|id| holders.iter().all(|holder| holder.identity != *id));
        let away = clusters.iter().flat_map(|cluster| expected_grants(&cluster.body, &[]));
        let subnets: BTreeSet<ResourceId> = away
            .filter_map(|id| id.parent())
            .filter(|id| id.is_type(Subnet::TYPE) && !self.environment.is_home(id))
            .collect();
        let ((identities, _), (subnets, _)) =
            try_join(get_open(self.arm, others), get_open(self.arm, subnets)).await?;
        holders.extend(identities.iter().filter_map(|one| Holder::of(&one.id, &one.body)));
        holders.sort();
        holders.dedup();
        let known = [&subnets[..], &subnets_of(gathered)].concat();
        let named = clusters.iter().flat_map(|cluster| expected_grants(&cluster.body, &known));
        let wished = self.wished().filter(|one| one.kind == RoleAssignment::TYPE);
        let bearers = gathered.read.iter().chain(&gathered.group);
        let left = ownership::pulls_of(self.environment, bearers);
        let named: BTreeSet<ResourceId> =
            named.chain(wished.map(|one| one.id.clone())).chain(left).collect();
        let mut scopes: BTreeSet<ResourceId> =
            named.iter().map(|id| ResourceId::subscription(id.subscription_id())).collect();
        scopes.insert(ResourceId::subscription(&self.environment.subscription));
        let named: Vec<ResourceId> = named.into_iter().collect();
        gathered.grants = grants::of_all(self.arm, &holders, &scopes, &named).await?;
        gathered.holders = holders;
        gathered.subnets = subnets;
        Ok(())
    }

    /// Reads what the environment may have made in networks of others.
    async fn beyond(&self, gathered: &mut Gathered) -> Result<(), Error> {
        let known: Vec<Found> = gathered.group.iter().chain(&gathered.read).cloned().collect();
        let mut candidates = peering_candidates(self.environment, &known);
        let wished = self.wished().filter(|one| one.ownership == Ownership::Named);
        let wished = wished.filter(|one| one.kind == Peering::TYPE).map(|one| one.id.clone());
        candidates.extend(wished.filter(|id| !self.environment.is_home(id)));
        (gathered.peerings, gathered.closed) = fetch::peerings(self.arm, candidates).await?;
        // What lies on something of ours goes with that.
        let whole = self.wished().filter(|one| one.is_told_by_the_profile());
        let whole = whole.filter(|one| !self.environment.is_home(&one.id));
        let whole = whole.map(|one| (one.id.clone(), one.api.clone())).collect();
        gathered.whole = fetch::get_spoken(self.arm, whole).await?;
        Ok(())
    }
}

/// Returns what holds data in groups of nodes, as far as these may be looked into.
pub async fn volumes(arm: &Arm, groups: &[ResourceId]) -> Result<Vec<Volume>, Error> {
    let lists = groups.iter().map(|group| async move {
        match fetch::contents(arm, group).await {
            Err(error) if error.status() == Some(403) => Ok(Vec::new()),
            other => other.map(Option::unwrap_or_default),
        }
    });
    Ok(plan::volumes::volumes(&try_join_all(lists).await?.concat()))
}

/// Returns the subnets of the networks that were read, as documents of their own.
fn subnets_of(gathered: &Gathered) -> Vec<Found> {
    let networks = gathered.read.iter();
    let networks = networks
        .filter_map(|one| Some((one, one.body.pointer("/properties/subnets")?.as_array()?)));
    networks
        .flat_map(|(one, subnets)| {
            subnets.iter().filter_map(|subnet| {
                let id = one.id.child("subnets", subnet.get("name")?.as_str()?);
                fetch::document(&id, subnet)
            })
        })
        .collect()
}
