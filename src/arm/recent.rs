//! What happened lately. Some refusals pass by themselves, but only soon after something: a missing
//! right after a grant, an unknown parent after a creation, a subnet in use after a removal.

use std::time::Duration;

use super::request::Method;

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
#[derive(Clone, Copy, Debug, Default)]
pub struct Happened {
    grant: Option<Duration>,
    creation: Option<Duration>,
    removal: Option<Duration>,
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
                    self.creation = Some(now);
                }
            }
            Method::Delete => self.removal = Some(now),
            _ => {}
        }
    }

    /// Returns how long ago everything was.
    pub fn since(&self, now: Duration) -> Recent {
        let since = |then: Option<Duration>| then.map(|then| now.saturating_sub(then));
        Recent {
            grant: since(self.grant),
            creation: since(self.creation),
            removal: since(self.removal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_creations_and_removals_are_remembered_with_their_time() {
        let at = Duration::from_secs;
        let mut happened = Happened::default();
        happened.note(Method::Get, "/subscriptions/s/roleAssignments/r", 200, at(1));
        happened.note(Method::Put, "/subscriptions/s/providers/M/roleAssignments/r", 201, at(10));
        happened.note(Method::Put, "/subscriptions/s/resourceGroups/g", 200, at(20));
        let recent = happened.since(at(30));
        assert_eq!(recent.grant, Some(at(20)));
        assert_eq!(recent.creation, Some(at(20)));
        assert_eq!(recent.removal, None);
        happened.note(Method::Delete, "/subscriptions/s/resourceGroups/g", 202, at(40));
        assert_eq!(happened.since(at(40)).removal, Some(at(0)));
    }
}
