//! What stands and does not do what the profile says: traffic, power, peerings, room that is left.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::attached::{Attached, Route, Rule};
use super::*;

const NET: &str = "/subscriptions/s/resourceGroups/network/providers/Microsoft.Network";

fn id(path: &str) -> ResourceId {
    ResourceId::parse(&format!("{NET}/{path}")).unwrap()
}

/// The network of others, with a table and a group on its subnet.
fn network() -> NetworkFacts {
    NetworkFacts {
        location: "westeurope".into(),
        ranges: vec!["10.0.0.0/16".parse().unwrap()],
        subnets: vec![SubnetFacts {
            name: "aks".into(),
            ranges: vec!["10.0.4.0/24".parse().unwrap()],
            route_table: Some(id("routeTables/rt").to_string()),
            security_group: Some(id("networkSecurityGroups/nsg").to_string()),
            ..SubnetFacts::default()
        }],
        ..NetworkFacts::default()
    }
}

fn subnets(set: &[&str], network: &NetworkFacts, attached: &Attached) -> Vec<String> {
    let own = [
        "network.vnet.id=/subscriptions/s/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared",
        "network.subnets.nodes.id=/subscriptions/s/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared/subnets/aks",
    ];
    says("existing-vnet", &[&own[..], set].concat(), Area::Network, |facts| {
        let shared = (id("virtualNetworks/shared"), Read::Got(Some(network.clone())));
        facts.networks = BTreeMap::from([shared]);
        let both = ["routeTables/rt", "networkSecurityGroups/nsg"];
        facts.attached = both.iter().map(|at| (id(at), attached.clone())).collect();
    })
}

fn to(next_hop: &str) -> Attached {
    let address = (next_hop == "VirtualAppliance").then(|| "10.9.0.4".to_owned());
    let (name, prefix) = ("out".to_owned(), "0.0.0.0/0".to_owned());
    let route = Route { name, prefix, next_hop: next_hop.to_owned(), address };
    Attached { routes: vec![route], ..Attached::default() }
}

const ROUTED: &str = "network.outbound.type=userDefinedRouting";

#[test]
fn the_way_that_traffic_takes_is_held_against_the_one_that_is_written() {
    let firewall = to("VirtualAppliance");
    let by_table = "warning: Traffic still leaves subnet `aks` by route table `rt`: 0.0.0.0/0 goes to 10.9.0.4.";
    assert_eq!(subnets(&[], &network(), &firewall), [by_table]);
    assert_eq!(subnets(&[ROUTED], &network(), &firewall), [""; 0]);
    assert_eq!(subnets(&[], &network(), &Attached::default()), [""; 0], "no route for everything");
    assert_eq!(subnets(&[], &network(), &to("Internet")), [""; 0], "Azure's own way");

    let mut natted = network();
    natted.subnets[0].nat_gateway = Some(id("natGateways/n").to_string());
    let said = subnets(&[], &natted, &Attached::default());
    assert_eq!(said, ["warning: Traffic still leaves subnet `aks` by NAT gateway `n`."]);
    let gateway = ["network.outbound.type=userAssignedNATGateway"];
    assert_eq!(subnets(&gateway, &natted, &firewall), [by_table], "the route comes first");
    assert_eq!(subnets(&gateway, &natted, &Attached::default()), [""; 0]);
}

#[test]
fn a_table_that_leads_nowhere_is_no_way_out() {
    for (attached, said) in [
        (Attached::default(), "has no route for 0.0.0.0/0."),
        (to("Internet"), "sends 0.0.0.0/0 to `Internet`."),
        (to("None"), "drops what goes to 0.0.0.0/0: its next hop is `None`."),
    ] {
        let expected = format!("error: Route table `rt` of subnet `aks` {said}");
        assert_eq!(subnets(&[ROUTED], &network(), &attached), [expected]);
    }
    assert_eq!(subnets(&[ROUTED], &network(), &to("VirtualNetworkGateway")), [""; 0]);
    let said = subnets(&[], &network(), &to("None"));
    assert!(said[0].contains("drops what goes to 0.0.0.0/0"), "a load balancer, too: {said:?}");
    let mut natted = network();
    natted.subnets[0].nat_gateway = Some(id("natGateways/n").to_string());
    assert_eq!(subnets(&[ROUTED], &natted, &Attached::default()), [""; 0], "it leaves by that");
}

#[test]
fn a_rule_that_denies_pods_is_named_where_pods_have_a_range_of_their_own() {
    let rule = |priority, allows, range: &str| Rule {
        name: if allows { "net" } else { "deny-rest" }.to_owned(),
        priority,
        is_inbound: true,
        allows,
        is_whole: true,
        sources: vec![range.to_owned()],
        destinations: vec![range.to_owned()],
    };
    let rules = vec![rule(3000, true, "10.0.0.0/16"), rule(4000, false, "*")];
    let group = Attached { rules, ..Attached::default() };
    let said = subnets(&[], &network(), &group);
    assert_eq!(
        said,
        ["warning: Rule `deny-rest` of security group `nsg` on subnet `aks` denies traffic from \
          pods to pods (10.244.0.0/16 to 10.244.0.0/16)."]
    );
    let node_subnet = ["network.mode=node-subnet"];
    assert_eq!(subnets(&node_subnet, &network(), &group), [""; 0], "pods are of the network");
}

/// Returns what the look before a write says of a standing `kubenet` whose resources of these types
/// are changed.
fn before(set: &[&str], changed: &[&str], change: impl Fn(&mut Facts)) -> Vec<Finding> {
    let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
    let profile = built_in("kubenet", &set);
    let needs = Needs::of(&profile, "s");
    let ids = needs.graph.iter().map(|(_, resource)| resource.id.clone());
    let is_changed =
        |id: &ResourceId| changed.iter().any(|kind| id.resource_type().ends_with(kind));
    let changed: BTreeSet<ResourceId> = ids.filter(is_changed).collect();
    let mut facts = well(&needs);
    let system = PoolFacts {
        name: "system".into(),
        size: "Standard_D2s_v5".into(),
        nodes: 2,
        most: 2,
        ..PoolFacts::default()
    };
    let standing = ClusterFacts {
        place: Located { environment: Some("demo".into()), ..Located::default() },
        pools: vec![system],
        made_addresses: 1,
        ..ClusterFacts::default()
    };
    facts.cluster = Read::Got(Some(standing));
    change(&mut facts);
    let needs = needs.only(Writes { changed, ..Writes::default() });
    let found = check(&facts, Some(&profile), Some(&needs));
    found.into_iter().filter(|found| found.severity == Severity::Error).collect()
}

fn facts(found: &[Finding]) -> Vec<&str> {
    found.iter().map(|found| found.fact.as_str()).collect()
}

#[test]
fn growth_is_counted_against_the_quota_as_a_creation_is() {
    let full = |facts: &mut Facts| facts.compute = Read::Got(vec![usage("cores", 4, 8)]);
    let found = before(&["pools[0].count=5"], &["agentPools"], full);
    assert_eq!(facts(&found), ["cores: 4 of 8 are left, and 6 are needed for the nodes."]);
    let label = before(&["pools[0].labels={ a: b }"], &["agentPools"], |facts| {
        facts.compute = Read::Got(vec![usage("cores", 8, 8)]);
    });
    assert_eq!(facts(&label), [""; 0], "a label takes no core");
}

#[test]
fn addresses_beyond_those_that_stand_are_counted() {
    let none =
        |facts: &mut Facts| facts.network = Read::Got(vec![usage("PublicIPAddresses", 9, 10)]);
    let more = ["network.outbound={ type: loadBalancer, managedIPs: 3 }"];
    let found = before(&more, &["managedClusters"], none);
    assert_eq!(facts(&found), ["PublicIPAddresses: 1 of 10 are left, and 2 are needed."]);
    assert_eq!(facts(&before(&[], &["managedClusters"], none)), [""; 0]);
}

#[test]
fn a_stopped_cluster_takes_no_change_and_says_how_it_is_started() {
    let stop = |facts: &mut Facts| {
        if let Read::Got(Some(cluster)) = &mut facts.cluster {
            cluster.is_stopped = true;
        }
    };
    for changed in ["managedClusters", "agentPools"] {
        let found = before(&[], &[changed], stop);
        assert_eq!(facts(&found), ["Cluster `demo` is stopped."], "{changed}");
        assert_eq!(found[0].command.as_deref(), Some("akstool start PROFILE"));
    }
    assert_eq!(facts(&before(&[], &["routeTables"], stop)), [""; 0], "it is no matter of AKS");
}

#[test]
fn a_peering_that_azure_would_refuse_is_known_by_what_stands_on_the_other_side() {
    let hub = "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub";
    let set =
        [&format!("network.peerings[0].vnet.id={hub}"), "network.peerings[0].bothDirections=false"];
    let with = |name: &str, state: &str| {
        let (name, state) = (name.to_owned(), state.to_owned());
        says("hub-spoke", &set, Area::Network, |facts| {
            let profile = built_in("hub-spoke", &set.map(str::to_owned));
            let needs = Needs::of(&profile, "s");
            let own = needs.own_networks().into_iter().next().unwrap();
            let peer = PeerFacts {
                name: name.clone(),
                remote: own.to_string(),
                state: state.clone(),
                ..PeerFacts::default()
            };
            let network = NetworkFacts {
                location: "westeurope".into(),
                peers: vec![peer],
                ..NetworkFacts::default()
            };
            facts.networks =
                BTreeMap::from([(ResourceId::parse(hub).unwrap(), Read::Got(Some(network)))]);
        })
    };
    let said = with("old", "Disconnected");
    assert!(
        said.contains(&"error: Peering `old` of network `hub` is disconnected.".to_owned()),
        "{said:?}"
    );
    let said = with("old", "Initiated");
    assert!(!said.iter().any(|said| said.starts_with("error")), "{said:?}");
}
