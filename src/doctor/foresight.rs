//! What can be said of ranges and existing networks without another read: a plan has read them.
//!
//! [`foresee`] is pure; [`attached`] reads the little that it needs besides. It counts and checks as `network --live` and the look before the first write do, so that
//! a plan says beforehand what they would say.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::check;
use super::facts::{Facts, Read};
use super::finding::{Finding, Severity};
use super::gather;
use super::live::{self, Networks};
use super::needs::Needs;
use super::reading;
use super::writes::{Writes, cluster_of};
use crate::arm::client::Arm;
use crate::arm::id::ResourceId;
use crate::kind::{Kind, Subnet, VirtualNetwork};
use crate::profile::Surroundings;
use crate::profile::schema::Profile;

/// What a plan can say beforehand.
#[derive(Clone, Debug)]
pub struct Foresight {
    /// What stands around the profile.
    pub around: Surroundings,
    /// What Azure would refuse of a cluster or pool that is written.
    pub findings: Vec<Finding>,
}

/// Holds a profile whose ranges are settled against what a plan read, given by id.
pub fn foresee(
    profile: &Profile,
    subscription: &str,
    writes: &Writes,
    read: &BTreeMap<ResourceId, &Value>,
) -> Foresight {
    let needs = Needs::of(profile, subscription).only(writes.clone());
    let networks = networks(read);
    let (exits, attached) = gather::split(read.iter().map(|(id, body)| (id, *body)));
    let cluster = read.get(&needs.cluster).map(|body| reading::cluster(body));
    let around = live::around(profile, &needs, &networks, cluster.as_ref());
    let known = networks.into_iter().map(|(id, network)| (id, Read::Got(Some(network))));
    let facts = Facts {
        subscription_id: subscription.to_owned(),
        location: reading::region(&profile.metadata.location),
        is_of_profile: true,
        cluster: Read::Got(cluster),
        networks: known.collect(),
        attached,
        exits,
        ..Facts::default()
    };
    let mut findings = check::networks(&facts, profile, &needs);
    // A cluster that stays as it is fits: it stands.
    let is_written = writes.made.iter().chain(&writes.changed).any(|id| cluster_of(id).is_some());
    findings.retain(|found| is_written && found.severity == Severity::Error);
    findings.extend(check::standing(&facts, profile, &needs));
    Foresight { around, findings }
}

/// Returns what decides where traffic goes on the subnets that were read, and was not read itself.
pub async fn attached(
    arm: &Arm,
    profile: &Profile,
    subscription: &str,
    read: &BTreeMap<ResourceId, &Value>,
) -> BTreeMap<ResourceId, Value> {
    let needs = Needs::of(profile, subscription);
    let networks = networks(read);
    let mut ids = gather::on_subnets(&needs, networks.iter());
    ids.retain(|id| !read.contains_key(id));
    gather::attached(arm, ids).await
}

/// Returns the virtual networks that were read, and of others the subnets that were.
fn networks(read: &BTreeMap<ResourceId, &Value>) -> Networks {
    let of_type = |kind: &'static str| read.iter().filter(move |(id, _)| id.is_type(kind));
    let mut found: Networks = of_type(VirtualNetwork::TYPE)
        .map(|(id, body)| (id.clone(), reading::network(body)))
        .collect();
    for (id, body) in of_type(Subnet::TYPE) {
        let Some(parent) = id.parent().filter(|parent| !read.contains_key(parent)) else {
            continue;
        };
        let alone = reading::network(&json!({ "properties": { "subnets": [body] } }));
        found.entry(parent).or_default().subnets.extend(alone.subnets);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::built_in;
    use super::*;

    const NET: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/network/\
                       providers/Microsoft.Network/virtualNetworks/shared";

    fn foreseen(set: &[&str], read: &[(&str, Value)], is_made: bool) -> Vec<String> {
        let set: Vec<String> = set.iter().map(|set| (*set).to_owned()).collect();
        let profile = built_in("existing-vnet", &set);
        let subscription = "00000000-0000-0000-0000-000000000000";
        let cluster = Needs::of(&profile, subscription).cluster;
        let writes =
            Writes { made: is_made.then_some(cluster).into_iter().collect(), ..Writes::default() };
        let read = read.iter().map(|(id, body)| (ResourceId::parse(id).unwrap(), body)).collect();
        let foresight = foresee(&profile, subscription, &writes, &read);
        foresight.findings.into_iter().map(|found| found.fact).collect()
    }

    fn subnet(range: &str) -> Value {
        json!({ "name": "aks", "properties": { "addressPrefix": range } })
    }

    #[test]
    fn a_subnet_that_was_read_without_its_network_is_counted() {
        let id = format!("{NET}/subnets/aks");
        let read = [(id.as_str(), subnet("10.40.1.0/29"))];
        let said = foreseen(&["pools[0].count=4"], &read, true);
        assert!(said[0].contains("the subnet `nodes` 10.40.1.0/29 must hold"), "{said:?}");
        assert_eq!(foreseen(&["pools[0].count=4"], &read, false), [""; 0]);
    }

    #[test]
    fn ranges_are_held_against_the_network_and_its_peers() {
        let remote = json!({ "name": "p", "properties": {
            "peeringState": "Connected",
            "remoteVirtualNetwork": { "id": format!("{NET}-else") },
            "remoteAddressSpace": { "addressPrefixes": ["10.244.8.0/24"] } } });
        let body = json!({ "location": "westeurope", "properties": {
            "addressSpace": { "addressPrefixes": ["10.40.0.0/16"] },
            "subnets": [subnet("10.40.1.0/24")], "virtualNetworkPeerings": [remote] } });
        let said = foreseen(&[], &[(NET, body)], true);
        assert_eq!(
            said,
            ["pods 10.244.0.0/16 overlaps network `shared-else` in Azure 10.244.8.0/24."]
        );
    }
}
