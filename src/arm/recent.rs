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
    /// Since the last role assignment or identity was written.
    pub grant: Option<Duration>,
    /// Since the last resource was created.
    pub creation: Option<Duration>,
    /// Since the last resource was deleted.
    pub removal: Option<Duration>,
}

impl Recent {
    /// Returns the state in which everything happened just now: the most patient one.
    pub fn all() -> Self {
        let now = Some(Duration::ZERO);
        Self { grant: now, creation: now, removal: now }
    }
}

/// When things happened, on the clock of the caller.
#[derive(Clone, Debug, Default)]
pub struct Happened {
    grant: Option<Duration>,
    /// When another run's grant was read, and how old it was then.
    read: Option<(Duration, Duration)>,
    removal: Option<Duration>,
    created: BTreeMap<String, Duration>,
}

impl Happened {
    /// Notes a write that was taken, or whose operation ended well.
    pub fn note(&mut self, method: Method, path: &str, status: u16, now: Duration) {
        match method {
            Method::Put => {
                let path = path.to_ascii_lowercase();
                if path.contains("/roleassignments/") || path.contains("/userassignedidentities/") {
                    self.grant = Some(now);
                }
                if status == 201 {
                    self.created.insert(path, now);
                }
            }
            Method::Delete => self.removal = Some(now),
            _ => {}
        }
    }

    /// Notes how old the role assignment in an answer is, which another run may have made just now:
    /// its own time is held against the answer's, so that clocks that disagree do no harm.
    pub fn read(&mut self, path: &str, answer: &Answer, now: Duration) {
        if !path.to_ascii_lowercase().contains("/roleassignments/") {
            return;
        }
        let made = answer.body.pointer("/properties/createdOn").and_then(Value::as_str);
        let made = made.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        let (Some(made), Some(served)) = (made, answer.date()) else { return };
        let age = Duration::try_from(served - made).unwrap_or_default();
        if self.since_read(now).is_none_or(|known| age < known) {
            self.read = Some((now, age));
        }
    }

    fn since_read(&self, now: Duration) -> Option<Duration> {
        self.read.map(|(then, age)| now.saturating_sub(then) + age)
    }

    /// Returns how long ago everything was that bears on a refusal of `path`: of creations, those
    /// of what the path lies in and of what the fault speaks of.
    pub fn since(&self, now: Duration, path: &str, fault: &Fault) -> Recent {
        let since = |then: Option<Duration>| then.map(|then| now.saturating_sub(then));
        let path = path.to_ascii_lowercase();
        let bears = |made: &str| {
            path.strip_prefix(made).is_some_and(|rest| rest.starts_with('/'))
                || fault.mentions(made)
        };
        let created = self.created.iter().filter(|(made, _)| bears(made)).map(|(_, then)| *then);
        Recent {
            grant: since(self.grant).into_iter().chain(self.since_read(now)).min(),
            creation: since(created.max()),
            removal: since(self.removal),
        }
    }
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
}
