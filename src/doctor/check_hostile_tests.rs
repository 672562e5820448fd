//! Names that a shell would act on, in every command that doctor prints.

use std::collections::BTreeMap;

use super::super::bearing;
use super::*;
use crate::doctor::writes::Writes;

/// What a name in Azure may be at its worst, and a blank of ours at its end.
const HOSTILE: &str = "Don't $(touch /tmp/x) \"`id`\" ;& rg(x) \\ PROFILE";

/// What an id may hold at its worst.
const NAME: &str = "rg($(id)`id`;&|*~{a,b}!)";

fn id(path: &str) -> ResourceId {
    ResourceId::parse(&format!("/subscriptions/s/resourceGroups/{NAME}{path}")).unwrap()
}

/// Checks that every command is a line whose words hold such a name whole; returns how many do.
fn whole(found: &[Finding]) -> usize {
    let commands = found.iter().filter_map(|found| found.command.as_deref());
    let hostile = commands.filter(|command| command.contains("id`"));
    let each = hostile.map(|command| {
        let words = shlex::split(command).unwrap_or_else(|| panic!("no line: {command}"));
        let acts = |word: &&String| word.contains("id`") || word.contains("touch");
        for word in words.iter().filter(acts) {
            assert!(word.contains(HOSTILE) || word.contains(NAME), "{word} in {command}");
        }
    });
    each.count()
}

#[test]
fn a_lock_is_one_word_whatever_its_name_and_scope_are() {
    let lock =
        |scope: String| Lock { name: HOSTILE.into(), level: "ReadOnly".into(), scope, notes: None };
    let group = format!("/subscriptions/s/resourceGroups/{NAME}");
    let writes = Writes { changed: [id("")].into(), ..Writes::default() };
    assert_eq!(whole(&bearing(&[lock(group)], &BTreeMap::new(), &writes)), 1);
    let above = |facts: &mut Facts| facts.locks = Read::Got(vec![lock("/subscriptions/s".into())]);
    assert_eq!(whole(&look("kubenet", &[], above)), 1);
    let mut facts = Facts { subscription_id: "s".into(), ..Facts::default() };
    above(&mut facts);
    assert_eq!(whole(&check(&facts, None, None)), 1);
}

#[test]
fn a_policy_is_one_word_whatever_it_is_called() {
    let policy = Policy {
        title: HOSTILE.into(),
        name: HOSTILE.into(),
        scope: id("").to_string(),
        ..denying()
    };
    let found = look("kubenet", &[], |facts| facts.policies = Read::Got(vec![policy.clone()]));
    assert_eq!(whole(&found), 1, "{found:#?}");
}

#[test]
fn what_a_region_offers_is_one_word() {
    let set = ["cluster.version=1.12", "pools[system].vmSize=Standard_D2_v9"];
    let found = look("kubenet", &set, |facts| {
        facts.location = "nowhere".into();
        facts.sizes = Read::Got(vec![size(HOSTILE, 4, "f")]);
        facts.versions = Read::Got(vec![Offered { minor: HOSTILE.into(), ..Offered::default() }]);
    });
    assert_eq!(whole(&found), 2, "a version and a size: {found:#?}");
    let types = vec![ProviderType {
        name: "managedClusters".into(),
        locations: vec![HOSTILE.into()],
        api_versions: vec![HOSTILE.into()],
    }];
    let provider = Provider { state: "NotRegistered".into(), types };
    let found = look("kubenet", &[], |facts| {
        facts.location = format!("{HOSTILE}x");
        facts.providers = BTreeMap::from([
            ("Microsoft.ContainerService".into(), Read::Got(provider.clone())),
            (HOSTILE.into(), Read::Got(provider.clone())),
        ]);
    });
    assert_eq!(whole(&found), 3, "no such region, not registered, no such version: {found:#?}");
}

#[test]
fn who_asks_and_what_is_short_are_one_word() {
    let found = look("kubenet", &[], |facts| {
        let who = Who { name: HOSTILE.into(), ..Who::default() };
        facts.who = Some(who);
        facts.rights.values_mut().for_each(|read| *read = Read::Got(Vec::new()));
    });
    assert!(whole(&found) > 3, "{found:#?}");
    let found = look("kubenet", &[], |facts| {
        facts.location = HOSTILE.into();
        facts.compute = Read::Got(vec![usage("cores", 100, 100)]);
    });
    assert!(whole(&found) > 0, "{found:#?}");
}

#[test]
fn a_network_is_one_word_whatever_it_and_its_parts_are_called() {
    let network = id("/providers/Microsoft.Network/virtualNetworks/v");
    let subnet = network.child("subnets", "a");
    let named = format!("network.subnets.nodes={{ id: \"{subnet}\" }}");
    let home = format!("network.vnet={{ id: \"{network}\" }}");
    let set = [&home, named.as_str(), "network.outbound.type=userAssignedNATGateway"];
    let peer =
        PeerFacts { name: HOSTILE.into(), state: "Initiated".into(), ..PeerFacts::default() };
    let facts_of = NetworkFacts {
        location: HOSTILE.into(),
        ranges: vec!["10.0.0.0/16".parse().unwrap()],
        subnets: vec![SubnetFacts {
            name: "a".into(),
            ranges: vec!["10.0.4.0/24".parse().unwrap()],
            delegations: vec![HOSTILE.into()],
            ..SubnetFacts::default()
        }],
        peers: vec![peer],
        environment: None,
    };
    let with = |read: Option<NetworkFacts>| {
        let network = network.clone();
        move |facts: &mut Facts| {
            facts.networks = BTreeMap::from([(network.clone(), Read::Got(read.clone()))]);
        }
    };
    let found = look("existing-vnet", &set, with(Some(facts_of)));
    assert!(whole(&found) > 3, "region, peering, delegation, way out: {found:#?}");
    let found = look("existing-vnet", &set, with(None));
    assert_eq!(whole(&found), 2, "the network and its subnet are made anew: {found:#?}");
}
