//! Rate limits: the buckets that Azure documents, filled in simulated time.
//!
//! A call draws from ARM's buckets and from its provider's; if one is empty it is refused with 429,
//! draws from none, and is told when a token will be there. Coming back early is refused again,
//! with a fresh wait. The levels are kept in memory, not in the state file: a run that begins finds
//! full buckets, as Azure's are after some minutes.
//!
//! Sources: learn.microsoft.com, "Understand how Azure Resource Manager throttles requests" (ARM,
//! network); azure-aks-docs, `articles/aks/quotas-skus-regions.md`, 2026-08 (AKS). All principals
//! are one here. Other providers' limits, by which no cluster is made, are not modelled.

use std::collections::{BTreeMap, VecDeque};

use super::region;
use crate::arm::id::ResourceId;

use crate::arm::id;

use super::asked::Asked;
use super::body;
use super::caller;
use super::clock::Millis;
use super::error::Refusal;
use super::route::Route;
use super::world::{World, key};

/// The provider of clusters.
const AKS: &str = "microsoft.containerservice";

/// The provider of networks.
const NETWORK: &str = "microsoft.network";

/// The network provider counts within five minutes.
const SPAN: Millis = 300_000;

/// ARM's bucket of a subscription over all its principals is so many times a principal's.
const ALL_PRINCIPALS: f64 = 15.0;

/// How a limit counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    /// A bucket of so many tokens, of which so many come back in a second.
    Bucket(f64, f64),
    /// So many calls within any [`SPAN`].
    Window(usize),
}

/// Who keeps a limit, and so refuses in its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeper {
    Arm,
    Aks,
    Network,
}

/// A limit that a call draws from: its keeper, its name and its measure.
type Drawn = (Keeper, String, Measure);

/// What is left of every limit that was drawn from.
#[derive(Debug, Default)]
pub(crate) struct Limits(BTreeMap<String, Level>);

#[derive(Debug, Default)]
struct Level {
    spent: f64,
    counted: Millis,
    calls: VecDeque<Millis>,
}

impl Level {
    /// How long until the next call passes; none means that it passes now.
    fn wait(&mut self, measure: Measure, now: Millis) -> Millis {
        match measure {
            Measure::Bucket(most, per_second) => {
                self.fill(per_second, now);
                // A clock that counts in milliseconds may be one behind.
                let slack = per_second / 1_000.0;
                let lacking = self.spent + 1.0 - most - slack;
                millis((lacking.max(0.0) / per_second * 1_000.0).ceil())
            }
            Measure::Window(most) => {
                while self.calls.front().is_some_and(|first| first + SPAN <= now) {
                    self.calls.pop_front();
                }
                let over = (self.calls.len() + 1).saturating_sub(most);
                let leaves = over.checked_sub(1).and_then(|at| self.calls.get(at));
                leaves.map_or(0, |at| at + SPAN - now)
            }
        }
    }

    fn fill(&mut self, per_second: f64, now: Millis) {
        let seconds = seconds(now.saturating_sub(self.counted));
        self.spent = (self.spent - seconds * per_second).max(0.0);
        self.counted = now;
    }

    fn take(&mut self, measure: Measure, now: Millis) {
        match measure {
            Measure::Bucket(..) => self.spent += 1.0,
            Measure::Window(_) => self.calls.push_back(now),
        }
    }
}

impl Limits {
    /// Lets a call draw, or refuses it.
    pub(crate) fn admit(&mut self, world: &World, asked: &Asked) -> Result<(), Refusal> {
        let now = world.now;
        let draws = draws(world, asked);
        for (keeper, name, measure) in &draws {
            let wait = self.0.entry(name.clone()).or_default().wait(*measure, now);
            if wait > 0 {
                // `Retry-After` counts in whole seconds and must suffice.
                let seconds = u32::try_from(wait.div_ceil(1_000)).unwrap_or(u32::MAX);
                return Err(refusal(*keeper, *measure, asked, &world.subscription, seconds));
            }
        }
        for (_, name, measure) in draws {
            self.0.entry(name).or_default().take(measure, now);
        }
        Ok(())
    }

    /// Returns how many calls like this one ARM still takes from the whole subscription: the only
    /// level that ARM was recorded to tell.
    pub(crate) fn remaining(&mut self, method: &str, now: Millis) -> u64 {
        let (name, most, per_second) = arm(&method.to_ascii_uppercase());
        let (most, per_second) = (most * ALL_PRINCIPALS, per_second * ALL_PRINCIPALS);
        let level = self.0.entry(format!("arm/all/{name}")).or_default();
        level.fill(per_second, now);
        millis((most - level.spent).floor())
    }
}

/// Milliseconds, or a count, of a number that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "levels lie between 0 and a bucket's size"
)]
fn millis(number: f64) -> u64 {
    number.max(0.0) as u64
}

fn seconds(time: Millis) -> f64 {
    std::time::Duration::from_millis(time).as_secs_f64()
}

/// ARM's bucket for a method: per subscription, principal and kind of call.
fn arm(method: &str) -> (&'static str, f64, f64) {
    match method {
        "GET" | "HEAD" => ("reads", 250.0, 25.0),
        "DELETE" => ("deletes", 200.0, 10.0),
        _ => ("writes", 200.0, 10.0),
    }
}

/// The limits that a call draws from, ARM's first.
fn draws(world: &World, asked: &Asked) -> Vec<Drawn> {
    let (name, most, per_second) = arm(&asked.method);
    let all = Measure::Bucket(most * ALL_PRINCIPALS, per_second * ALL_PRINCIPALS);
    let mut draws = vec![
        (Keeper::Arm, format!("arm/own/{name}"), Measure::Bucket(most, per_second)),
        (Keeper::Arm, format!("arm/all/{name}"), all),
    ];
    match provider(asked).as_str() {
        AKS => draws.push(aks(asked)),
        NETWORK => draws.push(network(world, asked)),
        _ => {}
    }
    draws
}

/// The namespace of the provider that ARM hands a call to, in lower case; empty when ARM answers.
fn provider(asked: &Asked) -> String {
    let kind = match &asked.route {
        Route::Resource { kind, .. }
        | Route::Action { kind, .. }
        | Route::Collection { kind, .. } => kind,
        Route::Regional { namespace, .. } => namespace,
        Route::Operation { .. } => return namespace_of(&asked.path),
        _ => return String::new(),
    };
    kind.split('/').next().unwrap_or_default().to_ascii_lowercase()
}

fn namespace_of(path: &str) -> String {
    let path = path.to_ascii_lowercase();
    let segments: Vec<&str> = path.split('/').collect();
    let at = id::provider(&segments).map(|at| at + 1);
    at.and_then(|at| segments.get(at)).copied().unwrap_or_default().to_owned()
}

fn aks(asked: &Asked) -> Drawn {
    let is = |kind: &str, last: &str| {
        kind.eq_ignore_ascii_case(&format!("Microsoft.ContainerService/{last}"))
    };
    let drawn = |name: String, most: f64, per_second: f64| {
        (Keeper::Aks, format!("aks/{name}"), Measure::Bucket(most, per_second))
    };
    match (&asked.route, asked.method.as_str()) {
        (Route::Operation { result: false, .. }, _) => drawn("operations".to_owned(), 200.0, 2.0),
        (Route::Collection { scope, kind }, "GET") if is(kind, "managedClusters") => {
            let scope = key(scope);
            let most = if scope.contains("/resourcegroups/") { 60.0 } else { 500.0 };
            drawn(format!("list{scope}"), most, 1.0)
        }
        (Route::Resource { id, kind }, "GET") if is(kind, "managedClusters") => {
            drawn(format!("get{}", key(id.as_str())), 60.0, 1.0)
        }
        (Route::Resource { id, kind }, "PUT")
            if is(kind, "managedClusters") || is(kind, "managedClusters/agentPools") =>
        {
            drawn(format!("put{}", key(id.as_str())), 20.0, 1.0 / 60.0)
        }
        _ => drawn("other".to_owned(), 60.0, 1.0),
    }
}

fn network(world: &World, asked: &Asked) -> Drawn {
    let region = region(world, asked);
    let reads = matches!(asked.method.as_str(), "GET" | "HEAD");
    let (calls, most) = if reads { ("reads", 10_000) } else { ("writes", 1_000) };
    (Keeper::Network, format!("network/{region}/{calls}"), Measure::Window(most))
}

/// The region that a call goes to; empty for a list over all of them.
fn region(world: &World, asked: &Asked) -> String {
    let path = asked.path.to_ascii_lowercase();
    if let Some((_, rest)) = path.split_once("/locations/") {
        return rest.split('/').next().unwrap_or_default().to_owned();
    }
    let mut id = match &asked.route {
        Route::Resource { id, .. } | Route::Action { id, .. } => Some(id.clone()),
        Route::Collection { scope, .. } => ResourceId::parse(scope).ok(),
        _ => None,
    };
    let wanted = body::text(&asked.body, "/location").map(str::to_owned);
    let mut found = wanted;
    while let (None, Some(here)) = (&found, &id) {
        let stands = world.body(here.as_str());
        found = stands.and_then(|body| body::text(&body, "/location").map(str::to_owned));
        id = here.parent();
    }
    region::plain(&found.unwrap_or_default())
}

/// What whoever keeps a limit says when it is reached.
fn refusal(
    keeper: Keeper,
    measure: Measure,
    asked: &Asked,
    subscription: &str,
    after: u32,
) -> Refusal {
    let (action, _) = caller::needed(asked).unwrap_or_default();
    match (keeper, measure) {
        // azure-docs#105248 has the code and the text.
        (Keeper::Arm, _) => Refusal::arm(
            429,
            "SubscriptionRequestsThrottled",
            format!(
                "Number of requests for subscription '{subscription}' and operation '{}/{}' exceeded \
                 the backend storage limit. Please try again after '{after}' seconds.",
                asked.method,
                action.to_ascii_uppercase(),
            ),
        ),
        // The code is AKS's documented one; its text is not recorded.
        (Keeper::Aks, _) => Refusal::aks(
            429,
            "Throttled",
            format!("The request is throttled. Please try again after {after} seconds."),
        ),
        // azqr#34 has the code and the text.
        (Keeper::Network, Measure::Window(most)) => Refusal::wrapped(
            429,
            "ResourceRequestsThrottled",
            format!(
                "Number of requests for action '{action}' exceeded the limit of '{most}' for time \
                 interval '00:05:00'. Please try again after '{after}' seconds."
            ),
        ),
        (Keeper::Network, Measure::Bucket(..)) => Refusal::wrapped(429, "TooManyRequests", ""),
    }
    .after(after)
}
