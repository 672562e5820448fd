//! How strict the embedded Azure is: what a script switches on beside its faults.
//!
//! It is how the one who opened the world wants it to behave, not a part of the world: it is kept
//! in no state file, and two runs on one world may differ in it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::clock::Millis;
use super::entry::key;
use super::kube::doors::Doors;
use super::lag::{self, Lag};
use super::role::{ROLES, Role};

/// Everything that can be switched on; the default is a calm Azure whose caller may do everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conduct {
    /// Whether calls draw from the documented buckets.
    pub(crate) is_limited: bool,
    /// How long an assignment and a principal take to be known to those who ask for them.
    pub(crate) propagation: Millis,
    /// What the caller was given; `None` is everything.
    pub(crate) caller: Option<Vec<Grant>>,
    /// How far behind the writes lists and reads are.
    pub(crate) lag: Lag,
    /// How API servers are reached, while anybody listens.
    pub(crate) doors: Option<Doors>,
    /// Whether a Kubernetes version may be one that Azure took back.
    pub(crate) any_version: bool,
}

/// A role that the caller was given, like a role assignment that stands in no world.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The role.
    pub(crate) role: &'static Role,
    scope: String,
}

impl Grant {
    /// Tells whether the grant reaches a scope: it is given there or above.
    pub(crate) fn reaches(&self, scope: &str) -> bool {
        let here = key(scope);
        here.strip_prefix(&self.scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Which rate limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Limits {
    /// Those that Azure documents.
    Documented,
    /// None.
    #[default]
    None,
}

/// Which Kubernetes versions may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Versions {
    /// Those on offer.
    #[default]
    Offered,
    /// Whatever has the form of one.
    Any,
}

/// A grant as a script writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// The role, by its name.
    role: String,
    /// The id it is given on, and holds below; left out, everywhere.
    #[serde(default)]
    scope: String,
}

impl Conduct {
    /// Returns what a script's switches say; what is wrong with them comes back as a sentence.
    pub(super) fn read(
        limits: Limits,
        propagation: u32,
        caller: Option<Vec<Given>>,
        lag: lag::Given,
        versions: Versions,
    ) -> Result<Self, String> {
        Ok(Self {
            is_limited: limits == Limits::Documented,
            propagation: Millis::from(propagation) * 1_000,
            caller: caller.map(|given| given.iter().map(grant).collect()).transpose()?,
            lag: lag.read()?,
            doors: None,
            any_version: versions == Versions::Any,
        })
    }
}

fn grant(given: &Given) -> Result<Grant, String> {
    let found = ROLES.iter().find(|role| role.name.eq_ignore_ascii_case(&given.role));
    let role = found.ok_or_else(|| {
        let names: Vec<&str> = ROLES.iter().map(|role| role.name).collect();
        format!("the role `{}` is not known; known are {}", given.role, names.join(", "))
    })?;
    Ok(Grant { role, scope: key(&given.scope) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::fault::Script;

    fn read(text: &str) -> Result<Conduct, String> {
        Script::parse(text).map(|script| script.conduct().clone())
    }

    #[test]
    fn nothing_is_switched_on_by_itself() {
        let calm = read("{}").unwrap();
        assert!(!calm.is_limited && calm.propagation == 0 && calm.caller.is_none());
    }

    #[test]
    fn a_grant_reaches_what_lies_in_its_scope_and_no_neighbour() {
        let text = r#"{"caller": [{"role": "reader", "scope": "/subscriptions/S/resourceGroups/G/"},
            {"role": "Owner"}]}"#;
        let grants = read(text).unwrap().caller.unwrap();
        assert_eq!(grants[0].role.name, "Reader");
        assert!(grants[0].reaches("/subscriptions/s/resourcegroups/g/providers/x"));
        assert!(!grants[0].reaches("/subscriptions/s/resourcegroups/gg"));
        assert!(!grants[0].reaches("/subscriptions/s"));
        assert!(grants[1].reaches("/subscriptions/s"));
    }

    #[test]
    fn a_switch_that_is_misspelt_is_named() {
        let wrong = read(r#"{"caller": [{"role": "Emperor"}]}"#).unwrap_err();
        assert!(wrong.contains("Emperor") && wrong.contains("Network Contributor"), "{wrong}");
        assert!(read(r#"{"lag": {"list": 3}}"#).unwrap_err().contains("`list`"));
        assert!(read(r#"{"lag": {"groups": 9999}}"#).unwrap_err().contains("9999"));
        assert!(read(r#"{"limits": "some"}"#).unwrap_err().contains("some"));
        assert!(read(r#"{"limit": "documented"}"#).unwrap_err().contains("`limit`"));
    }
}
