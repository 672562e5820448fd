//! The monitoring section: names, and what an existing workspace does not take.
//!
//! Source: learn.microsoft.com, resource-name-rules and rest/api/loganalytics/workspaces.

use super::Rules;
use crate::profile::problem::quote;

/// The most characters of a workspace's name.
const LONGEST: usize = 63;

pub(super) fn check(rules: &mut Rules<'_>) {
    let Some(monitoring) = &rules.profile.monitoring else { return };
    if let Some(wish) = monitoring.log_workspace() {
        let at = "monitoring.logs.workspace";
        if wish.id.is_some() {
            let why = "an existing workspace keeps what it has";
            rules.unused(&format!("{at}.retentionDays"), why);
        }
        named(rules, at, "logs", (wish.id.is_some(), wish.name.as_deref()));
    }
    if let Some(wish) = monitoring.monitor_workspace() {
        let at = "monitoring.metrics.workspace";
        named(rules, at, "metrics", (wish.id.is_some(), wish.name.as_deref()));
    }
}

/// The name of a workspace: the one that is written, or the one that follows.
fn named(rules: &mut Rules<'_>, at: &str, what: &str, said: (bool, Option<&str>)) {
    let field = format!("{at}.name");
    match said {
        (true, _) => rules.unused(&field, "an existing workspace keeps what it has"),
        (false, Some(name)) if !is_name(name) => {
            let what = format!("`{}` is no name for a workspace", quote(name));
            rules.error(&field, what).hint(RULE);
        }
        (false, Some(_)) => {}
        (false, None) => derived(rules, &field, what),
    }
}

const RULE: &str = "4 to 63 letters, digits and `-`, a letter or digit at both ends";

/// The name that ours gets where none is written.
fn derived(rules: &mut Rules<'_>, field: &str, end: &str) {
    let name = format!("{}-{end}", rules.profile.metadata.name);
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
