//! What is admitted when, and what answers teach.

use proptest::prelude::*;

use super::*;

const CLUSTER: &str =
    "/subscriptions/S/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";
const POLL: &str =
    "/subscriptions/s/providers/Microsoft.ContainerService/locations/westeurope/operations/o";

fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| (format!("x-ms-ratelimit-remaining-{k}"), (*v).to_owned())).collect()
}

/// Returns how many calls may go out within `span`, when as many as possible are asked for.
fn calls_within(draw: &Draw, span: Duration) -> usize {
    let mut throttle = Throttle::default();
    (0..10_000).take_while(|_| throttle.admit(draw, Duration::ZERO) <= span).count()
}

#[test]
fn polls_of_aks_keep_to_its_budget() {
    let draw = Draw::of(Method::Get, POLL);
    assert_eq!(calls_within(&draw, Duration::ZERO), 200);
    assert_eq!(calls_within(&draw, Duration::from_mins(1)), 200 + 120);
}

#[test]
fn one_cluster_takes_twenty_puts_and_then_one_a_minute() {
    let draw = Draw::of(Method::Put, CLUSTER);
    assert_eq!(calls_within(&draw, Duration::ZERO), 20);
    assert_eq!(calls_within(&draw, Duration::from_mins(2)), 22);
    let pool = Draw::of(Method::Put, &format!("{CLUSTER}/agentPools/p"));
    assert_eq!(calls_within(&pool, Duration::ZERO), 20);
    assert_eq!(calls_within(&Draw::of(Method::Get, CLUSTER), Duration::ZERO), 60);
}

#[test]
fn calls_that_draw_from_different_buckets_do_not_wait_for_each_other() {
    let mut throttle = Throttle::default();
    let put = Draw::of(Method::Put, CLUSTER);
    for _ in 0..30 {
        throttle.admit(&put, Duration::ZERO);
    }
    assert!(throttle.admit(&put, Duration::ZERO) > Duration::ZERO);
    let other = Draw::of(Method::Put, &CLUSTER.replace("/c", "/d"));
    assert_eq!(throttle.admit(&other, Duration::ZERO), Duration::ZERO);
}

#[test]
fn what_the_server_says_is_left_wins_over_what_we_believed() {
    let mut throttle = Throttle::default();
    let read = Draw::of(Method::Get, "/subscriptions/s/resourceGroups/g");
    throttle.admit(&read, Duration::ZERO);
    throttle.hear(
        &read,
        &headers(&[("subscription-reads", "249"), ("tenant-reads", "1")]),
        Duration::ZERO,
    );
    assert_eq!(throttle.admit(&read, Duration::ZERO), Duration::ZERO);
    assert_eq!(throttle.admit(&read, Duration::ZERO), Duration::from_millis(40));
}

#[test]
fn a_full_bucket_larger_than_the_documents_say_is_believed() {
    let mut throttle = Throttle::default();
    let read = Draw::of(Method::Get, "/subscriptions/s/resourceGroups/g");
    throttle.hear(&read, &headers(&[("subscription-global-reads", "16499")]), Duration::ZERO);
    let at_once = (0..1000).filter(|_| throttle.admit(&read, Duration::ZERO).is_zero()).count();
    assert_eq!(at_once, 1000);
}

#[test]
fn headers_of_providers_and_computes_list_are_read() {
    let values = [
        (
            "resource",
            "Microsoft.Compute/LowCostGet3Min;14998,Microsoft.Compute/LowCostGet30Min;7",
            Some(7.0),
        ),
        ("subscription-resource-requests", "3", Some(3.0)),
        ("subscription-resource-requests", "many", None),
    ];
    for (name, value, expected) in values {
        let left = Remaining::read(&headers(&[(name, value)]), "arm/s/reads");
        assert_eq!(left, Remaining { provider: expected, ..Remaining::default() }, "{value}");
    }
    let deletes = headers(&[("subscription-deletes", "5"), ("subscription-global-deletes", "9")]);
    let left = Remaining::read(&deletes, "arm/s/deletes");
    assert_eq!((left.own, left.all_principals), (Some(5.0), Some(9.0)));
    assert_eq!(Remaining::read(&deletes, "arm/s/writes"), Remaining::default());
}

#[test]
fn after_a_429_the_same_kind_of_call_waits_and_others_go_on() {
    let mut throttle = Throttle::default();
    let write = Draw::of(Method::Put, CLUSTER);
    throttle.hold(&write, false, Duration::from_secs(30), Duration::from_secs(5));
    assert_eq!(throttle.admit(&write, Duration::from_secs(10)), Duration::from_secs(25));
    let read = Draw::of(Method::Get, CLUSTER);
    assert_eq!(throttle.admit(&read, Duration::from_secs(10)), Duration::ZERO);
}

#[test]
fn what_all_principals_have_left_is_not_ours_alone() {
    let mut throttle = Throttle::default();
    let read = Draw::of(Method::Get, "/subscriptions/s/resourceGroups/g");
    let all = headers(&[("subscription-global-reads", "3749")]);
    throttle.hear(&read, &all, Duration::ZERO);
    let at_once = (0..1000).filter(|_| throttle.admit(&read, Duration::ZERO).is_zero()).count();
    assert_eq!(at_once, 250);
    let none = headers(&[("subscription-global-reads", "0")]);
    let mut throttle = Throttle::default();
    throttle.hear(&read, &none, Duration::ZERO);
    assert!(!throttle.admit(&read, Duration::ZERO).is_zero());
}

#[test]
fn after_a_429_of_arm_every_provider_waits_and_then_calls_come_one_by_one() {
    let mut throttle = Throttle::default();
    let get = |path: &str| Draw::of(Method::Get, path);
    let (cluster, group) = (get(CLUSTER), get("/subscriptions/S/resourceGroups/g"));
    throttle.hold(&cluster, true, Duration::from_secs(1), Duration::ZERO);
    assert_eq!(throttle.admit(&group, Duration::ZERO), Duration::from_secs(1));
    // Others draw as well: half of the 25 a second is believed to be ours.
    assert_eq!(throttle.admit(&group, Duration::ZERO), Duration::from_millis(1_080));
}

#[test]
fn no_five_minutes_see_more_network_calls_than_documented() {
    let write = Draw::of(Method::Put, &CLUSTER.replace("ContainerService", "Network"));
    let mut throttle = Throttle::default();
    // One writes as fast as it may, from the first second of a busy quarter of an hour.
    let span = Duration::from_mins(5);
    let sent: Vec<Duration> = (0..3_000).map(|_| throttle.admit(&write, Duration::ZERO)).collect();
    for (at, first) in sent.iter().enumerate() {
        assert!(sent[at..].iter().filter(|t| **t < *first + span).count() <= 1_000);
    }
    // ARM holds 200 ready and gives 10 back in a second: nothing else makes anybody wait.
    assert!(sent[2_999] <= 2 * span + Duration::from_secs(80));
    // Once others are seen to draw from it too it comes back steadily, by half.
    throttle.hold(&write, false, Duration::from_secs(5), 4 * span);
    let again: Vec<Duration> = (0..3).map(|_| throttle.admit(&write, 4 * span)).collect();
    assert_eq!(again[0], Duration::from_secs(5));
    assert!(again[2] > again[1] + Duration::from_millis(600), "{again:?}");
}

#[test]
fn a_poll_draws_from_the_bucket_of_whoever_answers_it() {
    let names = |method, path: &str| {
        let draw = Draw::of(method, path);
        draw.0.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let location = "/subscriptions/s/providers/Microsoft.Network/locations/westeurope";
    for (method, path, expected) in [
        (Method::Get, POLL.to_owned(), vec!["arm/s/reads", "aks/s/polls"]),
        (Method::Get, format!("{location}/operations/o"), vec!["arm/s/reads", "network/s/reads"]),
        (Method::Get, "/subscriptions/s/operationresults/j".to_owned(), vec!["arm/s/reads"]),
        (
            Method::Get,
            "/subscriptions/s/providers/Microsoft.Network".to_owned(),
            vec!["arm/s/reads"],
        ),
        (
            Method::Post,
            "/subscriptions/s/providers/Microsoft.ContainerService/register".to_owned(),
            vec!["arm/s/writes"],
        ),
    ] {
        assert_eq!(names(method, &path), expected, "{path}");
    }
}

/// Spends what a bucket holds.
fn drained(draw: &Draw) -> Throttle {
    let mut throttle = Throttle::default();
    while throttle.admit(draw, Duration::ZERO).is_zero() {}
    throttle
}

#[test]
fn operations_in_flight_share_the_polls_of_their_provider() {
    let aks = Draw::of(Method::Get, POLL);
    let network = Draw::of(Method::Get, &POLL.replace("ContainerService", "Network"));
    let mut throttle = drained(&aks);
    let now = Duration::ZERO;
    let mut flights = Vec::new();
    for _ in 0..40 {
        flights.push(throttle.take_off(aks.clone(), "cluster".to_owned(), now));
    }
    let short = throttle.take_off(network.clone(), "network".to_owned(), now);
    for _ in 1..60 {
        throttle.take_off(network.clone(), "network".to_owned(), now);
    }
    assert_eq!(throttle.spare(&flights[0], now, now), Duration::from_secs(20));
    assert!(throttle.spare(&short, now, now) <= Duration::from_secs(4));
    throttle.land(&flights[1]);
    assert_eq!(throttle.spare(&flights[0], now, now), Duration::from_millis(19_500));
    let second = Duration::from_secs(1);
    assert_eq!(throttle.spare(&flights[0], now, second), Duration::from_millis(18_500));
    let later = Duration::from_mins(5);
    assert_eq!(throttle.spare(&flights[0], later, later), Duration::ZERO);
}

#[test]
fn where_polls_are_scarce_nobody_asks_long_before_the_like_has_ended() {
    let aks = Draw::of(Method::Get, POLL);
    let mut throttle = drained(&aks);
    let at = Duration::from_secs;
    let begin = |throttle: &mut Throttle, kind: &str, now| {
        throttle.take_off(aks.clone(), kind.to_owned(), at(now))
    };
    let first = begin(&mut throttle, "cluster", 0);
    for now in [400, 300] {
        throttle.ended(&first, at(now));
    }
    throttle.land(&first);
    let (young, old) = (begin(&mut throttle, "cluster", 310), begin(&mut throttle, "pool", 311));
    while throttle.admit(&aks, at(320)).is_zero() {}
    // The quickest took 300 s: at 320 s the young one is 260 s away from where its end may come, and
    // of the other kind nobody knows anything.
    assert_eq!(throttle.spare(&young, at(320), at(320)), at(260));
    assert!(throttle.spare(&old, at(320), at(320)) <= at(1));
}

#[test]
fn a_429_of_a_small_provider_holds_nobody_else() {
    let mut throttle = Throttle::default();
    let put =
        |path: &str| Draw::of(Method::Put, &format!("/subscriptions/s/resourceGroups/g{path}"));
    let identity = put("/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i");
    throttle.hold(&identity, false, Duration::from_secs(2), Duration::ZERO);
    assert_eq!(throttle.admit(&identity, Duration::ZERO), Duration::from_secs(2));
    assert_eq!(throttle.admit(&put(""), Duration::ZERO), Duration::ZERO);
}

#[test]
fn asking_for_the_turn_books_nothing() {
    let put = Draw::of(Method::Put, CLUSTER);
    let mut throttle = Throttle::default();
    throttle.hold(&put, false, Duration::from_hours(2), Duration::ZERO);
    for _ in 0..3 {
        assert_eq!(throttle.turn(&put, Duration::ZERO), Duration::from_hours(2));
    }
    assert_eq!(throttle.admit(&put, Duration::ZERO), Duration::from_hours(2));
    assert!(throttle.turn(&put, Duration::ZERO) > Duration::from_hours(2));
}

proptest! {
    #[test]
    fn any_wait_and_any_level_is_survived(
        said in prop::collection::vec((any::<u64>(), any::<f64>(), any::<u32>()), 1..20),
    ) {
        let mut throttle = Throttle::default();
        let draws = [Draw::of(Method::Put, CLUSTER), Draw::of(Method::Get, POLL)];
        let mut now = Duration::ZERO;
        for (at, (wait, left, pause)) in said.into_iter().enumerate() {
            let draw = &draws[at % 2];
            let wait = Duration::from_secs(wait);
            throttle.hold(draw, at % 3 == 0, wait, now);
            let turn = throttle.admit(draw, now);
            prop_assert!(now.saturating_add(turn) >= now.saturating_add(wait));
            let one = throttle.take_off(draw.clone(), String::new(), now);
            let left = left.abs().to_string();
            let levels = [("subscription-writes", &*left), ("subscription-reads", &*left)];
            throttle.hear(draw, &headers(&levels), now);
            throttle.spare(&one, now, now);
            now += Duration::from_secs(u64::from(pause));
        }
    }
}

const TABLE: &str = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Network/routeTables/t";

#[test]
fn a_fleet_begins_as_fast_as_its_writes_may_be_sent() {
    let writes = vec![Draw::of(Method::Put, TABLE); 3];
    let mut throttle = Throttle::default();
    let starts: Vec<Duration> =
        (0..1_000).map(|_| throttle.begin(&writes, Duration::ZERO)).collect();
    // ARM holds 200 writes ready and gives 10 back in a second; the network takes 1,000 in five
    // minutes.
    assert_eq!(starts[65], Duration::ZERO);
    assert!(starts[67] > Duration::ZERO);
    assert_eq!(starts[332], Duration::from_millis(100 * (3 * 333 - 200)));
    let expected = Duration::from_secs(2 * 300 + (1_000 - 200) / 10);
    assert!(starts[999].abs_diff(expected) < Duration::from_secs(1), "{:?}", starts[999]);
    // Beginning is no writing: the calls themselves find their buckets full.
    assert_eq!(throttle.turn(&writes[0], Duration::ZERO), Duration::ZERO);
}

#[test]
fn what_others_leave_is_all_that_a_fleet_begins_with() {
    let write = Draw::of(Method::Put, "/subscriptions/S/resourceGroups/g");
    let mut throttle = Throttle::default();
    throttle.hear(&write, &headers(&[("subscription-writes", "5")]), Duration::ZERO);
    assert_eq!(throttle.begin(&vec![write.clone(); 5], Duration::ZERO), Duration::ZERO);
    assert!(throttle.begin(&[write], Duration::ZERO) > Duration::ZERO);
}

proptest! {
    /// Whenever fleets begin, what they book never exceeds what is ready and what comes back.
    #[test]
    fn what_is_begun_never_books_more_than_there_will_be(
        fleet in proptest::collection::vec((1..40_usize, 0..60_u64), 1..60)
    ) {
        let write = Draw::of(Method::Put, "/subscriptions/S/resourceGroups/g");
        let mut throttle = Throttle::default();
        let (mut now, mut booked) = (0, 0);
        for (writes, pause) in fleet {
            now += pause;
            let at = Duration::from_secs(now);
            let begins = at + throttle.begin(&vec![write.clone(); writes], at);
            booked += writes;
            let there = 200.0 + 10.0 * begins.as_secs_f64();
            prop_assert!(f64::from(u32::try_from(booked).unwrap()) <= there + 1e-6);
        }
    }
}
