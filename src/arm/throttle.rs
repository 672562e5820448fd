//! What the rate limits leave us, and when the next call may start. Pure: the caller waits.
//!
//! Azure fills token buckets, per subscription and kind of call, at ARM and again at each provider.
//! The same buckets are kept here, so that 429 is rare; what the answers' headers say about the
//! real ones wins. One budget is shared by everything that runs.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::request::Method;

/// A bucket's size and how many tokens come back in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Size {
    most: f64,
    per_second: f64,
}

const fn size(most: f64, per_second: f64) -> Size {
    Size { most, per_second }
}

/// ARM's own buckets, per subscription and principal
/// (learn.microsoft.com, request-limits-and-throttling).
const ARM_READS: Size = size(250.0, 25.0);
/// Writes, and deletes in a bucket of their own, of the same size.
const ARM_WRITES: Size = size(200.0, 10.0);
/// AKS: reading the status of operations, per subscription (quotas-skus-regions, 2026-08).
const AKS_POLLS: Size = size(200.0, 2.0);
/// AKS: PUT of one cluster or one pool.
const AKS_PUT: Size = size(20.0, 1.0 / 60.0);
/// AKS: GET of one cluster; list of one group; everything else per subscription.
const AKS_OTHER: Size = size(60.0, 1.0);
/// AKS: list of the subscription.
const AKS_LIST: Size = size(500.0, 1.0);
/// Network: 10,000 reads within five minutes. Half is held ready and half comes back in that time,
/// so that no five minutes see more, wherever they begin.
const NETWORK_READS: Size = size(5_000.0, 5_000.0 / 300.0);
/// Network: 1,000 writes and deletes within five minutes, in halves as well.
const NETWORK_WRITES: Size = size(500.0, 500.0 / 300.0);

/// ARM fills a bucket of this many times a principal's for all principals of a subscription
/// together; recent answers tell that one's level only (`…-subscription-global-reads: 16499`).
const ALL_PRINCIPALS: f64 = 15.0;

/// The buckets a call draws from, ARM's first.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw(Vec<(String, Size)>);

impl Draw {
    /// Returns what a call draws from.
    pub fn of(method: Method, path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let subscription = segments.get(1).copied().unwrap_or_default();
        let kind = match method {
            Method::Get | Method::Head => "reads",
            Method::Delete => "deletes",
            _ => "writes",
        };
        let arm = if method.is_read() { ARM_READS } else { ARM_WRITES };
        let mut buckets = vec![(format!("arm/{subscription}/{kind}"), arm)];
        let provider = segments
            .iter()
            .rposition(|s| *s == "providers")
            .map_or(&[][..], |at| &segments[at + 1..]);
        match *provider {
            // What is asked about a provider itself, ARM answers.
            [] | [_] | [_, "register" | "unregister"] => {}
            ["microsoft.containerservice", ..] => {
                buckets.push(aks(method, &path, provider, subscription));
            }
            ["microsoft.network", ..] if method.is_read() => {
                buckets.push((format!("network/{subscription}/reads"), NETWORK_READS));
            }
            ["microsoft.network", ..] => {
                buckets.push((format!("network/{subscription}/writes"), NETWORK_WRITES));
            }
            _ => {}
        }
        Self(buckets)
    }
}

fn aks(method: Method, path: &str, provider: &[&str], subscription: &str) -> (String, Size) {
    // `provider` is the namespace, then type, name, type, name …
    let is_cluster = provider.get(1) == Some(&"managedclusters");
    let in_group = path.contains("/resourcegroups/");
    match (method, provider) {
        (Method::Get, [_, "locations", _, "operations", _]) => {
            (format!("aks/{subscription}/polls"), AKS_POLLS)
        }
        (Method::Get, [_, _]) if is_cluster && !in_group => (format!("aks/{path}/list"), AKS_LIST),
        (Method::Get, [_, _]) if is_cluster => (format!("aks/{path}/list"), AKS_OTHER),
        (Method::Get, [_, _, _]) if is_cluster => (format!("aks/{path}/get"), AKS_OTHER),
        (Method::Put, [_, _, _] | [_, _, _, _, _]) if is_cluster => {
            (format!("aks/{path}/put"), AKS_PUT)
        }
        _ => (format!("aks/{subscription}/other"), AKS_OTHER),
    }
}

/// One bucket as we believe it to be.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    size: Size,
    tokens: f64,
    counted: Duration,
    not_before: Duration,
    /// Operations in flight whose polls draw from it.
    flights: u32,
}

impl Bucket {
    fn fill(&mut self, now: Duration) {
        let since = now.saturating_sub(self.counted).as_secs_f64();
        self.tokens = (self.tokens + since * self.size.per_second).min(self.size.most);
        self.counted = self.counted.max(now);
    }

    /// Takes a token, on credit when there is none, and returns when it may be spent.
    fn take(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        let debt = (-self.tokens).max(0.0) / self.size.per_second;
        Duration::from_secs_f64(debt).max(self.not_before.saturating_sub(now))
    }

    /// Believes in a larger bucket than is documented, which fills as much faster.
    fn grow(&mut self, most: f64) {
        let times = most / self.size.most;
        if times > 1.0 {
            self.tokens += most - self.size.most;
            self.size = size(most, self.size.per_second * times);
        }
    }

    /// Believes what an answer says is left; tokens on credit stay owed: those calls are still on
    /// their way.
    fn set(&mut self, left: f64) {
        self.grow(left);
        self.tokens = left + self.tokens.min(0.0);
    }

    /// How long each operation in flight waits between two questions, so that all together ask no
    /// more than comes back; as long as more than half is left, nobody waits.
    fn shared(mut self, now: Duration) -> Duration {
        self.fill(now);
        let plenty = self.tokens > self.size.most / 2.0;
        let every = f64::from(self.flights) / self.size.per_second;
        if plenty { Duration::ZERO } else { Duration::from_secs_f64(every) }
    }
}

/// All buckets of a run.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: HashMap<String, Bucket>,
}

impl Throttle {
    /// Books a call at `now` and returns how long it must wait.
    pub fn admit(&mut self, draw: &Draw, now: Duration) -> Duration {
        let waits = draw.0.iter().map(|(name, size)| self.bucket(name, *size, now).take(now));
        waits.max().unwrap_or_default()
    }

    /// Takes in what an answer's headers say about the buckets.
    pub fn hear(&mut self, draw: &Draw, headers: &BTreeMap<String, String>, now: Duration) {
        let Some(((name, size), provider)) = draw.0.split_first() else { return };
        let left = Remaining::read(headers, name);
        let arm = self.bucket(name, *size, now);
        arm.fill(now);
        if let Some(all) = left.all_principals {
            arm.grow(all / ALL_PRINCIPALS);
            arm.tokens = arm.tokens.min(all);
        }
        if let Some(own) = left.own {
            arm.set(own);
        }
        if let (Some(theirs), Some((name, size))) = (left.provider, provider.first()) {
            let bucket = self.bucket(name, *size, now);
            bucket.fill(now);
            bucket.set(theirs);
        }
    }

    /// Holds back every call of the same kind for `wait`: the server said 429, ARM itself or the
    /// provider. Then there is one token, and no more than usual comes back after it.
    pub fn hold(&mut self, draw: &Draw, by_arm: bool, wait: Duration, now: Duration) {
        let keeper = if by_arm { draw.0.first() } else { draw.0.last() };
        if let Some((name, size)) = keeper {
            let bucket = self.bucket(name, *size, now);
            bucket.not_before = bucket.not_before.max(now + wait);
            bucket.fill(now);
            let level = 1.0 - wait.as_secs_f64() * bucket.size.per_second;
            bucket.tokens = bucket.tokens.min(level);
        }
    }

    /// Counts an operation that is followed from now on, by what reading its status draws from.
    pub fn take_off(&mut self, polls: &Draw, now: Duration) {
        for (name, size) in &polls.0 {
            self.bucket(name, *size, now).flights += 1;
        }
    }

    /// Counts an operation that is no longer followed.
    pub fn land(&mut self, polls: &Draw) {
        for (name, _) in &polls.0 {
            if let Some(bucket) = self.buckets.get_mut(name) {
                bucket.flights = bucket.flights.saturating_sub(1);
            }
        }
    }

    /// Returns the shortest wait between two questions about one operation: when AKS's bucket of
    /// polls runs low, N operations in flight ask every N/2 seconds each, its refill of two a
    /// second. Operations of others do not count there.
    pub fn poll_every(&self, polls: &Draw, now: Duration) -> Duration {
        let buckets = polls.0.iter().filter_map(|(name, _)| self.buckets.get(name));
        buckets.map(|bucket| bucket.shared(now)).max().unwrap_or_default()
    }

    fn bucket(&mut self, name: &str, size: Size, now: Duration) -> &mut Bucket {
        self.buckets.entry(name.to_owned()).or_insert(Bucket {
            size,
            tokens: size.most,
            counted: now,
            not_before: Duration::ZERO,
            flights: 0,
        })
    }
}

/// What an answer's headers say is left, the smallest number where several say it.
///
/// Names vary (`…-subscription-writes`, `…-subscription-global-writes`, `…-tenant-reads`,
/// `…-subscription-resource-requests`, Compute's comma list), so every one is read.
#[derive(Debug, Default, PartialEq)]
struct Remaining {
    own: Option<f64>,
    all_principals: Option<f64>,
    provider: Option<f64>,
}

impl Remaining {
    fn read(headers: &BTreeMap<String, String>, arm: &str) -> Self {
        let mut left = Self::default();
        for (name, value) in headers {
            let Some(rest) = name.strip_prefix("x-ms-ratelimit-remaining-") else { continue };
            let Some(number) = smallest(value) else { continue };
            let kind = rest.rsplit('-').next().unwrap_or_default();
            let slot = match kind {
                "reads" | "writes" | "deletes" if !arm.ends_with(kind) => continue,
                "reads" | "writes" | "deletes" if rest.contains("-global-") => {
                    &mut left.all_principals
                }
                "reads" | "writes" | "deletes" => &mut left.own,
                _ => &mut left.provider,
            };
            *slot = Some(slot.map_or(number, |least: f64| least.min(number)));
        }
        left
    }
}

/// Reads `11999`, or the smallest of `Microsoft.Compute/LowCostGet3Min;14998,…`.
fn smallest(value: &str) -> Option<f64> {
    value
        .split(',')
        .filter_map(|part| part.rsplit(';').next()?.trim().parse::<f64>().ok())
        .filter(|left| left.is_finite() && *left >= 0.0)
        .reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str =
        "/subscriptions/S/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";
    const POLL: &str =
        "/subscriptions/s/providers/Microsoft.ContainerService/locations/westeurope/operations/o";

    fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| (format!("x-ms-ratelimit-remaining-{k}"), (*v).to_owned()))
            .collect()
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
        let deletes =
            headers(&[("subscription-deletes", "5"), ("subscription-global-deletes", "9")]);
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
        assert_eq!(throttle.admit(&group, Duration::ZERO), Duration::from_millis(1_040));
    }

    #[test]
    fn no_five_minutes_see_more_network_calls_than_documented() {
        let write = Draw::of(Method::Put, &CLUSTER.replace("ContainerService", "Network"));
        let mut throttle = Throttle::default();
        // One writes as fast as it may, from the first second of a busy ten minutes.
        let sent: Vec<Duration> =
            (0..2_000).map(|_| throttle.admit(&write, Duration::ZERO)).collect();
        for (at, first) in sent.iter().enumerate() {
            let span = sent[at..].iter().filter(|t| **t < *first + Duration::from_mins(5));
            assert!(span.count() <= 1_000);
        }
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
            (
                Method::Get,
                format!("{location}/operations/o"),
                vec!["arm/s/reads", "network/s/reads"],
            ),
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
        assert_eq!(throttle.poll_every(&aks, Duration::ZERO), Duration::ZERO);
        (0..40).for_each(|_| throttle.take_off(&aks, Duration::ZERO));
        (0..60).for_each(|_| throttle.take_off(&network, Duration::ZERO));
        assert_eq!(throttle.poll_every(&aks, Duration::ZERO), Duration::from_secs(20));
        assert!(throttle.poll_every(&network, Duration::ZERO) <= Duration::from_secs(4));
        throttle.land(&aks);
        assert_eq!(throttle.poll_every(&aks, Duration::ZERO), Duration::from_millis(19_500));
        let later = Duration::from_mins(5);
        assert_eq!(throttle.poll_every(&aks, later), Duration::ZERO);
    }
}
