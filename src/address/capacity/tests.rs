//! The numbers of AKS's documentation, by name, and the laws of headroom.

use proptest::prelude::*;

use super::*;
use crate::address::demand::Surge;
use crate::address::free::DEFAULT_POD_RANGE;

fn range(text: &str) -> Range {
    Range::parse(text).expect(text)
}

fn pool(name: &str, nodes: u32, max_pods: u32, surge: Surge) -> PlacedPool {
    PlacedPool {
        demand: PoolDemand { name: name.into(), nodes, max_nodes: None, max_pods, surge },
        node_subnet: Some(0),
        pod_subnet: Some(1),
    }
}

fn layout(model: Model, nodes: &str, pools: Vec<PlacedPool>) -> Layout {
    let subnet =
        |name: &str, text: &str| Subnet { name: name.into(), range: range(text), others: 0 };
    Layout {
        model,
        tier: Tier::Standard,
        azure_policy: false,
        subnets: vec![subnet("nodes", nodes), subnet("pods", "10.240.0.0/16")],
        pod_range: Some(DEFAULT_POD_RANGE),
        pools,
    }
}

fn single(model: Model, nodes: &str, max_pods: u32) -> Layout {
    layout(model, nodes, vec![pool("system", 1, max_pods, Surge::Nodes(1))])
}

fn reach(layout: &Layout, room: Room) -> (u64, String) {
    let headroom = layout.headroom(room);
    (headroom.nodes, headroom.binds.map(|limit| limit.to_string()).unwrap_or_default())
}

#[test]
fn a_slash_24_holds_251_nodes_and_27610_pods() {
    let kubenet = single(Model::Kubenet, "10.10.1.0/24", 110);
    let (nodes, binds) = reach(&kubenet, Room::Bare);
    assert_eq!((nodes, binds.as_str()), (251, "the subnet `nodes` 10.10.1.0/24"));
    assert_eq!(Demand::of(Model::Kubenet, nodes, 110).pods, 27_610);
}

#[test]
fn a_slash_24_with_30_pods_holds_8_nodes_and_7_with_one_for_the_upgrade() {
    let flat = single(Model::NodeSubnet, "10.10.1.0/24", 30);
    assert_eq!(reach(&flat, Room::Bare).0, 8);
    assert_eq!(Demand::of(Model::NodeSubnet, 8, 30).pods, 240);
    assert_eq!(reach(&flat, Room::ForUpgrade).0, 7);
}

#[test]
fn default_pod_cidr_binds_at_256_before_400_routes() {
    let kubenet = single(Model::Kubenet, "10.10.0.0/16", 110);
    let expected = (256, "the pod range 10.244.0.0/16".to_owned());
    assert_eq!(reach(&kubenet, Room::Bare), expected);
    assert_eq!(reach(&kubenet, Room::ForUpgrade).0, 255);
}

#[test]
fn a_wider_pod_cidr_binds_at_400_routes() {
    let mut kubenet = single(Model::Kubenet, "10.10.0.0/16", 110);
    kubenet.pod_range = Some(range("10.128.0.0/9"));
    assert_eq!(reach(&kubenet, Room::Bare), (400, "the 400 routes of a route table".to_owned()));
}

#[test]
fn server_counts_1280_against_a_slash_22() {
    let mut overlay = single(Model::Overlay, "10.10.0.0/16", 250);
    overlay.pod_range = Some(range("10.244.0.0/22"));
    overlay.pools[0].demand.max_nodes = Some(5);
    let fit = overlay.fit(Moment::Service);
    let [short] = &fit.shortages[..] else { panic!("one shortage: {fit:?}") };
    assert_eq!((short.needed, short.available, short.short_by), (1_280, 1_024, 256));
    assert_eq!(short.prefix, Some(21));
    assert!(overlay.fit(Moment::Now).shortages.is_empty());
}

#[test]
fn what_the_service_lets_through_can_fail_to_upgrade() {
    let flat = layout(Model::NodeSubnet, "10.10.1.0/24", vec![pool("a", 8, 30, Surge::Nodes(1))]);
    assert!(flat.fit(Moment::Service).shortages.is_empty());
    let fit = flat.fit(Moment::Upgrade);
    assert_eq!(fit.shortages[0].short_by, 9 * 31 - 251);
    assert_eq!(fit.shortages[0].prefix, Some(23));
}

#[test]
fn overlay_reaches_5000_nodes_with_five_pools() {
    let five = (0..5).map(|i| pool(&format!("p{i}"), 1, 250, Surge::Nodes(1))).collect();
    let mut overlay = layout(Model::Overlay, "10.0.0.0/16", five);
    overlay.pod_range = Some(range("10.0.0.0/8"));
    assert_eq!(reach(&overlay, Room::Bare), (5_000, "the 5,000 nodes of the Standard tier".into()));
    overlay.pools.pop();
    assert_eq!(reach(&overlay, Room::Bare).0, 4_000);
    overlay.tier = Tier::Free;
    assert_eq!(reach(&overlay, Room::Bare).0, 1_000);
}

#[test]
fn a_pool_ends_at_1000_nodes() {
    let mut overlay = single(Model::Overlay, "10.0.0.0/16", 250);
    overlay.pod_range = Some(range("10.0.0.0/8"));
    assert_eq!(
        reach(&overlay, Room::Bare),
        (1_000, "the 1,000 nodes of one pool, `system`".into())
    );
    assert_eq!(reach(&overlay, Room::ForUpgrade).0, 1_000);
}

#[test]
fn azure_policy_ends_at_250_nodes() {
    let mut flat = single(Model::NodeSubnet, "10.0.0.0/16", 30);
    flat.azure_policy = true;
    assert_eq!(reach(&flat, Room::Bare), (250, "the 250 nodes of Azure's policy engine".into()));
}

#[test]
fn a_virtual_network_ends_at_65536_addresses() {
    let pools = (0..5).map(|i| pool(&format!("p{i}"), 1, 30, Surge::Nodes(1))).collect();
    let flat = layout(Model::NodeSubnet, "10.0.0.0/8", pools);
    let expected = (65_536 / 31, "the 65,536 addresses of a virtual network".to_owned());
    assert_eq!(reach(&flat, Room::Bare), expected);
}

#[test]
fn a_pod_subnet_binds_by_batches_or_blocks() {
    let dynamic = single(Model::PodSubnetDynamic, "10.10.0.0/24", 110);
    assert_eq!(reach(&dynamic, Room::Bare).0, 251);
    let mut small = dynamic;
    small.subnets[1].range = range("10.240.0.0/24");
    assert_eq!(reach(&small, Room::Bare), (1, "the pod subnet `pods` 10.240.0.0/24".to_owned()));
    small.model = Model::PodSubnetStatic;
    assert_eq!(reach(&small, Room::Bare).0, 2);
}

#[test]
fn internal_load_balancers_take_their_room() {
    let mut flat = single(Model::NodeSubnet, "10.10.1.0/24", 30);
    flat.subnets[0].others = 4;
    assert_eq!(reach(&flat, Room::Bare).0, 7);
}

#[test]
fn one_pool_grows_while_the_others_stay() {
    let pools = vec![pool("a", 3, 30, Surge::Nodes(1)), pool("b", 2, 60, Surge::Nodes(1))];
    let flat = layout(Model::NodeSubnet, "10.10.1.0/24", pools);
    assert_eq!(flat.pool_headroom(0, Room::Bare).nodes, (251 - 2 * 61) / 31);
    assert_eq!(flat.pool_headroom(1, Room::Bare).nodes, (251 - 3 * 31) / 61);
}

#[test]
fn ceilings_list_every_limit_tightest_first() {
    let kubenet = single(Model::Kubenet, "10.10.1.0/24", 110);
    let nodes: Vec<u64> = kubenet.ceilings(Room::Bare).iter().map(|c| c.nodes).collect();
    assert_eq!(nodes, [251, 256, 400, 1_000, 5_000]);
}

#[test]
fn a_subnet_of_one_pool_limits_that_pool_alone() {
    let mut pools = vec![pool("a", 3, 30, Surge::Nodes(1)), pool("b", 2, 30, Surge::Nodes(1))];
    pools[1].node_subnet = Some(1);
    let flat = layout(Model::NodeSubnet, "10.10.1.0/24", pools);
    let first = &flat.ceilings(Room::Bare)[0];
    assert_eq!((first.nodes, first.now, &first.pools[..]), (8, 3, &["a".to_owned()][..]));
}

#[test]
fn a_cluster_that_does_not_fit_still_has_an_answer() {
    let flat = layout(Model::NodeSubnet, "10.10.1.0/28", vec![pool("a", 50, 30, Surge::Nodes(1))]);
    assert_eq!(reach(&flat, Room::Bare).0, 0);
    assert_eq!(flat.pool_headroom(0, Room::Bare).nodes, 0);
}

#[test]
fn no_pools_need_nothing_and_reach_nothing() {
    let empty = layout(Model::Overlay, "10.10.1.0/24", Vec::new());
    assert_eq!(empty.headroom(Room::Bare), Headroom { nodes: 0, binds: None });
    assert!(empty.fit(Moment::Maximum).shortages.is_empty());
}

#[test]
fn a_tiny_or_endless_pod_range_does_not_overflow() {
    let mut overlay = single(Model::Overlay, "10.0.0.0/8", 250);
    overlay.pod_range = Some(range("::/0"));
    assert_eq!(reach(&overlay, Room::Bare).0, 1_000);
    overlay.pod_range = Some(range("10.244.0.0/32"));
    assert_eq!(reach(&overlay, Room::Bare).0, 0);
    assert_eq!(overlay.fit(Moment::Now).shortages[0].prefix, Some(24));
}

fn any_layout() -> impl Strategy<Value = Layout> {
    let model = prop::sample::select(&Model::ALL[..]);
    let some_pool =
        (0_u32..40, 10_u32..=250, 0_u32..4, any::<bool>()).prop_map(|(n, pods, by, part)| {
            let surge = if part { Surge::Percent(by * 11) } else { Surge::Nodes(by) };
            pool("p", n, pods, surge)
        });
    (model, 16_u8..=28, 14_u8..=22, prop::collection::vec(some_pool, 1..5)).prop_map(
        |(model, nodes, pods, pools)| {
            let mut made = layout(model, "10.0.0.0/16", pools);
            made.subnets[0].range = Range::around([10, 0, 0, 0].into(), nodes);
            made.pod_range = Some(Range::around([10, 128, 0, 0].into(), pods));
            made
        },
    )
}

proptest! {
    #[test]
    fn a_pool_fits_at_its_headroom_and_not_one_node_further(mut made in any_layout()) {
        prop_assume!(made.fit(Moment::Now).shortages.is_empty());
        let headroom = made.pool_headroom(0, Room::Bare);
        made.pools[0].demand.nodes = u32::try_from(headroom.nodes).unwrap();
        prop_assert!(made.fit(Moment::Now).shortages.is_empty());
        made.pools[0].demand.nodes += 1;
        let fit = made.fit(Moment::Now);
        prop_assert!(fit.shortages.iter().any(|s| Some(&s.limit) == headroom.binds.as_ref()));
    }

    #[test]
    fn room_for_the_upgrade_is_never_more_than_bare(made in any_layout()) {
        prop_assert!(made.headroom(Room::ForUpgrade).nodes <= made.headroom(Room::Bare).nodes);
    }

    #[test]
    fn the_prefix_of_a_shortage_would_do(made in any_layout()) {
        for short in made.fit(Moment::Maximum).shortages {
            let Some(prefix) = short.prefix else { continue };
            let wide = Range::around([0, 0, 0, 0].into(), prefix);
            let held = if matches!(short.limit, Limit::PodRange { .. }) { wide.size() } else { wide.usable() };
            prop_assert!(held >= short.needed);
            prop_assert_eq!(short.short_by, short.needed - short.available);
        }
    }
}
