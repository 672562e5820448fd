//! What may be done: each missing action with the smallest built-in role that holds it.

use std::collections::BTreeMap;

use super::unread::{Blank, give, short, unread};
use crate::arm::id::ResourceId;
use crate::doctor::facts::{Facts, Read, Unread};
use crate::doctor::finding::{Area, Finding};
use crate::doctor::needs::{Action, Needs, Purpose};
use crate::doctor::roles::smallest;
use crate::kind::{Grant, Permission, granted};
use crate::shell::Line;

const AREA: Area = Area::Rights;

/// What an environment needs at least, for a look without a profile.
const ALWAYS: [&str; 6] = [
    "Microsoft.Resources/subscriptions/resourceGroups/write",
    "Microsoft.ContainerService/managedClusters/write",
    "Microsoft.Network/virtualNetworks/write",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/write",
    "Microsoft.Authorization/roleAssignments/write",
];

pub(super) fn check(facts: &Facts, needs: Option<&Needs>) -> Vec<Finding> {
    match needs {
        Some(needs) => of_profile(facts, needs),
        None => of_subscription(facts),
    }
}

fn of_profile(facts: &Facts, needs: &Needs) -> Vec<Finding> {
    let mut missing: BTreeMap<(Purpose, &ResourceId, &str), Vec<&str>> = BTreeMap::new();
    let mut unknown: BTreeMap<&ResourceId, &Unread> = BTreeMap::new();
    let mut conditional = Vec::new();
    for action in &needs.actions {
        if is_done(facts, needs, action) {
            continue;
        }
        let permissions = match rights(facts, needs, &action.scope) {
            Read::Got(permissions) => permissions,
            Read::Unknown(why) => {
                // What is not there is said elsewhere.
                if !facts.is_missing(&action.scope) {
                    unknown.insert(&action.scope, why);
                }
                continue;
            }
            Read::NotAsked => continue,
        };
        match granted(permissions, &action.name) {
            Grant::Yes => {}
            Grant::Conditional => conditional.push(action),
            Grant::No => {
                let key = (action.purpose, &action.scope, smallest(&action.name).name);
                missing.entry(key).or_default().push(&action.name);
            }
        }
    }
    let nothing = missing.is_empty() && unknown.is_empty();
    let mut found: Vec<Finding> = missing
        .into_iter()
        .map(|((purpose, scope, role), actions)| {
            lacks(facts, needs, purpose, scope, role, &actions)
        })
        .collect();
    found.extend(conditional.into_iter().filter(|a| a.purpose == Purpose::Up).map(under_condition));
    found.extend(unknown.iter().map(|(scope, why)| unseen(facts, &at(facts, needs, scope), why)));
    if nothing && !needs.actions.is_empty() {
        let fact =
            format!("All {} actions that the profile needs are granted.", needs.actions.len());
        found.push(Finding::ok(AREA, "all scopes", fact));
    }
    found
}

/// Tells whether an action is not needed any more: the group that would be made is there.
fn is_done(facts: &Facts, needs: &Needs, action: &Action) -> bool {
    let is_group = action.name == "Microsoft.Resources/subscriptions/resourceGroups/write";
    let stands = facts.group.got().is_some_and(Option::is_some);
    is_group && action.scope == needs.group && stands
}

/// Returns what may be done in a scope; in a group that does not exist yet it is what may be done
/// in the subscription.
fn rights<'a>(facts: &'a Facts, needs: &Needs, scope: &ResourceId) -> &'a Read<Vec<Permission>> {
    const NOT_ASKED: &Read<Vec<Permission>> = &Read::NotAsked;
    facts.rights.get(&at(facts, needs, scope)).unwrap_or(NOT_ASKED)
}

/// Returns where a role for a scope is given: none can be on a group that is not there.
fn at(facts: &Facts, needs: &Needs, scope: &ResourceId) -> ResourceId {
    let absent = *scope == needs.group && matches!(facts.group, Read::Got(None));
    if absent { subscription(facts) } else { scope.clone() }
}

/// Says that rights on a scope could not be looked at.
fn unseen(facts: &Facts, scope: &ResourceId, why: &Unread) -> Finding {
    let what = format!("your rights on {}", short(scope));
    let so = "If one is missing, `up` would stop with `AuthorizationFailed`.";
    unread(facts, &Blank { area: AREA, what: &what, scope: Some(scope), so }, why)
}

fn subscription(facts: &Facts) -> ResourceId {
    ResourceId::subscription(&facts.subscription_id)
}

fn lacks(
    facts: &Facts,
    needs: &Needs,
    purpose: Purpose,
    scope: &ResourceId,
    role: &str,
    actions: &[&str],
) -> Finding {
    let names: Vec<String> = actions.iter().map(|name| format!("`{name}`")).collect();
    let fact = format!("You lack {} on {}.", names.join(", "), short(scope));
    let holds = format!("The smallest built-in role that holds this is `{role}`.");
    let finding = match purpose {
        Purpose::Up => Finding::error(AREA, scope.as_str(), fact)
            .code("AuthorizationFailed")
            .so(format!("`up` would stop with `AuthorizationFailed`. {holds}")),
        Purpose::Later => Finding::warning(AREA, scope.as_str(), fact)
            .so(format!("`down` or `kubeconfig` would stop with `AuthorizationFailed`. {holds}")),
    };
    finding.run(give(facts, role, &at(facts, needs, scope)))
}

fn under_condition(action: &Action) -> Finding {
    let fact =
        format!("`{}` on {} is granted under a condition.", action.name, short(&action.scope));
    let so = "Whether the condition allows the roles that the cluster needs shows at `up` only.";
    let list = Line::new("az role assignment list --scope").value(action.scope.as_str());
    let query = "[].{role:roleDefinitionName,condition:condition}";
    let list = list.words("--include-inherited --query").value(query);
    Finding::warning(AREA, action.scope.as_str(), fact).so(so).run(list)
}

fn of_subscription(facts: &Facts) -> Vec<Finding> {
    let scope = subscription(facts);
    let permissions = match facts.rights.get(&scope) {
        Some(Read::Got(permissions)) => permissions,
        Some(Read::Unknown(why)) => {
            return vec![unseen(facts, &scope, why)];
        }
        Some(Read::NotAsked) | None => return Vec::new(),
    };
    let lacking = ALWAYS.iter().filter(|name| granted(permissions, name) == Grant::No);
    let lacking: Vec<&str> = lacking.copied().collect();
    if lacking.is_empty() {
        let fact = "You may make whole environments anywhere in the subscription.";
        return vec![Finding::ok(AREA, scope.as_str(), fact)];
    }
    let lack = |name: &str| {
        let role = smallest(name).name;
        Finding::warning(AREA, scope.as_str(), format!("You lack `{name}` on the subscription."))
            .so(format!(
                "An environment needs it on its resource group at least. The smallest built-in \
                 role that holds it is `{role}`."
            ))
            .run(give(facts, role, &scope))
    };
    lacking.into_iter().map(lack).collect()
}
