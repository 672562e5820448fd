//! The monitoring section: names, and what an existing workspace does not take.
//!
//! Source: learn.microsoft.com, resource-name-rules and rest/api/loganalytics/workspaces.

use super::Rules;
use crate::profile::problem::quote;

/// The most characters of a workspace's name.
const LONGEST: usize = 63;

pub(super) fn check(rules: &mut Rules<'_>) {
    let Some(monitoring) = &rules.profile.monitoring else { return };
    let Some(wish) = monitoring.log_workspace() else { return };
    let at = "monitoring.logs.workspace";
    if wish.id.is_some() {
        for field in ["name", "retentionDays"] {
            rules.unused(&format!("{at}.{field}"), "an existing workspace keeps what it has");
        }
    } else if let Some(name) = wish.name.as_deref() {
        if !is_name(name) {
            let what = format!("`{}` is no name for a workspace", quote(name));
            rules.error(&format!("{at}.name"), what).hint(RULE);
        }
    } else {
        derived(rules, &format!("{at}.name"));
    }
}

const RULE: &str = "4 to 63 letters, digits and `-`, a letter or digit at both ends";

/// The name that ours gets where none is written.
fn derived(rules: &mut Rules<'_>, field: &str) {
    let name = format!("{}-logs", rules.profile.metadata.name);
    if is_name(&name) {
        return;
    }
    let length = name.chars().count();
    let what = if length > LONGEST {
        format!(
            "the workspace would be `{}`, {length} characters; {LONGEST} is the limit",
            quote(&name)
        )
    } else {
        format!("the workspace would be `{}`, which is no name for one", quote(&name))
    };
    rules.error("metadata.name", what).hint(format!("write `{field}`: {RULE}"));
}

fn is_name(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    name.len() <= LONGEST
        && name.len() >= 4
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
