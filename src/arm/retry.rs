//! Which answers deserve another try, and after how long. Pure: the caller waits.
//!
//! A refusal belongs to a [`Class`], or to none: then it is final. Each class has its own pace and
//! its own budget of waiting; a server's `Retry-After` is never undercut, and what would overrun
//! the budget is not begun. Quota, policy, locks, bad input: no class, no second try.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::Fault;
use super::recent::Recent;
use super::request::{Answer, Method, seconds};

/// The longest one call waits over all its tries; chosen, because the longest thing waited for, a
/// cluster's operation begun by somebody else, takes up to 1,480 s at p100 of 483 recorded ones.
pub const TOTAL_BUDGET: Duration = Duration::from_mins(40);

/// How long after a grant a missing right may still be on its way; Azure's documents say up to ten
/// minutes for role assignments.
const GRANT_SETTLES: Duration = Duration::from_mins(10);

/// How long after a creation the new thing may still be unknown elsewhere; chosen, as ARM's caches
/// settle in seconds.
const CREATION_SETTLES: Duration = Duration::from_mins(2);

/// How long after a removal what it used may still count as used; chosen, as AKS's load balancer
/// and scale sets leave their subnet some minutes after the cluster is gone.
const REMOVAL_SETTLES: Duration = Duration::from_mins(15);

/// Why a refusal is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The connection was never made.
    Unreachable,
    /// The front end or the provider stumbled: 408, 500, 502, 503, 504, a broken connection.
    Stumble,
    /// Too many requests.
    Throttled,
    /// The resource is busy for a moment, which some providers say with the status of a rate.
    Busy,
    /// The provider is registered, and not every part of Azure knows it yet.
    Registration,
    /// Another operation holds the resource.
    InProgress,
    /// A right or a principal has not reached every part of Azure yet.
    Propagation,
    /// A thing that was just made is not known everywhere yet.
    Replication,
    /// A thing that is referred to is not ready yet.
    NotReady,
    /// What used the resource is gone, but not everywhere yet.
    StillInUse,
    /// The provider is being rolled out and does not know the version here; once.
    Rollout,
    /// Something between here and Azure answered a reading with a page of its own.
    Page,
    /// The token was refused; once, with a new one.
    Login,
}

/// How a class is paced.
struct Pace {
    first: Duration,
    longest: Duration,
    tries: u32,
    budget: Duration,
}

impl Class {
    /// Returns what is being waited for, as a clause that fits behind a comma.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "Azure cannot be reached",
            Self::Stumble => "Azure had trouble answering",
            Self::Throttled => "Azure asks for fewer requests",
            Self::Busy => "the resource is busy for a moment",
            Self::Registration => {
                "the provider was registered just now, and not all of Azure knows"
            }
            Self::InProgress => "another operation on this resource is in progress",
            Self::Propagation => {
                "a role or identity made just now has not reached all of Azure yet"
            }
            Self::Replication => "what was made just now is not known to all of Azure yet",
            Self::NotReady => "a resource it refers to is not ready yet",
            Self::StillInUse => "what used it is being cleared away",
            Self::Rollout => "the provider does not know this version here, which can pass",
            Self::Page => "something between here and Azure answered with a page of its own",
            Self::Login => "the token was refused and a new one is fetched",
        }
    }

    /// The numbers are chosen: first waits near what the recordings show to suffice (1 to 14 s),
    /// doubling, budgets by how long the cause lasts.
    fn pace(self) -> Pace {
        let pace = |first: u64, longest: u64, tries: u32, budget: u64| Pace {
            first: Duration::from_secs(first),
            longest: Duration::from_secs(longest),
            tries,
            budget: Duration::from_secs(budget),
        };
        match self {
            Self::Unreachable => pace(1, 8, 5, 30),
            Self::Stumble => pace(1, 30, 10, 5 * 60),
            // As long as a call waits for its turn: one that is refused has no less patience.
            Self::Throttled => Pace { budget: TOTAL_BUDGET, ..pace(5, 60, 40, 0) },
            Self::InProgress => pace(5, 20, 200, 35 * 60),
            Self::Propagation => pace(5, 20, 60, 10 * 60),
            Self::Replication => pace(2, 10, 20, 2 * 60),
            Self::NotReady | Self::Busy | Self::Registration => pace(5, 20, 30, 5 * 60),
            Self::StillInUse => pace(5, 30, 60, 10 * 60),
            Self::Rollout => pace(5, 5, 1, 60),
            // A front end that is being exchanged shows one; a proxy that wants a login shows it for ever.
            Self::Page => pace(1, 4, 3, 7),
            Self::Login => pace(0, 0, 1, 1),
        }
    }
}

/// What a try came to, when it came to no good.
#[derive(Clone, Copy, Debug)]
pub enum Trouble<'a> {
    /// The connection was never made.
    NoConnection,
    /// The connection broke.
    Broken,
    /// What came was no answer of ARM's, but a page for people.
    Page,
    /// Azure said no.
    Refused(&'a Answer, &'a Fault),
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The refusal is final, or the patience for it is used up.
    Stop,
    /// Try again.
    Again {
        /// After this long.
        wait: Duration,
        /// Because of this.
        class: Class,
    },
}

/// The patience of one call: counts what was already waited.
#[derive(Clone, Debug, Default)]
pub struct Retry {
    spent: BTreeMap<Class, (u32, Duration)>,
    total: Duration,
}

impl Retry {
    /// Decides on the next try, and counts it.
    pub fn judge(&mut self, method: Method, trouble: Trouble<'_>, recent: &Recent) -> Decision {
        let (class, asked) = match trouble {
            Trouble::NoConnection => (Some(Class::Unreachable), None),
            Trouble::Broken => (Some(Class::Stumble), None),
            // Whether a write was taken nobody knows: whoever sent it has to look.
            Trouble::Page => (method.is_read().then_some(Class::Page), None),
            Trouble::Refused(answer, fault) => {
                (classify(method, answer.status, fault, recent), asked_wait(answer, fault))
            }
        };
        match class.and_then(|class| Some((class, self.book(class, asked)?))) {
            Some((class, wait)) => Decision::Again { wait, class },
            None => Decision::Stop,
        }
    }

    /// Books a further wait for `class` without another try; `false` when it would overrun the
    /// patience for it.
    pub fn spend(&mut self, class: Class, wait: Duration) -> bool {
        let (tries, _) = self.spent.get(&class).copied().unwrap_or_default();
        self.fit(class, tries, wait)
    }

    fn book(&mut self, class: Class, asked: Option<Duration>) -> Option<Duration> {
        let pace = class.pace();
        let (tries, _) = self.spent.get(&class).copied().unwrap_or_default();
        let own = pace.first.saturating_mul(1 << tries.min(16)).min(pace.longest);
        let wait = asked.filter(|asked| !asked.is_zero()).unwrap_or(own);
        (tries < pace.tries && self.fit(class, tries + 1, wait)).then_some(wait)
    }

    /// Counts a wait, if the budgets have room for it.
    fn fit(&mut self, class: Class, tries: u32, wait: Duration) -> bool {
        let (_, waited) = self.spent.get(&class).copied().unwrap_or_default();
        let waited = waited.saturating_add(wait);
        let total = self.total.saturating_add(wait);
        let fits = waited <= class.pace().budget && total <= TOTAL_BUDGET;
        if fits {
            self.spent.insert(class, (tries, waited));
            self.total = total;
        }
        fits
    }

    /// Returns how many tries were judged worth repeating.
    pub fn tries(&self) -> u32 {
        self.spent.values().map(|(tries, _)| tries).sum()
    }

    /// Returns how long all waits together last, in clock time.
    pub fn waited(&self) -> Duration {
        self.total
    }
}

/// Returns the class of a refusal; `None` when it is final.
pub fn classify(method: Method, status: u16, fault: &Fault, recent: &Recent) -> Option<Class> {
    let is = |codes: &[&str]| codes.iter().any(|code| fault.code.eq_ignore_ascii_case(code));
    let within = |since: Option<Duration>, limit| since.is_some_and(|since| since <= limit);
    if is(&["InvalidAuthenticationTokenTenant", "SubscriptionNotFound"])
        || (status != 429 && is_quota(fault))
    {
        None
    } else if is(&["PrincipalNotFound", "ServicePrincipalNotFound"]) {
        Some(Class::Propagation)
    } else if lacks_right(status, fault) {
        within(recent.grant, GRANT_SETTLES).then_some(Class::Propagation)
    } else if status < 429 && is(&["InvalidResourceReference", "FailedIdentityOperation"]) {
        within(recent.creation, CREATION_SETTLES).then_some(Class::NotReady)
    } else if is(&["RetryableError", "ReferencedResourceNotProvisioned"]) && status < 429 {
        Some(Class::NotReady)
    } else if status == 429 && is_state(fault) {
        Some(Class::Busy)
    } else if is(&["MissingSubscriptionRegistration"]) {
        recent.registered.then_some(Class::Registration)
    } else if is(&["NoRegisteredProviderFound"]) {
        Some(Class::Rollout)
    } else if is(&["ResourceGroupBeingDeleted"]) || is_a_moments(fault) {
        Some(Class::InProgress)
    } else if status == 404 {
        let writes = !method.is_read() && method != Method::Delete;
        (writes && within(recent.creation, CREATION_SETTLES)).then_some(Class::Replication)
    } else if method == Method::Delete && is_in_use(&fault.code) {
        within(recent.removal, REMOVAL_SETTLES).then_some(Class::StillInUse)
    } else {
        by_status(status, fault)
    }
}

/// Tells whether a 429 speaks of the state of a resource: the network and AKS use it for that too.
pub(super) fn is_state(fault: &Fault) -> bool {
    ["RetryableError", "FailedIdentityOperation"].iter().any(|code| fault.has_code(code))
}

/// Tells whether a fault speaks of a moment's trouble, wherever it comes from: something else is
/// being changed at the same time.
pub fn passes(fault: &Fault) -> bool {
    !is_quota(fault) && (is_a_moments(fault) || is_state(fault) || says_in_progress(fault))
}

/// Tells whether a code says so, also one that is told inside a message, as AKS tells the
/// network's (`Code="VirtualNetworkNotInSucceededState"`).
fn is_a_moments(fault: &Fault) -> bool {
    const CODES: [&str; 7] = [
        "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
        "SetVNetOwnershipFailed",
        "VirtualNetworkNotInSucceededState",
        "AnotherOperationInProgress",
        "RetryableErrorDueToAnotherOperation",
        "ReconcileVNetError",
        "EtagMismatch",
    ];
    let told = |code: &&str| fault.has_code(code) || fault.mentions(&format!("code=\"{code}\""));
    CODES.iter().any(told)
}

fn by_status(status: u16, fault: &Fault) -> Option<Class> {
    match status {
        401 => Some(Class::Login),
        408 | 500 | 502 | 503 | 504 => Some(Class::Stumble),
        429 if passes(fault) || fault.has_code("FailedIdentityOperation") => Some(Class::Busy),
        429 => Some(Class::Throttled),
        // `OperationNotAllowed`, `Conflict` and others carry quota and "in progress" alike; quota
        // was ruled out before, so the message decides.
        409 if says_in_progress(fault) => Some(Class::InProgress),
        _ => None,
    }
}

/// Tells whether the refusal is for a right that somebody lacks: ARM's own two codes, and the
/// providers' (`CustomRouteTableMissingPermission`, `…MissingPermissionError`).
fn lacks_right(status: u16, fault: &Fault) -> bool {
    let code = fault.code.to_ascii_lowercase();
    matches!(status, 400 | 403)
        && (code == "authorizationfailed"
            || code == "linkedauthorizationfailed"
            || code.contains("permission"))
}

/// Tells whether a limit of the subscription stands in the way; waiting does not lift it.
fn is_quota(fault: &Fault) -> bool {
    let code = fault.code.to_ascii_lowercase();
    let counted =
        code.contains("quota") || code.contains("limitexceeded") || code.contains("countlimit");
    counted || (code == "operationnotallowed" && fault.mentions("quota"))
}

fn says_in_progress(fault: &Fault) -> bool {
    let words =
        ["in progress", "another operation", "etag mismatched", "retry later", "again later"];
    fault.code.to_ascii_lowercase().contains("inprogress")
        || words.iter().any(|words| fault.mentions(words))
}

/// Tells whether the code names a resource that others still use: `InUseSubnetCannotBeDeleted`,
/// `PublicIPAddressCannotBeDeleted`, `CannotDeleteResource`.
fn is_in_use(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    code.starts_with("inuse") || code.contains("cannotbedeleted") || code == "cannotdeleteresource"
}

/// Returns what a refusal says that something is in use by: an id of Azure's, in its own words.
pub(super) fn holder(fault: &Fault) -> Option<&str> {
    let (_, rest) = fault.message.split_once("in use by ")?;
    let id = rest.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    id.starts_with("/subscriptions/").then_some(id)
}

/// Returns the wait the server asks for, in a header or, failing that, in its message.
pub(super) fn asked_wait(answer: &Answer, fault: &Fault) -> Option<Duration> {
    answer.retry_after().or_else(|| {
        let message = fault.message.to_ascii_lowercase();
        let after = message.split_once("try again after ").or(message.split_once("retry after "));
        let rest = after?.1.trim_start_matches('\'');
        let (number, unit) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let is_seconds = unit.trim_start_matches(['\'', ' ']).starts_with("second");
        seconds(number).filter(|_| is_seconds)
    })
}

#[cfg(test)]
mod tests;
