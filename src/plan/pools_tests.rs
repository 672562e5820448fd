//! Pools that need each other, against a cluster that is written down here.

use serde_json::json;

use super::*;
use crate::compose::link;
use crate::kind::Resource;
use crate::plan::Observation;

fn cluster() -> ResourceId {
    ResourceId::resource_group("s", "g").resource(Cluster::TYPE, "c")
}

/// Pools as name, mode and the network of their subnet.
type Pools<'a> = &'a [(&'a str, &'a str, &'a str)];

fn subnet(network: &str) -> ResourceId {
    ResourceId::resource_group("s", "net")
        .resource(VirtualNetwork::TYPE, network)
        .child("subnets", "a")
}

fn desired(pools: Pools<'_>) -> Graph<Resource> {
    let one = |(name, mode, network): &(&str, &str, &str)| {
        let id = cluster().child("agentPools", name);
        let mut pool = Resource::existing::<AgentPool>(id);
        pool.body.set("properties.mode", json!(mode));
        pool.body.set("properties.vnetSubnetID", json!(subnet(network)));
        pool
    };
    link(pools.iter().map(one).collect())
}

fn observed(pools: Pools<'_>) -> Observed {
    let list: Vec<Value> = pools
        .iter()
        .map(|(name, mode, network)| {
            json!({ "name": name, "mode": mode, "vnetSubnetID": subnet(network) })
        })
        .collect();
    let mut observed = Observed::default();
    let body = json!({ "properties": { "agentPoolProfiles": list } });
    observed.resources.insert(cluster(), Observation::Present(body));
    for (name, ..) in pools {
        let id = cluster().child("agentPools", name);
        observed.resources.insert(id, Observation::Present(json!({ "properties": {} })));
    }
    observed
}

#[test]
fn the_only_system_pool_is_never_let_go() {
    let is_last = |wish: Pools<'_>, stand: Pools<'_>, pool: &str| {
        is_last_system_pool(&cluster().child("agentPools", pool), &desired(wish), &observed(stand))
    };
    let (one, user) = (("one", "System", "v"), ("work", "User", "v"));
    let two = ("two", "System", "v");
    assert!(is_last(&[one, user], &[one, user], "one"));
    assert!(!is_last(&[one, user], &[one, user], "work"));
    assert!(!is_last(&[one, two], &[one, two], "one"), "the other stands");
    assert!(!is_last(&[one, two], &[one], "one"), "the other is made first");
    assert!(!is_last(&[one], &[one, two], "one"), "what is not named stays until all is done");
    let turned = ("two", "User", "v");
    assert!(is_last(&[one, turned], &[one, two], "one"), "the other is turned away");
}

#[test]
fn pools_move_to_another_network_with_their_cluster_alone() {
    let (here, there) = ("v", "w");
    let pool = |network| [("one", "System", network)];
    let found = moves(&cluster(), &desired(&pool(there)), &observed(&pool(here))).unwrap();
    assert_eq!((found.from.name(), found.to.name()), (here, there));
    assert_eq!(moves(&cluster(), &desired(&pool(here)), &observed(&pool(here))), None);
    assert_eq!(moves(&cluster(), &desired(&pool(there)), &Observed::default()), None);
}
