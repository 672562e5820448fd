//! How each type behaves: one file a type, found by name in one table.
//!
//! A provider fills in defaults, refuses, starts operations and brings about what they end in. The
//! table is the whole list of what the embedded Azure knows.

mod agent_pool;
mod bastion;
mod behaviour;
mod beside;
mod beyond;
pub(crate) mod catalog;
pub(crate) mod cluster;
mod collection;
mod defined;
mod federated;
mod form;
mod generic;
mod group;
mod held;
mod identity;
mod ip_prefix;
pub(crate) mod lock;
mod nat_gateway;
mod network;
mod nrp;
mod parts;
mod peering;
pub(crate) mod policy;
mod private_dns;
mod private_endpoint;
mod public_ip;
mod range;
pub(crate) mod registration;
pub(crate) mod registry;
pub(crate) mod role_assignment;
pub(crate) mod role_definition;
mod route_table;
mod security_group;
mod security_rule;
mod subnet;
mod taken;
pub(crate) mod workspace;

use serde_json::Value;

use crate::arm::id::ResourceId;
use crate::json;

use super::clock::Millis;
use super::operation::Operation;
use super::world::{Entry, Registration, World};

pub(crate) use super::answer::Answer;
use behaviour::settle_plainly;
pub(crate) use behaviour::{GROUP, Provider, Put, is_child};

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
    &bastion::Bastion,
    &private_dns::Zone,
    &private_dns::Link,
    &private_dns::Addresses,
    &private_endpoint::Endpoint,
    &private_endpoint::ZoneGroup,
    &identity::Identity,
    &federated::Credential,
    &role_assignment::RoleAssignment,
    &role_definition::RoleDefinition,
    &cluster::Cluster,
    &agent_pool::AgentPool,
    &lock::Lock,
    &workspace::Workspace,
    &workspace::Deleted,
    &collection::Account,
    &collection::Endpoint,
    &collection::Rule,
    &collection::Links,
    &collection::Link,
    &registry::Registry,
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
    let own = NATURES.iter().copied().find(|provider| provider.kind().eq_ignore_ascii_case(kind));
    own.or_else(|| generic::of(kind).map(|provider| provider as &dyn Provider))
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
    let Ok(mut body) = json::read(text.as_bytes()) else { return text };
    cluster::defaults::without_secrets(&mut body);
    body.to_string().into_boxed_str()
}

/// Brings about what an operation ends in.
fn settle(world: &mut World, operation: &Operation) {
    let kind = ResourceId::parse(&operation.target).map(|id| id.resource_type());
    match kind.ok().and_then(|kind| of(&kind)) {
        Some(provider) => provider.settle(world, operation),
        None => settle_plainly(world, operation),
    }
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

/// Lives the world up to `time`: everything that ends by then takes effect, in order.
pub(crate) fn live(world: &mut World, time: Millis) -> bool {
    let mut moved = false;
    while let Some(operation) = world.take_due(time) {
        settle(world, &operation);
        moved = true;
    }
    let pending =
        world.registration.iter().filter(|(_, one)| one.is_pending() && one.until <= time);
    for namespace in pending.map(|(namespace, _)| namespace.clone()).collect::<Vec<_>>() {
        let registered = Registration { state: "Registered".to_owned(), until: 0 };
        world.registration.set(&namespace, Some(registered));
        moved = true;
    }
    world.now = world.now.max(time);
    moved
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
            let kind = provider.kind();
            // Of some namespaces all types are taken, in any version.
            let known = catalog::versions(kind).is_some() || taken::spelt(kind).is_some();
            assert!(known, "{kind}");
        }
    }
}
