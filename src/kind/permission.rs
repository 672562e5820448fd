//! Permissions: what a role holds, and whether an action is among it.

use serde_json::Value;

use crate::wildcard::{Wild, is_like};

/// One entry of what a role holds, or of what somebody may do in a scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// What is granted; `*` stands for anything.
    pub actions: Vec<String>,
    /// What is taken out of that again.
    pub not_actions: Vec<String>,
    /// Whether the grant holds under a condition only.
    pub is_conditional: bool,
}

impl Permission {
    /// Reads an entry of `Microsoft.Authorization/permissions`, or of a role's definition.
    pub fn read(entry: &Value) -> Option<Self> {
        let texts = |name: &str| {
            let all = entry.get(name).and_then(Value::as_array);
            let all = all.into_iter().flatten().filter_map(Value::as_str);
            all.map(str::to_owned).collect()
        };
        entry.get("actions")?;
        Some(Self {
            actions: texts("actions"),
            not_actions: texts("notActions"),
            is_conditional: entry.get("condition").is_some_and(Value::is_string),
        })
    }

    /// Reads what the definition of a role holds.
    pub fn of_definition(body: &Value) -> Vec<Self> {
        let all = body.pointer("/properties/permissions").and_then(Value::as_array);
        all.into_iter().flatten().filter_map(Self::read).collect()
    }
}

/// How far an action is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Not at all.
    No,
    /// Under a condition that is not judged here.
    Conditional,
    /// Without a condition.
    Yes,
}

/// Returns how far permissions grant an action: each entry by itself, the best counts.
pub fn granted(permissions: &[Permission], action: &str) -> Grant {
    let of = |entry: &Permission| {
        let yes = entry.actions.iter().any(|pattern| covers(pattern, action));
        let no = entry.not_actions.iter().any(|pattern| covers(pattern, action));
        match (yes && !no, entry.is_conditional) {
            (false, _) => Grant::No,
            // Conditions speak of role assignments and of data, of nothing else.
            (true, true) if action.starts_with("Microsoft.Authorization/") => Grant::Conditional,
            (true, _) => Grant::Yes,
        }
    };
    permissions.iter().map(of).max().unwrap_or(Grant::No)
}

/// Tells whether a pattern covers an action: `*` stands for any text, case does not matter, and
/// `/*/` covers a single slash too, as Azure has `userAssignedIdentities/*/assign/action` cover
/// `userAssignedIdentities/assign/action`.
pub fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let is_like = |pattern: &str| is_like(pattern, &action, Wild::Star);
    is_like(&pattern) || (pattern.contains("/*/") && is_like(&pattern.replace("/*/", "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(actions: &[&str], not_actions: &[&str]) -> Permission {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Permission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            is_conditional: false,
        }
    }

    #[test]
    fn what_is_taken_out_is_not_granted_unless_another_entry_grants_it() {
        let contributor = grants(&["*"], &["Microsoft.Authorization/*/Write"]);
        let action = "Microsoft.Authorization/roleAssignments/write";
        assert_eq!(granted(std::slice::from_ref(&contributor), action), Grant::No);
        let administrator = grants(&["Microsoft.Authorization/roleAssignments/*"], &[]);
        assert_eq!(granted(&[contributor, administrator], action), Grant::Yes);
        assert_eq!(granted(&[], action), Grant::No);
    }

    #[test]
    fn a_conditional_grant_is_told_apart_where_conditions_matter() {
        let entry = Permission { is_conditional: true, ..grants(&["*"], &[]) };
        let entry = std::slice::from_ref(&entry);
        let roles = "Microsoft.Authorization/roleAssignments/write";
        assert_eq!(granted(entry, roles), Grant::Conditional);
        assert_eq!(granted(entry, "Microsoft.Network/routeTables/write"), Grant::Yes);
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, covered) in [
            ("*", "a/b", true),
            ("*/read", "a/b/READ", true),
            ("a/*/read", "a/b/c/read", true),
            ("a/*/read", "a/read", true),
            ("a/*", "b/a/x", false),
            ("a/b", "a/b/c", false),
            ("a/*x*y", "a/1x2y", true),
            ("a/*x*y", "a/1y2x", false),
            ("**", "", true),
        ] {
            assert_eq!(covers(pattern, text), covered, "{pattern} {text}");
        }
    }
}
