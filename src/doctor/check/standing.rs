//! What others laid over the scope: locks and policies.

use super::unread::{Blank, unread};
use crate::address::number::counted;
use crate::arm::error::clean;
use crate::arm::id::ResourceId;
use crate::doctor::facts::{Facts, Lock, Policy, Read};
use crate::doctor::finding::{Area, Finding};
use crate::doctor::needs::Needs;
use crate::doctor::policies::{Strikes, Subject, strikes};
use crate::kind::{Kind as _, Ownership, Resource, ResourceGroup};
use crate::shell::Line;

/// Says which locks stand in the way.
pub(super) fn locks(facts: &Facts, needs: Option<&Needs>) -> Vec<Finding> {
    let area = Area::Locks;
    let locks = match &facts.locks {
        Read::Got(locks) => locks,
        Read::Unknown(why) => {
            let so = "A lock that is `ReadOnly` would stop `up` with `ScopeLocked`.";
            let blank = Blank { area, what: "the locks", scope: None, so };
            return vec![unread(facts, &blank, why)];
        }
        Read::NotAsked => return Vec::new(),
    };
    let found: Vec<Finding> = match needs {
        Some(needs) => locks.iter().filter_map(|lock| of_profile(lock, needs)).collect(),
        None => locks.iter().filter(|lock| is_subscription(lock)).map(above_all).collect(),
    };
    if !found.is_empty() {
        return found;
    }
    vec![Finding::ok(area, "locks", "No lock stands in the way.")]
}

fn is_subscription(lock: &Lock) -> bool {
    lock.scope.matches('/').count() == 2
}

pub(super) fn named(lock: &Lock) -> String {
    let notes =
        lock.notes.as_ref().map(|notes| format!(" (\"{}\")", clean(notes))).unwrap_or_default();
    format!("Lock `{}`{notes} on `{}` is `{}`.", lock.name, lock.scope, lock.level)
}

fn above_all(lock: &Lock) -> Finding {
    let so = if lock.is_read_only() {
        "Nothing can be made or changed in the subscription."
    } else {
        "Nothing can be deleted in the subscription: neither `down` nor scaling down works."
    };
    Finding::warning(Area::Locks, lock.name.as_str(), named(lock)).so(so).run(remove(lock))
}

/// Returns the command that takes a lock away.
pub(super) fn remove(lock: &Lock) -> Line {
    let (scope, name) = (&lock.scope, &lock.name);
    let id = format!("{scope}/providers/Microsoft.Authorization/locks/{name}");
    Line::new("az lock delete --ids").value(id)
}

/// How a lock lies to something.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Lies {
    /// It is on it or above it, so it holds for it.
    Over,
    /// It is on something in it.
    Within,
}

pub(super) fn lies(lock: &Lock, id: &ResourceId) -> Option<Lies> {
    let scope = ResourceId::parse(&lock.scope).ok()?;
    if *id == scope || id.is_under(&scope) {
        return Some(Lies::Over);
    }
    scope.is_under(id).then_some(Lies::Within)
}

fn of_profile(lock: &Lock, needs: &Needs) -> Option<Finding> {
    let own = lies(lock, &needs.group).or_else(|| lies(lock, &needs.node_group));
    let over_existing = || {
        let mut all = needs.existing();
        all.any(|resource| lies(lock, &resource.id) == Some(Lies::Over))
    };
    let area = Area::Locks;
    let about = lock.name.as_str();
    let (severe, so) = match (own, lock.is_read_only()) {
        (Some(Lies::Over), true) => (true, "`up` would stop with `ScopeLocked`."),
        (Some(Lies::Within), true) => {
            (false, "What it stands on can be neither changed nor deleted.")
        }
        (Some(_), false) => {
            (false, "`down` would stop with `ScopeLocked`, and nodes could not be taken away.")
        }
        (None, true) if over_existing() => {
            (true, "The cluster could get no rights there; `up` would stop with `ScopeLocked`.")
        }
        (None, false) if over_existing() => {
            (false, "`down` could not take back the rights it gave there.")
        }
        (None, _) => return None,
    };
    let make = if severe { Finding::error } else { Finding::warning };
    let finding = make(area, about.to_owned(), named(lock)).so(so).run(remove(lock));
    let finding = Finding { id: ResourceId::parse(&lock.scope).ok(), ..finding };
    Some(if severe { finding.code("ScopeLocked") } else { finding })
}

/// Says which policies would deny what the profile makes.
pub(super) fn policies(facts: &Facts, needs: Option<&Needs>) -> Vec<Finding> {
    let area = Area::Policies;
    let policies = match &facts.policies {
        Read::Got(policies) => policies,
        Read::Unknown(why) => {
            let so = "One that denies would stop `up` with `RequestDisallowedByPolicy`.";
            let blank = Blank { area, what: "the policies", scope: None, so };
            return vec![unread(facts, &blank, why)];
        }
        Read::NotAsked => return Vec::new(),
    };
    let enforced = || policies.iter().filter(|policy| policy.is_enforced);
    let mut found: Vec<Finding> = match needs {
        Some(needs) => enforced().filter_map(|policy| judged(policy, facts, needs)).collect(),
        None => enforced().filter(|policy| denies(policy)).map(named_policy).collect(),
    };
    let lacking = || enforced().filter(|policy| policy.unread > 0);
    if let Some(first) = lacking().next() {
        let rules: usize = lacking().map(|policy| policy.unread).sum();
        let rules = counted(u64::try_from(rules).unwrap_or(u64::MAX), "rule");
        let fact = format!("{rules} of policies could not be read.");
        let finding = Finding::info(area, "policies", fact).so("They may deny what `up` makes.");
        found.push(Finding { is_unread: true, ..finding.run(show(first)) });
    }
    if found.is_empty() {
        let fact = format!("None of {} policies denies what `up` makes.", enforced().count());
        found.push(Finding::ok(area, "policies", fact));
    }
    found
}

fn denies(policy: &Policy) -> bool {
    policy.rules.iter().any(|rule| rule.effect == "deny")
}

fn named_policy(policy: &Policy) -> Finding {
    let fact = format!("Policy `{}` on `{}` may deny.", policy.title, policy.scope);
    let so = "Whether it does depends on the profile: `akstool doctor PROFILE` tells.";
    Finding::info(Area::Policies, policy.title.as_str(), fact).so(so).run(show(policy))
}

fn judged(policy: &Policy, facts: &Facts, needs: &Needs) -> Option<Finding> {
    let left_out = |id: &ResourceId| {
        policy
            .not_scopes
            .iter()
            .filter_map(|scope| ResourceId::parse(scope).ok())
            .any(|scope| *id == scope || id.is_under(&scope))
    };
    let made = needs.graph.iter().map(|(_, resource)| resource).filter(|resource| {
        resource.ownership != Ownership::Existing
            && !left_out(&resource.id)
            && needs.makes(&resource.id)
            && !stands(facts, &resource.id)
    });
    let mut worst: Option<(Strikes, &str, Vec<&str>, &ResourceId)> = None;
    for resource in made {
        for rule in policy.rules.iter().filter(|rule| rule.effect == "deny") {
            if rule.is_indexed && !is_indexed(resource) {
                continue;
            }
            let subject = Subject {
                kind: resource.full_type(),
                name: resource.id.name(),
                body: resource.body.value(),
            };
            let strikes = strikes(&rule.condition, &subject);
            match &mut worst {
                _ if strikes == Strikes::No => {}
                Some((known, title, kinds, _)) if *known == strikes && *title == rule.title => {
                    if !kinds.contains(&&*resource.kind) {
                        kinds.push(&resource.kind);
                    }
                }
                Some((known, ..)) if *known >= strikes => {}
                _ => worst = Some((strikes, &rule.title, vec![&*resource.kind], &resource.id)),
            }
        }
    }
    let (strikes, title, kinds, id) = worst?;
    Some(denial(policy, strikes, title, &kinds).on(id))
}

/// Tells whether a subnet is there: what others attached to it the profile does not tell.
fn stands(facts: &Facts, id: &ResourceId) -> bool {
    let network = id.parent().and_then(|network| facts.own_networks.get(&network));
    network.is_some_and(|network| network.subnet(id.name()).is_some())
}

/// Tells whether a resource carries tags and a region; policies of the mode `Indexed` look at no
/// other, and at no groups.
fn is_indexed(resource: &Resource) -> bool {
    resource.ownership == Ownership::Tagged && resource.kind != ResourceGroup::TYPE
}

/// Returns the command that shows a policy's assignment.
fn show(policy: &Policy) -> Line {
    let show = Line::new("az policy assignment show --name").value(&policy.name);
    show.words("--scope").value(&policy.scope)
}

fn denial(policy: &Policy, strikes: Strikes, title: &str, kinds: &[&str]) -> Finding {
    let area = Area::Policies;
    let rule = if title.is_empty() || title == policy.title {
        String::new()
    } else {
        format!(", rule `{title}`,")
    };
    let list: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    let what = list.join(", ");
    if strikes == Strikes::Yes {
        let fact = format!("Policy `{}`{rule} denies {what} as the profile has it.", policy.title);
        return Finding::error(area, policy.title.as_str(), fact)
            .so("`up` would stop with `RequestDisallowedByPolicy`.")
            .code("RequestDisallowedByPolicy")
            .run(show(policy));
    }
    let fact = format!("Policy `{}`{rule} may deny {what}.", policy.title);
    Finding::warning(area, policy.title.as_str(), fact)
        .so("Whether it does, the profile alone does not tell.")
        .run(show(policy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_lock_notes_is_shown_without_secrets_and_on_one_line() {
        let scope = "/subscriptions/s".to_owned();
        let notes = Some("ask\n\u{1b}ops, password: planted".to_owned());
        let said = named(&Lock { name: "keep".into(), level: "ReadOnly".into(), scope, notes });
        assert_eq!(
            said,
            "Lock `keep` (\"ask ops, password: REDACTED\") on `/subscriptions/s` is `ReadOnly`."
        );
    }
}
