//! What the rate limits leave us, and when the next call may start. Pure: the caller waits.
//!
//! Azure fills token buckets, per subscription and kind of call, at ARM and again at each provider.
//! The same buckets are kept here, so that 429 is rare; what the answers' headers say about the
//! real ones wins. One budget is shared by everything that runs.
//!
//! A fleet is begun as fast as these buckets allow, too: each environment's calls are booked ahead
//! ([`Throttle::begin`]) in buckets beside these, of the same size and refill. What is under way is
//! then what Azure can take, not a number that somebody chose.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::id::provider;
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
/// Network: 10,000 reads within five minutes. A tenth is held ready and the rest comes back in that
/// time, so that no five minutes see more, wherever they begin: what is held ready is had once, and a
/// fleet of a thousand lives by what comes back.
const NETWORK_READS: Size = size(1_000.0, 9_000.0 / 300.0);
/// Network: 1,000 writes and deletes within five minutes, shared out in the same way.
const NETWORK_WRITES: Size = size(100.0, 900.0 / 300.0);

/// Other providers document no limit for what is asked of them here: as large as ARM's, so that only
/// a 429 of theirs makes anybody wait.
const OTHERS: Size = ARM_READS;

/// ARM fills a bucket of this many times a principal's for all principals of a subscription
/// together; recent answers tell that one's level only (`…-subscription-global-reads: 16499`).
const ALL_PRINCIPALS: f64 = 15.0;

/// The most that a bucket is believed to hold; chosen, far above every documented one.
const MOST_LEFT: f64 = 1e9;

/// How long after a 429 the whole refill is believed to be ours again; chosen, as other runs draw
/// for minutes, and a bucket of ARM's is full again within seconds.
const REGAINED: Duration = Duration::from_mins(2);

/// The least share of a refill that is believed to be ours; chosen, so that a run goes on in any
/// crowd.
const LEAST_SHARE: f64 = 0.125;

/// The buckets a call draws from, ARM's first.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw(Vec<(String, Size)>);

impl Draw {
    /// Returns what a call draws from.
    pub fn of(method: Method, path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let subscription = segments.get(2).copied().unwrap_or_default();
        let kind = match method {
            Method::Get | Method::Head => "reads",
            Method::Delete => "deletes",
            _ => "writes",
        };
        let arm = if method.is_read() { ARM_READS } else { ARM_WRITES };
        let mut buckets = vec![(format!("arm/{subscription}/{kind}"), arm)];
        let provider = provider(&segments).map_or(&[][..], |at| &segments[at + 1..]);
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
            [namespace, ..] => buckets.push((format!("{namespace}/{subscription}"), OTHERS)),
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
    /// How much of what comes back is ours; less than 1 while others draw from it too.
    share: f64,
    /// Operations in flight whose polls draw from it.
    flights: u32,
    /// What is left once all that was begun has drawn what it is going to.
    unbooked: f64,
}

impl Bucket {
    fn fill(&mut self, now: Duration) {
        let since = now.saturating_sub(self.counted).as_secs_f64();
        let back = since * self.refill();
        self.tokens = (self.tokens + back).min(self.size.most);
        self.unbooked = (self.unbooked + back).min(self.size.most);
        self.share = (self.share + since / REGAINED.as_secs_f64()).min(1.0);
        self.counted = self.counted.max(now);
    }

    /// The tokens that come back to us in a second.
    fn refill(&self) -> f64 {
        self.size.per_second * self.share
    }

    /// There is one token, after `wait`, and others draw from the bucket too: what comes back is
    /// believed to be ours by half as much as before.
    fn run_dry(&mut self, wait: Duration, now: Duration) {
        self.fill(now);
        // Of calls that were sent together, one refusal says as much as all.
        if now >= self.not_before {
            self.share = (self.share / 2.0).max(LEAST_SHARE);
        }
        self.not_before = self.not_before.max(now.saturating_add(wait));
        self.tokens = self.tokens.min(1.0 - wait.as_secs_f64() * self.refill());
    }

    /// Takes a token, on credit when there is none, and returns when it may be spent.
    fn take(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        let debt = (-self.tokens).max(0.0) / self.refill();
        lasting(debt).max(self.not_before.saturating_sub(now))
    }

    /// Books a call that will be made once what it belongs to has begun, and returns when that may
    /// be.
    fn book(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.unbooked -= 1.0;
        lasting((-self.unbooked).max(0.0) / self.refill())
    }

    /// Believes in a larger bucket than is documented, which fills as much faster.
    fn grow(&mut self, most: f64) {
        let times = most / self.size.most;
        if times > 1.0 {
            self.tokens += most - self.size.most;
            self.unbooked += most - self.size.most;
            self.size = size(most, self.size.per_second * times);
        }
    }

    /// Believes what an answer says is left; tokens on credit stay owed: those calls are still on
    /// their way.
    fn set(&mut self, left: f64) {
        self.grow(left);
        self.tokens = left + self.tokens.min(0.0);
        // Others draw from it: what is not there cannot be booked.
        self.unbooked = self.unbooked.min(left);
    }

    /// How long each operation in flight waits between two questions, so that all together ask no
    /// more than comes back; as long as more than half is left, nobody waits.
    fn shared(mut self, now: Duration) -> Duration {
        self.fill(now);
        let plenty = self.tokens > self.size.most / 2.0;
        let every = f64::from(self.flights) / self.refill();
        if plenty { Duration::ZERO } else { lasting(every) }
    }
}

/// Returns so many seconds, or the longest time there is when they are more than that.
fn lasting(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
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

    /// Books calls that will be made once what they belong to has begun, and returns how long that
    /// has to wait for Azure to have room for all of them.
    pub fn begin(&mut self, draws: &[Draw], now: Duration) -> Duration {
        let each = draws.iter().flat_map(|draw| &draw.0);
        let waits = each.map(|(name, size)| self.bucket(name, *size, now).book(now));
        waits.max().unwrap_or_default()
    }

    /// Returns how long a call at `now` would have to wait, without booking it.
    pub fn turn(&mut self, draw: &Draw, now: Duration) -> Duration {
        let waits = draw.0.iter().map(|(name, size)| {
            let mut tried = *self.bucket(name, *size, now);
            tried.take(now)
        });
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
    /// provider.
    pub fn hold(&mut self, draw: &Draw, by_arm: bool, wait: Duration, now: Duration) {
        let keeper = if by_arm { draw.0.first() } else { draw.0.last() };
        if let Some((name, size)) = keeper {
            self.bucket(name, *size, now).run_dry(wait, now);
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
            share: 1.0,
            flights: 0,
            unbooked: size.most,
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
        .filter(|left| (0.0..=MOST_LEFT).contains(left))
        .reduce(f64::min)
}

#[cfg(test)]
mod tests;
