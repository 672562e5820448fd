//! What happened lately. Some refusals pass by themselves, but only soon after something: a missing
//! right after a grant, an unknown parent after a creation, a subnet in use after a removal.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::Fault;
use super::request::{Answer, Method};

/// What happened lately, as the time since.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recent {
    /// Since the last role assignment or identity was written that bears on the refusal.
    pub grant: Option<Duration>,
    /// Since the last resource was created.
    pub creation: Option<Duration>,
    /// Since the last resource was deleted.
    pub removal: Option<Duration>,
    /// Whether the provider that is said to be unregistered reads as registered.
    pub registered: bool,
}

impl Recent {
    /// Returns the state in which everything happened just now: the most patient one.
    pub fn all() -> Self {
        let now = Some(Duration::ZERO);
        Self { grant: now, creation: now, removal: now, registered: true }
    }
}

/// When things happened, on the clock of the caller.
#[derive(Clone, Debug, Default)]
pub struct Happened {
    /// Role assignments and identities that were written, or read when they were young, by path.
    grants: BTreeMap<String, Grant>,
    removal: Option<Duration>,
    created: BTreeMap<String, Duration>,
}

/// A role assignment or an identity: somebody may do something, or exists, since lately.
#[derive(Clone, Debug, Default)]
struct Grant {
    /// When it was known.
    then: Duration,
    /// How old it was then.
    age: Duration,
    /// The object id of whom it is for; `None` until an answer tells.
    to: Option<String>,
}

impl Grant {
    fn since(&self, now: Duration) -> Duration {
        now.saturating_sub(self.then) + self.age
    }
}

impl Happened {
    /// Notes a write that was taken, or whose operation ended well.
    pub fn note(&mut self, method: Method, path: &str, status: u16, now: Duration) {
        match method {
            Method::Put => {
                let path = path.to_ascii_lowercase();
                if is_grant(&path) {
                    let grant = self.grants.entry(path.clone()).or_default();
                    (grant.then, grant.age) = (now, Duration::ZERO);
                }
                if status == 201 {
                    self.created.insert(path, now);
                }
            }
            Method::Delete => self.removal = Some(now),
            _ => {}
        }
    }

    /// Notes whom a grant in an answer is for, and how old it is, as another run may have made it
    /// just now: its own time is held against the answer's, so that clocks that disagree do no harm.
    pub fn read(&mut self, path: &str, answer: &Answer, now: Duration) {
        let path = path.to_ascii_lowercase();
        if !is_grant(&path) {
            return;
        }
        let text = |at: &str| answer.body.pointer(at).and_then(Value::as_str);
        let made = text("/properties/createdOn");
        let made = made.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        if let (Some(made), Some(served)) = (made, answer.date()) {
            let age = Duration::try_from(served - made).unwrap_or_default();
            if self.grants.get(&path).is_none_or(|known| age < known.since(now)) {
                let grant = self.grants.entry(path.clone()).or_default();
                (grant.then, grant.age) = (now, age);
            }
        }
        if let (Some(grant), Some(to)) =
            (self.grants.get_mut(&path), text("/properties/principalId"))
        {
            grant.to = Some(to.to_ascii_lowercase());
        }
    }

    /// Returns how long ago everything was that bears on a refusal of `path`: of creations, those
    /// of what the path lies in and of what the fault speaks of; of grants, those to whom it is about,
    /// or all where it names nobody. What was granted to somebody else helps nobody by waiting.
    pub fn since(&self, now: Duration, path: &str, fault: &Fault) -> Recent {
        let since = |then: Option<Duration>| then.map(|then| now.saturating_sub(then));
        let path = path.to_ascii_lowercase();
        let bears = |made: &str| {
            path.strip_prefix(made).is_some_and(|rest| rest.starts_with('/'))
                || fault.mentions(made)
        };
        let created = self.created.iter().filter(|(made, _)| bears(made)).map(|(_, then)| *then);
        let whom = about(fault);
        let is_to = |to: &str| whom.as_deref().is_none_or(|whom| whom == to);
        let grants = self.grants.values().filter(|grant| grant.to.as_deref().is_none_or(is_to));
        Recent {
            grant: grants.map(|grant| grant.since(now)).min(),
            creation: since(created.max()),
            removal: since(self.removal),
            registered: false,
        }
    }
}

/// Tells whether a path, in lower case, is that of a role assignment or an identity.
fn is_grant(path: &str) -> bool {
    path.contains("/roleassignments/") || path.contains("/userassignedidentities/")
}

/// Returns the object id of whom a missing right is about, in lower case, as ARM words it: "The
/// client 'x' with object id 'y' does not have authorization …".
fn about(fault: &Fault) -> Option<String> {
    let message = fault.message.to_ascii_lowercase();
    let named = message.split_once("object id '").and_then(|(_, rest)| rest.split_once('\''));
    let named = named.map(|(id, _)| id.to_owned());
    named.or_else(|| fault.details.iter().find_map(about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_and_removals_are_remembered_with_their_time() {
        let at = Duration::from_secs;
        let mut happened = Happened::default();
        let since = |happened: &Happened, now| {
            happened.since(at(now), "/subscriptions/s/x/y", &Fault::default())
        };
        happened.note(Method::Get, "/subscriptions/s/roleAssignments/r", 200, at(1));
        assert_eq!(since(&happened, 5).grant, None);
        happened.note(Method::Put, "/subscriptions/s/providers/M/roleAssignments/r", 201, at(10));
        assert_eq!(since(&happened, 30).grant, Some(at(20)));
        assert_eq!(since(&happened, 30).removal, None);
        happened.note(Method::Delete, "/subscriptions/s/resourceGroups/g", 202, at(40));
        assert_eq!(since(&happened, 40).removal, Some(at(0)));
    }

    #[test]
    fn a_grant_of_another_run_is_as_old_as_the_server_says() {
        let answer = |made: &str| Answer {
            status: 200,
            headers: [("date".to_owned(), "Thu, 01 Jan 2026 00:05:00 GMT".to_owned())].into(),
            body: serde_json::json!({ "properties": { "createdOn": made } }),
        };
        let role = "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/r";
        let mut happened = Happened::default();
        let since = |happened: &Happened, now| {
            happened.since(Duration::from_secs(now), role, &Fault::default()).grant
        };
        happened.read(role, &answer("long ago"), Duration::ZERO);
        happened.read("/subscriptions/s", &answer("2026-01-01T00:04:00Z"), Duration::ZERO);
        assert_eq!(since(&happened, 5), None);
        happened.read(role, &answer("2026-01-01T00:04:00.1234567Z"), Duration::from_secs(2));
        happened.read(role, &answer("2025-12-01T00:00:00Z"), Duration::from_secs(3));
        assert_eq!(since(&happened, 12).map(|since| since.as_secs()), Some(69));
        happened.note(Method::Put, role, 201, Duration::from_secs(10));
        assert_eq!(since(&happened, 12), Some(Duration::from_secs(2)));
    }

    #[test]
    fn only_the_creation_of_what_is_meant_bears_on_a_refusal() {
        let mut happened = Happened::default();
        let group = "/subscriptions/s/resourceGroups/g";
        happened.note(Method::Put, group, 201, Duration::ZERO);
        let creation = |path: &str, message: &str| {
            let fault = Fault { message: message.to_owned(), ..Fault::default() };
            happened.since(Duration::from_secs(3), path, &fault).creation
        };
        assert!(creation("/subscriptions/s/resourcegroups/G/providers/M/t/n", "").is_some());
        assert!(creation("/subscriptions/s/resourceGroups/g2/providers/M/t/n", "").is_none());
        assert!(
            creation(
                "/subscriptions/s/x/y",
                "Resource /SUBSCRIPTIONS/s/resourceGroups/g was not found"
            )
            .is_some()
        );
    }

    #[test]
    fn a_right_that_was_granted_to_somebody_else_is_not_waited_for() {
        let role = "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/r";
        let identity = "/subscriptions/s/providers/M/userAssignedIdentities/i";
        let answer = Answer {
            status: 201,
            body: serde_json::json!({ "properties": { "principalId": "AAAA-1" } }),
            ..Answer::default()
        };
        let refusal = |message: &str| Fault { message: message.to_owned(), ..Fault::default() };
        let mut happened = Happened::default();
        for (path, at) in [(identity, 1), (role, 2)] {
            happened.note(Method::Put, path, 201, Duration::from_secs(at));
            happened.read(path, &answer, Duration::from_secs(at));
            // The end of an operation is noted once more, without a body.
            happened.note(Method::Put, path, 200, Duration::from_secs(at));
            let since = |fault: &Fault| happened.since(Duration::from_secs(9), role, fault).grant;
            let caller =
                refusal("The client 'c' with object id 'bbbb-2' does not have authorization");
            assert_eq!(since(&caller), None);
            let outer = Fault { details: vec![caller], ..refusal("see details") };
            assert_eq!(since(&outer), None);
            let ours = refusal("The client 'i' with object id 'aaaa-1' has permission to");
            assert_eq!(since(&ours), Some(Duration::from_secs(9 - at)));
            let nobody = refusal("the identity lacks a right");
            assert_eq!(since(&nobody), Some(Duration::from_secs(9 - at)));
        }
    }

    #[test]
    fn a_grant_whose_answer_said_nothing_may_be_for_anybody() {
        let mut happened = Happened::default();
        happened.note(Method::Put, "/subscriptions/s/roleAssignments/r", 201, Duration::ZERO);
        let message = "The client 'c' with object id 'bbbb-2' does not have authorization";
        let fault = Fault { message: message.to_owned(), ..Fault::default() };
        assert!(happened.since(Duration::ZERO, "/x", &fault).grant.is_some());
    }
}
