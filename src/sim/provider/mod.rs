//! How each type behaves: one file a type, found by name in one table.
//!
//! A provider fills in defaults, refuses, starts operations and brings about what they end in. The
//! table is the whole list of what the embedded Azure knows.

mod agent_pool;
mod beside;
mod beyond;
pub(crate) mod catalog;
pub(crate) mod cluster;
mod federated;
mod form;
mod group;
mod held;
mod identity;
mod ip_prefix;
pub(crate) mod lock;
mod nat_gateway;
mod network;
mod nrp;
mod peering;
pub(crate) mod policy;
mod public_ip;
mod range;
pub(crate) mod registration;
pub(crate) mod role_assignment;
pub(crate) mod role_definition;
mod route_table;
mod security_group;
mod subnet;

use serde_json::Value;

use crate::arm::id::ResourceId;

use super::body;
use super::clock::Millis;
use super::dispatch::Asked;
use super::error::{Refusal, no_resource};
use super::ops::{Operation, Verb, Verdict, set_state};
use super::world::{Entry, World};

/// The type of a resource group.
pub(crate) const GROUP: &str = "Microsoft.Resources/resourceGroups";

/// What a provider answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// The body, if any.
    pub(crate) body: Option<Value>,
    /// Headers beside those of every answer.
    pub(crate) headers: Vec<(String, String)>,
    /// Simulated milliseconds the request takes.
    pub(crate) wait: Millis,
    /// The operation it started.
    pub(crate) operation: Option<String>,
    /// Whether the world is as it was, though the method was not a reading one.
    pub(crate) unchanged: bool,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, body: None, headers: Vec::new(), wait: 0, operation: None, unchanged: false }
    }

    /// A `200` with a body.
    pub(crate) fn ok(body: Value) -> Self {
        Self { body: Some(body), ..Self::status(200) }
    }

    /// A refusal as an answer.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self {
            body: Some(refusal.body()),
            headers: refusal.headers(),
            unchanged: true,
            ..Self::status(refusal.status)
        }
    }

    /// Adds a header.
    pub(crate) fn header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Says how long the request takes.
    pub(crate) fn taking(mut self, wait: Millis) -> Self {
        self.wait = wait;
        self
    }

    /// Says that nothing was changed.
    pub(crate) fn reading(mut self) -> Self {
        self.unchanged = true;
        self
    }
}

/// A PUT that has passed ARM's front end.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    /// The call.
    pub(crate) asked: &'a Asked,
    /// The resource, its type spelt as Azure spells it.
    pub(crate) id: &'a ResourceId,
    /// The body without its nulls.
    pub(crate) body: Value,
    /// What is stored.
    pub(crate) existing: Option<Value>,
    /// The region asked for, else the group's.
    pub(crate) location: String,
}

impl Put<'_> {
    /// `201` for something new, `200` for a change.
    pub(crate) fn status(&self) -> u16 {
        if self.existing.is_some() { 200 } else { 201 }
    }
}

/// How a type behaves.
pub(crate) trait Provider: Sync {
    /// The type as Azure spells it in ids.
    fn kind(&self) -> &'static str;

    /// Whether the type needs a `location`.
    fn tracked(&self) -> bool {
        !is_child(self.kind())
    }

    /// Whether a resource of this type exists without having been made.
    fn always(&self, _world: &World, _id: &ResourceId) -> bool {
        false
    }

    /// Answers a GET of a resource that exists.
    fn get(&self, world: &World, _asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal> {
        let Some(entry) = world.get(id.as_str()) else { return Err(self.absent(world, id)) };
        Ok(Answer::ok(self.show(world, entry)))
    }

    /// Answers a list in a scope, where the type lists itself in its own way.
    fn list(&self, _: &World, _: &Asked, _scope: &str) -> Option<Result<Answer, Refusal>> {
        None
    }

    /// Answers a PUT.
    fn put(&self, world: &mut World, put: &Put<'_>) -> Result<Answer, Refusal>;

    /// Answers a PATCH: as a rule it changes tags and nothing else.
    fn patch(
        &self,
        world: &mut World,
        _asked: &Asked,
        id: &ResourceId,
        patch: Value,
    ) -> Result<Answer, Refusal> {
        if let Some(tags) = patch.get("tags") {
            world.edit(id.as_str(), |stored| body::set(stored, "/tags", tags.clone()));
        }
        let shown = world.get(id.as_str()).map(|entry| self.show(world, entry));
        Ok(Answer::ok(shown.unwrap_or_default()))
    }

    /// Answers a DELETE of a resource that exists.
    fn delete(&self, world: &mut World, asked: &Asked, id: &ResourceId) -> Result<Answer, Refusal>;

    /// Answers a POST.
    fn act(
        &self,
        _world: &mut World,
        asked: &Asked,
        _id: &ResourceId,
        verb: &str,
    ) -> Result<Answer, Refusal> {
        Err(catalog::unknown_type(&format!("{}/{verb}", self.kind()), &asked.api))
    }

    /// What a GET shows of a stored resource.
    fn show(&self, _world: &World, entry: &Entry) -> Value {
        entry.body()
    }

    /// Leaves out of what is shown what an api-version does not know.
    fn as_of(&self, shown: Value, _api: &str) -> Value {
        shown
    }

    /// What a GET of a resource that is not there answers.
    fn absent(&self, _world: &World, id: &ResourceId) -> Refusal {
        no_resource(self.kind(), id.name(), id.group_name().unwrap_or_default())
    }

    /// Brings about what an operation ends in.
    fn settle(&self, world: &mut World, operation: &Operation) {
        settle_plainly(world, operation);
    }
}

/// The end of an operation without further effects.
pub(crate) fn settle_plainly(world: &mut World, operation: &Operation) {
    match (&operation.verb, &operation.verdict) {
        (Verb::Delete, Verdict::Succeeded) => world.remove(&operation.target),
        (_, Verdict::Succeeded) => set_state(world, &operation.target, "Succeeded"),
        (_, Verdict::Failed { .. }) => set_state(world, &operation.target, "Failed"),
        (_, Verdict::Canceled) => set_state(world, &operation.target, "Canceled"),
    }
}

static NATURES: &[&dyn Provider] = &[
    &group::ResourceGroup,
    &network::VirtualNetwork,
    &subnet::Subnet,
    &peering::Peering,
    &route_table::RouteTable,
    &route_table::Route,
    &security_group::SecurityGroup,
    &security_group::SecurityRule,
    &public_ip::PublicIp,
    &ip_prefix::Prefix,
    &nat_gateway::NatGateway,
    &identity::Identity,
    &federated::Credential,
    &role_assignment::RoleAssignment,
    &role_definition::RoleDefinition,
    &cluster::Cluster,
    &agent_pool::AgentPool,
    &lock::Lock,
    &beyond::Workspace,
    &beyond::Registry,
    &policy::Definition,
    &policy::Assignment,
    &beside::OF_CLUSTER,
    &beside::OF_POOL,
    &beside::AccessProfile,
    &beside::Maintenance,
    &held::SCALE_SET,
    &held::LOAD_BALANCER,
];

/// Finds the provider of a type.
pub(crate) fn of(kind: &str) -> Option<&'static dyn Provider> {
    NATURES.iter().copied().find(|provider| provider.kind().eq_ignore_ascii_case(kind))
}

/// Whether a type's resources lie in another resource: `virtualNetworks/subnets`.
pub(crate) fn is_child(kind: &str) -> bool {
    kind.matches('/').count() > 1
}

/// What a GET shows of a stored resource in an api-version.
pub(crate) fn show(world: &World, entry: &Entry, api: &str) -> Value {
    match of(&entry.kind) {
        Some(provider) => provider.as_of(provider.show(world, entry), api),
        None => entry.body(),
    }
}

/// Takes away what must not be kept of a body that was stored by an older version.
pub(crate) fn without_secrets(kind: &str, text: Box<str>) -> Box<str> {
    if !kind.eq_ignore_ascii_case(cluster::KIND) || !cluster::defaults::may_hold_secrets(&text) {
        return text;
    }
    let Ok(mut body) = serde_json::from_str(&text) else { return text };
    cluster::defaults::without_secrets(&mut body);
    body.to_string().into_boxed_str()
}

/// Brings about what an operation ends in.
pub(crate) fn settle(world: &mut World, operation: &Operation) {
    let kind = ResourceId::parse(&operation.target).map(|id| id.resource_type());
    match kind.ok().and_then(|kind| of(&kind)) {
        Some(provider) => provider.settle(world, operation),
        None => settle_plainly(world, operation),
    }
}

/// Removes a group and what lies in it, and what other groups say of that.
pub(crate) fn forget_group(world: &mut World, group: &str) {
    let children: Vec<String> = world
        .under(group)
        .filter(|entry| entry.is(subnet::KIND) || entry.is(peering::KIND))
        .map(|entry| entry.id.clone())
        .collect();
    for id in children {
        subnet::let_go(world, &id);
        peering::part(world, &id);
    }
    world.remove(group);
}

/// Spells an id as Azure does: the words of the path and the type, not the names.
pub(crate) fn spell(id: &ResourceId, provider: &dyn Provider) -> ResourceId {
    spell_as(id, provider.kind())
}

/// Spells an id as Azure does, its type found by itself.
pub(crate) fn respell(id: &ResourceId) -> ResourceId {
    let kind = id.resource_type();
    match of(&kind) {
        Some(provider) => spell_as(id, provider.kind()),
        None => spell_as(id, &kind),
    }
}

fn spell_as(id: &ResourceId, kind: &str) -> ResourceId {
    let group = |name: &str| ResourceId::resource_group(id.subscription_id(), name);
    let Some(scope) = id.scope() else {
        return id.group_name().map_or_else(|| id.clone(), group);
    };
    let mut spelt = format!("{}/providers", respell(&scope));
    let mut words = kind.split('/');
    spelt.push('/');
    spelt.push_str(words.next().unwrap_or_default());
    for (word, name) in words.zip(id.names()) {
        spelt.push('/');
        spelt.push_str(word);
        spelt.push('/');
        spelt.push_str(name);
    }
    ResourceId::parse(&spelt).unwrap_or_else(|_| id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_spelt_as_azure_spells_them() {
        let asked = "/subscriptions/s/RESOURCEGROUPS/G/providers/microsoft.network/virtualnetworks/V/SUBNETS/n/providers/microsoft.authorization/roleassignments/x";
        let spelt = respell(&ResourceId::parse(asked).unwrap());
        assert_eq!(
            spelt.as_str(),
            "/subscriptions/s/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V/subnets/n/providers/Microsoft.Authorization/roleAssignments/x"
        );
    }

    #[test]
    fn every_nature_is_in_the_catalog() {
        for provider in NATURES {
            assert!(catalog::versions(provider.kind()).is_some(), "{}", provider.kind());
        }
    }
}
