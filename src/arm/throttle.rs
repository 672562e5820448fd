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

use self::bucket::{Bucket, Size, lasting, size, window};
use self::flights::Flights;
use super::id::provider;
use super::request::Method;

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
/// time, so that no five minutes see more, wherever they begin.
const NETWORK_READS: Size = size(1_000.0, 9_000.0 / 300.0);
/// Network: 1,000 writes and deletes within five minutes. A fleet lives by them, so each is counted
/// until it leaves the five minutes: what is held ready for a bucket's sake would be had once.
const NETWORK_WRITES: Size = window(1_000.0, Duration::from_mins(5));

/// Other providers document no limit for what is asked of them here: as large as ARM's, so that only
/// a 429 of theirs makes anybody wait.
const OTHERS: Size = ARM_READS;

/// ARM fills a bucket of this many times a principal's for all principals of a subscription
/// together; recent answers tell that one's level only (`…-subscription-global-reads: 16499`).
const ALL_PRINCIPALS: f64 = 15.0;

/// The most that a bucket is believed to hold; chosen, far above every documented one.
const MOST_LEFT: f64 = 1e9;

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

/// An operation that is followed: what asking after it draws from, of which kind it is, since when.
#[derive(Clone, Debug)]
pub struct Followed {
    polls: Draw,
    kind: String,
    begun: Duration,
}

/// All buckets of a run.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: HashMap<String, Bucket>,
    flights: HashMap<String, Flights>,
}

impl Throttle {
    /// Books a call at `now` and returns how long it must wait.
    pub fn admit(&mut self, draw: &Draw, now: Duration) -> Duration {
        let wait = self.turn(draw, now);
        // It counts from when it is sent, whichever bucket makes it wait.
        draw.0.iter().for_each(|(name, size)| {
            self.bucket(name, *size, now).take(now.saturating_add(wait));
        });
        wait
    }

    /// Books calls that will be made once what they belong to has begun, and returns how long that
    /// has to wait for Azure to have room for all of them.
    pub fn begin(&mut self, draws: &[Draw], now: Duration) -> Duration {
        let mut last = Duration::ZERO;
        for draw in draws {
            let each = draw.0.iter();
            let waits = each.map(|(name, size)| self.bucket(name, *size, now).room(now));
            last = last.max(waits.max().unwrap_or_default());
            draw.0.iter().for_each(|(name, size)| {
                self.bucket(name, *size, now).book(now.saturating_add(last));
            });
        }
        last
    }

    /// Returns how long a call at `now` would have to wait, without booking it.
    pub fn turn(&mut self, draw: &Draw, now: Duration) -> Duration {
        let waits = draw.0.iter().map(|(name, size)| self.bucket(name, *size, now).turn(now));
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
            arm.cap(all);
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

    /// Counts an operation that is followed from now on, by what reading its status draws from; what
    /// takes as long is of one `kind`.
    pub fn take_off(&mut self, polls: Draw, kind: String, now: Duration) -> Followed {
        for (name, _) in &polls.0 {
            self.flights.entry(name.clone()).or_default().take_off(&kind, now);
        }
        Followed { polls, kind, begun: now }
    }

    /// Counts an operation that is no longer followed.
    pub fn land(&mut self, one: &Followed) {
        for (name, _) in &one.polls.0 {
            if let Some(flights) = self.flights.get_mut(name) {
                flights.land(&one.kind, one.begun);
            }
        }
    }

    /// Learns that an operation has ended well.
    pub fn ended(&mut self, one: &Followed, now: Duration) {
        for (name, _) in &one.polls.0 {
            if let Some(flights) = self.flights.get_mut(name) {
                flights.took(&one.kind, now.saturating_sub(one.begun));
            }
        }
    }

    /// Returns how long a question about an operation had better wait that was asked after `asked`.
    ///
    /// As long as more than half of a bucket is left, nobody waits. When AKS's runs low, N operations
    /// in flight ask every N/2 seconds each, its refill of two a second, and only once their like has
    /// been known to end: of a fleet most are far from that, and what they ask the others lack.
    pub fn spare(&mut self, one: &Followed, asked: Duration, now: Duration) -> Duration {
        let each = one.polls.0.iter().map(|(name, size)| {
            let bucket =
                self.buckets.entry(name.clone()).or_insert_with(|| Bucket::full(*size, now));
            let Some(flights) = self.flights.get(name).filter(|_| !bucket.is_plenty(now)) else {
                return Duration::ZERO;
            };
            let due = u32::try_from(flights.due(now)).unwrap_or(u32::MAX);
            let every = lasting(f64::from(due) / bucket.refill());
            let again = asked.saturating_add(every);
            let first = one.begun.saturating_add(flights.quiet(&one.kind));
            again.max(first).saturating_sub(now)
        });
        each.max().unwrap_or_default()
    }

    fn bucket(&mut self, name: &str, size: Size, now: Duration) -> &mut Bucket {
        self.buckets.entry(name.to_owned()).or_insert_with(|| Bucket::full(size, now))
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

mod bucket;
mod flights;
#[cfg(test)]
mod tests;
