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
/// Network: 10,000 reads in five minutes.
const NETWORK_READS: Size = size(10_000.0, 10_000.0 / 300.0);
/// Network: 1,000 writes and deletes in five minutes.
const NETWORK_WRITES: Size = size(1_000.0, 1_000.0 / 300.0);

/// The buckets a call draws from.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw(Vec<(String, Size)>);

impl Draw {
    /// Returns what a call draws from; `poll` marks the reading of an operation's status.
    pub fn of(method: Method, path: &str, poll: bool) -> Self {
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
        match provider.first().copied() {
            Some("microsoft.containerservice") => {
                buckets.push(aks(method, &path, provider, subscription, poll));
            }
            Some("microsoft.network") if method.is_read() => {
                buckets.push((format!("network/{subscription}/reads"), NETWORK_READS));
            }
            Some("microsoft.network") => {
                buckets.push((format!("network/{subscription}/writes"), NETWORK_WRITES));
            }
            _ => {}
        }
        Self(buckets)
    }
}

fn aks(
    method: Method,
    path: &str,
    provider: &[&str],
    subscription: &str,
    poll: bool,
) -> (String, Size) {
    // `provider` is the namespace, then type, name, type, name …
    let is_cluster = provider.get(1) == Some(&"managedclusters");
    let in_group = path.contains("/resourcegroups/");
    match (method, provider.len()) {
        _ if poll => (format!("aks/{subscription}/polls"), AKS_POLLS),
        (Method::Get, 2) if is_cluster && !in_group => (format!("aks/{path}/list"), AKS_LIST),
        (Method::Get, 2) if is_cluster => (format!("aks/{path}/list"), AKS_OTHER),
        (Method::Get, 3) if is_cluster => (format!("aks/{path}/get"), AKS_OTHER),
        (Method::Put, 3 | 5) if is_cluster => (format!("aks/{path}/put"), AKS_PUT),
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
}

/// All buckets of a run.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: HashMap<String, Bucket>,
    flights: u32,
}

impl Throttle {
    /// Books a call at `now` and returns how long it must wait.
    pub fn admit(&mut self, draw: &Draw, now: Duration) -> Duration {
        let waits = draw.0.iter().map(|(name, size)| self.bucket(name, *size, now).take(now));
        waits.max().unwrap_or_default()
    }

    /// Takes in what an answer's headers say about the buckets.
    pub fn hear(&mut self, draw: &Draw, headers: &BTreeMap<String, String>, now: Duration) {
        let Some((arm, provider)) = draw.0.split_first() else { return };
        let (ours, theirs) = remaining(headers, &arm.0);
        let heard = [(Some(arm), ours), (provider.first(), theirs)];
        for ((name, size), left) in heard.into_iter().filter_map(|(b, left)| Some((b?, left?))) {
            let bucket = self.bucket(name, *size, now);
            bucket.fill(now);
            bucket.size.most = bucket.size.most.max(left);
            // Tokens on credit stay owed: those calls are still on their way.
            bucket.tokens = left + bucket.tokens.min(0.0);
        }
    }

    /// Holds back every call of the same kind for `wait`: the server said 429.
    pub fn hold(&mut self, draw: &Draw, wait: Duration, now: Duration) {
        if let Some((name, size)) = draw.0.last() {
            let bucket = self.bucket(name, *size, now);
            bucket.not_before = bucket.not_before.max(now + wait);
        }
    }

    /// Counts an operation that is followed from now on.
    pub fn take_off(&mut self) {
        self.flights += 1;
    }

    /// Counts an operation that is no longer followed.
    pub fn land(&mut self) {
        self.flights = self.flights.saturating_sub(1);
    }

    /// Returns the shortest wait between two questions about one operation: N operations in flight
    /// ask every N/2 seconds each, which is AKS's refill of two a second.
    pub fn poll_every(&self) -> Duration {
        Duration::from_millis(500) * self.flights
    }

    fn bucket(&mut self, name: &str, size: Size, now: Duration) -> &mut Bucket {
        self.buckets.entry(name.to_owned()).or_insert(Bucket {
            size,
            tokens: size.most,
            counted: now,
            not_before: Duration::ZERO,
        })
    }
}

/// Returns the smallest number the headers report for ARM's bucket and for the provider's.
///
/// Names vary (`…-subscription-writes`, `…-subscription-global-writes`, `…-tenant-reads`,
/// `…-subscription-resource-requests`, Compute's comma list), so every one is read.
fn remaining(headers: &BTreeMap<String, String>, arm: &str) -> (Option<f64>, Option<f64>) {
    let (mut ours, mut theirs) = (None, None);
    for (name, value) in headers {
        let Some(rest) = name.strip_prefix("x-ms-ratelimit-remaining-") else { continue };
        let Some(left) = smallest(value) else { continue };
        let kind = rest.rsplit('-').next().unwrap_or_default();
        let slot = if matches!(kind, "reads" | "writes" | "deletes") {
            if !arm.ends_with(kind) {
                continue;
            }
            &mut ours
        } else {
            &mut theirs
        };
        *slot = Some(slot.map_or(left, |least: f64| least.min(left)));
    }
    (ours, theirs)
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
        let draw = Draw::of(Method::Get, POLL, true);
        assert_eq!(calls_within(&draw, Duration::ZERO), 200);
        assert_eq!(calls_within(&draw, Duration::from_mins(1)), 200 + 120);
    }

    #[test]
    fn one_cluster_takes_twenty_puts_and_then_one_a_minute() {
        let draw = Draw::of(Method::Put, CLUSTER, false);
        assert_eq!(calls_within(&draw, Duration::ZERO), 20);
        assert_eq!(calls_within(&draw, Duration::from_mins(2)), 22);
        let pool = Draw::of(Method::Put, &format!("{CLUSTER}/agentPools/p"), false);
        assert_eq!(calls_within(&pool, Duration::ZERO), 20);
        assert_eq!(calls_within(&Draw::of(Method::Get, CLUSTER, false), Duration::ZERO), 60);
    }

    #[test]
    fn calls_that_draw_from_different_buckets_do_not_wait_for_each_other() {
        let mut throttle = Throttle::default();
        let put = Draw::of(Method::Put, CLUSTER, false);
        for _ in 0..30 {
            throttle.admit(&put, Duration::ZERO);
        }
        assert!(throttle.admit(&put, Duration::ZERO) > Duration::ZERO);
        let other = Draw::of(Method::Put, &CLUSTER.replace("/c", "/d"), false);
        assert_eq!(throttle.admit(&other, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn what_the_server_says_is_left_wins_over_what_we_believed() {
        let mut throttle = Throttle::default();
        let read = Draw::of(Method::Get, "/subscriptions/s/resourceGroups/g", false);
        throttle.admit(&read, Duration::ZERO);
        throttle.hear(
            &read,
            &headers(&[("subscription-global-reads", "16499"), ("tenant-reads", "1")]),
            Duration::ZERO,
        );
        assert_eq!(throttle.admit(&read, Duration::ZERO), Duration::ZERO);
        assert_eq!(throttle.admit(&read, Duration::ZERO), Duration::from_millis(40));
    }

    #[test]
    fn a_full_bucket_larger_than_the_documents_say_is_believed() {
        let mut throttle = Throttle::default();
        let read = Draw::of(Method::Get, "/subscriptions/s/resourceGroups/g", false);
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
            assert_eq!(
                remaining(&headers(&[(name, value)]), "arm/s/reads"),
                (None, expected),
                "{value}"
            );
        }
        let deletes =
            headers(&[("subscription-deletes", "5"), ("subscription-global-deletes", "9")]);
        assert_eq!(remaining(&deletes, "arm/s/deletes"), (Some(5.0), None));
        assert_eq!(remaining(&deletes, "arm/s/writes"), (None, None));
    }

    #[test]
    fn after_a_429_the_same_kind_of_call_waits_and_others_go_on() {
        let mut throttle = Throttle::default();
        let write = Draw::of(Method::Put, CLUSTER, false);
        throttle.hold(&write, Duration::from_secs(30), Duration::from_secs(5));
        assert_eq!(throttle.admit(&write, Duration::from_secs(10)), Duration::from_secs(25));
        let read = Draw::of(Method::Get, CLUSTER, false);
        assert_eq!(throttle.admit(&read, Duration::from_secs(10)), Duration::ZERO);
    }

    #[test]
    fn operations_in_flight_share_the_polls() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.poll_every(), Duration::ZERO);
        (0..40).for_each(|_| throttle.take_off());
        assert_eq!(throttle.poll_every(), Duration::from_secs(20));
        throttle.land();
        assert_eq!(throttle.poll_every(), Duration::from_millis(19_500));
    }
}
