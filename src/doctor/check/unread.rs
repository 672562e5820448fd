//! What could not be looked at: what it may mean, and what lets one look.

use crate::arm::id::ResourceId;
use crate::doctor::facts::{Facts, Unread};
use crate::doctor::finding::{Area, Finding};
use crate::shell::Line;

/// The smallest built-in role that reads all that doctor looks at (`*/read`).
const ROLE: &str = "Reader";

/// Something that could not be looked at.
pub(super) struct Blank<'a> {
    /// What it belongs to.
    pub(super) area: Area,
    /// What it is, as it stands behind "could not look at".
    pub(super) what: &'a str,
    /// Where one may read it; the subscription when it is nowhere else.
    pub(super) scope: Option<&'a ResourceId>,
    /// What it may mean, as a sentence.
    pub(super) so: &'a str,
}

/// Says that something could not be looked at.
pub(super) fn unread(facts: &Facts, blank: &Blank<'_>, unread: &Unread) -> Finding {
    let Blank { area, what, scope, so } = blank;
    let finding = Finding::unread(*area, what, &unread.why);
    if !unread.is_forbidden {
        let again = if facts.is_of_profile { "akstool doctor PROFILE" } else { "akstool doctor" };
        return finding.so(format!("{so} Look again.")).run(again);
    }
    let subscription = ResourceId::subscription(&facts.subscription_id);
    let scope = scope.unwrap_or(&subscription);
    let lets = format!("{so} The role `{ROLE}` on {} lets you look.", short(scope));
    finding.so(lets).run(give(facts, ROLE, scope))
}

/// Returns the command that gives a role to whoever asks.
pub(super) fn give(facts: &Facts, role: &str, scope: &ResourceId) -> Line {
    let give = Line::new("az role assignment create --assignee");
    let give = match &facts.who {
        Some(who) => give.value(who.assignee()),
        None => give.words("YOUR_OBJECT_ID"),
    };
    give.words("--role").value(role).words("--scope").value(scope.as_str())
}

/// Returns a scope as people say it.
pub(super) fn short(scope: &ResourceId) -> String {
    let kind = scope.resource_type();
    match kind.as_str() {
        "Microsoft.Resources/subscriptions" => "the subscription".to_owned(),
        "Microsoft.Resources/resourceGroups" => format!("resource group `{}`", scope.name()),
        _ => format!("`{scope}`"),
    }
}
